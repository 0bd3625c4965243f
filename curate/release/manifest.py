"""Releases: an immutable, named set of gold revisions with a digest and a semantic version. Pure.

The version says what a trainer has to expect (after Semantic Versioning 2.0.0, with a corpus in the
place of an interface): **major**, the schema changed so that what reads the old release may fail;
**minor**, documents were added or removed, or labels added; **patch**, corrections only.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from curate.errors import ReleaseError
from curate.model import Document, Entry, Record, Release, Revision
from curate.release import digest_tree
from curate.schema import Schema
from curate.util import jsonl

Level = Literal["first", "major", "minor", "patch", "none"]

FIRST = "0.1.0"
BROKEN_SEAL = "its splits, counts or other data were changed after it was cut"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_MOST = 20  # values of a fact that are named; the rarer ones are counted together


class VersionProposal(Record, frozen=True, kw_only=True):
    """The lowest version that a release of the gold may have, and why.

    Args:
        version: it; empty where nothing changed.
        level: what the changes amount to.
        parent: the release before it, empty for the first.
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


def entry(document: Document, revision: Revision) -> Entry:
    """A document's line in a release: the digest covers the whole document and revision."""
    found = entry_digest(jsonl.canonical(document), jsonl.canonical(revision))
    return Entry(document=document.id, revision=revision.number, digest=found)


def entry_digest(document: bytes, revision: bytes) -> str:
    """Digest of an entry from its two lines in ``annotations/``, each without its line end."""
    return hashlib.sha256(document + b"\n" + revision).hexdigest()


def digest(entries: Iterable[Entry], schema_digest: str) -> str:
    """Digest of a release, as 64 hex digits; equal for equal gold under an equal schema.

    It is the root of a hash tree (``curate.release.digest_tree``). The first leaf is the schema's
    digest, the others are the entries sorted by document, each written as ``sha256sum`` writes a
    file.
    """
    ordered = sorted(entries, key=lambda item: item.document)
    lines = (f"{item.digest}  {item.document}@{item.revision}" for item in ordered)
    return digest_tree.root(line.encode() for line in (f"schema {schema_digest}", *lines))


def seal(release: Release) -> str:
    """SHA-256 of the manifest in canonical JSON without its seal: what the digest does not cover.

    The digest is of gold alone, so that equal gold has equal digests whoever releases it, and when.
    """
    return jsonl.digest(msgspec.structs.replace(release, seal=""))


def seal_matches(release: Release) -> bool:
    """Whether a manifest still matches its seal."""
    return release.seal == seal(release)


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
    changes: Mapping[str, int] | None = None,
    gate: Mapping[str, str] | None = None,
    splits: Mapping[str, Iterable[str]] | None = None,
) -> Release:
    """Make the manifest of a new release from the newest revisions; tombstones are left out.

    Args:
        version: its version; empty for the one that ``propose`` gives.

    Raises:
        ReleaseError: the version exists, is not above the last one or says less than changed; there
            is no gold; nothing changed and no version is given; or the splits do not fit.
    """
    known = sorted(earlier, key=lambda release: version_key(release.version))
    tally = _Tally()
    for document, revision in heads:
        if not revision.deleted:
            tally.add(document, revision)
    entries = tuple(sorted(tally.entries, key=lambda item: item.document))
    if version:
        _above(version, [release.version for release in known])
    if not entries:
        raise ReleaseError("there is no gold to release", "confirm documents, then `curate sync`")
    chosen = _chosen(version, propose(known, entries, schema))
    made = Release(
        version=chosen,
        created=created,
        author=author,
        message=message,
        digest=digest(entries, schema.digest),
        digest_rule="merkle",
        parent=known[-1].version if known else "",
        schema=schema.id,
        schema_digest=schema.digest,
        labels=schema_labels(schema),
        counts=dict(tally.counts),
        changes=dict(changes or {}),
        facts=tally.told(),
        validation=dict(validation),
        gate=dict(gate or {}),
        splits=_splits(splits or {}, entries),
        tools=dict(tools),
        entries=entries,
    )
    return msgspec.structs.replace(made, seal=seal(made))


def propose(
    earlier: Iterable[Release], entries: Iterable[Entry], schema: Schema
) -> VersionProposal:
    """The lowest version that says enough of what changed since the highest release before."""
    known = sorted(earlier, key=lambda release: version_key(release.version))
    if not known:
        return VersionProposal(version=FIRST, level="first", reasons=("there is no release yet",))
    parent = known[-1]
    found = {**_schema_changes(parent, schema)}
    for reason, level in _entry_changes(parent, entries).items():
        found[reason] = level
    level = next((each for each in _LEVELS if each in found.values()), "none")
    return VersionProposal(
        version=_raised(parent.version, level),
        level=level,
        parent=parent.version,
        reasons=tuple(sorted(found, key=lambda reason: _LEVELS.index(found[reason]))),
    )


def revision_counts(revision: Revision) -> dict[str, int]:
    """What a revision adds to the counts of a release."""
    labels = Counter(f"label:{span.label}" for span in revision.spans)
    return {"documents": 1, "spans": len(revision.spans), **labels}


def schema_labels(schema: Schema) -> tuple[str, ...]:
    """What a schema lets people mark, as a release keeps it in ``labels``."""
    names = [f"span:{label.name}" for label in schema.labels]
    names += [f"relation:{relation.name}" for relation in schema.relations]
    names += [f"category:{label.name}" for label in schema.categories]
    return tuple(sorted(names + (["overlap"] if schema.overlap else [])))


