"""The embedded Doccano server, started. The first run on a machine installs Doccano."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests
from support.cli import run_command

from curate.doccano.credentials import PASSWORD, URL, USER, Credentials
from curate.doccano.embedded.home import ServerHome, ServerState
from curate.doccano.embedded.process import find_process, process_tree, processes_of
from curate.doccano.embedded.readiness import PROBE_PROJECT
from curate.doccano.embedded.server import EmbeddedServer, ServerStatus
from curate.errors import ServerError
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.xdist_group("embedded")]

TIMEOUT_SECONDS = 30


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose name must be quoted in a URL and in a shell."""
    return tmp_path_factory.mktemp("work space é%20#") / "server"


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(root)
    yield server
    server.stop()


@pytest.fixture
def running(server: EmbeddedServer) -> ServerStatus:
    """The server started, whatever the test before has left."""
    status = server.start(None if server.status().url else 0)
    if "kept" not in projects(server):
        assert import_texts(server, "kept", 3) == 3
    return status


def account(server: EmbeddedServer) -> Credentials:
    credentials = server.credentials()
    assert credentials is not None
    return credentials


def sign_in(url: str, username: str, password: str) -> requests.Session:
    session = requests.Session()
    body = {"username": username, "password": password}
    reply = session.post(f"{url}/v1/auth/login/", json=body, timeout=TIMEOUT_SECONDS)
    reply.raise_for_status()
    session.cookies.clear()
    session.headers["Authorization"] = f"Token {reply.json()['key']}"
    return session


def projects(server: EmbeddedServer) -> dict[str, int]:
    """Numbers by name."""
    user = account(server)
    with sign_in(user.url, user.username, user.password) as session:
        page = session.get(f"{user.url}/v1/projects?limit=100", timeout=TIMEOUT_SECONDS).json()
    return {project["name"]: project["id"] for project in page["results"]}


def import_texts(server: EmbeddedServer, name: str, texts: int) -> int:
    """Make a project, import texts into it and return how many arrived."""
    user = account(server)
    body = {
        "name": name,
        "description": "test",
        "project_type": "SequenceLabeling",
        "resourcetype": "SequenceLabelingProject",
    }
    rows = '{"text": "Ana", "label": [[0, 3, "PER"]]}\n' * texts
    with sign_in(user.url, user.username, user.password) as session:
        reply = session.post(f"{user.url}/v1/projects", json=body, timeout=TIMEOUT_SECONDS)
        project = f"{user.url}/v1/projects/{reply.json()['id']}"
        upload = session.post(
            f"{user.url}/v1/fp/process/",
            files={"filepond": ("a.jsonl", rows.encode())},
            timeout=TIMEOUT_SECONDS,
        )
        order = {
            "format": "JSONL",
            "task": "SequenceLabeling",
            "uploadIds": [upload.text],
            "column_data": "text",
            "column_label": "label",
        }
        task = session.post(f"{project}/upload", json=order, timeout=TIMEOUT_SECONDS).json()
        wait_for(session, f"{user.url}/v1/tasks/status/{task['task_id']}")
        page = session.get(f"{project}/examples?limit=1", timeout=TIMEOUT_SECONDS).json()
    return int(page["count"])


def wait_for(session: requests.Session, task: str) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not session.get(task, timeout=TIMEOUT_SECONDS).json()["ready"]:
        assert time.monotonic() < deadline, "the import did not end"
        time.sleep(0.1)


def programs(status: ServerStatus) -> list[psutil.Process]:
    assert status.web_pid is not None and status.worker_pid is not None
    masters = [psutil.Process(status.web_pid), psutil.Process(status.worker_pid)]
    return [process for master in masters for process in process_tree(master)]


