"""Edges of spans that lie elsewhere than those of like spans.

For each label, each word and each edge is counted how often the word stands just outside the
edge and how often just inside. A word inside that stands outside elsewhere (« Le » before a date),
or the other way about (« François » before a person), makes the edge an outlier. A rare word is
judged by its shape as well, which counts as M places (Dirichlet smoothing, Zhai and Lafferty 2004).
The place in question does not count for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curate.audit.features import shape
from curate.audit.tokens import Stretch
from curate.audit.values import Read, Sign

M = 2.0
K = 1.0
LEAST = 0.5
_NOTHING = "\n"  # beside a span that begins or ends a line
_OPEN, _CLOSE = "first", "last"
Key = tuple[str, str, bool, str]  # edge, label, whether inside, word or shape


@dataclass(frozen=True)
class _Edge:
    """One edge of a span: the word inside it, and the one outside."""

    span: Stretch
    name: str
    inside: str
    outside: str

    def words(self) -> Iterator[tuple[str, bool]]:
        """The words that could be on the other side, and whether they are inside now."""
        if self.span[1] - self.span[0] > 1:  # what has one word can't lose it
            yield self.inside, True
        if self.outside != _NOTHING:
            yield self.outside, False

    def keys(self, word: str, inside: bool) -> tuple[Key, Key]:
        """Under what a word is counted, and its shape."""
        label = self.span[2]
        return (self.name, label, inside, word.lower()), (
            self.name,
            label,
            inside,
            shape(word) + "\0",
        )

    def moved(self, inwards: bool) -> Stretch:
        """The span with this edge moved by one word."""
        first, last, label = self.span
        by = 1 if inwards else -1
        return (first + by, last, label) if self.name == _OPEN else (first, last - by, label)


def suspects(corpus: Sequence[Read]) -> Iterator[Sign]:
    """Spans with a word at an edge that is on the other side of it elsewhere."""
    counts: Counter[Key] = Counter()
    for one in corpus:
        for edge in _edges(one):
            for word, inside in edge.words():
                counts.update(edge.keys(word, inside))
    for number, one in enumerate(corpus):
        for edge in _edges(one):
            for word, inside in edge.words():
                yield from _judged(number, edge, word, inside, counts)


def _edges(one: Read) -> Iterator[_Edge]:
    words, gaps = one.text.words, (*one.text.gaps, "n")
    for span in one.gold:
        first, last, _ = span
        before = _NOTHING if gaps[first] == "n" else words[first - 1]
        behind = _NOTHING if gaps[last] == "n" else words[last]
        yield _Edge(span, _OPEN, words[first], before)
        yield _Edge(span, _CLOSE, words[last - 1], behind)


def _judged(
    number: int, edge: _Edge, word: str, inside: bool, counts: Counter[Key]
) -> Iterator[Sign]:
    here, like = (counts[key] - 1 for key in edge.keys(word, inside))
    there, alike = (counts[key] for key in edge.keys(word, not inside))
    share = alike / (like + alike + K)
    score = round((there + M * share) / (here + there + M), 4)
    if score > LEAST:
        words = _words(edge, word, inside, here, there)
        yield Sign(number, "boundary", edge.span, edge.moved(inside), score, words)


def _words(edge: _Edge, word: str, inside: bool, here: int, there: int) -> str:
    label, beside = edge.span[2], "before" if edge.name == _OPEN else "behind"
    if not here + there:
        side = f"{beside} a {label}" if inside else f"inside a {label}, as its {edge.name} word"
        return f"a word like « {word} » mostly stands {side}"
    within, without = (here, there) if inside else (there, here)
    return (
        f"elsewhere « {word} » is the {edge.name} word of a {label} {within} times, and stands "
        f"{beside} one {without} times"
    )
