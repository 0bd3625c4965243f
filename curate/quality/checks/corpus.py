"""Checks of the corpus as a whole: whether its distributions are still those of the last release.

A distribution is judged by its Jensen-Shannon divergence (``curate.quality.statistics``), and only
where both sides have counted enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.quality.registry import check

if TYPE_CHECKING:
    import pandas as pd

    from curate.quality.registry import Mask

SIZE = 50
"""Documents from which on a corpus is judged as a whole."""
_SPANS = 100  # the same for the distribution of labels


@check(
    "corpus.labels",
    table="corpus",
    severity="warning",
    message="the labels lie {observed:.3f} bits from the last release, above {limit}",
    hint="see with `curate log` what changed; waive the finding if it is intended",
    limit=0.05,
    bound="Jensen-Shannon divergence in bits, 0 to 1",
    needs=("release", "size"),
)
def labels(corpus: pd.DataFrame, limit: float) -> Mask:
    """A shift in labels points to other guidelines, other articles, or a mistake."""
    return _drifted(corpus, "labels", limit, _SPANS)


@check(
    "corpus.languages",
    table="corpus",
    severity="warning",
    message="the languages lie {observed:.3f} bits from the last release, above {limit}",
    hint="check which articles were ingested; waive the finding if it is intended",
    limit=0.02,
    bound="Jensen-Shannon divergence in bits, 0 to 1",
    needs=("release", "size"),
)
def languages(corpus: pd.DataFrame, limit: float) -> Mask:
    """A shift in languages is seldom intended."""
    return _drifted(corpus, "languages", limit, SIZE)


@check(
    "corpus.lengths",
    table="corpus",
    severity="warning",
    message="the lengths of texts lie {observed:.3f} bits from the last release, above {limit}",
    hint="check which articles were ingested; waive the finding if it is intended",
    limit=0.1,
    bound="Jensen-Shannon divergence in bits over powers of two, 0 to 1",
    needs=("release", "size"),
)
def lengths(corpus: pd.DataFrame, limit: float) -> Mask:
    """A shift in text lengths points to another source or another reader."""
    return _drifted(corpus, "lengths", limit, SIZE)


def _drifted(corpus: pd.DataFrame, kind: str, limit: float, least: int) -> Mask:
    counted = corpus[["now", "before"]].min(axis=1)
    return (corpus["kind"] == kind) & (counted >= least) & (corpus["observed"] > limit)
