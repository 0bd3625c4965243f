"""Conflicts that wait for a decision, how they are resolved, and withdrawals of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.annotations.merge import Conflict, ConflictKind, ConflictSide, settle_conflict
from curate.errors import InputError
from curate.model import Document, Record, Revision
from curate.store import gold
from curate.store.transaction import Transaction
from curate.sync.adoption import require_adopted
from curate.sync.context import SyncContext
from curate.sync.plan import SyncPlan
from curate.sync.projects import connect_projects

if TYPE_CHECKING:
    from curate.workspace import Workspace


class OpenConflicts(Record, frozen=True, kw_only=True):
    """The open conflicts of one document, numbered from 1 in this order."""

    document: Document
    conflicts: tuple[Conflict, ...]


class Resolution(Record, frozen=True, kw_only=True):
    """What ``resolve`` did.

    Args:
        document: id of the document.
        settled: how many conflicts were resolved.
        open: how many conflicts of the document are still open.
        revision: the revision that it took, None if the gold stayed as it was.
    """

    document: str
    settled: int
    open: int
    revision: Revision | None = None


def list_conflicts(workspace: Workspace) -> list[OpenConflicts]:
    """The open conflicts of every document that has some, sorted by document."""
    listed: list[OpenConflicts] = []
    with workspace.store.begin() as tx:
        for key, conflicts in tx.conflicts().items():
            document = tx.document(key)
            if document is not None:
                listed.append(OpenConflicts(document=document, conflicts=conflicts))
    return listed


def resolve(
    workspace: Workspace, document: str, number: int | None, take: ConflictSide
) -> Resolution:
    """Resolve one conflict of a document, or all of them, by taking a side.

    The next sync pushes the result to Doccano.

    Args:
        workspace: the corpus.
        document: beginning of the document's id.
        number: which conflict, counted from 1; None for all of them.
        take: ``ours`` (the gold), ``theirs`` (Doccano) or ``base`` (what it was before both). For a
            document that was deleted in Doccano, ``ours`` pushes it again, and ``theirs`` withdraws
            it here. For one whose text was changed there, ``ours`` restores the text.

    Raises:
        InputError: there is no such document or conflict, or this side cannot be taken.
        RemoteError: a text is to be restored, and the server refuses or cannot be reached.
    """
    key = workspace.find(document)
    provenance = workspace.curator_provenance()
    revision: Revision | None = None
    with workspace.writing("resolve"):
        if take == "ours":
            _restore_text(workspace, key, number)
        with workspace.store.begin() as tx:
            conflicts = tx.conflicts_of(key)
            selected = _select(conflicts, key, number)
            for conflict in selected.values():
                decide = _decide_document if conflict.concerns_document else _decide_place
                revision = decide(tx, key, conflict, take, provenance) or revision
            still_open = tuple(c for place, c in enumerate(conflicts) if place not in selected)
            head = tx.head(key)
            tx.put_conflicts(key, head.sync if head else "", still_open)
    return Resolution(document=key, settled=len(selected), open=len(still_open), revision=revision)


def withdraw(workspace: Workspace, document: str, reason: str) -> Revision:
    """Take a document out of the corpus; the next sync deletes it in Doccano.

    Args:
        workspace: the corpus.
        document: beginning of the document's id.
        reason: why, in one sentence.

    Raises:
        InputError: there is no such document, or it was withdrawn before.
    """
    key = workspace.find(document)
    with workspace.writing("withdraw"), workspace.store.begin() as tx:
        return gold.withdraw(tx, key, workspace.curator_provenance(), reason)


def _select(
    conflicts: tuple[Conflict, ...], document: str, number: int | None
) -> dict[int, Conflict]:
    """One of the conflicts by its number from 1, or all of them; by their place from 0."""
    selected = {p: c for p, c in enumerate(conflicts) if number is None or p == number - 1}
    if not selected:
        named = f"conflict {number}" if conflicts else "conflict"
        raise InputError(f"{document} has no {named}", "see `curate conflicts`")
    return selected


def _decide_document(
    tx: Transaction,
    document: str,
    conflict: Conflict,
    take: ConflictSide,
    provenance: gold.Provenance,
) -> Revision | None:
    if take == "base":
        raise InputError(f"the conflict of {document} has no base", "take ours or theirs")
    if conflict.kind == "document-deleted" and take == "theirs":
        return gold.withdraw(tx, document, provenance, "deleted in Doccano")
    if conflict.kind == "document-deleted":
        tx.forget(document, conflict.project)  # so that the next sync pushes it again
    elif take == "theirs":
        raise InputError(
            f"the text of {document} cannot change, because its id is computed from it",
            "take ours here, and ingest the new text as a new article",
        )
    return None


def _decide_place(
    tx: Transaction,
    document: str,
    conflict: Conflict,
    take: ConflictSide,
    provenance: gold.Provenance,
) -> Revision | None:
    head = tx.head(document)
    if head is None:
        raise InputError(f"{document} has a conflict but no gold", "run `curate sync`")
    settled = settle_conflict(head.annotation, conflict, take)
    if settled.content == head.annotation.content:
        return None
    return gold.recommit(tx, head, settled, provenance, f"conflict settled: took {take}")


def _restore_text(workspace: Workspace, document: str, number: int | None) -> None:
    """Undo changes of a document's text in Doccano."""
    with workspace.store.begin() as tx:
        conflicts = _select(tx.conflicts_of(document), document, number).values()
        article = tx.document(document)
    changed = {conflict.project for conflict in conflicts if conflict.kind == "text-changed"}
    if article is None or not changed:
        return
    require_adopted(workspace.store)
    for _, project in connect_projects(workspace, lambda: None):
        if not changed & {project.marker, ""}:
            continue
        with workspace.store.begin() as tx:
            tracked = tx.tracked(project.marker, document)
        example = tracked.example if tracked else None
        if example is None:  # a store that has not seen the document with its own text
            example = project.example_of(document)
        if example is not None:
            project.restore_text(example, article.text)


