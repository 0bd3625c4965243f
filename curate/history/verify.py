"""``curate verify``: recompute everything a release promises.

Releases are computed from the store and from the files in ``annotations/``, and both are compared
line by line. Every problem names the file and line, the document and revision, and the field.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate import release
from curate.layers import IN_FILES
from curate.model import Entry, Problem, Record, Release
from curate.schema import Schema
from curate.store import reconcile
from curate.store.files import derived_files, is_cloned
from curate.store.scan import (
    KINDS,
    CorpusLine,
    Key,
    label,
    problem,
    released_line,
    scan,
    shards,
    where,
)
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

Lines = Mapping[str, Mapping[Key, CorpusLine]]
"""The lines of a shard, by kind and key."""


class VerifyResult(Record, frozen=True, kw_only=True):
    """What ``verify`` compared, and what differs.

    Args:
        releases: versions of the releases that were recomputed.
        documents: number of documents in ``annotations/``.
        revisions: number of revisions in ``annotations/``.
        problems: every difference, releases first.
    """

    releases: tuple[str, ...]
    documents: int
    revisions: int
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no problem is an error."""
        return all(problem.severity != "error" for problem in self.problems)


def verify(workspace: Workspace, version: str = "") -> VerifyResult:
    """Recompute one release, or all, and compare the store with ``annotations/``.

    Args:
        version: of the release; all releases by default.

    Raises:
        ReleaseError: there is no such release.
    """
    folder = workspace.annotations
    # Not ``workspace.store``, which raises where store and files diverged: that is reported here.
    with workspace.opened.begin() as tx:
        if tx.is_empty():
            reconcile.take_up(tx, folder)
    with workspace.opened.read() as tx:
        releases = tx.releases()
        chosen = [release.choose_release(releases, version)] if version else releases
        problems: list[Problem] = []
        for each in chosen:
            problems += _manifest_problems(each, releases, workspace.schema)
            problems += _store_problems(tx, each)
        documents = revisions = 0
        for shard in sorted({f"{key[:2]}.jsonl" for key in tx.document_ids()} | {*shards(folder)}):
            lines, damage = _read(folder, shard)
            documents += len(lines["documents"])
            revisions += len(lines["gold"]) + len(lines["history"])
            problems += damage
            problems += _file_problems(tx, lines, folder, shard)
            problems += _entry_problems(chosen, lines, shard)
        problems += _derived_problems(releases, folder)
    return VerifyResult(
        releases=tuple(each.version for each in chosen),
        documents=documents,
        revisions=revisions,
        problems=tuple(dict.fromkeys(problems)),
    )


def _manifest_problems(
    checked: Release, releases: Iterable[Release], schema: Schema
) -> Iterator[Problem]:
    """What is wrong with a release's manifest in itself."""
    name, file = f"release {checked.version}", _file(checked)
    computed = release.release_digest(checked.entries, checked.schema_digest)
    if computed != checked.digest:
        yield problem("digest", f"{name}: the digest of its entries is {computed}", file)
    if not release.seal_matches(checked):
        yield problem("seal", f"{name}: {release.BROKEN_SEAL}", file)
    ids = [entry.document for entry in checked.entries]
    if ids != sorted(set(ids)):
        yield problem("entries", f"{name}: its entries are not sorted and unique", file)
    versions = sorted((each.version for each in releases), key=release.version_key)
    place = versions.index(checked.version) if checked.version in versions else 0
    parent = versions[place - 1] if place else ""
    if checked.parent != parent:
        message = f"{name}: its parent is {checked.parent or 'none'} instead of {parent or 'none'}"
        yield problem("parent", message, file)
    for key in sorted({key for keys in checked.splits.values() for key in keys} - set(ids)):
        message = f"{name}: a split has a document that the release does not have"
        yield problem("splits", message, "", key)
    if checked.schema == schema.id and checked.schema_digest != schema.digest:
        yield Problem(
            code="verify.schema",
            message=f"the content of {checked.schema} has changed since {name}",
            severity="warning",
            hint="raise the version of the schema with every change of it",
        )


