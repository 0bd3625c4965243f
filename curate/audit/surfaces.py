"""The method ``surfaces``: the same words annotated differently in different places.

The surface of a span is its words; in capitals or not is the same, so that names in headlines count
as well (but « US » is not « us »). Each place where the words of some gold span occur is looked up:
the gold has a span of exactly these words, or nothing, or spans within them; places inside a longer
span are ignored. Each place is compared with all others, of which those in a similar context weigh
more: the same word before or after, a line of the same kind (headline, table, prose). If the
heaviest value has the share s of the weight of n others, and this place does not have it, its score
is s n / (n + K), so that few places are weak evidence. These are the variation nuclei of Dickinson
and Meurers (2003, "Detecting Errors in Part-of-Speech Annotation") for spans, decided by a weighted
majority.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from curate.audit.documents import TokenisedDocument
from curate.audit.suspects import ErrorType, Signal
from curate.audit.tokens import LineKind, TokenSpan

K = 1.0
LONGEST = 12  # words of a surface
NEIGHBOUR = 1.0
"""How much the same word before adds to the weight of a place, and the same word after."""
OTHER_LINE = 0.3
"""Factor of the weight of a place in another kind of line."""
_ABBREVIATION = 3  # letters
_NOTHING = ""
_PART = "\0"  # the gold has spans within the words
Surface = tuple[str, ...]
_Index = dict[str, dict[int, set[Surface]]]


@dataclass(frozen=True)
class _Occurrence:
    """Where a surface occurs, and what the gold has there: a label, nothing, or a part.

    Args:
        document: number of the document.
        first: its first token.
        last: one past its last token.
        value: the label, or what stands for nothing or a part.
        line: kind of its line.
        beside: the words before and after.
        span: the gold span.
    """

    document: int
    first: int
    last: int
    value: str
    line: LineKind
    beside: tuple[str, str]
    span: TokenSpan | None = None


class _Places:
    """The places of one surface: the weight of each value, as seen from one of them.

    Args:
        occurrences: the places.
    """

    def __init__(self, occurrences: Sequence[_Occurrence]) -> None:
        self.counts = Counter(it.value for it in occurrences)
        self._weights: Counter[tuple[str, LineKind, int, str]] = Counter()
        self._lines = {it.line for it in occurrences}
        for it in occurrences:
            self._weights.update(self._keys(it, it.value, it.line))

    def weights(self, here: _Occurrence) -> dict[str, float]:
        """The weight of the other places with each value."""
        weights = {}
        for value in self.counts:
            total = 0.0
            for line in self._lines:
                is_own = (value, line) == (here.value, here.line)
                for key, factor in zip(self._keys(here, value, line), _FACTORS, strict=True):
                    weight = factor * (self._weights[key] - is_own)
                    total += weight if line == here.line else OTHER_LINE * weight
            weights[value] = total
        return weights

    def _keys(
        self, it: _Occurrence, value: str, line: LineKind
    ) -> tuple[tuple[str, LineKind, int, str], ...]:
        return (value, line, 0, ""), (value, line, 1, it.beside[0]), (value, line, 2, it.beside[1])


_FACTORS = (1.0, NEIGHBOUR, NEIGHBOUR)


def surface_signals(corpus: Sequence[TokenisedDocument]) -> Iterator[Signal]:
    """Places that are annotated differently from most places with the same words."""
    for same in _occurrences(corpus).values():
        places = _Places(same)
        for occurrence in same if len(places.counts) > 1 else ():
            yield from _compare(corpus, occurrence, places)


def _occurrences(corpus: Sequence[TokenisedDocument]) -> dict[Surface, list[_Occurrence]]:
    """The places of each surface of the gold."""
    index: _Index = defaultdict(lambda: defaultdict(set))
    folded = [tuple(map(_fold, document.text.words)) for document in corpus]
    for document, words in zip(corpus, folded, strict=True):
        for first, last, _ in document.gold:
            if last - first <= LONGEST:
                index[words[first]][last - first].add(words[first:last])
    occurrences: dict[Surface, list[_Occurrence]] = defaultdict(list)
    for number, (document, words) in enumerate(zip(corpus, folded, strict=True)):
        for surface, occurrence in _occurrences_in(number, document, words, index):
            occurrences[surface].append(occurrence)
    return occurrences


def _occurrences_in(
    number: int, document: TokenisedDocument, words: Surface, index: _Index
) -> Iterator[tuple[Surface, _Occurrence]]:
    spans_at: dict[int, set[TokenSpan]] = defaultdict(set)
    for span in document.gold:
        for token in range(span[0], span[1]):
            spans_at[token].add(span)
    for first, word in enumerate(words):
        for size, surfaces in index.get(word, {}).items():
            last = first + size
            surface = words[first:last]
            if surface in surfaces and document.text.is_whole(first, last):
                overlapping = {it for token in range(first, last) for it in spans_at.get(token, ())}
                line = document.text.line_kinds[first]
                beside = (
                    words[first - 1].lower() if first else "",
                    words[last].lower() if last < len(words) else "",
                )
                for value, gold in _values(first, last, overlapping):
                    yield surface, _Occurrence(number, first, last, value, line, beside, gold)


def _values(
    first: int, last: int, overlapping: set[TokenSpan]
) -> Iterator[tuple[str, TokenSpan | None]]:
    """What the gold has in a place, and the span; nothing if the place is inside another span."""
    exact = sorted(span for span in overlapping if span[:2] == (first, last))
    if exact:
        yield from ((span[2], span) for span in exact)
    elif not overlapping:
        yield _NOTHING, None
    elif all(first <= span[0] and span[1] <= last for span in overlapping):
        yield _PART, min(overlapping, key=lambda span: (span[0] - span[1], span))


def _compare(
    corpus: Sequence[TokenisedDocument], it: _Occurrence, places: _Places
) -> Iterator[Signal]:
    weights = places.weights(it)
    weight, value = max((weight, value) for value, weight in weights.items() if value != it.value)
    if value == _PART or (value == _NOTHING and it.value == _PART):
        return  # neither is a correction
    if weight > 0 and weight >= weights[it.value]:
        document, others = corpus[it.document], places.counts.total() - 1
        place = (it.first, it.last, value)
        annotated = f"is annotated as {value}" if value else "is not annotated"
        reason = f"« {document.quote(place)} » {annotated} in {places.counts[value]} of {others}"
        share = weight / sum(weights.values())
        score = round(share * others / (others + K), 4)
        suggestion = place if value else None
        kind = _error_type(it, value)
        yield Signal(it.document, kind, it.span, suggestion, score, f"{reason} other places")


@lru_cache(maxsize=1 << 16)
def _fold(word: str) -> str:
    """A word in capitals like any other name; short ones may be abbreviations."""
    return word.capitalize() if len(word) > _ABBREVIATION and word.isupper() else word


def _error_type(occurrence: _Occurrence, value: str) -> ErrorType:
    if occurrence.span is None:
        return "missing"
    if not value:
        return "spurious"
    return "boundary" if occurrence.value == _PART and occurrence.span[2] == value else "label"
