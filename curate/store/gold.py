"""The one place where gold comes into being: every change of it is a revision committed here.

Two things put revisions into a store that were made elsewhere, and do not commit: what is read from
``annotations/`` (``curate.store.reconcile``), and the merge of two branches of revisions
(``curate.store.fork``).
"""

from __future__ import annotations

from curate.errors import InputError
from curate.layers import GOLD
from curate.model import Annotation, Record, Revision
from curate.store.transaction import Transaction


class Provenance(Record, frozen=True, kw_only=True):
    """Who changes the gold, when, and under which schema.

    Args:
        author: ``annotator:<name>``, ``curator:<name>``, ``import:<file>``, …
        at: ISO 8601 in UTC.
        schema: ``<name>@<version>`` of the label schema.
    """

    author: str
    at: str
    schema: str


def commit(
    tx: Transaction,
    head: Revision | None,
    annotation: Annotation,
    provenance: Provenance,
    reason: str,
    *,
    sync: str = "",
    confirmed_by: str = "",
    confirmed_at: str = "",
    deleted: bool = False,
) -> Revision:
    """Make an annotation the gold of its document.

    Args:
        tx: the open transaction.
        head: the newest revision of the document, None if it has no gold yet.
        annotation: what the gold is to say, whatever its layer.
        provenance: who commits, when, and under which schema.
        reason: why, in one sentence.
        sync: id of the sync that brings it.
        confirmed_by: account of the person who confirmed the document.
        confirmed_at: when.
        deleted: whether the document is taken out of the corpus.

    Returns:
        The new revision.

    Raises:
        StoreError: ``head`` is no longer the newest revision.
    """
    revision = Revision(
        document=annotation.document,
        number=head.number + 1 if head else 1,
        author=provenance.author,
        at=provenance.at,
        reason=reason,
        schema=provenance.schema,
        spans=annotation.spans,
        relations=annotation.relations,
        categories=annotation.categories,
        sync=sync,
        confirmed_by=confirmed_by,
        confirmed_at=confirmed_at,
        deleted=deleted,
    )
    tx.add_revision(revision)
    return revision


def recommit(
    tx: Transaction, head: Revision, annotation: Annotation, provenance: Provenance, reason: str
) -> Revision:
    """Change the gold of a document and leave standing who confirmed it."""
    return commit(
        tx,
        head,
        annotation,
        provenance,
        reason,
        confirmed_by=head.confirmed_by,
        confirmed_at=head.confirmed_at,
        deleted=head.deleted,
    )


def withdraw(tx: Transaction, document: str, provenance: Provenance, reason: str) -> Revision:
    """Take a document out of the corpus by a tombstone; its history stays.

    Raises:
        InputError: it was withdrawn before.
    """
    head = tx.head(document)
    if head is not None and head.deleted:
        raise InputError(f"{document} was withdrawn before", "see `curate log`")
    nothing = Annotation(document=document, layer=GOLD)
    return commit(tx, head, nothing, provenance, f"withdrawn: {reason}", deleted=True)
