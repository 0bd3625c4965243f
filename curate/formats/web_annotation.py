"""Format ``web-annotation``: the W3C's Web Annotation Data Model, one annotation per line.

A span is an annotation whose target has a position selector (in code points, as in the model) and a
quote selector with some text around it. A category is an annotation of the whole document. A
relation is an annotation with motivation ``linking`` between two others. The text itself is not in
the file: the source of the target identifies the document, by its ``url`` if it has one.

Reference: https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from curate.formats.atomic_files import replace_file
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument, without_tombstones
from curate.layers import is_annotator
from curate.model import Document, Revision, Span, SpanKey
from curate.util import jsonl

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
QUOTE_CONTEXT = 32  # code points of text before and after a quote


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision in without_tombstones(documents):
            tally.documents += 1
            tally.spans += len(revision.spans)
            for annotation in _annotations(document, revision):
                file.write(jsonl.canonical(annotation) + b"\n")
    return tally.exported(target, "web-annotation")


def _annotations(document: Document, revision: Revision) -> Iterator[dict[str, Any]]:
    source = document.meta.get("url") or f"urn:curate:{document.id}"
    for span in revision.spans:
        target = {"source": source, "selector": _selectors(document.text, span)}
        yield _annotation(_span_id(document, span.key), span.label, target, span.by, span.at)
    for relation in revision.relations:
        ends = [_span_id(document, key) for key in (relation.head, relation.tail)]
        id = f"{ends[0]}:{quote(relation.label)}:{_key(relation.tail)}"
        annotation = _annotation(id, relation.label, ends, relation.by, relation.at)
        yield {**annotation, "motivation": "linking"}
    for category in revision.categories:
        id = f"urn:curate:{document.id}:category:{quote(category.label)}"
        yield _annotation(id, category.label, source, category.by, category.at)


def _annotation(id: str, label: str, target: Any, by: str, at: str) -> dict[str, Any]:
    annotation = {
        "@context": CONTEXT,
        "id": id,
        "type": "Annotation",
        "motivation": "classifying",
        "body": {"type": "TextualBody", "value": label, "purpose": "tagging"},
        "target": target,
    }
    if by:
        annotation["creator"] = {"type": "Person" if is_annotator(by) else "Software", "name": by}
    if at:
        annotation["modified"] = at
    return annotation


def _selectors(text: str, span: Span) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": span.start, "end": span.end},
        {
            "type": "TextQuoteSelector",
            "exact": text[span.start : span.end],
            "prefix": text[max(0, span.start - QUOTE_CONTEXT) : span.start],
            "suffix": text[span.end : span.end + QUOTE_CONTEXT],
        },
    ]


def _span_id(document: Document, key: SpanKey) -> str:
    return f"urn:curate:{document.id}:{_key(key)}"


def _key(key: SpanKey) -> str:
    return f"{key[0]}-{key[1]}-{quote(key[2])}"
