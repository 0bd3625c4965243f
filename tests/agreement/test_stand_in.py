"""The alternative annotator test, against scipy, statsmodels and the definition written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp, wilcoxon
from statsmodels.stats.multitest import multipletests
from support.annotated_texts import annotation, json_line

from curate.agreement import AnnotationSets
from curate.agreement.stand_in import (
    alternative_annotator_test,
    benjamini_yekutieli,
    differences,
    leave_one_out,
    p_value,
    signed_rank_p,
    stand_in_of_corpus,
)
from curate.errors import InputError
from curate.model import Annotation, Category, Document, Span

LABELS = ("PER", "LOC")


def study(seed: int, documents: int, noise: dict[str, float]):
    """Versions of documents by annotators who each change a span with their own probability."""
    generator = np.random.default_rng(seed)
    texts = [Document(id=f"{n:03}", text="x" * 60) for n in range(documents)]
    said: dict[str, list[Annotation]] = {name: [] for name in noise}
    for text in texts:
        true = [Span(10 * n, 10 * n + 5, LABELS[n % 2]) for n in range(generator.integers(1, 6))]
        for name, share in noise.items():
            spans = tuple(
                Span(s.start, s.end - 1, s.label) if generator.random() < share else s for s in true
            )
            said[name].append(Annotation(document=text.id, layer=name, spans=spans))
    machine = said.pop("machine")
    return AnnotationSets(
        documents=tuple(texts), annotations={name: tuple(own) for name, own in said.items()}
    ), machine


NOISE = {"anna": 0.3, "bela": 0.3, "carl": 0.35, "dora": 0.1}


def written_out(sets, machine, epsilon):
    """The procedure of the paper, with the libraries that its authors use."""

    def f1(one, two):
        first, second = ({span.key for span in it.spans} for it in (one, two))
        return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1

    people = {name: {it.document: it for it in own} for name, own in sets.annotations.items()}
    layer = {it.document: it for it in machine}
    p, advantages = [], []
    for left_out, own in people.items():
        wins, losses = [], []
        for key, version in own.items():
            rest = [it[key] for name, it in people.items() if name != left_out]
            person = np.mean([f1(version, other) for other in rest])
            model = np.mean([f1(layer[key], other) for other in rest])
            wins.append(int(model >= person))
            losses.append(int(person >= model))
        gaps = np.subtract(losses, wins)
        p.append(ttest_1samp(gaps, epsilon, alternative="less").pvalue)
        advantages.append(np.mean(wins))
    rejected = multipletests(p, alpha=0.05, method="fdr_by")[0]
    return p, rejected.tolist(), float(np.mean(advantages)), float(np.mean(rejected))


@pytest.mark.parametrize("noise", [0.05, 0.3, 0.45, 0.8])
@pytest.mark.parametrize("epsilon", [0.1, 0.2])
def test_from_thirty_documents_it_is_the_procedure_of_the_paper(noise, epsilon):
    sets, machine = study(4, 80, {**NOISE, "machine": noise})
    found = alternative_annotator_test(sets, machine, "model:m", epsilon)
    p, rejected, advantage, winning_rate = written_out(sets, machine, epsilon)
    assert [it.p for it in found.people] == pytest.approx(p)
    assert [it.wins for it in found.people] == rejected
    assert found.advantage == pytest.approx(advantage)
    assert found.winning_rate == winning_rate
    assert found.passes == (winning_rate >= 0.5)
    assert {it.test for it in found.people} == {"t"}
    assert found.documents == 80


def test_a_good_layer_passes_and_a_bad_one_does_not():
    good, bad = (
        alternative_annotator_test(*study(1, 60, {**NOISE, "machine": noise}), "model:m")
        for noise in (0.0, 0.9)
    )
    assert (good.passes, good.winning_rate) == (True, 1)
    assert (bad.passes, bad.winning_rate) == (False, 0)
    assert good.advantage > 0.9 > 0.3 > bad.advantage


def test_below_thirty_documents_it_is_the_signed_rank_test():
    sets, machine = study(2, 12, {**NOISE, "machine": 0.0})
    found = alternative_annotator_test(sets, machine, "model:m")
    assert {it.test for it in found.people} == {"wilcoxon"}
    assert found.passes
    assert min(it.p for it in found.people) >= 2.0**-12


@pytest.mark.parametrize("people", [("anna", "bela"), ("anna",), ()])
def test_fewer_than_three_people_are_refused(people):
    sets, machine = study(3, 40, {**NOISE, "machine": 0.1})
    fewer = AnnotationSets(
        documents=sets.documents, annotations={name: sets.annotations[name] for name in people}
    )
    with pytest.raises(InputError) as refusal:
        alternative_annotator_test(fewer, machine, "model:m")
    assert "3 people" in refusal.value.message


def test_a_person_who_shares_no_document_does_not_count_as_one_of_three():
    sets, machine = study(3, 40, {"anna": 0.3, "bela": 0.3, "carl": 0.3, "machine": 0.1})
    anna, bela, carl = sets.annotations.values()
    apart = {"anna": anna[:20], "bela": bela[:20], "carl": carl[20:]}
    with pytest.raises(InputError):
        alternative_annotator_test(
            AnnotationSets(documents=sets.documents, annotations=apart), machine, "model:m"
        )


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, 7])
def test_an_epsilon_that_is_no_share_is_refused(epsilon):
    with pytest.raises(InputError):
        alternative_annotator_test(*study(1, 5, {**NOISE, "machine": 0}), "m", epsilon)


def test_categories_are_compared_where_nobody_could_mark_spans():
    def version(document, label):
        return Annotation(
            document=document, layer="x", categories=(Category(label),), categories_only=True
        )

    documents = tuple(Document(id=str(n), text="x") for n in range(40))
    people = {
        name: tuple(version(str(n), "b" if (n + own) % 5 == 0 else "a") for n in range(40))
        for own, name in enumerate(("anna", "bela", "carl"))
    }
    sets = AnnotationSets(documents=documents, annotations=people)
    found = alternative_annotator_test(sets, [version(d.id, "a") for d in documents], "model:m")
    assert found.similarity == "categories"
    assert found.winning_rate == 1
    # Each person differs from the two others on 8 of 40 documents, and ties where nobody differs.
    assert [it.advantage for it in found.people] == [1, 1, 1]


def test_a_document_without_the_layer_is_left_out_and_named():
    sets, machine = study(1, 40, {**NOISE, "machine": 0.1})
    found = alternative_annotator_test(sets, machine[1:], "model:m")
    assert found.documents == 39
    assert [problem.document for problem in found.left_out] == ["000"]


def test_similarity_is_the_mean_over_the_others():
    people = {"anna": {"d": 1}, "bela": {"d": 2}, "carl": {"d": 4}, "dora": {"e": 1}}
    rows = leave_one_out(people, {"d": 3, "e": 1}, lambda one, two: -abs(one - two))
    assert {name: own.tolist() for name, own in rows.items()} == {
        "anna": [[-1.0, -2.0]],
        "bela": [[-1.5, -1.5]],
        "carl": [[-1.5, -2.5]],
    }
    assert differences(rows["bela"]).tolist() == [0]
    assert differences(rows["anna"]).tolist() == [-1]


@given(st.lists(st.sampled_from([-1.2, -0.2, 0.8, 0.0]), min_size=1, max_size=9))
def test_the_signed_rank_p_is_the_share_of_all_signs(values):
    kept = [value for value in values if value]
    found = signed_rank_p(np.array(values))
    if not kept:
        assert found == 1
        return
    sizes = [abs(value) for value in kept]
    ranks = [(sum(s < it for s in sizes) + sum(s <= it for s in sizes) + 1) / 2 for it in sizes]
    observed = sum(rank for rank, value in zip(ranks, kept, strict=True) if value > 0)
    sums = [
        sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign)
        for signs in product((False, True), repeat=len(ranks))
    ]
    assert found == pytest.approx(np.mean([total <= observed for total in sums]))


def test_the_signed_rank_p_without_ties_is_the_one_of_scipy():
    values = np.array([-0.3, 1.1, -2.5, 0.7, -0.9, -1.6, -3.2, 0.2])
    expected = wilcoxon(values, alternative="less", method="exact").pvalue
    assert signed_rank_p(values) == pytest.approx(expected)


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0.0), (1.0, 1.0)])
def test_differences_that_never_vary_decide(value, expected):
    assert p_value(np.full(40, value), 0.2) == expected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_benjamini_yekutieli_is_the_one_of_statsmodels(p_values):
    expected = multipletests(p_values, alpha=0.05, method="fdr_by")[0]
    found = benjamini_yekutieli(p_values, 0.05)
    thresholds = 0.05 * np.arange(1, len(p_values) + 1) / len(p_values)
    thresholds /= sum(1 / k for k in range(1, len(p_values) + 1))
    if np.min(np.abs(np.sort(p_values) - thresholds)) > 1e-12:
        assert found == expected.tolist()


def test_a_layer_of_a_corpus(annotated_corpus):
    with annotated_corpus.store.begin() as tx:
        texts = {document.id: document.text for document in tx.documents()}
        for key, text in texts.items():
            layer = annotation("m", text)
            tx.put_annotation(Annotation(document=key, layer="model:m@1", spans=layer.spans))
    with pytest.raises(InputError) as refusal:
        stand_in_of_corpus(annotated_corpus, "model:m@1")
    assert "anna, bela" in refusal.value.message
    with annotated_corpus.store.begin() as tx:
        for text in texts.values():
            tx.put_annotation(annotation("carl", text))
    found = stand_in_of_corpus(annotated_corpus, "model:m@1")
    assert [it.annotator for it in found.people] == ["anna", "bela", "carl"]
    assert (found.documents, found.shown) == (2, 2)
    carl = found.people[2]
    assert (carl.advantage, carl.person) == (1, 1)  # both mark nothing
    assert not found.passes


def test_the_command_tests_one_of_several_files(cli, tmp_path):
    texts = [f"Ali et Oran {n}" for n in range(8)]
    for name in ("anna", "bela", "carl", "model"):
        own = [
            json_line(text, ("Ali", "PER"), *([("Oran", "LOC")] if n % 4 else []))
            for n, text in enumerate(texts)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(own), encoding="utf-8")
    files = sorted(tmp_path.iterdir())
    result = cli("agreement", *files, "--stand-in", "model", "--epsilon", 0.15, "--json").json
    assert [person["annotator"] for person in result["people"]] == ["anna", "bela", "carl"]
    assert result["epsilon"] == 0.15
    assert len(result["limits"]) == 4
    shown = cli("agreement", *files, "--stand-in", "model").stdout
    assert "may stand in for a person" in shown
    assert result["limits"][0] in " ".join(shown.split())
    refused = cli("agreement", *files[1:], "--stand-in", "model")
    assert refused.exit_code == 1
    assert "3 people" in refused.refusal.message
    unknown = cli("agreement", *files, "--stand-in", "nobody")
    assert unknown.exit_code == 1
