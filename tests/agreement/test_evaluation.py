"""Scores of predictions against nervaluate and seqeval."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate.evaluator import Evaluator
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

from curate.agreement import Resampler, evaluate
from curate.agreement.evaluation import SCHEMES, evaluate_files, semeval_score
from curate.errors import InputError
from curate.model import Annotation, Document, Span

PLAIN = Resampler(resamples=0)
LABELS = ("LOC", "ORG", "PER")
THEIRS = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}


def measured(gold, predicted, **more):
    """Both sides are lists of spans, one list a document."""
    texts = [Document(id=str(n), text="x" * 400) for n in range(len(gold))]

    def sides(found):
        return [
            Annotation(document=str(n), layer="x", spans=tuple(spans)).sorted()
            for n, spans in enumerate(found)
        ]

    return evaluate(texts, sides(gold), sides(predicted), resampler=PLAIN, **more)


def nervaluated(gold, predicted):
    def theirs(side):
        return [
            [{"label": s.label, "start": s.start, "end": s.end - 1} for s in sorted_(spans)]
            for spans in side
        ]

    return Evaluator(theirs(gold), theirs(predicted), list(LABELS), loader="dict").evaluate()


def sorted_(spans):
    return sorted(set(spans), key=lambda span: span.key)


def same(ours, theirs):
    for name in ("correct", "incorrect", "partial", "missed", "spurious", "actual", "possible"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("precision", "recall", "f1"):
        # Theirs is zero where ours is undefined.
        assert (getattr(ours, name) or 0) == pytest.approx(getattr(theirs, name)), name


spans = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label),
        st.integers(0, 40),
        st.integers(1, 9),
        st.sampled_from(LABELS),
    ),
    max_size=7,
    unique_by=lambda span: span.key,
)
sides = st.lists(st.tuples(spans, spans), min_size=1, max_size=4)


def apart(found):
    """The spans that do not overlap an earlier one."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: span.key):
        if not kept or kept[-1].end <= span.start:
            kept.append(span)
    return kept


@settings(max_examples=300)
@given(sides)
def test_without_overlaps_on_a_side_the_counts_are_nervaluate_s(documents):
    gold, predicted = ([apart(own) for own in side] for side in zip(*documents, strict=True))
    ours, theirs = measured(gold, predicted), nervaluated(gold, predicted)
    for name in ("strict", "exact", "partial"):
        same(ours.semeval[name].overall, theirs["overall"][THEIRS[name]])
        assert ours.semeval[name].labels.keys() == theirs["entities"].keys()
        for label, found in ours.semeval[name].labels.items():
            same(found, theirs["entities"][label][THEIRS[name]])
    # It may compare a prediction with the nearest of its type where another was left without one.
    theirs = theirs["overall"]["ent_type"]
    found = ours.semeval["type"].overall
    assert (found.actual, found.possible) == (theirs.actual, theirs.possible)
    assert (found.correct, -found.spurious) >= (theirs.correct, -theirs.spurious)


def mappings(gold, predicted):
    """Every way to pair some predictions with different gold entities, as lists of pairs."""
    if not predicted:
        yield []
        return
    first, *rest = predicted
    yield from mappings(gold, rest)
    for at, entity in enumerate(gold):
        if entity.overlaps(first):
            for others in mappings(gold[:at] + gold[at + 1 :], rest):
                yield [(entity, first), *others]


CORRECT = {
    "strict": lambda entity, span: entity.key == span.key,
    "exact": lambda entity, span: (entity.start, entity.end) == (span.start, span.end),
    "partial": lambda entity, span: (entity.start, entity.end) == (span.start, span.end),
    "type": lambda entity, span: entity.label == span.label,
}
few = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label),
        st.integers(0, 9),
        st.integers(1, 6),
        st.sampled_from(LABELS[:2]),
    ),
    max_size=5,
    unique_by=lambda span: span.key,
)


@settings(max_examples=300)
@given(few, few, st.sampled_from(SCHEMES))
def test_overlapping_predictions_get_the_best_of_all_mappings(gold, predicted, name):
    equal = {span.key for span in gold} & {span.key for span in predicted}
    left, others = ([it for it in side if it.key not in equal] for side in (gold, predicted))
    every = mappings(left, others)
    counts = ((sum(CORRECT[name](*pair) for pair in pairs), len(pairs)) for pairs in every)
    correct, paired = max(counts)
    found = semeval_score([(sorted_(gold), sorted_(predicted))], name)
    assert found.correct == len(equal) + correct
    assert found.incorrect + found.partial == paired - correct
    assert found.partial == (paired - correct if name == "partial" else 0)
    assert found.spurious == len(others) - paired
    assert found.missed == len(left) - paired


def test_an_exact_prediction_counts_where_an_overlapping_one_comes_first():
    gold, predicted = [Span(5, 9, "PER")], [Span(0, 9, "PER"), Span(5, 9, "PER")]
    found = measured([gold], [predicted])
    assert found.conll.micro.recall == 1
    for scheme in found.semeval.values():
        overall = scheme.overall
        assert (overall.correct, overall.spurious, overall.missed) == (1, 1, 0)


