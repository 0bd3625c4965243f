"""Format ``webanno``: WebAnno TSV 3, as WebAnno and INCEpTION write it. Offsets are UTF-16 units.

Reading: annotations of the span layers (``#T_SP``) are spans. Their label is the feature ``value``,
or the one that ``columns`` names (``{"label": "PosValue"}``), or else the first that is set, or the
name of the layer. Layers of parts of speech, lemmas and the like are left out unless ``columns``
selects a layer by the end of its name (``{"layer": "POS"}``). Relations (``#T_RL``) between such
spans are relations, and so is each filled slot of a span (``ROLE_``), with its role as the label.
Chains have no place in the model and are counted as lost. The text
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
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from curate.formats.atomic_files import replace_folder
from curate.formats.content import Evidence
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    refuse,
    refuse_unit,
)
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.tokens import ParsedDocument, parse
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.model import Relation, Span, SpanKey
from curate.text.offset_units import BYTES, CODE_POINTS, UTF16, OffsetUnit, parse_unit
from curate.text.offsets import Utf16

_MAX_GAP = 10_000  # characters of white space between sentences; an offset beyond is no place
_LAYER = re.compile(r"#T_(SP|RL|CH)=([^|]+)\|?(.*)")
_TOKEN = re.compile(r"\d+-\d+(?:\.\d+)?\t(\d+)-(\d+)\t.+")
_STACKED = re.compile(r"((?:\\.|[^|\\])*)(?:\||$)")
_VALUE = re.compile(r"(.*?)(?:\[(\d+)\])?", re.DOTALL)
_HEAD = re.compile(r"(\d+-\d+(?:\.\d+)?)(?:\[(\d+)_(\d+)\])?")
_TARGET = re.compile(r"(\d+-\d+(?:\.\d+)?)(?:\[(\d+)\])?")
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_SLOTS = re.compile(r"((?:\\.|[^;\\])*)(?:;|$)")
_UNESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b"}
GRAMMAR = re.compile(r"\.(lexmorph|syntax|segmentation|transform)\.")

ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
RELATION = "webanno.custom.Relation"
_FILE_HEADER = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={ENTITY}|value\n"
_RELATION_HEADER = f"#T_RL={RELATION}|label|BT_{ENTITY}\n"
_CELL_SPECIAL = re.compile(r"->|[\\\[\]|_;\t\n\r*]")
_TEXT_SPECIAL = re.compile(r"[\x00-\x1f\\]")
_ESCAPES = {char: sign for sign, char in _UNESCAPES.items()}


class WebannoLayer(NamedTuple):
    """A layer of the header: kind, name and features, and the first of its columns."""

    kind: str
    name: str
    features: tuple[str, ...]
    column: int

    @property
    def slots(self) -> tuple[int, ...]:
        """The features that hold the roles of slots; the one behind each holds the targets."""
        return tuple(n for n, name in enumerate(self.features[:-1]) if name.startswith("ROLE_"))

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rsplit(".", 1)[-1]

    def cells(self, fields: list[str]) -> list[str]:
        """The cells of the layer in a row."""
        return fields[self.column : self.column + len(self.features)]


class WebannoToken(NamedTuple):
    """A row: number and UTF-16 offsets of the token, the fields of the row, file and line."""

    number: str
    start: int
    end: int
    fields: list[str]
    where: str


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the file as one document; lines that cannot be read are refused."""
    unit = parse_unit(options.offsets) if options.offsets else UTF16
    layers, tokens, text, refused = _parse(source, unit)
    if refused:
        for other in (CODE_POINTS, BYTES, UTF16):
            if other != unit and 10 * len(_parse(source, other)[3]) <= len(refused):
                yield refuse_unit(len(refused), "row", other, str(source))
                return
    builder = AnnotationBuilder(text, str(source), options, unit=None)
    _LayerReader(builder, layers, tokens, unit, options).read()
    yield from builder.finish({})
    yield from refused


