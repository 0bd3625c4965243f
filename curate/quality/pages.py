"""Data Docs that can be read without a network: a front page of our own, and no foreign addresses.

Great Expectations' pages load style sheets and scripts from several hosts, and its front page is
empty without them. Here those are taken out, a small style sheet is put in their place, and the
front page has the frame of all pages, with the checks and their findings in tables.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from curate.html import page
from curate.html.page import Column, Html
from curate.model import Problem
from curate.quality.report import Report

_FOREIGN = re.compile(
    r"<script[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>"
    r"|<link\b[^>]*\bhref=[\"']https?://[^>]*>"
    r"|<img\b[^>]*\bsrc=[\"']https?://[^>]*>",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL)

_STYLE = """\
@charset "utf-8";
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #8886; }
.d-none, .modal, button, [data-toggle="collapse"], .card:has([type="radio"]) { display: none; }
.fa-check-circle::before { content: "✓"; }
.fa-times::before { content: "✗"; }
.text-success { color: light-dark(#07661f, #6c6); }
.text-danger { color: light-dark(#b3001b, #f88); font-weight: bold; }
"""


def finish(folder: Path, report: Report) -> Path:
    """Make the pages that Great Expectations wrote into ``folder`` readable; returns the first."""
    style = folder / "static" / "curate.css"
    style.parent.mkdir(parents=True, exist_ok=True)
    style.write_text(_STYLE, encoding="utf-8")
    results = sorted((folder / "validations").rglob("*.html"))
    suites = sorted((folder / "expectations").rglob("*.html"))
    for each in (*results, *suites):
        each.write_text(_cleaned(each.read_text("utf-8"), _to(each, style)), encoding="utf-8")
    index = folder / "index.html"
    links = [_link(folder, each, "results") for each in results]
    links += [_link(folder, each, "checks") for each in suites]
    index.write_text(_front(report, links), encoding="utf-8")
    return index


def _to(here: Path, target: Path) -> str:
    return Path(os.path.relpath(target, here.parent)).as_posix()


def _cleaned(html: str, style: str) -> str:
    html = _FOOTER.sub("", _FOREIGN.sub("", html))
    return html.replace("</head>", f'<link rel="stylesheet" href="{style}"></head>', 1)


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
