"""Workflows and hook for a corpus: the very steps of each, run in a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from support import history_corpus as h

from curate.errors import CurateError
from curate.history.ci_setup import ci_init
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
HOOK = ".githooks/pre-commit"


def environment(**more: str) -> dict[str, str]:
    """A shell that finds this curate; pip looks at what is installed and fetches nothing."""
    here = Path(sys.executable).parent
    path = {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    offline = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"}
    plain = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return {**os.environ, **path, **offline, **plain, **more}


def git(folder: Path, *words: str, code: int = 0) -> str:
    identity = ("-c", "user.name=eva", "-c", "user.email=eva@example.org")
    command = ["git", "-C", str(folder), *identity, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a corpus that has a release, and its checks."""
    root = h.relabelled(tmp_path_factory.mktemp("upstream") / "corpus")
    git(root, "init", "-q", "-b", "main")
    corpus = Workspace(root)
    ci_init(corpus, "curate-corpus")
    corpus.store.close()
    git(root, "config", "--unset", "core.hooksPath")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "The corpus")
    return root


@pytest.fixture
def clone(upstream: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(upstream), "clone")
    return tmp_path / "clone"


def relabel(clone: Path, before: str, after: str) -> None:
    (path,) = (clone / "annotations" / "gold").glob("*.jsonl")
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


def correct(clone: Path) -> None:
    """A good commit: a further revision, as `curate sync` makes them."""
    corpus = Workspace(clone, h.Clock("2026-05-01"))
    key = h.document(h.ANNA).id
    with corpus.store.begin() as tx:
        head = tx.head(key)
        assert head is not None
        otto = h.span(h.ANNA, "Otto", "PER", by="annotator:eva", at="2026-05-01T07:00:00Z")
        tx.add_revision(h.revision(h.ANNA, head.number + 1, *head.spans, otto))
    h.save(corpus)
    corpus.store.close()
    shutil.rmtree(clone / ".curate")  # a pipeline has only what was committed


def falsify(clone: Path) -> None:
    """A bad commit: what release 0.1.0 holds is changed by hand."""
    (path,) = (clone / "annotations" / "history").glob("*.jsonl")
    path.write_text(path.read_text("utf-8").replace('"label":"ORG"', '"label":"PER"'), "utf-8")


def blur(clone: Path) -> None:
    """A bad commit: the newest gold has a span with a blank at its edge."""
    end = h.ANNA.index("Paris") + 5
    relabel(clone, f'"end":{end}', f'"end":{end + 1}')


class Outcome:
    """How the steps of a job ended."""

    def __init__(self, codes: Mapping[str, int], summary: str) -> None:
        self.failed = [name for name, code in codes.items() if code]
        self.summary = summary


def run_github(clone: Path, tmp_path: Path) -> Outcome:
    """The steps as a runner does them: after one that failed, only those that say so."""
    workflow = yaml.safe_load((clone / ".github/workflows/curate.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    summary = tmp_path / "summary.md"
    folder = clone / workflow["defaults"]["run"]["working-directory"]
    codes: dict[str, int] = {}
    for step in job["steps"]:
        always = step.get("if") == "${{ !cancelled() }}"
        if "run" in step and (always or not any(codes.values())):
            values = environment(GITHUB_STEP_SUMMARY=str(summary), **job["env"])
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            codes[step["name"]] = subprocess.run(command, cwd=folder, env=values).returncode
    return Outcome(codes, summary.read_text("utf-8") if summary.exists() else "")


def run_gitlab(clone: Path, tmp_path: Path) -> Outcome:
    """The lines of the script, as a runner puts them into one shell that stops at an error."""
    assert yaml.safe_load((clone / ".gitlab-ci.yml").read_text("utf-8")) == {
        "include": [{"local": ".gitlab/curate.yml"}]
    }
    job = yaml.safe_load((clone / ".gitlab/curate.yml").read_text("utf-8"))["corpus"]
    command = ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])]
    values = environment(**job["variables"])
    code = subprocess.run(command, cwd=clone, env=values).returncode
    (summary,) = job["artifacts"]["paths"]
    assert (clone / job["artifacts"]["reports"]["junit"]).exists()
    return Outcome({"script": code}, (clone / summary).read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("run", [run_github, run_gitlab])
def test_a_good_commit_passes_and_its_changes_are_in_the_summary(clone, tmp_path, run):
    correct(clone)
    found = run(clone, tmp_path)
    assert found.failed == []
    assert found.summary.startswith("### Corpus: 0.1.0 → gold")
    assert "added PER: " in found.summary and "<ins>Otto</ins>" in found.summary
    assert (clone / "curate-junit.xml").read_text("utf-8").startswith("<?xml")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "step"), [(falsify, "Verify the releases"), (blur, "Check the gold")]
)
@pytest.mark.parametrize("run", [run_github, run_gitlab])
def test_a_bad_commit_fails_at_the_step_that_finds_it(clone, tmp_path, run, damage, step):
    damage(clone)
    found = run(clone, tmp_path)
    assert found.failed == [step if run is run_github else "script"]
    assert found.summary.startswith("### Corpus: 0.1.0 → gold")


