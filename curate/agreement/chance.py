"""Agreement on given units (tokens, or documents with categories), observed and chance-corrected.

Each function takes ``codes`` (raters by units, ``-1`` where a rater gave none), the number of
values, the document of each unit, and the number of documents. It returns figures for each document
and the measure as a function of their sums, for ``Resampler.value``. A measure is NaN where it is
undefined. Values are nominal, unless a function takes distances or weights.

- ``percentage``: the share of pairs of ratings that agree; a unit with ``m`` ratings weighs ``m``,
  so that it is one minus the observed disagreement of Krippendorff's alpha.
- ``cohen``: Cohen 1960, "A Coefficient of Agreement for Nominal Scales", p. 40: two raters.
- ``fleiss``: Fleiss 1971, "Measuring Nominal Scale Agreement Among Many Raters", equations 1 to 7:
  the same number of ratings for every unit. Of two raters it is Scott's pi (Scott 1955,
  "Reliability of Content Analysis: The Case of Nominal Scale Coding").
- ``free_marginal``: agreement by chance is ``1 / q`` for ``q`` values: of two raters Bennett's S
  (Bennett, Alpert and Goldstein 1954, "Communications through Limited Response Questioning"), of
  several Randolph's kappa (Randolph 2005, "Free-Marginal Multirater Kappa").
- ``weighted_kappa``: Cohen 1968, "Weighted Kappa: Nominal Scale Agreement with Provision for Scaled
  Disagreement or Partial Credit": two raters, with a distance for every two values.
- ``krippendorff``: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C, by
  coincidences, nominal; ratings may be missing. ``krippendorff_scaled`` is the same with the
  differences of ordinal, interval and ratio data (section E there).
- ``gwet``: Gwet 2008, "Computing Inter-Rater Reliability and Its Variance in the Presence of High
  Agreement", equations 6 and 7 (AC1); Gwet 2014, "Handbook of Inter-Rater Reliability", 4th
  edition, chapter 5 (AC2: with weights, and missing ratings).
"""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curate.agreement.bootstrap import Figures, Measure

Ints = NDArray[np.int64]
Additive = tuple[Figures, Measure]
Level = Literal["ordinal", "interval", "ratio"]

# A coefficient is undefined (NaN) for one of these reasons only.
ONE_VALUE = "everybody gave the same value everywhere, so agreement by chance is certain"
NO_UNITS = "no unit was rated by two annotators"


