"""Format ``feed``: RSS and Atom, a document an entry, by feedparser.

The text is the entry's full content where the feed has it, else its summary; markup goes, and
paragraphs and line breaks become lines. References: https://www.rssboard.org/rss-specification,
RFC 4287 (https://www.rfc-editor.org/rfc/rfc4287).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile

_BLANKS = re.compile(r"[ \t\r\n\f]+")  # what HTML draws as one blank; no-break spaces are kept
_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "blockquote", "pre", "tr", "table"}
_BLOCKS |= {f"h{level}" for level in range(1, 7)}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The entries of the feed; entries count from 1. A feed that is damaged gives what it can."""
    import feedparser

    feed = feedparser.parse(source.data())
    if feed.bozo and not feed.entries:
        yield refuse("malformed", f"not a feed ({feed.bozo_exception})", str(source))
        return
    for number, entry in enumerate(feed.entries, 1):
        where = source.at(number)
        text = _text(_content(entry))
        if not text:
            yield refuse("no-text", f"entry {number} has no text", where, str(entry.get("title")))
            continue
        yield from emit(
            AnnotationBuilder(text, where, options), _meta(entry, feed.feed), _lang(feed.feed)
        )
    if feed.bozo:
        told = f"the feed is damaged ({feed.bozo_exception}); entries may be lacking"
        yield refuse("malformed", told, str(source))


def _content(entry: Any) -> str:
    """The longest of what an entry gives as its content."""
    given = [str(part.get("value", "")) for part in entry.get("content", [])]
    return max([*given, str(entry.get("summary", ""))], key=len)


def _text(markup: str) -> str:
    """The words of a piece of HTML, each block in lines of its own."""
    from lxml import html

    if not markup.strip():
        return ""
    root = html.fragment_fromstring(markup, create_parent=True)
    for node in root.iter():
        node.text, node.tail = (_BLANKS.sub(" ", part or "") for part in (node.text, node.tail))
        if node.tag in _BLOCKS:
            node.text, node.tail = f"\n{node.text}", f"\n{node.tail}"
    lines = (line.strip(" ") for line in str(root.text_content()).split("\n"))
    return "\n".join(re.sub(" +", " ", line) for line in lines if line)


def _meta(entry: Any, feed: Any) -> dict[str, str]:
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    found = {
        "title": entry.get("title"),
        "url": entry.get("link"),
        "author": entry.get("author"),
        "published": time.strftime("%Y-%m-%dT%H:%M:%SZ", when) if when else "",
        "source": feed.get("title"),
        "entry": entry.get("id"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _lang(feed: Any) -> str:
    """The language as ISO 639-1, without a country."""
    return str(feed.get("language") or "").split("-")[0].lower()


def sniff(source: SourceFile) -> bool:
    """Whether an ``.xml`` has the root element of RSS, RDF or Atom; the other endings say it."""
    return source.ending != ".xml" or any(
        sign in source.head for sign in (b"<rss", b"<feed", b"<rdf:RDF")
    )
