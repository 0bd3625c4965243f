"""``curate clone``: a workspace from a Doccano project that people made without curate.

Nothing on the server is changed. What is confirmed becomes gold, and what is only marked becomes
layers; the store then knows the project as if it had pushed and pulled it, so that a sync goes on
from there once it is asked to adopt it.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from curate.clone.address import parse_address
from curate.clone.files import write_files
from curate.clone.importer import CloneImporter, record_project
from curate.clone.records import CloneOptions, CloneReport, FoundProject, SourceProject
from curate.doccano.credentials import URL, resolve
from curate.doccano.server_address import is_loopback
from curate.errors import InputError, RemoteError
from curate.model import Problem, Record
from curate.text.language import detect
from curate.util import clock, jsonl
from curate.util.progress import Progress, silent
from curate.workspace import Workspace

if TYPE_CHECKING:
    from curate.doccano.session import Session

_STATE, _READ = "clone.json", "clone.jsonl"
_LANGUAGE_SAMPLE = 50


class _CloneState(Record, frozen=True, kw_only=True):
    """Identity of a clone that is not finished."""

    url: str
    project: int
    marker: str


class _CloneRun(NamedTuple):
    """What one run makes a workspace from, and how."""

    session: Session
    source: SourceProject
    root: Path
    state: _CloneState
    options: CloneOptions
    problems: tuple[Problem, ...]
    now: Callable[[], str]
    progress: Progress


def list_cloneable(
    address: str, notify: Callable[[str], None] = lambda message: None
) -> list[FoundProject]:
    """The projects of a server that the account can see.

    Raises:
        RemoteError: the server cannot be reached or refuses.
    """
    from curate.clone.project import list_projects

    with _connect(parse_address(address).url, notify) as session:
        return list(list_projects(session))


def clone(
    address: str,
    folder: Path | None = None,
    options: CloneOptions | None = None,
    *,
    dry_run: bool = False,
    now: Callable[[], str] = clock.now,
    notify: Callable[[str], None] = lambda message: None,
    progress: Progress = silent,
) -> CloneReport:
    """Make a workspace from a project; one that was interrupted is completed.

    Args:
        address: ``URL#PROJECT``, with the name or the number of the project.
        folder: the workspace; by default one named after the project.
        options: how the project is to be read where it does not say.
        dry_run: only say what there is; nothing is made.
        now: returns the time as ISO 8601 in UTC.
        notify: called with a sentence that the user should read.
        progress: called as the work advances.

    Raises:
        InputError: there is no such project, the folder holds something else, or it cannot be known
            what the offsets of an import count.
        RemoteError: the server cannot be reached or refuses. What was read is kept, and the same
            command resumes.
    """
    from curate.clone.project import find_source, read_source, slug

    options = options or CloneOptions()
    url, wanted = parse_address(address)
    with _connect(url, notify) as session:
        row = find_source(session, wanted)
        language = options.language or _language(session, int(row["id"]))
        source, problems = read_source(session, row, language)
        problems = (*problems, *_rights(session, source))
        root = (folder or Path(slug(source.name))).resolve()
        state = _clone_state(root, source)
        if dry_run:
            return _preview(session, source, root, problems)
        run = _CloneRun(session, source, root, state, options, problems, now, progress)
        return _clone(run) if source.shared else _clone_apart(run)


def _connect(address: str, notify: Callable[[str], None]) -> Session:
    from curate.doccano.session import connect

    environment = {name: value for name, value in os.environ.items() if name != URL}
    account = resolve(address, lambda: None, environment)
    if account.url.startswith("http://") and not is_loopback(account.url):
        notify(f"warning: the password and the articles go to {account.url} unencrypted")
    return connect(account.url, account.username, account.password)


def _language(session: Session, project: int) -> str:
    """The language of most of the first texts of a project."""
    query = {"limit": _LANGUAGE_SAMPLE, "ordering": "created_at"}
    rows = session.get(f"projects/{project}/examples", params=query).json()["results"]
    codes = Counter(detect(str(row["text"] or "")).code for row in rows)
    del codes[""]
    return codes.most_common(1)[0][0] if codes else "en"


def _rights(session: Session, source: SourceProject) -> tuple[Problem, ...]:
    """What the account may not read, or may not do in a sync.

    Raises:
        RemoteError: it may not read what others marked.
    """
    me = session.get("me").json()
    if me["is_superuser"] or source.role == "project_admin":
        return ()
    members = f"{source.url}/projects/{source.id}/members"
    if not source.shared:
        raise RemoteError(
            f"{me['username']} is {source.role} of project {source.id} ({source.name}), whose "
            "annotators work apart: what others marked there only a project_admin can export",
            f"an administrator of the project can give the role at {members}",
        )
    return (
        Problem(
            code="clone.rights",
            severity="warning",
            message=f"{me['username']} is {source.role} of the project: all documents, marks, "
            "confirmations and comments can be read, the roles of its members cannot; and a sync "
            "needs the role project_admin",
            hint=f"an administrator of the project can give it at {members}",
        ),
    )


def _clone_state(root: Path, source: SourceProject) -> _CloneState:
    """The identity of the clone, kept from an earlier try.

    Raises:
        InputError: the folder holds something else.
    """
    hint = "name another folder, or remove it"
    path = root / ".curate" / _STATE
    state = jsonl.load(path, _CloneState, hint)
    if state is not None and (state.url, state.project) == (source.url, source.id):
        return state
    if state is not None or (root.exists() and any(root.iterdir())):
        raise InputError(f"{root} is not empty, and no clone of {source.origin}", hint)
    marker = source.marker or secrets.token_hex(16)
    return _CloneState(url=source.url, project=source.id, marker=marker)


def _preview(
    session: Session, source: SourceProject, root: Path, problems: tuple[Problem, ...]
) -> CloneReport:
    progress = session.get(f"projects/{source.id}/metrics/progress").json()
    comments = session.get(f"projects/{source.id}/comments", params={"limit": 1}).json()
    return CloneReport(
        root=str(root),
        project=source.origin,
        number=source.id,
        documents=int(progress["total"]),
        gold=int(progress["complete"]),
        comments=int(comments["count"]),
        problems=problems,
        dry_run=True,
    )


def _clone(run: _CloneRun) -> CloneReport:
    from curate.clone.reading import ReadExamples, read_examples

    session, source, root, marker = run.session, run.source, run.root, run.state.marker
    jsonl.write(root / ".curate" / _STATE, jsonl.canonical(run.state))
    files = write_files(root, source)
    workspace = Workspace(root, run.now)
    with workspace.locked("clone"):
        kept = ReadExamples(root / ".curate" / _READ)
        there = read_examples(session, source, kept, run.progress)
        source, problems = _read_again(session, source, root, run.problems)
        importer = CloneImporter(workspace, source, marker, kept, run.options, run.progress)
        time = session.server_time()
        record_project(workspace.store, source, marker, importer.importers, time)
        importer.add_all(there)
        files += workspace.write_annotations()
        kept.remove()
        (root / ".curate" / _STATE).unlink()
    return importer.report(tuple(files), problems)


def _read_again(
    session: Session, source: SourceProject, root: Path, problems: tuple[Problem, ...]
) -> tuple[SourceProject, tuple[Problem, ...]]:
    """The project at the end, with labels and accounts that were made while it was read."""
    from curate.clone.files import schema_yaml
    from curate.clone.project import read_source

    row = session.get(f"projects/{source.id}").json()
    current, found = read_source(session, row, source.schema.language)
    if current.schema == source.schema:
        return current, problems
    path = root / Workspace(root).config.corpus.schema
    jsonl.write(path, schema_yaml(current.schema).encode())
    return current, (*found, *_rights(session, current))


def _clone_apart(run: _CloneRun) -> CloneReport:
    """Clone a project in which people do not see what others annotate."""
    from curate.clone.apart import ApartImporter, read_apart

    session, source, root, marker = run.session, run.source, run.root, run.state.marker
    importer = ApartImporter(source, list(read_apart(session, source, run.progress)), run.options)
    jsonl.write(root / ".curate" / _STATE, jsonl.canonical(run.state))
    files = write_files(root, source, importer.annotators)
    workspace = Workspace(root, run.now)
    with workspace.locked("clone"):
        record_project(workspace.store, source, marker, (), session.server_time())
        report = importer.add_all(workspace, marker)
        files += workspace.write_annotations()
        (root / ".curate" / _STATE).unlink()
    return msgspec.structs.replace(
        report, files=tuple(files), problems=(*run.problems, *report.problems)
    )
