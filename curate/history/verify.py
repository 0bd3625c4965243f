"""Recompute everything a release promises, from the store and from ``annotations/``.

Every finding names what differs: the file and line, the document and revision, and the field.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate import release
from curate.layers import ANNOTATOR
from curate.model import Entry, Problem, Record, Release
from curate.schema import Schema
from curate.store.files import derived
from curate.store.scan import CorpusLine, Key, label, line_entry, problem, scan, shards, where
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace


class VerifyResult(Record, frozen=True, kw_only=True):
    """What ``verify`` looked at, and what it found.

    Args:
        releases: versions of the releases that were computed again.
        documents: number of documents in ``annotations/``; ``revisions``: of revisions.
        problems: everything that differs, sorted by place.
    """

    releases: tuple[str, ...]
    documents: int
    revisions: int
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing of severity ``error`` differs."""
        return all(found.severity != "error" for found in self.problems)


def verify_store(tx: Transaction, folder: Path, schema: Schema, version: str = "") -> VerifyResult:
    """Compute releases again, from the store and from the files, and compare both line by line.

    Args:
        folder: ``annotations/``.
        schema: the label schema as it is now.
        version: one release; all of them by default.

    Raises:
        ReleaseError: there is no such release.
    """
    releases = tx.releases()
    chosen = [release.choose_release(releases, version)] if version else releases
    found: list[Problem] = []
    for each in chosen:
        found += manifest(each, releases, schema)
        found += _stored(tx, each)
    documents = revisions = 0
    for shard in _all_shards(tx, folder):
        lines = _read(folder, shard, found)
        documents += len(lines["documents"])
        revisions += len(lines["gold"]) + len(lines["history"])
        found += _compared(tx, lines, folder, shard)
        found += _rebuilt(chosen, lines, shard)
    found += _derived(releases, folder)
    unique = tuple(dict.fromkeys(found))
    return VerifyResult(
        releases=tuple(each.version for each in chosen),
        documents=documents,
        revisions=revisions,
        problems=unique,
    )


def manifest(found: Release, releases: Iterable[Release], schema: Schema) -> Iterator[Problem]:
    """What is wrong with a release's manifest in itself."""
    name = f"release {found.version}"
    computed = release.digest(found.entries, found.schema_digest)
    if computed != found.digest:
        yield problem("digest", f"{name}: the digest of its entries is {computed}", _file(found))
    if not release.seal_matches(found):
        yield problem("seal", f"{name}: {release.BROKEN_SEAL}", _file(found))
    ids = [entry.document for entry in found.entries]
    if ids != sorted(set(ids)):
        yield problem(
            "entries", f"{name}: its entries are not sorted, or stand twice", _file(found)
        )
    versions = sorted((each.version for each in releases), key=release.version_key)
    place = versions.index(found.version) if found.version in versions else 0
    parent = versions[place - 1] if place else ""
    if found.parent != parent:
        what = f"{name}: its parent is {found.parent or 'none'} where {parent or 'none'} is before"
        yield problem("parent", what, _file(found))
    astray = {one for ids in found.splits.values() for one in ids} - set(ids)
    for one in sorted(astray):
        yield problem("splits", f"{name}: a split has a document it does not hold", "", one)
    if found.schema == schema.id and found.schema_digest != schema.digest:
        yield Problem(
            code="verify.schema",
            message=f"{name} was made under {found.schema} with another content than it has now",
            severity="warning",
            hint="raise the version of the schema with every change of it",
        )


def difference(before: Any, after: Any, path: str = "") -> str:
    """The first field in which two values differ, such as ``spans[3].end: 45 became 46``."""
    old, new = (
        each if isinstance(each, dict | list | tuple) else msgspec.to_builtins(each)
        for each in (before, after)
    )
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                inner = f"{path}.{name}" if path else name
                return difference(old.get(name), new.get(name), inner)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        if len(old) != len(new):
            return f"{path}: {len(old)} became {len(new)}"
        for place, pair in enumerate(zip(old, new, strict=True)):
            if pair[0] != pair[1]:
                return difference(*pair, f"{path}[{place}]")
    return f"{path}: {_short(old)} became {_short(new)}"


def _short(value: Any) -> str:
    told = "nothing" if value is None else repr(value)
    return told if len(told) <= 60 else f"{told[:57]}…"


def _file(found: Release) -> str:
    return f"annotations/releases/{found.version}.json"


def _stored(tx: Transaction, found: Release) -> Iterator[Problem]:
    """What the store has not as the release says, and counts that are not those of its entries."""
    counts: Counter[str] = Counter()
    for entry in found.entries:
        name = f"release {found.version}: {entry.document}@{entry.revision}"
        document = tx.document(entry.document)
        revision = tx.revision(entry.document, entry.revision)
        if document is None or revision is None:
            yield problem("missing", f"{name} is not in the store", "store", entry.document)
            continue
        counts.update(release.revision_counts(revision))
        if release.entry(document, revision) != entry:
            what = f"{name} is not in the store what it holds"
            yield problem("differs", what, "store", entry.document)
    if dict(counts) != found.counts and counts["documents"] == len(found.entries):
        what = f"its counts are not those of its entries: {difference(found.counts, dict(counts))}"
        yield problem("counts", f"release {found.version}: {what}", _file(found))


