"""XML that comes from outside: characters that it cannot hold, and entities that are not resolved.

No reader loads a document type, an external entity or anything from the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from html.entities import html5
from xml.etree.ElementTree import Element, XMLParser, iterparse
from xml.parsers import expat
from xml.sax.saxutils import escape

from curate.formats.source_file import SourceFile

WITHOUT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)."""
_ESCAPES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
REPLACEMENT = "\ufffd"


def replace_without_xml(text: str) -> str:
    """A text of the same length without characters that XML cannot hold."""
    return WITHOUT_XML.sub(REPLACEMENT, text)


def document_type(data: bytes) -> str:
    """The name in the document type declaration of an XML file; empty if it has none."""
    names: list[str] = []
    parser = expat.ParserCreate()

    def stop(*_: object) -> None:
        raise StopIteration

    parser.StartDoctypeDeclHandler = lambda name, *_: names.append(name)
    parser.StartElementHandler = stop
    with suppress(StopIteration, expat.ExpatError):  # its reader reports what is wrong with it
        parser.Parse(data, True)
    return next(iter(names), "")


def element_xml(tag: str, content: str | list[str], **attributes: str) -> str:
    """An element as text; a list as its content consists of elements.

    Line ends of every kind are kept, which a parser would change if they were written as they are.
    """
    inner = _escape(content) if isinstance(content, str) else "".join(content)
    names = "".join(f' {name}="{_escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{names}>{inner}</{tag}>"


def _escape(text: str) -> str:
    return escape(replace_without_xml(text), _ESCAPES)


def iterate_elements(
    source: SourceFile, tags: tuple[str, ...], encoding: str = ""
) -> Iterator[Element]:
    """The complete elements of some names, one after the other, in little memory.

    Entities that the file itself declares and the named characters of HTML are resolved; nothing
    outside the file is read.

    Raises:
        ParseError: it is not well-formed, or has an entity that is not known.
    """
    parser = XMLParser(encoding=encoding or None)
    parser.entity.update({name.rstrip(";"): char for name, char in html5.items()})
    root: Element | None = None
    with source.open() as file:
        for event, element in iterparse(file, ("start", "end"), parser):
            root = element if root is None else root
            if event == "end" and element.tag.rpartition("}")[2] in tags:
                yield element
                root.clear()
