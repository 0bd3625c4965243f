"""Versions of an article: linked, with the annotations of the previous one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from curate.ingest.importer import IngestReport, ingest
from curate.ingest.versions import (
    VersionIndex,
    carry_over,
    merge_rebased,
    with_earlier_annotations,
)
from curate.model import Annotation, Category, Document, Relation, Span
from curate.preannotate.preannotation import preannotate
from curate.workspace import Workspace

URL = "https://example.org/geneve"
FIRST = "Marco Rubio est arrivé mardi à Genève. Il y verra Ignazio Cassis demain."
SECOND = "Marco Rubio est arrivé hier soir à Genève. Il y verra Viola Amherd demain."


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    Workspace.init(tmp_path / "corpus")
    times = iter(f"2026-01-02T03:04:{second:02}Z" for second in range(60))
    return Workspace(tmp_path / "corpus", now=lambda: next(times))


def ingest_rows(workspace: Workspace, *rows: dict[str, Any], gold: bool = False) -> IngestReport:
    path = workspace.root / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return ingest(workspace, [path], gold=gold)


def marks(text: str, **surfaces: str) -> list[dict[str, Any]]:
    return [
        {"start": text.index(name), "end": text.index(name) + len(name), "label": label}
        for name, label in ((name.replace("_", " "), label) for name, label in surfaces.items())
    ]


def test_a_new_version_names_the_one_before_and_brings_what_holds(workspace):
    spans = marks(FIRST, Marco_Rubio="PER", Genève="LOC", Ignazio_Cassis="PER")
    old = ingest_rows(workspace, {"text": FIRST, "url": URL, "spans": spans}, gold=True).added[0]
    report = ingest_rows(workspace, {"text": SECOND, "url": URL})
    new = report.added[0]
    with workspace.store.begin() as tx:
        document = tx.document(new)
        layer = tx.annotation(new, "rebased:gold")
        assert tx.head(new) is None  # nobody confirmed it on the new text
        assert tx.head(old) is not None
    assert document is not None and layer is not None
    assert document.meta["supersedes"] == old
    assert [(SECOND[s.start : s.end], s.label) for s in layer.spans] == [
        ("Marco Rubio", "PER"),
        ("Genève", "LOC"),
    ]
    by_code = {problem.code: problem for problem in report.problems}
    note = by_code["ingest.superseded"].message
    assert old in note and "2 of 3 spans" in note and "rebased:gold" in note
    assert "'Ignazio Cassis' (PER)" in by_code["rebase.lost"].message
    assert report.refused == 0
    assert report.rejects == ""


def test_versions_follow_one_another_and_none_is_taken_in_twice(workspace):
    rows = [{"text": f"{FIRST} Version {n}.", "url": URL} for n in range(3)]
    first = ingest_rows(workspace, rows[0]).added[0]
    second, third = ingest_rows(workspace, *rows[1:]).added
    assert ingest_rows(workspace, *rows).added == ()
    fourth = ingest_rows(workspace, {"text": SECOND, "url": URL}).added[0]
    with workspace.store.begin() as tx:
        chain = [tx.document(key).meta.get("supersedes") for key in (second, third, fourth)]
    assert chain == [first, second, third]


def test_what_was_rebased_once_is_rebased_again(workspace):
    spans = marks(FIRST, Marco_Rubio="PER")
    ingest_rows(workspace, {"text": FIRST, "url": URL, "spans": spans})
    for number in range(2):
        new = ingest_rows(workspace, {"text": f"{SECOND} ({number})", "url": URL}).added[0]
    with workspace.store.begin() as tx:
        assert tx.layers(new) == ["rebased:in"]
        assert len(tx.annotation(new, "rebased:in").spans) == 1


@pytest.mark.parametrize(
    ("first", "other", "same"),
    [
        ({"url": URL}, {"url": URL, "source": "b"}, True),
        ({"url": URL}, {"url": f"{URL}/2"}, False),
        ({"id": "7", "source": "afp"}, {"id": "7", "source": "afp"}, True),
        ({"id": "7", "source": "afp"}, {"id": "7", "source": "ats"}, False),
        ({"id": "7"}, {"id": "7"}, False),  # the number of a row is no id of an article
        ({}, {}, False),
    ],
)
def test_what_makes_two_documents_versions_of_one_article(workspace, first, other, same):
    ingest_rows(workspace, {"text": FIRST, **first})
    new = ingest_rows(workspace, {"text": SECOND, **other}).added[0]
    with workspace.store.begin() as tx:
        assert ("supersedes" in tx.document(new).meta) == same


def test_the_first_text_of_a_run_is_linked_to_too(workspace):
    first, second = ingest_rows(
        workspace, {"text": FIRST, "url": URL}, {"text": SECOND, "url": URL}
    ).added
    with workspace.store.begin() as tx:
        assert tx.document(second).meta["supersedes"] == first


def test_a_proposal_gives_way_to_what_people_said():
    proposal = Annotation(
        document="d",
        layer="proposal",
        spans=(Span(0, 5, "ORG"), Span(8, 12, "LOC")),
        relations=(Relation((0, 5, "ORG"), (8, 12, "LOC"), "in"),),
        categories=(Category("a"),),
    )
    before = Annotation(document="d", layer="rebased:gold", spans=(Span(2, 7, "PER", by="anna"),))
    merged = merge_rebased(proposal, before)
    assert merged.layer == "proposal"
    assert [span.key for span in merged.spans] == [(2, 7, "PER"), (8, 12, "LOC")]
    assert merged.relations == ()
    assert merged.categories == proposal.categories


def test_the_proposal_of_a_new_version_has_what_people_said(workspace):
    ingest_rows(
        workspace, {"text": FIRST, "url": URL, "spans": marks(FIRST, Genève="LOC")}, gold=True
    )
    new = ingest_rows(workspace, {"text": SECOND, "url": URL}).added[0]
    machine = Annotation(document=new, layer="proposal", spans=(Span(0, 11, "PER"),))
    with workspace.store.begin() as tx:
        merged = with_earlier_annotations(tx, machine)
        assert [SECOND[s.start : s.end] for s in merged.spans] == ["Marco Rubio", "Genève"]
        tx.put_annotation(Annotation(document=new, layer="rebased:anna"))
        assert with_earlier_annotations(tx, machine) == merged  # the gold counts
        model = Annotation(document=new, layer="model:m@1")
        assert with_earlier_annotations(tx, model) is model


def test_pre_annotation_brings_it_to_people(workspace):
    settings = workspace.root / "curate.toml"
    text = re.sub(r"(?m)^models = .*$", "models = []", settings.read_text("utf-8"))
    settings.write_text(text, encoding="utf-8")
    workspace = Workspace(workspace.root)
    spans = marks(FIRST, Marco_Rubio="PER", Genève="LOC")
    ingest_rows(workspace, {"text": FIRST, "url": URL, "spans": spans}, gold=True)
    new = ingest_rows(workspace, {"text": SECOND, "url": URL}).added[0]
    preannotate(workspace)
    with workspace.store.begin() as tx:
        proposal = tx.annotation(new, "proposal")
    assert {"Marco Rubio", "Genève"} <= {SECOND[s.start : s.end] for s in proposal.spans}


def test_a_document_without_addresses_is_no_version(workspace):
    document = Document(id="0" * 16, text="a", meta={"title": "t"})
    with workspace.store.begin() as tx:
        versions = VersionIndex(tx)
        assert versions.link(document) is document
        assert carry_over(tx, document) == ()


def test_a_text_has_the_language_it_is_in(workspace):
    english = "The minister will meet with his counterpart in Geneva on Tuesday evening."
    report = ingest_rows(
        workspace, {"text": FIRST}, {"text": english}, {"text": "OK"}, {"text": "Ja", "lang": "de"}
    )
    with workspace.store.begin() as tx:
        assert [tx.document(key).lang for key in report.added] == ["fr", "en", "fr", "de"]
    (note,) = [problem for problem in report.problems if problem.code == "ingest.language"]
    assert (note.document, note.severity) == (report.added[1], "info")
    assert "is in en " in note.message
