"""Formats ``conll`` and ``biluo``: one token per line with its tag, as in CoNLL-2002 and 2003.

Reading: columns are separated by blanks, or by tabs where a line has any. The token is the first
column and the tag the last one, or the other way round if only the first of two has tags, unless
``columns`` says otherwise. An empty line ends a sentence; a line that begins with ``-DOCSTART-``
starts a document; a file without such lines is one document. The file is read once before, for the
number of its columns and the style of its tags, which may be IOB1, IOB2 or BILUO with prefixes or
suffixes, or labels alone; ``-`` and ``_`` are tokens that nobody annotated. Tags of entities in
further columns are reported. The text is rebuilt by the rule of ``token_tags``. A line with more
columns than the others has blanks in its token; a sentence with a line that cannot be read is
refused.

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
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from curate.errors import InputError
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import SEVERITIES, ReadItem, ReadOptions
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_lines import TokenLines, read_twice
from curate.formats.token_tags import (
    BARE,
    CHUNKS,
    MAX_LABELS,
    NOT_ANNOTATED,
    OUTSIDE,
    TagColumn,
    TaggedToken,
    biluo_tags,
    build_document,
    iob2_tags,
    tag_style,
)
from curate.formats.tokens import DOCSTART, ChunkedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.model import Problem

_MAX_TAGS = 1000  # different values of a column of tags
_BLANKS = re.compile(r"[ \t]+")
_LABEL_STUDIO_START = [DOCSTART, "-X-", "O"]  # there is only one in its files
_LABEL_STUDIO_NOTE = (
    "Label Studio writes all its tasks as one document; --unit sentence makes one of each"
)
_Lines = Iterable[tuple[int, str]]


class _Columns:
    """Splits lines by what most of them look like: their number of columns, their style of tags."""

    def __init__(self, options: ReadOptions, lines: _Lines) -> None:
        try:
            self._token = int(options.columns.get("token", "0"))
            self._tag = int(options.columns.get("tag", "-1"))
        except ValueError as error:
            raise InputError(
                "the columns of conll are numbers",
                "count from 0, or from the end with -1: --column tag=-1",
            ) from error
        widths: Counter[int] = Counter()
        tags: defaultdict[int, set[str]] = defaultdict(set)
        others: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for _, line in lines:
            fields = _fields(line)
            if len(fields) > 1 and fields[0] not in ("#", DOCSTART):
                widths[len(fields)] += 1
                if -len(fields) <= self._tag < len(fields):
                    tags[len(fields)].add(fields[self._tag])
                for number, field in enumerate(fields):
                    if len(seen := others[len(fields), number]) <= _MAX_TAGS:
                        seen.add(field)
        self._width = max(widths, key=lambda width: (widths[width], -width), default=2)
        self.style = tag_style(tags[self._width])
        first, last = (others[self._width, number] for number in (0, self._width - 1))
        is_usual = not {"token", "tag"} & options.columns.keys()
        if is_usual and self._width == 2 and _are_entities(first) and not _are_entities(last):
            self._token, self._tag, self.style = 1, 0, tag_style(first)
        self.unread = [
            number
            for number in range(self._width)
            if number not in (self._token, self._tag % self._width)
            and _are_entities(others[self._width, number])
        ]

    def report_unread(self, where: str) -> Problem:
        """The problem for columns with tags of entities that are not read."""
        names = " and ".join(map(str, self.unread))
        return Problem(
            code="read.unsupported",
            message=f"there are tags in column {names} too, counted from 0, which are not read",
            severity=SEVERITIES["unsupported"],
            where=where,
            hint=f"read them instead with --column tag={self.unread[0]}",
        )

    def token(self, line: str, where: str) -> TaggedToken | str:
        """The token of a line, or why it has none."""
        fields = _fields(line)
        surplus = len(fields) - self._width
        if surplus:
            tag = fields[self._tag] if -len(fields) <= self._tag < len(fields) else ""
            has_tag = self.style.canonical(tag) and (self.style is not BARE or tag == OUTSIDE)
            is_usual = (self._token, self._tag) == (0, -1)
            if surplus > 0 and "\t" not in line and is_usual and self.style.canonical(tag):
                return TaggedToken(" ".join(fields[: surplus + 1]), (tag,), where)
            # Taggers such as MeCab leave columns out where they know nothing about a word.
            if not (has_tag and len(fields) > 1 and is_usual):
                return f"{len(fields)} columns where most lines have {self._width}"
        try:
            text, tag = fields[self._token], fields[self._tag]
        except IndexError:
            return f"only {len(fields)} columns"
        return TaggedToken(text, (tag,), where) if text else "the token is missing"

    def is_comment(self, line: str) -> bool:
        """Whether a line is a comment, and not the token ``#`` with its tag."""
        if not line.startswith(("# ", "#\t")):
            return False
        token = self.token(line, "")
        if isinstance(token, str):
            return True
        (tag,) = token.tags
        return not self.style.canonical(tag) or (self.style is BARE and tag != OUTSIDE)


