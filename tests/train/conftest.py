"""A workspace with a trained model, made once for the tests of training."""

from __future__ import annotations

import pytest
from support import trained_corpus

from curate.preannotate.model_registry import TrainingSettings
from curate.train.training import train
from curate.workspace import Workspace


@pytest.fixture(scope="session")
def quick() -> TrainingSettings:
    """Hyperparameters of a training that takes seconds."""
    return TrainingSettings(max_steps=60, patience=60, eval_frequency=30)


@pytest.fixture(scope="session")
def learned(tmp_path_factory, quick) -> Workspace:
    """A workspace with a release and a model of it; a test leaves it as it was."""
    workspace = trained_corpus.workspace(tmp_path_factory.mktemp("trained") / "gazette")
    trained_corpus.fill(workspace, range(60))
    trained_corpus.released(workspace)
    train(workspace, settings=quick)
    return workspace
