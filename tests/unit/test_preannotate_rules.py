"""The rules file: how it is read, refused and applied."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Document
from curate.preannotate import rules
from curate.preannotate.rules import Rules

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
MINIMAL = """
name: r
version: 1.2.3
language: fr
fragments: {month: [mai, juin]}
rules:
  - name: date
    label: DATE
    pattern: '\\d+ {month}'
    examples: ["le [2 juin], pas le 2 chats"]
"""


@pytest.fixture(scope="module")
def french() -> Rules:
    return rules.load(ROOT / "schemas" / "rules-fr.yaml", SCHEMA)


def _load(folder: Path, text: str) -> Rules:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return rules.load(path, SCHEMA)


def _found(ruled: Rules, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.label) for span in ruled.spans(text)]


def test_the_layer_names_file_and_version(tmp_path: Path) -> None:
    annotation = _load(tmp_path, MINIMAL).annotate(Document(id="d", text="le 2 juin"))
    assert annotation.layer == "rules:r@1.2.3"
    assert [(s.key, s.by, s.score) for s in annotation.spans] == [
        ((3, 9, "DATE"), "rules:r@1.2.3", 0.5)
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label: DATE", "label: TIME", "rule 'date' gives TIME"),
        ("{month}'", "{moon}'", "rule 'date' uses {moon}"),
        ("{month}'", "('", "rule 'date': "),
        ("\\d+ {month}", "(\\d+ )+{month}", "rule 'date' repeats a repetition"),
        ("\\d+ {month}", "((?:a|\\d)* ?x){2,}{month}", "rule 'date' repeats a repetition"),
        ("[2 juin]", "2 juin", "rule 'date' finds ['2 juin']"),
        ("[2 juin]", "[juin]", "rule 'date' finds []"),
        ("[mai, juin]", "'{month}'", "rule 'date': its fragments go in a circle"),
        ("version: 1.2.3", "versoin: 1.2.3", "versoin"),
        ("rules:", "rules: [", "rules.yaml"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        _load(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_missing_file_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"under \[preannotate\] rules"):
        rules.read(tmp_path / "none.yaml")


def test_a_repetition_of_something_bounded_is_allowed(tmp_path: Path) -> None:
    ruled = _load(tmp_path, MINIMAL.replace("\\d+ {month}", "(?:[+*]?\\d{1,2} )+{month}"))
    assert _found(ruled, "le 2 juin") == [("2 juin", "DATE")]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
@pytest.mark.parametrize("mark", ["'", "’", "ʼ"])
def test_every_space_and_apostrophe_is_the_same(french: Rules, space: str, mark: str) -> None:
    role = f"secrétaire d{mark}État américain".replace(" ", space)
    date = "2 juin 2025".replace(" ", space)
    text = f"LE {role} ARRIVE LE {date}."
    assert _found(french, text) == [(role, "ROLE"), (date, "DATE")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LE 2 JUIN, LE PREMIER MINISTRE", ["2 JUIN", "PREMIER MINISTRE"]),
        ("le nouveau Premier-ministre", ["Premier-ministre"]),
        (
            "Bruno Le Maire, ministre de l’Économie et des Finances",
            ["ministre de l’Économie et des Finances"],
        ),
        ("anti-russe, proeuropéen, Francegalop", []),
        ("Ministre délégué auprès du ministre", ["Ministre délégué", "ministre"]),
        ("le 2 juin 2025 12/03/2025", ["2 juin 2025", "12/03/2025"]),
        ("il gagne 2016 euros et 30 mars", ["30 mars"]),
    ],
)
def test_hard_cases(french: Rules, text: str, expected: list[str]) -> None:
    assert [surface for surface, _ in _found(french, text)] == expected


@pytest.mark.parametrize(
    "hostile",
    ["1 et " * 4000, "ancien " * 4000, "franco-" * 4000, "ministre des Affaires " * 2000]
    + ["a" * 30_000, " " * 30_000, "président délégué " * 2000, "lundi 1, 2, 3 " * 2000],
)
def test_no_text_takes_long(french: Rules, hostile: str) -> None:
    started = time.perf_counter()
    french.spans(hostile)
    assert time.perf_counter() - started < 5
