"""The team's server of docs/teams.md: its files as a parser reads them, and as they run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support import team_server as team
from support.annotators import Annotator

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.doccano.embedded.environment import doccano_version
from curate.doccano.session import connect
from curate.doccano.transport import READ_SECONDS
from curate.ingest.importer import ingest
from curate.sync.run import sync
from curate.workspace import Workspace


def test_the_compose_file_names_versions_secrets_and_one_way_in():
    value = team.compose()
    services = value["services"]
    assert {*services} == {"proxy", "doccano", "postgres", "rabbitmq"}
    assert services["doccano"]["image"] == f"doccano/doccano:{doccano_version()}"
    for name, service in services.items():
        assert re.fullmatch(r"[\w/]+:[\d.]+", service["image"]), name
        assert service["restart"] == "unless-stopped"
        assert ("ports" in service) == (name == "proxy")
        for named in service.get("volumes", ()):
            source = named.partition(":")[0]
            assert source.startswith("./") or source in value["volumes"]
        for other in service.get("depends_on", ()):
            assert other in services
        for variable, setting in service.get("environment", {}).items():
            secret = re.search("PASS|SECRET", variable) or "://doccano:" in str(setting)
            assert bool(secret) == bool(re.search(r"\$\{\w+:\?\}", str(setting))), variable
    for name, condition in services["doccano"]["depends_on"].items():
        assert condition == {"condition": "service_healthy"}
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    used = {*re.findall(r"\$\{(\w+)", str(services))}
    page = team.PAGE.read_text("utf-8")
    listed = re.search(r"^\$ for name in (.*); do$", page, flags=re.M)
    assert listed is not None
    assert used == {*listed[1].split()} == {*team.SECRETS}


def test_the_settings_of_doccano_are_those_that_it_reads():
    base = team.install_server(lambda message: None).backend / "config" / "settings" / "base.py"
    known = base.read_text("utf-8")
    of_the_script = {"ADMIN_USERNAME", "ADMIN_PASSWORD", "ADMIN_EMAIL", "WORKERS", "CELERY_WORKERS"}
    for variable in {*team.compose()["services"]["doccano"]["environment"]} - of_the_script:
        assert f'"{variable}"' in known, variable


def test_the_proxy_waits_longer_than_curate_does():
    settings = team.nginx_settings()
    for name in ("proxy_read_timeout", "proxy_send_timeout"):
        (seconds,) = re.findall(rf"^ *{name} (\d+)s;", settings, flags=re.M)
        assert int(seconds) > READ_SECONDS


def test_nginx_accepts_its_settings(tmp_path):
    config = team.TeamServer(tmp_path).proxy_settings(team.nginx_settings())
    command = [team.nginx(), "-t", "-c", str(config), "-p", str(tmp_path), "-e", "stderr"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.server
def test_a_corpus_is_synced_with_a_server_that_runs_by_these_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = team.TeamServer(tmp_path)
    account = team.compose()["services"]["doccano"]["environment"]["ADMIN_USERNAME"]
    monkeypatch.setenv(URL, server.url)
    monkeypatch.setenv(USER, account)
    monkeypatch.setenv(PASSWORD, team.SECRETS["ADMIN_PASSWORD"])
    Workspace.init(tmp_path / "corpus", "team")
    path = tmp_path / "corpus" / "curate.toml"
    settings = path.read_text("utf-8").replace(
        "[doccano]", f'[doccano]\nca_file = "{server.ca_file}"'
    )
    path.write_text(re.sub(r"(?m)^(models|rules) = .*$", r"\1 = []", settings), "utf-8")
    texts = {"short.txt": "Anna Weiss visite Paris.", "long.txt": "Kiev accueille. " * 120_000}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    workspace = Workspace(tmp_path / "corpus")
    ingest(workspace, [tmp_path / name for name in texts])
    with server.services():
        without_limit = re.sub(r"client_max_body_size .*", "", team.nginx_settings())
        with server.proxy(without_limit):  # nginx's own limit is smaller than the long article
            found = sync(workspace)
            assert (found.outcome.pushed, len(found.outcome.problems)) == (1, 1)
        with server.proxy(team.nginx_settings()):
            found = sync(workspace)
            assert (found.outcome.pushed, found.outcome.problems) == (1, ())
            session = connect(
                server.url, account, team.SECRETS["ADMIN_PASSWORD"], str(server.ca_file)
            )
            (project,) = session.pages("projects")
            person = Annotator(session, project["id"])
            short = next(it for it in person.examples() if len(it["text"]) < 100)
            person.add(short["id"], 0, 10, "PER")
            person.confirm(short["id"])
            assert sync(workspace).outcome.pulled == 1
    with workspace.store.begin() as tx:
        ((document, gold),) = tx.heads()
    assert [document.text[it.start : it.end] for it in gold.spans] == ["Anna Weiss"]
