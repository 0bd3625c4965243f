"""The time, as everything here writes it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """The time in UTC to the second, ISO 8601 with a final Z."""
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
