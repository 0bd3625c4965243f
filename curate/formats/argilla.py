"""Format ``argilla``: records of Argilla 1 and 2, as JSON, JSON Lines or (with ``--from``) Parquet.

Reading: each user is a layer, ``annotator:<user>``, and each agent that made suggestions or
predictions one, ``model:<agent>``. Answers are spans (objects with ``start``, ``end`` and
``label``) or categories (a label, or a list of labels); ratings, rankings and longer texts are
counted as lost, and so are responses that are drafts or were discarded.

==========================  ================================================================
records                     shapes
==========================  ================================================================
Argilla 2, nested           ``to_json`` and ``to_list``: ``fields``, ``responses`` and
                            ``suggestions`` by question. It lacks whether a response is a draft
Argilla 2, flat             ``to_list(flatten=True)`` and ``to_datasets``: ``Q.responses``,
                            ``Q.responses.users``, ``Q.responses.status``, ``Q.suggestion``, …
Argilla 2, server           ``responses`` as a list of one object per user, with its status
Argilla 1, feedback         the same, or ``Q``, ``Q-suggestion`` and ``Q-suggestion-metadata``
Argilla 1, other tasks      ``text``, ``prediction``, ``annotation`` and their agents
==========================  ================================================================

Writing: nested records of Argilla 2, an array that ``Record.from_dict`` and ``from_json`` load. As
a response needs a user of the server, gold is written as suggestions by ``curate:gold``, under the
questions ``spans`` and ``categories``; without them where nobody judged the document.

References: https://docs.argilla.io/latest/how_to_guides/record/,
https://docs.v1.argilla.io/en/v1.18.0/conceptual_guides/data_model.html,
``argilla.records`` of version 2.8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from curate.formats import parquet
from curate.formats.annotation_fields import lose_annotations
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    as_text,
    read_each,
    refuse,
)
from curate.formats.rows import column_name, row_metadata
from curate.formats.source_file import SourceFile
from curate.formats.writing import (
    ExportedFile,
    ExportJob,
    GoldDocument,
    without_tombstones,
)
from curate.layers import annotator_layer, model_layer, unsigned_layer
from curate.model import Document, Revision
from curate.util import jsonl

_GOLD_AGENT = "curate:gold"
_LONGEST_LABEL = 100  # characters; a longer answer is a text, as is one of several lines
_FINISHED = ("submitted", "validated")
_RECORD_FIELDS = ("fields", "metadata", "responses", "suggestions", "vectors")
_BOOKKEEPING = (
    *("status", "_server_id", "vectors", "tokens", "metrics", "explanation", "multi_label"),
    *("event_timestamp", "prediction_agent", "annotation_agent", "inserted_at", "updated_at"),
)
_RESPONSES, _USERS, _STATUS = ".responses", ".responses.users", ".responses.status"
_SUGGESTION, _SCORE, _AGENT = ".suggestion", ".suggestion.score", ".suggestion.agent"
_SUGGESTION_1, _DETAILS_1 = "-suggestion", "-suggestion-metadata"


class Answer(NamedTuple):
    """An answer to a question.

    Args:
        question: the name of the question.
        value: spans, labels, or another kind.
        author: the user or agent; empty if unknown.
        is_model: whether it is a suggestion or prediction.
        status: of a response, in lower case; empty if unknown.
        score: confidence, one number or one for each span.
    """

    question: str
    value: Any
    author: str = ""
    is_model: bool = False
    status: str = ""
    score: Any = None


class _Record(NamedTuple):
    """A record in any shape: its fields, its metadata, and its answers."""

    fields: dict[str, Any]
    meta: dict[str, Any]
    answers: list[Answer]


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each record."""
    reader = _FileReader(options)
    yield from read_each(_rows(source), reader.read_record)


