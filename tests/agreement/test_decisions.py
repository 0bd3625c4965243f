"""Decisions by hand, and the file that keeps decisions."""

from __future__ import annotations

import json

import pytest
from support.annotated_files import AT
from support.annotated_texts import RABAT, document

from curate.agreement.decisions import decide
from curate.annotations.decisions import FILE, Decision, DecisionFile
from curate.errors import InputError


def decision(start, end, how="majority", key="d"):
    return Decision(document=key, start=start, end=end, how=how, by="curator", at=AT)


def test_a_decision_takes_what_one_annotator_has(annotated_corpus):
    key = document(RABAT).id
    taken = decide(annotated_corpus, key[:6], 22, 27, "anna")
    assert (taken.document, taken.how, taken.by) == (key, "person", "curator:curator")
    assert [span.key for span in taken.spans] == [(22, 27, "LOC")]
    assert DecisionFile(annotated_corpus.annotations / FILE).of(key) == {(22, 27): taken.spans}


def test_none_decides_that_there_is_no_span(annotated_corpus):
    assert decide(annotated_corpus, document(RABAT).id, 22, 27, "none").spans == ()


@pytest.mark.parametrize(("end", "name"), [(5, "anna"), (12, "zoe")])
def test_a_region_that_cuts_a_span_and_an_unknown_annotator_are_refused(
    annotated_corpus, end, name
):
    with pytest.raises(InputError):
        decide(annotated_corpus, document(RABAT).id, 0, end, name)
    assert not (annotated_corpus.annotations / FILE).exists()


def test_a_new_decision_replaces_those_that_it_overlaps(tmp_path):
    decisions = DecisionFile(tmp_path / "decisions.jsonl")
    decisions.add([decision(0, 4), decision(4, 9), decision(20, 24)])
    decisions.add([decision(2, 6)])
    assert list(decisions.of("d")) == [(20, 24), (2, 6)]


def test_only_decisions_of_strategies_are_discarded(tmp_path):
    decisions = DecisionFile(tmp_path / "decisions.jsonl")
    decisions.add([decision(0, 4), decision(6, 9, how="person")])
    decisions.discard_strategies()
    assert list(decisions.of("d")) == [(6, 9)]


def test_the_file_is_sorted_and_read_back(tmp_path):
    path = tmp_path / "decisions.jsonl"
    decisions = DecisionFile(path)
    assert not decisions.save()
    assert not path.exists()
    decisions.add([decision(6, 9, key="b"), decision(0, 4, key="b"), decision(0, 2, key="a")])
    assert decisions.save()
    assert not DecisionFile(path).save()
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["document"], line["start"]) for line in lines] == [("a", 0), ("b", 0), ("b", 6)]
    assert list(DecisionFile(path).of("b")) == [(0, 4), (6, 9)]


def test_decisions_without_a_file_are_not_saved():
    decisions = DecisionFile(None)
    decisions.add([decision(0, 4)])
    assert not decisions.save()
