"""Format ``conllu``: CoNLL-U with entities in the column MISC.

Reading: an entity is a tag under one of ``MISC_KEYS`` in MISC, in IOB1, IOB2 or BILUO, or brackets
as in CorefUD, ``(e1-person``, ``e1)``, ``(person)``, with the label where ``# global.Entity`` says
that the type is; without that line, the label of ``e1-person-…`` is ``person``. The file is read
once before, to choose the key; a file without any has no annotations. ``columns`` names another
key (``{"tag": "misc:Name"}``) or a column counted from 0 (``{"tag": "4"}``). A label without a
prefix is an entity that lasts as long as the label does. The text is rebuilt by the rule of
``token_tags``; ``SpaceAfter=No`` is honoured. A multiword token counts as it is written, with the
entities of all its words. ``# newdoc`` starts a document, whose ``id`` is kept. Mentions in several
pieces, without a type or on empty nodes have no place and are reported.

Writing: IOB2 tags under ``NER`` in MISC. Every document begins with ``# newdoc id``, every sentence
with ``# sent_id`` and ``# text``; ``SpaceAfter=No`` marks tokens that no blank follows. Tokens are
not analysed, so the columns from LEMMA to DEPS are ``_``. Relations and categories have no place.

References: https://universaldependencies.org/format.html, and for brackets
https://ufal.mff.cuni.cz/~popel/corefud-1.0/corefud-1.0-format.pdf.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.errors import CurateError
from curate.formats.atomic_files import replace_file
from curate.formats.brackets import Mentions
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import ReadItem, ReadOptions
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_lines import TokenLines, read_twice
from curate.formats.token_tags import (
    BARE,
    NOT_ANNOTATED,
    OUTSIDE,
    TagColumn,
    TaggedToken,
    TagStyle,
    build_document,
    iob2_tags,
    tag_style,
)
from curate.formats.tokens import ChunkedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument

MISC_KEYS = ("NER", "NE", "ner", "Entity", "Tag", "name")
"""Keys of MISC under which tags are looked for, in this order."""
_AMBIGUOUS = ("Tag", "name")  # keys of other things as well, unless their values are O, B-PER, …
_WIDTH = 10  # columns of a line
_MISC = 9  # the column MISC
_ID = re.compile(r"(\d+)(?:-(\d+))?")
_EMPTY_NODE = re.compile(r"\d+\.\d+")
_NEWDOC = re.compile(r"# *newdoc\b")
_GLOBAL_ENTITY = re.compile(r"# *global\.Entity *= *(\S+)")


class _Tags:
    """Where the tags of a file are, and how they are written.

    Attributes:
        key: the key in MISC, or the number of a column; empty if the file has no entities.
        style: how the tags are written.
        has_brackets: whether they are brackets.
        type_place: the place of the type in a bracket, counted from 0; None if nothing says it.
    """

    def __init__(self, options: ReadOptions, lines: Iterable[tuple[int, str]]) -> None:
        chosen = options.columns.get("tag", "")
        self._column = int(chosen) if chosen.isdecimal() and int(chosen) < _WIDTH else None
        key = chosen.removeprefix("misc:")
        self.type_place: int | None = None
        tags: dict[str, set[str]] = {name: set() for name in ([key] if chosen else MISC_KEYS)}
        for _, line in lines:
            if match := _GLOBAL_ENTITY.match(line):
                names = match[1].split("-")
                self.type_place = names.index("etype") if "etype" in names else None
            fields = line.split("\t")
            if len(fields) != _WIDTH:
                continue
            if self._column is not None:
                tags[key].add(fields[self._column])
            else:
                misc = _misc(fields)
                for name in tags.keys() & misc.keys():
                    tags[name].add(misc[name])
        used = {
            name: values
            for name, values in tags.items()
            if values - NOT_ANNOTATED and (chosen or name not in _AMBIGUOUS or _are_marked(values))
        }
        self.key, values = next(iter(used.items()), ("", set()))
        self.others = [name for name in used if name != self.key]
        self.has_brackets = any("(" in tag or ")" in tag for tag in values)
        self.style = _style({tag for tag in values if tag != "*"})

    def of(self, fields: list[str]) -> str:
        """The tag in a line, empty if it has none."""
        if self._column is not None:
            tag = fields[self._column]
        else:
            tag = _misc(fields).get(self.key, "") if self.key else ""
        return "" if tag in (*NOT_ANNOTATED, "*") else tag


def _are_marked(tags: set[str]) -> bool:
    """Whether all tags are tags of entities with a prefix."""
    style = tag_style(tags)
    return style is not BARE and all(style.canonical(tag) is not None for tag in tags)


def _style(tags: set[str]) -> TagStyle:
    style = tag_style(tags)
    fits = all(style.canonical(tag) is not None for tag in tags)
    return style if fits else BARE  # the file itself says that these are entities


def _misc(fields: list[str]) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in fields[_MISC].split("|"))


class _Part:
    """A document so far."""

    def __init__(self, meta: dict[str, str], tags: _Tags) -> None:
        self.lines = TokenLines()
        self.meta = meta
        self._tags = tags
        self._open_until = 0  # number of the last word of the current multiword token
        self._on_empty_nodes = 0
        self._crowded: list[str] = []  # places of multiword tokens with several entities

    def add(self, line: str, where: str) -> None:
        """Add a line of a sentence."""
        fields = line.split("\t")
        if is_undecodable(line):
            self.lines.damage(line, "unreadable", "not UTF-8", where)
        elif len(fields) != _WIDTH:
            message = f"{len(fields)} columns where CoNLL-U has {_WIDTH}, separated by tabs"
            self.lines.damage(line, "malformed", message, where)
        elif _EMPTY_NODE.fullmatch(fields[0]):  # it stands for nothing in the text
            self._on_empty_nodes += self._tags.of(fields) not in ("", OUTSIDE)
        elif (number := _ID.fullmatch(fields[0])) is None or not fields[1]:
            message = f"{fields[0]!r} is not the number of a token, or the token is empty"
            self.lines.damage(line, "malformed", message, where)
        elif int(number[1]) <= self._open_until:
            self.lines.merge(line, self._merged(self.lines.last, self._tags.of(fields)))
        else:
            self._open_until = int(number[2] or 0)
            glued = "SpaceAfter=No" in fields[_MISC].split("|")
            tag = self._tags.of(fields)
            self.lines.add(line, TaggedToken(fields[1], (tag or OUTSIDE,), where, glued))

    def end_sentence(self) -> None:
        """End the current sentence."""
        self.lines.end_sentence()
        self._open_until = 0

    def _merged(self, token: TaggedToken, tag: str) -> TaggedToken:
        """A multiword token with the tag of one more of its words."""
        (before,) = token.tags
        if self._tags.has_brackets:
            return token._replace(tags=(tag if before == OUTSIDE else before + tag,))
        if before == OUTSIDE:
            return token._replace(tags=(tag or OUTSIDE,))
        style = self._tags.style
        first, second = style.canonical(before), style.canonical(tag)
        if second not in ("", OUTSIDE, None, first) and (first or "")[2:] != (second or "")[2:]:
            self._crowded.append(token.where)
        return token

    def read(self, options: ReadOptions) -> Iterator[ReadItem]:
        """The document, if there is any, and its problems."""
        self.end_sentence()
        sentences = self.lines.sentences
        if sentences:
            columns = [] if self._tags.has_brackets else [TagColumn(self._tags.style)]
            builder = build_document(
                sentences, self.lines.where, options, columns if self._tags.key else []
            )
            if self._tags.has_brackets:
                builder.add_layer()
                mentions = Mentions(builder, self._tags.type_place)
                mentions.add_all(token for sentence in sentences for token in sentence)
            for name in self._tags.others:
                message = f"tags under {name}; --column tag=misc:{name} reads them instead"
                builder.report("unsupported", message)
            if self._on_empty_nodes:
                message = f"{self._on_empty_nodes:,} on nodes that stand for nothing in the text"
                builder.report("unsupported", message)
            for where in self._crowded:
                message = "a second entity in one multiword token"
                builder.report("unsupported", message, where)
            yield from builder.finish(self.meta)
        yield from self.lines.refused


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file; a sentence with a line that cannot be read is left out."""
    survey, lines = read_twice(source)
    tags = _Tags(options, survey)
    part = _Part({}, tags)
    for number, line in lines:
        if line.startswith("#"):
            if _NEWDOC.match(line):
                yield from part.read(options)
                name = re.search(r"\bid *= *(.+)", line)
                part = _Part({"id": name[1].strip()} if name else {}, tags)
        elif line.strip():
            part.add(line, source.location(number))
        elif options.unit == "sentence":
            yield from part.read(options)
            part = _Part(part.meta, tags)
        else:
            part.end_sentence()
    yield from part.read(options)


