"""The export of a project in Doccano whose members work alone, from the real server."""

from __future__ import annotations

import pytest
from support.annotators import Annotator
from support.campaigns import TEXTS, write_lines
from support.doccano_files import FileProject

from curate.doccano.pull import export_project
from curate.ingest.campaign import import_campaign
from curate.ingest.campaign_files import CampaignOptions
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

ROLE = "annotator"


@pytest.fixture
def project(admin, people, tmp_path):
    """A project in which anna and bela annotated the texts, each for herself."""
    made = FileProject(admin, "SequenceLabeling", collaborative_annotation=False)
    roles = {row["name"]: row["id"] for row in admin.get("roles").json()}
    accounts = {row["username"]: row["id"] for row in admin.get("users").json()}
    for name in ("anna", "bela"):
        body = {"user": accounts[name], "role": roles[ROLE]}
        admin.post(f"{made.resource}/members", json=body)
    for label in ("PER", "LOC"):
        body = {"text": label, "suffix_key": None, "background_color": "#1565c0"}
        admin.post(f"{made.resource}/span-types", json=body)
    rows = [{"text": text, "label": []} for text in TEXTS]
    assert made.import_file(write_lines(tmp_path / "texts.jsonl", rows)) == []
    for name, spans in (("anna", [(0, 12, "PER"), (22, 27, "LOC")]), ("bela", [(22, 27, "LOC")])):
        person = Annotator(people[name], made.number)
        examples = {row["text"]: row["id"] for row in person.examples()}
        for span in spans:
            person.add(examples[TEXTS[0]], *span)
        person.confirm(examples[TEXTS[0]])
        if name == "bela":
            body = {"text": "which port?"}
            people[name].post(
                f"{made.resource}/comments", json=body, params={"example": examples[TEXTS[1]]}
            )
            person.confirm(examples[TEXTS[1]])
    return made


@pytest.mark.parametrize("confirmed", [False, True])
def test_each_member_is_a_person(admin, project, tmp_path, confirmed):
    archive = export_project(admin, project.number, tmp_path, lambda: None, confirmed)
    Workspace.init(tmp_path / "corpus")
    workspace = Workspace(tmp_path / "corpus")
    report = import_campaign(workspace, [archive], CampaignOptions(judged=confirmed))
    assert not report.failed
    expected = {"anna": 1, "bela": 2 if confirmed else 1}
    assert {name: it.documents for name, it in report.people.items()} == expected
    assert report.comments == 1
    with workspace.store.begin() as tx:
        first, second = (jsonl.document_id(text) for text in TEXTS[:2])
        assert [(it.text, it.by) for it in tx.comments(second)] == [("which port?", "bela")]
        layers = {it.layer: [s.key for s in it.spans] for it in tx.annotations(first)}
        assert layers == {
            "annotator:anna": [(0, 12, "PER"), (22, 27, "LOC")],
            "annotator:bela": [(22, 27, "LOC")],
        }
        assert len(tx.document_ids()) == (2 if confirmed else 3)
