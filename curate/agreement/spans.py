"""Spans of two versions held against each other: strictly, and by overlap.

Strict: a span matches one with the same edges and the same label (CoNLL-2003; Tjong Kim Sang and
De Meulder 2003). Overlap: spans of one label that share a code point match, one to one, as many as
can be: "left/right match" of the MUC and biomedical evaluations (Tsai et al. 2006, "Various
Criteria in the Evaluation of Biomedical Named Entity Recognition").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from curate.agreement.bootstrap import Figures, Measure, Resampler
from curate.agreement.values import SpanScores, score
from curate.model import Annotation, Span

Counts = dict[str, tuple[int, int, int]]  # by label: matched, first, second
Matcher = Callable[[Sequence[Span], Sequence[Span]], int]


def strict(first: Sequence[Span], second: Sequence[Span]) -> int:
    """How many spans of one label both have."""
    return len({(s.start, s.end) for s in first} & {(s.start, s.end) for s in second})


def overlapping(first: Sequence[Span], second: Sequence[Span]) -> int:
    """How many spans of one label can be matched one to one with one they share a code point with.

    The span that ends first is matched with the partner that ends first. Of the partners that a
    span can have, all reach over its last code point, so that one which ends later overlaps all
    that one which ends earlier does: the choice never costs a match.
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
    """Scores of two versions, from the counts of each document that both annotated."""
    labels = sorted({label for found in documents.values() for label in found})
    figures = table(documents.values(), labels)
    together = figures.reshape(len(documents), len(labels), 3).sum(axis=1)
    by_label = {}
    for at, label in enumerate(labels):
        part = figures[:, 3 * at : 3 * at + 3]
        by_label[label] = score(*_whole(part), resampler.value(part, f1, ""))
    reason = "neither version marks anything"
    return SpanScores(
        micro=score(*_whole(together), resampler.value(together, f1, reason)),
        macro=resampler.value(figures, macro, reason),
        labels=by_label,
        documents={key: score(*_whole(together[at : at + 1])) for at, key in enumerate(documents)},
    )


def table(documents: Iterable[Counts], labels: Sequence[str]) -> Figures:
    """One row a document, three columns a label: matched, first, second."""
    rows = [
        [figure for label in labels for figure in found.get(label, (0, 0, 0))]
        for found in documents
    ]
    return np.array(rows, dtype=float).reshape(len(rows), 3 * len(labels))


def f1(sums: Figures) -> Figures:
    """``2 matched / (first + second)``; NaN where there is neither."""
    both = sums[..., 1] + sums[..., 2]
    return np.asarray(np.where(both > 0, 2 * sums[..., 0] / np.where(both > 0, both, 1), np.nan))


def macro(sums: Figures) -> Figures:
    """Mean of F1 over the labels that one of the two used."""
    found = f1(sums.reshape(len(sums), -1, 3))
    used = ~np.isnan(found)
    total = np.where(used, found, 0.0).sum(axis=1)
    return np.asarray(np.where(used.any(axis=1), total / np.maximum(used.sum(axis=1), 1), np.nan))


def pooled(documents: Iterable[Counts]) -> tuple[int, int, int]:
    """The counts of documents and labels added up."""
    found = [counted for document in documents for counted in document.values()]
    matched, first, second = (
        (sum(column) for column in zip(*found, strict=True)) if found else (0,) * 3
    )
    return matched, first, second


def _whole(figures: Figures) -> tuple[int, int, int]:
    matched, first, second = figures.sum(axis=0)
    return int(matched), int(first), int(second)


def _by_label(spans: Sequence[Span]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        found[span.label].append(span)
    return found


CRITERIA: dict[str, Matcher] = {"strict": strict, "overlap": overlapping}

__all__ = [
    "CRITERIA",
    "Counts",
    "Measure",
    "counts",
    "f1",
    "macro",
    "overlapping",
    "pooled",
    "scores",
    "strict",
    "table",
]
