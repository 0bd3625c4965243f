"""Training: the record of a model, reproducibility, interruption, and what cannot be trained on."""

from __future__ import annotations

import shutil

import msgspec
import pytest
from support import history_corpus, trained_corpus
from support.cli import run_command
from support.workspaces import save

from curate.errors import ConfigError, CurateError, InputError, ReleaseError, StoreError
from curate.ingest.languages import set_language
from curate.preannotate import model_registry
from curate.preannotate.model_registry import TrainingSettings, trained_models
from curate.preannotate.models import read_meta
from curate.preannotate.pipelines import active_pipelines
from curate.splits.split import split, summarise_splits
from curate.train import loop
from curate.train.evaluation import evaluate_model
from curate.train.promotion import promote, revert_promotion
from curate.train.training import train, training_folder
from curate.workspace import Workspace


def test_the_record_holds_everything_that_made_the_model(learned):
    (model,), current = trained_models(learned)
    assert current is None
    folder = learned.models / model.id
    record = msgspec.json.decode((folder / model_registry.RECORD).read_bytes())
    with learned.store.begin() as tx:
        release = tx.releases()[0]
    assert record["release"] == "0.1.0" and record["digest"] == release.digest
    assert record["settings"]["seed"] == 0 and record["tools"]["spacy"]
    split_of = trained_corpus.splits(learned)
    assert [split_of[key] for key in record["train"]] == ["train"] * len(record["train"])
    assert {split_of[key] for key in record["dev"]} == {"dev"}
    assert model.scores["all"].f1 > 0.9
    assert {"PER", "LOC", "ORG"} <= model.scores.keys()
    config = (folder / "config.cfg").read_text("utf-8")
    assert str(learned.root) not in config and "curate.progress" not in config


def test_spacy_loads_the_model(learned):
    import spacy

    (model,), _ = trained_models(learned)
    nlp = spacy.load(learned.models / model.id)
    entities = nlp("Le groupe Airbus ouvre une usine à Oslo.").ents
    assert [(e.text, e.label_) for e in entities] == [("Airbus", "ORG"), ("Oslo", "LOC")]


def test_the_same_seed_gives_the_same_weights_and_nothing_is_trained_twice(learned, quick):
    (first,), _ = trained_models(learned)
    existing = train(learned, settings=quick)
    assert existing.known and existing.model == first
    again = train(learned, settings=quick, again=True)
    try:
        assert not again.known and again.model.version == "0.1.0.2"
        assert again.model.scores == first.scores
        weights = [
            (learned.models / m.id / "ner" / "model").read_bytes() for m in (first, again.model)
        ]
        assert weights[0] == weights[1]
    finally:
        shutil.rmtree(learned.models / again.model.id)


def test_an_interrupted_training_leaves_nothing_and_can_be_run_again(learned, quick):
    before = sorted(path.name for path in learned.models.iterdir())

    def interrupt(task, done, total):
        if done == 5:
            raise KeyboardInterrupt

    settings = msgspec.structs.replace(quick, seed=7)
    with pytest.raises(KeyboardInterrupt):
        train(learned, settings=settings, progress=interrupt)
    assert sorted(path.name for path in learned.models.iterdir()) == before
    (learned.models / ".training-killed").mkdir()  # what a kill leaves behind
    model = train(learned, settings=settings).model
    assert {path.name for path in learned.models.iterdir()} - {*before} == {model.id}
    shutil.rmtree(learned.models / model.id)


def test_two_trainings_at_once_are_refused(learned, quick):
    with training_folder(learned.models), pytest.raises(StoreError):
        train(learned, settings=msgspec.structs.replace(quick, seed=3))


def test_what_cannot_be_trained_on_is_refused(tmp_path, quick):
    workspace = trained_corpus.workspace(tmp_path / "bare")
    with pytest.raises(ReleaseError):
        train(workspace, settings=quick)
    trained_corpus.fill(workspace, range(3))
    history_corpus.cut(workspace, "0.1.0")
    with pytest.raises(InputError) as caught:
        train(workspace, settings=quick)
    assert "`curate split`" in caught.value.hint
    split(workspace)
    with pytest.raises(ConfigError):
        train(workspace, settings=TrainingSettings(base="xx_nothing_sm"))
    assert not [path for path in workspace.models.glob("*") if path.name != ".lock"]


def test_the_record_counts_spans_that_were_trimmed_or_lost(tmp_path):
    workspace = trained_corpus.workspace(tmp_path / "edges")
    trimmed = 0
    with workspace.store.begin() as tx:
        for number in range(20):
            text, spans = trained_corpus.article(number)
            first, second, *others = spans
            if text[first.end] == " ":
                first = msgspec.structs.replace(first, end=first.end + 1)
                trimmed += 1
            second = msgspec.structs.replace(second, end=second.end - 1)  # within a word
            tx.add_document(history_corpus.document(text))
            tx.add_revision(history_corpus.revision(text, 1, first, second, *others))
    save(workspace)
    split(workspace)
    history_corpus.cut(workspace, "0.1.0")
    model = train(workspace, settings=TrainingSettings(max_steps=30, eval_frequency=10)).model
    documents = len(model.train) + len(model.dev)
    assert 0 < documents <= 20
    assert model.lost == {"misaligned": documents}
    assert 0 < model.noted["trimmed"] <= trimmed
    assert model.noted["missing-tokens"] >= documents


