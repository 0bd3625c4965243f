"""Format ``fasttext``: one document per line after its categories, ``__label__sport The match …``.

Reference: https://fasttext.cc/docs/en/supervised-tutorial.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.formats.content import Evidence
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable

_LABELS = re.compile(r"((?:__label__\S+[ \t]*)*)(.*)", re.DOTALL)


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield each line as a document with its categories; a line without text is refused."""
    for number, line in source.lines():
        where = source.location(number)
        if is_undecodable(line):
            yield refuse("unreadable", "not UTF-8", where, line)
            continue
        if not line.strip():
            continue
        labels, text = _LABELS.fullmatch(line).groups()  # type: ignore[union-attr]
        if not text.strip():
            yield refuse("no-text", "there is no text after the labels", where, line)
            continue
        builder = AnnotationBuilder(text, where, options)
        for label in labels.split():
            builder.add_category(label.removeprefix("__label__"))
        yield from builder.finish({})


def sniff(source: SourceFile) -> Evidence:
    """Whether the first line begins with a label."""
    is_labelled = source.head_text.removeprefix("\ufeff").startswith("__label__")
    return Evidence.SIGNATURE if is_labelled else Evidence.NONE
