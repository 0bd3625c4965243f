"""Formats ``bioc`` and ``bioc-json``: BioC, the exchange format of biomedical text mining.

A collection has documents, a document passages (which may consist of sentences), and each of these
annotations and relations. The unit of offsets is not in the files: some tools count characters,
others UTF-8 bytes or UTF-16 units. Each annotation repeats its text; the unit in which most of a
document's annotations agree with it is taken, code points where several do. ``offsets`` of the
options forces one.

Reading: annotations are spans, their infon ``type`` is the label, or the one that ``columns`` names
(as ``label``). Relations of two annotations are relations, from the role ``head``, ``arg1``,
``subject`` or ``source`` if one has it. The text is that of the passages, with a line break between
two that do not touch (a blank between sentences). Infons of the document are metadata. Relations
of other numbers, and further infons of annotations, have no place in the model; they are counted
as lost. Infons of passages, which say what part of an article they are, are not read, except that
the text of type ``title`` is the title.

Writing: one collection, and in it a document with one passage for each text. Offsets count code
points. Characters that XML cannot hold are replaced in ``bioc``.

References: https://bioc.sourceforge.net, https://doi.org/10.1093/database/bat064
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    as_text,
    contained,
    refuse,
)
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    NOTHING,
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    LabelNames,
    without_tombstones,
)
from curate.formats.xml_text import (
    REPLACEMENT,
    WITHOUT_XML,
    element_xml,
    iterate_elements,
)
from curate.model import Document, Relation, Span, SpanKey
from curate.text.offset_units import (
    BYTES,
    CODE_POINTS,
    UTF16,
    OffsetUnit,
    Quotation,
    fitting,
    parse_unit,
)
from curate.util import jsonl

_UNITS = (CODE_POINTS, BYTES, UTF16)
_HEADS = ("head", "arg1", "subject", "source")
_NO_LABEL = ("", "None")  # which is how the library of the format writes a missing infon in XML
_ROOT = "<collection"


class Passage(NamedTuple):
    """A stretch of text: its offset in the unit of the file, the text, and where it begins."""

    offset: int
    text: str
    start: int


class Mention(NamedTuple):
    """An annotation of BioC, with the number of the passage that it belongs to, if any."""

    value: dict[str, Any]
    passage: int | None


def sniff_xml(source: SourceFile) -> Evidence:
    """Whether an XML file has the root of BioC, with documents in it."""
    head = source.head_text
    if _ROOT in head and "<document" in head and ("BioC.dtd" in head or "<passage" in head):
        return Evidence.SIGNATURE
    return Evidence.NONE


def sniff_json(source: SourceFile) -> Evidence:
    """Whether an object has documents with passages, or is such a document."""
    for row in sample_objects(source):
        documents = row.get("documents", [row])
        for document in documents if isinstance(documents, list) else []:
            if isinstance(document, dict) and isinstance(document.get("passages"), list):
                return Evidence.SIGNATURE
    return Evidence.NONE


def read_xml(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of an XML file; what is not well-formed ends it."""
    number = 0
    try:
        for number, element in enumerate(
            iterate_elements(source, ("document",), options.encoding), 1
        ):
            where = source.location(number)
            yield from contained(_read_document(_from_xml(element), where, options), where)
    except ParseError as error:
        yield refuse("malformed", f"not well-formed XML: {error}", str(source))
        return
    if not number and _ROOT not in source.head_text:
        yield refuse("malformed", "there is no collection of BioC in it", str(source))


