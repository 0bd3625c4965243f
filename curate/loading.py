"""A release as Python values, held against its digest: what ``curate.load`` gives."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from curate import link, release
from curate.errors import ReleaseError
from curate.model import Document, Release, Revision
from curate.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset
    from spacy.tokens import Doc


class Corpus:
    """One release of a workspace.

    Every method reads the release anew and holds each document against the manifest; what does
    not match raises a ``ReleaseError``. Offsets count Unicode code points and are half-open.

    Args:
        workspace: where the release is kept.
        found: the release.
    """

    def __init__(self, workspace: Workspace, found: Release) -> None:
        self.release = found
        self._workspace = workspace

    @property
    def version(self) -> str:
        """The version of the release."""
        return self.release.version

    def documents(self) -> Iterator[tuple[Document, Revision]]:
        """Each document with its gold, sorted by id, read one by one."""
        pairs = link.entries(self._workspace.store, self.release)
        return (pair for pair in pairs if not pair[1].deleted)

    def frame(self) -> pd.DataFrame:
        """A row a span: what is known of its document, its offsets, label and surface.

        A document without spans has no row; see ``dataset`` for a row a document.
        """
        import pandas as pd

        place = {key: name for name, ids in self.release.splits.items() for key in ids}
        meta = ("source", "published")
        rows = [
            (
                *(document.id, document.title, document.lang),
                *(document.meta.get(name, "") for name in meta),
                place.get(document.id, ""),
                *(span.start, span.end, span.label, document.text[span.start : span.end]),
            )
            for document, revision in self.documents()
            for span in revision.spans
        ]
        columns = ["document", "title", "lang", *meta, "split", "start", "end", "label", "surface"]
        return pd.DataFrame(rows, columns=columns).astype({"start": "int64", "end": "int64"})

    def docs(self) -> Iterator[Doc]:
        """spaCy Docs as the export ``spacy`` has them, one by one.

        Spans that fit no tokens, or overlap a longer one, are not in them; an export tells which.
        """
        from curate.export import docbin
        from curate.export.common import Tally
        from curate.export.tokens import tokenise

        schema = self._workspace.schema
        for item in tokenise(self.documents(), schema, Tally()):
            docbin.annotate(item, schema)
            yield item.doc

    def dataset(self) -> Dataset:
        """A row a document, in memory, with the columns of the export ``parquet``."""
        import pyarrow.parquet as pq
        from datasets import Dataset
        from datasets.table import InMemoryTable

        from curate.export import Job, parquet

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.parquet"
            parquet.write(self.documents(), path, Job(self._workspace.schema))
            return Dataset(InMemoryTable(pq.read_table(path, memory_map=False)))


def load(workspace: Workspace | Path | str, version: str = "") -> Corpus:
    """Open a release of a corpus.

    Args:
        workspace: a workspace, or its folder.
        version: the release; the newest where it is empty.

    Raises:
        ConfigError: the folder is no workspace.
        ReleaseError: there is no such release, or its manifest does not match its digest.
    """
    opened = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    with opened.store.begin() as tx:
        found = release.pick(tx.releases(), version)
    if release.digest(found.entries, found.schema_digest, found.digest_rule) != found.digest:
        raise ReleaseError(
            f"the entries of release {found.version} do not give its digest",
            "see `curate verify`, and restore annotations/ from version control",
        )
    return Corpus(opened, found)
