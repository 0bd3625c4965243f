"""Fields that are annotation by name and shape: read, or a counted loss, and never metadata."""

from __future__ import annotations

from typing import Any

import pytest
from support.read_files import keys_by_layer, read, write_rows

from curate.formats.annotation_fields import ANNOTATION_FIELDS
from curate.formats.convert import convert

TEXT = "Anna saw Rome."
PER = {"gold": [(0, 4, "PER")]}


@pytest.mark.parametrize(
    "fields",
    [
        {"spans": [{"start": 0, "end": 4, "type": "PER"}]},
        {"spans": [{"start": 0, "end": 4, "labels": ["PER"], "text": "Anna"}]},
        {"entities": [{"start": 0, "end": 4, "label": "PER"}]},
        {"entities": {"PER": [[0, 4]]}},
        {"entities": [["PER", 0, 4]]},
        {"ents": [{"start_char": 0, "end_char": 4, "label_": "PER"}]},
        {"ner": [[0, 4, "PER"]]},
        {"Entities": [[0, 4, "PER"]]},
        {"annotations": [{"start": 0, "end": 4, "label": "PER"}]},
        {"annotations": {"entities": [[0, 4, "PER"]]}},
        {"entities": [{"offset": 0, "length": 4, "type": "PER"}]},
        {"entities": [{"offsets": [[0, 4]], "type": "PER", "text": ["Anna"]}]},
        {"spans": [{"span": [0, 4], "label": "PER"}]},
        {"mentions": [{"begin": 0, "end": 4, "entity_type": "PER"}]},
    ],
)
def test_spans_in_known_shapes_are_read(tmp_path, fields: dict[str, Any]):
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", {"text": TEXT, **fields}))
    assert (keys_by_layer(document), document.document.meta, problems) == (PER, {}, [])
    assert document.fields == tuple(fields)


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({"cats": {"A": 1.0, "B": 0.0}}, ["A"]),
        ({"cats": {"A": True, "B": False}}, ["A"]),
        ({"categories": ["A", "B"]}, ["A", "B"]),
        ({"labels": ["A"]}, ["A"]),
        ({"categories": [{"label": "A"}]}, ["A"]),
    ],
)
def test_categories_in_known_shapes_are_read(tmp_path, fields: dict[str, Any], labels: list[str]):
    row = {"text": TEXT, "spans": [{"start": 0, "end": 4, "label": "PER"}], **fields}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row), "jsonl")
    assert [it.label for it in document.layers[0].categories] == labels
    assert (keys_by_layer(document), document.document.meta, problems) == (PER, {}, [])


@pytest.mark.parametrize(
    ("spans", "relation"),
    [
        ([[0, 4, "PER"], [9, 13, "LOC"]], {"head": 0, "tail": 1, "type": "saw"}),
        (
            [
                {"id": 7, "start": 0, "end": 4, "label": "PER"},
                {"id": 9, "start": 9, "end": 13, "label": "LOC"},
            ],
            {"from_id": 7, "to_id": 9, "type": "saw"},
        ),
        (
            [[0, 4, "PER"], [9, 13, "LOC"]],
            {
                "head": {"start": 0, "end": 4, "label": "PER"},
                "tail": {"start": 9, "end": 13, "label": "LOC"},
                "label": "saw",
            },
        ),
    ],
)
def test_relations_name_spans_by_id_by_number_or_as_they_are(tmp_path, spans, relation):
    row = {"text": TEXT, "relations": [relation], "entities": spans}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row), "jsonl")
    (link,) = document.layers[0].relations
    assert (link.head, link.tail, link.label) == ((0, 4, "PER"), (9, 13, "LOC"), "saw")
    assert problems == []


@pytest.mark.parametrize("name", [*ANNOTATION_FIELDS, "Entities", "NER"])
@pytest.mark.parametrize("value", [[{"where": 3}], {"x": {"y": 1}}, [[1, 2, 3, 4]], [None, 3.5]])
def test_a_shape_that_is_not_known_is_a_loss_and_not_metadata(tmp_path, name, value):
    path = write_rows(tmp_path / "a.jsonl", {"text": TEXT, name: value})
    (document,), problems = read(path, "jsonl")
    assert document.document.meta == {}
    assert [it.code for it in problems] == ["read.not-understood"]
    assert problems[0].where == f"{path}:1"


def test_one_unknown_item_does_not_affect_the_others(tmp_path):
    row = {"text": TEXT, "entities": [[0, 4, "PER"], {"x": 1}, [9, 13, "LOC"]]}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row), "jsonl")
    assert keys_by_layer(document) == {"gold": [(0, 4, "PER"), (9, 13, "LOC")]}
    assert [it.code for it in problems] == ["read.not-understood"]