def read_json(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of each object, which is a collection or a document."""
    for row in read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        documents = row.value.get("documents", [row.value])
        if not isinstance(documents, list):
            yield refuse("malformed", "documents is not a list", row.where, row.text)
            continue
        for document in documents:
            raw = as_text(document)
            yield from contained(_read_document(document, row.where, options), row.where, raw)


def _from_xml(element: Element) -> dict[str, Any]:
    """A document, passage, sentence, annotation or relation in the shape that it has in JSON."""
    value: dict[str, Any] = {"infons": {}}
    for child in element:
        if child.tag == "infon":
            value["infons"][child.get("key", "")] = child.text
        elif child.tag in ("passage", "sentence", "annotation", "relation"):
            value.setdefault(f"{child.tag}s", []).append(_from_xml(child))
        elif child.tag == "location":
            value.setdefault("locations", []).append(dict(child.attrib))
        elif child.tag == "node":
            value.setdefault("nodes", []).append(dict(child.attrib))
        else:
            value[child.tag] = child.text or ""
    return value | dict(element.attrib)


def _read_document(value: dict[str, Any], where: str, options: ReadOptions) -> Iterator[ReadItem]:
    rows = list(_segments(value))
    unit = parse_unit(options.offsets) if options.offsets else _unit(rows)
    passages, text = _placed(rows, unit)
    builder = AnnotationBuilder(text, where, options, unit=None)
    builder.add_layer()
    reader = _BioCReader(builder, passages, unit, options)
    for number, (row, _) in enumerate(rows):
        reader.add_mentions(row, number)
    holders = [value, *value.get("passages", ())]
    for holder in holders[:1] + [it for it in holders[1:] if it.get("sentences")]:
        reader.add_mentions(holder, None)
    for holder in chain(holders, *(it.get("sentences", ()) for it in holders)):
        reader.add_relations(holder)
    reader.report()
    infons = {name: as_text(it) for name, it in (value.get("infons") or {}).items() if it}
    lang = infons.pop("lang", "")
    if (own := as_text(value.get("id") or "")) != jsonl.document_id(text) and own:
        infons.setdefault("id", own)
    titles = (
        row.get("text") for row, _ in rows if (row.get("infons") or {}).get("type") == "title"
    )
    if title := next(titles, ""):
        infons.setdefault("title", title)
    yield from builder.finish(infons, lang)


def _segments(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The passages, or the sentences of those that have no text of their own, and what joins them.

    What joins a segment to the one before it is a line break, or a blank within a passage.
    """
    for passage in document.get("passages", ()):
        if passage.get("text") or not passage.get("sentences"):
            yield passage, "\n"
            continue
        for number, sentence in enumerate(passage["sentences"]):
            yield sentence, " " if number else "\n"


def _placed(rows: list[tuple[dict[str, Any], str]], unit: OffsetUnit) -> tuple[list[Passage], str]:
    """The passages with their places in the text, and the text."""
    passages: list[Passage] = []
    parts: list[str] = []
    length, end = 0, None  # of the text, and of the last passage in the unit of the file
    for row, joint in rows:
        text = row.get("text") or ""
        offset = int(row.get("offset") or 0)
        if end is not None and offset != end and text:
            parts.append(joint)
            length += len(joint)
        passages.append(Passage(offset, text, length))
        if text:
            parts.append(text)
            length += len(text)
            end = offset + unit.index_for(text).units(len(text)) - unit.first
    return passages, "".join(parts)


def _unit(rows: list[tuple[dict[str, Any], str]]) -> OffsetUnit:
    """The unit in which most annotations are where their text is."""
    counts: Counter[OffsetUnit] = Counter()
    for row, _ in rows:
        offset = int(row.get("offset") or 0)
        quotations = [
            Quotation(tuple((a - offset, b - offset) for a, b in _pieces(it)), str(it["text"]))
            for it in row.get("annotations") or ()
            if it.get("text") is not None
        ]
        for unit in _UNITS:
            counts[unit] += fitting(row.get("text") or "", quotations, unit)
    return max(_UNITS, key=lambda unit: counts[unit])


def _pieces(mention: dict[str, Any]) -> list[tuple[int, int]]:
    locations = mention.get("locations") or ()
    starts = ((int(it["offset"]), int(it["length"])) for it in locations)
    return [(start, start + length) for start, length in starts]


class _BioCReader:
    """Adds the annotations and relations of one document."""

    def __init__(
        self,
        builder: AnnotationBuilder,
        passages: list[Passage],
        unit: OffsetUnit,
        options: ReadOptions,
    ) -> None:
        self._builder = builder
        self._passages = passages
        self._indexes = [unit.index_for(it.text) for it in passages]
        self._label_name = options.columns.get("label", "type")
        self._keys: dict[str, SpanKey | None] = {}
        self._lost: Counter[str] = Counter()

    def add_mentions(self, holder: dict[str, Any], passage: int | None) -> None:
        """Add the annotations of a document, passage or sentence."""
        for mention in holder.get("annotations") or ():
            name = as_text(mention.get("id") or "")
            infons = dict(mention.get("infons") or {})
            label = infons.pop(self._label_name, None)
            self._lost.update(key for key, value in infons.items() if value not in (None, ""))
            surface = mention.get("text")
            if label is None or as_text(label) in _NO_LABEL:
                others = f", but {', '.join(infons)}: use --column label=NAME" if infons else ""
                message = f"{surface!r} has no infon {self._label_name}{others}"
                self._builder.report("no-label", message)
                continue
            beyond = 0 if isinstance(surface, str) else len(self._builder.text)
            pieces = [self._piece(*piece, passage, beyond) for piece in _pieces(mention)]
            key = None
            if not pieces:
                self._builder.report("unsupported", f"{surface!r} ({label}) has no location")
            else:
                key = self._builder.add_pieces(pieces, as_text(label), surface, "")
            self._keys[name] = key

    def _piece(self, start: int, end: int, number: int | None, beyond: int) -> tuple[int, int]:
        """The code points of a location.

        One outside its passage stays where it is if the text of the annotation can be compared
        with what is there; otherwise ``beyond`` moves it out of the text.
        """
        if number is None:
            inside = [n for n, it in enumerate(self._passages) if it.offset <= start and it.text]
            number = inside[-1] if inside else 0
        passage, index = self._passages[number], self._indexes[number]
        edges = index.span(start - passage.offset, end - passage.offset)
        if edges is None:
            edges = index.point(start - passage.offset), index.point(end - passage.offset, end=True)
            return passage.start + edges[0] + beyond, passage.start + edges[1] + beyond
        return passage.start + edges[0], passage.start + edges[1]

    def add_relations(self, holder: dict[str, Any]) -> None:
        """Add the relations of a document, passage or sentence."""
        for relation in holder.get("relations") or ():
            infons = dict(relation.get("infons") or {})
            label = infons.pop(self._label_name, None)
            nodes = [(str(it.get("refid")), str(it.get("role") or "")) for it in relation["nodes"]]
            if len(nodes) != 2:
                self._builder.report("unsupported", f"a relation of {len(nodes)} is not read")
            elif label is None or as_text(label) in _NO_LABEL:
                self._builder.report("no-label", f"a relation has no {self._label_name}")
            else:
                if nodes[1][1].lower() in _HEADS:
                    nodes.reverse()
                head, tail = (self._keys.get(name) for name, _ in nodes)
                self._builder.add_relation(head, tail, as_text(label))

    def report(self) -> None:
        """Report the infons that are not read."""
        for name, count in sorted(self._lost.items()):
            self._builder.report("unsupported", f"{count} infons {name} are not read")


def write_xml(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one collection as XML; see ``curate.formats.export.write``."""
    tally, names = job.tally(), LabelNames(WITHOUT_XML, REPLACEMENT, job.schema.names)
    with replace_file(target) as file:
        file.write(
            b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
        )
        source = element_xml("source", job.corpus.name)
        file.write(f"<collection>{source}<date></date><key>curate.key</key>\n".encode())
        for value, document in _values(documents, tally, names):
            fields = {
                "text": document.text,
                **{f"meta.{k}": k + v for k, v in document.meta.items()},
            }
            tally.lose_characters(document, WITHOUT_XML, fields)
            file.write(_to_xml("document", value).encode() + b"\n")
        file.write(b"</collection>\n")
    return tally.exported(target, "bioc", names.renamed)


def write_json(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one collection as JSON; see ``curate.formats.export.write``."""
    tally, names = job.tally(), LabelNames(NOTHING, "_", job.schema.names)
    with replace_file(target) as file:
        fields = {"source": job.corpus.name, "date": "", "key": "curate.key", "infons": {}}
        head = jsonl.canonical({**fields, "documents": []})
        start, _, rest = head.partition(b"[]")
        file.write(start + b"[")
        for number, (value, _) in enumerate(_values(documents, tally, names)):
            file.write((b"," if number else b"") + jsonl.canonical(value))
        file.write(b"]" + rest + b"\n")
    return tally.exported(target, "bioc-json", names.renamed)


def _values(
    documents: Iterable[GoldDocument], tally: ExportTally, names: LabelNames
) -> Iterator[tuple[dict[str, Any], Document]]:
    """Each document as a value of BioC JSON."""
    for document, revision in without_tombstones(documents):
        tally.documents += 1
        tally.lose_categories(document, revision.categories)
        spans, relations = tally.place(document, revision)
        infons = document.meta | ({"lang": document.lang} if document.lang else {})
        passage = {
            "offset": 0,
            "infons": {},
            "text": document.text,
            "sentences": [],
            "annotations": [_mention(n, it, document, names) for n, it in enumerate(spans)],
            "relations": [],
        }
        numbers = {span.key: f"T{number}" for number, span in enumerate(spans)}
        yield (
            {
                "id": document.id,
                "infons": infons,
                "passages": [passage],
                "annotations": [],
                "relations": [_arrow(n, it, numbers, names) for n, it in enumerate(relations)],
            },
            document,
        )


def _mention(number: int, span: Span, document: Document, names: LabelNames) -> dict[str, Any]:
    return {
        "id": f"T{number}",
        "infons": {"type": names.name(span.label)},
        "text": document.text[span.start : span.end],
        "locations": [{"offset": span.start, "length": span.end - span.start}],
    }


def _arrow(
    number: int, relation: Relation, numbers: dict[SpanKey, str], names: LabelNames
) -> dict[str, Any]:
    nodes = [
        {"refid": numbers[key], "role": role}
        for key, role in ((relation.head, "head"), (relation.tail, "tail"))
    ]
    return {"id": f"R{number}", "infons": {"type": names.name(relation.label)}, "nodes": nodes}


def _to_xml(tag: str, value: dict[str, Any]) -> str:
    """An element of BioC, in the order of its document type."""
    attributes = {"id": value["id"]} if tag in ("annotation", "relation") else {}
    parts = [element_xml("id", value["id"])] if tag == "document" else []
    parts += [element_xml("infon", text, key=key) for key, text in value["infons"].items()]
    if "offset" in value:
        parts.append(element_xml("offset", str(value["offset"])))
    if tag == "passage":
        parts.append(element_xml("text", value["text"]))
    for name in ("passage", "annotation", "relation"):
        parts += [_to_xml(name, it) for it in value.get(f"{name}s", ())]
    for name in ("location", "node"):
        rows = value.get(f"{name}s", ())
        parts += [element_xml(name, "", **{k: str(v) for k, v in it.items()}) for it in rows]
    if tag == "annotation":
        parts.append(element_xml("text", value["text"]))
    return element_xml(tag, parts, **attributes)
