"""Queries that history, verification and version control ask of an open transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import delete, select

from curate.model import Release, Revision
from curate.store import tables as t
from curate.store.transaction import Transaction


def layer_names(tx: Transaction) -> list[str]:
    """Names of all layers that some document has, sorted; gold is none of them."""
    query = select(t.layers.c.layer).distinct().order_by(t.layers.c.layer)
    return list(tx._c.execute(query).scalars())


def versions(tx: Transaction) -> list[str]:
    """Versions of all releases, the highest first."""
    found = tx._c.execute(select(t.releases.c.version)).scalars()
    return sorted(found, key=lambda v: [int(n) for n in v.split(".")], reverse=True)


def each_release(tx: Transaction) -> Iterator[Release]:
    """All releases, the highest version first, one in memory at a time."""
    for version in versions(tx):
        if (found := tx.release(version)) is not None:
            yield found


def taken_out(tx: Transaction, document: str, since: str) -> bool:
    """Whether a sync deleted the document's example on the server after a time (ISO 8601)."""
    c = t.journal.c
    query = select(c.id).where(c.step == "withdraw", c.detail == document, c.started >= since)
    return tx._c.execute(query.limit(1)).first() is not None


def renumber(tx: Transaction, document: str, revisions: Iterable[Revision]) -> None:
    """Put a document's revisions in another order, with others among them.

    The one place where rows of revisions are deleted: two stores that met in version control have
    to count alike. The caller makes sure that none of them is lost.
    """
    tx._c.execute(delete(t.revisions).where(t.revisions.c.document == document))
    for revision in revisions:
        tx.add_revision(revision)
