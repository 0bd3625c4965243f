"""Format ``brat``: standoff, a ``.txt`` file with the text and an ``.ann`` file beside it.

Offsets are code points of the ``.txt`` file as it is, line ends included. Tools that read the text
in text mode count CR LF as one; the text that each ``T`` line repeats shows it.

Reading: ``T`` lines are spans, which may consist of several pieces; ``R`` lines are relations
between them; notes of annotators (``#``) are comments. Attributes (``A``, ``M``), events (``E``),
equivalences (``*``), normalisations (``N``) and other notes have no place in the model; they are
counted as lost.

Writing: a folder with one ``.txt`` and one ``.ann`` file per document, named by its id, in
subfolders named by the first two digits of the id. ``annotation.conf`` and ``visual.conf`` at the
top declare labels and relations, because brat looks for them in the folders above a document. Spans
may nest and cross. What the format cannot hold:

- Names consist of ASCII letters, digits, ``_`` and ``-``. In other labels each character that is
  not allowed is replaced by ``_``; the sidecar lists these labels under ``renamed``.
- An annotation is one line, so a span must not contain a line break. A span over several lines is
  written as one piece per line, as brat writes discontinuous annotations. A span that begins or
  ends with a line break is lost.

References: https://brat.nlplab.org/standoff.html, https://brat.nlplab.org/configuration.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats.atomic_files import replace_folder
from curate.formats.content import Evidence
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    LabelNames,
    without_tombstones,
)
from curate.model import Document, Revision, Span, SpanKey
from curate.schema import Label, RelationType, Schema

_SPAN = re.compile(r"(?P<label>\S+) (?P<pieces>\d+ \d+(?:;\d+ \d+)*)")
_RELATION = re.compile(r"(?P<label>\S+) \S+?:(?P<head>\S+) \S+?:(?P<tail>\S+)\s*")
_NOTE = re.compile(r"AnnotatorNotes (?P<target>\S+)\t(?P<text>.+)")
_UNSUPPORTED = {
    "A": "attributes",
    "M": "attributes",
    "E": "events",
    "*": "equivalences",
    "N": "normalisations",
    "#": "notes",
}
# Where brat ends a line, which is where ``str.splitlines`` does; a tab would end a field.
_LINE_BREAK = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of a ``.txt`` and its ``.ann``; the source may be either of the two."""
    text, notes = (source, source.sibling(".ann"))
    if source.ending == ".ann":
        text, notes = source.sibling(".txt") or source, source
    if text is notes or notes is None:
        missing = ".txt" if source.ending == ".ann" else ".ann"
        yield refuse("no-text", f"there is no {missing} file of this name beside it", str(source))
        return
    try:
        builder = AnnotationBuilder(text.text(), str(text), options)
    except ValueError as error:
        yield refuse("unreadable", str(error), str(text))
        return
    builder.add_layer()
    refused = list(_annotate(builder, notes))
    yield from builder.finish({})
    yield from refused


def _annotate(builder: AnnotationBuilder, notes: SourceFile) -> Iterator[ReadItem]:
    """Add the annotations of the ``.ann`` file; yield the lines that cannot be read."""
    keys: dict[str, SpanKey | None] = {}
    relations: list[tuple[re.Match[str], str]] = []
    comments: list[re.Match[str]] = []
    unsupported: Counter[str] = Counter()
    for number, line in notes.lines():
        if not line.strip():
            continue
        where = notes.location(number)
        name, _, rest = line.partition("\t")
        kind, match = name[:1], None
        if is_undecodable(line):
            pass
        elif kind == "T" and (match := _SPAN.fullmatch(rest.partition("\t")[0])):
            pieces = [_offsets(piece) for piece in match["pieces"].split(";")]
            surface = rest.partition("\t")[2] or None
            keys[name] = builder.add_pieces(pieces, match["label"], surface, where)
        elif kind == "R" and (match := _RELATION.fullmatch(rest)):
            relations.append((match, where))
        elif kind == "#" and (match := _NOTE.fullmatch(rest)):
            comments.append(match)
        elif kind in _UNSUPPORTED and rest:
            unsupported[_UNSUPPORTED[kind]] += 1
            continue
        if match is None:
            yield refuse("malformed", "not a line of brat's standoff format", where, line)
    for match, where in relations:  # a relation may stand before its spans
        head, tail = keys.get(match["head"]), keys.get(match["tail"])
        builder.add_relation(head, tail, match["label"], where=where)
    for match in comments:
        builder.add_comment(match["text"].strip(), span=keys.get(match["target"]))
    for kind, count in sorted(unsupported.items()):
        builder.report("unsupported", f"{count} {kind} are not supported", str(notes))


