"""What ``curate diff`` can compare: a release, the gold, a revision, a layer, or files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from curate.errors import InputError
from curate.history.names import RELEASE, REVISION, named_release, named_revision, revision_of
from curate.layers import GOLD
from curate.model import Annotation, Document, Problem, Release, Revision
from curate.store.transaction import Transaction
from curate.util import jsonl

SideKind = Literal["release", "gold", "revision", "layer", "file"]


class SideDocument(NamedTuple):
    """One document on one side; ``revision`` is 0 where it is not a revision of the gold."""

    document: Document
    annotation: Annotation
    revision: int = 0


class DiffSide(NamedTuple):
    """One side of a comparison.

    Args:
        name: as it was asked for.
        kind: what it is.
        documents: streams its documents, sorted by id.
        only: id of the document, where the side is a single revision.
    """

    name: str
    kind: SideKind
    documents: Callable[[], Iterator[SideDocument]]
    only: str = ""

    @property
    def partial(self) -> bool:
        """Whether it may lack a document only because the layer was never made for it."""
        return self.kind == "layer"


def diff_side(tx: Transaction, name: str, root: Path) -> DiffSide:
    """The side with this name.

    Args:
        name: ``gold``, a release such as ``0.1.0``, a revision such as ``1a2e@3``, a layer such as
            ``proposal``, or a file or folder; ``FILE#LAYER`` chooses one of a file's layers.
        root: the folder that paths are relative to.

    Raises:
        InputError: nothing has this name.
        ReleaseError: there is no such release.
    """
    if name == GOLD:
        return DiffSide(name, "gold", lambda: _gold(tx))
    if RELEASE.fullmatch(name):
        release = named_release(tx, name)
        return DiffSide(name, "release", lambda: _release(tx, release))
    if REVISION.fullmatch(name):
        return _revision(tx, name)
    path, _, layer = name.partition("#")
    if (root / path).exists():
        return DiffSide(name, "file", lambda: _files(root / path, layer))
    layers = tx.layer_names()
    if name in layers:
        return DiffSide(name, "layer", lambda: _layer(tx, name))
    names = ", ".join([GOLD, *tx.release_versions(), *layers])
    raise InputError(
        f"{name!r} is not a release, revision, layer or file",
        f"choose one of {names}, a revision such as 1a2e@1, or a file",
    )


def _gold(tx: Transaction) -> Iterator[SideDocument]:
    for document, head in tx.heads():
        if not head.deleted:
            yield SideDocument(document, head.annotation, head.number)


def _release(tx: Transaction, release: Release) -> Iterator[SideDocument]:
    for entry in release.entries:
        document, revision = revision_of(tx, entry.document, entry.revision)
        yield SideDocument(document, revision.annotation, revision.number)


def _revision(tx: Transaction, name: str) -> DiffSide:
    document, revision = named_revision(tx, name)
    item = SideDocument(document, revision.annotation, revision.number)
    return DiffSide(
        f"{document.id}@{revision.number}",
        "revision",
        lambda: iter([] if revision.deleted else [item]),
        document.id,
    )


def _layer(tx: Transaction, name: str) -> Iterator[SideDocument]:
    for key in tx.document_ids():
        annotation, document = tx.annotation(key, name), tx.document(key)
        if annotation is not None and document is not None:
            yield SideDocument(document, annotation)


def _files(path: Path, layer: str) -> Iterator[SideDocument]:
    if (path / "gold").is_dir() and (path / "documents").is_dir():
        return _annotations(path)
    return iter(sorted(_read(path, layer), key=lambda item: item.document.id))


def _annotations(folder: Path) -> Iterator[SideDocument]:
    """The gold in a folder ``annotations/`` of another workspace."""
    for path in sorted((folder / "gold").glob("*.jsonl")):
        texts = {d.id: d for d in jsonl.read(folder / "documents" / path.name, Document)}
        newest = {revision.document: revision for revision in jsonl.read(path, Revision)}
        for key, revision in sorted(newest.items()):
            if key not in texts:
                raise InputError(
                    f"the text of {key} is missing",
                    "restore the file from version control",
                    where=str(path),
                )
            if not revision.deleted:
                yield SideDocument(texts[key], revision.annotation)


def _read(path: Path, layer: str) -> Iterator[SideDocument]:
    from curate.formats.sources import read_annotated, source_files
    from curate.formats.to_document import to_document

    for source in source_files([path]):
        for row in read_annotated(source):
            read = row if isinstance(row, Problem) else to_document(row)
            if isinstance(read, Problem):
                raise InputError(read.message, read.hint, read.where)
            yield SideDocument(read.item.document, _choose_layer(read.item.layers, layer, source))


def _choose_layer(layers: tuple[Annotation, ...], wanted: str, source: Path) -> Annotation:
    chosen = [layer for layer in layers if wanted in ("", layer.layer)]
    if len(chosen) == 1:
        return chosen[0]
    if not layers:
        return Annotation(document="", layer="file")
    names = ", ".join(layer.layer for layer in layers)
    raise InputError(
        f"{source} has the layers {names}",
        f"name one of them, as in {source.name}#{layers[0].layer}",
    )
