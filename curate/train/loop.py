"""spaCy's training loop, with its progress told and its result written whole or not at all."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from curate.errors import CurateError
from curate.preannotate.registry import TrainingSettings
from curate.train.config import fill, paths
from curate.util.progress import Progress

if TYPE_CHECKING:
    from spacy import Config
    from spacy.language import Language

_LOGGER = "curate.progress.v1"
_BEST = "model-best"
_CONFIG = "config.cfg"


class Fitted(NamedTuple):
    """A trained pipeline: its folder, the updates that were made, and its best score on ``dev``."""

    path: Path
    steps: int
    score: float


def fit(
    folder: Path,
    language: str,
    name: str,
    version: str,
    settings: TrainingSettings,
    progress: Progress,
) -> Fitted:
    """Train a pipeline.

    The same documents, settings and versions of spaCy and its libraries on the same kind of
    processor give the same weights.

    Args:
        folder: has ``train.spacy`` and ``dev.spacy``, and gets everything else.
        language: ISO 639-1 code.
        name: of the pipeline, without the language.
        version: of it.
        settings: how to train.
        progress: is told of each update.

    Raises:
        ConfigError: the pipeline to start from is not there, or has nothing to start from.
        CurateError: nothing was learned.
    """
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train

    config = fill(folder, language, settings)
    config["paths"] |= paths(folder, settings.base)
    nlp = init_nlp(config)
    nlp.meta.update(name=name, version=version, description="trained by curate")
    kept = config["training"]["logger"]
    watch = _Watch(progress, settings.max_steps)
    _register(watch)
    nlp.config["training"]["logger"] = {"@loggers": _LOGGER}
    output = folder / "output"
    output.mkdir()
    train(nlp, output, stdout=io.StringIO(), stderr=io.StringIO())
    best = output / _BEST
    if not best.is_dir():
        raise CurateError("nothing was learned", "annotate more documents, or allow more steps")
    _clean(best, config, kept, settings)
    shutil.rmtree(output / "model-last")
    return Fitted(best, watch.steps, watch.score)


class _Watch:
    """Counts the updates of a training, and keeps its best score."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.steps = 0
        self.score = 0.0
        self._progress = progress
        self._total = total

    def step(self, info: dict[str, Any] | None) -> None:
        """After each update; ``info`` where ``dev`` was scored."""
        self.steps += 1
        if info is not None:
            self.score = max(self.score, float(info["score"]))
        self._progress("train", self.steps, self._total)

    def end(self) -> None:
        """After the last update."""


def _register(watch: _Watch) -> None:
    """Let spaCy tell this training of its progress; a logger has to be known by name."""
    from spacy import registry

    def logger() -> Callable[..., tuple[Callable[..., None], Callable[..., None]]]:
        def setup(nlp: Language, stdout: IO[str], stderr: IO[str]) -> Any:
            return watch.step, watch.end

        return setup

    registry.loggers.register(_LOGGER, func=logger)


def _clean(path: Path, config: Config, logger: Any, settings: TrainingSettings) -> None:
    """Take from the kept configuration what held for this run alone: its logger and folders."""
    from spacy import Config

    kept = Config().from_disk(path / _CONFIG, interpolate=False)
    kept["training"]["logger"] = logger
    kept["paths"] |= paths(Path(), settings.base)
    kept.to_disk(path / _CONFIG)
