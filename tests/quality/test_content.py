"""Checks of what is said: each on a corpus in which just one thing is wrong."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.checked_corpus import LOC, PER, SCHEMA, TEXT, Pair, clean, found, pair

from curate import release
from curate.model import Annotation, Assignment, Category, Relation, Span
from curate.quality import CheckContext, QualityReport, check_documents
from curate.schema import Label, RelationType
from curate.util import jsonl


def labelled(*names: str) -> tuple[Label, ...]:
    return tuple(
        Label(name=name, title=name, description=name, colour=f"#0000{at:02x}", rules=("All.",))
        for at, name in enumerate(names)
    )


RICH = msgspec.structs.replace(
    SCHEMA,
    labels=labelled("PER", "LOC", "DATE", "MONEY"),
    relations=(
        RelationType(
            name="lives_in",
            title="lives in",
            description="lives in",
            colour="#aa0000",
            heads=("PER",),
            tails=("LOC",),
            rules=("From the person.",),
        ),
    ),
    categories=labelled("politics", "sport"),
    exclusive=True,
)
HEAD, TAIL = PER.key, LOC.key


def with_relations(*relations: Relation) -> Pair:
    document, revision = pair(PER, LOC)
    return document, msgspec.structs.replace(revision, relations=relations)


def with_categories(*names: str) -> Pair:
    document, revision = pair(PER, LOC)
    categories = tuple(Category(name) for name in names)
    return document, msgspec.structs.replace(revision, categories=categories)


def codes(report: QualityReport) -> set[str]:
    return {problem.code for problem in report.problems}


def outcome(report: QualityReport, code: str):
    return next(each for each in report.checks if each.code == code)


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        (Relation(HEAD, (0, 5, "PER"), "lives_in"), "relation.ends"),
        (Relation((0, 5, "PER"), TAIL, "lives_in"), "relation.ends"),
        (Relation(HEAD, TAIL, "born_in"), "relation.label"),
        (Relation(TAIL, HEAD, "lives_in"), "relation.types"),
    ],
)
def test_a_wrong_relation_is_found(relation, code):
    bad = with_relations(relation)
    wanted = {(code, bad[0].id, relation.head)}
    if relation.tail == (0, 5, "PER"):  # it joins a person to a person, too
        wanted.add(("relation.types", bad[0].id, relation.head))
    assert set(found(check_documents([bad], RICH))) == wanted


def test_relations_that_fit_are_no_finding_and_doubled_ones_are_one():
    good = Relation(HEAD, TAIL, "lives_in")
    assert not found(check_documents([with_relations(good)], RICH))
    bad = with_relations(good, good, good)
    assert found(check_documents([bad], RICH)) == [("relation.duplicate", bad[0].id, HEAD)]


def test_a_relation_of_a_span_to_itself_is_found():
    report = check_documents([with_relations(Relation(HEAD, HEAD, "lives_in"))], RICH)
    assert codes(report) == {"relation.types", "relation.self"}


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("politics",), set()),
        (("weather",), {"category.label"}),
        (("politics", "politics"), {"category.duplicate"}),
        (("politics", "sport"), {"category.exclusive"}),
    ],
)
def test_categories(names, wanted):
    assert codes(check_documents([with_categories(*names)], RICH)) == wanted


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (Annotation(document="?", layer="model:fr@3.8", spans=(PER,)), set()),
        (Annotation(document="?", layer="somebody"), {"layer.name"}),
        (Annotation(document="?", layer="adjudicated", spans=(PER,)), set()),
        (Annotation(document="?", layer="rebased:gold", spans=(PER,)), set()),
        (Annotation(document="?", layer="rebased:anna"), set()),
        (Annotation(document="0" * 16, layer="proposal"), {"layer.document"}),
        (
            Annotation(document="?", layer="proposal", spans=(Span(50, 80, "PER"),)),
            {"layer.offsets"},
        ),
        (Annotation(document="?", layer="proposal", spans=(Span(0, 5, "X"),)), {"layer.label"}),
    ],
)
def test_layers(layer, wanted):
    good = pair(PER, LOC)
    if layer.document == "?":
        layer = msgspec.structs.replace(layer, document=good[0].id)
    assert codes(check_documents([good], SCHEMA, context=CheckContext(layers=[layer]))) == wanted


@pytest.mark.parametrize(
    ("text", "span", "cut"),
    [
        ("Paris-Match paraît", (0, 5), False),
        ("l’Élysée", (2, 8), False),
        ("l’Élysée", (2, 7), True),
        ("Unieuropéenne", (3, 13), True),
        ("Cafe\u0301 fermé", (0, 4), True),  # the accent is a mark of its own
        ("東京都は", (0, 2), False),  # no blanks between words
        ("G20", (0, 1), True),
        ("🇫🇷France", (2, 8), False),
        ("𝒜lpha", (0, 1), True),  # beyond the basic plane
    ],
)
def test_edges_fit_words(text, span, cut):
    report = check_documents([pair(Span(*span, "LOC"), text=text)], SCHEMA)
    assert ("span.words" in codes(report)) is cut


def mentions(*labels: str, before: str = "à") -> list[Pair]:
    text = f"On va {before} Washington demain"
    start = text.index("Washington")
    return [
        pair(Span(start, start + 10, label), text=f"{text} {'x' * number}{label.lower()}")
        for number, label in enumerate(labels, 1)
    ]


ELSEWHERE = pair(Span(11, 21, "PER"), text="Hier, M. « Washington » parlait")


def test_another_label_beside_the_same_word_is_found():
    report = check_documents(mentions("LOC", "LOC", "LOC", "LOC", "PER"), SCHEMA)
    (problem,) = report.problems
    assert (problem.code, problem.span and problem.span[2]) == ("span.context", "PER")
    assert "Washington" in problem.message


@pytest.mark.parametrize(
    "pairs",
    [
        mentions("LOC", "LOC", "PER"),  # twice is not nearly always
        mentions("LOC", "LOC", "LOC", "PER", "PER"),  # and neither is three in five
        [*mentions("LOC", "LOC", "LOC", "LOC"), ELSEWHERE],
    ],
)
def test_what_is_open_or_stands_elsewhere_is_not_found(pairs):
    assert not check_documents(pairs, SCHEMA).problems


def test_a_label_against_the_list_of_names_is_found():
    bad = pair(msgspec.structs.replace(LOC, label="PER"))
    context = CheckContext(names={"Paris": "LOC", "Rome": "LOC"})
    report = check_documents([clean(), bad], SCHEMA, context=context)
    assert found(report) == [("span.gazetteer", bad[0].id, (20, 25, "PER"))]
    assert "LOC" in report.problems[0].message
    skipped = outcome(check_documents([bad], SCHEMA), "span.gazetteer")
    assert skipped.skipped == "there is no list of names"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Paris, le 3 mars 2016.", [("text.date", "3 mars 2016")]),
        ("Paris, mars 2016.", [("text.date", "mars 2016")]),
        ("Paris en 2016.", [("text.date", "2016")]),
        (
            "Paris, 2016-03-04, 12/03/2016",
            [("text.date", "2016-03-04"), ("text.date", "12/03/2016")],
        ),
        ("Paris à 10 h 30.", [("text.date", "10 h 30")]),
        ("Paris a 12 ponts", [("text.number", "12")]),
        ("Paris, le G20, Covid-19 et F-16", []),
    ],
)
def test_numbers_and_dates_without_label(text, wanted):
    report = check_documents([pair(Span(0, 5, "LOC"), text=text)], RICH)
    told = [(p.code, text[p.span[0] : p.span[1]]) for p in report.problems if p.span]
    assert told == wanted


def test_figures_in_spans_and_in_articles_without_any_are_no_finding():
    text = "Paris a 12 ponts depuis le 3 mars 2016."
    marked = pair(Span(0, 5, "LOC"), Span(8, 10, "MONEY"), Span(27, 38, "DATE"), text=text)
    assert not check_documents([marked, pair(text=f"{text} Non.")], RICH).problems
    assert (
        outcome(check_documents([marked], SCHEMA), "text.date").skipped == "no label is for dates"
    )


def test_a_long_stretch_without_a_span_is_found_with_its_place():
    text = TEXT + " mot" * 500
    report = check_documents([pair(PER, LOC, text=text), pair(text=f"{text} fin")], SCHEMA)
    (problem,) = report.problems
    assert problem.code == "document.stretch"
    assert f"from 25 to {len(text)}" in problem.message


def crowd(count: int, lang: str = "fr", long: int = 0) -> list[Pair]:
    made = []
    for number in range(count):
        document, revision = pair(PER, LOC, text=f"{TEXT} {'ab' * number} {'mot ' * long}.")
        made.append((msgspec.structs.replace(document, lang=lang), revision))
    return made


def test_lengths_far_from_their_like_are_found():
    text = f"{TEXT} " + "Élie " * 60
    spans = [Span(59 + 5 * at, 63 + 5 * at, "PER") for at in range(40)]
    far = Span(59 + 5 * 40, 59 + 5 * 60 - 1, "PER")
    report = check_documents([pair(*spans, far, text=text)], SCHEMA)
    assert found(report) == [("span.length", jsonl.document_id(text), far.key)]
    few = check_documents([pair(*spans[:20], far, text=text)], SCHEMA)
    assert not few.problems


def test_a_document_of_another_length_is_found_in_a_corpus_of_some_size():
    odd = pair(PER, LOC, text=f"{TEXT} {'Rien à dire. ' * 3000}")
    report = check_documents([*crowd(60), odd], SCHEMA)
    assert ("document.length", odd[0].id, None) in found(report)
    assert outcome(check_documents([clean(), odd], SCHEMA), "document.length").skipped


def test_the_same_words_under_another_id_are_found():
    one, two = pair(PER, LOC), pair(PER, LOC, text=TEXT.replace(" ,", ",").upper() + " ")
    report = check_documents([one, clean(), two], SCHEMA)
    assert {p.document for p in report.problems if p.code == "document.duplicate"} == {
        one[0].id,
        two[0].id,
    }
    assert two[0].id in next(p for p in report.problems if p.document == one[0].id).message


def test_another_language_is_found():
    (bad,) = crowd(1, lang="de")
    assert found(check_documents([bad], SCHEMA)) == [("document.language", bad[0].id, None)]


def test_process():
    document, revision = pair(PER, LOC)
    old = msgspec.structs.replace(revision, schema="news@0.9.0")
    asked = {document.id: Assignment(document=document.id, annotators=("anna", "bela"))}
    half = {document.id: msgspec.structs.replace(asked[document.id], done={"anna": "2026"})}
    done = {
        document.id: msgspec.structs.replace(asked[document.id], done={"anna": "1", "bela": "2"})
    }
    assert codes(check_documents([(document, old)], SCHEMA)) == {"document.schema"}
    report = check_documents([(document, revision)], SCHEMA, context=CheckContext(assignments=half))
    assert report.problems[0].message == "was asked of 2 annotators, and 1 of them confirmed it"
    assert not check_documents(
        [(document, revision)], SCHEMA, context=CheckContext(assignments=done)
    ).problems


def test_schema():
    same = tuple(
        msgspec.structs.replace(label, colour="#ABCDEF", rules=()) for label in RICH.labels[:2]
    )
    bare = msgspec.structs.replace(SCHEMA, labels=same)
    told = [(p.code, p.message) for p in check_documents([clean()], bare).problems]
    assert told == [
        ("schema.guideline", "the label PER has neither a rule nor an example"),
        ("schema.guideline", "the label LOC has neither a rule nor an example"),
        ("schema.colour", "the label LOC has the colour #ABCDEF of another one"),
    ]


def test_support_and_use_are_judged_in_a_corpus_of_some_size():
    schema = msgspec.structs.replace(SCHEMA, labels=labelled("PER", "LOC", "ORG"))
    rare = pair(Span(0, 11, "LOC"), text=f"{TEXT} Rare.")
    only = [(d, msgspec.structs.replace(r, spans=(PER,))) for d, r in crowd(60)]
    told = [(p.code, p.message) for p in check_documents([*only, rare], schema).problems]
    assert ("schema.unused", "the label ORG does not occur") in told
    assert ("schema.support", "the label LOC occurs 1 times, fewer than 30") in told
    assert not {"schema.unused", "schema.support"} & codes(check_documents([rare], schema))


def released(pairs: list[Pair]):
    return release.build(
        "1.0.0",
        pairs,
        schema=SCHEMA,
        created="2026-01-01T00:00:00Z",
        author="a",
        message="",
        earlier=[],
        validation={},
        tools={},
    )


def test_distributions_are_held_against_the_last_release():
    before = released(crowd(110))
    assert not codes(check_documents(crowd(120), SCHEMA, context=CheckContext(release=before))) & {
        "corpus.labels",
        "corpus.languages",
        "corpus.lengths",
    }
    other = [(d, msgspec.structs.replace(r, spans=(PER,))) for d, r in crowd(110)]
    report = check_documents(other, SCHEMA, context=CheckContext(release=before))
    (problem,) = [p for p in report.problems if p.code.startswith("corpus.")]
    assert problem.code == "corpus.labels"
    # (1, 0) against (1/2, 1/2), in the middle (3/4, 1/4): 1/2 log2 4/3 + 1/4 log2 2/3 + 1/4.
    assert "0.311 bits" in problem.message
    languages = check_documents(
        [*crowd(110), *crowd(60, "de", 1)], SCHEMA, context=CheckContext(release=before)
    )
    assert "corpus.languages" in codes(languages)
    lengths = check_documents(
        [*crowd(110), *crowd(60, long=3000)], SCHEMA, context=CheckContext(release=before)
    )
    assert "corpus.lengths" in codes(lengths)


COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8).filter(
    lambda pairs: sum(a for a, _ in pairs) and sum(b for _, b in pairs)
)


@given(COUNTS)
def test_the_divergence_is_that_of_scipy(pairs):
    import numpy as np
    from scipy.spatial.distance import jensenshannon

    from curate.quality.statistics import divergence

    now, before = (np.array(side) for side in zip(*pairs, strict=True))
    assert divergence(now, before) == pytest.approx(
        jensenshannon(now, before, base=2) ** 2, abs=1e-7
    )
    assert divergence(now, before) == pytest.approx(divergence(before, now))


@given(
    st.lists(st.lists(st.tuples(st.integers(-3, 25), st.integers(-3, 25)), max_size=6), max_size=4)
)
def test_the_longest_gap_is_that_of_a_map_of_characters(documents):
    from curate.quality.tables import build

    text = "abcde fghij klmno pqrs"
    pairs = [
        pair(*(Span(*edges, "PER") for edges in spans), text=f"{text}{number}")
        for number, spans in enumerate(documents)
    ]
    table = build(pairs).documents
    for (document, revision), row in zip(pairs, table.to_dict("records"), strict=True):
        free = [
            not any(max(s.start, 0) <= at < s.end for s in revision.spans)
            for at in range(len(document.text))
        ]
        runs = "".join("x" if each else " " for each in free).split()
        longest = max(map(len, runs), default=0) if revision.spans else 0
        assert row["gap"] == longest
        if longest:
            assert all(free[row["gap_start"] : row["gap_end"]])


def test_texts_in_portions_give_the_same_as_at_once(monkeypatch):
    from curate.quality import tables

    pairs = [*mentions("LOC", "LOC", "LOC", "PER"), *crowd(5), clean(), pair(Span(-1, 99, "X"))]
    whole = tables.build(pairs, RICH, figures=("date", "number"))
    monkeypatch.setattr(tables, "_PORTION", 10)
    parts = tables.build(pairs, RICH, figures=("date", "number"))
    for name, table in whole.tables.items():
        assert table.equals(parts.tables[name]), name
