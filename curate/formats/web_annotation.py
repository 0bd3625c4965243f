"""Format ``web-annotation``: the W3C's Web Annotation Data Model, an annotation a line.

A span is an annotation whose target has a position selector (code points, as the model says) and a
quote selector with some text around it; a category is one of the document as a whole; a relation
is one between two annotations, with motivation ``linking``. The text itself is not in the file: the
target's source names the document, by its ``url`` where it has one.
Reference: https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from curate.formats.atomic_files import replace_file
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument, without_tombstones
from curate.model import Document, Revision, Span, SpanKey
from curate.util import jsonl

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
AROUND = 32  # code points of text before and after a quote


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision in without_tombstones(pairs):
            tally.documents += 1
            tally.spans += len(revision.spans)
            for annotation in _annotations(document, revision):
                file.write(jsonl.canonical(annotation) + b"\n")
    return tally.exported(target, "web-annotation")


def _annotations(document: Document, revision: Revision) -> Iterator[dict[str, Any]]:
    source = document.meta.get("url") or f"urn:curate:{document.id}"
    for span in revision.spans:
        where = {"source": source, "selector": _selectors(document.text, span)}
        yield _annotation(_id(document, span.key), span.label, where, span.by, span.at)
    for relation in revision.relations:
        ends = [_id(document, key) for key in (relation.head, relation.tail)]
        name = f"{ends[0]}:{quote(relation.label)}:{_key(relation.tail)}"
        made = _annotation(name, relation.label, ends, relation.by, relation.at)
        yield {**made, "motivation": "linking"}
    for category in revision.categories:
        name = f"urn:curate:{document.id}:category:{quote(category.label)}"
        yield _annotation(name, category.label, source, category.by, category.at)


def _annotation(name: str, label: str, target: Any, by: str, at: str) -> dict[str, Any]:
    made = {
        "@context": CONTEXT,
        "id": name,
        "type": "Annotation",
        "motivation": "classifying",
        "body": {"type": "TextualBody", "value": label, "purpose": "tagging"},
        "target": target,
    }
    if by:
        kind = "Person" if by.startswith("annotator:") else "Software"
        made["creator"] = {"type": kind, "name": by}
    return made | ({"modified": at} if at else {})


def _selectors(text: str, span: Span) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": span.start, "end": span.end},
        {
            "type": "TextQuoteSelector",
            "exact": text[span.start : span.end],
            "prefix": text[max(0, span.start - AROUND) : span.start],
            "suffix": text[span.end : span.end + AROUND],
        },
    ]


def _id(document: Document, key: SpanKey) -> str:
    return f"urn:curate:{document.id}:{_key(key)}"


def _key(key: SpanKey) -> str:
    return f"{key[0]}-{key[1]}-{quote(key[2])}"
