"""What each proposer contributes: what it alone gets right, and what it alone gets wrong. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from curate.model import Annotation, Record, Span, SpanKey

LEAST = 5
"""Wrong spans that a proposer alone brought, from which it is named as one to switch off."""


class Contribution(Record, frozen=True, kw_only=True):
    """What one model, program or rules file contributes, by its own layer.

    Args:
        spans: number of its spans, whether they were shown or not.
        right: those that people have, too.
        alone_right: those of them that no other proposer has.
        alone_wrong: spans that people were shown and did not keep, and that no other proposer has.
        gold: spans of people with the labels that it uses.
        precision: ``right`` / ``spans``; None if it has none.
        recall: ``right`` / ``gold``; None if there are none.
    """

    spans: int
    right: int
    alone_right: int
    alone_wrong: int
    gold: int
    precision: float | None
    recall: float | None

    @property
    def harms(self) -> bool:
        """Whether people had more to correct with it than to add without it."""
        return self.alone_wrong >= LEAST and self.alone_wrong > self.alone_right


class Contributions:
    """The sums for each proposer, one document at a time."""

    def __init__(self) -> None:
        self._spans: Counter[str] = Counter()
        self._right: Counter[str] = Counter()
        self._alone_right: Counter[str] = Counter()
        self._alone_wrong: Counter[str] = Counter()
        self._labels: dict[str, set[str]] = {}
        self._gold: dict[str, Counter[str]] = {}

    def add(self, layers: Iterable[Annotation], shown: Iterable[Span], result: Annotation) -> None:
        """Count one document.

        Args:
            layers: what each proposer said.
            shown: the spans that people were shown.
            result: what people made of them.
        """
        gold = {span.key for span in result.spans}
        wrong = {span.key for span in shown} - gold
        keys = {each.layer: {span.key for span in each.spans if span.label} for each in layers}
        # The versions of one proposer are no other proposers.
        by_key: dict[SpanKey, set[str]] = {}
        for layer, own in keys.items():
            for key in own:
                by_key.setdefault(key, set()).add(layer.partition("@")[0])
        for layer, own in keys.items():
            alone = {key for key in own if len(by_key[key]) == 1}
            self._spans[layer] += len(own)
            self._right[layer] += len(own & gold)
            self._alone_right[layer] += len(alone & gold)
            self._alone_wrong[layer] += len(alone & wrong)
            self._labels.setdefault(layer, set()).update(key[2] for key in own)
            self._gold.setdefault(layer, Counter()).update(span.label for span in result.spans)

    def rows(self) -> dict[str, Contribution]:
        """The proposers that found something, by layer."""
        rows = {}
        for layer in sorted(layer for layer, labels in self._labels.items() if labels):
            gold = sum(self._gold[layer][label] for label in self._labels[layer])
            spans, right = self._spans[layer], self._right[layer]
            rows[layer] = Contribution(
                spans=spans,
                right=right,
                alone_right=self._alone_right[layer],
                alone_wrong=self._alone_wrong[layer],
                gold=gold,
                precision=right / spans if spans else None,
                recall=right / gold if gold else None,
            )
        return rows
