"""The checks of the gold in a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.quality import CheckContext, QualityReport
    from curate.schema import Schema
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


def validate(workspace: Workspace, docs: bool = True) -> QualityReport:
    """Check the gold corpus.

    Args:
        workspace: the corpus.
        docs: whether to write the report as HTML (Data Docs) as well, to ``.curate/docs``.

    Raises:
        ConfigError: ``curate.toml`` configures an unknown check, or gives no reason.
    """
    from curate import quality
    from curate.doccano import links

    url = _server_url(workspace)
    with workspace.store.begin() as tx:
        addresses = links.example_links(
            tx, _projects(workspace), url, workspace.schema, tx.documents()
        )
        return quality.check_documents(
            tx.heads(),
            workspace.schema,
            workspace.state / "docs" if docs else None,
            settings=workspace.config.checks,
            context=_context(workspace, tx),
            link=lambda document: addresses.get(document, ""),
        )


def example_url(workspace: Workspace, document: str) -> str:
    """Address of a document's example in Doccano; empty if it was not pushed.

    Raises:
        InputError: there is no such document.
    """
    from curate.doccano import links

    key, url = workspace.find(document), _server_url(workspace)
    with workspace.store.begin() as tx:
        found = tx.document(key)
        shown = [found] if found else []
        schema, projects = workspace.schema, _projects(workspace)
        return links.example_links(tx, projects, url, schema, shown).get(key, "")


def label_of_names(paths: Iterable[Path], schema: Schema) -> dict[str, dict[str, str]]:
    """The label of each name in the lists (gazetteers) of rules files, by language.

    The labels are those of the schema, to which it maps the files' own. Names on which two lists
    of a language disagree are left out, and so are lists whose names need a certain word behind
    them and lists whose label the schema does not have.

    Raises:
        ConfigError: a file is missing or is not a rules file.
    """
    from curate.preannotate import rules

    labels: dict[str, dict[str, set[str]]] = {}
    for path in paths:
        file = rules.read(path)
        of_language = labels.setdefault(file.language, {})
        for gazetteer in file.gazetteers:
            label = rules.label_under(schema, file.name, gazetteer.label)
            if label in schema.names and not gazetteer.after:
                for name in gazetteer.entries:
                    of_language.setdefault(name, set()).add(label)
    return {
        language: {name: min(found) for name, found in of_language.items() if len(found) == 1}
        for language, of_language in labels.items()
    }


def _projects(workspace: Workspace) -> list[str]:
    """Names of the corpus's projects in Doccano; the one where gold is corrected comes first."""
    project, tasks = workspace.config.project, workspace.config.tasks
    if tasks.mode == "shared":
        return [project]
    return [f"{project}-{name}" for name in ("adjudication", *tasks.annotators)]


def _server_url(workspace: Workspace) -> str:
    """Address of the Doccano server; empty if none is known."""
    from curate.doccano.credentials import resolve
    from curate.doccano.embedded.server import embedded_server
    from curate.errors import RemoteError

    try:
        return resolve(workspace.config.doccano.url, embedded_server(workspace).credentials).url
    except RemoteError:
        return ""


def _context(workspace: Workspace, tx: Transaction) -> CheckContext:
    from curate.quality import CheckContext

    releases = tx.releases()
    settings = workspace.config.preannotate
    named = (*settings.rules, *(path for own in settings.languages.values() for path in own.rules))
    rules = [workspace.root / path for path in dict.fromkeys(named)]
    return CheckContext(
        layers=tx.all_annotations(),
        assignments=tx.assignments(),
        release=releases[0] if releases else None,
        names=label_of_names(rules, workspace.schema),
        languages=workspace.config.languages,
        lengths={document.id: len(document.text) for document in tx.documents()},
    )
