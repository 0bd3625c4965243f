"""The labels of the gold, and their divergence from those of a release."""

from __future__ import annotations

import numpy as np
import pytest

from curate.model import Release, Revision, Span
from curate.quality import statistics
from curate.report.labels import label_distribution

SPANS = (Span(0, 1, "PER"), Span(1, 2, "PER"), Span(2, 3, "LOC"))


def head(document: str, deleted: bool = False) -> Revision:
    return Revision(
        document=document,
        number=1,
        author="x",
        at="",
        reason="r",
        schema="s@1",
        spans=SPANS,
        deleted=deleted,
    )


def released(**counts: int) -> Release:
    by_label = {f"label:{name}": count for name, count in counts.items()}
    return Release(
        version="0.1.0", created="", author="", digest="", digest_rule="merkle",
        schema="", schema_digest="", entries=(),
        counts={"documents": 1, **by_label},
    )  # fmt: skip


def test_labels_and_their_divergence_from_the_release():
    heads = [head("a"), head("b", deleted=True)]
    distribution = label_distribution(heads, ("PER", "ORG"), released(PER=1, OLD=3))
    assert (distribution.documents, distribution.spans) == (1, 3)
    assert list(distribution.labels) == ["PER", "LOC", "OLD", "ORG"]
    per = distribution.labels["PER"]
    assert (per.share, per.released_share) == (2 / 3, 1 / 4)
    assert distribution.labels["ORG"].released == 0
    assert distribution.highest_share == 3 / 4
    expected = statistics.divergence(np.array([2, 1, 0, 0]), np.array([1, 0, 3, 0]))
    assert distribution.divergence == pytest.approx(expected)


def test_without_a_release_there_is_nothing_to_compare_with():
    distribution = label_distribution([head("a")], (), None)
    assert (distribution.release, distribution.divergence) == ("", None)
    assert distribution.labels["PER"].released is None
    assert label_distribution([], ("PER",), None).highest_share == 1