def _are_entities(values: set[str]) -> bool:
    """Whether the values of a column are tags of entities."""
    tags = {it for it in values if it != OUTSIDE and it not in NOT_ANNOTATED}
    labels = {tag[2:] for tag in tags if _PREFIXED.fullmatch(tag)}
    return bool(labels) and all(map(_PREFIXED.fullmatch, tags)) and not labels <= CHUNKS


def _fields(line: str) -> list[str]:
    stripped = line.rstrip(" \t")
    if "\t" in stripped:
        return [field.strip(" ") for field in stripped.split("\t")]
    return _BLANKS.split(stripped.lstrip(" "))


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file; a sentence with a line that cannot be read is left out."""
    survey, lines = read_twice(source)
    columns = _Columns(options, survey)
    part, note = TokenLines(), ""
    if columns.unread:
        yield columns.report_unread(str(source))
    for number, line in lines:
        is_blank = not line.strip(" \t")
        is_start = line.split(maxsplit=1)[:1] == [DOCSTART]
        where = source.location(number)
        if is_start or (is_blank and options.unit == "sentence"):
            yield from _document(part, columns, options, note)
            part = TokenLines()
            if is_start:
                note = _LABEL_STUDIO_NOTE if line.split() == _LABEL_STUDIO_START else ""
        elif is_blank:
            part.end_sentence()
        elif is_undecodable(line):
            part.damage(line, "unreadable", "not UTF-8", where)
        elif columns.is_comment(line):
            continue
        elif isinstance(token := columns.token(line, where), str):
            part.damage(line, "malformed", token, where)
        else:
            part.add(line, token)
    yield from _document(part, columns, options, note)


def _document(
    part: TokenLines, columns: _Columns, options: ReadOptions, note: str
) -> Iterator[ReadItem]:
    """The document of some lines, if it has any sentence, and its problems."""
    part.end_sentence()
    if part.sentences:
        tags = [TagColumn(columns.style)]
        builder = build_document(part.sentences, part.where, options, tags)
        if note and len(part.sentences) > 1:
            builder.report("one-document", note)
        yield from builder.finish({})
    yield from part.refused


_PREFIXED = re.compile(r"[BILUESMW]-\S+")
_BARE = re.compile(r"O|-|[A-Z][A-Z_]+")
_LABEL = re.compile(r"[-_]|[^\W\d][\w.:/-]*")


def sniff(source: SourceFile) -> Evidence:
    """Whether lines are tokens with a tag: columns of equal number, the last one tags."""
    lines = [line.split() for line in sample_lines(source) if line.strip()]
    lines = [fields for fields in lines if fields[0] not in ("#", DOCSTART)]
    widths = Counter(map(len, lines))
    if not lines or max(widths) < 2:
        return Evidence.ENDING
    width = widths.most_common(1)[0][0]
    tags = [fields[-1] for fields in lines if len(fields) == width]
    first = [fields[0] for fields in lines if len(fields) == width == 2]  # tags may stand before
    for values in (tags, first):
        valid = sum(tag == OUTSIDE or _PREFIXED.fullmatch(tag) is not None for tag in values)
        has_prefix = any(map(_PREFIXED.fullmatch, values))
        if width > 1 and has_prefix and valid >= 0.9 * len(lines):
            return Evidence.SHAPE
    is_bare = len(tags) == len(lines) > 1 and OUTSIDE in tags and all(map(_BARE.fullmatch, tags))
    return Evidence.SHAPE if width > 1 and (is_bare or _has_columns(source)) else Evidence.ENDING


def _has_columns(source: SourceFile) -> bool:
    """Whether all lines have as many columns by tabs, and the last one labels without prefixes."""
    rows = [line.split("\t") for line in sample_lines(source) if line.strip()]
    tags = {row[-1].strip() for row in rows}
    is_table = len({len(row) for row in rows}) == 1 < len(rows[0]) and OUTSIDE in tags
    return is_table and 1 < len(tags) <= MAX_LABELS and all(map(_LABEL.fullmatch, tags))


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
