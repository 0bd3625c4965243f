"""How an annotator's agreement with a reference changes over time.

The time of a document is the last ``at`` of the annotator's own spans in it. A document without one
(nothing is marked in it, or its source keeps no times) is left out and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.spans import Counts, f1, pooled
from curate.agreement.values import Drift, DriftPeriod, Estimate, Score, score
from curate.model import Annotation
from curate.util.clock import Length, instant, start

_WEEK = timedelta(weeks=1).total_seconds()


class DatedCounts(NamedTuple):
    """A document of one annotator: its time, and the counts against each reference."""

    at: datetime
    counts: tuple[Counts, ...]


def last_change(annotation: Annotation) -> datetime | None:
    """When the annotator last changed the document; None if no span has a time."""
    times = (instant(span.at) for span in annotation.spans)
    return max((at for at in times if at is not None), default=None)


def drift(
    annotator: str,
    documents: Iterable[tuple[datetime | None, tuple[Counts, ...]]],
    resampler: Resampler,
    length: Length = "week",
) -> Drift:
    """F1 by period, and the slope of the documents' F1 over time with its interval.

    Args:
        annotator: the name.
        documents: the time of each document, and its counts against each reference.
        resampler: computes the intervals.
        length: of a period.
    """
    dated: list[DatedCounts] = []
    undated = 0
    for at, counts in documents:
        if at is None:
            undated += 1
        else:
            dated.append(DatedCounts(at, counts))
    dated.sort(key=lambda document: document.at)
    return Drift(
        annotator=annotator,
        periods=_periods(dated, resampler, length),
        slope=_slope(dated, resampler),
        undated=undated,
    )


def _periods(
    dated: list[DatedCounts], resampler: Resampler, length: Length
) -> tuple[DriftPeriod, ...]:
    groups: dict[str, list[DatedCounts]] = defaultdict(list)
    for document in dated:
        groups[start(document.at, length).isoformat()].append(document)
    return tuple(
        DriftPeriod(start=first, documents=len(group), score=_score(group, resampler))
        for first, group in groups.items()
    )


def _score(group: list[DatedCounts], resampler: Resampler) -> Score:
    rows = np.array([pooled(document.counts) for document in group], dtype=float)
    interval = resampler.value(rows, f1, "")
    matched, first, second = (int(figure) for figure in rows.sum(axis=0))
    return score(matched, first, second, interval)


def _slope(dated: list[DatedCounts], resampler: Resampler) -> Estimate:
    """Slope of the least squares line through the documents' F1, in F1 per week."""
    points = [
        (document.at.timestamp() / _WEEK, 2 * matched / (first + second))
        for document in dated
        for matched, first, second in [pooled(document.counts)]
        if first + second
    ]
    if len(points) < 3:
        return Estimate(value=None, reason=f"{len(points)} dated documents; a trend needs three")
    x, y = np.array(points).T
    if x.max() - x.min() < 1:
        return Estimate(value=None, reason="all documents were annotated within a week")
    x = x - x.mean()  # far from zero, the sums of squares would lose their digits
    figures = np.column_stack((np.ones(len(x)), x, y, x * x, x * y))

    def measure(sums: Figures) -> Figures:
        n, sx, sy, sxx, sxy = sums.T
        spread = n * sxx - sx * sx
        return np.asarray(np.where(spread > 1e-9, (n * sxy - sx * sy) / spread, np.nan))

    return resampler.value(figures, measure, "all documents have the same time")
