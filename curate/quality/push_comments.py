"""Findings in Doccano: where each example stands there, and the findings as its comments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from curate.doccano import comment_marker
from curate.model import Record, RemoteComment
from curate.quality import comments
from curate.quality.report import CommentTotals
from curate.store import Store
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote
    from curate.quality import QualityReport
    from curate.workspace import Workspace


class Push(Record, frozen=True, kw_only=True):
    """How findings are told: also those of the level ``info``; or only what would be done."""

    infos: bool = False
    dry_run: bool = False


def note(
    store: Store,
    projects: Iterable[DoccanoRemote],
    report: QualityReport,
    push: Push,
    progress: Progress,
) -> CommentTotals:
    """Make the comments of each project those that a report asks for; running again adds nothing.

    Comments of people are left alone, and so are curate's that somebody changed, and those that
    another account put.

    Args:
        store: knows what is in which project.
        projects: where the documents are.
        report: what the checks say.
        push: what is told.
        progress: is told how far it is.

    Raises:
        RemoteError: the server refuses, or cannot be reached.
    """
    asked = comments.wanted(report, push.infos)
    sums: Counter[str] = Counter()
    elsewhere = {*asked}
    for remote in projects:
        if remote.exists():
            with store.begin() as tx:
                examples = tx.examples(remote.marker)
            elsewhere -= examples.keys()
            there = _marked(remote.list_comments())
            for done, (document, example) in enumerate(examples.items()):
                steps = comments.plan(asked.get(document, {}), there[example])
                if not push.dry_run:
                    _take(remote, example, steps)
                sums.update(
                    put=len(steps.put),
                    changed=len(steps.change),
                    erased=len(steps.erase),
                    known=steps.known,
                )
                progress(f"comments in {remote.name}", done + 1, len(examples))
    return CommentTotals(**sums, elsewhere=tuple(sorted(elsewhere)), dry_run=push.dry_run)


def _marked(comments: Iterable[RemoteComment]) -> dict[int, list[RemoteComment]]:
    """Comments on findings, by example."""
    found: dict[int, list[RemoteComment]] = defaultdict(list)
    for comment in comments:
        if comment_marker.read(comment.text) is not None:
            found[comment.example].append(comment)
    return found


def _take(remote: DoccanoRemote, example: int, steps: comments.CommentChanges) -> None:
    for text in steps.put:
        remote.add_comment(example, text)
    for number, text in steps.change.items():
        remote.edit_comment(number, text)
    remote.delete_comments(steps.erase)


def push_findings(
    workspace: Workspace, report: QualityReport, push: Push, progress: Progress = silent
) -> QualityReport:
    """Tell the findings of the checks as comments to the documents in Doccano.

    Returns the report, with what was told.

    Args:
        report: what the checks say.
        push: what is told, or whether nothing is written.
        progress: is told how far it is.

    Raises:
        RemoteError: the server refuses, or cannot be reached.
    """
    from curate.sync.run import project_targets

    with workspace.locked("validate --push"):
        desks = project_targets(workspace, lambda: progress("Doccano", 0, 0))
        projects = [desk.remote for desk in desks if not desk.aim.decides]
        noted = note(workspace.store, projects, report, push, progress)
    return msgspec.structs.replace(report, noted=noted)
