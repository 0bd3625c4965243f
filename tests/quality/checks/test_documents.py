"""Checks of documents: each finds exactly what is wrong."""

from __future__ import annotations

import msgspec
import pytest
from support.checked_corpus import (
    LOC,
    PER,
    SCHEMA,
    TEXT,
    Pair,
    clean,
    codes,
    crowd,
    found,
    pair,
    result_of,
)

from curate.model import Assignment
from curate.quality import CheckContext, check_documents
from curate.util import jsonl


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (pair(text=" \u00a0\n\u200b"), "document.empty"),
        (pair(text=""), "document.empty"),
        (pair(PER, id="0" * 16), "document.digest"),
        (pair(PER, by=""), "document.confirmed"),
    ],
)
def test_a_defect_of_a_document_is_found(bad: Pair, code: str) -> None:
    assert found(check_documents([clean(), bad], SCHEMA)) == [(code, bad[0].id, None)]


def test_a_document_that_is_there_twice_is_found() -> None:
    report = check_documents([clean(), pair(PER), pair(LOC)], SCHEMA)
    assert found(report) == [("document.unique", jsonl.document_id(TEXT), None)]


def test_a_long_stretch_without_a_span_is_found_with_its_place():
    text = TEXT + " mot" * 500
    report = check_documents([pair(PER, LOC, text=text), pair(text=f"{text} fin")], SCHEMA)
    (problem,) = report.problems
    assert problem.code == "document.stretch"
    assert f"from 25 to {len(text)}" in problem.message


def test_a_document_of_another_length_is_found_in_a_corpus_of_some_size():
    odd = pair(PER, LOC, text=f"{TEXT} {'Rien à dire. ' * 3000}")
    report = check_documents([*crowd(60), odd], SCHEMA)
    assert ("document.length", odd[0].id, None) in found(report)
    assert result_of(check_documents([clean(), odd], SCHEMA), "document.length").skipped


def test_the_same_words_under_another_id_are_found():
    one, two = pair(PER, LOC), pair(PER, LOC, text=TEXT.replace(" ,", ",").upper() + " ")
    report = check_documents([one, clean(), two], SCHEMA)
    assert {p.document for p in report.problems if p.code == "document.duplicate"} == {
        one[0].id,
        two[0].id,
    }
    assert two[0].id in next(p for p in report.problems if p.document == one[0].id).message


def test_another_language_is_found():
    (bad,) = crowd(1, lang="de")
    assert found(check_documents([bad], SCHEMA)) == [("document.language", bad[0].id, None)]


def test_the_languages_of_the_corpus_are_not_found():
    (bad, good) = (*crowd(1, lang="de"), *crowd(1, lang="en"))
    context = CheckContext(languages=("fr", "en"))
    for document, wanted in ((bad, {"document.language"}), (good, set())):
        assert codes(check_documents([document], SCHEMA, context=context)) == wanted


def test_process():
    document, revision = pair(PER, LOC)
    old = msgspec.structs.replace(revision, schema="news@0.9.0")
    asked = {document.id: Assignment(document=document.id, annotators=("anna", "bela"))}
    half = {document.id: msgspec.structs.replace(asked[document.id], done={"anna": "2026"})}
    done = {
        document.id: msgspec.structs.replace(asked[document.id], done={"anna": "1", "bela": "2"})
    }
    assert codes(check_documents([(document, old)], SCHEMA)) == {"document.schema"}
    report = check_documents([(document, revision)], SCHEMA, context=CheckContext(assignments=half))
    (problem,) = report.problems
    assert problem.code == "document.annotators" and "1 of 2" in problem.message
    assert not check_documents(
        [(document, revision)], SCHEMA, context=CheckContext(assignments=done)
    ).problems
