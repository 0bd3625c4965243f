"""Units in which files count offsets, and the unit that a file with foreign offsets counts in.

A unit is written as in ``--offsets``: terms joined by ``+``, such as ``utf16`` or ``bytes+lf``.

===============  ===========================================================================
term             what an offset counts
===============  ===========================================================================
``codepoints``   Unicode code points, as Python does
``utf16``        UTF-16 units, as JavaScript, Java and .NET do: two for an emoji
``bytes``        bytes of the text in UTF-8
``lf``           CR LF of the text counts as one, since a tool read the text in text mode
``crlf``         LF of the text counts as two, since the text had CR LF when it was annotated
``no-bom``       the byte order mark before the text does not count
``from:N``       the first character has the number N: 1, or what was cut off before the text
===============  ===========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple

from curate.errors import InputError
from curate.text.offsets import OffsetIndex

Unit = Literal["codepoints", "utf16", "bytes"]
LineEnd = Literal["", "lf", "crlf"]

_TERM = re.compile(r"(codepoints|utf16|bytes)|(lf|crlf)|(no-bom)|from:(-?\d{1,9})")
_CAUSES = {
    "utf16": "UTF-16 units",
    "bytes": "UTF-8 bytes",
    "lf": "each CR LF as one character",
    "crlf": "each line end as CR LF",
    "no-bom": "from behind the byte order mark",
}
_NEAREST = 20  # places of a quotation that are tried as the one it was taken from


class OffsetUnit(NamedTuple):
    """What the offsets of a file count.

    Args:
        unit: code points, UTF-16 units or UTF-8 bytes.
        line_end: ``lf`` if CR LF counts as one, ``crlf`` if LF counts as two.
        without_bom: whether a byte order mark before the text is not counted.
        first: the number of the first character.
    """

    unit: Unit = "codepoints"
    line_end: LineEnd = ""
    without_bom: bool = False
    first: int = 0

    def __str__(self) -> str:
        """The unit as ``--offsets`` takes it."""
        terms = self._terms()
        if self.first:
            terms.append(f"from:{self.first}")
        return "+".join(terms) or "codepoints"

    @property
    def cause(self) -> str:
        """What the offsets count, in words."""
        causes = [_CAUSES[term] for term in self._terms()]
        if self.first:
            causes.append(f"the first character as {self.first}")
        return ", and ".join(causes) or "code points"

    def index_for(self, text: str) -> OffsetIndex:
        """The offsets of one text in this unit."""
        return OffsetIndex(_widths(text, self), self.first, len(text))

    def _terms(self) -> list[str]:
        terms = [self.unit if self.unit != "codepoints" else "", self.line_end]
        return [term for term in (*terms, "no-bom" if self.without_bom else "") if term]


CODE_POINTS = OffsetUnit()
UTF16 = OffsetUnit("utf16")
BYTES = OffsetUnit("bytes")


@lru_cache
def parse_unit(text: str) -> OffsetUnit:
    """The unit that ``--offsets`` names; code points if it is empty.

    Raises:
        InputError: it is not a unit.
    """
    unit: dict[str, object] = {}
    for term in text.split("+") if text else ():
        match = _TERM.fullmatch(term)
        names = ("unit", "line_end", "without_bom", "first")
        name = names[(match.lastindex or 1) - 1] if match else ""
        if match is None or name in unit:
            raise InputError(
                f"{text!r} is not a unit of offsets",
                "use codepoints, utf16 or bytes, and add +lf, +crlf, +no-bom or +from:N",
            )
        value = match[match.lastindex or 1]
        unit[name] = {"without_bom": True, "first": int(match[4] or 0)}.get(name, value)
    return OffsetUnit(**unit)  # type: ignore[arg-type]


class Quotation(NamedTuple):
    """A span as a file gives it: its pieces in the file's unit, and the text that it quotes."""

    pieces: tuple[tuple[int, int], ...]
    exact: str


