"""Where a workspace's store meets its remote and its releases."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from curate.config import Config, Tasks
from curate.layers import PROPOSAL
from curate.model import Assignment
from curate.schema import Schema
from curate.schema.migrations import Chain
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.doccano.credentials import Credentials
    from curate.doccano.remote import DoccanoRemote
    from curate.doccano.session import Session
    from curate.store import Store
    from curate.store.transaction import Remote
    from curate.sync.plan import Outcome
    from curate.sync.protocol import Settings
    from curate.sync.roles import Aim

REVIEW = "-review"
"""What the name of the project for reviews ends in."""


class Desk(NamedTuple):
    """A project with what it is for."""

    aim: Aim
    remote: DoccanoRemote


def desks(
    store: Store,
    config: Config,
    schema: Schema,
    account: Credentials,
    tick: Callable[[], None],
    assignments: Mapping[str, Assignment],
    migrations: Chain = (),
    reviews: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Desk]:
    """Log in, and find the projects of a corpus, in the order in which they are to be synced.

    Args:
        store: the corpus.
        config: its settings.
        schema: its labels.
        account: the server, and who logs in.
        tick: called while the server works.
        assignments: who annotates what.
        migrations: of the schema.
        reviews: what people are asked to review, by document. The project for it comes first, so
            that what comes of it is carried to the others; there is none where nobody was asked.

    Raises:
        RemoteError: the server cannot be reached or refuses, or a project is somebody else's.
    """
    from curate.doccano.session import connect as log_in
    from curate.sync.review import SUSPECTS, Review
    from curate.sync.roles import VERSIONS, Adjudication, Apart, Gold

    session = log_in(account.url, account.username, account.password)
    with store.begin() as tx:
        known = [remote for remote in tx.remotes() if remote.url == session.url]
    project = partial(_project, session, known, schema, tick, migrations)
    roles, tasks = config.doccano.members, config.tasks
    found: list[Desk] = []
    name = f"{config.project}{REVIEW}"
    if reviews or any(remote.name == name for remote in known):
        reviewers = {
            each: roles.get(each, "annotation_approver") for each in config.audit.reviewers
        }
        found.append(Desk(Review(reviews or {}), project(name, reviewers or roles, SUSPECTS)))
    if tasks.mode == "shared":
        return [*found, Desk(Gold(), project(config.project, roles))]
    found += [
        Desk(
            Apart(name, assignments),
            project(f"{config.project}-{name}", {name: roles.get(name, "annotator")}),
        )
        for name in tasks.annotators
    ]
    if tasks.adjudicators:
        who = {name: roles.get(name, "annotation_approver") for name in tasks.adjudicators}
        there = project(f"{config.project}-adjudication", who, VERSIONS)
        found.append(Desk(Adjudication(), there))
    return found


def _project(
    session: Session,
    known: Sequence[Remote],
    schema: Schema,
    tick: Callable[[], None],
    migrations: Chain,
    name: str,
    members: Mapping[str, str],
    extra: tuple[str, ...] = (),
) -> DoccanoRemote:
    """The project of a name, found again by the markers that the store knows of it."""
    from curate.doccano.remote import DoccanoRemote

    mine = [remote for remote in known if remote.name == name]
    return DoccanoRemote(
        session,
        name,
        schema,
        members,
        markers=[remote.marker for remote in mine],
        fresh=_fresh_marker(mine),
        tick=tick,
        extra=extra,
        migrations=migrations,
    )


def assignments(store: Store, tasks: Tasks) -> tuple[dict[str, Assignment], list[Assignment]]:
    """Who annotates what: all of it, and what of it is new and not kept yet.

    Raises:
        ConfigError: the settings contradict themselves.
    """
    from curate.annotations.assignments import assign, check

    check(tasks)
    if tasks.mode == "shared":
        return {}, []
    with store.begin() as tx:
        known = tx.assignments()
        waiting = [
            document
            for document in tx.documents()
            if document.id in known or tx.annotation(document.id, PROPOSAL) is not None
        ]
        heads = {revision.document for _, revision in tx.heads()}
    fresh = assign([d for d in waiting if d.id in known or d.id not in heads], tasks, known)
    return {**known, **{each.document: each for each in fresh}}, fresh


def _fresh_marker(known: Sequence[Remote]) -> str:
    """The marker of a project that is to be made.

    One that was chosen before and never came to be made is used, so that a project whose making was
    not answered is found again. A project that was made and is gone takes its marker along: what
    was last seen in it says nothing of a new one.
    """
    pending = [remote.marker for remote in known if remote.project is None]
    return pending[-1] if pending else secrets.token_hex(16)


def sync(
    store: Store,
    desk: Desk,
    settings: Settings,
    clock: Callable[[], str],
    progress: Progress,
) -> Outcome:
    """Sync one project, and keep its identity."""
    from curate.sync import apply

    remember(store, desk.remote)  # before it is made, so that its marker is known
    done = apply.sync(store, desk.remote, settings, clock, progress, desk.aim)
    remember(store, desk.remote)
    return done


def remember(store: Store, remote: DoccanoRemote) -> None:
    """Keep the project's identity in the store."""
    from curate.store.transaction import Remote

    number = remote.project if remote.exists() else None
    with store.begin() as tx:
        tx.put_remote(
            Remote(marker=remote.marker, url=remote.url, name=remote.name, project=number)
        )
