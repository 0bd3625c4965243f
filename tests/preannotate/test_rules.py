"""The rules file: how it is read, refused and applied."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Document
from curate.preannotate import rules
from curate.preannotate.rules import CompiledRules

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
def french() -> CompiledRules:
    return rules.load(ROOT / "schemas" / "rules-fr.yaml", SCHEMA)


def _load(folder: Path, text: str) -> CompiledRules:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return rules.load(path, SCHEMA)


def _spans(ruled: CompiledRules, text: str) -> list[tuple[str, str]]:
    return [(text[s.start : s.end], s.label) for s in ruled.spans(text) if s.label]


def test_the_layer_names_file_and_version(tmp_path: Path) -> None:
    annotation = _load(tmp_path, MINIMAL).annotate(Document(id="d", text="le 2 juin"))
    assert annotation.layer == "rules:r@1.2.3"
    assert [(s.key, s.by, s.score) for s in annotation.spans] == [
        ((3, 9, "DATE"), "rules:r@1.2.3/date", 0.5)
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label: DATE", "label: TIME", "rule 'date' gives TIME"),
        ("{month}'", "{moon}'", "rule 'date' uses {moon}"),
        ("{month}'", "('", "rule 'date': "),
        ("\\d+ {month}", "(\\d+ )+{month}", "rule 'date'"),
        ("\\d+ {month}", "((?:a|\\d)* ?x){2,}{month}", "rule 'date'"),
        ("[2 juin]", "2 juin", "rule 'date' finds ['2 juin']"),
        ("[2 juin]", "[juin]", "rule 'date' finds []"),
        ("[mai, juin]", "'{month}'", "rule 'date'"),
        ("version: 1.2.3", "versoin: 1.2.3", "versoin"),
        ("rules:", "rules: [", "rules.yaml"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        _load(tmp_path, MINIMAL.replace(old, new, 1))


def test_a_missing_file_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[preannotate\] rules"):
        rules.read(tmp_path / "none.yaml")


def test_a_repetition_of_something_bounded_is_allowed(tmp_path: Path) -> None:
    ruled = _load(tmp_path, MINIMAL.replace("\\d+ {month}", "(?:[+*]?\\d{1,2} )+{month}"))
    assert _spans(ruled, "le 2 juin") == [("2 juin", "DATE")]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
@pytest.mark.parametrize("mark", ["'", "’", "ʼ"])
def test_every_space_and_apostrophe_is_the_same(
    french: CompiledRules, space: str, mark: str
) -> None:
    role = f"secrétaire d{mark}État américain".replace(" ", space)
    date = "2 juin 2025".replace(" ", space)
    text = f"LE {role} ARRIVE LE {date}."
    assert _spans(french, text) == [(role, "ROLE"), (date, "DATE")]


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
def test_hard_cases(french: CompiledRules, text: str, expected: list[str]) -> None:
    assert [surface for surface, _ in _spans(french, text)] == expected


@pytest.mark.parametrize(
    "hostile",
    ["1 et " * 4000, "ancien " * 4000, "franco-" * 4000, "ministre des Affaires " * 2000]
    + ["a" * 30_000, " " * 30_000, "président délégué " * 2000, "lundi 1, 2, 3 " * 2000],
)
def test_no_text_takes_long(french: CompiledRules, hostile: str) -> None:
    started = time.perf_counter()
    french.spans(hostile)
    assert time.perf_counter() - started < 5


EXTRA = """
name: r
version: 1.0.0
language: fr
fragments: {stem: [grison, lausannois], word: '[A-Z]\\w+'}
rules:
  - name: hour
    label: TIME
    optional: true
    score: 0.9
    pattern: '\\d+ ?h'
    needs: [h]
    examples: ["à [14 h]"]
gazetteers:
  - name: given
    label: PER
    after: ' {word}'
    entries: [Anna, Jean-Luc]
    examples: ["[Anna Meier], Anna et [Jean-Luc Vito]"]
  - name: places
    label: LOC
    alone: true
    entries: [Berne, "Val-d’Isère"]
    examples: ["à [Berne], Air Berne, la Berne-Ville. À [Val-d'Isère]"]
  - name: peoples
    label: NORP
    case: false
    never_after: 'en '
    endings: {stem: ['', e]}
    entries: [zougois]
    examples: ["les [GRISON], une [lausannoise], parler en lausannois ; [Zougois]"]
  - name: nothing
    label: ''
    entries: [Nord]
    examples: ["au [Nord]"]
