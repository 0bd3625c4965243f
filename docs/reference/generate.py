"""Write the generated pages of the reference: ``python docs/reference/generate.py [--check]``.

``cli.md`` is generated from the commands, ``checks.md`` from ``curate.quality`` and
``exceptions.md`` from ``curate.errors``, so that they always agree with the program. With
``--check`` nothing is written, and the exit code is 1 if a page is out of date.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/reference/generate.py (`make docs`). Do not edit. -->"

_INTRODUCTION = """\
This page lists all commands with their arguments and options, as `--help` shows them, and explains
exit codes and `--json`. The commands are also described, with examples, in the how-to guides.
"""

_EXIT_CODES = """\
## Exit codes

| code | meaning |
| --- | --- |
| 0 | success |
| 1 | the command refused, or it found a problem that needs fixing; one line on standard error, or \
the findings on standard output, give the details |
| 2 | the command line is wrong: an unknown command or option, or a missing argument |
| 130 | it was stopped by Ctrl-C; standard error says what goes on from there |

Commands that report findings exit with 1 if one of them is an error: `ingest`, `import-campaign`,
`ingest-pool`, `convert`, `preannotate`, `sync`, `push`, `pull`, `validate`, `dedup`, `split`,
`audit` and `verify`. Warnings never change the exit code. These commands exit with 1, too: `doctor`
if it finds a problem, `import-campaign` if the schema lacks labels, `conflicts` if there are any,
`adjudicate` if a region is open, `promote` if it does not promote the model, `release --dry-run` if
the release would be refused, and `server status` if the server is not running.

Every command takes `-h` or `--help`; `curate --version` prints the version.

With `--json`, the result is one JSON object or array on standard output. If a command refuses, that
is `{"error": {"type": …, "message": …, "cure": …}}`, and standard error has the usual line.
Progress and notices only go to standard error.

What the system refuses (a full or read-only disk, missing rights, a folder in the place of a file)
is one line, too. If the line says that curate itself failed, set `CURATE_DEBUG=1` and run the
command again, to have the traceback for a report.
"""

_CHECKS = """\
This page lists all checks of `curate validate`. [Check the gold](../checks.md) explains how to run
them, change their levels and limits, and waive findings.

`curate validate --list` prints the same list. For files there are also findings named `read.…`:
rejected lines, and annotations that were lost while reading, which are errors.
"""

# Type names differ between versions of Typer.
_VALUES = {"float": "X", "int": "N", "integer": "N", "path": "PATH", "str": "TEXT", "text": "TEXT"}


def pages() -> dict[str, str]:
    """The pages by file name."""
    return {"cli.md": cli(), "checks.md": checks(), "exceptions.md": exceptions()}


def cli() -> str:
    """The page of the command line."""
    import typer

    from curate.cli.commands import app

    group: Any = typer.main.get_command(app)
    parts = [NOTE, "# Commands", str(group.help), _INTRODUCTION.strip(), _EXIT_CODES.strip()]
    for name, command in _leaves(group, "curate"):
        parts.append(f"## {name}\n\n{_command(name, command)}")
    return "\n\n".join(parts) + "\n"


def _leaves(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield full, command
        if hasattr(command, "commands"):
            yield from _leaves(command, full)


def _command(name: str, command: Any) -> str:
    summary, _, example = inspect.cleandoc(command.help).partition("\n\nExample: ")
    rows = [_row(parameter) for parameter in command.params]
    table = "\n".join(["| argument or option | meaning |", "| --- | --- |", *rows])
    usage = " ".join([name, "[OPTIONS]", *filter(None, map(_usage, command.params))])
    return f"{summary}\n\n```text\n{usage}\n```\n\n{table}\n\n```console\n$ {example}\n```"


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return f"{parameter.opts[-1]} {_value(parameter)}" if parameter.required else ""
    name = parameter.name.upper() + ("..." if parameter.nargs < 0 else "")
    return name if parameter.required else f"[{name}]"


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        value = "" if parameter.is_flag else f" {_value(parameter)}"
        name = ", ".join(f"`{option}{value}`" for option in parameter.opts)
    else:
        name = f"`{parameter.name.upper()}`"
    needed = " Required." if parameter.required else ""
    text = parameter.help.replace("<", "&lt;")
    return f"| {name} | {text}{needed} |"


def _value(parameter: Any) -> str:
    described = getattr(parameter, "type_descriptor", None)  # from Typer 0.29 on
    kind = described or parameter.type
    if choices := getattr(kind, "choices", None):
        return "/".join(str(getattr(choice, "value", choice)) for choice in choices)
    if described is None:
        return _VALUES[kind.name.removesuffix(" range")]
    of_one = get_args(described.annotation) if described.is_list else [described.annotation]
    return _VALUES["path" if described.is_path else of_one[0].__name__]


def checks() -> str:
    """The page of the checks of the gold."""
    from curate.quality import CHECKS

    rows = [
        f"| `{code}` | {check.severity} | {check.why} | {_sentence(check.hint)} | {_limit(check)} |"
        for code, check in CHECKS.items()
    ]
    head = [
        "| id | level | why it matters | how to fix it | limit |",
        "| --- | --- | --- | --- | --- |",
    ]
    table = "\n".join([*head, *rows])
    return "\n\n".join([NOTE, "# Checks", _CHECKS.strip(), table]) + "\n"


def _sentence(hint: str) -> str:
    return f"{hint[0].upper()}{hint[1:]}."


def _limit(check: Any) -> str:
    return "" if check.limit is None else f"{check.limit:g}: {check.bound}"


def exceptions() -> str:
    """The page of the exception tree."""
    from curate import errors

    intro = inspect.cleandoc(errors.__doc__ or "").replace("::\n\n", "", 1)
    title, _, rest = intro.partition("\n\n")
    tree = "\n".join(line[4:] for line in rest.splitlines() if line.startswith("    "))
    last = "\n".join(line for line in rest.splitlines() if line and not line.startswith("    "))
    parts = [NOTE, "# Exceptions", title.replace("``", "`"), f"```text\n{tree}\n```"]
    parts += [last.replace("``", "`"), "All of them are in `curate.errors`."]
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.CurateError):
            summary = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]
            parts.append(f"**{name}**: {summary.replace('``', '`')}")
    return "\n\n".join(parts) + "\n"


def stale() -> list[str]:
    """Names of the pages that are not as they would be written."""
    return [
        name
        for name, text in pages().items()
        if not (HERE / name).exists() or (HERE / name).read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` only look; returns the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: generate.py [--check]", file=sys.stderr)
        return 2
    found = stale()
    for name in found:
        if arguments:
            print(f"docs/reference/{name} is stale; run `make docs`", file=sys.stderr)
        else:
            (HERE / name).write_text(pages()[name], encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    return 1 if arguments and found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
