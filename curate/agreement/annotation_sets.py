"""Annotation sets: what each of several annotators says about the same documents.

They are read from files, or from the store of a workspace.

In files, each source is the set of one annotator, named after the file or folder; a source that
names its annotators itself (a Doccano export of several users, or Prodigy's rows of several
sessions) holds a set for each of them. Texts are normalised as in a corpus, and documents with the
same text are the same document, whether its versions stand in one row or in several. Several rows
of one text by the same named annotator are united, as when they are ingested. Where a source
without names has one text several times, its first copy is compared with the first copy of the
others, its second with their second, and so on.

Versions that a source puts no name to are those of different people. A single source in which a
text has several of them is therefore taken as several annotators, ``unsigned-1``, ``unsigned-2``
and so on, numbered within each text.
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
from curate.layers import (
    GOLD,
    PROPOSERS,
    annotator_layer,
    annotator_of,
    is_unsigned,
    unsigned_layer,
)
from curate.model import Annotated, Annotation, Assignment, Document, Problem, Record
from curate.text.offset_map import OffsetMap

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
        tokens: start and end of the tokens of a document, by its id, where a file has tokens.
        places: file and line of each version, by document and then by annotator.
    """

    documents: tuple[Document, ...]
    annotations: dict[str, tuple[Annotation, ...]]
    problems: tuple[Problem, ...] = ()
    tokens: dict[str, tuple[tuple[int, int], ...]] = {}
    places: dict[str, dict[str, str]] = {}

    def versions(self) -> dict[str, dict[str, Annotation]]:
        """The versions of each document: by document, then by annotator."""
        versions: dict[str, dict[str, Annotation]] = {}
        for annotator, own in self.annotations.items():
            for annotation in own:
                versions.setdefault(annotation.document, {})[annotator] = annotation
        return versions


def read_annotation_sets(
    sources: list[Path],
    format: str = "",
    options: ReadOptions | None = None,
    *,
    people: bool = True,
) -> AnnotationSets:
    """Read files, and match their documents by the texts.

    Args:
        sources: files, folders or patterns.
        format: of all of them; detected from their names and contents by default.
        options: how to read them.
        people: whether to compare people, and only them: layers of models and rules are left out,
            and versions without a name in a single source are people of their own.

    Raises:
        InputError: a source does not exist, or its format is not recognised.
    """
    collector = _Collector(_names(sources), people)
    for source in sources:
        for path in source_files([source], format, collector.add_problem, options):
            collector.add_file(
                source, path, read_annotated(path, format, options, alone=not source.is_dir())
            )
    return collector.sets()


