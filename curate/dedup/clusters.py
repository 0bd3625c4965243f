"""Copies and near copies in files, and in the corpus, with their names: the verb ``dedup``.

Nothing is deleted. Files are listed, or what is kept of them is written to another one; in the
corpus the clusters are kept at ``.curate/duplicates.json``, where splits find them: articles of one
cluster belong in one part.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.dedup import (
    SHINGLE_WORDS,
    THRESHOLD,
    DuplicateGroup,
    DuplicateGroups,
    KeepPolicy,
    find_duplicates,
)
from curate.errors import InputError
from curate.formats.atomic_files import replace_file
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.to_document import NormalisedDocument, to_document
from curate.model import Document, Problem, Record
from curate.util import jsonl
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.workspace import Workspace

FILE = "duplicates.json"
STDIN = Path("-")


class DedupOptions(Record, frozen=True, kw_only=True):
    """What is to be found, and kept.

    Args:
        threshold: least Jaccard similarity of near copies.
        words: of an n-gram.
        keep: of each cluster the first, the longest, or all.
    """

    threshold: float = THRESHOLD
    words: int = SHINGLE_WORDS
    keep: KeepPolicy = "first"


class ClusterMember(Record, frozen=True, kw_only=True):
    """A document of a cluster.

    Args:
        document: its id.
        where: file and line; in the corpus the file it came from.
        alike: Jaccard similarity to the first member that is kept.
        exact: whether an earlier member has the same text.
        kept: whether the policy keeps it.
    """

    document: str
    where: str = ""
    alike: float = 1.0
    exact: bool = False
    kept: bool = False


class DuplicateCluster(Record, frozen=True, kw_only=True):
    """Documents that are alike; the id is the least of theirs, in whatever order they come."""

    id: str
    members: tuple[ClusterMember, ...]


class Duplicates(Record, frozen=True, kw_only=True):
    """What ``dedup`` found.

    Args:
        asked: what it looked for.
        documents: how many documents there were.
        exact: how many have the text of an earlier one.
        near: how many are near copies of an earlier one.
        dropped: how many the policy does not keep.
        clusters: in the order of their first members.
        problems: what could not be read.
        written: the file that was written, if one was.
        at: when the corpus was searched.
    """

    asked: DedupOptions
    documents: int
    exact: int = 0
    near: int = 0
    dropped: int = 0
    clusters: tuple[DuplicateCluster, ...] = ()
    problems: tuple[Problem, ...] = ()
    written: str = ""
    at: str = ""


class Source(Record, frozen=True, kw_only=True):
    """Files, and how they are to be read."""

    paths: tuple[Path, ...]
    format: str = ""
    options: ReadOptions = ReadOptions()


def in_files(
    source: Source,
    asked: DedupOptions,
    target: Path | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Duplicates:
    """Find copies in files, without a workspace.

    Args:
        source: the files; their texts are normalised first, as when they are taken in.
        asked: what is to be found.
        target: a JSON Lines file to write what is kept to: text, language and meta. A text of a
            cluster has the cluster's id in ``meta.cluster``, and one that is kept although it is a
            copy, the id of the first in ``meta.duplicate_of``. It does not carry annotations.
        progress: is told of each file.

    Raises:
        InputError: a path does not exist, or the standard input would have to be read twice.
        ConfigError: the threshold makes no sense.
    """
    if target is not None and STDIN in source.paths:
        raise InputError("standard input can be read only once", "put it into a file first")
    names = _Names()
    texts = (names.note(document) for document in _read(source, names, progress))
    found = find_duplicates(texts, asked.threshold, asked.keep, asked.words)
    told = _told(found, names, asked)
    if target is None:
        return told
    _write(target, source, found, told)
    problems = told.problems + ((_left_out(names.annotated, target),) if names.annotated else ())
    return msgspec.structs.replace(told, written=str(target), problems=problems)


def in_corpus(documents: Iterable[Document], asked: DedupOptions, at: str) -> Duplicates:
    """Find near copies among documents; "first" is the order in which they come."""
    names = _Names()
    texts = (names.note(document) for document in documents)
    found = find_duplicates(texts, asked.threshold, asked.keep, asked.words)
    return msgspec.structs.replace(_told(found, names, asked), at=at)


def near_duplicate_clusters(documents: Iterable[Document]) -> dict[str, str]:
    """The cluster of each document that has near-duplicates among the others, by id."""
    return clusters_of(in_corpus(documents, DedupOptions(keep="all"), ""))


def age(document: Document) -> tuple[str, str, int, str]:
    """Sort key of documents by when they were taken in, and their place in the source."""
    meta = document.meta
    row = meta.get("row", "")
    number = int(row) if row.isdecimal() else 0
    return meta.get("ingested", ""), meta.get("file", ""), number, document.id


def save(folder: Path, found: Duplicates) -> None:
    """Keep what was found in the corpus, whole or not at all."""
    jsonl.write(folder / FILE, jsonl.canonical(found) + b"\n")


def load(folder: Path) -> Duplicates | None:
    """What was found in the corpus when it was last searched; None if it never was.

    Raises:
        InputError: the file is damaged.
    """
    return jsonl.load(folder / FILE, Duplicates, "run `curate dedup` again")


def clusters_of(found: Duplicates | None) -> dict[str, str]:
    """The cluster of each document that is in one, by id."""
    return {
        member.document: cluster.id
        for cluster in (found.clusters if found else ())
        for member in cluster.members
    }


class _Names:
    """What the documents that go by are called; 16 bytes each, and where they are from."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.annotated = 0
        self._ids = array("Q")
        self._where: list[str] = []

    def note(self, document: Document) -> str:
        self._ids.append(int(document.id, 16))
        row = document.meta.get("row")
        name = document.meta.get("file", "")
        self._where.append(f"{name}:{row}" if row else name)
        return document.text

    def document(self, number: int) -> str:
        return f"{self._ids[number]:016x}"

    def where(self, number: int) -> str:
        return self._where[number]


