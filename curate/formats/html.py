"""Format ``html``: a web page as the article on it, by trafilatura; what is around it goes.

Title, author, date and name of the site come from the page's own metadata where it has any.
Reference: Barbaresi 2021, "Trafilatura" (https://aclanthology.org/2021.acl-demo.15).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, emit, refuse
from curate.formats.source_file import SourceFile

_META = {
    "title": "title",
    "author": "author",
    "date": "published",
    "sitename": "source",
    "url": "url",
    "description": "description",
}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """The page as one document, a paragraph a line, the title in its meta and not in its text."""
    from trafilatura import bare_extraction

    found = bare_extraction(
        source.data(),
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        config=_settings(),
    )
    told = found if isinstance(found, dict) else found.as_dict() if found else {}
    title, text = str(told.get("title") or ""), str(told.get("text") or "")
    if title:
        text = text.removeprefix(f"{title}\n")
    if not text.strip():
        yield refuse("no-text", "there is no article on the page", str(source))
        return
    meta = {ours: str(told[theirs]) for theirs, ours in _META.items() if told.get(theirs)}
    yield from emit(
        AnnotationBuilder(text, str(source), options), meta, str(told.get("language") or "")
    )


@cache
def _settings() -> Any:
    """The library's settings, but that a short article is one too.

    What it finds to be too short it searches for again by other means, which lose the paragraphs.
    """
    from trafilatura.settings import DEFAULT_CONFIG

    settings = deepcopy(DEFAULT_CONFIG)
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "1"
    return settings
