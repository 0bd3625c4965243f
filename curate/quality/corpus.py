"""The checks of the gold of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.quality import CheckContext, QualityReport
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


def validate(workspace: Workspace, docs: bool = True) -> QualityReport:
    """Check the gold corpus; the findings are values, and Data Docs are written as HTML.

    Raises:
        ConfigError: ``curate.toml`` sets a check that there is not, or gives no reason.
    """
    from curate import quality
    from curate.doccano import links

    url = _server_url(workspace)
    with workspace.store.begin() as tx:
        places = links.example_links(tx, _projects(workspace), url, workspace.schema)
        return quality.validate(
            tx.heads(),
            workspace.schema,
            workspace.state / "docs" if docs else None,
            settings=workspace.config.checks,
            beside=_beside(workspace, tx),
            link=lambda document: places.get(document, ""),
        )


def example_url(workspace: Workspace, document: str) -> str:
    """Address of the document in Doccano; empty where it was not pushed.

    Raises:
        InputError: there is no such document.
    """
    from curate.doccano import links

    key, url = workspace.find(document), _server_url(workspace)
    with workspace.store.begin() as tx:
        return links.example_links(tx, _projects(workspace), url, workspace.schema).get(key, "")


def _projects(workspace: Workspace) -> list[str]:
    """Names of the corpus's projects, the one in which gold is mended before the others."""
    project, tasks = workspace.config.project, workspace.config.tasks
    if tasks.mode == "shared":
        return [project]
    return [f"{project}-{name}" for name in ("adjudication", *tasks.annotators)]


def _server_url(workspace: Workspace) -> str:
    """Address of the Doccano server; empty where none is known."""
    from curate.doccano.credentials import resolve
    from curate.doccano.embedded.server import embedded_server
    from curate.errors import CredentialsError

    try:
        return resolve(workspace.config.doccano.url, embedded_server(workspace).credentials).url
    except CredentialsError:
        return ""


def _beside(workspace: Workspace, tx: Transaction) -> CheckContext:
    from curate.quality import CheckContext, files

    releases = tx.releases()
    rules = [workspace.root / path for path in workspace.config.preannotate.rules]
    return CheckContext(
        layers=tx.every_layer(),
        assignments=tx.assignments(),
        release=releases[0] if releases else None,
        names=files.names(rules, workspace.schema),
        lengths={document.id: len(document.text) for document in tx.documents()},
    )
