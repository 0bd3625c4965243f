"""The brake: a sync that would remove or relabel very much of the gold stops and says so first.

A mistake on a server can look like people's work, for example a script that ran under an
annotator's account. So the spans are counted that a pull would take out of the gold. First the plan
counts every difference that it sees in the export; only where these are too many, the documents are
read to count what people really did, and nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from curate.annotations.diff import compare
from curate.model import Annotation, Example, Problem, Record, Span
from curate.store import Store
from curate.store.records import LocalState

CORPUS_SPANS = 200
"""A corpus with fewer spans of gold is too small for the share to mean anything."""

LABEL_SPANS = 20
"""The same for a label that loses all of its spans."""

_BATCH = 50


class Brake(Record, frozen=True, kw_only=True):
    """What a sync would take out of the gold, if that is more than the limit.

    Args:
        limit: share of the gold's spans that a sync may remove or relabel, 0 to 1.
        gold: number of spans of the gold.
        spans: how many of them would be removed or relabelled.
        documents: in how many documents.
        labels: the same spans by their label in the gold.
        people: the same spans by the account that removed or relabelled them, or that confirmed
            the document since; ``unknown`` if nobody did.
    """

    limit: float
    gold: int
    spans: int
    documents: int
    labels: dict[str, int]
    people: dict[str, int]

    @property
    def problem(self) -> Problem:
        """The brake as a problem."""
        documents = "1 document" if self.documents == 1 else f"{self.documents:,} documents"
        return Problem(
            code="sync.brake",
            message=f"what was confirmed in Doccano removes or relabels {self.spans:,} of "
            f"{self.gold:,} spans of the gold, in {documents} ({_in_words(self.labels)}; by "
            f"{_in_words(self.people)}); nothing was pulled",
            hint="look at some of these documents; if they are right, run `curate sync --accept`, "
            "and else correct them in Doccano; [merge] brake in curate.toml sets the limit",
        )


def is_too_much(losses: Mapping[str, int], gold: Mapping[str, int], limit: float) -> bool:
    """Whether a sync would take too much out of the gold.

    Args:
        losses: spans to be removed or relabelled, by label.
        gold: all spans of the gold, by label.
        limit: the share that is too much if it is exceeded; 1 switches the brake off.
    """
    if limit >= 1:
        return False
    total = sum(gold.values())
    if total >= CORPUS_SPANS and sum(losses.values()) > limit * total:
        return True
    return any(
        count >= LABEL_SPANS and losses.get(label, 0) >= count for label, count in gold.items()
    )


def may_be_too_much(losses: Mapping[str, int], limit: float) -> bool:
    """Whether there can be a corpus for which these losses are too much."""
    enough = sum(losses.values()) > limit * CORPUS_SPANS
    return limit < 1 and (enough or any(count >= LABEL_SPANS for count in losses.values()))


def lost_spans(before: Annotation, after: Annotation) -> list[tuple[Span, Span | None]]:
    """The spans that were removed or got another label, each with what took its place.

    A span that was only moved is not lost.
    """
    changes = compare(before, after)
    replaced = ((old, new) for old, new in changes.replaced if old.label != new.label)
    return [*((span, None) for span in changes.removed), *changes.relabelled, *replaced]


class LossCounter:
    """Counts what differs from the gold in examples that stream by and are to be pulled.

    Args:
        store: the corpus.
        marker: marker of the project.
        sides: the local side of every document, by id.
        include_unconfirmed: whether documents that nobody confirmed are pulled too.

    Attributes:
        losses: spans of the gold that were last seen there and are not there now, by label.
    """

    def __init__(
        self,
        store: Store,
        marker: str,
        sides: Mapping[str, LocalState],
        include_unconfirmed: bool = False,
    ) -> None:
        self._store, self._marker, self._sides = store, marker, sides
        self._include_unconfirmed = include_unconfirmed
        self.losses: Counter[str] = Counter()

    def watch(self, examples: Iterable[Example]) -> Iterator[Example]:
        """The examples; ``losses`` is complete at their end."""
        waiting: list[Example] = []
        for example in examples:
            if self._is_pulled(example):
                waiting.append(example)
                if len(waiting) == _BATCH:
                    self._count(waiting)
                    waiting = []
            yield example
        self._count(waiting)

    def _is_pulled(self, example: Example) -> bool:
        side = self._sides.get(example.document)
        return (
            side is not None
            and bool(side.gold and side.base)
            and side.base != example.annotation.content
            and (example.confirmed or self._include_unconfirmed)
        )

    def _count(self, examples: Iterable[Example]) -> None:
        with self._store.begin() as tx:
            for example in examples:
                tracked = tx.tracked(self._marker, example.document)
                head = tx.head(example.document)
                if tracked is None or head is None:
                    continue
                keys = {span.key for span in head.spans}
                lost = lost_spans(tracked.base, example.annotation)
                self.losses.update(span.label for span, _ in lost if span.key in keys)


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
