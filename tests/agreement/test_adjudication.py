"""Adjudication of a corpus and of files: decisions that are kept, roles, gold."""

from __future__ import annotations

import json

import pytest
from support.annotated_files import AT
from support.annotated_texts import ORAN, RABAT, annotation, document

from curate.agreement.adjudication import AdjudicationOptions, adjudicate, adjudicate_files
from curate.agreement.decisions import decide
from curate.agreement.evaluation import evaluate_files
from curate.annotations.decisions import FILE
from curate.errors import InputError
from curate.model import Revision, Span
from curate.sync.conflicts import withdraw
from curate.workspace import Workspace

RABAT_ID, ORAN_ID = document(RABAT).id, document(ORAN).id


def of_document(report, key):
    return next(each for each in report.adjudicated if each.annotation.document == key)


def keys(spans):
    return [span.key for span in spans]


def test_decisions_of_people_and_of_runs_are_kept(annotated_corpus):
    first = adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    assert (first.settled, first.open, first.kept) == (2, 1, 0)
    assert first.gold == (ORAN_ID,)
    decide(annotated_corpus, RABAT_ID[:6], 22, 27, "anna")
    with annotated_corpus.store.begin() as tx:
        for name in ("anna", "bela"):
            marks = (("Marie Dupont", "ORG"), ("Rabat", "ORG"))
            tx.put_annotation(annotation(name, RABAT, *marks))
    second = adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    assert (second.settled, second.open, second.kept) == (3, 0, 3)
    with annotated_corpus.store.begin() as tx:
        head = tx.head(RABAT_ID)
        layer = tx.annotation(RABAT_ID, "adjudicated")
    assert keys(head.spans) == [(0, 12, "PER"), (22, 27, "LOC")]
    assert head.spans == layer.spans
    assert (head.number, head.author, head.reason) == (
        1,
        "curator:curator",
        "adjudicated by curator:curator and majority",
    )
    third = adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    assert third.gold == ()
    path = annotated_corpus.annotations / FILE
    assert len(path.read_bytes().splitlines()) == 3
    before = path.read_bytes()
    again = adjudicate(annotated_corpus, AdjudicationOptions(again=True))
    assert again.kept == 1
    assert keys(of_document(again, RABAT_ID).annotation.spans) == [
        (0, 12, "ORG"),
        (22, 27, "LOC"),
    ]
    assert path.read_bytes() != before


def test_roles_come_from_the_settings(annotated_corpus):
    path = annotated_corpus.root / "curate.toml"
    settings = path.read_text("utf-8").replace(
        "[doccano.members]", '[doccano.members]\nanna = "annotator"\nbela = "annotation_approver"'
    )
    path.write_text(settings, encoding="utf-8")
    workspace = Workspace(annotated_corpus.root, now=lambda: AT)
    report = adjudicate(workspace, AdjudicationOptions(strategy="role"))
    assert report.open == 0
    spans = of_document(report, RABAT_ID).annotation.spans
    assert keys(spans) == [(0, 12, "PER"), (22, 27, "ORG")]


@pytest.mark.parametrize(
    "reason", ["pulled from Doccano: 1 kept", "adjudicated in Doccano: 1 added"]
)
def test_gold_that_people_made_is_a_decision_about_the_whole_document(annotated_corpus, reason):
    gold = Revision(
        document=RABAT_ID,
        number=1,
        author="annotator:dora",
        at=AT,
        reason=reason,
        schema=annotated_corpus.schema.id,
        spans=(Span(0, 12, "ORG"),),
    )
    with annotated_corpus.store.begin() as tx:
        tx.add_revision(gold)
    report = adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    decided = of_document(report, RABAT_ID)
    assert (decided.open, decided.annotation.spans) == ((), gold.spans)
    assert {region.how for region in decided.settled} == {"decided"}
    assert (report.open, report.kept) == (0, len(decided.settled))
    assert report.gold == (ORAN_ID,)
    with annotated_corpus.store.begin() as tx:
        assert tx.head(RABAT_ID) == gold


def test_a_withdrawn_document_does_not_become_gold_again(annotated_corpus):
    adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    withdraw(annotated_corpus, ORAN_ID, "not ours")
    report = adjudicate(annotated_corpus, AdjudicationOptions(gold=True))
    assert report.gold == ()
    assert [each.annotation.document for each in report.adjudicated] == [RABAT_ID]
    assert [(p.code, p.document) for p in report.problems] == [("agreement.left-out", ORAN_ID)]


def test_the_result_of_files_is_written_with_its_decisions(annotator_files, tmp_path):
    target = tmp_path / "out" / "settled.jsonl"
    options = AdjudicationOptions(strategy="unanimous")
    report = adjudicate_files(annotator_files[:2], options, output=target)
    assert (report.settled, report.documents, report.open) == (2, 2, 1)
    lines = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert sorted(len(line["spans"]) for line in lines) == [1, 1]
    decisions = tmp_path / "out" / "settled.decisions.jsonl"
    assert len(decisions.read_text("utf-8").splitlines()) == 2
    assert evaluate_files(target, target, format="jsonl").conll.micro.matched == 2


def test_the_weighted_strategy_reports_the_reliability_it_used(annotator_files):
    options = AdjudicationOptions(strategy="weighted", confidence=0.6)
    report = adjudicate_files(annotator_files, options)
    assert set(report.reliability.accuracy) == {"anna", "bela", "carl"}


def test_roles_are_needed_to_adjudicate_by_role(annotator_files):
    with pytest.raises(InputError):
        adjudicate_files(annotator_files, AdjudicationOptions(strategy="role"))
