"""Label Studio, read and written."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import consumer_rules as rules
from support.golden_corpus import CORPUS, SCHEMA, export_corpus
from support.read_files import keys_by_layer, read

from curate.agreement import AgreementOptions, inter_annotator_agreement, read_annotation_sets
from curate.formats.reading import ReadDocument
from curate.formats.registry import detect_format

WHEN = "2021-04-05T12:27:54.3+02:00"


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
    assert keys_by_layer(found) == {
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
    assert keys_by_layer(found) == {"annotator:2": [(0, 4, "HUMAN"), (0, 4, "PER")]}
    assert [c.label for c in found.layers[0].categories] == ["calm"]
    assert found.layers[0].spans[0].at == "2026-01-02T00:00:00Z"
    assert problem.code == "read.no-text"


def people(*annotations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"text": "Anna dort"}, "annotations": list(annotations), **fields}


def read_json(path: Path, *rows: Any, **options: Any) -> tuple[list[ReadDocument], list[str]]:
    path.write_text(json.dumps(rows), encoding="utf-8")
    documents, problems = read(path, **options)
    return documents, [problem.code.removeprefix("read.") for problem in problems]


def test_annotations_whose_author_is_gone_are_those_of_different_people(tmp_path):
    anna, nothing = [region("a", 0, 4, "Anna")], []
    tasks = (
        people({"completed_by": None, "result": anna}, {"completed_by": None, "result": anna}),
        people({"completed_by": None, "result": anna}, {"completed_by": 7.0, "result": nothing}),
        people({"result": anna}),
        people({"result": anna}, {"result": nothing}),
        people({"completed_by": 7, "skipped": True, "result": anna}),
    )
    found, reasons = read_json(tmp_path / "a.json", *tasks)
    keys = [(0, 4, "PER")]
    assert [keys_by_layer(each) for each in found] == [
        {"annotator:unsigned-1": keys, "annotator:unsigned-2": keys},
        {"annotator:7": [], "annotator:unsigned-1": keys},
        {"gold": keys},
        {"annotator:unsigned-1": keys, "annotator:unsigned-2": []},
        {},
    ]
    assert reasons == ["not-accepted"]


def test_the_newest_annotation_of_a_person_counts_whatever_the_order(tmp_path):
    new = {"completed_by": 1, "result": [region("a", 0, 4, "Anna")], "updated_at": WHEN}
    old = {"completed_by": 1, "result": [], "updated_at": "2020-01-01T00:00:00Z"}
    found, reasons = read_json(tmp_path / "a.json", people(old, new), people(new, old))
    keys = [keys_by_layer(each)["annotator:1"] for each in found]
    assert (keys, reasons) == ([[(0, 4, "PER")]] * 2, ["not-accepted"] * 2)


def test_numbers_written_as_texts_and_unknown_parts_lose_nothing_else(tmp_path):
    value = {"start": "0", "end": 4.0, "text": "Anna", "labels": ["PER"]}
    odd = [
        {"type": "labels", "value": value, "score": "0.9"},
        {"type": "pairwise", "value": [1]},
        {"type": "choices", "value": {**value, "choices": ["sure"], "labels": None}},
        {"type": "labels", "value": {"start": 5, "end": 9, "text": "dort"}},
        {"type": "paragraphlabels", "value": {"start": "0", "end": "0", "startOffset": 1}},
        {"type": "textarea", "value": {"start": 0, "end": 4, "text": ["note"]}},
        "none",
    ]
    drafts = [{"result": [region("a", 0, 4, "Anna")]}, {"result": []}]
    predictions = [5, {"result": odd[:1]}, {"result": []}, "none"]
    task = people({"result": odd}, "none", id=1.0, drafts=drafts, predictions=predictions)
    (found,), reasons = read_json(tmp_path / "a.json", task)
    assert keys_by_layer(found) == {"gold": [(0, 4, "PER")], "model:prediction": []}
    assert found.layers[0].spans[0].score == 0.9
    counts = Counter(reasons)
    assert counts == {"unsupported": 7, "not-accepted": 2, "no-label": 1}


def test_relations_have_a_direction(tmp_path):
    def arrow(direction: str) -> dict[str, Any]:
        ends = {"from_id": "a", "to_id": "b"}
        return {"type": "relation", **ends, "direction": direction, "labels": [direction]}

    regions = [region("a", 0, 4, "Anna"), region("b", 5, 9, "dort")]
    result = [*regions, *map(arrow, ("right", "left", "bi"))]
    (found,), reasons = read_json(tmp_path / "a.json", people({"result": result}))
    ends = [(r.label, r.head[0], r.tail[0]) for r in found.layers[0].relations]
    assert sorted(ends) == [("bi", 0, 5), ("bi", 5, 0), ("left", 5, 0), ("right", 0, 5)]
    assert reasons == []


def row(text: str, annotation: int | None, annotator: Any, **controls: Any) -> dict[str, Any]:
    times = {"created_at": WHEN, "updated_at": WHEN, "lead_time": 1.0}
    ids = {"annotator": annotator, "annotation_id": annotation}
    return {"text": text, "id": 1, **controls, **ids, **times}


ANNA = [{"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}]


def test_a_row_with_an_annotation_and_no_control_says_that_there_is_nothing(tmp_path):
    rows = (
        row("Anna dort", 1, 7, label=ANNA),
        row("Anna dort", 2, "b@x"),
        row("Rien", 3, "None"),
        row("Rien", 4, None),
        row("Rien", None, None),
    )
    found, reasons = read_json(tmp_path / "a.json", *rows)
    assert [keys_by_layer(each) for each in found] == [
        {"annotator:7": [(0, 4, "PER")]},
        {"annotator:b@x": []},
        {"annotator:unsigned-1": []},
        {"annotator:unsigned-1": []},
        {},
    ]
    assert (reasons, found[0].document.meta) == ([], {"id": "1"})


def test_an_annotator_who_marked_nothing_counts_in_agreement(tmp_path):
    rows = [
        row("Anna dort", 1, 7, label=ANNA),
        row("Anna dort", 2, 8, label=ANNA),
        row("Anna est là", 3, 7, label=ANNA),
        row("Anna est là", 4, 8),
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    agreement = inter_annotator_agreement(
        read_annotation_sets([path]), AgreementOptions(resamples=0)
    )
    assert (agreement.documents, agreement.annotators) == (2, {"7": 2, "8": 2})
    assert agreement.pairs[0].strict.micro.f1 == pytest.approx(2 / 3)


def test_a_single_choice_of_a_row_is_known_by_its_name(tmp_path):
    def categories(**options: Any) -> tuple[list[str], list[str]]:
        rows = [row("Anna dort", 1, 7, sentiment="calm", topic="sleep", url2=["x"])]
        (found,), reasons = read_json(tmp_path / "a.json", *rows, **options)
        return [category.label for category in found.layers[0].categories], reasons

    assert categories() == (["calm"], ["unsupported"])
    assert categories(columns={"label": "topic"}) == (["sleep"], [])


def test_label_studio_csv(tmp_path):
    fields = ["_data_text", "annotation_id", "annotator", "created_at", "id", "lead_time"]
    fields += ["mood", "text", "updated_at"]
    annotated = ["Anna dort,\nelle rêve", 9, 2, WHEN, 5, 4.5, '{"choices": ["calm", "late"]}']
    rows = [
        [*annotated, json.dumps(ANNA), WHEN],
        ["Rien", 10, "None", WHEN, 6, 1, "", "", WHEN],
        ["Jamais vu", "", "", "", 7, "", "", "", ""],
    ]
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t")):
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([fields, *rows])
        assert detect_format(path).name == "label-studio"
        found, problems = read(path)
        assert [keys_by_layer(each) for each in found] == [
            {"annotator:2": [(0, 4, "PER")]},
            {"annotator:unsigned-1": []},
            {},
        ]
        assert [c.label for c in found[0].layers[0].categories] == ["calm", "late"]
        assert (problems, found[0].document.meta) == ([], {"id": "5"})


def test_a_task_without_text_names_the_fields_that_may_hold_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([people(data={"story": "Anna"})]), encoding="utf-8")
    (problem,) = read(path)[1]
    assert "--column text=NAME" in problem.hint and "story" in problem.hint
    assert len(read(path, columns={"text": "story"})[0]) == 1


LABELS = set(SCHEMA.names)


def test_label_studio_takes_the_tasks(tmp_path: Path) -> None:
    tasks = json.loads(export_corpus("label-studio", tmp_path).read_bytes())
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.label_studio(task, LABELS)] == []


def annotation(person: Any, **more: Any) -> dict[str, Any]:
    return {"completed_by": person, "result": [region("a", 0, 4, "Anna")], **more}


def read_tasks(tmp_path: Path, *tasks: dict[str, Any]) -> tuple[list[ReadDocument], list[str]]:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"data": {"text": "Anna dort"}, **it} for it in tasks]))
    found, problems = read(path)
    return found, [problem.code.removeprefix("read.") for problem in problems]


def test_a_ground_truth_is_what_a_curator_chose(tmp_path):
    found, codes = read_tasks(
        tmp_path,
        {"annotations": [annotation(1), annotation(2, ground_truth=True, updated_at=WHEN)]},
        {"annotations": [annotation(None, ground_truth=True)]},
        {"annotations": [{"result": [], "ground_truth": True}]},
        {"annotations": [annotation(1, ground_truth=True, was_cancelled=True)]},
        # The one that was chosen counts, though the same person has a later one.
        {
            "annotations": [
                annotation(1, ground_truth=True, updated_at="2026-01-01T00:00:00Z"),
                {"completed_by": 1, "result": [], "updated_at": "2026-01-02T00:00:00Z"},
            ]
        },
        {
            "annotations": [
                annotation(1, ground_truth=True, updated_at="2026-01-02T00:00:00Z"),
                annotation(2, ground_truth=True, updated_at="2026-01-01T00:00:00Z"),
            ]
        },
    )
    decisions = [(it.curated.layer, it.curated.at) if it.curated else None for it in found]
    assert decisions == [
        ("annotator:2", "2021-04-05T10:27:54Z"),
        ("annotator:unsigned-1", ""),
        ("gold", ""),
        None,
        ("annotator:1", "2026-01-01T00:00:00Z"),
        ("annotator:1", "2026-01-02T00:00:00Z"),
    ]
    assert keys_by_layer(found[4]) == {"annotator:1": [(0, 4, "PER")]}
    assert not any(it.curated.only for it in found if it.curated)
    assert codes == ["not-accepted"] * 3


def test_comments_are_kept_and_what_is_not_in_the_file_is_told(tmp_path):
    noted = region("a", 0, 4, "Anna", meta={"text": ["who?", ""]})
    said = {"text": "sure", "created_by": {"email": "c@x"}, "created_at": WHEN}
    found, codes = read_tasks(
        tmp_path,
        {"annotations": [{"completed_by": 1, "result": [noted], "comments": [said, "odd", {}]}]},
        {"annotations": [annotation(1, comments=3, reviews=[{"accepted": True}])]},
        {"annotations": [annotation(1)], "comment_count": 2},
        {"annotations": [annotation(1)], "comment_count": 0, "comments": []},
    )
    comments = [[(it.text, it.by, it.at) for it in each.comments] for each in found]
    assert comments == [
        [("« Anna »: who?", "1", ""), ("sure", "c@x", "2021-04-05T10:27:54Z")],
        [],
        [],
        [],
    ]
    assert codes == ["comment", "unsupported", "unsupported"]
    assert all(keys_by_layer(it) == {"annotator:1": [(0, 4, "PER")]} for it in found)
