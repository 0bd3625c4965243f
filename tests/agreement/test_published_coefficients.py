"""Coefficients of the examples that DKPro Statistics tests itself with, and of other libraries."""

from __future__ import annotations

from functools import partial

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


def measured(coefficient, rows, values=None):
    """A coefficient of units given as rows of ratings, with None where there is none."""
    names = values or sorted({value for row in rows for value in row if value is not None})
    number = {value: at for at, value in enumerate(names)}
    codes = np.array([[number.get(value, -1) for value in row] for row in rows]).T
    document = np.zeros(codes.shape[1], dtype=np.int64)
    figures = coefficient(codes, len(names), document, 1)
    return PLAIN.value(*figures, chance.ONE_VALUE).value


def table(*cells):
    """The ratings of two raters from their numbers: ``(count, first, second)``."""
    return [(first, second) for count, first, second in cells for _ in range(count)]


ARTSTEIN_1 = table((20, "s", "s"), (20, "i", "s"), (10, "s", "i"), (50, "i", "i"))
ARTSTEIN_2 = table((46, "s", "s"), (6, "i", "s"), (32, "i", "i"), (6, "i", "c"), (10, "c", "c"))
BRENNAN_1 = table((50, 1, 1), (10, 2, 1), (10, 2, 2), (10, 2, 3), (20, 3, 1))
BRENNAN_2 = table((50, 1, 1), (10, 1, 3), (10, 2, 2), (10, 2, 3), (10, 3, 1), (10, 3, 2))
ZWICK_3 = table(
    *((20, "a", "a"), (5, "a", "b"), (5, "a", "c"), (10, "a", "d"), (10, "b", "b"), (5, "b", "c")),
    *((5, "b", "d"), (5, "c", "b"), (10, "c", "c"), (5, "c", "d"), (20, "d", "d")),
)
KRIPPENDORFF_246 = table(
    *((12, "a", "a"), (18, "a", "b"), (18, "a", "c"), (14, "b", "b"), (18, "b", "c")),
    (20, "c", "c"),
)
GWET_2008 = table((8, "y", "y"), (1, "n", "n"), (1, "y", "n"))
AGRESTI = table(
    *((22, 1, 1), (2, 1, 2), (2, 1, 3), (5, 2, 1), (7, 2, 2), (14, 2, 3), (2, 3, 2), (36, 3, 3)),
    *((1, 4, 2), (17, 4, 3), (10, 4, 4)),
)
# Krippendorff 1995, p. 57, as units of text: two continua of ones and zeros.
DIGITIZED_A = list(zip("001111111100001111110000", "000011110000000110000000", strict=True))

PAIRS = [
    (ARTSTEIN_1, chance.percentage, 0.7),
    (ARTSTEIN_1, chance.free_marginal, 0.4),
    (ARTSTEIN_1, chance.fleiss, 0.341),
    (ARTSTEIN_1, chance.cohen, 0.348),
    (ARTSTEIN_2, chance.percentage, 0.88),
    (ARTSTEIN_2, chance.free_marginal, 0.82),
    (ARTSTEIN_2, chance.fleiss, 0.7995),
    (ARTSTEIN_2, chance.cohen, 0.8013),
    (ARTSTEIN_2, chance.krippendorff, 0.800),
    (BRENNAN_1, chance.free_marginal, 0.40),
    (BRENNAN_1, chance.cohen, 0.27),
    (BRENNAN_2, chance.free_marginal, 0.40),
    (BRENNAN_2, chance.cohen, 0.29),
    (ZWICK_3, chance.percentage, 0.600),
    (ZWICK_3, chance.free_marginal, 0.467),
    (ZWICK_3, chance.fleiss, 0.460),
    (ZWICK_3, chance.cohen, 0.474),
    (KRIPPENDORFF_246, chance.percentage, 0.460),
    (KRIPPENDORFF_246, chance.free_marginal, 0.190),
    (KRIPPENDORFF_246, chance.fleiss, 0.186),
    (KRIPPENDORFF_246, chance.cohen, 0.258),
    (GWET_2008, chance.gwet, 0.8658),
    (GWET_2008, chance.fleiss, 0.6078),
    (AGRESTI, chance.cohen, 0.493),
    (DIGITIZED_A, chance.cohen, 0.385),
    (DIGITIZED_A, chance.fleiss, 0.314),
    (DIGITIZED_A, chance.krippendorff, 0.329),
]


