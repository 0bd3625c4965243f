"""Bring the store up to what version control brought into ``annotations/``.

Files that are ahead of the store are imported. Where each side has revisions that the other one
lacks, nothing is written and the refusal names the documents; ``merge=True`` merges both sides.
Revisions of ours that are in the files under other numbers, because somebody merged our branch
there, count as ours: then the store only renumbers its own.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from pathlib import Path

import msgspec

from curate import release
from curate.annotations.merge import Conflict
from curate.errors import InputError, ReleaseError, StoreError
from curate.model import Annotation, Assignment, Document, Record, Release, Revision
from curate.store import files, fork
from curate.store.scan import HINT, KINDS, CorpusLine, Row, scan, where
from curate.store.transaction import Transaction
from curate.util import jsonl

_STAMPS = "annotations"
_DAMAGE = ("verify.line", "verify.text")
_SHOWN = 5  # diverged documents that a message names


class ReconcileResult(Record, frozen=True, kw_only=True):
    """What was imported from the files.

    Args:
        documents: number of new documents.
        revisions: number of new revisions.
        releases: versions of new releases.
        renumbered: ids of documents whose revisions got other numbers.
        conflicts: ids of documents that both sides changed differently in one place.
        behind: number of documents of which the store has more revisions than the files.
    """

    documents: int = 0
    revisions: int = 0
    releases: tuple[str, ...] = ()
    renumbered: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    behind: int = 0

    @property
    def nothing(self) -> bool:
        """Whether the store had everything already."""
        return self == ReconcileResult(behind=self.behind)


def take_up(tx: Transaction, folder: Path, merge: bool = False) -> ReconcileResult:
    """Import what is new in the files; files that did not change since the last time are not read.

    Args:
        folder: ``annotations/``.
        merge: merge documents that diverged; the files count as our side.

    Raises:
        InputError: a line cannot be read, or a revision is missing.
        StoreError: store and files diverged, and ``merge`` is not set.
        ReleaseError: a release does not match its digest.
    """
    stamps = _stamps(folder)
    key = files.stamp_key(_STAMPS, folder)
    stored = msgspec.json.decode(tx.info(key) or "{}", type=dict[str, str])
    changed = {name for name, stamp in stamps.items() if stored.get(name) != stamp}
    if not changed:
        return ReconcileResult()
    run = _Import(tx, folder, merge)
    for shard in sorted({name.partition("/")[2] for name in changed if _is_shard(name)}):
        run.shard(shard, changed)
    for name in sorted(name for name in changed if name.endswith(".json")):
        run.release(folder / name)
    result = run.result()
    tx.set_info(key, jsonl.canonical(stamps).decode())
    return result


def remember(tx: Transaction, folder: Path) -> None:
    """Record that the files are what the store has just written."""
    tx.set_info(files.stamp_key(_STAMPS, folder), jsonl.canonical(_stamps(folder)).decode())


class _Import:
    """One import, shard by shard, and the documents that diverged."""

    def __init__(self, tx: Transaction, folder: Path, merge: bool) -> None:
        self._tx = tx
        self._folder = folder
        self._merge = merge
        self._documents = self._revisions = self._behind = 0
        self._releases: list[str] = []
        self._renumbered: list[str] = []
        self._conflicts: list[str] = []
        self._diverged: list[str] = []

    def shard(self, shard: str, changed: set[str]) -> None:
        """Import one shard."""
        for line in self._lines("documents", shard):
            if isinstance(line.row, Document):
                self._document(line.row)
        older, newest = self._revisions_of("history", shard), self._revisions_of("gold", shard)
        for key in sorted(older.keys() | newest.keys()):
            self._revision_lines(key, older.get(key, []), newest.get(key, []), shard)
        for kind, put in (("tasks", self._task), ("layers", self._layer)):
            if f"{kind}/{shard}" in changed:
                for line in self._lines(kind, shard):
                    put(line.row)

    def release(self, path: Path) -> None:
        """Import one release."""
        manifest = _read_release(path)
        stored = self._tx.release(manifest.version)
        if stored is None:
            self._tx.add_release(manifest)
            self._releases.append(manifest.version)
        elif stored != manifest:
            self._diverged.append(f"release {manifest.version}")

    def result(self) -> ReconcileResult:
        """What was imported.

        Raises:
            StoreError: store and files diverged.
        """
        if self._diverged:
            names = self._diverged[:_SHOWN] + ["…"] * (len(self._diverged) > _SHOWN)
            raise StoreError(
                f"annotations/ and the store diverged in {len(self._diverged)} places "
                f"({', '.join(names)})",
                "merge them with `curate reconcile --merge`, or restore the store's version with "
                "`git checkout -- annotations`",
            )
        return ReconcileResult(
            documents=self._documents,
            revisions=self._revisions,
            releases=tuple(self._releases),
            renumbered=tuple(self._renumbered),
            conflicts=tuple(self._conflicts),
            behind=self._behind,
        )

    def _document(self, document: Document) -> None:
        if self._tx.add_document(document):
            self._documents += 1
            return
        stored = self._tx.document(document.id)
        if stored == document:
            return
        if stored in document.versions:
            self._tx.replace_document(document)
        elif stored is None or document not in stored.versions:
            self._diverged.append(document.id)

    def _revision_lines(
        self, key: str, older: list[Revision], newest: list[Revision], shard: str
    ) -> None:
        stored = self._tx.revisions(key)[::-1]
        numbered = {revision.number: revision for revision in stored}
        lines = (*older, *newest)
        if all(numbered.get(line.number) == line for line in lines):
            # Nothing to import, even if a line is missing: another process may be writing these
            # files just now, and the next save writes what is missing.
            self._behind += len(stored) > len({line.number for line in lines})
            return
        place = where(self._folder / "gold" / shard)
        self._chain(key, stored, fork.chain_of_lines(older, newest, place))

    def _chain(self, key: str, stored: list[Revision], lines: list[Revision]) -> None:
        chain = list(fork.without_needless_merge(lines, stored))
        same = fork.common_length(stored, chain)
        if same == len(stored):
            for revision in chain[same:]:
                self._tx.add_revision(revision)
        elif version := self._released_beyond(key, same):
            self._diverged.append(f"{key}, of which release {version} has another revision")
            return
        elif self._merge or fork.contains_all(chain, stored[same:]):
            if not fork.contains_all(chain, stored[same:]):
                chain = fork.merge_chains(chain, stored)[0]
            self._tx.replace_revisions(key, chain)
            self._renumbered.append(key)
        else:
            self._diverged.append(key)
            return
        self._revisions += len(chain) - len(stored)
        self._open_conflicts(key, fork.merge_conflicts(chain))

    def _open_conflicts(self, key: str, conflicts: tuple[Conflict, ...]) -> None:
        if conflicts:
            before = self._tx.conflicts_of(key)
            fresh = tuple(conflict for conflict in conflicts if conflict not in before)
            self._tx.put_conflicts(key, "", (*before, *fresh))
            self._conflicts.append(key)

    def _released_beyond(self, key: str, same: int) -> str:
        """A release in the store with a revision beyond the common ones, which must stay."""
        releases = self._releases_by_revision.get(key, {})
        return next((version for number, version in releases.items() if number > same), "")

    @cached_property
    def _releases_by_revision(self) -> dict[str, dict[int, str]]:
        """The highest release with each revision of each document."""
        versions: dict[str, dict[int, str]] = defaultdict(dict)
        for manifest in self._tx.iter_releases():
            for entry in manifest.entries:
                versions[entry.document].setdefault(entry.revision, manifest.version)
        return versions

    def _task(self, row: Row) -> None:
        if isinstance(row, Assignment) and self._tx.assignment(row.document) != row:
            self._tx.put_assignment(row)

    def _layer(self, row: Row) -> None:
        if isinstance(row, Annotation) and self._tx.annotation(row.document, row.layer) != row:
            self._tx.put_annotation(row)

    def _revisions_of(self, kind: str, shard: str) -> dict[str, list[Revision]]:
        revisions: dict[str, list[Revision]] = defaultdict(list)
        for line in self._lines(kind, shard):
            if isinstance(line.row, Revision):
                revisions[line.row.document].append(line.row)
        return revisions

    def _lines(self, kind: str, shard: str) -> list[CorpusLine]:
        lines: list[CorpusLine] = []
        for item in scan(self._folder, kind, shard):
            if isinstance(item, CorpusLine):
                lines.append(item)
            elif item.code in _DAMAGE:
                raise InputError(item.message, HINT, item.where)
        return lines


def _read_release(path: Path) -> Release:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Release)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"not a valid release ({error})", HINT, where(path)) from error
    computed = release.release_digest(manifest.entries, manifest.schema_digest)
    if computed != manifest.digest or path.stem != manifest.version:
        raise ReleaseError(f"{where(path)} does not match its digest or its name", HINT)
    return manifest


def _is_shard(name: str) -> bool:
    return name.partition("/")[0] in KINDS


def _stamps(folder: Path) -> dict[str, str]:
    """Size and time of change of every file, by its name under the folder."""
    stamps: dict[str, str] = {}
    sources: list[tuple[str, str]] = [(kind, "*.jsonl") for kind in KINDS]
    for kind, pattern in [*sources, ("releases", "*.json")]:
        for path in (folder / kind).glob(pattern):
            status = path.stat()
            stamps[f"{kind}/{path.name}"] = f"{status.st_size}-{status.st_mtime_ns}"
    return dict(sorted(stamps.items()))