def record_document_conflicts(context: SyncContext, planned: SyncPlan) -> None:
    """Open a conflict for each document that was deleted in the project or whose text was changed.

    Neither changes the gold. Conflicts of this project that are over are closed, and those of other
    projects are left as they are.
    """
    kinds: dict[str, ConflictKind] = dict.fromkeys(planned.gone, "document-deleted")
    kinds.update({update.document: "text-changed" for update in planned.altered})
    with context.store.begin() as tx:
        before = tx.conflicts()
        recorded = {
            document
            for document, conflicts in before.items()
            if any(_is_of_project(conflict, context) for conflict in conflicts)
        }
        for document in sorted(recorded | kinds.keys()):
            _record(context, tx, document, before.get(document, ()), kinds.get(document))
    context.conflicts += len(kinds)


def _record(
    context: SyncContext,
    tx: Transaction,
    document: str,
    before: tuple[Conflict, ...],
    kind: ConflictKind | None,
) -> None:
    own = tuple(conflict for conflict in before if _is_of_project(conflict, context))
    if kind and any(conflict.kind == kind for conflict in own):
        return
    conflicts = tuple(conflict for conflict in before if conflict not in own)
    if kind:
        head = tx.head(document)
        conflict = Conflict(
            kind=kind,
            ours=head.spans if head else (),
            ours_by=head.author if head else "",
            ours_at=head.at if head else "",
            theirs_at=context.clock(),  # when it was noticed: Doccano keeps no record of it
            project=context.project.marker,
        )
        conflicts = (*conflicts, conflict)
    tx.put_conflicts(document, context.id, conflicts)


def _is_of_project(conflict: Conflict, context: SyncContext) -> bool:
    # Conflicts that were recorded before a corpus could have several projects name none.
    return conflict.concerns_document and conflict.project in (context.project.marker, "")
