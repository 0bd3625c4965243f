"""Agreement and evaluation where the data is: files, joined by their texts, or the store.

In files, every source is the voice of one annotator, named like the file or folder; a source that
names its annotators itself (a Doccano export of several users) has a voice for each of them. Texts
are normalised as for a corpus, and documents with the same text are the same document. A text that
a source has several times counts as often: its first is held against the other's first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate import ingest
from curate.errors import InputError
from curate.ingest import ReadDocument
from curate.layers import GOLD, annotator_layer, annotator_of
from curate.model import Annotated, Annotation, Assignment, Document, Problem, Record

if TYPE_CHECKING:
    from curate.agreement import Agreement, AgreementOptions, Evaluation, ProposalEvaluation
    from curate.agreement.bootstrap import Resampler
    from curate.store import Store
    from curate.store.transaction import Transaction


class AnnotationSets(Record, frozen=True, kw_only=True):
    """Documents, and what each annotator says of them; what could not be read is in problems."""

    documents: tuple[Document, ...]
    annotations: dict[str, tuple[Annotation, ...]]
    problems: tuple[Problem, ...] = ()


def read_annotation_sets(
    sources: list[Path], format: str = "", options: ingest.ReadOptions | None = None
) -> AnnotationSets:
    """Read files, and join what they say by the documents' texts.

    Args:
        sources: files, folders or patterns.
        format: of all of them; their endings and contents tell by default.
        options: how they are to be read.

    Raises:
        InputError: a source is not there, or cannot be told.
    """
    gather = _Gather(_names(sources))
    for source in sources:
        for path in ingest.files([source], format):
            gather.file(source, path, ingest.read_annotated(path, format, options))
    return gather.voices()


def stored_annotation_sets(store: Store) -> AnnotationSets:
    """What the annotators of a corpus say, as far as they confirmed it and it was not withdrawn."""
    with store.begin() as tx:
        return _stored(tx)


def agreement(voices: AnnotationSets, options: AgreementOptions) -> Agreement:
    """Agreement of the annotators.

    Raises:
        InputError: there are fewer than two.
    """
    from curate.agreement import inter_annotator_agreement as measured

    if len(voices.annotations) < 2:
        names = ", ".join(voices.annotations) or "nobody"
        raise InputError(
            f"agreement takes two annotators, here is {names}",
            "give a file for each, or let two people annotate the same documents",
        )
    found = measured(voices.documents, voices.annotations, options)
    return msgspec.structs.replace(found, left_out=(*voices.problems, *found.left_out))


def assistance(
    store: Store, layer: str, people: str, options: AgreementOptions
) -> ProposalEvaluation:
    """What a layer proposed against what people made of it.

    Args:
        layer: the layer, such as ``proposal``.
        people: ``gold``, or the name of an annotator.

    Raises:
        InputError: there is no such layer, or nothing of these people.
    """
    from curate.agreement import Resampler
    from curate.agreement import evaluate_proposal as measured

    with store.begin() as tx:
        documents = {document.id: document for document in tx.documents()}
        said = {key: tx.annotation(key, layer) for key in documents}
        made = _made(tx, people, documents)
        control = [key for key, each in tx.assignments().items() if each.control]
    proposals = {key: found for key, found in said.items() if found is not None}
    if not proposals or not made:
        what = f"no document has a layer {layer}" if not proposals else f"{people} says nothing yet"
        raise InputError(what, "see `curate show DOCUMENT` for the layers there are")
    return measured(
        documents,
        proposals,
        made,
        control,
        layer=layer,
        resampler=Resampler(options.resamples, options.seed),
        limit=options.commonest,
    )


def evaluation(
    gold: Path,
    predicted: Path,
    *,
    format: str = "",
    layer: str = "",
    min_overlap: float = 1.0,
    options: ingest.ReadOptions | None = None,
    resampler: Resampler | None = None,
) -> Evaluation:
    """Score the predictions in one file or folder against the gold in another.

    Args:
        gold: the one.
        predicted: the other.
        format: of both; their endings and contents tell by default.
        layer: the layer to take where a source has several.
        min_overlap: see ``curate.agreement.evaluate``.
        options: how they are to be read.
        resampler: makes the intervals.

    Raises:
        InputError: a source is not there, has no annotations, or several layers to choose from.
    """
    from curate.agreement import evaluate

    voices = [read_annotation_sets([source], format, options) for source in (gold, predicted)]
    sides = [_one(v, layer, path) for v, path in zip(voices, (gold, predicted), strict=True)]
    found = evaluate(
        {d.id: d for v in voices for d in v.documents}.values(),
        *sides,
        min_overlap=min_overlap,
        resampler=resampler,
    )
    problems = tuple(problem for v in voices for problem in v.problems)
    return msgspec.structs.replace(found, left_out=(*problems, *found.left_out))


def _one(voices: AnnotationSets, layer: str, source: Path) -> tuple[Annotation, ...]:
    found = voices.annotations
    if layer:
        found = {name: said for name, said in found.items() if name == annotator_of(layer)}
    if len(found) != 1:
        there = ", ".join(voices.annotations) or "none"
        what = "no annotations" if not found else f"{len(found)} layers"
        raise InputError(f"{what} to compare", f"use --layer with one of: {there}", str(source))
    return next(iter(found.values()))


def _names(sources: list[Path]) -> dict[Path, str]:
    """A name for each source: its stem, or as much of its path as tells it from the others."""
    names = {source: source.name if source.is_dir() else source.stem for source in sources}
    twice = {name for name, many in Counter(names.values()).items() if many > 1}
    return {source: str(source) if name in twice else name for source, name in names.items()}


class _Gather:
    def __init__(self, names: Mapping[Path, str]) -> None:
        self._names = names
        self._documents: dict[str, Document] = {}
        self._said: dict[str, dict[str, Annotation]] = {name: {} for name in names.values()}
        self._titled: dict[str, dict[str, str]] = {}  # by file name: source, document
        self._problems: list[Problem] = []

    def file(self, source: Path, path: Path, items: Iterator[ReadDocument | Problem]) -> None:
        """Take in a file of a source."""
        times: Counter[str] = Counter()
        keys: list[str] = []
        for item in items:
            taken = ingest.to_document(item) if isinstance(item, ReadDocument) else item
            if isinstance(taken, Problem):
                self._problems.append(taken)
                continue
            self._problems += taken.problems
            times[taken.item.document.id] += 1
            keys.append(self._add(source, taken.item, times[taken.item.document.id]))
        if len(keys) == 1:
            self._titled.setdefault(path.stem, {})[self._names[source]] = keys[0]

    def _add(self, source: Path, item: Annotated, time: int) -> str:
        key = item.document.id if time == 1 else f"{item.document.id}#{time}"
        if key not in self._documents:
            self._documents[key] = msgspec.structs.replace(item.document, id=key)
        for layer in item.layers:
            name = annotator_of(layer.layer)
            name = self._names[source] if name == GOLD else name
            said = self._said.setdefault(name, {})
            if key in said:
                self._problems.append(_twice(key, name))
            else:
                said[key] = msgspec.structs.replace(layer, document=key)
        return key

    def voices(self) -> AnnotationSets:
        """What was gathered; a name under which two sources have different texts is a problem."""
        for name, found in self._titled.items():
            if len(set(found.values())) > 1:
                self._problems.append(_different(name, found))
        return AnnotationSets(
            documents=tuple(self._documents.values()),
            annotations={name: tuple(said.values()) for name, said in self._said.items() if said},
            problems=tuple(self._problems),
        )


def _twice(document: str, name: str) -> Problem:
    return Problem(
        code="agreement.twice",
        severity="warning",
        document=document,
        message=f"{name} has it in two files; the first counts",
    )


def _different(name: str, found: Mapping[str, str]) -> Problem:
    told = ", ".join(f"{source} {document}" for source, document in found.items())
    return Problem(
        code="agreement.text",
        severity="warning",
        message=f"the texts of {name} differ, so they are not compared ({told})",
        hint="give the annotators one and the same text",
    )


def _stored(tx: Transaction) -> AnnotationSets:
    assignments = tx.assignments()
    withdrawn = {revision.document for _, revision in tx.heads() if revision.deleted}
    said: dict[str, list[Annotation]] = {}
    problems: list[Problem] = []
    for annotation in tx.annotator_layers():
        document, name = annotation.document, annotator_of(annotation.layer)
        if document in withdrawn:
            problems.append(_left_out(document, "it was withdrawn"))
        elif _open(assignments.get(document), name):
            problems.append(_left_out(document, f"{name} has not confirmed it"))
        else:
            said.setdefault(name, []).append(annotation)
    wanted = {annotation.document for own in said.values() for annotation in own}
    return AnnotationSets(
        documents=tuple(document for document in tx.documents() if document.id in wanted),
        annotations={name: tuple(own) for name, own in sorted(said.items())},
        problems=tuple(dict.fromkeys(problems)),
    )


def _open(assignment: Assignment | None, name: str) -> bool:
    asked = assignment is not None and name in assignment.annotators
    return asked and assignment is not None and name not in assignment.done


def _left_out(document: str, why: str) -> Problem:
    return Problem(
        code="agreement.left-out",
        severity="info",
        document=document,
        message=f"left out: {why}",
    )


def _made(tx: Transaction, people: str, documents: Mapping[str, Document]) -> dict[str, Annotation]:
    if people == GOLD:
        return {
            document.id: revision.annotation
            for document, revision in tx.heads()
            if not revision.deleted
        }
    layer = annotator_layer(annotator_of(people))
    found = {key: tx.annotation(key, layer) for key in documents}
    return {key: annotation for key, annotation in found.items() if annotation is not None}
