"""The server's clock, measured by the ``Date`` header of its answers (RFC 9110, 6.6.1).

``Date`` counts whole seconds, and a server drops the fraction. An answer with ``Date`` D that was
requested at s and had arrived at r, by our clock, was written between s and r, when the server's
clock was between D and D + 1. So the offset is between D - r and D + 1 - s. Each answer narrows
these bounds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from curate.model import Record

_STEP_SECONDS = 1.0  # bounds that miss each other by less are a server that caches its Date


class ClockOffset(Record, frozen=True, kw_only=True):
    """How far the server's clock is ahead of ours; negative where it is behind.

    Behind a proxy that writes its own ``Date``, as nginx does, it is the proxy's clock.

    Args:
        least: lower bound, in seconds.
        most: upper bound, in seconds.
    """

    least: float
    most: float

    @property
    def seconds(self) -> float:
        """The best estimate: the middle of the bounds."""
        return (self.least + self.most) / 2

    @property
    def uncertainty(self) -> float:
        """By how many seconds the estimate can be wrong, in either direction."""
        return (self.most - self.least) / 2

    def local_time(self, server_time: str) -> str:
        """What our clock showed when the server's showed a time.

        Args:
            server_time: ISO 8601 in UTC with a final Z, as in :mod:`curate.model`.

        Returns:
            The time in the same form, to the second.
        """
        return self._shifted(server_time, -self.seconds)

    def server_time(self, local_time: str) -> str:
        """What the server's clock showed when ours showed a time; the reverse of ``local_time``."""
        return self._shifted(local_time, self.seconds)

    def _shifted(self, time: str, seconds: float) -> str:
        moment = datetime.fromisoformat(time).astimezone(UTC) + timedelta(seconds=seconds)
        return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


class ServerClock:
    """Narrows the offset of a server's clock with each answer of the server.

    Attributes:
        offset: what is known so far; None before the first answer with a ``Date``.
        steps: how often one of the two clocks was set. The measurement then starts anew.
    """

    def __init__(self) -> None:
        self.offset: ClockOffset | None = None
        self.steps = 0

    def time(self) -> str:
        """The server's time now, or a little before, to the microsecond; ours if it says none."""
        ahead = timedelta(seconds=self.offset.least if self.offset else 0.0)
        moment = (datetime.now(UTC) + ahead).replace(tzinfo=None)
        return moment.isoformat(timespec="microseconds") + "Z"

    def observe(self, date: str, sent: float, received: float) -> None:
        """Take one answer into account; a ``Date`` that is none is ignored.

        Args:
            date: the header.
            sent: our clock before the request, seconds since 1970.
            received: our clock when the answer's headers were there.
        """
        try:
            stamp = parsedate_to_datetime(date)
        except (ValueError, OverflowError):
            return
        server = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
        least, most = server - received, server + 1 - sent
        if least > most:
            return  # our own clock was set back while the request was under way
        known = self.offset
        if known is not None:
            gap = max(least, known.least) - min(most, known.most)
            if gap <= 0:
                least, most = max(least, known.least), min(most, known.most)
            elif gap > _STEP_SECONDS:
                self.steps += 1
        self.offset = ClockOffset(least=least, most=most)
