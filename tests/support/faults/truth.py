"""What the server and a workspace hold, as a multiset of facts, and how two of these differ.

A fact is an area, a key and a value. If a key of the clean run is missing, something was lost; if
it occurs more often, something was duplicated; if its value is another one, or the clean run has no
such key, something is different.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curate.store.transaction import Transaction
from curate.workspace import Workspace

Key = tuple[Any, ...]
Fact = tuple[Key, Any]
Facts = Counter[Fact]
_CHANGING = ("at", "sync", "confirmed_at", "created")
_TIMES = ("done",)  # values are times, and keys are people


@dataclass
class Differences:
    """How a run differs from the clean one, one sentence each."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.duplicated or self.different)

    def lines(self) -> list[str]:
        kinds = ("lost", "duplicated", "different")
        return [f"{kind}: {each}" for kind in kinds for each in getattr(self, kind)]


def compare(clean: Facts, got: Facts) -> Differences:
    """What a run lost, duplicated or changed, compared with the clean one."""
    differences = Differences()
    wanted, have = _by_key(clean), _by_key(got)
    for key in sorted(wanted.keys() | have.keys(), key=repr):
        a, b = wanted.get(key, Counter()), have.get(key, Counter())
        if a == b:
            continue
        difference = f"{key} is {_describe(b)} and not {_describe(a)}"
        if b.total() < a.total():
            differences.lost.append(difference)
        elif b.total() > a.total() > 0:
            differences.duplicated.append(difference)
        else:
            differences.different.append(difference)
    return differences


def _by_key(facts: Facts) -> dict[Key, Counter[str]]:
    result: dict[Key, Counter[str]] = {}
    for (key, value), count in facts.items():
        result.setdefault(key, Counter())[repr(value)] += count
    return result


def _describe(values: Counter[str]) -> str:
    return " and ".join(f"{count} x {value}" for value, count in values.items()) or "nothing"


class Server:
    """Doccano's own database, read directly.

    Args:
        path: its SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._uri = f"file:{path}?mode=ro"

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._uri, uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        """Change the database behind Doccano's back."""
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            connection.execute(statement, values)

    def back_up(self, target: Path) -> None:
        """Copy the database into a file."""
        _copy(self._path, target)

    def restore(self, backup: Path) -> None:
        """Put a copy in the place of what is there, also while the server runs."""
        _copy(backup, self._path)

    def projects(self, name: str) -> list[int]:
        return [row[0] for row in self.rows("select id from projects_project where name=?", name)]

    def named(self, name: str) -> dict[str, int]:
        """The projects of a corpus, by what follows its name in theirs."""
        query = (
            "select substr(name, ?), id from projects_project where name like ? || '%' order by id"
        )
        return dict(self.rows(query, len(name) + 1, name))

    def examples(self, project: int, document: str) -> list[int]:
        """Numbers of a document's examples, the oldest first."""
        query = (
            "select id from examples_example where project_id=? "
            "and json_extract(meta, '$.curate_id')=? order by id"
        )
        return [row[0] for row in self.rows(query, project, document)]

    def span_at(self, example: int, start: int) -> int:
        query = "select id from labels_span where example_id=? and start_offset=?"
        ((number,),) = self.rows(query, example, start)
        return int(number)

    def arrow_between(self, head: int, tail: int) -> int:
        """Number of the relation from one span to another."""
        query = "select id from labels_relation where from_id_id=? and to_id_id=?"
        ((number,),) = self.rows(query, head, tail)
        return int(number)

    def facts(self, name: str) -> Facts:
        """Everything in the projects of a corpus."""
        found: Facts = Counter()
        for part in self.named(name):
            for area, query in _QUERIES.items():
                for row in self.rows(query, name + part):
                    split = _KEYS[area]
                    found[(area + part, *row[:split]), row[split:]] += 1
        return found


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=30)) as old,
        closing(sqlite3.connect(target, timeout=30)) as new,
    ):
        old.backup(new)


