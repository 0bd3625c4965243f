"""Evaluation of a model on a split of a release."""

from __future__ import annotations

import shutil

from support import history_corpus, trained_corpus

from curate.errors import ConfigError
from curate.preannotate.model_registry import trained_models
from curate.splits.files import save_splits
from curate.train.evaluation import evaluate_model


def test_scores_are_given_by_label_source_and_length(learned, cli):
    (model,), _ = trained_models(learned)
    scores = cli("evaluate", "--model", model.id, "--json", root=learned.root).json
    assert scores["layer"] == model.layer and scores["split"] == "test"
    assert {"PER", "LOC", "ORG"} == scores["evaluation"]["conll"]["labels"].keys()
    assert {"web", "wire"} == scores["parts"]["sources"].keys()
    assert sum(part["documents"] for part in scores["parts"]["lengths"].values()) == len(
        scores["evaluation"]["conll"]["documents"]
    )
    assert scores["parts"]["words"]["2"]["score"]["first"] > 0


def test_another_split_and_the_current_pipelines_can_be_scored(learned, cli):
    (model,), _ = trained_models(learned)
    words = ("evaluate", "--model", model.id, "0.1.0", "--split", "dev")
    dev = cli(*words, "--json", root=learned.root).json
    assert (dev["split"], dev["release"]) == ("dev", "0.1.0")
    assert "dev of release 0.1.0" in cli(*words, root=learned.root).stdout
    current = cli("evaluate", "--model", "current", "--json", root=learned.root).json
    assert current["evaluation"]["conll"]["micro"]["second"] == 0
    missing = cli("evaluate", "--model", "nothing-1", root=learned.root)
    assert missing.exit_code == 1 and isinstance(missing.refusal, ConfigError)
    assert "nothing-1" in missing.refusal.message


def test_a_test_document_that_the_model_learned_from_is_left_out(learned, tmp_path):
    (model,), _ = trained_models(learned)
    copy = history_corpus.copy_of(learned, tmp_path / "copy")
    shutil.copytree(learned.models, copy.models, dirs_exist_ok=True)
    split_of = trained_corpus.splits(copy)
    moved = next(document for document, name in split_of.items() if name == "train")
    save_splits(copy.annotations, {**split_of, moved: "test"})
    result = evaluate_model(copy, model.id, resamples=0)
    assert moved not in result.evaluation.conll.documents
    assert [p.document for p in result.problems if p.code == "train.seen"] == [moved]
