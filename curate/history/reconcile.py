"""Take up what version control brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.store.reconcile import ReconcileResult
    from curate.workspace import Workspace


def reconcile(workspace: Workspace, merge: bool = False) -> ReconcileResult:
    """Take up what version control brought into ``annotations/``.

    Args:
        merge: join what went apart by the three-way merge.

    Raises:
        StoreError: store and files went apart, and ``merge`` is not asked for.
        InputError: a file cannot be read.
    """
    from curate.store import reconcile

    with workspace.writing("reconcile"), workspace.opened.begin() as tx:
        return reconcile.take_up(tx, workspace.annotations, merge)
