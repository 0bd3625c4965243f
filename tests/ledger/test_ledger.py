"""The ledger: what became of proposed spans, what it took, and whose work counts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from curate.agreement import Resampler, evaluate_proposal
from curate.annotations.corrections import corrections, proposers
from curate.annotations.diff import compare
from curate.cli.commands import app
from curate.ledger import ACTIONS, Effort, Work, span_efforts
from curate.ledger import compile_ledger as ledger_of
from curate.ledger.works import CurrentLabels, ledger, works
from curate.model import Annotation, Assignment, Document, Revision, Span
from curate.preannotate.preannotation import preannotate
from curate.util import jsonl
from curate.workspace import Workspace

TEXT = "Marie Dupont arrive à Rabat avec Ali et Omar."
KEY = jsonl.document_id(TEXT)
MODEL, RULES = "model:m@1", "rules:r@2"
AT = "2026-03-02T09:00:00Z"
FINISH = ACTIONS["finish"].actions


def span(surface, label, by="", at=""):
    start = TEXT.index(surface)
    return Span(start, start + len(surface), label, by=by, at=at)


def layer(name, *spans):
    return Annotation(document=KEY, layer=name, spans=spans).sorted()


def work(proposed, made, layers=(), person="anna", control=False, document=KEY):
    return Work(
        document=document,
        person=person,
        proposal=layer("proposal", *proposed),
        made=layer("gold", *made),
        layers=tuple(layers),
        control=control,
    )


PROPOSED = (
    span("Marie Dupont", "PER", by=f"{MODEL}+article:surnames"),
    span("Rabat", "ORG", by=MODEL),
    span("arrive", "PER", by=f"{RULES}/verbs"),
    span("avec Ali", "PER", by=f"{MODEL}+{RULES}/names"),
)
MADE = (
    span("Marie Dupont", "PER"),
    span("Rabat", "LOC"),
    span("Ali", "PER"),
    span("Omar", "PER"),
)


# -- actions


def priced(proposed, made):
    before, after = layer("proposal", *proposed), layer("gold", *made)
    return list(span_efforts(corrections(compare(before, after), before.spans)))


def test_each_operation_takes_what_the_table_says():
    found = {s.fate.kind: (s.blank, s.corrected) for s in priced(PROPOSED, MADE)}
    key_and_drag = Effort(keys=1, clicks=0, drags=1)
    assert found["accepted"] == (key_and_drag, Effort(keys=0, clicks=0, drags=0))
    assert found["relabelled"] == (key_and_drag, Effort(keys=0, clicks=2, drags=0))
    assert found["rejected"] == (
        Effort(keys=0, clicks=0, drags=0),
        Effort(keys=0, clicks=1, drags=0),
    )
    assert found["moved"] == (key_and_drag, Effort(keys=1, clicks=1, drags=1))
    # The label of the span before is still ticked.
    assert found["missed"] == (Effort(keys=0, clicks=0, drags=1), Effort(keys=0, clicks=0, drags=1))


def test_a_label_s_key_is_pressed_where_the_label_changes():
    made = (span("Marie Dupont", "PER"), span("Ali", "PER"), span("Rabat", "LOC"))
    taken = [step.blank.keys for step in priced((), made)]
    assert taken == [1, 1, 1]  # PER, LOC, PER: in the order of the text
    made = (span("Marie Dupont", "PER"), span("Ali", "PER"), span("Omar", "PER"))
    assert [step.blank.keys for step in priced((), made)] == [1, 0, 0]


def test_a_replaced_span_is_deleted_and_marked_anew():
    (step,) = priced((span("Rabat avec", "ORG", by=MODEL),), (span("Rabat", "LOC"),))
    assert step.fate.kind == "replaced"
    assert step.corrected == Effort(keys=1, clicks=1, drags=1)


def test_seconds_are_those_of_the_keystroke_level_model():
    assert Effort(keys=1, clicks=0, drags=0).seconds == pytest.approx(0.28)
    assert Effort(keys=0, clicks=1, drags=0).seconds == pytest.approx(1.3)
    assert Effort(keys=1, clicks=1, drags=1).seconds == pytest.approx(0.28 + 1.3 + 2.4)


# -- accounts


def test_outcomes_by_label_layer_and_rule():
    layers = [
        layer(MODEL, *(span(s, label) for s, label in (("Marie Dupont", "PER"), ("Rabat", "ORG")))),
        layer(RULES, span("Omar", "PER"), span("arrive", "PER")),
    ]
    found = ledger_of([work(PROPOSED, MADE, layers)])
    total = found.total.outcome
    assert (total.accepted, total.relabelled, total.moved, total.rejected, total.missed) == (
        (1, 1, 1, 1, 1)
    )
    assert (found.total.precision, found.total.recall) == (1 / 4, 1 / 4)
    assert found.labels["ORG"].outcome.relabelled == 1
    assert (found.labels["LOC"].people, found.labels["ORG"].people) == (1, 0)
    assert (found.labels["ORG"].recall, found.labels["LOC"].precision) == (None, None)
    model, rules = found.layers[MODEL], found.layers[RULES]
    assert (model.outcome.proposed, model.outcome.accepted, model.precision) == (3, 1, 1 / 3)
    # « Omar » was added by people: the model has not found it, the rules file had.
    assert (model.outcome.missed, rules.outcome.missed) == (1, 0)
    assert (model.people, model.recall) == (3, 1 / 3)  # PER and ORG are what it proposes
    assert set(found.rules) == {"article:surnames", f"{RULES}/names", f"{RULES}/verbs"}
    verbs = found.rules[f"{RULES}/verbs"]
    assert (verbs.outcome.rejected, verbs.saved, verbs.recall) == (1, -1, None)


def test_saved_is_blank_less_corrected_and_the_labels_add_up_to_all():
    found = ledger_of([work(PROPOSED, MADE), work(PROPOSED, MADE, person="bela")])
    assert (found.documents, found.works) == (1, 2)
    total = found.total
    assert total.saved == total.blank.actions - total.corrected.actions
    # Blank: PER + LOC + PER with their keys, one more PER without, Enter and the next page.
    assert total.blank.actions == 2 * (2 + 2 + 2 + 1 + FINISH)
    assert total.corrected.actions == 2 * (2 + 1 + 3 + 1 + FINISH)
    assert sum(row.saved for row in found.labels.values()) == total.saved
    assert {name: row.saved for name, row in found.people.items()} == {"anna": 0, "bela": 0}
    assert ledger_of([work(MADE, MADE, person="bela")]).people["bela"].saved == 7


def test_control_documents_are_counted_apart():
    found = ledger_of([work(PROPOSED, MADE), work(PROPOSED, MADE, control=True, document="c")])
    assert (found.documents, found.works, found.control_documents) == (1, 1, 1)
    assert found.control is not None
    assert found.control.outcome == found.total.outcome
    assert ledger_of([work(PROPOSED, MADE)]).control is None


def test_nothing_gives_no_shares():
    found = ledger_of([])
    assert (found.total.precision, found.total.recall, found.total.saved) == (None, None, 0)


def test_proposers_are_told_apart():
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
def test_whatever_was_proposed_the_books_balance(proposed, made):
    found = ledger_of([work(proposed, made)])
    total = found.total
    assert total.outcome.proposed == len({s.key for s in proposed})
    assert total.people == len({s.key for s in made})
    assert sum(row.saved for row in found.labels.values()) == total.saved
    assert sum(row.outcome.missed for row in found.labels.values()) == total.outcome.missed
    # From blank everything is marked, whatever was proposed.
    assert total.blank == ledger_of([work((), made)]).total.blank


@given(SPANS)
def test_nothing_proposed_saves_nothing_and_everything_right_leaves_two_keys(made):
    assert ledger_of([work((), made)]).total.saved == 0
    assert ledger_of([work(made, made)]).total.corrected == ACTIONS["finish"]


@given(SPANS, SPANS)
def test_outcomes_are_those_of_the_agreement_with_the_model(proposed, made):
    one = Document(id=KEY, text=TEXT)
    before, after = layer("proposal", *proposed), layer("gold", *made)
    told = evaluate_proposal({KEY: one}, {KEY: before}, {KEY: after}, resampler=Resampler(0))
    found = ledger_of([work(proposed, made)])
    assert told.outcome == found.total.outcome
    nothing = ledger_of([]).total.outcome
    by_label = {n: row.outcome for n, row in found.labels.items() if row.outcome != nothing}
    assert told.labels == by_label
    assert (told.score.precision, told.score.recall) == (found.total.precision, found.total.recall)


# -- the store


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    made = Workspace(tmp_path, now=lambda: AT)
    with made.store.begin() as tx:
        tx.add_document(Document(id=KEY, text=TEXT, lang="fr"))
        tx.put_annotation(layer("proposal", *PROPOSED))
        tx.put_annotation(layer(MODEL, span("Marie Dupont", "PER", by=MODEL)))
    return made


def revise(workspace, number, *spans, confirmed_by="anna", **more):
    with workspace.store.begin() as tx:
        values = {"author": "annotator:anna", "reason": "", "schema": workspace.schema.id, **more}
        tx.add_revision(
            Revision(
                document=KEY,
                number=number,
                at=AT,
                spans=tuple(sorted(spans, key=lambda s: s.key)),
                confirmed_by=confirmed_by,
                **values,
            )
        )


def test_the_first_revision_that_a_person_confirmed_is_the_work(workspace):
    revise(workspace, 1, *PROPOSED, confirmed_by="", author="import:x")
    revise(workspace, 2, *MADE)
    revise(workspace, 3, span("Rabat", "LOC"), author="curator:c")
    found = ledger(workspace)
    assert (found.works, list(found.people)) == (1, ["anna"])
    assert (found.total.people, found.total.outcome.accepted) == (4, 1)
    assert found.layers[MODEL].outcome.missed == 1


def reasons(workspace):
    return [problem.code for problem in ledger(workspace).left_out]


def test_gold_that_nobody_confirmed_is_left_out(workspace):
    assert ledger(workspace).left_out == ()
    revise(workspace, 1, *MADE, confirmed_by="", author="import:x")
    assert reasons(workspace) == ["ledger.unconfirmed"]


def test_a_work_whose_pre_annotation_was_made_anew_is_left_out(workspace):
    revise(workspace, 1, span("Omar", "PER", by=f"{RULES}/old"))
    assert reasons(workspace) == ["ledger.renewed"]


def test_a_span_that_a_person_changed_does_not_say_that_they_saw_another_one(workspace):
    revise(workspace, 1, span("Omar", "PER", by="annotator:anna", at=AT))
    assert reasons(workspace) == []


def test_where_people_work_apart_each_confirmed_layer_is_a_work_and_the_gold_is_none(workspace):
    with workspace.store.begin() as tx:
        for name in ("anna", "bela", "carl"):
            tx.put_annotation(layer(f"annotator:{name}", *MADE))
        done = {"anna": AT, "bela": AT}
        tx.put_assignment(Assignment(document=KEY, annotators=("anna", "bela", "carl"), done=done))
    revise(workspace, 1, *PROPOSED)
    found = ledger(workspace)
    assert (found.documents, found.works, list(found.people)) == (1, 2, ["anna", "bela"])


def test_what_an_annotator_confirmed_keeps_the_pre_annotation_that_was_shown(tmp_path):
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    path = tmp_path / "curate.toml"
    path.write_text(
        '[corpus]\nname = "corpus"\n[preannotate]\nmodels = []\nrules = ["schemas/rules-fr.yaml"]\n'
    )
    made = Workspace(tmp_path, now=lambda: AT)
    with made.store.begin() as tx:
        tx.add_document(Document(id=KEY, text=TEXT, lang="fr"))
    assert preannotate(made, again=True).documents == 1
    with made.store.begin() as tx:
        tx.put_assignment(Assignment(document=KEY, annotators=("anna", "bela"), done={"anna": AT}))
    assert preannotate(made, again=True).documents == 0


def test_a_control_document_of_the_store(workspace):
    with workspace.store.begin() as tx:
        tx.put_annotation(layer("annotator:anna", *MADE))
        tx.put_assignment(
            Assignment(document=KEY, annotators=("anna",), control=True, done={"anna": AT})
        )
    found = ledger(workspace)
    assert (found.works, found.control_documents) == (0, 1)


def test_labels_of_an_older_schema_are_read_as_they_are_called_today(workspace):
    folder = workspace.root / "schemas"
    path = folder / "news-fr.yaml"
    name, version = workspace.schema.id.split("@")
    revise(workspace, 1, span("Rabat", "GPE"), schema=f"{name}@0.9.0")
    (folder / "migrations").mkdir(exist_ok=True)
    (folder / "migrations" / "up.yaml").write_text(
        f"schema: {name}\nfrom: 0.9.0\nto: {version}\nsteps:\n  - rename: GPE\n    to: LOC\n"
    )
    assert path.exists()
    with workspace.store.begin() as tx:
        tx.put_annotation(layer("proposal", span("Rabat", "GPE", by=MODEL)))
        reading = CurrentLabels(workspace.schema, Workspace(workspace.root).migrations, "0.9.0")
        (found,) = works(tx, reading)
    assert [s.label for s in (*found.proposal.spans, *found.made.spans)] == ["LOC", "LOC"]


# -- the command


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_the_command_tells_tables_and_json(workspace):
    revise(workspace, 1, *MADE)
    told = run("ledger", "-C", workspace.root, "--rules").stdout
    assert "1 document (1 work): 9 actions from blank, 9 from the pre-annotation; 0 saved" in told
    assert f"{RULES}/verbs" in told
    found = json.loads(run("ledger", "-C", workspace.root, "--json").stdout)
    assert found["total"]["outcome"] == {
        **{"accepted": 1, "relabelled": 1, "moved": 1, "replaced": 0, "rejected": 1, "missed": 1}
    }
    assert found["actions"]["mark"] == {"keys": 0, "clicks": 0, "drags": 1}


def test_an_empty_ledger_says_what_fills_it(workspace):
    told = run("ledger", "-C", workspace.root)
    assert (told.exit_code, told.stdout) == (
        0,
        "nothing was confirmed yet that had been pre-annotated, so there is nothing to tell\n",
    )
