"""Try the wheel as a stranger would: in a new environment, outside of the repository.

Usage: ``python tests/dist/try_wheel.py DIST`` (``make dist``), with the Python to make the
environment with. It installs the newest wheel of the folder with the French pipeline, goes from a
text to a release that is exported, published and loaded, asks for an extra that is missing, and
checks that the command which is named for it works.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted(path.name for path in (ROOT / "schemas").glob("*.schema.json"))
WAIVER = """
[[checks.waive]]
id = "document.confirmed"
reason = "the gold was confirmed where it comes from"
"""
LOAD = """
import curate
corpus = curate.load("corpus", "0.1.0")
[(document, gold)] = corpus.documents()
assert len(gold.spans) == len(corpus.frame()) == SPANS, len(gold.spans)
for name in ("news.jsonl", "news.spacy", "news.conll"):
    assert curate.load(f"corpus/exports/0.1.0/{name}").digest == corpus.digest, name
"""


class Stranger:
    """A person with a new environment in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "env" / "bin" / "python"
        # Nothing of the caller's Python, and no other program before those of the environment.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        path = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "HOME": str(folder)}

    def run(self, *command: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        shown = re.sub(r"\n.*", " …", shlex.join(words), flags=re.S)
        print(f"$ {shown}", flush=True)
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        if done.returncode != code:
            raise SystemExit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def curate(self, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.run("curate", *words, code=code)


def check_archives(wheel: Path, source: Path) -> None:
    """The wheel has licence, schemas and templates; the source distribution can build it."""
    names = zipfile.ZipFile(wheel).namelist()
    assert [f"curate/templates/schemas/{name}" for name in SCHEMAS] == sorted(
        name for name in names if name.endswith(".schema.json")
    )
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "docs/")) for name in names)
    with tarfile.open(source) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "CITATION.cff", "CHANGELOG.md", "pyproject.toml", "Makefile"} <= members


def main(dist: Path) -> None:
    """Build nothing, try what is there."""
    (wheel,) = dist.glob("*.whl")
    (source,) = dist.glob("*.tar.gz")
    check_archives(wheel, source)
    with tempfile.TemporaryDirectory(prefix="curate-dist-") as temporary:
        stranger = Stranger(Path(temporary))
        stranger.run(sys.executable, "-m", "venv", "env")
        address = wheel.resolve().as_uri()
        pip = (stranger.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        constraints = ROOT / "constraints.txt"
        stranger.run(*pip, "-c", constraints, f"curate-corpus[fr] @ {address}")
        first_steps(stranger)
        missing_extra(stranger, constraints)
    print("the wheel works")


def first_steps(stranger: Stranger) -> None:
    """From a text to a release that is exported, published and loaded."""
    curate = stranger.curate
    version = curate("--version").stdout.split()[-1]
    assert version in next((ROOT / "dist").glob("*.whl")).name
    curate("init", "corpus", "--name", "news", "--language", "fr")
    curate("ingest", ROOT / "seeds", "-C", "corpus")
    made = json.loads(curate("preannotate", "--json", "-C", "corpus").stdout)
    assert made, "nothing was pre-annotated"
    gold = ROOT / "annotations" / "gold" / "1a.jsonl"
    spans = json.loads(gold.read_text("utf-8").splitlines()[0])["spans"]
    (seed,) = (ROOT / "seeds").glob("*.txt")
    document = (ROOT / "annotations" / "documents" / "1a.jsonl").read_text("utf-8")
    row = {"text": json.loads(document.splitlines()[0])["text"], "spans": spans}
    (stranger.folder / f"{seed.stem}.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    curate("ingest", f"{seed.stem}.jsonl", "--gold", "-C", "corpus")
    with (stranger.folder / "corpus" / "curate.toml").open("a", encoding="utf-8") as settings:
        settings.write(WAIVER)
    curate("validate", "-C", "corpus")
    curate("release", "0.1.0", "-m", "First.", "-C", "corpus")
    curate("verify", "-C", "corpus")
    curate("export", "0.1.0", "-C", "corpus")
    about = ("--license", "CC-BY-4.0", "--citation", "A stranger, 2026.")
    curate("publish", "published", *about, "-C", "corpus")
    stranger.run(stranger.python, "-c", LOAD.replace("SPANS", str(len(spans))))


def missing_extra(stranger: Stranger, constraints: Path) -> None:
    """A command that needs an extra is refused on one line, which names a command that works."""
    refused = stranger.curate("publish", "hub:a/b", "--license", "MIT", "--citation", "x",
                              "-C", "corpus", code=1)
    assert refused.stderr.count("\n") == 1, refused.stderr
    match = re.search(r"run `(.*)`", refused.stderr)
    assert match, refused.stderr
    stranger.run(*shlex.split(match[1]), "--quiet", "-c", constraints)
    stranger.run(stranger.python, "-c", "import huggingface_hub")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