def foreign_unit(
    text: str, quotations: Sequence[Quotation], current: OffsetUnit = CODE_POINTS
) -> OffsetUnit | None:
    """The unit in which the offsets of a document agree with the texts that the file quotes.

    Where a few quotations are wrong in every unit, a unit in which at most a tenth of the present
    errors remain is taken. That all offsets are off by a constant needs two quotations as evidence.

    Args:
        text: the text, in code points.
        quotations: the spans of the document with the texts that the file quotes for them.
        current: the unit in which they are read.

    Returns:
        Another unit; None if the current one fits, or if no other one does.
    """
    misses = _misses(text, quotations, current)
    if not misses:
        return None
    units = list(dict.fromkeys(_structural(text)))
    shifted = (unit for at in units for unit in _shifted(text, misses, at))
    for unit in (*units, *shifted):
        if unit != current and 10 * len(_misses(text, quotations, unit)) <= len(misses):
            return unit
    return None


def fitting(text: str, quotations: Sequence[Quotation], unit: OffsetUnit) -> int:
    """How many quotations are where a unit says."""
    return len(quotations) - len(_misses(text, quotations, unit))


def _misses(text: str, quotations: Sequence[Quotation], unit: OffsetUnit) -> list[Quotation]:
    index = unit.index_for(text)
    return [it for it in quotations if not _fits(text, index, it)]


def _fits(text: str, index: OffsetIndex, quotation: Quotation) -> bool:
    parts: list[str] = []
    for piece in quotation.pieces:
        edges = index.span(*piece)
        if edges is None:
            return False
        parts.append(text[edges[0] : edges[1]])
    return " ".join(parts).split() == quotation.exact.split()


def _structural(text: str) -> Iterator[OffsetUnit]:
    """Units that differ in this text, the plainest first."""
    units: list[Unit] = ["codepoints"]
    if not text.isascii():
        units += ["utf16", "bytes"] if any(char > "\uffff" for char in text) else ["bytes"]
    line_ends: list[LineEnd] = ["", *(["lf"] if "\r\n" in text else [])]  # type: ignore[list-item]
    if re.search(r"(?<!\r)\n", text):
        line_ends.append("crlf")
    marks = (False, True) if text.startswith("\ufeff") else (False,)
    choices = [OffsetUnit(*it) for it in product(units, line_ends, marks)]
    return iter(sorted(choices, key=lambda unit: len(unit._terms())))


def _shifted(text: str, misses: list[Quotation], unit: OffsetUnit) -> Iterator[OffsetUnit]:
    """The unit, counted from other numbers, such that the first two quotations are in place."""
    if len(misses) < 2:
        return
    index = unit.index_for(text)
    constants: list[list[int]] = []
    for quotation in misses[:2]:
        words = re.escape(quotation.exact.split()[0]) if quotation.exact.split() else r"\Z"
        starts = (match.start() for match in re.finditer(words, text))
        shifts = (quotation.pieces[0][0] - index.units(start) for start in starts)
        constants.append(sorted(shifts, key=abs)[:_NEAREST])
    for shift in constants[0]:
        if shift and shift in constants[1]:
            yield unit._replace(first=shift)


def _widths(text: str, unit: OffsetUnit) -> dict[int, int]:
    """How many units each code point counts that does not count as one, by its offset."""
    widths: dict[int, int] = {}
    if unit.unit == "utf16":
        widths = dict.fromkeys(_positions("[\U00010000-\U0010ffff]", text), 2)
    elif unit.unit == "bytes" and not text.isascii():
        places = _positions("[^\x00-\x7f]", text)
        widths = {
            at: 2 if text[at] < "\u0800" else 3 if text[at] <= "\uffff" else 4 for at in places
        }
    if unit.line_end == "lf":
        widths |= dict.fromkeys(_positions("\r(?=\n)", text), 0)
    elif unit.line_end == "crlf":
        widths |= dict.fromkeys(_positions("(?<!\r)\n", text), 2)
    if unit.without_bom and text.startswith("\ufeff"):
        widths |= {0: 0}
    return dict(sorted(widths.items()))


def _positions(pattern: str, text: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(pattern, text))
