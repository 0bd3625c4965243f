"""Krippendorff's alpha for unitizing: agreement on where units stand and how long they are.

The coefficient of Krippendorff 1995, "On the Reliability of Unitizing Continuous Data", in the form
of Krippendorff 2004, "Measuring the Reliability of Qualitative Text Analysis Data" (Quality and
Quantity 38, pp. 787-800), whose worked example a test reproduces. Not the later family of 2016.

The examples of 1995 agree with this form for two of their four labels (A 0.553, D 0.066), and for C
in the shortest continuum (0.494). Its other values for C (up to 0.679 where this form gives 0.693)
lack ``Σ l (l - 1)`` below, and its value for B (-0.926, here -0.928) has the places of a unit of
length 3 as if it were one of length 1: a test has each of them. No single formula gives all.

For a label ``c``, observers ``i`` and ``j``, and a continuum of length ``L``:

- two units that intersect differ by ``(b_i - b_j)² + (e_i - e_j)²``, a unit that lies in a gap of
  the other observer by its squared length, anything else by nothing;
- observed: ``D_o = Σ_i Σ_j≠i δ² / (m (m - 1) L²)``;
- expected: ``D_e = (2 / L) Σ_units [ (N_c - 1) / 3 (2 l³ - 3 l² + l) + l² Σ_gaps≥l (g - l + 1) ]
  / (m L (m L - 1) - Σ_units l (l - 1))``;
- ``α_c = 1 - D_o / D_e``; over all labels, ``α = 1 - Σ_c D_o / Σ_c D_e``.

The definition does not rank an exact match above an overlap: a longer unit adds the square of what
it stands out to ``D_o``, but more than the square of its length to ``D_e``. A test has an example
with its numbers worked out by hand.

Lengths are in code points. Several documents form one continuum in which no unit and no gap
crosses the end of a document; ``L`` is the sum of their lengths. Only documents that all observers
annotated count. Units of one observer and one label must not overlap: of such units the longer are
kept, and the others are reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.agreement.bootstrap import Figures, Measure, Resampler
from curate.agreement.values import Estimate
from curate.model import Annotation, Problem, Span
from curate.text.offsets import outermost

Ints = NDArray[np.int64]
_HEAD = 5  # columns before those of the lengths: Σδ², N, Σ(2l³-3l²+l), Σl(l-1), L
_NOTHING_MARKED = "nobody marked anything"


class Continuum(NamedTuple):
    """A document for this measure: its length, and the units of each observer."""

    document: str
    length: int
    units: tuple[Sequence[Span], ...]


class _Units(NamedTuple):
    """All units of one observer and one label, sorted; positions are in the whole continuum."""

    document: Ints
    starts: Ints
    ends: Ints


def continua(
    lengths: Mapping[str, int], by_annotator: Mapping[str, Mapping[str, Annotation]]
) -> tuple[list[Continuum], list[Problem]]:
    """The documents that every annotator annotated, with units that do not overlap.

    Args:
        lengths: length of each document in code points.
        by_annotator: annotations by annotator, then by document.

    Returns:
        The documents, and a problem for each unit that is left out.
    """
    documents: list[Continuum] = []
    problems: list[Problem] = []
    for document, length in lengths.items():
        if not all(document in own for own in by_annotator.values()):
            continue
        units: list[list[Span]] = []
        for name, own in by_annotator.items():
            kept, dropped = _without_overlaps(own[document].spans)
            units.append(kept)
            problems += [_overlapping(document, name, span) for span in dropped]
        documents.append(Continuum(document, length, tuple(units)))
    return documents, problems


def alpha(
    documents: Sequence[Continuum], resampler: Resampler
) -> tuple[Estimate, dict[str, Estimate]]:
    """Alpha over all labels, and by label."""
    labels = sorted({s.label for d in documents for units in d.units for s in units})
    observers = len(documents[0].units) if documents else 0
    parts = {label: _figures(documents, label) for label in labels}
    by_label = {
        label: resampler.value(figures, _measure(observers, [lengths]), _NOTHING_MARKED)
        for label, (figures, lengths) in parts.items()
    }
    if not parts:
        return Estimate(value=None, reason=_NOTHING_MARKED), {}
    figures = np.concatenate([figures for figures, _ in parts.values()], axis=1)
    together = _measure(observers, [lengths for _, lengths in parts.values()])
    return resampler.value(figures, together, _NOTHING_MARKED), by_label


def _measure(observers: int, parts: Sequence[Figures]) -> Measure:
    """The measure as a function of the figures of some labels, side by side."""

    def measure(sums: Figures) -> Figures:
        observed, expected = np.zeros(len(sums)), np.zeros(len(sums))
        at = 0
        for lengths in parts:
            width = _HEAD + 2 * len(lengths)
            of_label = _disagreement(sums[:, at : at + width], lengths, observers)
            observed, expected = observed + of_label[0], expected + of_label[1]
            at += width
        return np.where(expected > 0, 1 - observed / expected, np.nan)

    return measure


def _disagreement(sums: Figures, lengths: Figures, observers: int) -> tuple[Figures, Figures]:
    """Observed and expected disagreement on one label."""
    pairs, number, cubes, squares, length = sums[:, :_HEAD].T
    units = sums[:, _HEAD : _HEAD + len(lengths)]
    gaps = sums[:, _HEAD + len(lengths) :]
    observed = pairs / (observers * (observers - 1) * length**2)
    within = (number - 1) / 3 * cubes + (lengths**2 * units * gaps).sum(axis=1)
    total = observers * length
    return observed, 2 / length * within / (total * (total - 1) - squares)


def _figures(documents: Sequence[Continuum], label: str) -> tuple[Figures, Figures]:
    """Figures of each document for one label, and the lengths of units that its columns stand for.

    The columns are those of ``_HEAD``, then the number of units of each length, then the places for
    a unit of each length in the gaps.
    """
    observers = len(documents[0].units)
    count = len(documents)
    ends = np.cumsum([document.length for document in documents])
    units = [_units(documents, label, observer, ends) for observer in range(observers)]
    sizes = np.concatenate([u.ends - u.starts for u in units]).astype(float)
    where = np.concatenate([u.document for u in units])
    lengths, number = np.unique(sizes, return_inverse=True)
    spread = np.zeros((count, len(lengths)))
    np.add.at(spread, (where, number), 1.0)
    head = np.column_stack(
        (
            sum(_observed(a, b, count) for a in units for b in units if a is not b),
            np.bincount(where, minlength=count),
            np.bincount(where, 2 * sizes**3 - 3 * sizes**2 + sizes, count),
            np.bincount(where, sizes * (sizes - 1), count),
            np.array([document.length for document in documents], dtype=float),
        )
    )
    return np.concatenate((head, spread, _room(units, ends, lengths)), axis=1), lengths


def _units(
    documents: Sequence[Continuum], label: str, observer: int, document_ends: Ints
) -> _Units:
    rows: list[tuple[int, int, int]] = []
    for number, document in enumerate(documents):
        offset = int(document_ends[number]) - document.length
        for span in document.units[observer]:
            if span.label == label:
                rows.append((number, offset + span.start, offset + span.end))
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    return _Units(table[:, 0], table[:, 1], table[:, 2])


def _observed(one: _Units, two: _Units, documents: int) -> Figures:
    """Squared differences by document: of the pairs that intersect, and of units in gaps."""
    first = np.searchsorted(two.ends, one.starts, "right")
    last = np.searchsorted(two.starts, one.ends, "left")
    partners = np.maximum(last - first, 0)  # how many units of ``two`` each unit intersects
    mine = np.repeat(np.arange(len(partners)), partners)
    offsets = np.repeat(np.cumsum(partners) - partners, partners)
    theirs = np.arange(partners.sum()) - offsets + first[mine]
    starts = one.starts[mine] - two.starts[theirs]
    ends = one.ends[mine] - two.ends[theirs]
    pairs = np.bincount(one.document[mine], (starts**2 + ends**2).astype(float), documents)
    alone = partners == 0
    gaps = np.bincount(
        one.document[alone], ((one.ends - one.starts)[alone] ** 2).astype(float), documents
    )
    # The formula sums over (i, j) and (j, i). The caller adds up both orders, so a pair is already
    # counted twice; a unit in a gap is met in one order only.
    return np.asarray(pairs + 2 * gaps)


def _room(units: Sequence[_Units], document_ends: Ints, lengths: Figures) -> Figures:
    """For each document and length, the number of places in gaps where such a unit would fit."""
    count = len(document_ends)
    room = np.zeros((count, len(lengths)))
    bounds = np.concatenate(([0], document_ends))
    for observer in units:
        # Units do not cross the ends of documents, so the n-th gap has the n-th begin and end.
        begins = np.sort(np.concatenate((bounds[:-1], observer.ends)))
        ends = np.sort(np.concatenate((observer.starts, bounds[1:])))
        gaps = ends - begins
        nonempty = gaps > 0
        where = np.searchsorted(document_ends, begins[nonempty], "right")
        fits = np.maximum(gaps[nonempty, None] - lengths[None, :] + 1, 0)
        np.add.at(room, where, fits)
    return room


def _without_overlaps(spans: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """The spans to keep, and those that overlap a longer one of the same label."""
    by_label: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_label[span.label].append(span)
    kept: list[Span] = []
    dropped: list[Span] = []
    for group in by_label.values():
        outer, nested, crossing = outermost(group)
        kept += outer
        dropped += nested + crossing
    return kept, dropped


def _overlapping(document: str, name: str, span: Span) -> Problem:
    return Problem(
        code="agreement.unitizing",
        severity="info",
        document=document,
        span=span.key,
        message=f"left out of alpha-unitizing: {name} has a longer {span.label} around it",
    )
