"""The plan of a sync, computed from the local sides and what the server holds."""

from __future__ import annotations

from curate.model import Annotation, Example, Span
from curate.store.records import LocalState
from curate.sync.plan import plan, state_of

BASE = Annotation(document="d", layer="remote", spans=(Span(0, 5, "PER"),))


CHANGED = Annotation(document="d", layer="remote", spans=(Span(0, 5, "LOC"),))


def example(annotation=BASE, confirmed=False, number=7, document="d", text_id="d") -> Example:
    return Example(
        example=number,
        document=document,
        text_id=text_id,
        annotation=annotation,
        confirmed=confirmed,
    )


def side(**values) -> LocalState:
    return LocalState(
        document="d", **{"proposal": BASE.content, "example": 7, "base": BASE.content, **values}
    )


def test_a_new_document_is_pushed_once_it_has_a_proposal_or_gold():
    fresh = LocalState(document="a", proposal=BASE.content)
    bare = LocalState(document="b")
    gold = LocalState(document="c", gold=BASE.content)
    found = plan({"a": fresh, "b": bare, "c": gold}, [])
    assert found.push == ("a", "c")
    assert found.states == {"local": 3}


def test_states():
    assert state_of(LocalState(document="d", proposal=BASE.content), None) == "local"
    assert state_of(side(), None) == "gone"
    assert state_of(side(), example()) == "pushed"
    assert state_of(side(), example(CHANGED)) == "annotating"
    assert state_of(side(), example(confirmed=True)) == "confirmed"
    assert state_of(side(gold=BASE.content), example(confirmed=True)) == "gold"
    assert state_of(side(gold=BASE.content), example(CHANGED, confirmed=True)) == "confirmed"
    assert state_of(side(gold=BASE.content, conflict=True), example(confirmed=True)) == "conflict"


def test_only_confirmed_documents_are_pulled():
    assert plan({"d": side()}, [example(CHANGED)]).pull == ()
    assert [p.document for p in plan({"d": side()}, [example(CHANGED, True)]).pull] == ["d"]
    assert [p.document for p in plan({"d": side()}, [example(CHANGED)], True).pull] == ["d"]


def test_an_unchanged_preannotation_is_never_pulled():
    assert plan({"d": side()}, [example()], include_unconfirmed=True).pull == ()


def test_a_confirmed_document_that_did_not_change_is_not_pulled_again():
    assert plan({"d": side(gold=BASE.content)}, [example(confirmed=True)]).pull == ()


def test_a_document_deleted_on_the_server_is_reported_and_not_pushed_again():
    found = plan({"d": side(gold=BASE.content)}, [])
    assert found.push == ()
    assert [problem.code for problem in found.problems] == ["remote.gone"]


def test_examples_of_others_are_reported_and_left_alone():
    found = plan(
        {"d": side()},
        [
            example(CHANGED, True),
            example(CHANGED, True, number=8),
            example(number=9, document=""),
            example(number=10, document="x", text_id="x"),
        ],
    )
    codes = [problem.code for problem in found.problems]
    assert sorted(codes) == ["remote.foreign", "remote.unknown"]
    assert [pull.example for pull in found.pull] == [7]
    assert [(one.document, one.examples) for one in found.copies] == [("d", (7, 8))]


def test_gold_that_changed_is_updated_on_the_server():
    ahead = side(gold=CHANGED.content)
    assert state_of(ahead, example(confirmed=True)) == "ahead"
    assert [one.document for one in plan({"d": ahead}, [example(confirmed=True)]).update] == ["d"]


def test_gold_in_conflict_is_not_updated():
    found = plan({"d": side(gold=CHANGED.content, conflict=True)}, [example(confirmed=True)])
    assert found.update == ()
    assert found.states == {"conflict": 1}


