"""Agreement as a whole: who counts, what is left out, drift, disagreements, people and a model."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from curate.agreement import (
    AgreementOptions,
    evaluate_proposal,
    inter_annotator_agreement,
    render_heat_map,
)
from curate.agreement.bootstrap import Resampler
from curate.agreement.tokens import Ratings, tokenize
from curate.model import Annotation, Document, Span
from curate.util import jsonl

PLAIN = AgreementOptions(resamples=0)


def document(text):
    return Document(id=jsonl.document_id(text), text=text)


def said(name, text, *marks, at=""):
    """Each mark is a surface of the text and a label."""
    spans = tuple(
        Span(text.index(surface), text.index(surface) + len(surface), label, at=at)
        for surface, label in marks
    )
    key = jsonl.document_id(text)
    return Annotation(document=key, layer=f"annotator:{name}", spans=spans).sorted()


TEXTS = [
    "Marie Dupont arrive à Rabat avec Ali.",
    "Le port d'Oran ouvre lundi.",
    "Rien à signaler ce matin.",
    "Ali Benali rentre de Tunis.",
]


def test_tokens_are_words_and_signs():
    text = "L'Iran, c’est l\u00e0 \U0001f469\u200d\U0001f680!"
    starts, ends = tokenize(text)
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == [
        "L", "'", "Iran", ",", "c", "’", "est", "là", "👩", "\u200d", "🚀", "!",
    ]  # fmt: skip
    assert [len(part) for part in tokenize("")] == [0, 0]


def test_a_token_has_the_labels_of_all_spans_that_hold_it():
    text = "Université de Rabat et Oran"
    one = document(text)
    nested = said("anna", text, ("Université de Rabat", "ORG"), ("Rabat", "LOC"), ("Oran", "LOC"))
    ratings = Ratings([one], {"anna": {one.id: nested}, "bela": {}})
    told = [sorted(ratings.values[code]) if code >= 0 else None for code in ratings.codes[0]]
    assert told == [["ORG"], ["ORG"], ["LOC", "ORG"], [], ["LOC"]]
    assert set(ratings.codes[1]) == {-1}


def test_who_lacks_a_document_is_told_and_does_not_count_as_having_marked_nothing():
    documents = [document(text) for text in TEXTS]
    anna = [said("anna", text, ("a", "X")) for text in TEXTS[:3]]
    bela = [said("bela", text, ("a", "X")) for text in TEXTS[:2]]
    carl = [said("carl", TEXTS[0], ("a", "X"))]
    found = inter_annotator_agreement(documents, {"anna": anna, "bela": bela, "carl": carl}, PLAIN)
    assert found.annotators == {"anna": 3, "bela": 2, "carl": 1}
    assert (found.documents, found.complete) == (2, 1)
    assert [(p.first, p.second, p.documents, p.strict.micro.f1) for p in found.pairs] == [
        ("anna", "bela", 2, 1),
        ("anna", "carl", 1, 1),
        ("bela", "carl", 1, 1),
    ]
    told = {p.document: p.message for p in found.left_out}
    assert told[documents[2].id] == "only anna annotated it"
    assert told[documents[3].id] == "nobody annotated it"
    assert "carl not" in told[documents[1].id]
    assert len(told) == 3


def test_an_annotation_of_an_unknown_text_is_left_out_and_named():
    one = said("anna", TEXTS[0])
    lost = Annotation(document="ffff", layer="annotator:anna")
    found = inter_annotator_agreement(
        [document(TEXTS[0])], {"anna": [one, lost], "bela": [one]}, PLAIN
    )
    assert [(p.document, p.message) for p in found.left_out] == [
        ("ffff", "anna has it, its text is missing")
    ]


def test_nothing_marked_by_anybody_leaves_every_measure_undefined_with_a_reason():
    versions = {name: [said(name, text) for text in TEXTS] for name in ("anna", "bela")}
    found = inter_annotator_agreement(
        [document(text) for text in TEXTS], versions, AgreementOptions(resamples=50)
    )
    for value in (*found.coefficients.values(), found.pairs[0].cohen, found.pairs[0].strict.macro):
        assert value.value is None
        assert value.reason
    assert found.pairs[0].strict.micro.f1 is None
    assert {each.mean for each in found.across.values()} == {None}
    assert found.across["strict"].reason == "no pair has a value"


def test_no_common_document_leaves_every_measure_undefined_with_a_reason():
    versions = {"anna": [said("anna", TEXTS[0])], "bela": [said("bela", TEXTS[1])]}
    found = inter_annotator_agreement(
        [document(text) for text in TEXTS[:2]], versions, AgreementOptions(resamples=50)
    )
    assert found.documents == 0
    assert all(v.value is None and v.reason for v in found.coefficients.values())
    assert found.heat.rows == ((1.0, None), (None, 1.0))


def test_disagreements_are_counted_with_their_text():
    versions = {
        "anna": [
            said("anna", TEXTS[0], ("Marie Dupont", "PER"), ("Rabat", "LOC"), ("Ali", "PER")),
            said("anna", TEXTS[1], ("Oran", "LOC")),
        ],
        "bela": [
            said("bela", TEXTS[0], ("Dupont", "PER"), ("Rabat", "ORG")),
            said("bela", TEXTS[1], ("port d'Oran", "ORG"), ("lundi", "DATE")),
        ],
    }
    found = inter_annotator_agreement([document(text) for text in TEXTS[:2]], versions, PLAIN)
    told = {(d.kind, d.first, d.first_label, d.second, d.second_label) for d in found.disagreements}
    assert told == {
        ("boundary", "Marie Dupont", "PER", "Dupont", "PER"),
        ("label", "Rabat", "LOC", "Rabat", "ORG"),
        ("first only", "Ali", "PER", "", ""),
        ("both", "Oran", "LOC", "port d'Oran", "ORG"),
        ("second only", "", "", "lundi", "DATE"),
    }
    cells = {(c.first, c.second): (c.count, c.boundary) for c in found.pairs[0].confusion}
    assert cells == {
        ("LOC", "ORG"): (2, 1),
        ("PER", "PER"): (1, 1),
        ("PER", ""): (1, 0),
        ("", "DATE"): (1, 0),
    }


def test_the_mean_over_pairs_has_a_deviation_from_two_pairs_on():
    versions = {
        "anna": [said("anna", TEXTS[0], ("Rabat", "LOC"), ("Ali", "PER"))],
        "bela": [said("bela", TEXTS[0], ("Rabat", "LOC"), ("Ali", "PER"))],
        "carl": [said("carl", TEXTS[0], ("Rabat", "LOC"))],
    }
    found = inter_annotator_agreement([document(TEXTS[0])], versions, PLAIN).across["strict"]
    values = [1, 2 / 3, 2 / 3]
    mean = sum(values) / 3
    assert found.mean == pytest.approx(mean)
    assert found.deviation == pytest.approx((sum((v - mean) ** 2 for v in values) / 2) ** 0.5)
    two = inter_annotator_agreement(
        [document(TEXTS[0])], {k: versions[k] for k in ("anna", "carl")}, PLAIN
    )
    assert two.across["strict"].deviation is None
    assert two.across["strict"].reason == "no deviation: one pair"


def test_the_same_seed_gives_the_same_intervals():
    texts = [f"{text} {n}" for n in range(6) for text in TEXTS]
    both = (("a", "X"), ("i", "Y"))
    versions = {
        "anna": [said("anna", text, *both) for text in texts],
        "bela": [said("bela", text, *both[n % 3 :]) for n, text in enumerate(texts)],
    }
    documents = [document(text) for text in texts]
    one, two, other = (
        inter_annotator_agreement(documents, versions, AgreementOptions(300, seed))
        for seed in (1, 1, 2)
    )
    assert one == two
    mine, theirs = one.pairs[0].strict.micro, other.pairs[0].strict.micro
    assert mine.low < mine.f1 < mine.high
    assert (mine.low, mine.high) != (theirs.low, theirs.high)


def weekly(scores):
    """Anna against Bela, a week a document; Anna finds so many of Bela's four names."""
    names = ("Ali", "Oran", "Tunis", "Rabat")
    documents, anna, bela = [], [], []
    for week, many in enumerate(scores):
        text = f"Semaine {week} : Ali, Oran, Tunis et Rabat."
        at = f"2026-03-{2 + 7 * week:02}T09:00:00Z"
        documents.append(document(text))
        anna.append(said("anna", text, *((name, "X") for name in names[:many]), at=at))
        bela.append(said("bela", text, *((name, "X") for name in names)))
    return documents, {"anna": anna, "bela": bela}


