"""Conflicts about a document as a whole: it is gone from the server, or its text was changed there.

Neither ever changes the gold. The conflict waits until somebody decides, or until the server holds
the document again as it was.
"""

from __future__ import annotations

from curate.annotations.merge import Conflict, Kind
from curate.store.transaction import Transaction
from curate.sync.context import Run
from curate.sync.plan import Plan

_Conflicts = tuple[Conflict, ...]


def note(run: Run, found: Plan) -> None:
    """Keep a conflict for each document that is gone or altered; drop those that are over.

    Those of other projects are left as they are.
    """
    now: dict[str, Kind] = dict.fromkeys(found.gone, "document-deleted")
    now.update({each.document: "text-changed" for each in found.altered})
    with run.store.begin() as tx:
        before = tx.conflicts()
        old = {key for key, each in before.items() if any(_mine(run, c) for c in each)}
        for key in sorted(old | now.keys()):
            _set(tx, run, key, before.get(key, ()), now.get(key))
    run.conflicts += len(now)


def _set(tx: Transaction, run: Run, key: str, before: _Conflicts, kind: Kind | None) -> None:
    if kind and any(_mine(run, conflict) and conflict.kind == kind for conflict in before):
        return
    rest = tuple(conflict for conflict in before if not _mine(run, conflict))
    head = tx.head(key)
    new = (
        Conflict(
            kind=kind,
            ours=head.spans if head else (),
            ours_by=head.author if head else "",
            ours_at=head.at if head else "",
            theirs_at=run.clock(),  # when it was seen: Doccano keeps no record of it
            project=run.remote.marker,
        )
        if kind
        else None
    )
    tx.put_conflicts(key, run.id, (*rest, new) if new else rest)


def _mine(run: Run, conflict: Conflict) -> bool:
    """Whether a conflict is about a document as a whole in this project; older ones name none."""
    return conflict.whole and conflict.project in (run.remote.marker, "")