class _FileReader:
    """Reads the records of one file, which says once what holds for all of it."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._lacks_status = False

    def read_record(self, row: JsonObject) -> Iterator[ReadItem]:
        """Yield the document of a record, or its refusal."""
        options = self._options
        record = _record(row.value)
        field = column_name("text", options.columns, record.fields)
        text = record.fields.get(field)
        strings = [name for name, value in record.fields.items() if isinstance(value, str)]
        if not isinstance(text, str) and len(strings) == 1 and "text" not in options.columns:
            field, text = strings[0], record.fields[strings[0]]
        if not isinstance(text, str) or not text:
            refusal = refuse("no-text", f"the record has no {field}", row.where, row.text)
            hint = f"name the field with --column text=NAME; there is {', '.join(strings)}"
            yield msgspec.structs.replace(refusal, hint=hint) if strings else refusal
            return
        builder = AnnotationBuilder(text, row.where, options)
        _annotate(builder, record.answers)
        self._report_status(builder, record)
        rest = {name: value for name, value in record.fields.items() if name != field}
        lose_annotations(rest, builder)
        lose_annotations(record.meta, builder)
        if rest.get("id", record.meta.get("id")) == jsonl.document_id(text):
            record.meta.pop("id", None)  # curate wrote this record
        yield from builder.finish(row_metadata({**rest, "meta": record.meta}, options))

    def _report_status(self, builder: AnnotationBuilder, record: _Record) -> None:
        responses = (answer for answer in record.answers if not answer.is_model)
        if not self._lacks_status and any(not response.status for response in responses):
            self._lacks_status = True
            builder.report("no-status", "the file does not say which responses are drafts")


def _rows(source: SourceFile) -> Iterator[JsonObject | Refusal]:
    if source.ending != ".parquet":
        yield from read_objects(source)
        return
    for number, row in enumerate(parquet.read_rows(source), 1):
        yield JsonObject(row, source.location(number), as_text(row))


def _record(row: dict[str, Any]) -> _Record:
    if isinstance(row.get("fields"), dict):
        return _nested(row)
    if "prediction" in row or "annotation" in row:
        return _of_version_1(row)
    return _flat(row)


def _nested(row: dict[str, Any]) -> _Record:
    """A record with its parts in objects: those by question, or those of the server by user."""
    answers: list[Answer] = []
    responses, suggestions = row.get("responses") or {}, row.get("suggestions") or {}
    if isinstance(responses, dict):
        for question, given in responses.items():
            answers += [_response(question, it) for it in _list(given)]
    else:
        for given in _list(responses):
            if not isinstance(given, dict):
                answers.append(Answer("", given))
                continue
            values = given.get("values") or {}
            values = values if isinstance(values, dict) else {"": values}
            author, status = _name(given.get("user_id")), _name(given.get("status")).lower()
            for question, value in values.items():
                answers.append(Answer(question, _value(value), author, status=status))
            if not values:
                answers.append(Answer("", None, author, status=status))
    if isinstance(suggestions, dict):
        suggestions = [
            {"question_name": name, **(it if isinstance(it, dict) else {"value": it})}
            for name, it in suggestions.items()
            if it
        ]
    for it in _list(suggestions):
        if not isinstance(it, dict):
            answers.append(Answer("", it, is_model=True))
            continue
        name = _name(it.get("question_name") or it.get("question_id"))
        agent = _name(it.get("agent"))
        answers.append(Answer(name, it.get("value"), agent, True, "", it.get("score")))
    meta = row.get("metadata")
    rest = {k: v for k, v in row.items() if k not in (*_RECORD_FIELDS, *_BOOKKEEPING)}
    return _Record(row["fields"], {**rest, **(meta if isinstance(meta, dict) else {})}, answers)


def _flat(row: dict[str, Any]) -> _Record:
    """A record of ``to_datasets``, of either version."""
    answers: list[Answer] = []
    used: set[str] = set()
    for name in row:
        if name.endswith(_RESPONSES):
            question = name.removesuffix(_RESPONSES)
            names = [question + part for part in (_RESPONSES, _USERS, _STATUS)]
            values, users, states = (_list(row.get(it)) for it in names)
            for number, value in enumerate(values):
                user, status = (_name(_at(its, number)) for its in (users, states))
                answers.append(Answer(question, value, user, status=status.lower()))
            used.update(names)
        elif name.endswith(_SUGGESTION):
            question = name.removesuffix(_SUGGESTION)
            names = [question + part for part in (_SUGGESTION, _SCORE, _AGENT)]
            value, score, agent = (row.get(it) for it in names)
            answers.append(Answer(question, value, _name(agent), True, "", score))
            used.update(names)
        elif name.endswith(_SUGGESTION_1) and name + "-metadata" in row:
            question = name.removesuffix(_SUGGESTION_1)
            details = row.get(question + _DETAILS_1)
            details = details if isinstance(details, dict) else {}
            answers += [_response(question, it) for it in _list(row.get(question))]
            agent, value = _name(details.get("agent")), row[name]
            if agent or _list(value):  # a record without suggestions has an empty one
                answers.append(Answer(question, value, agent, True, "", details.get("score")))
            used.update((question, name, question + _DETAILS_1))
    rest = {name: it for name, it in row.items() if name not in used and name not in _BOOKKEEPING}
    meta = rest.pop("metadata", None)
    if isinstance(meta, str):  # Argilla 1 writes an object as a text
        try:
            meta = msgspec.json.decode(meta or "{}")
        except msgspec.MsgspecError:
            meta = {"metadata": meta}
    return _Record(rest, meta if isinstance(meta, dict) else {}, answers)


def _of_version_1(row: dict[str, Any]) -> _Record:
    """A record of token or text classification of Argilla 1."""
    status = _name(row.get("status")).lower()
    answers: list[Answer] = []
    agent = _name(row.get("prediction_agent"))
    prediction = row.get("prediction")
    if prediction is not None:
        spans = [_span_1(it) for it in _list(prediction)]
        if all(spans):
            scores = [it.get("score") for it in spans if it]
            answers.append(Answer("prediction", spans, agent, True, "", scores))
        else:
            labels = _predicted(_list(prediction), bool(row.get("multi_label")))
            answers.append(Answer("prediction", labels, agent, True))
    annotation = row.get("annotation")
    if annotation is not None or status not in ("default", ""):
        spans = [_span_1(it) for it in _list(annotation)]
        value = spans if spans and all(spans) else [] if annotation is None else annotation
        state = status if status not in ("default", "") else "submitted"
        author = _name(row.get("annotation_agent"))
        answers.append(Answer("annotation", value, author, status=state))
    used = ("prediction", "annotation", "metadata", *_BOOKKEEPING)
    fields = {name: value for name, value in row.items() if name not in used}
    inputs = fields.pop("inputs", None)
    if not fields.get("text") and isinstance(inputs, dict):
        fields = {**fields, **inputs}
    meta = row.get("metadata")
    return _Record(fields, dict(meta) if isinstance(meta, dict) else {}, answers)


def _annotate(builder: AnnotationBuilder, answers: list[Answer]) -> None:
    unfinished: dict[tuple[str, str], None] = {}
    unsigned = Counter(it.question for it in answers if not (it.author or it.is_model))
    several = max(unsigned.values(), default=0) > 1
    only_categories: dict[str, bool] = {}  # by layer
    numbers: Counter[str] = Counter()  # of responses without an author, by question
    for answer in answers:
        if not (answer.author or answer.is_model):
            numbers[answer.question] += 1
        if not answer.is_model and answer.status and answer.status not in _FINISHED:
            unfinished[answer.author, answer.status] = None
        elif answer.value is not None or not answer.is_model:
            layer = _layer(answer, numbers[answer.question] if several else 0)
            builder.add_layer(layer)
            _add_value(builder, answer, layer)
            only_categories[layer] = only_categories.get(layer, True) and _are_labels(answer)
    for layer in (it for it, is_only in only_categories.items() if is_only):
        builder.mark_categories_only(layer)
    for author, status in unfinished:
        builder.report("not-accepted", f"the response of {author or 'somebody'} is {status}")


def _are_labels(answer: Answer) -> bool:
    """Whether an answer is labels, or an empty answer to curate's own question for them."""
    items = _list(answer.value)
    is_own = answer.author == _GOLD_AGENT and answer.question == "categories"
    return is_own or bool(items and all(isinstance(item, str) for item in items))


