"""Where documents can be seen in Doccano."""

from __future__ import annotations

from collections.abc import Iterable

from curate.doccano.codec import document_url
from curate.doccano.project_types import project_kind
from curate.schema import Schema
from curate.store.transaction import Transaction


def example_links(
    tx: Transaction, names: Iterable[str], url: str, schema: Schema
) -> dict[str, str]:
    """Where each document can be seen in Doccano, as far as it was pushed.

    Args:
        tx: the store.
        names: the corpus's projects, those that are to be looked at first before the others.
        url: the server; where it is not known, the one of the last sync counts.
        schema: the label schema, which decides the kind of project.
    """
    kind = project_kind(schema)
    known = [each for each in tx.remotes() if each.project is not None]
    found: dict[str, str] = {}
    for name in names:
        for remote in known:
            if remote.name == name and url in ("", remote.url) and remote.project is not None:
                for document in tx.examples(remote.marker):
                    place = document_url(remote.url, remote.project, document, kind)
                    found.setdefault(document, place)
    return found
