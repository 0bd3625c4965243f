"""The JSON of other annotation tools: ``doccano``, ``prodigy``, ``label-studio``. Nothing is lost.

Text, spans, relations and categories all have a place; who made them and when has none. Offsets
are code points in all three. ``doccano`` is the shape of its exports with relations, which its
import takes too; Doccano's pages count UTF-16 units, so that a text with characters beyond the
Basic Multilingual Plane is better pushed by ``curate push``, which converts. References:
https://doccano.github.io/doccano/tutorial/, https://prodi.gy/docs/api-interfaces,
https://labelstud.io/guide/task_format
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.formats.writers.common import Exported, Job, Pair, living
from curate.formats.writers.files import replacing
from curate.formats.writers.tokens import edges, parse
from curate.model import Document, Relation, Revision, Span, SpanKey
from curate.text.offsets import align
from curate.util import jsonl

if TYPE_CHECKING:
    from spacy.tokens import Doc

_SECTION = "label"
_CHOICES = "category"
_TEXT = "text"


def write_doccano(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``doccano``, a document a line; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with replacing(target) as file:
        for document, revision in living(pairs):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(jsonl.canonical(_doccano(document, revision)) + b"\n")
    return tally.exported(target, "doccano")


def write_prodigy(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``prodigy``, an accepted task a line; see ``curate.formats.writers.write``.

    Tokens are those of spaCy's rule tokenizer, as Prodigy makes them. A span that does not begin
    and end where tokens do has no numbers of tokens, and needs Prodigy's ``--highlight-chars``.
    """
    tally = job.tally()
    with replacing(target) as file:
        for document, revision, doc in parse(pairs, job.schema, tally):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(jsonl.canonical(_prodigy(document, revision, doc)) + b"\n")
    return tally.exported(target, "prodigy")


def write_label_studio(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write ``label-studio``, an array of tasks; see ``curate.formats.writers.write``.

    The labelling configuration has to name its controls ``label`` (Labels) and ``category``
    (Choices), and its object ``text``.
    """
    tally = job.tally()
    with replacing(target) as file:
        file.write(b"[")
        for number, (document, revision) in enumerate(living(pairs)):
            tally.documents += 1
            tally.spans += len(revision.spans)
            file.write(b",\n" if number else b"\n")
            file.write(jsonl.canonical(_label_studio(document, revision)))
        file.write(b"\n]\n")
    return tally.exported(target, "label-studio")


def _doccano(document: Document, revision: Revision) -> dict[str, Any]:
    numbers = _numbers(revision.spans)
    return {
        **_meta(document, ("text", "entities", "relations", "cats", "Comments")),
        "text": document.text,
        "entities": [
            {"id": numbers[s.key], "label": s.label, "start_offset": s.start, "end_offset": s.end}
            for s in revision.spans
        ],
        "relations": [
            {"id": n, "from_id": numbers[r.head], "to_id": numbers[r.tail], "type": r.label}
            for n, r in enumerate(revision.relations)
        ],
        "cats": [category.label for category in revision.categories],
        "Comments": [],
    }


def _prodigy(document: Document, revision: Revision, doc: Doc) -> dict[str, Any]:
    starts, ends = edges(doc)
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
        "relations": [_prodigy_relation(relation, marks) for relation in revision.relations],
        "accept": [category.label for category in revision.categories],
        "answer": "accept",
    }


def _prodigy_relation(relation: Relation, marks: dict[SpanKey, dict[str, Any]]) -> dict[str, Any]:
    """A relation between spans, and between the last tokens of them where they have any."""
    head, child = marks[relation.head], marks[relation.tail]
    made = {"head_span": head, "child_span": child, "label": relation.label}
    if "token_end" in head and "token_end" in child:
        made |= {"head": head["token_end"], "child": child["token_end"]}
    return made


def _label_studio(document: Document, revision: Revision) -> dict[str, Any]:
    numbers = _numbers(revision.spans)
    results: list[dict[str, Any]] = [
        {
            "id": str(numbers[span.key]),
            "type": "labels",
            "from_name": _SECTION,
            "to_name": _TEXT,
            "value": {
                "start": span.start,
                "end": span.end,
                "text": document.text[span.start : span.end],
                "labels": [span.label],
            },
        }
        for span in revision.spans
    ]
    results += [
        {
            "type": "relation",
            "from_id": str(numbers[relation.head]),
            "to_id": str(numbers[relation.tail]),
            "direction": "right",
            "labels": [relation.label],
        }
        for relation in revision.relations
    ]
    if revision.categories:
        chosen = [category.label for category in revision.categories]
        results.append(
            {
                "id": "categories",
                "type": "choices",
                "from_name": _CHOICES,
                "to_name": _TEXT,
                "value": {"choices": chosen},
            }
        )
    data = {**_meta(document, ("text",)), "text": document.text}
    return {"data": data, "annotations": [{"result": results}]}


def _meta(document: Document, taken: tuple[str, ...]) -> dict[str, str]:
    """The document's metadata, beside the fields of the format's own."""
    return {"curate_id": document.id} | {k: v for k, v in document.meta.items() if k not in taken}


def _numbers(spans: Iterable[Span]) -> dict[SpanKey, int]:
    return {span.key: number for number, span in enumerate(spans)}
