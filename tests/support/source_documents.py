"""The documents of a source file, normalised, as ``curate ingest`` would take them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated
from curate.formats.to_document import to_document
from curate.model import Document, Problem


def read_normalised(path: Path, lang: str) -> Iterator[Document | Problem]:
    """Yield the documents of a file, with its name in their metadata, and the problems."""
    for item in read_annotated(path, options=ReadOptions(lang=lang)):
        normalised = to_document(item) if isinstance(item, ReadDocument) else item
        if isinstance(normalised, Problem):
            yield normalised
            continue
        document = normalised.item.document
        yield msgspec.structs.replace(document, meta={**document.meta, "file": path.name})
        yield from normalised.problems
