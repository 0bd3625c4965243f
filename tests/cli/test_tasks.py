"""``curate tasks``: what is printed, and what is refused."""

from __future__ import annotations

import pytest

from curate.model import Assignment, Document
from curate.sync.tasks import all_task_problems
from curate.util import jsonl
from curate.workspace import Workspace

SETTINGS = """
[tasks]
mode = "independent"
annotators = ["anna", "eva"]
"""


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path)
    with (tmp_path / "curate.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    workspace = Workspace(tmp_path)
    with workspace.store.begin() as tx:
        for number in range(4):
            text = f"Article {number}."
            key = jsonl.document_id(text)
            tx.add_document(Document(id=key, text=text, lang="fr"))
            tx.put_assignment(Assignment(document=key, annotators=("bela",)))
    return workspace


def test_the_plan_is_what_is_done_and_the_second_time_there_is_nothing_to_do(cli, workspace):
    root = workspace.root
    planned = cli("tasks", "reassign", "-n", "--json", root=root).json
    assert planned["moves"] == {"bela": {"anna": 2, "eva": 2}}
    waiting = [
        each["waiting"] for each in cli("tasks", "list", "--json", root=root).json["annotators"]
    ]
    assert waiting == [0, 4, 0]
    assert cli("tasks", "reassign", "--json", root=root).json == planned
    assert len(list((root / "annotations" / "tasks").glob("*.jsonl"))) > 0
    assert cli("tasks", "reassign", "--json", root=root).json["documents"] == []
    assert cli("tasks", "list", root=root).exit_code == 0
    assert cli("tasks", "reassign", root=root).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [("nobody",), ("bela", "--to", "nobody"), ("anna", "eva"), ("bela", "--to", "bela")],
)
def test_an_account_that_cannot_give_or_get_documents_is_refused(cli, workspace, arguments):
    assert cli("tasks", "reassign", *arguments, root=workspace.root).exit_code == 1


def test_a_limit_leaves_the_rest(cli, workspace):
    arguments = ("tasks", "reassign", "bela", "--to", "eva", "--limit", "1", "--json")
    done = cli(*arguments, root=workspace.root).json
    assert (done["moves"], done["kept"]) == ({"bela": {"eva": 1}}, 3)
    assert {each["reason"] for each in done["reasons"]} == {"limit"}
    assert {each["document"] for each in done["reasons"]}.isdisjoint(done["documents"])


def test_a_document_that_everybody_has_is_named_with_the_reason(cli, workspace):
    key = jsonl.document_id("Article 0.")
    with workspace.store.begin() as tx:
        tx.put_assignment(Assignment(document=key, annotators=("anna", "bela", "eva")))
    arguments = ("tasks", "reassign", "bela", "--json")
    assert cli(*arguments, root=workspace.root).json["reasons"] == [
        {"document": key, "annotator": "bela", "reason": "assigned"}
    ]
    shown = cli("tasks", "reassign", "bela", root=workspace.root).stdout
    assert key in shown and "nothing to move" not in shown


LANGUAGES = """
[tasks]
mode = "independent"

[tasks.annotators.anna]
languages = ["fr"]

[tasks.annotators.eva]
languages = ["en", "fr"]

[tasks.annotators.olga]
languages = ["en"]
"""


@pytest.fixture
def bilingual(tmp_path):
    Workspace.init(tmp_path)
    with (tmp_path / "curate.toml").open("a", encoding="utf-8") as settings:
        settings.write(LANGUAGES)
    workspace = Workspace(tmp_path)
    with workspace.store.begin() as tx:
        for number in range(9):
            text = f"Article {number}."
            key = jsonl.document_id(text)
            lang = ("fr", "en", "de")[number % 3]
            tx.add_document(Document(id=key, text=text, lang=lang))
            if lang != "de":
                tx.put_assignment(Assignment(document=key, annotators=("anna",)))
    return workspace


def task_codes(workspace):
    with workspace.store.read() as tx:
        return [problem.code for problem in all_task_problems(workspace, tx.assignments())]


def test_documents_in_a_wrong_language_are_given_to_those_who_annotate_in_it(cli, bilingual):
    root = bilingual.root
    assert task_codes(bilingual) == ["task.language", "task.assigned"]
    with bilingual.store.read() as tx:
        problems = all_task_problems(bilingual, tx.assignments())
    words = problems[1].hint.partition("`curate ")[2].rstrip("`").split()
    done = cli(*words, "--json", root=root).json
    assert {*done["moves"]["anna"]} <= {"eva", "olga"}
    assert sum(done["moves"]["anna"].values()) == 3
    assert task_codes(bilingual) == ["task.language"]
    loads = {each["account"]: each["waiting"] for each in annotators(cli, root)}
    assert loads["anna"] == 3
    assert cli("tasks", "reassign", "anna", "--json", root=root).json["moves"] == {
        "anna": {"eva": 3}
    }
    assert "task.language" in task_codes(bilingual)  # nobody annotates German


def annotators(cli, root):
    return cli("tasks", "list", "--json", root=root).json["annotators"]


def test_a_language_with_one_annotator_has_no_overlap(cli, tmp_path, bilingual):
    settings = bilingual.root / "curate.toml"
    text = settings.read_text("utf-8").replace("[tasks.annotators.olga]", "[tasks.annotators.ines]")
    settings.write_text(text.replace('["en", "fr"]', '["fr"]'), "utf-8")
    workspace = Workspace(bilingual.root)
    assert "task.alone" in task_codes(workspace)
