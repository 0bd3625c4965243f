"""From a document as it is in a source to a document of the corpus, whose text is normalised.

Annotations are moved along the offset map of the normalisation; they are never searched for again.
"""

from __future__ import annotations

import msgspec

from curate.formats.reading import ReadDocument, refuse, text_defect
from curate.model import Annotated, Annotation, Document, Problem, Record, Relation, Span, SpanKey
from curate.text.normalise import NormalisedText, normalise
from curate.text.offset_map import OffsetMap
from curate.util import jsonl


class NormalisedDocument(Record, frozen=True, kw_only=True):
    """A document of the corpus with its layers, and the annotations that were lost."""

    item: Annotated
    problems: tuple[Problem, ...] = ()


def to_document(source: ReadDocument) -> NormalisedDocument | Problem:
    """Normalise a document that was read; a Problem if its text cannot be a document."""
    raw = source.document
    if defect := text_defect(raw.text):
        return refuse(*defect, source.where, raw.text)
    normalised = normalise(raw.text)
    document = _document(normalised, raw.meta, raw.lang, source.where)
    if isinstance(document, Problem):
        return document
    mover = _AnnotationMover(raw.text, normalised.map, document.id, source.where)
    layers = tuple(mover.move(layer) for layer in source.layers)
    return NormalisedDocument(
        item=Annotated(document=document, layers=layers), problems=tuple(mover.problems)
    )


def document_from_text(raw: str, meta: dict[str, str], lang: str, where: str) -> Document | Problem:
    """Normalise a text without annotations; a Problem if it cannot be a document."""
    if defect := text_defect(raw):
        return refuse(*defect, where, raw)
    return _document(normalise(raw), meta, lang, where)


def _document(
    normalised: NormalisedText, meta: dict[str, str], lang: str, where: str
) -> Document | Problem:
    text = normalised.text
    if not text:
        return refuse("no-text", "there is no text in it", where)
    fields = {
        **meta,
        "title": meta.get("title") or _title(text),
        "normalised": ",".join(normalised.notes),
        "edits": normalised.map.dumps() if normalised.map.edits else "",
    }
    return Document(
        id=jsonl.document_id(text),
        text=text,
        lang=lang,
        meta={name: value for name, value in fields.items() if value},
    )


def _title(text: str) -> str:
    """The first line, if a blank line follows it."""
    lines = text.split("\n", 2)
    return lines[0] if len(lines) == 3 and not lines[1] else ""


class _AnnotationMover:
    """Moves annotations from a raw text to the normalised text of a document."""

    def __init__(self, raw: str, map: OffsetMap, document: str, where: str) -> None:
        self.problems: list[Problem] = []
        self._raw = raw
        self._map = map
        self._document = document
        self._where = where

    def move(self, layer: Annotation) -> Annotation:
        """The layer on the normalised text."""
        spans = {span.key: self._span(span) for span in layer.spans}
        relations = (self._relation(relation, spans) for relation in layer.relations)
        return msgspec.structs.replace(
            layer,
            document=self._document,
            spans=tuple(span for span in spans.values() if span is not None),
            relations=tuple(relation for relation in relations if relation is not None),
        ).sorted()

    def _span(self, span: Span) -> Span | None:
        offsets = self._map.carry(span.start, span.end)
        if offsets is not None:
            return msgspec.structs.replace(span, start=offsets[0], end=offsets[1])
        surface = self._raw[span.start : span.end]
        self._lose(f"normalisation removes {surface!r} ({span.label})", span.key)
        return None

    def _relation(self, relation: Relation, spans: dict[SpanKey, Span | None]) -> Relation | None:
        head, tail = spans.get(relation.head), spans.get(relation.tail)
        if head is not None and tail is not None:
            return msgspec.structs.replace(relation, head=head.key, tail=tail.key)
        self._lose(f"{relation.label}: normalisation removes one of its two spans")
        return None

    def _lose(self, message: str, span: SpanKey | None = None) -> None:
        self.problems.append(
            Problem(
                code="read.normalised-away",
                message=message,
                severity="warning",
                document=self._document,
                span=span,
                where=self._where,
            )
        )
