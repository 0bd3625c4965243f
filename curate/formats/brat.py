"""Format ``brat``: standoff, a ``.txt`` file with the text and an ``.ann`` file beside it.

Offsets are code points of the ``.txt`` file as it is, line ends included.

Reading: ``T`` lines are spans, which may consist of several pieces; ``R`` lines are relations
between them. Attributes (``A``, ``M``), events (``E``), equivalences (``*``), normalisations
(``N``) and notes (``#``) have no place in the model; they are counted as lost.

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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from curate.formats.atomic_files import replace_folder
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    without_tombstones,
)
from curate.model import Document, Revision, Span, SpanKey
from curate.schema import Label, RelationType, Schema

_BOUND = re.compile(r"(?P<label>\S+) (?P<pieces>\d+ \d+(?:;\d+ \d+)*)")
_RELATION = re.compile(r"(?P<label>\S+) \S+?:(?P<head>\S+) \S+?:(?P<tail>\S+)\s*")
_ELSE = {
    "A": "attributes",
    "M": "attributes",
    "E": "events",
    "*": "equivalences",
    "N": "normalisations",
    "#": "notes",
}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The one document of a ``.txt`` and its ``.ann``; either of the two may be named."""
    text, notes = (source, source.sibling(".ann"))
    if source.ending == ".ann":
        text, notes = source.sibling(".txt") or source, source
    if text is notes or notes is None:
        lacking = ".txt" if source.ending == ".ann" else ".ann"
        yield refuse("no-text", f"there is no {lacking} of this name beside it", str(source))
        return
    try:
        marks = AnnotationBuilder(text.text(), str(text), options)
    except ValueError as error:
        yield refuse("unreadable", str(error), str(text))
        return
    marks.layer()
    refused = list(_annotate(marks, notes))
    yield from emit(marks, {})
    yield from refused


def _annotate(marks: AnnotationBuilder, notes: SourceFile) -> Iterator[ReadItem]:
    """Take in the ``.ann``; gives the lines that are none."""
    keys: dict[str, SpanKey | None] = {}
    arrows: list[tuple[re.Match[str], str]] = []
    others: Counter[str] = Counter()
    for number, line in notes.lines():
        where = notes.at(number)
        name, _, rest = line.partition("\t")
        found = None
        if line.strip() == "":
            continue
        if is_undecodable(line):
            pass
        elif name[0] == "T" and (found := _BOUND.fullmatch(rest.partition("\t")[0])):
            keys[name] = _bound(marks, found, rest.partition("\t")[2], where)
        elif name[0] == "R" and (found := _RELATION.fullmatch(rest)):
            arrows.append((found, where))
        elif name[0] in _ELSE and rest:
            others[_ELSE[name[0]]] += 1
            continue
        if found is None:
            yield refuse("malformed", "not a line of brat's standoff format", where, line)
    for found, where in arrows:  # brat may name spans before it gives them
        head, tail = keys.get(found["head"]), keys.get(found["tail"])
        marks.relation(head, tail, found["label"], where=where)
    for kind, many in sorted(others.items()):
        marks.lose("unsupported", f"{many} {kind}, for which there is no place", str(notes))


def _bound(
    marks: AnnotationBuilder, found: re.Match[str], surface: str, where: str
) -> SpanKey | None:
    pieces = [tuple(map(int, piece.split())) for piece in found["pieces"].split(";")]
    pairs = [(piece[0], piece[1]) for piece in pieces]
    return marks.pieces(pairs, found["label"], surface or None, where)


def sniff(source: SourceFile) -> bool:
    """Whether the two files stand side by side, or it is an ``.ann`` that lost its text."""
    return source.ending == ".ann" or source.sibling(".ann") is not None


