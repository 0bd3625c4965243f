"""``annotations/``: the gold corpus as text files under version control.

::

    documents/<xx>.jsonl   one document per line, sorted by id: those that the other files are
                           about, and those that were cloned from a Doccano project
    gold/<xx>.jsonl        the newest revision of each document, sorted by id
    history/<xx>.jsonl     the revisions before it, sorted by id and number
    tasks/<xx>.jsonl       who was asked to annotate what, where annotators work independently
    layers/<xx>.jsonl      what each of them annotated, and further columns of token tables, sorted
                           by id and name
    releases/<version>.json  and <version>.md, its data card
    CHANGELOG.md           one section per release

``<xx>`` is the first two hex digits of the document id, so that documents stay in their file when
the corpus grows. The files are written from the store: equal content gives equal bytes, and no line
is written twice. An empty store can be filled from these files alone.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path

import msgspec

from curate.errors import InputError
from curate.model import Annotation, Assignment, Document, Release, Revision
from curate.release import card
from curate.store.transaction import Transaction
from curate.util import jsonl


def save(tx: Transaction, folder: Path) -> list[Path]:
    """Write the corpus; returns the files that changed, sorted.

    The queries are sorted by document, so that no more than one file is held in memory.
    """
    tasks = tx.assignments()
    annotated = {layer.document for layer in tx.file_layers()}
    kept = tx.documents_with_gold() | tasks.keys() | annotated
    documents = (each for each in tx.documents() if each.id in kept or is_cloned(each))
    changed = _shards(folder / "documents", ((d.id, d) for d in documents))
    changed += _shards(folder / "gold", _revisions(tx, newest=True))
    changed += _shards(folder / "history", _revisions(tx, newest=False))
    changed += _shards(folder / "tasks", tasks.items())
    changed += _shards(folder / "layers", ((a.document, a) for a in tx.file_layers()))
    for name, data in derived_files(tx.releases()).items():
        if jsonl.write(folder / name, data):
            changed.append(folder / name)
    return sorted(changed)


def is_cloned(document: Document) -> bool:
    """Whether a document came from a Doccano project, so that no article of it can be ingested."""
    return "cloned" in document.meta


def _revisions(tx: Transaction, newest: bool) -> Iterator[tuple[str, Revision]]:
    """The newest revision of each document, or all earlier ones, sorted by document and number."""
    before: Revision | None = None
    for revision in chain(tx.history(), [None]):
        last = revision is None or before is None or before.document != revision.document
        if before is not None and last == newest:
            yield before.document, before
        before = revision


def load(tx: Transaction, folder: Path) -> int:
    """Fill an empty store from the files; returns the number of revisions read.

    Raises:
        InputError: a line is not valid, or a document's text does not match its id.
    """
    for path in sorted((folder / "documents").glob("*.jsonl")):
        for document in jsonl.read(path, Document):
            _check(document, path)
            tx.add_document(document)
    revisions = [
        revision
        for part in ("history", "gold")
        for path in sorted((folder / part).glob("*.jsonl"))
        for revision in jsonl.read(path, Revision)
    ]
    for revision in sorted(revisions, key=lambda r: (r.document, r.number)):
        tx.add_revision(revision)
    import_people(tx, folder)
    for path in sorted((folder / "releases").glob("*.json")):
        tx.add_release(read_release(path))
    return len(revisions)


def import_people(tx: Transaction, folder: Path) -> None:
    """Import tasks and annotators' layers that the store does not have.

    An assignment that both have is done by everybody who did it in one of them. Files that did not
    change since the last import are not read.
    """
    paths = [path for part in ("tasks", "layers") for path in (folder / part).glob("*.jsonl")]
    stamp = ",".join(sorted(f"{p.name}-{p.stat().st_size}-{p.stat().st_mtime_ns}" for p in paths))
    key = stamp_key("people", folder)
    if tx.info(key) == stamp:
        return
    for path in sorted((folder / "tasks").glob("*.jsonl")):
        for task in jsonl.read(path, Assignment):
            stored = tx.assignment(task.document) or task
            tx.put_assignment(msgspec.structs.replace(stored, done={**task.done, **stored.done}))
    for path in sorted((folder / "layers").glob("*.jsonl")):
        for layer in jsonl.read(path, Annotation):
            if tx.annotation(layer.document, layer.layer) is None:
                tx.put_annotation(layer)
    tx.set_info(key, stamp)


def stamp_key(what: str, folder: Path) -> str:
    """Key of the stamps of a folder's files in the store, which several folders may share."""
    return f"{what} {platform.node()}:{folder.resolve()}"


def _check(document: Document, path: Path) -> None:
    if jsonl.document_id(document.text) != document.id:
        raise InputError(
            f"the text of document {document.id} does not match its id",
            "restore the file from version control",
            where=str(path),
        )


def read_release(path: Path) -> Release:
    """Read the manifest of a release.

    Raises:
        InputError: the file is not a manifest.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Release)
    except msgspec.MsgspecError as error:
        hint = "restore the file from version control"
        raise InputError(f"not a valid release ({error})", hint, where=str(path)) from error


def _shards(folder: Path, items: Iterable[tuple[str, object]]) -> list[Path]:
    """Write items, sorted by key, into one file for each pair of first digits of their keys."""
    written: set[Path] = set()
    changed: list[Path] = []
    for shard, group in groupby(items, key=lambda item: item[0][:2]):
        path = folder / f"{shard}.jsonl"
        written.add(path)
        if jsonl.write(path, b"".join(jsonl.canonical(item) + b"\n" for _, item in group)):
            changed.append(path)
    for path in set(folder.glob("*.jsonl")) - written:
        path.unlink()
        changed.append(path)
    return changed


def derived_files(releases: list[Release]) -> dict[str, bytes]:
    """The files about releases, by name: manifests, data cards and changelog."""
    files: dict[str, bytes] = {}
    for release in releases:
        files[f"releases/{release.version}.json"] = card.manifest_json(release)
        files[f"releases/{release.version}.md"] = card.data_card(release).encode()
    if releases:
        files["CHANGELOG.md"] = card.changelog(releases).encode()
    return files
