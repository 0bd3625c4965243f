"""Errors planted in a corpus with a random seed, to measure the audit on.

A share of the spans is changed, a quarter of them in each way:

- ``relabel``: another label, drawn by the frequency of the labels;
- ``shift``: one boundary is moved by one word, outwards or inwards;
- ``drop``: the span is removed;
- ``add``: one to three unannotated words become a span; every other one begins with a capital, so
  that not all are easy to see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from curate.model import Document, Span, SpanKey

WORD = re.compile(r"\w+")
KINDS = ("relabel", "shift", "drop", "add")
PlantedCorpus = tuple[list[tuple[Span, ...]], list["Error"]]


@dataclass(frozen=True)
class Error:
    """A planted error: the document, what was right, and what is there now."""

    document: int
    kind: str
    right: SpanKey | None
    wrong: SpanKey | None

    @property
    def places(self) -> tuple[SpanKey, ...]:
        """The spans of the error."""
        return tuple(key for key in (self.right, self.wrong) if key is not None)


def plant_errors(
    corpus: Sequence[tuple[Document, Sequence[Span]]], seed: int, share: float
) -> PlantedCorpus:
    """Plant errors in a share of the spans; returns the spans of each document, and the errors."""
    planter = _Planter(corpus, Random(seed))
    for number in range(round(len(planter.order) * share)):
        kind = KINDS[number % len(KINDS)]
        while not (planter.add() if kind == "add" else planter.change(kind)):
            pass  # this place does not suit this kind of error; try the next
    return [tuple(Span(*key) for key in sorted(keys)) for keys in planter.spans], planter.errors


class _Planter:
    def __init__(self, corpus: Sequence[tuple[Document, Sequence[Span]]], rng: Random) -> None:
        self.rng = rng
        self.texts = [document.text for document, _ in corpus]
        self.words = [[match.span() for match in WORD.finditer(text)] for text in self.texts]
        self.spans = [{span.key for span in spans} for _, spans in corpus]
        every = [(at, key) for at, keys in enumerate(self.spans) for key in sorted(keys)]
        self.labels = Counter(key[2] for _, key in every)
        self.order = rng.sample(every, len(every))
        self.errors: list[Error] = []
        self._next = iter(self.order)
        self._sizes = [len(words) for words in self.words]

    def change(self, kind: str) -> bool:
        """Change the next span, if it can be changed in this way."""
        at, key = next(self._next)
        change = {"relabel": self._relabelled, "shift": self._shifted}.get(kind)
        wrong = change(at, key) if change else None
        if change and (wrong is None or wrong in self.spans[at]):
            return False
        self.spans[at].remove(key)
        if wrong is not None:
            self.spans[at].add(wrong)
        self.errors.append(Error(at, kind, key, wrong))
        return True

    def add(self) -> bool:
        """Annotate some random words, unless they are annotated already."""
        at = self.rng.choices(range(len(self.words)), self._sizes)[0]
        many, words = self.rng.choice((1, 1, 1, 2, 2, 3)), self.words[at]
        if len(words) < many:
            return False
        first = self.rng.randrange(len(words) - many + 1)
        start, end = words[first][0], words[first + many - 1][1]
        if len(self.errors) % 8 < 4 and not self.texts[at][start].isupper():
            return False
        if not self._free(at, start, end):
            return False
        names = sorted(self.labels)
        label = self.rng.choices(names, [self.labels[name] for name in names])[0]
        self.spans[at].add((start, end, label))
        self.errors.append(Error(at, "add", None, (start, end, label)))
        return True

    def _relabelled(self, at: int, key: SpanKey) -> SpanKey:
        names = [name for name in sorted(self.labels) if name != key[2]]
        return (*key[:2], self.rng.choices(names, [self.labels[name] for name in names])[0])

    def _shifted(self, at: int, key: SpanKey) -> SpanKey | None:
        start, end, label = key
        inside = [word for word in self.words[at] if start <= word[0] and word[1] <= end]
        before = [word for word in self.words[at] if word[1] <= start][-1:]
        after = [word for word in self.words[at] if word[0] >= end][:1]
        ways = [(word[0], end) for word in before] + [(start, word[1]) for word in after]
        ways = [way for way in ways if self._free(at, *way, but=key)]
        if len(inside) > 1:
            ways += [(inside[1][0], end), (start, inside[-2][1])]
        ways = [way for way in ways if way != (start, end)]
        return (*self.rng.choice(ways), label) if ways else None

    def _free(self, at: int, start: int, end: int, but: SpanKey | None = None) -> bool:
        others = (key for key in self.spans[at] if key != but)
        clear = all(end <= key[0] or key[1] <= start for key in others)
        return clear and "\n" not in self.texts[at][start:end]
