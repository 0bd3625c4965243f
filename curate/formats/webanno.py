"""Format ``webanno``: WebAnno TSV 3, as WebAnno and INCEpTION write it. Offsets are UTF-16 units.

Reading: annotations of the span layers (``#T_SP``) are spans. Their label is the feature ``value``,
or the one that ``columns`` names (``{"label": "PosValue"}``), or else the first that is set, or the
name of the layer. Layers of parts of speech, lemmas and the like are left out unless ``columns``
selects a layer by the end of its name (``{"layer": "POS"}``). Relations (``#T_RL``) between such
spans are relations; chains and slots have no place in the model and are counted as lost. The text
is that of the sentences at the offsets of their tokens; what lies between two sentences is not in
the file and becomes newlines.

Writing: a folder with one WebAnno TSV 3.3 file per document, named by its id, in subfolders named
by the first two digits of the id. Spans are annotations of the layer NamedEntity, which every
project of INCEpTION and WebAnno has. Relations belong to a layer ``webanno.custom.Relation`` with
the feature ``label``, which a project needs before the import. Tokens are those of spaCy's rule
tokenizer. A sentence reaches to the next one, except for the line break between them, so that the
text is restored when it is read back. An annotation that begins or ends within a token has a row of
its own, a sub-token; one that begins or ends in white space has no place, since white space has no
row. No sentence ends within an annotation.

Reference: https://inception-project.github.io/releases/32.0/docs/user-guide.html#sect_webannotsv
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from curate.formats.atomic_files import replace_folder
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.tokens import ParsedDocument, parse
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.model import Relation, Span, SpanKey
from curate.text.offsets import Utf16, to_utf16

_HEAD = re.compile(r"#T_(SP|RL|CH)=([^|]+)\|?(.*)")
_TOKEN = re.compile(r"\d+-\d+(?:\.\d+)?\t(\d+)-(\d+)\t.+")
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_PARTS = re.compile(r"((?:\\.|[^|\\])*)(?:\||$)")
_VALUE = re.compile(r"(.*?)(?:\[(\d+)\])?", re.DOTALL)
_SOURCE = re.compile(r"(\d+-\d+(?:\.\d+)?)(?:\[(\d+)_(\d+)\])?")
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b"}
_GRAMMAR = re.compile(r"\.(lexmorph|syntax|segmentation|transform)\.")

ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
RELATION = "webanno.custom.Relation"
_TSV_HEADER = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={ENTITY}|value\n"
_RELATION_HEADER = f"#T_RL={RELATION}|label|BT_{ENTITY}\n"
_CELL_SPECIAL = re.compile(r"->|[\\\[\]|_;\t\n\r*]")
_TEXT_SPECIAL = re.compile(r"[\x00-\x1f\\]")
_ESCAPES = {"\t": "t", "\n": "n", "\r": "r", "\f": "f", "\b": "b"}


class WebannoLayer(NamedTuple):
    """A layer of the header: its kind, name and features, and where its columns begin."""

    kind: str
    name: str
    features: tuple[str, ...]
    column: int

    def cells(self, fields: list[str]) -> list[str]:
        """Its cells of a row."""
        return fields[self.column : self.column + len(self.features)]


class WebannoToken(NamedTuple):
    """A row: the token's number and UTF-16 offsets, its cells, and where it stands."""

    number: str
    start: int
    end: int
    fields: list[str]
    where: str


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The file as one document; a line that is none is refused, and the rest goes on."""
    layers: list[WebannoLayer] = []
    words: list[WebannoToken] = []
    text = _Text()
    refused: list[ReadItem] = []
    for number, line in source.lines():
        where = source.at(number)
        if (head := _HEAD.fullmatch(line)) and words:
            told = "a layer of the header stands below rows"
            refused.append(refuse("malformed", told, where, line))
        elif head:
            layers.append(WebannoLayer(head[1], head[2], tuple(head[3].split("|")), _width(layers)))
        elif line.startswith("#Text="):
            text.sentence(_unescape(line.removeprefix("#Text=")))
        elif is_undecodable(line) or not (
            line.startswith("#") or not line.strip() or _TOKEN.match(line)
        ):
            refused.append(refuse("malformed", "not a line of WebAnno TSV 3", where, line))
        elif found := _TOKEN.match(line):
            fields = line.split("\t")
            word = WebannoToken(fields[0], int(found[1]), int(found[2]), fields, where)
            wanted = _width(layers)
            if not text.holds(word):
                told = f"{fields[2]!r} does not stand at {fields[1]} of the sentences' text"
                refused.append(refuse("malformed", told, where, line))
            elif len(fields) < wanted:
                told = f"{len(fields)} columns, where the header names {wanted}"
                refused.append(refuse("malformed", told, where, line))
            else:
                words.append(word)
    marks = AnnotationBuilder(text.whole, str(source), options)
    _Document(marks, layers, words, options).annotate()
    yield from emit(marks, {})
    yield from refused


def _width(layers: list[WebannoLayer]) -> int:
    """How many columns a row has: number, offsets and token, and those of the layers."""
    return layers[-1].column + len(layers[-1].features) if layers else 3


class _Text:
    """The text of the sentences, put together as their first tokens say where they begin."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0  # in UTF-16 units
        self._lines: list[str] = []
        self._open = False
        self._begin = 0
        self._units = Utf16("")

    @property
    def whole(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def sentence(self, line: str) -> None:
        """Begin a sentence; one that holds newlines may be given in several lines."""
        self._lines = [*self._lines, line] if self._open else [line]
        self._open = True

    def holds(self, word: WebannoToken) -> bool:
        """Whether a token stands where it says; the first of a sentence says where that begins."""
        if self._open:
            self._place(word)
        sentence = self._parts[-1] if self._parts else ""
        start, end = (self._units.point(at - self._begin) for at in (word.start, word.end))
        inside = 0 <= start <= end <= len(sentence)
        return inside and sentence[start:end] == _unescape(word.fields[2])

    def _place(self, word: WebannoToken) -> None:
        self._open = False
        text = "\n".join(self._lines)
        before = to_utf16(text, max(0, text.find(_unescape(word.fields[2]))))
        self._begin = max(self._length, word.start - before)
        self._units = Utf16(text)
        self._parts += ["\n" * (self._begin - self._length), text]
        self._length = self._begin + to_utf16(text, len(text))


class _Document:
    """What the layers say about the text."""

    def __init__(
        self,
        marks: AnnotationBuilder,
        layers: list[WebannoLayer],
        words: list[WebannoToken],
        options: ReadOptions,
    ) -> None:
        self._marks = marks
        self._layers = layers
        self._words = words
        self._options = options
        self._units = Utf16(marks.text)
        # Annotations by layer and by number, or by the token where they have none.
        self._keys: dict[tuple[str, str], SpanKey | None] = {}

    def annotate(self) -> None:
        """Mark spans first, and then the relations between them."""
        self._marks.layer()
        left: Counter[str] = Counter()
        for layer in self._layers:
            if layer.kind == "SP" and self._wanted(layer):
                self._spans(layer)
            elif layer.kind != "RL":
                left[layer.name] += sum(any(map(_set, layer.cells(w.fields))) for w in self._words)
        for layer in self._layers:
            if layer.kind == "RL":
                self._relations(layer, left)
        for name, many in left.items():
            if many:
                self._marks.lose("unsupported", f"layer {name}: left out, on {many} words")

    def _wanted(self, layer: WebannoLayer) -> bool:
        asked = self._options.columns.get("layer")
        return layer.name.endswith(asked) if asked else not _GRAMMAR.search(layer.name)

    def _spans(self, layer: WebannoLayer) -> None:
        found: dict[str, tuple[int, int, list[str], str]] = {}
        for word in self._words:
            for number, values in _stacked(layer.cells(word.fields)):
                name = number or word.number
                start = found[name][0] if name in found else word.start
                found.setdefault(name, (start, word.end, values, word.where))
                found[name] = (start, word.end, *found[name][2:])
        for name, (first, last, values, where) in found.items():
            start, end = self._units.point(first), self._units.point(last, end=True)
            key = self._marks.span(start, end, self._label(layer, values), where=where)
            self._keys[layer.name, name] = key

    def _label(self, layer: WebannoLayer, values: list[str]) -> str:
        features = dict(zip(layer.features, values, strict=False))
        if any(feature.startswith("ROLE_") and features[feature] for feature in features):
            self._marks.lose("unsupported", f"slots of {layer.name} have no place")
        chosen = features.get(self._options.columns.get("label", "value"))
        plain = (v for f, v in features.items() if v and not f.startswith("ROLE_"))
        return chosen or next(plain, layer.name.rsplit(".", 1)[-1])

    def _relations(self, layer: WebannoLayer, left: Counter[str]) -> None:
        base = layer.features[-1].removeprefix("BT_")
        known = any(name == base for name, _ in self._keys)
        for word in self._words:
            *cells, ends = layer.cells(word.fields)
            for number, end in enumerate(_split(ends)):
                found = _SOURCE.fullmatch(end)
                if found is None:
                    continue
                if not known:
                    left[layer.name] += 1
                    continue
                head, tail = found[2] or "0", found[3] or "0"
                values = [_split(cell)[number : number + 1] for cell in cells]
                labels = [_value(value[0])[0] for value in values if value and _set(value[0])]
                self._marks.relation(
                    self._keys.get((base, found[1] if head == "0" else head)),
                    self._keys.get((base, word.number if tail == "0" else tail)),
                    next(filter(None, labels), layer.name.rsplit(".", 1)[-1]),
                    where=word.where,
                )


def _stacked(cells: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The annotations on a word: number (empty where there is one alone) and values of features."""
    if not any(map(_set, cells)):
        return
    columns = [_split(cell) for cell in cells]
    for place in range(max(map(len, columns))):
        parts = [_value(column[place]) if place < len(column) else ("", "") for column in columns]
        yield next((number for _, number in parts if number), ""), [value for value, _ in parts]


def _split(cell: str) -> list[str]:
    """The stacked values of a cell."""
    return [part for part in _PARTS.findall(cell) if part]


def _value(part: str) -> tuple[str, str]:
    """A value and its number; the signs for nothing and for no value are empty."""
    found = _VALUE.fullmatch(part)
    value, number = (found[1], found[2] or "") if found else (part, "")
    return ("" if value in ("_", "*") else _unescape(value)), number


def _set(cell: str) -> bool:
    return cell not in ("", "_")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda sign: _SIGNS.get(sign[1], sign[1]), text)


def sniff(source: SourceFile) -> bool:
    """Whether the header says so."""
    return source.head.removeprefix(b"\xef\xbb\xbf").startswith(b"#FORMAT=WebAnno TSV 3")


class WebannoUnit(NamedTuple):
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


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_folder(target) as made:
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

    def __init__(self, item: ParsedDocument) -> None:
        self._text = item.document.text
        self._utf16 = Utf16(self._text)
        self._sentences = _sentences(item)
        self._tokens = [token for tokens in self._sentences for token in tokens]
        self._parts: dict[WebannoUnit, dict[tuple[int, int], WebannoUnit]] = defaultdict(dict)
        self.rows: dict[SpanKey, list[WebannoUnit]] = {}
        self.lost: list[Span] = []
        for span in item.revision.spans:
            if units := self._covered(span):
                self.rows[span.key] = units
            else:
                self.lost.append(span)
        relations = item.revision.relations
        self._drawn = [it for it in relations if it.head in self.rows and it.tail in self.rows]
        self.undrawn = [it for it in relations if it not in self._drawn]
        self._stacks: dict[WebannoUnit, list[SpanKey]] = defaultdict(list)
        for key, units in self.rows.items():
            for unit in units:
                self._stacks[unit].append(key)
        self._numbers = self._numbered()

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        yield _TSV_HEADER
        yield f"{_RELATION_HEADER if self._drawn else ''}\n"
        arrows: dict[WebannoUnit, list[Relation]] = defaultdict(list)
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

    def _row(self, unit: WebannoUnit, arrows: list[Relation]) -> str:
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

    def _covered(self, span: Span) -> list[WebannoUnit]:
        """The rows of a span; none if an edge of it is not within a token."""
        first = bisect_right(self._tokens, span.start, key=lambda token: token.end)
        last = bisect_left(self._tokens, span.end, key=lambda token: token.start)
        found = self._tokens[first:last]
        if not found or not (found[0].start <= span.start < span.end <= found[-1].end):
            return []
        return [self._part(t, max(t.start, span.start), min(t.end, span.end)) for t in found]

    def _part(self, token: WebannoUnit, start: int, end: int) -> WebannoUnit:
        if (token.start, token.end) == (start, end):
            return token
        parts = self._parts[token]
        fresh = WebannoUnit(token.sentence, token.token, start, end, len(parts) + 1)
        return parts.setdefault((start, end), fresh)


def _sentences(item: ParsedDocument) -> list[list[WebannoUnit]]:
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
        [WebannoUnit(number, place, *found) for place, found in enumerate(tokens, 1)]
        for number, tokens in enumerate(ranges, 1)
    ]


def _within(offset: int, spans: Iterable[Span]) -> bool:
    return any(span.start < offset < span.end for span in spans)


def _escaped(text: str) -> str:
    """A value as a cell holds it."""
    return _CELL_SPECIAL.sub(lambda found: "\\" + _ESCAPES.get(found[0], found[0]), text)


def _escaped_text(text: str) -> str:
    """A line of a sentence."""
    return _TEXT_SPECIAL.sub(lambda found: "\\" + _ESCAPES.get(found[0], found[0]), text)
