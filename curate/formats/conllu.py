"""Format ``conllu``: CoNLL-U with entities in the column MISC.

Reading: an entity is a tag under ``NER=``, ``NE=`` or ``Entity=`` in MISC, in IOB1, IOB2 or BILUO,
or brackets as in CorefUD, ``(e1-person``, ``e1)``, ``(person)``; the label of ``e1-person-…`` is
``person``. ``columns`` names another key (``{"tag": "misc:Name"}``) or a column counted from 0
(``{"tag": "4"}``). A label without a prefix is an entity that lasts as long as the label does. The
text is rebuilt by the rule of ``token_tags``; ``SpaceAfter=No`` is honoured, and a multiword token
counts as it is written. ``# newdoc`` starts a document, whose ``id`` is kept; empty nodes are
skipped.

Writing: IOB2 tags under ``NER`` in MISC. Every document begins with ``# newdoc id``, every sentence
with ``# sent_id`` and ``# text``; ``SpaceAfter=No`` marks tokens that no blank follows. Tokens are
not analysed, so the columns from LEMMA to DEPS are ``_``. Relations and categories have no place.

Reference: https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_tags import TAG, TaggedToken, build_document, iob2_tags
from curate.formats.tokens import ChunkedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument

MISC_KEYS = ("NER", "NE", "Entity")
"""Keys of MISC under which tags are looked for, in this order."""
_WIDTH = 10  # columns of a line
_MISC = 9  # the column MISC
_ID = re.compile(r"(\d+)(?:-(\d+))?")
_BRACKET = re.compile(r"\(([^()]+)\)|\(([^()]+)|([^()]+)\)")


class _Sentence:
    """The lines of one sentence so far."""

    def __init__(self) -> None:
        self.tokens: list[TaggedToken] = []
        self.open_until = 0  # number of the last word of the current multiword token

    def add(self, line: str, where: str, options: ReadOptions) -> str:
        """Add a line; returns why it cannot be added, if it cannot."""
        fields = line.split("\t")
        if is_undecodable(line):
            return "not UTF-8"
        if len(fields) != _WIDTH:
            return f"{len(fields)} columns where CoNLL-U has {_WIDTH}, separated by tabs"
        if re.fullmatch(r"\d+\.\d+", fields[0]):
            return ""  # an empty node stands for nothing in the text
        number = _ID.fullmatch(fields[0])
        if number is None or not fields[1]:
            return f"{fields[0]!r} is not the number of a token, or the token is empty"
        tag = _tag(fields, options)
        if int(number[1]) <= self.open_until:
            token = self.tokens[-1]  # the word is part of this multiword token
            if token.tag in ("", "O"):
                self.tokens[-1] = token._replace(tag=tag)
            return ""
        self.open_until = int(number[2] or 0)
        glued = "SpaceAfter=No" in fields[_MISC].split("|")
        self.tokens.append(TaggedToken(fields[1], tag, where, glued))
        return ""


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file; a line that cannot be read is left out of its document."""
    parts: list[_Sentence] = [_Sentence()]
    refused: list[ReadItem] = []
    meta: dict[str, str] = {}
    for number, line in source.lines():
        where = source.location(number)
        if line.startswith("#"):
            if re.match(r"# *newdoc\b", line):
                yield from _document(parts, refused, meta, options)
                name = re.search(r"\bid *= *(.+)", line)
                parts, refused = [_Sentence()], []
                meta = {"id": name[1].strip()} if name else {}
        elif not line.strip():
            parts += [_Sentence()] if parts[-1].tokens else []
        elif defect := parts[-1].add(line, where, options):
            refused.append(refuse("malformed", defect, where, line))
    yield from _document(parts, refused, meta, options)


def _tag(fields: list[str], options: ReadOptions) -> str:
    column = options.columns.get("tag", "")
    if column.isdecimal() and int(column) < _WIDTH:
        return "" if fields[int(column)] == "_" else fields[int(column)]
    misc = dict(part.partition("=")[::2] for part in fields[_MISC].split("|"))
    keys = (column.removeprefix("misc:"),) if column else MISC_KEYS
    return next((misc[key] for key in keys if key in misc), "")


def _document(
    parts: list[_Sentence], refused: list[ReadItem], meta: dict[str, str], options: ReadOptions
) -> Iterator[ReadItem]:
    tagged = [sentence.tokens for sentence in parts if sentence.tokens]
    if tagged:
        tokens = [token for sentence in tagged for token in sentence]
        has_brackets = any("(" in token.tag or ")" in token.tag for token in tokens)
        named = [
            [it._replace(tag="O" if has_brackets else _prefixed(it.tag)) for it in sentence]
            for sentence in tagged
        ]
        builder = build_document(named, tokens[0].where, options)
        if has_brackets:
            _add_bracketed(builder, tokens)
        yield from builder.finish(meta)
    yield from refused


def _prefixed(tag: str) -> str:
    return tag if TAG.fullmatch(tag) else f"I-{tag}" if tag not in ("", "*") else "O"


def _add_bracketed(builder: AnnotationBuilder, tokens: list[TaggedToken]) -> None:
    """Add entities that are written as an opening and a closing bracket with the same name."""
    opened: list[tuple[str, int, str]] = []
    position = 0
    for token in tokens:
        position = builder.text.index(token.text, position)
        end = position + len(token.text)
        for single, opening, closing in _BRACKET.findall(token.tag):
            if single:
                builder.add_span(position, end, _label(single), where=token.where)
            elif opening:
                opened.append((opening, position, token.where))
            else:
                _close(builder, opened, closing, end, token.where)
        position = end
    for name, _, where in opened:
        builder.report("malformed", f"the bracket of {name} is never closed", where)


def _close(
    builder: AnnotationBuilder, opened: list[tuple[str, int, str]], name: str, end: int, where: str
) -> None:
    """Close the innermost bracket of this name, of which a closing one may give the first part."""
    for number in range(len(opened) - 1, -1, -1):
        if opened[number][0] == name or opened[number][0].split("-")[0] == name:
            opening, start, opening_where = opened.pop(number)
            builder.add_span(start, end, _label(opening), where=opening_where)
            return
    builder.report("malformed", f"the bracket of {name} was never opened", where)


def _label(bracket: str) -> str:
    """The label in a bracket: ``person``, or the type in CorefUD's ``e12-person-1-…``."""
    parts = bracket.split("-")
    return parts[1] if len(parts) > 1 and re.fullmatch(r"e?\d+", parts[0]) else parts[0]


def sniff(source: SourceFile) -> Evidence:
    """Whether lines have ten columns, the first of them the number of a token."""
    lines = [line for line in sample_lines(source) if line.strip() and line[0] != "#"]
    rows = [line.split("\t") for line in lines]
    fitting = sum(len(row) == _WIDTH and _ID.fullmatch(row[0]) is not None for row in rows)
    return Evidence.SIGNATURE if rows and fitting >= 0.9 * len(rows) else Evidence.ENDING


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(documents, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"# newdoc id = {item.document.id}\n".encode())
            for sentence in _sentences(item):
                file.write(f"{sentence}\n".encode())
    return tally.exported(target, "conllu")


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
