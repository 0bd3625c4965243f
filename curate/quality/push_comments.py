"""``curate validate --push``: the findings of the checks as comments in Doccano."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from curate.doccano import comment_marker
from curate.errors import RemoteError
from curate.model import RemoteComment
from curate.quality.comments import CommentChanges, comments_by_document, plan_changes
from curate.quality.report import CommentTotals
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote
    from curate.quality import QualityReport
    from curate.workspace import Workspace


def push_findings(
    workspace: Workspace,
    report: QualityReport,
    include_infos: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> QualityReport:
    """Give each document in Doccano a comment for each of its findings.

    Pushing again adds nothing. Comments of people are left alone, and so are comments of curate
    that somebody edited or that another account wrote.

    Args:
        report: the report of the checks.
        include_infos: whether findings of level ``info`` get a comment.
        dry_run: whether to write nothing.
        progress: is called with how many examples of a project are done.

    Returns:
        The report, with the totals of the comments.

    Raises:
        RemoteError: the server refuses or cannot be reached, or a project that holds documents of
            the corpus is not there, or was cloned and is not adopted.
    """
    from curate.sync.adoption import require_adopted
    from curate.sync.projects import connect_projects
    from curate.sync.roles import ReviewRole

    wanted = comments_by_document(report, include_infos)
    totals: Counter[str] = Counter()
    not_in_doccano = {*wanted}
    with workspace.locked("validate --push"):
        if not dry_run:
            require_adopted(workspace.store)
        targets = connect_projects(workspace, lambda: progress("Doccano", 0, 0))
        for _, remote in targets:
            if remote.absent is not None:
                raise RemoteError(remote.absent.message, remote.absent.hint)
        for role, remote in targets:
            if isinstance(role, ReviewRole) or not remote.exists():
                continue
            with workspace.store.begin() as tx:
                examples = tx.examples(remote.marker)
            not_in_doccano -= examples.keys()
            existing = _marked_comments(remote.list_comments())
            for number, (document, example) in enumerate(examples.items(), start=1):
                changes = plan_changes(wanted.get(document, {}), existing[example])
                if not dry_run:
                    _apply(remote, example, changes)
                totals.update(
                    added=len(changes.add),
                    changed=len(changes.change),
                    deleted=len(changes.delete),
                    unchanged=changes.unchanged,
                )
                progress(f"comments in {remote.name}", number, len(examples))
    comments = CommentTotals(
        **totals, not_in_doccano=tuple(sorted(not_in_doccano)), dry_run=dry_run
    )
    return msgspec.structs.replace(report, comments=comments)


def _marked_comments(comments: Iterable[RemoteComment]) -> dict[int, list[RemoteComment]]:
    """The comments that carry a marker of curate, by example."""
    marked: dict[int, list[RemoteComment]] = defaultdict(list)
    for comment in comments:
        if comment_marker.read_marker(comment.text) is not None:
            marked[comment.example].append(comment)
    return marked


def _apply(remote: DoccanoRemote, example: int, changes: CommentChanges) -> None:
    for text in changes.add:
        remote.add_comment(example, text)
    for number, text in changes.change.items():
        remote.edit_comment(number, text)
    remote.delete_comments(changes.delete)
