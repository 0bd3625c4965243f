"""Spans of two versions compared with each other: strictly, and by overlap.

Strict: a span matches one with the same boundaries and the same label (CoNLL-2003; Tjong Kim Sang
and De Meulder 2003). Overlap: spans of one label that share a code point are matched one to one, as
many as possible: "left/right match" of the MUC and biomedical evaluations (Tsai et al. 2006,
"Various Criteria in the Evaluation of Biomedical Named Entity Recognition").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.values import SpanScores, score
from curate.model import Annotation, Span

Counts = dict[str, tuple[int, int, int]]  # by label: matched, first, second
Matcher = Callable[[Sequence[Span], Sequence[Span]], int]  # of spans of one label


def strict(first: Sequence[Span], second: Sequence[Span]) -> int:
    """Number of spans of one label that both versions have."""
    return len({(s.start, s.end) for s in first} & {(s.start, s.end) for s in second})


def overlapping(first: Sequence[Span], second: Sequence[Span]) -> int:
    """Number of spans of one label that can be matched one to one with a span they overlap.

    The span that ends first is matched with the partner that ends first. This is never worse than
    another choice: all possible partners of the span contain its last code point, so of two
    partners the one that ends later overlaps everything after the span that the other one does.
    """
    mine = sorted({(s.end, s.start) for s in first})
    theirs = sorted({(s.end, s.start) for s in second})
    matched = 0
    while mine and theirs:
        if theirs[0] < mine[0]:
            mine, theirs = theirs, mine
        end, start = mine.pop(0)
        at = next((n for n, other in enumerate(theirs) if other[1] < end and start < other[0]), -1)
        if at >= 0:
            theirs.pop(at)
            matched += 1
    return matched


def counts(first: Annotation, second: Annotation, match: Matcher) -> Counts:
    """The counts of one document, by label."""
    mine, theirs = _by_label(first.spans), _by_label(second.spans)
    return {
        label: (match(mine[label], theirs[label]), len(mine[label]), len(theirs[label]))
        for label in sorted(mine.keys() | theirs.keys())
    }


def scores(documents: Mapping[str, Counts], resampler: Resampler) -> SpanScores:
    """Scores of two annotators, from the counts of each document that both annotated."""
    labels = sorted({label for counts in documents.values() for label in counts})
    figures = table(documents.values(), labels)
    together = figures.reshape(len(documents), len(labels), 3).sum(axis=1)
    by_label = {}
    for at, label in enumerate(labels):
        part = figures[:, 3 * at : 3 * at + 3]
        by_label[label] = score(*_totals(part), resampler.value(part, f1, ""))
    reason = "neither version marks anything"
    return SpanScores(
        micro=score(*_totals(together), resampler.value(together, f1, reason)),
        macro=resampler.value(figures, macro, reason),
        labels=by_label,
        documents={key: score(*_totals(together[at : at + 1])) for at, key in enumerate(documents)},
    )


def table(documents: Iterable[Counts], labels: Sequence[str]) -> Figures:
    """One row per document, three columns per label: matched, first, second."""
    rows = [
        [figure for label in labels for figure in counts.get(label, (0, 0, 0))]
        for counts in documents
    ]
    return np.array(rows, dtype=float).reshape(len(rows), 3 * len(labels))


def f1(sums: Figures) -> Figures:
    """``2 matched / (first + second)``; NaN where neither version marks anything."""
    both = sums[..., 1] + sums[..., 2]
    return np.asarray(np.where(both > 0, 2 * sums[..., 0] / np.where(both > 0, both, 1), np.nan))


def macro(sums: Figures) -> Figures:
    """Mean of F1 over the labels that at least one version uses."""
    by_label = f1(sums.reshape(len(sums), -1, 3))
    used = ~np.isnan(by_label)
    total = np.where(used, by_label, 0.0).sum(axis=1)
    return np.asarray(np.where(used.any(axis=1), total / np.maximum(used.sum(axis=1), 1), np.nan))


def pooled(documents: Iterable[Counts]) -> tuple[int, int, int]:
    """The counts of all documents and labels added up: matched, first, second."""
    rows = [counts for document in documents for counts in document.values()]
    matched, first, second = (
        (sum(column) for column in zip(*rows, strict=True)) if rows else (0,) * 3
    )
    return matched, first, second


def _totals(figures: Figures) -> tuple[int, int, int]:
    matched, first, second = figures.sum(axis=0)
    return int(matched), int(first), int(second)


def _by_label(spans: Sequence[Span]) -> dict[str, list[Span]]:
    by_label: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_label[span.label].append(span)
    return by_label


CRITERIA: dict[str, Matcher] = {"strict": strict, "overlap": overlapping}
