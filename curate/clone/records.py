"""What a clone reads from a server: values, as the server gave them."""

from __future__ import annotations

from typing import Any

from curate.clone.units import Unit
from curate.doccano.project_types import ProjectKind
from curate.model import Comment, Problem, Record, RemoteRow
from curate.schema import Schema


class FoundProject(Record, frozen=True, kw_only=True):
    """A project of a server, for a list of them.

    Args:
        id: the server's id of it.
        name: its name.
        type: Doccano's project type.
        documents: how many examples it has.
        shared: whether everybody sees what others annotate.
        managed: whether curate made or adopted it.
        problem: why it cannot be cloned; empty if it can.
    """

    id: int
    name: str
    type: str
    documents: int = 0
    shared: bool = True
    managed: bool = False
    problem: str = ""


class SourceProject(Record, frozen=True, kw_only=True):
    """The project that is cloned, without its documents.

    Args:
        url: address of its server.
        id: the server's id of it.
        name: its name.
        marker: marker in its description, empty if curate did not make it.
        kind: what it holds.
        schema: the label schema, read from its label types and guidelines.
        shared: whether everybody sees what others annotate.
        graphemes: whether its page counts grapheme clusters instead of UTF-16 units.
        accounts: the names of the server's accounts, by id.
        members: role by account name; empty if the account may not read it.
        account: id of the account that reads.
        role: its role in the project; empty for a superuser who is no member.
    """

    url: str
    id: int
    name: str
    marker: str
    kind: ProjectKind
    schema: Schema
    label_types: dict[str, dict[int, str]]
    shared: bool = True
    graphemes: bool = False
    accounts: dict[int, str] = {}
    members: dict[str, str] = {}
    account: int = 0
    role: str = ""

    @property
    def origin(self) -> str:
        """Where the corpus comes from, as revisions and documents record it."""
        return f"{self.url}#{self.name}"


class AnnotationRow(Record, frozen=True, array_like=True):
    """A span, relation or category as the server holds it.

    Args:
        kind: ``span``, ``relation`` or ``category``.
        row: its row.
        start: start of a span in the server's numbers, or the id of the head of a relation.
        end: end of a span, or the id of the tail of a relation.
    """

    kind: str
    row: RemoteRow
    start: int = 0
    end: int = 0


class SourceExample(Record, frozen=True, kw_only=True):
    """An example as the server holds it.

    Args:
        example: the server's id of it.
        text: its text.
        meta: its metadata.
        file: the file it was imported from.
        rows: what it is annotated with.
        confirmed: who confirmed it and when, the earliest first: ids of accounts, and times to the
            microsecond.
        comments: what people wrote about it, the oldest first.
        taken: when this was read, on the server's clock.
    """

    example: int
    text: str
    meta: dict[str, Any] = {}
    file: str = ""
    rows: tuple[AnnotationRow, ...] = ()
    confirmed: tuple[tuple[int, str], ...] = ()
    comments: tuple[Comment, ...] = ()
    taken: str = ""


class CloneOptions(Record, frozen=True, kw_only=True):
    """How a project is to be read where it does not say.

    Args:
        language: ISO 639-1 code of the corpus; by default that of most of the first documents.
        offsets: what imported spans count where their texts do not tell.
        imported: accounts of which it is known that they only imported.
    """

    language: str = ""
    offsets: Unit | None = None
    imported: tuple[str, ...] = ()


class CloneReport(Record, frozen=True, kw_only=True):
    """What ``clone`` made.

    Args:
        root: the workspace.
        project: where it comes from.
        number: the server's id of the project.
        files: the files that were made, relative to the root.
        documents: how many documents there are.
        gold: how many of them have gold.
        layers: number of spans, relations and categories by layer, the proposal left out.
        comments: how many comments were taken.
        people: for each account, how many documents it confirmed.
        problems: what is odd, and what could not be taken.
        dry_run: whether nothing was made.
    """

    root: str
    project: str
    number: int
    files: tuple[str, ...] = ()
    documents: int = 0
    gold: int = 0
    layers: dict[str, int] = {}
    comments: int = 0
    people: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False