"""


def test_gazetteers_and_masks(tmp_path: Path) -> None:
    ruled = _load(tmp_path, EXTRA)
    text = "Anna Meier quitte Berne pour le Nord à 14 h."
    assert _spans(ruled, text) == [("Anna Meier", "PER"), ("Berne", "LOC")]
    masks = [text[s.start : s.end] for s in ruled.spans(text) if not s.label]
    assert masks == ["Nord", "14 h"]  # an hour is not to be marked where the schema has none
    assert [s.label for s in ruled.annotate(Document(id="d", text=text)).spans] == ["PER", "LOC"]
    assert {s.by for s in ruled.spans("à Berne")} == {"rules:r@1.0.0/places"}


def test_a_schema_maps_the_labels_of_a_rules_file_as_it_does_those_of_a_model(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(EXTRA, encoding="utf-8")
    mapped = replace(SCHEMA, models={"r": {"PER": "PER", "LOC": "ORG"}})
    ruled = rules.load(path, mapped)
    text = "Anna Meier quitte Berne, les zougois à 14 h."
    assert _spans(ruled, text) == [("Anna Meier", "PER"), ("Berne", "ORG")]
    assert [text[s.start : s.end] for s in ruled.spans(text) if not s.label] == ["zougois", "14 h"]
    with pytest.raises(ConfigError, match="models: r:"):
        rules.load(path, replace(SCHEMA, models={"r": {"PER": "HUMAN"}}))


def test_a_mask_keeps_models_from_marking(tmp_path: Path) -> None:
    from curate.model import Span
    from curate.preannotate.proposal import propose

    text = "vers le Nord"
    document = Document(id="d", text=text)
    spans = [Span(8, 12, "LOC", by="model:m@1"), *_load(tmp_path, EXTRA).spans(text)]
    assert propose(document, spans, language="fr", overlap=False).spans == ()
    assert propose(document, spans, language="fr", overlap=True).spans == (spans[0],)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    optional: true\n", "", "rule 'hour' gives TIME"),
        ("{stem: ['', e]}", "{word: ['']}", "rule 'peoples' has endings for word"),
        ("[Anna Meier]", "Anna [Meier]", "rule 'given' finds ['Anna Meier', 'Jean-Luc Vito']"),
        ("name: places", "name: given", "rules named 'given'"),
        ("after: ' {word}'", "after: ' {wort}'", "rule 'given' uses {wort}"),
    ],
)
def test_a_wrong_gazetteer_is_refused_by_name(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        _load(tmp_path, EXTRA.replace(old, new, 1))


def test_the_long_form_of_a_capital_keeps_offsets(tmp_path: Path) -> None:
    """« İ » has two code points in lower case; what follows it must not move."""
    spans = _spans(_load(tmp_path, EXTRA), "İİ, Berne, zougois")
    assert spans == [("Berne", "LOC"), ("zougois", "NORP")]


@pytest.mark.parametrize("name", ["rules-fr", "names-fr", "rules-en", "names-en"])
def test_shipped_files_hold_their_examples(name: str) -> None:
    path = ROOT / "schemas" / f"{name}.yaml"
    file = rules.read(path)
    assert rules.load(path, SCHEMA).layer == file.layer
    for rule in (*file.rules, *file.gazetteers):
        assert rule.examples, rule.name
        assert (path.parents[1] / "curate" / "templates" / path.name).read_bytes() == (
            path.read_bytes()
        )


def test_what_a_rule_needs_never_changes_what_it_finds(shared_data: Path) -> None:
    from dataclasses import replace

    ruled = rules.load(ROOT / "schemas" / "rules-fr.yaml", SCHEMA)
    bare = replace(ruled, rules=tuple(replace(rule, needs=()) for rule in ruled.rules))
    for path in sorted((shared_data / "winer-fr-2016" / "01").glob("*.txt")):
        text = path.read_bytes().decode()
        assert ruled.spans(text) == bare.spans(text), path.name
