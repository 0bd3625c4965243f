"""The trained models of a workspace: a folder each, and which of them proposes.

::

    .curate/models/<name>-<version>/   a spaCy pipeline, as ``spacy.load`` reads it
        training.json                  what it was made of, and how well it did
        config.cfg                     the configuration it was trained with
    .curate/models/current.json        the one that took over, since when, and by which comparison

A model is written beside this and moved here when it is whole, so that what is here is whole. None
of it is under version control: the same release, seed and settings make the same model again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from curate.config import Pipelines
from curate.errors import ConfigError, InputError
from curate.layers import model_layer, model_of
from curate.model import Record
from curate.util import jsonl

FOLDER = "models"
RECORD = "training.json"
CURRENT = "current.json"


class TrainingSettings(Record, frozen=True, kw_only=True, omit_defaults=False):
    """How a model is trained.

    Args:
        base: the pipeline whose embedding layer and vectors it starts from; empty for none.
        seed: of the first weights and of the order of the documents.
        max_steps: updates at most.
        patience: updates without a better score on ``dev`` after which it ends.
        eval_frequency: updates between two scores on ``dev``.
    """

    base: str = ""
    seed: int = 0
    max_steps: int = 1600
    patience: int = 500
    eval_frequency: int = 100


class Figure(Record, frozen=True, kw_only=True):
    """Precision, recall and F1 of one label, or of all; None where undefined."""

    precision: float | None
    recall: float | None
    f1: float | None


class Trained(Record, frozen=True, kw_only=True):
    """What a model was made of, and how well it did.

    Args:
        name: of the model: the corpus's.
        version: of the release it was trained on, with a count behind it from the second model on.
        language: ISO 639-1 code.
        release: the release.
        digest: of the release.
        schema: id of the label schema.
        base: layer name of the pipeline it started from; empty for none.
        settings: how it was trained.
        created: when, ISO 8601 in UTC.
        tools: versions of the programs.
        train: ids of the documents it was trained on, sorted.
        dev: ids of the documents by which the best of its states was chosen, sorted.
        lost: spans it could not be shown, by reason.
        steps: updates that were made.
        scores: on ``dev``, with the edges and labels that pre-annotation gives: ``all``, and by
            label.
    """

    name: str
    version: str
    language: str
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
    steps: int = 0
    scores: dict[str, Figure] = {}

    @property
    def id(self) -> str:
        """``<name>-<version>``, the name of its folder."""
        return f"{self.name}-{self.version}"

    @property
    def layer(self) -> str:
        """Name of the layer it makes."""
        return model_layer(f"{self.language}_{self.name}@{self.version}")

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called: its id, or its layer."""
        return self.id, self.layer, model_of(self.layer)


class Current(Record, frozen=True, kw_only=True):
    """The model that took over.

    Args:
        model: its id.
        at: when, ISO 8601 in UTC.
        by: who.
        over: what it took the place of.
        before: F1 of that on the test split.
        after: F1 of the model on it.
    """

    model: str
    at: str
    by: str
    over: str
    before: float | None = None
    after: float | None = None


def with_model(settings: Pipelines, folder: Path) -> Pipelines:
    """TrainingSettings in which a trained model takes the place of the models.

    The votes go with them: their weights are about the models they were learned with, and say
    nothing of another one.
    """
    return msgspec.structs.replace(settings, models=(str(folder),), votes="", threshold=None)


def plain(name: str) -> str:
    """A name that can stand in the name of a layer and of a folder."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "corpus"


def registered(folder: Path) -> list[Trained]:
    """The models of a workspace, in the order in which they were made.

    Raises:
        InputError: what is kept of one is damaged.
    """
    found = [read(path.parent) for path in folder.glob(f"[!.]*/{RECORD}")]
    return sorted(found, key=lambda each: (each.created, each.id))


def read(path: Path) -> Trained:
    """What is kept of the model in a folder.

    Raises:
        InputError: it is damaged.
    """
    try:
        return msgspec.json.decode((path / RECORD).read_bytes(), type=Trained)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = "remove its folder, and train it again"
        raise InputError(f"damaged ({error})", hint, str(path / RECORD)) from error


def find(folder: Path, name: str) -> Trained:
    """The model with this id, or this layer.

    Raises:
        InputError: there is none.
    """
    known = registered(folder)
    for each in known:
        if name in each.names:
            return each
    told = ", ".join(each.id for each in known) or "none"
    raise InputError(f"there is no trained model {name!r}", f"there is {told}; see `curate models`")


def same(known: Iterable[Trained], wanted: Trained) -> Trained | None:
    """The model that was made of the same things in the same way."""
    for each in known:
        if _made_of(each) == _made_of(wanted):
            return each
    return None


def _made_of(model: Trained) -> tuple[object, ...]:
    one = model
    how = (one.name, one.language, one.digest, one.schema, one.base, one.settings, one.tools)
    return (*how, one.train, one.dev)


def following(known: Iterable[Trained], release: str) -> str:
    """The version of the next model that is trained on a release: 0.1.0, 0.1.0.2, 0.1.0.3 …"""
    taken = {each.version for each in known}
    count, version = 1, release
    while version in taken:
        count += 1
        version = f"{release}.{count}"
    return version


def place(folder: Path, pipeline: Path, trained: Trained) -> Path:
    """Put a trained pipeline where the models are, whole or not at all; returns where."""
    jsonl.write(pipeline / RECORD, msgspec.json.format(jsonl.canonical(trained), indent=2) + b"\n")
    target = folder / trained.id
    shutil.rmtree(target, ignore_errors=True)  # without a record: somebody took it out by hand
    pipeline.rename(target)
    return target


def current(folder: Path) -> Current | None:
    """The model that took over; None where the settings alone say what proposes.

    Raises:
        ConfigError: the file is damaged, or the model is no longer there.
    """
    path = folder / CURRENT
    if not path.exists():
        return None
    hint = "take the settings' own models back with `curate promote --back`"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Current)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is damaged ({error})", hint) from error
    if not (folder / found.model / RECORD).exists():
        raise ConfigError(f"the trained model {found.model} is no longer there", hint)
    return found


def take_over(folder: Path, chosen: Current) -> None:
    """Note which model proposes from now on."""
    jsonl.write(folder / CURRENT, jsonl.canonical(chosen) + b"\n")


def leave(folder: Path) -> None:
    """Let the settings alone say what proposes."""
    (folder / CURRENT).unlink(missing_ok=True)
