"""Agreement between annotators: which documents count, summaries over pairs, disagreements."""

from __future__ import annotations

import pytest
from support.annotated_files import AT
from support.annotated_texts import ORAN, RABAT, TEXTS, annotation, annotation_sets, document

from curate.agreement import AgreementOptions, inter_annotator_agreement
from curate.agreement.inter_annotator import agreement
from curate.errors import InputError
from curate.model import Annotation, Assignment
from curate.workspace import Workspace

PLAIN = AgreementOptions(resamples=0)


def test_a_document_that_an_annotator_lacks_does_not_count_as_one_without_spans():
    documents = [document(text) for text in TEXTS]
    anna = [annotation("anna", text, ("a", "X")) for text in TEXTS[:3]]
    bela = [annotation("bela", text, ("a", "X")) for text in TEXTS[:2]]
    carl = [annotation("carl", TEXTS[0], ("a", "X"))]
    sets = annotation_sets(TEXTS, {"anna": anna, "bela": bela, "carl": carl})
    result = inter_annotator_agreement(sets, PLAIN)
    assert result.annotators == {"anna": 3, "bela": 2, "carl": 1}
    assert (result.documents, result.complete) == (2, 1)
    assert [(p.first, p.second, p.documents, p.strict.micro.f1) for p in result.pairs] == [
        ("anna", "bela", 2, 1),
        ("anna", "carl", 1, 1),
        ("bela", "carl", 1, 1),
    ]
    assert {problem.code for problem in result.left_out} == {"agreement.left-out"}
    reasons = {problem.document: problem.message for problem in result.left_out}
    assert len(reasons) == 3
    assert "anna" in reasons[documents[2].id]
    assert documents[3].id in reasons
    assert "carl" in reasons[documents[1].id]
    assert "bela" not in reasons[documents[1].id]


def test_an_annotation_of_an_unknown_text_is_left_out_and_reported():
    version = annotation("anna", TEXTS[0])
    unknown = Annotation(document="ffff", layer="annotator:anna")
    sets = annotation_sets(TEXTS[:1], {"anna": [version, unknown], "bela": [version]})
    result = inter_annotator_agreement(sets, PLAIN)
    assert [(p.code, p.document) for p in result.left_out] == [("agreement.left-out", "ffff")]


def test_without_any_span_every_measure_is_undefined_with_a_reason():
    versions = {name: [annotation(name, text) for text in TEXTS] for name in ("anna", "bela")}
    result = inter_annotator_agreement(
        annotation_sets(TEXTS, versions), AgreementOptions(resamples=50)
    )
    pair = result.pairs[0]
    assert result.coefficients.pop("percentage").value == 1
    assert result.coefficients.pop("percentage_marked").value is None
    for estimate in (*result.coefficients.values(), pair.cohen, pair.strict.macro):
        assert estimate.value is None
        assert estimate.reason
    assert pair.strict.micro.f1 is None
    assert result.across.pop("percentage").mean == 1
    assert {summary.mean for summary in result.across.values()} == {None}
    assert result.across["strict"].reason == "no pair has a value"


def test_without_a_shared_document_every_measure_is_undefined_with_a_reason():
    versions = {"anna": [annotation("anna", TEXTS[0])], "bela": [annotation("bela", TEXTS[1])]}
    result = inter_annotator_agreement(
        annotation_sets(TEXTS[:2], versions), AgreementOptions(resamples=50)
    )
    assert result.documents == 0
    assert all(v.value is None and v.reason for v in result.coefficients.values())
    assert result.heat.rows == ((1.0, None), (None, 1.0))


