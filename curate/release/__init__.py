"""Releases: the manifest, its version and digests, and the data card."""

from curate.release.manifest import (
    BROKEN_SEAL,
    FIRST,
    Proposal,
    build,
    choose,
    count,
    digest,
    entry,
    entry_digest,
    key,
    pick,
    propose,
    seal,
    sealed,
    tools,
    vocabulary,
)

__all__ = [
    "BROKEN_SEAL",
    "FIRST",
    "Proposal",
    "build",
    "choose",
    "count",
    "digest",
    "entry",
    "entry_digest",
    "key",
    "pick",
    "propose",
    "seal",
    "sealed",
    "tools",
    "vocabulary",
]
