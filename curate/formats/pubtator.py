"""Format ``pubtator``: PubTator, the text format of the literature service of that name.

.. code-block:: text

    12345|t|Title
    12345|a|Abstract
    12345	0	5	Title	Label	identifier
    12345	label	identifier	identifier

Offsets are code points of title and abstract, with one character between them. Documents are
separated by blank lines.

Reading: lines with offsets are spans, also without an identifier; those with four columns are
relations between identifiers. Where each identifier stands for one span of the document they are
relations, otherwise they have no place in the model and are counted as lost. Identifiers that no
relation names are counted as well.

Writing: the title is the first line of the text, and line breaks in the rest are blanks. Spans have
an identifier where a relation needs it, and ``-`` elsewhere, since a reader that strips lines would
take a line with an empty sixth column for a relation.

References: https://www.ncbi.nlm.nih.gov/research/bionlp/APIs/format/,
https://doi.org/10.1093/nar/gkt441
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_lines
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    GoldDocument,
    LabelNames,
    without_tombstones,
)
from curate.model import SpanKey
from curate.util import jsonl

_TEXT = re.compile(r"([^|\t]+)\|(\w)\|(.*)", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,18}")
_NO_IDENTIFIER = ("", "-", "-1", "None")
# Where a reader may end a line, which is where ``str.splitlines`` does; a tab would end a field.
_BREAK = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNFIT = re.compile(rf"{_BREAK.pattern}|\A\s|\s\Z")  # in labels


class PubTatorMention(NamedTuple):
    """A line with offsets: the span, the text and label that the file gives, and identifiers."""

    start: int
    end: int
    surface: str
    label: str
    identifiers: tuple[str, ...]
    where: str


class PubTatorDocument(NamedTuple):
    """The lines of one document: its text, spans, and relations (label, ends, file and line)."""

    name: str
    where: str
    parts: list[str]
    mentions: list[PubTatorMention]
    relations: list[tuple[str, str, str, str]]


def sniff(source: SourceFile) -> Evidence:
    """Whether the first lines are a title and an abstract."""
    lines = [line for line in sample_lines(source)[:20] if line.strip()][:2]
    matches = [_TEXT.fullmatch(line) for line in lines]
    if not matches or matches[0] is None or matches[0][2] != "t":
        return Evidence.NONE
    is_next = len(lines) == 1 or lines[1].startswith((f"{matches[0][1]}|", f"{matches[0][1]}\t"))
    return Evidence.SIGNATURE if is_next else Evidence.NONE


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents; lines that cannot be read are refused."""
    document: PubTatorDocument | None = None
    for number, line in source.lines():
        where = source.location(number)
        line = line.removeprefix("\ufeff") if number == 1 else line
        text = None if is_undecodable(line) else _TEXT.fullmatch(line)
        name = text[1] if text else line.partition("\t")[0]
        if document is not None and (not line.strip() or name != document.name):
            yield from _finish(document, options)
            document = None
        if not line.strip():
            continue
        if text:
            document = document or PubTatorDocument(name, where, [], [], [])
            document.parts.append(text[3])
        elif document is None or is_undecodable(line) or not _add_line(document, line, where):
            yield refuse("malformed", "not a line of PubTator", where, line)
    if document is not None:
        yield from _finish(document, options)


def _add_line(document: PubTatorDocument, line: str, where: str) -> bool:
    """Add a span or relation; False if the line is neither."""
    fields = line.split("\t")
    if len(fields) >= 5 and all(map(_NUMBER.fullmatch, fields[1:3])):
        start, end, surface, label, *rest = fields[1:]
        identifiers = tuple(it for it in rest if it.strip() not in _NO_IDENTIFIER)
        mention = PubTatorMention(int(start), int(end), surface, label, identifiers, where)
        document.mentions.append(mention)
    elif len(fields) in (4, 5) and all(field.strip() for field in fields[:4]):
        document.relations.append((fields[1], fields[2], fields[3], where))
    else:
        return False
    return True


def _finish(document: PubTatorDocument, options: ReadOptions) -> Iterator[ReadItem]:
    text = "\n".join(document.parts).removesuffix("\n")
    builder = AnnotationBuilder(text, document.where, options)
    builder.add_layer()
    keys: dict[str, list[SpanKey]] = {}
    for it in document.mentions:
        if not it.label.strip():
            builder.report("no-label", f"{it.surface!r} has no label", it.where)
            continue
        key = builder.add_span(it.start, it.end, it.label, surface=it.surface, where=it.where)
        if key is not None and it.identifiers:
            keys.setdefault(it.identifiers[0], []).append(key)
    for label, first, second, where in document.relations:
        ends = [keys.get(name, []) for name in (first, second)]
        if any(len(spans) > 1 for spans in ends):
            message = f"{label}: {first} and {second} are concepts of several spans"
            builder.report("unsupported", message, where)
            continue
        head, tail = (spans[0] if spans else None for spans in ends)
        builder.add_relation(head, tail, label, where=where)
    named = {name for _, *ends, _ in document.relations for name in ends}
    unused = Counter(
        it.label for it in document.mentions if any(name not in named for name in it.identifiers)
    )
    for label, count in sorted(unused.items()):
        builder.report("unsupported", f"{count} identifiers of {label} are not read")
    own = document.name if document.name != jsonl.document_id(text) else ""
    title = document.parts[0] if len(document.parts) > 1 else ""
    yield from builder.finish({name: it for name, it in (("id", own), ("title", title)) if it})


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the documents; see ``curate.formats.export.write``."""
    tally, names = job.tally(), LabelNames(_UNFIT, "_", job.schema.names)
    with replace_file(target) as file:
        for document, revision in without_tombstones(documents):
            tally.documents += 1
            tally.lose_categories(document, revision.categories)
            spans, relations = tally.place(document, revision)
            title, _, rest = document.text.partition("\n")
            parts = (("t", title), ("a", rest))
            lines = [f"{document.id}|{kind}|{_BREAK.sub(' ', text)}" for kind, text in parts]
            keys = {key for relation in relations for key in (relation.head, relation.tail)}
            numbers = {key: f"T{number}" for number, key in enumerate(sorted(keys))}
            for span in spans:
                surface = _BREAK.sub(" ", document.text[span.start : span.end])
                edges = (str(span.start), str(span.end))
                fields = (surface, names.name(span.label), numbers.get(span.key, "-"))
                lines.append("\t".join((document.id, *edges, *fields)))
            for it in relations:
                ends = (numbers[it.head], numbers[it.tail])
                lines.append("\t".join((document.id, names.name(it.label), *ends)))
            file.write("".join(f"{line}\n" for line in (*lines, "")).encode())
    return tally.exported(target, "pubtator", names.renamed)
