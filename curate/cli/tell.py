"""What came of a command, in a few lines for people. Every function takes one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from curate.cli.output import counted, err, out, problems, say
from curate.model import Category, Problem, Relation, Revision, Span, in_words
from curate.schema import Schema

if TYPE_CHECKING:
    from curate.doccano.embedded.server import ServerStatus
    from curate.doctor import Finding
    from curate.formats.writing import ExportedFile
    from curate.history.show import Listed, Shown
    from curate.preannotate.corpus import Preannotated
    from curate.sync.conflicts import Conflicts, Resolved
    from curate.sync.migrate import Migrated
    from curate.sync.plan import Plan
    from curate.sync.run import Preview, Synced
    from curate.sync.status import Status
    from curate.workspace import Initialised

_FILES = 4  # more written files than these are counted, not named


_SHOWN = 20  # problems of an export that are printed


def exit_code(found: Iterable[Problem]) -> int:
    """1 if one of the problems is an error."""
    return 1 if any(problem.severity == "error" for problem in found) else 0


def notice(text: str) -> None:
    """A line on standard error about what takes long."""
    err.print(escape(text))


def initialised(done: Initialised) -> None:
    """``curate init``."""
    say(f"workspace {escape(done.root)}")
    say(f"made: {', '.join(done.made) if done.made else 'nothing, all of it was there'}")
    if done.gold:
        say(f"gold: {counted(done.gold, 'document')}, from annotations/")


def preannotated(done: Preannotated) -> None:
    """``curate preannotate``."""
    problems(done.problems)
    if not done.documents:
        say("pre-annotated nothing: every document has its layers, or gold")
        return
    spans = ", ".join(f"{layer} {count}" for layer, count in done.spans.items())
    say(f"pre-annotated {counted(done.documents, 'document')}: {escape(spans)}")


def synced(done: Synced) -> None:
    """``curate sync``."""
    outcome = done.outcome
    if done.preannotated.documents:
        preannotated(done.preannotated)
    for change in outcome.project:
        say(f"project: {escape(change)}")
    problems(outcome.problems)
    carried = f", carried {outcome.carried}" if outcome.carried else ""
    say(f"pushed {counted(outcome.pushed, 'document')}, pulled {outcome.pulled}{carried}")
    _held(outcome.held)
    if outcome.pulled:
        spans = ", ".join(f"{count} {kind}" for kind, count in outcome.spans.items() if count)
        say(f"people's work: {spans or 'nothing marked'}")
    if done.assigned:
        say(f"assigned {counted(done.assigned, 'document')} to annotators who work apart")
    for name, part in done.parts.items():
        say(f"  {escape(name)}: pushed {part.pushed}, pulled {part.pulled}, carried {part.carried}")
    if done.settled:
        say(f"gold: {counted(done.settled, 'document')} on which all annotators agree")
    if done.differing:
        say(f"[yellow]annotators differ in {counted(done.differing, 'document')}[/], to adjudicate")
    if outcome.revisions:
        say(f"gold: {counted(outcome.revisions, 'new revision')}")
    if outcome.conflicts:
        say(f"[yellow]conflicts in {counted(outcome.conflicts, 'document')}[/], gold kept its side")
    if done.files:
        say(f"wrote {_files(done.files)}")


def preview(found: Preview) -> None:
    """``curate sync --dry-run``."""
    for change in found.project:
        say(f"project: would {escape(change)}")
    if found.preannotate:
        say(f"would pre-annotate {counted(found.preannotate, 'document')}, and push them")
    if found.assign:
        say(f"would assign {counted(found.assign, 'document')} to annotators")
    say(f"would push {counted(len(found.plan.push), 'document')}, pull {len(found.plan.pull)}")
    _held(found.plan.held)
    for name, plan in found.parts.items() or [("", found.plan)]:
        if name:
            say(f"{escape(name)}:")
        _planned(plan)
    problems(found.plan.problems)


def _held(number: int) -> None:
    if number:
        say(f"{counted(number, 'document')} wait here until more are confirmed ([tasks] open)")


def _planned(plan: Plan) -> None:
    for key in plan.push:
        say(f"  push {key}")
    for pull in plan.pull:
        merges = ", merge and carry back" if pull.merges else ""
        say(f"  pull {pull.document} (example {pull.example}){merges}")
    for update in plan.update:
        say(f"  carry {update.document} (example {update.example})")
    for update in plan.withdraw:
        say(f"  withdraw {update.document} (example {update.example})")
    for copies in plan.copies:
        say(f"  make one of {copies.document} (examples {', '.join(map(str, copies.examples))})")
    for example in plan.doubled:
        say(f"  mend the spans of example {example}")


def status(found: Status) -> None:
    """``curate status``."""
    from curate.sync.plan import STATES

    say(f"{counted(found.documents, 'document')}, {found.gold} with gold")
    if found.unreachable:
        say(f"[yellow]Doccano was not asked[/]: {escape(found.unreachable)}")
    else:
        say(f"Doccano at {found.server}")
    for state, meaning in STATES.items():
        if state in found.states:
            say(f"  {found.states[state]:>6,} {state:<10} [dim]{meaning}[/]")
    if found.conflicts:
        say(f"conflicts: {', '.join(found.conflicts)}")
    problems(found.problems)
    say(f"releases: {', '.join(found.releases) if found.releases else 'none yet'}")


def waiting(found: Status) -> None:
    """``curate status --list``."""
    status(found)
    for state, documents in found.waiting.items():
        for document in documents:
            say(f"{state:<10} {document}")


def conflicts(found: list[Conflicts]) -> None:
    """``curate conflicts``."""
    for each in found:
        text = each.document.text
        say(f"[bold]{each.document.id}[/] {escape(each.document.title)}")
        for number, conflict in enumerate(each.conflicts, 1):
            say(f"  {number} {conflict.kind}")
            if conflict.whole:
                say(f"      seen {conflict.theirs_at}; gold by {conflict.ours_by or 'nobody yet'}")
                continue
            made = {"ours": (conflict.ours_by, conflict.ours_at)}
            made["theirs"] = (conflict.theirs_by, conflict.theirs_at)
            for side in ("base", "ours", "theirs"):
                who = escape(" ".join(made.get(side, ())))
                say(f"      {side:<7}{_versions(conflict.version(side), text)} [dim]{who}[/]")
    say("settle with `curate resolve DOCUMENT NUMBER --take ours|theirs`" if found else "none")


def _versions(items: tuple[Span | Relation | Category, ...], text: str) -> str:
    return escape(", ".join(in_words(item, text) for item in items) or "nothing marked")


def resolved(done: Resolved) -> None:
    """``curate resolve``."""
    made = f"revision {done.revision.number}" if done.revision else "the gold stays as it was"
    say(f"settled {counted(done.settled, 'conflict')}, {done.open} open; {made}")


def withdrawn(made: Revision) -> None:
    """``curate withdraw``."""
    say(f"withdrew {made.document} by revision {made.number}; the next sync takes it from Doccano")


def migrated(done: Migrated) -> None:
    """``curate migrate``."""
    if done.before == done.after:
        say(f"nothing to do: the corpus is annotated under {done.after}")
        return
    say(f"from {done.before} to {done.after}: {'; '.join(map(escape, done.steps)) or 'no steps'}")
    say(f"gold: {counted(done.revisions, 'new revision')}")
    for what, many in done.spans.items():
        say(f"  {many:>6,} {escape(what)}")


def exported(done: list[ExportedFile]) -> None:
    """``curate export``."""
    for one in done:
        say(f"{one.format:<6} {escape(one.path)} {_kept(one)}")
        for table in one.also:
            say(f"  {table.format.rpartition('/')[2]} {_kept(table)}")
        for label, name in one.renamed.items():
            say(f"  [yellow]{escape(label)} is written {escape(name)}[/]")
        found = [problem for each in (one, *one.also) for problem in each.problems]
        problems(found[:_SHOWN])
        if len(found) > _SHOWN:
            say(f"… and more of these; {escape(one.path)}.export.json names them all")


def _kept(one: ExportedFile) -> str:
    lost = ", ".join(f"{count:,} {reason}" for reason, count in one.lost.items() if count)
    told = f"[yellow]not expressed: {lost}[/]" if lost else "nothing lost"
    return f"{counted(one.spans, 'span')}, {told}"


def examined(found: list[Finding]) -> None:
    """``curate doctor``."""
    for item in found:
        mark = "[green]ok[/]   " if item.ok else "[red]wrong[/]"
        hint = f" → {escape(item.hint)}" if not item.ok else ""
        say(f"{mark} {item.what}: {escape(item.told)}{hint}")


def server(found: ServerStatus) -> None:
    """``curate server start`` and ``status``."""
    if found.running:
        say(f"Doccano {found.version} runs at {found.url}, user {found.username}")
        say(f"its password is in {escape(str(found.home))}/account.json")
    else:
        say("Doccano does not run; start it with `curate server start`")
    for problem in found.problems:
        say(f"[yellow]{escape(problem)}[/]")


def listed(found: list[Listed]) -> None:
    """``curate show`` without a document."""
    for each in found:
        gold = (
            f"gold {each.revision}, {counted(each.spans, 'span')}" if each.revision else "no gold"
        )
        say(f"{each.id} {escape(each.title[:70])} [dim]{gold}[/]")
    if not found:
        say("no documents yet; run `curate ingest`")


def shown(found: Shown, schema: Schema) -> None:
    """``curate show``."""
    document, revision = found.document, found.revision
    say(f"[bold]{document.id}[/] {escape(document.title)}")
    shown = found.annotation.layer
    others = ", ".join(name for name in found.layers if name != shown)
    say(f"[dim]layer {shown}{f'; others: {others}' if others else ''}[/]")
    if earlier := document.meta.get("supersedes"):
        say(f"[dim]a new version of {escape(earlier)}[/]")
    if revision:
        what = "withdrawn" if revision.deleted else f"revision {revision.number}"
        confirmed = f"{revision.confirmed_by} {revision.confirmed_at}".strip() or "nobody"
        say(f"[dim]{what} by {revision.author} {revision.at} ({escape(revision.reason)})[/]")
        say(f"[dim]confirmed by {confirmed}[/]")
    out.print(_painted(document.text, found.annotation.spans, schema))
    for span in found.annotation.spans:
        surface = document.text[span.start : span.end]
        by = span.by if span.score is None else f"{span.by} {span.score:.2f}"
        say(f"{span.start:>6}–{span.end:<6} {span.label:<6} {escape(surface)} [dim]{escape(by)}[/]")
    for relation in found.annotation.relations:
        say(f"relation {escape(in_words(relation, document.text))} [dim]{relation.by}[/]")
    for category in found.annotation.categories:
        say(f"category {escape(category.label)} [dim]{category.by}[/]")
    for comment in found.comments:
        say(f"comment of {escape(comment.by)} {comment.at}: {escape(comment.text)}")


def _painted(text: str, spans: Iterable[Span], schema: Schema) -> Text:
    from curate.schema import text_colour

    colours = {label.name: label.colour for label in schema.labels}
    painted = Text(text)
    for span in sorted(spans, key=lambda s: s.start - s.end):  # the shorter are painted on top
        back = colours.get(span.label, "#dddddd")
        painted.stylize(f"{text_colour(back)} on {back}", span.start, span.end)
    return painted


def _files(paths: Sequence[str]) -> str:
    """A few files by name, many by number and folder."""
    if len(paths) <= _FILES:
        return ", ".join(map(escape, paths))
    folders = Counter(path.rpartition("/")[0] for path in paths)
    return ", ".join(f"{counted(n, 'file')} in {escape(name)}" for name, n in folders.items())
