"""``curate ledger``: what people made of the pre-annotation, and what it saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import Language
from curate.cli.output import counted, emit, grid, number, problems, say, tabular
from curate.cli.preannotate import render_dropped

if TYPE_CHECKING:
    from curate.ledger import Ledger, LedgerRow
    from curate.preannotate.own_votes import CorpusVotes

_KINDS = ("accepted", "relabelled", "moved", "replaced", "rejected", "missed")
_LISTED = 10


@app.command()
def ledger(
    rules: Annotated[bool, typer.Option("--rules", help="Also list each single rule.")] = False,
    language: Language = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Compare the pre-annotation with what people made of it, and count the actions it saved.

    Example: curate ledger --rules
    """
    from curate.ledger.works import ledger

    emit(ledger(workspace(root), language), json, lambda result: _render(result, rules))


def _render(ledger: Ledger, rules: bool) -> None:
    problems(ledger.left_out[:_LISTED])
    if len(ledger.left_out) > _LISTED:
        say(f"… and {len(ledger.left_out) - _LISTED:,} more left out; --json lists them all")
    if ledger.works:
        _render_table("label", {**ledger.labels, "all": ledger.total})
        _render_table("model, rules file", ledger.layers)
        if rules:
            _render_table("rule", ledger.rules)
        _render_contributions(ledger)
        if len(ledger.people) > 1:
            _render_table("person", ledger.people)
        for language, votes in ledger.votes.items():
            _render_votes(language, votes, rules)
        render_dropped(ledger.dropped)
        _render_savings(ledger)
    else:
        say("no pre-annotated document has been confirmed yet")
    if ledger.control is not None:
        documents = counted(ledger.control_documents, "document")
        precision, recall = number(ledger.control.precision), number(ledger.control.recall)
        say(
            f"control: {documents} sent without the pre-annotation, which would have had "
            f"precision {precision} and recall {recall}"
        )


def _render_table(title: str, rows: Mapping[str, LedgerRow]) -> None:
    table = grid(title, "proposed", *_KINDS, "precision", "recall", "saved")
    for name, row in rows.items():
        counts = [f"{getattr(row.outcome, kind):,}" for kind in ("proposed", *_KINDS)]
        if row.people is None:
            counts[-1] = "–"  # a single rule is not expected to find all spans of a label
        shares = (number(row.precision), number(row.recall))
        table.add_row(escape(name), *counts, *shares, f"{row.saved:,}")
    tabular(table)


def _render_contributions(ledger: Ledger) -> None:
    """What each proposer found by its own layer, and those that people would be better without."""
    names = ("spans", "right", "right alone", "wrong alone", "precision", "recall")
    table = grid("what each found", *names)
    for layer, row in ledger.contributions.items():
        counts = (row.spans, row.right, row.alone_right, row.alone_wrong)
        shares = (number(row.precision), number(row.recall))
        table.add_row(escape(layer), *(f"{count:,}" for count in counts), *shares)
    tabular(table)
    for layer, row in ledger.contributions.items():
        if row.harms:
            say(
                f"{escape(layer)} is better switched off: of what no other proposer has, people "
                f"kept {row.alone_right:,} spans and deleted or changed {row.alone_wrong:,}"
                f'; write off = ["{escape(layer)}"] under \\[preannotate]'
            )


def _render_votes(language: str, votes: CorpusVotes, facts: bool) -> None:
    own = votes.adaptation
    name = f"votes ({language})" if language else "votes"
    gold = f"{counted(own.documents, 'document')} with gold ({votes.gold[:8]})"
    if own.own_f1 is None:
        say(f"{name}: {escape(votes.shared)}; {gold} are too few for weights of their own")
    else:
        kept = "followed" if own.used else "not followed, since no gain beyond chance"
        say(
            f"{name}: {escape(votes.shared)}; {gold} {kept}: F1 {number(own.shared_f1)} with the "
            f"shared weights, {number(own.own_f1)} with weights from the other documents"
        )
    if facts:
        table = grid("who says it", "candidates", "accepted", "share", "weight here")
        weights = votes.votes.weights if votes.votes else {}
        for fact, (candidates, accepted) in votes.facts.items():
            if " agrees on " in fact:
                weight = f"{weights[fact]:+.2f}" if fact in weights else "–"
                share = number(accepted / candidates)
                table.add_row(escape(fact), f"{candidates:,}", f"{accepted:,}", share, weight)
        tabular(table)


def _render_savings(ledger: Ledger) -> None:
    total = ledger.total
    documents = counted(ledger.documents, "document")
    confirmations = counted(ledger.works, "confirmation")
    share = total.saved / total.blank.actions
    say(
        f"{documents} ({confirmations}): {total.blank.actions:,} actions without pre-annotation, "
        f"{total.corrected.actions:,} with it; {total.saved:,} saved ({share:.0%})"
    )
    minutes = (total.blank.seconds - total.corrected.seconds) / 60
    say(f"about {minutes:,.0f} minutes of mouse and keyboard work, not counting reading")
