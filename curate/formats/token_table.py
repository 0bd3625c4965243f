"""Format ``token-table``: one token per row, with a header or with several columns of tags.

Reading: rows with tabs, or with commas where the header has them. Three shapes are known:

- with a header that names a column of tokens (``TOKEN``, ``Word``, …), as in HIPE-2022 and in
  ``ner_dataset.csv``. Every column whose values are tags is a layer: the first one, or the one that
  ``columns`` names as ``tag``, that of the options, the others ``column:<name>``;
- without a header, tokens first or after their numbers, then tags in several columns, as in
  GermEval 2014 and LitBank. Their entities nest, and are one layer;
- either with comments ``# name = value``, of which one with ``document_id`` begins a document and
  the others are its metadata.

An empty row ends a sentence; so does ``EndOfSentence`` in the column ``MISC``, and so does a value
in the column ``Sentence #`` of the next row. ``NoSpaceAfter`` in ``MISC`` is honoured. ``_`` and
``-`` are tokens that nobody annotated. Entity links and other columns have no place. A sentence
with a row that cannot be read is refused; see ``token_tags`` for the text.

References: https://github.com/hipe-eval/HIPE-2022-data,
https://sites.google.com/site/germeval2014ner/data, https://github.com/dbamman/litbank
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from curate.errors import InputError
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import ReadItem, ReadOptions
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_lines import TokenLines, read_twice
from curate.formats.token_tags import (
    CHUNKS,
    NOT_ANNOTATED,
    OUTSIDE,
    PREFIXED,
    TagColumn,
    TaggedToken,
    build_document,
    tag_style,
)
from curate.layers import column_layer

_TOKEN_NAMES = ("token", "tokens", "word", "words", "form")
_TAG_NAMES = re.compile(r"(ne|ner|iob|bio|tags?|labels?|entity|ner[-_ ]tags?|ne[-_].*)", re.I)
_LINK_NAMES = re.compile(r"NEL-.*")
_SENTENCE_NAMES = ("sentence #", "sentence", "sentence_id", "sent_id")
_COMMENT = re.compile(r"#\s*(?:[\w-]+:)?([\w-]+)\s*=\s*(.*)")
_SENTENCE_ENDS = ("EndOfSentence", "PySBDSegment")
_META = {"document_id": "id", "date": "published", "publication_title": "source"}
_NO_VALUE = ("", "NA", "_")
_MAX_TAGS = 1000  # different values of a column of tags
_TAG_SHARE = 0.9  # of the values of a column that has no name


class _Values:
    """What a column holds."""

    def __init__(self) -> None:
        self.different: set[str] = set()
        self.labels: set[str] = set()
        self._tags = self._all = 0

    def add(self, value: str) -> None:
        """Count a value."""
        match = PREFIXED.pattern.fullmatch(value)
        if match:
            self.labels.add(match["label"])
        self._all += 1
        self._tags += match is not None or value == OUTSIDE or value in NOT_ANNOTATED
        if len(self.different) <= _MAX_TAGS:
            self.different.add(value)

    def are_tags(self, name: str) -> bool:
        """Whether they are tags; ``name`` is that of the column, empty if it has none."""
        if len(self.different) > _MAX_TAGS or not self._all:
            return False
        if _TAG_NAMES.fullmatch(name):
            return bool(self.labels) or OUTSIDE in self.different
        return bool(self.labels) and self._tags >= _TAG_SHARE * self._all


class _Layout(NamedTuple):
    """What the columns of a table are.

    Args:
        delimiter: what separates them.
        width: their number.
        header: their names, if the first row has any.
        token: the column of tokens.
        tags: the columns of tags.
        columns: how the tags in each of these are read.
        sentence: the column of the sentence, if there is one.
        misc: the column ``MISC`` of HIPE, if there is one.
        links: columns of entity links.
    """

    delimiter: str
    width: int
    header: tuple[str, ...]
    token: int
    tags: tuple[int, ...]
    columns: tuple[TagColumn, ...]
    sentence: int | None = None
    misc: int | None = None
    links: tuple[int, ...] = ()

    def fields(self, line: str) -> list[str]:
        """The fields of a row, as many as there are columns if it is a valid one."""
        return _fields(line, self.delimiter, self.width)


def _fields(line: str, delimiter: str, width: int = 0) -> list[str]:
    if delimiter == "\t":
        fields = line.split("\t")
    else:
        try:
            fields = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            return []
    while len(fields) > max(width, 1) and not fields[-1]:  # some tables end each row with a tab
        fields.pop()
    return fields


def _layout(lines: Iterable[tuple[int, str]], options: ReadOptions) -> _Layout | None:
    """The layout of a table, None if it is no table of tokens."""
    rows = ((number, line) for number, line in lines if line.strip())
    _, first = next(rows, (0, ""))
    delimiter = next((it for it in "\t,;" if it in first), "\t")
    names = [name.strip() for name in _fields(first.removeprefix("\ufeff"), delimiter)]
    lowered = [name.lower() for name in names]
    has_header = any(name in lowered for name in _TOKEN_NAMES)
    values: dict[int, list[_Values]] = {}
    widths: Counter[int] = Counter()
    body = (line for _, line in (rows if has_header else chain([(0, first)], rows)))
    for line in (line for line in body if not line.startswith("#") or has_header):
        fields = _fields(line, delimiter, len(names) if has_header else 0)
        widths[len(fields)] += 1
        if len(fields) > 1 and len(fields) not in values:
            values[len(fields)] = [_Values() for _ in fields]
        for column, value in zip(values.get(len(fields), []), fields, strict=False):
            column.add(value)
    width = len(names) if has_header else max(widths, key=lambda it: (widths[it], it), default=0)
    if width not in values:
        return None
    if has_header:
        return _named(names, delimiter, values[width], options)
    return _unnamed(delimiter, values[width], options) if delimiter == "\t" else None


def _named(
    names: Sequence[str], delimiter: str, values: Sequence[_Values], options: ReadOptions
) -> _Layout | None:
    """The layout by the names of the columns."""
    lowered = [name.lower() for name in names]
    token_names = [options.columns.get("token", "").lower(), *_TOKEN_NAMES]
    token = next(lowered.index(name) for name in token_names if name in lowered)
    tags = [
        number
        for number, (name, column) in enumerate(zip(names, values, strict=True))
        if number != token and column.are_tags(name)
    ]
    if chosen := options.columns.get("tag", ""):
        if chosen not in names:
            raise InputError(f"the table has no column {chosen}", f"use one of {', '.join(names)}")
        tags = [names.index(chosen), *(number for number in tags if names[number] != chosen)]
    columns = tuple(
        TagColumn(
            tag_style(values[number].different),
            column_layer(names[number]) if place else "",
            names[number],
        )
        for place, number in enumerate(tags)
    )
    return _Layout(
        delimiter=delimiter,
        width=len(names),
        header=tuple(names),
        token=token,
        tags=tuple(tags),
        columns=columns,
        sentence=next((lowered.index(it) for it in _SENTENCE_NAMES if it in lowered), None),
        misc=lowered.index("misc") if "misc" in lowered else None,
        links=tuple(n for n, name in enumerate(names) if _LINK_NAMES.fullmatch(name)),
    )


def _unnamed(delimiter: str, values: Sequence[_Values], options: ReadOptions) -> _Layout | None:
    """The layout by the values: tags in the last columns, tokens in the first or after numbers."""
    # Columns of an unused level have no tags but O.
    is_outside = [column.different <= {OUTSIDE, *NOT_ANNOTATED} for column in values]
    first = len(values)
    while first > 1 and (is_outside[first - 1] or values[first - 1].are_tags("")):
        first -= 1
    tags = list(range(first, len(values)))
    if not any(values[number].labels for number in tags):
        return None
    token = 1 if first > 1 and all(value.isdecimal() for value in values[0].different) else 0
    try:
        token = int(options.columns.get("token", token))
        chosen = options.columns.get("tag", "")
        tags = [int(chosen) % len(values)] if chosen else tags
    except ValueError as error:
        raise InputError(
            "the columns of a table without a header are numbers",
            "count from 0, or from the end with -1: --column tag=-1",
        ) from error
    columns = tuple(TagColumn(tag_style(values[number].different)) for number in tags)
    return _Layout(delimiter, len(values), (), token, tuple(tags), columns)


class _TableDocument:
    """A document so far."""

    def __init__(self, layout: _Layout) -> None:
        self.lines = TokenLines()
        self.meta: dict[str, str] = {}
        self._layout = layout
        self._sentence = ""
        self._links: Counter[str] = Counter()

    @property
    def is_empty(self) -> bool:
        """Whether no token was added yet."""
        return not self.lines.sentences and not self.lines.has_lines

    def add(self, line: str, fields: list[str], where: str) -> None:
        """Add a row."""
        layout = self._layout
        if is_undecodable(line):
            self.lines.damage(line, "unreadable", "not UTF-8", where)
        elif len(fields) != layout.width:
            message = f"{len(fields)} columns where the table has {layout.width}"
            self.lines.damage(line, "malformed", message, where)
        elif not (text := fields[layout.token].strip()):
            self.lines.damage(line, "malformed", "the token is missing", where)
        else:
            misc = fields[layout.misc].split("|") if layout.misc is not None else []
            tags = tuple(fields[number].strip() for number in layout.tags)
            self.lines.add(line, TaggedToken(text, tags, where, "NoSpaceAfter" in misc))
            for number in layout.links:
                self._links[layout.header[number]] += fields[number] not in ("O", *NOT_ANNOTATED)
            if any(end in misc for end in _SENTENCE_ENDS):
                self.lines.end_sentence()

    def starts_sentence(self, fields: list[str]) -> bool:
        """Whether a row is the first of another sentence than the row before."""
        column = self._layout.sentence
        if column is None or len(fields) != self._layout.width:
            return False
        before = self._sentence
        self._sentence = fields[column].strip() or before
        return self._sentence != before

    def comment(self, name: str, value: str) -> None:
        """Add metadata."""
        if value not in _NO_VALUE:
            self.meta[_META.get(name, name)] = value

    def read(self, options: ReadOptions) -> Iterator[ReadItem]:
        """The document, if there is any, and its problems."""
        self.lines.end_sentence()
        sentences = self.lines.sentences
        if sentences:
            where = self.lines.where
            builder = build_document(sentences, where, options, self._layout.columns)
            for name, count in self._links.items():
                if count:
                    builder.report("unsupported", f"{count:,} tokens with an entity link in {name}")
            if self._layout.sentence is not None and len(sentences) > 1:
                message = "the table says where a sentence ends, but not where a document does; "
                builder.report("one-document", f"{message}--unit sentence makes one of each")
            meta = {name: value for name, value in self.meta.items() if name != "language"}
            yield from builder.finish(meta, self.meta.get("language", ""))
        yield from self.lines.refused


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a table; a sentence with a row that cannot be read is left out.

    Raises:
        InputError: the table has no column of tokens, or none of tags.
    """
    survey, lines = read_twice(source)
    layout = _layout(survey, options)
    if layout is None or not layout.tags:
        raise InputError(
            "no column of tokens beside columns of tags",
            "name them with --column token=NAME and --column tag=NAME",
            str(source),
        )
    part = _TableDocument(layout)
    is_header = bool(layout.header)
    for number, line in lines:
        if is_header and line.strip():
            is_header = False
            continue
        fields = layout.fields(line)
        if line.startswith("#") and len(fields) != layout.width:
            if (comment := _COMMENT.match(line)) is None:
                continue
            if comment[1] == "document_id":
                yield from part.read(options)
                part = _TableDocument(layout)
            if part.is_empty:
                part.comment(comment[1], comment[2].strip())
            continue
        is_blank = not any(field.strip() for field in fields)
        if is_blank or part.starts_sentence(fields):
            if options.unit == "sentence":
                yield from part.read(options)
                part, before = _TableDocument(layout), part
                part.meta = before.meta
                part.starts_sentence(fields)
            part.lines.end_sentence()
        if not is_blank:
            part.add(line, fields, source.location(number))
    yield from part.read(options)


def sniff(source: SourceFile) -> Evidence:
    """Whether rows are tokens, with a header that says so or with nested columns of tags."""
    layout = _layout(enumerate(sample_lines(source), 1), ReadOptions())
    if layout is None or not layout.tags:
        return Evidence.NONE
    if layout.header:
        return Evidence.SIGNATURE
    return Evidence.SIGNATURE if _nest(layout, source) else Evidence.NONE


def _nest(layout: _Layout, source: SourceFile) -> bool:
    """Whether several columns have tags of entities, unlike chunks beside entities."""
    if len(layout.tags) < 2:
        return False
    if layout.token == 1:  # after numbers, as in GermEval; CoNLL files of the same kind have none
        return True
    labels: list[set[str]] = [set() for _ in layout.tags]
    for line in sample_lines(source):
        fields = layout.fields(line)
        if len(fields) == layout.width:
            for of_column, number in zip(labels, layout.tags, strict=True):
                tag = PREFIXED.pattern.fullmatch(fields[number])
                of_column |= {tag["label"]} if tag else set()
    used = [of_column for of_column in labels if of_column]
    return not used[0] <= CHUNKS or all(used[0] & other for other in used[1:])
