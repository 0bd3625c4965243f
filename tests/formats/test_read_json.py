"""JSON and JSON Lines: plain rows, Doccano, Label Studio, Prodigy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats import json_objects
from curate.formats.reading import ReadDocument, ReadOptions, Refusal
from curate.formats.registry import detect_format
from curate.formats.source_file import SourceFile
from curate.formats.sources import read_annotated
from curate.model import Problem
from curate.util import jsonl


def write(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def read(path: Path, format: str = "", **options: Any) -> tuple[list[ReadDocument], list[Problem]]:
    items = list(read_annotated(path, format, ReadOptions(**options)))
    return [i for i in items if isinstance(i, ReadDocument)], [
        i for i in items if isinstance(i, Problem)
    ]


def said(found: ReadDocument) -> dict[str, list[tuple[int, int, str]]]:
    return {layer.layer: [span.key for span in layer.spans] for layer in found.layers}


# -- values


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9) | st.lists(st.integers()))),
    st.sampled_from([None, 1]),
    st.integers(1, 40),
)
def test_an_array_is_taken_apart_wherever_it_is_cut(rows, indent, size):
    text = json.dumps(rows, indent=indent, ensure_ascii=False)
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    assert [json.loads(part) for _, part in json_objects._elements(chunks) if part] == rows


def test_elements_are_named_by_the_line_they_begin_in(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[\n {"text": "a"},\n\n {"text":\n "b"},\n {broken},\n [1],\n {"text": "c"}]\n')
    rows = list(json_objects.read_objects(SourceFile(path)))
    assert [row.where for row in rows] == [f"{path}:{n}" for n in (2, 4, 6, 7, 8)]
    assert [isinstance(row, Refusal) for row in rows] == [False, False, True, True, False]


@pytest.mark.parametrize(
    "text", ['[{"text": "a"}, {"text": "b', '[{"text": "a"},', '[{"text": "a"}']
)
def test_an_array_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    (found,), (problem,) = read(path)
    assert found.document.text == "a"
    assert problem.code == "read.malformed"


def test_one_object_in_a_json_file_may_have_many_lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{\n "text": "Un texte",\n "title": "T"\n}\n')
    (found,), problems = read(path)
    assert (found.document.text, found.document.meta, problems) == ("Un texte", {"title": "T"}, [])


# -- rows


def test_columns_have_usual_names_and_can_be_named(tmp_path):
    row = {"body": "Un texte", "headline": "T", "date": "2026-01-02", "language": "fr", "n": 3}
    (found,), _ = read(write(tmp_path / "a.jsonl", row))
    assert found.document.text == "Un texte"
    assert found.document.lang == "fr"
    assert found.document.meta == {"title": "T", "published": "2026-01-02", "n": "3"}
    path = write(tmp_path / "b.jsonl", {"text": "no", "x": "Un texte", "y": "T"})
    (found,), _ = read(path, columns={"text": "x", "title": "y"})
    assert (found.document.text, found.document.meta) == ("Un texte", {"text": "no", "title": "T"})


def test_spans_in_a_row_are_annotations_and_bad_ones_are_told(tmp_path):
    spans = [
        {"start": 0, "end": 4, "label": "PER", "by": "annotator:ada", "score": 0.5},
        {"start": 0, "end": 99, "label": "PER"},
        {"start": 3, "end": 3, "label": "PER"},
        {"start": "0", "end": 4, "label": "PER"},
        {"start": 0, "end": 5, "label": "LOC"},
        {"start": 0, "end": 4, "label": "PER"},
    ]
    path = write(tmp_path / "a.jsonl", {"text": "Anna dort", "spans": spans})
    (found,), problems = read(path)
    assert said(found) == {"gold": [(0, 4, "PER"), (0, 5, "LOC")]}
    first = found.layers[0].spans[0]
    assert (first.by, first.score) == ("annotator:ada", 0.5)
    reasons = ["out-of-range", "out-of-range", "out-of-range", "blank-edge", "doubled"]
    assert [p.code for p in problems] == [f"read.{reason}" for reason in reasons]
    assert {p.where for p in problems} == {f"{path}:1"}


def test_a_field_that_is_called_spans_and_is_none_is_kept(tmp_path):
    (found,), _ = read(write(tmp_path / "a.jsonl", {"text": "a", "spans": "two", "id": 4}))
    assert (found.layers, found.document.meta) == ((), {"spans": "two", "id": "4"})


def test_a_row_that_curate_wrote_gives_its_document_back(tmp_path):
    text = "Anna dort"
    row = {
        "id": jsonl.document_id(text),
        "text": text,
        "lang": "fr",
        "meta": {"date": "kept as it is", "file": "f"},
        "spans": [{"start": 0, "end": 4, "label": "PER"}],
        "relations": [],
        "categories": [{"label": "sleep", "by": "annotator:ada"}],
        "revision": 2,
        "confirmed_by": "",
    }
    (found,), problems = read(write(tmp_path / "a.jsonl", row))
    assert problems == []
    assert found.document.id == row["id"]
    assert found.document.meta == row["meta"]
    assert [(c.label, c.by) for c in found.layers[0].categories] == [("sleep", "annotator:ada")]


# -- Doccano

WHEN = "2021-04-05T12:27:54.3+02:00"


def test_doccano_shapes(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        {"id": 1, "text": "Anna à Rome", "label": [[0, 4, "PER"], [7, 11, "LOC"]], "Comments": []},
        {"id": 2, "data": "Anna à Rome", "labels": [[0, 4, "PER"]], "meta": {"wiki": 3}},
        {"text": "Anna", "entities": [[0, 4, "PER"]], "cats": ["a", "b"]},
        {"text": "Anna", "label": ["a"], "Comments": ["sure?"]},
        {"text": "Anna", "label": "a"},
        {"text": "Anna"},
        {"text": "Anna", "label": []},
    )
    assert detect_format(path).name == "doccano"
    found, problems = read(path)
    assert problems == []
    assert said(found[0]) == {"gold": [(0, 4, "PER"), (7, 11, "LOC")]}
    assert found[0].document.meta == {"id": "1"}
    assert said(found[1]) == {"gold": [(0, 4, "PER")]}
    assert found[1].document.meta == {"id": "2", "wiki": "3"}
    assert [c.label for c in found[2].layers[0].categories] == ["a", "b"]
    assert found[3].document.meta == {"comments": '["sure?"]'}
    assert [c.label for c in found[4].layers[0].categories] == ["a"]
    assert found[5].layers == found[6].layers == ()  # nobody says that there is nothing


def test_doccano_users_are_layers_and_numbers_get_names(tmp_path):
    annotations = [
        {"label": 7, "start_offset": 0, "end_offset": 4, "user": 1, "updated_at": WHEN},
        {"label": 8, "start_offset": 0, "end_offset": 4, "user": 2},
        {"label": 8, "user": 2},
        {"text": "Anna sleeps", "user": 2},
    ]  # fmt: skip
    row = {"id": 1, "text": "Anna dort", "annotations": annotations, "annotation_approver": None}
    (found,), problems = read(write(tmp_path / "a.jsonl", row), labels={"7": "PER"})
    assert said(found) == {"annotator:1": [(0, 4, "PER")], "annotator:2": [(0, 4, "8")]}
    (span,) = found.layers[0].spans
    assert (span.by, span.at) == ("annotator:1", "2021-04-05T10:27:54Z")
    assert [c.label for c in found.layers[1].categories] == ["8"]
    assert [p.code for p in problems] == ["read.unsupported"]


def test_doccano_rows_that_are_none_are_refused_by_line(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        {"text": "Anna", "label": [[0, 4, "PER"]]},
        "{not json",
        {"text": "Anna", "label": [[0, 4]]},
        {"text": "Anna", "annotations": [{"user": 1}]},
        {"text": "Anna", "relations": [{"from": 1}]},
        {"label": [[0, 1, "PER"]]},
        {"text": ""},
        {"text": "Anna", "relations": [{"from_id": 1, "to_id": 2, "type": "knows"}]},
    )
    found, problems = read(path)
    assert [f.where for f in found] == [f"{path}:1", f"{path}:8"]
    codes = [(p.code.removeprefix("read."), p.where) for p in problems]
    bad = [("malformed", f"{path}:{n}") for n in (2, 3, 4, 5)]
    gone = [("no-text", f"{path}:{n}") for n in (6, 7)]
    assert codes == [*bad, *gone, ("dangling", f"{path}:8")]


def test_the_layer_of_what_nobody_signed_is_an_option(tmp_path):
    path = write(tmp_path / "a.jsonl", {"text": "Anna", "label": [[0, 4, "PER"]]})
    (found,), _ = read(path, layer="annotator:admin")
    assert said(found) == {"annotator:admin": [(0, 4, "PER")]}
    assert found.layers[0].spans[0].by == "annotator:admin"


# -- Label Studio


def region(name: str, start: int, end: int, text: str | None, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": ["PER"], "text": text}
    return {"id": name, "type": "labels", "value": value, **more}


def test_label_studio_people_and_models_are_layers(tmp_path):
    task = {
        "id": 5,
        "data": {"text": "😀 Anna dort", "url": "http://x"},
        "annotations": [
            {"completed_by": 1, "result": [region("a", 2, 6, "Anna")], "updated_at": WHEN},
            {"completed_by": {"id": 2, "email": "b@x"}, "result": [region("a", 3, 7, "Anna")]},
            {"completed_by": 3, "result": [region("a", 0, 1, "😀")], "was_cancelled": True},
            {"completed_by": 4, "result": [region("a", 0, 1, "😀")]},
            {"completed_by": 4, "result": [{"type": "choices", "value": {"choices": ["calm"]}}]},
            {"completed_by": 5, "result": [region("a", 2, 6, "Otto"), {"type": "rating"}]},
        ],
        "predictions": [{"model_version": "m1", "result": [region("p", 2, 6, None, score=0.5)]}],
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    assert detect_format(path).name == "label-studio"
    (found,), problems = read(path)
    person = [(2, 6, "PER")]
    assert said(found) == {
        "annotator:1": person,
        "annotator:b@x": person,
        "annotator:4": [],
        "annotator:5": [],
        "model:m1": person,
    }
    layers = {layer.layer: layer for layer in found.layers}
    assert layers["annotator:1"].spans[0].at == "2021-04-05T10:27:54Z"
    assert layers["model:m1"].spans[0].score == 0.5
    assert [c.label for c in layers["annotator:4"].categories] == ["calm"]
    assert found.document.meta == {"url": "http://x", "id": "5"}
    reasons = ["not-accepted", "not-accepted", "text-mismatch", "unsupported"]
    assert sorted(p.code for p in problems) == sorted(f"read.{reason}" for reason in reasons)


def test_label_studio_json_min(tmp_path):
    row = {
        "text": "Anna dort",
        "id": 5,
        "label": [{"start": 0, "end": 4, "text": "Anna", "labels": ["PER", "HUMAN"]}],
        "mood": {"choices": ["calm"]},
        "annotator": 2,
        "annotation_id": 9,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-02T00:00:00Z",
        "lead_time": 4.5,
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps([row, {"id": 6, "annotation_id": 1, "lead_time": 1}]))
    (found,), (problem,) = read(path)
    assert said(found) == {"annotator:2": [(0, 4, "HUMAN"), (0, 4, "PER")]}
    assert [c.label for c in found.layers[0].categories] == ["calm"]
    assert found.layers[0].spans[0].at == "2026-01-02T00:00:00Z"
    assert problem.code == "read.no-text"


# -- Prodigy


def test_prodigy_takes_what_was_accepted_and_names_its_annotators(tmp_path):
    span = {"start": 0, "end": 4, "label": "PER", "token_start": 0, "token_end": 0}
    task = {"text": "Anna dort", "answer": "accept", "_task_hash": 1}
    path = write(
        tmp_path / "a.jsonl",
        {**task, "spans": [span], "meta": {"n": 1}},
        {**task, "spans": [span], "answer": "reject"},
        {**task, "spans": [], "_annotator_id": "db-ada"},
        {**task, "label": "SLEEP"},
        {**task, "options": [], "accept": ["A", "B"]},
        {"html": "<b>", "answer": "accept", "_task_hash": 1},
    )
    assert detect_format(path).name == "prodigy"
    found, problems = read(path)
    assert [said(f) for f in found[:3]] == [{"gold": [(0, 4, "PER")]}, {}, {"annotator:db-ada": []}]
    assert [[c.label for c in f.layers[0].categories] for f in found[3:]] == [["SLEEP"], ["A", "B"]]
    assert found[0].document.meta == {"n": "1"}
    assert [p.code for p in problems] == ["read.not-accepted", "read.no-text"]
