"""Cleaning of edges: each rule by examples, all of them by properties."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.model import Span
from curate.preannotate.boundaries import clean

BRACKETS = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)

# text with what a model marked in [[double brackets]], label, what must be left
CASES = {
    "marks": [
        ("dans [[« Le Monde »,]] hier", "ORG", "Le Monde"),
        ("[[\u00a0\u202fKiev\u200b ]]", "LOC", "Kiev"),
        ("[[“Hamas”]]", "ORG", "Hamas"),
        ("[[— Jean-Noël Barrot]]", "PER", "Jean-Noël Barrot"),
        ("[[l’Otan’]]", "ORG", "Otan"),
    ],
    "paragraph": [
        ("[[Accords de Minsk\n\nPartager]]", "MISC", "Accords de Minsk"),
        ("[[Marco\nRubio]]", "PER", "Marco\nRubio"),
    ],
    "colon": [
        ("[[Jeux olympiques de Rio : Park]] en or", "EVENT", "Jeux olympiques de Rio"),
        ("[[2001 : l’Odyssée]]", "ORG", "2001"),
        ("[[Canal:Plus]]", "ORG", "Canal:Plus"),
    ],
    "article": [
        ("entre [[l’Ukraine]]", "LOC", "Ukraine"),
        ("entre [[l'Ukraine]]", "LOC", "Ukraine"),
        ("le chef [[d’Israël]]", "LOC", "Israël"),
        ("[[la Russie]] et [[les États-Unis]]", "LOC", "Russie"),
        ("dans [[les\u00a0Alpes]]", "LOC", "Alpes"),
        ("[[Le Monde]]", "ORG", "Le Monde"),
        ("[[de Gaulle]]", "PER", "de Gaulle"),
        ("[[d’Ormesson]]", "PER", "d’Ormesson"),
    ],
    "capital_article": [
        ("[[L’Ukraine]] attend.", "LOC", "Ukraine"),
        ("Fin. [[La Russie]] refuse", "LOC", "Russie"),
        ("[[La Haye]] attend.", "LOC", "La Haye"),
        ("à [[La Haye]]", "LOC", "La Haye"),
        ("au port du [[Le Havre]]", "LOC", "Le Havre"),
        ("[[La Rochelle]] attend.", "LOC", "La Rochelle"),
        ("[[L’Équipe]] l’écrit.", "ORG", "L’Équipe"),
        ("[[Le Pen]] répond", "PER", "Le Pen"),
        ("[[La Peste]] de Camus", "MISC", "La Peste"),
    ],
    "title": [
        ("[[M. Olaf Scholz]]", "PER", "Olaf Scholz"),
        ("[[M.\u202fMacron]]", "PER", "Macron"),
        ("[[Mme Annalena Baerbock]]", "PER", "Annalena Baerbock"),
        ("[[Président Macron]]", "PER", "Macron"),
        ("[[Premier ministre Justin Trudeau]]", "PER", "Justin Trudeau"),
        ("[[Mme Tussauds]]", "ORG", "Mme Tussauds"),
    ],
    "common_words": [
        ("[[président Emmanuel Macron]]", "PER", "Emmanuel Macron"),
        ("[[l’ex-président Nicolas Sarkozy]]", "PER", "Nicolas Sarkozy"),
        ("[[le général de Gaulle]]", "PER", "de Gaulle"),
        ("[[van der Leyen]]", "PER", "van der Leyen"),
        ("[[bell hooks]]", "PER", "bell hooks"),
    ],
}


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [pytest.param(*case, id=f"{rule}-{case[2]}") for rule in CASES for case in CASES[rule]],
)
def test_rule(marked: str, label: str, expected: str) -> None:
    text = BRACKETS.sub(r"\1", marked)
    match = BRACKETS.search(marked)
    assert match
    span = clean(text, Span(match.start(), match.start() + len(match[1]), label, by="model:m@1"))
    assert span is not None and span.by == "model:m@1"
    assert text[span.start : span.end] == expected


ENGLISH = {
    "possessive": [
        ("[[Obama's]] speech", "PER", "Obama"),
        ("the [[States’]] rights", "LOC", "States"),
        ("[[McDonald's Corp]]", "ORG", "McDonald's Corp"),
    ],
    "english_article": [
        ("in [[the United Nations]]", "ORG", "United Nations"),
        ("[[of Kenya]]", "LOC", "Kenya"),
        ("[[The Hague]]", "LOC", "The Hague"),
    ],
    "english_title": [
        ("[[President Barack Obama]]", "PER", "Barack Obama"),
        ("[[Mr. Obama]]", "PER", "Obama"),
        ("[[General Electric]]", "ORG", "General Electric"),
        ("[[Chair Jerome Powell]]", "PER", "Jerome Powell"),
        ("[[former Vice President Joe Biden]]", "PER", "Joe Biden"),
        ("[[French Foreign Minister Jean-Noël Barrot]]", "PER", "Jean-Noël Barrot"),
        ("[[U.S. Secretary of State Marco Rubio]]", "PER", "Marco Rubio"),
        ("[[Martin Luther King Jr.]]", "PER", "Martin Luther King Jr."),
        ("[[King]]", "PER", "King"),
        ("[[Chairman Mao]]", "PER", "Mao"),
    ],
    "english_capital_article": [
        ("[[The Federal Reserve]] waits", "ORG", "Federal Reserve"),
        ("It fell. “[[The Kremlin]] denies it", "ORG", "Kremlin"),
        ("[[The Netherlands]]", "LOC", "Netherlands"),
        ("[[The New York Times]]", "ORG", "The New York Times"),
        ("[[The Washington Post]]", "ORG", "The Washington Post"),
        ("he reads [[The Oregonian]]", "ORG", "The Oregonian"),  # within a sentence it is its own
        ("[[The Leopard]]", "MISC", "The Leopard"),
    ],
    "english_owner": [
        ("[[Germany's Angela Merkel]]", "PER", "Angela Merkel"),
        ("[[Germany’s Lufthansa]]", "ORG", "Lufthansa"),
        ("[[Moody's Analytics]]", "ORG", "Moody's Analytics"),
        ("[[King's College London]]", "ORG", "King's College London"),
    ],
    "english_common_words": [
        ("[[Apple chief executive Tim Cook]]", "PER", "Tim Cook"),
        ("[[striker Samuel Okafor]]", "PER", "Samuel Okafor"),
        ("[[Ursula von der Leyen]]", "PER", "Ursula von der Leyen"),
        ("[[Vincent van Gogh]]", "PER", "Vincent van Gogh"),
        ("[[Catherine the Great]]", "PER", "Catherine the Great"),
        ("[[de Gaulle]]", "PER", "de Gaulle"),
    ],
}


@pytest.mark.parametrize(
    ("marked", "label", "expected"),
    [pytest.param(*case, id=f"{rule}-{case[2]}") for rule in ENGLISH for case in ENGLISH[rule]],
)
def test_english_rule(marked: str, label: str, expected: str) -> None:
    text = BRACKETS.sub(r"\1", marked)
    match = BRACKETS.search(marked)
    assert match
    span = clean(text, Span(match.start(), match.start() + len(match[1]), label), "en")
    assert span is not None and text[span.start : span.end] == expected


def test_other_languages_keep_their_articles() -> None:
    text = "la Repubblica"
    span = clean(text, Span(0, len(text), "ORG"), "it")
    assert span is not None and text[span.start : span.end] == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("attentats de Bruxelles", False),
        ("champion de France", False),
        ("accord de Paris", True),
        ("traité de Lisbonne", True),
        ("Game of Thrones", True),
    ],
)
def test_a_description_in_lower_case_is_no_misc(text: str, kept: bool) -> None:
    assert (clean(text, Span(0, len(text), "MISC")) is not None) == kept
    assert clean(text, Span(0, len(text), "MISC"), "en") is not None


@pytest.mark.parametrize("unusable", ["«»", " \u00a0", "—", "...", "()"])
def test_what_holds_no_letter_is_dropped(unusable: str) -> None:
    assert clean(unusable, Span(0, len(unusable), "ORG")) is None


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 9), (2, 2), (3, 1)])
def test_out_of_range_is_dropped(start: int, end: int) -> None:
    assert clean("Kiev", Span(start, end, "LOC")) is None


PIECES = st.sampled_from(
    ["l’", "L’", "La ", "le ", "de ", "M. ", "Mme ", "président ", "« ", " »", "(", ")", "[", "."]
    + ["Kiev", "Macron", " et la", "\n\n", "\u00a0", "-", "é", "🇫🇷", "van ", "X.", "’", "d'"]
)


@given(
    st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=10).map("".join)),
    st.integers(-2, 40),
    st.integers(-2, 40),
    st.sampled_from(["PER", "LOC", "ORG", "MISC"]),
    st.sampled_from(["fr", "en", "de"]),
)
def test_never_wider_never_empty_and_done_at_once(
    text: str, start: int, end: int, label: str, language: str
) -> None:
    span = clean(text, Span(start, end, label), language)
    if span is not None:
        assert start <= span.start < span.end <= min(end, len(text))
        assert span.label == label
        assert clean(text, span, language) == span
