"""Whether imported spans count code points or UTF-16 units, by what they would mark. Pure.

A hand marks on Doccano's page, which counts UTF-16 units. A file may count either, and the server
keeps the numbers. They differ only behind a character beyond U+FFFF. There, a span that begins or
ends within a word, with a blank or outside the text speaks against a unit. All spans of one import
count alike, so they are judged together: a unit is taken if it explains at most a tenth of what the
other one leaves unexplained. What is marked elsewhere in the project under the same label decides
where both are as good.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable
from typing import Literal

from curate.text.offsets import Utf16, is_blank, is_within_word

Unit = Literal["codepoints", "utf16"]


def code_points(text: str, start: int, end: int, unit: Unit) -> tuple[int, int]:
    """A span in code points, given in a unit."""
    if unit == "codepoints":
        return start, end
    offsets = Utf16(text)
    return offsets.point(start), offsets.point(end, end=True)


def is_ambiguous(text: str, end: int) -> bool:
    """Whether a span that ends at a number is another one in another unit."""
    first = next((at for at, char in enumerate(text) if char > "\uffff"), None)
    return first is not None and end > first


def faults(text: str, start: int, end: int, unit: Unit) -> int:
    """What speaks against a span being meant so: 0 for nothing."""
    if unit == "utf16":
        offsets = Utf16(text)
        points = offsets.point(start), offsets.point(end, end=True)
        if (offsets.units(points[0]), offsets.units(points[1])) != (start, end):
            return 2  # it would cut a character in two
        start, end = points
    if not 0 <= start < end <= len(text):
        return 2
    blank = is_blank(text[start]) + is_blank(text[end - 1])
    return blank + is_within_word(text, start) + is_within_word(text, end)


def first_cluster(text: str) -> int:
    """Where a text has the first grapheme cluster of several UTF-16 units; its length for nowhere.

    It may be a little before, since no tables of clusters are used.
    """
    for at, char in enumerate(text):
        wide = char > "\uffff" or "\u1100" <= char <= "\u11ff" or char in "\u200c\u200d\r"
        if wide or unicodedata.category(char).startswith("M"):
            return max(0, at - 1)
    return len(text)


class UnitEvidence:
    """The unit of each import, once all of its spans were seen."""

    def __init__(self) -> None:
        self._faults: dict[Hashable, dict[Unit, int]] = {}
        self._surfaces: dict[Hashable, list[dict[Unit, tuple[str, str]]]] = {}
        self._known: set[tuple[str, str]] = set()

    def add(self, batch: Hashable, text: str, start: int, end: int, label: str) -> None:
        """Add an imported span, in the server's numbers."""
        if not is_ambiguous(text, end):
            self._known.add((label, text[start:end]))
            return
        counts = self._faults.setdefault(batch, {"codepoints": 0, "utf16": 0})
        read: dict[Unit, tuple[str, str]] = {}
        for unit in counts:
            counts[unit] += faults(text, start, end, unit)
            edges = code_points(text, start, end, unit)
            read[unit] = label, text[slice(*edges)]
        self._surfaces.setdefault(batch, []).append(read)

    def unit(self, batch: Hashable) -> Unit | None:
        """The unit of an import; None if both are as good."""
        counts = self._faults.get(batch)
        if counts is None:
            return "utf16"  # nothing differs
        if all(read["codepoints"] == read["utf16"] for read in self._surfaces[batch]):
            return "utf16"
        for unit, other in (("codepoints", "utf16"), ("utf16", "codepoints")):
            if counts[unit] < counts[other] and 10 * counts[unit] <= counts[other]:  # type: ignore[index]
                return unit  # type: ignore[return-value]
        return self._by_surfaces(batch)

    def _by_surfaces(self, batch: Hashable) -> Unit | None:
        known = {
            unit: sum(read[unit] in self._known for read in self._surfaces[batch])
            for unit in ("codepoints", "utf16")
        }
        if known["codepoints"] and not known["utf16"]:
            return "codepoints"
        return "utf16" if known["utf16"] and not known["codepoints"] else None
