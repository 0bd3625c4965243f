"""The shape of the program, held by reading it: imports go one way, and only cli/ prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "curate"

# From the vocabulary up: a module may import those of a lower number, and its own package.
LEVEL = {
    "model": 0,
    "errors": 0,
    "jsonl": 1,
    "line_chart": 1,
    "clock": 1,
    "page": 1,
    "charts": 2,
    "lock": 2,
    "batches": 1,
    "sign": 1,
    "merkle": 1,
    "card": 2,
    "schema": 2,
    "offsets": 2,
    "offsetmap": 2,
    "config": 2,
    "diff": 2,
    "outcome": 3,
    "merge_links": 3,
    "migrate": 3,
    "tasks": 3,
    "store": 3,
    "templates": 3,
    "ingest": 4,
    "preannotate": 4,
    "doccano": 4,
    "merge": 4,
    "rebase": 4,
    "dedup": 4,
    "splits": 4,
    "choose": 4,
    "splitting": 6,
    "train": 4,
    "training": 6,
    "takeover": 7,
    "learning_curve": 7,
    "choosing": 6,
    "agreement": 4,
    "audit": 4,
    "ledger": 4,
    "adjudicate": 4,
    "quality": 4,
    "release": 4,
    "pool": 4,
    "pools": 6,
    "layers_page": 5,
    "export": 4,
    "sync": 4,
    "convert": 5,
    "exported": 5,
    "duplicates": 5,
    "revised": 5,
    "results": 5,
    "link": 5,
    "gate": 5,
    "suspicion": 6,
    "audits": 6,
    "auditing": 7,
    "notes": 6,
    "history": 5,
    "gitsides": 6,
    "gitdriver": 7,
    "resolve": 6,
    "measure": 6,
    "savings": 6,
    "validate": 6,
    "adjudication": 7,
    "report": 7,
    "views": 6,
    "relabel": 7,
    "intake": 6,
    "workspace": 8,
    "formats": 6,
    "doctor": 9,
    "cli": 10,
    "__main__": 11,
    "loading": 9,
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
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> set[str]:
    """Parts of curate that a module imports, anywhere in it, also late and for typing."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "curate":
            found |= {alias.name for alias in node.names if (ROOT / alias.name).is_dir()}
            found |= {a.name for a in node.names if (ROOT / f"{a.name}.py").is_file()}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curate."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("curate.")}
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