def _all_shards(tx: Transaction, folder: Path) -> list[str]:
    stored = {f"{key[:2]}.jsonl" for key in tx.document_ids()}
    return sorted(stored | set(shards(folder)))


def _read(folder: Path, shard: str, found: list[Problem]) -> dict[str, dict[Key, CorpusLine]]:
    lines: dict[str, dict[Key, CorpusLine]] = {}
    for kind in ("documents", "gold", "history", "tasks", "layers"):
        lines[kind] = {}
        for item in scan(folder, kind, shard):
            if isinstance(item, Problem):
                found.append(item)
            else:
                lines[kind][item.key] = item
    return lines


def _compared(
    tx: Transaction, lines: Mapping[str, Mapping[Key, CorpusLine]], folder: Path, shard: str
) -> Iterator[Problem]:
    """Files against the store, line by line."""
    for kind, wanted in _expected(tx, shard.removesuffix(".jsonl")).items():
        path = folder / kind / shard
        for key in sorted(wanted.keys() | lines[kind].keys(), key=str):
            line, row = lines[kind].get(key), wanted.get(key)
            if line is None:
                what = f"{label(key)} is in the store and not in the file"
                yield problem("missing", what, where(path), key[0])
            elif row is None:
                what = f"{label(key)} is in the file and not so in the store"
                yield problem("unknown", what, line.where, key[0])
            elif line.row != row:
                what = f"{label(key)} differs from the store: {difference(row, line.row)}"
                yield problem("differs", what, line.where, key[0])


def _expected(tx: Transaction, prefix: str) -> dict[str, dict[Key, Any]]:
    """What the files of a shard would hold if they were written now."""
    kept: dict[str, dict[Key, Any]] = {"documents": {}, "gold": {}, "history": {}}
    kept |= {"tasks": {}, "layers": {}}
    for key in tx.find_ids(prefix):
        revisions = tx.revisions(key)
        kept["gold"].update({(key, r.number): r for r in revisions[:1]})
        kept["history"].update({(key, r.number): r for r in revisions[1:]})
        if (assignment := tx.assignment(key)) is not None:
            kept["tasks"][key, 0] = assignment
        people = tx.annotations(key, ANNOTATOR)
        kept["layers"].update({(key, said.layer): said for said in people})
        if revisions or people or assignment is not None:
            kept["documents"][key, 0] = tx.document(key)
    return kept


def _rebuilt(
    chosen: Iterable[Release], lines: Mapping[str, Mapping[Key, CorpusLine]], shard: str
) -> Iterator[Problem]:
    """The entries of each release computed from the bytes of the files alone."""
    revisions = {**lines["history"], **lines["gold"]}
    prefix = shard.removesuffix(".jsonl")
    wanted: dict[str, list[Entry]] = defaultdict(list)
    for each in chosen:
        wanted[each.version] += [e for e in each.entries if e.document.startswith(prefix)]
    for version, entries in wanted.items():
        for entry in entries:
            name = f"release {version}: {entry.document}@{entry.revision}"
            document = lines["documents"].get((entry.document, 0))
            revision = revisions.get((entry.document, entry.revision))
            if document is None or revision is None:
                place = f"annotations/*/{shard}"
                yield problem("release", f"{name} is not in the files", place, entry.document)
            elif line_entry(document, revision) != entry:
                what = f"{name} is not in the files what it holds"
                yield problem("release", what, revision.where, entry.document)


def _derived(releases: list[Release], folder: Path) -> Iterator[Problem]:
    """Manifests, data cards and changelog as they would be written now."""
    wanted = derived(releases)
    for name, data in wanted.items():
        path = folder / name
        if not path.exists():
            what = "it is missing; the store has what it is made from"
            found = problem("missing", what, f"annotations/{name}")
            told = not name.endswith(".json")  # a text for people, which the next save writes
            yield msgspec.structs.replace(found, severity="warning") if told else found
        elif (there := path.read_bytes()) != data:
            number = _first_line(data, there)
            what = f"it is not as curate writes it, from line {number} on"
            yield problem("written", what, f"annotations/{name}:{number}")
    for path in sorted((folder / "releases").glob("*.json")):
        if f"releases/{path.name}" not in wanted:
            what = "a release that the store does not have"
            yield problem("unknown", what, f"annotations/releases/{path.name}")


def _first_line(wanted: bytes, there: bytes) -> int:
    pairs = zip(wanted.split(b"\n"), there.split(b"\n"), strict=False)
    for number, (a, b) in enumerate(pairs, 1):
        if a != b:
            return number
    return min(wanted.count(b"\n"), there.count(b"\n")) + 1


def verify(workspace: Workspace, version: str = "") -> VerifyResult:
    """Compute one release, or all, again from the store and from ``annotations/``."""
    from curate.store import reconcile

    # Not ``store``: what went apart must be told here, and not stand in the way.
    with workspace.opened.begin() as tx:
        if tx.is_empty():
            reconcile.take_up(tx, workspace.annotations)
    with workspace.opened.read() as tx:
        return verify_store(tx, workspace.annotations, workspace.schema, version)
