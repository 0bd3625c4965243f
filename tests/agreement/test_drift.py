"""Drift: how an annotator's agreement with the others changes over time."""

from __future__ import annotations

import pytest
from support.annotated_texts import annotation, annotation_sets
from support.weekly_annotations import weekly

from curate.agreement import AgreementOptions, inter_annotator_agreement

PLAIN = AgreementOptions(resamples=0)


def test_drift_is_the_slope_per_week():
    sets = annotation_sets(*weekly([4, 3, 2, 1]))
    result = inter_annotator_agreement(sets, AgreementOptions(200))
    anna, bela = result.drift
    scores = [2 * m / (m + 4) for m in (4, 3, 2, 1)]
    assert [p.score.f1 for p in anna.periods] == pytest.approx(scores)
    assert [p.start for p in anna.periods] == [
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
    ]
    weeks = [-1.5, -0.5, 0.5, 1.5]
    slope = sum(w * s for w, s in zip(weeks, scores, strict=True)) / sum(w * w for w in weeks)
    assert anna.slope.value == pytest.approx(slope)
    assert slope < 0
    assert (bela.periods, bela.undated) == ((), 4)
    assert bela.slope.value is None


def test_times_that_cannot_be_read_count_as_undated():
    texts, versions = weekly([4, 3, 2, 1])
    times = ("yesterday", "", "2026-03-02", "2026-03-09T1")
    anna = [
        annotation("anna", text, ("Ali", "X"), at=at) for text, at in zip(texts, times, strict=True)
    ]
    sets = annotation_sets(texts, {**versions, "anna": anna})
    drift = inter_annotator_agreement(sets, PLAIN).drift[0]
    assert drift.undated == 3
    assert [p.start for p in drift.periods] == ["2026-03-02"]


def test_a_day_s_work_has_no_slope():
    texts, versions = weekly([4, 3, 2, 1])
    anna = [
        annotation("anna", text, ("Ali", "X"), at=f"2026-03-02T{hour:02}:00:00Z")
        for hour, text in enumerate(texts)
    ]
    sets = annotation_sets(texts, {**versions, "anna": anna})
    slope = inter_annotator_agreement(sets, PLAIN).drift[0].slope
    assert slope.value is None
    assert slope.reason
