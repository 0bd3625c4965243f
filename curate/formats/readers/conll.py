"""Format ``conll``: a token a line with its tag, as in the shared tasks of 2002 and 2003.

Columns are parted by blanks, or by tabs where a line has any; the token is the first and the tag
the last one, unless ``columns`` says otherwise. An empty line ends a sentence, a line that begins
with ``-DOCSTART-`` a document; a file without such lines is one document. The text is rebuilt by
the rule of ``tokens``. References: Tjong Kim Sang 2002 (https://aclanthology.org/W02-2024), Tjong
Kim Sang and De Meulder 2003 (https://aclanthology.org/W03-0419).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.errors import InputError
from curate.formats.readers.common import Format, Item, Options, emit, refuse
from curate.formats.readers.source import Source, broken
from curate.formats.readers.tokens import TAG, Token, document

_OPENING = "-DOCSTART-"
_BLANKS = re.compile(r"[ \t]+")


class _Columns:
    """Takes lines apart; the first good line says how many columns the file has."""

    def __init__(self, options: Options) -> None:
        self.width = 0
        try:
            self._token = int(options.columns.get("token", "0"))
            self._tag = int(options.columns.get("tag", "-1"))
        except ValueError as error:
            told = "columns of conll are numbers"
            raise InputError(told, "count from 0, or from the end with -1") from error

    def token(self, line: str, where: str) -> Token | str:
        """The token of a line, or why it has none."""
        clean = line.rstrip(" \t")
        fields = clean.split("\t") if "\t" in clean else _BLANKS.split(clean.lstrip(" "))
        try:
            text, tag = fields[self._token].strip(" "), fields[self._tag].strip(" ")
        except IndexError:
            return f"{len(fields)} columns, which is too few"
        if len(fields) < 2 or not text:
            return "a token or its tag is missing"
        if not TAG.fullmatch(tag):
            return f"{tag!r} is no tag: O, or a prefix such as B- and a label"
        if self.width and len(fields) != self.width:
            return f"{len(fields)} columns where the lines before have {self.width}"
        self.width = len(fields)
        return Token(text, tag, where)


def read(source: Source, options: Options) -> Iterator[Item]:
    """The documents of the file; a line that is none is refused, and left out of its document."""
    columns = _Columns(options)
    sentences: list[list[Token]] = [[]]
    refused: list[Item] = []
    for number, line in source.lines():
        blank = not line.strip(" \t")
        opening = line.split(maxsplit=1)[:1] == [_OPENING]
        if opening or (blank and options.unit == "sentence"):
            yield from _document(sentences, refused, options)
            sentences, refused = [[]], []
        elif blank:
            sentences += [[]] if sentences[-1] else []
        elif broken(line):
            refused.append(refuse("unreadable", "not UTF-8", source.at(number), line))
        elif isinstance(token := columns.token(line, source.at(number)), str):
            if not line.startswith("# "):  # a comment; a token # has a tag
                refused.append(refuse("malformed", token, source.at(number), line))
        else:
            sentences[-1].append(token)
    yield from _document(sentences, refused, options)


def _document(
    sentences: list[list[Token]], refused: list[Item], options: Options
) -> Iterator[Item]:
    whole = [sentence for sentence in sentences if sentence]
    if whole:
        yield from emit(document(whole, whole[0][0].where, options), {})
    yield from refused


FORMAT = Format(
    "conll",
    "CoNLL-2002 and 2003: a token a line with IOB1, IOB2 or BILUO tags",
    read,
    (".conll", ".conll2002", ".conll2003", ".bio", ".iob", ".iob2", ".biluo"),
)
