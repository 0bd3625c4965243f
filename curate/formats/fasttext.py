"""Format ``fasttext``: a document a line after its categories, ``__label__sport The match …``.

Reference: https://fasttext.cc/docs/en/supervised-tutorial.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable

_LABELS = re.compile(r"((?:__label__\S+[ \t]*)*)(.*)", re.DOTALL)


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each line as a document with its categories; a line without text is refused."""
    for number, line in source.lines():
        where = source.at(number)
        if is_undecodable(line):
            yield refuse("unreadable", "not UTF-8", where, line)
            continue
        if not line.strip():
            continue
        labels, text = _LABELS.fullmatch(line).groups()  # type: ignore[union-attr]
        if not text.strip():
            yield refuse("no-text", "labels, and no text after them", where, line)
            continue
        marks = AnnotationBuilder(text, where, options)
        for label in labels.split():
            marks.category(label.removeprefix("__label__"))
        yield from emit(marks, {})


def sniff(source: SourceFile) -> bool:
    """Whether the first line begins with a label."""
    return source.head.removeprefix(b"\xef\xbb\xbf").startswith(b"__label__")
