"""Changing single examples in Doccano: their text, and their annotation label by label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from curate.annotations.diff import compare
from curate.doccano.attribution import remote_row
from curate.doccano.codec import ID_FIELD, check_fits, metadata, to_span
from curate.doccano.names import ProjectNames
from curate.doccano.session import Refused, Session
from curate.errors import RemoteError
from curate.layers import REMOTE
from curate.model import Annotation, Document, RelationKey, RemoteRow, RemoteRows, Span, SpanKey
from curate.text.offsets import Utf16


def restore_text(session: Session, project: int, example: int, text: str) -> None:
    """Set the text of an example; the offsets of its spans do not change."""
    session.patch(f"projects/{project}/examples/{example}", json={"text": text})


def pushed_as(session: Session, project: int, example: int) -> str:
    """The document as which an example was pushed, by its file name; empty if it is gone.

    A push sets the file name beside the unique key, which the API does not show. Neither can be
    changed there.
    """
    try:
        row = session.get(f"projects/{project}/examples/{example}").json()
    except Refused as error:
        if error.status != 404:
            raise
        return ""
    return file_name(row)


def example_of(session: Session, project: int, document: str) -> int | None:
    """The example as which a document was pushed, whatever its metadata and its text are now."""
    rows = session.pages(f"projects/{project}/examples", q=document)
    return next((int(row["id"]) for row in rows if file_name(row) == document), None)


def file_name(row: Mapping[str, Any]) -> str:
    """The name of an example's file, of which the API shows an address."""
    return str(row["filename"] or "").rpartition("/")[2]


def restore_metadata(
    session: Session, project: int, example: int, document: Document, extra: tuple[str, ...] = ()
) -> None:
    """Write the metadata of an example as a push does; what people added to its own stays.

    An example that was not pushed gets no fields without a value, which only rows of one import
    must have in common.
    """
    resource = f"projects/{project}/examples/{example}"
    row = session.get(resource).json()
    wanted, current = metadata(document, extra), row["meta"]
    if file_name(row) != document.id:
        wanted = {name: value for name, value in wanted.items() if value}
    if isinstance(current, dict) and current.get(ID_FIELD, document.id) == document.id:
        wanted = {**wanted, **current, ID_FIELD: document.id}
    session.patch(resource, json={"meta": wanted})


def empty_unreadable_metadata(session: Session, project: int, mend: bool) -> list[int]:
    """Empty metadata that are no object, because of which Doccano cannot export the project.

    Args:
        session: a logged-in session.
        project: id of the project.
        mend: whether to do it.

    Returns:
        Ids of the examples that had such metadata.

    Raises:
        RemoteError: there are some, and they are not to be changed.
    """
    resource = f"projects/{project}/examples"
    rows = session.pages(resource)
    unreadable = [int(row["id"]) for row in rows if not isinstance(row["meta"], dict)]
    if unreadable and not mend:
        raise RemoteError(
            f"the metadata of {len(unreadable)} examples (the first is {unreadable[0]}) are no "
            f"object, so that Doccano cannot export project {project}",
            "run `curate sync`, which writes them again",
        )
    for example in unreadable:
        session.patch(f"{resource}/{example}", json={"meta": {}})
    return unreadable


def delete_example(session: Session, project: int, example: int) -> None:
    """Delete an example; it is no error if it is gone already."""
    _delete(session, f"projects/{project}/examples/{example}")


def update_example(
    session: Session, project: int, example: int, names: ProjectNames, wanted: Annotation
) -> RemoteRows:
    """Make the annotation of an example the wanted one, and remove labels that it has twice.

    A span that changes is updated and not replaced, so that it keeps its id and the relations that
    refer to it. Relations are deleted before spans are, and made after spans are, because the
    server deletes a span's relations with it. What is right already is not touched, so an update
    that broke off can be repeated.

    Raises:
        RemoteError: the project cannot hold this, or the server refused.
    """
    check_fits(wanted, names.kind)
    resource = f"projects/{project}/examples/{example}"
    rows = RemoteRows()
    if names.kind.spans:
        offsets = Utf16(session.get(resource).json()["text"])
        relations = _RelationUpdate(session, f"{resource}/relations", names)
        spans = _SpanUpdate(session, f"{resource}/spans", names, offsets, wanted)
        missing = relations.delete_unwanted(wanted, spans.ids)
        spans.apply()
        relations.add(missing, spans.ids)
        rows = RemoteRows(
            spans=tuple(sorted(spans.rows.items())), relations=tuple(sorted(relations.rows.items()))
        )
    if names.kind.categories:
        categories = _update_categories(session, f"{resource}/categories", names, wanted)
        rows = msgspec.structs.replace(rows, categories=tuple(sorted(categories.items())))
    return rows


