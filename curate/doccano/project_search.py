"""Finding the project of a corpus on a server, and saying so if it is not there any more.

A project is known by the marker in its description and, once it was synced, by its number too:
a project that somebody cloned in Doccano has the same marker, and none of the spans. A project in
which documents were tracked and that is not there is never made again without being asked: it can
have been deleted, be hidden from the account, or be on another server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from curate.doccano.duplicate_projects import choose_project
from curate.doccano.project import ManagedProject, managed_project, read_marker
from curate.doccano.session import Refused, Session
from curate.errors import RemoteError
from curate.model import Problem, Record
from curate.store.records import RemoteProject, RemoteState


class KnownProject(Record, frozen=True, kw_only=True):
    """A project with which the corpus was synced before.

    Args:
        remote: what the store has of it.
        documents: how many documents are tracked in it.
        state: what else is known of it.
    """

    remote: RemoteProject
    documents: int = 0
    state: RemoteState = RemoteState()


class AbsentProject(Record, frozen=True, kw_only=True):
    """A project in which documents are tracked and that is not to be seen on the server.

    Args:
        name: its name.
        known: what is known of it.
        url: address of the server on which it was looked for.
        hidden: whether a project of its number is there, to which the account has no access.
        clone: id of another project that has its marker, if there is one.
        namesake: id of a project of the same name that curate made for another copy of the corpus.
    """

    name: str
    known: KnownProject
    url: str
    hidden: bool = False
    clone: int | None = None
    namesake: int | None = None

    @property
    def code(self) -> str:
        """Code of the problem that reports it."""
        return "remote.project-hidden" if self.hidden else "remote.project-gone"

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        remote, documents = self.known.remote, self.known.documents
        tracked = f"{documents} document{'' if documents == 1 else 's'} of the corpus"
        project = f"project {remote.project} ({self.name}), which holds {tracked}"
        if self.hidden:
            text = f"{project}, is on {self.url}, but this account is no member of it"
        elif remote.url != self.url:
            text = f"{project}, was synced on {remote.url}; {self.url} has no such project"
        else:
            text = f"{project}, is no longer on {self.url}"
        if self.clone is not None:
            text += f"; project {self.clone} has its marker but is another one, such as a clone"
        return f"{text}; nothing was made, pushed or pulled"

    @property
    def hint(self) -> str:
        """What to do about it."""
        if self.hidden:
            cure = "make the account a member of the project again (project_admin), and sync"
        elif self.known.remote.url != self.url:
            cure = "correct the address, or restore the backup of this server"
        else:
            cure = "restore the server from its backup"
        new = "a new project and pushes every document again"
        if self.namesake is not None:
            new = (
                f"project {self.namesake} of the same name, of another copy of the corpus, instead"
            )
        verb = "uses" if self.namesake is not None else "makes"
        return f"{cure}; or `curate sync --new-project` {verb} {new}"

    def problem(self) -> Problem:
        """The problem that reports it."""
        return Problem(code=self.code, message=self.message, hint=self.hint)


def find_project(
    session: Session, name: str, known: Sequence[KnownProject], renew: bool = False
) -> ManagedProject | AbsentProject | None:
    """The project of a corpus on a server; None if there is none and one may be made.

    It is the one with a marker that the store has, under the number that the store has for it. The
    address does not count: one server can have several. A fresh clone of a corpus finds the project
    that the first one made by its name, and takes over its marker. Of several with one marker whose
    number is not known, see ``curate.doccano.duplicate_projects``.

    Args:
        session: a logged-in session.
        name: name of the project.
        known: the projects of this name with which the corpus was synced before.
        renew: give up a project that is not to be seen any more.

    Raises:
        RemoteError: a project that curate did not create has this name.
    """
    rows = list(session.pages("projects"))
    # The one of this server first, should the corpus be synced with several servers in turn.
    ordered = sorted(known, key=lambda each: each.remote.url != session.url)
    for each in ordered:
        if each.state.cloned and (project := _cloned(session, rows, each)):
            return project
        if project := _with_marker(session, rows, each):
            return project
    markers = {each.remote.marker for each in known}
    namesakes = [row for row in rows if row["name"] == name]
    other = next((r for r in namesakes if read_marker(r) and read_marker(r) not in markers), None)
    if not renew and (absent := _absent(session, name, ordered, rows, other)):
        return absent
    if other is not None:
        return _chosen(session, rows, read_marker(other))
    stranger = next((row for row in namesakes if not read_marker(row)), None)
    if stranger is not None:
        raise RemoteError(
            f"Doccano has a project {name!r} (number {stranger['id']}) that curate did not create",
            "rename it there, set another name in curate.toml under [doccano] project, or make a "
            "corpus of it with `curate clone`",
        )
    return None


def _cloned(
    session: Session, rows: Sequence[Mapping[str, Any]], known: KnownProject
) -> ManagedProject | None:
    """The project from which the corpus was cloned, by its number: it has no marker yet."""
    if known.remote.url != session.url:
        return None
    row = next((row for row in rows if row["id"] == known.remote.project), None)
    if row is None:
        return None
    if read_marker(row) not in ("", known.remote.marker):
        raise RemoteError(
            f"project {row['id']} ({row['name']}) was adopted by another copy of the corpus since "
            "it was cloned",
            "use that copy, or clone the project again",
        )
    return managed_project(row, known.remote.marker)


def _with_marker(
    session: Session, rows: Sequence[Mapping[str, Any]], known: KnownProject
) -> ManagedProject | None:
    """The project with a known marker and, if it is known, of the known number."""
    marker, number = known.remote.marker, known.remote.project
    ids = {int(row["id"]): row for row in rows if read_marker(row) == marker}
    if number is None:
        return _chosen(session, rows, marker) if ids else None
    if number not in ids:
        return None
    duplicates = tuple(sorted(ids.keys() - {number}))
    return managed_project(ids[number], marker, duplicates)


def _chosen(session: Session, rows: Sequence[Mapping[str, Any]], marker: str) -> ManagedProject:
    ids = {int(row["id"]): row for row in rows if read_marker(row) == marker}
    chosen, duplicates = choose_project(session, [*ids])
    return managed_project(ids[chosen], marker, duplicates)


def _absent(
    session: Session,
    name: str,
    known: Sequence[KnownProject],
    rows: Sequence[Mapping[str, Any]],
    namesake: Mapping[str, Any] | None,
) -> AbsentProject | None:
    """The known project that is missed most: the one of this server, if it has documents."""
    missed = [each for each in known if each.remote.project is not None and each.documents]
    if not missed:
        return None
    each = missed[0]
    clones = (int(row["id"]) for row in rows if read_marker(row) == each.remote.marker)
    return AbsentProject(
        name=name,
        known=each,
        url=session.url,
        hidden=each.remote.url == session.url and _is_hidden(session, each.remote),
        clone=next(clones, None),
        namesake=int(namesake["id"]) if namesake is not None else None,
    )


def _is_hidden(session: Session, remote: RemoteProject) -> bool:
    """Whether a project that the account does not see is on the server all the same.

    A superuser can read every project by its number. Anybody else is refused (403) where there is
    one and gets 404 where there is none, from the list of its label types, which looks for the
    project before it looks at the account's rights (read in Doccano 1.8.4, ``label_types/views``).
    """
    try:
        session.get(f"projects/{remote.project}/span-types")
        row = session.get(f"projects/{remote.project}").json()
    except Refused as error:
        return error.status == 403
    return read_marker(row) == remote.marker