def _layer(answer: Answer, number: int) -> str:
    """The layer of an answer; ``number`` counts those without an author, if there are several."""
    if answer.author == _GOLD_AGENT and answer.is_model:
        return ""
    if answer.is_model:
        return model_layer(answer.author or "suggestion")
    if answer.author:
        return annotator_layer(answer.author)
    return unsigned_layer(number) if number else ""


def _add_value(builder: AnnotationBuilder, answer: Answer, layer: str) -> None:
    items = _list(answer.value)
    scores = _scores(builder, answer, len(items))
    for item, score in zip(items, scores, strict=True):
        if isinstance(item, dict) and {"start", "end", "label"} <= item.keys():
            own, surface = _number(item.get("score")), item.get("text")
            builder.add_span(
                item["start"],
                item["end"],
                item["label"],
                layer=layer,
                surface=surface if isinstance(surface, str) else None,
                score=score if own is None else own,
            )
        elif isinstance(item, str) and len(item) <= _LONGEST_LABEL and "\n" not in item:
            builder.add_category(item, layer=layer)
        elif item is not None:
            message = f"the answer to {answer.question} is neither spans nor labels"
            builder.report("unsupported", message)


def _scores(builder: AnnotationBuilder, answer: Answer, count: int) -> list[float | None]:
    """A score for each span; none if there is another number of them than of spans."""
    if isinstance(answer.score, list):
        if len(answer.score) == count:
            return [_number(it) for it in answer.score]
        message = f"{len(answer.score)} scores for {count} annotations of {answer.question}"
        builder.report("unsupported", message)
        return [None] * count
    return [_number(answer.score)] * count


