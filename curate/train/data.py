"""The documents of a release by split, to train and evaluate models on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from curate import release
from curate.errors import ConfigError, InputError, ReleaseError
from curate.model import Document, Problem, Release, Revision
from curate.schema import Schema
from curate.splits import load_splits
from curate.store.releases import release_entries
from curate.text.language_codes import check_code

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


def load_training_data(workspace: Workspace, version: str, language: str = "") -> TrainingData:
    """Read a release by split: the splits it was released with, or else the current ones.

    Args:
        workspace: the workspace.
        version: the release; the newest if empty.
        language: only documents in this language; by default in the main one of the corpus. One
            whose language is not known counts as in the main one.

    Raises:
        ConfigError: the corpus is not in this language.
        ReleaseError: there is no such release, the store differs from its manifest, or it has
            labels that the schema no longer has.
        InputError: no splits were drawn.
    """
    language = language_of_training(workspace, language)
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
    elsewhere: Counter[str] = Counter()
    main = workspace.config.corpus.language
    for document, revision in release_entries(workspace.store, chosen):
        split = split_of.get(document.id, "")
        if (document.lang or main) != language:
            elsewhere[document.lang or main] += 1
        elif revision.categories_only:
            problems.append(_left_out(document, "nobody looked for spans in it"))
        elif not split:
            problems.append(_left_out(document, "it is in no split"))
        else:
            splits[split].append((document, revision))
    problems += _in_other_languages(elsewhere, language, workspace.config.languages)
    return TrainingData(
        chosen, {name: tuple(pairs) for name, pairs in splits.items()}, tuple(problems)
    )


def language_of_training(workspace: Workspace, language: str = "") -> str:
    """The language of a training or an evaluation: the one given, or the main one of the corpus.

    Raises:
        ConfigError: it is no code, or the corpus is not in it.
    """
    languages = workspace.config.languages
    if not language:
        return languages[0]
    if check_code(language, "--language") not in languages:
        raise ConfigError(
            f"the corpus is in {' and '.join(languages)}, not in {language}",
            "name the language in [corpus] languages in curate.toml",
        )
    return language


def _in_other_languages(
    documents: Counter[str], language: str, languages: Iterable[str]
) -> Iterator[Problem]:
    """How many documents a model for one language leaves out, and what to do about them."""
    for other, count in sorted(documents.items()):
        hint = f"train a model for them with `curate train --language {other}`"
        if other not in languages:
            hint = "correct their language with `curate set-language` if that is wrong"
        yield Problem(
            code="train.language",
            severity="warning",
            message=f"{count} documents in {other} are left out; this is about those in {language}",
            hint=hint,
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
