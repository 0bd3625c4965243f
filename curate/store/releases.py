"""What a release holds, read from the store or from ``annotations/`` and checked on the way.

From the files, the digest of an entry is computed over the lines as they are, so that a change of
any byte is noticed and reported with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from curate.errors import ReleaseError
from curate.model import Document, Entry, Problem, Release, Revision
from curate.release import BROKEN_SEAL, release_digest, released_version, seal_matches, version_key
from curate.store import Store
from curate.store.files import read_release
from curate.store.scan import HINT, CorpusLine, label, released_line, scan, where
from curate.util.batches import batched

_BATCH = 100  # documents that are read in one transaction


def release_entries(store: Store, release: Release) -> Iterator[tuple[Document, Revision]]:
    """The documents of a release with their revisions, from the store.

    Raises:
        ReleaseError: the store does not have what the manifest says.
    """
    for batch in batched(release.entries, _BATCH):
        with store.read() as tx:
            pairs = [
                (tx.document(entry.document), tx.revision(entry.document, entry.revision))
                for entry in batch
            ]
        for entry, (document, revision) in zip(batch, pairs, strict=True):
            released = document and revision and released_version(document, revision, entry)
            if not (released and revision):
                raise ReleaseError(
                    f"{entry.document}@{entry.revision} in the store differs from release "
                    f"{release.version}",
                    "restore annotations/ from version control",
                )
            yield released, revision


def file_entries(folder: Path, release: Release) -> Iterator[tuple[Document, Revision]]:
    """The documents of a release with their revisions, from the files of ``annotations/``.

    Raises:
        ReleaseError: the files do not have what the manifest says; the message names file and line.
    """
    for prefix, entries in groupby(release.entries, key=lambda entry: entry.document[:2]):
        yield from _ShardReader(folder, f"{prefix}.jsonl").read(entries, release.version)


def file_releases(folder: Path) -> list[Release]:
    """The releases in ``annotations/``, the highest version first.

    Raises:
        InputError: a manifest cannot be read.
    """
    releases = (read_release(path) for path in (folder / "releases").glob("*.json"))
    return sorted(releases, key=lambda release: version_key(release.version), reverse=True)


def check_release(release: Release) -> None:
    """Check the digest and the seal of a release.

    Raises:
        ReleaseError: the digest is not that of the entries, or the seal does not match.
    """
    problem = ""
    if release_digest(release.entries, release.schema_digest) != release.digest:
        problem = "its digest is not that of its entries"
    elif not seal_matches(release):
        problem = BROKEN_SEAL
    if problem:
        raise ReleaseError(
            f"annotations/releases/{release.version}.json: {problem}",
            "see `curate verify`, and restore annotations/ from version control",
        )


class _ShardReader:
    """The lines of one shard, and what is wrong with their layout."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._problems: list[Problem] = []
        self._lines = {kind: dict(self._scan(kind)) for kind in ("documents", "gold", "history")}

    def read(self, entries: Iterable[Entry], version: str) -> Iterator[tuple[Document, Revision]]:
        """The documents and revisions of some entries of a release."""
        for entry in entries:
            key = (entry.document, entry.revision)
            document = self._lines["documents"].get((entry.document, 0))
            revision = self._lines["gold"].get(key) or self._lines["history"].get(key)
            if document is None or revision is None:
                raise self._missing(entry, "documents" if document is None else "gold", version)
            released = released_line(document, revision, entry)
            if released is None:
                damage = {problem.where: problem.message for problem in self._problems}
                places = [line.where for line in (document, revision) if line.where in damage] or [
                    f"{document.where} or {revision.where}"
                ]
                message = f"{label(key)} differs from release {version}"
                raise ReleaseError(f"{places[0]}: {damage.get(places[0], message)}", HINT)
            yield released, revision.row  # type: ignore[misc]

    def _scan(self, kind: str) -> Iterator[tuple[tuple[str, str | int], CorpusLine]]:
        for item in scan(self._folder, kind, self._name):
            if isinstance(item, Problem):
                self._problems.append(item)
            else:
                yield item.key, item

    def _missing(self, entry: Entry, kind: str, version: str) -> ReleaseError:
        """The error of a missing line; a line that cannot be read may be the one."""
        name = label((entry.document, entry.revision if kind == "gold" else 0))
        broken = next(
            (problem for problem in self._problems if problem.code == "verify.line"), None
        )
        if broken:
            return ReleaseError(f"{broken.where}: {broken.message}", HINT)
        place = where(self._folder / kind / self._name)
        return ReleaseError(f"{place}: {name} of release {version} is missing", HINT)
