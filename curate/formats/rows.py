"""A row of a table, or an object of JSON Lines, as a document with metadata and annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curate.formats.annotation_fields import take_annotations
from curate.formats.reading import (
    CORRECT,
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    as_text,
    refuse,
)
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

    Fields that are annotation by name and shape are read or reported (``annotation_fields``). The
    fields of ``meta`` and all other fields become metadata, as text.
    """
    rest = dict(row)
    column = column_name("text", options.columns, rest)
    text = rest.pop(column, None)
    if not isinstance(text, str):
        message = f"the field {column} is missing or not a string"
        names = [name for name, value in rest.items() if isinstance(value, str) and value]
        hint = f"name the field of the text with --column text=NAME; there is {', '.join(names)}"
        yield refuse("no-text", message, where, raw, hint if names else CORRECT)
        return
    builder = AnnotationBuilder(text, where, options)
    if rest.get("id") == jsonl.document_id(text) and "spans" in rest:  # curate wrote this row
        if rest["spans"] is None:  # somebody judged it, even if without any category
            builder.add_layer()
        if rest.get("revision") == 0 and not rest["spans"]:
            rest.pop("spans")  # there is no revision where nobody judged the text
        for name in ("id", "revision", "confirmed_by"):
            rest.pop(name, None)
    take_annotations(rest, builder)
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