def sniff(source: SourceFile) -> Evidence:
    """Whether lines have ten columns, the first of them the number of a token."""
    lines = [line for line in sample_lines(source) if line.strip() and line[0] != "#"]
    rows = [line.split("\t") for line in lines]
    fitting = sum(len(row) == _WIDTH and _ID.fullmatch(row[0]) is not None for row in rows)
    return Evidence.SIGNATURE if rows and fitting >= 0.9 * len(rows) else Evidence.ENDING


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``.

    Raises:
        CurateError: a label has white space, a bar or a comma. A bar ends a value in MISC, and
            several readers take a comma for a separator.
    """
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(documents, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            _check_labels(item)
            file.write(f"# newdoc id = {item.document.id}\n".encode())
            for sentence in _sentences(item):
                file.write(f"{sentence}\n".encode())
    return tally.exported(target, "conllu")


def _check_labels(item: ChunkedDocument) -> None:
    if broken := [chunk.label for chunk in item.chunks if set("|,") & set(chunk.label)]:
        raise CurateError(
            f"conllu cannot hold the label {broken[0]!r}", "rename it without bars and commas"
        )


def _sentences(item: ChunkedDocument) -> Iterator[str]:
    tags = iob2_tags(item)
    for number, words in enumerate(sentences(item), 1):
        first, last = words[0], words[-1]
        text = " ".join(item.document.text[first.idx : last.idx + len(last)].split())
        lines = [f"# sent_id = {item.document.id}-{number}", f"# text = {text}"]
        for position, word in enumerate(words, 1):
            glued = not word.whitespace_ and not _space_follows(item, word.i)
            misc = "|".join([f"NER={tags[word.i]}"] + ["SpaceAfter=No"] * glued)
            lines.append("\t".join([str(position), word.text, *["_"] * 7, misc]))
        yield "\n".join(lines) + "\n"


def _space_follows(item: ChunkedDocument, number: int) -> bool:
    """Whether the next token is white space, or the text ends."""
    return number + 1 == len(item.doc) or item.doc[number + 1].is_space
