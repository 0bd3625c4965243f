"""The command that tells what pre-annotation saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, problems, say, tabular

if TYPE_CHECKING:
    from curate.ledger import Ledger, LedgerRow

_KINDS = ("accepted", "relabelled", "moved", "replaced", "rejected", "missed")
_SHOWN = 10


@app.command()
def ledger(
    rules: Annotated[bool, typer.Option("--rules", help="Also each rule by itself.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """What people made of the pre-annotation, per label, model and rule, and the actions it saved.

    Example: curate ledger --rules
    """

    from curate.ledger.works import ledger

    emit(ledger(workspace(root)), json, lambda found: told(found, rules))


def told(found: Ledger, rules: bool) -> None:
    """``curate ledger``."""
    problems(found.left_out[:_SHOWN])
    if len(found.left_out) > _SHOWN:
        say(f"… and {len(found.left_out) - _SHOWN:,} more left out; --json names them all")
    if not found.works:
        say("nothing was confirmed yet that had been pre-annotated, so there is nothing to tell")
    else:
        _tables(found, rules)
        _sum(found)
    if found.control is not None:
        _control(found.control, found.control_documents)


def _tables(found: Ledger, rules: bool) -> None:
    _table("label", {**found.labels, "all": found.total})
    _table("model, rules file", found.layers)
    if rules:
        _table("rule", found.rules)
    if len(found.people) > 1:
        _table("person", found.people)


def _table(what: str, rows: Mapping[str, LedgerRow]) -> None:
    table = Table(what, box=None, pad_edge=False)
    for name in ("proposed", *_KINDS, "precision", "recall", "saved"):
        table.add_column(name, justify="right")
    for name, row in rows.items():
        counts = [f"{getattr(row.outcome, kind):,}" for kind in ("proposed", *_KINDS)]
        if row.people is None:
            counts[-1] = "–"  # a single rule is not asked for all spans of a label
        shares = (_share(row.precision), _share(row.recall))
        table.add_row(escape(name), *counts, *shares, f"{row.saved:,}")
    tabular(table)


def _sum(found: Ledger) -> None:
    blank, corrected = found.total.blank, found.total.corrected
    works = counted(found.works, "work")
    where = f"{counted(found.documents, 'document')} ({works})"
    share = found.total.saved / blank.actions
    say(
        f"{where}: {blank.actions:,} actions from blank, {corrected.actions:,} from the "
        f"pre-annotation; {found.total.saved:,} saved ({share:.0%})"
    )
    minutes = (blank.seconds - corrected.seconds) / 60
    say(f"that is about {minutes:,.0f} minutes of the hand; reading is not in it")


def _control(row: LedgerRow, documents: int) -> None:
    say(
        f"apart: {counted(documents, 'document')} sent without pre-annotation, whose precision "
        f"would have been {_share(row.precision)}, its recall {_share(row.recall)}"
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
