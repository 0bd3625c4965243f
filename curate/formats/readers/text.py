"""Formats ``txt`` (one document a file) and ``lines`` (one document a line)."""

from __future__ import annotations

from collections.abc import Iterator

from curate.formats.readers.common import Format, Item, Marks, Options, emit, refuse
from curate.formats.readers.source import Source, broken


def read(source: Source, options: Options) -> Iterator[Item]:
    """The file as one document."""
    try:
        text = source.text()
    except ValueError as error:
        yield refuse("unreadable", str(error), str(source))
        return
    yield from emit(Marks(text, str(source), options), {})


def read_lines(source: Source, options: Options) -> Iterator[Item]:
    """Each line that is not blank as a document."""
    for number, line in source.lines():
        where = source.at(number)
        if broken(line):
            yield refuse("unreadable", "not UTF-8", where, line)
        elif line.strip():
            yield from emit(Marks(line, where, options), {})


FORMAT = Format("txt", "plain text, one document a file", read, (".txt",), annotated=False)
LINES = Format("lines", "plain text, one document a line", read_lines, (), annotated=False)
