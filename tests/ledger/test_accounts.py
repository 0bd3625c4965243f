"""The accounts of the ledger."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.ledger_works import (
    FINISH,
    KEY,
    MODEL,
    PROPOSED,
    RESULT,
    RULES,
    TEXT,
    layer,
    span,
    work,
)

from curate.agreement import Resampler, evaluate_proposal
from curate.annotations.corrections import proposers
from curate.ledger import ACTIONS, compile_ledger
from curate.model import Document, Span


def test_outcomes_by_label_layer_and_rule():
    layers = [
        layer(MODEL, *(span(s, label) for s, label in (("Marie Dupont", "PER"), ("Rabat", "ORG")))),
        layer(RULES, span("Omar", "PER"), span("arrive", "PER")),
    ]
    result = compile_ledger([work(PROPOSED, RESULT, layers)])
    total = result.total.outcome
    assert (total.accepted, total.relabelled, total.moved, total.rejected, total.missed) == (
        (1, 1, 1, 1, 1)
    )
    assert (result.total.precision, result.total.recall) == (1 / 4, 1 / 4)
    assert result.labels["ORG"].outcome.relabelled == 1
    assert (result.labels["LOC"].people, result.labels["ORG"].people) == (1, 0)
    assert (result.labels["ORG"].recall, result.labels["LOC"].precision) == (None, None)
    model, rules = result.layers[MODEL], result.layers[RULES]
    assert (model.outcome.proposed, model.outcome.accepted, model.precision) == (3, 1, 1 / 3)
    # « Omar » was added by people: the model has not result it, the rules file had.
    assert (model.outcome.missed, rules.outcome.missed) == (1, 0)
    assert (model.people, model.recall) == (3, 1 / 3)  # PER and ORG are what it proposes
    assert set(result.rules) == {"article:surnames", f"{RULES}/names", f"{RULES}/verbs"}
    verbs = result.rules[f"{RULES}/verbs"]
    assert (verbs.outcome.rejected, verbs.saved, verbs.recall) == (1, -1, None)


def test_saved_is_blank_less_corrected_and_the_labels_add_up_to_all():
    result = compile_ledger([work(PROPOSED, RESULT), work(PROPOSED, RESULT, person="bela")])
    assert (result.documents, result.works) == (1, 2)
    total = result.total
    assert total.saved == total.blank.actions - total.corrected.actions
    # Blank: PER + LOC + PER with their keys, one more PER without, Enter and the next page.
    assert total.blank.actions == 2 * (2 + 2 + 2 + 1 + FINISH)
    assert total.corrected.actions == 2 * (2 + 1 + 3 + 1 + FINISH)
    assert sum(row.saved for row in result.labels.values()) == total.saved
    assert {name: row.saved for name, row in result.people.items()} == {"anna": 0, "bela": 0}
    assert compile_ledger([work(RESULT, RESULT, person="bela")]).people["bela"].saved == 7


def test_control_documents_are_counted_apart():
    result = compile_ledger(
        [work(PROPOSED, RESULT), work(PROPOSED, RESULT, control=True, document="c")]
    )
    assert (result.documents, result.works, result.control_documents) == (1, 1, 1)
    assert result.control is not None
    assert result.control.outcome == result.total.outcome
    assert compile_ledger([work(PROPOSED, RESULT)]).control is None


def test_nothing_gives_no_shares():
    result = compile_ledger([])
    assert (result.total.precision, result.total.recall, result.total.saved) == (None, None, 0)


def test_proposers_are_separated():
    assert proposers("") == ()
    assert proposers("model:m@1.0+cu12+rules:r@2/a+rules:r@2/a") == (
        "model:m@1.0+cu12",
        f"{RULES}/a",
    )


SPANS = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label, by=MODEL),
        st.integers(0, 30),
        st.integers(1, 6),
        st.sampled_from(("PER", "LOC")),
    ),
    max_size=8,
)


@given(SPANS, SPANS)
def test_the_rows_add_up_whatever_was_proposed(proposed, spans):
    result = compile_ledger([work(proposed, spans)])
    total = result.total
    assert total.outcome.proposed == len({s.key for s in proposed})
    assert total.people == len({s.key for s in spans})
    assert sum(row.saved for row in result.labels.values()) == total.saved
    assert sum(row.outcome.missed for row in result.labels.values()) == total.outcome.missed
    # From blank everything is marked, whatever was proposed.
    assert total.blank == compile_ledger([work((), spans)]).total.blank


@given(SPANS)
def test_nothing_proposed_saves_nothing_and_everything_right_leaves_two_keys(spans):
    assert compile_ledger([work((), spans)]).total.saved == 0
    assert compile_ledger([work(spans, spans)]).total.corrected == ACTIONS["finish"]


@given(SPANS, SPANS)
def test_outcomes_are_those_of_the_agreement_with_the_model(proposed, spans):
    document = Document(id=KEY, text=TEXT)
    before, after = layer("proposal", *proposed), layer("gold", *spans)
    evaluation = evaluate_proposal(
        {KEY: document}, {KEY: before}, {KEY: after}, resampler=Resampler(0)
    )
    result = compile_ledger([work(proposed, spans)])
    assert evaluation.outcome == result.total.outcome
    nothing = compile_ledger([]).total.outcome
    by_label = {n: row.outcome for n, row in result.labels.items() if row.outcome != nothing}
    assert evaluation.labels == by_label
    assert (evaluation.score.precision, evaluation.score.recall) == (
        result.total.precision,
        result.total.recall,
    )
