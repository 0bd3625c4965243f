"""Format ``spacy``: a DocBin, as ``spacy train`` and ``spacy debug data`` read it.

Reading: entities and span groups are spans; ``cats`` from 0.5 on are categories. Plain text in
``user_data``, where it was stored, is kept in the metadata of the document.

Writing: each Doc holds its entities, its sentences, its categories (1.0 or 0.0 for every category
of the schema) and the document's id under ``"id"`` in ``user_data``. Relations have no place in it.
A DocBin is read and written as one block of memory, about 33 bytes per token before compression.
From a million tokens on the target is therefore a folder of several DocBins, which ``spacy train``
accepts in place of a file.

Reference: https://spacy.io/api/docbin
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from curate.formats.atomic_files import replace_file, replace_folder
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, as_text, emit, refuse
from curate.formats.source_file import SourceFile
from curate.formats.tokens import TokenisedDocument, tokenise
from curate.formats.writing import ExportedFile, ExportJob, ExportTally, GoldDocument
from curate.schema import Schema

_LIKELY = 0.5


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
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
        marks = AnnotationBuilder(doc.text, source.at(number), options)
        _annotate(marks, doc)
        meta = {str(k): as_text(v) for k, v in doc.user_data.items() if isinstance(v, str) and v}
        yield from emit(marks, meta)


def _annotate(marks: AnnotationBuilder, doc: Any) -> None:
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


TOKENS = 1_000_000
"""Tokens of a DocBin; the document with which it has as many is its last."""


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file, or the folder where there is much; see ``curate.formats.export.write``."""
    tally = job.tally()
    parts = _parts(pairs, job.schema, tally)
    first, second = next(parts), next(parts, None)
    if second is None:
        with replace_file(target) as file:
            file.write(first)
    else:
        with replace_folder(target) as made:
            for number, part in enumerate(chain([first, second], parts)):
                made.write(f"{number:05}.spacy", part)
    return tally.exported(target, "spacy")


def _parts(pairs: Iterable[GoldDocument], schema: Schema, tally: ExportTally) -> Iterator[bytes]:
    """The documents as DocBins, one at least."""
    from spacy.tokens import DocBin

    packed, tokens, empty = DocBin(attrs=_ATTRS, store_user_data=True), 0, True
    for item in tokenise(pairs, schema, tally):
        annotate(item, schema)
        tally.lose_relations(item.document, item.revision.relations)
        packed.add(item.doc)
        tokens += len(item.doc)
        if tokens >= TOKENS:
            yield packed.to_bytes()
            packed, tokens, empty = DocBin(attrs=_ATTRS, store_user_data=True), 0, False
    if len(packed) or empty:
        yield packed.to_bytes()


_ATTRS = ["ENT_IOB", "ENT_TYPE", "SENT_START"]


def annotate(item: TokenisedDocument, schema: Schema) -> None:
    """Put entities, categories and the document's id into the Doc."""
    from spacy.tokens import Span

    doc = item.doc
    doc.set_ents([Span(doc, *chunk) for chunk in item.chunks])
    doc.user_data["id"] = item.document.id
    chosen = {category.label for category in item.revision.categories}
    known = (category.name for category in schema.categories)
    doc.cats = {name: float(name in chosen) for name in sorted({*known, *chosen})}
