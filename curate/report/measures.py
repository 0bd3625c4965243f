"""Sections about agreement, and about what pre-annotation saves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curate.agreement import Agreement, Disagreement, Pair, called, render_heat_map
from curate.html import charts, page
from curate.html.charts import Part
from curate.html.page import Column, Html
from curate.ledger import Ledger, Row
from curate.report import words
from curate.report.facts import EmptySection, ReportFacts

_SHOWN = 10
_PARTS: tuple[tuple[Part, str], ...] = (
    ("solid", "accepted"),
    ("hatched", "edited"),
    ("hollow", "rejected"),
    ("dotted", "missed"),
)


def agreement(found: ReportFacts) -> Html:
    """How far annotators agree."""
    told = found.agreement
    if isinstance(told, EmptySection):
        return words.absent(told)
    count = words.counted(told.documents, "document")
    left = words.counted(len(told.left_out), "remark")
    why = words.commands(f"{left} on what does not count: `curate agreement`.")
    return page.joined(
        (
            page.paragraph(f"{count} that two or more annotated.", _mean(told)),
            _pairs(told.pairs),
            _coefficients(told),
            _heat(told),
            _disagreements(told.disagreements),
            _drift(told),
            page.paragraph(why, class_="soft") if told.left_out else "",
        )
    )


def savings(found: ReportFacts) -> Html:
    """What pre-annotation saves."""
    ledger = found.ledger
    left = words.counted(len(ledger.left_out), "work")
    notes = words.commands(f"{left} left out: `curate ledger` says why.")
    tables: tuple[object, ...] = ()
    if ledger.works:
        labels = _by_saved(ledger.labels)
        tables = (
            page.paragraph(_saved(ledger)),
            _hands(ledger.total),
            charts.keys(_PARTS),
            _outcomes("By label", "Label", {**labels, "all": ledger.total}, "total"),
            _outcomes("By model and rules file", "Model, rules file", _by_saved(ledger.layers)),
            _rules(ledger.rules),
            _outcomes("By person", "Person", ledger.people) if len(ledger.people) > 1 else "",
        )
    last = page.paragraph(notes, class_="soft") if ledger.left_out else ""
    return page.joined((*tables, _control(ledger), last))


def _mean(found: Agreement) -> str:
    strict = found.across["strict"]
    spread = "" if strict.deviation is None else f" ± {strict.deviation:.3f}"
    over = words.counted(strict.pairs, "pair")
    return f"Mean strict F1 over {over}: {words.decimal(strict.mean)}{spread}."


def _pairs(pairs: Iterable[Pair]) -> Html:
    columns = [Column("Annotators"), page.chart("Strict F1, 0 to 1")]
    columns += page.numbers("Strict F1", "95%", "Overlap F1", "Cohen", "Documents")
    rows = []
    for pair in pairs:
        micro = pair.strict.micro
        rows.append(
            (
                f"{pair.first}, {pair.second}",
                charts.interval(micro.f1, micro.low, micro.high),
                words.decimal(micro.f1),
                words.between(micro.low, micro.high),
                words.decimal(pair.overlap.micro.f1),
                words.decimal(pair.cohen.value),
                words.number(pair.documents),
            )
        )
    return page.table(
        "Every two annotators, with bootstrap intervals over documents", columns, rows
    )


def _coefficients(found: Agreement) -> Html:
    columns = [Column("Coefficient"), page.chart("0 to 1"), *page.numbers("Value", "95%")]
    rows = []
    for name, value in found.coefficients.items():
        drawn = charts.interval(value.value, value.low, value.high)
        told = words.decimal(value.value) if value.value is not None else f"– ({value.reason})"
        rows.append((called(name), drawn, told, words.between(value.low, value.high)))
    return page.table("All annotators together", columns, rows)


def _heat(found: Agreement) -> Html | str:
    if len(found.pairs) < 2:
        return ""  # one cell, which the table above has
    drawn = page.tag("div", Html(render_heat_map(found.heat)), class_="wide heat", tabindex="0",
                     role="group", aria_label="Heat map of annotators")  # fmt: skip
    caption = page.tag("figcaption", "Strict F1 of every two annotators; darker is higher.")
    return page.tag("figure", page.joined((drawn, caption)))


def _drift(found: Agreement) -> Html | str:
    rows = [(each.annotator, words.valued(each.slope)) for each in found.drift]
    told = "Change of each annotator's F1 a week, against the others"
    return page.table(told, [Column("Annotator"), Column("F1 a week")], rows) if rows else ""


def _disagreements(found: tuple[Disagreement, ...]) -> Html | str:
    if not found:
        return ""
    shown, more = words.first(found, _SHOWN, "curate agreement --json")
    columns = [*map(Column, ("Kind", "One", "The other")), *page.numbers("Times")]
    rows = [
        (each.kind, _side(each.first, each.first_label), _side(each.second, each.second_label),
         words.number(each.count))
        for each in shown
    ]  # fmt: skip
    return page.joined((page.table("The commonest disagreements", columns, rows), more))


def _side(text: str, label: str) -> str:
    return f"« {' '.join(text.split())} » {label}" if label else "not marked"


def _saved(ledger: Ledger) -> str:
    total = ledger.total
    minutes = (total.blank.seconds - total.corrected.seconds) / 60
    return (
        f"{words.counted(ledger.documents, 'document')} ({words.counted(ledger.works, 'work')}) "
        f"took {total.corrected.actions:,} actions of the hand from the pre-annotation, and would "
        f"have taken {total.blank.actions:,} from blank: {total.saved:,} saved "
        f"({total.saved / total.blank.actions:.0%}), about {minutes:,.0f} minutes of the hand. "
        "Reading is not in it."
    )


def _hands(total: Row) -> Html:
    columns = [Column("From"), page.chart("Actions")]
    columns += page.numbers("Keys", "Clicks", "Drags", "All")
    highest = max(total.blank.actions, total.corrected.actions, 1)
    rows = [
        (name, charts.bar(cost.actions / highest), *map(words.number, (cost.keys, cost.clicks,
         cost.drags, cost.actions)))
        for name, cost in (("blank", total.blank), ("the pre-annotation", total.corrected))
    ]  # fmt: skip
    return page.table("Actions of the hand on Doccano's page", columns, rows)


def _outcomes(caption: str, what: str, rows: Mapping[str, Row], last: str = "") -> Html | str:
    if not rows:
        return ""
    columns = [Column(what), page.chart("What became of it")]
    columns += page.numbers("Accepted", "Edited", "Rejected", "Missed")
    columns += page.numbers("Precision", "Recall", "Saved")
    return page.table(caption, columns, [_outcome(n, row) for n, row in rows.items()], last)


def _outcome(name: str, row: Row) -> tuple[object, ...]:
    found = row.outcome
    missed = None if row.people is None else found.missed  # a single rule is not asked for all
    counts = (found.accepted, found.edited, found.rejected, missed)
    whole = sum(filter(None, counts)) or 1
    drawn = [(kind, (many or 0) / whole) for (kind, _), many in zip(_PARTS, counts, strict=True)]
    return (
        name,
        charts.stack(drawn),
        *map(words.number, counts),
        words.decimal(row.precision),
        words.decimal(row.recall),
        words.signed(row.saved),
    )


def _by_saved(rows: Mapping[str, Row]) -> dict[str, Row]:
    return dict(sorted(rows.items(), key=lambda pair: (-pair[1].saved, pair[0])))


def _rules(rules: Mapping[str, Row]) -> Html | str:
    """The rules that save most, and all that cost more than they give."""
    ranked = _by_saved(rules)
    best = dict(list(ranked.items())[:_SHOWN])
    worst = {n: row for n, row in ranked.items() if row.saved < 0 and n not in best}
    told = _outcomes("Rules that save most", "Rule", best)
    costly = _outcomes("Rules that cost more than they give", "Rule", worst)
    rest = words.rest(len(rules) - len(best) - len(worst), "curate ledger --rules")
    return page.joined((told, costly, rest))


def _control(ledger: Ledger) -> Html | str:
    row = ledger.control
    if row is None:
        return ""
    told = (
        f"{words.counted(ledger.control_documents, 'document')} sent without pre-annotation are "
        f"counted apart: its precision would have been {words.decimal(row.precision)}, its recall "
        f"{words.decimal(row.recall)}."
    )
    return page.paragraph(told)
