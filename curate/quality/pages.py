"""The front page of the Data Docs: the checks and their findings, in the frame of all our pages.

The other pages are Great Expectations' own; ``gx.write_docs`` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from curate.html import page
from curate.html.page import Column, Html
from curate.model import Problem
from curate.quality.report import Report


def write_front_page(folder: Path, report: Report) -> Path:
    """Write the front page of the Data Docs in ``folder``, with links to their other pages."""
    results = sorted((folder / "validations").rglob("*.html"))
    suites = sorted((folder / "expectations").rglob("*.html"))
    links = [_link(folder, each, "results") for each in results]
    links += [_link(folder, each, "checks") for each in suites]
    index = folder / "index.html"
    index.write_text(_front(report, links), encoding="utf-8")
    return index


def _link(folder: Path, target: Path, what: str) -> Html:
    name = target.stem.split("-")[-1]
    return page.link(target.relative_to(folder).as_posix(), f"{what} of {name}")


def _front(report: Report, links: Iterable[Html]) -> str:
    verdict = "passed" if report.passed else "failed"
    told = (
        f"{report.looked_at}; {report.errors:,} errors, {report.warnings:,} warnings, "
        f"{report.infos:,} infos, {len(report.waived):,} waived."
    )
    findings = [(*_row(report, each), each.cure) for each in report.problems]
    waived = [(*_row(report, each.problem), each.reason) for each in report.waived]
    spare = page.tag("ul", page.joined(page.tag("li", each) for each in report.spare))
    parts = (
        page.section("checks", "Checks", _checks(report)),
        page.section("findings", "Findings", _problems("Findings", "cure", findings)),
        page.section("waived", "Waived", _problems("Findings that stand", "why", waived)),
        page.section("spare", "Waivers that nothing needs", spare) if report.spare else "",
        page.section("pages", "Pages of Great Expectations", page.joined(links, " · ")),
    )
    title = "Checks of annotated documents"
    head = (page.tag("h1", f"{title}: {verdict}"), page.paragraph(told, class_="soft"))
    return page.document(title, page.joined(parts), head=page.joined(head))


def _checks(report: Report) -> Html:
    rows = []
    for check in report.checks:
        found = page.tag("strong", f"{check.findings:,}") if check.findings else "none"
        if check.skipped:
            found = f"not made: {check.skipped}"
        elif check.waived:
            found = page.joined((found, f"{check.waived:,} waived"), ", ")
        why = f"{check.why} (Set here: {check.reason})" if check.reason else check.why
        rows.append((page.tag("code", check.code), check.severity, found, why))
    columns = [Column(name) for name in ("check", "level", "findings", "why")]
    return page.table("What was checked", columns, rows)


def _problems(caption: str, last: str, rows: Sequence[Sequence[object]]) -> Html:
    if not rows:
        return page.paragraph("None.")
    columns = ("check", "level", "document", "place", "what", last)
    return page.table(caption, [Column(name) for name in columns], rows)


def _row(report: Report, problem: Problem) -> tuple[object, ...]:
    document: object = problem.document or problem.where
    if problem.document in report.links:
        document = page.link(report.links[problem.document], problem.document)
    span = problem.span
    place = f"{span[0]}–{span[1]} {span[2]}" if span else ""
    code = page.tag("code", problem.code)
    return code, problem.severity, document, place, problem.message
