"""Conflicts that wait for a decision: list them, and settle them by taking a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.annotations.merge import Conflict, Side, settle
from curate.errors import InputError
from curate.layers import curator_author
from curate.model import Document, Record, Revision
from curate.store import Store, gold
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.annotations.merge import Side
    from curate.workspace import Workspace


class Resolved(Record, frozen=True, kw_only=True):
    """What ``resolve`` did: the revision it made, if any, and the conflicts still open."""

    document: str
    settled: int
    open: int
    revision: Revision | None = None


class Conflicts(Record, frozen=True, kw_only=True):
    """The open conflicts of one document, numbered from 1 in this order."""

    document: Document
    conflicts: tuple[Conflict, ...]


def open_conflicts(store: Store) -> list[Conflicts]:
    """The open conflicts of every document that has some, sorted by document."""
    found: list[Conflicts] = []
    with store.begin() as tx:
        for key, conflicts in tx.conflicts().items():
            document = tx.document(key)
            if document is not None:
                found.append(Conflicts(document=document, conflicts=conflicts))
    return found


def chosen(tx: Transaction, document: str, number: int | None) -> dict[int, Conflict]:
    """One open conflict of a document by its number from 1, or all of them; by place from 0.

    Raises:
        InputError: the document has no such conflict.
    """
    found = dict(enumerate(tx.conflicts_of(document)))
    wanted = found if number is None else {k: c for k, c in found.items() if k == number - 1}
    if not wanted:
        what = f"no conflict {number}" if found else "no conflict"
        raise InputError(f"{document} has {what}", "see `curate conflicts`")
    return wanted


def settle_conflicts(
    store: Store, document: str, number: int | None, take: Side, provenance: gold.Provenance
) -> Resolved:
    """Settle one conflict of a document, or all of them, by taking a side.

    Args:
        number: which one, counted from 1; None for all of them.
        take: ``ours`` (the gold), ``theirs`` (Doccano) or ``base`` (what it was before). Of a
            document that was deleted there, ours is pushed again, and theirs is withdrawn here.

    Raises:
        InputError: the document has no such conflict, or this one cannot be settled so.
    """
    with store.begin() as tx:
        settled = chosen(tx, document, number)
        made: Revision | None = None
        for conflict in settled.values():
            if conflict.whole:
                made = _settle_whole(tx, document, conflict, take, provenance) or made
            else:
                made = _settle_place(tx, document, conflict, take, provenance) or made
        every = chosen(tx, document, None)
        left = tuple(c for place, c in every.items() if place not in settled)
        head = tx.head(document)
        tx.put_conflicts(document, head.sync if head else "", left)
    return Resolved(document=document, settled=len(settled), open=len(left), revision=made)


def _settle_whole(
    tx: Transaction, document: str, conflict: Conflict, take: Side, provenance: gold.Provenance
) -> Revision | None:
    if take == "base":
        raise InputError(f"{document} as a whole has no base to take", "take ours or theirs")
    if conflict.kind == "document-deleted" and take == "theirs":
        return gold.withdraw(tx, document, provenance, "deleted in Doccano")
    if conflict.kind == "document-deleted":
        tx.forget(document, conflict.project)  # and so the next sync pushes it again
    elif take == "theirs":
        raise InputError(
            f"the text of {document} never changes, as its id is made from it",
            "ingest the new text as an article of its own, and take ours here",
        )
    return None


def _settle_place(
    tx: Transaction, document: str, conflict: Conflict, take: Side, provenance: gold.Provenance
) -> Revision | None:
    head = tx.head(document)
    if head is None:
        raise InputError(f"{document} has a conflict and no gold", "run `curate sync`")
    settled = settle(head.annotation, conflict, take)
    if settled.content == head.annotation.content:
        return None
    return gold.recommit(tx, head, settled, provenance, f"conflict settled: took {take}")


def list_conflicts(workspace: Workspace) -> list[Conflicts]:
    """Where gold and Doccano changed the same place, and nobody decided yet."""

    return open_conflicts(workspace.store)


def resolve(workspace: Workspace, document: str, number: int | None, take: Side) -> Resolved:
    """Settle a conflict, or all of a document's; the next sync carries it to Doccano.

    Raises:
        InputError: there is no such document or conflict.
    """

    key = workspace.find(document)
    with workspace.writing("resolve"):
        if take == "ours":
            _put_text_back(workspace, key, number)
        done = settle_conflicts(workspace.store, key, number, take, curator(workspace))
    return done


def withdraw(workspace: Workspace, document: str, reason: str) -> Revision:
    """Take a document out of the corpus; the next sync takes it out of Doccano.

    Raises:
        InputError: there is no such document, or it was withdrawn before.
    """

    key = workspace.find(document)
    with workspace.writing("withdraw"), workspace.store.begin() as tx:
        return gold.withdraw(tx, key, curator(workspace), reason)


def curator(workspace: Workspace) -> gold.Provenance:
    """The provenance of what is decided here: the curator of the settings, now."""
    author = curator_author(workspace.config.corpus.curator)
    return gold.Provenance(author=author, at=workspace.now(), schema=workspace.schema.id)


def _put_text_back(workspace: Workspace, key: str, number: int | None) -> None:
    """Undo in Doccano what changed the text of a document there."""
    from curate.sync.run import project_targets

    with workspace.store.begin() as tx:
        conflicts = chosen(tx, key, number).values()
        document = tx.document(key)
    where = {one.project for one in conflicts if one.kind == "text-changed"}
    if document is None or not where:
        return
    for _, remote in project_targets(workspace, lambda: None):
        if not where & {remote.marker, ""}:
            continue
        with workspace.store.begin() as tx:
            known = tx.tracked(remote.marker, key)
        if known is not None and known.example is not None:
            remote.restore_text(known.example, document.text)
