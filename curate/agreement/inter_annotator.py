"""Agreement between annotators: every measure, over the documents that two or more annotated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from curate.agreement import across, disagreement, drift, heat_map, spans, tokens, unitizing
from curate.agreement.annotation_sets import AnnotationSets, stored_annotation_sets
from curate.agreement.bootstrap import Resampler
from curate.agreement.categories import categories_given, category_agreement
from curate.agreement.coefficients import OF_PAIRS, Units, coefficients
from curate.agreement.gamma import Gamma, GammaValues, mean_gamma
from curate.agreement.spans import Counts
from curate.agreement.tokens import Ratings
from curate.agreement.values import Agreement, Drift, Estimate, PairAgreement
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
        bio: whether the first token of a span has another value than the others.
        labels: labels that count as values of tokens even if nobody uses them.
        scale: categories of documents in ascending order.
    """

    resamples: int = 1000
    seed: int = 0
    gamma: bool = False
    period: Length = "week"
    commonest: int = 20
    bio: bool = False
    labels: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()


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
    ratings = Ratings(
        [texts[key] for key in shared],
        by_annotator,
        sets.tokens,
        bio=options.bio,
        labels=options.labels,
    )
    pairs = tuple(_pair(counts, ratings, shared, resampler) for counts in pair_counts)
    lengths = {key: len(texts[key].text) for key in complete}
    continua, overlapping = unitizing.continua(lengths, by_annotator)
    alpha, alpha_by_label = unitizing.alpha(continua, resampler)
    of_all = {**coefficients(ratings, resampler), "unitizing": alpha}
    said = categories_given(sets.annotations)
    by_category, unordered = category_agreement(said, resampler, options.scale)
    gamma = _gamma(shared, by_annotator, resampler, options) if options.gamma else None
    strict_f1 = {(pair.first, pair.second): pair.strict.micro.f1 for pair in pairs}
    return Agreement(
        annotators={name: len(own) for name, own in by_annotator.items()},
        documents=len(shared),
        complete=len(complete),
        tokens=ratings.codes.shape[1],
        values=len(ratings.values),
        own_tokens=sum(key in sets.tokens for key in shared),
        pairs=pairs,
        across=across.across(pairs),
        across_labels=across.f1_across(pairs, lambda scores: scores.labels),
        across_documents=across.f1_across(pairs, lambda scores: scores.documents),
        coefficients={**of_all, **(gamma.means if gamma else {})},
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
        categories=by_category,
        gamma={key: it.gamma for key, it in gamma.documents.items()} if gamma else {},
        gamma_cat={key: it.cat for key, it in gamma.documents.items()} if gamma else {},
        gamma_labels=gamma.labels if gamma else {},
        places={key: own for key, own in sets.places.items() if key in texts},
        left_out=(*sets.problems, *problems, *overlapping, *unordered),
        resamples=options.resamples,
        seed=options.seed,
    )


class _Gamma(NamedTuple):
    documents: dict[str, GammaValues]
    means: dict[str, Estimate]
    labels: dict[str, Estimate]


def _gamma(
    ids: list[str], by_annotator: ByAnnotator, resampler: Resampler, options: AgreementOptions
) -> _Gamma:
    """Gamma, gamma-cat and gamma-k of each document, and their means."""
    documents = Gamma(seed=options.seed).documents(ids, by_annotator)
    labels = sorted({label for values in documents.values() for label in values.labels})
    return _Gamma(
        documents,
        {
            "gamma": mean_gamma({key: it.gamma for key, it in documents.items()}, resampler),
            "gamma_cat": mean_gamma({key: it.cat for key, it in documents.items()}, resampler),
        },
        {
            label: mean_gamma(
                {key: it.labels[label] for key, it in documents.items() if label in it.labels},
                resampler,
            )
            for label in labels
        },
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


def _pair(
    counts: _PairCounts, ratings: Ratings, ids: list[str], resampler: Resampler
) -> PairAgreement:
    names = (counts.first, counts.second)
    rows = [ratings.annotators.index(name) for name in names]
    marked = tokens.marked(ratings.codes[rows])
    units = Units.of_tokens(ratings, resampler)
    of_pair = {
        name + suffix: units.estimate(coefficient, chosen, rows)
        for suffix, chosen in (("", None), ("_marked", marked))
        for name, coefficient in OF_PAIRS.items()
    }
    token_counts = tokens.token_counts(ratings, *names)
    return PairAgreement(
        first=counts.first,
        second=counts.second,
        documents=len(counts.changes),
        strict=spans.scores(counts.counts["strict"], resampler),
        overlap=spans.scores(counts.counts["overlap"], resampler),
        token=spans.scores({ids[at]: own for at, own in token_counts.items()}, resampler),
        cohen=of_pair.pop("cohen"),
        cohen_marked=of_pair.pop("cohen_marked"),
        coefficients=of_pair,
        confusion=disagreement.confusion(counts.changes.values()),
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
