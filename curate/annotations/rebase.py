"""Carry annotations over to a revised text, where they still hold. Pure.

The two texts are compared line by line, and differing lines word by word (Ratcliff and Metzener
1988, as in Python's ``difflib``). A span holds if none of its code points changed, and at least one
of the three words before or after it is still there and still near: the same name in another
sentence is another mention. A span that does not hold is reported, and not searched for elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from curate.model import Annotation, Problem, Relation, Span, SpanKey
from curate.text.offset_map import Edit, OffsetMap
from curate.text.offsets import is_within_word
from curate.util import jsonl

# Blanks belong to the token before them: alone, they would match anywhere and end every match.
_LINE = re.compile(r"[^\n]*\n\s*|[^\n]+")
_TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_WORD = re.compile(r"\w+")
NEIGHBOURS = 3  # words on each side
SLACK = 40  # code points that may have come between a span and such a word
_MANY = 5000  # words; in longer texts, words that occur everywhere are no anchors, to save time


def rebase(
    annotation: Annotation, old_text: str, new_text: str, changes: OffsetMap | None = None
) -> tuple[Annotation, tuple[Problem, ...]]:
    """Carry an annotation over to a revised text.

    Args:
        annotation: of the old text.
        old_text: the text that was annotated.
        new_text: the text that replaces it.
        changes: how one text became the other, if that is known already.

    Returns:
        The annotation of the new text with what holds, and a problem for each span and relation
        that does not. Categories are kept, since they are about the article.
    """
    if changes is None:
        changes = text_changes(old_text, new_text)
    rebaser = _Rebaser(annotation.document, old_text, changes)
    moved = {span.key: rebaser.span(span) for span in annotation.spans}
    relations = [rebaser.relation(relation, moved) for relation in annotation.relations]
    rebased = msgspec.structs.replace(
        annotation,
        document=jsonl.document_id(new_text),
        spans=tuple(span for span in moved.values() if span is not None),
        relations=tuple(relation for relation in relations if relation is not None),
    )
    return rebased.sorted(), tuple(rebaser.problems)


def text_changes(old: str, new: str) -> OffsetMap:
    """How one text became another, with words as the smallest unit."""
    edits: list[Edit] = []
    for at, before, after in _differences(_LINE.findall(old), _LINE.findall(new)):
        for inside, out, put in _differences(_TOKEN.findall(before), _TOKEN.findall(after)):
            edits += _trimmed(at + inside, out, put)
    return OffsetMap(tuple(edits))


def _differences(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Where two sequences differ: offset in the old text, old text, new text."""
    matcher = SequenceMatcher(None, old, new, autojunk=len(new) > _MANY)
    starts = [0]
    for piece in old:
        starts.append(starts[-1] + len(piece))
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            yield starts[i], "".join(old[i:j]), "".join(new[k:m])


def _trimmed(at: int, old: str, new: str) -> Iterator[Edit]:
    """The edit without the whole words that both texts begin and end with."""
    if old == new:
        return
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    while head and (is_within_word(old, head) or is_within_word(new, head)):
        head -= 1
    shorter -= head
    tail = next((n for n in range(shorter) if old[-1 - n] != new[-1 - n]), shorter)
    while tail and (is_within_word(old, len(old) - tail) or is_within_word(new, len(new) - tail)):
        tail -= 1
    yield Edit(at + head, old[head : len(old) - tail], new[head : len(new) - tail])


class _Rebaser:
    """Carries over the parts of one annotation, and collects what does not hold."""

    def __init__(self, document: str, text: str, changes: OffsetMap) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._text = text
        self._changes = changes
        self._words = [match.span() for match in _WORD.finditer(text)]

    def span(self, span: Span) -> Span | None:
        """The span in the new text, if it holds."""
        place = self._changes.carry(span.start, span.end)
        if place is None or not self._changes.kept(span.start, span.end):
            why = "was changed or removed"
        elif not self._has_neighbour(span, place):
            why = "is in another context now"
        else:
            return msgspec.structs.replace(span, start=place[0], end=place[1])
        self._lose(f"{self._text[span.start : span.end]!r} ({span.label}) {why}", span.key)
        return None

    def relation(self, old: Relation, moved: dict[SpanKey, Span | None]) -> Relation | None:
        """The relation between the spans in the new text, if both hold."""
        head, tail = moved.get(old.head), moved.get(old.tail)
        if head is not None and tail is not None:
            return msgspec.structs.replace(old, head=head.key, tail=tail.key)
        self._lose(f"{old.label}: one of its two spans was not transferred", old.head)
        return None

    def _has_neighbour(self, span: Span, place: tuple[int, int]) -> bool:
        """Whether a word near the span is still near it; true if the span is the whole text."""
        around = list(self._around(span))
        for start, end in around:
            moved = self._changes.carry(start, end)
            if moved is None or not self._changes.kept(start, end):
                continue
            gap = start - span.end if start >= span.end else span.start - end
            now = moved[0] - place[1] if start >= span.end else place[0] - moved[1]
            if now <= gap + SLACK:
                return True
        return not around

    def _around(self, span: Span) -> Iterator[tuple[int, int]]:
        before = bisect_right(self._words, span.start, key=lambda word: word[1])
        after = bisect_left(self._words, span.end, key=lambda word: word[0])
        yield from reversed(self._words[max(0, before - NEIGHBOURS) : before])
        yield from self._words[after : after + NEIGHBOURS]

    def _lose(self, message: str, span: SpanKey) -> None:
        self.problems.append(
            Problem(
                code="rebase.lost",
                message=f"{message} in the revised text",
                severity="warning",
                document=self._document,
                span=span,
                hint="annotate it in the revised article if it is still there",
            )
        )
