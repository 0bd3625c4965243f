"""Attribution: who made, changed and confirmed what in an example, and what people wrote about it.

Doccano keeps the user who made a label and not the one who changed it, and what curate imported
belongs to the account that pushed it. How that is read is said at :func:`read_attribution`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from curate.annotations.diff import follow_spans, span_moves
from curate.annotations.remote_rows import relabelled_rows
from curate.doccano.codec import Row, to_span
from curate.doccano.comments import CommentReader, comments_by_example, comments_of_project
from curate.doccano.names import ProjectNames
from curate.doccano.refusals import concerns_document
from curate.doccano.session import (
    PAGE_SIZE,
    Refused,
    Session,
    confirmation_time,
    exact_time,
    utc_time,
)
from curate.errors import RemoteError
from curate.layers import REMOTE, UNKNOWN, annotator_layer
from curate.model import (
    Annotation,
    Attribution,
    Category,
    ExampleQuery,
    Relation,
    RemoteRow,
    RemoteRows,
    Span,
    SpanKey,
)
from curate.text.offsets import Utf16

WORKERS = 4
_AHEAD = 24  # examples that may be requested before the result of the first is used

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_attributions(
    session: Session, project: int, names: ProjectNames, queries: Iterable[ExampleQuery], count: int
) -> Generator[Attribution | RemoteError | None, None, None]:
    """Attribution of many examples, in the order of the queries, several requests at a time.

    None stands for an example that is gone, or that was confirmed when it was last seen and no
    longer is; the next sync reads it. An error stands for one that the server refuses.

    Args:
        session: a logged-in session.
        project: id of the project.
        names: the names of the project.
        queries: the examples.
        count: number of queries.
    """
    comments = session.get(f"projects/{project}/comments", params={"limit": 1}).json()["count"]
    # One listing of all comments, unless that takes more pages than there are examples.
    reader = comments_of_project if int(comments) <= PAGE_SIZE * count else comments_by_example
    read_comments = reader(session, project, names)

    def read(query: ExampleQuery) -> Attribution | RemoteError | None:
        try:
            attribution = read_attribution(session, project, names, query, read_comments)
            if query.changed and not attribution.annotation.spans:
                # Doccano answers for an example that is not there with an empty list of spans.
                session.get(f"projects/{project}/examples/{query.example}")
        except RemoteError as error:
            if isinstance(error, Refused) and error.status == 404:
                return None
            if not concerns_document(error):
                raise
            return error
        return None if query.confirmed and not attribution.confirmed_by else attribution

    yield from map_ahead(read, queries)


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Generator[Result, None, None]:
    """Results in order, computed by threads that run a few items ahead of the consumer."""
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) > _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def read_attribution(
    session: Session,
    project: int,
    names: ProjectNames,
    query: ExampleQuery,
    read_comments: CommentReader,
) -> Attribution:
    """Attribution of one example; its annotation is requested only if it changed.

    What is in ``base`` keeps its provenance, a relation also where its spans changed. Anything else
    was made or changed by a person. Doccano names the account that created a row and not the one
    that changed it. So what was created by a person since the base was read is that person's. What
    was there before was changed by somebody whom Doccano does not name: it is attributed to the
    person who confirmed the document after the change, and else to the account that created it. If
    that is an account with which curate pushes, the person is unknown. What the project cannot hold
    is taken from ``base``.
    """
    taken = session.server_time()
    resource = f"projects/{project}/examples/{query.example}"
    states = list(session.pages(f"{resource}/states"))
    state = max(states, key=confirmation_time, default=None)
    confirmed_by = names.user(state["confirmed_by"]) if state else ""
    confirmed_time = confirmation_time(state) if state else ""
    authorship = _Authorship(names, confirmed_by, confirmed_time, _known_rows(query.rows))
    annotation, rows = _read_annotation(session, resource, authorship, query)
    return Attribution(
        annotation=annotation.sorted(),
        confirmed_by=confirmed_by,
        confirmed_at=utc_time(state["confirmed_at"]) if state else "",
        confirmed_time=confirmed_time,
        confirmers=len({row["confirmed_by"] for row in states}),
        comments=read_comments(query.example),
        rows=rows,
        taken=taken,
    )


def _known_rows(rows: RemoteRows) -> frozenset[tuple[int, str]]:
    """What identifies the rows that were there when the base was read."""
    parts = (rows.spans, rows.relations, rows.categories)
    return frozenset((row.id, row.created) for part in parts for _, row in part)


class _Authorship(NamedTuple):
    """To whom the labels of an example are attributed."""

    names: ProjectNames
    confirmed_by: str
    confirmed_time: str
    known: frozenset[tuple[int, str]]

    def of(self, row: RemoteRow) -> tuple[str, str]:
        """Layer of the person who made or changed a row of the server, and the time."""
        pushed = row.user in self.names.pushers
        changed = row.was_changed and (pushed or (row.id, row.created) in self.known)
        author = UNKNOWN if changed and pushed else self.names.user(row.user)
        if changed and self.confirmed_by and self.confirmed_time >= row.updated:
            author = self.confirmed_by
        return annotator_layer(author), utc_time(row.updated)


def _read_annotation(
    session: Session, resource: str, authorship: _Authorship, query: ExampleQuery
) -> tuple[Annotation, RemoteRows | None]:
    """The annotation of an example and its rows, which are None if they were not read."""
    names, base = authorship.names, query.base
    if not query.changed:
        return msgspec.structs.replace(base, layer=REMOTE), None
    # Relations first: one whose span is deleted a moment later is then left out with it.
    relation_rows = session.get(f"{resource}/relations").json() if names.kind.relations else []
    spans_by_id: dict[int, tuple[Span, RemoteRow]] = {}
    if names.kind.spans:
        spans_by_id = _read_spans(session, resource, authorship, query)
    spans = tuple(span for span, _ in spans_by_id.values()) if names.kind.spans else base.spans
    annotation = msgspec.structs.replace(base, layer=REMOTE, spans=spans)
    rows = RemoteRows(spans=tuple((span.key, row) for span, row in spans_by_id.values()))
    if names.kind.relations:
        moved = span_moves(base, annotation)
        relations = [*_relations(relation_rows, authorship, spans_by_id, base, moved)]
        items = tuple(item for item, _ in relations)
        annotation = msgspec.structs.replace(annotation, relations=items)
        pairs = tuple((item.key, row) for item, row in relations)
        rows = msgspec.structs.replace(rows, relations=pairs)
    if names.kind.categories:
        category_rows = session.get(f"{resource}/categories").json()
        categories = [*_categories(category_rows, authorship, base)]
        labels = tuple(item for item, _ in categories)
        annotation = msgspec.structs.replace(annotation, categories=labels)
        keys = tuple((item.key, row) for item, row in categories)
        rows = msgspec.structs.replace(rows, categories=keys)
    if names.reading is None:
        return annotation, rows
    text = query.text or str(session.get(resource).json()["text"])
    read = partial(names.reading.read, text=text)
    return _with_provenance(read(annotation), base), relabelled_rows(rows, read)


def remote_row(row: Row, label: str = "label") -> RemoteRow:
    """A row of the API; ``label`` is its field with the id of the label type."""
    return RemoteRow(
        id=int(row["id"]),
        user=int(row["user"]),
        label=int(row[label]),
        created=exact_time(row["created_at"]),
        updated=exact_time(row["updated_at"]),
    )


def _read_spans(
    session: Session, resource: str, authorship: _Authorship, query: ExampleQuery
) -> dict[int, tuple[Span, RemoteRow]]:
    """Spans and their rows by their ids on the server."""
    base = {span.key: span for span in query.base.spans}
    offsets = Utf16(query.text or session.get(resource).json()["text"])
    spans: dict[int, tuple[Span, RemoteRow]] = {}
    for row in session.get(f"{resource}/spans").json():
        label = authorship.names.spans.name(row["label"])
        span = to_span(offsets, row["start_offset"], row["end_offset"], label)
        known = remote_row(row)
        spans[known.id] = base.get(span.key) or Span(*span.key, *authorship.of(known)), known
    return spans


def _relations(
    rows: list[Row],
    authorship: _Authorship,
    spans: Mapping[int, tuple[Span, RemoteRow]],
    base: Annotation,
    moved: Mapping[SpanKey, SpanKey],
) -> Iterator[tuple[Relation, RemoteRow]]:
    # A relation of the base whose spans changed is known by what they are now.
    current = (follow_spans(relation, moved) for relation in base.relations)
    provenance = {relation.key: relation for relation in current}
    for row in rows:
        head, tail = spans.get(row["from_id"]), spans.get(row["to_id"])
        if head and tail:
            key = (head[0].key, tail[0].key, authorship.names.relations.name(row["type"]))
            known = remote_row(row, "type")
            yield provenance.get(key) or Relation(*key, *authorship.of(known)), known


def _categories(
    rows: list[Row], authorship: _Authorship, base: Annotation
) -> Iterator[tuple[Category, RemoteRow]]:
    provenance = {category.label: category for category in base.categories}
    for row in rows:
        label = authorship.names.categories.name(row["label"])
        known = remote_row(row)
        yield provenance.get(label) or Category(label, *authorship.of(known)), known


def _with_provenance(annotation: Annotation, base: Annotation) -> Annotation:
    """An annotation in which whatever is in ``base`` too has the provenance it has there."""
    spans = {span.key: span for span in base.spans}
    relations = {relation.key: relation for relation in base.relations}
    categories = {category.key: category for category in base.categories}
    return msgspec.structs.replace(
        annotation,
        spans=tuple(spans.get(span.key, span) for span in annotation.spans),
        relations=tuple(relations.get(item.key, item) for item in annotation.relations),
        categories=tuple(categories.get(item.key, item) for item in annotation.categories),
    )
