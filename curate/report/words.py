"""How figures stand in the report: the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from curate.agreement import Value
from curate.html import page
from curate.html.page import Html
from curate.report.facts import EmptySection

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


def absent(found: EmptySection) -> Html:
    """A section that has nothing to tell."""
    sentences = (f"{told[:1].upper()}{told[1:]}." for told in (found.why, found.cure))
    return page.paragraph(*map(commands, sentences), class_="soft")


def commands(told: str) -> Html:
    """Words in which what stands between backticks is a command."""
    parts = enumerate(told.split("`"))
    return page.joined((code(part) if at % 2 else part for at, part in parts), "")


def first(items: Sequence[T], many: int, told: str) -> tuple[Sequence[T], Html | str]:
    """The first of many, and a line that tells of the rest.

    Args:
        told: the command that has them all.
    """
    return items[:many], rest(len(items) - many, told)


def rest(many: int, told: str) -> Html | str:
    """A line that tells of those that are not shown; ``told`` is the command that has them all."""
    return page.paragraph(f"… and {many:,} more:", code(told), class_="soft") if many > 0 else ""


def listed(items: Iterable[str]) -> str:
    """Names in a row."""
    return ", ".join(items)
