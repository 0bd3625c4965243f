"""Bring an old state back as a new revision. What came after it stays in the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from curate import release
from curate.errors import InputError, ReleaseError
from curate.history.sides import identify, named_release, named_revision, whole
from curate.layers import curator_author
from curate.model import Document, Record, Release, Revision
from curate.schema import Schema
from curate.schema import migrations as migrate
from curate.store import gold
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace


class RestoreResult(Record, frozen=True, kw_only=True):
    """What ``restore`` did.

    Args:
        source: what was restored: a release or a revision.
        revisions: the new revisions.
        same: number of documents that were like that already.
        withdrawn: ids of documents that the release did not have and that were taken out.
        left: ids of documents that the release did not have and that were left alone.
    """

    source: str
    revisions: tuple[Revision, ...] = ()
    same: int = 0
    withdrawn: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class RestoreContext(Record, frozen=True, kw_only=True):
    """Who restores, when, and under which schema; migrations lead to it from its older versions."""

    author: str
    at: str
    schema: Schema
    migrations: tuple[migrate.Migration, ...] = ()

    @property
    def provenance(self) -> gold.Provenance:
        """What the new revisions record of it."""
        return gold.Provenance(author=self.author, at=self.at, schema=self.schema.id)


def restore_revisions(
    tx: Transaction,
    source: str,
    documents: Iterable[str],
    doing: RestoreContext,
    exact: bool = False,
) -> RestoreResult:
    """Make new revisions that say what old ones say.

    Args:
        source: a release such as ``0.1.0``, or a revision such as ``1a2e@3``.
        documents: beginnings of ids, to restore these alone; all of the release by default.
        exact: also withdraw what is gold now and was not in the release.

    Raises:
        InputError: there is no such revision or document, or the schema lost a label since.
        ReleaseError: there is no such release, or the store has not what it says.
    """
    wanted = [identify(tx, prefix) for prefix in documents]
    if "@" in source:
        if wanted or exact:
            raise InputError(f"{source} is one revision", "name no documents beside it")
        return _restored(tx, source, [named_revision(tx, source)], doing, "")
    found = named_release(tx, source)
    missing = sorted(set(wanted) - {entry.document for entry in found.entries})
    if missing:
        raise InputError(f"release {source} does not hold {', '.join(missing)}", "name others")
    done = _restored(tx, source, _held(tx, found, wanted), doing, f" of release {source}")
    return done if wanted else _others(tx, found, done, doing, exact)


def _restored(
    tx: Transaction,
    source: str,
    items: Iterable[tuple[Document, Revision]],
    doing: RestoreContext,
    of: str,
) -> RestoreResult:
    made: list[Revision] = []
    same = 0
    for document, old in items:
        old = _as_now(document, old, doing)
        head = tx.head(document.id)
        if head is None or (head.deleted == old.deleted and _says_the_same(head, old)):
            same += 1
            continue
        _check(old, doing.schema)
        made.append(_commit_again(tx, old, head, doing, of))
        if head.deleted and tx.example_deleted_since(document.id, head.at):
            tx.forget(document.id)  # its example was deleted; the next sync pushes it again
    return RestoreResult(source=source, revisions=tuple(made), same=same)


def _held(
    tx: Transaction, found: Release, wanted: list[str]
) -> Iterator[tuple[Document, Revision]]:
    for entry in found.entries:
        if not wanted or entry.document in wanted:
            document, old = whole(tx, entry.document, entry.revision)
            if release.entry(document, old) != entry:
                what = (
                    f"{entry.document}@{entry.revision} is not what release {found.version} holds"
                )
                raise ReleaseError(what, "see `curate verify`")
            yield document, old


def _others(
    tx: Transaction, found: Release, done: RestoreResult, doing: RestoreContext, exact: bool
) -> RestoreResult:
    """What is gold now and was not in the release: withdrawn, or left and named."""
    held = {entry.document for entry in found.entries}
    heads = (head for _, head in tx.heads() if not head.deleted)
    names = tuple(head.document for head in heads if head.document not in held)
    if not exact:
        return msgspec.structs.replace(done, left=names)
    reason = f"not in release {found.version}"
    made = [gold.withdraw(tx, key, doing.provenance, reason) for key in names]
    return msgspec.structs.replace(done, revisions=(*done.revisions, *made), withdrawn=names)


def _as_now(document: Document, old: Revision, doing: RestoreContext) -> Revision:
    """The old revision as it reads under the schema of today, by the migrations since."""
    found = migrate.to_current(
        doing.migrations, old.annotation, document.text, old.schema, doing.schema
    )
    return msgspec.structs.replace(
        old, spans=found.spans, relations=found.relations, categories=found.categories
    )


def _says_the_same(head: Revision, old: Revision) -> bool:
    return head.annotation.content == old.annotation.content


def _check(old: Revision, schema: Schema) -> None:
    known = {*schema.names, *(label.name for label in schema.categories)}
    known |= {relation.name for relation in schema.relations}
    used = {item.label for part in (old.spans, old.relations, old.categories) for item in part}
    if unknown := sorted(used - known):
        what = f"{old.document}@{old.number} uses {', '.join(unknown)}, which {schema.id} has not"
        raise InputError(what, f"put the schema back first ({old.schema}), or relabel by hand")


def _commit_again(
    tx: Transaction, old: Revision, head: Revision, doing: RestoreContext, of: str
) -> Revision:
    return gold.commit(
        tx,
        head,
        old.annotation,
        doing.provenance,
        f"restored revision {old.number}{of}",
        confirmed_by=old.confirmed_by,
        confirmed_at=old.confirmed_at,
        deleted=old.deleted,
    )


def restore(
    workspace: Workspace, source: str, documents: tuple[str, ...] = (), exact: bool = False
) -> RestoreResult:
    """Make new revisions that say what old ones say; the next sync carries them to Doccano.

    Args:
        source: a release, or a revision such as ``1a2e@3``.
        documents: restore these of a release alone.
        exact: also withdraw what is gold now and was not in the release.

    Raises:
        InputError, ReleaseError: there is no such thing, or the schema lost a label since.
    """
    author = curator_author(workspace.config.corpus.curator)
    doing = RestoreContext(
        author=author, at=workspace.now(), schema=workspace.schema, migrations=workspace.migrations
    )
    with workspace.writing("restore"), workspace.store.begin() as tx:
        return restore_revisions(tx, source, documents, doing, exact)
