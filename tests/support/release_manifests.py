"""Manifests of releases with made-up entries."""

from __future__ import annotations

from curate import release
from curate.model import Entry, Release
from curate.schema import Label, Schema

SCHEMA = Schema(
    name="s",
    version="1.0.0",
    language="fr",
    title="t",
    introduction="i",
    labels=(
        Label(name="PER", title="p", description="d", colour="#112233"),
        Label(name="LOC", title="l", description="d", colour="#445566"),
    ),
)


def entries(*revisions: int) -> list[Entry]:
    return [
        Entry(document=f"{n:016x}", revision=revision, digest=f"{revision:064x}")
        for n, revision in enumerate(revisions)
        if revision
    ]


def made(version: str, found: list[Entry], schema: Schema = SCHEMA, **more) -> Release:
    return Release(
        version=version,
        created="2026-01-01T00:00:00Z",
        author="c",
        digest=release.release_digest(found, schema.digest),
        digest_rule="merkle",
        schema=schema.id,
        schema_digest=schema.digest,
        labels=release.schema_labels(schema),
        entries=tuple(found),
        **more,
    )
