"""The documentation against the program, without running it: commands, links, settings, rows."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from support import blocks

from curate.cli.commands import app
from curate.config import Config

PAGES = pytest.mark.parametrize("page", blocks.pages(), ids=blocks.name)
GENERATOR = blocks.ROOT / "docs" / "reference" / "generate.py"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


def test_the_generated_reference_is_not_stale():
    command = [sys.executable, str(GENERATOR), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@PAGES
def test_commands_exist_and_their_options_parse(page):
    for block in blocks.blocks(page):
        for command, _ in block.commands if "console" in block.info else ():
            words = shlex.split(command.partition(" |")[0], comments=True)
            program = Path(words[0]).name if words else ""
            if program == "curate":
                _parse(words[1:], block.where)
            elif program == "make":
                named = {word for word in words[1:] if "=" not in word}
                assert named <= _targets(), f"{block.where}: {command}"


def _parse(words: list[str], where: str) -> None:
    """Parse a command line down to the last option, and run nothing."""
    command: Any = typer.main.get_command(app)
    words = [*words]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"{where}: there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    options = [p for p in command.params if "-" in p.opts[0][:1]]
    known = {name: p for p in options for name in (*p.opts, *p.secondary_opts)}
    given: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("-h", "--help"):
            return
        if not word.startswith("-"):
            given.append(word)
            continue
        assert word in known, f"{where}: {command.name} has no option {word}"
        if not known[word].is_flag:
            _convert(known[word], words.pop(0), where)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    needed = sum(p.required for p in arguments)
    assert len(given) >= needed, f"{where}: {command.name} needs {needed} arguments"
    assert len(given) <= len(arguments) or any(p.nargs < 0 for p in arguments), where


def _convert(parameter: Any, value: str, where: str) -> None:
    kind = getattr(parameter, "type_descriptor", None) or parameter.type  # Typer before 0.29
    choices = [getattr(c, "value", c) for c in getattr(kind, "choices", None) or []]
    assert not choices or value in choices, f"{where}: {parameter.name} is one of {choices}"


def _targets() -> set[str]:
    makefile = (blocks.ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))


@PAGES
def test_links_and_images_lead_somewhere(page):
    for target in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        if "://" in target or path.startswith("mailto:"):
            continue
        found = page.parent / path if path else page
        assert found.exists(), f"{target} leads nowhere"
        if anchor and found.suffix == ".md":
            assert anchor in _anchors(found), f"{target}: there is no such heading"


def _anchors(page: Path) -> set[str]:
    """Anchors as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), flags=re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def test_every_setting_is_described_and_no_other():
    page = blocks.ROOT / "docs" / "reference" / "configuration.md"
    told = set(re.findall(r"^\| `([a-z_.]+)` \|", page.read_text("utf-8"), flags=re.M))
    assert told == set(_settings(Config))


def _settings(kind: Any) -> list[str]:
    found: list[str] = []
    for field in msgspec.structs.fields(kind):
        nested = hasattr(field.type, "__struct_fields__")
        under = [f"{field.encode_name}.{name}" for name in _settings(field.type)] if nested else []
        found += under or [field.encode_name]
    return found


def test_the_settings_shown_are_valid():
    page = blocks.ROOT / "docs" / "reference" / "configuration.md"
    shown = [block for block in blocks.blocks(page) if block.info[:1] == ("toml",)]
    assert shown
    for block in shown:
        msgspec.toml.decode(block.body, type=Config)


def test_the_python_reference_names_what_exists():
    page = blocks.ROOT / "docs" / "reference" / "api.md"
    names = re.findall(r"^::: (\S+)$", page.read_text("utf-8"), flags=re.M)
    assert names
    for name in names:
        pkgutil.resolve_name(name)


@PAGES
def test_the_files_that_are_named_exist(page):
    text = _FENCED.sub("", page.read_text("utf-8"))
    for name in re.findall(r"`(?:python )?((?:curate|tests|docs|seeds)/[\w/.-]+)", text):
        assert (blocks.ROOT / name).exists(), name


@PAGES
def test_the_examples_import_what_exists(page):
    for block in blocks.blocks(page):
        if block.info[:1] != ("python",):
            continue
        for node in ast.walk(ast.parse(block.body)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curate"):
                module = importlib.import_module(str(node.module))
                for name in node.names:
                    assert hasattr(module, name.name) or pkgutil.resolve_name(
                        f"{node.module}.{name.name}"
                    ), block.where


def test_every_dependency_has_its_row():
    project = tomllib.loads((blocks.ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[<>=!~;\[ ]", one)[0] for one in wanted} - {project["project"]["name"]}
    page = blocks.ROOT / "docs" / "decisions" / "dependencies.md"
    told = set(re.findall(r"^\| ([A-Za-z0-9-]+) \|", page.read_text("utf-8"), flags=re.M))
    assert names <= told, f"without a row: {sorted(names - told)}"


def test_an_output_is_compared_line_by_line():
    assert blocks.matches("made …\n…\nend\n", "made 3 files\na\nb\nend\n")
    assert not blocks.matches("made 3\n", "made 3\nand more\n")
    assert not blocks.matches("a\nb\n", "a\n")


def test_every_page_has_its_place_in_the_site():
    told = re.findall(r": (\S+\.md)$", (blocks.ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.M)
    there = [str(p.relative_to(blocks.ROOT / "docs")) for p in (blocks.ROOT / "docs").rglob("*.md")]
    assert sorted(told) == sorted(there)
