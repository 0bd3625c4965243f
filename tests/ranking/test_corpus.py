"""``curate next`` on a corpus and on a pool, and the order in which a sync pushes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from support import history_corpus as h
from support import trained_corpus as t
from support.workspaces import save
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.model import Annotation, Span
from curate.pool.frame import COLUMNS
from curate.preannotate import registry
from curate.preannotate.registry import TrainingSettings
from curate.ranking import Settings
from curate.ranking import corpus as choosing
from curate.ranking.corpus import rank_next
from curate.sync.plan import SyncPlan
from curate.sync.push import select_for_push
from curate.sync.settings import SyncSettings
from curate.train.training import train
from curate.workspace import Workspace

ALL = Settings(chance=0.0)


def run(corpus: Workspace, *words: str):
    return CliRunner().invoke(app, [*words, "-C", str(corpus.root)])


def says(corpus: Workspace, document: str, layer: str, *spans: Span) -> None:
    with corpus.store.begin() as tx:
        tx.put_annotation(Annotation(document=document, layer=layer, spans=tuple(spans)))


@pytest.fixture
def corpus(tmp_path) -> Workspace:
    """Six articles with gold, four without: models differ on the third of these."""
    made = t.workspace(tmp_path / "gazette")
    t.fill(made, range(6))
    for number in range(100, 104):
        (document,) = t.fill(made, range(number, number + 1), gold=False)
        spans = t.article(number)[1]
        said = [Span(s.start, s.end, s.label) for s in spans]
        other = [Span(s.start, s.end, "MISC") for s in spans] if number == 102 else said
        # Both models have to be known to say these labels.
        says(made, document, "model:a@1", *said)
        says(made, document, "model:b@1", *other)
        says(made, document, "proposal", *said)
    return made


def fresh(corpus: Workspace) -> list[str]:
    return [h.document(t.article(number)[0]).id for number in range(100, 104)]


def test_what_models_differ_on_comes_first_with_reasons(corpus):
    told = run(corpus, "next", "--count", "2", "--chance", "0", "--json")
    found = json.loads(told.stdout)
    assert found["candidates"] == 4
    first = found["chosen"][0]
    assert first["document"] == fresh(corpus)[2] and first["title"] == "Dépêche 102"
    assert first["worth"] > 0 and first["disagreement"] > 0 and not first["chance"]
    text = run(corpus, "next", "--count", "2", "--chance", "0")
    assert f"1 {first['document']} Dépêche 102: worth" in text.stdout
    assert "2 of 4 documents" in text.stdout
    assert run(corpus, "next", "--chance", "2").exit_code == 1


def test_a_confirmed_document_is_no_candidate(corpus):
    text, spans = t.article(102)
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(text, 1, *spans))
    save(corpus)
    ranking = rank_next(corpus, ALL)
    assert fresh(corpus)[2] not in {each.document for each in ranking.chosen}
    assert ranking.candidates == 3


def test_near_copies_of_the_gold_are_left_out(corpus):
    text = " ".join(f"mot{n}" for n in range(200))
    with corpus.store.begin() as tx:
        old, new = h.document(text), h.document(text + " demain")
        tx.add_document(old)
        tx.add_revision(h.revision(text, 1))
        tx.add_document(new)
    save(corpus)
    ranking = rank_next(corpus, ALL)
    assert ranking.copies == (new.id,)
    assert "near copies left out: 1" in run(corpus, "next").stdout


def test_the_models_of_the_settings_have_their_say_beside_a_trained_one(tmp_path):
    corpus = t.workspace(tmp_path / "gazette")
    t.fill(corpus, range(40))
    t.released(corpus)
    quick = TrainingSettings(max_steps=40, eval_frequency=20)
    one = train(corpus, settings=quick).model
    other = train(corpus, settings=TrainingSettings(max_steps=10, eval_frequency=5, seed=2)).model
    path = corpus.root / "curate.toml"
    folder = corpus.models / other.id
    path.write_text(
        path.read_text("utf-8").replace("models = []", f'models = ["{folder}"]'), "utf-8"
    )
    corpus = Workspace(corpus.root)
    current = registry.CurrentModel(model=one.id, at="", by="", over="")
    registry.set_current(corpus.models, current)
    (document,) = t.fill(corpus, range(100, 101), gold=False)
    rank_next(corpus, ALL)
    with corpus.store.begin() as tx:
        layers = tx.layers(document)
        proposal = tx.annotation(document, "proposal")
    assert {one.layer, other.layer, "proposal"} == {*layers}
    assert {span.by for span in proposal.spans} == {one.layer}


def pool(folder: Path, numbers: range, score: float) -> Path:
    """A written pool: of the last article the proposer is not sure."""
    folder.mkdir()
    rows = []
    for number in numbers:
        text, spans = t.article(number)
        sure = score if number == numbers[-1] else 1.0
        said = [{"start": s.start, "end": s.end, "label": s.label, "score": sure} for s in spans]
        rows.append(
            {
                "id": h.document(text).id,
                "text": text,
                "lang": "fr",
                "meta": json.dumps({"title": f"Dépêche {number}"}),
                "spans": json.dumps(said),
                "score": sure,
                "problem": "",
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[:3].to_parquet(folder / "a.parquet", index=False)
    frame[3:].to_parquet(folder / "b.parquet", index=False)
    return folder


def test_the_most_useful_of_a_pool_are_ranked_and_taken_in(corpus, tmp_path):
    folder = pool(tmp_path / "pool", range(98, 112), 0.6)  # 100 to 103 are in the corpus
    unsure = h.document(t.article(111)[0]).id
    told = run(corpus, "next", "--pool", str(folder), "--count", "3", "--json")
    found = json.loads(told.stdout)
    assert found["candidates"] <= 10
    assert found["chosen"][0]["document"] == unsure
    assert found["chosen"][0]["pool"] == "b.parquet"
    taken = run(corpus, "ingest-pool", str(folder), "--useful", "2", "--json")
    added = json.loads(taken.stdout)["added"]
    assert len(added) == 2 and added[0] == unsure
    with corpus.store.begin() as tx:
        meta = tx.document(unsure).meta
    assert meta["file"] == "pool/b.parquet" and meta["title"] == "Dépêche 111"
    both = run(corpus, "ingest-pool", str(folder), "--useful", "2", "--sample", "2")
    assert both.exit_code == 2


def test_the_order_of_a_sync(corpus):
    ids = fresh(corpus)
    with corpus.store.begin() as tx:
        assert choosing.order("useful")(tx, ids)[0] == ids[2]
        assert sorted(choosing.order("useful")(tx, ids)) == sorted(ids)
        assert choosing.order("id")(tx, sorted(ids, reverse=True)) == sorted(ids)
        assert sorted(choosing.order("newest")(tx, ids)) == sorted(ids)


def test_only_so_many_wait_for_an_annotator_and_gold_waits_for_nobody(corpus):
    ids = fresh(corpus)
    golden = h.document(t.article(0)[0]).id
    plan = SyncPlan(
        push=tuple(sorted((*ids, golden))), states={"pushed": 1, "annotating": 1, "gold": 5}
    )

    def settings(number):
        return SyncSettings(schema="s@1", open=number, order=choosing.order("useful"))

    with corpus.store.begin() as tx:
        sides = tx.local_states("")
        found = select_for_push(tx, plan, sides, settings(3))
        assert (found.push, found.held) == ((ids[2], golden), 3)
        assert select_for_push(tx, plan, sides, settings(1)).push == (golden,)
        whole = select_for_push(tx, plan, sides, settings(0))
    assert sorted(whole.push) == sorted(plan.push) and whole.held == 0
