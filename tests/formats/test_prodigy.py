"""Prodigy, read and written."""

from __future__ import annotations

from pathlib import Path

from support import consumer_rules as rules
from support.golden_corpus import CORPUS, export_corpus, json_lines
from support.read_files import keys_by_layer, read, write_rows

from curate.formats.registry import detect_format


def test_prodigy_takes_what_was_accepted_and_names_its_annotators(tmp_path):
    span = {"start": 0, "end": 4, "label": "PER", "token_start": 0, "token_end": 0}
    task = {"text": "Anna dort", "answer": "accept", "_task_hash": 1}
    path = write_rows(
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
    assert [keys_by_layer(f) for f in found[:3]] == [
        {"gold": [(0, 4, "PER")]},
        {},
        {"annotator:db-ada": []},
    ]
    assert [[c.label for c in f.layers[0].categories] for f in found[3:]] == [["SLEEP"], ["A", "B"]]
    assert found[0].document.meta == {"n": "1"}
    assert [p.code for p in problems] == ["read.not-accepted", "read.no-text"]


def test_prodigy_takes_the_tasks(tmp_path: Path) -> None:
    tasks = json_lines(export_corpus("prodigy", tmp_path))
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.prodigy(task)] == []
