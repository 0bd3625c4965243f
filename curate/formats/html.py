"""Format ``html``: the article on a web page, extracted by trafilatura.

Title, author, date and site name come from the page's own metadata, if it has any.

Reference: Barbaresi 2021, "Trafilatura" (https://aclanthology.org/2021.acl-demo.15).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from curate.formats.content import Evidence
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile

_BLOCKS = ("p", "li", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6")
_SIGNS = "⸻⁂※☙"
# Metadata of trafilatura, and its name in a document.
_METADATA = {
    "title": "title",
    "author": "author",
    "date": "published",
    "sitename": "source",
    "url": "url",
    "description": "description",
}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the article of the page, one paragraph per line; its title is metadata, not text."""
    from trafilatura import bare_extraction, load_html

    page = load_html(source.data())
    article: dict[str, Any] = {}
    marker = ""
    if page is not None:
        marker = _mark_repeated(page)
        extracted = bare_extraction(
            page,
            with_metadata=True,
            include_comments=False,
            include_tables=False,
            config=_settings(),
        )
        article = {} if extracted is None else extracted.as_dict()
    title, text = str(article.get("title") or ""), str(article.get("text") or "")
    text = text.replace(marker, "") if marker else text
    if title:
        text = text.removeprefix(f"{title}\n")
    if not text.strip():
        yield refuse("no-text", "there is no article on the page", str(source))
        return
    meta = {name: str(article[field]) for field, name in _METADATA.items() if article.get(field)}
    builder = AnnotationBuilder(text, str(source), options)
    yield from builder.finish(meta, str(article.get("language") or ""))


def _mark_repeated(page: Any) -> str:
    """End each paragraph that repeats the one before with a sign, and return the sign.

    Trafilatura takes the second of two equal paragraphs for an error of its own and drops it. The
    sign is one that the page does not have; empty if it has them all.
    """
    marker = next((sign for sign in _SIGNS if sign not in page.text_content()), "")
    previous = ""
    for block in page.iter(*_BLOCKS):
        if not marker or next(block.iterdescendants(*_BLOCKS), None) is not None:
            continue
        text = " ".join(block.text_content().split())
        if not text or text != previous:
            previous = text or previous
            continue
        if len(block):
            block[-1].tail = f"{block[-1].tail or ''}{marker}"
        else:
            block.text = f"{block.text}{marker}"
        previous = ""  # so that a third one, which has no sign, differs from this one
    return marker


def sniff(source: SourceFile) -> Evidence:
    """Whether the content begins as a web page; the endings .html and .htm belong to pages."""
    head = source.head_text.lstrip("\ufeff \t\r\n")[:200].lower()
    is_page = head.startswith(("<!doctype html", "<html")) or "<html" in head
    return Evidence.SHAPE if is_page and "<rss" not in head else Evidence.ENDING


@cache
def _settings() -> Any:
    """The default settings, except that no article is too short.

    If it finds an article too short, trafilatura extracts it again by other means, which lose the
    paragraphs.
    """
    from trafilatura.settings import DEFAULT_CONFIG

    settings = deepcopy(DEFAULT_CONFIG)
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "1"
    return settings
