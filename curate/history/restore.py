"""``curate restore``: bring an old state back as new revisions; what came after it stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from curate.errors import InputError, ReleaseError
from curate.history.names import named_release, named_revision, revision_of
from curate.model import Document, Record, Release, Revision
from curate.release import released_version
from curate.schema import Schema
from curate.schema.migrations import Migrations, to_current
from curate.store.gold import Provenance, commit, withdraw
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace


class RestoreResult(Record, frozen=True, kw_only=True):
    """What ``restore`` did.

    Args:
        source: the release or revision that was restored.
        revisions: the new revisions.
        same: number of documents whose gold said the same already.
        withdrawn: ids of documents that are not in the release and were withdrawn.
        left: ids of documents that are not in the release and were kept.
    """

    source: str
    revisions: tuple[Revision, ...] = ()
    same: int = 0
    withdrawn: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def restore(
    workspace: Workspace, source: str, documents: tuple[str, ...] = (), exact: bool = False
) -> RestoreResult:
    """Make new revisions with the content of old ones; the next sync carries them to Doccano.

    Args:
        source: a release such as ``0.1.0``, or a revision such as ``1a2e@3``.
        documents: beginnings of ids, to restore only these; by default the whole release.
        exact: also withdraw documents that have gold and are not in the release.

    Raises:
        InputError: there is no such revision or document, or it uses a label that the schema no
            longer has.
        ReleaseError: there is no such release, or the store does not match it.
    """
    provenance = workspace.curator_provenance()
    with workspace.writing("restore"), workspace.store.begin() as tx:
        run = _Restore(tx, workspace.schema, workspace.migrations, provenance)
        wanted = [tx.identify(prefix) for prefix in documents]
        if "@" in source:
            if wanted or exact:
                raise InputError(f"{source} is one revision", "leave documents and --exact out")
            return run.restore(source, [named_revision(tx, source)])
        release = named_release(tx, source)
        missing = sorted(set(wanted) - {entry.document for entry in release.entries})
        if missing:
            raise InputError(
                f"release {source} does not hold {', '.join(missing)}",
                "name documents of the release",
            )
        result = run.restore(source, _entries(tx, release, wanted), f" of release {source}")
        return result if wanted else run.handle_others(release, result, exact)


class _Restore:
    """Restores revisions in one transaction."""

    def __init__(
        self, tx: Transaction, schema: Schema, migrations: Migrations, provenance: Provenance
    ) -> None:
        self._tx = tx
        self._schema = schema
        self._migrations = migrations
        self._provenance = provenance

    def restore(
        self, source: str, items: Iterable[tuple[Document, Revision]], of: str = ""
    ) -> RestoreResult:
        """Commit old revisions again where the gold says something else now.

        Args:
            source: what is restored, for the result.
            items: documents and the revisions to restore.
            of: the end of the reason that the new revisions get.
        """
        revisions: list[Revision] = []
        same = 0
        for document, old in items:
            old = self._under_current_schema(document, old)
            head = self._tx.head(document.id)
            if head is None or (
                head.deleted == old.deleted and head.annotation.content == old.annotation.content
            ):
                same += 1
                continue
            self._check_labels(old)
            revisions.append(
                commit(
                    self._tx,
                    head,
                    old.annotation,
                    self._provenance,
                    f"restored revision {old.number}{of}",
                    confirmed_by=old.confirmed_by,
                    confirmed_at=old.confirmed_at,
                    deleted=old.deleted,
                )
            )
            if head.deleted and self._tx.example_deleted_since(document.id, head.at):
                self._tx.forget(document.id)  # so that the next sync pushes it again
        return RestoreResult(source=source, revisions=tuple(revisions), same=same)

    def handle_others(self, release: Release, result: RestoreResult, exact: bool) -> RestoreResult:
        """Withdraw documents that are not in the release, or name them."""
        held = {entry.document for entry in release.entries}
        heads = (head for _, head in self._tx.heads() if not head.deleted)
        names = tuple(head.document for head in heads if head.document not in held)
        if not exact:
            return msgspec.structs.replace(result, left=names)
        reason = f"not in release {release.version}"
        gone = [withdraw(self._tx, key, self._provenance, reason) for key in names]
        return msgspec.structs.replace(
            result, revisions=(*result.revisions, *gone), withdrawn=names
        )

    def _under_current_schema(self, document: Document, old: Revision) -> Revision:
        annotation = to_current(
            self._migrations, old.annotation, document.text, old.schema, self._schema
        )
        return msgspec.structs.replace(
            old,
            spans=annotation.spans,
            relations=annotation.relations,
            categories=annotation.categories,
        )

    def _check_labels(self, old: Revision) -> None:
        schema = self._schema
        allowed = {*schema.names, *(label.name for label in schema.categories)}
        allowed |= {relation.name for relation in schema.relations}
        used = {item.label for part in (old.spans, old.relations, old.categories) for item in part}
        if unknown := sorted(used - allowed):
            raise InputError(
                f"{old.document}@{old.number} uses {', '.join(unknown)}, which {schema.id} does "
                "not have",
                f"write a migration from {old.schema}, or add the label to the schema",
            )


def _entries(
    tx: Transaction, release: Release, wanted: list[str]
) -> Iterator[tuple[Document, Revision]]:
    """The documents of a release with their revisions; only some if ``wanted`` names any."""
    for entry in release.entries:
        if not wanted or entry.document in wanted:
            document, old = revision_of(tx, entry.document, entry.revision)
            if released_version(document, old, entry) is None:
                raise ReleaseError(
                    f"{entry.document}@{entry.revision} differs from release {release.version}",
                    "see `curate verify`",
                )
            yield document, old
