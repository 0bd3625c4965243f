"""Groups of documents that must stay in one split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from curate.model import Document


class Groups:
    """Documents that belong together, directly or through others (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        """Put two documents, and their groups, into one group."""
        a, b = self.of(first), self.of(second)
        self._above[max(a, b)] = min(a, b)

    def of(self, document: str) -> str:
        """The group of a document, named by the smallest id in it."""
        above = self._above
        above.setdefault(document, document)
        while above[document] != document:
            above[document] = above[above[document]]
            document = above[document]
        return document

    def join_equal(self, values: Mapping[str, str]) -> Groups:
        """Join the documents that have the same value; returns itself.

        Args:
            values: a value for each document; an empty one joins nothing.
        """
        first: dict[str, str] = {}
        for document, value in sorted(values.items()):
            if value:
                self.join(first.setdefault(value, document), document)
        return self

    def all(self) -> dict[str, str]:
        """The group of each document that was joined with another."""
        return {document: self.of(document) for document in sorted(self._above)}

    def members(self, documents: Iterable[str]) -> dict[str, list[str]]:
        """The groups of some documents, each with those of the documents that are in it; sorted."""
        groups: dict[str, list[str]] = defaultdict(list)
        for document in sorted(documents):
            groups[self.of(document)].append(document)
        return dict(sorted(groups.items()))


def grouping_value(document: Document, fields: Iterable[str]) -> str:
    """The values that a document shares with those it stays together with; empty if one is missing.

    Args:
        document: the document.
        fields: fields of its metadata; ``day`` is the date of ``published``.
    """
    meta = document.meta
    values = [meta.get("published", "")[:10] if f == "day" else meta.get(f, "") for f in fields]
    return "\x1f".join(values) if values and all(values) else ""


def article_versions(documents: Iterable[Document]) -> dict[str, str]:
    """The article of each revised document, named by the smallest id of its versions.

    Args:
        documents: all documents, with and without gold, so that no link of a chain is missing.
    """
    groups = Groups()
    for document in documents:
        if earlier := document.meta.get("supersedes", ""):
            groups.join(earlier, document.id)
    return groups.all()
