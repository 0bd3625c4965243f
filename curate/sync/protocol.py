"""What a sync is given: the remote it speaks to, and its settings."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Literal, Protocol

from curate.model import Annotation, Attribution, Document, Example, ExampleQuery, Problem, Record
from curate.ranking.corpus import Order
from curate.store.transaction import Transaction

Row = tuple[Document, Annotation]
Policy = Literal["ask", "prefer-doccano", "prefer-gold", "prefer-newest", "by-role"]


class Remote(Protocol):
    """What a sync needs of an annotation server; ``curate.doccano.remote`` is one."""

    @property
    def marker(self) -> str:
        """Identity of the project."""

    def changes(self) -> tuple[list[str], list[Problem]]:
        """What ``prepare`` and ``finish`` would do, and what they could not."""

    def exists(self) -> bool:
        """Whether the project is there already."""

    def prepare(self) -> tuple[list[str], list[Problem]]:
        """Make or mend the project; what was done, and what could not be."""

    def finish(self) -> list[str]:
        """Close what ``prepare`` left open for the end; what was done."""

    def push(self, batch: list[Row]) -> None:
        """Import documents with their annotations."""

    def snapshot(self) -> Iterator[Example]:
        """Everything the project holds."""

    def read_attribution(self, example: int, base: Annotation) -> Attribution:
        """Who did what in an example, and what it is annotated with at this moment."""

    def attributions(
        self, asked: Iterable[ExampleQuery], count: int
    ) -> Generator[Attribution | None, None, None]:
        """The same for many examples, in their order.

        None stands for one that is gone, or is no longer confirmed.
        """

    def update_example(self, example: int, wanted: Annotation) -> None:
        """Make an example's annotation the wanted one, by as few changes as possible."""

    def restore_text(self, example: int, text: str) -> None:
        """Put the text of an example back."""

    def add_comments(self, example: int, texts: tuple[str, ...]) -> None:
        """Put comments to an example; those that stand there already are not doubled."""

    def delete_example(self, example: int) -> None:
        """Delete an example; one that is gone already is no error."""


def by_id(tx: Transaction, documents: Iterable[str]) -> list[str]:
    """Documents by their ids."""
    return sorted(documents)


class Settings(Record, frozen=True, kw_only=True):
    """What a sync is to do.

    Args:
        schema: ``<name>@<version>`` of the label schema, for the revisions.
        push: push what is missing on the server, and carry changes of the gold there.
        pull: take what was confirmed there.
        include_unconfirmed: also take what was changed and not confirmed.
        policy: who wins where both sides changed the same place; ``ask`` keeps a conflict.
        ranks: rank of each person for ``by-role``, the lower the more weight; by account name.
        order: puts documents into the order in which annotators are to find them.
        open: so many documents at most wait in the project for an annotator; 0 for no limit.
        exclusive: whether a document has one category at most.
    """

    schema: str
    push: bool = True
    pull: bool = True
    include_unconfirmed: bool = False
    policy: Policy = "ask"
    ranks: dict[str, int] = {}
    order: Order = by_id
    open: int = 0
    exclusive: bool = False