def difference(before: Any, after: Any, path: str = "") -> str:
    """The first field in which two values differ, such as ``spans[3].end: 45 became 46``."""
    old, new = (
        value if isinstance(value, dict | list | tuple) else msgspec.to_builtins(value)
        for value in (before, after)
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
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _file(of: Release) -> str:
    return f"annotations/releases/{of.version}.json"


def _store_problems(tx: Transaction, checked: Release) -> Iterator[Problem]:
    """Entries of a release that the store does not have, and counts that are not theirs."""
    counts: Counter[str] = Counter()
    for entry in checked.entries:
        name = f"release {checked.version}: {entry.document}@{entry.revision}"
        document = tx.document(entry.document)
        revision = tx.revision(entry.document, entry.revision)
        if document is None or revision is None:
            yield problem("missing", f"{name} is not in the store", "store", entry.document)
            continue
        counts.update(release.revision_counts(revision))
        if release.released_version(document, revision, entry) is None:
            message = f"{name} in the store differs from the release"
            yield problem("differs", message, "store", entry.document)
    if dict(counts) != checked.counts and counts["documents"] == len(checked.entries):
        differing = difference(checked.counts, dict(counts))
        message = f"release {checked.version}: its counts are not those of its entries: {differing}"
        yield problem("counts", message, _file(checked))


def _read(folder: Path, shard: str) -> tuple[dict[str, dict[Key, CorpusLine]], list[Problem]]:
    """The lines of a shard, and what is wrong with their layout."""
    lines: dict[str, dict[Key, CorpusLine]] = {kind: {} for kind in KINDS}
    problems: list[Problem] = []
    for kind in KINDS:
        for item in scan(folder, kind, shard):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                lines[kind][item.key] = item
    return lines, problems


def _file_problems(tx: Transaction, lines: Lines, folder: Path, shard: str) -> Iterator[Problem]:
    """The files of a shard against the store, line by line."""
    for kind, expected in _expected_rows(tx, shard.removesuffix(".jsonl")).items():
        path = folder / kind / shard
        for key in sorted(expected.keys() | lines[kind].keys(), key=str):
            line, row = lines[kind].get(key), expected.get(key)
            if line is None:
                message = f"{label(key)} is in the store and not in the file"
                yield problem("missing", message, where(path), key[0])
            elif row is None:
                message = f"{label(key)} is in the file and not in the store"
                yield problem("unknown", message, line.where, key[0])
            elif line.row != row:
                message = f"{label(key)} differs from the store: {difference(row, line.row)}"
                yield problem("differs", message, line.where, key[0])


def _expected_rows(tx: Transaction, prefix: str) -> dict[str, dict[Key, Any]]:
    """What the files of a shard would hold if they were written now."""
    rows: dict[str, dict[Key, Any]] = {kind: {} for kind in KINDS}
    for key in tx.find_ids(prefix):
        revisions = tx.revisions(key)
        rows["gold"].update({(key, r.number): r for r in revisions[:1]})
        rows["history"].update({(key, r.number): r for r in revisions[1:]})
        if (assignment := tx.assignment(key)) is not None:
            rows["tasks"][key, 0] = assignment
        people = tx.annotations(key, *IN_FILES)
        rows["layers"].update({(key, annotation.layer): annotation for annotation in people})
        document = tx.document(key)
        if revisions or people or assignment or (document and is_cloned(document)):
            rows["documents"][key, 0] = document
    return rows


def _entry_problems(chosen: Iterable[Release], lines: Lines, shard: str) -> Iterator[Problem]:
    """The entries of each release, computed from the bytes of the files alone."""
    revisions = {**lines["history"], **lines["gold"]}
    prefix = shard.removesuffix(".jsonl")
    entries: dict[str, list[Entry]] = defaultdict(list)
    for each in chosen:
        entries[each.version] += [e for e in each.entries if e.document.startswith(prefix)]
    for version, expected in entries.items():
        for entry in expected:
            name = f"release {version}: {entry.document}@{entry.revision}"
            document = lines["documents"].get((entry.document, 0))
            revision = revisions.get((entry.document, entry.revision))
            if document is None or revision is None:
                place = f"annotations/*/{shard}"
                yield problem("release", f"{name} is not in the files", place, entry.document)
            elif released_line(document, revision, entry) is None:
                message = f"{name} in the files differs from the release"
                yield problem("release", message, revision.where, entry.document)


def _derived_problems(releases: list[Release], folder: Path) -> Iterator[Problem]:
    """Manifests, data cards and changelog as they would be written now."""
    expected = derived_files(releases)
    for name, data in expected.items():
        path = folder / name
        if not path.exists():
            message = "it is missing; the store has what it is made from"
            missing = problem("missing", message, f"annotations/{name}")
            generated = not name.endswith(".json")  # a text for people, written by the next save
            yield msgspec.structs.replace(missing, severity="warning") if generated else missing
        elif (content := path.read_bytes()) != data:
            number = _first_line(data, content)
            message = f"it differs from what curate writes, from line {number} on"
            yield problem("written", message, f"annotations/{name}:{number}")
    for path in sorted((folder / "releases").glob("*.json")):
        if f"releases/{path.name}" not in expected:
            message = "a release that the store does not have"
            yield problem("unknown", message, f"annotations/releases/{path.name}")


def _first_line(expected: bytes, content: bytes) -> int:
    """Number of the first line that differs."""
    pairs = zip(expected.split(b"\n"), content.split(b"\n"), strict=False)
    for number, (a, b) in enumerate(pairs, 1):
        if a != b:
            return number
    return min(expected.count(b"\n"), content.count(b"\n")) + 1
