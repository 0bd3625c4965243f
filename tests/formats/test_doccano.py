"""Doccano, read and written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.read_files import (
    documents,
    keys_by_layer,
    read,
    read_all,
    reasons,
    span_counts,
    write_rows,
)

from curate.errors import CurateError
from curate.formats.convert import convert
from curate.formats.registry import detect_format
from curate.model import Problem


def test_doccano_shapes(tmp_path):
    path = write_rows(
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
    assert keys_by_layer(found[0]) == {"gold": [(0, 4, "PER"), (7, 11, "LOC")]}
    assert found[0].document.meta == {"id": "1"}
    assert keys_by_layer(found[1]) == {"gold": [(0, 4, "PER")]}
    assert found[1].document.meta == {"id": "2", "wiki": "3"}
    assert [c.label for c in found[2].layers[0].categories] == ["a", "b"]
    assert found[3].document.meta == {"comments": '["sure?"]'}
    assert [c.label for c in found[4].layers[0].categories] == ["a"]
    assert found[5].layers == found[6].layers == ()  # nobody says that there is nothing


WHEN = "2021-04-05T12:27:54.3+02:00"


def test_doccano_users_are_layers_and_numbers_get_names(tmp_path):
    annotations = [
        {"label": 7, "start_offset": 0, "end_offset": 4, "user": 1, "updated_at": WHEN},
        {"label": 8, "start_offset": 0, "end_offset": 4, "user": 2},
        {"label": 8, "user": 2},
        {"text": "Anna sleeps", "user": 2},
    ]  # fmt: skip
    row = {"id": 1, "text": "Anna dort", "annotations": annotations, "annotation_approver": None}
    (found,), problems = read(write_rows(tmp_path / "a.jsonl", row), labels={"7": "PER"})
    assert keys_by_layer(found) == {"annotator:1": [(0, 4, "PER")], "annotator:2": [(0, 4, "8")]}
    (span,) = found.layers[0].spans
    assert (span.by, span.at) == ("annotator:1", "2021-04-05T10:27:54Z")
    assert [c.label for c in found.layers[1].categories] == ["8"]
    assert [p.code for p in problems] == ["read.unsupported"]


def test_doccano_rows_that_are_none_are_refused_by_line(tmp_path):
    path = write_rows(
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
    path = write_rows(tmp_path / "a.jsonl", {"text": "Anna", "label": [[0, 4, "PER"]]})
    (found,), _ = read(path, layer="annotator:admin")
    assert keys_by_layer(found) == {"annotator:admin": [(0, 4, "PER")]}
    assert found.layers[0].spans[0].by == "annotator:admin"


@pytest.mark.parametrize(
    ("name", "read", "refused"),
    [
        ("example.txt", 1, 0),
        ("example.utf16.csv", 3, 0),
        ("intent/example.jsonl", 4, 1),
        ("relation_extraction/example.jsonl", 1, 0),
        ("seq2seq/example.csv", 2, 2),
        ("seq2seq/example.json", 2, 2),
        ("seq2seq/example.jsonl", 2, 2),
        ("sequence_labeling/example.conll", 1, 0),
        ("sequence_labeling/example.jsonl", 2, 1),
        ("sequence_labeling/example_overlapping.jsonl", 1, 0),
        ("sequence_labeling/labeling.invalid.conll", 1, 1),
        ("sequence_labeling/labeling.trailing.conll", 1, 0),
        ("text_classification/example.csv", 2, 2),
        ("text_classification/example.invalid.2.csv", 2, 1),
        ("text_classification/example.json", 3, 1),
        ("text_classification/example.jsonl", 3, 0),
        ("text_classification/example_fasttext.txt", 3, 1),
        ("text_classification/example_out_of_order_columns.csv", 2, 1),
    ],
)
def test_the_import_examples_of_doccano_are_read_or_refused_by_line(
    shared_data, name, read, refused
):
    items = read_all(shared_data / "doccano-import-examples" / name)
    wrong = [i for i in items if isinstance(i, Problem) and i.severity == "error"]
    assert (len(documents(items)), len(wrong)) == (read, refused)
    assert all(problem.where.rpartition(":")[2].isdecimal() for problem in wrong)


def test_what_the_examples_hold_comes_out(shared_data):
    folder = shared_data / "doccano-import-examples"
    invalid = read_all(folder / "sequence_labeling" / "labeling.invalid.conll")
    (problem,) = (item for item in invalid if isinstance(item, Problem))
    assert problem.where.endswith("labeling.invalid.conll:1")
    assert span_counts(invalid) == {"gold": 3}  # those of the sentence with the line are left out
    doubled = read_all(folder / "sequence_labeling" / "example_overlapping.jsonl")
    assert (span_counts(doubled), reasons(doubled)) == ({"gold": 1}, {"doubled": 1})
    (found,) = documents(read_all(folder / "relation_extraction" / "example.jsonl"))
    assert [r.label for r in found.layers[0].relations] == ["foundedAt", "foundedBy", "foundedBy"]


def test_the_novels_have_three_annotators_each(shared_data):
    paths = sorted((shared_data / "doccano-multiuser-novels").glob("*.jsonl"))
    assert len(paths) == 12
    items = [item for path in paths for item in read_all(path)]
    assert len(documents(items)) == 124
    users = [f"annotator:{number}" for number in (1, 2, 3)]
    assert all([layer.layer for layer in d.layers] == users for d in documents(items))
    assert span_counts(items).total() == 8123
    assert all(span.at for d in documents(items) for layer in d.layers for span in layer.spans)
    assert reasons(items) == {"blank-edge": 17}


def test_the_setswana_export_keeps_its_blank_edges_and_counts_them(shared_data):
    items = read_all(shared_data / "doccano-export-setswana" / "admin.jsonl")
    found = documents(items)
    assert len(found) == 454
    assert span_counts(items) == {"gold": 444}
    assert sum(not item.layers for item in found) == 223
    assert reasons(items) == {"blank-edge": 98}
    edged = 0
    for item in found:
        for layer in item.layers:
            marked = [item.document.text[s.start : s.end] for s in layer.spans]
            edged += sum(text != text.strip() for text in marked)
    assert edged == 98


def entities(path: Path) -> list[list[tuple[str, str]]]:
    """Surface and label of the spans of each document."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [
        [(row["text"][s["start"] : s["end"]], s["label"]) for s in row["spans"]] for row in rows
    ]


