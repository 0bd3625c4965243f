"""What is wrong with the set-up of a workspace, and the command that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from curate import config
from curate.doccano.credentials import workspace_credentials
from curate.doccano.embedded.server import embedded_server
from curate.errors import CurateError
from curate.model import Record
from curate.preannotate import layers
from curate.preannotate.registry import trained_models
from curate.store.address import PASSWORD, has_password
from curate.version import __version__
from curate.workspace import Workspace

_PACKAGES = ("spacy", "great-expectations", "pandas", "doccano-client", "sqlalchemy")


class Finding(Record, frozen=True, kw_only=True):
    """One thing that was looked at; ``hint`` is empty when it is well."""

    what: str
    ok: bool
    told: str
    hint: str = msgspec.field(default="", name="cure")


def examine(root: Path) -> list[Finding]:
    """Look at everything a workspace needs; one thing that fails never hides the next."""
    return list(_findings(root))


def _findings(root: Path) -> Iterator[Finding]:
    yield Finding(what="curate", ok=True, told=__version__)
    yield from map(_package, _PACKAGES)
    try:
        workspace = Workspace(root)
    except CurateError as error:
        yield Finding(what="workspace", ok=False, told=error.message, hint=error.hint)
        return
    yield Finding(what="workspace", ok=True, told=str(workspace.root))
    yield _look("schema", lambda: workspace.schema.id)
    yield _look("store", lambda: _store(workspace))
    if has_password(workspace.config.database):
        told = f"the password of the store stands in {config.FILE}"
        hint = f"take it out, change it, and set {PASSWORD}, or use the keyring or ~/.pgpass"
        yield Finding(what="store password", ok=False, told=told, hint=hint)
    for model in workspace.config.preannotate.models:
        yield _look(f"model {model}", partial(_model, model))
    yield _look("trained model", lambda: _trained(workspace))
    yield _look("embedded server", lambda: _server(workspace))
    yield _look("credentials", lambda: repr(workspace_credentials(workspace)))
    yield _look("Doccano", lambda: _login(workspace))


def _look(what: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, ok=True, told=ask())
    except CurateError as error:
        return Finding(what=what, ok=False, told=error.message, hint=error.hint)


def _package(name: str) -> Finding:
    try:
        return Finding(what=name, ok=True, told=version(name))
    except PackageNotFoundError:
        hint = f"run `pip install {name}`"
        return Finding(what=name, ok=False, told="not installed", hint=hint)


def _model(name: str) -> str:
    return layers((name,), ())[0]


def _trained(workspace: Workspace) -> str:
    models, current = trained_models(workspace)
    which = f"{current.model} proposes" if current else "none proposes"
    return f"{len(models)} trained, {which}"


def _store(workspace: Workspace) -> str:
    with workspace.store.begin() as tx:
        told = f"{len(tx.document_ids())} documents in {workspace.store.url}"
    holder = workspace.store.holder()
    return f"{told}, held by {holder}" if holder else told


def _server(workspace: Workspace) -> str:
    found = embedded_server(workspace).status()
    if found.problems:
        raise CurateError("; ".join(found.problems), "run `curate server start`")
    return f"runs at {found.url}" if found.running else "does not run"


def _login(workspace: Workspace) -> str:
    from curate.doccano.session import connect

    account = workspace_credentials(workspace)
    connect(account.url, account.username, account.password)
    return f"{account.username} can log in at {account.url}"
