"""Format ``webanno``: a folder of WebAnno TSV 3.3, a file for each document.

Documents are named by their id, in folders by its first two digits. Spans are annotations of the
layer NamedEntity, which every project of INCEpTION and WebAnno has; relations are of a layer
``webanno.custom.Relation`` with the feature ``label``, which a project must have before the import.

Tokens are those of spaCy's rule tokenizer. A sentence reaches to the next one, but for the line
break between them, so that the text comes back as it was. An annotation that begins or ends within
a token has a row of its own, a sub-token; one that begins or ends in white space has no place,
since white space has no row. No sentence ends within an annotation. Offsets are UTF-16 units.

Reference: https://inception-project.github.io/releases/32.0/docs/user-guide.html#sect_webannotsv
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curate.formats.writers.common import Exported, Job, Pair
from curate.formats.writers.files import folder
from curate.formats.writers.tokens import Parsed, parse
from curate.model import Relation, Span, SpanKey
from curate.text.offsets import Utf16

ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
RELATION = "webanno.custom.Relation"
_HEAD = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={ENTITY}|value\n"
_ARROWS = f"#T_RL={RELATION}|label|BT_{ENTITY}\n"
_VALUE = re.compile(r"->|[\\\[\]|_;\t\n\r*]")
_TEXT = re.compile(r"[\x00-\x1f\\]")
_SIGNS = {"\t": "t", "\n": "n", "\r": "r", "\f": "f", "\b": "b"}


class Unit(NamedTuple):
    """A row: a token, or a part of one; in code points."""

    sentence: int
    token: int
    start: int
    end: int
    part: int = 0

    @property
    def name(self) -> str:
        """Its number in the file, such as ``1-3`` or ``1-3.1``."""
        return f"{self.sentence}-{self.token}" + (f".{self.part}" if self.part else "")


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the folder; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with folder(target) as made:
        for item in parse(pairs, job.schema, tally):
            tally.documents += 1
            tally.lose_categories(item.document, item.revision.categories)
            page = _Page(item)
            tally.lose(item.document, "misaligned", page.lost)
            tally.lose_relations(item.document, page.undrawn)
            tally.spans += len(page.rows)
            stem = made.free(f"{item.document.id[:2]}/{item.document.id}", ".tsv")
            made.write(f"{stem}.tsv", "".join(page.lines()).encode())
    return tally.exported(target, "webanno")


class _Page:
    """One document: its rows, and what stands in them.

    Attributes:
        rows: the units that each span covers.
        lost: the spans that have no place.
        undrawn: the relations between spans of which one is lost.
    """

    def __init__(self, item: Parsed) -> None:
        self._text = item.document.text
        self._utf16 = Utf16(self._text)
        self._sentences = _sentences(item)
        self._tokens = [token for tokens in self._sentences for token in tokens]
        self._parts: dict[Unit, dict[tuple[int, int], Unit]] = defaultdict(dict)
        self.rows: dict[SpanKey, list[Unit]] = {}
        self.lost: list[Span] = []
        for span in item.revision.spans:
            if units := self._covered(span):
                self.rows[span.key] = units
            else:
                self.lost.append(span)
        relations = item.revision.relations
        self._drawn = [it for it in relations if it.head in self.rows and it.tail in self.rows]
        self.undrawn = [it for it in relations if it not in self._drawn]
        self._stacks: dict[Unit, list[SpanKey]] = defaultdict(list)
        for key, units in self.rows.items():
            for unit in units:
                self._stacks[unit].append(key)
        self._numbers = self._numbered()

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        yield _HEAD
        yield f"{_ARROWS if self._drawn else ''}\n"
        arrows: dict[Unit, list[Relation]] = defaultdict(list)
        for relation in self._drawn:
            arrows[self.rows[relation.tail][0]].append(relation)
        for place, tokens in enumerate(self._sentences):
            following = self._sentences[place + 1] if place + 1 < len(self._sentences) else None
            end = following[0].start if following else len(self._text)
            sentence = self._text[tokens[0].start : end]
            # The line break between two sentences is what a reader puts there.
            said = sentence.removesuffix("\n") if following else sentence
            yield "\n" + "".join(f"#Text={_escaped_text(line)}\n" for line in said.split("\n"))
            for token in tokens:
                for unit in (token, *self._parts[token].values()):
                    yield self._row(unit, arrows.get(unit, []))

    def _row(self, unit: Unit, arrows: list[Relation]) -> str:
        start, end = self._utf16.units(unit.start), self._utf16.units(unit.end)
        cells = [unit.name, f"{start}-{end}", _escaped(self._text[unit.start : unit.end])]
        cells.append("|".join(self._value(key) for key in self._stacks.get(unit, ())) or "_")
        if self._drawn:
            cells.append("|".join(_escaped(it.label) or "*" for it in arrows) or "_")
            cells.append("|".join(self._ends(it) for it in arrows) or "_")
        return "\t".join(cells) + "\t\n"

    def _value(self, key: SpanKey) -> str:
        return (_escaped(key[2]) or "*") + (
            f"[{self._numbers[key]}]" if key in self._numbers else ""
        )

    def _ends(self, relation: Relation) -> str:
        head, tail = (self._numbers.get(key, 0) for key in (relation.head, relation.tail))
        told = f"[{head}_{tail}]" if head or tail else ""
        return self.rows[relation.head][0].name + told

    def _numbered(self) -> dict[SpanKey, int]:
        """Numbers of the spans that have several rows, or share one."""
        numbers: dict[SpanKey, int] = {}
        for key, units in self.rows.items():
            if len(units) > 1 or len(self._stacks[units[0]]) > 1:
                numbers[key] = len(numbers) + 1
        return numbers

    def _covered(self, span: Span) -> list[Unit]:
        """The rows of a span; none if an edge of it is not within a token."""
        first = bisect_right(self._tokens, span.start, key=lambda token: token.end)
        last = bisect_left(self._tokens, span.end, key=lambda token: token.start)
        found = self._tokens[first:last]
        if not found or not (found[0].start <= span.start < span.end <= found[-1].end):
            return []
        return [self._part(t, max(t.start, span.start), min(t.end, span.end)) for t in found]

    def _part(self, token: Unit, start: int, end: int) -> Unit:
        if (token.start, token.end) == (start, end):
            return token
        parts = self._parts[token]
        fresh = Unit(token.sentence, token.token, start, end, len(parts) + 1)
        return parts.setdefault((start, end), fresh)


def _sentences(item: Parsed) -> list[list[Unit]]:
    """The tokens of each sentence that has any, white space left out.

    The text begins with a token, be it one of white space: a reader would not know it otherwise.
    """
    ranges: list[list[tuple[int, int]]] = []
    for sentence in item.doc.sents:
        found = [(token.idx, token.idx + len(token)) for token in sentence if not token.is_space]
        if found and ranges and _within(found[0][0], item.revision.spans):
            ranges[-1] += found
        elif found:
            ranges.append(found)
    if ranges and ranges[0][0][0] > 0:
        ranges[0].insert(0, (0, ranges[0][0][0]))
    return [
        [Unit(number, place, *found) for place, found in enumerate(tokens, 1)]
        for number, tokens in enumerate(ranges, 1)
    ]


def _within(offset: int, spans: Iterable[Span]) -> bool:
    return any(span.start < offset < span.end for span in spans)


def _escaped(text: str) -> str:
    """A value as a cell holds it."""
    return _VALUE.sub(lambda found: "\\" + _SIGNS.get(found[0], found[0]), text)


def _escaped_text(text: str) -> str:
    """A line of a sentence."""
    return _TEXT.sub(lambda found: "\\" + _SIGNS.get(found[0], found[0]), text)