# Where brat ends a line: those of Python's ``splitlines``; a tab would end a field.
_BREAK = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    tally = job.tally()
    names = BratNames([mark.name for marks in job.schema.marks.values() for mark in marks])
    with replace_folder(target) as made:
        for document, revision in without_tombstones(pairs):
            tally.documents += 1
            tally.lose_categories(document, revision.categories)
            lines = "".join(f"{line}\n" for line in _lines(document, revision, names, tally))
            stem = made.free(f"{document.id[:2]}/{document.id}", ".txt")
            made.write(f"{stem}.txt", document.text.encode())
            made.write(f"{stem}.ann", lines.encode())
        made.write("annotation.conf", _annotation_conf(job.schema, names).encode())
        made.write("visual.conf", _visual_conf(job.schema, names).encode())
    return tally.exported(target, "brat", names.renamed)


class BratNames:
    """Names that brat takes, each for one label.

    Args:
        known: labels that come first, so that what stands for them hangs on nothing else.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        for label in known:
            self.of(label)

    def of(self, label: str) -> str:
        """The name of a label."""
        if label not in self._names:
            plain = name = _FOREIGN.sub("_", label) or "_"
            number = 1
            while name in self._names.values():
                number += 1
                name = f"{plain}-{number}"
            self._names[label] = name
        return self._names[label]

    @property
    def renamed(self) -> dict[str, str]:
        """The labels that have another name, with it."""
        return {label: name for label, name in sorted(self._names.items()) if label != name}


def _lines(
    document: Document, revision: Revision, names: BratNames, tally: ExportTally
) -> Iterator[str]:
    numbers: dict[SpanKey, int] = {}
    for span in revision.spans:
        pieces = _pieces(document.text, span)
        if not pieces or (pieces[0][0], pieces[-1][1]) != (span.start, span.end):
            tally.lose(document, "line-edge", [span])
            continue
        numbers[span.key] = len(numbers) + 1
        tally.spans += 1
        where = ";".join(f"{start} {end}" for start, end in pieces)
        surface = " ".join(document.text[start:end] for start, end in pieces)
        yield f"T{numbers[span.key]}\t{names.of(span.label)} {where}\t{surface}"
    drawn = [it for it in revision.relations if it.head in numbers and it.tail in numbers]
    for number, it in enumerate(drawn, 1):
        ends = f"Arg1:T{numbers[it.head]} Arg2:T{numbers[it.tail]}"
        yield f"R{number}\t{names.of(it.label)} {ends}"
    tally.lose_relations(document, (it for it in revision.relations if it not in drawn))


def _pieces(text: str, span: Span) -> list[tuple[int, int]]:
    """The parts of a span between line breaks, as ranges of the text."""
    marked, at = text[max(span.start, 0) : max(span.end, 0)], span.start
    found: list[tuple[int, int]] = []
    before = 0
    for line in (*_BREAK.finditer(marked), None):
        end = line.start() if line else len(marked)
        if before < end:
            found.append((at + before, at + end))
        before = line.end() if line else end
    return found


def _annotation_conf(schema: Schema, names: BratNames) -> str:
    """What may be marked; overlaps are allowed, for brat takes them as errors otherwise."""
    entities = [names.of(label.name) for label in schema.labels]
    relations = [_relation(relation, names) for relation in schema.relations]
    relations.append("<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    sections: Mapping[str, list[str]] = {
        "entities": entities,
        "relations": relations,
        "events": [],
        "attributes": [],
    }
    return "\n".join("\n".join([f"[{name}]", *its, ""]) for name, its in sections.items())


def _relation(relation: RelationType, names: BratNames) -> str:
    heads, tails = (
        "|".join(map(names.of, ends)) or "<ENTITY>" for ends in (relation.heads, relation.tails)
    )
    return f"{names.of(relation.name)} Arg1:{heads}, Arg2:{tails}"


def _visual_conf(schema: Schema, names: BratNames) -> str:
    """How it is shown: the titles and colours of the schema."""
    marks: tuple[Label | RelationType, ...] = (*schema.labels, *schema.relations)
    labels = [f"{names.of(it.name)} | {_plain(it.title)} | {_plain(it.name)}\n" for it in marks]
    drawing = [f"{names.of(it.name)}\tbgColor:{it.colour}\n" for it in schema.labels]
    drawing += [f"{names.of(it.name)}\tcolor:{it.colour}\n" for it in schema.relations]
    return f"[labels]\n{''.join(labels)}\n[drawing]\n{''.join(drawing)}"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
