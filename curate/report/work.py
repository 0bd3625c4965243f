"""Sections about the people's work: who did how much, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterator

from curate.annotations.merge import Conflict
from curate.html import charts, page
from curate.html.page import Column, Html
from curate.model import Category, Document, Relation, Span, in_words
from curate.report import words
from curate.report.facts import ReportFacts
from curate.report.progress import WorkProgress

_WEEKS = 12
_SHOWN = 20


def progress(found: ReportFacts) -> Html:
    """What each person confirmed, by week."""
    done, status = found.progress, found.status
    told = f"Documents with gold: {status.gold:,} of {status.documents:,}."
    undated = f"{words.counted(done.undated, 'act')} without a time." if done.undated else ""
    share = page.tag("div", charts.bar(status.gold / max(status.documents, 1)), class_="meter")
    return page.joined((page.paragraph(told, undated), share, _people(done), _weeks(done)))


def conflicts(found: ReportFacts) -> Html:
    """What is not decided yet."""
    rows = [row for each in found.conflicts for row in _conflicts(each.document, each.conflicts)]
    shown, more = words.first(rows, _SHOWN, "curate conflicts")
    columns = [Column(name) for name in ("Document", "Kind", "Gold", "Doccano")]
    told = page.table("Places that both sides changed and nobody decided", columns, shown)
    cure = page.paragraph("Settle them with", words.code("curate resolve"))
    return page.joined((told, more, cure))


def _people(done: WorkProgress) -> Html:
    highest = max((max(each.weeks) for each in done.people.values() if each.weeks), default=0)
    first, last = (done.weeks[0], done.weeks[-1]) if done.weeks else ("", "")
    columns = [
        Column("Person"),
        page.chart(f"By week, {first} to {last}"),
        *page.numbers("Confirmed", "Revisions"),
        Column("Last active"),
    ]
    rows: list[tuple[object, ...]] = [
        (
            name,
            charts.columns(each.weeks, highest) if each.confirmed else "",
            words.number(each.confirmed),
            words.number(each.revisions),
            each.last or words.NONE,
        )
        for name, each in done.people.items()
    ]
    return page.table(
        "Documents that each person confirmed, and revisions of the gold", columns, rows
    )


def _weeks(done: WorkProgress) -> Html | str:
    """The last weeks in numbers, the newest first."""
    annotators = [name for name, each in done.people.items() if each.confirmed]
    columns = [Column("Week from"), *page.numbers(*annotators, "New documents", "Revisions")]
    order = range(len(done.weeks) - 1, -1, -1)
    rows = [
        (
            done.weeks[at],
            *(words.number(done.people[name].weeks[at]) for name in annotators),
            words.number(done.per_week[at]),
            words.number(done.revisions[at]),
        )
        for at in order
    ]
    if not rows:
        return ""
    shown, older = rows[:_WEEKS], rows[_WEEKS:]
    told = page.table("Documents confirmed in each week", columns, shown)
    if not older:
        return told
    rest = page.table("Documents confirmed in earlier weeks", columns, older)
    summary = page.tag("summary", f"{len(older):,} earlier weeks")
    return page.joined((told, page.tag("details", page.joined((summary, rest)))))


def _conflicts(document: Document, found: tuple[Conflict, ...]) -> Iterator[tuple[object, ...]]:
    name = page.joined((words.code(document.id), document.title), " ")
    for conflict in found:
        if conflict.whole:
            yield name, conflict.kind, words.NONE, f"seen {words.day(conflict.theirs_at)}"
        else:
            ours = _version(document.text, conflict.version("ours"), conflict.ours_by)
            theirs = _version(document.text, conflict.version("theirs"), conflict.theirs_by)
            yield name, conflict.kind, ours, theirs


def _version(text: str, items: tuple[Span | Relation | Category, ...], by: str) -> str:
    told = ", ".join(in_words(item, text) for item in items) or "nothing"
    return f"{told} ({by})" if by else told
