"""The gold's labels, beside those of the last release. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from curate.model import Record, Release, Revision

_COUNT = "label:"


class LabelCount(Record, frozen=True, kw_only=True):
    """A label.

    Args:
        spans: in the gold as it is.
        share: of all spans of the gold; None where it has none.
        released: spans in the last release; None where there is none.
        released_share: of all spans of that release.
    """

    spans: int
    share: float | None
    released: int | None
    released_share: float | None


class LabelDistribution(Record, frozen=True, kw_only=True):
    """The labels of the gold.

    Args:
        documents: documents with gold.
        spans: spans in them.
        labels: by label, the most frequent first; those of the schema without a span, too.
        release: version of the last release; empty where there is none.
        divergence: between the two, as the check ``corpus.labels`` measures it (Jensen-Shannon, in
            bits: 0 for the same shares, 1 for no label in common); None where a side has no span.
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
    """Count the labels.

    Args:
        heads: the newest revision of each document; tombstones do not count.
        names: labels of the schema.
        release: the last one, if there is one.
    """
    now: Counter[str] = Counter()
    documents = 0
    for revision in heads:
        if not revision.deleted:
            documents += 1
            now.update(span.label for span in revision.spans)
    before = _released(release)
    every = sorted({*names, *now, *before}, key=lambda name: (-now[name], name))
    return LabelDistribution(
        documents=documents,
        spans=now.total(),
        labels={name: _label(name, now, before, release is not None) for name in every},
        release=release.version if release else "",
        divergence=_divergence(now, before, every),
    )


def _released(release: Release | None) -> Counter[str]:
    counts = release.counts if release else {}
    return Counter({k.removeprefix(_COUNT): n for k, n in counts.items() if k.startswith(_COUNT)})


def _label(name: str, now: Counter[str], before: Counter[str], released: bool) -> LabelCount:
    return LabelCount(
        spans=now[name],
        share=_share(name, now),
        released=before[name] if released else None,
        released_share=_share(name, before),
    )


def _share(name: str, counts: Counter[str]) -> float | None:
    return counts[name] / counts.total() if counts.total() else None


def _divergence(now: Counter[str], before: Counter[str], names: Iterable[str]) -> float | None:
    if not now.total() or not before.total():
        return None
    import numpy as np

    from curate.quality import statistics

    counts = [[side[name] for name in names] for side in (now, before)]
    return statistics.divergence(np.array(counts[0]), np.array(counts[1]))
