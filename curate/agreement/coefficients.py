"""Coefficients of two or more raters, over all units or some of them, with their intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from curate.agreement import chance
from curate.agreement.bootstrap import Resampler
from curate.agreement.tokens import Ratings
from curate.agreement.values import Estimate

Coefficient = Callable[[chance.Ints, int, chance.Ints, int], chance.Additive]


def _ac2(codes: chance.Ints, values: int, document: chance.Ints, documents: int) -> chance.Additive:
    return chance.gwet(codes, values, document, documents, chance.half_for_marked(values))


OF_ALL: dict[str, Coefficient] = {
    "percentage": chance.percentage,
    "fleiss": chance.fleiss,
    "randolph": chance.free_marginal,
    "krippendorff": chance.krippendorff,
    "gwet_ac1": chance.gwet,
    "gwet_ac2": _ac2,
}
"""Coefficients of all annotators together, for values without an order."""
OF_PAIRS: dict[str, Coefficient] = {
    "percentage": chance.percentage,
    "cohen": chance.cohen,
    "scott": chance.fleiss,
    "bennett": chance.free_marginal,
}
"""Coefficients of two annotators, for values without an order."""
_NEED_ALL_RATERS = (chance.cohen, chance.fleiss, chance.free_marginal)


class Units:
    """What raters say about units that belong to documents.

    Args:
        codes: raters by units, ``-1`` where a rater gave none.
        values: number of values.
        document: index of the document of each unit.
        resampler: computes the intervals.
    """

    def __init__(
        self, codes: chance.Ints, values: int, document: chance.Ints, resampler: Resampler
    ) -> None:
        self._codes = codes
        self._values = values
        self._document = document
        self._resampler = resampler

    @classmethod
    def of_tokens(cls, ratings: Ratings, resampler: Resampler) -> Units:
        """Tokens as units."""
        return cls(ratings.codes, len(ratings.values), ratings.document, resampler)

    def estimate(
        self,
        coefficient: Coefficient,
        chosen: NDArray[np.bool_] | None = None,
        rows: list[int] | None = None,
    ) -> Estimate:
        """A coefficient over some of the units.

        Args:
            coefficient: a function of ``curate.agreement.chance``.
            chosen: which units count; all by default.
            rows: the raters that count; all by default.
        """
        codes = self._codes if rows is None else self._codes[rows]
        least = len(codes) if coefficient in _NEED_ALL_RATERS else 2
        used = (codes >= 0).sum(axis=0) >= least
        if chosen is not None:
            used &= chosen
        if len(codes) < 2 or not used.any():
            return Estimate(value=None, reason=chance.NO_UNITS)
        # Documents without such units do not count for this measure, so they are not resampled.
        present, document = np.unique(self._document[used], return_inverse=True)
        figures = coefficient(codes[:, used], self._values, document, len(present))
        return self._resampler.value(*figures, chance.ONE_VALUE)


def coefficients(ratings: Ratings, resampler: Resampler) -> dict[str, Estimate]:
    """Those of all annotators over all tokens, and ``…_marked`` over those somebody marked."""
    units = Units.of_tokens(ratings, resampler)
    return {
        name + suffix: units.estimate(coefficient, chosen)
        for suffix, chosen in (("", None), ("_marked", ratings.marked))
        for name, coefficient in OF_ALL.items()
    }
