"""From a document as it stands in a source to one of the corpus: its text normalised.

The annotations that came with it are carried over the map of the normalisation and are never
searched for again.
"""

from __future__ import annotations

import msgspec

from curate.formats.reading import ReadDocument, refuse, text_defect
from curate.model import Annotated, Annotation, Document, Problem, Record, Relation, Span, SpanKey
from curate.text.normalise import NormalisedText, normalise
from curate.text.offset_map import OffsetMap
from curate.util import jsonl


class NormalisedDocument(Record, frozen=True, kw_only=True):
    """A document of the corpus with the layers that came with it, and what was lost of them."""

    item: Annotated
    problems: tuple[Problem, ...] = ()


def to_document(found: ReadDocument) -> NormalisedDocument | Problem:
    """Normalise a document; the problem that stands in the way, if one does."""
    raw = found.document
    if why := text_defect(raw.text):
        return refuse(*why, found.where, raw.text)
    normal = normalise(raw.text)
    made = _document(normal, raw.meta, raw.lang, found.where)
    if isinstance(made, Problem):
        return made
    carry = _Carry(raw.text, normal.map, made.id, found.where)
    layers = tuple(carry.layer(layer) for layer in found.layers)
    return NormalisedDocument(
        item=Annotated(document=made, layers=layers), problems=tuple(carry.problems)
    )


def document_from_text(raw: str, meta: dict[str, str], lang: str, where: str) -> Document | Problem:
    """A document from a raw text, or the problem that stands in its way."""
    if why := text_defect(raw):
        return refuse(*why, where, raw)
    return _document(normalise(raw), meta, lang, where)


def _document(
    normal: NormalisedText, meta: dict[str, str], lang: str, where: str
) -> Document | Problem:
    text = normal.text
    if not text:
        return refuse("no-text", "empty: no text in it", where)
    found = {
        **meta,
        "title": meta.get("title") or _title(text),
        "normalised": ",".join(normal.notes),
        "edits": normal.map.dumps() if normal.map.edits else "",
    }
    kept = {key: value for key, value in found.items() if value}
    return Document(id=jsonl.document_id(text), text=text, lang=lang, meta=kept)


def _title(text: str) -> str:
    """The first line, where a blank line follows it."""
    lines = text.split("\n", 2)
    return lines[0] if len(lines) == 3 and not lines[1] else ""


class _Carry:
    """Carries annotations of a raw text to the document that was made of it."""

    def __init__(self, raw: str, map: OffsetMap, document: str, where: str) -> None:
        self.problems: list[Problem] = []
        self._raw = raw
        self._map = map
        self._document = document
        self._where = where

    def layer(self, layer: Annotation) -> Annotation:
        """The layer on the new text."""
        moved = {span.key: self._span(span) for span in layer.spans}
        relations = (self._relation(relation, moved) for relation in layer.relations)
        return msgspec.structs.replace(
            layer,
            document=self._document,
            spans=tuple(span for span in moved.values() if span is not None),
            relations=tuple(relation for relation in relations if relation is not None),
        ).sorted()

    def _span(self, span: Span) -> Span | None:
        carried = self._map.carry(span.start, span.end)
        if carried is not None:
            return msgspec.structs.replace(span, start=carried[0], end=carried[1])
        self._lose(f"{self._raw[span.start : span.end]!r} ({span.label}) is not in it", span.key)
        return None

    def _relation(self, old: Relation, moved: dict[SpanKey, Span | None]) -> Relation | None:
        head, tail = moved.get(old.head), moved.get(old.tail)
        if head is not None and tail is not None:
            return msgspec.structs.replace(old, head=head.key, tail=tail.key)
        self._lose(f"{old.label}: one of its two spans is not in it")
        return None

    def _lose(self, message: str, span: SpanKey | None = None) -> None:
        self.problems.append(
            Problem(
                code="read.normalised-away",
                message=f"{message} once the text is normalised",
                severity="warning",
                document=self._document,
                span=span,
                where=self._where,
            )
        )
