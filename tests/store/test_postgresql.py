"""What only PostgreSQL can do wrong: logins, encodings, lost connections, several processes."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from support.postgresql import PASSWORD as SECRET
from support.postgresql import Cluster

from curate import doctor
from curate.errors import ConfigError, CurateError, StoreError
from curate.model import Document
from curate.store import Store
from curate.store.address import PASSWORD, VARIABLE
from curate.workspace import Workspace

ADD = """
import sys
from curate.util import jsonl
from curate.model import Document, Revision
from curate.store import Store
store = Store(sys.argv[1])
made = Document(id=jsonl.document_id("a"), text="a")
for number in range(25):
    with store.begin() as tx:
        tx.add_document(made)
        head = tx.head(made.id)
        tx.add_revision(Revision(
            document=made.id, number=head.number + 1 if head else 1, author=sys.argv[2],
            at=f"2026-01-01T00:00:{number:02d}Z", reason="", schema="s@1"))
"""
HOLD = """
import sys, time
from curate.store import Store
with Store(sys.argv[1]).hold("sync"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The address of a store that nobody uses yet."""
    return cluster.url(schema=f"s_{secrets.token_hex(6)}")


@pytest.fixture
def second(cluster: Cluster) -> Iterator[Cluster]:
    """Another server, for the tests that stop it or look at all who use it."""
    made = Cluster.make()
    yield made
    made.remove()


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_stores_of_the_tests_are_in_it(cluster, tmp_path):
    workspace = Workspace.init(tmp_path / "c", "c") and Workspace(tmp_path / "c")
    assert workspace.store.url.startswith(f"postgresql://curate@/curate?host={cluster.folder}")
    assert not list(tmp_path.rglob("*.db"))
    order = cluster.tell("SELECT 'b' < 'Z', 'b' < 'Z' COLLATE \"C\"", "curate")
    assert order == [(True, False)]  # so that a query without its own order would be seen


def test_several_processes_that_come_at_once_make_one_store_and_lose_no_revision(url):
    running = [run(ADD, url, f"p{number}") for number in range(4)]
    for process in running:
        assert (process.communicate(timeout=120)[1], process.returncode) == ("", 0)
    with Store(url).read() as tx:
        (document,) = tx.documents()
        revisions = tx.revisions(document.id)
    assert [revision.number for revision in revisions] == list(range(100, 0, -1))
    assert len({(revision.author, revision.at) for revision in revisions}) == 100


def test_corpora_in_one_database_know_and_hinder_nothing_of_one_another(cluster, url):
    other = Store(cluster.url(schema=f"s_{secrets.token_hex(6)}"))
    store = Store(url)
    with store.hold("sync"), store.begin() as tx:
        tx.add_document(Document(id="00", text="a"))
        with other.hold("sync", timeout_seconds=1), other.begin() as there:
            assert there.is_empty()


def test_a_killed_process_holds_nothing(url):
    store = Store(url)
    with run(HOLD, url) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="sync by"), store.hold("release", 0.2):
            pytest.fail("two hold it")
        process.send_signal(signal.SIGKILL)
    with store.hold("release", timeout_seconds=10):
        assert store.holder().startswith("release by ")


def end_holders(cluster: Cluster) -> None:
    """End the connections that hold a command's lock, as a broken line would."""
    cluster.tell(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'", "curate"
    )


def test_whoever_lost_the_store_writes_nothing_more_once_somebody_else_took_over(second):
    mine, theirs = Store(second.url(schema="news")), Store(second.url(schema="news"))
    with mine.hold("sync"):
        with mine.begin() as tx:
            tx.add_document(Document(id="00", text="a"))
        end_holders(second)
        with mine.begin() as tx:  # nobody else was there: nothing is in the way
            tx.add_document(Document(id="01", text="b"))
        with theirs.hold("release", timeout_seconds=10):
            with pytest.raises(StoreError, match="release by .* took"):
                mine.begin().__enter__()
            with theirs.begin() as tx:
                assert tx.document_ids() == ["00", "01"]
        with pytest.raises(StoreError):
            mine.begin().__enter__()
    with mine.begin() as tx:  # the next command starts anew
        tx.add_document(Document(id="02", text="c"))


def test_a_server_that_stops_is_told_and_back_again_it_is_used_again(second):
    store = Store(second.url(schema="news"))
    with pytest.raises(StoreError, match="the store .* failed"), store.begin() as tx:
        tx.add_document(Document(id="00", text="a"))
        second.stop()
        tx.is_empty()
    with pytest.raises(StoreError, match="address is right"):
        store.begin().__enter__()
    second.start()
    with store.begin() as tx:
        assert tx.is_empty()


def test_a_database_that_cannot_hold_all_texts_is_refused(cluster):
    make = "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'"
    cluster.tell(f"{make} LOCALE_PROVIDER libc OWNER curate")
    with pytest.raises(ConfigError, match="LATIN1"):
        Store(cluster.url("latin"))


@pytest.mark.parametrize(
    ("database", "more", "message"),
    [
        ("none", {}, 'database "none" does not exist.*`createdb`'),
        ("curate", {"schema": "x_y"}, "permission denied.*grant CREATE"),
    ],
)
def test_what_cannot_be_opened_says_why_and_what_to_do(cluster, database, more, message):
    with pytest.raises(StoreError, match=message):
        Store(cluster.url(database, "guest", **more))


def test_what_one_role_makes_for_a_group_another_one_uses(cluster):
    for number, name in enumerate(("ann", "ben")):
        where = cluster.url(user=name, schema="shared", options="-crole%3Dcurators")
        with Store(where).begin() as tx:
            assert len(tx.document_ids()) == number
            tx.add_document(Document(id=f"0{number}", text=name))


class Keys(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self, user: str, password: str) -> None:
        super().__init__()
        self.kept = {("curate", user): password}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))


