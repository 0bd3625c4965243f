"""Times as ISO 8601 in UTC, and the periods that reports count by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

Length = Literal["day", "week", "month"]


def now() -> str:
    """The time in UTC to the second, ISO 8601 with a final Z."""
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def instant(at: str) -> datetime | None:
    """Parse an ISO 8601 time; None if it is not one."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def start(at: datetime, length: Length) -> date:
    """The first day of the period that a time is in; weeks begin on Mondays (ISO 8601)."""
    day = at.date()
    if length == "week":
        day -= timedelta(days=day.weekday())
    elif length == "month":
        day = day.replace(day=1)
    return day


def utc_timestamp(value: Any) -> str:
    """A time in the form of curate, to the second in UTC; empty if it has no time zone."""
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    if time.tzinfo is None:
        return ""
    return time.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def utc_seconds(value: Any) -> str:
    """A number of seconds since 1970 as a time in the form of curate; empty if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        return utc_timestamp(datetime.fromtimestamp(value, UTC).isoformat())
    except (OverflowError, OSError, ValueError):
        return ""
