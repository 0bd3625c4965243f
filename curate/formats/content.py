"""What a file contains, to detect its format: samples of its values, lines and table rows.

A format's ``sniff`` looks at these samples and returns an ``Evidence``. They are taken once for
each ``SourceFile``, however many formats look at them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple

from curate.formats.json_objects import JsonValue, read_values
from curate.formats.source_file import SourceFile

MIN_VALUES = 10_000  # JSON values that are looked at; in a shorter file all of them
_MAX_REFUSED = 100  # lines that are no JSON before the first that is
_MAX_SHAPES = 200  # values of different shapes that are kept
_MAX_STRING = 1000  # characters that are kept of a string, and items of a list
_MAX_ITEMS = 50
_MAX_DEPTH = 6
_MAX_LINES = 1000
_MAX_CHARACTERS = 1 << 20  # of all sampled lines together
_DELIMITERS = "\t,;|"
_ARRAY_OR_OBJECT = ("[", "{")


class Evidence(IntEnum):
    """How strongly the content of a file speaks for a format; the strongest evidence decides."""

    NONE = 0  # it is not of this format
    ENDING = 1  # the name may be of this format, and nothing in the content says otherwise
    CONTAINER = 2  # the container fits, such as JSON objects with a text
    SHAPE = 3  # fields or lines have the shape of this format
    SIGNATURE = 4  # names that only this format uses, such as ``#FORMAT=WebAnno TSV 3``


class Table(NamedTuple):
    """The beginning of a table: its delimiter, the names of its columns, and its first rows."""

    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sample_values(source: SourceFile) -> tuple[Any, ...]:
    """JSON values of the file, one of each shape, with long strings and lists cut off.

    The whole file is looked at, up to ``MIN_VALUES`` values of any size, so that the order of rows
    does not matter: a field that is null in the first row counts by what it is in the others.
    Empty if the file does not consist of JSON arrays or objects.
    """
    if "values" not in source.samples:
        source.samples["values"] = tuple(_distinct_values(source))
    values: tuple[Any, ...] = source.samples["values"]
    return values


def sample_objects(source: SourceFile) -> tuple[dict[str, Any], ...]:
    """Those of ``sample_values`` that are objects."""
    return tuple(value for value in sample_values(source) if isinstance(value, dict))


def sample_lines(source: SourceFile) -> tuple[str, ...]:
    """The first lines of the file, up to 1,000 and a megabyte, without their ends."""
    if "lines" not in source.samples:
        source.samples["lines"] = tuple(_first_lines(source))
    lines: tuple[str, ...] = source.samples["lines"]
    return lines


def sample_table(source: SourceFile) -> Table | None:
    """The beginning of the file as a table; None if no delimiter gives it two columns or more.

    The delimiter is the one of tab, comma, semicolon and bar that most rows agree with.
    """
    if "table" not in source.samples:
        source.samples["table"] = _table(sample_lines(source))
    table: Table | None = source.samples["table"]
    return table


def _distinct_values(source: SourceFile) -> Iterator[Any]:
    if source.is_stdin or "\x00" in source.head_text[:4] or not _may_be_json(source):
        return
    shapes: set[Any] = set()
    for number, item in enumerate(read_values(source), 1):
        if isinstance(item, JsonValue):
            shape = _shape(item.value, _MAX_DEPTH)
            if shape not in shapes:
                shapes.add(shape)
                yield _abridged(item.value, _MAX_DEPTH)
        elif number >= _MAX_REFUSED and not shapes:
            return  # a text that begins with a bracket
        if len(shapes) >= _MAX_SHAPES or number >= MIN_VALUES:
            return


def _may_be_json(source: SourceFile) -> bool:
    head = source.head_text.lstrip("\ufeff \t\r\n")
    return head.startswith(_ARRAY_OR_OBJECT)


def _shape(value: Any, depth: int) -> Any:
    """The names and types in a value; values of one shape say the same about their format."""
    if isinstance(value, dict) and depth:
        return ("{", *((name, _shape(item, depth - 1)) for name, item in value.items()))
    if isinstance(value, list) and depth:
        shapes = {_shape(item, depth - 1): None for item in value[:_MAX_ITEMS]}
        return ("[", *shapes)
    return type(value)


def _abridged(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:_MAX_STRING]
    if isinstance(value, dict):
        return {k: _abridged(item, depth - 1) for k, item in value.items()} if depth else {}
    if isinstance(value, list):
        return [_abridged(item, depth - 1) for item in value[:_MAX_ITEMS]] if depth else []
    return value


def _first_lines(source: SourceFile) -> Iterator[str]:
    if source.is_stdin:
        return
    start = ""
    for chunk in source.chunks():
        start += chunk
        if len(start) >= _MAX_CHARACTERS:
            break
    lines = start[:_MAX_CHARACTERS].removeprefix("\ufeff").split("\n", _MAX_LINES)
    yield from (line.removesuffix("\r") for line in lines[:_MAX_LINES])


def _table(lines: tuple[str, ...]) -> Table | None:
    csv.field_size_limit(sys.maxsize)
    best: tuple[float, int, Table] | None = None
    for delimiter in _DELIMITERS:
        rows = list(_rows(lines, delimiter))
        if not rows or len(rows[0]) < 2:
            continue
        header, *body = rows
        agreeing = sum(len(row) == len(header) for row in body) / max(1, len(body))
        table = Table(delimiter, tuple(name.strip() for name in header), tuple(body))
        if best is None or (agreeing, len(header)) > best[:2]:
            best = (agreeing, len(header), table)
    return best[2] if best else None


def _rows(lines: tuple[str, ...], delimiter: str) -> Iterator[tuple[str, ...]]:
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                yield tuple(row)
    except csv.Error:
        return
