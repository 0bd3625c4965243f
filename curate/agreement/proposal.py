"""Models against people: how good the pre-annotation was, and whether it influenced people.

Every comparison reads the proposal first and the result of people's work second; what became of
each proposed span is described in the words of ``curate.annotations.corrections``.

Anchoring bias is measured with a control group: documents that were sent without the proposal. The
proposal is computed for them all the same, and people never see it. If people agree with it more
where they saw it, by more than chance, it anchors them (Fort and Sagot 2010, "Influence of
Pre-Annotation on POS-Tagged Corpus Development", compare such groups).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from curate.agreement import disagreement, spans
from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.calibration import Calibration, calibration
from curate.agreement.drift import drift, last_change
from curate.agreement.values import ConfusionCell, Disagreement, Drift, Estimate, Score, score
from curate.annotations import corrections
from curate.annotations.corrections import ProposalOutcome
from curate.annotations.diff import compare
from curate.errors import InputError
from curate.layers import GOLD, annotator_layer, annotator_of
from curate.model import Annotation, Document, Problem, Record

if TYPE_CHECKING:
    from curate.agreement.inter_annotator import AgreementOptions
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


class Anchoring(Record, frozen=True, kw_only=True):
    """How well the proposal agrees with people who saw it, and with people who did not.

    Args:
        shown: score on the documents that were sent with the proposal.
        hidden: score on the control documents.
        shown_documents: number of documents in the first group.
        hidden_documents: number of documents in the second.
        difference: F1 shown minus F1 hidden; an interval above zero indicates anchoring.
        shown_density: spans per 1,000 code points that people marked where they saw the proposal.
        hidden_density: the same where they did not.
    """

    shown: Score
    hidden: Score
    shown_documents: int
    hidden_documents: int
    difference: Estimate
    shown_density: float | None
    hidden_density: float | None


class ProposalEvaluation(Record, frozen=True, kw_only=True):
    """A layer compared with what people made of it.

    Args:
        layer: name of the layer.
        documents: number of documents that have both and were sent with the proposal.
        score: of the layer, with people as the reference (strict).
        outcome: what became of all spans.
        labels: the same by label.
        sources: the same by the models and rules that contributed to a span (its ``by``).
        confusion: labels of people against labels of the layer.
        commonest: the most common errors; ``first`` is what people say.
        drift: F1 of the layer by period of people's work.
        anchoring: None if there are no control documents.
        calibration: of the scores in the layer, over all documents, with those that were sent
            without it; None if no span has a score.
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
    calibration: Calibration | None = None
    left_out: tuple[Problem, ...] = ()


def evaluate_layer(
    workspace: Workspace, layer: str, people: str, options: AgreementOptions
) -> ProposalEvaluation:
    """Compare a layer of a corpus with what people made of it.

    Args:
        layer: the layer, such as ``proposal``.
        people: ``gold``, or the name of an annotator.
        options: how to compute the intervals, and how many errors to list.

    Raises:
        InputError: no document has the layer, or nothing by these people.
    """
    with workspace.store.begin() as tx:
        documents = {document.id: document for document in tx.documents()}
        layers = {key: tx.annotation(key, layer) for key in documents}
        results = _results(tx, people, documents)
        control = [key for key, assignment in tx.assignments().items() if assignment.control]
    proposals = {key: proposal for key, proposal in layers.items() if proposal is not None}
    if not proposals or not results:
        message = (
            f"{people} has annotated nothing yet" if proposals else f"no document has layer {layer}"
        )
        raise InputError(message, "`curate show DOCUMENT` lists the layers of a document")
    return evaluate_proposal(
        documents,
        proposals,
        results,
        control,
        layer=layer,
        resampler=Resampler(options.resamples, options.seed),
        limit=options.commonest,
    )


