"""The registry of formats, and the page that documents it."""

from __future__ import annotations

import re
from pathlib import Path

from curate.formats.registry import ASPECTS, FORMATS, READABLE, WRITABLE


def test_every_format_says_what_it_is_and_can_be_asked_for_by_its_name():
    for name, format in FORMATS.items():
        assert format.name == name
        assert format.description
        assert all(ending.startswith(".") for ending in format.endings)
        assert bool(format.read) == bool(format.reads)
        assert bool(format.write) == bool(format.writes)
        assert format.reads | format.writes <= ASPECTS.keys()


def test_what_is_written_is_read_but_for_the_revision_and_an_id_of_the_text():
    for name in {*READABLE} & {*WRITABLE}:
        format = FORMATS[name]
        assert format.writes - {"id", "revision"} <= format.reads, name


def _table(head: str) -> list[list[str]]:
    """The cells of a table in the page of formats."""
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    table = page.partition(head)[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]
    ]


def test_the_page_of_formats_says_what_each_is_without() -> None:
    rows = _table("| format | content |")
    without = {row[0].strip("` "): tuple(re.findall(r"`(\w+)`", row[2])) for row in rows}
    assert without == {name: FORMATS[name].without for name in WRITABLE}


def test_the_page_of_formats_lists_the_formats_that_are_read_with_their_endings() -> None:
    documented: dict[frozenset[str], set[str]] = {}
    for row in _table("| `--from` |"):
        names = frozenset(re.findall(r"`([\w-]+)`", row[0]))
        documented[names] = set(re.findall(r"`(\.\w+)`", row[1]))
    assert documented == {
        names: {ending for name in names for ending in FORMATS[name].endings}
        for names in documented
    }
    assert sorted(name for names in documented for name in names) == sorted(READABLE)