def test_a_start_gives_a_server_that_takes_uploads(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    assert running.running
    assert running.problems == ()
    assert running == server.status()
    assert (running.username, running.home) == ("admin", str(root))
    assert running.version == "1.8.4"
    assert account(server).url == running.url
    assert account(server).source == "server"
    assert import_texts(server, "kept", 3) == 3
    assert PROBE_PROJECT not in projects(server)


def test_it_listens_on_loopback_only(running: ServerStatus) -> None:
    listening = {
        tuple(connection.laddr)
        for process in programs(running)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", int(running.url.rpartition(":")[2]))}


def test_another_host_name_is_refused(running: ServerStatus) -> None:
    reply = requests.get(
        running.url,
        headers={"Host": "evil.example"},
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
    )
    assert reply.status_code == 400


def test_only_the_owner_can_read_its_files(running: ServerStatus, root: Path) -> None:
    modes = {path: path.stat().st_mode & 0o077 for path in (root, *root.rglob("*"))}
    assert [path for path, mode in modes.items() if mode] == []


def test_secrets_are_in_no_argument_environment_or_log(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    secrets = [account(server).password, (root / "secret-key").read_text()]
    places = [str(process.cmdline()) + str(process.environ()) for process in programs(running)]
    places += [path.read_text("utf-8") for path in (root / "logs").iterdir()]
    places += [(root / "server.json").read_text(), repr(account(server))]
    assert not [secret for secret in secrets if any(secret in place for place in places)]


def test_starting_again_is_free(server: EmbeddedServer, running: ServerStatus) -> None:
    messages: list[str] = []
    assert server.start(notify=messages.append) == running
    assert messages == []


def test_a_running_server_does_not_move(server: EmbeddedServer, running: ServerStatus) -> None:
    port = int(running.url.rpartition(":")[2])
    assert server.start(port) == running
    with pytest.raises(ServerError, match=str(port)):
        server.start(port - 1)


def test_an_account_is_made_once(server: EmbeddedServer, running: ServerStatus) -> None:
    assert server.create_user("ana", "first-pass-word") is True
    assert server.create_user("ana", "other-pass-word") is False
    with sign_in(running.url, "ana", "first-pass-word") as session:
        me = session.get(f"{running.url}/v1/me", timeout=TIMEOUT_SECONDS).json()
    assert (me["username"], me["is_staff"], me["is_superuser"]) == ("ana", False, False)


def test_a_request_that_reads_and_then_writes_waits_for_another_writer(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    """A clone reads its project first; it answered 500 when somebody wrote meanwhile."""
    user, kept = account(server), projects(server)["kept"]
    database = sqlite3.connect(root / "db.sqlite3", isolation_level=None, timeout=TIMEOUT_SECONDS)
    with (
        sign_in(user.url, user.username, user.password) as session,
        ThreadPoolExecutor(1) as pool,
        contextlib.closing(database),
    ):
        database.execute("begin immediate")
        database.execute("update projects_project set description = 'other' where id = ?", [kept])
        url = f"{user.url}/v1/projects/{kept}/clone"
        answer = pool.submit(session.post, url, timeout=TIMEOUT_SECONDS)
        with pytest.raises(TimeoutError):
            answer.result(timeout=1)  # it has come as far as it can
        database.execute("commit")
        reply = answer.result()
        assert reply.status_code == 201, reply.text
        assert reply.json()["description"] == "other"
        session.delete(f"{user.url}/v1/projects/{reply.json()['id']}", timeout=TIMEOUT_SECONDS)


def test_a_killed_worker_is_noticed_and_replaced(
    server: EmbeddedServer, running: ServerStatus
) -> None:
    assert running.worker_pid is not None
    os.kill(running.worker_pid, signal.SIGKILL)
    broken = wait_until_worker_ends(server)
    assert not broken.running
    assert "worker" in broken.problems[0]
    restarted = server.start()
    assert restarted.running
    assert restarted.web_pid == running.web_pid
    assert restarted.worker_pid != running.worker_pid
    assert len(programs(restarted)) == len(processes_of(Path(restarted.home)))


def wait_until_worker_ends(server: EmbeddedServer) -> ServerStatus:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (status := server.status()).worker_pid and time.monotonic() < deadline:
        time.sleep(0.05)
    return status


def test_a_killed_web_server_comes_back_at_its_address(
    server: EmbeddedServer, running: ServerStatus
) -> None:
    assert running.web_pid is not None
    for process in process_tree(psutil.Process(running.web_pid)):
        process.kill()
    restarted = server.start()
    assert restarted.running
    assert (restarted.url, restarted.worker_pid) == (running.url, running.worker_pid)
    assert "kept" in projects(server)


def test_a_lost_state_file_loses_nothing(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    (root / "server.json").unlink()
    restarted = server.start(0)
    assert restarted.running
    assert restarted.web_pid != running.web_pid
    assert len(programs(restarted)) == len(processes_of(root))
    assert "kept" in projects(server)


def test_two_servers_run_side_by_side(
    server: EmbeddedServer, running: ServerStatus, tmp_path: Path
) -> None:
    other = EmbeddedServer(tmp_path / "other")
    try:
        status = other.start(0)
        assert status.running
        assert status.url != running.url
        assert import_texts(other, "second", 2) == 2
        assert "second" not in projects(server)
    finally:
        assert other.stop()
    assert server.status() == running


def test_a_taken_port_starts_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(ServerError, match=str(port)):
            server.start(port)
    assert processes_of(tmp_path / "server") == []
    assert server.stop() is False


def test_a_start_that_is_killed_can_be_stopped_or_finished(tmp_path: Path) -> None:
    home = ServerHome(tmp_path / "server")
    script = (
        "import sys; from pathlib import Path\n"
        "from curate.doccano.embedded.server import EmbeddedServer\n"
        "EmbeddedServer(Path(sys.argv[1])).start(0, lambda text: print(text, flush=True))\n"
    )
    server = EmbeddedServer(home.root)
    for finish in (server.stop, lambda: server.start().running):
        command = [sys.executable, "-c", script, str(home.root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starting:
            assert starting.stdout is not None
            assert "Doccano" in starting.stdout.readline()  # before a program is started
            while not find_process(home.read_state().web):
                time.sleep(0.01)
            starting.kill()
        assert processes_of(home.root)
        assert finish()
    assert server.stop()
    assert processes_of(home.root) == []


def test_a_changed_password_is_reported_and_can_be_set_anew(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    server.stop()
    kept = root / "account.json"
    kept.write_text('{"username": "admin", "password": "not this one"}')
    with pytest.raises(ServerError, match="`curate server reset-password`"):
        server.start()
    assert processes_of(root) == []
    server.reset_password()
    assert server.start().running
    assert "kept" in projects(server)


@pytest.mark.parametrize("change", ["password = '!'", "is_active = 0, is_staff = 0"])
def test_an_account_that_was_changed_in_doccano_is_reset_while_the_server_runs(
    server: EmbeddedServer, running: ServerStatus, root: Path, change: str
) -> None:
    with contextlib.closing(sqlite3.connect(root / "db.sqlite3", timeout=30)) as database, database:
        database.execute(f"update auth_user set {change} where username = 'admin'")
    with pytest.raises(requests.HTTPError):
        projects(server)
    account = server.reset_password()
    assert "kept" in projects(server)
    with sign_in(account.url, account.username, account.password) as session:
        me = session.get(f"{account.url}/v1/me", timeout=TIMEOUT_SECONDS).json()
    assert me["is_staff"] and me["is_superuser"]


@pytest.fixture
def workspace(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a workspace whose embedded server this is."""
    for name in (URL, USER, PASSWORD):
        monkeypatch.delenv(name, raising=False)
    Workspace.init(tmp_path)
    (tmp_path / ".curate").mkdir(exist_ok=True)
    (tmp_path / ".curate" / "server").symlink_to(root)
    return tmp_path


def login_finding(folder: Path) -> dict[str, str]:
    """What doctor says of the login."""
    rows = run_command("doctor", "--json", root=folder).json
    return next(row for row in rows if row["what"] == "Doccano")


def test_the_hint_for_a_changed_password_works(
    workspace: Path, server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    with contextlib.closing(sqlite3.connect(root / "db.sqlite3", timeout=30)) as database, database:
        database.execute("update auth_user set password = '!' where username = 'admin'")
    finding = login_finding(workspace)
    assert not finding["ok"]
    command = re.search(r"`curate (server \S+)`", finding["cure"])
    assert command
    assert run_command(*command[1].split(), root=workspace).exit_code == 0
    assert login_finding(workspace)["ok"]
    assert account(server).password not in run_command("doctor", root=workspace).output


def test_the_server_of_another_workspace_at_the_recorded_port_is_told_apart(
    workspace: Path, running: ServerStatus, tmp_path: Path
) -> None:
    """Its own password was not changed, and resetting it would not help."""
    here = tmp_path / ".curate" / "server"
    here.unlink()
    home = ServerHome(here)
    home.prepare()
    home.record_account(home.draw_account())
    home.write_state(ServerState(port=int(running.url.rpartition(":")[2])))
    finding = login_finding(workspace)
    assert "another one answers" in finding["told"]
    command = re.search(r"`curate (server .*?)`", finding["cure"])
    assert command
    try:
        assert run_command(*command[1].split(), root=workspace).exit_code == 0
        assert login_finding(workspace)["ok"]
    finally:
        EmbeddedServer(here).stop()


def test_a_stop_ends_everything_and_keeps_the_data(
    server: EmbeddedServer, running: ServerStatus, root: Path
) -> None:
    assert server.stop() is True
    assert processes_of(root) == []
    stopped = server.status()
    assert (stopped.running, stopped.web_pid, stopped.problems) == (False, None, ())
    assert stopped.url == running.url
    assert server.stop() is False
    again = server.start()
    assert again.url == running.url
    assert "kept" in projects(server)
