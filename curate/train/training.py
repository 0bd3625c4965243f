"""Training where the gold is: the splits of a release, a model from them, and how good models are.

Models are scored with what pre-annotation makes of them: its mapping of labels, its cleaning of
edges, and for the proposals also its rules. So the figures are those of what people will see.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from curate import release
from curate.errors import InputError, ReleaseError, StoreError
from curate.layers import PROPOSAL, is_model
from curate.model import Annotation, Document, Problem, Record, Release, Revision
from curate.preannotate.registry import plain
from curate.schema import Schema
from curate.store.releases import release_entries
from curate.train import Figure, Trained, TrainingSettings, fit, following, place, registered, same
from curate.util import lock
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.preannotate import Setup
    from curate.store import Store

Pair = tuple[Document, Revision]
_TOOLS = ("curate-corpus", "spacy", "thinc", "numpy")
_WORK = ".training-"


class Corpus(NamedTuple):
    """What is trained on, and where.

    Args:
        store: has the gold.
        splits: the split of each document, as they are drawn now.
        models: folder of the trained models.
        schema: the label schema.
        name: of the corpus, and so of its models.
        language: ISO 639-1 code.
    """

    store: Store
    splits: Mapping[str, str]
    models: Path
    schema: Schema
    name: str
    language: str


class Gold(NamedTuple):
    """The documents of a release by split, and what is left out of it."""

    release: Release
    splits: dict[str, tuple[Pair, ...]]
    problems: tuple[Problem, ...]

    def part(self, name: str) -> tuple[Pair, ...]:
        """The documents of a split.

        Raises:
            InputError: there is none.
        """
        if self.splits.get(name):
            return self.splits[name]
        hint = "annotate more, then `curate split` and `curate release`"
        raise InputError(f"release {self.release.version} has no documents to {_FOR[name]}", hint)


_FOR = {"train": "train on", "dev": "tune on (dev)", "test": "test on"}


class Made(Record, frozen=True, kw_only=True):
    """What a training came to.

    Args:
        model: the model.
        known: whether it was there before, so that nothing was trained.
        problems: what could not be used.
    """

    model: Trained
    known: bool = False
    problems: tuple[Problem, ...] = ()


def gold(corpus: Corpus, version: str) -> Gold:
    """The gold of a release by split: those it was released with, else those that are drawn now.

    Args:
        corpus: where it is.
        version: the release; the newest where it is empty.

    Raises:
        ReleaseError: there is no such release, or the store has not what it says, or it has labels
            that the schema lacks.
        InputError: the documents are in no splits.
    """

    with corpus.store.begin() as tx:
        found = release.pick(tx.releases(), version)
    _fits(found, corpus.schema)
    of = {document: name for name, ids in found.splits.items() for document in ids}
    of = of or {**corpus.splits}
    if not of:
        hint = "draw them with `curate split`"
        raise InputError(f"the documents of release {found.version} are in no splits", hint)
    parts: dict[str, list[Pair]] = {name: [] for name in of.values()}
    problems: list[Problem] = []
    for document, revision in release_entries(corpus.store, found):
        wrong = _left_out(document, of.get(document.id, ""), corpus.language)
        if wrong is not None:
            problems.append(wrong)
        else:
            parts[of[document.id]].append((document, revision))
    return Gold(found, {name: tuple(pairs) for name, pairs in parts.items()}, tuple(problems))


def _fits(found: Release, schema: Schema) -> None:
    labels = {name.removeprefix("span:") for name in found.labels if name.startswith("span:")}
    if gone := sorted(labels - {*schema.names}):
        raise ReleaseError(
            f"release {found.version} has the label {gone[0]}, and schema {schema.id} has not",
            "release the gold again, under the schema of now",
        )


def _left_out(document: Document, split: str, language: str) -> Problem | None:
    if document.lang not in ("", language):
        message = f"is in another language ({document.lang})"
    elif not split:
        message = "is in no split"
    else:
        return None
    return Problem(
        code="train.left-out",
        severity="info",
        document=document.id,
        message=f"left out: it {message}",
    )


def train(
    corpus: Corpus,
    material: Gold,
    settings: TrainingSettings,
    *,
    again: bool = False,
    at: str = "",
    progress: Progress = lambda what, done, total: None,
) -> Made:
    """Train a model on a release, and put it where pre-annotation finds it.

    Args:
        corpus: where the models are.
        material: what to train on.
        settings: how.
        again: also if there is a model of the same things; else that one is given.
        at: when, ISO 8601 in UTC.
        progress: is told of each update.

    Raises:
        InputError: there is nothing to train or to tune on.
        ConfigError: the pipeline to start from is not there, or has nothing to start from.
        StoreError: another training runs in this workspace.
    """
    wanted = _planned(corpus, material, settings, at)
    with working(corpus.models) as work:
        known = registered(corpus.models)
        there = None if again else same(known, wanted)
        if there is not None:
            return Made(model=there, known=True, problems=material.problems)
        version = following(known, material.release.version)
        wanted = msgspec.structs.replace(wanted, version=version)
        made, path, problems = learn(work, wanted, material, corpus.schema, progress)
        place(corpus.models, path, made)
    return Made(model=made, problems=(*material.problems, *problems))


def _planned(corpus: Corpus, material: Gold, settings: TrainingSettings, at: str) -> Trained:
    from curate.preannotate.models import meta

    found = material.release
    return Trained(
        name=plain(corpus.name),
        version=found.version,
        language=corpus.language,
        release=found.version,
        digest=found.digest,
        schema=corpus.schema.id,
        base=meta(settings.base).layer if settings.base else "",
        settings=settings,
        created=at,
        tools={name: importlib.metadata.version(name) for name in _TOOLS},
        train=tuple(document.id for document, _ in material.part("train")),
        dev=tuple(document.id for document, _ in material.part("dev")),
    )


def learn(
    work: Path, wanted: Trained, material: Gold, schema: Schema, progress: Progress
) -> tuple[Trained, Path, tuple[Problem, ...]]:
    """Train in a folder of work.

    Returns:
        What is to be kept of the model, its folder, and the spans that could not be learned.
    """
    from curate.formats import writers

    lost: dict[str, int] = {}
    problems: list[Problem] = []
    chosen = {"train": {*wanted.train}, "dev": {*wanted.dev}}
    for name, ids in chosen.items():
        pairs = [pair for pair in material.part(name) if pair[0].id in ids]
        done = writers.write("spacy", pairs, work / f"{name}.spacy", schema)
        problems += done.problems
        for reason, number in done.lost.items():
            lost[reason] = lost.get(reason, 0) + number
    fitted = fit(work, wanted.language, wanted.name, wanted.version, wanted.settings, progress)
    dev = [pair for pair in material.part("dev") if pair[0].id in chosen["dev"]]
    made = msgspec.structs.replace(
        wanted, lost=lost, steps=fitted.steps, scores=figures(fitted.path, schema, dev)
    )
    return made, fitted.path, tuple(problems)


@contextmanager
def working(models: Path) -> Iterator[Path]:
    """A folder to train in, which is gone afterwards; what a killed training left goes too.

    Raises:
        StoreError: another training runs in this workspace.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.hold(models / ".lock", "train", 0.0))
        except StoreError as error:
            raise StoreError("another training runs in this workspace", "wait for it") from error
        for left in models.glob(f"{_WORK}*"):
            shutil.rmtree(left)
        yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_WORK, dir=models)))


