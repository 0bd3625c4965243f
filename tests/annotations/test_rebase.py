"""Annotations of an article onto its revised text."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.annotations.rebase import rebase, text_changes
from curate.model import Annotation, Category, Relation, Span
from curate.util import jsonl

OLD = (
    "Marco Rubio à Genève\n\n"
    "Le secrétaire d’État Marco Rubio est arrivé mardi à Genève.\n"
    "Il doit y rencontrer son homologue suisse, Ignazio Cassis.\n"
)


def marked(text: str, *surfaces: str, label: str = "PER") -> Annotation:
    """Every occurrence of these surfaces."""
    found = [
        Span(match.start(), match.end(), label, by="annotator:anna")
        for surface in surfaces
        for match in re.finditer(re.escape(surface), text)
    ]
    made = Annotation(document=jsonl.document_id(text), layer="gold", spans=tuple(found))
    return made.sorted()


def moved(annotation: Annotation, old: str, new: str) -> tuple[list[str], list[str]]:
    """Surfaces that hold, and those that are listed."""
    rebased, problems = rebase(annotation, old, new)
    assert rebased.document == jsonl.document_id(new)
    assert len(rebased.spans) + len(problems) == len(annotation.spans)
    lost = {problem.span for problem in problems}
    assert lost <= {span.key for span in annotation.spans}
    held = [span for span in annotation.spans if span.key not in lost]
    for span, after in zip(held, rebased.spans, strict=True):
        assert new[after.start : after.end] == old[span.start : span.end]
        assert (after.label, after.by) == (span.label, span.by)
    return (
        [new[s.start : s.end] for s in rebased.spans],
        [old[slice(*key[:2])] for key in sorted(key for key in lost if key)],
    )


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("arrivé mardi", "arrivé hier mardi soir", 0),
        ("Il doit y", "Selon nos informations, il doit y", 0),
        ("\n\nLe", "\n\nUn premier paragraphe, tout nouveau.\n\nLe", 0),
        ("Ignazio Cassis", "Viola Amherd", 1),
        ("Ignazio Cassis", "Ignazio  Cassis", 1),
        ("suisse, Ignazio Cassis.", "allemande.", 1),
        ("État Marco Rubio est", "État Rubio est", 1),
        ("\n", "\n\n", 0),
        ("Cassis", "Cassisson", 1),  # a part of another word is another name
        ("Ignazio", "Ex-Ignazio", 0),
        ("Il doit y rencontrer son homologue suisse, Ignazio Cassis.\n", "", 1),
    ],
)
def test_what_holds_moves_and_the_rest_is_listed(old, new, lost):
    annotation = marked(OLD, "Marco Rubio", "Ignazio Cassis")
    held, listed = moved(annotation, OLD, OLD.replace(old, new))
    assert (len(held), len(listed)) == (3 - lost, lost)


def test_the_same_name_in_another_sentence_is_another_mention():
    old = "Ignazio Cassis a signé. Paris reste prudent sur la suite."
    new = "Un accord sur la table, dit un proche à Paris mais rien de plus."
    held, listed = moved(marked(old, "Paris"), old, new)
    assert (held, listed) == ([], ["Paris"])


def test_a_problem_says_what_and_where():
    annotation = marked(OLD, "Ignazio Cassis")
    _, (problem,) = rebase(annotation, OLD, OLD.replace("Cassis", "X."))
    assert problem.code == "rebase.lost"
    assert problem.document == annotation.document
    assert problem.span == annotation.spans[0].key
    assert "'Ignazio Cassis' (PER) was changed or removed" in problem.message


def test_relations_hold_with_both_their_spans_and_categories_always():
    first, second, third = marked(OLD, "Marco Rubio", "Ignazio Cassis").spans
    annotation = Annotation(
        document="d",
        layer="gold",
        spans=(first, second, third),
        relations=(
            Relation(first.key, second.key, "same"),
            Relation(second.key, third.key, "meets"),
        ),
        categories=(Category("diplomatie"),),
    )
    new = "À lire.\n" + OLD.replace("Cassis", "C.")
    rebased, problems = rebase(annotation, OLD, new)
    (relation,) = rebased.relations
    assert (relation.head, relation.tail) == tuple(span.key for span in rebased.spans)
    assert rebased.categories == annotation.categories
    assert [problem.message for problem in problems] == [
        "'Ignazio Cassis' (PER) was changed or removed in the revised text",
        "meets: one of its two spans was not transferred in the revised text",
    ]


def test_nothing_changes_in_the_same_text():
    annotation = marked(OLD, "Marco Rubio", "Ignazio Cassis")
    assert rebase(annotation, OLD, OLD) == (annotation, ())


def test_a_text_that_is_one_span_has_no_words_around_it():
    assert moved(marked("Paris", "Paris"), "Paris", "Paris !") == (["Paris"], [])


@given(st.text("ab \n.é", max_size=40), st.text("ab \n.é", max_size=40))
def test_a_comparison_leads_from_one_text_to_the_other(old, new):
    found = text_changes(old, new)
    assert found.apply(old) == new
    assert found.undo(new) == old


@st.composite
def revisions(draw, distinct: bool) -> tuple[str, str, Annotation]:
    """A text with spans, and the text after edits that leave spans and their neighbours alone."""
    size = draw(st.integers(5, 60))
    words = [f"m{n}" if distinct else draw(st.sampled_from("abcdefgh")) for n in range(size)]
    gaps = [draw(st.sampled_from([" ", " ", ", ", ".\n", "\n\n"])) for _ in words]
    inside = draw(st.sets(st.integers(0, size - 1), max_size=8))
    near = {at + by for at in inside for by in (-1, 0, 1)}
    old = new = ""
    spans = []
    for at, (word, gap) in enumerate(zip(words, gaps, strict=True)):
        if at in inside:
            spans.append(Span(len(old), len(old) + len(word), "X"))
        old += word + gap
        kind = draw(st.sampled_from(["keep", "keep", "drop", "change", "add"]))
        kind = "keep" if at in near else kind
        kept = "" if kind == "drop" else f"neuf{at}" if kind == "change" else word
        new += kept + (gap if kept else "")
        new += f"ajout{at} " * draw(st.integers(1, 9)) if kind == "add" else ""
    return old, new, Annotation(document=jsonl.document_id(old), layer="gold", spans=tuple(spans))


@given(revisions(distinct=True))
def test_edits_outside_spans_never_lose_one(revision):
    old, new, annotation = revision
    held, listed = moved(annotation, old, new)
    assert not listed
    assert held == [old[span.start : span.end] for span in annotation.spans]


@given(revisions(distinct=False))
def test_every_span_holds_or_is_listed_whatever_the_text(revision):
    old, new, annotation = revision
    moved(annotation, old, new)


def test_real_articles_after_small_edits(shared_data):
    """Words outside spans replaced, added and taken out, one in twenty: 99% of the spans hold."""
    chance = random.Random(4)
    total = held = 0
    for path in sorted((shared_data / "winer-fr-2016").glob("0[1-3]/*.txt")):
        text = path.read_text("utf-8")
        annotation = marked(text, *set(re.findall(r"\b[A-ZÉ]\w{3,}", text)))
        taken = [(span.start, span.end) for span in annotation.spans]
        new, at = "", 0
        for match in re.finditer(r"\w+", text):
            clear = all(match.end() <= s or match.start() >= e for s, e in taken)
            if clear and chance.random() < 0.05:
                said = chance.choice(["", "autre", f"{match[0]} aussi"])
                new += text[at : match.start()] + said
                at = match.end()
        kept, listed = moved(annotation, text, new + text[at:])
        held += len(kept)
        total += len(kept) + len(listed)
    assert total > 2000
    assert held > 0.99 * total
