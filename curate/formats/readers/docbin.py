"""Format ``spacy``: a DocBin. Entities and span groups are spans, ``cats`` from 0.5 categories.

``user_data`` of the documents, where it was stored, is kept in their meta if it is plain text.
A DocBin is one block of memory. Reference: https://spacy.io/api/docbin
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from curate.formats.readers.common import Format, Item, Marks, Options, emit, plain, refuse
from curate.formats.readers.source import Source

_LIKELY = 0.5


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each Doc as a document; Docs count from 1."""
    import spacy
    from spacy.tokens import DocBin

    nlp = spacy.blank("xx")  # only the strings count; the words and blanks are in the file
    try:
        packed = DocBin().from_bytes(source.data())
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        yield refuse("unreadable", f"not a DocBin ({error})", str(source))
        return
    for number, doc in enumerate(packed.get_docs(nlp.vocab), 1):
        marks = Marks(doc.text, source.at(number), options)
        _annotate(marks, doc)
        meta = {str(k): plain(v) for k, v in doc.user_data.items() if isinstance(v, str) and v}
        yield from emit(marks, meta)


def _annotate(marks: Marks, doc: Any) -> None:
    groups = [*doc.spans.values()]
    if doc.has_annotation("ENT_IOB") or groups or doc.cats:
        marks.layer()
    seen: set[tuple[int, int, str]] = set()
    for span in (*doc.ents, *(span for group in groups for span in group)):
        key = (span.start_char, span.end_char, span.label_)
        if key not in seen:  # an entity may stand in a group as well
            seen.add(key)
            marks.span(*key)
    for name, score in doc.cats.items():
        if score >= _LIKELY:
            marks.category(name)


FORMAT = Format("spacy", "spaCy's DocBin", read, (".spacy",))
