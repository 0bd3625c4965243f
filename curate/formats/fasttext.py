"""Format ``fasttext``: one document per line after its categories, ``__label__sport The match …``.

Reading: plain lines, and the exports of Doccano, which writes a table with one column: a line with
a comma, a quotation mark or a line break is quoted, and comments follow the text, each after
``__comment__``. If the name of a category holds a blank, the words after it are read as text,
because such a file does not separate them.

Writing: plain lines, as fastText itself and Doccano's import read them. Line breaks and tabs in a
text become blanks, and a blank in the name of a category becomes ``_``.

References: https://fasttext.cc/docs/en/supervised-tutorial.html, Doccano 1.8.4
(``data_export/pipeline/formatters.py``, ``data_import/pipeline/parsers.py``).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, as_text, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument, without_tombstones

_LABEL, _COMMENT = "__label__", "__comment__"
_LABELS = re.compile(rf"((?:{_LABEL}\S+[ \t]*)*)(.*)", re.DOTALL)
_QUOTED = f'"{_LABEL}'
_BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield each line as a document with its categories; a line without text is refused."""
    by_doccano = _is_by_doccano(source)
    lines = _Lines(source.lines())
    for number, line in lines:
        where = source.location(number)
        quoted = line.startswith(_QUOTED) or (by_doccano and line.startswith('" '))
        if quoted:
            record = _record(line, lines)
            if record is None:
                yield refuse("malformed", "a quotation mark is not closed", where, line)
                continue
            line = record
        if is_undecodable(line):
            yield refuse("unreadable", "not UTF-8", where, line)
        elif line.strip():
            yield from _document(line, where, options, by_doccano or quoted)


class _Lines(Iterator[tuple[int, str]]):
    """Numbered lines, of which some can be put back to be read again."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._again: deque[tuple[int, str]] = deque()

    def __next__(self) -> tuple[int, str]:
        return self._again.popleft() if self._again else next(self._lines)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        """Put lines back, the next one first."""
        self._again.extendleft(reversed(lines))


def _record(line: str, lines: _Lines) -> str | None:
    """The content of a quoted field that begins with a line and may take further ones.

    None if it does not end, or not at the end of a line; the further lines are put back.
    """
    after: list[tuple[int, str]] = []
    count = line.count('"')
    while count % 2:
        following = next(lines, None)
        if following is None:
            break
        after.append(following)
        count += following[1].count('"')
    content = "\n".join([line, *(text for _, text in after)])
    if count % 2 or not content.endswith('"') or '"' in content[1:-1].replace('""', ""):
        lines.put_back(after)
        return None
    return content[1:-1].replace('""', '"')


def _document(line: str, where: str, options: ReadOptions, by_doccano: bool) -> Iterator[ReadItem]:
    labels, text = _LABELS.fullmatch(line).groups()  # type: ignore[union-attr]
    meta: dict[str, str] = {}
    if by_doccano:  # labels, a blank, the text, a blank, comments
        text, *comments = text.removeprefix(" ").split(f" {_COMMENT}")
        text = text if comments else text.removesuffix(" ")
        meta = {"comments": as_text(comments)} if comments else {}
    if not text.strip():
        yield refuse("no-text", "there is no text after the labels", where, line)
        return
    builder = AnnotationBuilder(text, where, options)
    builder.mark_categories_only()
    for label in labels.split():
        builder.add_category(label.removeprefix(_LABEL))
    yield from builder.finish(meta)


def _is_by_doccano(source: SourceFile) -> bool:
    """Whether the first line ends as Doccano ends a text without comments, or has some."""
    lines = sample_lines(source)
    first = lines[0] if lines else ""
    plain = first.endswith(" ") or f" {_COMMENT}" in first
    return plain or any(line.startswith(_QUOTED) for line in lines)


def sniff(source: SourceFile) -> Evidence:
    """Whether the first line begins with a label; another line, if Doccano wrote the file."""
    if source.head_text.removeprefix("\ufeff").startswith((_LABEL, _QUOTED)):
        return Evidence.SIGNATURE
    starts = any(line.startswith((_LABEL, _QUOTED)) for line in sample_lines(source))
    return Evidence.SHAPE if starts and _is_by_doccano(source) else Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one document per line; see ``curate.formats.export.write``."""
    tally = job.tally()
    renamed: dict[str, str] = {}
    with replace_file(target) as file:
        for document, revision in without_tombstones(documents):
            tally.documents += 1
            tally.lose(document, "no-spans", revision.spans)
            tally.lose_relations(document, revision.relations)
            words = [_BREAKS.sub(" ", document.text).strip()]
            if any(word.startswith(_LABEL) for word in words[0].split()):
                message = f"a word of the text begins with {_LABEL}, as a category does"
                tally.note(document.id, "label-in-text", message, "leave the document out")
            for category in reversed(revision.categories):
                name = "_".join(category.label.split())
                if name != category.label:
                    renamed[category.label] = name
                words.insert(0, f"{_LABEL}{name}")
            file.write(" ".join(words).encode() + b"\n")
    return tally.exported(target, "fasttext", dict(sorted(renamed.items())))