def digits(printed):
    """Half a unit of the last printed digit."""
    return 0.5 * 10.0 ** -len(str(printed).partition(".")[2])


@pytest.mark.parametrize(("rows", "coefficient", "printed"), PAIRS)
def test_two_raters_of_published_examples(rows, coefficient, printed):
    assert measured(coefficient, rows) == pytest.approx(printed, abs=digits(printed) + 1e-9)


RANDOLPH_1 = ["yyy", "yyn", "nny", "nnn"]
RANDOLPH_2 = ["yyy", "yyn", "yyn", "yyy"]
KRIPPENDORFF_139 = [(1, 1, 1), (1, 2, 2), (2, 2, 2), (4, 4, 4), (1, 4, 4), (2, 2, 2), (1, 2, 3)]
KRIPPENDORFF_139 += [(3, 3, 3), (2, 2, 2)]
_ = None
KRIPPENDORFF_230 = [
    *((1, 1, _, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4)),
    *((4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (_, 5, 5, 5), (_, _, 1, 1), (_, _, 3, _)),
]
MIESKES = [
    *(("UH", "VB", "UH"), ("INP",) * 3, ("UH",) * 3, ("INP",) * 3, ("RB",) * 3, ("JJ",) * 3),
    *(("INP",) * 3, ("PRP",) * 3, ("NN", "NN", "RB"), ("VB", "VBP", "VB"), ("PRP",) * 3),
    *(("INP",) * 3, ("RB", "UH", "UH"), ("INP",) * 3, ("MD",) * 3, ("PRP",) * 3, ("INP",) * 3),
]
HAYES = """
1 1 2 . 2|1 1 0 1 .|2 3 3 3 .|. 0 0 . 0|0 0 0 . 0|0 0 0 . 0|1 0 2 . 1|1 . 2 0 .|2 2 2 . 2|2 1 1 1 .
. 1 0 0 .|0 0 0 0 .|1 2 2 2 .|3 3 2 2 3|1 1 1 . 1|1 1 1 . 1|2 1 2 . 2|1 2 3 3 .|1 1 0 1 .|0 0 0 . 0
0 0 1 1 .|0 0 . 0 0|2 3 3 3 .|0 0 0 0 .|1 2 . 2 2|0 1 1 1 .|0 0 0 1 0|1 2 1 2 .|1 1 2 2 .|1 1 2 . 2
1 1 0 . 0|2 1 2 1 .|2 2 . 2 2|3 2 2 2 .|2 2 2 . 2|2 2 3 . 2|2 2 2 . 2|2 2 . 1 2|2 2 2 2 .|1 1 1 . 1
"""
HAYES_2007 = [
    tuple(None if it == "." else int(it) for it in unit.split())
    for line in HAYES.strip().splitlines()
    for unit in line.split("|")
]


def scaled(level, values):
    return partial(chance.krippendorff_scaled, level=level, scale=np.array(values, dtype=float))


SEVERAL = [
    (RANDOLPH_1, chance.fleiss, 0.33),
    (RANDOLPH_1, chance.free_marginal, 0.33),
    (RANDOLPH_2, chance.fleiss, -0.20),
    (RANDOLPH_2, chance.free_marginal, 0.33),
    (KRIPPENDORFF_139, chance.percentage, 0.741),  # DKPro has 0.740 within 0.001
    (KRIPPENDORFF_139, chance.krippendorff, 0.642),
    (KRIPPENDORFF_139, scaled("interval", (1, 2, 3, 4)), 0.547),
    (KRIPPENDORFF_139, scaled("ratio", (1, 2, 3, 4)), 0.483),
    (KRIPPENDORFF_230, chance.percentage, 0.800),
    (KRIPPENDORFF_230, chance.krippendorff, 0.743),
    (KRIPPENDORFF_230, scaled("ordinal", (1, 2, 3, 4, 5)), 0.815),
    (KRIPPENDORFF_230, scaled("interval", (1, 2, 3, 4, 5)), 0.849),
    (KRIPPENDORFF_230, scaled("ratio", (1, 2, 3, 4, 5)), 0.797),
    (HAYES_2007, scaled("ordinal", (0, 1, 2, 3)), 0.7598),
    (MIESKES, chance.fleiss, 0.80),
]


@pytest.mark.parametrize(("rows", "coefficient", "printed"), SEVERAL)
def test_several_raters_of_published_examples(rows, coefficient, printed):
    assert measured(coefficient, rows) == pytest.approx(printed, abs=digits(printed) + 1e-9)


def test_weighted_kappa_of_artstein_and_poesio():
    # Artstein and Poesio 2008, p. 568: a check is half a mistake for either of the others.
    distances = np.array([[0, 0.5, 0.5], [0.5, 0, 1], [0.5, 1, 0]])
    weighted = partial(chance.weighted_kappa, distances=distances)
    assert measured(weighted, ARTSTEIN_2, ["c", "i", "s"]) == pytest.approx(0.8163, abs=5e-5)
    nominal = partial(chance.weighted_kappa, distances=1 - np.eye(3))
    assert measured(nominal, ARTSTEIN_2) == pytest.approx(0.8013, abs=5e-5)


def test_weighted_kappa_is_zero_where_one_rater_never_varies():
    rows = table((11, 1, 1), (1, 1, 2), (1, 1, 3))
    for power in (1, 2):
        weighted = partial(chance.weighted_kappa, distances=chance.rank_distances(3, power))
        assert measured(weighted, rows) == pytest.approx(0, abs=1e-12)


def ratings(least, raters):
    unit = st.lists(st.integers(least, 3), min_size=raters, max_size=raters)
    return st.lists(unit, min_size=2, max_size=12)


def varied(rows):
    return len({value for row in rows for value in row if value >= 0}) > 1


@given(ratings(0, 2), st.sampled_from([(1, "linear"), (2, "quadratic")]))
def test_weighted_kappa_is_the_one_of_sklearn_and_statsmodels(rows, kind):
    assume(varied(rows))
    power, name = kind
    weighted = partial(chance.weighted_kappa, distances=chance.rank_distances(4, power))
    found = measured(weighted, rows, [0, 1, 2, 3])
    first, second = zip(*rows, strict=True)
    expected = cohen_kappa_score(first, second, labels=[0, 1, 2, 3], weights=name)
    assert found == pytest.approx(expected)
    counts = np.zeros((4, 4))
    np.add.at(counts, (first, second), 1)
    theirs = inter_rater.cohens_kappa(counts, wt=name, return_results=False)
    assert found == pytest.approx(float(theirs))


@given(ratings(0, 3))
def test_randolph_is_the_one_of_statsmodels(rows):
    counts, _ = inter_rater.aggregate_raters(np.array(rows), n_cat=4)
    expected = inter_rater.fleiss_kappa(counts, method="randolph")
    assert measured(chance.free_marginal, rows, [0, 1, 2, 3]) == pytest.approx(expected)


@given(
    ratings(-1, 3),
    st.sampled_from(["ordinal", "interval", "ratio"]),
    st.sampled_from([(0, 1, 2, 3), (1, 2, 5, 12), (0.5, 0.75, 4, 5)]),
)
def test_alpha_of_ordered_values_is_the_one_of_krippendorff(rows, level, scale):
    pairable = [row for row in rows if sum(value >= 0 for value in row) >= 2]
    assume(varied(pairable))
    data = [[scale[value] if value >= 0 else np.nan for value in row] for row in rows]
    expected = krippendorff.alpha(np.array(data).T, level_of_measurement=level)
    ours = [[None if value < 0 else value for value in row] for row in pairable]
    found = measured(scaled(level, scale), ours, [0, 1, 2, 3])
    assert found == pytest.approx(expected)


def test_figures_of_documents_add_up_to_those_of_the_whole():
    generator = np.random.default_rng(8)
    codes = generator.integers(-1, 3, (2, 60))
    document = np.sort(generator.integers(0, 4, 60))
    coefficients = (
        chance.percentage,
        chance.free_marginal,
        partial(chance.weighted_kappa, distances=chance.rank_distances(3, 1)),
        scaled("ordinal", (0, 1, 2)),
    )
    for coefficient in coefficients:
        apart, measure = coefficient(codes, 3, document, 4)
        whole, _ = coefficient(codes, 3, np.zeros(60, dtype=int), 1)
        assert apart.shape[0] == 4
        assert apart.sum(axis=0) == pytest.approx(whole[0])
        assert measure(apart.sum(axis=0)[None]) == pytest.approx(measure(whole))
