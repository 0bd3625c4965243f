"""The learning curve: how the score grew with the gold, and what more of it would give. Pure.

The law that is fitted is the inverse power law, ``F(n) = a - b * n ** -c``: ``a`` is what the
score tends to, ``b`` how far it is below at the first document, ``c`` how quickly it gets there
(Figueroa, Zeng-Treitler, Kandula and Ngo 2012, "Predicting sample size required for classification
performance", BMC Medical Informatics and Decision Making 12:8). As there, it is fitted by weighted
least squares in which later points weigh more, since it is from them that one looks ahead. For a
given ``c`` that is a linear regression, so that ``c`` alone is searched for.

Four points hardly determine three numbers. So nothing is foretold where the points do not rise,
where the best ``c`` is at an end of what is searched, where the law misses a point by more than
its sampling explains, or where too many of the resampled curves fail in one of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.model import Record

SHARES = (0.25, 0.5, 0.75, 1.0)
AHEAD = (1.25, 1.5, 2.0)
_RATES = np.geomspace(0.02, 3.0, 160)
_FAILED = 0.2  # share of the resampled curves that may fail
_MISS = 2.0  # standard errors by which the law may miss a point
Floats = NDArray[np.float64]


class Law(NamedTuple):
    """``F(n) = a - b * n ** -c``."""

    a: float
    b: float
    c: float

    def at(self, documents: float) -> float:
        """The score with so many documents."""
        return float(self.a - self.b * documents**-self.c)


class Ahead(Record, frozen=True, kw_only=True):
    """What a training with so many documents would score, with its 95% interval."""

    documents: int
    score: float
    low: float
    high: float


class Forecast(Record, frozen=True, kw_only=True):
    """What more gold would give.

    Args:
        a: what the score tends to; None where nothing can be foretold.
        b: see the law.
        c: see the law.
        ahead: for more documents than there are.
        reason: why nothing can be foretold.
    """

    a: float | None = None
    b: float | None = None
    c: float | None = None
    ahead: tuple[Ahead, ...] = ()
    reason: str = ""


def subset(documents: Sequence[str], share: float, seed: int) -> tuple[str, ...]:
    """A share of the documents, sorted; a smaller share with the same seed is a part of it."""

    def drawn(document: str) -> str:
        return hashlib.sha256(f"{seed}/{document}".encode()).hexdigest()

    count = max(1, round(share * len(documents)))
    return tuple(sorted(sorted(documents, key=drawn)[:count]))


def fit(sizes: Sequence[int], scores: Sequence[float]) -> Law | str:
    """The law that goes best through the points, or why there is none.

    Args:
        sizes: documents of each training, rising.
        scores: what each scored, 0 to 1.
    """
    if len(sizes) < 4:
        return "four points are needed, and more documents than four"
    x, y = np.array(sizes, dtype=float), np.array(scores, dtype=float)
    weights = np.arange(1, len(x) + 1) / len(x)
    best: tuple[float, int, Law] | None = None
    for number, rate in enumerate(_RATES):
        law = _line(x ** -float(rate), y, weights, float(rate))
        error = float((weights * (y - law.a + law.b * x**-law.c) ** 2).sum())
        if best is None or error < best[0]:
            best = error, number, law
    assert best is not None
    _, number, law = best
    if law.b <= 0:
        return "the score does not rise with the documents"
    if number in (0, len(_RATES) - 1):
        return "the points do not show how the curve bends"
    return law


def _line(z: Floats, y: Floats, weights: Floats, rate: float) -> Law:
    """Weighted least squares of ``y = a - b z``; no score is above 1."""
    total = weights.sum()
    mean_z, mean_y = (weights * z).sum() / total, (weights * y).sum() / total
    spread = (weights * (z - mean_z) ** 2).sum()
    slope = -(weights * (z - mean_z) * (y - mean_y)).sum() / spread if spread else 0.0
    top = mean_y + slope * mean_z
    if top > 1.0:
        top, slope = 1.0, (weights * z * (1.0 - y)).sum() / (weights * z * z).sum()
    return Law(float(top), float(slope), rate)


def foretell(sizes: Sequence[int], scores: Sequence[float], samples: Floats) -> Forecast:
    """What more documents would give, with intervals from resampled curves.

    Args:
        sizes: documents of each training, rising.
        scores: what each scored.
        samples: the scores on resampled documents: a row a resample, a column a size.
    """
    law = fit(sizes, scores)
    if isinstance(law, str):
        return Forecast(reason=law)
    errors = samples.std(axis=0, ddof=1)
    missed = [abs(law.at(n) - y) for n, y in zip(sizes, scores, strict=True)]
    if any(
        gap > _MISS * max(float(error), 1e-9) for gap, error in zip(missed, errors, strict=True)
    ):
        return Forecast(reason="the law misses a point by more than its sampling explains")
    laws = [found for row in samples if isinstance(found := fit(sizes, [*row]), Law)]
    failed = 1 - len(laws) / len(samples)
    if failed > _FAILED:
        return Forecast(reason=f"{failed:.0%} of the resampled curves follow no such law")
    targets = [round(sizes[-1] * factor) for factor in AHEAD]
    return Forecast(a=law.a, b=law.b, c=law.c, ahead=tuple(_ahead(law, laws, n) for n in targets))


def _ahead(law: Law, laws: Sequence[Law], documents: int) -> Ahead:
    low, high = np.percentile([each.at(documents) for each in laws], (2.5, 97.5))
    score = law.at(documents)
    return Ahead(documents=documents, score=score, low=float(low), high=float(high))
