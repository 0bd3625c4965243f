"""The names behind Doccano's ids of users and label types, requested when first needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from types import MappingProxyType

from curate.doccano.client import LabelType, UserRepository
from curate.doccano.label_identity import NO_NAMES, LabelNames
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import DocumentRefused
from curate.schema.migrations import MigrationReader

GREY = "#808080"
"""The colour of a label whose own is none."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def list_label_types(session: Session, project: int, kind: str) -> list[LabelType]:
    """The label types of one kind (``span``, ``category``, ``relation``), by the server's names.

    The client strips the names. An import can make label types that differ in blanks only, and an
    export names them as they are.
    """
    types: list[LabelType] = []
    for row in session.get(f"projects/{project}/{kind}-types").json():
        # Doccano takes any text as a colour, and the client does not.
        colours = {name: row[name] for name in ("background_color", "text_color")}
        valid = {name: it if _COLOUR.fullmatch(it) else GREY for name, it in colours.items()}
        types.append(LabelType.parse_obj({**row, **valid}).copy(update={"text": str(row["text"])}))
    return types


class LabelTypeLists:
    """The label types of a project, kind by kind, each listed once until they may have changed.

    Args:
        session: a logged-in session.
        project: id of the project.
    """

    def __init__(self, session: Session, project: int) -> None:
        self._session, self._project = session, project
        self._rows: dict[str, list[LabelType]] = {}

    def rows(self, kind: str, fresh: bool = False) -> list[LabelType]:
        """The label types of one kind (``span``, ``category``, ``relation``)."""
        if fresh or kind not in self._rows:
            self._rows[kind] = list_label_types(self._session, self._project, kind)
        return self._rows[kind]

    def forget(self) -> None:
        """List all kinds anew when they are asked for next."""
        self._rows.clear()


class LabelTypeNames:
    """Names and ids of one kind of label type of a project.

    An import makes label types that the project lacks, and people can be allowed to make some: an
    unknown one is looked up once more on the server.

    Args:
        lists: the label types of the project.
        kind: ``span``, ``relation`` or ``category``.
        names: names by which some are to be read instead of their own, by id.
    """

    def __init__(
        self,
        lists: LabelTypeLists,
        kind: str,
        names: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self._lists = lists
        self._kind = kind
        self._earlier = names
        self._names: dict[int, str] = {}

    def name(self, number: int) -> str:
        """Name of the label type with this id.

        Raises:
            DocumentRefused: the project has none.
        """
        if number not in self._names:
            self._read(fresh=True)
        if number not in self._names:
            raise self._unknown(f"number {number}")
        return self._names[number]

    def number(self, name: str) -> int:
        """Id of the label type with this name.

        Raises:
            DocumentRefused: the project has none.
        """
        for _ in range(2):
            for number, text in self._names.items():
                if text == name:
                    return number
            self._read(fresh=True)
        raise self._unknown(repr(name))

    def all(self) -> dict[int, str]:
        """The names of all label types, by their ids."""
        if not self._names:
            self._read(fresh=False)
        return dict(self._names)

    def _read(self, fresh: bool) -> None:
        rows = self._lists.rows(self._kind, fresh)
        names = {int(row.id or 0): str(row.text) for row in rows}
        self._names = {number: self._earlier.get(number, name) for number, name in names.items()}

    def _unknown(self, label: str) -> DocumentRefused:
        kind = "label" if self._kind == "span" else self._kind
        return DocumentRefused(
            f"the project in Doccano has no {kind} {label}",
            "add it to the label schema, or remove it from the gold",
        )


class AccountNames:
    """The names of the accounts of a server, requested when first needed.

    Args:
        session: a logged-in session.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: dict[int, str] = {}

    def all(self) -> dict[int, str]:
        """The name of every account, by id."""
        if not self._names:
            self._read()
        return dict(self._names)

    def name(self, number: int | None) -> str:
        """Name of the account with this id; ``user-<id>`` where it is gone."""
        if number not in self._names:
            self._read()  # it may be new
        return self._names.get(number or 0, f"user-{number}")

    def _read(self) -> None:
        users = UserRepository(self._session).list()
        self._names = {int(user.id or 0): str(user.username) for user in users}


class ProjectNames:
    """The names of one project.

    Args:
        session: a logged-in session.
        project: id of the project.
        kind: what the project holds.
        reading: how labels of older versions of the schema are to be read; None if there are none.
        pushers: ids of the accounts with which curate has pushed to the project, so that what is
            theirs there can be somebody else's work.
        names: names by which label types are to be read instead of their own, by kind and id.
        accounts: the accounts of the server, requested anew if there are none here.
        lists: the label types of the project, requested anew if there are none here.
    """

    def __init__(
        self,
        session: Session,
        project: int,
        kind: ProjectKind = SPANS,
        reading: MigrationReader | None = None,
        pushers: Set[int] = frozenset(),
        names: LabelNames = NO_NAMES,
        accounts: AccountNames | None = None,
        lists: LabelTypeLists | None = None,
    ) -> None:
        self._session = session
        self.kind = kind
        self.reading = reading
        self.pushers = pushers
        self.accounts = accounts or AccountNames(session)
        lists = lists or LabelTypeLists(session, project)
        self.spans = LabelTypeNames(lists, "span", names.get("span", {}))
        self.relations = LabelTypeNames(lists, "relation", names.get("relation", {}))
        self.categories = LabelTypeNames(lists, "category", names.get("category", {}))

    def user(self, number: int | None) -> str:
        """Name of the user with this id; ``user-<id>`` where the account is gone."""
        return self.accounts.name(number)

    def label_types(self) -> dict[str, dict[int, str]]:
        """The names of all label types by their ids, for each kind that the project holds."""
        kinds = {
            "span": self.spans if self.kind.spans else None,
            "relation": self.relations if self.kind.relations else None,
            "category": self.categories if self.kind.categories else None,
        }
        return {kind: names.all() for kind, names in kinds.items() if names is not None}
