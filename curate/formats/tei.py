"""Format ``tei``: names in documents of the Text Encoding Initiative. It is only read.

Each ``TEI`` element is a document. ``persName``, ``placeName``, ``orgName``, ``geogName``, ``date``
and ``time`` in its text are spans with the name of the element as label; ``name`` and ``rs`` with a
type of person, place or organisation count as these. Spans may nest. A document without any of
them is read as a text that nobody annotated.

The text is that of ``text``, with white space collapsed: a paragraph, heading, verse, item or cell
is a line, and a line break of the page (``lb``) a blank, or nothing with ``break="no"``. Of several
readings that of the source is taken (``sic``, ``orig``, ``abbr``, ``lem``). Notes, running heads,
descriptions of figures and deletions interrupt the text and are left out; names in them are counted
as lost, and so are attributes such as ``ref`` and ``when``, parts of names such as ``surname``, and
names without text.

Entities that the file declares and the named characters of HTML are resolved. Nothing outside the
file is read.

Reference: https://tei-c.org/release/doc/tei-p5-doc/en/html/ND.html
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from curate.formats.content import Evidence
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, contained, refuse
from curate.formats.source_file import SourceFile
from curate.formats.xml_text import iterate_elements

_NAMES = {"persName", "placeName", "orgName", "geogName", "date", "time"}
_GENERIC = ("name", "rs")
_TYPES = {
    "person": "persName",
    "pers": "persName",
    "place": "placeName",
    "org": "orgName",
    "organisation": "orgName",
    "organization": "orgName",
}
_PARTS = {"forename", "surname", "roleName", "addName", "genName", "nameLink"}
_PARTS |= {"settlement", "region", "country", "district", "bloc"}
_ATTRIBUTES = ("ref", "key", "when", "from", "to", "notBefore", "notAfter", "cert")
_BLOCKS = {
    "p",
    "ab",
    "head",
    "l",
    "lg",
    "item",
    "cell",
    "row",
    "div",
    "list",
    "table",
    "u",
}
_BLOCKS |= {"opener", "closer", "salute", "signed", "dateline", "byline", "trailer", "sp"}
_BLOCKS |= {"argument", "epigraph", "speaker", "stage", "titlePart", "docTitle", "docAuthor"}
_BLOCKS |= {"front", "body", "back", "group", "titlePage", "div1", "div2", "div3", "div4", "text"}
_LEFT_OUT = {"note", "fw", "figDesc", "del", "teiHeader", "standOff", "facsimile", "sourceDoc"}
_BREAKS = {"lb", "pb", "cb", "gb", "milestone"}
_ALTERNATIVES = {"choice": ("sic", "orig", "abbr"), "app": ("lem",)}
_ROOT = re.compile(r"<(?:\w+:)?(?:TEI|teiCorpus)(?:\.2)?[\s>]")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def sniff(source: SourceFile) -> Evidence:
    """Whether the root element is TEI or a corpus of such."""
    return Evidence.SIGNATURE if _ROOT.search(source.head_text) else Evidence.NONE


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield each document; what is not well-formed ends the file."""
    number = 0
    try:
        elements = iterate_elements(source, ("TEI", "TEI.2"), options.encoding)
        for number, element in enumerate(elements, 1):
            where = source.location(number)
            yield from contained(_document(element, where, options), where)
    except ParseError as error:
        yield refuse("malformed", f"not well-formed XML: {error}", str(source))
        return
    if not number:
        yield refuse("malformed", "there is no TEI element in it", str(source))


def _document(element: Element, where: str, options: ReadOptions) -> Iterator[ReadItem]:
    body = next((child for child in element if _tag(child) == "text"), None)
    text = _TextReader()
    if body is not None:
        text.read(body)
    builder = AnnotationBuilder(text.text, where, options, unit=None)
    if text.spans:
        builder.add_layer()
    for start, end, label in text.spans:
        builder.add_span(start, end, label)
    for what, count in sorted(text.lost.items()):
        builder.report("unsupported", f"{count} {what} are not read")
    language = _language(element, body)
    yield from builder.finish(_metadata(element), language)


