"""Named queries on one open transaction, by subject: documents, gold, releases, sync, people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    and_,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    true,
    update,
)

from curate.annotations.merge import Conflict
from curate.errors import InputError, StoreError
from curate.layers import ANNOTATOR, IMPORT, IN_FILES, PROPOSAL
from curate.model import (
    Annotation,
    Assignment,
    Comment,
    Document,
    Release,
    Revision,
)
from curate.release import version_key
from curate.store import statements as st
from curate.store import tables as t
from curate.store.records import (
    JournalStep,
    LastSeen,
    LocalState,
    RemoteProject,
    RemoteState,
    TrackedDocument,
)
from curate.util import jsonl

_STREAMED = {"yield_per": 500}  # rows in memory at a time
_OTHER_VERSION = (
    "use that version, or move the store away and run `curate init` to make a new one from "
    "annotations/"
)

T = TypeVar("T")


class Transaction:
    """Reads and writes the store; ``Store.begin`` and ``Store.read`` give one.

    Raises:
        StoreError: by every query, where a row is not what this version of curate writes.
    """

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def prepare(self) -> None:
        """Make the tables in an empty database.

        Raises:
            StoreError: the tables have another format.
        """
        number = self.info("format") if inspect(self._c).has_table("info") else None
        if number is None:
            t.metadata.create_all(self._c)
            self.set_info("format", str(t.FORMAT))
        elif number != str(t.FORMAT):
            raise StoreError(
                f"the store was made by another version of curate: its format is {number}, "
                f"this version reads format {t.FORMAT}",
                _OTHER_VERSION,
            )

    # -- info

    def info(self, key: str) -> str | None:
        """A value that the store keeps about itself."""
        return self._c.execute(select(t.info.c.value).where(t.info.c.key == key)).scalar()

    def set_info(self, key: str, value: str) -> None:
        """Set a value that the store keeps about itself."""
        self._replace(t.info, {"key": key}, {"value": value})

    # -- documents and layers

    def add_document(self, document: Document) -> bool:
        """Add a document; False if the store has it already."""
        values = {"id": document.id, "data": _text(document)}
        return self._c.execute(st.NEW_DOCUMENT, values).rowcount > 0

    def replace_document(self, document: Document) -> None:
        """Set what is known of a document beside its text, such as its language."""
        self._replace(t.documents, {"id": document.id}, {"data": _text(document)})

    def document(self, document: str) -> Document | None:
        """The document with this id."""
        data = self._c.execute(st.DOCUMENT, {"id": document}).scalar()
        return _decode(data, Document) if data else None

    def find_ids(self, prefix: str) -> list[str]:
        """Ids of the documents that begin with ``prefix``, sorted."""
        c = t.documents.c
        begins = c.id.startswith(prefix.lower(), autoescape=True)
        return list(self._c.execute(select(c.id).where(begins).order_by(c.id)).scalars())

    def identify(self, prefix: str) -> str:
        """The id of the one document whose id begins with a prefix.

        Raises:
            InputError: no document has such an id, or several have.
        """
        ids = self.find_ids(prefix)
        if len(ids) == 1:
            return ids[0]
        count = "no document" if not ids else f"{len(ids)} documents"
        raise InputError(f"{count} with an id that begins with {prefix!r}", "see `curate show`")

    def documents(self) -> Iterator[Document]:
        """All documents, sorted by id, streamed."""
        query = select(t.documents.c.data).order_by(t.documents.c.id)
        return self._stream(query, Document)

    def is_empty(self) -> bool:
        """Whether there is no document."""
        return self._c.execute(select(t.documents.c.id).limit(1)).first() is None

    def document_ids(self) -> list[str]:
        """Ids of all documents, sorted."""
        return list(self._c.execute(select(t.documents.c.id).order_by(t.documents.c.id)).scalars())

    def put_annotation(self, annotation: Annotation) -> None:
        """Set what a layer says about a document."""
        where = {"document": annotation.document, "layer": annotation.layer}
        ordered = annotation.sorted()
        self._replace(t.layers, where, {"content": ordered.content, "data": _text(ordered)})

    def delete_layer(self, document: str, layer: str) -> None:
        """Forget what a layer says about a document."""
        c = t.layers.c
        self._c.execute(delete(t.layers).where(c.document == document, c.layer == layer))

    def annotation(self, document: str, layer: str) -> Annotation | None:
        """What a layer says about a document, None if it has not looked at it."""
        data = self._c.execute(st.ANNOTATION, {"document": document, "layer": layer}).scalar()
        return _decode(data, Annotation) if data else None

    def layers(self, document: str) -> list[str]:
        """Names of the layers of a document, gold left out."""
        c = t.layers.c
        query = select(c.layer).where(c.document == document).order_by(c.layer)
        return list(self._c.execute(query).scalars())

    def annotations(self, document: str, *prefixes: str) -> list[Annotation]:
        """The annotations of a document without its gold, sorted by layer.

        Args:
            prefixes: only layers that begin with one of them, such as ``model:``.
        """
        rows = self._c.execute(st.ANNOTATIONS, {"document": document})
        chosen = (data for layer, data in rows if not prefixes or layer.startswith(prefixes))
        return [_decode(data, Annotation) for data in chosen]

    def all_annotations(self) -> Iterator[Annotation]:
        """The annotations of all documents without gold, sorted by document and layer, streamed."""
        c = t.layers.c
        return self._stream(select(c.data).order_by(c.document, c.layer), Annotation)

    def annotator_layers(self) -> Iterator[Annotation]:
        """What annotators said, sorted by document and name, streamed."""
        c = t.layers.c
        query = select(c.data).where(c.layer.startswith(ANNOTATOR))
        return self._stream(query.order_by(c.document, c.layer), Annotation)

    def file_layers(self) -> Iterator[Annotation]:
        """The layers that ``annotations/`` holds, sorted by document and name, streamed."""
        c = t.layers.c
        query = select(c.data).where(or_(*(c.layer.startswith(prefix) for prefix in IN_FILES)))
        return self._stream(query.order_by(c.document, c.layer), Annotation)

    def imported_contents(self, layers: Iterable[str]) -> dict[str, dict[str, str]]:
        """``Annotation.content`` of layers where they were imported, by document and layer."""
        c = t.layers.c
        # As the canonical form writes it; in a text, the quotation marks would be escaped.
        is_imported = c.data.contains(f'"sources":["{IMPORT}', autoescape=True)
        query = select(c.document, c.layer, c.content).where(c.layer.in_([*layers]), is_imported)
        found: dict[str, dict[str, str]] = {}
        for row in self._c.execute(query.order_by(c.document, c.layer)):
            found.setdefault(row.document, {})[row.layer] = row.content
        return found

    def proposal_sources(self) -> dict[str, tuple[str, ...]]:
        """``Annotation.sources`` of the proposals that have any, by document."""
        c = t.layers.c
        query = select(c.document, c.data).where(
            c.layer == PROPOSAL, c.data.contains('"sources":[', autoescape=True)
        )
        return {
            row.document: _decode(row.data, Annotation).sources for row in self._c.execute(query)
        }

    def without_layers(self, layers: Iterable[str]) -> list[str]:
        """Ids of the documents that lack at least one of these layers, sorted."""
        c = t.layers.c
        lacking: set[str] = set()
        ids = set(self.document_ids())
        for layer in layers:
            have = self._c.execute(select(c.document).where(c.layer == layer)).scalars()
            lacking |= ids - set(have)
        return sorted(lacking)

    def layer_names(self) -> list[str]:
        """Names of all layers that some document has, sorted; gold is none of them."""
        query = select(t.layers.c.layer).distinct().order_by(t.layers.c.layer)
        return list(self._c.execute(query).scalars())

    def layer_contents(self, layer: str) -> dict[str, str]:
        """``Annotation.content`` of one layer, by document."""
        c = t.layers.c
        rows = self._c.execute(select(c.document, c.content).where(c.layer == layer))
        return {row.document: row.content for row in rows}

    # -- gold

    def add_revision(self, revision: Revision) -> None:
        """Add a revision; its number must be the next one of its document."""
        newest = self._c.execute(st.NUMBER, {"document": revision.document}).scalar()
        expected = (newest or 0) + 1
        if revision.number != expected:
            raise StoreError(
                f"{revision.document}: revision {revision.number} instead of {expected}",
                "another command changed it; run the command again",
            )
        self._c.execute(insert(t.revisions), _revision_row(revision))

    def head(self, document: str) -> Revision | None:
        """The newest revision of a document's gold."""
        data = self._c.execute(st.REVISIONS, {"document": document}).scalar()
        return _decode(data, Revision) if data else None

    def revisions(self, document: str) -> list[Revision]:
        """All revisions of a document's gold, the newest first."""
        rows = self._c.execute(st.REVISIONS, {"document": document}).scalars()
        return [_decode(row, Revision) for row in rows]

    def history(self) -> Iterator[Revision]:
        """All revisions of all documents, sorted by document and number, streamed."""
        query = select(t.revisions.c.data).order_by(t.revisions.c.document, t.revisions.c.number)
        return self._stream(query, Revision)

    def heads(self) -> Iterator[tuple[Document, Revision]]:
        """Every document that has gold with its newest revision, sorted by id, streamed."""
        c = t.revisions.c
        newest = select(c.document, func.max(c.number).label("number")).group_by(c.document)
        head = newest.subquery()
        query = (
            select(t.documents.c.data, c.data)
            .join(head, and_(c.document == head.c.document, c.number == head.c.number))
            .join(t.documents, t.documents.c.id == c.document)
            .order_by(c.document)
        )
        for document, revision in self._c.execute(query, execution_options=_STREAMED):
            yield (
                _decode(document, Document),
                _decode(revision, Revision),
            )

    def revision(self, document: str, number: int) -> Revision | None:
        """One revision of a document."""
        c = t.revisions.c
        query = select(c.data).where(c.document == document, c.number == number)
        data = self._c.execute(query).scalar()
        return _decode(data, Revision) if data else None

    def documents_with_gold(self) -> set[str]:
        """Ids of the documents that have a revision."""
        return set(self._c.execute(select(t.revisions.c.document).distinct()).scalars())

    def replace_revisions(self, document: str, revisions: Iterable[Revision]) -> None:
        """Put the revisions of a document in another order, with others among them.

        This is the only place that deletes rows of revisions: two stores that met in version
        control have to count alike. The caller makes sure that none of them is lost.
        """
        self._c.execute(delete(t.revisions).where(t.revisions.c.document == document))
        for revision in revisions:
            self.add_revision(revision)

    # -- releases

    def add_release(self, release: Release) -> None:
        """Add a release; releases are never changed."""
        row = {"version": release.version, "created": release.created, "data": _text(release)}
        self._c.execute(insert(t.releases).values(row))

    def release(self, version: str) -> Release | None:
        """The release with this version."""
        query = select(t.releases.c.data).where(t.releases.c.version == version)
        data = self._c.execute(query).scalar()
        return _decode(data, Release) if data else None

    def release_versions(self) -> list[str]:
        """Versions of all releases, the highest first."""
        versions = self._c.execute(select(t.releases.c.version)).scalars()
        return sorted(versions, key=version_key, reverse=True)

    def iter_releases(self) -> Iterator[Release]:
        """All releases, the highest version first, one in memory at a time."""
        for version in self.release_versions():
            if (release := self.release(version)) is not None:
                yield release

    def releases(self) -> list[Release]:
        """All releases, the highest version first."""
        return list(self.iter_releases())

    # -- sync state

    def put_remote(self, remote: RemoteProject) -> None:
        """Remember a Doccano project."""
        values = msgspec.structs.asdict(remote)
        self._replace(t.remotes, {"marker": values.pop("marker")}, values)

    def remotes(self) -> list[RemoteProject]:
        """The Doccano projects this corpus was ever synced with."""
        c = t.remotes.c
        query = select(c.marker, c.url, c.name, c.project).order_by(c.marker)
        return [RemoteProject(**row) for row in self._c.execute(query).mappings()]

    def remote_state(self, marker: str) -> RemoteState:
        """What is known of a Doccano project beside its documents."""
        data = self._c.execute(st.REMOTE_STATE, {"marker": marker}).scalar()
        return _decode(data, RemoteState) if data else RemoteState()

    def put_remote_state(self, marker: str, state: RemoteState) -> None:
        """Set what is known of a Doccano project that ``put_remote`` has recorded."""
        data = _text(msgspec.to_builtins(state, str_keys=True))  # JSON has no numbers as keys
        self._replace(t.remotes, {"marker": marker}, {"state": data})

    def give_up_remote(self, marker: str) -> None:
        """Forget the documents in a Doccano project and conflicts about it, and its name.

        The project itself is kept without a name, with what people wrote there.
        """
        self._c.execute(delete(t.tracked).where(t.tracked.c.marker == marker))
        unnamed = update(t.remotes).where(t.remotes.c.marker == marker)
        self._c.execute(unnamed.values(name="", project=None))
        for document, conflicts in self.conflicts().items():
            rest = tuple(conflict for conflict in conflicts if conflict.project != marker)
            if len(rest) < len(conflicts):
                self.put_conflicts(document, "", rest)

    def put_tracked(self, marker: str, state: TrackedDocument) -> None:
        """Set what was last pushed to, or seen in, a Doccano project of one document."""
        values = {
            "example": state.example,
            "confirmed": state.confirmed,
            "content": state.base.content,
            "base": _text(state.base),
            "seen": _text(state.seen),
        }
        self._replace(t.tracked, {"marker": marker, "document": state.document}, values)

    def forget(self, document: str, marker: str = "") -> None:
        """Forget a document in the Doccano project with this marker, by default in all of them.

        As the project then counts as never having had it, the next sync pushes it again.
        """
        c = t.tracked.c
        here = c.marker == marker if marker else true()
        self._c.execute(delete(t.tracked).where(c.document == document, here))

    def tracked_documents(self, marker: str) -> dict[str, bool]:
        """Documents that are in a Doccano project, and whether they were confirmed when seen."""
        c = t.tracked.c
        rows = self._c.execute(select(c.document, c.confirmed).where(c.marker == marker))
        return {row.document: bool(row.confirmed) for row in rows}

    def examples(self, marker: str) -> dict[str, int]:
        """The examples in a Doccano project, by document, sorted."""
        c = t.tracked.c
        query = select(c.document, c.example).where(c.marker == marker, c.example.is_not(None))
        return {row.document: row.example for row in self._c.execute(query.order_by(c.document))}

    def tracked(self, marker: str, document: str) -> TrackedDocument | None:
        """What was last pushed to, or seen in, a Doccano project of one document."""
        row = self._c.execute(st.TRACKED, {"marker": marker, "document": document}).first()
        if row is None:
            return None
        base = _decode(row.base, Annotation)
        return TrackedDocument(
            document=document,
            base=base,
            example=row.example,
            confirmed=row.confirmed,
            seen=_decode(row.seen, LastSeen),
        )

    def local_states(self, marker: str) -> dict[str, LocalState]:
        """The local state of every document, by document."""
        c = t.tracked.c
        query = select(c.document, c.example, c.content, c.confirmed).where(c.marker == marker)
        tracked = {row.document: tuple(row)[1:] for row in self._c.execute(query)}
        nothing = (None, "", False)
        gold = self._head_contents()
        updating = self.unfinished("update")
        proposal = self.layer_contents(PROPOSAL)
        conflict = set(self._c.execute(select(t.conflicts.c.document)).scalars())
        return {
            document: LocalState(
                document=document,
                gold=gold.get(document, ""),
                proposal=proposal.get(document, ""),
                withdrawn=gold.get(document) == "",
                conflict=document in conflict,
                updating=document in updating,
                example=tracked.get(document, nothing)[0],
                base=tracked.get(document, nothing)[1],
                confirmed=bool(tracked.get(document, nothing)[2]),
            )
            for document in self.document_ids()
        }

    def _head_contents(self) -> dict[str, str]:
        c = t.revisions.c
        newest = select(c.document, func.max(c.number).label("number")).group_by(c.document)
        head = newest.subquery()
        query = select(c.document, c.content).join(
            head, and_(c.document == head.c.document, c.number == head.c.number)
        )
        return {row.document: row.content for row in self._c.execute(query)}

    # -- people

    def put_assignment(self, assignment: Assignment) -> None:
        """Set who is asked to annotate a document."""
        self._replace(t.assignments, {"document": assignment.document}, {"data": _text(assignment)})

    def assignments(self) -> dict[str, Assignment]:
        """Who is asked to annotate what, by document, sorted."""
        rows = self._c.execute(select(t.assignments.c.data).order_by(t.assignments.c.document))
        assignments = (_decode(row, Assignment) for row in rows.scalars())
        return {assignment.document: assignment for assignment in assignments}

    def assignment(self, document: str) -> Assignment | None:
        """Who is asked to annotate a document."""
        data = self._c.execute(st.ASSIGNMENT, {"document": document}).scalar()
        return _decode(data, Assignment) if data else None

    def put_comments(self, marker: str, document: str, comments: tuple[Comment, ...]) -> None:
        """Set what people wrote about a document in a Doccano project."""
        where = {"marker": marker, "document": document}
        if comments or self.comments(document):
            self._replace(t.comments, where, {"data": _text(comments)})

    def comments(self, document: str) -> tuple[Comment, ...]:
        """What people wrote about a document, in all projects, the oldest first."""
        rows = self._c.execute(st.COMMENTS, {"document": document}).scalars()
        comments = [c for row in rows for c in _decode(row, tuple[Comment, ...])]
        return tuple(sorted(comments, key=lambda comment: (comment.at, comment.by, comment.text)))

    # -- conflicts and journal

    def put_conflicts(self, document: str, sync: str, conflicts: tuple[Conflict, ...]) -> None:
        """Set the open conflicts of a document, and the sync that brought them; none removes them.

        ``sync`` is empty where no sync did.
        """
        self._c.execute(st.NO_CONFLICTS, {"document": document})
        if conflicts:
            values = {"document": document, "sync": sync, "data": _text(conflicts)}
            self._c.execute(insert(t.conflicts).values(values))

    def conflicts(self) -> dict[str, tuple[Conflict, ...]]:
        """The open conflicts of every document that has some, sorted by document."""
        c = t.conflicts.c
        rows = self._c.execute(select(c.document, c.data).order_by(c.document))
        return {row.document: _decode(row.data, tuple[Conflict, ...]) for row in rows}

    def conflicts_of(self, document: str) -> tuple[Conflict, ...]:
        """The open conflicts of one document."""
        data = self._c.execute(st.CONFLICTS, {"document": document}).scalar()
        return _decode(data, tuple[Conflict, ...]) if data else ()

    def start_step(self, sync: str, step: str, detail: str, at: str) -> int:
        """Write a step into the journal before it is tried; returns its number."""
        values = {"sync": sync, "step": step, "detail": detail, "started": at}
        key = self._c.execute(insert(t.journal).values(values)).inserted_primary_key
        return int(key[0]) if key else 0

    def finish_step(self, step: int, at: str) -> None:
        """Mark a step of the journal as finished."""
        self._c.execute(update(t.journal).where(t.journal.c.id == step).values(finished=at))

    def unfinished(self, step: str) -> set[str]:
        """Details of the steps of this name that were started and never finished since."""
        c = t.journal.c
        last = select(func.max(c.id)).where(c.step == step).group_by(c.detail)
        query = select(c.detail).where(c.id.in_(last), c.finished.is_(None))
        return set(self._c.execute(query).scalars())

    def example_deleted_since(self, document: str, at: str) -> bool:
        """Whether a sync deleted the document's example on the server at a time or later."""
        c = t.journal.c
        query = select(c.id).where(c.step == "withdraw", c.detail == document, c.started >= at)
        return self._c.execute(query.limit(1)).first() is not None

    def steps(self, sync: str | None = None) -> list[JournalStep]:
        """The journal, oldest first."""
        query = select(t.journal).order_by(t.journal.c.id)
        if sync:
            query = query.where(t.journal.c.sync == sync)
        rows = self._c.execute(query).mappings()
        return [JournalStep(**{**row, "finished": row["finished"] or ""}) for row in rows]

    # -- helpers

    def _replace(self, table: Table, where: dict[str, Any], values: dict[str, Any]) -> None:
        keys = {f"key_{name}": value for name, value in where.items()}
        updated = self._c.execute(st.replacing(table, tuple(where)), {**keys, **values})
        if updated.rowcount == 0:
            self._c.execute(insert(table), {**where, **values})

    def _stream(self, query: Any, kind: type[T]) -> Iterator[T]:
        for data in self._c.execute(query, execution_options=_STREAMED).scalars():
            yield _decode(data, kind)


def _text(value: Any) -> str:
    return jsonl.canonical(value).decode("utf-8")


def _decode(data: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        name = getattr(kind, "__name__", "value").lower()
        raise StoreError(
            f"the store has a {name} that this version of curate cannot read ({error})",
            _OTHER_VERSION,
        ) from error


def _revision_row(revision: Revision) -> dict[str, Any]:
    return {
        "document": revision.document,
        "number": revision.number,
        "at": revision.at,
        "content": "" if revision.deleted else revision.annotation.content,
        "data": _text(revision),
    }
