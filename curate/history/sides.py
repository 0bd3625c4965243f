"""What can be compared: a release, the gold as it is, a revision, a layer, or files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from curate import release
from curate.errors import InputError
from curate.layers import GOLD
from curate.model import Annotation, Document, Problem, Release, Revision
from curate.store.transaction import Transaction
from curate.util import jsonl

Kind = Literal["release", "gold", "revision", "layer", "file"]

_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_REVISION = re.compile(r"([0-9a-f]+)@(\d+)")


class SideDocument(NamedTuple):
    """One document on one side; ``revision`` is 0 where it is none of the gold's."""

    document: Document
    annotation: Annotation
    revision: int = 0


class DiffSide(NamedTuple):
    """One side of a comparison; ``items`` streams it, sorted by document."""

    name: str
    kind: Kind
    items: Callable[[], Iterator[SideDocument]]
    only: str = ""

    @property
    def partial(self) -> bool:
        """Whether a document that it lacks may merely not have been looked at."""
        return self.kind == "layer"


def diff_side(tx: Transaction, name: str, root: Path) -> DiffSide:
    """The side with this name.

    Args:
        name: ``gold``, a release such as ``0.1.0``, a revision such as ``1a2e@3``, a layer such as
            ``proposal``, or a file or folder; ``FILE#LAYER`` chooses one of a file's layers.
        root: the folder that paths start from.

    Raises:
        InputError: there is nothing of this name.
        ReleaseError: there is no such release.
    """
    if name == GOLD:
        return DiffSide(name, "gold", lambda: _gold(tx))
    if _RELEASE.fullmatch(name):
        found = named_release(tx, name)
        return DiffSide(name, "release", lambda: _release(tx, found))
    if match := _REVISION.fullmatch(name):
        return _revision(tx, match[1], int(match[2]))
    path, _, layer = name.partition("#")
    if (root / path).exists():
        return DiffSide(name, "file", lambda: _files(root / path, layer))
    layers = tx.layer_names()
    if name in layers:
        return DiffSide(name, "layer", lambda: _layer(tx, name))
    known = [GOLD, *tx.release_versions(), *layers]
    hint = f"choose of {', '.join(known)}, a revision such as 1a2e@1, or a file"
    raise InputError(f"nothing here is called {name!r}", hint)


def named_release(tx: Transaction, version: str) -> Release:
    """The release with this version, or the newest one where it is empty.

    Raises:
        ReleaseError: there is none.
    """
    found = tx.release(release.choose_version(tx.release_versions(), version))
    assert found is not None
    return found


def identify(tx: Transaction, prefix: str) -> str:
    """The id of the one document whose id begins so.

    Raises:
        InputError: there is none, or there are several.
    """
    found = tx.find_ids(prefix)
    if len(found) == 1:
        return found[0]
    what = "no document" if not found else f"{len(found)} documents"
    raise InputError(f"{what} with an id that begins with {prefix!r}", "see `curate show`")


def revision(tx: Transaction, prefix: str, number: int) -> tuple[Document, Revision]:
    """A document with one of its revisions.

    Raises:
        InputError: there is no such document or revision.
    """
    return whole(tx, identify(tx, prefix), number)


def whole(tx: Transaction, key: str, number: int) -> tuple[Document, Revision]:
    """The same for a whole id, which costs no search.

    Raises:
        InputError: there is no such document or revision.
    """
    document, found = tx.document(key), tx.revision(key, number)
    if document is None or found is None:
        raise InputError(f"{key} has no revision {number}", f"see `curate log {key}`")
    return document, found


def named_revision(tx: Transaction, name: str) -> tuple[Document, Revision]:
    """A document with the revision that is named so, as in ``1a2e@3``.

    Raises:
        InputError: it is no such name, or there is no such document or revision.
    """
    match = _REVISION.fullmatch(name)
    if match is None:
        raise InputError(f"{name!r} is no revision", "write it as in 1a2e@3")
    return revision(tx, match[1], int(match[2]))


def _revision(tx: Transaction, prefix: str, number: int) -> DiffSide:
    document, found = revision(tx, prefix, number)
    items = [] if found.deleted else [SideDocument(document, found.annotation, found.number)]
    return DiffSide(f"{document.id}@{number}", "revision", lambda: iter(items), document.id)


def _gold(tx: Transaction) -> Iterator[SideDocument]:
    for document, head in tx.heads():
        if not head.deleted:
            yield SideDocument(document, head.annotation, head.number)


def _release(tx: Transaction, found: Release) -> Iterator[SideDocument]:
    for entry in found.entries:
        document, held = whole(tx, entry.document, entry.revision)
        yield SideDocument(document, held.annotation, held.number)


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
    for path in sorted((folder / "gold").glob("*.jsonl")):
        texts = {d.id: d for d in jsonl.read(folder / "documents" / path.name, Document)}
        newest = {revision.document: revision for revision in jsonl.read(path, Revision)}
        for key, found in sorted(newest.items()):
            if key not in texts:
                hint = "restore the file from version control"
                raise InputError(f"the text of {key} is missing", hint, where=str(path))
            if not found.deleted:
                yield SideDocument(texts[key], found.annotation)


def _read(path: Path, layer: str) -> Iterator[SideDocument]:
    from curate import ingest

    for source in ingest.files([path]):
        for found in ingest.read_annotated(source):
            taken = found if isinstance(found, Problem) else ingest.to_document(found)
            if isinstance(taken, Problem):
                raise InputError(taken.message, taken.hint, taken.where)
            yield SideDocument(taken.item.document, _one(taken.item.layers, layer, source))


def _one(layers: tuple[Annotation, ...], wanted: str, source: Path) -> Annotation:
    named = [each for each in layers if wanted in ("", each.layer)]
    if len(named) == 1:
        return named[0]
    if not layers:
        return Annotation(document="", layer="file")
    names = ", ".join(each.layer for each in layers)
    hint = f"name one, as in {source.name}#{layers[0].layer}"
    raise InputError(f"{source} has the layers {names}", hint)