_PROJECT = "join projects_project p on p.name=? and p.id="
_DOCUMENT = "json_extract(e.meta, '$.curate_id')"
_QUERIES = {
    "project": "select length(guideline), collaborative_annotation, allow_overlapping, "
    "grapheme_mode, use_relation, single_class_classification, project_type "
    "from projects_project p left join projects_sequencelabelingproject s "
    "on s.project_ptr_id=p.id where p.name=?",
    "label type": "select text, suffix_key, background_color from label_types_spantype t "
    f"{_PROJECT}t.project_id",
    "relation type": "select text, suffix_key, background_color from label_types_relationtype t "
    f"{_PROJECT}t.project_id",
    "category type": "select text, suffix_key, background_color from label_types_categorytype t "
    f"{_PROJECT}t.project_id",
    "member": "select u.username, r.name from projects_member m join auth_user u on "
    f"u.id=m.user_id join roles_role r on r.id=m.role_id {_PROJECT}m.project_id",
    "document there": f"select {_DOCUMENT}, e.text from examples_example e {_PROJECT}e.project_id",
    "confirmed there": f"select {_DOCUMENT}, u.username from examples_examplestate s "
    "join auth_user u on u.id=s.confirmed_by_id join examples_example e on e.id=s.example_id "
    f"{_PROJECT}e.project_id",
    "comment there": f"select {_DOCUMENT}, c.text, u.username from examples_comment c "
    "join auth_user u on u.id=c.user_id join examples_example e on e.id=c.example_id "
    f"{_PROJECT}e.project_id",
    "span there": f"select {_DOCUMENT}, s.start_offset, s.end_offset, t.text, u.username "
    "from labels_span s join auth_user u on u.id=s.user_id "
    "join label_types_spantype t on t.id=s.label_id join examples_example e on e.id=s.example_id "
    f"{_PROJECT}e.project_id",
    "relation there": f"select {_DOCUMENT}, h.start_offset, h.end_offset, t.start_offset, "
    "t.end_offset, k.text, u.username from labels_relation r "
    "join auth_user u on u.id=r.user_id join examples_example e on e.id=r.example_id "
    "join label_types_relationtype k on k.id=r.type_id "
    "join labels_span h on h.id=r.from_id_id join labels_span t on t.id=r.to_id_id "
    f"{_PROJECT}e.project_id",
    "category there": f"select {_DOCUMENT}, k.text, u.username from labels_category c "
    "join auth_user u on u.id=c.user_id join examples_example e on e.id=c.example_id "
    f"join label_types_categorytype k on k.id=c.label_id {_PROJECT}e.project_id",
}
_KEYS = {  # how many columns are the key
    "project": 0,
    "label type": 1,
    "relation type": 1,
    "category type": 1,
    "member": 1,
    "document there": 1,
    "confirmed there": 2,
    "comment there": 2,
    "span there": 4,
    "relation there": 6,
    "category there": 2,
}


def workspace_facts(root: Path, server: Server, name: str) -> Facts:
    """Gold, history, conflicts, what the store knows of the server, journal and files."""
    found: Facts = Counter()
    workspace = Workspace(root)
    with workspace.store.begin() as tx:
        _gold(tx, found)
        _conflicts(tx, found)
        _tracked(tx, found, server, name)
        _journal(tx, found)
    workspace.store.close()
    _files(root / "annotations", found)
    return found


def _gold(tx: Transaction, found: Facts) -> None:
    for revision in tx.history():
        key = ("revision", revision.document, revision.number)
        found[key, (revision.author, revision.confirmed_by, revision.deleted)] += 1
    for _, head in tx.heads():
        for span in head.spans:
            found[("gold span", head.document, *span.key), span.by] += 1
        for relation in head.relations:
            found[("gold relation", head.document, relation.key), relation.by] += 1
        for category in head.categories:
            found[("gold category", head.document, category.key), category.by] += 1


def _conflicts(tx: Transaction, found: Facts) -> None:
    for document, conflicts in tx.conflicts().items():
        for conflict in conflicts:
            ours, theirs = (
                tuple((each.key, each.by) for each in conflict.version(side))
                for side in ("ours", "theirs")
            )
            found[("conflict", document), (conflict.kind, ours, theirs)] += 1


def _tracked(tx: Transaction, found: Facts, server: Server, name: str) -> None:
    for remote in tx.remotes():
        part = remote.name.removeprefix(name)
        known = remote.project in server.projects(remote.name)
        found[("remote" + part,), known] += 1
        for document in tx.document_ids():
            state = tx.tracked(remote.marker, document)
            if state is not None:
                there = remote.project is not None and state.example in server.examples(
                    remote.project, document
                )
                parts = (state.base.spans, state.base.relations, state.base.categories)
                base = tuple(each.key for part in parts for each in part)
                found[("tracked" + part, document), (there, state.confirmed, base)] += 1


def _journal(tx: Transaction, found: Facts) -> None:
    steps = tx.steps()
    for step in steps:
        if step.sync == steps[-1].sync and not step.finished:
            found[("unfinished step of the last sync", step.step, step.detail), ""] += 1
    for document in tx.unfinished("update"):
        found[("update that never ended", document), ""] += 1


def _files(folder: Path, found: Facts) -> None:
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            if line:
                row = _stable(json.loads(line))
                key = (str(path.relative_to(folder)), row.get("document") or row.get("id"))
                found[("file", *key, row.get("number")), json.dumps(row, sort_keys=True)] += 1


def _stable(value: Any) -> Any:
    """A value of a file without times and ids of syncs, which differ between any two runs."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in _CHANGING}
        return {k: sorted(v) if k in _TIMES else _stable(v) for k, v in kept.items()}
    return [_stable(each) for each in value] if isinstance(value, list) else value
