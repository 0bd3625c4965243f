"""Changes that go to the server after the first push: what moved on here, and things to mend."""

from __future__ import annotations

from curate.annotations.diff import between
from curate.annotations.merge import merge
from curate.layers import REMOTE
from curate.model import Annotation, Problem
from curate.store.transaction import Tracked
from curate.sync.context import Run
from curate.sync.plan import Copies, Update


def carry(run: Run, updates: tuple[Update, ...]) -> int:
    """Bring gold and newer proposals to the server where nobody was quicker; returns how many."""
    done = 0
    for update in updates:
        run.progress("update", done, len(updates))
        done += _update(run, update)
    return done


def _update(run: Run, update: Update) -> bool:
    with run.store.begin() as tx:
        known = tx.tracked(run.remote.marker, update.document)
        wanted = run.outgoing(tx, update.document)
        decided = tx.head(update.document) is not None
    if known is None:
        return False
    now = run.remote.read_attribution(update.example, known.base)
    # A person was quicker: what they did is merged by the next sync. A proposal, unlike gold, never
    # goes to a document that somebody confirmed as it was.
    if not _expected(now.annotation, known.base, wanted, update.begun):
        return False
    if now.confirmed_by and not decided:
        return False
    with run.step("update", update.document):
        run.remote.update_example(update.example, wanted)
        state = Tracked(
            document=update.document,
            base=wanted,
            example=update.example,
            confirmed=known.confirmed,
        )
        with run.store.begin() as tx:
            tx.track(run.remote.marker, state)
    return True


def withdraw(run: Run, updates: tuple[Update, ...]) -> None:
    """Delete the examples of documents that were taken out of the corpus and nobody changed."""
    for update in updates:
        with run.step("withdraw", update.document):
            run.remote.delete_example(update.example)


def _expected(now: Annotation, base: Annotation, wanted: Annotation, begun: bool) -> bool:
    """Whether the server holds the base, or a mix with what is wanted that was left half-way."""
    if now.content == base.content:
        return True
    return begun and between(now, base, wanted)


def undouble(run: Run, examples: tuple[int, ...]) -> None:
    """Take out spans that stand twice in one place with one label; one of each stays."""
    for example in examples:
        empty = Annotation(document="", layer=REMOTE)
        with run.step("undouble", str(example)):
            run.remote.update_example(
                example, run.remote.read_attribution(example, empty).annotation
            )


def unite(run: Run, copies: tuple[Copies, ...]) -> None:
    """Make one example of several copies of a document, without losing what people did in any.

    A copy that nobody touched is deleted. The work in a touched one is brought into the one that
    stays, and only then is it deleted; where both were changed in the same place, both stay.
    """
    for each in copies:
        _unite(run, each)


def _unite(run: Run, copies: Copies) -> None:
    with run.store.begin() as tx:
        known = tx.tracked(run.remote.marker, copies.document)
        base = known.base if known else run.outgoing(tx, copies.document)
    found = {number: run.remote.read_attribution(number, base) for number in copies.examples}
    # The one that stays: confirmed before unconfirmed, changed before unchanged, then the oldest.
    order = sorted(
        found,
        key=lambda n: (
            not found[n].confirmed_by,
            found[n].annotation.content == base.content,
            n,
        ),
    )
    stays, merged = order[0], found[order[0]].annotation
    with run.step("unite", copies.document):
        for extra in order[1:]:
            both = merge(base, merged, found[extra].annotation, run.settings.exclusive)
            if both.conflicts:
                run.problems.append(_apart(copies.document, stays, extra))
                continue
            if both.annotation.content != merged.content:
                run.remote.update_example(stays, both.annotation)
                merged = both.annotation
            run.remote.delete_example(extra)
            run.problems.append(_united(copies.document, stays, extra))
        if known:
            with run.store.begin() as tx:
                tx.track(
                    run.remote.marker,
                    Tracked(document=copies.document, base=base, example=stays),
                )


def _apart(document: str, stays: int, extra: int) -> Problem:
    return Problem(
        code="remote.copies",
        document=document,
        message=f"examples {stays} and {extra} in Doccano are copies, changed differently in one "
        f"place; both were left, and {stays} counts",
        hint=f"bring what is right in {extra} into {stays} by hand and delete {extra}",
    )


def _united(document: str, stays: int, extra: int) -> Problem:
    return Problem(
        code="remote.copy",
        severity="info",
        document=document,
        message=f"example {extra} in Doccano was a second copy of {stays}; what people did in it "
        "was brought there, and the copy deleted",
    )
