"""The API for tests: in a thread of the test's process, or as a process that can be killed."""

import base64
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from crossdock.api.app import Application, app
from crossdock.api.context import ApiContext
from crossdock.api.settings import ApiSettings
from crossdock.api.wire import guarded
from crossdock.bootstrap import DATABASE_VARIABLE, manifest_of, open_deployment
from crossdock.engine.store import Store
from crossdock.governance.connections import add_connection

SHOP = "shop"
SECRET = "the-shops-secret"
TOKEN = "shpat_the-shops-token"
ENVIRONMENT = {"TEST_SHOP_SECRET": SECRET, "TEST_SHOP_TOKEN": TOKEN}


def add_shop(store: Store, name: str = SHOP, company_id: int = 1) -> int:
    """A Shopify connection whose secrets are in `ENVIRONMENT`."""
    now = store.clock().now()
    with store.transaction() as tx:
        return add_connection(
            tx, manifest_of("shopify"), company_id=company_id, name=name, now=now,
            settings={"shop_url": "https://example.myshopify.com"},
            secrets={"api_secret": ["env:TEST_SHOP_SECRET"],
                     "access_token": ["env:TEST_SHOP_TOKEN"]},
        )  # fmt: skip


def order_body(number: int, **more: Any) -> bytes:
    return json.dumps({"id": number, "updated_at": "2026-03-29T18:00:27+02:00", **more}).encode()


def signed(body: bytes, topic: str = "orders/create", secret: str = SECRET) -> dict[str, str]:
    digest = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return {"x-shopify-hmac-sha256": digest, "x-shopify-topic": topic}


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(slots=True)
class Api:
    """An address with the requests that tests make."""

    port: int
    application: Application | None = None
    """When it runs in a thread of this process."""
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def post(self, body: bytes, *, path: str = f"/hooks/{SHOP}", topic: str = "orders/create",
             headers: dict[str, str] | None = None) -> httpx.Response:  # fmt: skip
        """A webhook; signed unless `headers` are given."""
        given = signed(body, topic) if headers is None else headers
        return self.client.post(path, content=body, headers=given)

    def get(self, path: str, key: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return self.client.get(path, headers=headers)

    def waiting_for_commit(self) -> int:
        assert self.application is not None
        context: ApiContext = self.application.framework.state.context
        return context.acknowledge.count

    def healthy(self) -> bool:
        try:
            return self.client.get("/health").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def api_in_thread(url: str, settings: ApiSettings | None = None) -> Iterator[Api]:
    with open_deployment(url, size=4, wait=2) as deployment:
        port = free_port()
        application = app(deployment, settings)
        config = uvicorn.Config(
            application, host="127.0.0.1", port=port, log_config=None, ws="none",
            http=guarded(settings or ApiSettings()),  # type: ignore[arg-type]
            access_log=False, timeout_graceful_shutdown=5,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            wait_for(lambda: server.started)
            yield Api(port, application)
        finally:
            server.should_exit = True
            thread.join(30)


class ApiProcess(Api):
    """`python -m crossdock.api.server`, as it is run."""

    def __init__(self, url: str) -> None:
        super().__init__(free_port())
        command = [sys.executable, "-m", "crossdock.api.server", "--port", str(self.port)]
        environment = {**os.environ, **ENVIRONMENT, DATABASE_VARIABLE: url}
        self.process = subprocess.Popen(command, env=environment)

    def wait(self) -> "ApiProcess":
        wait_for(self.healthy, 60)
        return self

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
