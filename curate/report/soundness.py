"""Sections about whether the gold can be believed: the checks and the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from curate.gate.conditions import Verdict
from curate.html import page
from curate.html.page import Column, Html
from curate.model import Problem
from curate.quality.report import Outcome
from curate.report import words
from curate.report.facts import ReportFacts

_SHOWN = 20
_OF_EACH = 5
_SIGNS = {"passed": "✓", "failed": "✗", "waived": "!", "not asked": words.NONE}
_KINDS = {"passed": "good", "failed": "bad", "waived": "warn", "not asked": "soft"}
_LEVELS = {"error": "bad", "warning": "warn", "info": "soft"}


def checks(found: ReportFacts) -> Html:
    """What the checks found."""
    report = found.checks
    told = (
        f"{words.counted(len(report.made), 'check')} on {report.looked_at}: "
        f"{words.counted(report.errors, 'error')}, {words.counted(report.warnings, 'warning')}, "
        f"{words.counted(report.infos, 'note')}, {len(report.waived):,} waived."
    )
    rows = [_check(each) for each in report.checks if each.findings or each.waived or each.reason]
    columns = [Column("Check"), Column("Level"), *page.numbers("Found", "Waived")]
    columns += [Column("Why it matters")]
    by_check = page.table("Checks that found something, or are set otherwise here", columns, rows)
    skipped = [f"{each.code} ({each.skipped})" for each in report.checks if each.skipped]
    not_made = f"Not made: {words.listed(skipped)}." if skipped else ""
    return page.joined(
        (
            page.paragraph(told),
            by_check if rows else "",
            problems("Findings", report.problems, "curate validate", report.links),
            _waived(found),
            page.paragraph(not_made, class_="soft") if not_made else "",
        )
    )


def audit(found: ReportFacts) -> Html:
    """What the last audit left open."""
    made = found.audit
    assert made is not None  # or the section is told as empty
    looked = words.counted(made.documents, "document")
    newer = words.counted(made.newer, "document")
    told = (
        f"Of {words.minute(made.at)}, on {looked}: {words.counted(made.suspects, 'likely error')}, "
        f"{made.open:,} of them in gold that nobody changed since. {newer} with gold that it did "
        "not see."
    )
    rows = [
        (words.code(each.document), each.kind, each.gold or "nothing", each.suggestion or "nothing",
         words.decimal(each.score), each.why)
        for each in made.doubts
    ]  # fmt: skip
    columns = [*map(Column, ("Document", "Kind", "Gold", "Rather")), *page.numbers("Score")]
    shown = page.table("The likeliest of them", [*columns, Column("Why")], rows) if rows else ""
    more = words.rest(made.open - len(rows), "curate audit")
    return page.joined((page.paragraph(told), shown, more))


def gate(found: ReportFacts) -> Html:
    """What stands in the way of a release."""
    columns = [Column("Gate"), Column("State"), Column("What was found"), Column("What to do")]
    rows = [_verdict(each) for each in found.gate.verdicts]
    told = page.table("What a release has to pass", columns, rows)
    spare = words.listed(found.gate.spare)
    unused = f"No gate needs the waiver of {spare}." if spare else ""
    return page.joined((told, page.paragraph(unused) if unused else ""))


def problems(
    title: str, found: Sequence[Problem], command: str, links: Mapping[str, str] | None = None
) -> Html | str:
    """Findings in a table; nothing where there are none.

    Args:
        title: heading of the table.
        command: what lists them all.
        links: addresses of documents.
    """
    if not found:
        return ""
    order = {"error": 0, "warning": 1, "info": 2}
    some: dict[str, list[Problem]] = {}
    for each in sorted(found, key=lambda each: order[each.severity]):
        some.setdefault(each.code, []).append(each)
    shown = [each for same in some.values() for each in same[:_OF_EACH]]
    columns = [Column(name) for name in ("Check", "Level", "Where", "What", "What to do")]
    rows = [_problem(each, links or {}) for each in shown]
    head = page.tag("h3", f"{title}: {len(found):,}")
    caption = f"{title}, the gravest first, {_OF_EACH} of a kind"
    more = words.rest(len(found) - len(shown), command)
    return page.joined((head, page.table(caption, columns, rows), more))


def _check(check: Outcome) -> tuple[object, ...]:
    set_here = f" (Set here: {check.reason})" if check.reason else ""
    return (
        words.code(check.code),
        _level("off" if check.skipped else check.severity),
        words.number(check.findings),
        words.number(check.waived),
        f"{check.why}{set_here}",
    )


def _problem(problem: Problem, links: Mapping[str, str]) -> tuple[object, ...]:
    where: object = words.code(problem.document) if problem.document else problem.where
    if problem.document in links:
        where = page.link(links[problem.document], where)
    if problem.span:
        start, end, label = problem.span
        where = page.joined((where, f"{start}–{end} {label}"), " ")
    code = words.code(problem.code)
    cure = words.commands(problem.cure)
    return code, _level(problem.severity), where or words.NONE, problem.message, cure


def _waived(found: ReportFacts) -> Html | str:
    if not found.checks.waived:
        return ""
    rows = [
        (words.code(each.problem.code), each.problem.document or words.NONE,
         each.problem.message, each.reason)
        for each in found.checks.waived
    ]  # fmt: skip
    shown, more = words.first(rows, _SHOWN, "curate validate")
    columns = [Column(name) for name in ("Check", "Document", "What", "Why it stands")]
    head = page.tag("h3", f"Waived: {len(rows):,}")
    return page.joined((head, page.table("Findings that stand", columns, shown), more))


def _verdict(verdict: Verdict) -> tuple[object, ...]:
    told = f"{_SIGNS[verdict.state]} {verdict.state}"
    state = page.tag("span", told, class_=_KINDS[verdict.state])
    reason = (f"Waived: {verdict.reason}",) if verdict.reason else ()
    what = _lines((verdict.found, *verdict.notes))
    return verdict.gate, state, what, _lines((verdict.cure, *reason)) or words.NONE


def _lines(parts: Iterable[str]) -> Html:
    return page.joined((words.commands(part) for part in parts if part), "<br>")


def _level(severity: str) -> Html:
    return page.tag("span", severity, class_=_LEVELS.get(severity, "soft"))
