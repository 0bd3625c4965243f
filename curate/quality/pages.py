"""Data Docs that can be read without a network: a front page of our own, and no foreign addresses.

Great Expectations' pages load style sheets and scripts from several hosts, and its front page is
empty without them. Here those are taken out, a small style sheet is put in their place, and the
front page is a plain table of the checks and their findings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from html import escape
from itertools import repeat
from pathlib import Path

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
.found td { font-weight: bold; }
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
    for page in (*results, *suites):
        page.write_text(_cleaned(page.read_text("utf-8"), _to(page, style)), encoding="utf-8")
    index = folder / "index.html"
    links = [_link(folder, page, "results") for page in results]
    links += [_link(folder, page, "checks") for page in suites]
    index.write_text(_front(report, links), encoding="utf-8")
    return index


def _to(page: Path, target: Path) -> str:
    return Path(os.path.relpath(target, page.parent)).as_posix()


def _cleaned(html: str, style: str) -> str:
    html = _FOOTER.sub("", _FOREIGN.sub("", html))
    return html.replace("</head>", f'<link rel="stylesheet" href="{style}"></head>', 1)


def _link(folder: Path, page: Path, what: str) -> str:
    name = page.stem.split("-")[-1]
    return f'<a href="{page.relative_to(folder).as_posix()}">{what} of {escape(name)}</a>'


def _front(report: Report, links: Iterable[str]) -> str:
    verdict = "passed" if report.passed else "failed"
    findings = _table(
        ("check", "level", "document", "place", "what", "cure"),
        [_row(report, each, (each.cure,)) for each in report.problems],
    )
    waived = _table(
        ("check", "level", "document", "place", "what", "why it stands"),
        [_row(report, each.problem, (each.reason,)) for each in report.waived],
    )
    spare = "".join(f"<li>{escape(each)}</li>" for each in report.spare)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Checks of annotated documents</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="static/curate.css"></head><body>
<h1>Checks of annotated documents: {verdict}</h1>
<p>{report.looked_at}; {report.errors:,} errors, {report.warnings:,} warnings,
{report.infos:,} infos, {len(report.waived):,} waived.</p>
<h2>Checks</h2>{_checks(report)}
<h2>Findings</h2>{findings if report.problems else "<p>None.</p>"}
<h2>Waived</h2>{waived if report.waived else "<p>None.</p>"}
{f"<h2>Waivers that nothing needs</h2><ul>{spare}</ul>" if spare else ""}
<h2>Pages of Great Expectations</h2><p>{" · ".join(links)}</p>
</body></html>
"""


def _checks(report: Report) -> str:
    rows = []
    for check in report.checks:
        found = f"{check.findings:,}" if check.findings else "none"
        if check.skipped:
            found = f"not made: {check.skipped}"
        elif check.waived:
            found += f", {check.waived:,} waived"
        why = f"{check.why} (Set here: {check.reason})" if check.reason else check.why
        rows.append((escape(check.code), check.severity, escape(found), escape(why)))
    marked = [bool(check.findings) for check in report.checks]
    return _table(("check", "level", "findings", "why"), rows, marked)


def _row(report: Report, problem: Problem, last: tuple[str, ...]) -> tuple[str, ...]:
    document = escape(problem.document or problem.where)
    if problem.document in report.links:
        address = escape(report.links[problem.document], quote=True)
        document = f'<a href="{address}">{document}</a>'
    span = problem.span
    place = f"{span[0]}–{span[1]} {span[2]}" if span else ""
    rest = (place, problem.message, *last)
    return (escape(problem.code), problem.severity, document, *map(escape, rest))


def _table(
    heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], marked: Iterable[bool] = repeat(False)
) -> str:
    """A table; the cells of ``rows`` are HTML, and those of marked rows are bold."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f"<tr{' class=found' if mark else ''}>{''.join(f'<td>{text}</td>' for text in row)}</tr>\n"
        for row, mark in zip(rows, marked, strict=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"
