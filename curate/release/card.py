"""Releases as files: manifest, data card, and the changelog of all releases. Pure.

Card and changelog are written from the manifests alone, so that equal releases give equal bytes.
The sections of a card are those that Gebru et al. 2021 ("Datasheets for Datasets") and Pushkarna
et al. 2022 ("Data Cards") ask for, as far as a manifest can answer them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from curate.model import Release
from curate.util import jsonl

_FACTS = {
    "languages": "Language",
    "sources": "Source",
    "years": "Year of publication",
    "confirmed_by": "Confirmed by",
}
_KINDS = {"span": "Spans", "relation": "Relations", "category": "Categories"}


def manifest_json(release: Release) -> bytes:
    """``annotations/releases/<version>.json``: canonical JSON, indented for people."""
    return msgspec.json.format(jsonl.canonical(release), indent=2) + b"\n"


def changelog(releases: Iterable[Release]) -> str:
    """``annotations/CHANGELOG.md``: one section per release, in the order given."""
    parts = ["# Releases of the gold corpus"]
    for release in releases:
        parts.append(f"## {release.version} ({release.created[:10]})")
        parts.append(release.message or "No message.")
        if release.changes:
            parts.append(f"Since {release.parent}: {_in_words(release.changes)}.")
        parts.append(f"{_counts(release)}. Schema {release.schema}. Digest `{release.digest}`.")
    return "\n\n".join(parts) + "\n"


def data_card(release: Release) -> str:
    """``annotations/releases/<version>.md``: the release for those who train on it."""
    counts = release.counts
    parts = [
        f"# Gold corpus {release.version}",
        release.message or "No message.",
        f"Cut on {release.created[:10]} by {release.author}"
        + (f", after release {release.parent}." if release.parent else ", as the first release."),
        "## What is in it",
        _table(
            ("", "number"),
            [("documents", counts.get("documents", 0)), ("spans", counts.get("spans", 0))],
        ),
        _labels(release),
    ]
    if release.changes:
        rows = sorted(release.changes.items())
        parts += [f"## What changed since {release.parent}", _table(("", "number"), rows)]
    if release.splits:
        sizes = {name: len(ids) for name, ids in sorted(release.splits.items())}
        parts += ["## Splits", _table(("split", "documents"), list(sizes.items()))]
    if release.facts:
        parts += ["## Where it comes from", *_facts(release)]
    parts += ["## How it was made", _creation(release)]
    parts += ["## How to check it", _check(release)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _labels(release: Release) -> str:
    used = {name[6:]: n for name, n in release.counts.items() if name.startswith("label:")}
    listed = {name.partition(":")[2] for name in release.labels if name.startswith("span:")}
    rows = {name: used.get(name, 0) for name in sorted(listed | used.keys())}
    others = [
        f"{title}: {', '.join(names)}."
        for kind, title in _KINDS.items()
        if kind != "span"
        and (names := [n.partition(":")[2] for n in release.labels if n.startswith(f"{kind}:")])
    ]
    overlap = ["Spans may overlap."] if "overlap" in release.labels else []
    return "\n\n".join([_table(("label", "spans"), list(rows.items())), *others, *overlap])


def _facts(release: Release) -> list[str]:
    return [
        _table((_FACTS.get(name, name), "documents"), sorted(values.items(), key=_most))
        for name, values in sorted(release.facts.items())
        if values
    ]


def _creation(release: Release) -> str:
    lines = [f"- Guidelines: schema {release.schema}, digest `{release.schema_digest}`."]
    if release.validation:
        lines.append(f"- Checks: {_in_words(release.validation)}.")
    lines += [f"- Gate {name}: {outcome}." for name, outcome in sorted(release.gate.items())]
    if release.tools:
        tools = ", ".join(f"{name} {version}" for name, version in sorted(release.tools.items()))
        lines.append(f"- Made with {tools}.")
    return "\n".join(lines)


def _check(release: Release) -> str:
    return (
        f"`curate verify {release.version}` computes everything again. The digest, over a hash "
        f"tree of its {len(release.entries)} entries, is\n`{release.digest}`."
    )


def _most(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]


def _table(heads: tuple[str, str], rows: list[tuple[str, int]]) -> str:
    lines = [f"| {heads[0]} | {heads[1]} |", "| --- | ---: |"]
    lines += [f"| {_cell(name)} | {number:,} |" for name, number in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("_", " ").replace("|", "\\|")


def _in_words(counts: Mapping[str, int]) -> str:
    words = (f"{name.replace('_', ' ')} {number}" for name, number in sorted(counts.items()))
    return ", ".join(words) or "nothing"


def _counts(release: Release) -> str:
    counts = release.counts
    labels = {k[6:]: n for k, n in sorted(counts.items()) if k.startswith("label:")}
    by_label = ", ".join(f"{name} {number}" for name, number in labels.items())
    return f"Documents: {counts.get('documents', 0)}. Spans: {counts.get('spans', 0)} ({by_label})"
