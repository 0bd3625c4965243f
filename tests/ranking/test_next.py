"""``curate next`` on a corpus and on a pool."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from support import history_corpus as h
from support import trained_corpus as t
from support.workspaces import save

from curate.pool.frame import COLUMNS
from curate.preannotate import model_registry
from curate.preannotate.model_registry import TrainingSettings
from curate.ranking.next import rank_next
from curate.ranking.ranking import RankingOptions
from curate.train.training import train
from curate.workspace import Workspace

ALL = RankingOptions(chance=0.0)


def test_what_models_differ_on_comes_first_with_reasons(corpus, fresh, cli):
    words = ("next", "--count", "2", "--chance", "0")
    ranking = cli(*words, "--json", root=corpus.root).json
    assert ranking["candidates"] == 4
    first = ranking["chosen"][0]
    assert first["document"] == fresh[2] and first["title"] == "Dépêche 102"
    assert first["worth"] > 0 and first["disagreement"] > 0 and not first["chance"]
    line = cli(*words, root=corpus.root).stdout.splitlines()[0]
    assert line.split()[:2] == ["1", fresh[2]] and f"{first['worth']:.2f}" in line
    assert cli("next", "--chance", "2", root=corpus.root).exit_code == 1


def test_a_confirmed_document_is_no_candidate(corpus, fresh):
    text, spans = t.article(102)
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(text, 1, *spans))
    save(corpus)
    ranking = rank_next(corpus, ALL)
    assert fresh[2] not in {ranked.document for ranked in ranking.chosen}
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


def test_the_configured_models_are_run_beside_a_promoted_one(tmp_path):
    corpus = t.workspace(tmp_path / "gazette")
    t.fill(corpus, range(40))
    t.released(corpus)
    quick = TrainingSettings(max_steps=40, eval_frequency=20)
    promoted = train(corpus, settings=quick).model
    other = train(corpus, settings=TrainingSettings(max_steps=10, eval_frequency=5, seed=2)).model
    path = corpus.root / "curate.toml"
    folder = corpus.models / other.id
    path.write_text(
        path.read_text("utf-8").replace("models = []", f'models = ["{folder}"]'), "utf-8"
    )
    corpus = Workspace(corpus.root)
    current = model_registry.CurrentModel(model=promoted.id, at="", by="", over="")
    model_registry.set_current(corpus.models, current)
    (document,) = t.fill(corpus, range(100, 101), gold=False)
    rank_next(corpus, ALL)
    with corpus.store.begin() as tx:
        layers = tx.layers(document)
        proposal = tx.annotation(document, "proposal")
    assert {promoted.layer, other.layer, "proposal"} == {*layers}
    assert {span.by for span in proposal.spans} == {promoted.layer}


def pool(folder: Path, numbers: range, score: float) -> Path:
    """An annotated pool; the confidence is low only in its last article."""
    folder.mkdir()
    rows = []
    for number in numbers:
        text, spans = t.article(number)
        sure = score if number == numbers[-1] else 1.0
        marks = [{"start": s.start, "end": s.end, "label": s.label, "score": sure} for s in spans]
        rows.append(
            {
                "id": h.document(text).id,
                "text": text,
                "lang": "fr",
                "meta": json.dumps({"title": f"Dépêche {number}"}),
                "spans": json.dumps(marks),
                "score": sure,
                "problem": "",
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[:3].to_parquet(folder / "a.parquet", index=False)
    frame[3:].to_parquet(folder / "b.parquet", index=False)
    return folder


def test_the_most_useful_of_a_pool_are_ranked_and_ingested(corpus, tmp_path, cli):
    folder = pool(tmp_path / "pool", range(98, 112), 0.6)  # 100 to 103 are in the corpus
    unsure = h.document(t.article(111)[0]).id
    words = ("next", "--pool", folder, "--count", "3", "--json")
    ranking = cli(*words, root=corpus.root).json
    assert ranking["candidates"] <= 10
    assert ranking["chosen"][0]["document"] == unsure
    assert ranking["chosen"][0]["pool"] == "b.parquet"
    added = cli("ingest-pool", folder, "--useful", "2", "--json", root=corpus.root).json["added"]
    assert len(added) == 2 and added[0] == unsure
    with corpus.store.begin() as tx:
        meta = tx.document(unsure).meta
    assert meta["file"] == "pool/b.parquet" and meta["title"] == "Dépêche 111"
    both = cli("ingest-pool", folder, "--useful", "2", "--sample", "2", root=corpus.root)
    assert both.exit_code == 2
