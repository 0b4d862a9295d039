"""A webhook receiver on this machine that keeps what it got and answers what it is told."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crossdock.ports.message import Arrival


class Receiver:
    """`with Receiver() as receiver: receiver.url`; `status` is answered to every request.

    `topic_header`: the header, in lower case, that names an arrival's topic, where there is one.
    """

    def __init__(
        self, status: Callable[[int], int] = lambda _number: 200, *, topic_header: str = ""
    ) -> None:
        self.arrivals: list[Arrival] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                topic = headers[topic_header] if topic_header else "webhook"
                with receiver._arrived:
                    receiver.arrivals.append(Arrival(topic, headers, body))
                    number = len(receiver.arrivals)
                    receiver._arrived.notify_all()
                self.send_response(status(number))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks/here"

    def wait_for(self, count: int) -> None:
        """Until that many arrived; fails after 10 s."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.arrivals) >= count, 10), self.arrivals

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