def stored_annotation_sets(store: Store, language: str = "") -> AnnotationSets:
    """What the annotators of a corpus confirmed; withdrawn documents are left out.

    Args:
        store: the corpus.
        language: only documents in this language; all by default.
    """
    with store.begin() as tx:
        others = {each.id for each in tx.documents() if language and each.lang != language}
        assignments = tx.assignments()
        withdrawn = {revision.document for _, revision in tx.heads() if revision.deleted}
        annotations: dict[str, list[Annotation]] = {}
        problems: list[Problem] = []
        for annotation in tx.annotator_layers():
            document, annotator = annotation.document, annotator_of(annotation.layer)
            if document in others:
                continue
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

    def __init__(self, names: Mapping[Path, str], people: bool) -> None:
        self._names = names
        self._people = people
        self._documents: dict[str, Document] = {}
        self._annotations: dict[str, dict[str, Annotation]] = {name: {} for name in names.values()}
        self._by_file_name: dict[str, dict[str, str]] = {}  # file name: source: document
        self._unsigned: Counter[str] = Counter()  # versions without a name, by document
        self._others: Counter[str] = Counter()  # versions of models and rules, by layer
        self._decisions = 0  # versions of curators, who decide between the others
        self._united: Counter[str] = Counter()  # rows added to an earlier one, by annotator
        self._problems: list[Problem] = []
        self._tokens: dict[str, tuple[tuple[int, int], ...]] = {}
        self._places: dict[str, dict[str, str]] = {}
        self._other_tokens: dict[str, str] = {}  # document: file with other tokens

    def add_problem(self, problem: Problem) -> None:
        """Keep a problem with the sources as a whole."""
        self._problems.append(problem)

    def add_file(self, source: Path, path: Path, items: Iterator[ReadDocument | Problem]) -> None:
        """Add the documents of one file of a source."""
        copies: Counter[tuple[str, str]] = Counter()  # by document and annotator
        keys: list[str] = []
        for item in items:
            if isinstance(item, Problem):
                self._problems.append(item)
                continue
            taken = to_document(item)
            if isinstance(taken, Problem):
                self._problems.append(taken)
                continue
            self._problems += taken.problems
            keys.append(taken.item.document.id)
            decision = item.curated
            decided = {decision.layer} if decision and decision.only and self._people else set()
            self._decisions += len(decided)
            tokens = _moved_tokens(item, taken.item.document)
            self._add(source, taken.item, copies, decided, item.where, tokens)
        if len(keys) == 1:
            self._by_file_name.setdefault(path.stem, {})[self._names[source]] = keys[0]

    def _add(
        self,
        source: Path,
        item: Annotated,
        copies: Counter[tuple[str, str]],
        decided: set[str],
        where: str,
        tokens: tuple[tuple[int, int], ...],
    ) -> None:
        """Add a document with its layers, except decisions; copies are matched by their number."""
        document = item.document
        self._documents.setdefault(document.id, document)
        for layer in item.layers:
            if layer.layer in decided:
                continue
            if self._people and layer.layer.startswith(PROPOSERS):
                self._others[layer.layer] += 1
                continue
            name = self._name(source, layer)
            copies[document.id, name] += 1
            copy = copies[document.id, name]
            is_copy = copy > 1 and (layer.layer == GOLD or is_unsigned(layer.layer))
            key = f"{document.id}#{copy}" if is_copy else document.id
            if key not in self._documents:
                self._documents[key] = msgspec.structs.replace(document, id=key)
            self._places.setdefault(key, {}).setdefault(name, where)
            if tokens and self._tokens.setdefault(key, tokens) != tokens:
                self._other_tokens.setdefault(key, where)
            own = self._annotations.setdefault(name, {})
            annotation = msgspec.structs.replace(layer, document=key)
            if key not in own:
                own[key] = annotation
            elif copy > 1 and key == document.id:
                self._united[name] += own[key].content != annotation.content
                own[key] = own[key].united(annotation)
            else:
                self._problems.append(_annotated_twice(key, name))

    def _name(self, source: Path, layer: Annotation) -> str:
        """The name of an annotator; people without one are numbered within each text."""
        one_source = self._people and len(self._names) == 1
        if one_source and (layer.layer == GOLD or is_unsigned(layer.layer)):
            self._unsigned[layer.document] += 1
            return annotator_of(unsigned_layer(self._unsigned[layer.document]))
        if layer.layer == GOLD:
            return self._names[source]
        own = annotator_of(layer.layer)
        return f"{self._names[source]} {own}" if is_unsigned(layer.layer) else own

    def sets(self) -> AnnotationSets:
        """The sets; files of the same name whose texts differ are a problem."""
        for name, documents in self._by_file_name.items():
            if len(set(documents.values())) > 1:
                self._problems.append(_different_texts(name, documents))
        for layer, count in sorted(self._others.items()):
            self._problems.append(_not_a_person(layer, count))
        for document, where in self._other_tokens.items():
            self._problems.append(_other_tokens(document, where))
        if self._decisions:
            self._problems.append(_decided(self._decisions))
        for name, count in sorted(self._united.items()):
            if count:
                self._problems.append(_rows_united(name, count))
        if max(self._unsigned.values(), default=0) == 1:  # the only author is the source itself
            (name,) = self._names.values()
            unsigned = annotator_of(unsigned_layer(1))
            self._annotations[name] = self._annotations.pop(unsigned)
            for place in self._places.values():
                place |= {name: place.pop(unsigned)} if unsigned in place else {}
        elif self._unsigned:
            self._problems.append(_unsigned(self._unsigned))
        return AnnotationSets(
            documents=tuple(self._documents.values()),
            annotations={
                name: tuple(own.values()) for name, own in self._annotations.items() if own
            },
            problems=tuple(self._problems),
            tokens=self._tokens,
            places=self._places,
        )


def _moved_tokens(source: ReadDocument, document: Document) -> tuple[tuple[int, int], ...]:
    """The tokens of a source in the normalised text, without overlaps."""
    moved = OffsetMap.loads(document.meta.get("edits", "[]"))
    places: list[tuple[int, int]] = []
    for start, end in sorted(source.tokens):
        place = moved.carry(start, end)
        if place and (not places or places[-1][1] <= place[0]):
            places.append(place)
    return tuple(places)


def _other_tokens(document: str, where: str) -> Problem:
    return Problem(
        code="agreement.tokens",
        severity="warning",
        document=document,
        where=where,
        message="this file cuts the text into other tokens than the one before; the first counts",
    )


def _annotated_twice(document: str, name: str) -> Problem:
    return Problem(
        code="agreement.twice",
        severity="warning",
        document=document,
        message=f"{name} has it in two files; the first counts",
    )


def _rows_united(name: str, count: int) -> Problem:
    return Problem(
        code="agreement.united",
        severity="warning",
        message=f"{name} has several rows of one text, and they are united ({count} times)",
    )


def _different_texts(name: str, documents: Mapping[str, str]) -> Problem:
    pairs = ", ".join(f"{source} {document}" for source, document in documents.items())
    return Problem(
        code="agreement.text",
        severity="warning",
        message=f"the texts of {name} differ, so they are not compared ({pairs})",
        hint="give the annotators the same text",
    )


def _unsigned(versions: Counter[str]) -> Problem:
    count = sum(number > 1 for number in versions.values())
    texts = "1 text has" if count == 1 else f"{count:,} texts have"
    return Problem(
        code="agreement.unsigned",
        severity="info",
        message=f"{texts} several versions without a name, which count as those of different "
        "people; they are numbered within each text, so unsigned-1 may be several people",
    )


def _decided(count: int) -> Problem:
    return Problem(
        code="agreement.decision",
        severity="info",
        message=f"left out: what curators decided ({count} versions) is not independent",
    )


def _not_a_person(layer: str, count: int) -> Problem:
    return Problem(
        code="agreement.model",
        severity="info",
        message=f"left out: {layer} ({count} versions) is not a person",
    )
