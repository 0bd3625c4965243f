"""A proxy on loopback that stands before a server and injects faults by a schedule.

It forwards every request as it is and rewrites nothing. A ``Fault`` names the request it hits by a
``Point``: method, path with its numbers taken out, and which one of its kind it is. Polls of one
background task count as one request, because how many there are is a matter of time.
"""

from __future__ import annotations

import http.client
import re
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STATUSES = {f"status-{code}": code for code in (429, 500, 502, 503)}
KINDS = (
    *STATUSES,  # answered with this status, not forwarded
    "lost-502",  # forwarded; the answer is replaced by a 502
    "close-before",  # the connection is closed, nothing was forwarded
    "close-after",  # forwarded; the connection is closed without an answer
    "reset-body",  # forwarded; half of the answer's body, then the connection is reset
    "short-body",  # forwarded; half of the answer's body, then an orderly end
    "not-json",  # forwarded; a gateway's page of HTML comes back with status 200
    "slow",  # forwarded; the answer comes after the client gave up
    "late",  # forwarded only when the client has given up
    "later",  # forwarded only after the same request was made again, or when ``release`` is called
)
WRITES = ("POST", "PUT", "PATCH", "DELETE")
ALWAYS = 1_000_000
_GIVE_UP_SECONDS = 20.0
_LIMIT_SECONDS = 180.0
_PAGE = b"<html><body><h1>Please wait</h1></body></html>"


@dataclass(frozen=True)
class Point:
    """A request of a run: the ``nth`` (from 0) with this method and path."""

    method: str
    path: str
    nth: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} #{self.nth}"


@dataclass(frozen=True)
class Fault:
    """What happens to a request, and to as many after it as ``last`` says (1: to it alone)."""

    kind: str
    point: Point
    last: int = 1

    def __str__(self) -> str:
        return f"{self.kind}{' from then on' if self.last > 1 else ''} at {self.point}"


@dataclass
class Record:
    """The requests of one client run, in the order they came, each with what was done to it."""

    points: list[Point] = field(default_factory=list)
    polls: list[bool] = field(default_factory=list)
    hit: list[Fault] = field(default_factory=list)

    def distinct(self) -> list[Point]:
        """The points of the run, each poll of one task after the first left out."""
        return [point for point, again in zip(self.points, self.polls, strict=True) if not again]

    def writes(self) -> list[Point]:
        return [point for point in self.points if point.method in WRITES]


def shape(path: str) -> str:
    """A path without what differs from run to run."""
    path = urlsplit(path).path.split("/v1/")[-1]
    path = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", path)
    return re.sub(r"\d+", "N", path)


