"""Conflicts that wait for a decision: list them, and settle them by taking a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curate.annotations.merge import Conflict, Side, settle
from curate.errors import InputError
from curate.model import Annotation, Document, Record, Revision
from curate.store import Store
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.annotations.merge import Side
    from curate.workspace import Workspace

_Conflicts = tuple[Conflict, ...]


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


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision records of itself: who made it, when, and under which schema."""

    author: str
    at: str
    schema: str


def open_conflicts(store: Store) -> list[Conflicts]:
    """The open conflicts of every document that has some, sorted by document."""
    found: list[Conflicts] = []
    with store.begin() as tx:
        for key, data in tx.conflicts().items():
            document = tx.document(key)
            if document is not None:
                conflicts = msgspec.json.decode(data, type=_Conflicts)
                found.append(Conflicts(document=document, conflicts=conflicts))
    return found


def chosen(tx: Transaction, document: str, number: int | None) -> dict[int, Conflict]:
    """One open conflict of a document by its number from 1, or all of them; by place from 0.

    Raises:
        InputError: the document has no such conflict.
    """
    found = dict(enumerate(msgspec.json.decode(tx.conflicts_of(document), type=_Conflicts)))
    wanted = found if number is None else {k: c for k, c in found.items() if k == number - 1}
    if not wanted:
        what = f"no conflict {number}" if found else "no conflict"
        raise InputError(f"{document} has {what}", "see `curate conflicts`")
    return wanted


def settle_conflicts(
    store: Store, document: str, number: int | None, take: Side, stamp: Stamp
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
                made = _settle_whole(tx, document, conflict, take, stamp) or made
            else:
                made = _settle_place(tx, document, conflict, take, stamp) or made
        every = chosen(tx, document, None)
        left = tuple(c for place, c in every.items() if place not in settled)
        head = tx.head(document)
        tx.put_conflicts(document, head.sync if head else "", left)
    return Resolved(document=document, settled=len(settled), open=len(left), revision=made)


def withdraw_document(tx: Transaction, document: str, reason: str, stamp: Stamp) -> Revision:
    """Take a document out of the corpus by a tombstone; what it was stays in its history.

    Raises:
        InputError: it was withdrawn before.
    """
    head = tx.head(document)
    if head is not None and head.deleted:
        raise InputError(f"{document} was withdrawn before", "see `curate log`")
    made = Revision(
        document=document,
        number=head.number + 1 if head else 1,
        author=stamp.author,
        at=stamp.at,
        reason=f"withdrawn: {reason}",
        schema=stamp.schema,
        deleted=True,
    )
    tx.add_revision(made)
    return made


def _settle_whole(
    tx: Transaction, document: str, conflict: Conflict, take: Side, stamp: Stamp
) -> Revision | None:
    if take == "base":
        raise InputError(f"{document} as a whole has no base to take", "take ours or theirs")
    if conflict.kind == "document-deleted" and take == "theirs":
        return withdraw_document(tx, document, "deleted in Doccano", stamp)
    if conflict.kind == "document-deleted":
        tx.forget(document, conflict.project)  # and so the next sync pushes it again
    elif take == "theirs":
        raise InputError(
            f"the text of {document} never changes, as its id is made from it",
            "ingest the new text as an article of its own, and take ours here",
        )
    return None


def _settle_place(
    tx: Transaction, document: str, conflict: Conflict, take: Side, stamp: Stamp
) -> Revision | None:
    head = tx.head(document)
    if head is None:
        raise InputError(f"{document} has a conflict and no gold", "run `curate sync`")
    gold = settle(head.annotation, conflict, take)
    return _commit(tx, head, gold, f"took {take}", stamp)


def next_revision(head: Revision, gold: Annotation, reason: str, stamp: Stamp) -> Revision:
    """The revision after ``head`` that says what ``gold`` says; who confirmed it stays."""
    return msgspec.structs.replace(
        head,
        number=head.number + 1,
        author=stamp.author,
        at=stamp.at,
        reason=reason,
        schema=stamp.schema,
        spans=gold.spans,
        relations=gold.relations,
        categories=gold.categories,
        sync="",
    )


def _commit(
    tx: Transaction, head: Revision, gold: Annotation, reason: str, stamp: Stamp
) -> Revision | None:
    if gold.content == head.annotation.content:
        return None
    made = next_revision(head, gold, f"conflict settled: {reason}", stamp)
    tx.add_revision(made)
    return made


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
        done = settle_conflicts(workspace.store, key, number, take, stamp(workspace))
    return done


def withdraw(workspace: Workspace, document: str, reason: str) -> Revision:
    """Take a document out of the corpus; the next sync takes it out of Doccano.

    Raises:
        InputError: there is no such document, or it was withdrawn before.
    """

    key = workspace.find(document)
    with workspace.writing("withdraw"), workspace.store.begin() as tx:
        made = withdraw_document(tx, key, reason, stamp(workspace))
    return made


def stamp(workspace: Workspace) -> Stamp:
    """Who decides here, and when: the curator of the settings, now."""

    author = f"curator:{workspace.config.corpus.curator}"
    return Stamp(author=author, at=workspace.now(), schema=workspace.schema.id)


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
            remote.rewrite(known.example, document.text)
