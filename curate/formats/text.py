"""Formats ``txt`` (one document a file) and ``lines`` (one document a line)."""

from __future__ import annotations

from collections.abc import Iterator

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The file as one document."""
    try:
        text = source.text()
    except ValueError as error:
        yield refuse("unreadable", str(error), str(source))
        return
    yield from emit(AnnotationBuilder(text, str(source), options), {})


def read_lines(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each line that is not blank as a document."""
    for number, line in source.lines():
        where = source.at(number)
        if is_undecodable(line):
            yield refuse("unreadable", "not UTF-8", where, line)
        elif line.strip():
            yield from emit(AnnotationBuilder(line, where, options), {})
