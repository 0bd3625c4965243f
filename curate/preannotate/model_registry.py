"""The registry of trained models of a workspace: one folder per model, and which one is in use.

::

    .curate/models/<name>-<version>/   a spaCy pipeline, as ``spacy.load`` reads it
        training.json                  its training data, settings and scores
        config.cfg                     the configuration it was trained with
    .curate/models/current.json        the promoted model: since when, by whom, with which scores

A model is trained in a temporary folder and moved here once it is complete, so every model here is
complete. The registry is not under version control: the same release, seed and settings give the
same model again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.config import Pipelines
from curate.errors import ConfigError, InputError
from curate.layers import model_layer, model_of
from curate.model import Record
from curate.util import jsonl

if TYPE_CHECKING:
    from curate.workspace import Workspace

RECORD = "training.json"
CURRENT = "current.json"


class TrainingSettings(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The hyperparameters of a training.

    Args:
        base: the pipeline whose embedding layer and vectors the model starts from; empty for none.
        seed: random seed of the initial weights and of the order of the documents.
        max_steps: the maximum number of updates.
        patience: updates without a better score on ``dev`` after which the training stops.
        eval_frequency: updates between two evaluations on ``dev``.
    """

    base: str = ""
    seed: int = 0
    max_steps: int = 1600
    patience: int = 500
    eval_frequency: int = 100


class LabelScore(Record, frozen=True, kw_only=True):
    """Precision, recall and F1 of one label, or of all labels; None where undefined."""

    precision: float | None
    recall: float | None
    f1: float | None


