"""Tokens and tags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.token_spans import token_spans

from curate.audit.tokens import iob_tags, spans_of_tags, tokenise_text


@given(token_spans())
def test_tags_spell_the_spans_they_were_made_of(spans):
    assert spans_of_tags(iob_tags(spans, 12)) == spans


@given(st.text(max_size=60))
def test_tokens_are_the_text_without_white_space(text):
    tokens = tokenise_text(text)
    assert "".join(tokens.words) == "".join(text.split()) or any(c.isspace() for c in text)
    for start, end, word in zip(tokens.starts, tokens.ends, tokens.words, strict=True):
        assert text[start:end] == word
