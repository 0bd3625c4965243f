"""Format ``prodigy``: Prodigy's JSON Lines, one task with its answer per line.

Offsets are code points: ``end`` is exclusive, ``token_end`` inclusive.

Reading: ``spans`` are spans, ``relations`` are relations; the ``label`` of a text that was asked
about and the options under ``accept`` are categories. The annotator is ``_annotator_id``, or
``_session_id`` where there is none, and each is a layer; tasks with neither are the layer of the
options. The ``versions`` of a reviewed task are the layers of their sessions, and the task itself
is what its reviewer decided. A task counts as judged if its ``answer`` is ``accept``, or if it has
no answer and annotations; of others only the text is read, and what was rejected or ignored is
counted.

Writing: accepted tasks; one without an answer where nobody judged the document. Text, spans,
relations and categories all have a place; who made them and when has none.

References: https://prodi.gy/docs/api-interfaces, https://prodi.gy/docs/dependencies-relations#data
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from curate.formats.annotation_fields import lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    CuratedLayer,
    ReadItem,
    ReadOptions,
    read_each,
    refuse,
)
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.tokens import parse, token_edges
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.layers import annotator_layer
from curate.model import Document, Relation, Revision, SpanKey
from curate.text.offsets import align
from curate.util import jsonl
from curate.util.clock import utc_seconds

if TYPE_CHECKING:
    from spacy.tokens import Doc


class ProdigySpan(msgspec.Struct, frozen=True):
    """A span of a task; one without offsets has its first and last token."""

    start: int | None = None
    end: int | None = None
    label: str | int | None = None
    score: float | None = None
    text: str | None = None
    token_start: int | None = None
    token_end: int | None = None


class ProdigyRelation(msgspec.Struct, frozen=True):
    """A relation of a task: two spans, or the numbers of their last tokens."""

    label: str | int | None = None
    head_span: ProdigySpan | None = None
    child_span: ProdigySpan | None = None
    head: int | None = None
    child: int | None = None


class ProdigyToken(msgspec.Struct, frozen=True):
    """A token of a task."""

    start: int
    end: int


class ProdigyVersion(msgspec.Struct, frozen=True):
    """What some sessions answered, in a task of ``review``."""

    spans: list[Any] | None = None
    relations: list[Any] | None = None
    accept: list[str | int] | None = None
    label: str | None = None
    answer: str | None = None
    tokens: list[ProdigyToken] | None = None
    sessions: list[str] = []
    timestamp: Any = msgspec.field(default=None, name="_timestamp")

    @property
    def at(self) -> str:
        """When it was answered, empty if unknown."""
        return utc_seconds(self.timestamp)


class ProdigyTask(ProdigyVersion, frozen=True, kw_only=True):
    """The fields of a task that are read; others become metadata, except those of the tool."""

    text: str
    versions: list[ProdigyVersion] | None = None
    annotator: str | None = msgspec.field(default=None, name="_annotator_id")
    session: str | None = msgspec.field(default=None, name="_session_id")


# Not metadata; neither is anything with a leading underscore, such as hashes, sessions and views.
_TASK_FIELDS = {
    *(field.encode_name for field in msgspec.structs.fields(ProdigyTask)),
    "options",
    "config",
    "view_id",
}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each task."""
    yield from read_each(read_objects(source), lambda row: _read_task(row, options))


def _read_task(row: JsonObject, options: ReadOptions) -> Iterator[ReadItem]:
    if not row.value.get("text"):
        yield refuse("no-text", "the task has no text", row.where, row.text)
        return
    try:
        task = msgspec.convert(row.value, ProdigyTask, strict=False)
    except msgspec.ValidationError as error:
        yield refuse("malformed", f"not a task of Prodigy ({error})", row.where, row.text)
        return
    builder = AnnotationBuilder(task.text, row.where, options)
    person = task.annotator or task.session
    own = annotator_layer(person) if person else ""
    builder.add_tokens((token.start, token.end) for token in task.tokens or ())
    _annotate(builder, task, own)
    if task.versions and task.answer in (None, "accept"):
        builder.curated = CuratedLayer(layer=builder.name(own), by=own, at=task.at, only=True)
    for version in task.versions or ():
        for session in version.sessions:
            _annotate(builder, version, annotator_layer(session))
    rest = {
        name: value
        for name, value in row.value.items()
        if name not in _TASK_FIELDS and not name.startswith("_")
    }
    lose_annotations(rest, builder)
    meta = rest.get("meta")
    if isinstance(meta, dict) and meta.get("id") == jsonl.document_id(task.text):
        rest["meta"] = {name: value for name, value in meta.items() if name != "id"}
    yield from builder.finish(row_metadata(rest, options))


