"""Texts and what annotators mark in them, named by the surface of each span."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from curate.agreement import AnnotationSets
from curate.model import Annotation, Document, Span
from curate.util import jsonl

RABAT = "Marie Dupont arrive à Rabat avec Ali."
ORAN = "Le port d'Oran ouvre lundi."
TEXTS = [RABAT, ORAN, "Rien à signaler ce matin.", "Ali Benali rentre de Tunis."]


def document(text: str) -> Document:
    return Document(id=jsonl.document_id(text), text=text)


def annotation(name: str, text: str, *marks: tuple[str, str], at: str = "") -> Annotation:
    """What an annotator says about a text; each mark is a surface of it and a label."""
    spans = tuple(
        Span(text.index(surface), text.index(surface) + len(surface), label, at=at)
        for surface, label in marks
    )
    key = jsonl.document_id(text)
    return Annotation(document=key, layer=f"annotator:{name}", spans=spans).sorted()


def proposal(text: str, *marks: tuple[str, str], by: str = "model:m@1") -> Annotation:
    """A proposal for a text."""
    spans = tuple(Span(*span.key, by=by) for span in annotation("", text, *marks).spans)
    return Annotation(document=jsonl.document_id(text), layer="proposal", spans=spans)


def annotation_sets(
    texts: Iterable[str], annotations: Mapping[str, Iterable[Annotation]]
) -> AnnotationSets:
    """Annotation sets on the documents with these texts."""
    return AnnotationSets(
        documents=tuple(document(text) for text in texts),
        annotations={name: tuple(own) for name, own in annotations.items()},
    )


def json_line(text: str, *marks: tuple[str, str]) -> str:
    """A line of JSON Lines; each mark is a surface of the text and a label."""
    spans = [
        {"start": text.index(surface), "end": text.index(surface) + len(surface), "label": label}
        for surface, label in marks
    ]
    return json.dumps({"text": text, "spans": spans}, ensure_ascii=False)