def _tag(element: Element) -> str:
    """The name of an element without its namespace; empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _label(element: Element) -> str:
    """The label of a name; empty if the element is none."""
    tag = _tag(element)
    if tag in _GENERIC:
        return _TYPES.get(element.get("type", "").lower(), "")
    return tag if tag in _NAMES else ""


class _TextReader:
    """Collects the text of an element and the names in it.

    Attributes:
        spans: start, end and label of the names.
        lost: how many names, parts and attributes are not read.
    """

    def __init__(self) -> None:
        self.spans: list[tuple[int, int, str]] = []
        self.lost: Counter[str] = Counter()
        self._parts: list[str] = []
        self._length = 0
        self._words: list[int] = []  # offsets of words, or of pieces of them
        self._gap = ""  # what is written before the next word: nothing, a blank or a line break

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def read(self, element: Element) -> None:
        """Add an element; its tail belongs to its parent."""
        tag = _tag(element)
        label = _label(element)
        if tag in _LEFT_OUT or not tag:
            self._count_names(element)
            return
        if tag in _BREAKS:
            self._gap = self._gap or ("" if element.get("break") == "no" else " ")
            return
        if tag in _PARTS or (tag in _GENERIC and not label):
            self.lost[f"elements {tag}"] += 1
        if tag in _BLOCKS:
            self._gap = "\n"
        opening = self._length
        if tag in _ALTERNATIVES:
            for child in _chosen(element, _ALTERNATIVES[tag]):
                self.read(child)
            return
        self._write(element.text)
        for child in element:
            self.read(child)
            self._write(child.tail)
        if label:
            self._close(element, label, opening)
        if tag in _BLOCKS:
            self._gap = "\n"

    def _close(self, element: Element, label: str, opening: int) -> None:
        """Add the span of a name, from its first word to its last."""
        place = bisect_left(self._words, opening)
        if place < len(self._words):
            self.spans.append((self._words[place], self._length, label))
        else:
            self.lost[f"elements {label} without text"] += 1
        for name in _ATTRIBUTES:
            self.lost[f"attributes {name}"] += name in element.attrib
        self.lost += Counter()  # without zeros

    def _write(self, text: str | None) -> None:
        for piece in re.findall(r"[ \t\r\n]+|[^ \t\r\n]+", text or ""):
            if piece[0] in " \t\r\n":
                self._gap = self._gap or " "
                continue
            gap = self._gap if self._length else ""
            self._words.append(self._length + len(gap))
            self._parts += (gap, piece)
            self._length += len(gap) + len(piece)
            self._gap = ""

    def _count_names(self, element: Element) -> None:
        names = sum(bool(_label(it)) for it in element.iter())
        if names:
            self.lost[f"names in {_tag(element) or 'comments'}"] += names


def _chosen(element: Element, wanted: tuple[str, ...]) -> list[Element]:
    """The reading of the source among several, else the first."""
    chosen = [child for child in element if _tag(child) in wanted]
    return chosen[:1] or list(element)[:1]


def _language(element: Element, body: Element | None) -> str:
    """The language of the text, such as ``fr``; empty if it is not said."""
    places = (body, element) if body is not None else (element,)
    codes = [it.get(_XML_LANG, "") for it in places]
    codes += [it.get("ident", "") for it in element.iter() if _tag(it) == "language"][:1]
    return next((code.partition("-")[0].lower() for code in codes if code), "")


def _metadata(element: Element) -> dict[str, str]:
    """Title and author of the header."""
    header = next((child for child in element if _tag(child) == "teiHeader"), None)
    statement = header.iter() if header is not None else iter(())
    fields: dict[str, str] = {}
    for group in statement:
        if _tag(group) != "titleStmt":
            continue
        for child in group:
            value = " ".join("".join(child.itertext()).split())
            if _tag(child) in ("title", "author") and value:
                fields.setdefault(_tag(child), value)
    return fields
