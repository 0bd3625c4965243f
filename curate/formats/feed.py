"""Format ``feed``: RSS and Atom, one document per entry, parsed by feedparser.

The text is the longest of the contents and the summary of an entry. Markup is removed, and
paragraphs and line breaks become lines. Dates are parsed by ``publication_date``, since feedparser
takes a zone that it does not know, such as CEST, for UTC, and completes some texts by the month of
today; what is not understood is kept as it is in ``published_text``, and reported.

References: https://www.rssboard.org/rss-specification, RFC 4287
(https://www.rfc-editor.org/rfc/rfc4287).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from curate.formats.content import Evidence
from curate.formats.publication_date import parse_date
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile

_BLANKS = re.compile(r"[ \t\r\n\f]+")  # HTML displays them as one blank; no-break spaces are kept
_SHOWN = 60  # characters of a date in a message
_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "blockquote", "pre", "tr", "table"}
_BLOCKS |= {f"h{level}" for level in range(1, 7)}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each entry, numbered from 1, also those of a damaged feed."""
    import feedparser

    feed = feedparser.parse(source.data())
    if feed.bozo and not feed.entries:
        yield refuse("malformed", f"not a feed ({feed.bozo_exception})", str(source))
        return
    lang = str(feed.feed.get("language") or "").split("-")[0].lower()  # without the country
    for number, entry in enumerate(feed.entries, 1):
        where = source.location(number)
        contents = [str(part.get("value", "")) for part in entry.get("content", [])]
        text = _plain_text(max([*contents, str(entry.get("summary", ""))], key=len))
        if not text:
            yield refuse("no-text", f"entry {number} has no text", where, str(entry.get("title")))
            continue
        builder = AnnotationBuilder(text, where, options)
        meta = _metadata(entry, feed.feed) | _published(entry, lang or options.lang, builder)
        yield from builder.finish(meta, lang)
    if feed.bozo:
        message = f"the feed is damaged ({feed.bozo_exception}); entries may be missing"
        yield refuse("malformed", message, str(source))


def _plain_text(markup: str) -> str:
    """The text of a piece of HTML, with each block on lines of its own."""
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


def _metadata(entry: Any, feed: Any) -> dict[str, str]:
    fields = {
        "title": entry.get("title"),
        "url": entry.get("link"),
        "author": entry.get("author"),
        "source": feed.get("title"),
        "entry": entry.get("id"),
    }
    return {name: str(value) for name, value in fields.items() if value}


def _published(entry: Any, lang: str, builder: AnnotationBuilder) -> dict[str, str]:
    """The date of an entry, and its text in the feed where that says more."""
    name = "published" if entry.get("published") else "updated"
    text = str(entry.get(name) or "").strip()
    if not text:
        return {}
    value, defect = parse_date(text, lang)
    if not defect:
        return {"published": value}
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    builder.report("date", f"{defect}: {shown!r} is kept as published_text")
    return {"published": value, "published_text": text} if value else {"published_text": text}


def sniff(source: SourceFile) -> Evidence:
    """Whether a file begins as RSS, RDF or Atom; the endings .rss and .atom belong to feeds."""
    if any(tag in source.head_text for tag in ("<rss", "<feed", "<rdf:RDF")):
        return Evidence.SHAPE
    return Evidence.NONE if source.ending == ".xml" else Evidence.ENDING
