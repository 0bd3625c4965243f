"""``curate status``: where the documents of a corpus stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.errors import NoServer, RemoteError
from curate.model import Problem, Record
from curate.sync.plan import SyncPlan
from curate.sync.run import preview_sync
from curate.sync.server_changes import ServerChange
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace


class CorpusStatus(Record, frozen=True, kw_only=True):
    """Where the documents of a corpus stand.

    Args:
        documents: how many there are.
        gold: how many of them have gold.
        states: how many are in each state; empty if the server could not be reached.
        releases: versions of the releases, the highest first.
        conflicts: ids of the documents with open conflicts.
        server: address of the server.
        unreachable: why the corpus was not compared with Doccano, empty if it was.
        configured: whether there is a server to compare it with.
        waiting: ids of the documents in each state in which somebody has to do something.
        problems: what is wrong on the server.
        server_changes: what changed on the server and is no act of a person.
    """

    documents: int
    gold: int
    states: dict[str, int]
    releases: tuple[str, ...]
    conflicts: tuple[str, ...]
    server: str = ""
    unreachable: str = ""
    configured: bool = True
    waiting: dict[str, tuple[str, ...]] = {}
    problems: tuple[Problem, ...] = ()
    server_changes: tuple[ServerChange, ...] = ()


def status(workspace: Workspace, progress: Progress = silent) -> CorpusStatus:
    """Where the documents stand; without a server, as far as the store knows.

    Args:
        workspace: the corpus.
        progress: called as the work advances.
    """
    from curate.doccano.credentials import workspace_credentials

    try:
        plan = preview_sync(workspace, progress=progress).plan
    except NoServer as error:
        return local_status(workspace, unreachable=str(error), configured=False)
    except RemoteError as error:
        return local_status(workspace, unreachable=str(error))
    return local_status(workspace, plan, workspace_credentials(workspace).url)


def local_status(
    workspace: Workspace,
    plan: SyncPlan | None = None,
    server: str = "",
    unreachable: str = "",
    configured: bool = True,
) -> CorpusStatus:
    """What the store knows of the documents.

    Args:
        workspace: the corpus.
        plan: both sides compared, if the server was asked.
        server: its address.
        unreachable: why it was not compared with.
        configured: whether there is one.
    """
    with workspace.store.begin() as tx:
        return CorpusStatus(
            documents=len(tx.document_ids()),
            gold=sum(1 for _, revision in tx.heads() if not revision.deleted),
            states=plan.states if plan else {},
            releases=tuple(release.version for release in tx.releases()),
            conflicts=tuple(tx.conflicts()),
            server=server,
            unreachable=unreachable,
            configured=configured,
            waiting=plan.waiting if plan else {},
            problems=plan.problems if plan else (),
            server_changes=plan.server_changes if plan else (),
        )
