"""``curate audit --push``: ask people in Doccano to review the likely label errors of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from curate.audit.audit_file import require_audit, save_audit
from curate.audit.review import questions_of, request_reviews
from curate.history.migrate import require_current_schema
from curate.model import Problem, Record
from curate.store import Store
from curate.sync.adoption import require_adopted
from curate.sync.apply import sync_project
from curate.sync.context import AnnotationProject
from curate.sync.projects import connect_projects, review_project_name
from curate.sync.roles import ReviewRole
from curate.sync.settings import sync_settings
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace


class ReviewRequest(Record, frozen=True, kw_only=True):
    """The result of ``audit --push``, or of its dry run.

    Args:
        project: the project for reviews.
        suspects: number of suspects that reviewers are asked about there; 0 if a project that
            holds documents of the corpus is not on the server, so that nobody is asked.
        asked: the documents that were not in review before, sorted.
        waiting: number of documents that were in review before.
        pushed: number of pushed documents.
        problems: problems on the server.
        dry_run: whether nothing was written.
    """

    project: str
    suspects: int = 0
    asked: tuple[str, ...] = ()
    waiting: int = 0
    pushed: int = 0
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False


def push_audit(
    workspace: Workspace, top: int, dry_run: bool = False, progress: Progress = silent
) -> ReviewRequest:
    """Ask people in Doccano about the likeliest errors of the last audit.

    The documents go to the project for reviews, with their gold and what is suspected; what people
    confirm there is pulled by the next sync. Running it again pushes no document and writes no
    comment twice.

    Args:
        workspace: the corpus.
        top: how many suspects; 0 for all.
        dry_run: only report what would be done.
        progress: called as the work advances.

    Raises:
        InputError: the corpus was never audited.
        RemoteError: the server refuses, or cannot be reached, or the corpus is a clone whose
            project is not adopted.
    """
    require_current_schema(workspace)
    store = workspace.store
    with workspace.locked("audit --push"):
        if not dry_run:
            require_adopted(store)
        previous = require_audit(workspace.state)
        audit, new = request_reviews(previous, top, _reviewed(workspace), workspace.now())
        request = ReviewRequest(
            project=review_project_name(workspace),
            suspects=sum(len(review.suspects) for review in audit.requests),
            asked=tuple(sorted(new)),
            waiting=len(audit.requests) - len(new),
        )
        if not audit.requests:
            return msgspec.structs.replace(request, dry_run=dry_run)
        questions = questions_of(audit)
        targets = connect_projects(workspace, lambda: None, questions=questions)
        absent = next((each.project.absent for each in targets if each.project.absent), None)
        if absent is not None:  # a sync refuses too
            problems = (absent.problem(),)
            return ReviewRequest(project=request.project, problems=problems, dry_run=dry_run)
        if dry_run:
            return msgspec.structs.replace(request, dry_run=True)
        save_audit(workspace.state, audit)
        target = next(target for target in targets if isinstance(target.role, ReviewRole))
        _reopen(store, target.project, new)
        settings = sync_settings(workspace, push=True, pull=False, include_unconfirmed=False)
        outcome = sync_project(store, target, settings, workspace.now, progress)
        _write_questions(store, target.project, questions)
    return msgspec.structs.replace(request, pushed=outcome.pushed, problems=outcome.problems)


def _reviewed(workspace: Workspace) -> set[str]:
    """The documents whose review is done."""
    name = review_project_name(workspace)
    with workspace.store.begin() as tx:
        markers = [remote.marker for remote in tx.remotes() if remote.name == name]
        tracked = [tx.tracked_documents(marker) for marker in markers]
    return {key for documents in tracked for key, confirmed in documents.items() if confirmed}


def _reopen(store: Store, project: AnnotationProject, documents: Iterable[str]) -> None:
    """Delete reviewed documents in the project, so that they are pushed to it again.

    One that somebody changed since stays: the next sync pulls the change first.
    """
    for document in documents:
        with store.begin() as tx:
            tracked = tx.tracked(project.marker, document)
        if tracked is None or tracked.example is None or not tracked.confirmed:
            continue
        there = project.read_attribution(tracked.example, tracked.base).annotation
        if there.content == tracked.base.content:
            project.delete_example(tracked.example)
            with store.begin() as tx:
                tx.forget(document, project.marker)


def _write_questions(
    store: Store, project: AnnotationProject, questions: Mapping[str, tuple[str, ...]]
) -> None:
    """Write new questions as comments to documents that were in the project already."""
    with store.begin() as tx:
        examples = tx.examples(project.marker)
    for document, texts in questions.items():
        if document in examples:
            project.add_comments(examples[document], texts)
