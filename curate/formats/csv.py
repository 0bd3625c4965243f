"""Formats ``csv`` and ``tsv``: a header, and one document per row.

Reading: columns are found by name as in ``rows``; a column ``label`` or ``category`` labels the
document. Where each row has a span, in columns of its start, end and label, the rows of one text
that follow one another are one document. In ``csv`` the delimiter is the first of ``,``, ``;``, tab
and ``|`` by which the header has a column for the text. A row with more or fewer fields than the
header is refused.

Doccano joins the categories of a document by ``#``, in alphabetical order. In its exports, whose
header begins with ``id,text``, and in files that curate wrote, such a label is therefore read as
several, which is reported, because a name may hold the character itself.

Writing (``csv``): the columns of Doccano's export for classification. Spans have no place in it.

References: RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180), Doccano 1.8.4
(``data_export/pipeline/formatters.py``).
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curate.errors import InputError
from curate.formats.annotation_fields import ANNOTATION_FIELDS, take_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_table
from curate.formats.jsonl import JsonlRow
from curate.formats.jsonl import write as write_jsonl
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    read_each,
    refuse,
    whole_number,
)
from curate.formats.rows import COLUMNS, column_name, row_metadata
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    without_tombstones,
)
from curate.util import jsonl

_DELIMITERS = ",;\t|"
_ENDINGS = (".csv", ".tsv")
_FIELDS = [name for names in COLUMNS.values() for name in names]
_SHARE = 0.9  # of the rows that have the width of the header, in a table of another ending
_JOINT = "#"
_ID = "curate_id"
_COLUMNS = (_ID, "text", "lang", "label")
_PREFIX = "meta."  # of metadata that has the name of a column
_RESERVED = frozenset({*_COLUMNS, "id", "Comments"})
_SPAN_NAMES = (
    ("start", "start_offset", "start_char", "begin", "begin_offset"),
    ("end", "end_offset", "end_char", "stop"),
    ("label", "entity_type", "entity_label", "type", "tag", "entity", "category"),
)
_HEAD = 100  # rows that show whether the texts are those of spans
_DOCUMENT_NAMES = ("id", "doc_id", "document_id", "document", "doc")


class TableRow(NamedTuple):
    """A row of a table by the names of its columns, its file and line, and its text.

    ``dropped`` are columns of which it has several values, since it stands for several rows.
    """

    value: dict[str, str]
    where: str
    text: str
    dropped: tuple[str, ...] = ()


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row."""
    yield from _read(source, options, _DELIMITERS)


