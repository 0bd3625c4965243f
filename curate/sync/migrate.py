"""A schema's migration carried out: gold, layers, and what was last seen in Doccano, at once.

What stands in Doccano follows with the next sync, which reads it through the same migrations until
it does: nothing that people do meanwhile under an old name is lost.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.merge import Conflict
from curate.errors import ConfigError
from curate.model import Annotation, Record, Revision
from curate.schema import Schema
from curate.schema import migrations as schema_migrations
from curate.schema.migrations import Chain
from curate.store import Store, gold
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

_KEY = "schema"  # the version that everything in the store is annotated under


class Migrated(Record, frozen=True, kw_only=True):
    """What a migration did, or would do.

    Args:
        before: version that the corpus was annotated under.
        after: version of the schema.
        steps: what was done, a few words each.
        revisions: documents whose gold got a new revision.
        spans: how many spans of the gold went from one label to another, as ``OLD → NEW``.
    """

    before: str
    after: str
    steps: tuple[str, ...] = ()
    revisions: int = 0
    spans: dict[str, int] = {}


def version(tx: Transaction, schema: Schema) -> str:
    """The version of the schema that the corpus is annotated under.

    It is kept since the first sync or migration; before that, it is the newest revision's.
    """
    kept = tx.info(_KEY)
    if kept is None:
        newest = max(tx.history(), key=lambda revision: revision.at, default=None)
        kept = newest.schema if newest else schema.id
    name, _, number = kept.partition("@")
    return number if name == schema.name else schema.version


def pending(store: Store, schema: Schema, migrations: Chain) -> Chain:
    """The migrations that the corpus has before it.

    Raises:
        ConfigError: the corpus is annotated under a newer version than the schema's.
    """
    with store.begin() as tx:
        return schema_migrations.chain(migrations, version(tx, schema), schema)


def settle(store: Store, schema: Schema) -> None:
    """Keep that the corpus is annotated under this version."""
    with store.begin() as tx:
        if tx.info(_KEY) != schema.id:
            tx.set_info(_KEY, schema.id)


def carry_out(
    store: Store, schema: Schema, migrations: Chain, provenance: gold.Provenance, dry: bool = False
) -> Migrated:
    """Bring everything in the store to the schema's version, all of it or nothing.

    Args:
        migrations: all that are known; those that are pending are applied.
        provenance: who migrates, and when, for the revisions.
        dry: only tell what would be done.
    """
    with store.begin() as tx:
        before = version(tx, schema)
        todo = schema_migrations.chain(migrations, before, schema)
        made, moved = _gold(tx, todo, provenance, dry)
        if not dry:
            _rest(tx, todo)
            tx.set_info(_KEY, schema.id)
    return Migrated(
        before=before,
        after=schema.version,
        steps=tuple(step.told for migration in todo for step in migration.steps),
        revisions=made,
        spans=dict(sorted(moved.items())),
    )


def _gold(
    tx: Transaction, todo: Chain, provenance: gold.Provenance, dry: bool
) -> tuple[int, Counter[str]]:
    moved: Counter[str] = Counter()
    changed: list[tuple[Revision, Annotation]] = []
    for document, head in tx.heads() if todo else ():
        old = head.annotation
        new = schema_migrations.apply(todo, old, document.text)
        if head.deleted or new.content == old.content:
            continue
        moved.update(_moves(old, new))
        changed.append((head, new))
    for head, new in () if dry else changed:
        reason = f"schema migrated from {todo[0].before} to {todo[-1].after}"
        gold.recommit(tx, head, new, provenance, reason)
    return len(changed), moved


def _moves(old: Annotation, new: Annotation) -> Counter[str]:
    labels = {(span.start, span.end): span.label for span in new.spans}
    pairs = ((span.label, labels.get((span.start, span.end), "nothing")) for span in old.spans)
    return Counter(f"{a} → {b}" for a, b in pairs if a != b)


def _rest(tx: Transaction, todo: Chain) -> None:
    """Layers, what was last seen in each project, and open conflicts."""
    for key in tx.document_ids() if todo else ():
        document = tx.document(key)
        if document is None:
            continue
        text = document.text
        for layer in tx.said(key):
            tx.put_annotation(schema_migrations.apply(todo, layer, text))
        for remote in tx.remotes():
            known = tx.tracked(remote.marker, key)
            if known is not None:
                base = schema_migrations.apply(todo, known.base, text)
                tx.track(remote.marker, msgspec.structs.replace(known, base=base))
        migrated = tuple(_conflict(each, todo, text) for each in tx.conflicts_of(key))
        if migrated:
            tx.put_conflicts(key, "", migrated)


def _conflict(conflict: Conflict, todo: Chain, text: str) -> Conflict:
    sides = {
        side: schema_migrations.apply(
            todo, Annotation(document="", layer="", spans=getattr(conflict, side)), text
        ).spans
        for side in ("base", "ours", "theirs")
    }
    return msgspec.structs.replace(conflict, **sides)


def migrate(workspace: Workspace, dry: bool = False) -> Migrated:
    """Bring the corpus to the schema's version; Doccano follows with the next sync.

    Args:
        dry: only tell what would be done.

    Raises:
        ConfigError: a migration is wrong, or the corpus is under a newer version.
    """
    from curate.sync.conflicts import curator

    lock = workspace.locked("migrate") if dry else workspace.writing("migrate")
    with lock:
        return carry_out(
            workspace.store, workspace.schema, workspace.migrations, curator(workspace), dry
        )


def require_current_schema(workspace: Workspace) -> None:
    """Refuse to sync a corpus that is annotated under another version of the schema."""

    todo = pending(workspace.store, workspace.schema, workspace.migrations)
    if any(migration.steps for migration in todo):
        raise ConfigError(
            f"the schema is {workspace.schema.id} now, and the corpus is still annotated under "
            f"{todo[0].before}",
            "see `curate migrate --dry-run`, and run `curate migrate`",
        )
