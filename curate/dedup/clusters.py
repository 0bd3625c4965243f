"""Copies and near copies among documents of files or of the corpus, in clusters.

Nothing is deleted. For files, the clusters are listed, or the documents that are kept are written
to another file. For the corpus, the clusters are stored in ``.curate/duplicates.json``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.dedup.search import (
    SHINGLE_WORDS,
    THRESHOLD,
    DuplicateGroup,
    DuplicateGroups,
    KeepPolicy,
    find_duplicates,
)
from curate.errors import InputError
from curate.formats.atomic_files import replace_file
from curate.formats.reading import ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.formats.to_document import to_document
from curate.model import Document, Problem, Record
from curate.util import jsonl
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

FILE = "duplicates.json"
STDIN = Path("-")


class DedupOptions(Record, frozen=True, kw_only=True):
    """What counts as a near copy, and what is kept.

    Args:
        threshold: least Jaccard similarity of near copies.
        words: number of words in an n-gram.
        keep: of each cluster the first document, the longest, or all.
    """

    threshold: float = THRESHOLD
    words: int = SHINGLE_WORDS
    keep: KeepPolicy = "first"


class ClusterMember(Record, frozen=True, kw_only=True):
    """A document of a cluster.

    Args:
        document: its id.
        where: its file and line; in the corpus the file it came from.
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
    """Near copies of one another; the id is the smallest of their ids, whatever their order."""

    id: str
    members: tuple[ClusterMember, ...]


class Duplicates(Record, frozen=True, kw_only=True):
    """The result of a search for duplicates.

    Args:
        options: what was searched for (in JSON, ``asked``).
        documents: number of documents.
        exact: how many have the text of an earlier one.
        near: how many are near copies of an earlier one.
        dropped: how many the policy does not keep.
        clusters: in the order of their first members.
        problems: what could not be read.
        written: the file that was written, if any.
        at: when the corpus was searched.
    """

    options: DedupOptions = msgspec.field(name="asked")
    documents: int
    exact: int = 0
    near: int = 0
    dropped: int = 0
    clusters: tuple[DuplicateCluster, ...] = ()
    problems: tuple[Problem, ...] = ()
    written: str = ""
    at: str = ""


def dedup(workspace: Workspace, options: DedupOptions) -> Duplicates:
    """Find near copies in the corpus, and store the clusters; no document is deleted.

    The first document of a cluster is the one that was ingested first.

    Raises:
        ConfigError: the threshold makes no sense.
    """
    with workspace.locked("dedup"):
        with workspace.store.begin() as tx:
            ages = sorted(_age(document) for document in tx.documents())
        documents = workspace.documents([document_id for *_, document_id in ages])
        duplicates = find_clusters(documents, options, workspace.now())
        jsonl.write(workspace.state / FILE, jsonl.canonical(duplicates) + b"\n")
    return duplicates


def stored_clusters(workspace: Workspace) -> dict[str, str]:
    """The cluster of each document that is in one, as ``dedup`` last found them.

    Raises:
        InputError: the file is damaged.
    """
    duplicates = load_duplicates(workspace.state)
    return clusters_of(duplicates) if duplicates else {}


def load_duplicates(folder: Path) -> Duplicates | None:
    """The result of the last search of a corpus; None if there was none.

    Args:
        folder: ``.curate`` of the workspace.

    Raises:
        InputError: the file is damaged.
    """
    return jsonl.load(folder / FILE, Duplicates, "run `curate dedup` again")


def dedup_files(
    paths: Sequence[Path],
    options: DedupOptions,
    *,
    format: str = "",
    read_options: ReadOptions | None = None,
    target: Path | None = None,
    progress: Progress = silent,
) -> Duplicates:
    """Find copies and near copies in files, without a workspace.

    Args:
        paths: files, folders or patterns; their texts are normalised as by ``curate ingest``.
        options: what to search for.
        format: of all files; detected by default.
        read_options: how to read them.
        target: JSON Lines file for the documents that are kept: text, language and metadata. A
            document of a cluster has the cluster's id in ``meta.cluster``; with ``keep="all"``,
            later ones have the id of the first in ``meta.duplicate_of``. Annotations are not
            written.
        progress: is called for each file.

    Raises:
        InputError: a path does not exist, or standard input would have to be read twice.
        ConfigError: the threshold makes no sense.
    """
    if target is not None and STDIN in paths:
        raise InputError("standard input can be read only once", "save it to a file first")
    reader = _Reader(paths, format, read_options)
    index = _DocumentIndex()
    texts = (index.add(document) for document in reader.documents(progress))
    groups = find_duplicates(texts, options.threshold, options.keep, options.words)
    duplicates = msgspec.structs.replace(
        _duplicates(groups, index, options), problems=tuple(reader.problems)
    )
    if target is None:
        return duplicates
    annotated = reader.annotated
    _write(target, reader.documents(silent), groups, duplicates)
    if annotated:
        lost = Problem(
            code="dedup.annotations",
            message=f"{annotated} documents have annotations, which are not in {target.name}",
            severity="warning",
            where=str(target),
            hint="use `curate ingest` to take in documents with their annotations",
        )
        duplicates = msgspec.structs.replace(duplicates, problems=(*duplicates.problems, lost))
    return msgspec.structs.replace(duplicates, written=str(target))


