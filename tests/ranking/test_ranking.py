"""Ranking: uncertainty, rarity, novelty, diversity, chance, cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import ConfigError
from curate.ranking.ranking import (
    OPENING,
    GoldCounts,
    RankingCandidate,
    RankingOptions,
    rank,
    worth,
)
from curate.ranking.uncertainty import SpanUncertainty

NOTHING = GoldCounts({}, {})
SURE = RankingOptions(chance=0.0)


def span(surface="paris", label="LOC", unsure=1.0):
    return SpanUncertainty(surface, label, unsure, 0.0)


def order(*candidates, gold=NOTHING, options=SURE):
    return [ranked.document for ranked in rank(candidates, gold, options).chosen]


def test_what_is_less_sure_comes_first_and_words_cost():
    sure = RankingCandidate("a", 100, (span(unsure=0.1),))
    unsure = RankingCandidate("b", 100, (span(unsure=0.9),))
    long = RankingCandidate("c", 1000, (span(unsure=0.95),))
    assert order(sure, long, unsure) == ["b", "c", "a"] or order(sure, long, unsure)[0] == "b"
    assert order(sure, unsure, long, options=RankingOptions(chance=0.0, by="document"))[0] == "c"
    assert worth(unsure, NOTHING, "hour") == pytest.approx(0.9 / (100 + OPENING))


def test_rare_labels_and_new_names_count_more():
    gold = GoldCounts({"PER": 400, "LOC": 400, "EVENT": 4}, {"paris": 9})
    common = RankingCandidate("a", 100, (span("lyon", "LOC"),))
    rare = RankingCandidate("b", 100, (span("euro", "EVENT"),))
    familiar = RankingCandidate("c", 100, (span("paris", "LOC"),))
    unheard = RankingCandidate("d", 100, (span("euro 2", "WORK"),))
    assert order(familiar, common, rare, gold=gold) == ["b", "a", "c"]
    (chosen,) = rank([rare], gold, SURE).chosen
    assert chosen.rare == {"EVENT": 1} and chosen.new == 1
    (old,) = rank([familiar], gold, SURE).chosen
    assert old.new == 0 and old.rare == {}
    assert worth(unheard, gold, "hour") > worth(common, gold, "hour")


def test_ten_articles_about_one_affair_do_not_come_together():
    affair = [
        RankingCandidate(f"a{n}", 100, (span("rubio", unsure=0.9), span("kiev"))) for n in range(5)
    ]
    other = RankingCandidate("z", 100, (span("bakou"),))
    assert order(*affair, other)[:2] == ["a0", "z"]


def test_near_copies_are_left_out_of_the_gold_and_of_the_batch():
    twins = [RankingCandidate(n, 100, (span(n),), cluster="t") for n in "ab"]
    of_gold = RankingCandidate("c", 100, (span("c"),), cluster="g")
    ranking = rank([*twins, of_gold], GoldCounts({}, {}, {"g"}), SURE)
    assert [ranked.document for ranked in ranking.chosen] == ["a"]
    assert sorted(ranking.copies) == ["b", "c"]


def test_a_share_is_drawn_by_chance_and_the_seed_decides():
    candidates = [
        RankingCandidate(f"{n:02}", 100, (span(str(n), unsure=n / 50),)) for n in range(50)
    ]
    ranking = rank(candidates, NOTHING, RankingOptions(count=20, chance=0.25, seed=1))
    assert [ranked.chance for ranked in ranking.chosen].count(True) == 5
    same = rank(reversed(candidates), NOTHING, RankingOptions(count=20, chance=0.25, seed=1))
    assert same == ranking
    other = rank(candidates, NOTHING, RankingOptions(count=20, chance=0.25, seed=2))
    assert other != ranking
    everything = rank(candidates, NOTHING, RankingOptions(chance=1.0, seed=1))
    assert len(everything.chosen) == 50 and all(each.chance for each in everything.chosen)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 500),
            st.lists(
                st.builds(
                    SpanUncertainty,
                    st.sampled_from("abcdef"),
                    st.sampled_from(["PER", "LOC"]),
                    st.floats(0, 1),
                    st.floats(0, 1),
                ),
                max_size=6,
            ),
        ),
        max_size=12,
    ),
    st.floats(0, 1),
)
def test_every_document_comes_once_and_the_lazy_greedy_is_the_greedy(articles, chance):
    candidates = [
        RankingCandidate(f"{n:02}", words, tuple(spans))
        for n, (words, spans) in enumerate(articles)
    ]
    gold = GoldCounts({"PER": 3}, {"a": 2})
    ranking = rank(candidates, gold, RankingOptions(chance=chance))
    assert sorted(each.document for each in ranking.chosen) == [c.document for c in candidates]
    plain = rank(candidates, gold, SURE)
    seen, left = {"a": 2}, {c.document: c for c in candidates}
    for each in plain.chosen:
        now = GoldCounts(gold.labels, seen)
        best = max(worth(c, now, "hour") for c in left.values())
        assert worth(left[each.document], now, "hour") == pytest.approx(best)
        for one in left.pop(each.document).spans:
            seen[one.surface] = seen.get(one.surface, 0) + 1


@pytest.mark.parametrize("wrong", [{"chance": 1.5}, {"chance": -0.1}, {"count": -1}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError):
        rank([], NOTHING, RankingOptions(**wrong))
