"""``curate reconcile``: import what version control brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.store.reconcile import ReconcileResult, take_up

if TYPE_CHECKING:
    from curate.workspace import Workspace


def reconcile(workspace: Workspace, merge: bool = False) -> ReconcileResult:
    """Import what version control brought into ``annotations/``.

    Args:
        merge: merge documents that diverged, by a three-way merge.

    Raises:
        StoreError: store and files diverged, and ``merge`` is not set.
        InputError: a file cannot be read.
    """
    with workspace.writing("reconcile"), workspace.opened.begin() as tx:
        return take_up(tx, workspace.annotations, merge)
