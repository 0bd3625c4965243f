"""Drawing splits: whole groups, shares, stability, and what is refused."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.split_items import grouped, items, name, release

from curate.config import SplitSettings
from curate.errors import ConfigError, InputError, ReleaseError
from curate.model import Category, Document, Revision, Span
from curate.splits import (
    Groups,
    SplitItem,
    check_settings,
    draw_splits,
    frozen_documents,
    split_item,
)

SETTINGS = SplitSettings()
GROUPS = st.lists(st.integers(-1, 12), min_size=1, max_size=90)
RATIOS = st.sampled_from([(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.7, 0.0, 0.3), (0.34, 0.33, 0.33)])


def settings(ratios: tuple[float, float, float], seed: int = 0) -> SplitSettings:
    return SplitSettings(ratios=dict(zip(("train", "dev", "test"), ratios, strict=True)), seed=seed)


@given(GROUPS, RATIOS, st.integers(0, 5))
def test_groups_are_whole_and_shares_are_kept_to_within_the_largest_group(numbers, ratios, seed):
    groups = grouped(numbers)
    drawn = draw_splits(items(len(numbers)), {}, groups, settings(ratios, seed))
    assert sorted(drawn.splits) == list(drawn.added) == [name(n) for n in range(len(numbers))]
    assert not drawn.between
    sizes = []
    for members in groups.members(drawn.splits).values():
        sizes.append(len(members))
        assert len({drawn.splits[key] for key in members}) == 1
    counts = Counter(drawn.splits.values())
    for split, ratio in zip(("train", "dev", "test"), ratios, strict=True):
        assert counts[split] < ratio * len(numbers) + max(sizes)
        assert counts[split] > ratio * len(numbers) - 2 * max(sizes)
    if not ratios[1]:
        assert not counts["dev"]


@given(GROUPS, GROUPS, RATIOS, st.integers(0, 5))
def test_assigned_documents_stay_when_documents_are_added(first, more, ratios, seed):
    before = draw_splits(items(len(first)), {}, grouped(first), settings(ratios, seed))
    every = [*first, *more]
    after = draw_splits(items(len(every)), before.splits, grouped(every), settings(ratios, seed))
    assert {key: after.splits[key] for key in before.splits} == before.splits
    for members in grouped(every).members(after.splits).values():
        assert len({after.splits[key] for key in members}) == 1
    assert not after.between  # groups grow here; none of them join
    again = draw_splits(items(len(every)), after.splits, grouped(every), settings(ratios, seed))
    assert (again.splits, again.added) == (after.splits, ())


@given(GROUPS, st.randoms())
def test_a_draw_is_the_same_in_whatever_order_documents_come(numbers, chance):
    some = items(len(numbers))
    expected = draw_splits(some, {}, grouped(numbers), SETTINGS)
    mixed = chance.sample(some, len(some))
    assert draw_splits(mixed, {}, grouped(numbers), SETTINGS) == expected


def test_another_seed_draws_other_documents():
    drawn = {
        tuple(sorted(draw_splits(items(60), {}, Groups(), SplitSettings(seed=seed)).splits.items()))
        for seed in range(5)
    }
    assert len(drawn) == 5


def test_new_documents_fill_up_the_splits_that_lack_some():
    before = {name(n): "train" for n in range(50)}
    drawn = draw_splits(items(100), before, Groups(), settings((0.5, 0.25, 0.25)))
    assert Counter(drawn.splits.values()) == {"train": 50, "dev": 25, "test": 25}


def test_labels_and_sources_are_kept_in_proportion_better_than_by_chance():
    some = items(1000, seed=7)
    whole = sum((Counter(item.features) for item in some), Counter())

    def distance(splits: dict[str, str]) -> float:
        own = sum((Counter(i.features) for i in some if splits[i.document] == "test"), Counter())
        return max(abs(own[key] / whole[key] - 0.1) for key in whole)

    stratified = distance(draw_splits(some, {}, Groups(), SETTINGS).splits)
    chance = random.Random(1)
    names = [item.document for item in some]
    by_chance = []
    for _ in range(100):
        test = set(chance.sample(names, 100))
        by_chance.append(distance({one: "test" if one in test else "train" for one in names}))
    assert stratified < min(by_chance)
    assert stratified < 0.01


def test_rare_values_do_not_all_go_into_the_largest_split():
    some = [
        SplitItem(name(n), {f"source:{n}" if n < 300 else "source:wire": 1}) for n in range(600)
    ]
    splits = draw_splits(some, {}, Groups(), SETTINGS).splits
    assert Counter(splits[name(n)] for n in range(300)) == {"train": 240, "dev": 30, "test": 30}


def test_a_document_that_joins_two_splits_is_in_none():
    before = {name(0): "train", name(1): "test"}
    drawn = draw_splits(items(3), before, grouped([5, 5, 5]), SETTINGS)
    assert drawn.between == {name(2): ("train", "test")}
    assert drawn.splits == before
    assert drawn.added == ()


def test_a_group_moves_whole():
    before = {name(0): "train", name(1): "train", name(2): "test"}
    drawn = draw_splits(items(3), before, grouped([5, 5, -1]), SETTINGS, {name(0): "test"})
    assert drawn.splits == dict.fromkeys(before, "test")
    assert drawn.moved == (name(0), name(1))


def test_a_move_to_test_assigns_a_document_that_was_between():
    before = {name(0): "train", name(1): "test"}
    frozen = {name(1): "1.0.0"}
    drawn = draw_splits(items(3), before, grouped([5, 5, 5]), SETTINGS, {name(2): "test"}, frozen)
    assert drawn.splits == {name(n): "test" for n in range(3)}
    assert not drawn.between


@pytest.mark.parametrize("moved", [0, 1])
def test_a_test_document_of_a_release_does_not_move(moved):
    before = {name(0): "test", name(1): "test"}
    frozen = frozen_documents(
        [release("2.0.0", test=(name(1),)), release("1.0.0", test=(name(1),))]
    )
    with pytest.raises(ReleaseError, match=name(1)):
        draw_splits(items(2), before, grouped([5, 5]), SETTINGS, {name(moved): "train"}, frozen)
    assert frozen == {name(1): "1.0.0"}


def test_a_test_document_of_no_release_can_be_moved():
    before = {name(0): "test"}
    drawn = draw_splits(items(1), before, Groups(), SETTINGS, {name(0): "dev"})
    assert drawn.splits == {name(0): "dev"}


def test_a_move_of_a_document_without_gold_is_refused():
    with pytest.raises(InputError, match=name(9)):
        draw_splits(items(1), {}, Groups(), SETTINGS, {name(9): "dev"})


def test_a_move_of_one_group_to_two_splits_is_refused():
    with pytest.raises(InputError):
        draw_splits(items(2), {}, grouped([5, 5]), SETTINGS, {name(0): "dev", name(1): "test"})


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"ratios": {"train": 0.8, "valid": 0.2}}, "'valid'"),
        ({"ratios": {"train": 0.8, "test": 0.1}}, "ratios"),
        ({"ratios": {"train": 1.2, "test": -0.2}}, "ratios"),
        ({"ratios": {"train": float("nan")}}, "ratios"),
        ({"ratios": {}}, "ratios"),
        ({"similarity": 0.0}, "similarity"),
        ({"passage": 3}, "passage"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(changed, setting):
    with pytest.raises(ConfigError, match=setting):
        check_settings(SplitSettings(**changed))


def test_an_empty_corpus_has_empty_splits():
    assert draw_splits([], {}, Groups(), SETTINGS).splits == {}


def test_the_features_of_a_document_are_those_of_its_gold_and_metadata():
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
