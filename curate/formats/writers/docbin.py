"""Format ``spacy``: a DocBin, as ``spacy train`` and ``spacy debug data`` read it.

Each Doc holds its entities, its sentences, its categories (1.0 or 0.0 for every category of the
schema) and, in ``user_data``, the document's id under ``"id"``. Relations have no place in it.

A DocBin is one block of memory to those who write and read it, about 33 bytes a token before it is
packed. From a million tokens on the target is therefore a folder of several of them, which
``spacy train`` takes in the place of a file. Reference: https://spacy.io/api/docbin
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from curate.formats.writers.common import Exported, Job, Pair, Tally
from curate.formats.writers.files import folder, replacing
from curate.formats.writers.tokens import Tokenised, tokenise
from curate.schema import Schema

TOKENS = 1_000_000
"""Tokens of a DocBin; the document with which it has as many is its last."""


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the file, or the folder where there is much; see ``curate.formats.writers.write``."""
    tally = job.tally()
    parts = _parts(pairs, job.schema, tally)
    first, second = next(parts), next(parts, None)
    if second is None:
        with replacing(target) as file:
            file.write(first)
    else:
        with folder(target) as made:
            for number, part in enumerate(chain([first, second], parts)):
                made.write(f"{number:05}.spacy", part)
    return tally.exported(target, "spacy")


def _parts(pairs: Iterable[Pair], schema: Schema, tally: Tally) -> Iterator[bytes]:
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


def annotate(item: Tokenised, schema: Schema) -> None:
    """Put entities, categories and the document's id into the Doc."""
    from spacy.tokens import Span

    doc = item.doc
    doc.set_ents([Span(doc, *chunk) for chunk in item.chunks])
    doc.user_data["id"] = item.document.id
    chosen = {category.label for category in item.revision.categories}
    known = (category.name for category in schema.categories)
    doc.cats = {name: float(name in chosen) for name in sorted({*known, *chosen})}
