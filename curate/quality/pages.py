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
from pathlib import Path

from curate.quality.report import Report

_FOREIGN = re.compile(
    r"<script[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>"
    r"|<link\b[^>]*\bhref=[\"']https?://[^>]*>"
    r"|<img\b[^>]*\bsrc=[\"']https?://[^>]*>",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL)

_STYLE = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border: 1px solid #8886; }
.found { font-weight: bold; }
.d-none, .modal, button { display: none; }
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
    counts = ", ".join(f"{count:,} {name}" for name, count in report.counts.items())
    verdict = "passed" if report.passed else "failed"
    checks = _table(
        ("check", "level", "findings", "why"),
        [
            (c.code, c.severity, f"{c.findings:,}" if c.findings else "none", c.why)
            for c in report.checks
        ],
    )
    findings = _table(
        ("check", "document", "place", "what", "cure"),
        [
            (
                p.code,
                p.document,
                f"{p.span[0]}–{p.span[1]} {p.span[2]}" if p.span else "",
                p.message,
                p.cure,
            )
            for p in report.problems
        ],
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Checks of the gold corpus</title>
<link rel="stylesheet" href="static/curate.css"></head><body>
<h1>Checks of the gold corpus: {verdict}</h1>
<p>{counts}; {report.errors:,} errors, {report.warnings:,} warnings.</p>
<h2>Checks</h2>{checks}
<h2>Findings</h2>{findings if report.problems else "<p>None.</p>"}
<h2>Pages of Great Expectations</h2><p>{" · ".join(links)}</p>
</body></html>
"""


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>\n" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"
