"""Checks of spans, their texts and contexts: each finds exactly what is wrong."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.checked_corpus import (
    LOC,
    PER,
    RICH,
    SCHEMA,
    TEXT,
    clean,
    codes,
    found,
    mentions,
    pair,
    result_of,
)

from curate.model import Span
from curate.quality import CheckContext, check_documents, files
from curate.schema import Label
from curate.util import jsonl

SPAN_DEFECTS = {
    "past the end": ("span.offsets", Span(46, 70, "LOC")),
    "before the text": ("span.offsets", Span(-2, 5, "PER")),
    "empty": ("span.order", Span(30, 30, "LOC")),
    "reversed": ("span.order", Span(34, 31, "LOC")),
    "unknown label": ("span.label", Span(29, 42, "MISC")),
    "blank at the end": ("span.edges", Span(11, 17, "PER")),
    "no-break space at the start": ("span.edges", Span(1, 6, "PER")),
    "joiner at the end": ("span.edges", Span(2, 6, "LOC")),
}


@pytest.mark.parametrize("name", SPAN_DEFECTS)
def test_a_defect_of_a_span_is_found_with_its_document_and_span(name: str) -> None:
    code, span = SPAN_DEFECTS[name]
    text = {"no-break space at the start": "a\u00a0Rome b", "joiner at the end": "a Rom\u200d b"}
    bad = pair(span, text=text.get(name, TEXT))
    report = check_documents([clean(1), bad, clean(2)], SCHEMA)
    assert found(report) == [(code, bad[0].id, span.key)]
    assert not report.passed


def test_a_span_that_is_there_three_times_is_one_finding() -> None:
    bad = pair(PER, PER, LOC, msgspec.structs.replace(PER, by="annotator:bob"))
    assert found(check_documents([clean(), bad], SCHEMA)) == [
        ("span.duplicate", bad[0].id, PER.key)
    ]


@pytest.mark.parametrize("other", [Span(0, 5, "PER"), Span(6, 25, "LOC"), Span(0, 11, "LOC")])
def test_overlap_is_an_error_unless_the_schema_allows_it(other: Span) -> None:
    bad = pair(PER, other)
    report = check_documents([clean(), bad], SCHEMA)
    assert found(report) == [("span.overlap", bad[0].id, other.key)]
    free = msgspec.structs.replace(SCHEMA, overlap=True)
    assert "span.overlap" not in {check.code for check in check_documents([bad], free).checks_run}


SPANS = st.lists(
    st.builds(
        Span,
        start=st.integers(0, 9),
        end=st.integers(0, 9),
        label=st.sampled_from(["PER", "LOC"]),
    ),
    max_size=8,
)


@given(SPANS, SPANS)
def test_overlap_is_found_just_where_spans_share_a_character(
    first: list[Span], second: list[Span]
) -> None:
    from curate.quality.tables import build

    pairs = [pair(*first), pair(*second, text=f"{TEXT}b")]
    table = build(pairs).spans
    clear = (table["start"] >= table["reach"]).tolist()
    assert len(clear) == len(first) + len(second)
    for spans, flags in ((first, clear[: len(first)]), (second, clear[len(first) :])):
        held = {span.key: span for span in spans if span.start < span.end}
        crowded = any(
            one.overlaps(other)
            for key, one in held.items()
            for also, other in held.items()
            if key < also
        )
        assert crowded == (not all(flags))
        for span, free in zip(spans, flags, strict=True):
            rivals = [other for key, other in held.items() if key != span.key]
            assert free or any(span.overlaps(other) for other in rivals)


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
    context = CheckContext(names={"fr": {"Paris": "LOC", "Rome": "LOC"}})
    report = check_documents([clean(), bad], SCHEMA, context=context)
    assert found(report) == [("span.gazetteer", bad[0].id, (20, 25, "PER"))]
    assert "LOC" in report.problems[0].message
    skipped = result_of(check_documents([bad], SCHEMA), "span.gazetteer")
    assert skipped.skipped == "there is no list of names"


@pytest.mark.parametrize(
    ("lang", "names", "finds"),
    [
        ("fr", {"fr": {"Paris": "LOC"}}, True),
        ("en", {"fr": {"Paris": "LOC"}}, False),
        ("en", {"fr": {"Paris": "LOC"}, "en": {"Paris": "PER"}}, False),
        ("en", {"fr": {"Paris": "PER"}, "en": {"Paris": "LOC"}}, True),
        ("en", {"xx": {"Paris": "LOC"}}, True),
        ("", {"fr": {"Paris": "LOC"}}, True),
        ("", {"fr": {"Paris": "LOC"}, "en": {"Paris": "ORG"}}, False),  # they do not agree
    ],
)
def test_the_lists_of_names_are_those_of_the_language(lang, names, finds):
    document, revision = pair(msgspec.structs.replace(LOC, label="PER"))
    document = msgspec.structs.replace(document, lang=lang)
    context = CheckContext(names=names, languages=("fr", "en"))
    report = check_documents([clean(), (document, revision)], SCHEMA, context=context)
    assert codes(report) == ({"span.gazetteer"} if finds else set())


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
        ("Paris à 10 h 30.", []),  # no label is for times of day
        ("Paris a 12 ponts", []),  # and none for numbers that are no sums of money
        (
            "Paris donne 12 euros, 3 millions d’euros, $5 et 7 %.",
            [("text.number", "12"), ("text.number", "3"), ("text.number", "5")],
        ),
        ("Paris, le G20, Covid-19 et F-16", []),
    ],
)
def test_numbers_and_dates_without_label(text, wanted):
    report = check_documents([pair(Span(0, 5, "LOC"), text=text)], RICH)
    told = [(p.code, text[p.span[0] : p.span[1]]) for p in report.problems if p.span]
    assert told == wanted


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        ((), []),
        (("DATE",), ["3 mars"]),
        (("TIME",), ["10:30"]),
        (("DURATION",), []),
        (("PERCENT",), ["7"]),
        (("CARDINAL",), ["12", "7", "5"]),
        (("DATE", "TIME", "NUMBER"), ["3 mars", "10:30", "12", "7", "5"]),
    ],
)
def test_only_figures_that_a_label_is_for_are_asked_for(labels, wanted):
    text = "Paris, le 3 mars à 10:30, a 12 ponts, 7 % et 5 € de trop."
    more = (Label(name=n, title=n, description=n, colour="#000000") for n in labels)
    schema = msgspec.structs.replace(SCHEMA, labels=(*SCHEMA.labels, *more))
    report = check_documents([pair(Span(0, 5, "LOC"), text=text)], schema)
    assert [text[p.span[0] : p.span[1]] for p in report.problems if p.span] == wanted


def test_figures_in_spans_and_in_articles_without_any_are_no_finding():
    text = "Paris a 12 ponts depuis le 3 mars 2016."
    marked = pair(Span(0, 5, "LOC"), Span(8, 10, "MONEY"), Span(27, 38, "DATE"), text=text)
    assert not check_documents([marked, pair(text=f"{text} Non.")], RICH).problems
    assert (
        result_of(check_documents([marked], SCHEMA), "text.date").skipped == "no label is for dates"
    )


def test_lengths_far_from_their_like_are_found():
    text = f"{TEXT} " + "Élie " * 60
    spans = [Span(59 + 5 * at, 63 + 5 * at, "PER") for at in range(40)]
    far = Span(59 + 5 * 40, 59 + 5 * 60 - 1, "PER")
    report = check_documents([pair(*spans, far, text=text)], SCHEMA)
    assert found(report) == [("span.length", jsonl.document_id(text), far.key)]
    few = check_documents([pair(*spans[:20], far, text=text)], SCHEMA)
    assert not few.problems


def test_blank_edges_of_a_real_export_are_all_found(shared_data):
    (source,) = (shared_data / "doccano-export-setswana").glob("*.jsonl")
    report = files.validate_files([source])
    edges = [problem for problem in report.problems if problem.code == "span.edges"]
    assert len(edges) == 98
