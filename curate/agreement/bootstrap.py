"""Bootstrap over documents: how much a measure would vary with other documents of the same kind.

The percentile interval (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13):
as many documents as there are get drawn with replacement and the measure is computed on them, many
times; the 2.5th and 97.5th percentiles of the results are the ends of the interval. Documents are
resampled, not spans or tokens, because the spans of one document are not independent.

Every measure here is a function of sums over documents, so a resample costs one product of a row of
weights with the documents' figures, and each text is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from curate.agreement.values import Estimate

Figures = NDArray[np.float64]
Measure = Callable[[Figures], Figures]

_CHUNK = 100  # resamples at a time: those of 100,000 documents take 80 MB
_KEEP = 8_000_000  # weights kept for the next measure on as many documents: 64 MB


class Resampler:
    """Draws resamples; measures on equally many documents get the same ones.

    Args:
        resamples: how many to draw; 0 for no intervals.
        seed: random seed of the generator (PCG64).
    """

    def __init__(self, resamples: int = 1000, seed: int = 0) -> None:
        self.resamples = resamples
        self.seed = seed
        self._cache: tuple[int, list[Figures]] | None = None

    def value(self, figures: Figures, measure: Measure, reason: str) -> Estimate:
        """The measure with its interval.

        Args:
            figures: one row per document; rows of documents can be added up.
            measure: maps sums (along the last axis) to values; NaN where it is undefined.
            reason: why the measure is undefined, if it is.
        """
        if not len(figures):
            return Estimate(value=None, reason="no documents to measure it on")
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(measure(figures.sum(axis=0)[None])[0])
            if np.isnan(value):
                return Estimate(value=None, reason=reason)
            low, high, no_interval = self._interval(figures, measure)
        return Estimate(value=value, low=low, high=high, reason=no_interval)

    def interval(self, samples: Figures) -> tuple[float | None, float | None, str]:
        """Ends of the interval, or why there is none.

        Args:
            samples: the measure on each resample, NaN where it is undefined.
        """
        defined = samples[~np.isnan(samples)]
        if len(defined) < 0.9 * len(samples):
            share = 1 - len(defined) / len(samples)
            return None, None, f"no interval: undefined in {share:.0%} of the resamples"
        low, high = np.percentile(defined, (2.5, 97.5))
        return float(low), float(high), ""

    def weights(self, documents: int) -> Iterator[Figures]:
        """How often each document is drawn: one row per resample, in blocks."""
        if self._cache is None or self._cache[0] != documents:
            blocks = self._draw(documents)
            if documents * self.resamples > _KEEP:
                yield from blocks
                return
            self._cache = (documents, list(blocks))
        yield from self._cache[1]

    def _draw(self, documents: int) -> Iterator[Figures]:
        generator = np.random.default_rng(self.seed)
        for at in range(0, self.resamples, _CHUNK):
            rows = min(_CHUNK, self.resamples - at)
            drawn = generator.integers(0, documents, (rows, documents))
            flat = drawn + documents * np.arange(rows)[:, None]
            counts = np.bincount(flat.ravel(), minlength=rows * documents)
            yield counts.reshape(rows, documents).astype(float)

    def _interval(
        self, figures: Figures, measure: Measure
    ) -> tuple[float | None, float | None, str]:
        if not self.resamples:
            return None, None, ""
        if len(figures) < 2:
            return None, None, "no interval: one document"
        samples = [measure(block @ figures) for block in self.weights(len(figures))]
        return self.interval(np.concatenate(samples))
