"""One Doccano project as the remote of a corpus: what a sync asks for, in one place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from functools import cached_property

from curate.doccano import duplicate_projects, members
from curate.doccano import project as projects
from curate.doccano.attribution import read_attributions
from curate.doccano.changes import ProjectChange, apply_changes, describe_changes
from curate.doccano.comments import (
    add_comment,
    add_comments,
    delete_comments,
    edit_comment,
    list_comments,
    restore_text,
)
from curate.doccano.examples import delete_example, update_example
from curate.doccano.names import ProjectNames
from curate.doccano.project_types import project_kind
from curate.doccano.pull import comments_by_example, read_attribution, snapshot
from curate.doccano.push import push
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import (
    Annotation,
    Attribution,
    Document,
    Example,
    ExampleQuery,
    Problem,
    RemoteComment,
)
from curate.schema import Schema
from curate.schema.migrations import MigrationReader, Migrations


class DoccanoRemote:
    """The project of a corpus on one server.

    Args:
        session: a logged-in session.
        name: name of the project.
        schema: label schema the project must match.
        people: accounts to give a role in the project.
        markers: identities of the projects this corpus was synced with before.
        fresh: identity of the project if it is to be made.
        tick: called while the server works.
        extra: metadata that people are shown beside the documents' usual.
        migrations: what became of the labels of earlier versions of the schema.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        schema: Schema,
        people: Mapping[str, str],
        markers: Collection[str],
        fresh: str,
        tick: Callable[[], None] = lambda: None,
        extra: tuple[str, ...] = (),
        migrations: Migrations = (),
    ) -> None:
        self._session = session
        self.name = name
        self._schema = schema
        self._people = people
        self._tick = tick
        self._extra = extra
        self._kind = project_kind(schema)
        self._found = projects.find_project(session, name, markers)
        projects.refuse_other_type(self._found, name, schema)
        self.marker = self._found.marker if self._found else fresh
        self._reading = MigrationReader(schema, migrations, _version(self._found, schema))

    @property
    def url(self) -> str:
        """Address of the server."""
        return self._session.url

    @property
    def project(self) -> int:
        """Number of the project on the server.

        Raises:
            RemoteError: it is not there yet.
        """
        if self._found is None:
            raise RemoteError(f"{self.url} has no project {self.name}", "run `curate sync`")
        return self._found.number

    def exists(self) -> bool:
        """Whether the project is there already."""
        return self._found is not None

    def changes(self) -> tuple[list[str], list[Problem]]:
        """What ``prepare`` and ``finish`` would do, and what they could not."""
        number = self._found.number if self._found else None
        spare, held = self._spare()
        there = projects.planned_changes(
            self._session, self._found, self.name, self.marker, self._schema, self._reading
        )
        roles, problems = members.member_changes(self._session, number, self._people)
        return describe_changes(spare) + there + describe_changes(roles), held + problems

    def prepare(self) -> tuple[list[str], list[Problem]]:
        """Make the project or mend it, and its members; take empty ones with its marker away."""
        self._found, done = projects.ensure_project(
            self._session, self._found, self.name, self.marker, self._schema, self._reading
        )
        spare, held = self._spare()
        roles, problems = members.member_changes(self._session, self.project, self._people)
        return apply_changes(spare) + done + apply_changes(roles), held + problems

    def _spare(self) -> tuple[list[ProjectChange], list[Problem]]:
        if self._found is None:
            return [], []
        return duplicate_projects.duplicate_changes(self._session, self.project, self._found.twins)

    def finish(self) -> list[str]:
        """Say in the project that everything there is under the schema's version now."""
        if self._found is None or not self._reading.pending:
            return []
        return projects.set_guidelines(self._session, self._found, self.name, self._schema)

    def push(self, batch: list[tuple[Document, Annotation]]) -> None:
        """Import documents with their annotations."""
        push(self._session, self.project, self.marker, batch, self._tick, self._extra, self._kind)

    def update_example(self, example: int, wanted: Annotation) -> None:
        """Make an example's annotation the wanted one, by as few changes as possible."""
        update_example(self._session, self.project, example, self._names, wanted)

    def restore_text(self, example: int, text: str) -> None:
        """Put the text of an example back."""
        restore_text(self._session, self.project, example, text)

    def add_comments(self, example: int, texts: tuple[str, ...]) -> None:
        """Put comments to an example; those that stand there already are not doubled."""
        add_comments(self._session, self.project, example, texts)

    def list_comments(self) -> Iterator[RemoteComment]:
        """All comments that stand in the project."""
        return list_comments(self._session, self.project)

    def add_comment(self, example: int, text: str) -> None:
        """Put a comment to an example."""
        add_comment(self._session, self.project, example, text)

    def edit_comment(self, comment: int, text: str) -> None:
        """Change the text of an own comment."""
        edit_comment(self._session, self.project, comment, text)

    def delete_comments(self, comments: tuple[int, ...]) -> None:
        """Delete own comments."""
        delete_comments(self._session, self.project, comments)

    def delete_example(self, example: int) -> None:
        """Delete an example; one that is gone already is no error."""
        delete_example(self._session, self.project, example)

    def snapshot(self) -> Iterator[Example]:
        """Everything the project holds."""
        kind = self._found.kind if self._found else self._kind
        reading = None if self._reading.plain else self._reading
        return snapshot(self._session, self.project, self._tick, kind, reading)

    def read_attribution(self, example: int, base: Annotation) -> Attribution:
        """Who did what in an example."""
        asked = ExampleQuery(example=example, base=base)
        remarks = comments_by_example(self._session, self.project, self._names)
        return read_attribution(self._session, self.project, self._names, asked, remarks)

    def attributions(
        self, asked: Iterable[ExampleQuery], count: int
    ) -> Generator[Attribution | None, None, None]:
        """Who did what in many examples, in their order; see ``curate.doccano.attribution``."""
        return read_attributions(self._session, self.project, self._names, asked, count)

    @cached_property
    def _names(self) -> ProjectNames:
        reading = None if self._reading.plain else self._reading
        return ProjectNames(self._session, self.project, self._kind, reading)


def _version(found: projects.ManagedProject | None, schema: Schema) -> str:
    """The version that a project is at; empty where it does not say, or there is none."""
    name, _, number = (found.schema if found else "").partition("@")
    return number if name == schema.name else ""
