"""Promotion: a trained model is used to pre-annotate only if its proposals are better."""

from __future__ import annotations

import shutil

import pytest
from support import trained_corpus

from curate.agreement import Resampler
from curate.agreement.breakdown import compare_predictions
from curate.errors import ConfigError, InputError
from curate.model import Annotation, Span
from curate.preannotate import model_registry
from curate.preannotate.model_registry import TrainingSettings, trained_models
from curate.preannotate.pipelines import active_pipelines
from curate.preannotate.preannotation import preannotate
from curate.train.promotion import promote, revert_promotion, verdict
from curate.train.training import train


def test_a_promoted_model_proposes_until_the_promotion_is_reverted(learned, cli):
    (model,), _ = trained_models(learned)
    (fresh,) = trained_corpus.fill(learned, range(1000, 1001), gold=False)
    promoted = cli("promote", model.id, "--json", root=learned.root)
    assert promoted.exit_code == 0 and promoted.json["took_over"]
    try:
        _, current = trained_models(learned)
        assert (current.model, current.over, current.by) == (model.id, "no model", "curator")
        preannotate(learned)
        with learned.store.begin() as tx:
            assert model.layer in tx.layers(fresh)
            proposal = tx.annotation(fresh, "proposal")
        gold = trained_corpus.article(1000)[1]
        assert {span.key for span in proposal.spans} == {span.key for span in gold}
        again = cli("promote", model.id, root=learned.root)
        assert again.exit_code == 1 and isinstance(again.refusal, InputError)
        listed = cli("models", root=learned.root)
        assert f"* {model.id}" in listed.stdout
    finally:
        reverted = cli("promote", "--back", "--json", root=learned.root)
    assert reverted.json == {"stepped_back": model.id}
    assert active_pipelines(learned)[""].models == ()


def test_a_model_that_is_not_better_is_not_promoted(learned, cli):
    settings = TrainingSettings(seed=5, max_steps=12, eval_frequency=6)
    bad = train(learned, settings=settings).model
    (good, _), _ = trained_models(learned)
    assert promote(learned, good.id).took_over
    result = cli("promote", bad.id, "--json", root=learned.root)
    revert_promotion(learned)
    shutil.rmtree(learned.models / bad.id)
    assert result.exit_code == 1 and not result.json["took_over"]
    proposals = result.json["proposals"]
    assert proposals["difference"]["value"] < 0
    assert proposals["before"]["f1"] > proposals["after"]["f1"]


def test_a_promoted_model_that_was_deleted_is_refused_with_a_hint(learned):
    deleted = model_registry.CurrentModel(model="gazette-9.9.9", at="", by="", over="")
    model_registry.set_current(learned.models, deleted)
    with pytest.raises(ConfigError) as caught:
        preannotate(learned)
    assert "`curate promote --back`" in caught.value.hint
    assert revert_promotion(learned)
    assert trained_models(learned)[1] is None


def annotations(*starts):
    return {
        str(number): Annotation(
            document=str(number), layer="x", spans=tuple(Span(s, s + 2, "PER") for s in document)
        )
        for number, document in enumerate(starts)
    }


def test_the_verdict_follows_the_paired_difference_and_its_interval():
    gold = annotations([0, 5], [0, 5], [0, 5], [0, 5])
    worse = annotations([0], [0], [0], [0])
    better = compare_predictions(gold, worse, gold, Resampler(200, 1))
    assert better.before.f1 == pytest.approx(2 / 3) and better.after.f1 == 1
    assert better.difference.value == pytest.approx(1 / 3)
    # Every document gains alike, so no resample moves the difference.
    assert better.difference.low == pytest.approx(better.difference.high) == pytest.approx(1 / 3)
    assert verdict(better, sure=True)[0]
    same = compare_predictions(gold, worse, worse, Resampler(200, 1))
    assert not verdict(same, sure=False)[0]
    uncertain = compare_predictions(gold, worse, {**worse, "0": gold["0"]}, Resampler(200, 1))
    assert verdict(uncertain, sure=False)[0] and not verdict(uncertain, sure=True)[0]
