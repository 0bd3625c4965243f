"""Proposals against people: what was kept, drift, anchoring."""

from __future__ import annotations

import pytest
from support.annotated_files import AT
from support.annotated_texts import ORAN, RABAT, annotation, document, proposal
from support.weekly_annotations import weekly

from curate.agreement import AgreementOptions, Resampler, evaluate_proposal
from curate.agreement.proposal import evaluate_layer
from curate.errors import InputError
from curate.model import Annotation, Assignment, Span

PLAIN = AgreementOptions(resamples=0)


def test_kept_corrected_rejected_and_missed_spans_are_counted():
    rabat = document(RABAT)
    gold = annotation("x", RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC"), ("Ali", "PER"))
    layer = proposal(RABAT, ("Marie Dupont", "PER"), ("Rabat", "ORG"), ("arrive", "PER"))
    result = evaluate_proposal(
        {rabat.id: rabat}, {rabat.id: layer}, {rabat.id: gold}, resampler=Resampler(0)
    )
    outcome = result.outcome
    assert (outcome.accepted, outcome.relabelled, outcome.rejected, outcome.missed) == (1, 1, 1, 1)
    assert outcome.proposed == 3
    assert (result.score.precision, result.score.recall) == (1 / 3, 1 / 3)
    assert result.labels["ORG"].relabelled == result.labels["PER"].accepted == 1
    assert result.labels["PER"].missed == 1
    assert result.sources["model:m@1"].proposed == 3
    assert {(c.first, c.second): c.count for c in result.confusion} == {
        ("PER", "PER"): 1,
        ("LOC", "ORG"): 1,
        ("PER", ""): 1,
        ("", "PER"): 1,
    }
    assert result.anchoring is None


def test_the_drift_of_a_proposal_is_by_the_weeks_in_which_people_worked():
    texts, versions = weekly([4, 3, 2, 1])
    documents = {document(text).id: document(text) for text in texts}
    people = {a.document: a for a in versions["anna"]}
    proposals = {a.document: a for a in versions["bela"]}
    drift = evaluate_proposal(documents, proposals, people, resampler=Resampler(0)).drift
    assert [p.score.f1 for p in drift.periods] == pytest.approx([1, 6 / 7, 4 / 6, 2 / 5])
    assert drift.slope.value < 0


def anchoring(shown_share, hidden_share, count=30):
    """Anchoring on documents with a wrong proposal, which people keep in these shares of them."""
    documents, proposals, people, control = {}, {}, {}, []
    for n in range(2 * count):
        text = f"Dépêche {n} : Ali est à Oran."
        key = document(text).id
        is_hidden = n >= count
        is_kept = (n % count) / count < (hidden_share if is_hidden else shown_share)
        documents[key] = document(text)
        proposals[key] = proposal(text, ("Oran", "ORG"), ("Ali", "PER"))
        people[key] = annotation("x", text, ("Oran", "ORG" if is_kept else "LOC"), ("Ali", "PER"))
        control += [key] if is_hidden else []
    return evaluate_proposal(
        documents, proposals, people, control, resampler=Resampler(500)
    ).anchoring


def test_anchoring_is_the_difference_that_seeing_the_proposal_makes():
    result = anchoring(0.8, 0.2)
    assert (result.shown.f1, result.hidden.f1) == (pytest.approx(0.9), pytest.approx(0.6))
    assert result.difference.value == pytest.approx(0.3)
    assert 0 < result.difference.low < 0.3 < result.difference.high
    assert (result.shown_documents, result.hidden_documents) == (30, 30)
    assert result.shown_density == pytest.approx(result.hidden_density, rel=0.05)


def test_without_anchoring_the_interval_contains_zero():
    difference = anchoring(0.5, 0.5).difference
    assert difference.low < 0 < difference.high


def test_documents_without_a_proposal_are_left_out_and_reported():
    rabat, oran = document(RABAT), document(ORAN)
    gold = {one.id: annotation("x", one.text) for one in (rabat, oran)}
    result = evaluate_proposal(
        {rabat.id: rabat, oran.id: oran},
        {rabat.id: proposal(RABAT)},
        gold,
        resampler=Resampler(0),
    )
    assert result.documents == 1
    assert [(p.code, p.document) for p in result.left_out] == [("agreement.left-out", oran.id)]
    assert result.score.f1 is None


def test_a_layer_of_a_corpus_against_an_annotator_with_a_control_document(annotated_corpus):
    rabat, oran = document(RABAT).id, document(ORAN).id
    with annotated_corpus.store.begin() as tx:
        for key in (rabat, oran):
            spans = (Span(0, 12, "PER"),)
            tx.put_annotation(Annotation(document=key, layer="proposal", spans=spans))
        tx.put_assignment(
            Assignment(document=oran, annotators=("anna",), control=True, done={"anna": AT})
        )
    result = evaluate_layer(annotated_corpus, "proposal", "anna", PLAIN)
    assert result.documents == 1
    assert (result.outcome.accepted, result.outcome.missed) == (1, 1)
    assert result.anchoring.hidden_documents == 1
    assert result.anchoring.hidden.f1 == 0


@pytest.mark.parametrize(("layer", "people"), [("adjudicated", "anna"), ("annotator:anna", "gold")])
def test_a_missing_layer_and_people_without_work_are_refused(annotated_corpus, layer, people):
    with pytest.raises(InputError):
        evaluate_layer(annotated_corpus, layer, people, PLAIN)
