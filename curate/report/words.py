"""How figures stand in the report: the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from curate import page
from curate.agreement import Value
from curate.page import Html
from curate.report.facts import Absent

T = TypeVar("T")
NONE = "–"


def number(value: int | None) -> str:
    """``1,234``; a dash where there is none."""
    return NONE if value is None else f"{value:,}"


def signed(value: int) -> str:
    """``+12``, ``−3`` or ``0``."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def decimal(value: float | None) -> str:
    """Three digits behind the point."""
    return NONE if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """``12.3%``."""
    return NONE if value is None else f"{value:.1%}"


def between(low: float | None, high: float | None) -> str:
    """An interval."""
    return NONE if low is None or high is None else f"{low:.3f} to {high:.3f}"


def valued(value: Value) -> str:
    """A value with its interval, or why there is none."""
    if value.value is None:
        return f"{NONE} ({value.reason})"
    ends = between(value.low, value.high)
    return decimal(value.value) if ends == NONE else f"{decimal(value.value)} ({ends})"


def counted(many: int, one: str, more: str = "") -> str:
    """``1 document``, ``2 documents``."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def day(at: str) -> str:
    """The day of a time."""
    return at[:10]


def minute(at: str) -> str:
    """A time to the minute, in UTC."""
    return f"{at[:10]} {at[11:16]} UTC"


def code(content: str) -> Html:
    """A name that a machine knows."""
    return page.tag("code", content)


def state(good: bool, told: str) -> Html:
    """A verdict, by a sign as well as by colour."""
    kind, sign = ("good", "✓") if good else ("bad", "✗")
    return page.tag("span", f"{sign} {told}", class_=kind)


def absent(found: Absent) -> Html:
    """A section that has nothing to tell."""
    why, cure = (_sentence(part) for part in (found.why, found.cure))
    return page.paragraph(why, cure, class_="soft")


def _sentence(told: str) -> Html:
    """A sentence; what stands between backticks is a command."""
    parts = f"{told[:1].upper()}{told[1:]}.".split("`")
    return page.joined((code(part) if at % 2 else part for at, part in enumerate(parts)), "")


def first(items: Sequence[T], many: int, told: str) -> tuple[Sequence[T], Html | str]:
    """The first of many, and a line that tells of the rest.

    Args:
        told: the command that has them all.
    """
    rest = len(items) - many
    more = page.paragraph(f"… and {rest:,} more: ", code(told), class_="soft") if rest > 0 else ""
    return items[:many], more


def listed(items: Iterable[str]) -> str:
    """Names in a row."""
    return ", ".join(items)
