"""``curate migrate``: bring gold, layers, bases and conflicts to the schema's version at once.

The annotations in Doccano follow with the next sync. Until then they are read through the same
migrations, so that work done there under an old name is not lost.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.merge import Conflict
from curate.annotations.remote_rows import relabelled_rows
from curate.errors import ConfigError
from curate.model import Annotation, Record, Revision
from curate.schema import Schema, migrations
from curate.schema.migrations import Migrations
from curate.store import gold
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

_KEY = "schema"  # the version that everything in the store is annotated under


class MigrationReport(Record, frozen=True, kw_only=True):
    """What a migration did, or would do.

    Args:
        before: version of the schema that the corpus was annotated under.
        after: version of the schema now.
        steps: what was done, a few words each.
        revisions: how many documents got a new revision of their gold.
        spans: how many spans of the gold changed their label, as ``OLD → NEW``.
    """

    before: str
    after: str
    steps: tuple[str, ...] = ()
    revisions: int = 0
    spans: dict[str, int] = {}


def migrate(workspace: Workspace, dry_run: bool = False) -> MigrationReport:
    """Bring the corpus to the schema's version, all of it or nothing.

    Args:
        workspace: the corpus.
        dry_run: only report what would be done.

    Raises:
        ConfigError: a migration is wrong, or the corpus is annotated under a newer version.
    """
    schema = workspace.schema
    lock = workspace.locked("migrate") if dry_run else workspace.writing("migrate")
    with lock, workspace.store.begin() as tx:
        before = schema_version(tx, schema)
        chain = migrations.pending_migrations(workspace.migrations, before, schema)
        changed = _changed_gold(tx, chain)
        if not dry_run:
            provenance = workspace.curator_provenance()
            for head, annotation in changed:
                reason = f"schema migrated from {chain[0].before} to {chain[-1].after}"
                gold.recommit(tx, head, annotation, provenance, reason)
            _migrate_layers(tx, chain)
            tx.set_info(_KEY, schema.id)
    relabelled: Counter[str] = Counter()
    for head, annotation in changed:
        relabelled.update(_relabelled(head.annotation, annotation))
    return MigrationReport(
        before=before,
        after=schema.version,
        steps=tuple(step.description for migration in chain for step in migration.steps),
        revisions=len(changed),
        spans=dict(sorted(relabelled.items())),
    )


def require_current_schema(workspace: Workspace) -> None:
    """Refuse to sync a corpus that is annotated under another version of the schema.

    Raises:
        ConfigError: it is; the hint says how to migrate it.
    """
    schema = workspace.schema
    with workspace.store.begin() as tx:
        pending = migrations.pending_migrations(
            workspace.migrations, schema_version(tx, schema), schema
        )
    if any(migration.steps for migration in pending):
        raise ConfigError(
            f"the schema is {schema.id}, but the corpus is still annotated under "
            f"{pending[0].before}",
            "see `curate migrate --dry-run`, and run `curate migrate`",
        )


def schema_version(tx: Transaction, schema: Schema) -> str:
    """The version of the schema that the corpus is annotated under.

    It is recorded since the first sync or migration; before that, it is the newest revision's.
    """
    recorded = tx.info(_KEY)
    if recorded is None:
        newest = max(tx.history(), key=lambda revision: revision.at, default=None)
        recorded = newest.schema if newest else schema.id
    name, _, version = recorded.partition("@")
    return version if name == schema.name else schema.version


def record_schema_version(workspace: Workspace) -> None:
    """Record that the corpus is annotated under the schema's version."""
    with workspace.store.begin() as tx:
        if tx.info(_KEY) != workspace.schema.id:
            tx.set_info(_KEY, workspace.schema.id)


def _changed_gold(tx: Transaction, chain: Migrations) -> list[tuple[Revision, Annotation]]:
    """The newest revisions that the migrations change, and what each is to say instead."""
    changed: list[tuple[Revision, Annotation]] = []
    for document, head in tx.heads() if chain else ():
        annotation = migrations.migrate_annotation(chain, head.annotation, document.text)
        if not head.deleted and annotation.content != head.annotation.content:
            changed.append((head, annotation))
    return changed


def _relabelled(old: Annotation, new: Annotation) -> Counter[str]:
    labels = {(span.start, span.end): span.label for span in new.spans}
    pairs = ((span.label, labels.get((span.start, span.end), "nothing")) for span in old.spans)
    return Counter(f"{before} → {after}" for before, after in pairs if before != after)


def _migrate_layers(tx: Transaction, chain: Migrations) -> None:
    """Migrate the layers, the bases in each project, and the open conflicts."""
    for key in tx.document_ids() if chain else ():
        document = tx.document(key)
        if document is None:
            continue
        text = document.text
        for layer in tx.annotations(key):
            tx.put_annotation(migrations.migrate_annotation(chain, layer, text))
        for remote in tx.remotes():
            tracked = tx.tracked(remote.marker, key)
            if tracked is not None:
                relabel = partial(migrations.migrate_annotation, chain, text=text)
                rows = relabelled_rows(tracked.seen.rows, relabel)
                seen = msgspec.structs.replace(tracked.seen, rows=rows)
                base = relabel(tracked.base)
                migrated = msgspec.structs.replace(tracked, base=base, seen=seen)
                tx.put_tracked(remote.marker, migrated)
        conflicts = tx.conflicts_of(key)
        if conflicts:
            tx.put_conflicts(key, "", tuple(_migrate_conflict(c, chain, text) for c in conflicts))


def _migrate_conflict(conflict: Conflict, chain: Migrations, text: str) -> Conflict:
    sides = {
        side: migrations.migrate_annotation(
            chain, Annotation(document="", layer="", spans=getattr(conflict, side)), text
        ).spans
        for side in ("base", "ours", "theirs")
    }
    return msgspec.structs.replace(conflict, **sides)
