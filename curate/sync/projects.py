"""The Doccano projects of a corpus: which there are, what each is for, and who works in them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from curate.annotations.assignments import assign, check_task_settings
from curate.audit.review import review_questions
from curate.layers import PROPOSAL
from curate.model import Assignment
from curate.store.records import RemoteProject
from curate.sync.roles import (
    ADJUDICATION_METADATA,
    REVIEW_METADATA,
    AdjudicationRole,
    GoldRole,
    IndependentRole,
    ProjectRole,
    ReviewRole,
)
from curate.sync.tasks import former_annotators

if TYPE_CHECKING:
    from curate.config import TaskSettings
    from curate.doccano.members import WantedMember
    from curate.doccano.project_search import KnownProject
    from curate.doccano.remote import DoccanoRemote
    from curate.doccano.session import Session
    from curate.schema import Schema
    from curate.store import Store
    from curate.workspace import Workspace


class SyncTarget(NamedTuple):
    """A project and what it is for."""

    role: ProjectRole
    project: DoccanoRemote


def review_project_name(workspace: Workspace) -> str:
    """The name of the project for reviews."""
    return f"{workspace.config.project}-review"


def connect_projects(
    workspace: Workspace,
    tick: Callable[[], None],
    renew: bool = False,
    questions: Mapping[str, tuple[str, ...]] | None = None,
) -> list[SyncTarget]:
    """Log in and find the projects of a corpus, in the order in which they are to be synced.

    The project for reviews comes first, so that its results are pushed to the others in the same
    sync. There is none before somebody was asked for a review.

    Where none of the projects with documents of the corpus is to be seen, because the server is
    another one or was made anew, every project that is not there counts as absent, so that none is
    made.

    Args:
        workspace: the corpus.
        tick: called while the server works.
        renew: give up projects that are not to be seen on the server any more.
        questions: what reviewers are to be asked; by default what they were asked before.

    Raises:
        ConfigError: ``[tasks]`` contradicts itself.
        RemoteError: the server cannot be reached or refuses, or a project of this name does not
            belong to the corpus.
    """
    from curate.doccano.connection import connect_workspace

    config, tasks = workspace.config, workspace.config.tasks
    assignments, _ = plan_assignments(workspace.store, tasks)
    session = connect_workspace(workspace)
    from curate.doccano.project_search import KnownProject

    with workspace.store.begin() as tx:
        recorded = [
            KnownProject(
                remote=remote,
                documents=len(tx.tracked_documents(remote.marker)),
                state=tx.remote_state(remote.marker),
            )
            for remote in tx.remotes()
        ]
    find = partial(_find_project, workspace, session, recorded, tick, renew)
    members = config.doccano.members
    targets: list[SyncTarget] = []
    if questions is None:
        questions = review_questions(workspace.state)
    review = review_project_name(workspace)
    if questions or any(known.remote.name == review for known in recorded):
        setting = "[audit] reviewers"
        reviewers = _roles(config.audit.reviewers, members, "annotation_approver", setting)
        reviewers = reviewers or _roles(members, members)
        project = find(review, reviewers, REVIEW_METADATA)
        targets.append(SyncTarget(ReviewRole(questions), project))
    if tasks.mode == "shared":
        project = find(config.project, _roles(members, members))
        targets.append(SyncTarget(GoldRole(), project))
        return _none_made_elsewhere(targets, recorded)
    for account in tasks.annotators:
        annotator = _roles((account,), members, "annotator", "[tasks] annotators")
        schema = workspace.schema.in_languages(tasks.languages_of(account) or config.languages)
        project = find(f"{config.project}-{account}", annotator, schema=schema)
        targets.append(SyncTarget(IndependentRole(account, assignments), project))
    for account in former_annotators(assignments, tasks):
        name = f"{config.project}-{account}"
        remotes = (known.remote for known in recorded)
        if any(remote.name == name and remote.project is not None for remote in remotes):
            project = find(name, {})
            role = IndependentRole(account, assignments, active=False)
            targets += [SyncTarget(role, project)] if project.exists() else []
    if tasks.adjudicators:
        setting = "[tasks] adjudicators"
        adjudicators = _roles(tasks.adjudicators, members, "annotation_approver", setting)
        project = find(f"{config.project}-adjudication", adjudicators, ADJUDICATION_METADATA)
        targets.append(SyncTarget(AdjudicationRole(), project))
    return _none_made_elsewhere(targets, recorded)


def _none_made_elsewhere(
    targets: list[SyncTarget], recorded: Sequence[KnownProject]
) -> list[SyncTarget]:
    """The same projects; none is to be made where none of the known ones is."""
    synced = {known.remote.marker for known in recorded if known.documents}
    projects = [target.project for target in targets]
    absent = next((project.absent for project in projects if project.absent is not None), None)
    if absent and not any(each.exists() and each.marker in synced for each in projects):
        for project in projects:
            if not project.exists() and project.absent is None:
                project.absent = absent
    return targets


def _roles(
    accounts: Iterable[str], members: Mapping[str, str], default: str = "", setting: str = ""
) -> dict[str, WantedMember]:
    """Members of a project, with the roles that they are given, else with one for this project.

    Args:
        accounts: their account names.
        members: ``[doccano.members]``.
        default: the role of those who are not in it.
        setting: what else names the accounts in ``curate.toml``.
    """
    from curate.doccano.members import MEMBERS, WantedMember

    return {
        account: WantedMember(
            members.get(account, default),
            tuple(filter(None, (setting, MEMBERS if account in members else ""))),
        )
        for account in accounts
    }


def _find_project(
    workspace: Workspace,
    session: Session,
    recorded: Sequence[KnownProject],
    tick: Callable[[], None],
    renew: bool,
    name: str,
    members: Mapping[str, WantedMember],
    extra: tuple[str, ...] = (),
    schema: Schema | None = None,
) -> DoccanoRemote:
    """The project of a name, found again by what the store has recorded of it."""
    from curate.doccano.remote import DoccanoRemote

    own = [known for known in recorded if known.remote.name == name]
    # A recorded marker without a project was chosen by a sync that did not see its project made. It
    # is used again, so that a project whose creation was not answered is found. A project that is
    # gone takes its marker along: what was last seen in it says nothing about a new one.
    pending = [
        known.remote.marker
        for known in own
        if known.remote.project is None and known.remote.url == session.url
    ]
    return DoccanoRemote(
        session,
        name,
        schema or workspace.schema,
        members,
        known=own,
        fresh=pending[-1] if pending else secrets.token_hex(16),
        renew=renew,
        tick=tick,
        extra=extra,
        migrations=workspace.migrations,
    )


def record_project(store: Store, project: DoccanoRemote) -> None:
    """Record the identity of a project in the store, and forget those that it replaces."""
    number = project.project if project.exists() else None
    with store.begin() as tx:
        for marker in project.given_up:
            tx.give_up_remote(marker)
        tx.put_remote(
            RemoteProject(marker=project.marker, url=project.url, name=project.name, project=number)
        )


def plan_assignments(
    store: Store, tasks: TaskSettings
) -> tuple[dict[str, Assignment], list[Assignment]]:
    """Who annotates which document: all assignments, and those of them that are new.

    Raises:
        ConfigError: ``[tasks]`` contradicts itself.
    """
    check_task_settings(tasks)
    if tasks.mode == "shared":
        return {}, []
    with store.begin() as tx:
        recorded = tx.assignments()
        golden = tx.documents_with_gold()
        documents = [
            document
            for document in tx.documents()
            if document.id in recorded
            or (document.id not in golden and tx.annotation(document.id, PROPOSAL) is not None)
        ]
    new = assign(documents, tasks, recorded)
    return {**recorded, **{assignment.document: assignment for assignment in new}}, new


def assign_new_documents(workspace: Workspace) -> int:
    """Record who is to annotate documents that nobody was assigned to yet; returns how many."""
    _, new = plan_assignments(workspace.store, workspace.config.tasks)
    with workspace.store.begin() as tx:
        for assignment in new:
            tx.put_assignment(assignment)
    return len(new)
