"""Format ``webanno``: WebAnno TSV 3, as WebAnno and INCEpTION write it.

Annotations of the span layers (``#T_SP``) are spans. Their label is the feature ``value``, or the
one ``columns`` names (``{"label": "PosValue"}``), or else the first that is set, or the layer's
name. Layers of parts of speech, lemmas and the like are left out unless ``columns`` asks for a
layer by the end of its name (``{"layer": "POS"}``). Relations (``#T_RL``) between such spans are
relations; chains and slots have no place in the model and are counted.

Offsets in the file are UTF-16 units. The text is that of the sentences at the places their tokens
give; what lies between two sentences is not in the file, and becomes newlines. Reference:
https://inception-project.github.io/releases/32.0/docs/user-guide.html#sect_webannotsv
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from curate.formats.readers.common import Format, Item, Marks, Options, emit, refuse
from curate.formats.readers.source import Source, broken
from curate.model import SpanKey
from curate.text.offsets import Utf16, to_utf16

_HEAD = re.compile(r"#T_(SP|RL|CH)=([^|]+)\|?(.*)")
_TOKEN = re.compile(r"\d+-\d+(?:\.\d+)?\t(\d+)-(\d+)\t.+")
_ESCAPED = re.compile(r"\\(->|.)", re.DOTALL)
_PARTS = re.compile(r"((?:\\.|[^|\\])*)(?:\||$)")
_VALUE = re.compile(r"(.*?)(?:\[(\d+)\])?", re.DOTALL)
_SOURCE = re.compile(r"(\d+-\d+(?:\.\d+)?)(?:\[(\d+)_(\d+)\])?")
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b"}
_GRAMMAR = re.compile(r"\.(lexmorph|syntax|segmentation|transform)\.")


class Layer(NamedTuple):
    """A layer of the header: its kind, name and features, and where its columns begin."""

    kind: str
    name: str
    features: tuple[str, ...]
    column: int

    def cells(self, fields: list[str]) -> list[str]:
        """Its cells of a row."""
        return fields[self.column : self.column + len(self.features)]


class Word(NamedTuple):
    """A row: the token's number and UTF-16 offsets, its cells, and where it stands."""

    number: str
    start: int
    end: int
    fields: list[str]
    where: str


def read(source: Source, options: Options) -> Iterator[Item]:
    """The file as one document; a line that is none is refused, and the rest goes on."""
    layers: list[Layer] = []
    words: list[Word] = []
    text = _Text()
    refused: list[Item] = []
    for number, line in source.lines():
        where = source.at(number)
        if (head := _HEAD.fullmatch(line)) and words:
            told = "a layer of the header stands below rows"
            refused.append(refuse("malformed", told, where, line))
        elif head:
            layers.append(Layer(head[1], head[2], tuple(head[3].split("|")), _width(layers)))
        elif line.startswith("#Text="):
            text.sentence(_unescape(line.removeprefix("#Text=")))
        elif broken(line) or not (line.startswith("#") or not line.strip() or _TOKEN.match(line)):
            refused.append(refuse("malformed", "not a line of WebAnno TSV 3", where, line))
        elif found := _TOKEN.match(line):
            fields = line.split("\t")
            word = Word(fields[0], int(found[1]), int(found[2]), fields, where)
            wanted = _width(layers)
            if not text.holds(word):
                told = f"{fields[2]!r} does not stand at {fields[1]} of the sentences' text"
                refused.append(refuse("malformed", told, where, line))
            elif len(fields) < wanted:
                told = f"{len(fields)} columns, where the header names {wanted}"
                refused.append(refuse("malformed", told, where, line))
            else:
                words.append(word)
    marks = Marks(text.whole, str(source), options)
    _Document(marks, layers, words, options).annotate()
    yield from emit(marks, {})
    yield from refused


def _width(layers: list[Layer]) -> int:
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

    def holds(self, word: Word) -> bool:
        """Whether a token stands where it says; the first of a sentence says where that begins."""
        if self._open:
            self._place(word)
        sentence = self._parts[-1] if self._parts else ""
        start, end = (self._units.point(at - self._begin) for at in (word.start, word.end))
        inside = 0 <= start <= end <= len(sentence)
        return inside and sentence[start:end] == _unescape(word.fields[2])

    def _place(self, word: Word) -> None:
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
        self, marks: Marks, layers: list[Layer], words: list[Word], options: Options
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

    def _wanted(self, layer: Layer) -> bool:
        asked = self._options.columns.get("layer")
        return layer.name.endswith(asked) if asked else not _GRAMMAR.search(layer.name)

    def _spans(self, layer: Layer) -> None:
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

    def _label(self, layer: Layer, values: list[str]) -> str:
        features = dict(zip(layer.features, values, strict=False))
        if any(feature.startswith("ROLE_") and features[feature] for feature in features):
            self._marks.lose("unsupported", f"slots of {layer.name} have no place")
        chosen = features.get(self._options.columns.get("label", "value"))
        plain = (v for f, v in features.items() if v and not f.startswith("ROLE_"))
        return chosen or next(plain, layer.name.rsplit(".", 1)[-1])

    def _relations(self, layer: Layer, left: Counter[str]) -> None:
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


def sniff(source: Source) -> bool:
    """Whether the header says so."""
    return source.head.removeprefix(b"\xef\xbb\xbf").startswith(b"#FORMAT=WebAnno TSV 3")


FORMAT = Format("webanno", "WebAnno TSV 3, by WebAnno and INCEpTION", read, (".tsv",), sniff=sniff)
