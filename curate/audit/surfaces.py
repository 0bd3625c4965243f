"""Surfaces that the gold marks differently in different places.

The surface of a span is its words. Every place where the words of some span stand is looked up:
there the gold has a span of just these words, or nothing, or spans within them; a place inside a
longer span says nothing. Each place is held against all others: if w of the n others have what is
commonest there and this place has not, its score is w / (n + K), so that few places say little.
These are the variation nuclei of Dickinson and Meurers (2003, "Detecting Errors in Part-of-Speech
Annotation") over spans, judged by majority.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from curate.audit.tokens import Stretch
from curate.audit.values import Kind, Read, Sign

K = 1.0
LONGEST = 12  # words of a surface
_NOTHING = ""
_PART = "\0"  # the gold marks only part of the words
Surface = tuple[str, ...]
Index = dict[str, dict[int, set[Surface]]]


@dataclass(frozen=True)
class _Place:
    """Where a surface stands, and what the gold has there: a label, nothing, or a part."""

    item: int
    first: int
    last: int
    value: str
    span: Stretch | None = None


def suspects(corpus: Sequence[Read]) -> Iterator[Sign]:
    """Places that are marked otherwise than the same words elsewhere."""
    index = _index(corpus)
    places: dict[Surface, list[_Place]] = defaultdict(list)
    for number, one in enumerate(corpus):
        for surface, place in _places(number, one, index):
            places[surface].append(place)
    for found in places.values():
        yield from _compared(corpus, found)


def _index(corpus: Iterable[Read]) -> Index:
    """The surfaces of the gold by their first word and their length."""
    index: Index = defaultdict(lambda: defaultdict(set))
    for one in corpus:
        for first, last, _ in one.gold:
            if last - first <= LONGEST:
                words = one.text.words[first:last]
                index[words[0]][last - first].add(words)
    return index


def _places(number: int, one: Read, index: Index) -> Iterator[tuple[Surface, _Place]]:
    words = one.text.words
    over: dict[int, set[Stretch]] = defaultdict(set)
    for span in one.gold:
        for at in range(span[0], span[1]):
            over[at].add(span)
    for first, word in enumerate(words):
        for size, surfaces in index.get(word, {}).items():
            surface = words[first : first + size]
            if surface in surfaces:
                there = {s for at in range(first, first + size) for s in over.get(at, ())}
                for place in _at(number, first, first + size, there):
                    yield surface, place


def _at(number: int, first: int, last: int, over: set[Stretch]) -> Iterator[_Place]:
    same = sorted(span for span in over if span[:2] == (first, last))
    if same:
        yield from (_Place(number, first, last, span[2], span) for span in same)
    elif not over:
        yield _Place(number, first, last, _NOTHING)
    elif all(first <= span[0] and span[1] <= last for span in over):
        longest = min(over, key=lambda span: (span[0] - span[1], span))
        yield _Place(number, first, last, _PART, longest)


def _compared(corpus: Sequence[Read], places: Sequence[_Place]) -> Iterator[Sign]:
    counts = Counter(place.value for place in places)
    for place in places if len(counts) > 1 else ():
        others = [(many, value) for value, many in counts.items() if value != place.value]
        many, value = max(others)
        if value == _PART or (value == _NOTHING and place.value == _PART):
            continue  # a part of the words is no correction, nor is nothing where a part is marked
        if many >= counts[place.value]:
            one, rest = corpus[place.item], len(places) - 1
            there = (place.first, place.last, value) if value else None
            kind = _kind(place, value)
            quote = one.quote((place.first, place.last, value))
            marked = f"is marked {value}" if value else "is not marked"
            words = f"« {quote} » {marked} in {many} of {rest} other places"
            score = round(many / (rest + K), 4)
            yield Sign(place.item, kind, place.span, there, score, words)


def _kind(place: _Place, value: str) -> Kind:
    if place.span is None:
        return "missing"
    if not value:
        return "spurious"
    return "boundary" if place.value == _PART and place.span[2] == value else "label"
