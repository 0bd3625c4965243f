"""Chance-corrected coefficients against published values and independent implementations."""

from __future__ import annotations

import json
import math
from itertools import product

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from curate.agreement import chance
from curate.agreement.bootstrap import Resampler

PLAIN = Resampler(resamples=0)


def value(coefficient, codes, values, *more):
    codes = np.array(codes, dtype=np.int64)
    document = np.zeros(codes.shape[1], dtype=np.int64)
    return PLAIN.value(*coefficient(codes, values, document, 1, *more), chance.ONE_VALUE).value


def expanded(table):
    """The ratings of two raters behind a table of counts."""
    size = len(table)
    cells = [(i, j) for i, j in product(range(size), repeat=2) for _ in range(table[i][j])]
    return np.array(cells).T


def quadratic(values: int) -> np.ndarray:
    """Weights for ordered values: ``1 - (k - l)² / (q - 1)²`` (Cohen 1968; Gwet 2014)."""
    ranks = np.arange(values, dtype=float)
    distance = (ranks[:, None] - ranks[None, :]) / max(values - 1, 1)
    return 1 - distance**2


FIXTURES = (
    "01_paradox_2x2",
    "02_cohen_ex1",
    "03_cohen_ex2",
    "04_likert_4x4",
    "05_likert_5x5",
)


@pytest.mark.parametrize("name", FIXTURES)
def test_gwet_has_the_values_of_irrcac(shared_data, name):
    path = shared_data / "agreement-fixtures" / "dkpro" / f"fixture_{name}.json"
    fixture = json.loads(path.read_text("utf-8"))
    codes, values = expanded(fixture["table"]), len(fixture["categories"])
    assert codes.shape == (2, fixture["n"])
    for case in fixture["cases"]:
        weights = None if case["measure"] == "AC1" else quadratic(values)
        found = value(chance.gwet, codes, values, weights)
        assert found == pytest.approx(case["coefficient"], abs=5e-6)
        assert case["coefficient"] == pytest.approx(
            (case["pa"] - case["pe"]) / (1 - case["pe"]), abs=5e-6
        )


@pytest.mark.parametrize("name", FIXTURES)
def test_gwet_has_the_parts_that_irrcac_gives(shared_data, name):
    path = shared_data / "agreement-fixtures" / "dkpro" / f"fixture_{name}.json"
    fixture = json.loads(path.read_text("utf-8"))
    codes, values = expanded(fixture["table"]), len(fixture["categories"])
    for case in fixture["cases"]:
        table = np.eye(values) if case["measure"] == "AC1" else quadratic(values)
        figures, _ = chance.gwet(codes, values, np.zeros(codes.shape[1], dtype=int), 1, table)
        shares = figures[0, 3:] / figures[0, 2]
        spread = (shares * (1 - shares)).sum()
        assert figures[0, 1] / figures[0, 0] == pytest.approx(case["pa"], abs=1e-12)
        expected = table.sum() / (values * (values - 1)) * spread
        assert expected == pytest.approx(case["pe"], abs=1e-12)


