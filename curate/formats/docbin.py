"""Format ``spacy``: a DocBin, as ``spacy train`` and ``spacy debug data`` read it.

Reading: entities and span groups are spans; ``cats`` from 0.5 on are categories. Tokens whose
entity annotation is missing (``ENT_IOB`` 0) are not annotated: a Doc that has nothing else is only
a text, and one that has categories says nothing about spans, unless ``user_data`` of curate's own
says that it was judged. Plain text in ``user_data`` is kept in the metadata of the document, where
it was stored.

Writing: each Doc holds its entities, its sentences, its categories (1.0 or 0.0 for every category
of the schema) and the document's id under ``"id"`` in ``user_data``. Relations have no place in it.
The tokens of a span that fits no tokens, and of a document that nobody judged for spans, are
missing.
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
from typing import TYPE_CHECKING

from curate.formats.atomic_files import replace_file, replace_folder
from curate.formats.content import Evidence
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    describe_error,
    refuse,
)
from curate.formats.source_file import SourceFile
from curate.formats.streams import check_unpacked
from curate.formats.tokens import ChunkedDocument, tokenise
from curate.formats.writing import (
    MISSING_TOKENS,
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
)
from curate.schema import Schema

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin

TOKENS = 1_000_000
"""Tokens after which a DocBin is full; the document that reaches this number is its last."""
_CATEGORY_THRESHOLD = 0.5
_START = 1000  # bytes in which a DocBin names its first parts
_JUDGED = "curate_judged"
"""Key in ``user_data`` of a Doc that somebody judged, which its tokens may not show."""
_ATTRIBUTES = ["ENT_IOB", "ENT_TYPE", "SENT_START"]


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield a document for each Doc; Docs are numbered from 1. A damaged one is refused."""
    import spacy
    from spacy.tokens import DocBin

    nlp = spacy.blank("xx")  # only its strings are needed; words and spaces are in the file
    data = source.data()
    check_unpacked(data, source.unpack_limit)
    try:
        docbin = DocBin().from_bytes(data)
    except Exception as error:  # anything, since the file is unpacked without any check
        yield refuse("unreadable", f"not a DocBin: {describe_error(error)}", str(source))
        return
    for string in docbin.strings:
        nlp.vocab.strings.add(string)
    for number in range(len(docbin)):
        where = source.location(number + 1)
        try:
            (doc,) = _single(docbin, number).get_docs(nlp.vocab)
            builder = AnnotationBuilder(doc.text, where, options, None)
            builder.add_tokens((token.idx, token.idx + len(token)) for token in doc)
            _annotate(builder, doc)
            meta = {str(k): v for k, v in doc.user_data.items() if isinstance(v, str) and v}
        except Exception as error:
            yield refuse("unreadable", f"Doc {number + 1}: {describe_error(error)}", where)
        else:
            yield from builder.finish(meta)


def sniff(source: SourceFile) -> Evidence:
    """Whether it unpacks to the beginning of a DocBin."""
    try:
        start = zlib.decompressobj().decompress(source.head, _START)
    except zlib.error:
        return Evidence.ENDING
    return Evidence.SHAPE if b"attrs" in start or b"tokens" in start else Evidence.ENDING


def _single(docbin: DocBin, number: int) -> DocBin:
    """A DocBin with one of the Docs, so that a damaged one does not end the iteration.

    It has only the columns that are read: spaCy does not check the others, such as heads.
    """
    from spacy.attrs import ENT_IOB, ENT_TYPE, ORTH
    from spacy.tokens import DocBin

    columns = [it for it, name in enumerate(docbin.attrs) if name in (ORTH, ENT_IOB, ENT_TYPE)]
    single = DocBin(store_user_data=True)
    single.attrs = [docbin.attrs[column] for column in columns]
    for name in ("spaces", "cats", "flags", "span_groups", "user_data"):
        setattr(single, name, getattr(docbin, name)[number : number + 1])
    single.tokens = [docbin.tokens[number][:, columns]]
    return single


def _annotate(builder: AnnotationBuilder, doc: Doc) -> None:
    groups = [*doc.spans.values()]
    missing = [token for token in doc if not token.ent_iob]
    is_tagged = len(missing) < len(doc)
    if is_tagged or groups or doc.cats or doc.user_data.get(_JUDGED) is True:
        builder.add_layer()
        if missing and is_tagged:
            message = f"{len(missing):,} of {len(doc):,} tokens have no entity annotation"
            builder.report("not-annotated", f"{message}, first {missing[0].text!r}")
    if not (is_tagged or groups or doc.user_data.get(_JUDGED)):
        builder.mark_categories_only()
    seen: set[tuple[int, int, str]] = set()
    for span in (*doc.ents, *(span for group in groups for span in group)):
        key = (span.start_char, span.end_char, span.label_)
        if key not in seen:  # an entity may be in a group as well
            seen.add(key)
            builder.add_span(*key)
    for name, score in doc.cats.items():
        if score >= _CATEGORY_THRESHOLD:
            builder.add_category(name)


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write a file, or a folder of several DocBins; see ``curate.formats.export.write``."""
    tally = job.tally()
    parts = _parts(documents, job.schema, tally)
    first, second = next(parts), next(parts, None)
    if second is None:
        with replace_file(target) as file:
            file.write(first)
    else:
        with replace_folder(target) as folder:
            for number, part in enumerate(chain([first, second], parts)):
                folder.write(f"{number:05}.spacy", part)
    return tally.exported(target, "spacy")


def _parts(
    documents: Iterable[GoldDocument], schema: Schema, tally: ExportTally
) -> Iterator[bytes]:
    """The documents as DocBins, at least one."""
    from spacy.tokens import DocBin

    docbin, tokens, is_first = DocBin(attrs=_ATTRIBUTES, store_user_data=True), 0, True
    for item in tokenise(documents, schema, tally, with_unjudged=True):
        if missing := annotate(item, schema):
            tally.noted[MISSING_TOKENS] += missing
        tally.lose_relations(item.document, item.revision.relations)
        docbin.add(item.doc)
        tokens += len(item.doc)
        if tokens >= TOKENS:
            yield docbin.to_bytes()
            docbin, tokens, is_first = DocBin(attrs=_ATTRIBUTES, store_user_data=True), 0, False
    if len(docbin) or is_first:
        yield docbin.to_bytes()


def annotate(item: ChunkedDocument, schema: Schema) -> int:
    """Set the entities, the categories and the document's id in the Doc.

    Tokens that are ``missing`` have ``ENT_IOB`` 0, which spaCy ignores when it trains and scores.

    Returns:
        The number of missing tokens; 0 of a document that nobody judged for spans.
    """
    from spacy.tokens import Span

    doc = item.doc
    doc.user_data["id"] = item.document.id
    if not item.revision.is_judged:
        doc.set_ents([], default="missing")
        return 0
    if item.revision.categories_only:
        doc.set_ents([], default="missing")
    else:
        doc.user_data[_JUDGED] = True
        entities = [Span(doc, *chunk) for chunk in item.chunks]
        doc.set_ents(entities, missing=[doc[token : token + 1] for token in item.missing])
    chosen = {category.label for category in item.revision.categories}
    names = {category.name for category in schema.categories} | chosen
    doc.cats = {name: float(name in chosen) for name in sorted(names)}
    return 0 if item.revision.categories_only else len(item.missing)
