"""Format ``web-annotation``: the W3C's Web Annotation Data Model, one annotation per line.

Writing: the text of a document is the body of an annotation with motivation ``describing``. A span
is an annotation whose target has a position selector (in code points, as in the model) and a quote
selector with some text around it. A category is an annotation of the whole document. A relation is
an annotation with motivation ``linking`` between two others. The source of a target identifies the
document, by its ``url`` if it has one.

Reading: annotations, arrays, pages and collections of them, in this shape or as other tools write
it. Each tag (a textual body for tagging or classifying, or a resource) is a label. A quote without
a position is looked for, with what stands before and after it; it has to be unique. A text that is
not in the file is looked for beside it, under the name of the source or of the file (``NAME.txt``);
nothing is loaded from the network. Annotations by a named person are their layer. Comments, and
selectors of other kinds, have no place in the model and are counted as lost.

Reference: https://www.w3.org/TR/annotation-model/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence, sample_objects
from curate.formats.json_objects import JsonObject, read_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    Refusal,
    contained,
    refuse,
)
from curate.formats.source_file import SourceFile
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument, without_tombstones
from curate.layers import annotator_layer, is_annotator, model_layer
from curate.model import Document, Revision, Span, SpanKey
from curate.util import jsonl
from curate.util.clock import utc_timestamp

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
QUOTE_CONTEXT = 32  # code points of text before and after a quote
_URN = "urn:curate:"
_TAGGING = ("tagging", "classifying", "identifying", "highlighting", "")
_CHARACTERS = re.compile(r"char=(\d{1,15}),(\d{1,15})")  # RFC 5147


class WebAnnotation(NamedTuple):
    """An annotation with file and line."""

    value: dict[str, Any]
    where: str

    @property
    def targets(self) -> list[dict[str, Any]]:
        """Its targets as objects; a mere address becomes the ``id``."""
        target = self.value.get("target")
        items = target if isinstance(target, list) else [target]
        return [it if isinstance(it, dict) else {"id": it} for it in items if it]

    @property
    def source(self) -> str:
        """The address of what it is about; empty if it has none."""
        for target in self.targets:
            source = target.get("source", target.get("id")) or ""
            return str(source.get("id", "") if isinstance(source, dict) else source)
        return ""

    @property
    def is_link(self) -> bool:
        """Whether it links two other annotations."""
        return "linking" in _as_list(self.value.get("motivation"))

    @property
    def text(self) -> str | None:
        """The text of a document, if it describes one."""
        body = self.value.get("body")
        if "describing" not in _as_list(self.value.get("motivation")) or not isinstance(body, dict):
            return None
        is_text = str(body.get("format", "text/plain")) == "text/plain"
        return body.get("value") if is_text and isinstance(body.get("value"), str) else None


def sniff(source: SourceFile) -> Evidence:
    """Whether objects have the context of the model, or the type and target of an annotation."""
    for row in sample_objects(source):
        if any(CONTEXT in str(it) for it in _as_list(row.get("@context"))):
            return Evidence.SIGNATURE
        if "Annotation" in _as_list(row.get("type")) and "target" in row:
            return Evidence.SIGNATURE
    return Evidence.NONE


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents; those with their text in the file one by one, then the others."""
    others: dict[str, list[WebAnnotation]] = {}
    links: list[WebAnnotation] = []
    current: list[WebAnnotation] = []
    for row in read_objects(source):
        if isinstance(row, Refusal):
            yield row
            continue
        for annotation in _annotations_of(row):
            if annotation.text is not None:
                yield from _read_group(current, options)
                current = [annotation]
            elif current and (annotation.is_link or annotation.source == current[0].source):
                current.append(annotation)
            elif annotation.is_link:
                links.append(annotation)
            else:
                others.setdefault(annotation.source, []).append(annotation)
    yield from _read_group(current, options)
    yield from _read_others(source, others, links, options)


def _annotations_of(row: JsonObject) -> Iterator[WebAnnotation]:
    """The annotations in an object: itself, or the items of a page or collection."""
    first = row.value.get("first")
    page = first if isinstance(first, dict) else row.value
    items = page.get("items")
    for item in items if isinstance(items, list) else [row.value]:
        if isinstance(item, dict):
            yield WebAnnotation(item, row.where)


def _read_group(group: list[WebAnnotation], options: ReadOptions) -> Iterator[ReadItem]:
    if group:
        items = _document(group[0].text or "", group, group[0].where, options)
        yield from contained(items, group[0].where)


