"""The method ``edges``: spans that start or end elsewhere than similar spans.

For each label, word and edge it is counted how often the word is just outside the edge, and how
often just inside. A word inside that is outside elsewhere (« Le » before a date), or the reverse
(« François » before a person), makes the edge an outlier. A rare word is judged by its shape too,
which counts as M places (Dirichlet smoothing, Zhai and Lafferty 2004). The place in question does
not count for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curate.audit.documents import TokenisedDocument
from curate.audit.features import word_shape
from curate.audit.punctuation import PunctuationEdges
from curate.audit.suspects import Signal
from curate.audit.tokens import TokenSpan

M = 2.0
K = 1.0
MINIMUM = 0.5
"""Signals with this score or less are left out."""

_LINE_BREAK = "\n"  # next to a span that begins or ends a line
_FIRST, _LAST = "first", "last"
_Key = tuple[str, str, bool, str]  # edge, label, whether inside, word or shape


@dataclass(frozen=True)
class _Edge:
    """An edge of a span: the word inside it, and the word outside.

    Args:
        span: the span.
        name: which edge.
        inside: the word inside.
        outside: the word outside, or a line break.
        sizes: number of tokens of either word; more than one if they are joined.
    """

    span: TokenSpan
    name: str
    inside: str
    outside: str
    sizes: tuple[int, int]

    def words(self) -> Iterator[tuple[str, bool]]:
        """The words that could be on the other side, and whether they are inside now."""
        if self.span[1] - self.span[0] > self.sizes[0]:  # a span keeps at least one word
            yield self.inside, True
        if self.outside != _LINE_BREAK:
            yield self.outside, False

    def keys(self, word: str, inside: bool) -> tuple[_Key, _Key]:
        """The keys under which a word and its shape are counted."""
        label = self.span[2]
        of_word = (self.name, label, inside, word.lower())
        # No word contains a NUL, so a shape cannot be taken for a word.
        return of_word, (self.name, label, inside, word_shape(word) + "\0")

    def moved(self, inwards: bool) -> TokenSpan:
        """The span with this edge moved by one word."""
        first, last, label = self.span
        by = self.sizes[0] if inwards else -self.sizes[1]
        return (first + by, last, label) if self.name == _FIRST else (first, last - by, label)


def edge_signals(corpus: Sequence[TokenisedDocument]) -> Iterator[Signal]:
    """Spans with a word at an edge that is mostly on the other side elsewhere."""
    counts: Counter[_Key] = Counter()
    for document in corpus:
        for edge in _edges(document):
            for word, inside in edge.words():
                counts.update(edge.keys(word, inside))
    marks = PunctuationEdges(corpus)
    for number, document in enumerate(corpus):
        for edge in _edges(document):
            for word, inside in edge.words():
                suggestion = marks.trim(document, edge.moved(inside))
                if suggestion not in (None, edge.span):
                    yield from _judge(number, edge, word, inside, counts, suggestion)


def _edges(document: TokenisedDocument) -> Iterator[_Edge]:
    text, gaps = document.text, (*document.text.gaps, "n")
    for span in document.gold:
        first, last, _ = span
        words = [(first, text.word_end(first)), (text.word_start(last - 1), last)]
        before = text.word_start(first - 1) if gaps[first] != "n" else first
        after = text.word_end(last) if gaps[last] != "n" else last
        beside = [(before, first), (last, after)]
        for name, inside, outside in zip((_FIRST, _LAST), words, beside, strict=True):
            yield _Edge(
                span,
                name,
                "".join(text.words[slice(*inside)]),
                "".join(text.words[slice(*outside)]) or _LINE_BREAK,
                (inside[1] - inside[0], outside[1] - outside[0]),
            )


def _judge(
    number: int,
    edge: _Edge,
    word: str,
    inside: bool,
    counts: Counter[_Key],
    suggestion: TokenSpan | None,
) -> Iterator[Signal]:
    same, same_shape = (counts[key] - 1 for key in edge.keys(word, inside))
    other, other_shape = (counts[key] for key in edge.keys(word, not inside))
    share = other_shape / (same_shape + other_shape + K)
    score = round((other + M * share) / (same + other + M), 4)
    if score > MINIMUM:
        reason = _reason(edge, word, inside, same, other)
        yield Signal(number, "boundary", edge.span, suggestion, score, reason)


def _reason(edge: _Edge, word: str, inside: bool, same: int, other: int) -> str:
    label, position = edge.span[2], "before" if edge.name == _FIRST else "after"
    if not same + other:
        side = f"{position} a {label}" if inside else f"inside a {label}, as its {edge.name} word"
        return f"a word like « {word} » is mostly {side}"
    within, outside = (same, other) if inside else (other, same)
    return (
        f"elsewhere « {word} » is the {edge.name} word of a {label} {within} times, and "
        f"{position} one {outside} times"
    )