@pytest.mark.slow
def test_the_hook_lets_good_commits_through_and_stops_bad_ones(clone):
    corpus = Workspace(clone)
    assert ci_init(corpus, "curate-corpus").changed == ("core.hooksPath",)
    corpus.store.close()
    (clone / "notes.txt").write_text("not the corpus", "utf-8")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "Notes")
    assert not (clone / ".curate" / "pre-commit-junit.xml").exists()  # nothing was checked
    correct(clone)
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "Good")
    diff = (clone / ".curate" / "pre-commit-diff.md").read_text("utf-8")
    assert "<ins>Otto</ins>" in diff
    falsify(clone)
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "Bad", code=1)
    assert git(clone, "log", "-1", "--format=%s") == "Good"


def test_it_is_run_again_without_changes_and_leaves_other_files_alone(clone):
    corpus = Workspace(clone)
    assert ci_init(corpus, "curate-corpus").changed == ("core.hooksPath",)
    assert ci_init(corpus, "curate-corpus").changed == ()
    assert ci_init(corpus, "./curate.whl").changed == (
        ".github/workflows/curate.yml",
        ".gitlab/curate.yml",
    )
    own = ("stages: [test]\n", "#!/bin/sh\n")
    for name, text in zip((".gitlab-ci.yml", HOOK), own, strict=True):
        (clone / name).write_text(text, "utf-8")
    found = ci_init(corpus, "./curate.whl")
    assert (found.changed, len(found.notes)) == ((), 2)
    assert ((clone / ".gitlab-ci.yml").read_text("utf-8"), (clone / HOOK).read_text()) == own


def test_hooks_that_git_runs_already_stay(clone):
    own = clone / ".git" / "hooks" / "pre-commit"
    own.write_text("#!/bin/sh\n", "utf-8")
    own.chmod(0o755)
    found = ci_init(Workspace(clone), "curate-corpus")
    assert ("core.hooksPath" in found.changed, len(found.notes)) == (False, 1)


def test_a_corpus_in_a_folder_of_the_repository(tmp_path):
    git(tmp_path, "init", "-q")
    Workspace.init(tmp_path / "my corpus", "c")
    ci_init(Workspace(tmp_path / "my corpus"))
    workflow = yaml.safe_load((tmp_path / ".github/workflows/curate.yml").read_text("utf-8"))
    assert workflow["defaults"]["run"]["working-directory"] == "my corpus"
    (job,) = workflow["jobs"].values()
    assert job["steps"][-1]["with"]["path"].split("\n")[0] == "my corpus/curate-junit.xml"
    hook = (tmp_path / HOOK).read_text("utf-8")
    assert "cd \"$(git rev-parse --show-toplevel)\"/'my corpus' || exit 1" in hook


def test_a_workspace_outside_of_git_is_refused(tmp_path, cli):
    Workspace.init(tmp_path / "c", "c")
    assert isinstance(cli("ci-init", root=tmp_path / "c").refusal, CurateError)
