"""How the checks are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.output import counted, problems, say

if TYPE_CHECKING:
    from curate.quality import Check, QualityReport
    from curate.quality.report import CommentTotals


def report(found: QualityReport) -> None:
    """``curate validate``."""
    problems(found.problems)
    for document, address in found.links.items():
        say(f"[dim]{document}[/] {escape(address)}")
    for each in found.waived:
        place = f"{each.problem.document}: " if each.problem.document else ""
        told = f"{each.problem.code} {place}{each.problem.message}"
        say(f"[dim]waived[/] {escape(told)} [dim]({escape(each.reason)})[/]")
    for check in found.checks:
        if check.reason:
            level = check.skipped or f"level {check.severity}"
            say(f"[dim]set[/] {check.code}: {escape(f'{level} ({check.reason})')}")
    for spare in found.spare:
        say(f"[dim]no finding needs the waiver[/] {escape(spare)}")
    _sum(found)
    if found.noted is not None:
        _noted(found.noted)


def _sum(found: QualityReport) -> None:
    verdict = "[green]passed[/]" if found.passed else "[red]failed[/]"
    more = f", {counted(found.infos, 'info')}" if found.infos else ""
    more += f", {len(found.waived):,} waived" if found.waived else ""
    say(
        f"{verdict}: {counted(len(found.made), 'check')} on {found.looked_at}; "
        f"{counted(found.errors, 'error')}, {counted(found.warnings, 'warning')}{more}"
    )


def _noted(done: CommentTotals) -> None:
    """``curate validate --push``."""
    for document in done.elsewhere:
        say(f"[yellow]not in Doccano[/] {document}: run `curate sync`, then push again")
    counts = (
        f"{counted(done.put, 'comment')} put, {done.changed:,} changed, {done.erased:,} erased, "
        f"{done.known:,} there already"
    )
    say(f"{counts}; nothing written" if done.dry_run else counts)


def catalogue(found: tuple[Check, ...]) -> None:
    """``curate validate --list``."""
    for check in found:
        limit = f" (limit {check.limit:g}: {check.bound})" if check.limit is not None else ""
        say(f"[bold]{check.code}[/] {check.severity}{escape(limit)}")
        say(f"  {escape(check.why)} [dim]{escape(check.hint)}[/]")
