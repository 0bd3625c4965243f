"""``curate.load``: a release as Python values, checked against its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate.config import FILE
from curate.errors import InputError, ReleaseError
from curate.formats.sidecar import sidecar_path
from curate.model import Document, Record, Release, Revision
from curate.release import choose_release
from curate.schema import Schema, schema_of_labels
from curate.store.releases import check_release, file_entries, file_releases, release_entries
from curate.util.installation import require
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

    Every method reads the documents again, and raises a ``ReleaseError`` where they do not match
    the digests. Offsets count Unicode code points and are half-open.

    Args:
        source: version, digest, schema and splits of the release.
        read: yields the documents with their gold, sorted by id.
        manifest: the manifest of the release, if it comes from a workspace.
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
        """The label schema; for a release made under an earlier one, only its labels are known."""
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
            names = ", ".join(sorted(set(self.splits.values()))) or "none"
            raise ReleaseError(f"release {self.version} has no split {split!r}", f"it has {names}")
        return (
            (document, revision)
            for document, revision in self._read()
            if not split or self.splits.get(document.id) == split
        )

    def frame(self, split: str = "") -> pd.DataFrame:
        """One row per span, with its document, offsets, label and text.

        A document without spans has no row; ``dataset`` has one row per document.
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

        Spans that do not fit the tokens, or overlap a longer span, are left out, and their tokens
        are marked as missing; ``curate export`` lists them.
        """
        from curate.formats import docbin
        from curate.formats.tokens import tokenise
        from curate.formats.writing import ExportTally

        for item in tokenise(
            *(self.documents(split), self.schema, ExportTally()),
            one_vocabulary=True,
            with_unjudged=True,
        ):
            docbin.annotate(item, self.schema)
            yield item.doc

    def dataset(self, split: str = "") -> Dataset:
        """One row per document, in memory, with the columns of ``documents`` in ``huggingface``.

        Labels are class labels.

        Raises:
            CurateError: the extra ``datasets`` is not installed.
        """
        require("datasets", "a Dataset", "datasets")
        from datasets import Dataset
        from datasets.table import InMemoryTable

        from curate.formats import huggingface
        from curate.formats.writing import ExportJob

        table = huggingface.document_table(self.documents(split), ExportJob(self.schema))
        return Dataset(InMemoryTable(table))


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
    """A release from ``annotations/``; from the store if it is not in the files yet."""
    folder = workspace.annotations
    releases = file_releases(folder)
    in_store = version not in {"", *(each.version for each in releases)} or not releases
    if in_store:
        with workspace.store.begin() as tx:
            releases = tx.releases()
    release = choose_release(releases, version)
    check_release(release)
    source = ReleaseSource(
        version=release.version,
        digest=release.digest,
        schema=_schema(release, workspace.schema),
        splits={key: name for name, keys in release.splits.items() for key in keys},
    )

    def read() -> Iterator[Pair]:
        if in_store:
            return release_entries(workspace.store, release)
        return file_entries(folder, release)

    return Corpus(source, read, release)


def _schema(release: Release, current: Schema) -> Schema:
    """The current schema if it has not changed since the release, else one of its labels alone."""
    if current.digest == release.schema_digest:
        return current
    names = {
        kind: [it.partition(":")[2] for it in release.labels if it.startswith(f"{kind}:")]
        for kind in ("span", "relation", "category")
    }
    return schema_of_labels(release.schema, current.language, *names.values())


def _of_export(path: Path, version: str) -> Corpus:
    """An export, which is checked against its sidecar before any document is read."""
    from curate.formats import read_export
    from curate.formats import sidecar as sidecar_files

    sidecar = sidecar_files.read_sidecar(path)
    origin = sidecar.release or sidecar_files.ExportedRelease(version="", digest="")
    if version and version != origin.version:
        holds = f"release {origin.version}" if origin.version else "no release"
        raise ReleaseError(f"{path} is of {holds}", "name another export, or omit the version")
    sidecar_files.check_export(path, sidecar)
    survey = read_export.survey_export(path, sidecar)
    source = ReleaseSource(
        version=origin.version, digest=origin.digest, schema=survey.schema, splits=survey.splits
    )
    return Corpus(source, lambda: read_export.gold_documents(path, sidecar))
