"""What was changed in a text, as a list of edits, and where each offset went. Pure.

A map belongs to one pair of texts. It carries spans over, forwards and back, and rebuilds either
text from the other. Offsets are half-open and count Unicode code points, as everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from curate.errors import InputError
from curate.model import Record


class Edit(Record, frozen=True, array_like=True):
    """One change: ``old`` stood at ``at`` in the text before, ``new`` stands there after it."""

    at: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """One past the last code point of ``old`` in the text before."""
        return self.at + len(self.old)

    @property
    def growth(self) -> int:
        """By how many code points the text grew."""
        return len(self.new) - len(self.old)


class OffsetMap(Record, frozen=True, dict=True):
    """How one text became another.

    Args:
        edits: in order of position in the text before; none overlaps another.
    """

    edits: tuple[Edit, ...] = ()

    @classmethod
    def loads(cls, data: str | bytes) -> OffsetMap:
        """The map that ``dumps`` wrote.

        Raises:
            InputError: it is not one.
        """
        try:
            return cls(msgspec.json.decode(data, type=tuple[Edit, ...]))
        except msgspec.MsgspecError as error:
            raise InputError(f"not an offset map ({error})", "ingest the source again") from error

    def dumps(self) -> str:
        """The edits as JSON, ``[[at, old, new], …]``."""
        return msgspec.json.encode(self.edits).decode("utf-8")

    @cached_property
    def inverse(self) -> OffsetMap:
        """The map of the way back."""
        pairs = zip(self.edits, self._shifts, strict=False)  # the last shift is behind all edits
        return OffsetMap(tuple(Edit(e.at + shift, e.new, e.old) for e, shift in pairs))

    def apply(self, text: str) -> str:
        """The text after, from the text before.

        Raises:
            InputError: the text is not the one that the map was recorded for.
        """
        parts: list[str] = []
        at = 0
        for edit in self.edits:
            if not text.startswith(edit.old, edit.at):
                raise InputError(
                    f"the offset map is of another text: {edit.old!r} does not stand at {edit.at}",
                    "ingest the source again",
                )
            parts += (text[at : edit.at], edit.new)
            at = edit.end
        return "".join((*parts, text[at:]))

    def undo(self, text: str) -> str:
        """The text before, from the text after.

        Raises:
            InputError: the text is not the one that the map was recorded for.
        """
        return self.inverse.apply(text)

    def carry(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span of the text before stands in the text after.

        An edge inside what was taken out moves to where it was taken out. What was put in at an
        edge stays outside the span.

        Returns:
            Its new edges; None if nothing of it is left, or an edge falls inside something that was
            replaced, so that no offset in the text after is the same place.
        """
        if not 0 <= start <= end:
            return None
        first, last = self._edge(start, after=True), self._edge(end, after=False)
        if first is None or last is None:
            return None
        if start == end:
            return last, last
        return (first, last) if first < last else None

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span of the text after stood in the text before; else as ``carry``."""
        return self.inverse.carry(start, end)

    def kept(self, start: int, end: int) -> bool:
        """Whether no code point of a span of the text before was changed, and none put in."""
        place = bisect_right(self._ends, start)  # past insertions at the very start
        return place == len(self.edits) or self.edits[place].at >= end

    def then(self, second: OffsetMap, middle: str) -> OffsetMap:
        """This map and a second one after it as one map.

        Args:
            second: a map from the text that this one leads to.
            middle: that text.
        """
        if not self.edits or not second.edits:
            return second if second.edits else self
        return OffsetMap(tuple(_joined(_compose(self, second, middle))))

    def _edge(self, offset: int, after: bool) -> int | None:
        """Where an edge went; that of a start (``after``) is behind what was put in there."""
        place = bisect_left(self._ends, offset)
        while place < len(self.edits) and self.edits[place].end == offset:
            if not after and not self.edits[place].old:
                break
            place += 1
        if place < len(self.edits) and self.edits[place].at < offset:
            edit = self.edits[place]
            return None if edit.new else edit.at + self._shifts[place]
        return offset + self._shifts[place]

    @cached_property
    def _ends(self) -> list[int]:
        return [edit.end for edit in self.edits]

    @cached_property
    def _shifts(self) -> list[int]:
        """By how much the text before each edit moved, and last the text behind all of them."""
        shifts = [0]
        for edit in self.edits:
            shifts.append(shifts[-1] + edit.growth)
        return shifts


def _compose(first: OffsetMap, second: OffsetMap, middle: str) -> Iterator[Edit]:
    """Edits of both; those that overlap in the middle text become one."""
    undone = first.inverse.edits  # (place in the middle text, what stands there, what stood before)
    marks = [(e.at, e.end, 0, e) for e in undone] + [(e.at, e.end, 1, e) for e in second.edits]
    marks.sort(key=lambda mark: (mark[0], mark[1], mark[2]))
    shift = 0  # from the middle text back to the first one
    group: list[tuple[int, int, int, Edit]] = []
    end = -1
    for mark in marks:
        if group and mark[0] >= end:
            edit, shift = _one(group, middle, shift)
            yield edit
            group = []
        end = max(end, mark[1]) if group else mark[1]
        group.append(mark)
    edit, _ = _one(group, middle, shift)
    yield edit


def _one(group: list[tuple[int, int, int, Edit]], middle: str, shift: int) -> tuple[Edit, int]:
    """One edit for a group, and the shift behind it."""
    start, end = group[0][0], max(mark[1] for mark in group)
    texts: list[str] = []
    for side in (0, 1):
        local = (Edit(e.at - start, e.old, e.new) for _, _, of, e in group if of == side)
        texts.append(OffsetMap(tuple(local)).apply(middle[start:end]))
    old, new = texts
    return Edit(start + shift, old, new), shift + len(old) - (end - start)


def _joined(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Deletions side by side become one; an edit that changes nothing goes."""
    last: Edit | None = None
    for edit in edits:
        if edit.old == edit.new:
            continue
        if last is not None and not last.new and not edit.new and last.end == edit.at:
            last = Edit(last.at, last.old + edit.old, "")
            continue
        if last is not None:
            yield last
        last = edit
    if last is not None:
        yield last
