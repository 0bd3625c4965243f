"""Who annotates what: exact shares, evenly spread, and never changed once drawn."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.annotations.assignments import (
    assign,
    check_task_settings,
    reassign,
    waiting_documents,
)
from curate.config import AnnotatorSettings, TaskSettings
from curate.errors import ConfigError
from curate.model import Assignment, Document
from curate.util import jsonl

THREE = ("anna", "bela", "carla")


def documents(many: int, sources: int = 1, first: int = 0) -> list[Document]:
    texts = (f"Article {number}." for number in range(first, first + many))
    return [
        Document(id=jsonl.document_id(t), text=t, meta={"source": f"s{n % sources}"})
        for n, t in enumerate(texts)
    ]


def by_id(assignments: list[Assignment]) -> dict[str, Assignment]:
    return {each.document: each for each in assignments}


@given(
    many=st.integers(0, 60),
    sources=st.integers(1, 4),
    overlap=st.floats(0, 1),
    control=st.floats(0, 1),
    seed=st.integers(0, 5),
)
def test_every_stratum_gets_its_shares_to_within_one_document(
    many, sources, overlap, control, seed
):
    tasks = TaskSettings(
        mode="independent", annotators=THREE, overlap=overlap, control=control, seed=seed
    )
    found = documents(many, sources)
    made = by_id(assign(found, tasks, {}))
    assert made.keys() == {document.id for document in found}
    for source in range(sources):
        stratum = [made[d.id] for d in found if d.meta["source"] == f"s{source}"]
        several = sum(len(each.annotators) == 2 for each in stratum)
        assert all(len(each.annotators) in (1, 2) for each in stratum)
        assert abs(several - overlap * len(stratum)) <= 1
        assert abs(sum(each.control for each in stratum) - control * len(stratum)) <= 1


@given(seed=st.integers(0, 3), overlap=st.floats(0, 1))
def test_the_work_is_spread_evenly(seed, overlap):
    tasks = TaskSettings(mode="independent", annotators=THREE, overlap=overlap, seed=seed)
    made = assign(documents(60, 3), tasks, {})
    load = Counter(name for each in made for name in each.annotators)
    assert max(load.values()) - min(load.values()) <= 1


def test_what_was_assigned_stays_when_documents_are_added():
    tasks = TaskSettings(mode="independent", annotators=THREE, overlap=0.3, control=0.2)
    first = by_id(assign(documents(20), tasks, {}))
    more = by_id(assign(documents(50), tasks, first))
    assert not first.keys() & more.keys()
    assert len(first) + len(more) == 50
    both = {**first, **more}
    assert sum(len(each.annotators) == 2 for each in both.values()) == 15
    assert assign(documents(50), tasks, both) == []


def test_the_seed_decides_and_nothing_else():
    tasks = TaskSettings(mode="independent", annotators=THREE)
    assert assign(documents(30), tasks, {}) == assign(documents(30)[::-1], tasks, {})
    other = TaskSettings(mode="independent", annotators=THREE, seed=1)
    assert assign(documents(30), tasks, {}) != assign(documents(30), other, {})


def test_all_annotators_get_a_document_where_each_is_zero():
    tasks = TaskSettings(mode="independent", annotators=THREE, overlap=1, each=0)
    assert {each.annotators for each in assign(documents(5), tasks, {})} == {THREE}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"overlap": 1.5}, "overlap"),
        ({"control": -0.1}, "control"),
        ({"mode": "independent", "annotators": ("anna",)}, "annotators"),
        ({"annotators": ("anna", "anna")}, "annotators"),
        ({"mode": "independent", "annotators": THREE, "each": 1}, "each"),
        ({"mode": "independent", "annotators": THREE, "each": 4}, "each"),
        ({"annotators": THREE, "adjudicators": ("bela",)}, "bela"),
    ],
)
def test_contradictory_settings_are_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=named):
        check_task_settings(TaskSettings(**settings))


names = st.sampled_from(["anna", "bela", "carla", "dora", "eva"])


@st.composite
def recorded(draw) -> list[Assignment]:
    many = draw(st.integers(0, 20))
    rows = []
    for number in range(many):
        annotators = tuple(sorted(draw(st.sets(names, min_size=1, max_size=3))))
        done = draw(st.sets(st.sampled_from(annotators)))
        times = dict.fromkeys(sorted(done), "2026-01-01T00:00:00Z")
        rows.append(Assignment(document=f"{number:02}", annotators=annotators, done=times))
    return rows


@given(recorded(), st.sets(names, min_size=1), st.sets(names, min_size=1), st.integers(0, 5))
def test_documents_are_given_away_once_and_what_was_confirmed_stays(rows, leaving, to, limit):
    successors = sorted(to - leaving)
    before = {row.document: row for row in rows}
    given, kept = reassign(rows, leaving, successors, limit=limit)
    changed = by_id(given)
    assert len(changed) <= (limit or len(rows))
    for key, row in changed.items():
        gone = {*before[key].annotators} - {*row.annotators}
        assert gone <= leaving - before[key].done.keys()
        assert {*row.annotators} - {*before[key].annotators} <= {*successors}
        assert len(row.annotators) == len(before[key].annotators)
        assert row.done == before[key].done
    after = {**before, **changed}.values()
    stuck = [(row, {*row.annotators} & leaving - row.done.keys()) for row in after]
    assert [(each.document, each.annotator) for each in kept] == [
        (row.document, name) for row, names in stuck for name in sorted(names)
    ]
    everybody = {row.document: {*successors} <= {*row.annotators} for row, _ in stuck}
    for each in kept:
        assert each.reason == ("assigned" if everybody[each.document] else "limit")
        assert limit or everybody[each.document]


def test_those_with_the_fewest_waiting_documents_get_them():
    rows = [Assignment(document=str(n), annotators=("anna",)) for n in range(3)]
    rows += [Assignment(document=str(n), annotators=("bela",)) for n in range(3, 10)]
    given, _ = reassign(rows, {"bela"}, ["anna", "carla"])
    changed = {**by_id(rows), **by_id(given)}
    assert waiting_documents(changed.values()) == {"anna": 5, "carla": 5}


SPEAKERS = {
    "anna": AnnotatorSettings(languages=("fr",)),
    "bela": AnnotatorSettings(languages=("en",)),
    "carla": AnnotatorSettings(),
    "dora": AnnotatorSettings(languages=("fr", "en")),
}


def spoken(many: int, first: int = 0, languages: str = "fr fr en") -> list[Document]:
    codes = languages.split()
    return [
        Document(id=each.id, text=each.text, lang=codes[number % len(codes)])
        for number, each in enumerate(documents(many, first=first))
    ]


@given(
    many=st.integers(0, 60),
    overlap=st.floats(0, 1),
    control=st.floats(0, 1),
    seed=st.integers(0, 5),
    later=st.integers(0, 30),
)
def test_documents_go_to_those_who_annotate_in_their_language(many, overlap, control, seed, later):
    tasks = TaskSettings(
        mode="independent", annotators=SPEAKERS, overlap=overlap, control=control, seed=seed
    )
    found = spoken(many)
    first = by_id(assign(found, tasks, {}))
    more = spoken(later, first=1000)
    made = {**first, **by_id(assign([*found, *more], tasks, first))}
    assert not first.keys() & by_id(assign([*found, *more], tasks, first)).keys()
    assert made.keys() == {document.id for document in (*found, *more)}
    for lang, able in (("fr", {"anna", "carla", "dora"}), ("en", {"bela", "carla", "dora"})):
        own = [made[d.id] for d in (*found, *more) if d.lang == lang]
        assert all({*each.annotators} <= able for each in own)
        several = sum(len(each.annotators) == 2 for each in own)
        assert abs(several - overlap * len(own)) <= 1
        assert abs(sum(each.control for each in own) - control * len(own)) <= 1


def test_a_language_has_an_influence_only_where_there_are_several():
    tasks = TaskSettings(mode="independent", annotators=THREE, overlap=0.3, seed=3)
    plain = documents(40, 2)
    french = [Document(id=d.id, text=d.text, meta=d.meta, lang="fr") for d in plain]
    assert assign(french, tasks, {}) == assign(plain, tasks, {})


def test_what_nobody_annotates_in_is_left_out_and_only_a_speaker_gets_more():
    tasks = TaskSettings(mode="independent", annotators=SPEAKERS, overlap=0)
    made = by_id(assign(spoken(30, languages="fr de"), tasks, {}))
    assert {d.lang for d in spoken(30, languages="fr de") if d.id in made} == {"fr", "de"}  # carla
    only = {name: each for name, each in SPEAKERS.items() if name != "carla"}
    tasks = TaskSettings(mode="independent", annotators=only, overlap=0)
    made = by_id(assign(spoken(30, languages="fr de"), tasks, {}))
    assert {d.lang for d in spoken(30, languages="fr de") if d.id in made} == {"fr"}
    able = {key: tasks.annotators_of("fr") for key in made}
    changed, kept = reassign(made.values(), ["anna"], [*only], able=able)
    assert changed and not kept
    assert {name for each in changed for name in each.annotators} == {"dora"}


def test_languages_of_annotators_are_codes():
    wrong = {"anna": AnnotatorSettings(languages=("english",)), "bela": AnnotatorSettings()}
    with pytest.raises(ConfigError) as refusal:
        check_task_settings(TaskSettings(mode="independent", annotators=wrong))
    assert refusal.value.hint == "write en"
