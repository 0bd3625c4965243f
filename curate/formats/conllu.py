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
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_tags import TAG, TaggedToken, build_document, iob2_tags
from curate.formats.tokens import TokenisedDocument, sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument

KEYS = ("NER", "NE", "Entity")
_WIDTH = 10
_MISC = 9
_NUMBER = re.compile(r"(\d+)(?:-(\d+))?")
_BRACKET = re.compile(r"\(([^()]+)\)|\(([^()]+)|([^()]+)\)")


class _Sentence:
    """The lines of one sentence so far."""

    def __init__(self) -> None:
        self.tokens: list[TaggedToken] = []
        self.inside = 0  # last word of the multiword token that is open


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The documents of the file; a line that is none is refused, and left out of its document."""
    sentences: list[_Sentence] = [_Sentence()]
    refused: list[ReadItem] = []
    meta: dict[str, str] = {}
    for number, line in source.lines():
        where = source.at(number)
        if line.startswith("#"):
            if re.match(r"# *newdoc\b", line):
                yield from _document(sentences, refused, meta, options)
                name = re.search(r"\bid *= *(.+)", line)
                sentences, refused = [_Sentence()], []
                meta = {"id": name[1].strip()} if name else {}
        elif not line.strip():
            sentences += [_Sentence()] if sentences[-1].tokens else []
        elif why := _take(sentences[-1], line, where, options):
            refused.append(refuse("malformed", why, where, line))
    yield from _document(sentences, refused, meta, options)


def _take(sentence: _Sentence, line: str, where: str, options: ReadOptions) -> str:
    """Add a line to its sentence; gives why it cannot be, if it cannot."""
    fields = line.split("\t")
    if is_undecodable(line):
        return "not UTF-8"
    if len(fields) != _WIDTH:
        return f"{len(fields)} columns where CoNLL-U has {_WIDTH}, parted by tabs"
    if re.fullmatch(r"\d+\.\d+", fields[0]):
        return ""  # an empty node stands for nothing in the text
    number = _NUMBER.fullmatch(fields[0])
    if number is None or not fields[1]:
        return f"{fields[0]!r} is no number of a token, or its form is empty"
    if int(number[1]) <= sentence.inside:
        return _within(sentence, fields, options)
    sentence.inside = int(number[2] or 0)
    tag = _tag(fields, options)
    glued = "SpaceAfter=No" in fields[_MISC].split("|")
    sentence.tokens.append(TaggedToken(fields[1], tag, where, glued))
    return ""


def _within(sentence: _Sentence, fields: list[str], options: ReadOptions) -> str:
    """A word of a multiword token: its tag is the token's, where that one has none."""
    tag, token = _tag(fields, options), sentence.tokens[-1]
    if token.tag in ("", "O"):
        sentence.tokens[-1] = token._replace(tag=tag)
    return ""


def _tag(fields: list[str], options: ReadOptions) -> str:
    chosen = options.columns.get("tag", "")
    if chosen.isdecimal() and int(chosen) < _WIDTH:
        return "" if fields[int(chosen)] == "_" else fields[int(chosen)]
    misc = dict(part.partition("=")[::2] for part in fields[_MISC].split("|"))
    keys = (chosen.removeprefix("misc:"),) if chosen else KEYS
    return next((misc[key] for key in keys if key in misc), "")


def _document(
    sentences: list[_Sentence], refused: list[ReadItem], meta: dict[str, str], options: ReadOptions
) -> Iterator[ReadItem]:
    whole = [sentence.tokens for sentence in sentences if sentence.tokens]
    if whole:
        marks, brackets = _tagged(whole, options)
        if brackets:
            _bracketed(marks, brackets)
        yield from emit(marks, meta)
    yield from refused


def _tagged(
    whole: list[list[TaggedToken]], options: ReadOptions
) -> tuple[AnnotationBuilder, list[TaggedToken]]:
    """The document with the entities of its tags, and its tokens where these are brackets."""
    tags = [token.tag for sentence in whole for token in sentence if token.tag]
    if any("(" in tag or ")" in tag for tag in tags):
        bare = [[token._replace(tag="O") for token in sentence] for sentence in whole]
        return build_document(bare, whole[0][0].where, options), [t for s in whole for t in s]
    named = [[token._replace(tag=_prefixed(token.tag)) for token in sent] for sent in whole]
    return build_document(named, whole[0][0].where, options), []


def _prefixed(tag: str) -> str:
    return tag if TAG.fullmatch(tag) else f"I-{tag}" if tag not in ("", "*") else "O"


def _bracketed(marks: AnnotationBuilder, tokens: list[TaggedToken]) -> None:
    """Entities as brackets: an opening one with its label, a closing one with the same."""
    opened: list[tuple[str, int, str]] = []
    position = 0
    for token in tokens:
        position = marks.text.index(token.text, position)
        end = position + len(token.text)
        for whole, opening, closing in _BRACKET.findall(token.tag):
            if whole:
                marks.span(position, end, _label(whole), where=token.where)
            elif opening:
                opened.append((opening, position, token.where))
            else:
                _close(marks, opened, closing, end, token.where)
        position = end
    for name, _, where in opened:
        marks.lose("malformed", f"the bracket of {name} is never closed", where)


def _close(
    marks: AnnotationBuilder, opened: list[tuple[str, int, str]], name: str, end: int, where: str
) -> None:
    """Close the innermost bracket of that name; a closing one may give the name's first part."""
    for number in range(len(opened) - 1, -1, -1):
        if opened[number][0] == name or opened[number][0].split("-")[0] == name:
            opening, start, there = opened.pop(number)
            marks.span(start, end, _label(opening), where=there)
            return
    marks.lose("malformed", f"the bracket of {name} was never opened", where)


def _label(bracket: str) -> str:
    """The label in a bracket: ``person``, or the type in CorefUD's ``e12-person-1-…``."""
    parts = bracket.split("-")
    return parts[1] if len(parts) > 1 and re.fullmatch(r"e?\d+", parts[0]) else parts[0]


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(pairs, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"# newdoc id = {item.document.id}\n".encode())
            for sentence in _sentences(item):
                file.write(f"{sentence}\n".encode())
    return tally.exported(target, "conllu")


def _sentences(item: TokenisedDocument) -> Iterator[str]:
    tags = iob2_tags(item)
    for number, words in enumerate(sentences(item), 1):
        first, last = words[0], words[-1]
        text = " ".join(item.document.text[first.idx : last.idx + len(last)].split())
        lines = [f"# sent_id = {item.document.id}-{number}", f"# text = {text}"]
        for place, word in enumerate(words, 1):
            glued = not word.whitespace_ and not _blank_follows(item, word.i)
            misc = "|".join([f"NER={tags[word.i]}"] + ["SpaceAfter=No"] * glued)
            lines.append("\t".join([str(place), word.text, *["_"] * 7, misc]))
        yield "\n".join(lines) + "\n"


def _blank_follows(item: TokenisedDocument, number: int) -> bool:
    """Whether the next token is white space, or the text ends."""
    return number + 1 == len(item.doc) or item.doc[number + 1].is_space
