"""Small real HTTP servers on loopback, with and without TLS, that answer as a test says."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """A request that the server got; ``path`` is as it was sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server answers; a Date of now is added unless ``headers`` has one."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Request], "Answer | None"]


def relay(target: str, rule: Rule) -> Callable[[Request], Answer]:
    """Answers as a proxy before another server: by a rule, or by what the server says.

    Args:
        target: address of the server.
        rule: returns the answer to a request that the proxy does not pass on.
    """

    def answer(request: Request) -> Answer:
        own = rule(request)
        if own is not None:
            return own
        connection = http.client.HTTPConnection(target.removeprefix("http://"), timeout=60)
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            response = connection.getresponse()
            headers = {
                name: value
                for name, value in response.getheaders()
                if name in ("Content-Type", "Date", "Content-Disposition")
            }
            return Answer(response.status, response.read(), headers)
        finally:
            connection.close()

    return answer


@contextmanager
def serving(
    answer: Answer | Callable[[Request], Answer],
    tls: ssl.SSLContext | None = None,
    limit: int | None = None,
) -> Iterator[tuple[str, list[Request]]]:
    """Runs a server in a thread: its address, and the requests that it got.

    Args:
        answer: what it answers.
        tls: the certificate that it shows, if it speaks HTTPS.
        limit: bytes of the largest body that it takes; a larger one is answered with 413 before it
            is read, and the connection is closed, as nginx does it.
    """
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if limit is not None and length > limit:
                self.close_connection = True
                self.send_response_only(413)
                self.send_header("Connection", "close")
                self.end_headers()
                return
            body = self.rfile.read(length)
            request = Request(self.command, self.path, dict(self.headers), body)
            requests.append(request)
            reply = answer(request) if callable(answer) else answer
            self.send_response_only(reply.status)
            for name, value in {"Date": self.date_time_string(), **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or refuses a certificate, is no error here."""
