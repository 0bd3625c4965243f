"""What the measures return: a number, or the reason why there is none.

A ratio whose denominator is zero is undefined, and so is a chance-corrected coefficient of data in
which chance alone would always agree. Such a value is None, not 0, and ``reason`` says why.
"""

from __future__ import annotations

from curate.model import Problem, Record

COEFFICIENT_TITLES = {
    "percentage": "percentage agreement",
    "fleiss": "Fleiss' kappa",
    "randolph": "Randolph's kappa",
    "krippendorff": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_ordinal": "ordinal alpha",
    "krippendorff_interval": "interval alpha",
    "krippendorff_ratio": "ratio alpha",
    "cohen": "Cohen's kappa",
    "scott": "Scott's pi",
    "bennett": "Bennett's S",
    "weighted_linear": "weighted kappa, linear",
    "weighted_quadratic": "weighted kappa, quadratic",
    "unitizing": "alpha-unitizing",
    "gamma": "gamma",
    "gamma_cat": "gamma-cat",
}
"""Titles of the coefficients, by their keys in ``Agreement`` and ``CategoryAgreement``."""
DEPEND_ON_CATEGORIES = ("randolph", "gwet_ac1", "gwet_ac2", "bennett")
"""Coefficients that depend on the number of categories, whether all of them are used or not."""


def coefficient_title(name: str) -> str:
    """The title of a coefficient; says if it is measured on the marked tokens only."""
    base = name.removesuffix("_marked")
    return COEFFICIENT_TITLES[base] + (" (marked tokens)" if base != name else "")


