"""The methods of the audit, each on a corpus in which one thing is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audit_corpus import changed, find, regular

from curate import audit
from curate.audit import Item, edges, features, folds, layers, model, surfaces
from curate.audit.spans import differences, likeliest
from curate.audit.tokens import stretches, tags, tokenise
from curate.model import Document, Span
from curate.util.jsonl import document_id

EVERY = ("model", "surfaces", "edges")


def corpus(pairs, **more):
    return audit.prepare(Item(document=d, spans=s, **more) for d, s in pairs)


def keyed(prepared, signs):
    """The signs as (document, kind, span, suggestion), in code points."""
    found = []
    for sign in signs:
        one = prepared[sign.item]
        ends = [one.key(key) if key else None for key in (sign.span, sign.suggestion)]
        found.append((one.item.document.id, sign.kind, *ends))
    return found


def one(text, *keys):
    return (Document(id=document_id(text), text=text), tuple(Span(*key) for key in keys))


def wrong_label():
    pairs = regular()
    number, span = find(pairs, "Paris", 2)
    wrong = (span.start, span.end, "PER")
    want = (pairs[number][0].id, "label", wrong, span.key)
    return changed(pairs, number, [span], [wrong]), want


def wrong_boundary():
    pairs = regular()
    number, span = find(pairs, "Anne Morel", 1)
    wrong = (span.start, span.start + 4, "PER")
    want = (pairs[number][0].id, "boundary", wrong, span.key)
    return changed(pairs, number, [span], [wrong]), want


def missing():
    pairs = regular()
    number, span = find(pairs, "Banque de France", 1)
    want = (pairs[number][0].id, "missing", None, span.key)
    return changed(pairs, number, [span]), want


def spurious():
    pairs = regular()
    document = pairs[3][0]
    start = document.text.index("numéro")
    wrong = (start, start + 6, "LOC")
    return changed(pairs, 3, [], [wrong]), (document.id, "spurious", wrong, None)


@pytest.mark.parametrize("make", [wrong_label, wrong_boundary, missing, spurious])
def test_the_error_comes_first_with_its_correction(make):
    pairs, want = make()
    found = audit.suspects(corpus(pairs), EVERY)
    first = found[0]
    assert (first.document, first.kind, first.span, first.suggestion) == want
    assert first.score > 0.5
    assert all(first.score > other.score for other in found[1:])
    assert len(first.evidence) > 1


@pytest.mark.parametrize("make", [wrong_label, wrong_boundary, missing, spurious])
def test_the_model_alone_finds_it(make):
    pairs, want = make()
    prepared = corpus(pairs)
    signs = sorted(model.suspects(prepared, 0, audit.silent), key=lambda sign: -sign.score)
    assert keyed(prepared, signs)[0] == want
    assert signs[0].sure


@pytest.mark.parametrize("make", [wrong_label, wrong_boundary, missing, spurious])
def test_surfaces_tell_what_is_marked_otherwise_elsewhere(make):
    pairs, want = make()
    prepared = corpus(pairs)
    assert keyed(prepared, surfaces.suspects(prepared)) == [want]


def test_surfaces_say_how_often_and_are_as_strong_as_that():
    pairs = [one(f"Lyon {n}", (0, 4, "LOC")) for n in range(4)]
    prepared = corpus([*pairs, one("Lyon 4", (0, 4, "ORG"))])
    (sign,) = surfaces.suspects(prepared)
    assert sign.words == "« Lyon » is marked LOC in 4 of 4 other places"
    assert sign.score == 4 / 5


def test_a_place_inside_a_longer_span_says_nothing_of_a_surface():
    pairs = [one(f"Air France {n}", (0, 10, "ORG")) for n in range(4)]
    prepared = corpus([*pairs, one("La France", (3, 9, "LOC"))])
    assert list(surfaces.suspects(prepared)) == []


def test_an_edge_that_lies_elsewhere_in_like_spans():
    pairs = [one(f"Le 3 mai {n}", (3, 10, "DATE")) for n in range(2010, 2016)]
    prepared = corpus([*pairs, one("Le 3 mai 2019", (0, 13, "DATE"))])
    found = list(edges.suspects(prepared))
    want = (document_id("Le 3 mai 2019"), "boundary", (0, 13, "DATE"), (3, 13, "DATE"))
    assert want in keyed(prepared, found)
    told = next(sign for sign in found if keyed(prepared, [sign]) == [want])
    assert told.words == (
        "elsewhere « Le » is the first word of a DATE 0 times, and stands before one 6 times"
    )


def test_a_layer_is_believed_as_far_as_it_is_right():
    said = {"model:x@1": (Span(0, 5, "P"),)}
    pairs = [one(f"Marie {n}", (0, 5, "PER")) for n in range(6)]
    items = [Item(document=d, spans=s, layers=said) for d, s in pairs]
    lacking, _ = one("Marie 9")
    prepared = audit.prepare([*items, Item(document=lacking, spans=(), layers=said)])
    (sign,) = layers.suspects(prepared)
    assert keyed(prepared, [sign]) == [(lacking.id, "missing", None, (0, 5, "PER"))]
    assert sign.score == 6 / 8
    assert "marks « Marie » P, and the gold has PER in 6 of its 6 other places" in sign.words


def test_a_layer_that_finds_little_says_little_of_what_it_lacks():
    pairs = [one(f"Marie {n}", (0, 5, "PER")) for n in range(6)]
    items = [Item(document=d, spans=s, layers={"rules:x@1": ()}) for d, s in pairs]
    assert {sign.score for sign in layers.suspects(audit.prepare(items))} == {0.0}


def test_the_same_corpus_and_seed_give_the_same_list_in_whatever_order():
    pairs, _ = wrong_label()
    first = audit.suspects(corpus(pairs), EVERY, seed=3)
    assert audit.suspects(corpus(reversed(pairs)), EVERY, seed=3) == first
    assert audit.suspects(corpus(pairs), EVERY, seed=4) != first


def test_alike_documents_and_a_document_are_never_in_two_folds():
    pairs = regular()
    prepared = audit.prepare(
        Item(document=d, spans=s, group="twins" if n < 7 else "") for n, (d, s) in enumerate(pairs)
    )
    parts = folds.pieces(prepared)
    drawn = folds.folds(parts, 0)
    twins = {fold for (_, group), fold in zip(parts, drawn, strict=True) if group == "twins"}
    assert len(twins) == 1
    assert sorted(set(drawn)) == list(range(folds.FOLDS))


def test_one_long_document_is_cut_into_pieces_that_are_judged_apart():
    text = "Anne Morel est arrivée à Lyon.\n" * 400
    spans = [Span(m, m + 10, "PER") for m in range(0, len(text), 31)]
    prepared = audit.prepare([Item(document=Document(id="a" * 16, text=text), spans=tuple(spans))])
    parts = folds.pieces(prepared)
    assert len(parts) == 3
    assert [piece.start for piece, _ in parts[1:]] == [piece.stop for piece, _ in parts[:-1]]
    assert parts[-1][0].stop == len(prepared[0].text.words)
    assert len(set(folds.folds(parts, 0))) == 3
    assert model.judge(prepared, 0, audit.silent) is not None


def test_too_little_to_train_on_gives_no_suspects_of_the_model():
    prepared = corpus([one("Lyon", (0, 4, "LOC"))])
    assert not audit.trainable(prepared)
    assert list(model.suspects(prepared, 0, audit.silent)) == []


def test_a_label_of_one_document_and_empty_texts_do_no_harm():
    pairs = [*regular(), one(""), one("Rien ici.")]
    number, span = find(pairs, "Orange")
    pairs = changed(pairs, number, [span], [(span.start, span.end, "FRUIT")])
    assert audit.suspects(corpus(pairs), EVERY)[0].span == (span.start, span.end, "FRUIT")


def test_features_that_one_piece_alone_has_are_left_out():
    texts = [tokenise("un chat"), tokenise("un chien")]
    table = features.matrix(texts, [range(2), range(2, 4)])
    assert table.shape[0] == 4
    often = np.asarray((table[:2].sum(axis=0) > 0) & (table[2:].sum(axis=0) > 0))
    assert often.all()


LABELS = st.sampled_from(["A", "B"])


@st.composite
def spans_of(draw, size=12):
    """Spans that do not overlap, of a text of some tokens."""
    ends = draw(st.lists(st.integers(0, size), unique=True, max_size=8).map(sorted))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return [(first, last, draw(LABELS)) for first, last in pairs]


@given(spans_of())
def test_tags_spell_the_spans_they_were_made_of(spans):
    assert stretches(tags(spans, 12)) == spans


@given(spans_of(), spans_of())
def test_differences_are_found_where_there_are_any_and_nowhere_else(gold, other):
    found = list(differences(gold, other))
    assert bool(found) == (gold != other)
    for kind, span, there in found:
        assert (span is None) == (kind == "missing") and (there is None) == (kind == "spurious")
        assert span is None or span in gold
        assert there is None or there in other
        assert span != there


@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(0.01, 1), min_size=5, max_size=5), min_size=n, max_size=n
        )
    )
)
def test_the_likeliest_tags_spell_spans_and_none_are_likelier(rows):
    names = ("B-A", "B-B", "I-A", "I-B", "O")
    likely = np.array(rows)
    best = likeliest(likely, names)
    told = [names[tag] for tag in best]
    assert tags(stretches(told), len(told)) == told
    free = likely.argmax(axis=1)
    spelled = [names[tag] for tag in free]
    if tags(stretches(spelled), len(spelled)) == spelled:
        assert np.isclose(
            np.log(likely[range(len(rows)), best]).sum(), np.log(likely.max(axis=1)).sum()
        )


@given(st.text(max_size=60))
def test_tokens_are_the_text_without_its_blanks(text):
    found = tokenise(text)
    assert "".join(found.words) == "".join(text.split()) or any(c.isspace() for c in text)
    for start, end, word in zip(found.starts, found.ends, found.words, strict=True):
        assert text[start:end] == word
