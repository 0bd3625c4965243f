"""What more gold would score: an inverse power law through the points of a learning curve. Pure.

The law is ``F(n) = a - b * n ** -c``: ``a`` is the score in the limit, ``b`` the distance to it at
the first document, ``c`` the rate of approach (Figueroa, Zeng-Treitler, Kandula and Ngo 2012,
"Predicting sample size required for classification performance", BMC Medical Informatics and
Decision Making 12:8). As in that paper, it is fitted by weighted least squares in which later
points weigh more, since the extrapolation starts from them. For a given ``c`` this is a linear
regression, so only ``c`` has to be searched for.

Four points hardly determine three parameters. So there is no forecast where the points do not
rise, where the best ``c`` is at an end of the searched range, where the law misses a point by more
than its sampling error explains, or where one of these happens in too many resampled curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.model import Record
from curate.util import digests

SHARES = (0.25, 0.5, 0.75, 1.0)
AHEAD = (1.25, 1.5, 2.0)
_RATES = np.geomspace(0.02, 3.0, 160)
_FAILED = 0.2  # maximum share of resampled curves without a law
_MISS = 2.0  # maximum standard errors between the law and a point
FEW_POINTS = "a forecast needs four points, and more than four documents"
NOT_RISING = "the score does not rise with the documents"
NOT_BENDING = "the points do not show how the curve bends"
MISSED_POINT = "the law misses a point by more than its sampling error"
Floats = NDArray[np.float64]


class PowerLaw(NamedTuple):
    """``F(n) = a - b * n ** -c``."""

    a: float
    b: float
    c: float

    def at(self, documents: float) -> float:
        """The score with this number of documents."""
        return float(self.a - self.b * documents**-self.c)


class ForecastPoint(Record, frozen=True, kw_only=True):
    """The expected score of a training on this number of documents, with its 95% interval."""

    documents: int
    score: float
    low: float
    high: float


class Forecast(Record, frozen=True, kw_only=True):
    """The expected scores with more gold.

    Args:
        a: the score in the limit; None where there is no forecast.
        b: distance to the limit at the first document.
        c: rate of approach.
        ahead: the forecast for 1.25, 1.5 and 2 times the documents.
        reason: why there is no forecast.
    """

    a: float | None = None
    b: float | None = None
    c: float | None = None
    ahead: tuple[ForecastPoint, ...] = ()
    reason: str = ""


def subset(documents: Sequence[str], share: float, seed: int) -> tuple[str, ...]:
    """A random share of the documents, sorted. With one seed, smaller shares are nested in larger.

    Documents are ordered by a hash of seed and id, so adding documents does not reshuffle the rest.
    """
    count = max(1, round(share * len(documents)))
    return tuple(sorted(sorted(documents, key=partial(digests.draw, seed))[:count]))


def fit_law(sizes: Sequence[int], scores: Sequence[float]) -> PowerLaw | str:
    """The power law with the least weighted squared error, or the reason why there is none.

    Args:
        sizes: documents of each training, ascending.
        scores: score of each, 0 to 1.
    """
    if len(sizes) < 4:
        return FEW_POINTS
    x, y = np.array(sizes, dtype=float), np.array(scores, dtype=float)
    weights = np.arange(1, len(x) + 1) / len(x)
    best: tuple[float, int, PowerLaw] | None = None
    for number, rate in enumerate(_RATES):
        law = _regress(x ** -float(rate), y, weights, float(rate))
        error = float((weights * (y - law.a + law.b * x**-law.c) ** 2).sum())
        if best is None or error < best[0]:
            best = error, number, law
    assert best is not None
    _, number, law = best
    if law.b <= 0:
        return NOT_RISING
    if number in (0, len(_RATES) - 1):
        return NOT_BENDING
    return law


def _regress(z: Floats, y: Floats, weights: Floats, rate: float) -> PowerLaw:
    """Weighted least squares of ``y = a - b z``, where ``a`` is at most 1, the highest score."""
    total = weights.sum()
    mean_z, mean_y = (weights * z).sum() / total, (weights * y).sum() / total
    spread = (weights * (z - mean_z) ** 2).sum()
    slope = -(weights * (z - mean_z) * (y - mean_y)).sum() / spread if spread else 0.0
    limit = mean_y + slope * mean_z
    if limit > 1.0:
        limit, slope = 1.0, (weights * z * (1.0 - y)).sum() / (weights * z * z).sum()
    return PowerLaw(float(limit), float(slope), rate)


def forecast(sizes: Sequence[int], scores: Sequence[float], samples: Floats) -> Forecast:
    """The expected scores with more documents, with intervals from resampled curves.

    Args:
        sizes: documents of each training, ascending.
        scores: score of each.
        samples: scores on resampled documents: one row per resample, one column per size.
    """
    law = fit_law(sizes, scores)
    if isinstance(law, str):
        return Forecast(reason=law)
    errors = samples.std(axis=0, ddof=1)
    for size, score, error in zip(sizes, scores, errors, strict=True):
        if abs(law.at(size) - score) > _MISS * max(float(error), 1e-9):
            return Forecast(reason=MISSED_POINT)
    laws = [fitted for row in samples if isinstance(fitted := fit_law(sizes, [*row]), PowerLaw)]
    failed = 1 - len(laws) / len(samples)
    if failed > _FAILED:
        return Forecast(reason=f"{failed:.0%} of the resampled curves do not follow the law")
    targets = [round(sizes[-1] * factor) for factor in AHEAD]
    return Forecast(a=law.a, b=law.b, c=law.c, ahead=tuple(_ahead(law, laws, n) for n in targets))


def _ahead(law: PowerLaw, laws: Sequence[PowerLaw], documents: int) -> ForecastPoint:
    low, high = np.percentile([resampled.at(documents) for resampled in laws], (2.5, 97.5))
    score = law.at(documents)
    return ForecastPoint(documents=documents, score=score, low=float(low), high=float(high))
