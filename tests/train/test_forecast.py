"""The forecast of a learning curve: nested shares, the fitted law, and curves without one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.train.forecast import (
    FEW_POINTS,
    MISSED_POINT,
    NOT_BENDING,
    NOT_RISING,
    SHARES,
    PowerLaw,
    fit_law,
    forecast,
    subset,
)

SIZES = [60, 120, 180, 240]


@given(a=st.floats(0.6, 0.99), b=st.floats(0.2, 2.0), c=st.floats(0.2, 1.5))
def test_a_law_is_recovered_from_its_own_points(a, b, c):
    law = PowerLaw(a, b, c)
    fitted = fit_law(SIZES, [law.at(n) for n in SIZES])
    assert isinstance(fitted, PowerLaw)
    assert fitted.at(480) == pytest.approx(law.at(480), abs=0.002)


def test_the_limit_is_at_most_one():
    law = fit_law(SIZES, [0.5, 0.7, 0.85, 0.99])
    assert not isinstance(law, PowerLaw) or law.a <= 1.0


@pytest.mark.parametrize(
    ("scores", "reasons"),
    [
        ([0.8, 0.7, 0.6, 0.5], {NOT_RISING}),
        ([0.8, 0.8, 0.8, 0.8], {NOT_RISING, NOT_BENDING}),
        ([0.5, 0.5, 0.5, 0.8], {NOT_BENDING, MISSED_POINT}),
        ([0.5, 0.6, 0.7], {FEW_POINTS}),
    ],
)
def test_points_without_a_law_have_no_forecast(scores, reasons):
    sizes = SIZES[: len(scores)]
    samples = np.array(scores) + np.random.default_rng(0).normal(0, 0.001, (200, len(scores)))
    result = forecast(sizes, scores, samples)
    assert not result.ahead and result.a is None
    assert result.reason in reasons


def test_a_law_that_misses_a_point_is_not_extrapolated():
    scores = [0.70, 0.82, 0.80, 0.84]
    samples = np.array(scores) + np.random.default_rng(0).normal(0, 0.0005, (200, 4))
    assert forecast(SIZES, scores, samples).reason == MISSED_POINT


def test_a_law_that_few_resampled_curves_follow_is_not_extrapolated():
    law = PowerLaw(0.9, 1.0, 0.5)
    scores = [law.at(n) for n in SIZES]
    noise = np.random.default_rng(0)
    certain = forecast(SIZES, scores, np.array(scores) + noise.normal(0, 0.001, (300, 4)))
    uncertain = forecast(SIZES, scores, np.array(scores) + noise.normal(0, 0.05, (300, 4)))
    assert certain.a == pytest.approx(0.9, abs=0.01)
    assert uncertain.a is None and uncertain.reason not in ("", MISSED_POINT)


def test_the_interval_of_a_forecast_contains_the_true_score():
    law = PowerLaw(0.9, 2.0, 0.6)
    scores = [law.at(n) for n in SIZES]
    shift = np.random.default_rng(0).normal(0, 0.01, (300, 1))  # a document moves all points alike
    result = forecast(SIZES, scores, np.array(scores) + shift)
    assert [point.documents for point in result.ahead] == [300, 360, 480]
    for point in result.ahead:
        assert point.low < law.at(point.documents) < point.high
        assert point.score == pytest.approx(law.at(point.documents), abs=0.002)


@given(st.sets(st.text("abcdef0123456789", min_size=3), min_size=1), st.integers(0, 9))
def test_a_smaller_share_is_part_of_a_larger_one(documents, seed):
    shares = [subset(sorted(documents), share, seed) for share in SHARES]
    for smaller, larger in zip(shares, shares[1:], strict=False):
        assert {*smaller} <= {*larger}
    assert shares[-1] == tuple(sorted(documents))
