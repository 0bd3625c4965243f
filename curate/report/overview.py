"""The head of the report: what the corpus is, and where it stands."""

from __future__ import annotations

from curate.html import page
from curate.html.page import Html
from curate.report import words
from curate.report.facts import EmptySection, ReportFacts


def head(found: ReportFacts) -> Html:
    """Name and figures."""
    newest = found.releases[0] if found.releases else None
    release = f"release {newest.version}" if newest else "no release yet"
    told = f"{found.language} · {found.schema} · {release} · report of {words.minute(found.made)}"
    return page.joined(
        (
            page.tag("p", "Corpus report", class_="kicker"),
            page.tag("h1", found.corpus),
            page.paragraph(told, class_="soft"),
            page.tiles(make(found) for make in _TILES),
        )
    )


_Tile = tuple[str, object, str]


def _documents(found: ReportFacts) -> _Tile:
    share = found.status.gold / found.status.documents if found.status.documents else None
    told = f"{words.percent(share)} of {words.counted(found.status.documents, 'document')}"
    return "Documents with gold", words.number(found.status.gold), told


def _spans(found: ReportFacts) -> _Tile:
    used = sum(1 for label in found.labels.labels.values() if label.spans)
    told = f"in {words.counted(used, 'label')}"
    return "Spans in the gold", words.number(found.labels.spans), told


def _release(found: ReportFacts) -> _Tile:
    newest = found.releases[0] if found.releases else None
    following = found.proposal.version
    changed = f"the next would be {following}" if following else "nothing changed since"
    if newest is None:
        return "Latest release", "none", changed if following else "there is no gold yet"
    return "Latest release", newest.version, f"of {words.day(newest.created)}; {changed}"


def _gate(found: ReportFacts) -> _Tile:
    failed = [verdict.gate for verdict in found.gate.failed]
    told = f"not: {words.listed(failed)}" if failed else "a release may be cut"
    return "Gate", words.state(not failed, "shut" if failed else "open"), told


def _checks(found: ReportFacts) -> _Tile:
    checks = found.checks
    told = f"{words.counted(checks.warnings, 'warning')}, {words.counted(checks.infos, 'note')}"
    return "Errors of checks", words.number(checks.errors), told


def _agreement(found: ReportFacts) -> _Tile:
    if isinstance(found.agreement, EmptySection):
        return "Agreement", words.NONE, "fewer than two annotators"
    told = f"mean strict F1 of {words.counted(found.agreement.across['strict'].pairs, 'pair')}"
    return "Agreement", words.decimal(found.agreement.across["strict"].mean), told


def _saved(found: ReportFacts) -> _Tile:
    total = found.ledger.total
    if not found.ledger.works:
        return "Saved by pre-annotation", words.NONE, "nothing confirmed yet"
    told = f"of all actions: {total.saved:,} of {total.blank.actions:,}"
    return "Saved by pre-annotation", f"{total.saved / total.blank.actions:.0%}", told


def _conflicts(found: ReportFacts) -> _Tile:
    many = sum(len(each.conflicts) for each in found.conflicts)
    told = f"in {words.counted(len(found.conflicts), 'document')}"
    return "Open conflicts", words.number(many), told


_TILES = (
    _documents,
    _spans,
    _release,
    _gate,
    _checks,
    _agreement,
    _saved,
    _conflicts,
)