def test_a_text_or_number_in_such_a_field_is_metadata(tmp_path):
    row = {"text": TEXT, "label": "sport", "entities": 3}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row), "jsonl")
    assert (document.document.meta, problems) == ({"label": "sport", "entities": "3"}, [])


def test_what_is_not_understood_is_counted_as_lost(tmp_path):
    path = write_rows(tmp_path / "a.jsonl", {"text": TEXT, "ner": [{"x": 1}]}, "{broken")
    result = convert([path], tmp_path / "out.jsonl")
    assert (result.lost, result.refused, result.failed) == ({"not-understood": 1}, 1, True)


def test_shapes_of_several_tools_may_stand_in_one_file(tmp_path):
    rows = [
        {"text": TEXT, "entities": [[0, 4, "PER"]], "cats": {"A": 1.0}},
        {"text": TEXT, "label": [[0, 4, "PER"]]},
        {"text": TEXT, "entities": [{"start": 0, "end": 4, "type": "PER"}]},
        {"text": TEXT, "entities": [{"start_offset": 0, "end_offset": 4, "label": "PER"}]},
    ]
    for order in (1, -1):
        documents, problems = read(write_rows(tmp_path / "a.jsonl", *rows[::order]))
        assert [keys_by_layer(item) for item in documents] == [PER] * 4
        assert problems == []


def test_spans_under_another_name_are_a_loss_and_not_metadata(tmp_path):
    row = {
        "text": TEXT,
        "timex": [{"start": 9, "end": 13, "type": "DATE"}],
        "tokens": [{"start": 0, "end": 4, "text": "Anna"}],
        "tags": ["news"],
    }
    (document,), (problem,) = read(write_rows(tmp_path / "a.jsonl", row))
    assert document.document.meta.keys() == {"tokens", "tags"}
    assert problem.code == "read.not-understood"


@pytest.mark.parametrize(
    ("format", "row"),
    [
        ("jsonl", {"text": TEXT}),
        ("doccano", {"text": TEXT, "label": [[0, 4, "PER"]]}),
        ("prodigy", {"text": TEXT, "spans": [{"start": 0, "end": 4, "label": "PER"}]}),
        ("gliner", {"tokenized_text": ["Anna"], "ner": [[0, 0, "PER"]]}),
        ("tagged-rows", {"tokens": ["Anna"], "ner_tags": ["B-PER"]}),
        ("spacy-json", {"text": TEXT, "ents": []}),
    ],
)
def test_annotations_inside_metadata_are_a_loss_and_the_rest_is_metadata(tmp_path, format, row):
    meta = {
        "desk": "news",
        "categories": ["politics"],
        "spans": [{"start": 9, "end": 13, "label": "LOC"}],
        "paragraphs": [{"n": 1, "ents": [[0, 4, "PER"]]}, {"n": 2, "ents": [[9, 13, "LOC"]]}],
    }
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", {**row, "meta": meta}), format)
    assert document.document.meta == {
        "desk": "news",
        "categories": '["politics"]',
        "paragraphs": '[{"n":1},{"n":2}]',
    }
    assert [it.code for it in problems] == ["read.not-understood"] * 2
    assert "meta.spans holds 1 " in problems[0].message
    assert "meta.paragraphs.ents holds 2 " in problems[1].message


@pytest.mark.parametrize(("start", "end"), [(0.0, 4.0), ("0", "4"), ("0.0", "4.0")])
def test_offsets_may_be_written_as_pandas_and_other_programs_write_them(tmp_path, start, end):
    row = {"text": TEXT, "entities": [{"start": start, "end": end, "label": "PER"}]}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert (keys_by_layer(document), problems) == (PER, [])


def test_fields_of_doccano_and_of_others_may_stand_in_one_row(tmp_path):
    span = {"start": 9, "end": 13, "label": "LOC"}
    row = {"text": TEXT, "entities": [[0, 4, "PER"]], "spans": [span]}
    (document,), problems = read(write_rows(tmp_path / "a.jsonl", row))
    assert keys_by_layer(document) == {"gold": [(0, 4, "PER"), (9, 13, "LOC")]}
    assert problems == []


def test_names_with_a_hyphen_are_those_with_an_underscore(tmp_path):
    span = {"start": 0, "end": 4, "entity-type": "PER"}
    row = {"text": TEXT, "entities": [span], "golden-entity-mentions": [span]}
    (document,), (problem,) = read(write_rows(tmp_path / "a.jsonl", row))
    assert (keys_by_layer(document), document.document.meta) == (PER, {})
    assert problem.code == "read.not-understood"
