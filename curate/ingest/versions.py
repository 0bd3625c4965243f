"""Versions of an article: a revised text names the previous one and inherits its annotations.

Two documents are versions of one article if they have the same ``url`` in their meta, or the same
``id`` from the same ``source``. The new one names the old one in ``meta["supersedes"]``. The
annotations of the old text that still apply (``curate.annotations.rebase``) are stored as the
layers ``rebased:gold`` and ``rebased:<annotator>``. They are proposals only, since nobody has read
the new text yet.
"""

from __future__ import annotations

import msgspec

from curate.annotations.rebase import rebase, text_changes
from curate.layers import ANNOTATOR, GOLD, PROPOSAL, REBASED, is_rebased, rebased_layer
from curate.model import Annotation, Document, Problem, Relation, Span
from curate.store.transaction import Transaction

ArticleKey = tuple[str, ...]


class VersionIndex:
    """The newest version of each article of a store.

    Args:
        tx: the store, all documents of which are read.
    """

    def __init__(self, tx: Transaction) -> None:
        versions: dict[ArticleKey, list[tuple[str, str]]] = {}
        superseded: set[str] = set()
        for document in tx.documents():
            superseded.add(document.meta.get("supersedes", ""))
            for key in article_keys(document):
                ingested = document.meta.get("ingested", "")
                versions.setdefault(key, []).append((ingested, document.id))
        self._newest = {
            key: max(version for version in same if version[1] not in superseded)[1]
            for key, same in versions.items()
            if not superseded.issuperset(document for _, document in same)
        }

    def link(self, document: Document) -> Document:
        """Name the version that a document supersedes in its meta, if there is one.

        The document is the newest version from here on; it must be new to the store.
        """
        keys = article_keys(document)
        previous = next((self._newest[key] for key in keys if key in self._newest), "")
        for key in keys:
            self._newest[key] = document.id
        if not previous or previous == document.id:
            return document
        return msgspec.structs.replace(document, meta={**document.meta, "supersedes": previous})


def article_keys(document: Document) -> tuple[ArticleKey, ...]:
    """What identifies the article of a document; two versions have a key in common."""
    meta = document.meta
    keys: list[ArticleKey] = []
    if meta.get("url"):
        keys.append(("url", meta["url"]))
    if meta.get("source") and meta.get("id"):
        keys.append(("id", meta["source"], meta["id"]))
    return tuple(keys)


def carry_over(tx: Transaction, document: Document) -> tuple[Problem, ...]:
    """Store the annotations of the superseded version as ``rebased:`` layers of a new document.

    Call it after the document was added, in the same transaction.

    Returns:
        The annotations that do not apply to the new text, and a note for each layer.
    """
    previous = document.meta.get("supersedes")
    old = tx.document(previous) if previous else None
    if old is None:
        return ()
    layers = tx.annotations(old.id, ANNOTATOR, REBASED)
    head = tx.head(old.id)
    if head is not None and not head.deleted:
        layers.insert(0, head.annotation)
    if not layers:
        return ()
    changes = text_changes(old.text, document.text)
    problems: list[Problem] = []
    for layer in layers:
        moved, lost = rebase(layer, old.text, document.text, changes)
        name = rebased_layer(layer.layer)
        if tx.annotation(document.id, name) is None:
            tx.put_annotation(msgspec.structs.replace(moved, layer=name))
            note = Problem(
                code="ingest.superseded",
                message=f"supersedes {old.id}; {len(moved.spans)} of {len(layer.spans)} spans "
                f"still apply, on the layer {name}",
                severity="info",
                document=document.id,
            )
            problems += [note, *lost]
    return tuple(problems)


def with_earlier_annotations(tx: Transaction, layer: Annotation) -> Annotation:
    """A proposal with the annotations of the previous version; other layers as they are.

    The gold of that version counts, or the layer of its only annotator.
    """
    if layer.layer != PROPOSAL:
        return layer
    names = [name for name in tx.layers(layer.document) if is_rebased(name)]
    name = names[0] if len(names) == 1 else rebased_layer(GOLD)
    rebased = tx.annotation(layer.document, name) if name in names else None
    return merge_rebased(layer, rebased) if rebased else layer


def merge_rebased(proposal: Annotation, rebased: Annotation) -> Annotation:
    """A proposal in which people's earlier spans replace the ones they overlap.

    Args:
        proposal: the layer ``proposal`` of a document.
        rebased: one of its ``rebased:`` layers.
    """
    free = [s for s in proposal.spans if not any(s.overlaps(r) for r in rebased.spans)]
    return msgspec.structs.replace(
        proposal,
        spans=(*rebased.spans, *free),
        relations=(*rebased.relations, *_relations_between(proposal, free)),
        categories=(*rebased.categories, *proposal.categories),
    ).sorted()


def _relations_between(annotation: Annotation, spans: list[Span]) -> list[Relation]:
    keys = {span.key for span in spans}
    return [it for it in annotation.relations if it.head in keys and it.tail in keys]
