"""Format ``prodigy``: Prodigy's JSON Lines, one task with its answer per line.

Offsets are code points.

Reading: ``spans`` are spans, ``relations`` are relations; the ``label`` of a text that was asked
about and the options under ``accept`` are categories. Answers with ``_annotator_id`` are the layer
of that annotator, others the layer of the options. A task counts as judged if its ``answer`` is ``accept``, or if
it has no answer and annotations; of others only the text is read, and what was rejected or ignored
is counted.

Writing: accepted tasks; one without an answer where nobody judged the document. Text, spans, relations and categories all have a place; who made them and
when has none.

References: https://prodi.gy/docs/api-interfaces, https://prodi.gy/docs/dependencies-relations#data
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats.atomic_files import replace_file
from curate.formats.json_objects import first_object, read_objects
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, Refusal, refuse
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.tokens import parse, token_edges
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.layers import annotator_layer
from curate.model import Document, Relation, Revision, SpanKey
from curate.text.offsets import align
from curate.util import jsonl

if TYPE_CHECKING:
    from spacy.tokens import Doc


class ProdigySpan(msgspec.Struct, frozen=True):
    """A span of a task."""

    start: int
    end: int
    label: str = ""
    score: float | None = None


class ProdigyRelation(msgspec.Struct, frozen=True):
    """A relation of a task with its two spans; a relation between bare tokens has none."""

    label: str = ""
    head_span: ProdigySpan | None = None
    child_span: ProdigySpan | None = None


class ProdigyTask(msgspec.Struct, frozen=True):
    """The fields of a task that are read; others become metadata, except those of the tool."""

    text: str
    spans: list[ProdigySpan] | None = None
    relations: list[ProdigyRelation] | None = None
    accept: list[str | int] | None = None
    label: str | None = None
    answer: str | None = None
    annotator: str | None = msgspec.field(default=None, name="_annotator_id")


# Not metadata; neither is anything with a leading underscore, such as hashes, sessions and views.
_TASK_FIELDS = {
    *(field.encode_name for field in msgspec.structs.fields(ProdigyTask)),
    "options",
    "tokens",
    "config",
}


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each task."""
    for row in read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        if not row.value.get("text"):
            yield refuse("no-text", "the task has no text", row.where, row.text)
            continue
        try:
            task = msgspec.convert(row.value, ProdigyTask)
        except msgspec.ValidationError as error:
            yield refuse("malformed", f"not a task of Prodigy ({error})", row.where, row.text)
            continue
        builder = AnnotationBuilder(task.text, row.where, options)
        if task.answer == "accept" or (task.answer is None and _has_annotations(task)):
            _annotate(builder, task)
        elif task.answer is not None:
            builder.report("not-accepted", f"the answer is {task.answer!r}")
        rest = {
            name: value
            for name, value in row.value.items()
            if name not in _TASK_FIELDS and not name.startswith("_")
        }
        yield from builder.finish(row_metadata(rest, options))


def _has_annotations(task: ProdigyTask) -> bool:
    """Whether a task without an answer, as Prodigy takes it in, is annotated already."""
    return bool(task.spans or task.relations or task.accept or task.label)


def _annotate(builder: AnnotationBuilder, task: ProdigyTask) -> None:
    layer = annotator_layer(task.annotator) if task.annotator else ""
    builder.add_layer(layer)
    for span in task.spans or ():
        builder.add_span(span.start, span.end, span.label, layer=layer, score=span.score)
    for relation in task.relations or ():
        head, tail = (
            _key(builder, end, layer) for end in (relation.head_span, relation.child_span)
        )
        builder.add_relation(head, tail, relation.label, layer=layer)
    for category in task.accept or ([task.label] if task.label else []):
        builder.add_category(category, layer=layer)


def _key(builder: AnnotationBuilder, span: ProdigySpan | None, layer: str) -> SpanKey | None:
    if span is None or not span.label:
        return None
    return builder.key(span.start, span.end, span.label, layer=layer)


def sniff(source: SourceFile) -> bool:
    """Whether the first object has Prodigy's hashes, or an answer beside its spans."""
    row = first_object(source)
    return "text" in row and ("_task_hash" in row or ("answer" in row and "spans" in row))


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
    return task | {
        "spans": list(spans.values()),
        "relations": [_relation(relation, spans) for relation in revision.relations],
        "accept": [category.label for category in revision.categories],
        "answer": "accept",
    }


def _relation(relation: Relation, spans: dict[SpanKey, dict[str, Any]]) -> dict[str, Any]:
    """A relation between spans, and between their last tokens if both have any."""
    head, child = spans[relation.head], spans[relation.tail]
    ends = {"head_span": head, "child_span": child, "label": relation.label}
    if "token_end" in head and "token_end" in child:
        ends |= {"head": head["token_end"], "child": child["token_end"]}
    return ends
