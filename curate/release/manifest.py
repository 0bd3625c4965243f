"""The manifest of a release: an immutable, named set of gold revisions. Pure."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from curate.errors import ReleaseError
from curate.model import Document, Entry, Release, Revision
from curate.release.digest import release_digest, release_entry, seal
from curate.release.versions import check_version, propose_version, schema_labels, version_key
from curate.schema import Schema

BROKEN_SEAL = "its splits, counts or other data were changed after it was cut"
_NAMED_VALUES = 20  # values of a fact that are named; rarer ones are counted together


def build_manifest(
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
    """Build the manifest of a new release from the newest revisions, without tombstones.

    Args:
        version: version of the release; by default the lowest that ``propose_version`` allows.
        heads: all documents with their newest revisions.
        earlier: all releases before it.

    The other arguments become fields of the release, see ``curate.model.Release``.

    Raises:
        ReleaseError: the version exists, is below the last one or too low for the changes; there is
            no gold; nothing changed and no version is given; or the splits do not fit.
    """
    releases = sorted(earlier, key=lambda release: version_key(release.version))
    tally = _Tally()
    for document, revision in heads:
        if not revision.deleted:
            tally.add(document, revision)
    entries = tuple(sorted(tally.entries, key=lambda entry: entry.document))
    proposal = propose_version(releases, entries, schema)
    if version:
        check_version(version, proposal, [release.version for release in releases])
    if not entries:
        raise ReleaseError("there is no gold to release", "confirm documents, then `curate sync`")
    if not version and proposal.level == "none":
        raise ReleaseError(
            f"nothing changed since release {proposal.parent}", "give a version to release it again"
        )
    manifest = Release(
        version=version or proposal.version,
        created=created,
        author=author,
        message=message,
        digest=release_digest(entries, schema.digest),
        digest_rule="merkle",
        parent=releases[-1].version if releases else "",
        schema=schema.id,
        schema_digest=schema.digest,
        labels=schema_labels(schema),
        counts=dict(tally.counts),
        changes=dict(changes or {}),
        facts=tally.frequent_facts(),
        validation=dict(validation),
        gate=dict(gate or {}),
        splits=_checked_splits(splits or {}, entries),
        tools=dict(tools),
        entries=entries,
    )
    return msgspec.structs.replace(manifest, seal=seal(manifest))


def revision_counts(revision: Revision) -> dict[str, int]:
    """What a revision adds to the counts of a release."""
    labels = Counter(f"label:{span.label}" for span in revision.spans)
    return {"documents": 1, "spans": len(revision.spans), **labels}


def tool_versions() -> dict[str, str]:
    """Versions of the programs that a release records."""
    versions: dict[str, str] = {}
    for name in ("curate-corpus", "spacy", "great-expectations"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "unknown"
    return versions


class _Tally:
    """Entries, counts and facts of a release, document by document."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.counts: Counter[str] = Counter()
        self._facts: dict[str, Counter[str]] = {
            name: Counter() for name in ("languages", "sources", "years", "confirmed_by")
        }

    def add(self, document: Document, revision: Revision) -> None:
        """Count a document."""
        self.entries.append(release_entry(document, revision))
        self.counts.update(revision_counts(revision))
        meta = document.meta
        self._facts["languages"][document.lang or "unknown"] += 1
        self._facts["sources"][meta.get("source") or "unknown"] += 1
        self._facts["years"][meta.get("published", "")[:4] or "unknown"] += 1
        self._facts["confirmed_by"][revision.confirmed_by or "nobody"] += 1

    def frequent_facts(self) -> dict[str, dict[str, int]]:
        """The most frequent values of each fact, and how many documents have others."""
        return {name: _most_frequent(counter) for name, counter in self._facts.items()}


def _most_frequent(counter: Counter[str]) -> dict[str, int]:
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    others = sum(number for _, number in ranked[_NAMED_VALUES:])
    return {**dict(ranked[:_NAMED_VALUES]), **({"others": others} if others else {})}


def _checked_splits(
    splits: Mapping[str, Iterable[str]], entries: Sequence[Entry]
) -> dict[str, tuple[str, ...]]:
    """The splits, sorted, if every document is in one of them at most and in the release."""
    ordered = {name: tuple(sorted(ids)) for name, ids in splits.items()}
    held = {entry.document for entry in entries}
    for key, number in Counter(key for ids in ordered.values() for key in ids).items():
        if key not in held or number > 1:
            why = "is in two splits" if number > 1 else "is in a split and not in the release"
            raise ReleaseError(f"{key} {why}", "draw the splits again")
    return ordered