def _read_others(
    source: SourceFile,
    others: dict[str, list[WebAnnotation]],
    links: list[WebAnnotation],
    options: ReadOptions,
) -> Iterator[ReadItem]:
    """The documents whose text is not in the file."""
    names = {str(it.value.get("id")): name for name, group in others.items() for it in group}
    for link in links:
        ends = [names.get(str(it.get("id"))) for it in link.targets]
        others.setdefault(next((it for it in ends if it is not None), ""), []).append(link)
    for name, group in others.items():
        file = _text_file(source, name, is_only=len(others) == 1)
        where = group[0].where
        if file is None:
            message = (
                f"{len(group)} annotations are of {name or 'a text'}, which is not in the file"
            )
            hint = f"put its text beside the file, as {source.stem}.txt or under its own name"
            yield refuse("no-text", message, where, hint=hint)
            continue
        try:
            text = file.text()
        except ValueError as error:
            yield refuse("unreadable", str(error), str(file))
            continue
        yield from contained(_document(text, group, where, options), where)


def _text_file(source: SourceFile, name: str, is_only: bool) -> SourceFile | None:
    """The file beside the source that holds the text of a document."""
    own = PurePosixPath(unquote(urlsplit(name).path)).name
    path = source.path.with_name(own) if own and not source.is_stdin else None
    if path and path.suffix == ".txt" and path.is_file():
        return SourceFile(path)
    return source.sibling(".txt") if is_only and not source.is_stdin else None


def _document(
    text: str, group: list[WebAnnotation], where: str, options: ReadOptions
) -> Iterator[ReadItem]:
    builder = AnnotationBuilder(text, where, options)
    builder.add_layer()
    reader = _WebAnnotationReader(builder)
    for annotation in group:
        if annotation.text is None and not annotation.is_link:
            reader.add(annotation)
    for annotation in group:
        if annotation.is_link:
            reader.add_link(annotation)
    source = group[0].source
    body = group[0].value.get("body")
    lang = body.get("language") if isinstance(body, dict) and group[0].text is not None else ""
    is_address = source and not source.startswith(_URN)
    yield from builder.finish({"url": source} if is_address else {}, str(lang or ""))


class _WebAnnotationReader:
    """Adds the annotations of one document."""

    def __init__(self, builder: AnnotationBuilder) -> None:
        self._builder = builder
        self._keys: dict[tuple[str, str], SpanKey | None] = {}  # by layer and id

    def add(self, annotation: WebAnnotation) -> None:
        """Add an annotation of the text, or of the whole document."""
        labels = self._labels(annotation)
        layer, by, at = _creation(annotation.value)
        where = annotation.where
        for target in annotation.targets:
            selectors = _as_list(target.get("selector"))
            if not selectors:
                for label in labels:
                    self._builder.add_category(label, layer=layer, by=by, at=at)
                continue
            if (place := self._place(selectors, where)) is None:
                continue
            start, end, exact = place
            for label in labels:
                key = self._builder.add_span(
                    start, end, label, layer=layer, surface=exact, where=where, by=by, at=at
                )
                self._keys.setdefault((layer, str(annotation.value.get("id"))), key)

    def add_link(self, annotation: WebAnnotation) -> None:
        """Add a relation between two annotations of one layer."""
        where = annotation.where
        layer, by, at = _creation(annotation.value)
        ends = [self._keys.get((layer, str(it.get("id")))) for it in annotation.targets]
        for label in self._labels(annotation):
            if len(ends) != 2:
                message = f"{label}: a link of {len(ends)} annotations is not read"
                self._builder.report("unsupported", message, where)
                continue
            head, tail = ends
            self._builder.add_relation(head, tail, label, layer=layer, where=where, by=by, at=at)

    def _labels(self, annotation: WebAnnotation) -> list[str]:
        """The tags of an annotation; what else its bodies say is reported."""
        names = ("body", "bodyValue")
        bodies = [it for name in names for it in _as_list(annotation.value.get(name))]
        labels: list[str] = []
        for body in bodies:
            value = body
            if isinstance(body, dict):
                value = body.get("value", body.get("source", body.get("id")))
                purposes = [str(it) for it in _as_list(body.get("purpose"))] or [""]
                if not any(it in _TAGGING for it in purposes):
                    message = f"a body for {', '.join(purposes)} is not read"
                    self._builder.report("unsupported", message, annotation.where)
                    continue
            if isinstance(value, str) and value:
                labels.append(value)
        if not labels:
            self._builder.report("no-label", "an annotation has no tag", annotation.where)
        return labels

    def _place(self, selectors: list[Any], where: str) -> tuple[int, int, str | None] | None:
        """Start, end and quotation of a target; None if no selector of it can be followed."""
        by_type = {it.get("type"): it for it in selectors if isinstance(it, dict)}
        quotation = by_type.get("TextQuoteSelector", {})
        exact = quotation["exact"] if isinstance(quotation.get("exact"), str) else None
        if position := by_type.get("TextPositionSelector"):
            return position["start"], position["end"], exact
        fragment = str(by_type.get("FragmentSelector", {}).get("value", ""))
        if match := _CHARACTERS.fullmatch(fragment):
            return int(match[1]), int(match[2]), exact
        if not exact:
            kinds = ", ".join(sorted(str(it) for it in by_type))
            self._builder.report("unsupported", f"selectors of {kinds} are not read", where)
            return None
        before, after = (str(quotation.get(name) or "") for name in ("prefix", "suffix"))
        pattern = f"(?<={re.escape(before)})(?={re.escape(exact + after)})"
        starts = [match.start() for match in re.finditer(pattern, self._builder.text)]
        if len(starts) != 1:
            message = f"the text has {exact!r} {len(starts)} times"
            self._builder.report("text-mismatch", message, where)
            return None
        units = self._builder.units(starts[0]), self._builder.units(starts[0] + len(exact))
        return *units, exact