def percentage(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """The share of pairs of ratings that agree; units that fewer than two rated do not count."""
    differing, ratings, where = _differing(codes, document)
    figures = np.column_stack(
        (_sums(where, documents, differing), _sums(where, documents, ratings))
    )

    def measure(sums: Figures) -> Figures:
        return np.asarray(1 - sums[:, 0] / sums[:, 1])

    return figures, measure


def free_marginal(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """Bennett's S and Randolph's kappa; only units that every rater rated count."""
    full = (codes >= 0).all(axis=0)
    raters = len(codes)
    agreeing = 2 * _agreeing(codes[:, full]) / (raters * (raters - 1))
    where = document[full]
    figures = np.column_stack(
        (_sums(where, documents, np.ones(len(where))), _sums(where, documents, agreeing))
    )

    def measure(sums: Figures) -> Figures:
        return _corrected(sums[:, 1] / sums[:, 0], np.full(len(sums), 1 / values))

    return figures, measure


def weighted_kappa(
    codes: Ints, values: int, document: Ints, documents: int, distances: Figures
) -> Additive:
    """Weighted kappa of two raters: one minus observed by expected distance.

    Args:
        distances: values by values, 0 on the diagonal.
    """
    both = (codes >= 0).all(axis=0)
    first, second, where = codes[0, both], codes[1, both], document[both]
    figures = np.column_stack(
        (
            _sums(where, documents, np.ones(len(where))),
            _sums(where, documents, distances[first, second]),
            _counts(where, documents, first, values),
            _counts(where, documents, second, values),
        )
    )

    def measure(sums: Figures) -> Figures:
        first, second = sums[:, 2 : 2 + values], sums[:, 2 + values :]
        expected = np.einsum("sk,kl,sl->s", first, distances, second) / sums[:, 0]
        return np.where(expected > 1e-12, 1 - sums[:, 1] / expected, np.nan)

    return figures, measure


def rank_distances(values: int, power: int) -> Figures:
    """Distances of ordered values: those of their ranks, to the power of 1 or 2."""
    ranks = np.arange(values, dtype=float)
    return np.asarray(np.abs(ranks[:, None] - ranks[None, :]) ** power)


def cohen(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """Cohen's kappa of two raters: ``(po - pe) / (1 - pe)``.

    The figures are the number of units, of units they agree on, and of units with each value, by
    rater.
    """
    both = (codes >= 0).all(axis=0)
    first, second, where = codes[0, both], codes[1, both], document[both]
    figures = np.column_stack(
        (
            _sums(where, documents, np.ones(len(where))),
            _sums(where, documents, (first == second).astype(float)),
            _counts(where, documents, first, values),
            _counts(where, documents, second, values),
        )
    )

    def measure(sums: Figures) -> Figures:
        units = sums[:, 0]
        observed = sums[:, 1] / units
        first, second = sums[:, 2 : 2 + values], sums[:, 2 + values :]
        expected = (first * second).sum(axis=1) / units**2
        return _corrected(observed, expected)

    return figures, measure


def fleiss(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """Fleiss' kappa; only units that every rater rated count."""
    full = (codes >= 0).all(axis=0)
    rated, where = codes[:, full], document[full]
    raters = len(codes)
    agreeing = 2 * _agreeing(rated) / (raters * (raters - 1))
    figures = np.column_stack(
        (
            _sums(where, documents, np.ones(len(where))),
            _sums(where, documents, agreeing),
            sum(_counts(where, documents, row, values) for row in rated),
        )
    )

    def measure(sums: Figures) -> Figures:
        units = sums[:, 0]
        shares = sums[:, 2:] / (units * raters)[:, None]
        return _corrected(sums[:, 1] / units, (shares**2).sum(axis=1))

    return figures, measure


def krippendorff(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """Krippendorff's alpha for nominal data; units that fewer than two rated do not count.

    The figures are the sum over units of the disagreeing pairs of values divided by ``m - 1`` (for
    ``m`` ratings of the unit), the number of pairable values, and how often each value is among
    them.
    """
    differing, ratings, where = _differing(codes, document)
    rated = codes[:, (codes >= 0).sum(axis=0) >= 2]
    figures = np.column_stack(
        (
            _sums(where, documents, differing),
            _sums(where, documents, ratings),
            sum(_counts(where[row >= 0], documents, row[row >= 0], values) for row in rated),
        )
    )

    def measure(sums: Figures) -> Figures:
        pairable_values = sums[:, 1]
        observed = sums[:, 0] / pairable_values
        same = (sums[:, 2:] ** 2).sum(axis=1)
        expected = (pairable_values**2 - same) / (pairable_values * (pairable_values - 1))
        return np.where(expected > 0, 1 - observed / expected, np.nan)

    return figures, measure


def krippendorff_scaled(
    codes: Ints, values: int, document: Ints, documents: int, level: Level, scale: Figures
) -> Additive:
    """Krippendorff's alpha for ordered values, whose codes are in ascending order.

    The figures are the coincidences of every two values. The squared difference of two values is
    ``(sum of n_g from one to the other - (n_c + n_k) / 2)²`` for ordinal data, where ``n_g`` is how
    often a value is among the pairable ones; ``(c - k)²`` for interval and ``((c - k) / (c + k))²``
    for ratio data.

    Args:
        level: of measurement.
        scale: the number that each value stands for; only its order counts for ordinal data.
    """
    ratings = (codes >= 0).sum(axis=0)
    figures = np.zeros((documents, values, values))
    for first in range(len(codes)):
        for second in range(len(codes)):
            both = (codes[first] >= 0) & (codes[second] >= 0)
            if first != second:
                at = (document[both], codes[first, both], codes[second, both])
                np.add.at(figures, at, 1 / (ratings[both] - 1))

    def measure(sums: Figures) -> Figures:
        coincidences = sums.reshape(-1, values, values)
        number = coincidences.sum(axis=2)
        differences = _squared_differences(number, level, scale)
        observed = (coincidences * differences).sum(axis=(1, 2))
        expected = np.einsum("sk,skl,sl->s", number, differences, number)
        expected /= number.sum(axis=1) - 1
        return np.where(expected > 1e-12, 1 - observed / expected, np.nan)

    return figures.reshape(documents, -1), measure


def _squared_differences(number: Figures, level: Level, scale: Figures) -> Figures:
    if level == "ordinal":
        middle = np.cumsum(number, axis=1) - number / 2
        return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
    difference = scale[:, None] - scale[None, :]
    if level == "ratio":
        both = scale[:, None] + scale[None, :]
        difference = np.divide(difference, both, out=np.zeros_like(difference), where=both != 0)
    return np.asarray(np.broadcast_to(difference**2, (len(number), *difference.shape)))


def gwet(
    codes: Ints, values: int, document: Ints, documents: int, weights: Figures | None = None
) -> Additive:
    """Gwet's AC1, or AC2 if weights are given.

    Args:
        weights: values by values, symmetric, 1 on the diagonal and 0 to 1 off it.
    """
    table = np.eye(values) if weights is None else weights
    ratings = (codes >= 0).sum(axis=0).astype(float)
    pairable = ratings >= 2
    agreeing = 2 * _agreeing(codes[:, pairable], table)
    agreeing /= ratings[pairable] * (ratings[pairable] - 1)
    figures = np.column_stack(
        (
            _sums(document[pairable], documents, np.ones(int(pairable.sum()))),
            _sums(document[pairable], documents, agreeing),
            _sums(document, documents, (ratings > 0).astype(float)),
            sum(
                _counts(document[row >= 0], documents, row[row >= 0], values, 1 / ratings[row >= 0])
                for row in codes
            ),
        )
    )

    def measure(sums: Figures) -> Figures:
        if values < 2:
            return np.full(len(sums), np.nan)
        shares = sums[:, 3:] / sums[:, 2:3]
        spread = (shares * (1 - shares)).sum(axis=1)
        expected = table.sum() / (values * (values - 1)) * spread
        return _corrected(sums[:, 1] / sums[:, 0], expected)

    return figures, measure


def half_for_marked(values: int) -> Figures:
    """Weights for token values of which the first is "not marked": half for another label.

    Two annotators who mark a token with different labels still agree that there is a name.
    """
    table = np.full((values, values), 0.5)
    table[0, :] = table[:, 0] = 0.0
    np.fill_diagonal(table, 1.0)
    return table


def _corrected(observed: Figures, expected: Figures) -> Figures:
    # If chance alone would always agree, rounding can leave the expected share just below 1.
    return np.where(1 - expected > 1e-12, (observed - expected) / (1 - expected), np.nan)


def _differing(codes: Ints, document: Ints) -> tuple[Figures, Figures, Ints]:
    """For each unit with two ratings or more: pairs that differ by ``m - 1``, ``m``, its document.

    Pairs are counted in both orders.
    """
    pairable = (codes >= 0).sum(axis=0) >= 2
    rated = codes[:, pairable]
    ratings = (rated >= 0).sum(axis=0).astype(float)
    differing = (ratings * (ratings - 1) - 2 * _agreeing(rated)) / (ratings - 1)
    return differing, ratings, document[pairable]


def _agreeing(codes: Ints, weights: Figures | None = None) -> Figures:
    """Pairs of raters that agree on each unit, each pair counted once, weighted."""
    total = np.zeros(codes.shape[1])
    for first, second in combinations(codes, 2):
        both = (first >= 0) & (second >= 0)
        if weights is None:
            total += both & (first == second)
        else:
            total += np.where(both, weights[first, second], 0.0)
    return total


def _sums(where: Ints, documents: int, figures: Figures) -> Figures:
    """Sums of the units' figures by document."""
    return np.asarray(np.bincount(where, figures, documents), dtype=float)


def _counts(
    where: Ints, documents: int, codes: Ints, values: int, weights: Figures | None = None
) -> Figures:
    """How often each value occurs: documents by values, weighted."""
    of_unit = np.ones(len(codes)) if weights is None else weights
    flat = np.bincount(where * values + codes, of_unit, documents * values)
    return np.asarray(flat, dtype=float).reshape(documents, values)
