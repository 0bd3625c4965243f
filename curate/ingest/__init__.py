"""Files to documents: readers, and the normalisation contract they all go through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import FORMATS
from curate.formats.sources import files, read_annotated
from curate.formats.to_document import NormalisedDocument, document_from_text, to_document
from curate.model import Document, Problem
from curate.text.normalise import normalise

__all__ = [
    "FORMATS",
    "ReadDocument",
    "ReadOptions",
    "NormalisedDocument",
    "files",
    "document_from_text",
    "normalise",
    "read",
    "read_annotated",
    "to_document",
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
    for item in read_annotated(path, options=ReadOptions(lang=lang)):
        taken = to_document(item) if isinstance(item, ReadDocument) else item
        if isinstance(taken, Problem):
            yield taken
            continue
        document = taken.item.document
        yield msgspec.structs.replace(document, meta={**document.meta, "file": name or path.name})
        yield from taken.problems
