"""Exports of the embedded server, which read each article once, are Doccano's own to the byte."""

from __future__ import annotations

import json
import random
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from curate.doccano.embedded.environment import server_environment, server_variables
from curate.doccano.embedded.home import ServerHome
from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.session import Session

pytestmark = [pytest.mark.server, pytest.mark.slow]

# Run by the server's Python, with the settings as they are or without what makes exports fast.
EXPORT = """
import json, os, sys, zipfile
from django.conf import settings

if sys.argv[1] == "plain":
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if ".Exports" not in app]
import django

django.setup()
from data_export.celery_tasks import export_dataset
from data_export.pipeline.labels import Labels, Spans

assert ("__init__" in vars(Spans)) == (sys.argv[1] != "plain")
written = {}
for project, formats in json.loads(sys.argv[2]).items():
    for format in formats:
        path = export_dataset(int(project), format)
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith("/"):
                    written[f"{project} {format} {name}"] = archive.read(name).hex()
        os.remove(path)
print(json.dumps(written))
"""


def exported(server: EmbeddedServer, kind: str, projects: dict[int, list[str]]) -> dict[str, bytes]:
    """What the server's own function exports, by project, format and file."""
    home, target = ServerHome(Path(server.status().home)), server_environment()
    done = subprocess.run(
        [str(target.python), "-c", EXPORT, kind, json.dumps(projects)],
        env=server_variables(target, home),
        cwd=home.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout.splitlines()[-1])
    return {name: bytes.fromhex(content) for name, content in written.items()}


class Filled:
    """A project in which several people marked much, in an order that nothing sorts."""

    def __init__(self, people: list[Session], kind: str, **settings: Any) -> None:
        admin = people[0]
        body = {"name": secrets.token_hex(4), "description": "for a test", **settings}
        made = admin.post("projects", json={"resourcetype": kind, **body}).json()
        self.id = int(made["id"])
        self._draw, self._people = random.Random(7), people
        roles = {row["name"]: row["id"] for row in admin.get("roles").json()}
        for person in people[1:]:
            member = {"user": person.user_id, "role": roles["annotator"]}
            admin.post(f"projects/{self.id}/members", json=member)

    def labels(self, kind: str) -> list[int]:
        """Label types whose names sort otherwise than their ids."""
        resource = f"projects/{self.id}/{kind}-types"
        names = ("zeta", "é", "alpha", "Straße")
        made = [self._people[0].post(resource, json={"text": name}).json() for name in names]
        return [int(row["id"]) for row in made]

    def fill(self, *, spans: bool, relations: bool, categories: bool) -> int:
        """Mark and comment on a few articles; returns the project's id."""
        admin, draw = self._people[0], self._draw
        span_types = self.labels("span") if spans else []
        relation_types = self.labels("relation") if relations else []
        category_types = self.labels("category") if categories else []
        for number in range(4):
            text = f"Émile 🇫🇷 {number} " * 20
            row = admin.post(f"projects/{self.id}/examples", json={"text": text}).json()
            example = f"projects/{self.id}/examples/{row['id']}"
            ends: list[int] = []
            places = draw.sample(range(0, 200, 10), 9 if number else 0)
            for start in places:
                person = draw.choice(self._people)
                if span_types:
                    mark = {"start_offset": start, "end_offset": start + draw.randrange(1, 9)}
                    mark |= {"label": draw.choice(span_types), "prob": 0}
                    ends.append(int(person.post(f"{example}/spans", json=mark).json()["id"]))
                if relation_types and len(ends) > 1:
                    head, tail = draw.sample(ends, 2)
                    link = {"from_id": head, "to_id": tail, "type": draw.choice(relation_types)}
                    person.post(f"{example}/relations", json=link)
            for person in self._people if category_types else ():
                label = category_types[(number + person.user_id) % len(category_types)]
                person.post(f"{example}/categories", json={"label": label, "prob": 0})
            person = draw.choice(self._people)
            admin.post(f"projects/{self.id}/comments?example={row['id']}", json={"text": "« ? »"})
            person.post(f"projects/{self.id}/comments?example={row['id']}", json={"text": "!"})
        return self.id


def test_exports_are_the_servers_own_to_the_byte(doccano, admin, people):
    sessions = [admin, people["anna"], people["bela"]]
    marked = {"allow_overlapping": True, "project_type": "SequenceLabeling"}
    linked = Filled(
        sessions,
        "SequenceLabelingProject",
        **marked,
        use_relation=True,
        collaborative_annotation=True,
    )
    apart = Filled(sessions, "SequenceLabelingProject", **marked)
    classes = Filled(
        sessions,
        "TextClassificationProject",
        project_type="DocumentClassification",
        collaborative_annotation=True,
    )
    both = Filled(
        sessions,
        "IntentDetectionAndSlotFillingProject",
        project_type="IntentDetectionAndSlotFilling",
        collaborative_annotation=True,
    )
    projects = {
        linked.fill(spans=True, relations=True, categories=False): ["JSONL"],
        apart.fill(spans=True, relations=False, categories=False): ["JSONL"],
        classes.fill(spans=False, relations=False, categories=True): ["JSONL", "JSON", "CSV"],
        both.fill(spans=True, relations=False, categories=True): ["JSONL"],
    }
    fast = exported(doccano, "fast", projects)
    assert fast == exported(doccano, "plain", projects)
    assert len(fast) == 1 + 3 + 3 + 1
    rows = [json.loads(line) for line in fast[f"{linked.id} JSONL all.jsonl"].splitlines()]
    assert all(len(row["entities"]) == 9 and row["relations"] for row in rows[1:])
