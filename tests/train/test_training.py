"""Models that are trained, scored and put to use, on a corpus that is quickly learned."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest
from support import trained_corpus as t
from typer.testing import CliRunner

from curate.agreement import Resampler
from curate.agreement.breakdown import paired
from curate.cli.commands import app
from curate.errors import ConfigError, InputError, ReleaseError, StoreError
from curate.model import Annotation, Span
from curate.preannotate import registry
from curate.preannotate.corpus import active_pipelines, preannotate
from curate.splits.corpus import split
from curate.train import TrainingSettings, loop, promotion, training
from curate.train.corpus import _corpus, promote, step_back, train, trained_models
from curate.workspace import Workspace

QUICK = TrainingSettings(max_steps=60, patience=60, eval_frequency=30)


@pytest.fixture(scope="module")
def learned(tmp_path_factory) -> Workspace:
    """A workspace with a release and a model of it."""
    corpus = t.workspace(tmp_path_factory.mktemp("trained") / "gazette")
    t.fill(corpus, range(60))
    t.released(corpus)
    train(corpus, settings=QUICK)
    return corpus


def run(corpus: Workspace, *words: str):
    return CliRunner().invoke(app, [*words, "-C", str(corpus.root)])


def test_a_model_is_kept_with_all_that_made_it(learned):
    (model,), current = trained_models(learned)
    assert current is None
    folder = learned.models / model.id
    kept = msgspec.json.decode((folder / registry.RECORD).read_bytes())
    with learned.store.begin() as tx:
        release = tx.releases()[0]
    assert kept["release"] == "0.1.0" and kept["digest"] == release.digest
    assert kept["settings"]["seed"] == 0 and kept["tools"]["spacy"]
    of = t.splits(learned)
    assert [of[key] for key in kept["train"]] == ["train"] * len(kept["train"])
    assert {of[key] for key in kept["dev"]} == {"dev"}
    assert model.scores["all"].f1 > 0.9
    assert {"PER", "LOC", "ORG"} <= model.scores.keys()
    config = (folder / "config.cfg").read_text("utf-8")
    assert str(learned.root) not in config and "curate.progress" not in config


def test_spacy_loads_it(learned):
    import spacy

    (model,), _ = trained_models(learned)
    nlp = spacy.load(learned.models / model.id)
    found = [(e.text, e.label_) for e in nlp("Le groupe Airbus ouvre une usine à Oslo.").ents]
    assert found == [("Airbus", "ORG"), ("Oslo", "LOC")]


def test_the_same_seed_gives_the_same_scores_and_training_again_is_free(learned):
    (first,), _ = trained_models(learned)
    known = train(learned, settings=QUICK)
    assert known.known and known.model == first
    again = train(learned, settings=QUICK, again=True)
    try:
        assert not again.known and again.model.version == "0.1.0.2"
        assert again.model.scores == first.scores
        weights = [
            (learned.models / m.id / "ner" / "model").read_bytes() for m in (first, again.model)
        ]
        assert weights[0] == weights[1]
    finally:
        shutil.rmtree(learned.models / again.model.id)


def test_an_interrupted_training_leaves_nothing_and_can_be_run_again(learned, monkeypatch):
    before = sorted(path.name for path in learned.models.iterdir())

    def interrupt(what, done, total):
        if done == 5:
            raise KeyboardInterrupt

    other = msgspec.structs.replace(QUICK, seed=7)
    with pytest.raises(KeyboardInterrupt):
        train(learned, settings=other, progress=interrupt)
    assert sorted(path.name for path in learned.models.iterdir()) == before
    (learned.models / ".training-killed").mkdir()  # what a kill leaves behind
    made = train(learned, settings=other)
    left = {path.name for path in learned.models.iterdir()} - {*before}
    assert left == {made.model.id}
    shutil.rmtree(learned.models / made.model.id)


def test_two_trainings_at_once_are_refused(learned):
    with training.working(learned.models), pytest.raises(StoreError, match="another training"):
        train(learned, settings=msgspec.structs.replace(QUICK, seed=3))


def test_it_takes_over_proposes_and_steps_back(learned):
    (model,), _ = trained_models(learned)
    (fresh,) = t.fill(learned, range(1000, 1001), gold=False)
    told = run(learned, "promote", model.id)
    assert told.exit_code == 0, told.output
    assert "proposes now" in told.stdout
    try:
        _, current = trained_models(learned)
        assert (current.model, current.over, current.by) == (model.id, "no model", "curator")
        preannotate(learned)
        with learned.store.begin() as tx:
            assert model.layer in tx.layers(fresh)
            proposal = tx.annotation(fresh, "proposal")
        assert {span.key for span in proposal.spans} == {s.key for s in t.article(1000)[1]}
        again = run(learned, "promote", model.id)
        assert again.exit_code == 1 and "proposes already" in str(again.exception)
        assert "* gazette-0.1.0" in run(learned, "models").stdout
    finally:
        back = run(learned, "promote", "--back")
    assert "proposes no longer" in back.stdout
    assert active_pipelines(learned)[""].models == ()


def test_a_model_that_is_not_better_does_not_take_over(learned):
    bad = train(learned, settings=TrainingSettings(seed=5, max_steps=12, eval_frequency=6)).model
    (good, _), _ = trained_models(learned)
    assert promote(learned, good.id).took_over
    told = run(learned, "promote", bad.id, "--json")
    found = json.loads(told.stdout)
    step_back(learned)
    shutil.rmtree(learned.models / bad.id)
    assert told.exit_code == 1 and not found["took_over"]
    assert found["proposals"]["difference"]["value"] < 0
    assert found["proposals"]["before"]["f1"] > found["proposals"]["after"]["f1"]


def test_a_model_that_is_gone_is_named_with_its_hint(learned):
    gone = registry.Current(model="gazette-9.9.9", at="", by="", over="")
    registry.take_over(learned.models, gone)
    with pytest.raises(ConfigError, match="no longer there") as caught:
        preannotate(learned)
    assert "--back" in caught.value.hint
    assert step_back(learned)


def test_evaluate_tells_per_label_source_and_length(learned):
    (model,), _ = trained_models(learned)
    told = run(learned, "evaluate", "--model", model.id, "--json")
    found = json.loads(told.stdout)
    assert found["layer"] == model.layer and found["split"] == "test"
    assert {"PER", "LOC", "ORG"} == found["evaluation"]["conll"]["labels"].keys()
    assert {"web", "wire"} == found["parts"]["sources"].keys()
    assert sum(part["documents"] for part in found["parts"]["lengths"].values()) == len(
        found["evaluation"]["conll"]["documents"]
    )
    assert found["parts"]["words"]["2"]["score"]["first"] > 0
    text = run(learned, "evaluate", "--model", model.id, "0.1.0", "--split", "dev")
    assert "dev of release 0.1.0" in text.stdout
    now = run(learned, "evaluate", "--model", "current", "--json")
    assert json.loads(now.stdout)["evaluation"]["conll"]["micro"]["second"] == 0
    lost = run(learned, "evaluate", "--model", "nothing-1")
    assert lost.exit_code == 1 and "nothing-1" in str(lost.exception)


def test_a_document_that_a_model_learned_from_does_not_count(learned):
    (model,), _ = trained_models(learned)
    material = training.gold(_corpus(learned), "")
    moved = material.part("train")[0]
    leaky = material._replace(splits={**material.splits, "test": (*material.part("test"), moved)})
    setup = promotion.Setup(models=(str(learned.models / model.id),))
    found = promotion.grade(
        leaky, "test", learned.schema, setup, model.id, known=[model], resampler=Resampler(0)
    )
    assert moved[0].id not in found.evaluation.conll.documents
    assert [p.document for p in found.problems if p.code == "train.seen"] == [moved[0].id]


def test_what_cannot_be_trained_on_is_said(tmp_path):
    corpus = t.workspace(tmp_path / "bare")
    with pytest.raises(ReleaseError, match="no release"):
        train(corpus, settings=QUICK)
    t.fill(corpus, range(3))
    t.h.cut(corpus, "0.1.0")
    with pytest.raises(InputError, match="in no splits") as caught:
        train(corpus, settings=QUICK)
    assert "curate split" in caught.value.hint
    with pytest.raises(ConfigError, match="not installed"):
        split(corpus)
        train(corpus, settings=TrainingSettings(base="xx_nothing_sm"))
    assert not [path for path in corpus.models.glob("*") if path.name != ".lock"]


def test_nothing_learned_is_refused(tmp_path, monkeypatch):
    corpus = t.workspace(tmp_path / "empty")
    t.fill(corpus, range(30))
    t.released(corpus)
    monkeypatch.setattr(loop, "_BEST", "model-that-never-was")
    with pytest.raises(Exception, match="nothing was learned"):
        train(corpus, settings=TrainingSettings(max_steps=2, eval_frequency=1))
    assert trained_models(corpus)[0] == []


def annotations(*sides):
    return {
        str(n): Annotation(
            document=str(n), layer="x", spans=tuple(Span(s, s + 2, "PER") for s in one)
        )
        for n, one in enumerate(sides)
    }


def test_the_paired_difference_is_that_of_the_scores_and_needs_no_luck():
    gold = annotations([0, 5], [0, 5], [0, 5], [0, 5])
    worse = annotations([0], [0], [0], [0])
    found = paired(gold, worse, gold, Resampler(200, 1))
    assert found.before.f1 == pytest.approx(2 / 3) and found.after.f1 == 1
    assert found.difference.value == pytest.approx(1 / 3)
    # Every document gains alike, so that no resample moves the difference.
    assert found.difference.low == pytest.approx(found.difference.high) == pytest.approx(1 / 3)
    assert promotion.verdict(found, sure=True)[0]
    same = paired(gold, worse, worse, Resampler(200, 1))
    assert promotion.verdict(same, sure=False) == (False, "its proposals are not better")
    some = paired(gold, worse, {**worse, "0": gold["0"]}, Resampler(200, 1))
    assert promotion.verdict(some, sure=False)[0] and not promotion.verdict(some, sure=True)[0]