@pytest.mark.parametrize(
    ("name", "layer", "user"),
    [
        ("labeling", "annotator:1", "user1"),
        ("labeling", "annotator:2", "user2"),
        ("labeling_text_label", "", "user0"),
    ],
)
def test_doccano_rows_hold_the_entities_that_doccano_transformer_finds_in_them(
    shared_data, tmp_path, name, layer, user
):
    folder = shared_data / "doccano-transformer-pairs" / "labeling"
    convert([folder / f"{name}.jsonl"], tmp_path / "ours.jsonl", layer=layer)
    theirs = folder / f"{name}.conll2003.{user}"
    convert([theirs], tmp_path / "theirs.jsonl", read_as="conll")
    assert entities(tmp_path / "ours.jsonl") == entities(tmp_path / "theirs.jsonl")


def test_two_spans_with_one_id_leave_a_relation_without_ends(tmp_path):
    spans = [
        {"id": 7, "label": "PER", "start_offset": 0, "end_offset": 4},
        {"id": 7, "label": "LOC", "start_offset": 7, "end_offset": 11},
        {"id": 8, "label": "LOC", "start_offset": 7, "end_offset": 10},
    ]
    arrows = [{"id": n, "from_id": 7, "to_id": 8 - n, "type": "r"} for n in range(2)]
    row = {"text": "Anna à Rome", "entities": spans, "relations": arrows}
    (found,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert len(found.layers[0].spans) == 3
    assert found.layers[0].relations == ()
    assert [it.code for it in problems] == ["read.dangling"] * 2


def test_offsets_that_other_programs_write_as_fractions_or_text_are_read(tmp_path):
    path = write_rows(
        tmp_path / "a.jsonl",
        {"text": "Anna", "label": [[0.0, 4.0, "PER"]]},
        {"text": "Anna", "label": [["0", "4", "PER"]]},
        {"text": "Anna", "label": [[0.5, 4, "PER"], [0, "-4", "PER"]]},
        {"text": "Anna", "label": [[0, 4, None], [0, 3, ""], [0, 2, 12]]},
        {"text": "Anna", "label": 12},
    )
    found, problems = read(path)
    spans = [keys_by_layer(item).get("gold", []) for item in found]
    assert spans == [[(0, 4, "PER")], [(0, 4, "PER")], [], [(0, 2, "12")], []]
    assert found[4].layers[0].categories[0].label == "12"
    codes = [it.code.removeprefix("read.") for it in problems]
    assert codes == ["out-of-range", "out-of-range", "no-label", "no-label"]


def test_metadata_keeps_the_case_of_its_names_and_the_kinds_of_its_values(tmp_path):
    row = {"text": "Anna", "label": [], "sourceURL": "x", "SourceUrl": 3, "part": 0.25, "no": None}
    (found,), problems = read(write_rows(tmp_path / "a.jsonl", row), "doccano")
    assert found.document.meta == {"sourceURL": "x", "SourceUrl": "3", "part": "0.25"}
    assert problems == []


FLAG = "🇫🇷Anna vit à Rome."  # the flag is two code points and four UTF-16 units


def test_a_row_that_does_not_say_its_unit_is_reported_if_it_matters(tmp_path):
    path = write_rows(
        tmp_path / "a.jsonl",
        {"text": FLAG, "label": [[4, 8, "PER"]]},
        {"text": "Anna 🇫🇷", "label": [[0, 4, "PER"]]},
        {"text": FLAG, "label": ["a"]},
        {"text": FLAG, "annotations": [{"label": 1, "start_offset": 4, "end_offset": 8}]},
    )
    found, problems = read(path)
    codes = [(it.code, it.severity, it.where) for it in problems]
    assert codes == [("read.ambiguous-offsets", "warning", f"{path}:{n}") for n in (1, 4)]
    assert keys_by_layer(found[0]) == {"gold": [(4, 8, "PER")]}
    found, problems = read(path, offsets="utf16")
    assert problems == []
    assert keys_by_layer(found[0]) == {"gold": [(2, 6, "PER")]}
    assert read(path, offsets="codepoints")[1] == []
    result = convert([path], tmp_path / "b.jsonl")
    assert (result.lost, result.noted) == ({}, {"ambiguous-offsets": 2})


@pytest.mark.parametrize(
    ("offsets", "start", "reported"), [("", 2, 1), ("codepoints", 2, 0), ("utf16", 4, 0)]
)
def test_the_unit_of_written_offsets_is_a_choice(tmp_path, offsets, start, reported):
    source = write_rows(
        tmp_path / "a.jsonl",
        {"text": FLAG, "spans": [{"start": 2, "end": 6, "label": "PER"}]},
        {"text": "Anna", "spans": [{"start": 0, "end": 4, "label": "PER"}]},
    )
    target = tmp_path / "b.jsonl"
    result = convert([source], target, write_as="doccano", offsets=offsets)
    assert result.noted == ({"ambiguous-offsets": 1} if reported else {})
    rows = [json.loads(line) for line in target.read_text("ascii").splitlines()]
    assert [row["label"] for row in rows] == [[[start, start + 4, "PER"]], [[0, 4, "PER"]]]
    found, problems = read(target, offsets=offsets or "codepoints")
    assert [keys_by_layer(it)["gold"] for it in found] == [[(2, 6, "PER")], [(0, 4, "PER")]]
    assert problems == []


def test_a_unit_for_a_format_that_has_its_own_is_refused(tmp_path):
    source = write_rows(tmp_path / "a.jsonl", {"text": "Anna"})
    with pytest.raises(CurateError, match="brat"):
        convert([source], tmp_path / "b", write_as="brat", offsets="utf16")
    assert not (tmp_path / "b").exists()


PERSON = {"start": 0, "end": 4, "label": "PER"}


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"spans": [PERSON]}, {"label"}),
        ({"spans": [], "categories": [{"label": "a"}]}, {"label"}),
        ({"spans": [PERSON], "categories": [{"label": "a"}]}, {"entities", "cats"}),
        (
            {"spans": [PERSON], "relations": [{"head": PERSON, "tail": PERSON, "label": "r"}]},
            {"entities", "relations"},
        ),
        ({}, {"label"}),
    ],
)
def test_columns_are_those_of_the_project_type_and_equal_in_all_rows(tmp_path, row, columns):
    source = write_rows(
        tmp_path / "a.jsonl",
        {"text": "Anna", **row, "title": "T", "meta": {"id": "7", "label": "x", "Comments": "c"}},
        {"text": "Bela", "spans": [], "URL": "http://x"},
    )
    target = tmp_path / "b.jsonl"
    convert([source], target, write_as="doccano")
    rows = [json.loads(line) for line in target.read_text("ascii").splitlines()]
    assert {frozenset(it) for it in rows} == {
        frozenset({"text", "curate_id", "curate_judged", "title", "URL", "meta", *columns})
    }
    found, _ = read(target, "doccano")
    meta = [it.document.meta for it in found]
    assert meta[0] == {"title": "T", "id": "7", "label": "x", "Comments": "c"}
    assert meta[1] == {"URL": "http://x"}
    assert [it.document.text for it in found] == ["Anna", "Bela"]
