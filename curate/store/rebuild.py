"""A release read from ``annotations/`` alone and held against its manifest; no store is needed.

The digest of an entry is taken over the lines as they stand in the files, so that any byte of them
that was changed is found, and told with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from curate import release
from curate.errors import ReleaseError
from curate.model import Document, Entry, Problem, Release, Revision
from curate.store.files import read_release
from curate.store.scan import HINT, CorpusLine, label, line_entry, scan, where


def releases(folder: Path) -> list[Release]:
    """The releases that ``annotations/`` holds, the newest first.

    Raises:
        InputError: a manifest cannot be read.
    """
    found = [read_release(path) for path in (folder / "releases").glob("*.json")]
    return sorted(found, key=lambda each: release.version_key(each.version), reverse=True)


def sound(found: Release) -> Release:
    """A release whose digest is that of its entries, and whose manifest is as it was made.

    Raises:
        ReleaseError: it is not.
    """
    what = ""
    if release.digest(found.entries, found.schema_digest) != found.digest:
        what = "the entries do not give the digest"
    elif not release.seal_matches(found):
        what = release.BROKEN_SEAL
    if what:
        raise ReleaseError(
            f"annotations/releases/{found.version}.json: {what}",
            "see `curate verify`, and restore annotations/ from version control",
        )
    return found


def entries(folder: Path, found: Release) -> Iterator[tuple[Document, Revision]]:
    """What a release holds, shard by shard, each line held against the manifest.

    Raises:
        ReleaseError: the files have not what the manifest says; the message names file and line.
    """
    for prefix, wanted in groupby(found.entries, key=lambda entry: entry.document[:2]):
        yield from _Shard(folder, f"{prefix}.jsonl").entries(list(wanted), found.version)


class _Shard:
    """The lines of one shard, by what they say, and what is wrong with it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._problems: list[Problem] = []
        self._lines = {kind: dict(self._read(kind)) for kind in ("documents", "gold", "history")}

    def entries(self, wanted: Iterable[Entry], version: str) -> Iterator[tuple[Document, Revision]]:
        """The documents with the revisions that are asked for."""
        for entry in wanted:
            key = (entry.document, entry.revision)
            document = self._lines["documents"].get((entry.document, 0))
            revision = self._lines["gold"].get(key) or self._lines["history"].get(key)
            if document is None or revision is None:
                raise self._missing(entry, "documents" if document is None else "gold", version)
            if line_entry(document, revision) != entry:
                at = {problem.where: problem.message for problem in self._problems}
                places = [it.where for it in (document, revision) if it.where in at] or [
                    f"{document.where} or {revision.where}"
                ]
                told = f"{label(key)} is not what release {version} holds"
                raise ReleaseError(f"{places[0]}: {at.get(places[0], told)}", HINT)
            yield document.row, revision.row  # type: ignore[misc]

    def _read(self, kind: str) -> Iterator[tuple[tuple[str, str | int], CorpusLine]]:
        for item in scan(self._folder, kind, self._name):
            if isinstance(item, Problem):
                self._problems.append(item)
            else:
                yield item.key, item

    def _missing(self, entry: Entry, kind: str, version: str) -> ReleaseError:
        """The error of a line that is not there: one that cannot be read may have been it."""
        name = label((entry.document, entry.revision if kind == "gold" else 0))
        broken = next((it for it in self._problems if it.code == "verify.line"), None)
        if broken:
            return ReleaseError(f"{broken.where}: {broken.message}", HINT)
        place = where(self._folder / kind / self._name)
        return ReleaseError(f"{place}: lacks {name} of release {version}", HINT)
