"""Format ``brat``: standoff, a ``.txt`` with the text and an ``.ann`` beside it.

``T`` lines are spans, also in several pieces, ``R`` lines relations between them. Attributes
(``A``, ``M``), events (``E``), equivalences (``*``), normalisations (``N``) and notes (``#``) have
no place in the model and are counted. Offsets are code points of the ``.txt`` as it is, line ends
included. Reference: https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from curate.formats.readers.common import Format, Item, Marks, Options, emit, refuse
from curate.formats.readers.source import Source, broken
from curate.model import SpanKey

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


def read(source: Source, options: Options) -> Iterator[Item]:
    """The one document of a ``.txt`` and its ``.ann``; either of the two may be named."""
    text, notes = (source, source.sibling(".ann"))
    if source.ending == ".ann":
        text, notes = source.sibling(".txt") or source, source
    if text is notes or notes is None:
        lacking = ".txt" if source.ending == ".ann" else ".ann"
        yield refuse("no-text", f"there is no {lacking} of this name beside it", str(source))
        return
    try:
        marks = Marks(text.text(), str(text), options)
    except ValueError as error:
        yield refuse("unreadable", str(error), str(text))
        return
    marks.layer()
    refused = list(_annotate(marks, notes))
    yield from emit(marks, {})
    yield from refused


def _annotate(marks: Marks, notes: Source) -> Iterator[Item]:
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
        if broken(line):
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


def _bound(marks: Marks, found: re.Match[str], surface: str, where: str) -> SpanKey | None:
    pieces = [tuple(map(int, piece.split())) for piece in found["pieces"].split(";")]
    pairs = [(piece[0], piece[1]) for piece in pieces]
    return marks.pieces(pairs, found["label"], surface or None, where)


def sniff(source: Source) -> bool:
    """Whether the two files stand side by side, or it is an ``.ann`` that lost its text."""
    return source.ending == ".ann" or source.sibling(".ann") is not None


FORMAT = Format("brat", "brat standoff, .txt with .ann", read, (".txt", ".ann"), sniff=sniff)