def _parse(
    source: SourceFile, unit: OffsetUnit
) -> tuple[list[WebannoLayer], list[WebannoToken], str, list[ReadItem]]:
    """The layers, rows and text of a file, and the lines that are refused."""
    layers: list[WebannoLayer] = []
    tokens: list[WebannoToken] = []
    text = _TextBuilder(unit)
    refused: list[ReadItem] = []
    for number, line in source.lines():
        where = source.location(number)
        if layer := _LAYER.fullmatch(line):
            if tokens:
                message = "a layer of the header stands below rows"
                refused.append(refuse("malformed", message, where, line))
                continue
            features = tuple(layer[3].split("|"))
            layers.append(WebannoLayer(layer[1], layer[2], features, _width(layers)))
        elif line.startswith("#Text="):
            text.add_line(_unescape(line.removeprefix("#Text=")))
        elif not is_undecodable(line) and (line.startswith("#") or not line.strip()):
            continue
        elif is_undecodable(line) or not (row := _TOKEN.match(line)):
            refused.append(refuse("malformed", "not a line of WebAnno TSV 3", where, line))
        else:
            fields = line.split("\t")
            token = WebannoToken(fields[0], int(row[1]), int(row[2]), fields, where)
            if not text.contains(token):
                message = f"{fields[2]!r} is not at {fields[1]} of the text"
                refused.append(refuse("malformed", message, where, line))
            elif len(fields) < _width(layers):
                message = f"{len(fields)} columns where the header names {_width(layers)}"
                refused.append(refuse("malformed", message, where, line))
            else:
                tokens.append(token)
    return layers, tokens, text.text, refused


def _width(layers: list[WebannoLayer]) -> int:
    """How many columns a row has: number, offsets and token, and those of the layers."""
    return layers[-1].column + len(layers[-1].features) if layers else 3


class _TextBuilder:
    """Joins the text of the sentences; their first tokens say where they begin."""

    def __init__(self, unit: OffsetUnit) -> None:
        self._unit = unit
        self._parts: list[str] = []
        self._length = 0  # in units
        self._lines: list[str] = []  # of the sentence whose first token is yet to come
        self._is_open = False
        self._begin = 0
        self._index = unit.index_for("")

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def add_line(self, line: str) -> None:
        """Add a line of a sentence; a sentence with newlines has several."""
        self._lines = [*self._lines, line] if self._is_open else [line]
        self._is_open = True

    def contains(self, token: WebannoToken) -> bool:
        """Whether a token is at its offsets; the first one of a sentence places the sentence."""
        if self._is_open:
            self._place_sentence(token)
        sentence = self._parts[-1] if self._parts else ""
        start, end = (self._index.point(at - self._begin) for at in (token.start, token.end))
        is_inside = 0 <= start <= end <= len(sentence)
        return is_inside and sentence[start:end] == _unescape(token.fields[2])

    def _place_sentence(self, first: WebannoToken) -> None:
        self._is_open = False
        text = "\n".join(self._lines)
        self._index = self._unit.index_for(text)
        before = self._index.units(max(0, text.find(_unescape(first.fields[2]))))
        begin = first.start - before
        self._begin = begin if 0 <= begin - self._length <= _MAX_GAP else self._length
        self._parts += ["\n" * (self._begin - self._length), text]
        self._length = self._begin + self._index.units(len(text))


