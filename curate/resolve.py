"""Conflicts that wait for a decision: list them, and settle them by taking a side."""

from __future__ import annotations

import msgspec

from curate.errors import InputError
from curate.merge import Conflict, Side, settle
from curate.model import Annotation, Revision
from curate.results import Conflicts, Resolved
from curate.store import Store
from curate.store.transaction import Transaction

_Conflicts = tuple[Conflict, ...]


def listed(store: Store) -> list[Conflicts]:
    """The open conflicts of every document that has some, sorted by document."""
    found: list[Conflicts] = []
    with store.begin() as tx:
        for key, data in tx.conflicts().items():
            document = tx.document(key)
            if document is not None:
                conflicts = msgspec.json.decode(data, type=_Conflicts)
                found.append(Conflicts(document=document, conflicts=conflicts))
    return found


def resolve(
    store: Store,
    document: str,
    number: int | None,
    take: Side,
    *,
    author: str,
    schema: str,
    at: str,
) -> Resolved:
    """Settle one conflict of a document, or all of them, by taking a side.

    Args:
        number: which one, counted from 1; None for all of them.
        take: ``ours`` (the gold), ``theirs`` (Doccano) or ``base`` (what it was before).

    Raises:
        InputError: the document has no such conflict.
    """
    with store.begin() as tx:
        found = msgspec.json.decode(tx.conflicts_of(document), type=_Conflicts)
        chosen = range(len(found)) if number is None else [number - 1]
        if not found or not set(chosen) <= set(range(len(found))):
            what = f"no conflict {number}" if found else "no conflict"
            raise InputError(f"{document} has {what}", "see `curate conflicts`")
        head = tx.head(document)
        if head is None:
            raise InputError(f"{document} has a conflict and no gold", "run `curate sync`")
        gold = head.annotation
        for index in chosen:
            gold = settle(gold, found[index], take)
        made = _commit(tx, head, gold, f"took {take}", author=author, schema=schema, at=at)
        left = tuple(c for index, c in enumerate(found) if index not in chosen)
        tx.put_conflicts(document, head.sync, left)
    return Resolved(document=document, settled=len(chosen), open=len(left), revision=made)


def _commit(
    tx: Transaction,
    head: Revision,
    gold: Annotation,
    reason: str,
    *,
    author: str,
    schema: str,
    at: str,
) -> Revision | None:
    if gold.content == head.annotation.content:
        return None
    made = msgspec.structs.replace(
        head,
        number=head.number + 1,
        author=author,
        at=at,
        reason=f"conflict settled: {reason}",
        schema=schema,
        spans=gold.spans,
        relations=gold.relations,
        categories=gold.categories,
        sync="",
    )
    tx.add_revision(made)
    return made
