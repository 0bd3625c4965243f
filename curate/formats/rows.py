"""A row of a table, or an object of JSON Lines, as a document with metadata and annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, as_text, refuse
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
"""The usual names of the columns for a field, the most usual first."""


def column_name(field: str, columns: dict[str, str], names: Any) -> str:
    """The column of a field: the one that ``columns`` gives, or else the first usual one."""
    chosen = columns.get(field)
    if chosen:
        return chosen
    return next((name for name in COLUMNS[field] if name in names), field)


def read_row(row: dict[str, Any], where: str, raw: str, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of a row.

    ``spans``, ``relations`` and ``categories`` are annotations if they are written as in the export
    ``jsonl``. The fields of ``meta`` and all other fields become metadata, as text.
    """
    rest = dict(row)
    column = column_name("text", options.columns, rest)
    text = rest.pop(column, None)
    if not isinstance(text, str):
        yield refuse("no-text", f"the field {column} is missing or not a string", where, raw)
        return
    builder = AnnotationBuilder(text, where, options)
    _take_annotations(rest, builder)
    lang = rest.pop(column_name("lang", options.columns, rest), None)
    yield from builder.finish(row_metadata(rest, options), str(lang or ""))


def row_metadata(rest: dict[str, Any], options: ReadOptions) -> dict[str, str]:
    """The remaining fields of a row as text, without empty ones, the usual fields renamed.

    The fields of a nested ``meta`` are included; where both have a field, that of the row counts.
    """
    nested = rest.pop("meta", None)
    inner = nested if isinstance(nested, dict) else {"meta": nested} if nested else {}
    fields = [field for field in COLUMNS if field not in ("text", "lang")]
    names = {column_name(field, options.columns, rest): field for field in fields}
    outer = {
        names.get(name, name): value
        for name, value in rest.items()
        if value not in (None, "", [], {})
    }
    return {name: as_text(value) for name, value in {**inner, **outer}.items() if value is not None}


def _take_annotations(rest: dict[str, Any], builder: AnnotationBuilder) -> None:
    """Move the annotations of a row to the builder; what has another shape stays in the row."""
    if not _are_objects(rest.get("spans"), ("start", "end", "label")):
        return
    own = rest.get("id") == jsonl.document_id(builder.text)  # curate wrote this row
    if not (own and rest.get("revision") == 0):  # there is no revision where nobody judged the text
        builder.add_layer()
    for span in rest.pop("spans"):
        builder.add_span(
            span["start"],
            span["end"],
            span["label"],
            score=span.get("score"),
            **_provenance(span),
        )
    if _are_objects(rest.get("relations"), ("head", "tail", "label")):
        for relation in rest.pop("relations"):
            head, tail = (_span_key(relation[end], builder) for end in ("head", "tail"))
            builder.add_relation(head, tail, relation["label"], **_provenance(relation))
    if _are_objects(rest.get("categories"), ("label",)):
        for category in rest.pop("categories"):
            builder.add_category(category["label"], **_provenance(category))
    if own:
        for name in ("id", "revision", "confirmed_by"):
            rest.pop(name, None)


def _provenance(item: dict[str, Any]) -> dict[str, str]:
    return {name: str(item.get(name) or "") for name in ("by", "at")}


def _are_objects(value: Any, fields: tuple[str, ...]) -> bool:
    """Whether a value is a list of objects that have these fields."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(field in item for field in fields) for item in value
    )


def _span_key(span: dict[str, Any], builder: AnnotationBuilder) -> SpanKey | None:
    return builder.key(span["start"], span["end"], span["label"])
