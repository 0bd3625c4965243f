"""The method ``layers``: layers of models and rules that disagree with the gold.

Each layer counts as much as it is right, which is measured on the gold for each of its labels: how
many of its spans the gold has too, and how many of the gold's spans it finds. A label that the gold
does not use stands for the gold's most frequent label in the same places. The place in question
does not count for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from curate.audit.documents import TokenisedDocument
from curate.audit.punctuation import PunctuationEdges
from curate.audit.span_differences import Difference, differences
from curate.audit.suspects import Signal
from curate.audit.tokens import TokenSpan
from curate.model import Span
from curate.text.offsets import outermost

K = 2.0
"""Added to the number of other places, so that a few places are weak evidence."""


@dataclass
class _LayerStatistics:
    """How a layer compares with the gold.

    Args:
        name: name of the layer.
        marked: number of its spans, by label.
        matches: gold labels of spans with the same tokens, by its own label.
        gold: number of gold spans, by label.
        found: number of gold spans that overlap one of its spans, by label.
    """

    name: str
    marked: Counter[str] = field(default_factory=Counter)
    matches: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    gold: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def add(self, gold: Sequence[TokenSpan], spans: Sequence[TokenSpan]) -> None:
        """Count the spans of one document."""
        gold_label = {span[:2]: span[2] for span in gold}
        for first, last, label in spans:
            self.marked[label] += 1
            if (first, last) in gold_label:
                self.matches[label][gold_label[first, last]] += 1
        for first, last, label in gold:
            self.gold[label] += 1
            self.found[label] += any(a < last and first < b for a, b, _ in spans)

    def gold_label(self, label: str) -> str:
        """The gold's label in most places of one of its own; empty if there is no majority."""
        matches = self.matches[label]
        best = max(matches, key=lambda name: (matches[name], name), default="")
        return best if 2 * matches[best] > sum(matches.values()) else ""

    def signal(
        self,
        number: int,
        document: TokenisedDocument,
        own_labels: dict[TokenSpan, str],
        difference: Difference,
    ) -> Signal:
        """What a difference from the gold is worth."""
        kind, span, suggestion = difference
        if suggestion is not None:
            label = own_labels[suggestion]
            right, places = self.matches[label][suggestion[2]], self.marked[label] - 1
            reason = (
                f"{self.name} annotates « {document.quote(suggestion)} » as {label}, for which the "
                f"gold has {suggestion[2]} in {right} of {places} other places"
            )
        else:
            assert span is not None
            right, places = self.found[span[2]], self.gold[span[2]] - 1
            reason = (
                f"{self.name} annotates nothing here; it finds {right} of {places} other {span[2]}"
            )
        return Signal(number, kind, span, suggestion, round(right / (places + K), 4), reason)


def layer_signals(corpus: Sequence[TokenisedDocument]) -> Iterator[Signal]:
    """Where a layer differs from the gold."""
    edges = PunctuationEdges(corpus)
    for name in sorted({name for document in corpus for name in document.audited.layers}):
        rows = [
            (number, document, _spans(document, document.audited.layers[name], edges))
            for number, document in enumerate(corpus)
            if name in document.audited.layers
        ]
        statistics = _LayerStatistics(name)
        for _, document, spans in rows:
            statistics.add(document.outer, spans)
        for number, document, spans in rows:
            own_labels = {
                (*span[:2], label): span[2]
                for span in spans
                if (label := statistics.gold_label(span[2]))
            }
            for difference in differences(document.outer, sorted(own_labels)):
                yield statistics.signal(number, document, own_labels, difference)


def _spans(
    document: TokenisedDocument, spans: Iterable[Span], edges: PunctuationEdges
) -> list[TokenSpan]:
    """The outermost spans of a layer in tokens."""
    kept, _, _ = outermost([span for span in spans if span.label])
    tokens = (it for it in map(document.text.token_span, kept) if it[0] < it[1])
    trimmed = (edges.trim(document, it) for it in tokens)
    return sorted({it for it in trimmed if it is not None})
