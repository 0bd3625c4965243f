"""A release as Python values, held against its digest: what ``curate.load`` gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate import release
from curate.config import FILE
from curate.errors import InputError, ReleaseError
from curate.formats.sidecar import sidecar_path
from curate.model import Document, Record, Release, Revision
from curate.schema import Schema, schema_of_labels
from curate.store.releases import release_entries
from curate.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset
    from spacy.tokens import Doc

Pair = tuple[Document, Revision]


class ReleaseSource(Record, frozen=True, kw_only=True):
    """Where a corpus comes from.

    Args:
        version: of the release.
        digest: of the release.
        schema: the label schema.
        splits: the split of each document that is in one, by id.
    """

    version: str
    digest: str
    schema: Schema
    splits: dict[str, str] = {}


class Corpus:
    """One release, from a workspace or an export.

    Every method reads the documents anew. What does not match the digests raises a
    ``ReleaseError`` that names the place. Offsets count Unicode code points and are half-open.

    Args:
        source: what is known of the release.
        read: gives the documents with their gold, sorted by id.
        manifest: the manifest of the release, where it comes from a workspace.
    """

    def __init__(
        self,
        source: ReleaseSource,
        read: Callable[[], Iterator[Pair]],
        manifest: Release | None = None,
    ) -> None:
        self.release = manifest
        self._source = source
        self._read = read

    @property
    def version(self) -> str:
        """The version of the release."""
        return self._source.version

    @property
    def digest(self) -> str:
        """The digest of the release, 64 hex digits."""
        return self._source.digest

    @property
    def schema(self) -> Schema:
        """The label schema; of a release made under an earlier one, its labels alone."""
        return self._source.schema

    @property
    def splits(self) -> Mapping[str, str]:
        """The split of each document that is in one, by id."""
        return self._source.splits

    def documents(self, split: str = "") -> Iterator[Pair]:
        """Each document with its gold, sorted by id, read one by one.

        Args:
            split: only the documents of this split, such as ``train``.

        Raises:
            ReleaseError: a document is not what the release holds, or there is no such split.
        """
        if split and split not in self.splits.values():
            known = ", ".join(sorted(set(self.splits.values()))) or "none"
            raise ReleaseError(f"release {self.version} has no split {split!r}", f"it has {known}")
        return (
            (document, revision)
            for document, revision in self._read()
            if not split or self.splits.get(document.id) == split
        )

    def frame(self, split: str = "") -> pd.DataFrame:
        """A row a span: what is known of its document, its offsets, label and surface.

        A document without spans has no row; see ``dataset`` for a row a document.
        """
        import pandas as pd

        meta = ("source", "published")
        rows = [
            (
                *(document.id, document.title, document.lang),
                *(document.meta.get(name, "") for name in meta),
                self.splits.get(document.id, ""),
                *(span.start, span.end, span.label, document.text[span.start : span.end]),
            )
            for document, revision in self.documents(split)
            for span in revision.spans
        ]
        columns = ["document", "title", "lang", *meta, "split", "start", "end", "label", "surface"]
        return pd.DataFrame(rows, columns=columns).astype({"start": "int64", "end": "int64"})

    def docs(self, split: str = "") -> Iterator[Doc]:
        """spaCy Docs as the export ``spacy`` has them, one by one.

        Spans that fit no tokens, or overlap a longer one, are not in them; an export tells which.
        """
        from curate.formats import docbin
        from curate.formats.tokens import tokenise
        from curate.formats.writing import ExportTally

        for item in tokenise(
            self.documents(split), self.schema, ExportTally(), one_vocabulary=True
        ):
            docbin.annotate(item, self.schema)
            yield item.doc

    def dataset(self, split: str = "") -> Dataset:
        """A row a document, in memory, with the columns of ``documents`` in ``huggingface``.

        Labels are class labels. Needs the extra ``datasets``.
        """
        from datasets import Dataset
        from datasets.table import InMemoryTable

        from curate.formats import huggingface
        from curate.formats.writing import ExportJob

        found = huggingface.document_table(self.documents(split), ExportJob(self.schema))
        return Dataset(InMemoryTable(found))


def load(source: Workspace | Path | str, version: str = "") -> Corpus:
    """Open a release of a corpus; see ``curate.load``.

    Args:
        source: a workspace, its folder, or an exported file or folder.
        version: the release; the newest where it is empty. Of an export, the one it must be of.
    """
    if isinstance(source, Workspace):
        return _of_workspace(source, version)
    path = Path(source)
    if (path / FILE).exists():
        return _of_workspace(Workspace(path), version)
    if sidecar_path(path).exists():
        return _of_export(path, version)
    raise InputError(
        f"no workspace and no export: it has no {FILE}, and no {sidecar_path(path).name} beside it",
        "name the folder of a workspace, or a file or folder that `curate export` wrote",
        str(path),
    )


def _of_workspace(workspace: Workspace, version: str) -> Corpus:
    """A release as ``annotations/`` has it; one that is not there yet, as the store has it."""
    from curate.store import rebuild

    folder = workspace.annotations
    there = rebuild.releases(folder)
    stored = version not in {"", *(each.version for each in there)} or not there
    if stored:
        with workspace.store.begin() as tx:
            there = tx.releases()
    found = rebuild.sound(release.choose_release(there, version))
    source = ReleaseSource(
        version=found.version,
        digest=found.digest,
        schema=_schema(found, workspace.schema),
        splits={one: name for name, ids in found.splits.items() for one in ids},
    )

    def read() -> Iterator[Pair]:
        return release_entries(workspace.store, found) if stored else rebuild.entries(folder, found)

    return Corpus(source, read, found)


def _schema(found: Release, now: Schema) -> Schema:
    """The schema of a release: as it is now, if it did not change since; or else what it lists."""
    if now.digest == found.schema_digest:
        return now
    names = {
        kind: [it.partition(":")[2] for it in found.labels if it.startswith(f"{kind}:")]
        for kind in ("span", "relation", "category")
    }
    return schema_of_labels(found.schema, now.language, *names.values())


def _of_export(path: Path, version: str) -> Corpus:
    """An export, held against its account before anything of it is given."""
    from curate.formats import read_export
    from curate.formats import sidecar as sidecar_files

    told = sidecar_files.read_sidecar(path)
    origin = told.release or sidecar_files.ExportedRelease(version="", digest="")
    if version and version != origin.version:
        holds = f"release {origin.version}" if origin.version else "no release"
        raise ReleaseError(f"{path} is of {holds}", "name another export, or leave the version out")
    sidecar_files.check_export(path, told)
    found = read_export.survey_export(path, told)
    source = ReleaseSource(
        version=origin.version, digest=origin.digest, schema=found.schema, splits=found.splits
    )
    return Corpus(source, lambda: read_export.gold_documents(path, told))
