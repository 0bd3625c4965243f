"""The rules of the whole article: each by examples, all of them by properties."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.model import Span
from curate.preannotate import article_rules, lexicon
from curate.preannotate.article_rules import ArticleRule

MARK = re.compile(r"\[([^\]|]*)\|(\w+)\]")
MODEL = "model:m@1"


def marked(source: str, by: str = MODEL) -> tuple[str, list[Span]]:
    """A text and its spans, from a text with [Rubio|PER] in it."""
    text, spans, end = "", [], 0
    for match in MARK.finditer(source):
        text += source[end : match.start()]
        spans.append(Span(len(text), len(text) + len(match[1]), match[2], by=by))
        text, end = text + match[1], match.end()
    return text + source[end:], spans


def apply(source: str, *rules: ArticleRule, language: str = "fr", by: str = MODEL) -> list[str]:
    """What a rule makes of a marked text, as « Rubio|PER »."""
    text, spans = marked(source, by)
    result = article_rules.apply_rules(text, spans, lexicon.lexicon_for(language), rules or None)
    return [f"{text[s.start : s.end]}|{s.label}" for s in result]


CASES: dict[ArticleRule, Sequence[tuple[str, list[str]]]] = {
    article_rules.surnames: [
        ("[Marco Rubio|PER] parle. Rubio sort.", ["Marco Rubio|PER", "Rubio|PER"]),
        ("[Marco Rubio|PER] et [Rubio|LOC]", ["Marco Rubio|PER", "Rubio|PER"]),
        ("[Marco Rubio|PER] et [Rubio|MISC]", ["Marco Rubio|PER", "Rubio|PER"]),
        # the context says otherwise, or the word is only a part of another name
        ("[Ann Lyon|PER] va à [Lyon|LOC]", ["Ann Lyon|PER", "Lyon|LOC"]),
        ("[Ann Lyon|PER] et Lyon-Ville", ["Ann Lyon|PER"]),
        ("[Ann Lyon|PER], née à Lyon", ["Ann Lyon|PER"]),
        ("[Ursula von der Leyen|PER], Leyen", ["Ursula von der Leyen|PER", "Leyen|PER"]),
    ],
    article_rules.acronyms: [
        (
            "l’[Agence de la mer|ORG] (AM). L’AM sort.",
            ["Agence de la mer|ORG", "AM|ORG", "AM|ORG"],
        ),
        ("la [Ligue du Nord|LOC] ([LN|ORG])", ["Ligue du Nord|ORG", "LN|ORG"]),
        ("la [Ligue du Nord|LOC] (XY)", ["Ligue du Nord|LOC"]),
        ("[Ann Meier|PER] (AM)", ["Ann Meier|PER"]),
    ],
    article_rules.one_label: [
        ("[Sarran|LOC], [Sarran|PER], [Sarran|LOC]", ["Sarran|LOC"] * 3),
        ("[Sarran|LOC], [Sarran|PER]", ["Sarran|LOC", "Sarran|PER"]),
        ("[Sarran|LOC], M. [Sarran|PER], [Sarran|LOC]", ["Sarran|LOC", "Sarran|PER", "Sarran|LOC"]),
        ("[Zeus|MISC], [Zeus|MISC], [Zeus|PER]", ["Zeus|MISC", "Zeus|MISC", "Zeus|PER"]),
    ],
    article_rules.particles: [
        ("puis De [Gendt|PER] gagne", ["De Gendt|PER"]),
        ("Fin. De [Gendt|PER] gagne", ["Gendt|PER"]),
        ("Fin. De [Gendt|PER] gagne, De Gendt", ["De Gendt|PER"]),
        ("puis De [Gand|LOC]", ["Gand|LOC"]),
    ],
    article_rules.head_words: [
        ("la [Cour suprême du Kenya|LOC]", ["Cour suprême du Kenya|ORG"]),
        ("la [Courneuve|LOC]", ["Courneuve|LOC"]),
        ("l’[hôpital de Lens|LOC]", ["hôpital de Lens|ORG"]),
    ],
    article_rules.sentence_heads: [
        ("[Cinéma|ORG] : le cinéma va bien", []),
        ("[Privées|LOC] de leur meneuse", []),
        ("[Réunis|LOC] sur la plaine", []),
        ("Le [Cinéma|ORG], ce cinéma", ["Cinéma|ORG"]),
        ("[Paris|LOC] gagne", ["Paris|LOC"]),
    ],
    article_rules.list_lines: [
        ("[Borges\nGaber|PER]", ["Borges|PER", "Gaber|PER"]),
        ("[Borges (2)\n - Gaber|PER]", ["Borges (2)|PER", "- Gaber|PER"]),
        ("Il a vu, dans une rue de la ville, hier, [Marco\nRubio|PER]", ["Marco\nRubio|PER"]),
    ],
}


@pytest.mark.parametrize(
    ("rule", "source", "expected"),
    [
        pytest.param(rule, *case, id=f"{rule.__name__}-{number}")
        for rule, cases in CASES.items()
        for number, case in enumerate(cases)
    ],
)
def test_rule(rule: ArticleRule, source: str, expected: list[str]) -> None:
    assert apply(source, rule) == expected


def test_every_rule_has_cases() -> None:
    assert set(CASES) == set(article_rules.RULES)


def test_what_a_rule_did_stands_in_the_span() -> None:
    text, spans = marked("[Marco Rubio|PER], [Rubio|LOC] et Rubio")
    result = article_rules.apply_rules(text, spans, lexicon.FRENCH)
    assert [span.by for span in result] == [
        MODEL,
        f"{MODEL}+article:surname",
        "article:surname",
    ]


def test_a_gazetteer_is_not_overruled() -> None:
    result = apply("[Ann Lyon|PER] et [Lyon|LOC]", article_rules.surnames, by="rules:n@1/cities")
    assert result == ["Ann Lyon|PER", "Lyon|LOC"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[Ann Lyon|PER] lives in [Lyon|LOC]", ["Ann Lyon|PER", "Lyon|LOC"]),
        ("the [Bank of Kenya|LOC]", ["Bank of Kenya|ORG"]),
        ("[Marco Rubio|PER] spoke. Rubio left.", ["Marco Rubio|PER", "Rubio|PER"]),
    ],
)
def test_english(source: str, expected: list[str]) -> None:
    assert apply(source, language="en") == expected


def test_of_an_unknown_language_only_what_needs_no_words() -> None:
    assert apply("[Cour|LOC] du [Anna Meier|PER], Meier", language="xx") == [
        "Cour|LOC",
        "Anna Meier|PER",
        "Meier|PER",
    ]


PIECES = st.sampled_from(
    ["[Marco Rubio|PER]", "[Rubio|LOC]", "[Otan|ORG]", "Rubio", "De ", " (", ")", "\n", " ", ". "]
    + ["[Cour du Nord|LOC]", "CN", "[CN|MISC]", "à ", "M. ", "[Borges\nGaber|PER]", "Otan"]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["fr", "en", "de"]))
def test_spans_stay_in_order_and_never_overlap(source: str, language: str) -> None:
    text, spans = marked(source)
    result = article_rules.apply_rules(text, spans, lexicon.lexicon_for(language))
    assert all(a.end <= b.start for a, b in zip(result, result[1:], strict=False))
    assert all(0 <= span.start < span.end <= len(text) for span in result)
    again = article_rules.apply_rules(text, spans[::-1], lexicon.lexicon_for(language))
    assert [span.key for span in again] == [span.key for span in result]
