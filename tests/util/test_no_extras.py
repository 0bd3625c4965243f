"""Every command where nothing is installed but what curate requires: no extra, no test package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.every_command import EVERY, make_corpus, words_of

from curate.util.installation import install_command

NAME = "curate-corpus"
NEED_AN_EXTRA = {
    "agreement anna.jsonl bela.jsonl --gamma": "agreement",
    "publish hub:a/b --license MIT --citation x": "hub",
    "preannotate --input anna.jsonl --output new --scheduler local": "pools",
    "export -f xmi --to OUT": "sources",
    "convert anna.jsonl new.xmi --to xmi": "sources",
}
# Run by another process: imports what is not required fail there, and modules say who they are.
PROGRAM = """
import json, sys
from importlib.abc import MetaPathFinder

forbidden, sources = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])
sys.path[:0] = sources

class Absent(MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname.partition(".")[0] in forbidden:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

sys.meta_path.insert(0, Absent())
import contextlib, io
from pathlib import Path
from curate.cli import main

results = []
for words in json.loads(sys.stdin.read()):
    out, code = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), 0
    sys.argv = ["curate", *words]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as end:
            code = end.code
    out.flush()
    results.append([code, out.detach().getvalue().decode(), err.getvalue()])
print(json.dumps(results))
"""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(name: str) -> set[str]:
    """Those of the distributions installed here that one needs, without extras, and so on."""
    found: set[str] = set()
    queue: list[tuple[str, tuple[str, ...]]] = [(name, ())]
    seen = set(queue)
    while queue:
        each, extras = queue.pop()
        try:
            texts = distribution(each).requires or []
        except PackageNotFoundError:
            continue
        found.add(_plain(each))
        for need in map(Requirement, texts):
            wanted = ({"extra": extra} for extra in ("", *extras))
            if need.marker is None or any(map(need.marker.evaluate, wanted)):
                pair = (need.name, tuple(sorted(need.extras)))
                queue += [pair] if pair not in seen else []
                seen.add(pair)
    return found


@pytest.mark.slow
def test_every_command_runs_with_what_curate_requires_alone(tmp_path, monkeypatch):
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    present = required(NAME)
    assert {"spacy", "great-expectations", "sqlalchemy"} <= present
    assert not present & {"datasets", "trafilatura", "cleanlab", "pytest", "psycopg"}
    forbidden = {
        module
        for module, owners in packages_distributions().items()
        if not {_plain(owner) for owner in owners} & present
    } - {"pip", "setuptools", "_distutils_hack"}
    root = tmp_path / "corpus"
    key = make_corpus(root)
    wanted = [*EVERY, *NEED_AN_EXTRA]
    commands = [words_of(command, root, key, tmp_path / "out") for command in wanted]
    sources = [str(Path(__file__).parents[2])]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(sorted(forbidden)), json.dumps(sources)],
        input=json.dumps(commands),
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout.splitlines()[-1])
    assert len(results) == len(commands)
    for command, words, (code, out, err) in zip(wanted, commands, results, strict=True):
        assert code in (0, 1, None), (words, out, err)
        assert "UnexpectedError" not in out, (words, out)
        if extra := NEED_AN_EXTRA.get(command):
            assert f"`{install_command(extra)}`" in err, (words, err)
            assert (code, err.count("\n")) == (1, 1)
