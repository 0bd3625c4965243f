"""The report as one HTML file."""

from __future__ import annotations

from curate.html import charts, page
from curate.report import content, measures, overview, soundness, words, work
from curate.report.facts import ReportFacts, empty_sections

_SECTIONS = {
    "progress": ("Progress", work.progress),
    "labels": ("Labels", content.labels),
    "agreement": ("Agreement", measures.agreement),
    "savings": ("What pre-annotation saves", measures.savings),
    "checks": ("Checks", soundness.checks),
    "audit": ("Audit", soundness.audit),
    "gate": ("Gate", soundness.gate),
    "conflicts": ("Open conflicts", work.conflicts),
    "splits": ("Splits", content.splits),
    "releases": ("Releases", content.releases),
}
_STYLE = (
    charts.STYLE
    + """
figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .875rem; }
div.heat svg { width: auto; max-width: none; height: auto; }
div.meter { background: var(--line); border-radius: .2rem; height: .5rem; overflow: hidden;
  margin: .75rem 0 1rem; } div.meter svg { height: 100%; margin: 0; }
div.meter rect { y: 0; height: 100%; }
"""
)


def render_report(found: ReportFacts) -> str:
    """The page; the same for the same facts."""
    nothing = empty_sections(found)
    parts = [
        page.section(name, title, words.absent(nothing[name]) if name in nothing else tell(found))
        for name, (title, tell) in _SECTIONS.items()
    ]
    return page.document(
        f"{found.corpus}: corpus report",
        page.joined((charts.PATTERNS, *parts)),
        head=overview.head(found),
        sections=[(name, title) for name, (title, _) in _SECTIONS.items()],
        style=_STYLE,
        foot=_foot(found),
    )


def _foot(found: ReportFacts) -> page.Html:
    return page.paragraph(
        f"Made by curate {found.version} on {words.minute(found.made)} with",
        page.joined((words.code("curate report"), "."), ""),
        "Every figure is what the command of its section tells; the same corpus at the same time "
        "gives the same page.",
    )
