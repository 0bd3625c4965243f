"""The method ``surfaces``: the same words annotated differently in different places.

The surface of a span is its words. Each place where the words of some gold span occur is looked up:
the gold has a span of exactly these words, or nothing, or spans within them; places inside a longer
span are ignored. Each place is compared with all others: if w of the n others have the most
frequent value and this place does not, its score is w / (n + K), so that few places are weak
evidence. These are the variation nuclei of Dickinson and Meurers (2003, "Detecting Errors in
Part-of-Speech Annotation") for spans, decided by majority.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from curate.audit.documents import TokenisedDocument
from curate.audit.suspects import ErrorType, Signal
from curate.audit.tokens import TokenSpan

K = 1.0
LONGEST = 12  # words of a surface
_NOTHING = ""
_PART = "\0"  # the gold has spans within the words
Surface = tuple[str, ...]
_Index = dict[str, dict[int, set[Surface]]]


@dataclass(frozen=True)
class _Occurrence:
    """Where a surface occurs, and what the gold has there: a label, nothing, or a part."""

    document: int
    first: int
    last: int
    value: str
    span: TokenSpan | None = None


def surface_signals(corpus: Sequence[TokenisedDocument]) -> Iterator[Signal]:
    """Places that are annotated differently from most places with the same words."""
    index = _index_surfaces(corpus)
    occurrences: dict[Surface, list[_Occurrence]] = defaultdict(list)
    for number, document in enumerate(corpus):
        for surface, occurrence in _occurrences(number, document, index):
            occurrences[surface].append(occurrence)
    for same in occurrences.values():
        yield from _compare(corpus, same)


def _index_surfaces(corpus: Iterable[TokenisedDocument]) -> _Index:
    """The surfaces of the gold by first word and number of words."""
    index: _Index = defaultdict(lambda: defaultdict(set))
    for document in corpus:
        for first, last, _ in document.gold:
            if last - first <= LONGEST:
                words = document.text.words[first:last]
                index[words[0]][last - first].add(words)
    return index


def _occurrences(
    number: int, document: TokenisedDocument, index: _Index
) -> Iterator[tuple[Surface, _Occurrence]]:
    words = document.text.words
    spans_at: dict[int, set[TokenSpan]] = defaultdict(set)
    for span in document.gold:
        for token in range(span[0], span[1]):
            spans_at[token].add(span)
    for first, word in enumerate(words):
        for size, surfaces in index.get(word, {}).items():
            surface = words[first : first + size]
            if surface in surfaces:
                tokens = range(first, first + size)
                overlapping = {span for token in tokens for span in spans_at.get(token, ())}
                for occurrence in _at(number, first, first + size, overlapping):
                    yield surface, occurrence


def _at(document: int, first: int, last: int, overlapping: set[TokenSpan]) -> Iterator[_Occurrence]:
    exact = sorted(span for span in overlapping if span[:2] == (first, last))
    if exact:
        yield from (_Occurrence(document, first, last, span[2], span) for span in exact)
    elif not overlapping:
        yield _Occurrence(document, first, last, _NOTHING)
    elif all(first <= span[0] and span[1] <= last for span in overlapping):
        longest = min(overlapping, key=lambda span: (span[0] - span[1], span))
        yield _Occurrence(document, first, last, _PART, longest)


def _compare(
    corpus: Sequence[TokenisedDocument], occurrences: Sequence[_Occurrence]
) -> Iterator[Signal]:
    counts = Counter(occurrence.value for occurrence in occurrences)
    for occurrence in occurrences if len(counts) > 1 else ():
        count, value = max(
            (count, value) for value, count in counts.items() if value != occurrence.value
        )
        if value == _PART or (value == _NOTHING and occurrence.value == _PART):
            continue  # neither is a correction
        if count >= counts[occurrence.value]:
            document, others = corpus[occurrence.document], len(occurrences) - 1
            place = (occurrence.first, occurrence.last, value)
            annotated = f"is annotated as {value}" if value else "is not annotated"
            yield Signal(
                occurrence.document,
                _error_type(occurrence, value),
                occurrence.span,
                place if value else None,
                round(count / (others + K), 4),
                f"« {document.quote(place)} » {annotated} in {count} of {others} other places",
            )


def _error_type(occurrence: _Occurrence, value: str) -> ErrorType:
    if occurrence.span is None:
        return "missing"
    if not value:
        return "spurious"
    return "boundary" if occurrence.value == _PART and occurrence.span[2] == value else "label"
