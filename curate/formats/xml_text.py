"""XML that comes from outside: characters that it cannot hold, and entities that are not resolved.

No reader loads a document type, an external entity or anything from the network.
"""

from __future__ import annotations

import re
from contextlib import suppress
from xml.parsers import expat

WITHOUT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)."""
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
