"""Formats ``conll`` and ``biluo``: one token per line with its tag, as in CoNLL-2002 and 2003.

Reading: columns are separated by blanks, or by tabs where a line has any. The token is the first
column and the tag the last one, unless ``columns`` says otherwise. An empty line ends a sentence; a
line that begins with ``-DOCSTART-`` starts a document; a file without such lines is one document.
Tags may be IOB1, IOB2 or BILUO. The text is rebuilt by the rule of ``token_tags``.

Writing: a line holds a token, ``-X-`` twice (no part of speech, no chunk) and the tag, separated by
one space. An empty line ends a sentence; ``-DOCSTART- -X- -X- O`` starts each document. ``conll``
has IOB2 tags, ``biluo`` BILUO tags. Tokens of white space are left out, so the text cannot be
restored from the file. Relations and categories have no place in it.

References: Tjong Kim Sang 2002 (https://aclanthology.org/W02-2024); Tjong Kim Sang and De Meulder
2003 (https://aclanthology.org/W03-0419), whose tags are IOB1; Ratinov and Roth 2009, "Design
Challenges and Misconceptions in Named Entity Recognition" (https://aclanthology.org/W09-1119),
section 3, for BILUO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from curate.errors import InputError
from curate.formats.atomic_files import replace_file
from curate.formats.reading import ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_tags import TAG, TaggedToken, biluo_tags, build_document, iob2_tags
from curate.formats.tokens import DOCSTART, TokenisedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument

_OPENING = "-DOCSTART-"
_BLANKS = re.compile(r"[ \t]+")


class _Columns:
    """Takes lines apart; the first good line says how many columns the file has."""

    def __init__(self, options: ReadOptions) -> None:
        self.width = 0
        try:
            self._token = int(options.columns.get("token", "0"))
            self._tag = int(options.columns.get("tag", "-1"))
        except ValueError as error:
            told = "columns of conll are numbers"
            raise InputError(told, "count from 0, or from the end with -1") from error

    def token(self, line: str, where: str) -> TaggedToken | str:
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
        return TaggedToken(text, tag, where)


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The documents of the file; a line that is none is refused, and left out of its document."""
    columns = _Columns(options)
    sentences: list[list[TaggedToken]] = [[]]
    refused: list[ReadItem] = []
    for number, line in source.lines():
        blank = not line.strip(" \t")
        opening = line.split(maxsplit=1)[:1] == [_OPENING]
        if opening or (blank and options.unit == "sentence"):
            yield from _document(sentences, refused, options)
            sentences, refused = [[]], []
        elif blank:
            sentences += [[]] if sentences[-1] else []
        elif is_undecodable(line):
            refused.append(refuse("unreadable", "not UTF-8", source.at(number), line))
        elif isinstance(token := columns.token(line, source.at(number)), str):
            if not line.startswith("# "):  # a comment; a token # has a tag
                refused.append(refuse("malformed", token, source.at(number), line))
        else:
            sentences[-1].append(token)
    yield from _document(sentences, refused, options)


def _document(
    sentences: list[list[TaggedToken]], refused: list[ReadItem], options: ReadOptions
) -> Iterator[ReadItem]:
    whole = [sentence for sentence in sentences if sentence]
    if whole:
        yield from emit(build_document(whole, whole[0][0].where, options), {})
    yield from refused


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``conll``; see ``curate.formats.export.write``.

    Raises:
        CurateError: a label holds white space, which would split its column.
    """
    return _write(pairs, target, job, "conll", iob2_tags)


def write_biluo(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``biluo``: the same with tags that say where an entity ends and which is of one token.

    Ratinov and Roth 2009, "Design Challenges and Misconceptions in Named Entity Recognition"
    (https://aclanthology.org/W09-1119), section 3.
    """
    return _write(pairs, target, job, "biluo", biluo_tags)


def _write(
    pairs: Iterable[GoldDocument],
    target: Path,
    job: ExportJob,
    name: str,
    tags: Callable[[TokenisedDocument], list[str]],
) -> ExportedFile:
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(pairs, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"{DOCSTART} -X- -X- O\n\n".encode())
            found = tags(item)
            for words in sentences(item):
                lines = (f"{word.text} -X- -X- {found[word.i]}\n" for word in words)
                file.write(f"{''.join(lines)}\n".encode())
    return tally.exported(target, name)
