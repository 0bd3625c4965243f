"""Where a workspace's store meets its remote and its releases."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from curate import release
from curate.config import Config
from curate.errors import ReleaseError
from curate.model import Document, Release, Revision
from curate.schema import Schema

if TYPE_CHECKING:
    from curate.doccano.credentials import Credentials
    from curate.doccano.remote import DoccanoRemote
    from curate.store import Store
    from curate.store.transaction import Remote


def connect(
    store: Store, config: Config, schema: Schema, account: Credentials, tick: Callable[[], None]
) -> DoccanoRemote:
    """Log in, and find the corpus's project; a project to be made gets a marker of its own.

    Raises:
        RemoteError: the server cannot be reached or refuses, or the project is somebody else's.
    """
    from curate.doccano.remote import DoccanoRemote
    from curate.doccano.session import connect as log_in

    session = log_in(account.url, account.username, account.password)
    with store.begin() as tx:
        known = [r for r in tx.remotes() if (r.url, r.name) == (session.url, config.project)]
    return DoccanoRemote(
        session,
        config.project,
        schema,
        config.doccano.members,
        markers=[r.marker for r in known],
        fresh=_fresh_marker(known),
        tick=tick,
    )


def _fresh_marker(known: list[Remote]) -> str:
    """The marker of a project that is to be made.

    One that was chosen before and never came to be made is used, so that a project whose making was
    not answered is found again. A project that was made and is gone takes its marker along: what
    was last seen in it says nothing of a new one.
    """
    pending = [remote.marker for remote in known if remote.project is None]
    return pending[-1] if pending else secrets.token_hex(16)


def remember(store: Store, remote: DoccanoRemote) -> None:
    """Keep the project's identity in the store."""
    from curate.store.transaction import Remote

    number = remote.project if remote.exists() else None
    with store.begin() as tx:
        tx.put_remote(
            Remote(marker=remote.marker, url=remote.url, name=remote.name, project=number)
        )


def entries(store: Store, found: Release) -> Iterator[tuple[Document, Revision]]:
    """What a release holds, read from the store and held against the manifest's digests.

    Raises:
        ReleaseError: the store has not what the manifest says.
    """
    for entry in found.entries:
        with store.begin() as tx:
            document = tx.document(entry.document)
            revision = tx.revision(entry.document, entry.revision)
        if document is None or revision is None or release.entry(document, revision) != entry:
            raise ReleaseError(
                f"{entry.document}@{entry.revision} is not what release {found.version} holds",
                "restore annotations/ from version control",
            )
        yield document, revision
