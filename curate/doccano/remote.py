"""One Doccano project as the remote of a corpus: what a sync asks for, in one place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from functools import cached_property

from curate.doccano import duplicate_projects, members
from curate.doccano import project as projects
from curate.doccano.attribution import gather
from curate.doccano.changes import Step, take, told
from curate.doccano.comments import erase, remark, reword, rewrite, write, written
from curate.doccano.examples import change, remove
from curate.doccano.names import Names
from curate.doccano.project_types import kind_of
from curate.doccano.pull import attribute, remarks_each, snapshot
from curate.doccano.push import push
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Annotation, Asked, Attribution, Document, Example, Problem, Written
from curate.schema import Schema
from curate.schema.migrations import Chain, Reading


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
        migrations: Chain = (),
    ) -> None:
        self._session = session
        self.name = name
        self._schema = schema
        self._people = people
        self._tick = tick
        self._extra = extra
        self._kind = kind_of(schema)
        self._found = projects.find(session, name, markers)
        projects.refuse_other_type(self._found, name, schema)
        self.marker = self._found.marker if self._found else fresh
        self._reading = Reading(schema, migrations, _version(self._found, schema))

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
        there = projects.changes(
            self._session, self._found, self.name, self.marker, self._schema, self._reading
        )
        roles, problems = members.changes(self._session, number, self._people)
        return told(spare) + there + told(roles), held + problems

    def prepare(self) -> tuple[list[str], list[Problem]]:
        """Make the project or mend it, and its members; take empty ones with its marker away."""
        self._found, done = projects.ensure(
            self._session, self._found, self.name, self.marker, self._schema, self._reading
        )
        spare, held = self._spare()
        roles, problems = members.changes(self._session, self.project, self._people)
        return take(spare) + done + take(roles), held + problems

    def _spare(self) -> tuple[list[Step], list[Problem]]:
        if self._found is None:
            return [], []
        return duplicate_projects.changes(self._session, self.project, self._found.twins)

    def finish(self) -> list[str]:
        """Say in the project that everything there is under the schema's version now."""
        if self._found is None or not self._reading.pending:
            return []
        return projects.finish(self._session, self._found, self.name, self._schema)

    def push(self, batch: list[tuple[Document, Annotation]]) -> None:
        """Import documents with their annotations."""
        push(self._session, self.project, self.marker, batch, self._tick, self._extra, self._kind)

    def change(self, example: int, wanted: Annotation) -> None:
        """Make an example's annotation the wanted one, by as few changes as possible."""
        change(self._session, self.project, example, self._names, wanted)

    def rewrite(self, example: int, text: str) -> None:
        """Put the text of an example back."""
        rewrite(self._session, self.project, example, text)

    def remark(self, example: int, texts: tuple[str, ...]) -> None:
        """Put comments to an example; those that stand there already are not doubled."""
        remark(self._session, self.project, example, texts)

    def written(self) -> Iterator[Written]:
        """All comments that stand in the project."""
        return written(self._session, self.project)

    def write(self, example: int, text: str) -> None:
        """Put a comment to an example."""
        write(self._session, self.project, example, text)

    def reword(self, comment: int, text: str) -> None:
        """Change the text of an own comment."""
        reword(self._session, self.project, comment, text)

    def erase(self, comments: tuple[int, ...]) -> None:
        """Delete own comments."""
        erase(self._session, self.project, comments)

    def remove(self, example: int) -> None:
        """Delete an example; one that is gone already is no error."""
        remove(self._session, self.project, example)

    def snapshot(self) -> Iterator[Example]:
        """Everything the project holds."""
        kind = self._found.kind if self._found else self._kind
        reading = None if self._reading.plain else self._reading
        return snapshot(self._session, self.project, self._tick, kind, reading)

    def attribute(self, example: int, base: Annotation) -> Attribution:
        """Who did what in an example."""
        asked = Asked(example=example, base=base)
        remarks = remarks_each(self._session, self.project, self._names)
        return attribute(self._session, self.project, self._names, asked, remarks)

    def attributions(
        self, asked: Iterable[Asked], count: int
    ) -> Generator[Attribution | None, None, None]:
        """Who did what in many examples, in their order; see ``curate.doccano.attribution``."""
        return gather(self._session, self.project, self._names, asked, count)

    @cached_property
    def _names(self) -> Names:
        reading = None if self._reading.plain else self._reading
        return Names(self._session, self.project, self._kind, reading)


def _version(found: projects.Found | None, schema: Schema) -> str:
    """The version that a project is at; empty where it does not say, or there is none."""
    name, _, number = (found.schema if found else "").partition("@")
    return number if name == schema.name else ""
