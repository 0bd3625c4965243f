"""The documents of a release by split, to train and evaluate models on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from curate import release
from curate.errors import InputError, ReleaseError
from curate.model import Document, Problem, Release, Revision
from curate.schema import Schema
from curate.splits import load_splits
from curate.store.releases import release_entries

if TYPE_CHECKING:
    from curate.workspace import Workspace

Pair = tuple[Document, Revision]
_PURPOSE = {"train": "train on", "dev": "tune on (dev)", "test": "test on"}


class TrainingData(NamedTuple):
    """A release by split.

    Args:
        release: the release.
        splits: its documents with their gold, by the name of the split.
        problems: the documents that were left out, and why.
    """

    release: Release
    splits: dict[str, tuple[Pair, ...]]
    problems: tuple[Problem, ...]

    def split(self, name: str) -> tuple[Pair, ...]:
        """The documents of a split.

        Raises:
            InputError: the split is empty.
        """
        if self.splits.get(name):
            return self.splits[name]
        raise InputError(
            f"release {self.release.version} has no documents to {_PURPOSE[name]}",
            "annotate more, then run `curate split` and `curate release`",
        )


def load_training_data(workspace: Workspace, version: str) -> TrainingData:
    """Read a release by split: the splits it was released with, or else the current ones.

    Args:
        workspace: the workspace.
        version: the release; the newest if empty.

    Raises:
        ReleaseError: there is no such release, the store differs from its manifest, or it has
            labels that the schema no longer has.
        InputError: no splits were drawn.
    """
    with workspace.store.begin() as tx:
        chosen = release.choose_release(tx.releases(), version)
    _check_labels(chosen, workspace.schema)
    split_of = {document: name for name, ids in chosen.splits.items() for document in ids}
    # A release that was made before any splits were drawn has none of its own.
    split_of = split_of or {**load_splits(workspace.annotations)}
    if not split_of:
        raise InputError(
            f"the documents of release {chosen.version} are in no splits",
            "draw splits with `curate split`",
        )
    splits: dict[str, list[Pair]] = {name: [] for name in split_of.values()}
    problems: list[Problem] = []
    for document, revision in release_entries(workspace.store, chosen):
        split = split_of.get(document.id, "")
        if document.lang not in ("", workspace.config.corpus.language):
            problems.append(_left_out(document, f"it is in another language ({document.lang})"))
        elif revision.categories_only:
            problems.append(_left_out(document, "nobody looked for spans in it"))
        elif not split:
            problems.append(_left_out(document, "it is in no split"))
        else:
            splits[split].append((document, revision))
    return TrainingData(
        chosen, {name: tuple(pairs) for name, pairs in splits.items()}, tuple(problems)
    )


def _check_labels(chosen: Release, schema: Schema) -> None:
    # Under a schema that renamed a label, the model would propose spans that no longer exist.
    labels = {name.removeprefix("span:") for name in chosen.labels if name.startswith("span:")}
    if removed := sorted(labels - {*schema.names}):
        raise ReleaseError(
            f"release {chosen.version} has the label {removed[0]}, which schema {schema.id} lacks",
            "make a new release under the current schema",
        )


def _left_out(document: Document, reason: str) -> Problem:
    return Problem(
        code="train.left-out",
        severity="info",
        document=document.id,
        message=f"left out: {reason}",
    )
