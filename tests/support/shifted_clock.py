"""A Doccano server whose clock is set wrong, seen through a proxy that shifts its times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests

from support.http_server import Answer, Request, serving

_TIME = re.compile(rb'"(\w+_at)":"([^"]+)"')
_DROPPED = {"host", "connection", "content-length", "accept-encoding"}


class ShiftedClock:
    """A clock that is ahead of the server's own.

    Attributes:
        seconds: by how many seconds; negative where it is behind.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    @contextmanager
    def seen_at(self, target: str) -> Iterator[str]:
        """The address at which a server is seen with this clock."""
        with requests.Session() as upstream:
            upstream.trust_env = False
            upstream.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

            def relay(request: Request) -> Answer:
                headers = {k: v for k, v in request.headers.items() if k.lower() not in _DROPPED}
                answer = upstream.request(
                    request.method,
                    f"{target}{request.path}",
                    headers=headers,
                    data=request.body,
                    allow_redirects=False,
                    timeout=120,
                )
                date = parsedate_to_datetime(answer.headers["Date"]) + self._ahead
                kept = {
                    "Date": format_datetime(date, usegmt=True),
                    "Content-Type": answer.headers.get("Content-Type", "text/plain"),
                }
                return Answer(answer.status_code, _TIME.sub(self._shift, answer.content), kept)

            with serving(relay) as (address, _):
                yield address

    @property
    def _ahead(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    def _shift(self, match: re.Match[bytes]) -> bytes:
        moment = datetime.fromisoformat(match[2].decode("ascii")) + self._ahead
        return b'"%s":"%s"' % (match[1], moment.isoformat().encode("ascii"))