def test_a_language_without_a_tokenizer_is_read_as_in_the_exports(tmp_path, quick):
    """spaCy does not know Esperanto."""
    workspace = in_language(tmp_path / "eo", "eo")
    result = train(workspace, settings=quick)
    assert result.model.layer == "model:xx_gazette@0.1.0"
    assert {problem.code for problem in result.problems} == {"export.language"}
    (model,), _ = trained_models(workspace)
    assert read_meta(str(workspace.models / model.id)).layer == model.layer


def test_spans_that_fit_no_token_are_named(tmp_path):
    """Without a tokenizer, a sentence of Japanese is one token."""
    workspace = in_language(tmp_path / "ja", "eo", lambda text: text.replace(" ", "の"))
    with pytest.raises(InputError, match="train split"):
        train(workspace, settings=TrainingSettings(max_steps=2, eval_frequency=1))
    assert trained_models(workspace) == ([], None)


def in_language(root, language, changed=lambda text: text):
    """The corpus with texts that are changed, as if they were in another language."""
    workspace = trained_corpus.workspace(root)
    path = root / "curate.toml"
    text = path.read_text("utf-8").replace('language = "fr"', f'language = "{language}"')
    path.write_text(text, encoding="utf-8")
    workspace = Workspace(root, history_corpus.Clock())
    with workspace.store.begin() as tx:
        for number in range(30):
            text, spans = trained_corpus.article(number)
            text = changed(text)
            tx.add_document(
                msgspec.structs.replace(history_corpus.document(text, source="wire"), lang=language)
            )
            tx.add_revision(history_corpus.revision(text, 1, *spans))
    trained_corpus.released(workspace)
    return workspace


def test_a_model_that_learned_nothing_is_refused(tmp_path, monkeypatch):
    workspace = trained_corpus.workspace(tmp_path / "empty")
    trained_corpus.fill(workspace, range(30))
    trained_corpus.released(workspace)
    monkeypatch.setattr(loop, "_BEST", "model-that-never-was")
    with pytest.raises(CurateError) as caught:
        train(workspace, settings=TrainingSettings(max_steps=2, eval_frequency=1))
    assert "--max-steps" in caught.value.hint
    assert trained_models(workspace) == ([], None)


@pytest.mark.slow
def test_a_corpus_in_two_languages_has_a_model_for_each(tmp_path, quick):
    workspace = trained_corpus.workspace(tmp_path / "two")
    settings = workspace.root / "curate.toml"
    text = settings.read_text("utf-8")
    line = 'language = "fr"'
    settings.write_text(text.replace(line, f'{line}\nlanguages = ["fr", "en"]', 1), "utf-8")
    workspace = Workspace(workspace.root, history_corpus.Clock())
    ids = trained_corpus.fill(workspace, range(60))
    set_language(workspace, ids[::3], "en")
    trained_corpus.released(workspace)
    parts = {part.split: part.languages for part in summarise_splits(workspace)}
    assert parts["dev"].keys() == parts["test"].keys() == {"en", "fr"}
    assert sum(part["en"] for part in parts.values()) == 20

    french = train(workspace, settings=quick)
    (left,) = [p for p in french.problems if p.code == "train.language"]
    assert left.severity == "warning" and left.message.startswith("20 documents in en ")
    command = left.hint.partition("`")[2].rstrip("`").split()[1:]
    options = ("--max-steps", 60, "--patience", 60, "--eval-frequency", 30, "--blank", "--json")
    english = run_command(*command, *options, root=workspace.root).json["trained"]["model"]
    assert (french.model.language, english["language"], english["articles"]) == ("fr", "en", "en")
    assert not {*english["train"]} & {*french.model.train}
    assert len(french.model.train) == parts["train"]["fr"]
    assert len(english["train"]) == parts["train"]["en"]

    result = promote(workspace, "gazette-0.1.0.2")
    assert result.took_over and result.proposals.documents == parts["test"]["en"]
    active = active_pipelines(workspace)
    assert active["en"].models == (str(workspace.models / "gazette-0.1.0.2"),)
    assert active[""].models == ()
    scored = evaluate_model(workspace, "current", language="en", resamples=0)
    assert scored.evaluation.documents == parts["test"]["en"]
    assert evaluate_model(workspace, english_layer(workspace), resamples=0).evaluation == (
        evaluate_model(workspace, "gazette-0.1.0.2", resamples=0).evaluation
    )
    assert revert_promotion(workspace) == ""
    assert revert_promotion(workspace, "en") == "gazette-0.1.0.2"
    assert "en" not in active_pipelines(workspace)
    with pytest.raises(ConfigError):
        train(workspace, settings=quick, language="de")


def english_layer(workspace):
    models, _ = trained_models(workspace)
    return next(model.layer for model in models if model.articles == "en")
