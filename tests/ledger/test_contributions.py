"""What each proposer contributes, and which one people would be better without."""

from __future__ import annotations

from support.ledger_works import MODEL, RULES, layer, span, work

from curate.ledger import compile_ledger
from curate.ledger.contributions import LEAST, Contribution, Contributions
from curate.model import Annotation, Span

MARIE, RABAT = span("Marie Dupont", "PER"), span("Rabat", "LOC")
VERB, ALI = span("arrive", "PER"), span("Ali", "PER")


def rows(*layers: Annotation, shown: list[Span], result: list[Span]) -> dict[str, Contribution]:
    return compile_ledger([work(shown, result, layers)]).contributions


def test_what_one_proposer_alone_has_is_its_contribution() -> None:
    found = rows(
        layer(MODEL, MARIE, VERB),
        layer(RULES, MARIE, RABAT),
        shown=[MARIE, VERB, RABAT],
        result=[MARIE, RABAT, ALI],
    )
    model, rules = found[MODEL], found[RULES]
    assert (model.spans, model.right, model.alone_right, model.alone_wrong) == (2, 1, 0, 1)
    assert (model.precision, model.recall, model.gold) == (0.5, 0.5, 2)
    assert (rules.spans, rules.right, rules.alone_right, rules.alone_wrong) == (2, 2, 1, 0)
    assert (rules.precision, rules.recall) == (1.0, 2 / 3)


def test_what_was_not_shown_made_nobody_work() -> None:
    (row,) = rows(layer(MODEL, VERB, ALI), shown=[], result=[ALI]).values()
    assert (row.alone_wrong, row.alone_right, row.precision) == (0, 1, 0.5)


def test_versions_of_one_proposer_are_one() -> None:
    found = rows(layer("model:m@1", VERB), layer("model:m@2", VERB), shown=[VERB], result=[])
    assert [row.alone_wrong for row in found.values()] == [1, 1]
    assert [row.recall for row in found.values()] == [None, None]


def test_a_proposer_that_found_nothing_has_no_row() -> None:
    assert rows(layer(MODEL), layer(RULES, RABAT), shown=[], result=[]).keys() == {RULES}


def test_one_that_brings_more_wrong_than_right_alone_harms() -> None:
    for wrong, right, harms in ((LEAST, LEAST - 1, True), (LEAST, LEAST, False), (4, 0, False)):
        sums = Contributions()
        for number in range(max(wrong, right)):
            shown = [VERB] * (number < wrong)
            result = [ALI] * (number < right)
            sums.add([layer(MODEL, *shown, *result)], shown, layer("gold", *result))
        (row,) = sums.rows().values()
        assert (row.alone_wrong, row.alone_right, row.harms) == (wrong, right, harms)
