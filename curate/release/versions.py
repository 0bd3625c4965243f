"""Versions of releases: which one is asked for, and which one the next release may have. Pure.

A version says what a trainer has to expect (after Semantic Versioning 2.0.0, with a corpus in the
place of an interface): **major**, the schema changed so that a reader of the old release may fail;
**minor**, documents were added or removed, or labels added; **patch**, corrections only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from curate.errors import ReleaseError
from curate.model import Entry, Record, Release
from curate.schema import Schema

Level = Literal["first", "major", "minor", "patch", "none"]

FIRST = "0.1.0"
_LEVELS: tuple[Level, ...] = ("major", "minor", "patch")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class VersionProposal(Record, frozen=True, kw_only=True):
    """The lowest version that the next release may have, and why.

    Args:
        version: the version; empty if nothing changed.
        level: what the changes amount to.
        parent: the release before it; empty for the first.
        reasons: what changed, in words.
    """

    version: str
    level: Level
    parent: str = ""
    reasons: tuple[str, ...] = ()


def version_key(version: str) -> tuple[int, int, int]:
    """A semantic version as numbers, to sort by.

    Raises:
        ReleaseError: it is not of the form 1.2.3.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"{version!r} is not a version", "write it as in 1.2.3")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch)


def choose_version(versions: Sequence[str], version: str) -> str:
    """The version that is asked for, or the first one of the list if it is empty.

    Raises:
        ReleaseError: there is no such version.
    """
    if not versions:
        raise ReleaseError("there is no release yet", "run `curate release 0.1.0`")
    if version and version not in versions:
        raise ReleaseError(f"there is no release {version}", f"choose one of {', '.join(versions)}")
    return version or versions[0]


def choose_release(releases: list[Release], version: str) -> Release:
    """The release with this version, or the first one of the list if it is empty.

    Raises:
        ReleaseError: there is no such release.
    """
    chosen = choose_version([release.version for release in releases], version)
    return next(release for release in releases if release.version == chosen)


def propose_version(
    earlier: Iterable[Release], entries: Iterable[Entry], schema: Schema
) -> VersionProposal:
    """The lowest version that is high enough for the changes since the last release."""
    releases = sorted(earlier, key=lambda release: version_key(release.version))
    if not releases:
        return VersionProposal(version=FIRST, level="first", reasons=("there is no release yet",))
    parent = releases[-1]
    reasons = {**_schema_changes(parent, schema), **_entry_changes(parent, entries)}
    level: Level = next((each for each in _LEVELS if each in reasons.values()), "none")
    return VersionProposal(
        version=_raised(parent.version, level),
        level=level,
        parent=parent.version,
        reasons=tuple(sorted(reasons, key=lambda reason: _LEVELS.index(reasons[reason]))),
    )


def check_version(version: str, proposal: VersionProposal, versions: Sequence[str]) -> None:
    """Check a version for the next release.

    Args:
        version: the version.
        proposal: the lowest version that it may be.
        versions: of all releases, the lowest first.

    Raises:
        ReleaseError: it exists, is below the last one, or too low for the changes.
    """
    if version in versions:
        raise ReleaseError(
            f"release {version} exists already", "releases never change; choose a higher version"
        )
    if versions and version_key(version) < version_key(versions[-1]):
        raise ReleaseError(f"{version} is below {versions[-1]}", "choose a higher version")
    if proposal.version and version_key(version) < version_key(proposal.version):
        raise ReleaseError(
            f"version {version} is too low for the changes since {proposal.parent}: "
            f"{'; '.join(proposal.reasons)}",
            f"release it as {proposal.version} or above",
        )


def schema_labels(schema: Schema) -> tuple[str, ...]:
    """The labels of a schema, as a release keeps them in ``labels``."""
    names = [f"span:{label.name}" for label in schema.labels]
    names += [f"relation:{relation.name}" for relation in schema.relations]
    names += [f"category:{label.name}" for label in schema.categories]
    return tuple(sorted(names + (["overlap"] if schema.overlap else [])))


def _raised(version: str, level: Level) -> str:
    major, minor, patch = version_key(version)
    raised = {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }
    return raised.get(level, "")


def _schema_changes(parent: Release, schema: Schema) -> dict[str, Level]:
    """Changes of the schema in words, each with its level."""
    if parent.schema_digest == schema.digest:
        return {}
    before, after = {*parent.labels}, {*schema_labels(schema)}
    reasons: dict[str, Level] = {}
    if removed := sorted(before - after - {"overlap"}):
        reasons[f"the schema no longer has {', '.join(removed)}"] = "major"
    if "overlap" in after - before:
        reasons["the schema lets spans overlap now"] = "major"
    if added := sorted(after - before - {"overlap"}):
        reasons[f"the schema has {', '.join(added)} now"] = "minor"
    level = _schema_level(parent.schema, schema.id)
    reasons[f"the schema was {parent.schema} and is {schema.id}"] = level
    return reasons


def _schema_level(before: str, after: str) -> Level:
    """The level of a change of the schema's own version; a change of wording alone is a patch."""
    (old, _, was), (new, _, now) = before.rpartition("@"), after.rpartition("@")
    if old != new:
        return "major"
    if was == now or not (_VERSION.fullmatch(was) and _VERSION.fullmatch(now)):
        return "patch" if was == now else "major"
    pairs = zip(version_key(was), version_key(now), strict=True)
    return next((level for level, (a, b) in zip(_LEVELS, pairs, strict=True) if a != b), "patch")


def _entry_changes(parent: Release, entries: Iterable[Entry]) -> dict[str, Level]:
    """Changes of documents in words, each with its level."""
    before = {entry.document: entry for entry in parent.entries}
    after = {entry.document: entry for entry in entries}
    corrected = sum(before[key] != after[key] for key in before.keys() & after.keys())
    counts: tuple[tuple[int, str, Level], ...] = (
        (len(after.keys() - before.keys()), "added", "minor"),
        (len(before.keys() - after.keys()), "removed", "minor"),
        (corrected, "corrected", "patch"),
    )
    return {
        f"{number} document{'s' * (number > 1)} {verb}": level
        for number, verb, level in counts
        if number
    }
