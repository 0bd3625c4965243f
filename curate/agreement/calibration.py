"""Calibration: do the scores of a layer's spans mean how often they are right?

Spans are grouped by their score into ten bins of equal width. In a calibrated layer the mean score
of each bin equals its precision: the reliability diagram (DeGroot and Fienberg 1983, "The
Comparison and Evaluation of Forecasters") draws the one over the other. The expected calibration
error is the mean difference of the two, weighted by the number of spans:
``ECE = Σ n_b / n |precision_b - score_b|`` (Naeini, Cooper and Hauskrecht 2015, "Obtaining Well
Calibrated Probabilities Using Bayesian Binning"; Guo, Pleiss, Sun and Weinberger 2017, "On
Calibration of Modern Neural Networks", equation 3). A span is right if gold has it with the same
boundaries and label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.values import Estimate
from curate.html import page
from curate.model import Annotation, Record

BINS = 10
_UNDEFINED = "no span has a score"

LIMITS = (
    "It says nothing about spans that the layer missed: only those that it proposed have a score.",
    "A layer that always gives its mean precision as the score is calibrated, and does not tell "
    "right spans from wrong ones.",
    "The error depends on the bins, and with few spans it is too high by chance.",
    "Where people saw the proposal, gold is drawn towards it, and precision is too high.",
)
"""What calibration does not say."""


class CalibrationBin(Record, frozen=True, kw_only=True):
    """Spans whose scores are near each other.

    Args:
        low: lower edge of the bin, which belongs to it.
        high: upper edge, which belongs to the last bin alone.
        spans: number of spans.
        score: their mean score.
        precision: share of them that is right.
    """

    low: float
    high: float
    spans: int
    score: float
    precision: float


class Calibration(Record, frozen=True, kw_only=True):
    """How well the scores of a layer fit.

    Args:
        layer: the layer.
        documents: number of documents with spans that have a score.
        spans: number of spans with a score.
        without_score: number of spans without one, which do not count.
        error: the expected calibration error, with its interval over documents.
        score: mean score of all spans.
        precision: share of all spans that is right.
        bins: the bins that have spans.
        limits: what calibration does not say.
    """

    layer: str
    documents: int
    spans: int
    without_score: int
    error: Estimate
    score: float | None
    precision: float | None
    bins: tuple[CalibrationBin, ...]
    limits: tuple[str, ...]


def calibration(
    layer: str,
    predicted: Mapping[str, Annotation],
    gold: Mapping[str, Annotation],
    resampler: Resampler,
) -> Calibration:
    """Compare the scores of a layer with gold.

    Args:
        layer: its name, for the result.
        predicted: its annotations by document; those of documents without gold do not count.
        gold: by document.
        resampler: computes the interval.
    """
    keys = [key for key in predicted if key in gold]
    rows = [_figures(predicted[key], gold[key]) for key in keys]
    figures = np.array([row for row in rows if row.any()]).reshape(-1, 3 * BINS)
    spans, scores, right = figures.sum(axis=0).reshape(3, BINS)
    total = int(spans.sum())
    return Calibration(
        layer=layer,
        documents=len(figures),
        spans=total,
        without_score=sum(span.score is None for key in keys for span in predicted[key].spans),
        error=resampler.value(figures, expected_error, _UNDEFINED)
        if total
        else Estimate(value=None, reason=_UNDEFINED),
        score=float(scores.sum() / total) if total else None,
        precision=float(right.sum() / total) if total else None,
        bins=tuple(_bins(spans, scores, right)),
        limits=LIMITS,
    )


def expected_error(sums: Figures) -> Figures:
    """The expected calibration error from spans, scores and right spans of each bin."""
    spans, scores, right = sums[:, :BINS], sums[:, BINS : 2 * BINS], sums[:, 2 * BINS :]
    return np.asarray(np.abs(right - scores).sum(axis=1) / spans.sum(axis=1))


def render_reliability(result: Calibration, *, inline: bool = False) -> str:
    """The reliability diagram as an SVG image; the numbers stand in its titles.

    Args:
        result: the calibration.
        inline: whether it becomes part of an HTML page, which needs no name space.
    """
    return page.render(
        __package__, "reliability.svg.j2", result=result, size=240, margin=44, inline=inline
    )


def _figures(predicted: Annotation, gold: Annotation) -> Figures:
    figures = np.zeros((3, BINS))
    keys = {span.key for span in gold.spans}
    for span in predicted.spans:
        if span.score is not None:
            at = min(max(int(span.score * BINS), 0), BINS - 1)
            figures[:, at] += 1, span.score, span.key in keys
    return figures.ravel()


def _bins(spans: Figures, scores: Figures, right: Figures) -> Iterable[CalibrationBin]:
    for at in np.flatnonzero(spans).tolist():
        yield CalibrationBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            spans=int(spans[at]),
            score=float(scores[at] / spans[at]),
            precision=float(right[at] / spans[at]),
        )
