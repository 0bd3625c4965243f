"""Proving what an account may do in a project, by doing it, with nothing added to the project."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from curate.doccano.client import DataUploadRepository
from curate.doccano.project_types import ProjectKind
from curate.doccano.pull import download_export
from curate.doccano.session import Refused, Session, TaskPending
from curate.errors import CurateError, RemoteError

WORKER_SECONDS = 30.0
"""How long an import of nothing may take before Doccano's worker counts as not running."""


def prove_creation(session: Session, name: str) -> str:
    """What says that the account may make a project.

    Raises:
        RemoteError: it may not.
    """
    account = session.get("me").json()
    if not account["is_staff"]:
        raise RemoteError(
            f"{account['username']} is not staff, and only staff can make project {name}",
            f"a superuser can set Staff status for {account['username']} at {session.url}/admin/",
        )
    return f"the next sync makes it; {account['username']} is staff"


def project_proofs(
    session: Session, project: int, name: str, kind: ProjectKind
) -> Iterator[tuple[str, Callable[[], str]]]:
    """The rights that a sync needs in a project, and what proves each.

    Args:
        session: a logged-in session.
        project: id of the project.
        name: its name.
        kind: what it holds.

    Yields:
        The name of a right, and a function that returns what proves it or raises RemoteError.
    """
    resource = f"projects/{project}"
    proofs: dict[str, Callable[[], str]] = {
        "members": partial(_members, session, resource),
        "import": partial(_import, session, project, kind),
        "export": partial(_export, session, project),
    }
    for right, prove in proofs.items():
        yield right, partial(_explained, session, project, name, right, prove)


def _explained(
    session: Session, project: int, name: str, right: str, prove: Callable[[], str]
) -> str:
    """What proves a right; a refusal says who can give it."""
    try:
        return prove()
    except Refused as error:
        if error.status != 403:
            raise
        account = session.get("me").json()["username"]
        verb = "list the members of" if right == "members" else right
        preposition = {"members": "", "import": " into", "export": " from"}[right]
        raise RemoteError(
            f"{account} may not {verb}{preposition} project {name}{_role(session, project)}",
            f"an administrator of the project, or a superuser, can make {account} project_admin "
            f"at {session.url}/projects/{project}/members",
        ) from error


def _role(session: Session, project: int) -> str:
    try:
        row = session.get(f"projects/{project}/my-role").json()
    except Refused:
        return ""
    return f" as {row['rolename']}"


def _members(session: Session, resource: str) -> str:
    session.get(f"{resource}/members")
    return "can be read and changed"


def _import(session: Session, project: int, kind: ProjectKind) -> str:
    """Import no file at all: the server's worker is asked, and nothing is added."""
    uploads = DataUploadRepository(session)
    columns = {"column_data": "text", "column_label": kind.spans or kind.categories}
    task = uploads.ingest(
        project, [], kind.task, "JSONL", **columns, encoding="utf_8", delimiter=""
    )
    _wait(session, task, "an import of nothing")
    return "works, and so does Doccano's worker"


def _export(session: Session, project: int) -> str:
    """Export the confirmed documents, through the worker and the folder that both must share."""
    body = {"format": "JSONL", "exportApproved": True}
    task = session.post(f"projects/{project}/download", json=body).json()["task_id"]
    _wait(session, task, "an export")
    try:
        with tempfile.TemporaryDirectory(prefix="curate-") as folder:
            download_export(session, project, task, Path(folder) / "export.zip")
            zipfile.ZipFile(Path(folder) / "export.zip").close()
    except (Refused, zipfile.BadZipFile) as error:
        reason = error.message if isinstance(error, CurateError) else str(error)
        raise RemoteError(
            f"the file of an export cannot be downloaded ({reason})",
            "Doccano's web server and worker must share the folder MEDIA_ROOT",
        ) from error
    return "works"


def _wait(session: Session, task: str, description: str) -> None:
    try:
        session.wait(task, description, WORKER_SECONDS)
    except TaskPending as error:
        raise RemoteError(
            f"{description} did not end within {WORKER_SECONDS:.0f} s: Doccano's worker does not "
            "run, or has much to do",
            "start it (the embedded server's: `curate server start`), or try again later",
        ) from error
