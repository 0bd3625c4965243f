"""Who belongs together, and is never parted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from curate.model import Document


class Groups:
    """Documents that belong together, directly or through others (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        """Two documents belong together."""
        a, b = self.of(first), self.of(second)
        self._above[max(a, b)] = min(a, b)

    def of(self, document: str) -> str:
        """The group of a document: the least id in it."""
        above = self._above
        above.setdefault(document, document)
        while above[document] != document:
            above[document] = above[above[document]]
            document = above[document]
        return document

    def gather(self, mapping: Mapping[str, str]) -> Groups:
        """Join the documents that have the same value, if it is not empty; returns itself."""
        first: dict[str, str] = {}
        for document, value in sorted(mapping.items()):
            if value:
                self.join(first.setdefault(value, document), document)
        return self

    def all(self) -> dict[str, str]:
        """The group of every document that was joined with another."""
        return {document: self.of(document) for document in sorted(self._above)}

    def members(self, documents: Iterable[str]) -> dict[str, list[str]]:
        """The groups of some documents and who of them is in each, both sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for document in sorted(documents):
            found[self.of(document)].append(document)
        return dict(sorted(found.items()))


def grouping_value(document: Document, fields: Iterable[str]) -> str:
    """What a document has in common with those it is kept together with; empty if nothing.

    Args:
        document: the document.
        fields: fields of its metadata, all of which count; ``day`` is the date of ``published``.
    """
    meta = document.meta
    values = [meta.get("published", "")[:10] if f == "day" else meta.get(f, "") for f in fields]
    return "\x1f".join(values) if values and all(values) else ""


def article_versions(documents: Iterable[Document]) -> dict[str, str]:
    """The article that each revised document is a version of, named by the least id of them.

    Args:
        documents: all there are, with and without gold, so that no link of a chain is missing.
    """
    groups = Groups()
    for document in documents:
        if earlier := document.meta.get("supersedes", ""):
            groups.join(earlier, document.id)
    return groups.all()
