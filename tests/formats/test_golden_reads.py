"""One document with emoji, joiners, right-to-left and CJK, written in each format by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.formats.reading import ReadDocument
from curate.formats.registry import FORMATS, detect_format
from curate.formats.sources import read_annotated

FOLDER = Path(__file__).parents[1] / "golden" / "readers"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))
SPANS = [tuple(span) for span in EXPECTED["spans"]]

# File, its format, and whether that can carry relations.
FILES = [
    ("brat.txt", "brat", True),
    ("brat.ann", "brat", True),
    ("conllu.conllu", "conllu", False),
    ("curate.jsonl", "jsonl", True),
    ("doccano.jsonl", "doccano", False),
    ("doccano-relations.jsonl", "doccano", True),
    ("label-studio.json", "label-studio", True),
    ("label-studio-utf16.json", "label-studio", True),
    ("prodigy.jsonl", "prodigy", True),
    ("webanno.tsv", "webanno", True),
]


@pytest.mark.parametrize(("name", "format", "relations"), FILES)
def test_every_format_gives_the_same_document(name, format, relations):
    path = FOLDER / name
    assert detect_format(path).name == format
    (found,) = read_annotated(path)
    assert isinstance(found, ReadDocument)
    assert found.document.text == EXPECTED["text"]
    (layer,) = found.layers
    assert layer.layer == "gold"
    assert [span.key for span in layer.spans] == SPANS
    drawn = [(SPANS.index(r.head), SPANS.index(r.tail), r.label) for r in layer.relations]
    assert drawn == ([tuple(r) for r in EXPECTED["relations"]] if relations else [])


def test_every_format_says_what_it_is_and_can_be_asked_for_by_its_name():
    for name, format in FORMATS.items():
        assert format.name == name
        assert format.description
        assert all(ending.startswith(".") for ending in format.endings)
