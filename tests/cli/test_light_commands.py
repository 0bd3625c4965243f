"""The commands that people call all day import none of the libraries that take seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import history_corpus

HEAVY = {"great_expectations", "pandas", "spacy"}
CALL = """
import json, sys
from curate.cli import main
sys.argv = ["curate", *sys.argv[1:]]
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with gold, two revisions and a release."""
    root = tmp_path_factory.mktemp("light") / "c"
    history_corpus.relabelled(root)
    return root


@pytest.mark.parametrize("words", ["status", "log", "log {id}", "show", "show {id}", "--help"])
def test_what_is_called_all_day_imports_nothing_heavy(corpus, monkeypatch, words):
    monkeypatch.delenv("CURATE_DOCCANO_URL", raising=False)
    shown = subprocess.run(
        [sys.executable, "-m", "curate", "show", "--json", "-C", corpus],
        capture_output=True,
        check=True,
    )
    document = json.loads(shown.stdout)[0]["id"]
    place = [] if words == "--help" else ["-C", str(corpus)]
    command = [sys.executable, "-c", CALL, *words.format(id=document).split(), *place]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {*json.loads(done.stderr.splitlines()[-1])}
    assert "curate.cli.output" in imported
    assert not imported & HEAVY