def said(setup: Setup, schema: Schema, documents: Iterable[Document]) -> Said:
    """What a set-up says of documents: each layer, and the proposal that people would see."""
    from curate import preannotate

    found = Said({}, [])
    for document, layers, problems in preannotate.load(setup, schema).annotate(documents):
        found.problems.extend(problems)
        for layer in layers:
            found.layers.setdefault(layer.layer, {})[document.id] = layer
    return found


class Said(NamedTuple):
    """The layers of some documents, by name and document, and what went wrong."""

    layers: dict[str, dict[str, Annotation]]
    problems: list[Problem]

    @property
    def proposals(self) -> dict[str, Annotation]:
        """What people would see, by document."""
        return self.layers.get(PROPOSAL, {})

    @property
    def models(self) -> dict[str, dict[str, Annotation]]:
        """The layers of models alone."""
        return {name: each for name, each in self.layers.items() if is_model(name)}


def figures(path: Path, schema: Schema, pairs: Iterable[Pair]) -> dict[str, Figure]:
    """Precision, recall and F1 of a model alone, of all labels and of each."""
    from curate.agreement import Resampler, evaluate
    from curate.preannotate import Setup

    known = list(pairs)
    documents = [document for document, _ in known]
    (own,) = said(Setup(models=(str(path),)), schema, documents).models.values()
    right = [revision.annotation for _, revision in known]
    found = evaluate(documents, right, own.values(), resampler=Resampler(0)).conll
    scores = {"all": found.micro, **found.labels}
    return {
        name: Figure(precision=each.precision, recall=each.recall, f1=each.f1)
        for name, each in scores.items()
    }
