"""Take up in the store what version control brought into ``annotations/``.

Files that are ahead of the store are followed. Where the store has revisions that the files do not
have, and the other way round, nothing is written and the refusal says so; ``merge=True`` joins both
by the three-way merge. Revisions of ours that stand in the files under other numbers, because
somebody merged our branch there, are ours still: then the store only counts anew.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from pathlib import Path

import msgspec

from curate import release
from curate.annotations.merge import Conflict
from curate.errors import InputError, ReleaseError, StoreError
from curate.model import Annotation, Assignment, Document, Problem, Record, Release, Revision
from curate.store import files, fork
from curate.store.scan import HINT, KINDS, CorpusLine, Row, scan, where
from curate.store.transaction import Transaction
from curate.util import jsonl

_STAMPS = "annotations"
_DAMAGE = ("verify.line", "verify.text")


class ReconcileResult(Record, frozen=True, kw_only=True):
    """What was taken up from the files.

    Args:
        documents: number of documents that are new.
        revisions: number of revisions that are new.
        releases: versions that are new.
        renumbered: documents whose revisions got other numbers.
        conflicts: documents that two branches changed differently in one place.
        behind: number of documents of which the store has more than the files.
    """

    documents: int = 0
    revisions: int = 0
    releases: tuple[str, ...] = ()
    renumbered: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    behind: int = 0

    @property
    def nothing(self) -> bool:
        """Whether the store already had all of it."""
        return self == ReconcileResult(behind=self.behind)


def take_up(tx: Transaction, folder: Path, merge: bool = False) -> ReconcileResult:
    """Bring the store up to the files; files that did not change since the last time are not read.

    Args:
        folder: ``annotations/``.
        merge: join what went apart, with the files' side as ours.

    Raises:
        InputError: a line cannot be read, or a revision is missing.
        StoreError: store and files went apart.
        ReleaseError: a release is not what its digest says.
    """
    stamps = _stamps(folder)
    key = files.seen(_STAMPS, folder)
    known = msgspec.json.decode(tx.info(key) or "{}", type=dict[str, str])
    changed = {name for name, stamp in stamps.items() if known.get(name) != stamp}
    if not changed:
        return ReconcileResult()
    work = _Work(tx, folder, merge)
    for shard in sorted({name.partition("/")[2] for name in changed if _is_shard(name)}):
        work.take(shard, changed)
    for name in sorted(name for name in changed if name.endswith(".json")):
        work.release(folder / name)
    taken = work.done()
    tx.set_info(key, jsonl.canonical(stamps).decode())
    return taken


def remember(tx: Transaction, folder: Path) -> None:
    """Note that the files are as the store wrote them just now."""
    tx.set_info(files.seen(_STAMPS, folder), jsonl.canonical(_stamps(folder)).decode())


class _Work:
    """What is taken up, file by file, and what cannot be."""

    def __init__(self, tx: Transaction, folder: Path, merge: bool) -> None:
        self._tx = tx
        self._folder = folder
        self._merge = merge
        self._documents = self._revisions = self._behind = 0
        self._releases: list[str] = []
        self._renumbered: list[str] = []
        self._conflicts: list[str] = []
        self._apart: list[str] = []

    def take(self, shard: str, changed: set[str]) -> None:
        """Take up one shard."""
        for line in self._lines("documents", shard):
            if isinstance(line.row, Document):
                self._document(line.row)
        settled, newest = self._revisions_of("history", shard), self._revisions_of("gold", shard)
        for key in sorted(settled.keys() | newest.keys()):
            self._lines_of(key, settled.get(key, []), newest.get(key, []), shard)
        for kind, put in (("tasks", self._task), ("layers", self._layer)):
            if f"{kind}/{shard}" in changed:
                for line in self._lines(kind, shard):
                    put(line.row)

    def release(self, path: Path) -> None:
        """Take up one release."""
        found = _release(path)
        known = self._tx.release(found.version)
        if known is None:
            self._tx.add_release(found)
            self._releases.append(found.version)
        elif known != found:
            self._apart.append(f"release {found.version}")

    def done(self) -> ReconcileResult:
        """What was taken up.

        Raises:
            StoreError: some of it cannot be.
        """
        if self._apart:
            some = ", ".join(self._apart[:5]) + (", …" if len(self._apart) > 5 else "")
            hint = "join them with `curate reconcile --merge`, or put the store's side back with "
            hint += "`git checkout -- annotations`"
            raise StoreError(
                f"annotations/ and the store went apart in {len(self._apart)} places ({some})",
                hint,
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
        elif self._tx.document(document.id) != document:
            self._apart.append(document.id)

    def _lines_of(
        self, key: str, settled: list[Revision], newest: list[Revision], shard: str
    ) -> None:
        stored = self._tx.revisions(key)[::-1]
        known = {revision.number: revision for revision in stored}
        if all(known.get(each.number) == each for each in (*settled, *newest)):
            # Nothing to take up, not even if a line is missing: another process may be writing
            # these files just now, and what is missing is written by the next save.
            self._behind += len(stored) > len({each.number for each in (*settled, *newest)})
            return
        place = where(self._folder / "gold" / shard)
        self._chain(key, stored, fork.chain(settled, newest, place))

    def _chain(self, key: str, stored: list[Revision], lines: list[Revision]) -> None:
        found = list(fork.unless_known(lines, stored))
        same = fork.common_length(stored, found)
        if same == len(stored):
            for revision in found[same:]:
                self._tx.add_revision(revision)
        elif version := self._released(key, same):
            self._apart.append(f"{key}, which release {version} holds otherwise")
            return
        elif self._merge or fork.holds(found, stored[same:]):
            held = fork.holds(found, stored[same:])
            found = found if held else fork.graft(found, stored)[0]
            self._tx.replace_revisions(key, found)
            self._renumbered.append(key)
        else:
            self._apart.append(key)
            return
        self._revisions += len(found) - len(stored)
        self._open(key, fork.rejoined(found))

    def _open(self, key: str, conflicts: tuple[Conflict, ...]) -> None:
        if conflicts:
            before = self._tx.conflicts_of(key)
            fresh = tuple(each for each in conflicts if each not in before)
            self._tx.put_conflicts(key, "", (*before, *fresh))
            self._conflicts.append(key)

    def _released(self, key: str, same: int) -> str:
        """The release of ours that holds a revision beyond the common ones, which has to stay."""
        held = self._held.get(key, {})
        return next((version for number, version in held.items() if number > same), "")

    @cached_property
    def _held(self) -> dict[str, dict[int, str]]:
        """The highest release that holds each revision of each document."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for each in self._tx.iter_releases():
            for entry in each.entries:
                found[entry.document].setdefault(entry.revision, each.version)
        return found

    def _task(self, row: Row) -> None:
        if isinstance(row, Assignment) and self._tx.assignment(row.document) != row:
            self._tx.put_assignment(row)

    def _layer(self, row: Row) -> None:
        if isinstance(row, Annotation) and self._tx.annotation(row.document, row.layer) != row:
            self._tx.put_annotation(row)

    def _revisions_of(self, kind: str, shard: str) -> dict[str, list[Revision]]:
        found: dict[str, list[Revision]] = defaultdict(list)
        for line in self._lines(kind, shard):
            if isinstance(line.row, Revision):
                found[line.row.document].append(line.row)
        return found

    def _lines(self, kind: str, shard: str) -> list[CorpusLine]:
        lines: list[CorpusLine] = []
        for item in scan(self._folder, kind, shard):
            if isinstance(item, CorpusLine):
                lines.append(item)
            elif item.code in _DAMAGE:
                raise _refusal(item)
        return lines


def _refusal(found: Problem) -> InputError:
    return InputError(found.message, HINT, found.where)


def _release(path: Path) -> Release:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Release)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"not a valid release ({error})", HINT, where(path)) from error
    computed = release.digest(found.entries, found.schema_digest)
    if computed != found.digest or path.stem != found.version:
        raise ReleaseError(f"{where(path)} is not what its digest says", HINT)
    return found


def _is_shard(name: str) -> bool:
    return name.partition("/")[0] in KINDS


def _stamps(folder: Path) -> dict[str, str]:
    """Size and time of change of every file, by its name under the folder."""
    found: dict[str, str] = {}
    sources: list[tuple[str, str]] = [(kind, "*.jsonl") for kind in KINDS]
    for kind, pattern in [*sources, ("releases", "*.json")]:
        for path in (folder / kind).glob(pattern):
            status = path.stat()
            found[f"{kind}/{path.name}"] = f"{status.st_size}-{status.st_mtime_ns}"
    return dict(sorted(found.items()))
