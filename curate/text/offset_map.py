"""What was changed in a text, as a list of edits, and where each offset moved.

A map belongs to one pair of texts. It moves spans forwards and back, and rebuilds either text from
the other. Offsets are half-open and count Unicode code points, as everywhere.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from curate.errors import InputError
from curate.model import Record


class Edit(Record, frozen=True, array_like=True):
    """One change: ``new`` replaces ``old``, which is at offset ``at`` of the text before."""

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
        edits: the changes in order of position in the text before; they do not overlap.
    """

    edits: tuple[Edit, ...] = ()

    @classmethod
    def loads(cls, data: str | bytes) -> OffsetMap:
        """Parse what ``dumps`` returned.

        Raises:
            InputError: it is not an offset map.
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
        """The map from the text after to the text before."""
        # The last shift, that of the text behind all edits, has no edit.
        pairs = zip(self.edits, self._shifts, strict=False)
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
                    f"the offset map is for another text: {edit.old!r} is not at offset {edit.at}",
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
        """Move a span from the text before to the text after.

        An edge inside a deletion moves to its place. An insertion at an edge stays outside the
        span.

        Returns:
            The new edges; None if nothing of the span is left, or if an edge is inside a
            replacement, so that no offset in the text after corresponds to it.
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
        """Move a span from the text after to the text before; otherwise like ``carry``."""
        return self.inverse.carry(start, end)

    def kept(self, start: int, end: int) -> bool:
        """Whether a span of the text before is unchanged, without insertions inside it."""
        place = bisect_right(self._ends, start)  # after insertions at its start
        return place == len(self.edits) or self.edits[place].at >= end

    def then(self, second: OffsetMap, middle: str) -> OffsetMap:
        """One map for this map and a second one after it.

        Args:
            second: a map from the text that this one results in.
            middle: that text.
        """
        if not self.edits or not second.edits:
            return second if second.edits else self
        return OffsetMap(tuple(_joined(_compose(self, second, middle))))

    def _edge(self, offset: int, after: bool) -> int | None:
        """Move one edge; the start of a span (``after``) moves behind an insertion at it."""
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
        """By how much the text before each edit moves, and last the text behind all of them."""
        shifts = [0]
        for edit in self.edits:
            shifts.append(shifts[-1] + edit.growth)
        return shifts


def _compose(first: OffsetMap, second: OffsetMap, middle: str) -> Iterator[Edit]:
    """The edits of both maps; those that overlap in the middle text are merged."""
    # Both as edits of the middle text: the first map undone, the second applied.
    ranges = [(e.at, e.end, 0, e) for e in first.inverse.edits]
    ranges += [(e.at, e.end, 1, e) for e in second.edits]
    ranges.sort(key=lambda item: item[:3])
    shift = 0  # from the middle text to the text before
    group: list[tuple[int, int, int, Edit]] = []
    end = -1
    for item in ranges:
        if group and item[0] >= end:
            edit, shift = _merge(group, middle, shift)
            yield edit
            group = []
        end = max(end, item[1]) if group else item[1]
        group.append(item)
    edit, _ = _merge(group, middle, shift)
    yield edit


def _merge(group: list[tuple[int, int, int, Edit]], middle: str, shift: int) -> tuple[Edit, int]:
    """One edit for a group of edits that overlap, and the shift behind it."""
    start, end = group[0][0], max(item[1] for item in group)
    texts: list[str] = []
    for side in (0, 1):
        local = (Edit(e.at - start, e.old, e.new) for _, _, of, e in group if of == side)
        texts.append(OffsetMap(tuple(local)).apply(middle[start:end]))
    old, new = texts
    return Edit(start + shift, old, new), shift + len(old) - (end - start)


def _joined(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Merge adjacent deletions, and drop edits that change nothing."""
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
