"""A partner that means harm: answers every request with the same bytes, and remembers them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Request:
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass(slots=True)
class Partner:
    """Where it is and what it heard."""

    url: str
    heard: list[Request] = field(default_factory=list)


@contextmanager
def partner(answer: Callable[[Request], Answer], host: str = "127.0.0.1") -> Iterator[Partner]:
    """A server that answers as told, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {n.lower(): v for n, v in self.headers.items()}
            request = Request(self.path, headers, self.rfile.read(length))
            found.heard.append(request)
            given = answer(request)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nothing: the test reads `heard`."""

    server = ThreadingHTTPServer((host, 0), Handler)
    found = Partner(f"http://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
