"""Web Annotations."""

from __future__ import annotations

from pathlib import Path

from support import consumer_rules as rules
from support.golden_corpus import CORPUS, export_corpus, json_lines

TEXTS = {document.id: document.text for document, _ in CORPUS}


def test_the_web_annotations_are_what_the_model_asks_for(tmp_path: Path) -> None:
    found = json_lines(export_corpus("web-annotation", tmp_path))
    marks = sum(len(r.spans) + len(r.relations) + len(r.categories) for _, r in CORPUS)
    assert len({each["id"] for each in found}) == len(found) == marks
    for each in found:
        assert list(rules.web_annotation(each, TEXTS[each["id"].split(":")[2]])) == []