def test_disagreements_are_counted_with_their_text():
    versions = {
        "anna": [
            annotation("anna", RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC"), ("Ali", "PER")),
            annotation("anna", ORAN, ("Oran", "LOC")),
        ],
        "bela": [
            annotation("bela", RABAT, ("Dupont", "PER"), ("Rabat", "ORG")),
            annotation("bela", ORAN, ("port d'Oran", "ORG"), ("lundi", "DATE")),
        ],
    }
    result = inter_annotator_agreement(annotation_sets((RABAT, ORAN), versions), PLAIN)
    assert {
        (d.kind, d.first, d.first_label, d.second, d.second_label) for d in result.disagreements
    } == {
        ("boundary", "Marie Dupont", "PER", "Dupont", "PER"),
        ("label", "Rabat", "LOC", "Rabat", "ORG"),
        ("first only", "Ali", "PER", "", ""),
        ("both", "Oran", "LOC", "port d'Oran", "ORG"),
        ("second only", "", "", "lundi", "DATE"),
    }
    cells = {(c.first, c.second): (c.count, c.boundary) for c in result.pairs[0].confusion}
    assert cells == {
        ("LOC", "ORG"): (2, 1),
        ("PER", "PER"): (1, 1),
        ("PER", ""): (1, 0),
        ("", "DATE"): (1, 0),
    }


def test_the_mean_over_pairs_has_a_deviation_if_there_are_two_or_more():
    versions = {
        "anna": [annotation("anna", RABAT, ("Rabat", "LOC"), ("Ali", "PER"))],
        "bela": [annotation("bela", RABAT, ("Rabat", "LOC"), ("Ali", "PER"))],
        "carl": [annotation("carl", RABAT, ("Rabat", "LOC"))],
    }
    strict = inter_annotator_agreement(annotation_sets([RABAT], versions), PLAIN).across["strict"]
    values = [1, 2 / 3, 2 / 3]
    mean = sum(values) / 3
    assert strict.mean == pytest.approx(mean)
    assert strict.deviation == pytest.approx((sum((v - mean) ** 2 for v in values) / 2) ** 0.5)
    two = {name: versions[name] for name in ("anna", "carl")}
    strict = inter_annotator_agreement(annotation_sets([RABAT], two), PLAIN).across["strict"]
    assert strict.deviation is None
    assert strict.reason == "no deviation: one pair"


def test_the_same_seed_gives_the_same_intervals():
    texts = [f"{text} {n}" for n in range(6) for text in TEXTS]
    both = (("a", "X"), ("i", "Y"))
    versions = {
        "anna": [annotation("anna", text, *both) for text in texts],
        "bela": [annotation("bela", text, *both[n % 3 :]) for n, text in enumerate(texts)],
    }
    sets = annotation_sets(texts, versions)
    first, same, other = (
        inter_annotator_agreement(sets, AgreementOptions(300, seed)) for seed in (1, 1, 2)
    )
    assert first == same
    score, other_score = first.pairs[0].strict.micro, other.pairs[0].strict.micro
    assert score.low < score.f1 < score.high
    assert (score.low, score.high) != (other_score.low, other_score.high)


@pytest.mark.parametrize("names", [[], ["carl"]])
def test_fewer_than_two_annotators_are_refused(names):
    sets = annotation_sets([RABAT], {name: [annotation(name, RABAT)] for name in names})
    with pytest.raises(InputError):
        inter_annotator_agreement(sets, PLAIN)


def test_agreement_of_the_annotators_of_a_corpus(annotated_corpus):
    result = agreement(annotated_corpus, PLAIN)
    assert result.annotators == {"anna": 2, "bela": 2}
    assert result.pairs[0].strict.micro.f1 == pytest.approx(2 / 3)


def test_agreement_reports_what_is_not_confirmed(annotated_corpus):
    rabat = document(RABAT).id
    with annotated_corpus.store.begin() as tx:
        tx.put_assignment(
            Assignment(document=rabat, annotators=("anna", "bela"), done={"anna": AT})
        )
    result = agreement(annotated_corpus, PLAIN)
    assert result.annotators == {"anna": 2, "bela": 1}
    reasons = [problem.message for problem in result.left_out if problem.document == rabat]
    assert "bela" in reasons[0]


def test_an_empty_corpus_has_no_agreement(tmp_path):
    Workspace.init(tmp_path / "corpus")
    with pytest.raises(InputError):
        agreement(Workspace(tmp_path / "corpus"), PLAIN)


def test_means_over_pairs_are_given_by_label_and_by_document():
    versions = {
        "anna": [annotation("anna", RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC"))],
        "bela": [annotation("bela", RABAT, ("Dupont", "PER"), ("Rabat", "LOC"))],
        "carl": [annotation("carl", RABAT, ("Marie Dupont", "PER"))],
    }
    result = inter_annotator_agreement(annotation_sets([RABAT], versions), PLAIN)
    per, loc = (result.across_labels[label] for label in ("PER", "LOC"))
    assert per["strict"].mean == pytest.approx(1 / 3)
    # 0, 1 and 0: squares of the differences from 1/3 add up to 2/3.
    assert per["strict"].deviation == pytest.approx((2 / 3 / 2) ** 0.5)
    assert per["strict"].population == pytest.approx((2 / 3 / 3) ** 0.5)
    assert per["overlap"].mean == 1
    # Of two tokens the pairs share one, two, one: F1 2/3, 1, 2/3.
    assert per["token"].mean == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert (loc["strict"].mean, loc["strict"].pairs) == (pytest.approx(1 / 3), 3)
    (by_document,) = result.across_documents.values()
    assert by_document["strict"] == result.across["strict"]
    assert by_document["token"] == result.across["token"]


def test_token_f1_counts_the_tokens_of_each_label():
    versions = {
        "anna": [annotation("anna", RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC"))],
        "bela": [annotation("bela", RABAT, ("Marie Dupont arrive", "PER"), ("Rabat", "ORG"))],
    }
    token = inter_annotator_agreement(annotation_sets([RABAT], versions), PLAIN).pairs[0].token
    assert (token.micro.matched, token.micro.first, token.micro.second) == (2, 3, 4)
    assert {label: score.f1 for label, score in token.labels.items()} == {
        "LOC": 0,
        "ORG": 0,
        "PER": pytest.approx(4 / 5),
    }
    bio = inter_annotator_agreement(annotation_sets([RABAT], versions), PLAIN._replace(bio=True))
    assert bio.pairs[0].token.labels["I-PER"].f1 == pytest.approx(2 / 3)
    assert bio.pairs[0].token.labels["B-PER"].f1 == 1


def test_with_labels_of_the_schema_two_parts_of_a_corpus_have_one_number_of_categories():
    versions = {
        "anna": [annotation("anna", RABAT, ("Marie Dupont", "PER"))],
        "bela": [annotation("bela", RABAT, ("Dupont", "PER"))],
    }
    sets = annotation_sets([RABAT], versions)
    used = inter_annotator_agreement(sets, PLAIN)
    declared = inter_annotator_agreement(sets, PLAIN._replace(labels=("PER", "LOC", "ORG")))
    assert (used.values, declared.values) == (2, 4)
    agreeing = used.coefficients["percentage"].value
    for result, q in ((used, 2), (declared, 4)):
        expected = (agreeing - 1 / q) / (1 - 1 / q)
        assert result.coefficients["randolph"].value == pytest.approx(expected)
        assert result.pairs[0].coefficients["bennett"].value == pytest.approx(expected)
    assert declared.coefficients["gwet_ac1"].value > used.coefficients["gwet_ac1"].value
    assert declared.coefficients["fleiss"] == used.coefficients["fleiss"]
    assert declared.pairs[0].cohen == used.pairs[0].cohen
    bio = inter_annotator_agreement(sets, PLAIN._replace(labels=("PER", "LOC"), bio=True))
    assert bio.values == 5