def find_clusters(documents: Iterable[Document], options: DedupOptions, at: str = "") -> Duplicates:
    """Find near copies among documents.

    Args:
        documents: read once; "first" refers to their order.
        options: what to search for.
        at: when.

    Raises:
        ConfigError: the threshold makes no sense.
    """
    index = _DocumentIndex()
    texts = (index.add(document) for document in documents)
    groups = find_duplicates(texts, options.threshold, options.keep, options.words)
    return msgspec.structs.replace(_duplicates(groups, index, options), at=at)


def near_duplicate_clusters(documents: Iterable[Document]) -> dict[str, str]:
    """The cluster of each document that has near-duplicates among the others, by id."""
    return clusters_of(find_clusters(documents, DedupOptions(keep="all")))


def clusters_of(duplicates: Duplicates) -> dict[str, str]:
    """The cluster of each document that is in one, by id."""
    return {
        member.document: cluster.id for cluster in duplicates.clusters for member in cluster.members
    }


def _age(document: Document) -> tuple[str, str, int, str]:
    """Sort key: when a document was ingested, and its place in the source."""
    meta = document.meta
    row = meta.get("row", "")
    number = int(row) if row.isdecimal() else 0
    return meta.get("ingested", ""), meta.get("file", ""), number, document.id


class _DocumentIndex:
    """Id (16 bytes each) and origin of documents by their place in the search."""

    def __init__(self) -> None:
        self._ids = array("Q")
        self._origins: list[str] = []

    def add(self, document: Document) -> str:
        """Add a document; returns its text."""
        row, name = document.meta.get("row"), document.meta.get("file", "")
        self._ids.append(int(document.id, 16))
        self._origins.append(f"{name}:{row}" if row else name)
        return document.text

    def document_id(self, number: int) -> str:
        return f"{self._ids[number]:016x}"

    def origin(self, number: int) -> str:
        return self._origins[number]


class _Reader:
    """Reads the documents of files, as often as asked."""

    def __init__(self, paths: Sequence[Path], format: str, options: ReadOptions | None) -> None:
        self.problems: list[Problem] = []
        self.annotated = 0
        self._paths = list(paths)
        self._format = format
        self._options = options or ReadOptions()

    def documents(self, progress: Progress) -> Iterator[Document]:
        """The documents in order; problems and annotated documents are counted anew."""
        self.problems, self.annotated = [], 0
        paths = list(source_files(self._paths, self._format, self._add_problem, self._options))
        for number, path in enumerate(paths):
            progress("read", number, len(paths))
            for item in read_annotated(path, self._format, self._options, alone=len(paths) == 1):
                taken = item if isinstance(item, Problem) else to_document(item)
                if isinstance(taken, Problem):
                    self._add_problem(taken)
                    continue
                self.annotated += any(layer.spans for layer in taken.item.layers)
                document = taken.item.document
                meta = {**document.meta, "file": item.where}
                yield msgspec.structs.replace(document, meta=meta)

    def _add_problem(self, problem: Problem) -> None:
        if problem.severity == "error":
            self.problems.append(problem)


def _duplicates(
    groups: DuplicateGroups, index: _DocumentIndex, options: DedupOptions
) -> Duplicates:
    return Duplicates(
        options=options,
        documents=groups.texts,
        exact=groups.exact,
        near=groups.near,
        dropped=groups.dropped,
        clusters=tuple(_cluster(group, index) for group in groups.groups),
    )


def _cluster(group: DuplicateGroup, index: _DocumentIndex) -> DuplicateCluster:
    members = tuple(
        ClusterMember(
            document=index.document_id(copy.number),
            where=index.origin(copy.number),
            alike=copy.alike,
            exact=copy.exact,
            kept=copy.kept,
        )
        for copy in group.copies
    )
    return DuplicateCluster(id=min(member.document for member in members), members=members)


def _write(
    target: Path, documents: Iterable[Document], groups: DuplicateGroups, duplicates: Duplicates
) -> None:
    """Write the documents that are kept; they are read a second time, in the same order."""
    copies = {
        copy.number: (copy, cluster, place > 0)
        for group, cluster in zip(groups.groups, duplicates.clusters, strict=True)
        for place, copy in enumerate(group.copies)
    }
    keep_all = duplicates.options.keep == "all"
    with replace_file(target) as file:
        for number, document in enumerate(documents):
            meta = document.meta
            if number in copies:
                copy, cluster, is_later = copies[number]
                if not copy.kept:
                    continue
                meta = {**meta, "cluster": cluster.id}
                if is_later and keep_all:
                    meta["duplicate_of"] = cluster.members[0].document
            row = {"text": document.text, "lang": document.lang, "meta": meta}
            file.write(jsonl.canonical(row) + b"\n")
