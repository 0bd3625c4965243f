"""Releases: manifest, version, digests and data card."""

from curate.release.digest import (
    entry_digest,
    release_digest,
    release_entry,
    released_version,
    seal,
    seal_matches,
    tree_root,
)
from curate.release.manifest import BROKEN_SEAL, build_manifest, revision_counts, tool_versions
from curate.release.versions import (
    FIRST,
    VersionProposal,
    choose_release,
    choose_version,
    propose_version,
    schema_labels,
    version_key,
)

__all__ = [
    "BROKEN_SEAL",
    "FIRST",
    "VersionProposal",
    "build_manifest",
    "choose_release",
    "choose_version",
    "entry_digest",
    "propose_version",
    "release_digest",
    "release_entry",
    "released_version",
    "revision_counts",
    "schema_labels",
    "seal",
    "seal_matches",
    "tool_versions",
    "tree_root",
    "version_key",
]