def test_drift_is_the_slope_of_a_week():
    found = {
        d.annotator: d
        for d in inter_annotator_agreement(*weekly([4, 3, 2, 1]), AgreementOptions(200)).drift
    }
    anna, bela = found["anna"], found["bela"]
    scores = [2 * m / (m + 4) for m in (4, 3, 2, 1)]
    assert [p.score.f1 for p in anna.periods] == pytest.approx(scores)
    assert [p.start for p in anna.periods] == [
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
    ]
    weeks = [-1.5, -0.5, 0.5, 1.5]
    slope = sum(w * s for w, s in zip(weeks, scores, strict=True)) / sum(w * w for w in weeks)
    assert anna.slope.value == pytest.approx(slope)
    assert slope < 0
    assert (bela.periods, bela.undated) == ((), 4)
    assert bela.slope.value is None


def test_times_that_cannot_be_read_count_as_undated():
    documents, versions = weekly([4, 3, 2, 1])
    odd = [
        said("anna", one.text, ("Ali", "X"), at=at)
        for one, at in zip(documents, ("yesterday", "", "2026-03-02", "2026-03-09T1"), strict=True)
    ]
    found = inter_annotator_agreement(documents, {**versions, "anna": odd}, PLAIN).drift[0]
    assert found.undated == 3
    assert [p.start for p in found.periods] == ["2026-03-02"]