def test_gold_that_changed_while_people_work_waits_for_them():
    ahead = side(gold=CHANGED.content)
    other = Annotation(document="d", layer="remote")
    found = plan({"d": ahead}, [example(other)])
    assert (found.update, found.pull) == ((), ())
    assert [pull.document for pull in plan({"d": ahead}, [example(other, True)]).pull] == ["d"]


def test_an_interrupted_update_is_resumed():
    begun = side(gold=CHANGED.content, updating=True)
    found = plan({"d": begun}, [example(Annotation(document="d", layer="remote"), True)])
    assert [one.begun for one in found.update] == [True]
    assert found.pull == ()


def test_an_example_with_a_duplicate_span_is_listed():
    twice = Example(
        example=7, document="d", text_id="d", annotation=BASE, confirmed=False, doubled=True
    )
    assert plan({"d": side()}, [twice]).doubled == (7,)


def test_a_document_whose_text_was_changed_is_not_pulled():
    found = plan({"d": side()}, [example(CHANGED, True, text_id="other")])
    assert found.pull == ()
    assert [problem.code for problem in found.problems] == ["remote.text"]
    assert (found.altered[0].document, found.states) == ("d", {"conflict": 1})
    assert found.push == found.gone == ()


def test_a_document_whose_push_was_not_confirmed_is_read_back_and_not_pushed_again():
    found = plan({"d": side(example=None)}, [example()])
    assert found.push == ()
    assert [one.example for one in found.arrived] == [7]


def test_a_newer_proposal_is_pushed_to_documents_that_nobody_changed():
    newer = side(proposal=CHANGED.content)
    assert [u.document for u in plan({"d": newer}, [example()]).update] == ["d"]
    touched = Annotation(document="d", layer="remote", spans=(Span(1, 5, "PER"),))
    assert plan({"d": newer}, [example(touched)]).update == ()
    assert plan({"d": newer}, [example(confirmed=True)]).update == ()
    gold = side(proposal=CHANGED.content, gold=BASE.content)
    assert plan({"d": gold}, [example()]).update == ()
    assert plan({"d": side()}, [example()]).update == ()


def test_a_withdrawn_document_is_deleted_unless_somebody_changed_it():
    withdrawn = side(withdrawn=True)
    found = plan({"d": withdrawn}, [example()])
    assert ([u.example for u in found.withdraw], found.states) == ([7], {"withdrawn": 1})
    found = plan({"d": withdrawn}, [example(CHANGED)])
    assert (found.withdraw, [p.code for p in found.problems]) == ((), ["remote.withdrawn"])
    absent = plan({"d": side(withdrawn=True, example=None)}, [])
    assert (absent.push, absent.problems) == ((), ())


def test_a_missing_document_waits_for_a_decision():
    found = plan({"d": side(gold=BASE.content)}, [])
    assert (found.gone, found.push) == (("d",), ())
    assert found.waiting == {"gone": ("d",)}


def test_idle_documents_are_counted_and_not_listed():
    found = plan({"d": side(), "e": LocalState(document="e", proposal="x")}, [example()])
    assert found.waiting == {"local": ("e",)}
    assert found.states == {"local": 1, "pushed": 1}


def test_a_plan_keeps_a_document_whole_only_where_it_differs():
    fresh = side(example=None)
    (same,) = plan({"d": fresh}, [example()]).arrived
    assert (same.content, same.annotation) == (BASE.content, None)
    (other,) = plan({"d": fresh}, [example(CHANGED)]).arrived
    assert (other.content, other.annotation) == (CHANGED.content, CHANGED)


def test_a_plan_says_whether_a_document_to_take_was_changed():
    (agreed,) = plan({"d": side()}, [example(confirmed=True)]).pull
    (edited,) = plan({"d": side()}, [example(CHANGED, confirmed=True)]).pull
    (unknown,) = plan({"d": side(base="")}, [example(confirmed=True)]).pull
    assert (agreed.changed, edited.changed, unknown.changed) == (False, True, True)