class TrainedModel(Record, frozen=True, kw_only=True):
    """The record of a trained model (``training.json``).

    Args:
        name: the name of the corpus.
        version: the version of the release; the second model of a release and later ones have a
            number appended (``0.1.0.2``).
        language: ISO 639-1 code; ``xx`` where spaCy has no tokenizer for the corpus's.
        articles: language of the articles, where it is not the main one of the corpus.
        release: version of the release it was trained on.
        digest: digest of that release.
        schema: id of the label schema.
        base: layer name of the pipeline it started from; empty for none.
        settings: the hyperparameters.
        created: time of the training, ISO 8601 in UTC.
        tools: versions of curate, spaCy and the libraries below it.
        train: ids of the documents it was trained on, sorted.
        dev: ids of the documents that selected its best checkpoint, sorted.
        lost: number of spans that spaCy cannot represent and that were left out, by reason.
        noted: number of spans that were ``trimmed`` to their tokens, and of ``missing-tokens``,
            those of lost spans, which training ignored.
        steps: number of updates.
        scores: scores on ``dev`` by label, and of all labels as ``all``, with the labels and
            boundaries that pre-annotation gives.
    """

    name: str
    version: str
    language: str
    articles: str = ""
    release: str
    digest: str
    schema: str
    base: str
    settings: TrainingSettings
    created: str
    tools: dict[str, str]
    train: tuple[str, ...]
    dev: tuple[str, ...]
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}
    steps: int = 0
    scores: dict[str, LabelScore] = {}

    @property
    def id(self) -> str:
        """``<name>-<version>``, the name of its folder."""
        return f"{self.name}-{self.version}"

    @property
    def layer(self) -> str:
        """Name of the layer that the model writes."""
        return model_layer(f"{self.language}_{self.name}@{self.version}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names it is found by: its id, and its layer with and without ``model:``."""
        return self.id, self.layer, model_of(self.layer)


class CurrentModel(Record, frozen=True, kw_only=True):
    """The promoted model (``current.json``).

    Args:
        model: its id.
        at: time of the promotion, ISO 8601 in UTC.
        by: who promoted it.
        over: the model it replaced.
        before: F1 of the proposals on the test split before the promotion.
        after: F1 of the proposals with this model.
    """

    model: str
    at: str
    by: str
    over: str
    before: float | None = None
    after: float | None = None


def with_model(settings: Pipelines, folder: Path) -> Pipelines:
    """Pipeline settings in which a trained model replaces the models.

    The votes are left out too: their weights were learned for the replaced models and are
    meaningless for another one.
    """
    return msgspec.structs.replace(settings, models=(str(folder),), votes="", threshold=None)


def slug(name: str) -> str:
    """The name of a corpus as it can stand in the names of layers and folders."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "corpus"


def list_models(folder: Path) -> list[TrainedModel]:
    """The trained models of a workspace, oldest first.

    Raises:
        InputError: the record of a model is damaged.
    """
    models = [read_model(path.parent) for path in folder.glob(f"[!.]*/{RECORD}")]
    return sorted(models, key=lambda model: (model.created, model.id))


def trained_models(workspace: Workspace) -> tuple[list[TrainedModel], CurrentModel | None]:
    """The models that were trained in a workspace, oldest first, and the promoted one if any.

    Raises:
        InputError: the record of a model is damaged.
        ConfigError: the promoted model no longer exists.
    """
    return list_models(workspace.models), current_model(workspace.models)


def read_model(path: Path) -> TrainedModel:
    """The record of the model in a folder.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        return msgspec.json.decode((path / RECORD).read_bytes(), type=TrainedModel)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = "delete the folder and train the model again"
        raise InputError(f"damaged ({error})", hint, str(path / RECORD)) from error


def find_model(folder: Path, name: str) -> TrainedModel:
    """The trained model with this id or layer.

    Raises:
        InputError: there is no such model.
    """
    models = list_models(folder)
    for model in models:
        if name in model.names:
            return model
    raise InputError(
        f"there is no trained model {name!r}",
        f"choose one of {', '.join(model.id for model in models)}"
        if models
        else "train one with `curate train`",
    )


def find_same(models: Iterable[TrainedModel], planned: TrainedModel) -> TrainedModel | None:
    """The model that was trained on the same data in the same way as the planned one."""
    return next((model for model in models if _recipe(model) == _recipe(planned)), None)


def _recipe(model: TrainedModel) -> tuple[object, ...]:
    """Everything that determines the weights."""
    return (
        *(model.name, model.language, model.digest, model.schema, model.base),
        *(model.articles, model.settings, model.tools, model.train, model.dev),
    )


def next_version(models: Iterable[TrainedModel], release: str) -> str:
    """The version of the next model that is trained on a release: 0.1.0, 0.1.0.2, 0.1.0.3 …"""
    taken = {model.version for model in models}
    count, version = 1, release
    while version in taken:
        count += 1
        version = f"{release}.{count}"
    return version


def install(folder: Path, pipeline: Path, model: TrainedModel) -> None:
    """Write the record of a trained pipeline and move it into the registry."""
    jsonl.write(pipeline / RECORD, msgspec.json.format(jsonl.canonical(model), indent=2) + b"\n")
    target = folder / model.id
    # A folder of this name has no record, or its version would be taken; rename needs it gone.
    shutil.rmtree(target, ignore_errors=True)
    pipeline.rename(target)


def current_model(folder: Path, articles: str = "") -> CurrentModel | None:
    """The promoted model; None where the configured models are in use.

    Args:
        folder: the models of the workspace.
        articles: the language of the articles; empty for the main one of the corpus.

    Raises:
        ConfigError: the file is damaged, or the model no longer exists.
    """
    path = _current_file(folder, articles)
    if not path.exists():
        return None
    option = f" --language {articles}" if articles else ""
    hint = f"return to the configured models with `curate promote --back{option}`"
    try:
        current = msgspec.json.decode(path.read_bytes(), type=CurrentModel)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is damaged ({error})", hint) from error
    if not (folder / current.model / RECORD).exists():
        raise ConfigError(f"the promoted model {current.model} no longer exists", hint)
    return current


def set_current(folder: Path, current: CurrentModel, articles: str = "") -> None:
    """Record which model is in use from now on for articles in a language."""
    jsonl.write(_current_file(folder, articles), jsonl.canonical(current) + b"\n")


def clear_current(folder: Path, articles: str = "") -> None:
    """Return to the configured models for articles in a language."""
    _current_file(folder, articles).unlink(missing_ok=True)


def _current_file(folder: Path, articles: str) -> Path:
    """``current.json``, or ``current-<language>.json`` for a language beside the main one."""
    return folder / (f"current-{articles}.json" if articles else CURRENT)
