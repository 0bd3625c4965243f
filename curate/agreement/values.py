"""What the measures give back: a number, or the reason why there is none; never a zero by accident.

A ratio whose denominator is nothing is undefined, and so is a chance-corrected coefficient of data
in which chance alone would agree everywhere. Such a value is None, and ``reason`` says why.
"""

from __future__ import annotations

from curate.model import Problem, Record

COEFFICIENT_TITLES = {
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "unitizing": "alpha-unitizing",
    "gamma": "gamma",
}
"""What the coefficients are called."""


def coefficient_title(name: str) -> str:
    """What a coefficient is called, with what it is measured on where that is not everything."""
    base = name.removesuffix("_marked")
    return COEFFICIENT_TITLES[base] + (" (marked tokens)" if base != name else "")


class Estimate(Record, frozen=True, kw_only=True):
    """A measure.

    Args:
        value: the number; None where it is undefined.
        low: lower end of the 95% bootstrap interval over documents, None where there is none.
        high: its upper end.
        reason: why the value, or its interval, is undefined.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


class Score(Record, frozen=True, kw_only=True):
    """Precision, recall and F1 of the second of two versions, with the first as the reference.

    F1 is the same whichever is the reference (Hripcsak and Rothschild 2005, "Agreement, the
    F-Measure, and Reliability in Information Retrieval").

    Args:
        matched: spans that both have.
        first: spans of the first version.
        second: spans of the second version.
        precision: ``matched / second``.
        recall: ``matched / first``.
        f1: ``2 matched / (first + second)``.
        low: lower end of the 95% bootstrap interval of F1 over documents.
        high: its upper end.
        reason: why one of them is undefined.
    """

    matched: int
    first: int
    second: int
    precision: float | None
    recall: float | None
    f1: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def score(matched: int, first: int, second: int, interval: Estimate | None = None) -> Score:
    """The score of three counts; ``interval`` gives the ends of the interval of its F1."""
    both = first + second
    missing = [name for name, number in (("first", first), ("second", second)) if not number]
    reason = ""
    if missing:
        who = "neither version" if len(missing) == 2 else f"the {missing[0]} version"
        verb = "marks anything" if len(missing) == 2 else "marks nothing"
        reason = f"{who} {verb}"
    return Score(
        matched=matched,
        first=first,
        second=second,
        precision=matched / second if second else None,
        recall=matched / first if first else None,
        f1=2 * matched / both if both else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        reason=reason or (interval.reason if interval else ""),
    )


class SpanScores(Record, frozen=True, kw_only=True):
    """How well the spans of two versions match.

    Args:
        micro: all spans together.
        macro: mean of the labels' F1, every label that one of them used counting once.
        labels: by label.
        documents: by document id.
    """

    micro: Score
    macro: Estimate
    labels: dict[str, Score]
    documents: dict[str, Score]


class ConfusionCell(Record, frozen=True, kw_only=True):
    """A cell of a confusion table; an empty label stands for "not marked".

    Args:
        first: label that the first version gives.
        second: label that the second version gives.
        count: pairs of spans, or spans that have no partner.
        boundary: how many of the pairs have different edges.
    """

    first: str
    second: str
    count: int
    boundary: int = 0


class Disagreement(Record, frozen=True, kw_only=True):
    """A disagreement that comes up again and again.

    Args:
        kind: ``label``, ``boundary``, ``both``, ``first only`` or ``second only``.
        first: what the first version marks, as text; empty if nothing.
        first_label: and how.
        second: what the second version marks.
        second_label: and how.
        count: how often.
        documents: ids of the first documents that have it.
    """

    kind: str
    first: str
    first_label: str
    second: str
    second_label: str
    count: int
    documents: tuple[str, ...]


class PairAgreement(Record, frozen=True, kw_only=True):
    """Two annotators.

    Args:
        first: name of the one.
        second: name of the other.
        documents: number of documents that both annotated.
        strict: spans match if edges and label are the same.
        overlap: spans match, one to one, if they share a code point and the label.
        cohen: Cohen's kappa over all tokens.
        cohen_marked: the same over the tokens that at least one of them marked.
        confusion: labels of the one against labels of the other.
    """

    first: str
    second: str
    documents: int
    strict: SpanScores
    overlap: SpanScores
    cohen: Estimate
    cohen_marked: Estimate
    confusion: tuple[ConfusionCell, ...]


class PairSummary(Record, frozen=True, kw_only=True):
    """A measure over all pairs of annotators: mean and sample standard deviation."""

    mean: float | None
    deviation: float | None
    pairs: int
    reason: str = ""


class HeatMap(Record, frozen=True, kw_only=True):
    """A square table of annotators; a cell is None where two have nothing to be compared in."""

    measure: str
    annotators: tuple[str, ...]
    rows: tuple[tuple[float | None, ...], ...]


class DriftPeriod(Record, frozen=True, kw_only=True):
    """One period of an annotator's work, scored against the others' (or the gold)."""

    start: str
    documents: int
    score: Score


class Drift(Record, frozen=True, kw_only=True):
    """How an annotator's agreement with the others moves over time.

    Args:
        annotator: the name.
        periods: in order of time.
        slope: change of F1 a week, the least squares line through the documents' F1.
        undated: documents that are left out because no span of theirs says when it was made.
    """

    annotator: str
    periods: tuple[DriftPeriod, ...]
    slope: Estimate
    undated: int = 0


class Agreement(Record, frozen=True, kw_only=True):
    """What several annotators agree on.

    Args:
        annotators: number of documents that each annotated, by name.
        documents: number of documents that two or more annotated.
        complete: number of documents that all of them annotated.
        tokens: number of tokens in the documents that two or more annotated.
        pairs: two by two.
        across: over the pairs: ``strict``, ``strict_macro``, ``overlap``, ``overlap_macro``,
            ``cohen`` and ``cohen_marked``.
        coefficients: of all annotators together: ``fleiss``, ``krippendorff``, ``gwet_ac1`` and
            ``gwet_ac2`` over all tokens, with ``_marked`` over those that somebody marked;
            ``unitizing``; ``gamma`` where it was asked for.
        unitizing: alpha-unitizing by label.
        gamma: by document id.
        heat: strict F1 of every two annotators.
        disagreements: the commonest ones.
        drift: by annotator.
        left_out: documents, or parts of measures, that do not count, and why.
        resamples: bootstrap samples the intervals are made from.
        seed: of the bootstrap.
    """

    annotators: dict[str, int]
    documents: int
    complete: int
    tokens: int
    pairs: tuple[PairAgreement, ...]
    across: dict[str, PairSummary]
    coefficients: dict[str, Estimate]
    unitizing: dict[str, Estimate]
    heat: HeatMap
    disagreements: tuple[Disagreement, ...]
    drift: tuple[Drift, ...]
    gamma: dict[str, Estimate] = {}
    left_out: tuple[Problem, ...] = ()
    resamples: int = 0
    seed: int = 0
