"""The English rules: dates, hours, money, offices, nationalities."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from curate import schema as schemas
from curate.preannotate import rules
from curate.preannotate.rules import CompiledRules

ROOT = Path(__file__).resolve().parents[2]
NEWS = schemas.load(ROOT / "schemas" / "news-fr.yaml")
MORE = tuple(
    schemas.Label(name=name, title=name, description=name, colour="#000000")
    for name in ("TIME", "MONEY")
)
WIDE = replace(NEWS, labels=(*NEWS.labels, *MORE))


@pytest.fixture(scope="module")
def english() -> CompiledRules:
    return rules.load(ROOT / "schemas" / "rules-en.yaml", WIDE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "On Monday, March 3, 2025 the US secretary of state, Marco Rubio, met Ukrainians.",
            [
                ("Monday, March 3, 2025", "DATE"),
                ("US secretary of state", "ROLE"),
                ("Ukrainians", "NORP"),
            ],
        ),
        (
            "The French foreign minister left for New Zealand at 2:30 p.m. GMT.",
            [
                ("French foreign minister", "ROLE"),
                ("New Zealand", "LOC"),
                ("2:30 p.m. GMT", "TIME"),
            ],
        ),
        (
            "NATO pledged $3 million, or 2.5 billion euros, on 14 June.",
            [
                ("NATO", "ORG"),
                ("$3 million", "MONEY"),
                ("2.5 billion euros", "MONEY"),
                ("14 June", "DATE"),
            ],
        ),
        (
            "Mr. Obama spoke English in May; they may march from 1999.",
            [("Obama", "PER"), ("May", "DATE"), ("1999", "DATE")],
        ),
        ("Israelis and Palestinians met.", [("Israelis", "NORP"), ("Palestinians", "NORP")]),
        ("Of 2000 people, 3 to 2 were saved by the ministry of defence.", []),
    ],
)
def test_english_news(english: CompiledRules, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[s.start : s.end], s.label) for s in english.spans(text)] == expected


def test_hours_and_money_are_masked_where_the_schema_has_no_label_for_them() -> None:
    ruled = rules.load(ROOT / "schemas" / "rules-en.yaml", NEWS)
    text = "at 14:00 GMT for $3 million"
    assert [(text[s.start : s.end], s.label) for s in ruled.spans(text)] == [
        ("14:00 GMT", ""),
        ("$3 million", ""),
    ]
