"""Format ``spacy``: a DocBin, as ``spacy train`` and ``spacy debug data`` read it.

Each Doc holds its entities, its sentences, its categories (1.0 or 0.0 for every category of the
schema) and, in ``user_data``, the document's id under ``"id"``. Relations have no place in it.

A DocBin is one block of memory, about 40 bytes a token before it is packed; documents are
tokenised one by one as they are added. Reference: https://spacy.io/api/docbin
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curate import jsonl
from curate.export.common import Exported, Pair, Tally
from curate.export.tokens import Tokenised, tokenise
from curate.schema import Schema


def write(pairs: Iterable[Pair], target: Path, schema: Schema) -> Exported:
    """Write the file; see ``curate.export.write``."""
    from spacy.tokens import DocBin

    tally = Tally()
    packed = DocBin(attrs=["ENT_IOB", "ENT_TYPE", "SENT_START"], store_user_data=True)
    for item in tokenise(pairs, schema, tally):
        annotate(item, schema)
        tally.lose_kind(item.document, "relations", len(item.revision.relations))
        packed.add(item.doc)
    jsonl.write(target, packed.to_bytes())
    return tally.exported(target, "spacy")


def annotate(item: Tokenised, schema: Schema) -> None:
    """Put entities, categories and the document's id into the Doc."""
    from spacy.tokens import Span

    doc = item.doc
    doc.set_ents([Span(doc, *chunk) for chunk in item.chunks])
    doc.user_data["id"] = item.document.id
    chosen = {category.label for category in item.revision.categories}
    known = (category.name for category in schema.categories)
    doc.cats = {name: float(name in chosen) for name in sorted({*known, *chosen})}
