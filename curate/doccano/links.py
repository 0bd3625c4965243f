"""Addresses of documents in Doccano."""

from __future__ import annotations

from collections.abc import Iterable

from curate.doccano.project_types import SPANS, ProjectKind, project_kind
from curate.schema import Schema
from curate.store.transaction import Transaction


def document_url(server: str, project: int, document: str, kind: ProjectKind = SPANS) -> str:
    """Address of the page of a project that shows one document that was pushed.

    A page of Doccano is the n-th example that a search finds; an example's own id is no part of its
    address (read in the page's script, 1.8.4).
    """
    return f"{server}/projects/{project}/{kind.page}?page=1&q={document}"


def example_links(
    tx: Transaction, projects: Iterable[str], server: str, schema: Schema
) -> dict[str, str]:
    """Address of each document that was pushed, by its id.

    Args:
        tx: the store.
        projects: names of the corpus's projects; a document that is in several is linked in the
            first of them.
        server: address of the server; if empty, the one of the last sync counts.
        schema: the label schema, which decides the kind of project.
    """
    kind = project_kind(schema)
    remotes = tx.remotes()
    urls: dict[str, str] = {}
    for name in projects:
        for remote in remotes:
            if remote.name != name or remote.project is None or server not in ("", remote.url):
                continue
            for document in tx.examples(remote.marker):
                url = document_url(remote.url, remote.project, document, kind)
                urls.setdefault(document, url)
    return urls