class _LayerReader:
    """Adds the annotations of the layers to a document."""

    def __init__(
        self,
        builder: AnnotationBuilder,
        layers: list[WebannoLayer],
        tokens: list[WebannoToken],
        unit: OffsetUnit,
        options: ReadOptions,
    ) -> None:
        self._builder = builder
        self._layers = layers
        self._tokens = tokens
        self._options = options
        self._index = unit.index_for(builder.text)
        # By layer and number of the annotation, or number of the token if it has none.
        self._keys: dict[tuple[str, str], SpanKey | None] = {}
        self._slots: list[tuple[SpanKey | None, str, str, str, str]] = []
        self._skipped: Counter[str] = Counter()  # tokens or relations, by layer

    def read(self) -> None:
        """Add the spans, and then the relations between them."""
        self._builder.add_layer()
        self._builder.add_tokens(
            (self._index.point(token.start), self._index.point(token.end, end=True))
            for token in self._tokens
            if "." not in token.number  # which is a part of a token
        )
        for layer in self._layers:
            if layer.kind == "SP" and self._is_selected(layer):
                self._add_spans(layer)
            elif layer.kind != "RL":
                rows = (layer.cells(token.fields) for token in self._tokens)
                self._skipped[layer.name] += sum(any(map(_is_set, cells)) for cells in rows)
        for layer in self._layers:
            if layer.kind == "RL":
                self._add_relations(layer)
        for host, role, target, target_layer, where in self._slots:
            tail = self._target(target, target_layer)
            self._builder.add_relation(host, tail, role, where=where)
        for name, count in self._skipped.items():
            if count:
                message = f"the layer {name}, with annotations on {count} tokens, is not read"
                self._builder.report("unsupported", message)

    def _is_selected(self, layer: WebannoLayer) -> bool:
        ending = self._options.columns.get("layer")
        return layer.name.endswith(ending) if ending else not GRAMMAR.search(layer.name)

    def _add_spans(self, layer: WebannoLayer) -> None:
        spans: dict[str, tuple[int, int, list[str], str]] = {}
        for token in self._tokens:
            unnumbered = 0  # several without a number are different ones all the same
            for number, values in _annotations(layer, token):
                unnumbered += not number
                name = number or f"{token.number}{f'#{unnumbered}' if unnumbered > 1 else ''}"
                start, _, values, where = spans.get(name, (token.start, 0, values, token.where))
                spans[name] = (start, token.end, values, where)
        for name, (first, last, values, where) in spans.items():
            start, end = self._index.point(first), self._index.point(last, end=True)
            key = self._builder.add_span(start, end, self._label(layer, values), where=where)
            self._keys[layer.name, name] = key
            for place in layer.slots:
                roles, targets = map(_filled_slots, values[place : place + 2])
                for role, target in zip_longest(roles, targets, fillvalue=""):
                    role, target_layer = _value(role)[0], layer.features[place + 1]
                    label = (
                        _unescape(role)
                        or layer.features[place].rpartition(":")[2].partition("_")[0]
                    )
                    self._slots.append((key, label, target, target_layer, where))

    def _label(self, layer: WebannoLayer, values: list[str]) -> str:
        slots = {place + n for place in layer.slots for n in (0, 1)}
        features = {
            name: _unescape(value)
            for place, (name, value) in enumerate(zip(layer.features, values, strict=True))
            if value and place not in slots
        }
        chosen = features.get(self._options.columns.get("label", "value"))
        return chosen or next(iter(features.values()), layer.short_name)

    def _target(self, target: str, layer: str) -> SpanKey | None:
        """The span in a slot, of any layer if the slot may hold spans of several."""
        match = _TARGET.fullmatch(target)
        number = match[2] or match[1] if match else ""
        if (layer, number) in self._keys:
            return self._keys[layer, number]
        is_any = not any(it.name == layer for it in self._layers)
        keys = (key for (_, name), key in self._keys.items() if is_any and name == number)
        return next(keys, None)

    def _add_relations(self, layer: WebannoLayer) -> None:
        base = layer.features[-1].removeprefix("BT_")
        has_spans = any(name == base for name, _ in self._keys)
        for token in self._tokens:
            *cells, heads = layer.cells(token.fields)
            for position, cell in enumerate(_stacked(heads)):
                match = _HEAD.fullmatch(cell)
                if match is None:
                    continue
                if not has_spans:
                    self._skipped[layer.name] += 1
                    continue
                head, tail = match[2] or "0", match[3] or "0"
                parts = [_stacked(it)[position : position + 1] for it in cells]
                labels = [
                    _unescape(_value(part[0])[0]) for part in parts if part and _is_set(part[0])
                ]
                self._builder.add_relation(
                    self._keys.get((base, match[1] if head == "0" else head)),
                    self._keys.get((base, token.number if tail == "0" else tail)),
                    next(filter(None, labels), layer.short_name),
                    where=token.where,
                )


