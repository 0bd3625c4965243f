"""A revised article in the place of the one before it: ``supersedes``, and what was said about it.

Two documents are versions of one article if they have the same ``url`` in their meta, or the same
``id`` from the same ``source``. The new one names the old one in ``meta["supersedes"]``. What
people said about the old text, and what of it holds on the new one (``curate.annotations.rebase``),
is kept on layers ``rebased:gold`` and ``rebased:<annotator>``: a proposal that nobody confirmed
yet, since nobody has read the new text.
"""

from __future__ import annotations

import msgspec

from curate.annotations.rebase import compare, rebase
from curate.model import Annotation, Document, Problem, Relation, Span
from curate.store.transaction import Transaction

GOLD = "gold"
PROPOSAL = "proposal"
REBASED = "rebased:"
_PEOPLE = "annotator:"

Address = tuple[str, ...]


class Versions:
    """The newest version of each article of a store, by what says that it is the same article.

    Args:
        tx: the store; it is gone through once.
    """

    def __init__(self, tx: Transaction) -> None:
        found: dict[Address, list[tuple[str, str]]] = {}
        superseded: set[str] = set()
        for document in tx.documents():
            superseded.add(document.meta.get("supersedes", ""))
            for address in addresses(document):
                age = document.meta.get("ingested", "")
                found.setdefault(address, []).append((age, document.id))
        self._newest = {
            address: max(version for version in versions if version[1] not in superseded)[1]
            for address, versions in found.items()
            if not superseded.issuperset(document for _, document in versions)
        }

    def link(self, document: Document) -> Document:
        """The document with the id of the version it supersedes in its meta, if there is one.

        It is the newest version from here on. Call it for documents that are new to the store.
        """
        places = addresses(document)
        old = next((self._newest[place] for place in places if place in self._newest), "")
        for place in places:
            self._newest[place] = document.id
        if not old or old == document.id:
            return document
        return msgspec.structs.replace(document, meta={**document.meta, "supersedes": old})


def addresses(document: Document) -> tuple[Address, ...]:
    """What says which article a document is a version of; two versions share one of them."""
    meta = document.meta
    found: list[Address] = []
    if meta.get("url"):
        found.append(("url", meta["url"]))
    if meta.get("source") and meta.get("id"):
        found.append(("id", meta["source"], meta["id"]))
    return tuple(found)


def carry(tx: Transaction, document: Document) -> tuple[Problem, ...]:
    """Put what people said about the superseded version onto layers of a new document.

    Call it after the document was added, in the same transaction.

    Returns:
        What does not hold on the new text, and a note of how much does.
    """
    earlier = document.meta.get("supersedes")
    old = tx.document(earlier) if earlier else None
    if old is None:
        return ()
    people = tx.annotations(old.id, _PEOPLE, REBASED)
    head = tx.head(old.id)
    if head is not None and not head.deleted:
        people.insert(0, head.annotation)
    if not people:
        return ()
    changes = compare(old.text, document.text)
    problems: list[Problem] = []
    for layer in people:
        moved, lost = rebase(layer, old.text, document.text, changes)
        name = REBASED + layer.layer.removeprefix(_PEOPLE).removeprefix(REBASED)
        if tx.annotation(document.id, name) is None:
            tx.put_annotation(msgspec.structs.replace(moved, layer=name))
            problems += [_note(document, old, name, len(moved.spans), len(layer.spans)), *lost]
    return tuple(problems)


def proposed(tx: Transaction, layer: Annotation) -> Annotation:
    """A layer as it is to be kept: ``proposal`` with what people said of the version before.

    That is the gold of that version, or what its only annotator said.
    """
    if layer.layer != PROPOSAL:
        return layer
    names = [name for name in tx.layers(layer.document) if name.startswith(REBASED)]
    name = names[0] if len(names) == 1 else REBASED + GOLD
    rebased = tx.annotation(layer.document, name) if name in names else None
    return prefer(layer, rebased) if rebased else layer


def prefer(proposal: Annotation, rebased: Annotation) -> Annotation:
    """A proposal with what people said before: of its own spans those that overlap none of theirs.

    Args:
        proposal: the layer ``proposal`` of a document.
        rebased: one of its ``rebased:`` layers.
    """
    free = [s for s in proposal.spans if not any(s.overlaps(r) for r in rebased.spans)]
    return msgspec.structs.replace(
        proposal,
        spans=(*rebased.spans, *free),
        relations=(*rebased.relations, *_within(proposal, free)),
        categories=(*rebased.categories, *proposal.categories),
    ).sorted()


def _within(proposal: Annotation, spans: list[Span]) -> list[Relation]:
    keys = {span.key for span in spans}
    return [it for it in proposal.relations if it.head in keys and it.tail in keys]


def _note(document: Document, old: Document, layer: str, held: int, total: int) -> Problem:
    return Problem(
        code="ingest.superseded",
        message=f"supersedes {old.id}; {held} of {total} spans hold, on the layer {layer}",
        severity="info",
        document=document.id,
    )
