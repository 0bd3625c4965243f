"""The checks of annotated files."""

from __future__ import annotations

import json

import msgspec
import pytest
from support.checked_corpus import SCHEMA, TEXT

from curate.errors import InputError
from curate.quality import files


def test_files_are_checked_without_a_workspace(tmp_path):
    source = tmp_path / "a.jsonl"
    rows = [
        {"id": 1, "text": TEXT, "label": [[0, 11, "PER"], [11, 17, "LOC"], [50, 99, "LOC"]]},
        {"id": 2, "text": f"{TEXT} Encore.", "label": [[0, 5, "PER"], [0, 11, "PER"]]},
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    report = files.validate_files([source], read_as="doccano")
    assert [problem.code for problem in report.problems] == ["read.out-of-range", "span.edges"]
    assert all(str(source) in problem.where for problem in report.problems)
    assert not report.passed
    assert {c.code for c in report.checks if c.skipped == "there is no label schema"} >= {
        "span.label"
    }
    strict = msgspec.structs.replace(SCHEMA, labels=SCHEMA.labels[:1])
    codes = {
        p.code for p in files.validate_files([source], read_as="doccano", schema=strict).problems
    }
    assert codes == {"read.out-of-range", "span.edges", "span.label", "span.overlap"}


def test_files_of_several_layers_ask_for_one(tmp_path):
    source = tmp_path / "a.jsonl"
    rows = [
        {
            "text": TEXT,
            "annotations": [{"label": 1, "start_offset": 0, "end_offset": 11, "user": user}],
        }
        for user in (1, 2)
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match="several layers"):
        files.validate_files([source], read_as="doccano")
    report = files.validate_files([source], read_as="doccano", layer="annotator:2")
    assert (report.counts["documents"], report.counts["spans"]) == (1, 1)
    assert report.passed  # the row of the other annotator is not a second document
    with pytest.raises(InputError, match="no document has the layer annotator:3"):
        files.validate_files([source], read_as="doccano", layer="annotator:3")


def test_real_brat_files_are_checked(shared_data):
    report = files.validate_files([shared_data / "winer-fr-2016"], read_as="brat")
    assert report.counts["documents"] == 571
    assert report.counts["spans"] == 9442
    (cut,) = [problem for problem in report.problems if problem.code == "span.words"]
    assert cut.where.endswith("2016_03_26-002.txt")


def test_the_report_says_what_it_took_for_annotation(tmp_path):
    rows = [
        {"text": TEXT, "ner": [[0, 11, "PER"]], "cats": {"A": 1, "B": 0}},
        {"text": "Rien", "ner": []},
        {"text": "Vu", "entities": [{"x": 1}]},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "b.txt").write_text("Rien.", encoding="utf-8")
    (tmp_path / "c.xml").write_text("<a/>", encoding="utf-8")
    report = files.validate_files([tmp_path])
    read = [(it.format, it.documents, it.spans, it.categories, it.fields) for it in report.files]
    assert read == [("jsonl", 3, 1, 1, {"ner": 1, "cats": 1}), ("txt", 1, 0, 0, {})]
    assert {"read.not-understood", "read.unreadable"} <= {it.code for it in report.problems}
    assert not report.passed
