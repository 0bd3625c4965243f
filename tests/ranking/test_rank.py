"""What to annotate next: doubt and disagreement, rarity, novelty, diversity, chance, cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import ConfigError
from curate.model import Annotation, Span
from curate.ranking import Candidate, Known, Place, Settings, entropy, places, rank
from curate.ranking.rank import OPENING, worth

NOTHING = Known({}, {})
SURE = Settings(chance=0.0)
SPEAKS = {"model:a@1": {"PER", "LOC"}, "model:b@1": {"LOC"}}
TEXT = "Anna Weiss visite Paris."


def layer(name, *spans):
    return Annotation(document="d", layer=name, spans=tuple(spans))


def place(surface="paris", label="LOC", unsure=1.0):
    return Place(surface, label, unsure, 0.0)


def found(*candidates, known=NOTHING, settings=SURE):
    return [each.document for each in rank(candidates, known, settings).chosen]


def test_models_that_differ_disagree_and_one_that_cannot_know_the_label_has_no_vote():
    person, town = Span(0, 10, "PER"), Span(18, 23, "LOC")
    layers = [layer("model:a@1", person, town), layer("model:b@1")]
    first, second = places(TEXT, layers, None, SPEAKS)
    assert (first.surface, first.label, first.disagreement) == ("anna weiss", "PER", 0.0)
    assert (second.surface, second.disagreement) == ("paris", 1.0)
    agreed = [layer("model:a@1", town), layer("model:b@1", town)]
    assert places(TEXT, agreed, None, SPEAKS)[0].unsure == 0


def test_a_rule_votes_only_where_it_speaks():
    town, person = Span(18, 23, "LOC"), Span(18, 23, "PER")
    silent = [layer("model:b@1", town), layer("rules:r@1")]
    assert [each.unsure for each in places(TEXT, silent, None, SPEAKS)] == [0.0]
    against = [layer("model:b@1", town), layer("rules:r@1", person)]
    assert {each.label: each.disagreement for each in places(TEXT, against, None, SPEAKS)} == {
        "LOC": 1.0,  # of two who say something there, one says so
        "PER": 0.0,  # b cannot say it
    }
    no = [layer("model:b@1", town), layer("rules:r@1", Span(18, 23, ""))]
    assert places(TEXT, no, None, SPEAKS)[0].disagreement == 1.0


def test_the_proposals_confidence_is_doubt():
    said = layer("proposal", Span(0, 10, "PER", score=0.5), Span(18, 23, "LOC", score=0.99))
    first, second = places(TEXT, [], said, {})
    assert first.doubt == 1.0 and 0 < second.doubt < 0.1
    unscored = layer("proposal", Span(0, 10, "PER"))
    assert places(TEXT, [], unscored, {})[0].unsure == 0


@given(st.floats(0, 1))
def test_entropy_is_even_and_highest_in_the_middle(share):
    assert 0 <= entropy(share) <= 1
    assert entropy(share) == pytest.approx(entropy(1 - share), abs=1e-9)
    assert entropy(0) == entropy(1) == 0 and entropy(0.5) == 1


def test_what_is_less_sure_comes_first_and_words_cost():
    sure = Candidate("a", 100, (place(unsure=0.1),))
    unsure = Candidate("b", 100, (place(unsure=0.9),))
    long = Candidate("c", 1000, (place(unsure=0.95),))
    assert found(sure, long, unsure) == ["b", "c", "a"] or found(sure, long, unsure)[0] == "b"
    assert found(sure, unsure, long, settings=Settings(chance=0.0, by="document"))[0] == "c"
    assert worth(unsure, NOTHING, "hour") == pytest.approx(0.9 / (100 + OPENING))


def test_rare_labels_and_new_names_count_more():
    gold = Known({"PER": 400, "LOC": 400, "EVENT": 4}, {"paris": 9})
    common = Candidate("a", 100, (place("lyon", "LOC"),))
    rare = Candidate("b", 100, (place("euro", "EVENT"),))
    known = Candidate("c", 100, (place("paris", "LOC"),))
    unheard = Candidate("d", 100, (place("euro 2", "WORK"),))
    assert found(known, common, rare, known=gold) == ["b", "a", "c"]
    (chosen,) = rank([rare], gold, SURE).chosen
    assert chosen.rare == {"EVENT": 1} and chosen.new == 1
    (old,) = rank([known], gold, SURE).chosen
    assert old.new == 0 and old.rare == {}
    assert worth(unheard, gold, "hour") > worth(common, gold, "hour")


def test_ten_articles_about_one_affair_do_not_come_together():
    affair = [
        Candidate(f"a{n}", 100, (place("rubio", unsure=0.9), place("kiev"))) for n in range(5)
    ]
    other = Candidate("z", 100, (place("bakou"),))
    assert found(*affair, other)[:2] == ["a0", "z"]


def test_near_copies_are_left_out_of_the_gold_and_of_the_batch():
    twins = [Candidate(n, 100, (place(n),), cluster="t") for n in "ab"]
    of_gold = Candidate("c", 100, (place("c"),), cluster="g")
    made = rank([*twins, of_gold], Known({}, {}, {"g"}), SURE)
    assert [each.document for each in made.chosen] == ["a"]
    assert sorted(made.copies) == ["b", "c"]


def test_a_share_is_drawn_by_chance_and_the_seed_decides():
    candidates = [Candidate(f"{n:02}", 100, (place(str(n), unsure=n / 50),)) for n in range(50)]
    made = rank(candidates, NOTHING, Settings(count=20, chance=0.25, seed=1))
    assert [each.chance for each in made.chosen].count(True) == 5
    same = rank(reversed(candidates), NOTHING, Settings(count=20, chance=0.25, seed=1))
    assert same == made
    other = rank(candidates, NOTHING, Settings(count=20, chance=0.25, seed=2))
    assert other != made
    everything = rank(candidates, NOTHING, Settings(chance=1.0, seed=1))
    assert len(everything.chosen) == 50 and all(each.chance for each in everything.chosen)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 500),
            st.lists(
                st.builds(
                    Place,
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
def test_every_document_comes_once_and_the_lazy_greedy_is_the_greedy(made, chance):
    candidates = [Candidate(f"{n:02}", words, tuple(ps)) for n, (words, ps) in enumerate(made)]
    gold = Known({"PER": 3}, {"a": 2})
    ranking = rank(candidates, gold, Settings(chance=chance))
    assert sorted(each.document for each in ranking.chosen) == [c.document for c in candidates]
    plain = rank(candidates, gold, SURE)
    seen, left = {"a": 2}, {c.document: c for c in candidates}
    for each in plain.chosen:
        now = Known(gold.labels, seen)
        best = max(worth(c, now, "hour") for c in left.values())
        assert worth(left[each.document], now, "hour") == pytest.approx(best)
        for one in left.pop(each.document).places:
            seen[one.surface] = seen.get(one.surface, 0) + 1


@pytest.mark.parametrize("wrong", [{"chance": 1.5}, {"chance": -0.1}, {"count": -1}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError):
        rank([], NOTHING, Settings(**wrong))
