"""Training a spaCy model on the train split of a release."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.errors import InputError, StoreError
from curate.formats.tokens import tokenizer_language
from curate.model import Problem, Record
from curate.preannotate import model_registry
from curate.preannotate.model_registry import TrainedModel, TrainingSettings
from curate.preannotate.pipelines import configured_pipelines, for_language
from curate.schema import Schema
from curate.train.data import TrainingData, language_of_training, load_training_data
from curate.train.evaluation import label_scores
from curate.train.loop import fit
from curate.util import lock
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

_TOOLS = ("curate-corpus", "spacy", "thinc", "numpy")
_TEMPORARY = ".training-"


class TrainingResult(Record, frozen=True, kw_only=True):
    """The model that a training gave.

    Args:
        model: its record.
        known: whether a model of the same data and settings existed, so nothing was trained.
        problems: documents and spans that could not be used.
    """

    model: TrainedModel
    known: bool = False
    problems: tuple[Problem, ...] = ()


def train(
    workspace: Workspace,
    version: str = "",
    settings: TrainingSettings | None = None,
    again: bool = False,
    progress: Progress = silent,
    language: str = "",
) -> TrainingResult:
    """Train a model on a release. It is not used to pre-annotate until it is promoted.

    Args:
        workspace: the workspace.
        version: the release; the newest if empty.
        settings: the hyperparameters; by default, the training starts from
            :func:`base_pipeline`.
        again: train even if a model of the same data and settings exists.
        progress: called after each update.
        language: of the articles to train on; by default the main one of the corpus.

    Raises:
        ReleaseError: there is no such release, or the store differs from its manifest.
        InputError: the train or dev split is empty, or has no span that fits its tokens.
        ConfigError: the base pipeline is not installed, or has no embedding layer; or the corpus
            is not in this language.
        StoreError: another training runs in this workspace.
    """
    language = language_of_training(workspace, language)
    data = load_training_data(workspace, version, language)
    settings = settings or TrainingSettings(base=base_pipeline(workspace, language))
    planned = _plan(workspace, data, settings, language)
    with training_folder(workspace.models) as folder:
        models = model_registry.list_models(workspace.models)
        existing = None if again else model_registry.find_same(models, planned)
        if existing is not None:
            return TrainingResult(model=existing, known=True, problems=data.problems)
        # Assigned under the lock, so that no other training takes the same version.
        planned = msgspec.structs.replace(
            planned, version=model_registry.next_version(models, data.release.version)
        )
        model, pipeline, problems = fit_model(folder, planned, data, workspace.schema, progress)
        model_registry.install(workspace.models, pipeline, model)
    return TrainingResult(model=model, problems=(*data.problems, *problems))


def base_pipeline(workspace: Workspace, language: str = "") -> str:
    """The pipeline that a training starts from: the first configured model; empty if none is.

    Args:
        workspace: the workspace.
        language: of the articles to train on; by default the main one of the corpus.
    """
    pipelines = configured_pipelines(workspace)
    main = workspace.config.corpus.language
    if (language or main) not in (main, *pipelines):
        return ""  # the models of the main language have another one's words
    configured = for_language(workspace, pipelines, language)
    return next(iter(configured.models), "")


def _plan(
    workspace: Workspace, data: TrainingData, settings: TrainingSettings, language: str
) -> TrainedModel:
    """The record of the model before it is trained."""
    from curate.preannotate.models import read_meta

    return TrainedModel(
        name=model_registry.slug(workspace.config.corpus.name),
        version=data.release.version,
        language=tokenizer_language(language),  # as the export's tokens
        articles="" if language == workspace.config.corpus.language else language,
        release=data.release.version,
        digest=data.release.digest,
        schema=workspace.schema.id,
        base=read_meta(settings.base).layer if settings.base else "",
        settings=settings,
        created=workspace.now(),
        tools={name: importlib.metadata.version(name) for name in _TOOLS},
        train=tuple(document.id for document, _ in data.split("train")),
        dev=tuple(document.id for document, _ in data.split("dev")),
    )


def fit_model(
    folder: Path, planned: TrainedModel, data: TrainingData, schema: Schema, progress: Progress
) -> tuple[TrainedModel, Path, tuple[Problem, ...]]:
    """Train the planned model in a temporary folder, and score it on ``dev``.

    Returns:
        The record with steps and scores, the folder of the pipeline, and the spans that spaCy
        cannot represent.
    """
    from curate.formats.export import write

    lost: Counter[str] = Counter()
    noted: Counter[str] = Counter()
    problems: list[Problem] = []
    # The plan of a point of the learning curve has fewer documents than the split.
    documents = {"train": {*planned.train}, "dev": {*planned.dev}}
    for split, ids in documents.items():
        pairs = [pair for pair in data.split(split) if pair[0].id in ids]
        exported = write("spacy", pairs, folder / f"{split}.spacy", schema)
        if not exported.spans and exported.lost:
            raise InputError(
                f"no span of the {split} split begins and ends where tokens do",
                "install the tokenizer of spaCy for the language, see "
                "https://spacy.io/usage/models#languages, or annotate whole words",
            )
        problems += exported.problems
        lost.update(exported.lost)
        noted.update(exported.noted)
    fitted = fit(folder, planned, progress)
    dev = [pair for pair in data.split("dev") if pair[0].id in documents["dev"]]
    model = msgspec.structs.replace(
        planned,
        lost=dict(sorted(lost.items())),
        noted=dict(sorted(noted.items())),
        steps=fitted.steps,
        scores=label_scores(fitted.path, schema, dev),
    )
    return model, fitted.path, tuple(problems)


@contextmanager
def training_folder(models: Path) -> Iterator[Path]:
    """A temporary folder to train in; what a killed training left behind is deleted.

    Raises:
        StoreError: another training runs in this workspace.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.hold(models / ".lock", "train", 0.0))
        except StoreError as error:
            raise StoreError(
                "another training runs in this workspace", "wait until it ends"
            ) from error
        for leftover in models.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(leftover)
        # Beside the models and not in /tmp: moving it into the registry is then a rename.
        yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=models)))
