"""Digests of releases: of an entry, of the whole release, and the seal of the manifest. Pure.

The digest of a release is the root of a hash tree as in RFC 6962 (Laurie, Langley and Kasper 2013,
"Certificate Transparency", section 2.1): SHA-256, with a zero byte before the content of a leaf and
a one byte before that of a node, so that no leaf can pass for a node. A tree of n leaves splits at
the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from curate.model import Document, Entry, Release, Revision
from curate.util import jsonl


def release_digest(entries: Iterable[Entry], schema_digest: str) -> str:
    """Digest of a release, as 64 hex digits; equal for equal gold under an equal schema.

    The first leaf of the tree is the schema's digest, the others are the entries sorted by
    document, each written as ``sha256sum`` writes a file.
    """
    ordered = sorted(entries, key=lambda entry: entry.document)
    lines = (f"{entry.digest}  {entry.document}@{entry.revision}" for entry in ordered)
    return tree_root(line.encode() for line in (f"schema {schema_digest}", *lines))


def release_entry(document: Document, revision: Revision) -> Entry:
    """A document's entry in a release; its digest covers the whole document and revision."""
    digest = entry_digest(jsonl.canonical(document), jsonl.canonical(revision))
    return Entry(document=document.id, revision=revision.number, digest=digest)


def released_version(document: Document, revision: Revision, entry: Entry) -> Document | None:
    """The document as a release holds it; None if the entry is about something else.

    Its language may have been corrected since.
    """
    versions = document.versions
    return next((each for each in versions if release_entry(each, revision) == entry), None)


def entry_digest(document: bytes, revision: bytes) -> str:
    """Digest of an entry from its two lines in ``annotations/``, each without its line end."""
    return hashlib.sha256(document + b"\n" + revision).hexdigest()


def seal(release: Release) -> str:
    """SHA-256 of the manifest in canonical JSON without its seal.

    The seal covers what the digest does not: the digest is of gold and schema alone, so that equal
    gold has equal digests, whoever releases it and when.
    """
    return jsonl.digest(msgspec.structs.replace(release, seal=""))


def seal_matches(release: Release) -> bool:
    """Whether a manifest still matches its seal."""
    return release.seal == seal(release)


def tree_root(values: Iterable[bytes]) -> str:
    """Root of the hash tree over some values, as 64 hex digits; the values are streamed."""
    peaks: list[tuple[int, bytes]] = []  # complete subtrees from the left: number of leaves, hash
    for value in values:
        size, top = 1, hashlib.sha256(b"\x00" + value).digest()
        while peaks and peaks[-1][0] == size:
            top = _node(peaks.pop()[1], top)
            size *= 2
        peaks.append((size, top))
    if not peaks:
        return hashlib.sha256().hexdigest()
    _, top = peaks.pop()
    while peaks:
        top = _node(peaks.pop()[1], top)
    return top.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
