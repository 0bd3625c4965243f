"""Fenced blocks of the documentation: what is in them, and how they are run.

The info string of a fence says what happens to a block:

- ``console``: lines that begin with ``$`` are held against the commands and the Makefile;
- ``console run``: they are run, and their output is compared (``…`` stands for anything in a line,
  a line of ``…`` alone for any lines);
- ``console server``: the same, but a Doccano server is needed;
- ``python``: run as it stands; ``… file=PATH``: written to that file first.

``<!-- test: NAME -->`` between blocks calls a function of the test: what a person does by hand. It
may return variables that the person has set for the commands that follow.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 900  # the first `server start` on a machine installs Doccano

_PART = re.compile(
    r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$|^<!-- test: (?P<hook>[^\n]+?) -->$", re.M | re.S
)


class Block(NamedTuple):
    """A fenced block, or a hook; ``where`` is its file and line."""

    where: str
    info: tuple[str, ...]
    body: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command of a console block with the output that is shown after it."""
        parts = re.split(r"^\$ ", self.body, flags=re.M)[1:]
        return [(head, rest) for head, _, rest in (part.partition("\n") for part in parts)]

    @property
    def runs(self) -> bool:
        """Whether the block does something."""
        named = any(word.startswith("file=") for word in self.info)
        return named or bool({"run", "server", "python", "hook"} & {*self.info})


def pages() -> list[Path]:
    """The pages of the documentation."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name(page: Path) -> str:
    """How a page is called in messages."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The blocks and hooks of a page, in order."""
    text = page.read_text("utf-8")
    found: list[Block] = []
    for match in _PART.finditer(text):
        where = f"{name(page)}:{text.count(chr(10), 0, match.start()) + 1}"
        if match["hook"]:
            found.append(Block(where, ("hook",), match["hook"]))
        else:
            found.append(Block(where, tuple(match["info"].split()), match["body"]))
    return found


Hook = Callable[[Path], Mapping[str, str] | None]


def play(page: Path, folder: Path, hooks: Mapping[str, Hook]) -> None:
    """Do everything a page says, in order, in a folder."""
    variables: dict[str, str] = {}
    for block in filter(lambda each: each.runs, blocks(page)):
        for word in block.info:
            if word.startswith("file="):
                path = folder / word.removeprefix("file=")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.body, encoding="utf-8")
        if "hook" in block.info:
            variables |= hooks[block.body](folder) or {}
        elif "python" in block.info:
            run([sys.executable, "-c", block.body], folder, block.where)
        elif {"run", "server"} & {*block.info}:
            for command, expected in block.commands:
                if command.startswith("cd "):
                    folder = folder / command.removeprefix("cd ")
                    continue
                where = f"{block.where}: {command}"
                told = run(["bash", "-c", command], folder, where, variables)
                assert matches(expected, told), f"{block.where}: {command} printed\n{told}"


def run(
    command: list[str], folder: Path, where: str, variables: Mapping[str, str] | None = None
) -> str:
    """Run a command as a reader would, with this Python's ``curate`` on the path."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CURATE_DOC")}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    offline = {"HF_HOME": str(folder / ".huggingface"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PATH": path, "PYTHONUTF8": "1", **offline, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{where} exited with {done.returncode}\n{done.stdout}"
    return done.stdout


def matches(expected: str, told: str) -> bool:
    """Whether an output is the one that is shown, line by line."""
    lines = [line.rstrip() for line in expected.strip("\n").splitlines()]
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in lines
    )
    shown = "".join(f"{line.rstrip()}\n" for line in told.strip("\n").splitlines())
    return re.fullmatch(pattern, shown) is not None
