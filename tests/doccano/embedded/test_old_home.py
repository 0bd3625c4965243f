"""A home whose database was made by the older packages of an earlier curate."""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from curate.doccano.embedded.environment import server_environment, server_variables
from curate.doccano.embedded.home import ServerHome
from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.session import connect
from curate.errors import ServerError

pytestmark = [pytest.mark.server, pytest.mark.slow]

# The last migrations of the set of packages that curate 0.1.0 installed, with Django 4.2.
OLD = {"account": "0002", "socialaccount": "0003", "django_celery_results": "0011"}
OLD_KEY = "doccano-5cd076afa6b1"
# Run by the server's Python.
MIGRATE_BACK = f"""\
import django
django.setup()
from django.core.management import call_command
for app, name in {OLD}.items():
    call_command("migrate", app, name, verbosity=0)
"""


@pytest.fixture
def old_home(tmp_path: Path) -> Iterator[ServerHome]:
    """A stopped server with a project and an annotator, brought back to the older tables."""
    server = EmbeddedServer(tmp_path / "server")
    server.start(0)
    server.create_user("anna", "anna's password")
    account = server.credentials()
    assert account is not None
    with connect(account.url, account.username, account.password) as session:
        kind = {"project_type": "SequenceLabeling", "resourcetype": "SequenceLabelingProject"}
        session.post("projects", json={"name": "kept", "description": "d", **kind})
    server.stop()
    home, target = ServerHome(tmp_path / "server"), server_environment()
    subprocess.run(
        [target.python, "-c", MIGRATE_BACK],
        env=server_variables(target, home),
        cwd=home.root,
        check=True,
        capture_output=True,
    )
    home.write_state(msgspec.structs.replace(home.read_state(), database=OLD_KEY))
    yield home
    server.stop()


def migrations(database: Path, app: str) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("select name from django_migrations where app = ?", [app])
        return sorted(name for (name,) in rows)


def test_an_old_home_is_upgraded_after_a_copy_is_kept(old_home: ServerHome) -> None:
    old = {app: migrations(old_home.database, app) for app in OLD}
    assert all(names[-1].startswith(OLD[app]) for app, names in old.items())
    server = EmbeddedServer(old_home.root)
    messages: list[str] = []
    server.start(0, messages.append)
    (copy,) = old_home.root.glob("db.sqlite3.before-*")
    assert any(copy.name in message for message in messages)
    assert copy.stat().st_mode & 0o777 == 0o600
    for app, names in old.items():
        assert migrations(copy, app) == names
        assert set(names) < set(migrations(old_home.database, app))
    account = server.credentials()
    assert account is not None
    with connect(account.url, account.username, account.password) as session:
        assert [row["name"] for row in session.pages("projects")] == ["kept"]
        project = {"name": secrets.token_hex(4), "description": "d"}
        kind = {"project_type": "SequenceLabeling", "resourcetype": "SequenceLabelingProject"}
        session.post("projects", json={**project, **kind})
    connect(account.url, "anna", "anna's password")
    server.stop()

    messages.clear()
    server.start(0, messages.append)
    assert not any(copy.name in message for message in messages)
    assert [*old_home.root.glob("db.sqlite3.before-*")] == [copy]


def test_a_failed_upgrade_names_the_copy_which_stays_as_it_was(old_home: ServerHome) -> None:
    with closing(sqlite3.connect(old_home.database)) as connection, connection:
        connection.execute("drop table account_emailaddress")  # a migration wants to change it
    server = EmbeddedServer(old_home.root)
    for _ in range(2):
        with pytest.raises(ServerError) as raised:
            server.start(0)
        (copy,) = old_home.root.glob("db.sqlite3.before-*")
        assert str(copy) in str(raised.value)
        assert migrations(copy, "account")[-1].startswith("0002")