class Estimate(Record, frozen=True, kw_only=True):
    """The value of a measure.

    Args:
        value: the number; None if it is undefined.
        low: lower end of the 95% bootstrap interval over documents; None if there is none.
        high: its upper end.
        reason: why the value or its interval is undefined.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


class Score(Record, frozen=True, kw_only=True):
    """Precision, recall and F1 of the second of two versions, with the first as the reference.

    F1 is the same whichever of them is the reference (Hripcsak and Rothschild 2005, "Agreement, the
    F-Measure, and Reliability in Information Retrieval").

    Args:
        matched: number of spans that match.
        first: number of spans in the first version.
        second: number of spans in the second version.
        precision: ``matched / second``.
        recall: ``matched / first``.
        f1: ``2 matched / (first + second)``.
        low: lower end of the 95% bootstrap interval of F1 over documents.
        high: its upper end.
        reason: why one of these is undefined.
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
    """The score for three counts.

    Args:
        matched: number of spans that match.
        first: number of spans in the first version.
        second: number of spans in the second version.
        interval: an estimate of F1, of which the interval is taken.
    """
    both = first + second
    empty = [name for name, number in (("first", first), ("second", second)) if not number]
    reason = ""
    if empty:
        reason = (
            f"the {empty[0]} version marks nothing"
            if len(empty) == 1
            else "neither version marks anything"
        )
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
        micro: over all spans.
        macro: mean F1 of the labels that at least one version uses.
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
        first: label in the first version.
        second: label in the second version.
        count: number of pairs of spans, or of spans without a partner.
        boundary: how many of the pairs have different boundaries.
    """

    first: str
    second: str
    count: int
    boundary: int = 0


class Disagreement(Record, frozen=True, kw_only=True):
    """A disagreement that occurs ``count`` times.

    Args:
        kind: ``label``, ``boundary``, ``both``, ``first only`` or ``second only``.
        first: text that the first version marks; empty if none.
        first_label: its label there.
        second: text that the second version marks; empty if none.
        second_label: its label there.
        count: how often it occurs.
        documents: ids of the first documents in which it occurs.
    """

    kind: str
    first: str
    first_label: str
    second: str
    second_label: str
    count: int
    documents: tuple[str, ...]


class PairAgreement(Record, frozen=True, kw_only=True):
    """How well two annotators agree.

    Args:
        first: name of the first annotator.
        second: name of the second.
        documents: number of documents that both annotated.
        strict: spans match if boundaries and label are the same.
        overlap: spans match, one to one, if they share a code point and the label.
        token: tokens match if both gave them the label.
        cohen: Cohen's kappa over all tokens.
        cohen_marked: the same over the tokens that at least one of them marked.
        coefficients: further ones over all tokens: ``percentage``, ``scott``, ``bennett``, and with
            ``_marked`` over the tokens that at least one of them marked.
        confusion: labels of the first against labels of the second.
    """

    first: str
    second: str
    documents: int
    strict: SpanScores
    overlap: SpanScores
    token: SpanScores
    cohen: Estimate
    cohen_marked: Estimate
    coefficients: dict[str, Estimate]
    confusion: tuple[ConfusionCell, ...]


class PairSummary(Record, frozen=True, kw_only=True):
    """A measure over all pairs of annotators.

    Args:
        mean: over the pairs for which it is defined.
        deviation: sample standard deviation (divided by the pairs less one).
        population: population standard deviation (divided by the pairs).
        pairs: number of pairs for which it is defined.
        reason: why one of these is undefined.
    """

    mean: float | None
    deviation: float | None
    population: float | None = None
    pairs: int
    reason: str = ""


class CategoryPair(Record, frozen=True, kw_only=True):
    """How well two annotators agree on the categories of documents.

    Args:
        first: name of the first annotator.
        second: name of the second.
        documents: number of documents to which both gave a category.
        coefficients: ``percentage``, ``cohen``, ``scott`` and ``bennett``; for categories with an
            order ``weighted_linear`` and ``weighted_quadratic``.
    """

    first: str
    second: str
    documents: int
    coefficients: dict[str, Estimate]


class CategoryAgreement(Record, frozen=True, kw_only=True):
    """How well annotators agree on the categories of documents.

    Args:
        documents: number of documents to which two or more gave a category.
        values: what they gave: categories, or several of them joined by a plus sign; in ascending
            order if they have one.
        ordered: whether the categories have an order.
        pairs: for every two annotators.
        across: over all pairs, by the name of the coefficient.
        coefficients: for all annotators together, as for tokens; for categories with an order
            ``krippendorff_ordinal``, for numbers ``krippendorff_interval`` and
            ``krippendorff_ratio``.
    """

    documents: int
    values: tuple[str, ...]
    ordered: bool
    pairs: tuple[CategoryPair, ...]
    across: dict[str, PairSummary]
    coefficients: dict[str, Estimate]


class HeatMap(Record, frozen=True, kw_only=True):
    """A measure for every two annotators; a cell is None if they have nothing to compare."""

    measure: str
    annotators: tuple[str, ...]
    rows: tuple[tuple[float | None, ...], ...]


class DriftPeriod(Record, frozen=True, kw_only=True):
    """One period of an annotator's work, scored against the others (or the gold)."""

    start: str
    documents: int
    score: Score


class Drift(Record, frozen=True, kw_only=True):
    """How an annotator's agreement with the others changes over time.

    Args:
        annotator: the name.
        periods: in order of time.
        slope: change of F1 per week: the slope of the least squares line through the documents' F1.
        undated: number of documents that are left out because none of their spans has a time.
    """

    annotator: str
    periods: tuple[DriftPeriod, ...]
    slope: Estimate
    undated: int = 0


class Agreement(Record, frozen=True, kw_only=True):
    """How well several annotators agree.

    Args:
        annotators: number of documents that each of them annotated, by name.
        documents: number of documents that two or more annotated.
        complete: number of documents that all of them annotated.
        tokens: number of tokens in the documents that two or more annotated.
        values: number of values of a token (``q`` of AC1, AC2, Randolph's kappa and Bennett's S):
            "not marked", and the labels or combinations of labels that occur or were given.
        own_tokens: number of these documents whose tokens are those of their files.
        pairs: for every two annotators.
        across: over all pairs: ``strict``, ``overlap`` and ``token`` F1, the same with ``_macro``,
            and the coefficients of two annotators, also with ``_marked``.
        across_labels: by label, F1 over all pairs: ``strict``, ``overlap`` and ``token``.
        across_documents: the same by document id.
        coefficients: for all annotators together: ``percentage``, ``fleiss``, ``randolph``,
            ``krippendorff``, ``gwet_ac1`` and ``gwet_ac2`` over all tokens, and with ``_marked``
            over the tokens that somebody marked; ``unitizing``; ``gamma`` and ``gamma_cat`` if they
            were asked for.
        unitizing: alpha-unitizing by label.
        categories: agreement on the categories of documents; None if two annotators gave none.
        gamma: by document id.
        gamma_cat: by document id.
        gamma_labels: gamma-k by label, the mean over the documents.
        places: file and line of each version that was read from a file, by document id and then by
            annotator.
        heat: strict F1 of every two annotators.
        disagreements: the most common ones.
        drift: by annotator.
        left_out: what does not count, and why: documents, or documents in one measure.
        resamples: number of bootstrap samples behind the intervals.
        seed: random seed of the bootstrap.
    """

    annotators: dict[str, int]
    documents: int
    complete: int
    tokens: int
    values: int
    own_tokens: int = 0
    pairs: tuple[PairAgreement, ...]
    across: dict[str, PairSummary]
    across_labels: dict[str, dict[str, PairSummary]]
    across_documents: dict[str, dict[str, PairSummary]]
    coefficients: dict[str, Estimate]
    unitizing: dict[str, Estimate]
    heat: HeatMap
    disagreements: tuple[Disagreement, ...]
    drift: tuple[Drift, ...]
    categories: CategoryAgreement | None = None
    gamma: dict[str, Estimate] = {}
    gamma_cat: dict[str, Estimate] = {}
    gamma_labels: dict[str, Estimate] = {}
    places: dict[str, dict[str, str]] = {}
    left_out: tuple[Problem, ...] = ()
    resamples: int = 0
    seed: int = 0
