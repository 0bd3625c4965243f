"""Sources into a workspace: layers, gold, provenance and rejects."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curate import __version__
from curate.formats.reading import AnnotationBuilder, ReadDocument, ReadOptions
from curate.formats.to_document import NormalisedDocument, to_document
from curate.ingest.importer import IngestReport, ingest
from curate.model import Problem
from curate.workspace import Workspace

NOW = "2026-01-02T03:04:05Z"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    Workspace.init(tmp_path / "corpus")
    return Workspace(tmp_path / "corpus", now=lambda: NOW)


def write(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def ingest_files(
    workspace: Workspace, *paths: Path, gold: bool | None = None, **options: Any
) -> IngestReport:
    return ingest(workspace, list(paths), options=ReadOptions(**options), gold=gold)


def rejects(workspace: Workspace) -> list[dict[str, Any]]:
    path = workspace.root / ".curate" / "rejects.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


ROW = {"text": "Anna dort", "label": [[0, 4, "PER"]]}


def test_a_document_keeps_where_it_came_from(workspace, tmp_path):
    path = write(workspace.root / "in.jsonl", {"text": "Un"}, {"text": "Deux\r\nlignes"})
    report = ingest_files(workspace, path)
    with workspace.store.begin() as tx:
        document = tx.document(report.added[1])
    assert document is not None
    assert document.meta == {
        "file": "in.jsonl",
        "row": "2",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "ingested": NOW,
        "curate": __version__,
        "normalised": "newlines",
        "edits": '[[4,"\\r\\n","\\n"]]',
    }
    assert document.lang == "fr"  # that of the corpus


def test_annotated_formats_bring_gold_and_taking_them_in_again_changes_nothing(workspace, tmp_path):
    path = write(tmp_path / "in.jsonl", ROW, {"text": "Rien", "label": []})
    report = ingest_files(workspace, path)
    assert (len(report.added), report.gold, report.layers) == (2, 1, {"gold": 1})
    with workspace.store.begin() as tx:
        ((document, revision),) = tx.heads()
    assert (document.text, revision.number, revision.at) == ("Anna dort", 1, NOW)
    assert (revision.author, revision.schema) == ("import:in.jsonl", workspace.schema.id)
    assert [(s.key, s.by) for s in revision.spans] == [((0, 4, "PER"), "import:in.jsonl")]
    assert revision.confirmed_by == ""
    saved = list((workspace.root / "annotations" / "gold").glob("*.jsonl"))
    assert len(saved) == 1
    again = ingest_files(workspace, path)
    assert (len(again.known), again.gold, again.layers, again.problems) == (2, 0, {}, ())
    with workspace.store.begin() as tx:
        assert len(tx.revisions(document.id)) == 1
        assert tx.layers(document.id) == []


def test_gold_that_is_there_stays_and_other_gold_becomes_a_layer(workspace, tmp_path):
    ingest_files(workspace, write(tmp_path / "a.jsonl", ROW))
    report = ingest_files(workspace, write(tmp_path / "b.jsonl", {**ROW, "label": [[0, 4, "LOC"]]}))
    (problem,) = report.problems
    assert (problem.code, problem.severity) == ("ingest.gold", "warning")
    (document,) = report.known
    with workspace.store.begin() as tx:
        head, layer = tx.head(document), tx.annotation(document, "annotator:b")
    assert head is not None
    assert layer is not None
    assert [span.label for span in head.spans] == ["PER"]
    assert [(span.label, span.by) for span in layer.spans] == [("LOC", "annotator:b")]


def test_gold_can_be_asked_for_and_declined(workspace, tmp_path):
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    plain = write(tmp_path / "plain.jsonl", {"text": "Anna rit", "spans": spans})
    assert ingest_files(workspace, plain).layers == {"annotator:plain": 1}
    assert ingest_files(workspace, plain, gold=True).gold == 1
    declined = ingest_files(workspace, write(tmp_path / "in.jsonl", ROW), gold=False)
    assert (declined.gold, declined.layers) == (0, {"annotator:in": 1})


def test_annotators_are_layers_and_a_text_that_comes_twice_keeps_both(workspace, tmp_path):
    def row(*builder: tuple[int, int, int]) -> dict[str, Any]:
        annotations = [
            {"label": "PER", "start_offset": start, "end_offset": end, "user": user}
            for start, end, user in builder
        ]
        return {"text": "Anna et Otto", "annotations": annotations}

    path = write(tmp_path / "in.jsonl", row((0, 4, 1), (0, 4, 2)), row((8, 12, 1)))
    report = ingest_files(workspace, path)
    assert (len(report.added), len(report.known), report.gold) == (1, 1, 0)
    assert report.layers == {"annotator:1": 2, "annotator:2": 1}
    with workspace.store.begin() as tx:
        first = tx.annotation(report.added[0], "annotator:1")
    assert first is not None
    assert [span.key for span in first.spans] == [(0, 4, "PER"), (8, 12, "PER")]
    assert [problem.code for problem in report.problems] == ["ingest.united"]
    again = ingest_files(workspace, write(path, row((0, 4, 1), (0, 4, 2))))
    assert [problem.code for problem in again.problems] == ["ingest.replaced"]


def test_versions_without_an_author_are_those_of_different_people(workspace, tmp_path):
    rows = [{"text": "Anna et Otto", "label": [[0, end, "PER"]]} for end in (4, 7, 12, 4)]
    (tmp_path / "other").mkdir()
    paths = [write(tmp_path / "in.jsonl", *rows), write(tmp_path / "other" / "in.jsonl", rows[1])]
    report = ingest_files(workspace, *paths)
    (document,) = report.added
    with workspace.store.begin() as tx:
        head, names = tx.head(document), tx.layers(document)
        layers = [tx.annotation(document, name) for name in names]
    assert head is not None and [span.key[:2] for span in head.spans] == [(0, 4)]
    assert names == ["annotator:in-2", "annotator:in-3", "annotator:in-5"]
    ends = [layer.spans[0].end for layer in layers if layer is not None]
    assert ends == [7, 12, 7]
    assert [problem.code for problem in report.problems] == ["ingest.gold"] * 3
    declined = ingest_files(workspace, paths[0], gold=False)
    assert declined.layers == {f"annotator:in{end}": 1 for end in ("", "-2", "-3", "-4")}


def test_what_is_refused_or_lost_is_kept_with_its_text(workspace, tmp_path):
    path = write(tmp_path / "in.jsonl", ROW, "{broken", {"text": "Oh", "label": [[0, 9, "PER"]]})
    other = tmp_path / "notes.dat"
    other.write_bytes(b"of no known kind")
    report = ingest_files(workspace, path, other)
    assert (len(report.added), report.refused) == (2, 2)
    (refused,) = (problem for problem in report.problems if problem.where == str(other))
    assert ".ann, .atom" in refused.hint
    assert report.rejects == str(workspace.root / ".curate" / "rejects.jsonl")
    kept = [(line["code"], line["where"], line.get("row")) for line in rejects(workspace)]
    assert kept == [
        ("read.malformed", f"{path}:2", "{broken"),
        ("read.out-of-range", f"{path}:3", None),
        ("read.unreadable", str(other), None),
    ]
    assert {line["at"] for line in rejects(workspace)} == {NOW}
    ingest_files(workspace, path)
    assert len(rejects(workspace)) == 5  # appended, not replaced


def test_the_rejects_file_ends_while_the_counts_go_on(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("curate.ingest.importer.MAX_REJECTS", 3)
    path = write(tmp_path / "in.jsonl", *["{broken"] * 7, ROW)
    report = ingest_files(workspace, path)
    assert (report.refused, len(rejects(workspace)), len(report.added)) == (7, 3, 1)


def test_labels_that_the_schema_does_not_have_are_told_once(workspace, tmp_path):
    rows = [{"text": f"Anna {n}", "label": [[0, 4, "Person"]]} for n in range(3)]
    path = write(tmp_path / "in.jsonl", *rows)
    (problem,) = ingest_files(workspace, path).problems
    assert (problem.code, problem.severity) == ("ingest.label", "warning")
    assert "Person" in problem.message and "3 spans" in problem.message
    assert "--label Person=NAME" in problem.hint
    assert not (workspace.root / ".curate" / "rejects.jsonl").exists()
    rows = [{"text": f"Otto {n}", "label": [[0, 4, "Person"]]} for n in range(3)]
    renamed = ingest_files(workspace, write(path, *rows), labels={"Person": "PER"})
    assert renamed.problems == ()


def test_annotations_follow_their_text_through_the_normalisation(workspace, tmp_path):
    text = "\ufeff  Anna\r\ne\u0301crit a\u0300 Zoe\u0308 \u200b"
    name = "Zoe\u0308"
    builder = AnnotationBuilder(text, "here:1", ReadOptions())
    anna = builder.add_span(3, 7, "PER")
    zoe = builder.add_span(text.index(name), text.index(name) + len(name), "PER")
    gone = builder.add_span(len(text) - 1, len(text), "X")
    builder.add_relation(anna, zoe, "writes")
    builder.add_relation(anna, gone, "lost")
    normalised = to_document(builder.document({}))
    assert isinstance(normalised, NormalisedDocument)
    document, (layer,) = normalised.item.document, normalised.item.layers
    assert document.text == "Anna\nécrit à Zoë"
    assert [document.text[s.start : s.end] for s in layer.spans] == ["Anna", "Zoë"]
    assert [(r.head, r.tail, r.label) for r in layer.relations] == [
        (layer.spans[0].key, layer.spans[1].key, "writes")
    ]
    assert [p.code for p in normalised.problems] == ["read.normalised-away", "read.normalised-away"]
    assert layer.document == document.id


def test_a_text_of_which_nothing_is_left_is_refused():
    document = AnnotationBuilder("\u200b\u200b", "here:1", ReadOptions()).document({})
    assert isinstance(document, ReadDocument)
    normalised = to_document(document)
    assert isinstance(normalised, Problem)
    assert (normalised.code, normalised.where) == ("read.no-text", "here:1")


def test_real_annotators_come_in_as_layers(workspace, shared_data):
    report = ingest_files(
        workspace, shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    )
    assert set(report.layers) == {"annotator:1", "annotator:2", "annotator:3"}
    assert (report.refused, report.gold) == (0, 0)
    with workspace.store.begin() as tx:
        assert tx.layers(report.added[0]) == ["annotator:1", "annotator:2", "annotator:3"]


def test_the_command_reads_the_standard_input_and_tells_what_came_of_it(workspace):
    rows = (
        '{"body": "Anna dort à Rome.", "spans": [{"start": 0, "end": 4, "label": "Person"}]}\n{\n'
    )
    options = ["--from", "jsonl", "--column", "text=body", "--label", "Person=PER", "--gold"]
    command = [sys.executable, "-m", "curate", "ingest", "-", *options]
    report = subprocess.run(
        [*command, "-C", str(workspace.root)],
        input=rows,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.returncode == 1
    assert "standard input:2" in report.stdout
    assert "gold: 1 annotation\n" in report.stdout
    assert "ingested 1 document, 1 with gold, 1 rejected" in report.stdout
    assert "rejects.jsonl" in report.stdout
    refused = subprocess.run(
        [*command[:-7], "-C", str(workspace.root)], input=rows, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "--from FORMAT" in refused.stderr


def test_what_a_curator_decided_is_gold_by_that_person(workspace, tmp_path):
    marks = [{"start": 0, "end": 4, "label": "PER"}]
    versions = [{"spans": [], "sessions": ["ada"], "answer": "accept"}]
    task = {"text": "Anna dort", "spans": marks, "answer": "accept", "_task_hash": 1}
    path = write(tmp_path / "a.jsonl", {**task, "versions": versions, "_session_id": "chief"})
    report = ingest_files(workspace, path)
    assert (report.gold, report.layers) == (1, {"annotator:ada": 0, "gold": 1})
    with workspace.store.begin() as tx:
        ((document, revision),) = tx.heads()
        assert tx.layers(document.id) == ["annotator:ada"]
        assert tx.assignments() == {}
    assert (revision.author, revision.confirmed_by) == ("annotator:chief", "chief")


def test_a_decision_is_a_layer_like_others_without_gold(workspace, tmp_path):
    versions = [{"spans": [], "sessions": ["ada"], "answer": "accept"}]
    task = {"text": "Anna dort", "spans": [], "answer": "accept", "_task_hash": 1}
    path = write(tmp_path / "a.jsonl", {**task, "versions": versions, "_session_id": "chief"})
    assert ingest_files(workspace, path, gold=False).gold == 0
    with workspace.store.begin() as tx:
        (key,) = tx.document_ids()
        assert tx.layers(key) == ["annotator:ada", "annotator:chief"]


def test_comments_are_kept_once_and_replaced_by_those_of_a_later_import(workspace, tmp_path):
    path = tmp_path / "a.jsonl"
    for comments in (["why?"], ["why?", "so"]):
        write(path, {"text": "Anna dort", "label": [], "Comments": comments})
        assert ingest_files(workspace, path).comments == len(comments)
    with workspace.store.begin() as tx:
        (key,) = tx.document_ids()
        assert [(it.text, it.by) for it in tx.comments(key)] == [
            ("so", "unknown"),
            ("why?", "unknown"),
        ]
