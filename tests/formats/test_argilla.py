"""Argilla, read and written: records of both versions in all their shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import foreign_tools
from support.golden_corpus import CORPUS, SCHEMA
from support.read_files import keys_by_layer, read, write_rows

from curate.formats import argilla
from curate.formats.registry import detect_format
from curate.formats.writing import ExportJob
from curate.model import unjudged

ADA, BEA = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
ANNA, DORT = ({"start": s, "end": e, "label": n} for s, e, n in ((0, 4, "PER"), (5, 9, "ACT")))
PERSON = [(0, 4, "PER")]

NESTED = {
    "id": "r1",
    "fields": {"text": "Anna dort", "lead": "Un soir"},
    "metadata": {"source": "x"},
    "suggestions": {"names": {"value": [ANNA], "score": [0.9], "agent": "m1"}},
    "responses": {
        "names": [{"value": [ANNA], "user_id": ADA}, {"value": [], "user_id": BEA}],
        "topic": [{"value": "sleep", "user_id": ADA}],
        "grade": [{"value": 4, "user_id": ADA}],
    },
    "vectors": {"v": [0.1]},
    "status": "completed",
    "_server_id": None,
}


def layers(path: Path, **options: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The spans of each layer, and the reasons of the problems."""
    found, problems = read(path, **options)
    return [keys_by_layer(each) for each in found], [p.code.removeprefix("read.") for p in problems]


def test_nested_records_of_argilla_2(tmp_path):
    path = write_rows(tmp_path / "a.jsonl", NESTED, NESTED)
    assert detect_format(path).name == "argilla"
    (found, _), problems = read(path)
    assert keys_by_layer(found) == {
        f"annotator:{ADA}": PERSON,
        f"annotator:{BEA}": [],
        "model:m1": PERSON,
    }
    assert [category.label for category in found.layers[0].categories] == ["sleep"]
    assert found.layers[2].spans[0].score == 0.9
    assert found.document.meta == {"id": "r1", "lead": "Un soir", "source": "x"}
    codes = [problem.code for problem in problems]
    assert codes == ["read.unsupported", "read.no-status", "read.unsupported"]


def test_flat_records_say_which_responses_are_drafts(tmp_path):
    flat = {
        "id": "r1", "text": "Anna dort", "status": "pending", "source": "x",
        "names.responses": [[ANNA], [DORT], [DORT], None],
        "names.responses.users": [ADA, BEA, "c", "d"],
        "names.responses.status": ["submitted", "draft", "discarded", "submitted"],
        "topics.responses": [["sleep", "night"]], "topics.responses.users": [ADA],
        "topics.responses.status": ["submitted"],
        "names.suggestion": [ANNA, DORT], "names.suggestion.score": [0.9],
        "names.suggestion.agent": None,
    }  # fmt: skip
    nobody = dict.fromkeys(flat) | {"text": "Rien"}
    path = write_rows(tmp_path / "a.jsonl", nobody, flat)
    assert detect_format(path).name == "argilla"
    assert layers(path) == (
        [{}, {f"annotator:{ADA}": PERSON, "annotator:d": [],
              "model:suggestion": [*PERSON, (5, 9, "ACT")]}],
        ["unsupported", "not-accepted", "not-accepted"],
    )  # fmt: skip
    (_, found), _ = read(path)
    assert [c.label for c in found.layers[0].categories] == ["night", "sleep"]
    assert found.document.meta == {"id": "r1", "source": "x"}


def test_responses_of_the_server_and_of_feedback_records(tmp_path):
    def response(user: str | None, status: str, **values: Any) -> dict[str, Any]:
        answers = {name: {"value": value} for name, value in values.items()}
        return {"user_id": user, "status": status, "values": answers}

    suggestion = {"question_name": "names", "value": [ANNA], "score": 0.5, "agent": "m1"}
    record = {"fields": {"body": "Anna dort"}, "suggestions": [suggestion], "external_id": "x1"}
    responses = [
        [response(ADA, "submitted", names=[ANNA]), response(BEA, "discarded")],
        [response(None, "submitted", names=[ANNA]), response(None, "submitted", names=[])],
        [response(None, "submitted", names=[ANNA])],
    ]
    path = write_rows(
        tmp_path / "a.jsonl", *({**record, "responses": given} for given in responses)
    )
    assert layers(path) == (
        [
            {f"annotator:{ADA}": PERSON, "model:m1": PERSON},
            {"annotator:unsigned-1": PERSON, "annotator:unsigned-2": [], "model:m1": PERSON},
            {"gold": PERSON, "model:m1": PERSON},
        ],
        ["not-accepted"],
    )


