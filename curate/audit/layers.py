"""Layers of models and rules that disagree with the gold, each believed as far as it is right.

How often a layer is right is measured on the gold itself, for each of its labels: in how many of
the places that it marks so the gold has the same, and how many of the gold's spans of a label it
finds. Labels that are not the gold's mean what the gold most often has in their place. The place in
question does not count for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from curate.audit.spans import Difference, differences
from curate.audit.tokens import Stretch
from curate.audit.values import Read, Sign
from curate.model import Span
from curate.text.offsets import outermost

K = 2.0


@dataclass
class _Layer:
    """A layer, and how it did.

    Args:
        name: of the layer.
        marked: how many spans of each of its labels it has.
        there: by its label, the gold's labels of spans with the same words.
        spans: how many spans of each label the gold has.
        seen: in how many of them it marks something.
    """

    name: str
    marked: Counter[str] = field(default_factory=Counter)
    there: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    spans: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def measure(self, gold: Sequence[Stretch], said: Sequence[Stretch]) -> None:
        """Count what it has right in one document."""
        at = {span[:2]: span[2] for span in gold}
        for first, last, label in said:
            self.marked[label] += 1
            if (first, last) in at:
                self.there[label][at[first, last]] += 1
        for first, last, label in gold:
            self.spans[label] += 1
            self.seen[label] += any(a < last and first < b for a, b, _ in said)

    def means(self, label: str) -> str:
        """The gold's label for one of its own; empty if it has none most of the time."""
        found = self.there[label]
        best = max(found, key=lambda name: (found[name], name), default="")
        return best if 2 * found[best] > sum(found.values()) else ""

    def sign(self, number: int, one: Read, said: dict[Stretch, str], it: Difference) -> Sign:
        """What a difference is worth."""
        kind, span, there = it
        if there is not None:
            label = said[there]
            right, every = self.there[label][there[2]], self.marked[label] - 1
            words = (
                f"{self.name} marks « {one.quote(there)} » {label}, and the gold has {there[2]} "
                f"in {right} of its {every} other places"
            )
        else:
            assert span is not None
            right, every = self.seen[span[2]], self.spans[span[2]] - 1
            words = f"{self.name} marks nothing here; it finds {right} of {every} other {span[2]}"
        return Sign(number, kind, span, there, round(right / (every + K), 4), words)


def suspects(corpus: Sequence[Read]) -> Iterator[Sign]:
    """Where a layer says other than the gold."""
    for name in sorted({name for one in corpus for name in one.item.layers}):
        rows = [(n, one, _said(one, one.item.layers[name])) for n, one in _with(corpus, name)]
        layer = _Layer(name)
        for _, one, said in rows:
            layer.measure(one.outer, said)
        for number, one, said in rows:
            meant = {
                (*span[:2], label): span[2] for span in said if (label := layer.means(span[2]))
            }
            for found in differences(one.outer, sorted(meant)):
                yield layer.sign(number, one, meant, found)


def _with(corpus: Sequence[Read], name: str) -> Iterator[tuple[int, Read]]:
    return ((number, one) for number, one in enumerate(corpus) if name in one.item.layers)


def _said(one: Read, spans: Iterable[Span]) -> list[Stretch]:
    """The outermost spans of a layer in tokens."""
    kept, _, _ = outermost([span for span in spans if span.label])
    return [found for found in map(one.text.stretch, kept) if found[0] < found[1]]