class Creation(NamedTuple):
    """The layer of an annotation, who made it if not the layer, and when."""

    layer: str
    by: str
    at: str


def _creation(value: dict[str, Any]) -> Creation:
    creator = value.get("creator")
    at = utc_timestamp(value.get("modified") or value.get("created") or "")
    name = str(creator.get("name") or creator.get("id") or "") if isinstance(creator, dict) else ""
    name = creator if isinstance(creator, str) else name
    if str(value.get("id", "")).startswith(_URN):
        return Creation("", name, at)
    is_software = isinstance(creator, dict) and creator.get("type") == "Software"
    layer = (model_layer if is_software else annotator_layer)(name) if name else ""
    return Creation(layer, "", at)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    tally = job.tally()
    with replace_file(target) as file:
        for document, revision in without_tombstones(documents):
            tally.documents += 1
            tally.spans += len(revision.spans)
            for annotation in _annotations(document, revision):
                file.write(jsonl.canonical(annotation) + b"\n")
    return tally.exported(target, "web-annotation")


def _annotations(document: Document, revision: Revision) -> Iterator[dict[str, Any]]:
    source = document.meta.get("url") or f"{_URN}{document.id}"
    yield _text(document, source)
    for span in revision.spans:
        target = {"source": source, "selector": _selectors(document.text, span)}
        yield _annotation(_span_id(document, span.key), span.label, target, span.by, span.at)
    for relation in revision.relations:
        ends = [_span_id(document, key) for key in (relation.head, relation.tail)]
        id = f"{ends[0]}:{quote(relation.label)}:{_key(relation.tail)}"
        annotation = _annotation(id, relation.label, ends, relation.by, relation.at)
        yield {**annotation, "motivation": "linking"}
    for category in revision.categories:
        id = f"{_URN}{document.id}:category:{quote(category.label)}"
        yield _annotation(id, category.label, source, category.by, category.at)


def _text(document: Document, source: str) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": document.text, "format": "text/plain"}
    body["purpose"] = "describing"
    if document.lang:
        body["language"] = document.lang
    return {
        "@context": CONTEXT,
        "id": f"{_URN}{document.id}:text",
        "type": "Annotation",
        "motivation": "describing",
        "body": body,
        "target": source,
    }


def _annotation(id: str, label: str, target: Any, by: str, at: str) -> dict[str, Any]:
    annotation = {
        "@context": CONTEXT,
        "id": id,
        "type": "Annotation",
        "motivation": "classifying",
        "body": {"type": "TextualBody", "value": label, "purpose": "tagging"},
        "target": target,
    }
    if by:
        annotation["creator"] = {"type": "Person" if is_annotator(by) else "Software", "name": by}
    if at:
        annotation["modified"] = at
    return annotation


def _selectors(text: str, span: Span) -> list[dict[str, Any]]:
    return [
        {"type": "TextPositionSelector", "start": span.start, "end": span.end},
        {
            "type": "TextQuoteSelector",
            "exact": text[span.start : span.end],
            "prefix": text[max(0, span.start - QUOTE_CONTEXT) : span.start],
            "suffix": text[span.end : span.end + QUOTE_CONTEXT],
        },
    ]


def _span_id(document: Document, key: SpanKey) -> str:
    return f"{_URN}{document.id}:{_key(key)}"


def _key(key: SpanKey) -> str:
    return f"{key[0]}-{key[1]}-{quote(key[2])}"
