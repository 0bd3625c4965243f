"""spaCy's training loop, with progress reports and a cleaned configuration."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from curate.errors import CurateError
from curate.preannotate.model_registry import TrainedModel, TrainingSettings
from curate.train.spacy_config import fill, paths
from curate.util.progress import Progress

if TYPE_CHECKING:
    from spacy.language import Language

_LOGGER = "curate.progress.v1"
_BEST = "model-best"
_CONFIG = "config.cfg"


class FittedPipeline(NamedTuple):
    """A trained pipeline: its folder, and the number of updates."""

    path: Path
    steps: int


def fit(folder: Path, planned: TrainedModel, progress: Progress) -> FittedPipeline:
    """Train a pipeline.

    The same documents, settings and versions of spaCy and its libraries on the same kind of
    processor give the same weights.

    Args:
        folder: holds ``train.spacy`` and ``dev.spacy``; everything else is written here.
        planned: the record of the model: its language, name, version and settings.
        progress: called after each update.

    Raises:
        ConfigError: the base pipeline is not installed, or has no embedding layer.
        CurateError: no checkpoint was better than the initial weights.
    """
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train

    settings = planned.settings
    config = fill(folder, planned.language, settings)
    config["paths"] |= paths(folder, settings.base)
    nlp = init_nlp(config)
    nlp.meta.update(name=planned.name, version=planned.version, description="trained by curate")
    logger = config["training"]["logger"]
    counter = _StepCounter(progress, settings.max_steps)
    _register(counter)
    nlp.config["training"]["logger"] = {"@loggers": _LOGGER}
    output = folder / "output"
    output.mkdir()
    train(nlp, output, stdout=io.StringIO(), stderr=io.StringIO())
    best = output / _BEST
    if not best.is_dir():
        raise CurateError(
            "the model learned nothing", "annotate more documents, or raise --max-steps"
        )
    _clean(best, logger, settings)
    shutil.rmtree(output / "model-last")
    return FittedPipeline(best, counter.steps)


class _StepCounter:
    """Counts the updates of a training, as a logger of spaCy."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.steps = 0
        self._progress = progress
        self._total = total

    def step(self, info: dict[str, Any] | None) -> None:
        """Called after each update; ``info`` has scores where ``dev`` was evaluated."""
        self.steps += 1
        self._progress("train", self.steps, self._total)

    def end(self) -> None:
        """Called after the last update."""


def _register(counter: _StepCounter) -> None:
    """Register the counter: spaCy's configuration names a logger and cannot hold an object."""
    from spacy import registry

    def logger() -> Callable[..., tuple[Callable[..., None], Callable[..., None]]]:
        def setup(nlp: Language, stdout: IO[str], stderr: IO[str]) -> Any:
            return counter.step, counter.end

        return setup

    registry.loggers.register(_LOGGER, func=logger)


def _clean(path: Path, logger: Any, settings: TrainingSettings) -> None:
    """Replace the logger and absolute paths of this run in the saved configuration."""
    from spacy import Config

    config = Config().from_disk(path / _CONFIG, interpolate=False)
    config["training"]["logger"] = logger
    config["paths"] |= paths(Path(), settings.base)
    config.to_disk(path / _CONFIG)
