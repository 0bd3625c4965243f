"""The project in which people review what an audit suspects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.audit import corpus
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

from collections.abc import Iterable, Mapping

import msgspec

from curate.model import Document
from curate.store import Store
from curate.store.records import Local
from curate.store.transaction import Transaction
from curate.sync.context import Run
from curate.sync.plan import Plan
from curate.sync.protocol import Remote, Settings
from curate.sync.roles import Gold

SUSPECTS = ("suspects",)
"""Metadata that a reviewer is shown beside the document's own."""


class Review(Gold):
    """Documents that people are asked to look at again; the gold is marked in them.

    A document in review is as one with a proposal, which is its gold: a newer one is carried there
    as long as nobody touched it, and any confirmation is taken. Once that is done it is as any
    document with gold.

    Args:
        asked: what people are asked of each document, in sentences; the most urgent document first.
    """

    reason = "reviewed in Doccano"
    decides = True

    def __init__(self, asked: Mapping[str, tuple[str, ...]]) -> None:
        self._asked = asked

    def sides(self, tx: Transaction, marker: str) -> dict[str, Local]:
        """The documents that people are asked about, and those that are in the project already.

        A store that knows nothing of the project takes whatever gold it finds there.
        """
        known = tx.tracked_documents(marker)
        found: dict[str, Local] = {}
        for key, side in tx.locals(marker).items():
            if known.get(key) or (side.withdrawn and key in known):
                found[key] = side
            elif side.gold and (key in self._asked or key in known or not known):
                shown = side.gold if key in self._asked or key in known else ""
                found[key] = msgspec.structs.replace(side, gold="", proposal=shown)
        return found

    def shown(self, tx: Transaction, document: Document) -> Document:
        """The document, with what is suspected in its metadata."""
        told = " | ".join(self._asked.get(document.id, ()))
        return msgspec.structs.replace(document, meta={**document.meta, SUSPECTS[0]: told})

    def remarks(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """What is suspected, a comment each."""
        return self._asked.get(document.id, ())

    def paced(self, settings: Settings) -> Settings:
        """The most urgent documents first, and all that people are asked about."""
        return msgspec.structs.replace(settings, order=self._order, open=0)

    def _order(self, tx: Transaction, documents: Iterable[str]) -> list[str]:
        place = {key: number for number, key in enumerate(self._asked)}
        return sorted(documents, key=lambda key: (place.get(key, len(place)), key))


def reopen(store: Store, remote: Remote, documents: Iterable[str]) -> list[str]:
    """Take reviewed documents from the project, so that they are pushed again; returns which.

    One that somebody changed since is left: the next sync takes that first.
    """
    done = []
    for key in documents:
        with store.begin() as tx:
            known = tx.tracked(remote.marker, key)
        if known is None or known.example is None or not known.confirmed:
            continue
        if (
            remote.read_attribution(known.example, known.base).annotation.content
            == known.base.content
        ):
            remote.delete_example(known.example)
            with store.begin() as tx:
                tx.forget(key, remote.marker)
            done.append(key)
    return done


def remind(store: Store, remote: Remote, asked: Mapping[str, tuple[str, ...]]) -> None:
    """Put what is asked anew to documents that are in the project; nothing is put twice."""
    with store.begin() as tx:
        examples = tx.examples(remote.marker)
    for key, texts in asked.items():
        if key in examples:
            remote.add_comments(examples[key], texts)


def let_go(run: Run, found: Plan) -> Plan:
    """Forget documents that somebody took from the project: that is no conflict of the gold."""
    with run.store.begin() as tx:
        for key in found.gone:
            tx.forget(key, run.remote.marker)
    problems = tuple(problem for problem in found.problems if problem.code != "remote.gone")
    return msgspec.structs.replace(found, gone=(), problems=problems)


def push_audit(
    workspace: Workspace, top: int, dry: bool = False, progress: Progress = silent
) -> corpus.Asking:
    """Ask people in Doccano about the likeliest errors of the last audit.

    The documents go to the project for reviews, with their gold and what is suspected; what
    people confirm there comes back with the next sync. Running it again doubles nothing.

    Args:
        top: how many suspects; 0 for all.
        dry: only tell what would be done.
        progress: is told how far it is.

    Raises:
        InputError: the corpus was never audited.
        RemoteError: the server refuses, or cannot be reached.
    """
    from curate.sync import targets
    from curate.sync.migrate import require_current_schema
    from curate.sync.run import project_targets, sync_settings

    require_current_schema(workspace)
    with workspace.locked("audit --push"):
        before = corpus.known(workspace.state)
        kept, fresh = corpus.request(before, top, _reviewed(workspace), workspace.now())
        told = _asking(workspace, kept, fresh)
        if dry or not kept.requests:
            return msgspec.structs.replace(told, dry_run=dry)
        corpus.save(workspace.state, kept)
        desk = next(desk for desk in project_targets(workspace, lambda: None) if desk.aim.decides)
        reopen(workspace.store, desk.remote, fresh)
        settings = sync_settings(workspace, push=True, pull=False, include_unconfirmed=False)
        done = targets.sync(workspace.store, desk, settings, workspace.now, progress)
        remind(workspace.store, desk.remote, corpus.asked(workspace.state))
    return msgspec.structs.replace(told, pushed=done.pushed, problems=done.problems)


def _asking(workspace: Workspace, kept: corpus.Kept, fresh: list[str]) -> corpus.Asking:
    from curate.sync.targets import REVIEW

    return corpus.Asking(
        project=f"{workspace.config.project}{REVIEW}",
        suspects=sum(len(each.suspects) for each in kept.requests),
        asked=tuple(sorted(fresh)),
        waiting=len(kept.requests) - len(fresh),
    )


def _reviewed(workspace: Workspace) -> set[str]:
    """The documents whose review is done."""
    from curate.sync.targets import REVIEW

    name = f"{workspace.config.project}{REVIEW}"
    with workspace.store.begin() as tx:
        mine = [remote.marker for remote in tx.remotes() if remote.name == name]
        seen = [tx.tracked_documents(marker) for marker in mine]
    return {key for found in seen for key, confirmed in found.items() if confirmed}
