"""A row of a table or an object of JSON Lines as a document: text, meta, and annotations in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, as_text, emit, refuse
from curate.model import SpanKey
from curate.util import jsonl

COLUMNS = {
    "text": ("text", "body", "content", "texte", "article"),
    "lang": ("lang", "language"),
    "title": ("title", "headline"),
    "url": ("url", "link"),
    "source": ("source", "site", "publisher"),
    "published": ("published", "published_at", "pubdate", "date"),
    "label": ("label", "category"),
}


def column_name(field: str, columns: dict[str, str], names: Any) -> str:
    """Where a field stands: as the options say, or else under the first of its usual names."""
    chosen = columns.get(field)
    if chosen:
        return chosen
    return next((name for name in COLUMNS[field] if name in names), field)


def read_row(row: dict[str, Any], where: str, raw: str, options: ReadOptions) -> Iterator[ReadItem]:
    """The document of a row.

    ``spans``, ``relations`` and ``categories`` are annotations if they are written as in curate's
    export ``jsonl``; ``meta`` is taken apart; other fields are kept in the document's meta as text.
    """
    rest = dict(row)
    text = rest.pop(column_name("text", options.columns, rest), None)
    if not isinstance(text, str):
        name = column_name("text", options.columns, row)
        yield refuse("no-text", f"the field {name} is missing or is no string", where, raw)
        return
    marks = AnnotationBuilder(text, where, options)
    _annotations(rest, marks)
    lang = rest.pop(column_name("lang", options.columns, rest), None)
    yield from emit(marks, row_metadata(rest, options), str(lang or ""))


def row_metadata(rest: dict[str, Any], options: ReadOptions) -> dict[str, str]:
    """What is left of a row as text, blanks left out, the usual fields under their usual names.

    A nested ``meta`` is taken as it is; where both name a field, the row's own wins.
    """
    inner = rest.pop("meta", None)
    found = inner if isinstance(inner, dict) else {"meta": inner} if inner else {}
    named = {column_name(f, options.columns, rest): f for f in COLUMNS if f not in ("text", "lang")}
    own = {named.get(name, name): value for name, value in rest.items() if _told(value)}
    return {name: as_text(value) for name, value in {**found, **own}.items() if value is not None}


def _told(value: Any) -> bool:
    return value not in (None, "", [], {})


def _annotations(rest: dict[str, Any], marks: AnnotationBuilder) -> None:
    """Take the annotations out of a row; what is written otherwise is left in it."""
    if not _objects(rest.get("spans"), ("start", "end", "label")):
        return
    marks.layer()
    for span in rest.pop("spans"):
        marks.span(span["start"], span["end"], span["label"], score=span.get("score"), **_who(span))
    if _objects(rest.get("relations"), ("head", "tail", "label")):
        for arrow in rest.pop("relations"):
            head, tail = (_key(arrow[end], marks) for end in ("head", "tail"))
            marks.relation(head, tail, arrow["label"], **_who(arrow))
    if _objects(rest.get("categories"), ("label",)):
        for category in rest.pop("categories"):
            marks.category(category["label"], **_who(category))
    if rest.get("id") == jsonl.document_id(marks.text):  # a row that curate wrote
        for name in ("id", "revision", "confirmed_by"):
            rest.pop(name, None)


def _who(item: dict[str, Any]) -> dict[str, str]:
    return {name: str(item.get(name) or "") for name in ("by", "at")}


def _objects(value: Any, fields: tuple[str, ...]) -> bool:
    """Whether a value is a list of objects that have these fields."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(field in item for field in fields) for item in value
    )


def _key(end: dict[str, Any], marks: AnnotationBuilder) -> SpanKey:
    return (end["start"], end["end"], marks.named(end["label"]))


def told(row: dict[str, Any]) -> str:
    """A row as JSON, to keep it where it is refused."""
    return as_text(row)
