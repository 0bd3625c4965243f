"""Views of the store that change nothing: where the corpus stands, and what a layer says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.model import Problem, Record
from curate.store import Store
from curate.sync.plan import Plan

if TYPE_CHECKING:
    from curate.sync.plan import Plan
    from curate.workspace import Workspace


class Status(Record, frozen=True, kw_only=True):
    """Where the corpus stands; ``unreachable`` says why the server could not be asked.

    ``waiting`` names the documents in each state in which somebody has to do something.
    """

    documents: int
    gold: int
    states: dict[str, int]
    releases: tuple[str, ...]
    conflicts: tuple[str, ...]
    server: str = ""
    unreachable: str = ""
    waiting: dict[str, tuple[str, ...]] = {}
    problems: tuple[Problem, ...] = ()


def summarise(store: Store, plan: Plan | None, server: str = "", unreachable: str = "") -> Status:
    """Where the corpus stands.

    Args:
        plan: both sides compared; None where the server could not be asked.
        server: its address.
        unreachable: why it could not be asked.
    """
    with store.begin() as tx:
        return Status(
            documents=len(tx.document_ids()),
            gold=sum(1 for _, revision in tx.heads() if not revision.deleted),
            states=plan.states if plan else {},
            releases=tuple(release.version for release in tx.releases()),
            conflicts=tuple(tx.conflicts()),
            server=server,
            unreachable=unreachable,
            waiting=plan.waiting if plan else {},
            problems=plan.problems if plan else (),
        )


def status(workspace: Workspace) -> Status:
    """Where the documents stand; without a server, as far as the store knows."""
    from curate.doccano.credentials import workspace_credentials
    from curate.errors import RemoteError
    from curate.sync.run import preview_sync

    try:
        return summarise(
            workspace.store, preview_sync(workspace).plan, workspace_credentials(workspace).url
        )
    except RemoteError as error:
        return summarise(workspace.store, None, unreachable=str(error))