def test_feedback_records_of_argilla_1_as_a_dataset(tmp_path):
    row = {
        "text": "Anna dort",
        "names": [{"user_id": ADA, "value": [ANNA], "status": "submitted"}],
        "names-suggestion": [DORT],
        "names-suggestion-metadata": {"type": "model", "score": 0.25, "agent": "m1"},
        "external_id": "x1",
        "metadata": '{"source": "x"}',
    }
    path = write_rows(tmp_path / "a.jsonl", row)
    assert detect_format(path).name == "argilla"
    (found,), problems = read(path)
    assert keys_by_layer(found) == {f"annotator:{ADA}": PERSON, "model:m1": [(5, 9, "ACT")]}
    assert found.document.meta == {"external_id": "x1", "source": "x"}
    assert problems == []


def test_feedback_records_whose_objects_are_columns(tmp_path):
    names = {"start": [0, 5], "end": [4, 9], "label": ["PER", "ACT"], "text": ["Anna", "dormir"]}
    empty: dict[str, list[Any]] = {name: [] for name in names}
    details = {"type": None, "score": None, "agent": None}
    row = {
        "text": "Anna dort",
        "names": {
            "user_id": [ADA, BEA, None],
            "value": [names, empty, names],
            "status": ["submitted", "submitted", "draft"],
        },
        "names-suggestion": {**empty, "score": []},
        "names-suggestion-metadata": details,
        "metadata": "{}",
    }
    suggested = {name: values[:1] for name, values in names.items()} | {"score": [0.5]}
    path = write_rows(tmp_path / "a.jsonl", row, {**row, "names-suggestion": suggested})
    people = {f"annotator:{ADA}": PERSON, f"annotator:{BEA}": []}
    assert layers(path) == (
        [people, {**people, "model:suggestion": PERSON}],
        ["text-mismatch", "not-accepted"] * 2,
    )
    assert read(path)[0][1].layers[2].spans[0].score == 0.5


def test_token_and_text_classification_of_argilla_1(tmp_path):
    base = {"text": "Anna dort", "tokens": ["Anna", "dort"], "id": "r1", "metrics": {}}
    agents = {"prediction_agent": "m1", "annotation_agent": "ada"}
    scored = [{"label": "calm", "score": 0.6}, {"label": "late", "score": 0.4}]
    states = ("Validated", "Validated", "Default", "Discarded", "Edited")
    rows: list[dict[str, Any]] = [
        {"annotation": [{**ANNA}], "prediction": [{**ANNA, "score": 0.7}]},
        {"annotation": [["PER", 0, 4]], "prediction": [["ACT", 5, 9, 0.5]]},
        {"annotation": None, "prediction": None},
        {"annotation": None, "prediction": []},
        {"annotation": [{**ANNA}], "prediction": None},
    ]
    rows = [{**base, **agents, **r, "status": s} for r, s in zip(rows, states, strict=True)]
    topic = {"text": None, "inputs": {"text": "Anna dort"}, "annotation": ["calm"], **agents}
    rows.append({**topic, "prediction": scored, "multi_label": False, "status": "Validated"})
    path = write_rows(tmp_path / "a.jsonl", *rows)
    assert detect_format(path).name == "argilla"
    assert layers(path) == (
        [
            {"annotator:ada": PERSON, "model:m1": PERSON},
            {"annotator:ada": PERSON, "model:m1": [(5, 9, "ACT")]},
            {},
            {"model:m1": []},
            {},
            {"annotator:ada": [], "model:m1": []},
        ],
        ["not-accepted", "not-accepted"],
    )
    found, _ = read(path)
    assert [[c.label for c in it.categories] for it in found[-1].layers] == [["calm"], ["calm"]]
    assert found[0].layers[1].spans[0].score == 0.7
    assert found[0].document.meta == {"id": "r1"}