def choose_release(releases: list[Release], version: str) -> Release:
    """The release with this version, or the first of the list where no version is given.

    Raises:
        ReleaseError: there is none.
    """
    chosen = choose_version([release.version for release in releases], version)
    return next(release for release in releases if release.version == chosen)


def choose_version(known: Sequence[str], version: str) -> str:
    """The version that is asked for, or the first of those that are known.

    Raises:
        ReleaseError: there is none.
    """
    if not known:
        raise ReleaseError("there is no release yet", "run `curate release 0.1.0`")
    if version and version not in known:
        raise ReleaseError(f"there is no release {version}", f"choose one of {', '.join(known)}")
    return version or known[0]


def tool_versions() -> dict[str, str]:
    """Versions of the programs that stand behind a release."""
    found: dict[str, str] = {}
    for name in ("curate-corpus", "spacy", "great-expectations", "doccano-client"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


_LEVELS: tuple[Level, ...] = ("major", "minor", "patch")


class _Tally:
    """Entries and what is counted of them, document by document."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.counts: Counter[str] = Counter()
        self.facts: dict[str, Counter[str]] = {
            name: Counter() for name in ("languages", "sources", "years", "confirmed_by")
        }

    def add(self, document: Document, revision: Revision) -> None:
        """Count a document."""
        self.entries.append(entry(document, revision))
        self.counts.update(revision_counts(revision))
        meta = document.meta
        self.facts["languages"][document.lang or "unknown"] += 1
        self.facts["sources"][meta.get("source") or "unknown"] += 1
        self.facts["years"][meta.get("published", "")[:4] or "unknown"] += 1
        self.facts["confirmed_by"][revision.confirmed_by or "nobody"] += 1

    def told(self) -> dict[str, dict[str, int]]:
        """The facts, of each the most frequent values."""
        return {name: _most(counter) for name, counter in self.facts.items()}


def _most(counter: Counter[str]) -> dict[str, int]:
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(number for _, number in ranked[_MOST:])
    return {**dict(ranked[:_MOST]), **({"others": rest} if rest else {})}


def _above(version: str, known: list[str]) -> None:
    if version in known:
        raise ReleaseError(
            f"release {version} exists already", "releases never change; choose a higher version"
        )
    if known and version_key(version) < version_key(known[-1]):
        raise ReleaseError(f"{version} is below {known[-1]}", "choose a higher version")
    version_key(version)


def _chosen(version: str, proposal: VersionProposal) -> str:
    if not version and proposal.level == "none":
        raise ReleaseError(
            f"nothing changed since release {proposal.parent}", "give a version to release it again"
        )
    if version and proposal.version and version_key(version) < version_key(proposal.version):
        raise ReleaseError(
            f"version {version} is too low for the changes since {proposal.parent}: "
            f"{'; '.join(proposal.reasons)}",
            f"release it as {proposal.version} or above",
        )
    return version or proposal.version


def _raised(version: str, level: Level) -> str:
    major, minor, patch = version_key(version)
    raised = {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }
    return raised.get(level, "")


def _schema_changes(parent: Release, schema: Schema) -> dict[str, Level]:
    if parent.schema_digest == schema.digest:
        return {}
    before, after = {*parent.labels}, {*schema_labels(schema)}
    found: dict[str, Level] = {}
    if gone := sorted(before - after - {"overlap"}):
        found[f"the schema no longer has {', '.join(gone)}"] = "major"
    if "overlap" in after - before:
        found["the schema lets spans overlap now"] = "major"
    if fresh := sorted(after - before - {"overlap"}):
        found[f"the schema has {', '.join(fresh)} now"] = "minor"
    found[f"the schema was {parent.schema} and is {schema.id}"] = _schema_level(
        parent.schema, schema.id
    )
    return found


def _schema_level(before: str, after: str) -> Level:
    """What a schema's own version says of the change; wording alone is a patch."""
    (old, _, was), (new, _, now) = before.rpartition("@"), after.rpartition("@")
    if old != new:
        return "major"
    if was == now or not (_VERSION.fullmatch(was) and _VERSION.fullmatch(now)):
        return "patch" if was == now else "major"
    pairs = zip(version_key(was), version_key(now), strict=True)
    return next((level for level, (a, b) in zip(_LEVELS, pairs, strict=True) if a != b), "patch")


def _entry_changes(parent: Release, entries: Iterable[Entry]) -> dict[str, Level]:
    before = {item.document: item for item in parent.entries}
    after = {item.document: item for item in entries}
    changed = sum(before[key] != after[key] for key in before.keys() & after.keys())
    counts: tuple[tuple[int, str, Level], ...] = (
        (len(after.keys() - before.keys()), "added", "minor"),
        (len(before.keys() - after.keys()), "removed", "minor"),
        (changed, "corrected", "patch"),
    )
    return {
        f"{number} document{'s' * (number > 1)} {what}": level
        for number, what, level in counts
        if number
    }


def _splits(
    splits: Mapping[str, Iterable[str]], entries: Sequence[Entry]
) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(sorted(ids)) for name, ids in splits.items()}
    held = {item.document for item in entries}
    seen: Counter[str] = Counter(one for ids in found.values() for one in ids)
    for one, number in seen.items():
        if one not in held or number > 1:
            why = "is in two splits" if number > 1 else "is in a split and not in the release"
            raise ReleaseError(f"{one} {why}", "draw the splits again")
    return found
