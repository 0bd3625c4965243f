"""The whole of agreement: several annotators, their documents, every measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curate.agreement import chance, disagreement, drift, heat_map, spans, tokens, unitizing
from curate.agreement.bootstrap import Resampler
from curate.agreement.spans import Counts
from curate.agreement.tokens import Ratings
from curate.agreement.values import Agreement, Drift, Estimate, PairAgreement, PairSummary
from curate.annotations.diff import Changes
from curate.model import Annotation, Document, Problem
from curate.util.clock import Length

Versions = Mapping[str, Mapping[str, Annotation]]


class AgreementOptions(NamedTuple):
    """What to measure.

    Args:
        resamples: bootstrap samples for the intervals; 0 for no intervals.
        seed: of the bootstrap, and of gamma's random annotations.
        gamma: whether to measure gamma, which takes long.
        period: the length of the periods of the drift.
        commonest: how many disagreements to list.
    """

    resamples: int = 1000
    seed: int = 0
    gamma: bool = False
    period: Length = "week"
    commonest: int = 20


class _PairCounts(NamedTuple):
    first: str
    second: str
    counts: dict[str, dict[str, Counts]]  # by criterion and document
    changes: dict[str, Changes]  # by document


def inter_annotator_agreement(
    documents: Iterable[Document],
    annotations: Mapping[str, Iterable[Annotation]],
    options: AgreementOptions | None = None,
) -> Agreement:
    """Measure what annotators agree on.

    Args:
        documents: the documents; those that fewer than two annotated are left out, and named.
        annotations: by annotator; one for each document that the annotator looked at, also where
            nothing was marked.
        options: what to measure.
    """
    options = options or AgreementOptions()
    texts = {document.id: document for document in documents}
    versions, problems = _versions(texts, annotations)
    known = [key for key in texts if sum(key in v for v in versions.values()) >= 2]
    problems += _alone(texts, versions, set(known))
    resampler = Resampler(options.resamples, options.seed)
    couples = [_couple(one, two, known, versions) for one, two in combinations(versions, 2)]
    ratings = Ratings([texts[key] for key in known], versions)
    pairs = tuple(_pair(couple, ratings, resampler) for couple in couples)
    complete = [key for key in known if all(key in v for v in versions.values())]
    problems += _incomplete(texts, versions, set(known) - set(complete))
    lengths = {key: len(texts[key].text) for key in complete}
    continua, overlaps = unitizing.continua(lengths, versions)
    alpha, by_label = unitizing.alpha(continua, resampler)
    coefficients = {**_coefficients(ratings, resampler), "unitizing": alpha}
    by_document = _gamma(known, versions, options) if options.gamma else {}
    if options.gamma:
        from curate.agreement.gamma import corpus

        coefficients["gamma"] = corpus(by_document, resampler)
    return Agreement(
        annotators={name: len(version) for name, version in versions.items()},
        documents=len(known),
        complete=len(complete),
        tokens=ratings.codes.shape[1],
        pairs=pairs,
        across=_across(pairs),
        coefficients=coefficients,
        unitizing=by_label,
        heat=heat_map.heat_map(
            "strict F1", tuple(versions), {(p.first, p.second): p.strict.micro.f1 for p in pairs}
        ),
        disagreements=disagreement.commonest(
            texts,
            (item for couple in couples for item in couple.changes.items()),
            options.commonest,
        ),
        drift=tuple(_drift(name, versions[name], couples, resampler, options) for name in versions),
        gamma=by_document,
        left_out=(*problems, *overlaps),
        resamples=options.resamples,
        seed=options.seed,
    )


def _versions(
    texts: Mapping[str, Document], annotations: Mapping[str, Iterable[Annotation]]
) -> tuple[dict[str, dict[str, Annotation]], list[Problem]]:
    versions: dict[str, dict[str, Annotation]] = {}
    problems: list[Problem] = []
    for name in sorted(annotations):
        versions[name] = {}
        for annotation in annotations[name]:
            if annotation.document in texts:
                versions[name][annotation.document] = annotation.sorted()
            else:
                problems.append(
                    _left_out(annotation.document, f"{name} has it, its text is missing")
                )
    return versions, problems


def _alone(texts: Mapping[str, Document], versions: Versions, known: set[str]) -> list[Problem]:
    found = []
    for key in texts:
        if key not in known:
            who = [name for name, version in versions.items() if key in version]
            what = f"only {who[0]} annotated it" if who else "nobody annotated it"
            found.append(_left_out(key, what))
    return found


def _incomplete(
    texts: Mapping[str, Document], versions: Versions, partly: set[str]
) -> list[Problem]:
    measures = "left out of Fleiss' kappa and alpha-unitizing, which need all annotators"
    return [
        _left_out(
            key, f"{measures}: {', '.join(n for n, v in versions.items() if key not in v)} not"
        )
        for key in texts
        if key in partly
    ]


def _left_out(document: str, message: str) -> Problem:
    return Problem(code="agreement.left-out", severity="info", document=document, message=message)


def _couple(one: str, two: str, known: list[str], versions: Versions) -> _PairCounts:
    shared = [key for key in known if key in versions[one] and key in versions[two]]
    both = {key: (versions[one][key], versions[two][key]) for key in shared}
    return _PairCounts(
        one,
        two,
        {
            name: {key: spans.counts(*couple, match) for key, couple in both.items()}
            for name, match in spans.CRITERIA.items()
        },
        {key: disagreement.changes(*couple) for key, couple in both.items()},
    )


def _pair(couple: _PairCounts, ratings: Ratings, resampler: Resampler) -> PairAgreement:
    rows = [ratings.annotators.index(name) for name in (couple.first, couple.second)]
    marked = tokens.marked(ratings.codes[rows])
    everywhere = np.ones_like(marked)
    return PairAgreement(
        first=couple.first,
        second=couple.second,
        documents=len(couple.changes),
        strict=spans.scores(couple.counts["strict"], resampler),
        overlap=spans.scores(couple.counts["overlap"], resampler),
        cohen=_measured(chance.cohen, ratings, everywhere, resampler, rows),
        cohen_marked=_measured(chance.cohen, ratings, marked, resampler, rows),
        confusion=disagreement.confusion(couple.changes.values()),
    )


def _coefficients(ratings: Ratings, resampler: Resampler) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    everywhere = np.ones_like(ratings.marked)
    for suffix, chosen in (("", everywhere), ("_marked", ratings.marked)):
        for name in ("fleiss", "krippendorff", "gwet_ac1", "gwet_ac2"):
            found[name + suffix] = _measured(_BY_NAME[name], ratings, chosen, resampler)
    return found


def _ac2(codes: chance.Ints, values: int, document: chance.Ints, documents: int) -> chance.Additive:
    return chance.gwet(codes, values, document, documents, chance.half_for_marked(values))


_BY_NAME = {
    "fleiss": chance.fleiss,
    "krippendorff": chance.krippendorff,
    "gwet_ac1": chance.gwet,
    "gwet_ac2": _ac2,
}


def _measured(
    coefficient: Callable[..., chance.Additive],
    ratings: Ratings,
    chosen: NDArray[np.bool_],
    resampler: Resampler,
    rows: list[int] | None = None,
) -> Estimate:
    codes = ratings.codes if rows is None else ratings.codes[rows]
    raters = len(codes)
    enough = (codes >= 0).sum(axis=0) >= (raters if coefficient in _FULL else 2)
    if raters < 2 or not (chosen & enough).any():
        return Estimate(value=None, reason=chance.NO_UNITS)
    used = chosen & enough
    # Documents without such tokens are no documents of this measure: they are not drawn either.
    held, document = np.unique(ratings.document[used], return_inverse=True)
    found = coefficient(codes[:, used], len(ratings.values), document, len(held))
    return resampler.value(*found, chance.ONE_VALUE)


_FULL = (chance.cohen, chance.fleiss)


def _across(pairs: tuple[PairAgreement, ...]) -> dict[str, PairSummary]:
    figures = {
        "strict": [pair.strict.micro.f1 for pair in pairs],
        "strict_macro": [pair.strict.macro.value for pair in pairs],
        "overlap": [pair.overlap.micro.f1 for pair in pairs],
        "overlap_macro": [pair.overlap.macro.value for pair in pairs],
        "cohen": [pair.cohen.value for pair in pairs],
        "cohen_marked": [pair.cohen_marked.value for pair in pairs],
    }
    return {name: _mean([v for v in found if v is not None]) for name, found in figures.items()}


def _mean(found: list[float]) -> PairSummary:
    reason = {0: "no pair has a value", 1: "no deviation: one pair"}.get(len(found), "")
    return PairSummary(
        mean=float(np.mean(found)) if found else None,
        deviation=float(np.std(found, ddof=1)) if len(found) > 1 else None,
        pairs=len(found),
        reason=reason,
    )


def _drift(
    name: str,
    version: Mapping[str, Annotation],
    couples: list[_PairCounts],
    resampler: Resampler,
    options: AgreementOptions,
) -> Drift:
    own = [couple.counts["strict"] for couple in couples if name in (couple.first, couple.second)]
    documents = sorted({key for counts in own for key in counts})
    return drift.drift(
        name,
        (
            (drift.when(version[key]), tuple(counts[key] for counts in own if key in counts))
            for key in documents
        ),
        resampler,
        options.period,
    )


def _gamma(known: list[str], versions: Versions, options: AgreementOptions) -> dict[str, Estimate]:
    from curate.agreement.gamma import Gamma

    return Gamma(seed=options.seed).documents(known, versions)
