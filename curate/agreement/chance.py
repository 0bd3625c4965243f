"""Chance-corrected agreement on units that are given (here tokens), for nominal values.

Each function takes ``codes`` (raters by units, ``-1`` where a rater gave none), the number of
values, and the document of each unit, and gives the figures of each document and the measure of
their sums, for ``Resampler.value``. A measure is NaN where it is undefined.

- ``cohen``: Cohen 1960, "A Coefficient of Agreement for Nominal Scales", p. 40: two raters.
- ``fleiss``: Fleiss 1971, "Measuring Nominal Scale Agreement Among Many Raters", equations 1 to 7:
  the same number of ratings for every unit.
- ``krippendorff``: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C, by
  coincidences, nominal; ratings may be missing.
- ``gwet``: Gwet 2008, "Computing Inter-Rater Reliability and Its Variance in the Presence of High
  Agreement", equations 6 and 7 (AC1); Gwet 2014, "Handbook of Inter-Rater Reliability", 4th
  edition, chapter 5 (AC2: with weights, and missing ratings).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from curate.agreement.bootstrap import Figures, Measure

Ints = NDArray[np.int64]
Additive = tuple[Figures, Measure]

# Why a coefficient is undefined; each is NaN for one of these reasons only.
ONE_VALUE = "everybody gave one and the same value everywhere, so chance alone would agree"
NO_UNITS = "no unit was rated by two"


def cohen(codes: Ints, values: int, document: Ints, documents: int) -> Additive:
    """Cohen's kappa of two raters: ``(po - pe) / (1 - pe)``.

    The figures: units, units they agree on, and the units that each gave each value.
    """
    both = (codes >= 0).all(axis=0)
    one, two, where = codes[0, both], codes[1, both], document[both]
    figures = np.column_stack(
        (
            _sums(where, documents, np.ones(len(where))),
            _sums(where, documents, (one == two).astype(float)),
            _counts(where, documents, one, values),
            _counts(where, documents, two, values),
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

    The figures: sum over units of the disagreeing pairs of values over ``m - 1``, the number of
    pairable values, and how many of them are of each value.
    """
    pairable = (codes >= 0).sum(axis=0) >= 2
    rated, where = codes[:, pairable], document[pairable]
    ratings = (rated >= 0).sum(axis=0).astype(float)
    differing = (ratings * (ratings - 1) - 2 * _agreeing(rated)) / (ratings - 1)
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


def gwet(
    codes: Ints, values: int, document: Ints, documents: int, weights: Figures | None = None
) -> Additive:
    """Gwet's AC1, or AC2 where weights are given.

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

    Two annotators who both marked a token agree that a name stands there, though not on which.
    """
    table = np.full((values, values), 0.5)
    table[0, :] = table[:, 0] = 0.0
    np.fill_diagonal(table, 1.0)
    return table


def _corrected(observed: Figures, expected: Figures) -> Figures:
    # A product of shares that sum to one can miss 1 by rounding.
    return np.where(1 - expected > 1e-12, (observed - expected) / (1 - expected), np.nan)


def _agreeing(codes: Ints, weights: Figures | None = None) -> Figures:
    """Pairs of raters that agree on each unit, each pair once, weighted."""
    total = np.zeros(codes.shape[1])
    for one, two in combinations(codes, 2):
        both = (one >= 0) & (two >= 0)
        total += both & (one == two) if weights is None else np.where(both, weights[one, two], 0.0)
    return total


def _sums(where: Ints, documents: int, figures: Figures) -> Figures:
    return np.asarray(np.bincount(where, figures, documents), dtype=float)


def _counts(
    where: Ints, documents: int, codes: Ints, values: int, weights: Figures | None = None
) -> Figures:
    each = np.ones(len(codes)) if weights is None else weights
    flat = np.bincount(where * values + codes, each, documents * values)
    return np.asarray(flat, dtype=float).reshape(documents, values)
