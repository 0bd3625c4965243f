"""Web Annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import consumer_rules as rules
from support.golden_corpus import CORPUS, Pair, export_corpus, json_lines
from support.random_documents import pairs, written_and_read
from support.read_files import keys_by_layer, read, surfaces, write_rows

from curate.formats.registry import detect_format

TEXTS = {document.id: document.text for document, _ in CORPUS}


def test_the_web_annotations_are_what_the_model_asks_for(tmp_path: Path) -> None:
    found = json_lines(export_corpus("web-annotation", tmp_path))
    marks = sum(1 + len(r.spans) + len(r.relations) + len(r.categories) for _, r in CORPUS)
    assert len({each["id"] for each in found}) == len(found) == marks
    for each in found:
        assert list(rules.web_annotation(each, TEXTS[each["id"].split(":")[2]])) == []


TEXT = "🚀 Anna saw Anna in Rome."


def note(id: str, body: Any, selector: Any = None, **fields: Any) -> dict[str, Any]:
    target = {"source": "https://example.org/a.txt", "selector": selector}
    if selector is None:
        target.pop("selector")
    return {"id": id, "type": "Annotation", "body": body, "target": target, **fields}


def tag(value: str, purpose: str = "tagging") -> dict[str, str]:
    return {"type": "TextualBody", "value": value, "purpose": purpose}


def position(start: int, end: int) -> dict[str, Any]:
    return {"type": "TextPositionSelector", "start": start, "end": end}


def quotation(exact: str, **around: str) -> dict[str, Any]:
    return {"type": "TextQuoteSelector", "exact": exact, **around}


def test_annotations_of_other_tools_with_the_text_beside_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    ada = {"type": "Person", "name": "Ada"}
    rows = [
        note("#r", tag("in"), motivation="linking") | {"target": ["#1", {"id": "#3"}]},
        note("#1", [tag("PER"), tag("sure?", "commenting")], position(2, 6)),
        note("#2", "PER", [quotation("Anna", prefix="saw "), {"type": "XPathSelector"}]),
        note("#3", tag("LOC"), {"type": "FragmentSelector", "value": "char=19,23"}),
        note("#4", tag("PER"), quotation("Anna")),
        note("#5", tag("PER"), {"type": "CssSelector", "value": "p"}),
        note("#6", tag("travel")),
        note("#7", {"source": "http://x/Person"}, position(2, 6), creator=ada),
    ]
    path = tmp_path / "notes.json"
    path.write_text(json.dumps({"type": "AnnotationPage", "items": rows}), "utf-8")
    (item,), problems = read(path, format="web-annotation")
    assert item.document.meta == {"url": "https://example.org/a.txt"}
    assert keys_by_layer(item) == {
        "annotator:Ada": [(2, 6, "http://x/Person")],
        "gold": [(2, 6, "PER"), (11, 15, "PER"), (19, 23, "LOC")],
    }
    gold = item.layers[1]
    assert [(r.head, r.label, r.tail) for r in gold.relations] == [
        ((2, 6, "PER"), "in", (19, 23, "LOC"))
    ]
    assert [it.label for it in gold.categories] == ["travel"]
    assert [p.code.removeprefix("read.") for p in problems] == [
        "unsupported",
        "text-mismatch",
        "unsupported",
    ]


def test_a_text_that_is_nowhere_is_asked_for(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", note("#1", tag("PER"), position(2, 6)))
    assert detect_format(path).name == "web-annotation"
    items, (problem,) = read(path)
    assert (items, problem.code, "notes.txt" in problem.hint) == ([], "read.no-text", True)
    (tmp_path / "notes.txt").write_text(TEXT, "utf-8")
    assert surfaces(read(path)[0][0]) == [("Anna", "PER")]


@pytest.mark.parametrize("unit", ["utf16", "bytes"])
def test_positions_in_another_unit_are_named(tmp_path: Path, unit: str) -> None:
    start = {"utf16": 3, "bytes": 5}[unit]
    selectors = [position(start, start + 4), quotation("Anna")]
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    path = write_rows(tmp_path / "notes.jsonl", note("#1", tag("PER"), selectors))
    items, problems = read(path)
    assert (items, [p.hint for p in problems]) == ([], [f"read it with --offsets {unit}"])
    (item,), problems = read(path, offsets=unit)
    assert (surfaces(item), problems) == ([("Anna", "PER")], [])


@settings(max_examples=60)
@given(st.lists(pairs(), max_size=2))
def test_what_is_written_comes_back(made: list[Pair]) -> None:
    exported, items = written_and_read("web-annotation", made)
    assert exported.lost == {}
    for (document, revision), item in zip(made, items, strict=True):
        said = revision.annotation.sorted()
        assert (item.document.text, item.document.lang) == (document.text, "fr")
        (layer,) = item.layers
        assert [(s.key, s.by) for s in layer.spans] == [(s.key, s.by) for s in said.spans]
        assert [(r.key, r.by) for r in layer.relations] == [(r.key, r.by) for r in said.relations]
        categories = [(c.key, c.by) for c in layer.categories]
        assert categories == [(c.key, c.by) for c in said.categories]
