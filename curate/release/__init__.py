"""Releases: the manifest, its version and digests, and the data card."""

from curate.release.manifest import (
    BROKEN_SEAL,
    FIRST,
    VersionProposal,
    build,
    choose_release,
    choose_version,
    digest,
    entry,
    entry_digest,
    propose,
    revision_counts,
    schema_labels,
    seal,
    seal_matches,
    tool_versions,
    version_key,
)

__all__ = [
    "BROKEN_SEAL",
    "FIRST",
    "VersionProposal",
    "build",
    "choose_version",
    "revision_counts",
    "digest",
    "entry",
    "entry_digest",
    "version_key",
    "choose_release",
    "propose",
    "seal",
    "seal_matches",
    "tool_versions",
    "schema_labels",
]