def tags(draw, length):
    """Tags that IOB2 allows."""
    found = []
    for _ in range(length):
        last = found[-1] if found else "O"
        inside = [f"I-{last[2:]}"] if last != "O" else []
        found.append(draw(st.sampled_from(["O", *(f"B-{each}" for each in LABELS), *inside])))
    return found


@st.composite
def sentences(draw):
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    return [(tags(draw, size), tags(draw, size)) for size in sizes]


def spanned(sentence):
    found, start = [], None
    for at, tag in enumerate([*sentence, "O"]):
        if start is not None and not tag.startswith("I-"):
            found.append(Span(start, at, sentence[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = at
    return found


@settings(max_examples=200)
@given(sentences())
def test_conll_is_seqeval_s(documents):
    gold, predicted = (list(side) for side in zip(*documents, strict=True))
    ours = measured([spanned(s) for s in gold], [spanned(s) for s in predicted]).conll
    kept = {"scheme": IOB2, "zero_division": 0}
    p, r, f, _ = precision_recall_fscore_support(gold, predicted, average="micro", **kept)
    micro = ours.micro
    assert (micro.precision or 0, micro.recall or 0, micro.f1 or 0) == pytest.approx((p, r, f))
    each = precision_recall_fscore_support(gold, predicted, average=None, **kept)
    for at, label in enumerate(sorted(ours.labels)):
        found = ours.labels[label]
        expected = tuple(column[at] for column in each)
        assert (found.precision or 0, found.recall or 0, found.f1 or 0, found.first) == (
            pytest.approx(expected)
        )
    if ours.labels:
        *_, macro, _ = precision_recall_fscore_support(gold, predicted, average="macro", **kept)
        assert ours.macro.value == pytest.approx(macro)


def test_the_schemes_differ_as_they_are_meant_to():
    gold = [Span(0, 4, "PER"), Span(10, 16, "LOC"), Span(20, 24, "ORG"), Span(30, 33, "PER")]
    predicted = [Span(0, 4, "PER"), Span(10, 14, "LOC"), Span(20, 24, "LOC"), Span(50, 52, "PER")]
    found = measured([gold], [predicted]).semeval
    correct = {name: scheme.overall.correct for name, scheme in found.items()}
    assert correct == {"strict": 1, "exact": 2, "partial": 2, "type": 2}
    assert found["partial"].overall.partial == 1
    assert found["partial"].overall.f1 == pytest.approx(2.5 / 4)
    assert found["strict"].overall.incorrect == 2
    assert {s.overall.missed for s in found.values()} == {1}
    assert {s.overall.spurious for s in found.values()} == {1}


def test_a_sliver_of_a_long_entity_is_no_overlap_unless_asked_for():
    gold, predicted = [[Span(0, 300, "ORG")]], [[Span(299, 301, "ORG")]]
    assert measured(gold, predicted).semeval["type"].overall.correct == 0
    assert measured(gold, predicted, min_overlap=0.0).semeval["type"].overall.correct == 1


def test_undefined_scores_are_none_and_say_why():
    found = measured([[]], [[Span(0, 2, "PER")]]).semeval["strict"].overall
    assert (found.precision, found.recall, found.f1) == (0, None, 0)
    assert found.reason == "there is no gold entity"
    both = measured([[]], [[]])
    assert both.semeval["strict"].overall.f1 is None
    assert both.conll.micro.f1 is None
    assert both.conll.macro.value is None


def test_a_document_without_prediction_is_left_out_and_named():
    texts = [Document(id="a", text="Oslo"), Document(id="b", text="Bergen")]
    gold = [Annotation(document=k, layer="gold", spans=(Span(0, 4, "LOC"),)) for k in "ab"]
    found = evaluate(texts, gold, gold[:1], resampler=PLAIN)
    assert found.documents == 1
    assert found.conll.micro.f1 == 1
    assert [(p.document, p.severity) for p in found.left_out] == [("b", "warning")]
    assert "no prediction" in found.left_out[0].message


def test_errors_come_with_their_text():
    texts = [Document(id="a", text="Oslo and Bergen and Oslo")]
    gold = [Annotation(document="a", layer="gold", spans=(Span(0, 4, "LOC"), Span(20, 24, "LOC")))]
    guess = [Annotation(document="a", layer="m", spans=(Span(0, 4, "ORG"), Span(20, 24, "ORG")))]
    found = evaluate(texts, gold, guess, resampler=PLAIN)
    first = found.commonest[0]
    assert (first.kind, first.first, first.first_label, first.second_label, first.count) == (
        ("label", "Oslo", "LOC", "ORG", 2)
    )
    assert [(c.first, c.second, c.count) for c in found.confusion] == [("LOC", "ORG", 2)]


def test_a_source_with_several_layers_needs_the_one_to_score(shared_data):
    path = shared_data / "doccano-multiuser-novels" / "AliceInWonderland.jsonl"
    with pytest.raises(InputError) as refusal:
        evaluate_files(path, path, format="doccano")
    assert refusal.value.hint.endswith("1, 2, 3")
    evaluation = evaluate_files(path, path, format="doccano", layer="annotator:2")
    assert evaluation.conll.micro.f1 == 1
