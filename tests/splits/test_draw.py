"""Drawing splits: whole groups, shares, stability, and what is refused."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.config import SplitSettings
from curate.errors import ConfigError, InputError, ReleaseError
from curate.model import Category, Document, Release, Revision, Span
from curate.splits import (
    Groups,
    SplitItem,
    article_versions,
    check_settings,
    draw_splits,
    frozen_documents,
    grouping_value,
    split_item,
    split_problems,
)

SETTINGS = SplitSettings()


def name(number: int) -> str:
    return f"{number:016x}"


def items(many: int, seed: int = 0) -> list[SplitItem]:
    """Documents with labels as uneven as those of news."""
    chance = random.Random(seed)
    made = []
    for number in range(many):
        features = {"label:PER": chance.randint(0, 9), "source:" + chance.choice("abc"): 1}
        if chance.random() < 0.1:
            features["label:RARE"] = 1
        made.append(
            SplitItem(name(number), {key: value for key, value in features.items() if value})
        )
    return made


def grouped(of: list[int]) -> Groups:
    """Groups by a number for each document; -1 for none."""
    return Groups().gather({name(n): str(g) if g >= 0 else "" for n, g in enumerate(of)})


def release(version: str, **splits: tuple[str, ...]) -> Release:
    return Release(
        version=version,
        created=f"2026-01-0{version[0]}T00:00:00Z",
        author="curator",
        digest="",
        schema="",
        schema_digest="",
        digest_rule="merkle",
        entries=(),
        splits=splits,
    )


GROUPS = st.lists(st.integers(-1, 12), min_size=1, max_size=90)
RATIOS = st.sampled_from([(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.7, 0.0, 0.3), (0.34, 0.33, 0.33)])


def settings(ratios: tuple[float, float, float], seed: int = 0) -> SplitSettings:
    return SplitSettings(ratios=dict(zip(("train", "dev", "test"), ratios, strict=True)), seed=seed)


@given(GROUPS, RATIOS, st.integers(0, 5))
def test_groups_are_whole_and_shares_are_kept_to_within_the_largest_group(of, ratios, seed):
    groups = grouped(of)
    done = draw_splits(items(len(of)), {}, groups, settings(ratios, seed))
    assert sorted(done.splits) == list(done.added) == [name(n) for n in range(len(of))]
    assert not done.between
    sizes = []
    for members in groups.members(done.splits).values():
        sizes.append(len(members))
        assert len({done.splits[each] for each in members}) == 1
    counts = Counter(done.splits.values())
    for split, ratio in zip(("train", "dev", "test"), ratios, strict=True):
        assert counts[split] < ratio * len(of) + max(sizes)
        assert counts[split] > ratio * len(of) - 2 * max(sizes)
    if not ratios[1]:
        assert not counts["dev"]


@given(GROUPS, GROUPS, RATIOS, st.integers(0, 5))
def test_what_was_assigned_stays_when_documents_are_added(first, more, ratios, seed):
    before = draw_splits(items(len(first)), {}, grouped(first), settings(ratios, seed))
    every = [*first, *more]
    after = draw_splits(items(len(every)), before.splits, grouped(every), settings(ratios, seed))
    assert {key: after.splits[key] for key in before.splits} == before.splits
    for members in grouped(every).members(after.splits).values():
        assert len({after.splits[each] for each in members}) == 1
    assert not after.between  # groups grow here; none of them join
    again = draw_splits(items(len(every)), after.splits, grouped(every), settings(ratios, seed))
    assert (again.splits, again.added) == (after.splits, ())


@given(GROUPS, st.randoms())
def test_a_draw_is_the_same_in_whatever_order_documents_come(of, chance):
    some = items(len(of))
    expected = draw_splits(some, {}, grouped(of), SETTINGS)
    mixed = chance.sample(some, len(some))
    assert draw_splits(mixed, {}, grouped(of), SETTINGS) == expected


def test_another_seed_draws_other_documents():
    drawn = {
        tuple(sorted(draw_splits(items(60), {}, Groups(), SplitSettings(seed=seed)).splits.items()))
        for seed in range(5)
    }
    assert len(drawn) == 5


def test_new_documents_make_up_for_what_is_lacking():
    known = {name(n): "train" for n in range(50)}
    done = draw_splits(items(100), known, Groups(), settings((0.5, 0.25, 0.25)))
    assert Counter(done.splits.values()) == {"train": 50, "dev": 25, "test": 25}


def test_labels_and_sources_are_kept_in_proportion_better_than_by_chance():
    some = items(1000, seed=7)
    whole = sum((Counter(each.features) for each in some), Counter())

    def distance(splits: dict[str, str]) -> float:
        own = sum((Counter(i.features) for i in some if splits[i.document] == "test"), Counter())
        return max(abs(own[key] / whole[key] - 0.1) for key in whole)

    drawn = distance(draw_splits(some, {}, Groups(), SETTINGS).splits)
    chance = random.Random(1)
    names = [each.document for each in some]
    by_chance = []
    for _ in range(100):
        test = set(chance.sample(names, 100))
        by_chance.append(distance({one: "test" if one in test else "train" for one in names}))
    assert drawn < min(by_chance)
    assert drawn < 0.01


def test_values_that_few_have_do_not_all_go_into_the_largest_split():
    some = [
        SplitItem(name(n), {f"source:{n}" if n < 300 else "source:wire": 1}) for n in range(600)
    ]
    splits = draw_splits(some, {}, Groups(), SETTINGS).splits
    assert Counter(splits[name(n)] for n in range(300)) == {"train": 240, "dev": 30, "test": 30}


def test_a_document_that_joins_two_splits_is_in_none():
    known = {name(0): "train", name(1): "test"}
    done = draw_splits(items(3), known, grouped([5, 5, 5]), SETTINGS)
    assert done.between == {name(2): ("train", "test")}
    assert done.splits == known
    assert done.added == ()


def test_a_group_moves_whole():
    known = {name(0): "train", name(1): "train", name(2): "test"}
    done = draw_splits(items(3), known, grouped([5, 5, -1]), SETTINGS, {name(0): "test"})
    assert done.splits == dict.fromkeys(known, "test")
    assert done.moved == (name(0), name(1))


def test_a_move_into_test_puts_in_what_was_between():
    known = {name(0): "train", name(1): "test"}
    fixed = {name(1): "1.0.0"}
    done = draw_splits(items(3), known, grouped([5, 5, 5]), SETTINGS, {name(2): "test"}, fixed)
    assert done.splits == {name(n): "test" for n in range(3)}
    assert not done.between


@pytest.mark.parametrize("moved", [0, 1])
def test_a_test_document_of_a_release_does_not_move(moved):
    known = {name(0): "test", name(1): "test"}
    fixed = frozen_documents([release("2.0.0", test=(name(1),)), release("1.0.0", test=(name(1),))])
    with pytest.raises(ReleaseError, match=f"{name(1)} is a test document of release 1.0.0"):
        draw_splits(items(2), known, grouped([5, 5]), SETTINGS, {name(moved): "train"}, fixed)


def test_before_a_release_it_does():
    known = {name(0): "test"}
    assert (
        draw_splits(items(1), known, Groups(), SETTINGS, {name(0): "dev"}).splits[name(0)] == "dev"
    )


def test_moves_that_make_no_sense_are_refused():
    with pytest.raises(InputError, match="has no gold"):
        draw_splits(items(1), {}, Groups(), SETTINGS, {name(9): "dev"})
    with pytest.raises(InputError, match="moved elsewhere"):
        draw_splits(items(2), {}, grouped([5, 5]), SETTINGS, {name(0): "dev", name(1): "test"})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ratios": {"train": 0.8, "valid": 0.2}}, "'valid'"),
        ({"ratios": {"train": 0.8, "test": 0.1}}, "sum to 1"),
        ({"ratios": {"train": 1.2, "test": -0.2}}, "sum to 1"),
        ({"ratios": {"train": float("nan")}}, "sum to 1"),
        ({"ratios": {}}, "sum to 1"),
        ({"similarity": 0.0}, "similarity"),
        ({"passage": 3}, "passage"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(changed, told):
    with pytest.raises(ConfigError, match=told):
        check_settings(SplitSettings(**changed))


def test_an_empty_corpus_has_empty_splits():
    assert draw_splits([], {}, Groups(), SETTINGS).splits == {}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_groups_are_the_connected_components(pairs):
    groups = Groups()
    component = list(range(21))
    for a, b in pairs:
        groups.join(name(a), name(b))
        component = [component[a] if each == component[b] else each for each in component]
    for a in range(21):
        least = min(n for n in range(21) if component[n] == component[a])
        assert groups.of(name(a)) == name(least)


def test_versions_of_an_article_are_one_also_through_one_without_gold():
    made = [
        Document(id=name(n), text=str(n), meta={"supersedes": name(n - 1)} if n % 4 else {})
        for n in range(8)
    ]
    found = article_versions(made)
    assert {found[name(n)] for n in range(4)} == {name(0)}
    assert {found[name(n)] for n in range(4, 8)} == {name(4)}


def test_what_is_kept_together_has_all_fields_alike():
    meta = {"source": "wire", "published": "2026-01-05T08:00:00Z"}
    document = Document(id=name(1), text="", meta=meta)
    later = Document(id=name(2), text="", meta={**meta, "published": "2026-01-05"})
    other = Document(id=name(3), text="", meta={**meta, "published": "2026-01-06"})
    undated = Document(id=name(4), text="", meta={"source": "wire"})
    fields = ("source", "day")
    assert (
        grouping_value(document, fields)
        == grouping_value(later, fields)
        != grouping_value(other, fields)
    )
    assert grouping_value(undated, fields) == grouping_value(document, ()) == ""


def test_what_is_kept_in_proportion_is_told_of_gold():
    gold = Revision(
        document=name(1),
        number=1,
        author="annotator:anna",
        at="",
        reason="",
        schema="",
        spans=(Span(0, 1, "PER"), Span(2, 3, "PER"), Span(4, 5, "LOC")),
        categories=(Category("sport"),),
    )
    document = Document(id=name(1), text="a b c", meta={"source": "wire"})
    features = split_item(document, gold, ("label", "source", "author")).features
    assert features == {
        "label:PER": 2,
        "label:LOC": 1,
        "label:sport": 1,
        "source:wire": 1,
        "author:": 1,
    }


def test_sound_splits_have_no_findings_and_none_at_all_neither():
    splits = {name(0): "train", name(1): "test"}
    belonging = {"duplicates": {name(0): "a", name(1): "b"}, "revisions": {}, "together": {}}
    releases = [release("1.0.0", train=(name(0),), test=(name(1),))]
    assert split_problems(splits, splits.keys(), belonging, releases) == ()
    assert split_problems({}, [name(0)], belonging) == ()


@pytest.mark.parametrize(
    ("kind", "severity"), [("duplicates", "error"), ("revisions", "error"), ("together", "warning")]
)
def test_what_belongs_together_and_is_astride_is_found(kind, severity):
    splits = {name(0): "train", name(1): "test", name(2): "test", name(3): "train"}
    belonging = {kind: dict.fromkeys((name(0), name(1)), "a")}
    (found,) = split_problems(splits, splits.keys(), belonging)
    assert (found.code, found.severity, found.document) == (f"split.{kind}", severity, name(0))
    assert found.hint == f"`curate split --move {name(0)}=test`"
    assert split_problems(splits, [name(1), name(2)], belonging) == ()  # one of the two has no gold


def test_moved_lost_and_unassigned_documents_are_found():
    splits = {name(0): "train", name(3): "test"}
    releases = [release("1.0.0", train=(name(3),), test=(name(0), name(1)))]
    found = split_problems(splits, [name(0), name(2), name(3)], {}, releases)
    assert [(each.code, each.severity, each.document) for each in found] == [
        ("split.frozen", "error", name(0)),
        ("split.frozen", "error", name(1)),
        ("split.seen", "warning", name(3)),
        ("split.unassigned", "warning", name(2)),
    ]
    assert "is in train now" in found[0].message
    assert "is in no split now" in found[1].message