def test_what_has_another_shape_is_counted(tmp_path):
    server = {"fields": {"text": "Anna dort"}, "responses": [3, {"values": [1], "user_id": ADA}]}
    path = write_rows(
        tmp_path / "a.jsonl",
        {**server, "suggestions": ["x", {"question_name": "names", "value": [ANNA, 7]}]},
        {"fields": {"text": "Anna dort"}, "suggestions": {"names": 5}, "responses": {"names": 6}},
        {"text": "Anna dort", "prediction_agent": "m", "annotation_agent": None,
         "prediction": ["long\ntext"], "annotation": None, "status": "Default",
         "events": [{"x": 1}]},
    )  # fmt: skip
    found, reasons = layers(path)
    assert [each.get("model:suggestion", []) for each in found] == [PERSON, [], []]
    assert reasons.count("unsupported") == 6
    assert reasons[-2:] == ["unsupported", "not-understood"]


def test_what_is_written_comes_back_as_gold_without_its_relations(tmp_path):
    corpus = [*CORPUS[:-1], (CORPUS[-1][0], unjudged(CORPUS[-1][0].id))]
    exported = argilla.write(corpus, tmp_path / "a.json", ExportJob(SCHEMA))
    found, problems = read(tmp_path / "a.json")
    assert [it.document.text for it in found] == [document.text for document, _ in corpus]
    gold = [{"gold": [s.key for s in revision.spans]} for _, revision in corpus[:-1]]
    assert [keys_by_layer(it) for it in found] == [*gold, {}]
    assert [it.document.meta for it in found] == [document.meta for document, _ in corpus]
    relations = sum(len(revision.relations) for _, revision in corpus)
    assert exported.lost == {"relations": relations}
    assert {problem.code for problem in problems} <= {"read.blank-edge"}


# Argilla imports a client that is not needed here, and with it a package that it does not require.
MAKE = """
import json, sys, types, uuid
sys.modules.setdefault("requests", types.ModuleType("requests"))
import argilla as rg
from argilla.records._io import GenericIO, JsonIO
spans = [{"start": 0, "end": 4, "label": "PER"}]
users = [uuid.UUID(int=10), uuid.UUID(int=11)]
record = rg.Record(
    id="r1", fields={"text": "Anna dort"}, metadata={"source": "x"},
    responses=[
        rg.Response("names", spans, user_id=users[0], status="submitted"),
        rg.Response("topic", "sleep", user_id=users[0], status="submitted"),
        rg.Response("names", [], user_id=users[1], status="draft"),
    ],
    suggestions=[rg.Suggestion("names", spans, score=[0.9], agent="m1")],
)
other = rg.Record(id="r2", fields={"text": "Rien"})
folder = sys.argv[1]
JsonIO.to_json([record, other], folder + "/nested.json")
with open(folder + "/flat.json", "w") as file:
    json.dump(GenericIO.to_list([record, other], flatten=True), file)
"""
LOAD = """
import json, sys, types
sys.modules.setdefault("requests", types.ModuleType("requests"))
from argilla.records._io import JsonIO
records = JsonIO._records_from_json(sys.argv[1])
print(json.dumps([[r.id, r.fields["text"], r.metadata, r.suggestions.to_dict()] for r in records]))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return foreign_tools.install(tmp_path_factory.mktemp("argilla"), *foreign_tools.ARGILLA)


@pytest.mark.slow
def test_records_as_argilla_itself_writes_them(packages, tmp_path):
    foreign_tools.run(packages, MAKE, tmp_path)
    nested, flat = (tmp_path / name for name in ("nested.json", "flat.json"))
    assert [detect_format(path).name for path in (nested, flat)] == ["argilla"] * 2
    ada, bea = (f"annotator:00000000-0000-0000-0000-00000000000{end}" for end in "ab")
    both = {ada: PERSON, "model:m1": PERSON}
    assert layers(nested) == ([{**both, bea: []}, {}], ["no-status"])
    assert layers(flat) == ([both, {}], ["not-accepted"])


@pytest.mark.slow
def test_argilla_loads_what_is_written(packages, tmp_path):
    corpus = [*CORPUS[:-1], (CORPUS[-1][0], unjudged(CORPUS[-1][0].id))]
    argilla.write(corpus, tmp_path / "a.json", ExportJob(SCHEMA))
    records = json.loads(foreign_tools.run(packages, LOAD, tmp_path / "a.json"))
    for (document, revision), (id, text, meta, suggestions) in zip(corpus, records, strict=True):
        assert (id, text, meta) == (document.id, document.text, document.meta)
        assert sorted(suggestions) == (["categories", "spans"] if revision.is_judged else [])
        spans = suggestions.get("spans", {"value": []})["value"]
        assert [(it["start"], it["end"], it["label"]) for it in spans] == [
            span.key for span in revision.spans
        ]
