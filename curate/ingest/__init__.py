"""Files to documents: readers, and the normalisation contract they all go through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from curate.formats.readers import FORMATS, Found, Options, files, read_annotated
from curate.formats.to_document import Taken, make, take
from curate.model import Document, Problem
from curate.text.normalise import normalise

__all__ = [
    "FORMATS",
    "Found",
    "Options",
    "Taken",
    "files",
    "make",
    "normalise",
    "read",
    "read_annotated",
    "take",
]


def read(path: Path, lang: str, name: str | None = None) -> Iterator[Document | Problem]:
    """Documents of one source file; what is refused comes out as a Problem and the rest goes on.

    Args:
        path: the file; its ending and content say what it is.
        lang: language of documents that do not name theirs.
        name: how the file is called in the documents' metadata; the file's name by default.

    Raises:
        InputError: no reader knows this ending.
    """
    for item in read_annotated(path, options=Options(lang=lang)):
        taken = take(item) if isinstance(item, Found) else item
        if isinstance(taken, Problem):
            yield taken
            continue
        document = taken.item.document
        yield msgspec.structs.replace(document, meta={**document.meta, "file": name or path.name})
        yield from taken.problems
