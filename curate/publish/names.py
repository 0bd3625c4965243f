"""Names in what is published: as they are, or ``person-1``, ``person-2``, … in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from curate.layers import ANNOTATOR, CURATOR, IMPORT, is_machine
from curate.model import Category, Relation, Release, Revision, Span

Item = TypeVar("Item", Span, Relation, Category)

_PEOPLE = (ANNOTATOR, CURATOR)


def is_file(by: str) -> bool:
    """Whether an author is a file that was imported."""
    return by.startswith(IMPORT)


def bare_name(by: str) -> str:
    """The name of a person or file, without what it is: ``anna`` for ``annotator:anna``."""
    prefix = next((each for each in (*_PEOPLE, IMPORT) if by.startswith(each)), "")
    return by.removeprefix(prefix)


class PublishedNames:
    """The names that are published.

    Args:
        authors: people and imported files as authors, the one that acted first, first. None keeps
            every name as it is.
    """

    def __init__(self, authors: Iterable[str] | None) -> None:
        self._keep = authors is None
        self._numbers: dict[tuple[bool, str], int] = {}
        for author in authors or ():
            self._number(author)

    def author(self, by: str) -> str:
        """An author, with what it is: ``annotator:person-1``."""
        if self._keep or not by or is_machine(by):
            return by
        return by.removesuffix(bare_name(by)) + self.name(by)

    def name(self, by: str) -> str:
        """The name of an author alone."""
        if self._keep or not by:
            return bare_name(by)
        return f"{'file' if is_file(by) else 'person'}-{self._number(by)}"

    def revision(self, revision: Revision) -> Revision:
        """A revision with the names that are published."""
        if self._keep:
            return revision
        return msgspec.structs.replace(
            revision,
            author=self.author(revision.author),
            confirmed_by=self.author(revision.confirmed_by),
            spans=self._renamed(revision.spans),
            relations=self._renamed(revision.relations),
            categories=self._renamed(revision.categories),
        )

    def release(self, release: Release, creator: str) -> Release:
        """A manifest for the card; of the gate it keeps the verdicts, whose reasons name people."""
        if self._keep:
            return release
        confirmed: dict[str, int] = {}
        for name, number in release.facts.get("confirmed_by", {}).items():
            shown = name if name in ("nobody", "others") else self.author(name)
            confirmed[shown] = confirmed.get(shown, 0) + number
        facts = {**release.facts, **({"confirmed_by": confirmed} if confirmed else {})}
        verdicts = {
            name: outcome.partition(":")[0].partition(" (")[0]
            for name, outcome in release.gate.items()
        }
        return msgspec.structs.replace(release, author=creator, facts=facts, gate=verdicts)

    def _renamed(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(msgspec.structs.replace(item, by=self.author(item.by)) for item in items)

    def _number(self, by: str) -> int:
        same = [key for key in self._numbers if key[0] == is_file(by)]
        return self._numbers.setdefault((is_file(by), bare_name(by)), len(same) + 1)
