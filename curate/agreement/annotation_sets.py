"""Annotation sets: what each of several annotators says about the same documents.

They are read from files, or from the store of a workspace.

In files, each source is the set of one annotator, named after the file or folder; a source that
names its annotators itself (a Doccano export of several users) holds a set for each of them. Texts
are normalised as in a corpus, and documents with the same text are the same document. Where a
source has one text several times, its first copy is compared with the first copy of the others,
its second with their second, and so on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.to_document import to_document
from curate.layers import GOLD, annotator_layer, annotator_of
from curate.model import Annotated, Annotation, Assignment, Document, Problem, Record

if TYPE_CHECKING:
    from curate.store import Store
    from curate.store.transaction import Transaction

Versions = Mapping[str, Annotation]
"""What several annotators say about one document, by annotator."""


class AnnotationSets(Record, frozen=True, kw_only=True):
    """What several annotators say about documents.

    Args:
        documents: the documents that at least one of them annotated.
        annotations: by annotator; one for each document that the annotator looked at, also where
            nothing is marked.
        problems: what could not be read, or does not count.
    """

    documents: tuple[Document, ...]
    annotations: dict[str, tuple[Annotation, ...]]
    problems: tuple[Problem, ...] = ()

    def versions(self) -> dict[str, dict[str, Annotation]]:
        """The versions of each document: by document, then by annotator."""
        versions: dict[str, dict[str, Annotation]] = {}
        for annotator, own in self.annotations.items():
            for annotation in own:
                versions.setdefault(annotation.document, {})[annotator] = annotation
        return versions


def read_annotation_sets(
    sources: list[Path], format: str = "", options: ReadOptions | None = None
) -> AnnotationSets:
    """Read files, and match their documents by the texts.

    Args:
        sources: files, folders or patterns.
        format: of all of them; detected from their names and contents by default.
        options: how to read them.

    Raises:
        InputError: a source does not exist, or its format is not recognised.
    """
    collector = _Collector(_names(sources))
    for source in sources:
        for path in source_files([source], format):
            collector.add_file(source, path, read_annotated(path, format, options))
    return collector.sets()


def stored_annotation_sets(store: Store) -> AnnotationSets:
    """What the annotators of a corpus confirmed; withdrawn documents are left out."""
    with store.begin() as tx:
        assignments = tx.assignments()
        withdrawn = {revision.document for _, revision in tx.heads() if revision.deleted}
        annotations: dict[str, list[Annotation]] = {}
        problems: list[Problem] = []
        for annotation in tx.annotator_layers():
            document, annotator = annotation.document, annotator_of(annotation.layer)
            if document in withdrawn:
                problems.append(_left_out(document, "it was withdrawn"))
            elif _unconfirmed(assignments.get(document), annotator):
                problems.append(_left_out(document, f"{annotator} has not confirmed it"))
            else:
                annotations.setdefault(annotator, []).append(annotation)
        annotated = {annotation.document for own in annotations.values() for annotation in own}
        return AnnotationSets(
            documents=tuple(document for document in tx.documents() if document.id in annotated),
            annotations={name: tuple(own) for name, own in sorted(annotations.items())},
            problems=tuple(dict.fromkeys(problems)),
        )


def confirmed_versions(tx: Transaction, assignment: Assignment) -> dict[str, Annotation]:
    """The versions of an assigned document; empty until all its annotators confirmed it.

    Returns:
        The annotations by annotator, sorted by name.
    """
    if not set(assignment.annotators) <= set(assignment.done):
        return {}
    layers = {
        annotator: tx.annotation(assignment.document, annotator_layer(annotator))
        for annotator in sorted(assignment.done)
    }
    return {name: annotation for name, annotation in layers.items() if annotation is not None}


def _unconfirmed(assignment: Assignment | None, annotator: str) -> bool:
    if assignment is None:
        return False
    return annotator in assignment.annotators and annotator not in assignment.done


def _left_out(document: str, reason: str) -> Problem:
    return Problem(
        code="agreement.left-out",
        severity="info",
        document=document,
        message=f"left out: {reason}",
    )


def _names(sources: list[Path]) -> dict[Path, str]:
    """A name for each source: its stem, or its whole path where two stems are the same."""
    names = {source: source.name if source.is_dir() else source.stem for source in sources}
    ambiguous = {name for name, count in Counter(names.values()).items() if count > 1}
    return {source: str(source) if name in ambiguous else name for source, name in names.items()}


class _Collector:
    """Builds annotation sets, file by file."""

    def __init__(self, names: Mapping[Path, str]) -> None:
        self._names = names
        self._documents: dict[str, Document] = {}
        self._annotations: dict[str, dict[str, Annotation]] = {name: {} for name in names.values()}
        self._by_file_name: dict[str, dict[str, str]] = {}  # file name: source: document
        self._problems: list[Problem] = []

    def add_file(self, source: Path, path: Path, items: Iterator[ReadDocument | Problem]) -> None:
        """Add the documents of one file of a source."""
        copies: Counter[str] = Counter()
        keys: list[str] = []
        for item in items:
            taken = to_document(item) if isinstance(item, ReadDocument) else item
            if isinstance(taken, Problem):
                self._problems.append(taken)
                continue
            self._problems += taken.problems
            copies[taken.item.document.id] += 1
            keys.append(self._add(source, taken.item, copies[taken.item.document.id]))
        if len(keys) == 1:
            self._by_file_name.setdefault(path.stem, {})[self._names[source]] = keys[0]

    def _add(self, source: Path, item: Annotated, copy: int) -> str:
        """Add a document with its layers; returns the key under which copies are matched."""
        key = item.document.id if copy == 1 else f"{item.document.id}#{copy}"
        if key not in self._documents:
            self._documents[key] = msgspec.structs.replace(item.document, id=key)
        for layer in item.layers:
            name = self._names[source] if layer.layer == GOLD else annotator_of(layer.layer)
            own = self._annotations.setdefault(name, {})
            if key in own:
                self._problems.append(_annotated_twice(key, name))
            else:
                own[key] = msgspec.structs.replace(layer, document=key)
        return key

    def sets(self) -> AnnotationSets:
        """The sets; files of the same name whose texts differ are a problem."""
        for name, documents in self._by_file_name.items():
            if len(set(documents.values())) > 1:
                self._problems.append(_different_texts(name, documents))
        return AnnotationSets(
            documents=tuple(self._documents.values()),
            annotations={
                name: tuple(own.values()) for name, own in self._annotations.items() if own
            },
            problems=tuple(self._problems),
        )


def _annotated_twice(document: str, name: str) -> Problem:
    return Problem(
        code="agreement.twice",
        severity="warning",
        document=document,
        message=f"{name} has it in two files; the first counts",
    )


def _different_texts(name: str, documents: Mapping[str, str]) -> Problem:
    pairs = ", ".join(f"{source} {document}" for source, document in documents.items())
    return Problem(
        code="agreement.text",
        severity="warning",
        message=f"the texts of {name} differ, so they are not compared ({pairs})",
        hint="give the annotators the same text",
    )