def _annotations(layer: WebannoLayer, token: WebannoToken) -> Iterator[tuple[str, list[str]]]:
    """The annotations on a token: number (empty if there is only one) and values of features.

    The values are escaped as in the file.
    """
    cells = layer.cells(token.fields)
    if not any(map(_is_set, cells)):
        return
    columns = [_stacked(cell) for cell in cells]
    targets = {place + 1 for place in layer.slots}  # their numbers are those of other spans
    for position in range(max(map(len, columns))):
        parts = [
            ("", "")
            if position >= len(column)
            else (column[position], "")
            if place in targets
            else _value(column[position])
            for place, column in enumerate(columns)
        ]
        yield next((number for _, number in parts if number), ""), [value for value, _ in parts]


def _filled_slots(value: str) -> list[str]:
    """The roles or targets of a cell."""
    return [part for part in _SLOTS.findall(value) if _is_set(part)]


def _stacked(cell: str) -> list[str]:
    """The values of a cell, one for each annotation on the token."""
    return [part for part in _STACKED.findall(cell) if part]


def _value(part: str) -> tuple[str, str]:
    """A value as it is escaped, and its number; what is missing is empty."""
    match = _VALUE.fullmatch(part)
    value, number = (match[1], match[2] or "") if match else (part, "")
    return ("" if value in ("_", "*") else value), number


def _is_set(cell: str) -> bool:
    return cell not in ("", "_")


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: _UNESCAPES.get(match[1], match[1]), text)


def sniff(source: SourceFile) -> Evidence:
    """Whether the header names the format."""
    is_named = source.head_text.removeprefix("\ufeff").startswith("#FORMAT=WebAnno TSV 3")
    return Evidence.SIGNATURE if is_named else Evidence.NONE


class WebannoUnit(NamedTuple):
    """A row to write: a token or a part of one, with offsets in code points."""

    sentence: int
    token: int
    start: int
    end: int
    part: int = 0

    @property
    def name(self) -> str:
        """Its number in the file, such as ``1-3`` or ``1-3.1``."""
        return f"{self.sentence}-{self.token}" + (f".{self.part}" if self.part else "")


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_folder(target) as folder:
        for item in parse(documents, job.schema, tally):
            tally.documents += 1
            tally.lose_categories(item.document, item.revision.categories)
            page = _DocumentWriter(item)
            tally.lose(item.document, "misaligned", page.lost_spans)
            tally.lose_relations(item.document, page.lost_relations)
            tally.spans += len(page.units)
            stem = folder.unused_name(tally.file_name(item.document, item.revision), ".tsv")
            folder.write(f"{stem}.tsv", "".join(page.lines()).encode())
    return tally.exported(target, "webanno")


