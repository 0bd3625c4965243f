"""Measures of a Python package's structure, for docs/decisions/architecture.md.

Usage: python docs/decisions/measures.py curate [FOLDER …]

Prints one column for each folder with a package in it. Everything is read from the source; nothing
is imported. A function counts as used once if its name occurs once in its own file beside its
definition, and in no other file. The import density of a package is the share of pairs of its
modules of which one imports the other; the range is that of the packages inside with five modules
or more.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections import Counter
from pathlib import Path

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def measures(root: Path) -> dict[str, str]:
    """The measures of one package, by what they are called."""
    files = [path for path in sorted(root.rglob("*.py")) if "tests" not in path.parts]
    texts = {path: path.read_text("utf-8") for path in files}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    lines = {path: text.count("\n") for path, text in texts.items()}
    names = {
        path: [node.name for node in ast.walk(tree) if isinstance(node, FUNCTION)]
        for path, tree in trees.items()
    }
    functions = [name for each in names.values() for name in each if not name.startswith("__")]
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION)
    ]
    classes = Counter(
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )
    bound = Counter(
        node.id
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    total = sum(lines.values())
    once = _used_once(texts, names)
    twice = [name for name, number in classes.items() if number > 1]
    return {
        "modules": f"{len(files):,}",
        "lines": f"{total:,}",
        "lines of a module, median": f"{statistics.median(lines.values()):.0f}",
        "longest module": f"{max(lines.values()):,}",
        "functions of a module, median": f"{statistics.median(map(len, names.values())):.0f}",
        "lines of a function, median and longest": (
            f"{statistics.median(lengths):.0f}, {max(lengths)}"
        ),
        "functions that are private": _share(sum(n.startswith("_") for n in functions), functions),
        "functions used once, in their own file": _share(once, functions),
        "lines with a comment": f"{100 * sum(map(_comments, texts.values())) / total:.1f}%",
        "class names defined twice or more": f"{len(twice)} of {len(classes)}",
        "names bound most": ", ".join(f"{n} {k}" for n, k in bound.most_common(5) if n != "_"),
        "import density of its packages": _densities(root, trees),
    }


def _share(part: int, whole: list[str]) -> str:
    return f"{100 * part / max(len(whole), 1):.0f}%"


def _comments(text: str) -> int:
    """Lines that have a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _used_once(texts: dict[Path, str], names: dict[Path, list[str]]) -> int:
    words = {path: Counter(re.findall(r"\w+", text)) for path, text in texts.items()}
    anywhere = sum(words.values(), Counter())
    return sum(
        words[path][name] == anywhere[name] == 2
        for path, each in names.items()
        for name in each
        if not name.startswith("__")
    )


def _densities(root: Path, trees: dict[Path, ast.Module]) -> str:
    """The lowest and highest import density of the packages inside."""
    shares = []
    for folder in {path.parent for path in trees} - {root}:
        modules = {path.stem: tree for path, tree in trees.items() if path.parent == folder}
        modules.pop("__init__", None)
        if len(modules) < 5:
            continue
        inside = ".".join(folder.relative_to(root.parent).parts)
        pairs = {
            frozenset((name, other))
            for name, tree in modules.items()
            for other in _imported(tree, inside) & (modules.keys() - {name})
        }
        shares.append(len(pairs) / (len(modules) * (len(modules) - 1) / 2))
    return f"{100 * min(shares):.0f}-{100 * max(shares):.0f}%" if shares else "none"


def _imported(tree: ast.Module, package: str) -> set[str]:
    """Modules of a package that a module of it imports."""
    modules: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level == 1:
            module = f"{package}.{module}".rstrip(".")
        if module == package:
            modules |= {alias.name for alias in node.names}
        elif module.startswith(f"{package}."):
            modules.add(module[len(package) + 1 :].split(".")[0])
    return modules


def main(folders: list[str]) -> None:
    columns = {folder.strip("./"): measures(Path(folder).resolve()) for folder in folders}
    print("| measure |", " | ".join(columns), "|")
    print("| --- |", " | ".join("---" for _ in columns), "|")
    for measure in next(iter(columns.values())):
        print(f"| {measure} |", " | ".join(each[measure] for each in columns.values()), "|")


if __name__ == "__main__":
    main(sys.argv[1:] or ["curate"])
