"""Commits of gold: every change of it is a revision that is made here.

Only revisions that were made elsewhere enter the store in another way: those that are read from
``annotations/`` (``curate.store.reconcile``), and the merge of two branches
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
        annotation: the new content of the gold; its layer does not matter.
        provenance: who commits, when, and under which schema.
        reason: why, in one sentence.
        sync: id of the sync that brought it.
        confirmed_by: account of the person who confirmed the document.
        confirmed_at: when.
        deleted: whether the document is withdrawn.

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
        categories_only=annotation.categories_only and not annotation.spans,
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
    """Change the gold of a document and keep who confirmed it."""
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
    """Withdraw a document: commit a tombstone. Its history stays.

    Raises:
        InputError: it has been withdrawn already.
    """
    head = tx.head(document)
    if head is not None and head.deleted:
        raise InputError(f"{document} has been withdrawn already", "see `curate log`")
    empty = Annotation(document=document, layer=GOLD)
    return commit(tx, head, empty, provenance, f"withdrawn: {reason}", deleted=True)