class _DocumentWriter:
    """The rows of one document.

    Attributes:
        units: the rows that each span covers.
        lost_spans: the spans that have no place.
        lost_relations: the relations that have no place, because one of their spans has none.
    """

    def __init__(self, item: ParsedDocument) -> None:
        self._text = item.document.text
        self._utf16 = Utf16(self._text)
        self._sentences = _sentences(item)
        self._tokens = [token for tokens in self._sentences for token in tokens]
        self._parts: dict[WebannoUnit, dict[tuple[int, int], WebannoUnit]] = defaultdict(dict)
        self.units: dict[SpanKey, list[WebannoUnit]] = {}
        self.lost_spans: list[Span] = []
        for span in item.revision.spans:
            if units := self._covered(span):
                self.units[span.key] = units
            else:
                self.lost_spans.append(span)
        relations = item.revision.relations
        self._relations = [
            it for it in relations if it.head in self.units and it.tail in self.units
        ]
        self.lost_relations = [it for it in relations if it not in self._relations]
        self._stacks: dict[WebannoUnit, list[SpanKey]] = defaultdict(list)
        for key, units in self.units.items():
            for unit in units:
                self._stacks[unit].append(key)
        self._numbers = self._annotation_numbers()

    def lines(self) -> Iterator[str]:
        """The file, in pieces of one or more lines."""
        yield _FILE_HEADER
        yield f"{_RELATION_HEADER if self._relations else ''}\n"
        relations: dict[WebannoUnit, list[Relation]] = defaultdict(list)
        for relation in self._relations:
            relations[self.units[relation.tail][0]].append(relation)
        for number, tokens in enumerate(self._sentences, 1):
            following = self._sentences[number] if number < len(self._sentences) else None
            end = following[0].start if following else len(self._text)
            sentence = self._text[tokens[0].start : end]
            # A reader puts the line break between two sentences there by itself.
            written = sentence.removesuffix("\n") if following else sentence
            yield "\n" + "".join(f"#Text={_escape_text(line)}\n" for line in written.split("\n"))
            for token in tokens:
                for unit in (token, *self._parts[token].values()):
                    yield self._row(unit, relations.get(unit, []))

    def _row(self, unit: WebannoUnit, relations: list[Relation]) -> str:
        start, end = self._utf16.units(unit.start), self._utf16.units(unit.end)
        cells = [unit.name, f"{start}-{end}", _escape(self._text[unit.start : unit.end])]
        cells.append("|".join(self._label(key) for key in self._stacks.get(unit, ())) or "_")
        if self._relations:
            cells.append("|".join(_escape(it.label) or "*" for it in relations) or "_")
            cells.append("|".join(self._head(it) for it in relations) or "_")
        return "\t".join(cells) + "\t\n"

    def _label(self, key: SpanKey) -> str:
        number = f"[{self._numbers[key]}]" if key in self._numbers else ""
        return (_escape(key[2]) or "*") + number

    def _head(self, relation: Relation) -> str:
        head, tail = (self._numbers.get(key, 0) for key in (relation.head, relation.tail))
        numbers = f"[{head}_{tail}]" if head or tail else ""
        return self.units[relation.head][0].name + numbers

    def _annotation_numbers(self) -> dict[SpanKey, int]:
        """Numbers of the spans that cover several rows, or share one."""
        numbers: dict[SpanKey, int] = {}
        for key, units in self.units.items():
            if len(units) > 1 or len(self._stacks[units[0]]) > 1:
                numbers[key] = len(numbers) + 1
        return numbers

    def _covered(self, span: Span) -> list[WebannoUnit]:
        """The rows of a span; none if an edge of it is not within a token."""
        first = bisect_right(self._tokens, span.start, key=lambda token: token.end)
        last = bisect_left(self._tokens, span.end, key=lambda token: token.start)
        tokens = self._tokens[first:last]
        if not tokens or not (tokens[0].start <= span.start < span.end <= tokens[-1].end):
            return []
        return [self._part(t, max(t.start, span.start), min(t.end, span.end)) for t in tokens]

    def _part(self, token: WebannoUnit, start: int, end: int) -> WebannoUnit:
        if (token.start, token.end) == (start, end):
            return token
        parts = self._parts[token]
        part = WebannoUnit(token.sentence, token.token, start, end, len(parts) + 1)
        return parts.setdefault((start, end), part)


def _sentences(item: ParsedDocument) -> list[list[WebannoUnit]]:
    """The tokens of each sentence that has any, without those of white space.

    The text begins with a token, even one of white space, so that readers know where it begins.
    """
    sentences: list[list[tuple[int, int]]] = []
    for sentence in item.doc.sents:
        words = [(token.idx, token.idx + len(token)) for token in sentence if not token.is_space]
        if words and sentences and _is_inside(words[0][0], item.revision.spans):
            sentences[-1] += words
        elif words:
            sentences.append(words)
    if sentences and sentences[0][0][0] > 0:
        sentences[0].insert(0, (0, sentences[0][0][0]))
    return [
        [WebannoUnit(number, position, *word) for position, word in enumerate(words, 1)]
        for number, words in enumerate(sentences, 1)
    ]


def _is_inside(offset: int, spans: Iterable[Span]) -> bool:
    return any(span.start < offset < span.end for span in spans)


def _escape(text: str) -> str:
    """A value for a cell."""
    return _CELL_SPECIAL.sub(lambda match: "\\" + _ESCAPES.get(match[0], match[0]), text)


def _escape_text(text: str) -> str:
    """A line of a sentence."""
    return _TEXT_SPECIAL.sub(lambda match: "\\" + _ESCAPES.get(match[0], match[0]), text)
