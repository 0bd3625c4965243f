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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from curate.errors import InputError
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_tags import TAG, TaggedToken, biluo_tags, build_document, iob2_tags
from curate.formats.tokens import DOCSTART, ChunkedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument

_BLANKS = re.compile(r"[ \t]+")


class _Columns:
    """Splits lines; the first valid line determines how many columns the file has."""

    def __init__(self, options: ReadOptions) -> None:
        self.width = 0
        try:
            self._token = int(options.columns.get("token", "0"))
            self._tag = int(options.columns.get("tag", "-1"))
        except ValueError as error:
            raise InputError(
                "the columns of conll are numbers",
                "count from 0, or from the end with -1: --column tag=-1",
            ) from error

    def token(self, line: str, where: str) -> TaggedToken | str:
        """The token of a line, or why it has none."""
        stripped = line.rstrip(" \t")
        fields = stripped.split("\t") if "\t" in stripped else _BLANKS.split(stripped.lstrip(" "))
        try:
            text, tag = fields[self._token].strip(" "), fields[self._tag].strip(" ")
        except IndexError:
            return f"only {len(fields)} columns"
        if len(fields) < 2 or not text:
            return "the token or its tag is missing"
        if not TAG.fullmatch(tag):
            return f"{tag!r} is not a tag: O, or a prefix such as B- with a label"
        if self.width and len(fields) != self.width:
            return f"{len(fields)} columns where the lines before have {self.width}"
        self.width = len(fields)
        return TaggedToken(text, tag, where)


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file; a line that cannot be read is left out of its document."""
    columns = _Columns(options)
    lines: list[list[TaggedToken]] = [[]]
    refused: list[ReadItem] = []
    for number, line in source.lines():
        is_blank = not line.strip(" \t")
        is_start = line.split(maxsplit=1)[:1] == [DOCSTART]
        if is_start or (is_blank and options.unit == "sentence"):
            yield from _document(lines, refused, options)
            lines, refused = [[]], []
        elif is_blank:
            lines += [[]] if lines[-1] else []
        elif is_undecodable(line):
            refused.append(refuse("unreadable", "not UTF-8", source.location(number), line))
        elif isinstance(token := columns.token(line, source.location(number)), str):
            if not line.startswith("# "):  # a comment; the token # would have a tag
                refused.append(refuse("malformed", token, source.location(number), line))
        else:
            lines[-1].append(token)
    yield from _document(lines, refused, options)


def _document(
    lines: list[list[TaggedToken]], refused: list[ReadItem], options: ReadOptions
) -> Iterator[ReadItem]:
    tagged = [sentence for sentence in lines if sentence]
    if tagged:
        yield from build_document(tagged, tagged[0][0].where, options).finish({})
    yield from refused


_PREFIXED = re.compile(r"[BILUESMW]-\S+")
_BARE = re.compile(r"O|-|[A-Z][A-Z_]+")


def sniff(source: SourceFile) -> Evidence:
    """Whether lines are tokens with a tag: columns of equal number, the last one tags."""
    lines = [line.split() for line in sample_lines(source) if line.strip()]
    lines = [fields for fields in lines if fields[0] not in ("#", DOCSTART)]
    widths = Counter(map(len, lines))
    if not lines or max(widths) < 2:
        return Evidence.ENDING
    width = widths.most_common(1)[0][0]
    tags = [fields[-1] for fields in lines if len(fields) == width]
    valid = sum(tag == "O" or _PREFIXED.fullmatch(tag) is not None for tag in tags)
    has_prefix = any(map(_PREFIXED.fullmatch, tags))
    if width > 1 and has_prefix and valid >= 0.9 * len(lines):
        return Evidence.SHAPE
    is_bare = len(tags) == len(lines) > 1 and "O" in tags and all(map(_BARE.fullmatch, tags))
    return Evidence.SHAPE if width > 1 and is_bare else Evidence.ENDING


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``conll``; see ``curate.formats.export.write``.

    Raises:
        CurateError: a label contains white space, which would split its column.
    """
    return _write(documents, target, job, "conll", iob2_tags)


def write_biluo(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``biluo``: the same with BILUO tags; raises as ``write`` does."""
    return _write(documents, target, job, "biluo", biluo_tags)


def _write(
    documents: Iterable[GoldDocument],
    target: Path,
    job: ExportJob,
    format: str,
    encode: Callable[[ChunkedDocument], list[str]],
) -> ExportedFile:
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(documents, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"{DOCSTART} -X- -X- O\n\n".encode())
            tags = encode(item)
            for words in sentences(item):
                lines = (f"{word.text} -X- -X- {tags[word.i]}\n" for word in words)
                file.write(f"{''.join(lines)}\n".encode())
    return tally.exported(target, format)
