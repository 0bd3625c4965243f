"""The check of a workspace's set-up: what works, what does not, and how to fix that."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate import config
from curate.doccano.client_copy import client_folder, client_version, provide_client
from curate.doccano.credentials import uses_embedded, workspace_credentials
from curate.doccano.embedded.readiness import answers
from curate.doccano.embedded.server import embedded_server
from curate.doccano.project_types import project_kind
from curate.errors import ConfigError, CurateError, StoreError
from curate.history.migrate import require_current_schema
from curate.model import Record
from curate.preannotate import rules
from curate.preannotate.endpoints import Endpoint
from curate.preannotate.model_registry import trained_models
from curate.preannotate.models import load_model
from curate.preannotate.pipelines import configured_pipelines
from curate.preannotate.programs import Program
from curate.preannotate.votes import read_votes
from curate.schema import Schema
from curate.store.address import PASSWORD, has_password
from curate.version import __version__
from curate.workspace import Workspace

if TYPE_CHECKING:
    from curate.doccano.session import Session

_SMALL_OFFSET_SECONDS = 2.0
_PACKAGES = ("spacy", "great-expectations", "pandas", "sqlalchemy")


class Finding(Record, frozen=True, kw_only=True):
    """The result of one check.

    Args:
        subject: what was checked, such as ``store``.
        ok: whether it works.
        detail: its state, or what is wrong.
        hint: how to fix it; empty if it works.
    """

    subject: str = msgspec.field(name="what")
    ok: bool
    detail: str = msgspec.field(name="told")
    hint: str = msgspec.field(default="", name="cure")


def examine(root: Path) -> list[Finding]:
    """Check everything that a workspace needs; a check that fails does not stop the others."""
    return list(_findings(root))


def _findings(root: Path) -> Iterator[Finding]:
    yield Finding(subject="curate", ok=True, detail=__version__)
    yield from map(_package, _PACKAGES)
    yield _check("doccano-client", _client)
    try:
        workspace = Workspace(root)
    except CurateError as error:
        yield Finding(subject="workspace", ok=False, detail=error.message, hint=error.hint)
        return
    yield Finding(subject="workspace", ok=True, detail=str(workspace.root))
    yield _check("folder", lambda: _folder(workspace))
    yield _check("schema", lambda: workspace.schema.id)
    yield _check("store", lambda: _store(workspace))
    yield from _preannotation(workspace)
    if has_password(workspace.config.database):
        yield Finding(
            subject="store password",
            ok=False,
            detail=f"the password of the store is in {config.FILE}",
            hint=f"remove it, change it, and set {PASSWORD}, or use the keyring or ~/.pgpass",
        )
    yield _check("trained model", lambda: _trained_model(workspace))
    yield _check("embedded server", lambda: _embedded_server(workspace))
    # An embedded server that does not run is no fault, unless another one answers in its place.
    if not uses_embedded(workspace) or answers(embedded_server(workspace).status().url):
        yield _check("credentials", lambda: repr(workspace_credentials(workspace)))
        yield from _server_checks(workspace)


def _check(subject: str, describe: Callable[[], str]) -> Finding:
    try:
        return Finding(subject=subject, ok=True, detail=describe())
    except CurateError as error:
        return Finding(subject=subject, ok=False, detail=error.message, hint=error.hint)


def _package(name: str) -> Finding:
    try:
        return Finding(subject=name, ok=True, detail=version(name))
    except PackageNotFoundError:
        hint = f"run `pip install {name}`"
        return Finding(subject=name, ok=False, detail="not installed", hint=hint)


def _client() -> str:
    """The client, which the check imports; the first time on a machine, that installs it."""
    provide_client()
    return f"{client_version()} in {client_folder()}"


def _folder(workspace: Workspace) -> str:
    """Every folder that commands write to, written to."""
    folders = (workspace.root, workspace.annotations, workspace.state)
    for folder in folders:
        try:
            if folder.exists():
                with tempfile.TemporaryFile(dir=folder):
                    pass
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be written to ({error.strerror})",
                f"make {folder} a folder that you may write to",
            ) from error
    return "can be written to"


def _preannotation(workspace: Workspace) -> Iterator[Finding]:
    """The models, rules and weights of each language, loaded as a pre-annotation loads them."""
    try:
        schema, pipelines = workspace.schema, configured_pipelines(workspace)
        yield _check("migrations", lambda: _migrations(workspace))
    except ConfigError:
        return  # the finding about the schema says why
    groups = {
        model: each.spans.get(model, ()) for each in pipelines.values() for model in each.models
    }
    for name, own in groups.items():
        shown = workspace.relative_name(Path(name)) if Path(name).is_absolute() else name
        yield _check(f"model {shown}", partial(_model_layer, name, schema, own))
    for name, program in workspace.config.preannotate.programs.items():
        yield _check(f"program {name}", partial(_program, name, program, workspace))
    for name, endpoint in workspace.config.preannotate.endpoints.items():
        yield _check(f"endpoint {name}", partial(_endpoint, name, endpoint, workspace))
    for path in dict.fromkeys(path for each in pipelines.values() for path in each.rules):
        shown = workspace.relative_name(Path(path))
        yield _check(f"rules {shown}", partial(_rules_layer, path, schema))
    for path in dict.fromkeys(each.votes for each in pipelines.values() if each.votes):
        shown = workspace.relative_name(Path(path))
        yield _check(f"votes {shown}", partial(_votes, path))


def _migrations(workspace: Workspace) -> str:
    require_current_schema(workspace)
    return f"the corpus is annotated under {workspace.schema.id}"


def _model_layer(name: str, schema: Schema, groups: tuple[str, ...]) -> str:
    return load_model(name, schema, groups).layer


def _program(name: str, settings: config.ProgramSettings, workspace: Workspace) -> str:
    program = Program(name, settings, workspace.root, workspace.schema)
    return f"{program.layer}, by {program.command[0]}"


def _endpoint(name: str, settings: config.EndpointSettings, workspace: Workspace) -> str:
    """The settings of an endpoint; nothing is asked."""
    endpoint = Endpoint(name, settings, workspace.state, workspace.schema)
    endpoint.check_key()
    key = f"the key in {settings.key}" if settings.key else "no key"
    return f"{endpoint.layer}, at {endpoint.url} with {key}"


def _rules_layer(path: str, schema: Schema) -> str:
    return rules.load(Path(path), schema).layer


def _votes(path: str) -> str:
    votes = read_votes(Path(path))
    return f"{votes.name}@{votes.version}, for {', '.join(votes.labels)}"


def _store(workspace: Workspace) -> str:
    with workspace.store.begin() as tx:
        number = len(tx.document_ids())
        state = f"{number} document{'' if number == 1 else 's'} in {workspace.store.url}"
    holder = workspace.store.holder()
    return f"{state}, held by {holder}" if holder else state


def _trained_model(workspace: Workspace) -> str:
    models, current = trained_models(workspace)
    return f"{len(models)} trained, {current.model if current else 'none'} is used for proposals"


def _embedded_server(workspace: Workspace) -> str:
    status = embedded_server(workspace).status()
    if status.problems:
        hint = "free some disk space" if status.running else "run `curate server start`"
        raise CurateError("; ".join(status.problems), hint)
    if status.running:
        return f"running at {status.url}"
    return "not running; `curate server start` starts it"


def _server_checks(workspace: Workspace) -> Iterator[Finding]:
    """The login, the server's clock, and every right that a sync needs in each project."""
    from curate.doccano.connection import connect_workspace

    sessions: list[Session] = []

    def log_in() -> str:
        account = workspace_credentials(workspace)
        sessions.append(connect_workspace(workspace))
        return f"{account.username} can log in at {account.url}"

    yield _check("Doccano", log_in)
    for session in sessions:
        yield _check("Doccano's clock", partial(_clock, session))
        yield from _project_checks(workspace, session)


def _clock(session: Session) -> str:
    offset = session.clock_offset
    if offset is None:
        return "not measured; the server's answers have no Date"
    if offset.least <= 0 <= offset.most or abs(offset.seconds) < _SMALL_OFFSET_SECONDS:
        return "as this machine's"
    direction = "ahead of" if offset.seconds > 0 else "behind"
    return f"{abs(offset.seconds):,.0f} s {direction} this machine's, which is allowed for"


def _project_checks(workspace: Workspace, session: Session) -> Iterator[Finding]:
    from curate.doccano.rights import project_proofs, prove_creation
    from curate.sync.projects import connect_projects

    try:
        targets = connect_projects(workspace, lambda: None)
    except CurateError as error:
        yield Finding(subject="projects", ok=False, detail=error.message, hint=error.hint)
        return
    kind = project_kind(workspace.schema)
    for _, project in targets:
        subject = f"project {project.name}"
        if project.absent is not None:
            absent = project.absent
            yield Finding(subject=subject, ok=False, detail=absent.message, hint=absent.hint)
        elif not project.exists():
            yield _check(subject, partial(prove_creation, session, project.name))
        else:
            for right, prove in project_proofs(session, project.project, project.name, kind):
                yield _check(f"{subject}: {right}", prove)
