"""Prodigy, read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def task(text: str, **fields: Any) -> dict[str, Any]:
    return {"text": text, "answer": "accept", "_task_hash": 1, **fields}


def span(start: int, end: int, label: str | None = "PER", **fields: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **fields}


def test_the_session_names_the_annotator_where_no_id_does(tmp_path):
    path = write_rows(
        tmp_path / "a.jsonl",
        task("Anna dort", spans=[span(0, 4)], _session_id="news-ada"),
        task("Anna dort", spans=[], _session_id="news-bea"),
        task("Anna dort", spans=[span(0, 9)], _session_id="news-cem", _annotator_id="cem"),
        task("Anna dort", spans=[span(0, 9)], _session_id=None, _annotator_id=None),
    )
    found, problems = read(path)
    assert [keys_by_layer(each) for each in found] == [
        {"annotator:news-ada": [(0, 4, "PER")]},
        {"annotator:news-bea": []},
        {"annotator:cem": [(0, 9, "PER")]},
        {"gold": [(0, 9, "PER")]},
    ]
    assert problems == []


def test_what_has_no_label_or_no_span_is_left_out_and_counted(tmp_path):
    ends = {"head_span": span(0, 4), "child_span": span(5, 9, "LOC")}
    path = write_rows(
        tmp_path / "a.jsonl",
        task("Anna dort", spans=[{"start": 0, "end": 4}, span(5, 9, "")]),
        task("Anna dort", spans=[span(0, 4)], relations=[{**ends, "label": "at"}]),
        task("Anna dort", relations=[{"head": 0, "child": 1, "label": "nsubj"}]),
        task("Anna dort", spans=[7, span(0, 4)]),
    )
    found, problems = read(path)
    person = [(0, 4, "PER")]
    assert [keys_by_layer(each)["gold"] for each in found] == [[], person, [], person]
    assert [len(each.layers[0].relations) for each in found] == [0, 0, 0, 0]
    reasons = ["no-label", "no-label", "dangling", "dangling", "unsupported"]
    assert [problem.code for problem in problems] == [f"read.{reason}" for reason in reasons]


def test_the_last_token_of_a_span_belongs_to_it(tmp_path):
    tokens = [{"text": t, "start": s, "end": e, "id": n} for n, (t, s, e) in enumerate(
        [("Anna", 0, 4), ("Elm", 5, 8), ("dort", 9, 13), ("Rome", 14, 18)]
    )]  # fmt: skip
    name = {"token_start": 0, "token_end": 1, "label": "PER"}
    place = {"token_start": 3, "token_end": 3, "label": "LOC"}
    relation = {"head": 1, "child": 3, "label": "in"}
    path = write_rows(
        tmp_path / "a.jsonl",
        task("Anna Elm dort Rome", tokens=tokens, spans=[name, place], relations=[relation]),
        task("Anna Elm", tokens=tokens, spans=[{**name, "token_end": 9}]),
    )
    (found, _), (problem,) = read(path)
    keys = [(0, 8, "PER"), (14, 18, "LOC")]
    assert keys_by_layer(found) == {"gold": keys}
    assert [it.key for it in found.layers[0].relations] == [(*keys, "in")]
    assert problem.code == "read.out-of-range"


def test_the_versions_of_a_reviewed_task_are_those_of_their_sessions(tmp_path):
    versions = [
        {
            "text": "Anna dort",
            "spans": [span(0, 4)],
            "answer": "accept",
            "sessions": ["ada", "bea"],
        },
        {"text": "Anna dort", "spans": [], "answer": "reject", "sessions": ["cem"]},
    ]
    path = write_rows(
        tmp_path / "a.jsonl",
        task("Anna dort", spans=[span(0, 9)], versions=versions, _session_id="chief"),
    )
    (found,), (problem,) = read(path)
    assert keys_by_layer(found) == {
        "annotator:ada": [(0, 4, "PER")],
        "annotator:bea": [(0, 4, "PER")],
        "annotator:chief": [(0, 9, "PER")],
    }
    assert (problem.code, found.document.meta) == ("read.not-accepted", {})


def test_a_task_without_an_answer_is_judged_only_if_it_is_annotated(tmp_path):
    rows = [{"text": "Anna dort", "spans": [span(0, 4)]}, {"text": "Rien", "spans": []}]
    found, problems = read(write_rows(tmp_path / "a.jsonl", *rows), "prodigy")
    assert [keys_by_layer(each) for each in found] == [{"gold": [(0, 4, "PER")]}, {}]
    assert problems == []


def test_prodigy_takes_the_tasks(tmp_path: Path) -> None:
    tasks = json_lines(export_corpus("prodigy", tmp_path))
    assert len(tasks) == len(CORPUS)
    assert [each for task in tasks for each in rules.prodigy(task)] == []


def test_a_reviewed_task_is_what_its_reviewer_decided(tmp_path):
    versions = [{"spans": [], "sessions": ["one"]}]
    rows = [
        task("Anna dort", spans=[], versions=versions, _session_id="chief", answer="accept"),
        task("Anna lit", spans=[], versions=versions, answer="accept"),
        task("Anna rit", spans=[], versions=versions, _session_id="chief", answer="reject"),
        task("Anna part", spans=[], _session_id="one", answer="accept"),
    ]
    found, _ = read(write_rows(tmp_path / "a.jsonl", *rows))
    decisions = [(it.curated.layer, it.curated.by) if it.curated else None for it in found]
    assert decisions == [("annotator:chief", "annotator:chief"), ("gold", ""), None, None]
    assert all(it.curated.only for it in found[:2])