def test_a_day_s_work_has_no_drift():
    documents, versions = weekly([4, 3, 2, 1])
    same = [
        said("anna", d.text, ("Ali", "X"), at=f"2026-03-02T{hour:02}:00:00Z")
        for hour, d in enumerate(documents)
    ]
    found = inter_annotator_agreement(documents, {**versions, "anna": same}, PLAIN).drift[0].slope
    assert (found.value, found.reason) == (None, "all documents were done within a week")


def test_the_heat_map_draws_every_cell_with_its_number():
    versions = {
        "anna": [said("anna", TEXTS[0], ("Rabat", "LOC"))],
        "b<c": [said("b<c", TEXTS[0], ("Rabat", "LOC"))],
        "dora": [said("dora", TEXTS[1])],
    }
    heat = inter_annotator_agreement([document(text) for text in TEXTS[:2]], versions, PLAIN).heat
    drawn = ElementTree.fromstring(render_heat_map(heat))
    texts = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("1.000") == 5
    assert texts.count("–") == 4
    assert texts.count("b<c") == 2


# -- people and a model


def proposed(text, *marks, by="model:m@1"):
    found = said("nobody", text, *marks)
    spans = tuple(Span(*s.key, by=by) for s in found.spans)
    return Annotation(document=found.document, layer="proposal", spans=spans)


def test_what_a_proposal_got_right_wrong_and_missed():
    text = TEXTS[0]
    gold = said("x", text, ("Marie Dupont", "PER"), ("Rabat", "LOC"), ("Ali", "PER"))
    layer = proposed(text, ("Marie Dupont", "PER"), ("Rabat", "ORG"), ("arrive", "PER"))
    one = document(text)
    found = evaluate_proposal(
        {one.id: one}, {one.id: layer}, {one.id: gold}, resampler=Resampler(0)
    )
    whole = found.outcome
    assert (whole.accepted, whole.relabelled, whole.rejected, whole.missed) == (1, 1, 1, 1)
    assert whole.proposed == 3
    assert (found.score.precision, found.score.recall) == (1 / 3, 1 / 3)
    assert found.labels["ORG"].relabelled == found.labels["PER"].accepted == 1
    assert found.labels["PER"].missed == 1
    assert found.sources["model:m@1"].proposed == 3
    assert {(c.first, c.second): c.count for c in found.confusion} == {
        ("PER", "PER"): 1,
        ("LOC", "ORG"): 1,
        ("PER", ""): 1,
        ("", "PER"): 1,
    }
    assert found.anchoring is None


def test_a_proposal_s_score_is_told_by_the_week_in_which_people_worked():
    documents, versions = weekly([4, 3, 2, 1])
    by_id = {one.id: one for one in documents}
    people = {a.document: a for a in versions["anna"]}
    proposals = {a.document: a for a in versions["bela"]}
    found = evaluate_proposal(by_id, proposals, people, resampler=Resampler(0)).drift
    assert [p.score.f1 for p in found.periods] == pytest.approx([1, 6 / 7, 4 / 6, 2 / 5])
    assert found.slope.value < 0


def anchored(shown_keeps, hidden_keeps, count=30):
    """Documents with a wrong proposal, which people keep in a share of them."""
    documents, proposals, people, control = {}, {}, {}, []
    for n in range(2 * count):
        text = f"Dépêche {n} : Ali est à Oran."
        one = document(text)
        hidden = n >= count
        keeps = (n % count) / count < (hidden_keeps if hidden else shown_keeps)
        documents[one.id] = one
        proposals[one.id] = proposed(text, ("Oran", "ORG"), ("Ali", "PER"))
        people[one.id] = said("x", text, ("Oran", "ORG" if keeps else "LOC"), ("Ali", "PER"))
        control += [one.id] if hidden else []
    return evaluate_proposal(
        documents, proposals, people, control, resampler=Resampler(500)
    ).anchoring


def test_anchoring_is_the_difference_that_seeing_the_proposal_makes():
    found = anchored(0.8, 0.2)
    assert (found.shown.f1, found.hidden.f1) == (pytest.approx(0.9), pytest.approx(0.6))
    assert found.difference.value == pytest.approx(0.3)
    assert 0 < found.difference.low < 0.3 < found.difference.high
    assert (found.shown_documents, found.hidden_documents) == (30, 30)
    assert found.shown_density == pytest.approx(found.hidden_density, rel=0.05)


def test_without_anchoring_the_interval_holds_zero():
    found = anchored(0.5, 0.5).difference
    assert found.low < 0 < found.high


def test_documents_without_a_proposal_are_left_out_and_named():
    one, two = (document(text) for text in TEXTS[:2])
    gold = {d.id: said("x", d.text) for d in (one, two)}
    layer = {one.id: proposed(one.text)}
    found = evaluate_proposal({one.id: one, two.id: two}, layer, gold, resampler=Resampler(0))
    assert found.documents == 1
    assert [(p.document, p.message) for p in found.left_out] == [(two.id, "it has no proposal")]
    assert found.score.f1 is None
