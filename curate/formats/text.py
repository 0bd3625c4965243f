"""Formats ``txt`` (one document per file) and ``lines`` (one document per line)."""

from __future__ import annotations

from collections.abc import Iterator

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the file as one document."""
    try:
        text = source.text()
    except ValueError as error:
        yield refuse("unreadable", str(error), str(source))
        return
    yield from AnnotationBuilder(text, str(source), options).finish({})


def read_lines(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield each line that is not blank as a document."""
    for number, line in source.lines():
        where = source.location(number)
        if is_undecodable(line):
            yield refuse("unreadable", "not UTF-8", where, line)
        elif line.strip():
            yield from AnnotationBuilder(line, where, options).finish({})