class _SpanUpdate:
    """The update of an example's spans, planned when it is made.

    Spans must not overlap meanwhile, so deletions come first, and a change that is refused for an
    overlap is tried again after the others.
    """

    def __init__(
        self,
        session: Session,
        resource: str,
        names: ProjectNames,
        offsets: Utf16,
        wanted: Annotation,
    ) -> None:
        self._session, self._resource, self._names = session, resource, names
        self._offsets = offsets
        ids: dict[SpanKey, int] = {}
        by_id: dict[int, RemoteRow] = {}
        self._deleted: list[int] = []
        for row in sorted(session.get(resource).json(), key=lambda row: int(row["id"])):
            label = names.spans.name(row["label"])
            key = to_span(offsets, row["start_offset"], row["end_offset"], label).key
            by_id[row["id"]] = remote_row(row)
            if ids.setdefault(key, row["id"]) != row["id"]:
                self._deleted.append(row["id"])
        current = Annotation(document="", layer=REMOTE, spans=tuple(Span(*key) for key in ids))
        changes = compare(current, wanted)
        self._deleted += [ids[span.key] for span in changes.removed]
        pairs = (*changes.relabelled, *changes.moved, *changes.replaced)
        self._changed = [(ids[before.key], after) for before, after in pairs]
        self._added = changes.added
        self.ids: dict[SpanKey, int] = {
            **{span.key: ids[span.key] for span in changes.kept},
            **{after.key: span_id for span_id, after in self._changed},
        }
        self.rows = {span.key: by_id[ids[span.key]] for span in changes.kept}

    def apply(self) -> None:
        """Send the changes; ``ids`` and ``rows`` have every wanted span afterwards."""
        for span_id in self._deleted:
            _delete(self._session, f"{self._resource}/{span_id}")
        pending = self._changed
        while pending:
            refused = [change for change in pending if not self._patch(*change)]
            if len(refused) == len(pending):
                span_id, span = refused[0]  # raises what the server says
                self._session.patch(f"{self._resource}/{span_id}", json=self._body(span))
            pending = refused
        for span in self._added:
            row = self._session.post(self._resource, json=self._body(span)).json()
            self.ids[span.key] = row["id"]
            self.rows[span.key] = remote_row(row)

    def _patch(self, span_id: int, span: Span) -> bool:
        """Send a change; False if the server refused it for an overlap."""
        try:
            answer = self._session.patch(f"{self._resource}/{span_id}", json=self._body(span))
        except Refused as error:
            if error.status not in (400, 500):  # Doccano 1.8.4 answers an overlap with either
                raise
            return False
        self.rows[span.key] = remote_row(answer.json())
        return True

    def _body(self, span: Span) -> dict[str, Any]:
        return {
            "start_offset": self._offsets.units(span.start),
            "end_offset": self._offsets.units(span.end),
            "label": self._names.spans.number(span.label),
        }


class _RelationUpdate:
    """The update of an example's relations, before and after that of its spans."""

    def __init__(self, session: Session, resource: str, names: ProjectNames) -> None:
        self._session, self._resource, self._names = session, resource, names
        self._rows = session.get(resource).json() if names.kind.relations else []
        self.rows: dict[RelationKey, RemoteRow] = {}

    def delete_unwanted(
        self, wanted: Annotation, span_ids: dict[SpanKey, int]
    ) -> list[RelationKey]:
        """Delete relations that are not wanted or that are there twice; returns the missing ones.

        Args:
            wanted: the annotation that the example is to have.
            span_ids: ids of the spans that stay, by what they are to be.
        """
        spans = {span.key for span in wanted.spans}
        missing = {item.key for item in wanted.relations if {item.head, item.tail} <= spans}
        keys = {span_id: key for key, span_id in span_ids.items()}
        for row in sorted(self._rows, key=lambda row: int(row["id"])):
            head, tail = keys.get(row["from_id"]), keys.get(row["to_id"])
            label = self._names.relations.name(row["type"])
            if head and tail and (head, tail, label) in missing:
                missing.remove((head, tail, label))
                self.rows[head, tail, label] = remote_row(row, "type")
            else:
                _delete(self._session, f"{self._resource}/{row['id']}")
        return sorted(missing)

    def add(self, missing: list[RelationKey], span_ids: dict[SpanKey, int]) -> None:
        """Add relations between the spans with these ids."""
        for head, tail, label in missing:
            body = {
                "from_id": span_ids[head],
                "to_id": span_ids[tail],
                "type": self._names.relations.number(label),
            }
            row = self._session.post(self._resource, json=body).json()
            self.rows[head, tail, label] = remote_row(row, "type")


def _update_categories(
    session: Session, resource: str, names: ProjectNames, wanted: Annotation
) -> dict[str, RemoteRow]:
    rows: dict[str, RemoteRow] = {}
    missing = {category.label for category in wanted.categories}
    for row in sorted(session.get(resource).json(), key=lambda row: int(row["id"])):
        label = names.categories.name(row["label"])
        if label in missing:
            missing.remove(label)
            rows[label] = remote_row(row)
        else:
            _delete(session, f"{resource}/{row['id']}")
    for label in sorted(missing):
        row = session.post(resource, json={"label": names.categories.number(label)}).json()
        rows[label] = remote_row(row)
    return rows


def _delete(session: Session, resource: str) -> None:
    try:
        session.delete(resource)
    except Refused as error:
        if error.status != 404:
            raise