def read_tabs(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row of a table whose columns are separated by tabs."""
    yield from _read(source, options, "\t")


def _read(source: SourceFile, options: ReadOptions, delimiters: str) -> Iterator[ReadItem]:
    rows = _join_spans(read_table(source, options, delimiters), options)
    yield from read_each(rows, lambda row: _document(row, options))


def read_table(
    source: SourceFile, options: ReadOptions, delimiters: str = _DELIMITERS
) -> Iterator[TableRow | Refusal]:
    """The rows of a table with a header, in which one column is that of the text.

    Raises:
        InputError: the header has no such column.
    """
    csv.field_size_limit(sys.maxsize)  # articles are longer than the 131,072 bytes of the default
    lines = _lines(source)
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
            count = reader.line_num + 2 - number
            more = f"; {count:,} lines belong to it" if count > 1 else ""
            yield refuse("malformed", f"not a row of a table ({error}){more}", where)
            continue
        raw = delimiter.join(fields)
        if any(map(is_undecodable, fields)):
            yield refuse("unreadable", "not UTF-8", where, raw)
        elif fields and len(fields) != len(header):
            message = f"{len(fields)} fields where the header has {len(header)}"
            yield refuse("malformed", message, where, raw)
        elif fields:
            yield TableRow(dict(zip(header, fields, strict=True)), where, raw)


def _lines(source: SourceFile) -> Iterator[str]:
    """The lines with their ends, which belong to the text where they are within quotes."""
    rest: list[str] = []  # pieces of a line that is longer than a chunk
    for chunk in source.chunks():
        first, *lines = chunk.split("\n")
        rest.append(first)
        for line in lines:
            yield "".join((*rest, "\n"))
            rest = [line]
    if last := "".join(rest):
        yield last


def _join_spans(
    rows: Iterable[TableRow | Refusal], options: ReadOptions
) -> Iterator[TableRow | Refusal]:
    """The rows; of those with one span each, the ones of a text become one with a cell ``spans``.

    Raises:
        InputError: the texts are those of the spans, and not of documents.
    """

    rows = iter(rows)
    head = list(islice(rows, _HEAD))
    for row in head:
        _check_text(row, options)
    for key, group in groupby(chain(head, rows), lambda row: _document_of_span(row, options)):
        if key is None:
            yield from group
            continue
        members = [row for row in group if isinstance(row, TableRow)]
        edges = [_span_cells(row) for row in members]
        spans = [{"start": s, "end": e, "label": label} for s, e, label in edges if s != ""]
        names = _span_columns(members[0].value)
        value = {name: cell for name, cell in members[0].value.items() if name not in names}
        several = [name for name in value if len({row.value[name] for row in members}) > 1]
        kept = {name: cell for name, cell in value.items() if name not in several}
        cell = msgspec.json.encode(spans).decode()
        yield members[0]._replace(value={**kept, "spans": cell}, dropped=tuple(several))


def _document_of_span(row: TableRow | Refusal, options: ReadOptions) -> tuple[str, str] | None:
    """What the rows of the spans of one document share; None for another row."""
    if isinstance(row, Refusal) or not _span_cells(row):
        return None
    name = next((row.value[it] for it in _DOCUMENT_NAMES if it in row.value), "")
    return name, row.value[column_name("text", options.columns, row.value)]


def _check_text(row: TableRow | Refusal, options: ReadOptions) -> None:
    key = _document_of_span(row, options)
    if isinstance(row, Refusal) or key is None:
        return
    start, end, _ = _span_cells(row)
    if start and 0 < start == end - len(key[1]):
        raise InputError(
            "the column of the text has the texts of spans, not of documents",
            "add a column with the whole text, and name it with --column text=NAME",
            row.where,
        )


def _span_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns of start, end and label; empty if one is missing, or curate wrote the table."""
    lowered = {name.lower(): name for name in names}
    found = [next((lowered[it] for it in known if it in lowered), "") for known in _SPAN_NAMES]
    return tuple(found) if all(found) and _ID not in lowered else ()


def _span_cells(row: TableRow) -> tuple[Any, ...]:
    """Start, end and label of a row, all of them empty where there is none; () if it is no span."""
    names = _span_columns(row.value)
    if not names:
        return ()
    start, end, label = (row.value[name].strip() for name in names)
    edges = [whole_number(start), whole_number(end)]
    is_span = all(isinstance(edge, int) for edge in edges)
    return (*edges, label) if is_span or not (start or end or label) else ()


def _document(table_row: TableRow, options: ReadOptions) -> Iterator[ReadItem]:
    row = dict(table_row.value)
    text = row.pop(column_name("text", options.columns, row))
    if not text.strip():
        yield refuse("no-text", "the column of the text is empty", table_row.where, table_row.text)
        return
    builder = AnnotationBuilder(text, table_row.where, options)
    take_annotations(_json_cells(row), builder)
    if table_row.dropped:
        names = ", ".join(table_row.dropped)
        builder.report("unsupported", f"{names}: the rows of the spans have different values")
    label = row.pop(column_name("label", options.columns, row), "").strip()
    if label and _are_joined([*table_row.value]):
        _add_joined(builder, label, options)
    elif label:
        builder.add_category(label)
    lang = row.pop(column_name("lang", options.columns, row), "")
    if comments := row.pop("Comments", ""):
        row.setdefault("comments", comments)
    if row.get(_ID) == jsonl.document_id(text):  # curate wrote this row
        del row[_ID]
        meta = {name.removeprefix(_PREFIX): value for name, value in row.items() if value}
    else:
        meta = row_metadata({**row}, options)
    yield from builder.finish(meta, lang)


def _json_cells(row: dict[str, str]) -> dict[str, Any]:
    """Move cells that hold JSON lists or objects under the name of annotations out of a row."""
    cells: dict[str, Any] = {}
    for name in [name for name, cell in row.items() if cell.strip()[:1] in ("[", "{")]:
        if name.lower() not in ANNOTATION_FIELDS:
            continue
        cell = row.pop(name)
        try:
            cells[name] = msgspec.json.decode(cell)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            cells[name] = [cell]  # a list in some other notation
    return cells


def _are_joined(header: list[str]) -> bool:
    """Whether Doccano or curate wrote the table, so that a label may be several."""
    return header[:2] == ["id", "text"] or _ID in header


def _add_joined(builder: AnnotationBuilder, label: str, options: ReadOptions) -> None:
    """Add the categories that were joined; a name that cannot be several is one."""
    names = label.split(_JOINT)
    if label in options.labels or len(names) == 1:
        builder.add_category(label)
    elif all(names) and names == sorted(set(names)):
        for name in names:
            builder.add_category(name)
        message = f"{label!r} is read as {len(names)} categories, as Doccano joins them by #"
        builder.report("joined", f"{message}; --label {label}={label} keeps it as one")
    else:
        builder.add_category(label)
        builder.report("joined", f"{label!r} is one category, although it holds #")


def _header(
    line: str, delimiters: str, options: ReadOptions, source: SourceFile
) -> tuple[str, list[str]]:
    """The delimiter, and the names of the columns."""
    line = line.rstrip("\r\n")
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


def sniff(source: SourceFile) -> Evidence:
    """Whether a file with another ending is a table of documents, with a header that says so."""
    table = sample_table(source) if source.ending not in _ENDINGS else None
    if table is None or not table.rows:
        return Evidence.ENDING
    names = [name.lower() for name in table.header]
    others = {"id", *_FIELDS} - {*COLUMNS["text"]}
    is_named = any(name in names for name in COLUMNS["text"]) and others.intersection(names)
    fits = sum(len(row) == len(names) for row in table.rows) >= _SHARE * len(table.rows)
    return Evidence.SHAPE if is_named and fits else Evidence.ENDING


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one document per row; see ``curate.formats.export.write``."""
    tally = job.tally()
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows.jsonl"
        write_jsonl(_with_categories_only(documents, tally), spool, job)
        metadata = sorted({name for row in jsonl.read(spool, JsonlRow) for name in row.meta})
        with replace_file(target) as file:
            file.write(_line([*_COLUMNS[:3], *map(_column, metadata), _COLUMNS[3]]))
            for row in jsonl.read(spool, JsonlRow):
                meta = [row.meta.get(name, "") for name in metadata]
                label = _JOINT.join(sorted(it.label for it in row.categories))
                file.write(_line([row.id, row.text, row.lang, *meta, label]))
    return tally.exported(target, "csv")


def _line(fields: list[str]) -> bytes:
    """A row that ends in LF. Fields with CR are in quotes, which ``csv`` does for its line ends."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(fields)
    return (buffer.getvalue()[:-2] + "\n").encode()


def _with_categories_only(
    documents: Iterable[GoldDocument], tally: ExportTally
) -> Iterator[GoldDocument]:
    for document, revision in without_tombstones(documents):
        tally.documents += 1
        tally.lose(document, "no-spans", revision.spans)
        tally.lose_relations(document, revision.relations)
        joint = [it for it in revision.categories if _JOINT in it.label]
        tally.lose_categories(document, joint)
        kept = tuple(it for it in revision.categories if it not in joint)
        yield document, msgspec.structs.replace(revision, spans=(), relations=(), categories=kept)


def _column(name: str) -> str:
    return f"{_PREFIX}{name}" if name in _RESERVED or name.startswith(_PREFIX) else name