def _offsets(piece: str) -> tuple[int, int]:
    start, end = piece.split()
    return int(start), int(end)


def sniff(source: SourceFile) -> Evidence:
    """Whether the two files are side by side, or the source is an ``.ann`` without its text."""
    is_beside = source.ending == ".txt" and source.sibling(".ann") is not None
    return Evidence.SIGNATURE if source.ending == ".ann" or is_beside else Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    tally = job.tally()
    labels = [label.name for labels in job.schema.definitions.values() for label in labels]
    names = LabelNames(_NOT_IN_NAMES, "_", labels)
    with replace_folder(target) as folder:
        for document, revision in without_tombstones(documents):
            tally.documents += 1
            tally.lose_categories(document, revision.categories)
            lines = "".join(f"{line}\n" for line in _lines(document, revision, names, tally))
            stem = folder.unused_name(tally.file_name(document, revision), ".txt")
            folder.write(f"{stem}.txt", document.text.encode())
            folder.write(f"{stem}.ann", lines.encode())
        folder.write("annotation.conf", _annotation_conf(job.schema, names).encode())
        folder.write("visual.conf", _visual_conf(job.schema, names).encode())
    return tally.exported(target, "brat", names.renamed)


def _lines(
    document: Document, revision: Revision, names: LabelNames, tally: ExportTally
) -> Iterator[str]:
    numbers: dict[SpanKey, int] = {}
    for span in revision.spans:
        pieces = _pieces(document.text, span)
        if not pieces or (pieces[0][0], pieces[-1][1]) != (span.start, span.end):
            tally.lose(document, "line-edge", [span])
            continue
        numbers[span.key] = len(numbers) + 1
        tally.spans += 1
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        surface = " ".join(document.text[start:end] for start, end in pieces)
        yield f"T{numbers[span.key]}\t{names.name(span.label)} {offsets}\t{surface}"
    written = [it for it in revision.relations if it.head in numbers and it.tail in numbers]
    for number, relation in enumerate(written, 1):
        ends = f"Arg1:T{numbers[relation.head]} Arg2:T{numbers[relation.tail]}"
        yield f"R{number}\t{names.name(relation.label)} {ends}"
    tally.lose_relations(document, (it for it in revision.relations if it not in written))


def _pieces(text: str, span: Span) -> list[tuple[int, int]]:
    """The parts of a span between line breaks, as ranges of the text."""
    surface = text[max(span.start, 0) : max(span.end, 0)]
    pieces: list[tuple[int, int]] = []
    start = 0
    for line_break in (*_LINE_BREAK.finditer(surface), None):
        end = line_break.start() if line_break else len(surface)
        if start < end:
            pieces.append((span.start + start, span.start + end))
        start = line_break.end() if line_break else end
    return pieces


def _annotation_conf(schema: Schema, names: LabelNames) -> str:
    """What may be annotated. Overlaps are allowed explicitly, for brat rejects them otherwise."""
    relations = [_relation_rule(relation, names) for relation in schema.relations]
    relations.append("<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    sections = {
        "entities": [names.name(label.name) for label in schema.labels],
        "relations": relations,
        "events": [],
        "attributes": [],
    }
    return "\n".join("\n".join([f"[{name}]", *rules, ""]) for name, rules in sections.items())


def _relation_rule(relation: RelationType, names: LabelNames) -> str:
    heads, tails = (
        "|".join(map(names.name, labels)) or "<ENTITY>"
        for labels in (relation.heads, relation.tails)
    )
    return f"{names.name(relation.name)} Arg1:{heads}, Arg2:{tails}"


def _visual_conf(schema: Schema, names: LabelNames) -> str:
    """How annotations are displayed: titles and colours of the schema."""
    labels: tuple[Label | RelationType, ...] = (*schema.labels, *schema.relations)
    titles = [f"{names.name(it.name)} | {_plain(it.title)} | {_plain(it.name)}\n" for it in labels]
    colours = [f"{names.name(it.name)}\tbgColor:{it.colour}\n" for it in schema.labels]
    colours += [f"{names.name(it.name)}\tcolor:{it.colour}\n" for it in schema.relations]
    return f"[labels]\n{''.join(titles)}\n[drawing]\n{''.join(colours)}"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
