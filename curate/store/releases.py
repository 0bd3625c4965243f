"""What a release holds, read from the store."""

from __future__ import annotations

from collections.abc import Iterator

from curate import release
from curate.errors import ReleaseError
from curate.model import Document, Release, Revision
from curate.store import Store
from curate.util.batches import batched

_BATCH = 100  # documents that are read in one transaction


def release_entries(store: Store, found: Release) -> Iterator[tuple[Document, Revision]]:
    """What a release holds, read from the store and held against the manifest's digests.

    Raises:
        ReleaseError: the store has not what the manifest says.
    """
    for batch in batched(found.entries, _BATCH):
        with store.read() as tx:
            pairs = [
                (tx.document(entry.document), tx.revision(entry.document, entry.revision))
                for entry in batch
            ]
        for entry, (document, revision) in zip(batch, pairs, strict=True):
            if document is None or revision is None or release.entry(document, revision) != entry:
                raise ReleaseError(
                    f"{entry.document}@{entry.revision} is not what release {found.version} holds",
                    "restore annotations/ from version control",
                )
            yield document, revision
