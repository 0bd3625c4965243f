"""The shape of the program, held by reading it: imports go one way, and only cli/ prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "curate"

# From the vocabulary up: a module may import those of a lower number, and its own package.
LEVEL = {
    "errors": 0,
    "model": 0,
    "version": 0,
    "batches": 1,
    "clock": 1,
    "jsonl": 1,
    "line_chart": 1,
    "merkle": 1,
    "page": 1,
    "sign": 1,
    "card": 2,
    "charts": 2,
    "config": 2,
    "diff": 2,
    "lock": 2,
    "offsetmap": 2,
    "offsets": 2,
    "schema": 2,
    "merge_links": 3,
    "migrate": 3,
    "outcome": 3,
    "store": 3,
    "tasks": 3,
    "templates": 3,
    "adjudicate": 4,
    "agreement": 4,
    "audit": 4,
    "choose": 4,
    "dedup": 4,
    "doccano": 4,
    "export": 4,
    "ingest": 4,
    "ledger": 4,
    "merge": 4,
    "pool": 4,
    "preannotate": 4,
    "quality": 4,
    "rebase": 4,
    "release": 4,
    "splits": 4,
    "sync": 4,
    "train": 4,
    "history": 5,
    "results": 5,
    "formats": 6,
    "joints.__init__": 5,
    "joints.convert": 5,
    "joints.duplicates": 5,
    "joints.exported": 5,
    "joints.gate": 5,
    "joints.layers_page": 5,
    "joints.link": 5,
    "joints.revised": 5,
    "joints.audits": 6,
    "joints.choosing": 6,
    "joints.gitsides": 6,
    "joints.intake": 6,
    "joints.measure": 6,
    "joints.notes": 6,
    "joints.pools": 6,
    "joints.resolve": 6,
    "joints.savings": 6,
    "joints.splitting": 6,
    "joints.suspicion": 6,
    "joints.training": 6,
    "joints.validate": 6,
    "joints.views": 6,
    "joints.adjudication": 7,
    "joints.auditing": 7,
    "joints.gitdriver": 7,
    "joints.learning_curve": 7,
    "joints.relabel": 7,
    "joints.report": 7,
    "joints.takeover": 7,
    "workspace": 8,
    "doctor": 9,
    "loading": 9,
    "cli": 10,
    "__main__": 11,
    "__init__": 12,
}
ALLOWED = {("sync", "merge")}  # merging is what a sync does

HEAVY = {
    "spacy",
    "pandas",
    "great_expectations",
    "doccano_client",
    "sqlalchemy",
    "requests",
    "keyring",
    "psutil",
    "pyarrow",
    "feedparser",
    "trafilatura",
    "zstandard",
    "sklearn",
    "cleanlab",
    "scipy",
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def part(path: Path) -> str:
    """The module or package at the top, or in ``joints``, that a file is or belongs to."""
    return named(path.relative_to(ROOT).with_suffix("").parts)


def named(names: Sequence[str]) -> str:
    return ".".join(names[: 2 if names[0] == "joints" else 1])


def imported(tree: ast.AST) -> set[str]:
    """Parts of curate that a module imports, anywhere in it, also late and for typing."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("curate", "curate.nothing"):
            inside = node.module.split(".")[1:]
            folder = ROOT.joinpath(*inside)
            names = [alias.name for alias in node.names]
            there = [n for n in names if (folder / n).is_dir() or (folder / f"{n}.py").is_file()]
            found |= {named([*inside, name]) for name in there}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curate."):
            found.add(named((node.module or "").split(".")[1:]))
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names if a.name.startswith("curate.")]
            found |= {named(name.split(".")[1:]) for name in names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    here = part(path)
    for there in imported(ast.parse(path.read_text("utf-8"))) - {here}:
        assert LEVEL[there] < LEVEL[here] or (here, there) in ALLOWED, f"{here} imports {there}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_command_line_prints_or_exits(path):
    if part(path) in ("cli", "__main__"):
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "sys.exit", "exit", "quit")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_short(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 60, node.name


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_public_has_a_docstring(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module has none"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_the_command_line_and_the_package_start_without_the_heavy_libraries():
    code = "import sys, curate, curate.cli.commands; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stdout.split())


def test_every_name_in_all_is_there():
    import curate

    assert sorted(curate.__all__) == curate.__all__ == sorted(set(curate.__all__))
    for name in curate.__all__:
        assert hasattr(curate, name)
