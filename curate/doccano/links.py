"""Addresses of documents in Doccano."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from curate.doccano.project_types import SPANS, ProjectKind, project_kind
from curate.model import Document
from curate.schema import Schema
from curate.store.files import is_cloned
from curate.store.transaction import Transaction

_SEARCHED_WORDS = 8
_SEARCHED_LETTERS = 30  # of a word, which is a whole sentence in some scripts


def document_url(server: str, project: int, query: str, kind: ProjectKind = SPANS) -> str:
    """Address of the page of a project that shows the first example that a search finds.

    A page of Doccano is the n-th example that a search finds; an example's own id is no part of its
    address (read in the page's script, 1.8.4). The search looks into texts and names of files.

    Args:
        server: address of the server.
        project: id of the project.
        query: the document, if curate pushed it, which is then the name of its file; else
            :func:`search_words` of its text.
        kind: kind of the project.
    """
    return f"{server}/projects/{project}/{kind.page}?page=1&q={quote(query)}"


def search_words(text: str) -> str:
    """Words by which a search finds a text, and another one only if it has them too."""
    words = dict.fromkeys(word[:_SEARCHED_LETTERS] for word in re.findall(r"\w+", text))
    longest = sorted(words, key=len, reverse=True)[:_SEARCHED_WORDS]
    return " ".join(word for word in words if word in longest) or text.strip()


def example_links(
    tx: Transaction,
    projects: Iterable[str],
    server: str,
    schema: Schema,
    documents: Iterable[Document],
) -> dict[str, str]:
    """Address of each document that is in a project, by its id.

    Args:
        tx: the store.
        projects: names of the corpus's projects; a document that is in several is linked in the
            first of them.
        server: address of the server; if empty, the one of the last sync counts.
        schema: the label schema, which decides the kind of project.
        documents: those to link.
    """
    kind = project_kind(schema)
    # An example that was there before a clone is in a file of another name.
    queries = {
        document.id: search_words(document.text) if is_cloned(document) else document.id
        for document in documents
    }
    remotes = tx.remotes()
    urls: dict[str, str] = {}
    for name in projects:
        for remote in remotes:
            if remote.name != name or remote.project is None or server not in ("", remote.url):
                continue
            for document in tx.examples(remote.marker):
                if document in queries:
                    url = document_url(remote.url, remote.project, queries[document], kind)
                    urls.setdefault(document, url)
    return urls
