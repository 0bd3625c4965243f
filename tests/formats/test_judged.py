"""What nobody judged, or not for spans, is told from what has no spans, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.read_files import read, read_all, write_rows

from curate.formats.convert import convert
from curate.formats.export import write
from curate.formats.reading import ReadDocument
from curate.formats.registry import FORMATS, WRITABLE
from curate.ingest.importer import ingest
from curate.model import Annotation
from curate.workspace import Workspace

JUDGED = {"text": "Anna saw Rome.", "spans": [{"start": 0, "end": 4, "label": "PER"}]}
EMPTY = {"text": "Nothing here.", "spans": []}
UNJUDGED = {"text": "Nobody looked."}
CATEGORY = {"text": "The match ended.", "categories": [{"label": "SPORT"}]}
HOLDS = [name for name in WRITABLE if FORMATS[name].holds_unjudged]
NOW = "2026-01-02T03:04:05Z"
TOKENS = ("conll", "biluo", "conllu", "conll2012", "gliner")


def _layers(path: Path, format: str = "") -> dict[str, Annotation | None]:
    """The only layer of each document, by its text."""
    items = [it for it in read_all(path, format) if isinstance(it, ReadDocument)]
    return {it.document.text.strip(): next(iter(it.layers), None) for it in items}


def _said(layer: Annotation | None) -> tuple[Any, ...] | None:
    if layer is None:
        return None
    labels = [category.label for category in layer.categories]
    return [span.key for span in layer.spans], labels, layer.categories_only


@pytest.mark.parametrize("format", HOLDS)
def test_what_was_judged_comes_back(tmp_path, format):
    source = write_rows(tmp_path / "a.jsonl", JUDGED, EMPTY, UNJUDGED, CATEGORY)
    target = tmp_path / f"out.{format}"
    result = convert([source], target, write_as=format)
    read_as = "parquet" if format == "huggingface" else format
    layers = _layers(target, read_as)
    assert _said(layers["Anna saw Rome."]) == ([(0, 4, "PER")], [], False)
    assert _said(layers["Nothing here."]) == ([], [], False)
    assert _said(layers["Nobody looked."]) is None
    has_categories = "categories" in FORMATS[format].writes
    if format == "label-studio":  # its tasks do not say what could be given, so this is counted
        assert _said(layers["The match ended."]) == ([], ["SPORT"], False)
        assert result.written[0].noted == {"not-judged": 1}
    else:
        only = ([], ["SPORT"], True) if has_categories else None
        assert _said(layers["The match ended."]) == only


@pytest.mark.parametrize("format", [name for name in WRITABLE if name not in HOLDS])
def test_what_a_format_cannot_tell_is_counted(tmp_path, format):
    source = write_rows(tmp_path / "a.jsonl", JUDGED, EMPTY, UNJUDGED, CATEGORY)
    (written,) = convert([source], tmp_path / f"out.{format}", write_as=format).written
    holds_category = FORMATS[format].holds_categories_only
    assert written.noted["not-judged"] == (1 if holds_category else 2)


SPACY_CATEGORIES = ["The match ended.", {"cats": {"SPORT": 1.0, "NEWS": 0.0}}]
STUDIO = {
    "data": {"text": "The match ended."},
    "annotations": [{"result": [{"type": "choices", "value": {"choices": ["SPORT"]}}]}],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label\nThe match ended.,SPORT\n"),
        ("a.txt", "__label__SPORT The match ended.\n"),
        ("a.jsonl", {"text": "The match ended.", "cats": {"SPORT": 0.9}}),
        ("a.jsonl", {"text": "The match ended.", "categories": ["SPORT"]}),
        ("a.doccano.jsonl", {"text": "The match ended.", "label": ["SPORT"]}),
        ("a.doccano.jsonl", {"text": "The match ended.", "cats": ["SPORT"]}),
        ("a.doccano.jsonl", {"text": "The match ended.", "annotations": [{"label": "SPORT"}]}),
        ("a.prodigy.jsonl", {"text": "The match ended.", "accept": ["SPORT"], "answer": "accept"}),
        ("a.prodigy.jsonl", {"text": "The match ended.", "label": "SPORT", "answer": "accept"}),
        ("a.argilla.json", {"fields": {"text": "The match ended."}, "responses": {"c": ["SPORT"]}}),
        ("a.label-studio.json", [STUDIO]),
        ("a.jsonl", SPACY_CATEGORIES),
    ],
)
def test_where_only_categories_could_be_given_no_token_is_said_to_be_outside(
    tmp_path, name, content
):
    source = tmp_path / name
    text = content if isinstance(content, str) else json.dumps(content)
    source.write_text(text, encoding="utf-8")
    copy = tmp_path / "copy.jsonl"  # what is known is kept on the way
    convert([source], copy)
    for path in (source, copy):
        for format in TOKENS:
            target = tmp_path / f"out.{format}"
            (written,) = convert([path], target, write_as=format).written
            assert (written.documents, written.noted) == (0, {"not-judged": 1})
            assert written.lost == {"categories": 1}
        convert([path], tmp_path / "out.spacy")
        layer = _layers(tmp_path / "out.spacy")["The match ended."]
        assert _said(layer) == ([], ["SPORT"], True)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("a.jsonl", {"text": "The match ended.", "spans": [], "cats": {"SPORT": 0.9}}),
        ("a.doccano.jsonl", {"text": "The match ended.", "entities": [], "cats": ["SPORT"]}),
        ("a.prodigy.jsonl", {"text": "The match ended.", "spans": [], "accept": ["SPORT"]}),
        ("a.jsonl", ["The match ended.", {"entities": [], "cats": {"SPORT": 1.0}}]),
    ],
)
def test_a_list_of_spans_that_is_empty_says_that_there_are_none(tmp_path, name, row):
    (layer,) = _layers(write_rows(tmp_path / name, row)).values()
    assert _said(layer) == ([], ["SPORT"], False)


def test_a_task_of_label_studio_is_judged_for_spans_if_another_one_has_some(tmp_path):
    value = {"start": 0, "end": 3, "labels": ["EVENT"], "text": "The"}
    other = {**STUDIO, "annotations": [{"result": [{"type": "labels", "value": value}]}]}
    other["data"] = {"text": "The end."}
    layers = _layers(write_rows(tmp_path / "a.label-studio.json", STUDIO, other))
    assert _said(layers["The match ended."]) == ([], ["SPORT"], False)


def test_a_folder_of_what_nobody_judged_says_so_of_its_files(tmp_path):
    source = write_rows(tmp_path / "a.jsonl", JUDGED, EMPTY, UNJUDGED)
    (written,) = convert([source], tmp_path / "out", write_as="brat").written
    assert written.noted == {"not-judged": 1}
    (path,) = (tmp_path / "out").glob("not-judged/*/*.txt")
    (document,), problems = read(path)
    assert (document.layers, [it.code for it in problems]) == ((), ["read.not-judged"])
    path.with_suffix(".ann").write_text("T1\tPER 0 6\tNobody\n")
    (document,), problems = read(path)
    assert (len(document.layers[0].spans), problems) == (1, [])


def test_texts_alone_need_no_folder_of_their_own(tmp_path):
    source = write_rows(tmp_path / "a.jsonl", UNJUDGED)
    (written,) = convert([source], tmp_path / "out", write_as="brat").written
    assert (written.noted, list((tmp_path / "out").glob("not-judged"))) == ({}, [])


def test_gold_of_categories_says_nothing_about_spans_in_exports(tmp_path):
    workspace = Workspace(Workspace.init(tmp_path / "corpus").root, now=lambda: NOW)
    source = tmp_path / "a.csv"
    source.write_text("text,label\nThe match ended.,SPORT\n", encoding="utf-8")
    ingest(workspace, [source], gold=True)
    with workspace.store.begin() as tx:
        documents = list(tx.heads())
    ((_, head),) = documents
    assert (head.is_judged, head.is_judged_for_spans) == (True, False)
    workspace.write_annotations()
    (path,) = (tmp_path / "corpus" / "annotations" / "gold").iterdir()
    assert json.loads(path.read_bytes())["categories_only"] is True
    exported = write("conll", documents, tmp_path / "a.conll", workspace.schema)
    assert (exported.documents, exported.noted) == (0, {"not-judged": 1})
