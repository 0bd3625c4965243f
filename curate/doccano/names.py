"""The names behind Doccano's numbers of users and label types, asked for when first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from doccano_client.models.label_type import LabelType
from doccano_client.repositories.label_type import (
    CategoryTypeRepository,
    RelationTypeRepository,
    SpanTypeRepository,
)
from doccano_client.repositories.user import UserRepository

from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.schema.migrations import MigrationReader


class LabelTypeNames:
    """Names and numbers of one kind of label type of a project.

    An import makes label types that the project lacks, and people can be allowed to: what is not
    known is asked for once more.

    Args:
        ask: lists the label types.
        what: what they are, for people.
    """

    def __init__(self, ask: Callable[[], list[LabelType]], what: str) -> None:
        self._ask = ask
        self._what = what
        self._names: dict[int, str] = {}

    def name(self, number: int) -> str:
        """Name of a label type.

        Raises:
            RemoteError: the project has none of this number.
        """
        if number not in self._names:
            self._read()
        if number not in self._names:
            raise self._unknown(f"number {number}")
        return self._names[number]

    def number(self, name: str) -> int:
        """Number of a label type.

        Raises:
            RemoteError: the project has none of this name.
        """
        for _ in range(2):
            for number, text in self._names.items():
                if text == name:
                    return number
            self._read()
        raise self._unknown(repr(name))

    def _read(self) -> None:
        self._names = {int(row.id or 0): str(row.text) for row in self._ask()}

    def _unknown(self, which: str) -> RemoteError:
        return RemoteError(
            f"the project in Doccano has no {self._what} {which}",
            "add it to the label schema, or take it out of the gold",
        )


class ProjectNames:
    """The names behind the numbers of one project.

    Args:
        session: a logged-in session.
        project: number of the project.
        kind: what the project holds.
        reading: how what stands there under older names is to be read; as it stands if None.
    """

    def __init__(
        self,
        session: Session,
        project: int,
        kind: ProjectKind = SPANS,
        reading: MigrationReader | None = None,
    ) -> None:
        self._session = session
        self.kind = kind
        self.reading = reading
        self.spans = LabelTypeNames(lambda: SpanTypeRepository(session).list(project), "label")
        self.relations = LabelTypeNames(
            lambda: RelationTypeRepository(session).list(project), "relation"
        )
        self.categories = LabelTypeNames(
            lambda: CategoryTypeRepository(session).list(project), "category"
        )

    def user(self, number: int | None) -> str:
        """Name of a user; the number where the account is gone."""
        return self._users.get(number, f"user-{number}")

    @cached_property
    def _users(self) -> dict[int | None, str]:
        return {user.id: str(user.username) for user in UserRepository(self._session).list()}
