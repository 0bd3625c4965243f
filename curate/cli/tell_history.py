"""What came of the commands of history, in a few lines for people."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.output import counted, err, problems, say
from curate.cli.tell_diff import counts_told
from curate.errors import InputError
from curate.model import Problem

if TYPE_CHECKING:
    from curate.history.blame import RevisionBlame, SpanBlame, SpanHistory
    from curate.history.git_driver import GitSetup
    from curate.history.log import LoggedRelease, LoggedRevision
    from curate.history.restore import RestoreResult
    from curate.history.trace import SpanEvent
    from curate.history.verify import VerifyResult
    from curate.store.reconcile import ReconcileResult


def place(document: str, span: str) -> tuple[int, int, str]:
    """Offsets and label of ``--span``.

    Raises:
        InputError: it is not of that form, or no document is named.
    """
    match = re.fullmatch(r"(\d+):(\d+)(?::(.+))?", span)
    if match is None or not document:
        hint = "name a document and write it as in `curate log 1a2e --span 32:43:PER`"
        raise InputError(f"--span {span} is no place in a document", hint)
    return int(match[1]), int(match[2]), match[3] or ""


def log(found: tuple[list[LoggedRelease], list[LoggedRevision]]) -> None:
    """``curate log``."""
    releases, revisions = found
    told = [(made.created, _cut(made)) for made in releases]
    told += [(revision.at, _logged(revision)) for revision in revisions]
    for _, line in sorted(told, key=lambda pair: pair[0], reverse=True):
        say(line)
    if not told:
        say("nothing yet")


def _cut(made: LoggedRelease) -> str:
    spans = counted(made.counts.get("spans", 0), "span")
    return f"[bold]release {made.version}[/] {made.created} {spans} {escape(made.message)}"


def _logged(found: LoggedRevision) -> str:
    name = f"{found.document}@{found.number} {found.at} {escape(found.author)}"
    reason = escape(f"({found.reason})") if found.reason else ""
    return f"{name} {counts_told(found.changes) or 'no span changed'} [dim]{reason}[/]"


def told(found: list[SpanHistory]) -> None:
    """``curate log --span``."""
    for each in found:
        span, since = each.span, each.since
        say(f"« {escape(each.text)} » {span.start}–{span.end} [bold]{escape(span.label)}[/]")
        if since is not None:
            when = f"since revision {since.revision}, {since.when}, by {escape(since.who)}"
            say(f"  {escape(span.label)} {when}")
        if each.gone is not None:
            now = each.gone.after
            what = f"then {escape(now.label)} {now.start}–{now.end}" if now else "then removed"
            say(f"  [yellow]until revision {each.gone.revision}[/], {each.gone.at}: {what}")
        for event in each.events:
            say(f"  {_event(event)}")


def blamed(found: RevisionBlame) -> None:
    """``curate blame``."""
    revision = found.revision
    say(f"[bold]{found.document.id}@{revision.number}[/] {escape(found.document.title)}")
    for each in found.spans:
        span = each.span
        say(f"{span.start:>6}–{span.end:<6} {escape(span.label):<8} {escape(_flat(each.text))}")
        say(f"       [dim]{escape(_behind(each))}[/]")
    if not found.spans:
        say("withdrawn" if revision.deleted else "nothing marked")


def restored(done: RestoreResult) -> None:
    """``curate restore``."""
    for revision in done.revisions:
        say(f"{revision.document}@{revision.number} {escape(revision.reason)}")
    say(
        f"restored {escape(done.source)}: {counted(len(done.revisions), 'new revision')}, "
        f"{done.same} were like that already"
    )
    if done.left:
        told = counted(len(done.left), "document")
        say(f"left alone: {told} that the release did not have; --exact withdraws them")


def verified(found: VerifyResult) -> None:
    """``curate verify``."""
    problems(found.problems)
    verdict = "[green]passed[/]" if found.passed else "[red]failed[/]"
    releases = ", ".join(found.releases) or "none"
    say(
        f"{verdict}: releases {releases}; {counted(found.documents, 'document')}, "
        f"{counted(found.revisions, 'revision')}; {counted(len(found.problems), 'difference')}"
    )


def taken(found: ReconcileResult) -> None:
    """``curate reconcile``."""
    for key in found.renumbered:
        say(f"{key}: revisions counted anew")
    for key in found.conflicts:
        say(f"[yellow]conflict[/] in {key}; see `curate conflicts`")
    releases = f", releases {', '.join(found.releases)}" if found.releases else ""
    if found.nothing:
        say("the store has all that annotations/ has")
    else:
        many = f"{found.documents} new documents, {found.revisions} new revisions"
        say(f"took up {many}{releases}")


def git_set_up(done: GitSetup) -> None:
    """``curate git-setup``."""
    say(f"set {', '.join(done.changed)}" if done.changed else "nothing to do, all of it was there")


def git_conflicts(found: list[Problem]) -> None:
    """``curate git-merge``; git shows what is on standard error."""
    for one in found:
        err.print(f"conflict in {one.document}: {escape(one.message)}")
    if found:
        err.print(escape(found[0].hint))


def plain(lines: list[str]) -> None:
    """Lines as they are."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def counts(numbers: dict[str, int]) -> str:
    """Counts by kind, in a line."""
    return ", ".join(f"{k.replace('_', ' ').replace('-', ' ')} {n}" for k, n in numbers.items())


def _event(event: SpanEvent) -> str:
    was = event.before
    old = f"from {was.label} {was.start}–{was.end} " if was is not None else ""
    told = f"@{event.revision} {event.kind} {old}by {event.who} {event.when} ({event.reason})"
    return escape(told)


def _behind(each: SpanBlame) -> str:
    parts = [f"proposed by {', '.join(each.proposed)}" if each.proposed else "proposed by nobody"]
    if each.changed_by:
        parts.append(f"{each.events[0].kind} by {each.changed_by} {each.changed_at}")
    if each.adjudicated_by:
        parts.append(f"decided by {each.adjudicated_by} {each.adjudicated_at}")
    if each.confirmed_by:
        parts.append(f"confirmed by {each.confirmed_by}")
    parts.append(f"since revision {each.since}")
    parts.append(f"in release {each.release}" if each.release else "in no release yet")
    return ", ".join(parts)


def _flat(text: str) -> str:
    return text.replace("\n", " ")