class Schedule:
    """Counts the requests of one client run and says which fault hits which of them."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults
        self._left: dict[Fault, int] = {}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._tasks: dict[str, Point] = {}
        self._lock = threading.Lock()
        self.record = Record()

    def next(self, method: str, path: str) -> tuple[Point, Fault | None]:
        """Count a request; the fault that hits it, if one does."""
        with self._lock:
            again = path in self._tasks
            point = self._tasks.get(path) or self._point(method, path)
            self.record.points.append(point)
            self.record.polls.append(again)
            fault = self._hit(point, again)
            if fault:
                self.record.hit.append(fault)
            return point, fault

    def _point(self, method: str, path: str) -> Point:
        kind = (method, shape(path))
        point = Point(*kind, self._seen[kind])
        self._seen[kind] += 1
        if "/tasks/status/" in path:
            self._tasks[path] = point
        return point

    def _hit(self, point: Point, again: bool) -> Fault | None:
        for fault in self._faults:
            if fault.point == point and fault not in self._left and not again:
                self._left[fault] = fault.last
        for fault, left in self._left.items():
            if left > 0:
                self._left[fault] = left - 1
                return fault
        return None


class Proxy:
    """The proxy: one port for a whole run of tests; each client run has a schedule of its own.

    Args:
        target: address of the server, ``http://host:port``.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.schedule = Schedule()
        self.on_request: Callable[[int, bool], None] = lambda number, answered: None
        self._held: list[_Held] = []
        self._busy = 0
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def arm(self, *faults: Fault) -> Record:
        """Start a new count with these faults; returns what will be recorded."""
        self.schedule = Schedule(faults)
        return self.schedule.record

    def stop(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def release(self) -> int:
        """Forward what is still held back, wait until it is done; how many there were."""
        with self._change:
            held, self._held = self._held, []
            for each in held:
                each.go.set()
        self.settle()
        return len(held)

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until nothing is under way to the server."""
        with self._change:
            if not self._change.wait_for(lambda: self._busy == len(self._held), seconds):
                raise TimeoutError("requests through the proxy do not end")

    # -- for the handler

    def begun(self) -> None:
        with self._change:
            self._busy += 1

    def ended(self) -> None:
        with self._change:
            self._busy -= 1
            self._change.notify_all()

    def hold(self, point: Point) -> threading.Event:
        """Hold a request back until the same one was made again, or until ``release``."""
        held = _Held((point.method, point.path), threading.Event())
        with self._change:
            self._held.append(held)
            self._change.notify_all()
        return held.go

    def answered(self, point: Point) -> None:
        """A request was answered: one like it that is held back goes its way now."""
        with self._change:
            again = [held for held in self._held if held.kind == (point.method, point.path)]
            self._held = [held for held in self._held if held not in again]
        for held in again:
            held.go.set()


@dataclass(eq=False)
class _Held:
    kind: tuple[str, str]
    go: threading.Event


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error here."""


@dataclass
class _Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        proxy = self.server.proxy
        proxy.begun()
        try:
            self._relay(proxy)
        except OSError:
            self.close_connection = True  # either side went away
        finally:
            proxy.ended()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""

    def _relay(self, proxy: Proxy) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        schedule = proxy.schedule
        point, fault = schedule.next(self.command, self.path)
        number = len(schedule.record.points)
        proxy.on_request(number, False)
        if fault is None:
            self._send(self._forward(body))
            proxy.answered(point)
        else:
            self._spoil(proxy, fault, point, body)
        proxy.on_request(number, True)

    def _spoil(self, proxy: Proxy, fault: Fault, point: Point, body: bytes) -> None:
        kind = fault.kind
        if kind in STATUSES:
            self._send(_page(STATUSES[kind]))
        elif kind == "close-before":
            self._hang_up()
        elif kind in ("late", "later"):
            self._wait_until_given_up()
            if kind == "later":
                proxy.hold(point).wait(_LIMIT_SECONDS)
            self._forward(body)
            self._hang_up()
        else:
            self._spoil_answer(kind, self._forward(body))

    def _spoil_answer(self, kind: str, answer: _Answer) -> None:
        if kind == "lost-502":
            self._send(_page(502))
        elif kind == "not-json":
            self._send(_page(200))
        elif kind == "slow":
            self._wait_until_given_up()
            self._hang_up()
        elif kind in ("reset-body", "short-body"):
            self._send(answer, half=True)
            self._hang_up(reset=kind == "reset-body")
        else:
            self._hang_up()

    def _forward(self, body: bytes) -> _Answer:
        connection = http.client.HTTPConnection(*self.server.proxy.target, timeout=_LIMIT_SECONDS)
        try:
            connection.putrequest(self.command, self.path, True, True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            return _Answer(response.status, response.reason, response.getheaders(), response.read())
        except http.client.HTTPException as error:
            raise ConnectionError("the server broke off") from error
        finally:
            connection.close()

    def _send(self, answer: _Answer, half: bool = False) -> None:
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        chunked = any(n.lower() == "transfer-encoding" for n, _ in answer.headers)
        body = (
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(answer.body), answer.body) if chunked else answer.body
        )
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head + (body[: len(body) // 2] if half else body))
        self.wfile.flush()
        if any((n.lower(), v.lower()) == ("connection", "close") for n, v in answer.headers):
            self.close_connection = True

    def _hang_up(self, reset: bool = False) -> None:
        self.close_connection = True
        with suppress(OSError):
            if reset:
                time.sleep(0.02)  # so that the half that was sent is read before the reset
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()

    def _wait_until_given_up(self) -> None:
        """Wait until the client closes its end."""
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return


def _page(status: int) -> _Answer:
    headers = [("Content-Type", "text/html"), ("Content-Length", str(len(_PAGE)))]
    return _Answer(status, http.client.responses[status], headers, _PAGE)
