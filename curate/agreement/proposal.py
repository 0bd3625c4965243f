"""People against a model: what pre-annotation got right, and whether it pulls people along.

Every comparison reads the proposal first and what people made of it second; what became of each
span is told in the words of ``curate.annotations.corrections``.

Anchoring bias is measured with a control: documents that were sent without the proposal. The
proposal is made for them all the same and people never see it. If they agree with it more where
they saw it, by more than chance, it anchors them (Fort and Sagot 2010, "Influence of
Pre-Annotation on POS-Tagged Corpus Development", compare such groups).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np

from curate.agreement import disagreement, spans
from curate.agreement import drift as over_time
from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.values import ConfusionCell, Disagreement, Drift, Estimate, Score, score
from curate.annotations import corrections
from curate.annotations.corrections import Correction, ProposalOutcome
from curate.layers import PROPOSAL
from curate.model import Annotation, Document, Problem, Record


class Anchoring(Record, frozen=True, kw_only=True):
    """The proposal's agreement with people where they saw it, and where they did not.

    Args:
        shown: score on the documents that were sent with it.
        hidden: score on the control documents.
        shown_documents: how many there are.
        hidden_documents: how many there are.
        difference: F1 shown less F1 hidden; an interval above zero speaks for anchoring.
        shown_density: spans per 1,000 characters that people marked where they saw it.
        hidden_density: and where they did not.
    """

    shown: Score
    hidden: Score
    shown_documents: int
    hidden_documents: int
    difference: Estimate
    shown_density: float | None
    hidden_density: float | None


class ProposalEvaluation(Record, frozen=True, kw_only=True):
    """What a layer proposed, against what people made of it.

    Args:
        layer: name of the layer.
        documents: documents that have both and were sent with the proposal.
        score: of the proposal, with people as the reference (strict).
        outcome: of all spans.
        labels: by label.
        sources: by who had a part in proposing the span, where spans say (``by``).
        confusion: labels of people against labels of the proposal.
        commonest: what it got wrong most, people first.
        drift: F1 of the proposal by period of people's work.
        anchoring: None where no document was kept as a control.
        left_out: documents that do not count, and why.
    """

    layer: str
    documents: int
    score: Score
    outcome: ProposalOutcome
    labels: dict[str, ProposalOutcome]
    sources: dict[str, ProposalOutcome]
    confusion: tuple[ConfusionCell, ...]
    commonest: tuple[Disagreement, ...]
    drift: Drift
    anchoring: Anchoring | None = None
    left_out: tuple[Problem, ...] = ()


def evaluate_proposal(
    documents: Mapping[str, Document],
    proposals: Mapping[str, Annotation],
    people: Mapping[str, Annotation],
    control: Collection[str] = (),
    *,
    layer: str = PROPOSAL,
    resampler: Resampler | None = None,
    limit: int = 20,
) -> ProposalEvaluation:
    """Hold a layer against what people made of it.

    Args:
        documents: by id.
        proposals: by document.
        people: the gold, or one annotator's layer, by document.
        control: ids of the documents that people got without the proposal.
        layer: name of the proposal's layer, for the report.
        resampler: makes the intervals.
        limit: how many of the commonest errors to list.
    """
    draw = resampler or Resampler()
    shared = [key for key in people if key in proposals and key in documents]
    shown = [key for key in shared if key not in control]
    hidden = [key for key in shared if key in control]
    became = [fate for key in shown for fate in _fates(proposals[key], people[key])]
    reverse = {key: disagreement.changes(people[key], proposals[key]) for key in shown}
    return ProposalEvaluation(
        layer=layer,
        documents=len(shown),
        score=_score(shown, people, proposals, draw)[0],
        outcome=corrections.count_outcomes(fate.kind for fate in became),
        labels=corrections.by_label(became),
        sources=corrections.by_proposer(became),
        confusion=disagreement.confusion(reverse.values()),
        commonest=disagreement.commonest(documents, reverse.items(), limit),
        drift=_drift(layer, shown, people, proposals, draw),
        anchoring=_anchoring(documents, shown, hidden, people, proposals, draw) if hidden else None,
        left_out=tuple(_missing(documents, proposals, people)),
    )


def _fates(proposal: Annotation, made: Annotation) -> Iterator[Correction]:
    return corrections.corrections(disagreement.changes(proposal, made), proposal.spans)


def _missing(
    documents: Mapping[str, Document],
    proposals: Mapping[str, Annotation],
    people: Mapping[str, Annotation],
) -> Iterable[Problem]:
    for key in people:
        if key not in documents or key not in proposals:
            what = "its text is missing" if key not in documents else "it has no proposal"
            yield Problem(code="agreement.left-out", severity="info", document=key, message=what)


def _score(
    keys: list[str],
    people: Mapping[str, Annotation],
    proposals: Mapping[str, Annotation],
    resampler: Resampler,
) -> tuple[Score, Figures]:
    rows = [spans.pooled([spans.counts(people[key], proposals[key], spans.strict)]) for key in keys]
    figures = np.array(rows, dtype=float).reshape(-1, 3)
    matched, first, second = (int(figure) for figure in figures.sum(axis=0))
    return score(matched, first, second, resampler.value(figures, spans.f1, "")), figures


def _drift(
    layer: str,
    keys: list[str],
    people: Mapping[str, Annotation],
    proposals: Mapping[str, Annotation],
    resampler: Resampler,
) -> Drift:
    counted = (
        (
            over_time.when(people[key]),
            (spans.counts(people[key], proposals[key], spans.strict),),
        )
        for key in keys
    )
    return over_time.drift(layer, counted, resampler)


def _anchoring(
    documents: Mapping[str, Document],
    shown: list[str],
    hidden: list[str],
    people: Mapping[str, Annotation],
    proposals: Mapping[str, Annotation],
    resampler: Resampler,
) -> Anchoring:
    with_it, first = _score(shown, people, proposals, resampler)
    without, second = _score(hidden, people, proposals, resampler)
    return Anchoring(
        shown=with_it,
        hidden=without,
        shown_documents=len(shown),
        hidden_documents=len(hidden),
        difference=_difference(with_it, without, first, second, resampler),
        shown_density=_density(documents, shown, people),
        hidden_density=_density(documents, hidden, people),
    )


def _difference(
    with_it: Score,
    without: Score,
    first: Figures,
    second: Figures,
    resampler: Resampler,
) -> Estimate:
    """F1 of the one group less F1 of the other; each group is resampled by itself."""
    if with_it.f1 is None or without.f1 is None:
        which = "shown" if with_it.f1 is None else "hidden"
        return Estimate(value=None, reason=f"nothing is marked where the proposal was {which}")
    found = with_it.f1 - without.f1
    if min(len(first), len(second)) < 2 or not resampler.resamples:
        return Estimate(value=found, reason="no interval: fewer than two documents in a group")
    other = Resampler(resampler.resamples, resampler.seed + 1)  # or equal groups would move alike
    samples = [
        np.concatenate([spans.f1(block @ rows) for block in draw.weights(len(rows))])
        for rows, draw in ((first, resampler), (second, other))
    ]
    low, high, reason = resampler.interval(samples[0] - samples[1])
    return Estimate(value=found, low=low, high=high, reason=reason)


def _density(
    documents: Mapping[str, Document], keys: list[str], people: Mapping[str, Annotation]
) -> float | None:
    length = sum(len(documents[key].text) for key in keys)
    return 1000 * sum(len(people[key].spans) for key in keys) / length if length else None