def _response(question: str, given: Any) -> Answer:
    """A response in an object with its user and, in some exports, its status."""
    if not isinstance(given, dict) or "value" not in given:
        return Answer(question, given)
    author, status = _name(given.get("user_id")), _name(given.get("status")).lower()
    return Answer(question, given["value"], author, status=status)


def _span_1(item: Any) -> dict[str, Any] | None:
    """A span of Argilla 1: an object, or a tuple of label, start, end and perhaps a score."""
    if isinstance(item, dict):
        return item if {"start", "end", "label"} <= item.keys() else None
    if isinstance(item, list) and len(item) >= 3 and isinstance(item[0], str):
        return dict(zip(("label", "start", "end", "score"), item, strict=False))
    return None


def _predicted(prediction: list[Any], several: bool) -> list[Any]:
    """The labels that a prediction of Argilla 1 means: the most likely, or those of 0.5 or more."""
    scored: list[tuple[float, str]] = []
    others: list[Any] = []
    for item in prediction:
        pair = [item.get("label"), item.get("score")] if isinstance(item, dict) else item
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            scored.append((_number(pair[1]) or 0.0, pair[0]))
        else:
            others.append(item)
    if several:
        return [label for score, label in scored if score >= 0.5] + others
    return ([max(scored)[1]] if scored else []) + others


def _number(value: Any) -> float | None:
    """A score, which is a number or nothing."""
    try:
        return msgspec.convert(value, float | None)
    except (msgspec.ValidationError, OverflowError):
        return None


def _value(given: Any) -> Any:
    return given.get("value") if isinstance(given, dict) else given


def _list(value: Any) -> list[Any]:
    """The items of a value; older versions of ``datasets`` make of objects an object of lists."""
    if isinstance(value, dict) and {"start", "user_id"} & value.keys():
        columns = [it for it in value.values() if isinstance(it, list)]
        if len(columns) == len(value) and len({len(it) for it in columns}) == 1:
            return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]
    return value if isinstance(value, list) else [] if value is None else [value]


def _at(items: list[Any], number: int) -> Any:
    return items[number] if number < len(items) else None


def _name(value: Any) -> str:
    """A name as text; what is missing is None there, or the word."""
    return "" if value in (None, "None") else as_text(value)


def sniff(source: SourceFile) -> Evidence:
    """Whether an object has the fields of a record, in any of the shapes above."""
    for row in sample_objects(source):
        is_nested = isinstance(row.get("fields"), dict) and {"responses", "suggestions"} & {*row}
        is_flat = any(name.endswith((_USERS, _STATUS, _AGENT, _DETAILS_1)) for name in row)
        if is_nested or is_flat or {"prediction_agent", "annotation_agent"} <= row.keys():
            return Evidence.SIGNATURE
    return Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write an array of records; see ``curate.formats.export.write``.

    The dataset in Argilla needs a text field ``text``, a span question ``spans`` (with
    ``allow_overlapping`` for spans that overlap) and a multi-label question ``categories``.
    """
    tally = job.tally()
    with replace_file(target) as file:
        file.write(b"[")
        for number, (document, revision) in enumerate(without_tombstones(documents)):
            tally.documents += 1
            tally.spans += len(revision.spans)
            tally.lose_relations(document, revision.relations)
            file.write(b",\n" if number else b"\n")
            file.write(jsonl.canonical(_written(document, revision)))
        file.write(b"\n]\n")
    return tally.exported(target, "argilla")


def _written(document: Document, revision: Revision) -> dict[str, Any]:
    spans = [{"start": s.start, "end": s.end, "label": s.label} for s in revision.spans]
    values: dict[str, Any] = {"categories": [it.label for it in revision.categories]}
    if not revision.categories_only:
        values["spans"] = spans
    gold = {name: {"agent": _GOLD_AGENT, "score": None, "value": it} for name, it in values.items()}
    return {
        "id": document.id,
        "fields": {"text": document.text},
        "metadata": document.meta,
        "suggestions": gold if revision.is_judged else {},
        "responses": {},
        "vectors": {},
    }
