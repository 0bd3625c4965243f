"""Texts in numbers, and lines that stand in several of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.text.statistics import RepeatedLines, measure

FOOTER = "Abonnez-vous pour lire la suite de nos articles."


def test_a_text_in_numbers():
    found = measure("Titre à la une\n\nM. Dupont a 3 chats, dit-il. « Vraiment ? » Oui : 3 !")
    assert found.characters == 69
    assert found.words == 14
    assert found.distinct == 13  # 3 stands twice
    assert found.lines == 2
    assert found.sentences == 5  # the title, « M. », « dit-il. », « ? », « ! »
    assert found.digits == pytest.approx(2 / 51, abs=1e-4)
    assert found.boilerplate == 0


def test_lines_of_several_texts_are_boilerplate():
    texts = [f"Article numéro {n} sur autre chose.\n{FOOTER}  " for n in range(3)]
    texts.append("Un dernier texte, qui est seul.\nRéactions")
    repeated = RepeatedLines(texts)
    assert len(repeated) == 1
    (start, end), *rest = repeated.spans(texts[0])
    assert texts[0][start:end] == FOOTER
    assert not rest
    assert measure(texts[0], repeated).boilerplate == pytest.approx(
        len(FOOTER) / len(texts[0]), abs=1e-4
    )
    assert measure(texts[3], repeated).boilerplate == 0
    assert len(RepeatedLines(texts, least=4)) == 0


def test_a_line_that_stands_often_in_one_text_is_none():
    assert len(RepeatedLines([f"{FOOTER}\n" * 5, "Autre chose."], least=2)) == 0


def test_short_lines_may_repeat():
    assert len(RepeatedLines(["Monde\nun", "Monde\ndeux", "Monde\ntrois"])) == 0


@given(st.text())
def test_every_text_can_be_measured(text):
    found = measure(text, RepeatedLines([text] * 3, length=1))
    assert found.characters == len(text)
    assert 0 <= found.digits <= found.letters + found.digits <= 1
    assert found.capitals <= found.letters
    assert found.distinct <= found.words <= found.characters
    assert 0 <= found.boilerplate <= 1
