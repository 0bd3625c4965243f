"""The learning curve: trained, saved, drawn, and resumed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from support import trained_corpus

from curate.preannotate.model_registry import trained_models
from curate.train import learning_curve
from curate.train.forecast import SHARES


@pytest.mark.slow
def test_the_curve_is_saved_drawn_and_resumed(tmp_path, monkeypatch, cli):
    workspace = trained_corpus.workspace(tmp_path / "gazette")
    trained_corpus.fill(workspace, range(48))
    trained_corpus.released(workspace)
    words = ("train", "--curve", "--blank", "--max-steps", "40", "--eval-frequency", "20")
    result = cli(*words, "--json", root=workspace.root).json
    points = result["curve"]["stops"]
    assert [point["share"] for point in points] == [*SHARES]
    assert points[-1]["documents"] == len(result["trained"]["model"]["train"])
    assert points[-1]["f1"] == result["trained"]["model"]["scores"]["all"]["f1"]
    path = workspace.models / "gazette-0.1.0" / learning_curve.DRAWING
    drawing = path.read_text("utf-8")
    ElementTree.fromstring(drawing)
    assert "http://www.w3.org/2000/svg" in drawing and "href" not in drawing
    # The models of smaller shares are deleted.
    assert [model.id for model in trained_models(workspace)[0]] == ["gazette-0.1.0"]

    def never(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(learning_curve, "fit_model", never)
    again = cli(*words, root=workspace.root)
    assert again.exit_code == 0
    assert str(path) in again.stdout
    assert "no forecast: " in again.stdout or "F1 = " in again.stdout
