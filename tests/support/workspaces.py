"""What tests do to a workspace beside its verbs."""

from __future__ import annotations

from curate.workspace import Workspace


def save(workspace: Workspace) -> None:
    """Write ``annotations/`` from the store, as the end of every writing verb does."""
    with workspace.writing("test"):
        pass
