"""The distribution: what is imported is declared, and what is needed is shipped and pinned."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

import yaml

from curate import json_schemas
from curate.version import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[\s<>=!~\[;]", text, maxsplit=1)[0]) for text in requirements}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"curate"}


def test_every_package_that_is_imported_is_declared():
    extras = PROJECT["optional-dependencies"]
    parts = [PROJECT["dependencies"], *(extras[name] for name in extras if name != "dev")]
    declared = names([text for part in parts for text in part])
    where = packages_distributions()
    for module in imported(ROOT / "curate"):
        if module in ("config", "data_export", "django", "kombu"):
            continue  # the server's own settings run in the server's environment
        if module == "doccano_client":
            continue  # installed by curate itself, see curate/doccano/client_copy.py
        assert {_plain(name) for name in where[module]} & declared, f"{module} is not declared"


def test_every_package_that_is_declared_is_pinned():
    pinned = names([x for x in (ROOT / "constraints.txt").read_text().splitlines() if "==" in x])
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    for name in names([*PROJECT["dependencies"], *extras]) - {PROJECT["name"]}:
        assert name in pinned, f"{name} is not in constraints.txt"


def test_nothing_is_declared_that_pins_old_packages():
    """doccano-client would; curate installs it alone, see test_client_copy.py."""
    declared = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["all"]]
    assert "doccano-client" not in names(declared)
    pins = [x.partition("==") for x in (ROOT / "constraints.txt").read_text().splitlines()]
    majors = {name.lower(): version.split(".")[0] for name, _, version in pins}
    assert (majors["pydantic"], majors["urllib3"]) == ("2", "2")
    assert "doccano-client" not in majors


def test_constraint_files_name_no_address():
    for path in (ROOT / "constraints.txt", ROOT / "curate/doccano/embedded/server-constraints.txt"):
        assert not re.search(r"://|^-", path.read_text("utf-8"), flags=re.M)


def test_the_package_ships_its_data():
    names = [
        "templates/news-en.yaml",
        "templates/news-fr.yaml",
        "templates/ci/github.yml",
        "templates/ci/gitlab.yml",
        "templates/ci/pre-commit",
        "doccano/client-requirements.txt",
        "doccano/embedded/django_settings.py",
        "doccano/embedded/server-constraints.txt",
        "py.typed",
        "agreement/templates/heat_map.svg.j2",
        "history/templates/diff.html.j2",
        "html/templates/page.html.j2",
        "html/templates/style.css",
        "report/templates/sections/progress.html.j2",
    ]
    for name in names:
        assert (files("curate") / name).is_file()


def test_the_wheel_gets_every_json_schema():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    included = build["targets"]["wheel"]["force-include"]
    assert included == {
        f"schemas/{name}": f"curate/templates/schemas/{name}" for name in json_schemas.schemas()
    }
    for source in included:
        assert (ROOT / source).is_file()


def test_licence_citation_and_changelog_agree_with_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == __version__
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+) \((.*)\)$", changelog, flags=re.M)
    assert newest is not None
    assert newest.groups() == (__version__, citation["date-released"].isoformat())
