"""Label Studio, read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support import consumer_rules as rules
from support.golden_corpus import CORPUS, SCHEMA, export_corpus
from support.read_files import keys_by_layer, read

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


LABELS = set(SCHEMA.names)


def test_label_studio_takes_the_tasks(tmp_path: Path) -> None:
    tasks = json.loads(export_corpus("label-studio", tmp_path).read_bytes())
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.label_studio(task, LABELS)] == []
