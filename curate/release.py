"""Releases: an immutable, named set of gold revisions with a digest. Pure."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from curate import jsonl
from curate.errors import ReleaseError
from curate.model import Document, Entry, Release, Revision
from curate.schema import Schema

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def key(version: str) -> tuple[int, int, int]:
    """A semantic version as numbers, to sort by.

    Raises:
        ReleaseError: it is not of the form 1.2.3.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"{version!r} is not a version", "write it as in 1.2.3")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def entry(document: Document, revision: Revision) -> Entry:
    """A document's line in a release: the digest covers the document and the revision whole."""
    both = jsonl.canonical(document) + b"\n" + jsonl.canonical(revision)
    return Entry(
        document=document.id, revision=revision.number, digest=hashlib.sha256(both).hexdigest()
    )


def digest(entries: Iterable[Entry], schema_digest: str) -> str:
    """SHA-256 over the schema's digest and the sorted entries, one a line as sha256sum writes."""
    lines = sorted(f"{item.digest}  {item.document}@{item.revision}\n" for item in entries)
    return hashlib.sha256((schema_digest + "\n" + "".join(lines)).encode()).hexdigest()


def build(
    version: str,
    heads: Iterable[tuple[Document, Revision]],
    *,
    schema: Schema,
    created: str,
    author: str,
    message: str,
    earlier: Iterable[Release],
    validation: Mapping[str, int],
    tools: Mapping[str, str],
) -> Release:
    """Make the manifest of a new release from the newest revisions; tombstones are left out.

    Raises:
        ReleaseError: the version exists, is not above the last one, or there is no gold.
    """
    known = sorted((release.version for release in earlier), key=key)
    if version in known:
        raise ReleaseError(f"release {version} exists already", "releases never change; count up")
    if known and key(version) < key(known[-1]):
        raise ReleaseError(f"{version} is below {known[-1]}", "choose a higher version")
    counts: Counter[str] = Counter()
    entries: list[Entry] = []
    for document, revision in heads:
        if not revision.deleted:
            entries.append(entry(document, revision))
            counts.update(_count(revision))
    if not entries:
        raise ReleaseError("there is no gold to release", "confirm documents, then `curate sync`")
    return Release(
        version=version,
        created=created,
        author=author,
        message=message,
        digest=digest(entries, schema.digest),
        parent=known[-1] if known else "",
        schema=schema.id,
        schema_digest=schema.digest,
        counts=dict(counts),
        validation=dict(validation),
        tools=dict(tools),
        entries=tuple(sorted(entries, key=lambda item: item.document)),
    )


def pick(releases: list[Release], version: str) -> Release:
    """The release with this version, or the first of the list where no version is given.

    Raises:
        ReleaseError: there is none.
    """
    known = {release.version: release for release in releases}
    if not known:
        raise ReleaseError("there is no release yet", "run `curate release 0.1.0`")
    found = known.get(version) if version else releases[0]
    if found is None:
        raise ReleaseError(f"there is no release {version}", f"choose of {', '.join(known)}")
    return found


def tools() -> dict[str, str]:
    """Versions of the programs that stand behind a release."""
    found: dict[str, str] = {}
    for name in ("curate-corpus", "spacy", "great-expectations", "doccano-client"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def _count(revision: Revision) -> dict[str, int]:
    labels = Counter(f"label:{span.label}" for span in revision.spans)
    return {"documents": 1, "spans": len(revision.spans), **labels}
