"""How ``curate audit`` tells what it found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.output import counted, problems, say
from curate.model import SpanKey

if TYPE_CHECKING:
    from curate.audit.corpus import Asking, Settled
    from curate.audit.files import Audited, Line

_BLANKS = re.compile(r"\s+")
_WHAT = {
    "label": "another label",
    "boundary": "other edges",
    "missing": "not marked",
    "spurious": "should not be marked",
}


def audited(found: Audited) -> None:
    """``curate audit``."""
    problems(found.problems)
    for number, line in enumerate(found.lines, 1):
        _line(number, line)
    methods = ", ".join(found.methods) or "no method"
    settled = f"; {found.settled:,} reviewed or dismissed before" if found.settled else ""
    say(
        f"{counted(found.documents, 'document')}, {counted(found.spans, 'span')}: "
        f"{counted(found.found, 'suspect')} by {methods}{settled}"
    )
    if found.known:
        say(f"[dim]nothing changed since the audit of {found.at}; this is its list[/]")


def asking(done: Asking) -> None:
    """``curate audit --push``."""
    problems(done.problems)
    would = "would ask" if done.dry_run else "asked"
    for document in done.asked:
        say(f"  {document}")
    say(
        f"{would} about {counted(len(done.asked), 'more document')} in {escape(done.project)}; "
        f"{done.waiting} in review already, {counted(done.suspects, 'suspect')} in all"
    )
    if not done.dry_run:
        say(f"pushed {counted(done.pushed, 'document')}")


def dismissed(done: tuple[Settled, ...]) -> None:
    """``curate audit --dismiss``."""
    for each in done:
        say(f"dismissed {each.id}: {each.document} {each.place[0]}–{each.place[1]}")


def _line(number: int, line: Line) -> None:
    suspect = line.suspect
    place = f"{suspect.place[0]}–{suspect.place[1]}"
    say(
        f"[bold]{number:>3}[/] {suspect.score:.2f} [bold]{_WHAT[suspect.kind]}[/]: "
        f"{escape(_change(line))} [dim]{line.id} {escape(line.where)} {suspect.document} {place}[/]"
    )
    before, text, after = (_BLANKS.sub(" ", part) for part in (line.before, line.text, line.after))
    say(f"      …{escape(before)}[bold reverse]{escape(text)}[/]{escape(after)}…")
    for each in suspect.evidence:
        say(f"      [dim]{each.method} {each.score:.2f}: {escape(each.words)}[/]")


def _change(line: Line) -> str:
    """What stands there, and what should."""
    suspect = line.suspect
    if suspect.span and suspect.suggestion and suspect.span[:2] == suspect.suggestion[:2]:
        return f"{_marked(line, suspect.span)} → {suspect.suggestion[2]}"
    known = [key for key in (suspect.span, suspect.suggestion) if key]
    return " → ".join(_marked(line, key) for key in known)


def _marked(line: Line, key: SpanKey) -> str:
    start = line.suspect.place[0]
    text = line.text[key[0] - start : key[1] - start]
    return f"« {_BLANKS.sub(' ', text)} » {key[2]}"