def _read(source: Source, names: _Names, progress: Progress) -> Iterator[Document]:
    paths = list(source_files(list(source.paths), source.format))
    for done, path in enumerate(paths):
        progress("read", done, len(paths))
        for item in read_annotated(path, source.format, source.options):
            taken = to_document(item) if isinstance(item, ReadDocument) else item
            if isinstance(item, ReadDocument) and isinstance(taken, NormalisedDocument):
                names.annotated += any(layer.spans for layer in item.layers)
                document = taken.item.document
                yield msgspec.structs.replace(document, meta={**document.meta, "file": item.where})
            elif isinstance(taken, Problem) and taken.severity == "error":
                names.problems.append(taken)


def _told(found: DuplicateGroups, names: _Names, asked: DedupOptions) -> Duplicates:
    return Duplicates(
        asked=asked,
        documents=found.texts,
        exact=found.exact,
        near=found.near,
        dropped=found.dropped,
        clusters=tuple(_cluster(group, names) for group in found.groups),
        problems=tuple(names.problems),
    )


def _cluster(group: DuplicateGroup, names: _Names) -> DuplicateCluster:
    members = tuple(
        ClusterMember(
            document=names.document(copy.number),
            where=names.where(copy.number),
            alike=copy.alike,
            exact=copy.exact,
            kept=copy.kept,
        )
        for copy in group.copies
    )
    return DuplicateCluster(id=min(member.document for member in members), members=members)


def _write(target: Path, source: Source, found: DuplicateGroups, told: Duplicates) -> None:
    """Read the sources again, and write what is kept of them."""
    copies = {
        copy.number: (copy, cluster, number > 0)
        for group, cluster in zip(found.groups, told.clusters, strict=True)
        for number, copy in enumerate(group.copies)
    }

    with replace_file(target) as file:
        documents = _read(source, _Names(), lambda what, done, total: None)
        for number, document in enumerate(documents):
            copy, cluster, later = copies.get(number, (None, None, False))
            meta = document.meta
            if copy is not None and cluster is not None:
                if not copy.kept:
                    continue
                first = {"duplicate_of": cluster.members[0].document} if later else {}
                marks = {"cluster": cluster.id, **(first if told.asked.keep == "all" else {})}
                meta = {**meta, **marks}
            row = {"text": document.text, "lang": document.lang, "meta": meta}
            file.write(jsonl.canonical(row) + b"\n")


def _left_out(many: int, target: Path) -> Problem:
    return Problem(
        code="dedup.annotations",
        message=f"{many} documents have annotations, which {target.name} does not contain",
        severity="warning",
        where=str(target),
        hint="import the sources with `curate ingest`, which keeps them",
    )


def dedup(workspace: Workspace, asked: DedupOptions) -> Duplicates:
    """Find near copies in the corpus, and keep the clusters; no document is taken out.

    The first of a cluster is the one that was taken in first.

    Raises:
        ConfigError: the threshold makes no sense.
    """

    with workspace.locked("dedup"):
        with workspace.store.begin() as tx:
            ages = sorted(age(document) for document in tx.documents())
        documents = workspace.documents([age[-1] for age in ages])
        found = in_corpus(documents, asked, workspace.now())
        save(workspace.state, found)
    return found


def stored_clusters(workspace: Workspace) -> dict[str, str]:
    """The cluster of each document that is in one, as ``dedup`` last found them.

    Documents of one cluster belong in one part of a split.
    """

    return clusters_of(load(workspace.state))
