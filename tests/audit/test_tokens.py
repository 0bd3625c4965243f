"""Tokens and tags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.token_spans import token_spans

from curate.audit.tokens import are_tokens_separated, iob_tags, spans_of_tags, tokenise_text


@given(token_spans())
def test_tags_spell_the_spans_they_were_made_of(spans):
    assert spans_of_tags(iob_tags(spans, 12)) == spans


@given(st.text(max_size=60))
def test_tokens_are_the_text_without_white_space(text):
    tokens = tokenise_text(text)
    assert "".join(tokens.words) == "".join(text.split()) or any(c.isspace() for c in text)
    for start, end, word in zip(tokens.starts, tokens.ends, tokens.words, strict=True):
        assert text[start:end] == word


def test_texts_are_separated_if_white_space_precedes_their_punctuation():
    assert are_tokens_separated(["In L.A. , Mr Bo said :", "yes , in 1,000 words ; no"])
    assert not are_tokens_separated(["In L.A., Mr Bo said: yes."])
    assert not are_tokens_separated(["Oui ; non, dit-il ."])
    assert not are_tokens_separated(["no marks", ""])


def test_tokens_within_one_of_the_source_are_joined():
    text = tokenise_text("The U.S. , Al-Ain", separated=True)
    assert text.words == ("The", "U", ".", "S", ".", ",", "Al", "-", "Ain")
    assert text.joined == (False, False, True, True, True, False, False, True, True)
    assert (text.word_start(3), text.word_end(2)) == (1, 5)
    assert text.is_whole(1, 5) and text.is_whole(6, 9)
    assert not text.is_whole(1, 4) and not text.is_whole(7, 9)
    assert not any(tokenise_text("The U.S., Al-Ain").joined)


def test_lines_of_headlines_tables_and_prose():
    text = tokenise_text("CHINA WIN IN LYON\nLyon 3 Metz 1\nLyon won 3 games in all .")
    assert text.line_kinds == ["headline"] * 4 + ["table"] * 4 + ["prose"] * 7
