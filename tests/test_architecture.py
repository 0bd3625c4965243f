"""The shape of the program, held by reading it: imports go one way, and only cli/ prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "curate"

# From the vocabulary up: a package imports only those above its own line, also late and for typing.
ORDER = (
    "version errors layers",
    "model",
    "config util html",
    "text",
    "schema",
    "release annotations",
    "store templates",
    "workspace",
    "formats",
    "ingest",
    "doccano history",
    "dedup agreement",
    "preannotate splits",
    "pool train",
    "ranking",
    "audit",
    "sync",
    "clone",
    "quality ledger",
    "gate publish",
    "report",
    "doctor loading json_schemas",
    "cli",
    "__main__ __init__",
)
LEVEL = {name: level for level, line in enumerate(ORDER) for name in line.split()}

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
    "cassis",
    "lxml",
    "zstandard",
    "sklearn",
    "cleanlab",
    "numba",
    "scipy",
    "huggingface_hub",
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def package(path: Path) -> str:
    """The package or module at the top that a file is in."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(tree: ast.AST) -> set[str]:
    """Packages of curate that a module imports, anywhere in it, also late and for typing."""
    packages: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "curate":
            packages |= {alias.name for alias in node.names} & LEVEL.keys()
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curate."):
            packages.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("curate.")]
            packages |= {name.split(".")[1] for name in names}
    return packages


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    here = package(path)
    for other in imported(ast.parse(path.read_text("utf-8"))) - {here}:
        assert LEVEL[other] < LEVEL[here], f"{here} imports {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_command_line_prints_or_exits(path):
    if package(path) in ("cli", "__main__"):
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "sys.exit", "exit", "quit")


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_short(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 600
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 80, node.name


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_public_has_a_docstring(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module has none"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_no_class_name_is_defined_twice():
    names: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                names[node.name].append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in names.items() if len(places) > 1} == {}


def test_doccano_client_is_imported_in_one_module_which_provides_it_first():
    importing = {
        str(path.relative_to(ROOT))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and "doccano_client" in ast.unparse(node).split()[1].split(".")
    }
    assert importing == {"doccano/client.py"}


def test_the_command_line_and_the_package_start_without_the_heavy_libraries():
    code = "import sys, curate, curate.cli.commands; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(run.stdout.split())


def test_every_name_in_all_is_there():
    import curate

    assert sorted(curate.__all__) == curate.__all__ == sorted(set(curate.__all__))
    for name in curate.__all__:
        assert hasattr(curate, name)