@pytest.fixture
def sealed(cluster: Cluster) -> str:
    """An address that needs a password and has none."""
    return f"postgresql://sealed@/curate?host={cluster.folder}&schema=sealed"


def test_a_password_is_found_in_the_environment(sealed, monkeypatch):
    for variable in (PASSWORD, "PGPASSWORD"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, SECRET)
            Store(sealed).close()


def test_a_password_is_found_in_the_file_of_postgresql(sealed, tmp_path, monkeypatch):
    kept = tmp_path / "pgpass"
    kept.write_text("*:*:*:sealed:" + SECRET.replace(":", "\\:"), encoding="ascii")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    Store(sealed).close()


def test_a_password_is_found_in_the_keyring(cluster, sealed):
    before = keyring.get_keyring()
    keyring.set_keyring(Keys(f"sealed@{cluster.folder}", SECRET))
    try:
        Store(sealed).close()
    finally:
        keyring.set_keyring(before)


def test_without_a_password_the_ways_to_give_one_are_told(sealed):
    with pytest.raises(StoreError, match="password.*set CURATE_DATABASE_PASSWORD or PGPASSWORD"):
        Store(sealed)


def test_a_password_is_nowhere_to_be_seen(cluster, tmp_path, monkeypatch, capfd):
    from curate.cli import main

    Workspace.init(tmp_path / "c", "c")
    wrong = "hunter2%40%3A"
    settings = tmp_path / "c" / "curate.toml"
    address = f"postgresql://sealed:{wrong}@/curate?host={cluster.folder}&schema=sealed"
    settings.write_text(f'database = "{address}"\n' + settings.read_text("utf-8"), encoding="utf-8")
    monkeypatch.delenv(VARIABLE)
    for command in (["log"], ["log", "--json"], ["doctor"], ["doctor", "--json"]):
        monkeypatch.setattr(sys, "argv", ["curate", *command, "-C", str(tmp_path / "c")])
        with pytest.raises(SystemExit) as ended:
            main()
        told = "".join(capfd.readouterr())
        assert ended.value.code == 1
        assert "authentication failed" in told
        assert "sealed:***@" in told
        assert "hunter2" not in told
    findings = {finding.subject: finding for finding in doctor.examine(tmp_path / "c")}
    assert not findings["store password"].ok
    with pytest.raises(CurateError) as refused:
        Workspace(tmp_path / "c").opened  # noqa: B018
    assert "hunter2" not in repr(refused.value) + repr(refused.value.__cause__)


def test_doctor_tells_who_holds_the_store(tmp_path):
    Workspace.init(tmp_path / "c", "c")
    workspace = Workspace(tmp_path / "c")
    with workspace.locked("sync"):
        findings = {finding.subject: finding for finding in doctor.examine(tmp_path / "c")}
        assert f"(process {os.getpid()})" in findings["store"].detail
    findings = {finding.subject: finding for finding in doctor.examine(tmp_path / "c")}
    assert f"(process {os.getpid()})" not in findings["store"].detail
    assert "store password" not in findings


def test_a_long_look_does_not_hinder_those_who_write(url):
    store = Store(url)
    with store.begin() as tx:
        for number in range(1200):
            tx.add_document(Document(id=f"{number:04x}", text="a"))
    with store.read() as look:
        documents = look.documents()
        next(documents)
        started = time.monotonic()
        with store.begin() as tx:
            tx.add_document(Document(id="ffff", text="b"))
        assert time.monotonic() - started < 10
        assert sum(1 for _ in documents) == 1199


def test_connections_are_given_back(second):
    def count() -> int:
        ((number,),) = second.tell("SELECT count(*) FROM pg_stat_activity WHERE usename='curate'")
        return int(str(number))

    before = count()
    for _ in range(5):
        with Store(second.url(schema="news")).begin() as tx:
            assert tx.is_empty()
    deadline = time.monotonic() + 10
    while count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert count() <= before
