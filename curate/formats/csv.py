"""Formats ``csv`` and ``tsv``: a header, and one document per row.

Columns are found by name as in ``rows``; a column ``label`` or ``category`` labels the document. In
``csv`` the delimiter is the first of ``,``, ``;``, tab and ``|`` by which the header has a column
for the text. A row with more or fewer fields than the header is refused.

Reference: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from typing import NamedTuple

from curate.errors import InputError
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, Refusal, refuse
from curate.formats.rows import COLUMNS, column_name, row_metadata
from curate.formats.source_file import SourceFile, is_undecodable

_DELIMITERS = ",;\t|"


class TableRow(NamedTuple):
    """A row of a table by the names of its columns, its file and line, and its text."""

    value: dict[str, str]
    where: str
    text: str


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row."""
    yield from _read(source, options, _DELIMITERS)


def read_tabs(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row of a table whose columns are separated by tabs."""
    yield from _read(source, options, "\t")


def _read(source: SourceFile, options: ReadOptions, delimiters: str) -> Iterator[ReadItem]:
    for row in read_table(source, options, delimiters):
        if isinstance(row, Refusal):
            yield row
        else:
            yield from _document(row, options)


def read_table(
    source: SourceFile, options: ReadOptions, delimiters: str = _DELIMITERS
) -> Iterator[TableRow | Refusal]:
    """The rows of a table with a header, in which one column is that of the text.

    Raises:
        InputError: the header has no such column.
    """
    csv.field_size_limit(sys.maxsize)  # articles are longer than the 131,072 bytes of the default
    lines = (f"{line}\n" for _, line in source.lines())
    delimiter, header = _header(next(lines, ""), delimiters, options, source)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 2  # the header is line 1
        where = source.location(number)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield refuse("malformed", f"not a row of a table ({error})", where)
            continue
        raw = delimiter.join(fields)
        if any(map(is_undecodable, fields)):
            yield refuse("unreadable", "not UTF-8", where, raw)
        elif fields and len(fields) != len(header):
            message = f"{len(fields)} fields where the header has {len(header)}"
            yield refuse("malformed", message, where, raw)
        elif fields:
            yield TableRow(dict(zip(header, fields, strict=True)), where, raw)


def _document(table_row: TableRow, options: ReadOptions) -> Iterator[ReadItem]:
    row = dict(table_row.value)
    text = row.pop(column_name("text", options.columns, row))
    if not text.strip():
        yield refuse("no-text", "the column of the text is empty", table_row.where, table_row.text)
        return
    builder = AnnotationBuilder(text, table_row.where, options)
    if label := row.pop(column_name("label", options.columns, row), "").strip():
        builder.add_category(label)
    lang = row.pop(column_name("lang", options.columns, row), "")
    yield from builder.finish(row_metadata(dict(row), options), lang)


def _header(
    line: str, delimiters: str, options: ReadOptions, source: SourceFile
) -> tuple[str, list[str]]:
    """The delimiter, and the names of the columns."""
    for delimiter in delimiters:
        try:
            names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:
            break  # not a line of a table
        if column_name("text", options.columns, names) in names:
            return delimiter, names
    expected = options.columns.get("text") or " or ".join(COLUMNS["text"])
    raise InputError(
        f"the header has no column {expected}: {line.strip()!r}",
        "name the column of the text with --column text=NAME",
        str(source),
    )
