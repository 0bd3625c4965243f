"""Format ``brat``: a folder of standoff, a ``.txt`` and an ``.ann`` for each document.

Documents are named by their id, in folders by its first two digits. ``annotation.conf`` and
``visual.conf`` at the top declare labels and relations, for brat looks for them in the folders
above a document. Spans may nest and cross. Offsets are code points. What the format cannot hold:

- A name is of letters, digits, ``_`` and ``-`` of ASCII. Another label is written with ``_`` in the
  place of what it may not have, and the account tells which.
- An annotation is a line, so that a marked line break has no place in it. A span over several
  lines is written in pieces, one a line, as brat writes discontinuous annotations; one that begins
  or ends with a line break is lost.

References: https://brat.nlplab.org/standoff.html, https://brat.nlplab.org/configuration.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from curate.formats.writers.common import Exported, Job, Pair, Tally, living
from curate.formats.writers.files import folder
from curate.model import Document, Revision, Span, SpanKey
from curate.schema import Label, RelationType, Schema

# Where brat ends a line: those of Python's ``splitlines``; a tab would end a field.
_BREAK = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the folder; see ``curate.formats.writers.write``."""
    tally = job.tally()
    names = Names([mark.name for marks in job.schema.marks.values() for mark in marks])
    with folder(target) as made:
        for document, revision in living(pairs):
            tally.documents += 1
            tally.lose_categories(document, revision.categories)
            lines = "".join(f"{line}\n" for line in _lines(document, revision, names, tally))
            stem = made.free(f"{document.id[:2]}/{document.id}", ".txt")
            made.write(f"{stem}.txt", document.text.encode())
            made.write(f"{stem}.ann", lines.encode())
        made.write("annotation.conf", _annotation_conf(job.schema, names).encode())
        made.write("visual.conf", _visual_conf(job.schema, names).encode())
    return tally.exported(target, "brat", names.renamed)


class Names:
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


def _lines(document: Document, revision: Revision, names: Names, tally: Tally) -> Iterator[str]:
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


def _annotation_conf(schema: Schema, names: Names) -> str:
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


def _relation(relation: RelationType, names: Names) -> str:
    heads, tails = (
        "|".join(map(names.of, ends)) or "<ENTITY>" for ends in (relation.heads, relation.tails)
    )
    return f"{names.of(relation.name)} Arg1:{heads}, Arg2:{tails}"


def _visual_conf(schema: Schema, names: Names) -> str:
    """How it is shown: the titles and colours of the schema."""
    marks: tuple[Label | RelationType, ...] = (*schema.labels, *schema.relations)
    labels = [f"{names.of(it.name)} | {_plain(it.title)} | {_plain(it.name)}\n" for it in marks]
    drawing = [f"{names.of(it.name)}\tbgColor:{it.colour}\n" for it in schema.labels]
    drawing += [f"{names.of(it.name)}\tcolor:{it.colour}\n" for it in schema.relations]
    return f"[labels]\n{''.join(labels)}\n[drawing]\n{''.join(drawing)}"


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
