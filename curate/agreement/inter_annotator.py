"""Agreement between annotators: every measure, over the documents that two or more annotated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.agreement import chance, disagreement, drift, heat_map, spans, tokens, unitizing
from curate.agreement.annotation_sets import AnnotationSets, stored_annotation_sets
from curate.agreement.bootstrap import Resampler
from curate.agreement.spans import Counts
from curate.agreement.tokens import Ratings
from curate.agreement.values import Agreement, Drift, Estimate, PairAgreement, PairSummary
from curate.annotations.diff import Changes, compare
from curate.errors import InputError
from curate.model import Annotation, Document, Problem
from curate.text.language_codes import check_code
from curate.util.clock import Length

if TYPE_CHECKING:
    from curate.workspace import Workspace

ByAnnotator = Mapping[str, Mapping[str, Annotation]]
"""Annotations by annotator, then by document."""


class AgreementOptions(NamedTuple):
    """What to measure.

    Args:
        resamples: number of bootstrap samples for the intervals; 0 for no intervals.
        seed: random seed of the bootstrap, and of gamma's random annotations.
        gamma: whether to compute gamma, which takes seconds per document.
        period: the length of the periods of the drift.
        commonest: how many disagreements to list.
    """

    resamples: int = 1000
    seed: int = 0
    gamma: bool = False
    period: Length = "week"
    commonest: int = 20


class _PairCounts(NamedTuple):
    """Two annotators, and how their versions of each document compare."""

    first: str
    second: str
    counts: dict[str, dict[str, Counts]]  # by matching criterion, then by document
    changes: dict[str, Changes]  # by document


def agreement(
    workspace: Workspace, options: AgreementOptions | None = None, language: str = ""
) -> Agreement:
    """Measure how well the annotators of this corpus agree, on what they have confirmed.

    Args:
        workspace: the corpus.
        options: what to measure.
        language: only documents in this language; all by default.

    Raises:
        InputError: fewer than two annotators have confirmed anything.
        ConfigError: the language is no code.
    """
    if language:
        check_code(language, "--language")
    return inter_annotator_agreement(stored_annotation_sets(workspace.store, language), options)


def inter_annotator_agreement(
    sets: AnnotationSets, options: AgreementOptions | None = None
) -> Agreement:
    """Measure how well annotators agree.

    Args:
        sets: what they say; documents that fewer than two annotated are left out and reported.
        options: what to measure.

    Raises:
        InputError: there are fewer than two annotators.
    """
    if len(sets.annotations) < 2:
        names = ", ".join(sets.annotations) or "nobody"
        raise InputError(
            f"agreement needs two annotators, and there is {names}",
            "give a file for each, or let two people annotate the same documents",
        )
    options = options or AgreementOptions()
    resampler = Resampler(options.resamples, options.seed)
    texts = {document.id: document for document in sets.documents}
    by_annotator, problems = _by_annotator(texts, sets.annotations)
    shared = [key for key in texts if sum(key in own for own in by_annotator.values()) >= 2]
    complete = [key for key in shared if all(key in own for own in by_annotator.values())]
    problems += _single(texts, by_annotator, set(shared))
    problems += _incomplete(shared, by_annotator, set(complete))
    pair_counts = [
        _pair_counts(first, second, shared, by_annotator)
        for first, second in combinations(by_annotator, 2)
    ]
    ratings = Ratings([texts[key] for key in shared], by_annotator)
    pairs = tuple(_pair(counts, ratings, resampler) for counts in pair_counts)
    lengths = {key: len(texts[key].text) for key in complete}
    continua, overlapping = unitizing.continua(lengths, by_annotator)
    alpha, alpha_by_label = unitizing.alpha(continua, resampler)
    coefficients = {**_coefficients(ratings, resampler), "unitizing": alpha}
    gamma_by_document: dict[str, Estimate] = {}
    if options.gamma:
        from curate.agreement.gamma import Gamma, mean_gamma

        gamma_by_document = Gamma(seed=options.seed).documents(shared, by_annotator)
        coefficients["gamma"] = mean_gamma(gamma_by_document, resampler)
    strict_f1 = {(pair.first, pair.second): pair.strict.micro.f1 for pair in pairs}
    return Agreement(
        annotators={name: len(own) for name, own in by_annotator.items()},
        documents=len(shared),
        complete=len(complete),
        tokens=ratings.codes.shape[1],
        pairs=pairs,
        across=_across(pairs),
        coefficients=coefficients,
        unitizing=alpha_by_label,
        heat=heat_map.heat_map("strict F1", tuple(by_annotator), strict_f1),
        disagreements=disagreement.commonest(
            texts,
            (item for counts in pair_counts for item in counts.changes.items()),
            options.commonest,
        ),
        drift=tuple(
            _drift(name, own, pair_counts, resampler, options) for name, own in by_annotator.items()
        ),
        gamma=gamma_by_document,
        left_out=(*sets.problems, *problems, *overlapping),
        resamples=options.resamples,
        seed=options.seed,
    )


def _by_annotator(
    texts: Mapping[str, Document], annotations: Mapping[str, Iterable[Annotation]]
) -> tuple[dict[str, dict[str, Annotation]], list[Problem]]:
    by_annotator: dict[str, dict[str, Annotation]] = {}
    problems: list[Problem] = []
    for name in sorted(annotations):
        by_annotator[name] = {}
        for annotation in annotations[name]:
            if annotation.categories_only:
                message = f"{name} gave only categories, which says nothing about spans"
                problems.append(_left_out(annotation.document, message))
            elif annotation.document in texts:
                by_annotator[name][annotation.document] = annotation.sorted()
            else:
                message = f"{name} annotated it, but its text is missing"
                problems.append(_left_out(annotation.document, message))
    return by_annotator, problems


def _single(
    texts: Mapping[str, Document], by_annotator: ByAnnotator, shared: set[str]
) -> list[Problem]:
    problems = []
    for key in texts:
        if key not in shared:
            names = [name for name, own in by_annotator.items() if key in own]
            message = f"only {names[0]} annotated it" if names else "nobody annotated it"
            problems.append(_left_out(key, message))
    return problems


def _incomplete(shared: list[str], by_annotator: ByAnnotator, complete: set[str]) -> list[Problem]:
    measures = "left out of Fleiss' kappa and alpha-unitizing, which need all annotators"
    problems = []
    for key in shared:
        if key not in complete:
            missing = ", ".join(name for name, own in by_annotator.items() if key not in own)
            problems.append(_left_out(key, f"{measures}; not annotated by {missing}"))
    return problems


def _left_out(document: str, message: str) -> Problem:
    return Problem(code="agreement.left-out", severity="info", document=document, message=message)


def _pair_counts(
    first: str, second: str, shared: list[str], by_annotator: ByAnnotator
) -> _PairCounts:
    both = {
        key: (by_annotator[first][key], by_annotator[second][key])
        for key in shared
        if key in by_annotator[first] and key in by_annotator[second]
    }
    return _PairCounts(
        first,
        second,
        {
            criterion: {key: spans.counts(*versions, match) for key, versions in both.items()}
            for criterion, match in spans.CRITERIA.items()
        },
        {key: compare(*versions) for key, versions in both.items()},
    )


def _pair(counts: _PairCounts, ratings: Ratings, resampler: Resampler) -> PairAgreement:
    rows = [ratings.annotators.index(name) for name in (counts.first, counts.second)]
    marked = tokens.marked(ratings.codes[rows])
    everywhere = np.ones_like(marked)
    return PairAgreement(
        first=counts.first,
        second=counts.second,
        documents=len(counts.changes),
        strict=spans.scores(counts.counts["strict"], resampler),
        overlap=spans.scores(counts.counts["overlap"], resampler),
        cohen=_coefficient(chance.cohen, ratings, everywhere, resampler, rows),
        cohen_marked=_coefficient(chance.cohen, ratings, marked, resampler, rows),
        confusion=disagreement.confusion(counts.changes.values()),
    )


def _ac2(codes: chance.Ints, values: int, document: chance.Ints, documents: int) -> chance.Additive:
    return chance.gwet(codes, values, document, documents, chance.half_for_marked(values))


_COEFFICIENTS = {
    "fleiss": chance.fleiss,
    "krippendorff": chance.krippendorff,
    "gwet_ac1": chance.gwet,
    "gwet_ac2": _ac2,
}
_NEED_ALL_RATERS = (chance.cohen, chance.fleiss)


def _coefficients(ratings: Ratings, resampler: Resampler) -> dict[str, Estimate]:
    estimates: dict[str, Estimate] = {}
    everywhere = np.ones_like(ratings.marked)
    for suffix, chosen in (("", everywhere), ("_marked", ratings.marked)):
        for name, coefficient in _COEFFICIENTS.items():
            estimates[name + suffix] = _coefficient(coefficient, ratings, chosen, resampler)
    return estimates


def _coefficient(
    coefficient: Callable[..., chance.Additive],
    ratings: Ratings,
    chosen: NDArray[np.bool_],
    resampler: Resampler,
    rows: list[int] | None = None,
) -> Estimate:
    """A coefficient over some of the tokens.

    Args:
        coefficient: a function of ``curate.agreement.chance``.
        ratings: what the annotators say about each token.
        chosen: which tokens count.
        resampler: computes the interval.
        rows: the annotators that count; all of them by default.
    """
    codes = ratings.codes if rows is None else ratings.codes[rows]
    raters = len(codes)
    least = raters if coefficient in _NEED_ALL_RATERS else 2
    used = chosen & ((codes >= 0).sum(axis=0) >= least)
    if raters < 2 or not used.any():
        return Estimate(value=None, reason=chance.NO_UNITS)
    # Documents without such tokens do not count for this measure, so they are not resampled.
    present, document = np.unique(ratings.document[used], return_inverse=True)
    figures = coefficient(codes[:, used], len(ratings.values), document, len(present))
    return resampler.value(*figures, chance.ONE_VALUE)


def _across(pairs: tuple[PairAgreement, ...]) -> dict[str, PairSummary]:
    values = {
        "strict": [pair.strict.micro.f1 for pair in pairs],
        "strict_macro": [pair.strict.macro.value for pair in pairs],
        "overlap": [pair.overlap.micro.f1 for pair in pairs],
        "overlap_macro": [pair.overlap.macro.value for pair in pairs],
        "cohen": [pair.cohen.value for pair in pairs],
        "cohen_marked": [pair.cohen_marked.value for pair in pairs],
    }
    return {
        measure: _summary([value for value in own if value is not None])
        for measure, own in values.items()
    }


def _summary(values: list[float]) -> PairSummary:
    reasons = {0: "no pair has a value", 1: "no deviation: one pair"}
    return PairSummary(
        mean=float(np.mean(values)) if values else None,
        deviation=float(np.std(values, ddof=1)) if len(values) > 1 else None,
        pairs=len(values),
        reason=reasons.get(len(values), ""),
    )


def _drift(
    annotator: str,
    annotations: Mapping[str, Annotation],
    pair_counts: list[_PairCounts],
    resampler: Resampler,
    options: AgreementOptions,
) -> Drift:
    """How the annotator's agreement with all others moves over time."""
    own = [
        counts.counts["strict"]
        for counts in pair_counts
        if annotator in (counts.first, counts.second)
    ]
    documents = sorted({key for counts in own for key in counts})
    dated = (
        (
            drift.last_change(annotations[key]),
            tuple(counts[key] for counts in own if key in counts),
        )
        for key in documents
    )
    return drift.drift(annotator, dated, resampler, options.period)
