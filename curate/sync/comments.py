"""Findings in Doccano: where each example stands there, and the findings as its comments."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from curate.doccano import comment_marker
from curate.doccano.codec import address
from curate.doccano.project_types import kind_of
from curate.model import Record, Written
from curate.quality import comments
from curate.quality.report import Noted
from curate.schema import Schema
from curate.store import Store

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote
    from curate.quality import Report
    from curate.store.transaction import Transaction


class Push(Record, frozen=True, kw_only=True):
    """How findings are told: also those of the level ``info``; or only what would be done."""

    infos: bool = False
    dry_run: bool = False


def addresses(tx: Transaction, names: Iterable[str], url: str, schema: Schema) -> dict[str, str]:
    """Where each document can be seen in Doccano, as far as it was pushed.

    Args:
        tx: the store.
        names: the corpus's projects, those that are to be looked at first before the others.
        url: the server; where it is not known, the one of the last sync counts.
        schema: the label schema, which decides the kind of project.
    """
    kind = kind_of(schema)
    known = [each for each in tx.remotes() if each.project is not None]
    found: dict[str, str] = {}
    for name in names:
        for remote in known:
            if remote.name == name and url in ("", remote.url) and remote.project is not None:
                for document in tx.examples(remote.marker):
                    place = address(remote.url, remote.project, document, kind)
                    found.setdefault(document, place)
    return found


def note(
    store: Store,
    projects: Iterable[DoccanoRemote],
    report: Report,
    push: Push,
    progress: Callable[[str, int, int], None],
) -> Noted:
    """Make the comments of each project those that a report asks for; running again adds nothing.

    Comments of people are left alone, and so are curate's that somebody changed, and those that
    another account put.

    Args:
        store: knows what is in which project.
        projects: where the documents are.
        report: what the checks say.
        push: what is told.
        progress: is told how far it is.

    Raises:
        RemoteError: the server refuses, or cannot be reached.
    """
    asked = comments.wanted(report, push.infos)
    sums: Counter[str] = Counter()
    elsewhere = {*asked}
    for remote in projects:
        if remote.exists():
            with store.begin() as tx:
                examples = tx.examples(remote.marker)
            elsewhere -= examples.keys()
            there = _marked(remote.written())
            for done, (document, example) in enumerate(examples.items()):
                steps = comments.plan(asked.get(document, {}), there[example])
                if not push.dry_run:
                    _take(remote, example, steps)
                sums.update(
                    put=len(steps.put),
                    changed=len(steps.change),
                    erased=len(steps.erase),
                    known=steps.known,
                )
                progress(f"comments in {remote.name}", done + 1, len(examples))
    return Noted(**sums, elsewhere=tuple(sorted(elsewhere)), dry_run=push.dry_run)


def _marked(comments: Iterable[Written]) -> dict[int, list[Written]]:
    """Comments on findings, by example."""
    found: dict[int, list[Written]] = defaultdict(list)
    for comment in comments:
        if comment_marker.read(comment.text) is not None:
            found[comment.example].append(comment)
    return found


def _take(remote: DoccanoRemote, example: int, steps: comments.Steps) -> None:
    for text in steps.put:
        remote.write(example, text)
    for number, text in steps.change.items():
        remote.reword(number, text)
    remote.erase(steps.erase)