def test_cohen_of_his_own_example():
    # Cohen 1960, p. 45: agreement .70, by chance .41, so (.70 - .41) / (1 - .41).
    codes = expanded([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert value(chance.cohen, codes, 3) == pytest.approx(0.492, abs=5e-4)


def test_fleiss_of_the_textbook_example():
    # Ten units, fourteen raters, five values (Fleiss 1971 as worked in Wikipedia): 0.210.
    counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    codes = np.array([[v for v, n in enumerate(row) for _ in range(n)] for row in counts]).T
    found = value(chance.fleiss, codes, 5)
    assert found == pytest.approx(0.210, abs=5e-4)
    assert found == pytest.approx(inter_rater.fleiss_kappa(np.array(counts)))


def test_krippendorff_of_his_own_example():
    # Krippendorff 2011, section C: four observers, twelve units, some missing; nominal 0.743.
    data = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    codes = [[-1 if v is None else v - 1 for v in row] for row in data]
    assert value(chance.krippendorff, codes, 5) == pytest.approx(0.743, abs=5e-4)


SEVERAL = st.integers(2, 4)


def ratings(least: int, raters=SEVERAL):
    def rows(shape):
        many, units = shape
        row = st.lists(st.integers(least, 3), min_size=units, max_size=units)
        return st.lists(row, min_size=many, max_size=many)

    return st.tuples(raters, st.integers(2, 12)).flatmap(rows)


@given(ratings(-1))
def test_krippendorff_is_the_one_of_the_library(rows):
    codes = np.array(rows)
    paired = (codes >= 0).sum(axis=0) >= 2
    assume(len(set(codes[:, paired][codes[:, paired] >= 0].tolist())) > 1)
    data = np.where(codes >= 0, codes, np.nan)
    expected = krippendorff.alpha(data, level_of_measurement="nominal")
    assert value(chance.krippendorff, rows, 4) == pytest.approx(expected)


@given(ratings(0, raters=st.just(2)))
def test_cohen_is_the_one_of_sklearn_and_statsmodels(rows):
    assume(len({*rows[0], *rows[1]}) > 1)
    one, two = rows
    found = value(chance.cohen, rows, 4)
    assert found == pytest.approx(cohen_kappa_score(one, two, labels=[0, 1, 2, 3]))
    table = np.zeros((4, 4))
    np.add.at(table, (one, two), 1)
    kappa = inter_rater.cohens_kappa(table, return_results=False)
    assert found == pytest.approx(float(kappa))


@given(ratings(0))
def test_fleiss_is_the_one_of_statsmodels(rows):
    assume(len({v for row in rows for v in row}) > 1)
    counts, _ = inter_rater.aggregate_raters(np.array(rows).T, n_cat=4)
    assert value(chance.fleiss, rows, 4) == pytest.approx(inter_rater.fleiss_kappa(counts))


@given(ratings(-1))
def test_gwet_is_the_definition_written_out(rows):
    codes = np.array(rows)
    weights = chance.half_for_marked(4)
    units = [[v for v in column if v >= 0] for column in codes.T]
    paired = [unit for unit in units if len(unit) > 1]
    rated = [unit for unit in units if unit]
    assume(paired)

    def agreeing(unit):
        pairs = [(a, b) for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j]
        return sum(weights[a, b] for a, b in pairs) / len(pairs)

    observed = sum(map(agreeing, paired)) / len(paired)
    shares = [sum(unit.count(v) / len(unit) for unit in rated) / len(rated) for v in range(4)]
    expected = weights.sum() / (4 * 3) * sum(p * (1 - p) for p in shares)
    found = value(chance.gwet, rows, 4, weights)
    assert found == pytest.approx((observed - expected) / (1 - expected))


@pytest.mark.parametrize("coefficient", [chance.cohen, chance.fleiss, chance.krippendorff])
def test_where_all_say_the_same_everywhere_it_is_undefined_and_not_zero_or_one(coefficient):
    assert value(coefficient, [[0, 0, 0], [0, 0, 0]], 3) is None


def test_gwet_of_one_value_is_undefined_and_of_agreement_on_one_of_several_is_one():
    assert value(chance.gwet, [[0, 0], [0, 0]], 1) is None
    assert value(chance.gwet, [[0, 0], [0, 0]], 2) == 1


def test_figures_of_documents_add_up_to_those_of_the_whole():
    generator = np.random.default_rng(5)
    codes = generator.integers(-1, 3, (3, 60))
    document = np.sort(generator.integers(0, 4, 60))
    for coefficient in (chance.fleiss, chance.krippendorff, chance.gwet):
        apart, measure = coefficient(codes, 3, document, 4)
        whole, _ = coefficient(codes, 3, np.zeros(60, dtype=int), 1)
        assert apart.shape[0] == 4
        assert apart.sum(axis=0) == pytest.approx(whole[0])
        assert not math.isnan(measure(whole)[0])