def evaluate_proposal(
    documents: Mapping[str, Document],
    proposals: Mapping[str, Annotation],
    people: Mapping[str, Annotation],
    control: Collection[str] = (),
    *,
    layer: str = "proposal",
    resampler: Resampler | None = None,
    limit: int = 20,
) -> ProposalEvaluation:
    """Compare proposals with what people made of them.

    Args:
        documents: by id.
        proposals: by document.
        people: the gold, or one annotator's layer, by document.
        control: ids of the documents that people got without the proposal.
        layer: name of the proposal's layer, for the result.
        resampler: computes the intervals.
        limit: how many of the most common errors to list.
    """
    resampler = resampler or Resampler()
    both = [key for key in people if key in proposals and key in documents]
    shown = [key for key in both if key not in control]
    hidden = [key for key in both if key in control]
    became = [
        correction
        for key in shown
        for correction in corrections.corrections(
            compare(proposals[key], people[key]), proposals[key].spans
        )
    ]
    errors = {key: compare(people[key], proposals[key]) for key in shown}
    dated_counts = (
        (last_change(people[key]), (spans.counts(people[key], proposals[key], spans.strict),))
        for key in shown
    )
    anchoring = None
    if hidden:
        anchoring = _anchoring(documents, shown, hidden, people, proposals, resampler)
    scores = calibration(layer, proposals, people, resampler)
    return ProposalEvaluation(
        layer=layer,
        documents=len(shown),
        score=_score(shown, people, proposals, resampler)[0],
        outcome=corrections.count_outcomes(correction.kind for correction in became),
        labels=corrections.by_label(became),
        sources=corrections.by_proposer(became),
        confusion=disagreement.confusion(errors.values()),
        commonest=disagreement.commonest(documents, errors.items(), limit),
        drift=drift(layer, dated_counts, resampler),
        anchoring=anchoring,
        calibration=scores if scores.spans else None,
        left_out=tuple(_missing(documents, proposals, people)),
    )


def _results(
    tx: Transaction, people: str, documents: Mapping[str, Document]
) -> dict[str, Annotation]:
    """The gold, or the layer of one annotator, by document."""
    if people == GOLD:
        return {
            document.id: revision.annotation
            for document, revision in tx.heads()
            if not revision.deleted
        }
    layer = annotator_layer(annotator_of(people))
    layers = {key: tx.annotation(key, layer) for key in documents}
    return {key: annotation for key, annotation in layers.items() if annotation is not None}


def _missing(
    documents: Mapping[str, Document],
    proposals: Mapping[str, Annotation],
    people: Mapping[str, Annotation],
) -> Iterable[Problem]:
    for key in people:
        if key not in documents or key not in proposals:
            reason = "its text is missing" if key not in documents else "it has no proposal"
            yield Problem(code="agreement.left-out", severity="info", document=key, message=reason)


def _score(
    keys: list[str],
    people: Mapping[str, Annotation],
    proposals: Mapping[str, Annotation],
    resampler: Resampler,
) -> tuple[Score, Figures]:
    """The score of some documents, and the counts of each: matched, people's, proposed."""
    rows = [spans.pooled([spans.counts(people[key], proposals[key], spans.strict)]) for key in keys]
    figures = np.array(rows, dtype=float).reshape(-1, 3)
    matched, first, second = (int(figure) for figure in figures.sum(axis=0))
    return score(matched, first, second, resampler.value(figures, spans.f1, "")), figures


def _anchoring(
    documents: Mapping[str, Document],
    shown: list[str],
    hidden: list[str],
    people: Mapping[str, Annotation],
    proposals: Mapping[str, Annotation],
    resampler: Resampler,
) -> Anchoring:
    shown_score, shown_figures = _score(shown, people, proposals, resampler)
    hidden_score, hidden_figures = _score(hidden, people, proposals, resampler)
    return Anchoring(
        shown=shown_score,
        hidden=hidden_score,
        shown_documents=len(shown),
        hidden_documents=len(hidden),
        difference=_difference(shown_score, hidden_score, shown_figures, hidden_figures, resampler),
        shown_density=_density(documents, shown, people),
        hidden_density=_density(documents, hidden, people),
    )


def _difference(
    shown: Score,
    hidden: Score,
    shown_figures: Figures,
    hidden_figures: Figures,
    resampler: Resampler,
) -> Estimate:
    """F1 of the first group minus F1 of the second; each group is resampled independently."""
    if shown.f1 is None or hidden.f1 is None:
        which = "shown" if shown.f1 is None else "hidden"
        return Estimate(value=None, reason=f"nothing is marked where the proposal was {which}")
    difference = shown.f1 - hidden.f1
    if min(len(shown_figures), len(hidden_figures)) < 2 or not resampler.resamples:
        reason = "no interval: fewer than two documents in a group"
        return Estimate(value=difference, reason=reason)
    # With the same seed, groups of equal size would get the same resamples.
    other = Resampler(resampler.resamples, resampler.seed + 1)
    first, second = (
        np.concatenate([spans.f1(block @ rows) for block in draw.weights(len(rows))])
        for rows, draw in ((shown_figures, resampler), (hidden_figures, other))
    )
    low, high, reason = resampler.interval(first - second)
    return Estimate(value=difference, low=low, high=high, reason=reason)


def _density(
    documents: Mapping[str, Document], keys: list[str], people: Mapping[str, Annotation]
) -> float | None:
    length = sum(len(documents[key].text) for key in keys)
    return 1000 * sum(len(people[key].spans) for key in keys) / length if length else None
