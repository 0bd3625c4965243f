"""The labels of the gold beside those of the last release. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from curate.model import Record, Release, Revision

_PREFIX = "label:"  # of the counts of labels in a release


class LabelCount(Record, frozen=True, kw_only=True):
    """The spans of one label.

    Args:
        spans: number of spans in the gold.
        share: share of all spans of the gold, 0 to 1; None where it has none.
        released: number of spans in the last release; None where there is none.
        released_share: share of all spans of that release.
    """

    spans: int
    share: float | None
    released: int | None
    released_share: float | None


class LabelDistribution(Record, frozen=True, kw_only=True):
    """The spans of the gold by label.

    Args:
        documents: number of documents with gold.
        spans: number of spans in them.
        labels: by label, the most frequent first; includes labels of the schema without a span.
        release: version of the last release; empty where there is none.
        divergence: Jensen-Shannon divergence between the two distributions in bits, as in the check
            ``corpus.labels``: 0 for the same shares, 1 for no label in common; None where a side
            has no spans.
    """

    documents: int
    spans: int
    labels: dict[str, LabelCount]
    release: str
    divergence: float | None

    @property
    def highest_share(self) -> float:
        """The highest share of a label on either side; 1 where no side has a span."""
        sides = ((label.share, label.released_share) for label in self.labels.values())
        return max((share or 0.0 for both in sides for share in both), default=0.0) or 1.0


def label_distribution(
    heads: Iterable[Revision], names: Iterable[str], release: Release | None
) -> LabelDistribution:
    """Count the spans of each label.

    Args:
        heads: the newest revision of each document; tombstones do not count.
        names: labels of the schema.
        release: the last release, if there is one.
    """
    gold: Counter[str] = Counter()
    documents = 0
    for revision in heads:
        if not revision.deleted:
            documents += 1
            gold.update(span.label for span in revision.spans)
    counts = release.counts if release else {}
    released = Counter(
        {
            name.removeprefix(_PREFIX): count
            for name, count in counts.items()
            if name.startswith(_PREFIX)
        }
    )
    labels = sorted({*names, *gold, *released}, key=lambda label: (-gold[label], label))
    return LabelDistribution(
        documents=documents,
        spans=gold.total(),
        labels={
            label: LabelCount(
                spans=gold[label],
                share=_share(label, gold),
                released=released[label] if release else None,
                released_share=_share(label, released),
            )
            for label in labels
        },
        release=release.version if release else "",
        divergence=_divergence(gold, released, labels),
    )


def _share(label: str, counts: Counter[str]) -> float | None:
    return counts[label] / counts.total() if counts.total() else None


def _divergence(gold: Counter[str], released: Counter[str], labels: Iterable[str]) -> float | None:
    if not gold.total() or not released.total():
        return None
    import numpy as np

    from curate.quality import statistics

    ours, theirs = (np.array([side[label] for label in labels]) for side in (gold, released))
    return statistics.divergence(ours, theirs)
