"""Format ``prodigy``: Prodigy's JSON Lines, one task with its answer per line.

Offsets are code points.

Reading: ``spans`` are spans, ``relations`` are relations; the ``label`` of a text that was asked
about and the options under ``accept`` are categories. Answers with ``_annotator_id`` are the layer
of that annotator, others the layer of the options. Only tasks whose ``answer`` is ``accept`` bring
annotations; the others bring their text, and are counted.

Writing: accepted tasks. Text, spans, relations and categories all have a place; who made them and
when has none.

References: https://prodi.gy/docs/api-interfaces, https://prodi.gy/docs/dependencies-relations#data
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats import json_objects
from curate.formats.atomic_files import replace_file
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions, Refusal, emit, refuse
from curate.formats.rows import row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.tokens import parse, token_edges
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
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
    """A relation of a task, with the spans that it repeats; a bare token has none."""

    label: str = ""
    head_span: ProdigySpan | None = None
    child_span: ProdigySpan | None = None


class ProdigyTask(msgspec.Struct, frozen=True):
    """What is read of a task; other fields go into the meta, but for those of the tool's own."""

    text: str
    spans: list[ProdigySpan] | None = None
    relations: list[ProdigyRelation] | None = None
    accept: list[str | int] | None = None
    label: str | None = None
    answer: str | None = "accept"
    annotator: str | None = msgspec.field(default=None, name="_annotator_id")


_OWN = {*(field.encode_name for field in msgspec.structs.fields(ProdigyTask)), "options", "tokens"}
_OWN |= {"config"}  # and everything that begins with an underscore: hashes, sessions, views


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each task as a document."""
    for row in json_objects.read_objects(source):
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
        marks = AnnotationBuilder(task.text, row.where, options)
        if task.answer == "accept":
            _annotate(marks, task)
        else:
            marks.lose("not-accepted", f"the answer is {task.answer!r}")
        rest = {k: v for k, v in row.value.items() if k not in _OWN and not k.startswith("_")}
        yield from emit(marks, row_metadata(rest, options))


def _annotate(marks: AnnotationBuilder, task: ProdigyTask) -> None:
    layer = f"annotator:{task.annotator}" if task.annotator else ""
    marks.layer(layer)
    for span in task.spans or ():
        marks.span(span.start, span.end, span.label, layer=layer, score=span.score)
    for arrow in task.relations or ():
        head, tail = (_end(marks, end) for end in (arrow.head_span, arrow.child_span))
        marks.relation(head, tail, arrow.label, layer=layer)
    for category in task.accept or ([task.label] if task.label else []):
        marks.category(category, layer=layer)


def _end(marks: AnnotationBuilder, span: ProdigySpan | None) -> SpanKey | None:
    if span is None or not span.label:
        return None
    return (span.start, span.end, marks.named(span.label))


def sniff(source: SourceFile) -> bool:
    """Whether the first object has Prodigy's hashes, or an answer beside its spans."""
    row = json_objects.first_object(source)
    return "text" in row and ("_task_hash" in row or ("answer" in row and "spans" in row))


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write ``prodigy``, an accepted task a line; see ``curate.formats.export.write``.

    Tokens are those of spaCy's rule tokenizer, as Prodigy makes them. A span that does not begin
    and end where tokens do has no numbers of tokens, and needs Prodigy's ``--highlight-chars``.
    """
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision, doc in parse(pairs, job.schema, tally):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(jsonl.canonical(_task(document, revision, doc)) + b"\n")
    return tally.exported(target, "prodigy")


def _task(document: Document, revision: Revision, doc: Doc) -> dict[str, Any]:
    starts, ends = token_edges(doc)
    marks: dict[SpanKey, dict[str, Any]] = {}
    for span in revision.spans:
        found = align(span, starts, ends)
        where = {"token_start": found[0], "token_end": found[1] - 1} if found else {}
        marks[span.key] = {"start": span.start, "end": span.end, "label": span.label, **where}
    return {
        "text": document.text,
        "meta": {"id": document.id, **document.meta},
        "tokens": [
            {"id": it.i, "text": it.text, "start": it.idx, "end": end, "ws": bool(it.whitespace_)}
            for it, end in zip(doc, ends, strict=True)
        ],
        "spans": list(marks.values()),
        "relations": [_relation(relation, marks) for relation in revision.relations],
        "accept": [category.label for category in revision.categories],
        "answer": "accept",
    }


def _relation(relation: Relation, marks: dict[SpanKey, dict[str, Any]]) -> dict[str, Any]:
    """A relation between spans, and between the last tokens of them where they have any."""
    head, child = marks[relation.head], marks[relation.tail]
    made = {"head_span": head, "child_span": child, "label": relation.label}
    if "token_end" in head and "token_end" in child:
        made |= {"head": head["token_end"], "child": child["token_end"]}
    return made
