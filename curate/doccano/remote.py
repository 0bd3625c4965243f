"""One Doccano project as the remote of a corpus: all that a sync asks of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from curate.doccano import comments, examples
from curate.doccano.attribution import read_attribution, read_attributions
from curate.doccano.changes import ProjectChange, apply_changes, describe_changes
from curate.doccano.duplicate_projects import duplicate_changes
from curate.doccano.label_identity import (
    RenamedLabelType,
    check_names_are_free,
    earlier_names,
    rename_changes,
    renamed_label_types,
)
from curate.doccano.label_types import label_names
from curate.doccano.members import WantedMember, member_changes
from curate.doccano.names import AccountNames, LabelTypeLists, ProjectNames
from curate.doccano.project import (
    ManagedProject,
    add_stamp,
    ensure_project,
    marking,
    planned_changes,
    refuse_other_type,
    saved_time,
    set_guidelines,
)
from curate.doccano.project_search import AbsentProject, KnownProject, find_project
from curate.doccano.project_types import project_kind
from curate.doccano.pull import snapshot
from curate.doccano.push import FileSize, PushResult, push
from curate.doccano.server_clock import ClockOffset
from curate.doccano.session import Session, exact_time
from curate.errors import RemoteError
from curate.model import (
    NO_ROWS,
    Annotation,
    Attribution,
    Document,
    Example,
    ExampleQuery,
    Problem,
    RemoteComment,
    RemoteRows,
    RemoteView,
)
from curate.schema import Schema
from curate.schema.migrations import MigrationReader, Migrations
from curate.store.records import RemoteState


class DoccanoRemote:
    """A project of a corpus on one server; it need not exist yet.

    Args:
        session: a logged-in session.
        name: name of the project.
        schema: label schema that the project is to match.
        members: the members that the project is to have, by account name.
        known: the projects of this name that this corpus was synced with before.
        fresh: marker of the project if it is to be made.
        renew: give up a known project that is not to be seen on the server any more.
        tick: called while the server works.
        extra: metadata fields to show to people beside the usual ones.
        migrations: what became of the labels of earlier versions of the schema.

    Attributes:
        absent: a known project that is not to be seen on the server; there is nothing to sync with
            then.
        given_up: markers of the known projects that were given up.

    Raises:
        RemoteError: the server cannot be reached or refuses, or a project of this name does not
            belong to the corpus, or cannot hold what the schema has.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        schema: Schema,
        members: Mapping[str, WantedMember],
        known: Sequence[KnownProject],
        fresh: str,
        renew: bool = False,
        tick: Callable[[], None] = lambda: None,
        extra: tuple[str, ...] = (),
        migrations: Migrations = (),
    ) -> None:
        self._session = session
        self.name = name
        self._schema = schema
        self._members = members
        self._tick = tick
        self._extra = extra
        self._kind = project_kind(schema)
        self._file_size = FileSize()
        found = find_project(session, name, known, renew)
        self.absent = found if isinstance(found, AbsentProject) else None
        self._project = found if isinstance(found, ManagedProject) else None
        refuse_other_type(self._project, name, schema)
        self._lists = LabelTypeLists(session, self._project.id) if self._project else None
        self.marker = self._project.marker if self._project else fresh
        if self.absent is not None:
            self.marker = self.absent.known.remote.marker
        self._known = next(
            (each.state for each in known if each.remote.marker == self.marker), RemoteState()
        )
        self._prepared = False
        # Not to a project that people made, before it is adopted.
        self._has_pushed = self._project is None or self._project.marked
        self._saved = self._project.saved if self._project else ""
        here = {each.remote.marker for each in known if each.remote.url == self.url}
        self.given_up = sorted(here - {self.marker}) if renew else []
        # The schema under which everything in the project is; unknown for a new project.
        schema_name, _, version = (self._project.schema if self._project else "").partition("@")
        same_schema = schema_name == schema.name
        self._reading = MigrationReader(schema, migrations, version if same_schema else "")
        self._accounts = AccountNames(session)
        self._pushers = {*(self._project.pushers if self._project else ()), session.user_id}

    @property
    def url(self) -> str:
        """Address of the server."""
        return self._session.url

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the server's clock is ahead of ours; None if the server does not say."""
        return self._session.clock_offset

    def view(self) -> RemoteView:
        """What the server says of itself and of the project at this moment, without documents."""
        return RemoteView(
            time=self._session.server_time(),
            account=self._session.user_id,
            accounts=self._accounts.all(),
            label_types=self._names.label_types(),
            stamps=self.stamps,
            saved=self._saved,
            overlaps=self._kind.overlap,
        )

    @property
    def settings_saved(self) -> str:
        """When the project's settings were saved, as far as it was seen or was this object."""
        return self._saved

    @property
    def stamps(self) -> tuple[str, ...]:
        """The stamps of syncs in the project's description when it was found."""
        return self._project.stamps if self._project else ()

    def server_time(self) -> str:
        """The server's time at this moment, or a little before, to the microsecond."""
        return self._session.server_time()

    @property
    def is_shared(self) -> bool:
        """Whether everybody sees what others annotate in the project."""
        return self._project is None or self._project.shared

    def was_confirmed_twice(self) -> bool:
        """Whether several people confirmed one document; only without sharing they can."""
        metrics = f"projects/{self.project}/metrics"
        people = self._session.get(f"{metrics}/member-progress").json()["progress"]
        confirmed = self._session.get(f"{metrics}/progress").json()["complete"]
        return sum(int(person["done"]) for person in people) > int(confirmed)

    def export_fault(self) -> Problem | None:
        """Why the project's export lacks what the project holds, until a sync corrects it."""
        found = self._project
        without_relations = bool(
            found
            and self._kind.relations
            and not found.relations
            and self._known.label_types.get("relation")
        )
        if found is None or not (found.mistyped or without_relations):
            return None
        what = "relations were switched off" if without_relations else "its type was changed"
        return Problem(
            code="remote.project-type",
            severity="warning",
            message=f"project {found.id} ({self.name}) was changed in Doccano: {what}, so that it "
            "cannot be read as it is",
            hint="run `curate sync`, which corrects that first; the gold stays",
        )

    def refusal(self) -> Problem | None:
        """Why a sync will refuse the project, until somebody mends it; None if it will not."""
        try:
            check_names_are_free(self.renamed)
        except RemoteError as error:
            return Problem(code="remote.label-taken", message=error.message, hint=error.hint)
        return None

    def written_time(self) -> str:
        """The server's time at this moment, exactly: what it writes when the project is saved."""
        current = self._session.get(f"projects/{self.project}").json()
        body = {"resourcetype": current["resourcetype"], "name": current["name"]}
        saved = self._session.patch(f"projects/{self.project}", json=body).json()
        self._saved = exact_time(saved["updated_at"])
        return self._saved

    def to_server_time(self, time: str) -> str:
        """What the server's clock showed when ours showed a time."""
        offset = self._session.clock_offset
        return offset.server_time(time) if offset else time

    def add_pushers(self, accounts: Iterable[int]) -> None:
        """Name accounts with which curate has pushed to the project."""
        self._pushers.update(accounts)

    def add_stamp(self, stamp: str) -> None:
        """Add the stamp of a sync to the project's description."""
        before, after = add_stamp(self._session, self.project, self.marker, stamp)
        if before == self._saved:  # else somebody saved them meanwhile, which the next sync sees
            self._saved = after

    @property
    def project(self) -> int:
        """Id of the project on the server.

        Raises:
            RemoteError: it does not exist yet, or not any more.
        """
        if self.absent is not None:
            raise RemoteError(self.absent.message, self.absent.hint)
        if self._project is None:
            raise RemoteError(f"{self.url} has no project {self.name}", "run `curate sync`")
        return self._project.id

    def exists(self) -> bool:
        """Whether the project exists already."""
        return self._project is not None

    def changes(self) -> tuple[list[str], list[Problem]]:
        """What ``prepare`` and ``finish`` would do, and what they could not do."""
        number = self._project.id if self._project else None
        removals, duplicates = self._duplicate_changes()
        planned = planned_changes(
            self._session,
            self._project,
            self.name,
            self.marker,
            self._schema,
            self._reading,
            earlier_names(self.renamed),
            self._lists,
        )
        if self._project is not None:
            renames = rename_changes(self._session, self._project.id, self.renamed)
            marks = marking(self._session, self._project)
            planned = describe_changes(marks) + describe_changes(renames) + planned
        roles, problems = member_changes(self._session, number, self._members, self._accounts.all())
        return (
            describe_changes(removals) + planned + describe_changes(roles),
            duplicates + problems,
        )

    def prepare(self) -> tuple[list[str], list[Problem]]:
        """Make the project, or change what differs in it; set roles and remove empty duplicates.

        Label types that somebody renamed are renamed back first, so that everything is read by the
        labels that it had.

        Returns what was done, and what could not be done.

        Raises:
            RemoteError: a renamed label type cannot have its name again.
        """
        check_names_are_free(self.renamed)
        marked = apply_changes(marking(self._session, self._project)) if self._project else []
        renames = rename_changes(self._session, self.project, self.renamed) if self.renamed else ()
        renamed_back = apply_changes(renames)
        if renamed_back and self._lists is not None:
            self._lists.forget()
        self._to_read_as_before = ()
        self._prepared = True
        self._project, applied = ensure_project(
            self._session,
            self._project,
            self.name,
            self.marker,
            self._schema,
            self._reading,
            self._lists,
        )
        if applied and self._lists is not None:
            self._lists.forget()
        if applied or marked:
            self._saved = saved_time(self._session, self.project)
        removals, duplicates = self._duplicate_changes()
        roles, problems = member_changes(
            self._session, self.project, self._members, self._accounts.all()
        )
        changed = marked + renamed_back + apply_changes(removals) + applied + apply_changes(roles)
        return changed, duplicates + problems

    def _duplicate_changes(self) -> tuple[list[ProjectChange], list[Problem]]:
        if self._project is None:
            return [], []
        return duplicate_changes(self._session, self._project.id, self._project.duplicates)

    def finish(self) -> list[str]:
        """Record in the project that everything there is under the schema's version now."""
        if self._project is None or not self._reading.pending:
            return []
        changed = set_guidelines(self._session, self._project, self.name, self._schema)
        if changed:
            self._saved = saved_time(self._session, self.project)
        return changed

    @cached_property
    def renamed(self) -> tuple[RenamedLabelType, ...]:
        """The label types that somebody renamed since the last sync."""
        if self._lists is None or not self._known.label_types:
            return ()
        definitions = self._schema.definitions.values()
        managed = {definition.name for kind in definitions for definition in kind}
        return renamed_label_types(
            self._known.label_types,
            label_names(self._lists, self._schema),
            managed | self._reading.old,
            self._reading.renames,
        )

    @cached_property
    def _to_read_as_before(self) -> tuple[RenamedLabelType, ...]:
        """Those of them that have not been renamed back yet."""
        return self.renamed

    def push(self, batch: list[tuple[Document, Annotation]]) -> PushResult:
        """Import documents with their annotations; see :func:`curate.doccano.push.push`."""
        return push(
            self._session,
            self.project,
            self.marker,
            batch,
            self._tick,
            self._extra,
            self._kind,
            self._file_size,
        )

    def snapshot(self) -> Iterator[Example]:
        """All examples of the project; see :func:`curate.doccano.pull.snapshot`."""
        kind = self._project.kind if self._project else self._kind
        return snapshot(
            self._session,
            self.project,
            self._tick,
            kind,
            self._names.reading,
            self._to_read_as_before,
            self.is_shared,
            mend=self._prepared,
            identify=self._has_pushed,
        )

    def read_attribution(
        self, example: int, base: Annotation, rows: RemoteRows = NO_ROWS
    ) -> Attribution:
        """Attribution of an example; see :func:`curate.doccano.attribution.read_attribution`."""
        query = ExampleQuery(example=example, base=base, rows=rows)
        read_comments = comments.comments_by_example(self._session, self.project, self._names)
        return read_attribution(self._session, self.project, self._names, query, read_comments)

    def attributions(
        self, queries: Iterable[ExampleQuery], count: int
    ) -> Generator[Attribution | RemoteError | None, None, None]:
        """Attribution of many examples, in their order.

        See :func:`curate.doccano.attribution.read_attributions`.
        """
        return read_attributions(self._session, self.project, self._names, queries, count)

    def update_example(self, example: int, wanted: Annotation) -> RemoteRows:
        """Make the annotation of an example the wanted one, with as few changes as possible.

        Returns the rows that it has then.
        """
        return examples.update_example(self._session, self.project, example, self._names, wanted)

    def restore_text(self, example: int, text: str) -> None:
        """Restore the text of an example."""
        examples.restore_text(self._session, self.project, example, text)

    def example_of(self, document: str) -> int | None:
        """The example as which a document was pushed; None if there is none."""
        return examples.example_of(self._session, self.project, document)

    def restore_metadata(self, example: int, document: Document) -> None:
        """Write the metadata of an example again, by which its document is known."""
        examples.restore_metadata(self._session, self.project, example, document, self._extra)

    def delete_example(self, example: int) -> None:
        """Delete an example; it is no error if it is gone already."""
        examples.delete_example(self._session, self.project, example)

    def add_comments(self, example: int, texts: tuple[str, ...]) -> None:
        """Add comments to an example, except those that it has already."""
        comments.add_comments(self._session, self.project, example, texts)

    def list_comments(self) -> Iterator[RemoteComment]:
        """All comments of the project."""
        return comments.list_comments(self._session, self.project)

    def add_comment(self, example: int, text: str) -> None:
        """Add a comment to an example."""
        comments.add_comment(self._session, self.project, example, text)

    def edit_comment(self, comment: int, text: str) -> None:
        """Change the text of a comment of this account."""
        comments.edit_comment(self._session, self.project, comment, text)

    def delete_comments(self, comment_ids: tuple[int, ...]) -> None:
        """Delete comments of this account."""
        comments.delete_comments(self._session, self.project, comment_ids)

    @cached_property
    def _names(self) -> ProjectNames:
        reading = None if self._reading.plain else self._reading
        earlier = earlier_names(self._to_read_as_before)
        return ProjectNames(
            self._session,
            self.project,
            self._kind,
            reading,
            self._pushers,
            earlier,
            self._accounts,
            self._lists,
        )
