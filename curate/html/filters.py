"""Filters of the templates: how numbers and times are written on every page.

They take None for a value that is undefined and write ``NONE`` for it, so that no page shows a zero
by accident.
"""

from __future__ import annotations

NONE = "–"


def number(value: int | None) -> str:
    """``1,234``."""
    return NONE if value is None else f"{value:,}"


def signed(value: int) -> str:
    """``+12``, ``−3`` or ``0``."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def decimal(value: float | None) -> str:
    """Three digits after the decimal point."""
    return NONE if value is None else f"{value:.3f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share, 0 to 1, as ``12.3%``."""
    return NONE if value is None else f"{value:.{digits}%}"


def interval(low: float | None, high: float | None) -> str:
    """The ends of an interval."""
    return NONE if low is None or high is None else f"{low:.3f} to {high:.3f}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """``1 document``, ``2 documents``."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def day(time: str) -> str:
    """The day of an ISO 8601 time."""
    return time[:10]


def minute(time: str) -> str:
    """An ISO 8601 time to the minute, in UTC."""
    return f"{time[:10]} {time[11:16]} UTC"


def sentence(clause: str) -> str:
    """A clause, such as the message of an error, as a sentence."""
    return f"{clause[:1].upper()}{clause[1:]}."


def clamped(share: float) -> str:
    """A share as a length of a drawing, kept between 0 and 100 percent."""
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


FILTERS = (number, signed, decimal, percent, counted, day, minute, sentence, clamped)
"""Those that templates can use as filters, by the names of the functions."""
