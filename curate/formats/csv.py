"""Formats ``csv`` and ``tsv``: a header, and a document a row.

Columns are found by name as in ``rows``; a column ``label`` or ``category`` labels the document. In
``csv`` the sign between columns is the one of ``, ; | TAB`` that parts the header so that the text
has a column of its own. A row with more or fewer fields than the header is refused.
Reference: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

from curate.errors import InputError
from curate.formats import rows
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable

_SIGNS = ",;\t|"


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each row as a document."""
    yield from _read(source, options, _SIGNS)


def read_tabs(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each row as a document, columns parted by tabs."""
    yield from _read(source, options, "\t")


def _read(source: SourceFile, options: ReadOptions, signs: str) -> Iterator[ReadItem]:
    csv.field_size_limit(sys.maxsize)  # articles are longer than the 131,072 bytes of the default
    lines = (f"{line}\n" for _, line in source.lines())
    first = next(lines, "")
    sign, header = _header(first, signs, options, source)
    reader = csv.reader(lines, delimiter=sign, strict=True)
    while True:
        number = reader.line_num + 2  # the header is line 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield refuse("malformed", f"not a row of a table ({error})", source.at(number))
            continue
        if fields:
            yield from _row(fields, header, source.at(number), sign, options)


def _row(
    fields: list[str], header: list[str], where: str, sign: str, options: ReadOptions
) -> Iterator[ReadItem]:
    raw = sign.join(fields)
    if any(map(is_undecodable, fields)):
        yield refuse("unreadable", "not UTF-8", where, raw)
        return
    if len(fields) != len(header):
        told = f"{len(fields)} fields where the header has {len(header)}"
        yield refuse("malformed", told, where, raw)
        return
    row = dict(zip(header, fields, strict=True))
    text = row.pop(rows.column_name("text", options.columns, header))
    if not text.strip():
        yield refuse("no-text", "the column of the text is empty", where, raw)
        return
    marks = AnnotationBuilder(text, where, options)
    if label := row.pop(rows.column_name("label", options.columns, header), "").strip():
        marks.category(label)
    lang = row.pop(rows.column_name("lang", options.columns, header), "")
    yield from emit(marks, rows.row_metadata(dict(row), options), lang)


def _header(
    line: str, signs: str, options: ReadOptions, source: SourceFile
) -> tuple[str, list[str]]:
    """The sign between columns, and their names."""
    for sign in signs:
        try:
            names = [name.strip() for name in next(csv.reader([line], delimiter=sign), [])]
        except csv.Error:
            break  # it is no line of a table
        if rows.column_name("text", options.columns, names) in names:
            return sign, names
    asked = options.columns.get("text") or " or ".join(rows.COLUMNS["text"])
    hint = "name the column with --column text=NAME"
    raise InputError(f"the header has no column {asked}: {line.strip()!r}", hint, str(source))