def _annotate(builder: AnnotationBuilder, task: ProdigyVersion, layer: str) -> None:
    """Add what one annotator says to a layer, unless the task was rejected or ignored."""
    has_annotations = task.spans or task.relations or task.accept or task.label
    if task.answer is None and not has_annotations:
        return
    if task.answer not in (None, "accept"):
        builder.report("not-accepted", f"the answer is {task.answer!r}")
        return
    builder.add_layer(layer)
    builder.times[builder.name(layer)] = task.at
    tokens = task.tokens or []
    spans: dict[_SpanPlace, SpanKey] = {}
    for item in task.spans or ():
        span = _converted(builder, item, ProdigySpan)
        if span is not None:
            place = _place(span, tokens)
            key = builder.add_span(
                place.start,
                place.end,
                span.label,
                layer=layer,
                surface=span.text,
                at=task.at,
                score=span.score,
            )
            if key:
                spans[place] = key
    for item in task.relations or ():
        relation = _converted(builder, item, ProdigyRelation)
        if relation is not None:
            ends = ((relation.head_span, relation.head), (relation.child_span, relation.child))
            head, child = (
                _end(spans, _place(span, tokens) if span else _SpanPlace(token=token))
                for span, token in ends
            )
            builder.add_relation(head, child, relation.label, layer=layer, at=task.at)
    if task.spans is None and task.relations is None:
        builder.mark_categories_only(layer)
    for category in task.accept or ([task.label] if task.label else []):
        builder.add_category(category, layer=layer, at=task.at)


Part = TypeVar("Part", ProdigySpan, ProdigyRelation)


def _converted(builder: AnnotationBuilder, item: Any, kind: type[Part]) -> Part | None:
    """A span or relation of a task; None, and a problem, if it has another shape."""
    try:
        return msgspec.convert(item, kind, strict=False)
    except msgspec.ValidationError as error:
        builder.report("unsupported", f"neither a span nor a relation of Prodigy ({error})")
        return None


class _SpanPlace(NamedTuple):
    """Where a task has a span: its offsets as they are there, its label, and its last token."""

    start: int | None = None
    end: int | None = None
    label: str | int | None = None
    token: int | None = None


def _place(span: ProdigySpan, tokens: list[ProdigyToken]) -> _SpanPlace:
    """The place of a span; its offsets are those of its tokens if it has none."""
    start, end, first, last = span.start, span.end, span.token_start, span.token_end
    if (
        start is None
        and first is not None
        and last is not None
        and 0 <= first <= last < len(tokens)
    ):
        start, end = tokens[first].start, tokens[last].end
    return _SpanPlace(start, end, span.label, last)


def _end(spans: dict[_SpanPlace, SpanKey], end: _SpanPlace) -> SpanKey | None:
    """The span at one end of a relation, by its offsets, or else by its last token."""
    if end.start is None and end.token is None:
        return None
    for place, key in spans.items():
        is_there = place.token == end.token if end.start is None else place[:2] == end[:2]
        if is_there and end.label in (None, "", place.label):
            return key
    return None


def sniff(source: SourceFile) -> Evidence:
    """Whether an object has Prodigy's hashes, or an answer beside its spans."""
    rows = [row for row in sample_objects(source) if "text" in row]
    if any("_task_hash" in row for row in rows):
        return Evidence.SIGNATURE
    has_answers = any("answer" in row and "spans" in row for row in rows)
    return Evidence.SHAPE if has_answers else Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write one accepted task per line; see ``curate.formats.export.write``.

    Tokens are those of spaCy's rule-based tokenizer, as in Prodigy. A span that does not begin and
    end where tokens do has no token numbers, and needs Prodigy's ``--highlight-chars``.
    """
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision, doc in parse(documents, job.schema, tally):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(jsonl.canonical(_task(document, revision, doc)) + b"\n")
    return tally.exported(target, "prodigy")


def _task(document: Document, revision: Revision, doc: Doc) -> dict[str, Any]:
    starts, ends = token_edges(doc)
    spans: dict[SpanKey, dict[str, Any]] = {}
    for span in revision.spans:
        spans[span.key] = {"start": span.start, "end": span.end, "label": span.label}
        if tokens := align(span, starts, ends):
            spans[span.key] |= {"token_start": tokens[0], "token_end": tokens[1] - 1}
    task: dict[str, Any] = {
        "text": document.text,
        "meta": {"id": document.id, **document.meta},
        "tokens": [
            {"id": it.i, "text": it.text, "start": it.idx, "end": end, "ws": bool(it.whitespace_)}
            for it, end in zip(doc, ends, strict=True)
        ],
    }
    if not revision.is_judged:
        return task
    task |= {"accept": [it.label for it in revision.categories], "answer": "accept"}
    if revision.categories_only:
        return task
    return task | {
        "spans": list(spans.values()),
        "relations": [_relation(relation, spans) for relation in revision.relations],
    }


def _relation(relation: Relation, spans: dict[SpanKey, dict[str, Any]]) -> dict[str, Any]:
    """A relation between spans, and between their last tokens if both have any."""
    head, child = spans[relation.head], spans[relation.tail]
    ends = {"head_span": head, "child_span": child, "label": relation.label}
    if "token_end" in head and "token_end" in child:
        ends |= {"head": head["token_end"], "child": child["token_end"]}
    return ends
