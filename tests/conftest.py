"""Fixtures that the whole suite shares.

``CURATE_TEST_DATABASE=postgresql`` keeps every store of the tests in a PostgreSQL server of their
own (``tests/postgresql.py``), a schema each.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from support.absent import absent
from support.postgresql import ON_POSTGRESQL, Absent, Cluster

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.session import Session, connect
from curate.store.address import VARIABLE
from curate.util import lock
from curate.workspace import Workspace

pytest_plugins = ["support.annotated_files", "support.annotators", "support.cli", "support.ring"]

# A busy machine is no fault of the code: no example has a deadline.
hypothesis.settings.register_profile("curate", deadline=None)
hypothesis.settings.load_profile("curate")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of PostgreSQL alone are run with the others that use a store, by make postgres-test."""
    if not ON_POSTGRESQL:
        alone = [item for item in items if "cluster" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in alone]
        config.hook.pytest_deselected(items=alone)


@pytest.fixture(scope="session")
def cluster(run_folder: Path, worker_id: str) -> Iterator[Cluster]:
    """A running PostgreSQL: the first process of a run makes it, the last to leave removes it."""
    kept, guests = run_folder / "cluster", run_folder / "cluster-guests"
    with lock.hold(run_folder / "cluster-lock", "starting PostgreSQL"):
        try:
            found = Cluster(Path(kept.read_text("utf-8"))) if kept.exists() else Cluster.make()
        except Absent as reason:
            absent(str(reason))
        kept.write_text(str(found.folder), encoding="utf-8")
        guests.mkdir(exist_ok=True)
        (guests / worker_id).touch()
    yield found
    with lock.hold(run_folder / "cluster-lock", "stopping PostgreSQL"):
        (guests / worker_id).unlink()
        if not any(guests.iterdir()):
            found.remove()
            kept.unlink()


@pytest.fixture(scope="session", autouse=True)
def database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the stores of the tests are: a file each, or a schema each."""
    with pytest.MonkeyPatch.context() as context:
        context.delenv(VARIABLE, raising=False)
        if ON_POSTGRESQL:
            url = request.getfixturevalue("cluster").url(schema="{folder}")
            context.setenv(VARIABLE, url)
        yield


@pytest.fixture(scope="session")
def seed_file() -> Path:
    """The repository's own article."""
    return ROOT / "seeds" / "000_878ce322c5459e48.txt"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; the project does not carry it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """A folder that all processes of one test run share."""
    folder = tmp_path_factory.getbasetemp().parent / f"run-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def doccano(run_folder: Path, worker_id: str) -> Iterator[EmbeddedServer]:
    """A running server that the sync tests share; each test makes a project of its own.

    The first process of a run starts it, the last one to leave stops it.
    """
    server = EmbeddedServer(run_folder / "doccano")
    guests = run_folder / "guests"
    with lock.hold(run_folder / "lock", "starting Doccano"):
        guests.mkdir(exist_ok=True)
        (guests / worker_id).touch()
        server.start(None if server.status().url else 0)
    yield server
    with lock.hold(run_folder / "lock", "stopping Doccano"):
        (guests / worker_id).unlink()
        if not any(guests.iterdir()):
            server.stop()


@pytest.fixture(scope="session")
def admin(doccano: EmbeddedServer) -> Session:
    """The administrator's session."""
    account = doccano.credentials()
    assert account is not None
    return connect(account.url, account.username, account.password)


@pytest.fixture(scope="session")
def people(run_folder: Path, doccano: EmbeddedServer, admin: Session) -> dict[str, Session]:
    """Three annotators and an adjudicator, logged in."""
    sessions: dict[str, Session] = {}
    for name in ("anna", "bela", "carla", "dora"):
        with lock.hold(run_folder / "lock", "making accounts"):
            kept = run_folder / f"{name}-password"
            if not kept.exists():
                kept.write_text(secrets.token_urlsafe(16), encoding="ascii")
                doccano.create_user(name, kept.read_text("ascii"))
        sessions[name] = connect(admin.url, name, kept.read_text("ascii"))
    return sessions


@pytest.fixture
def new_workspace(
    doccano: EmbeddedServer,
    people: dict[str, Session],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Workspace]:
    """Makes workspaces with a project of their own on the server, annotated by anna and bela."""
    account = doccano.credentials()
    assert account is not None
    monkeypatch.setenv(URL, account.url)
    monkeypatch.setenv(USER, account.username)
    monkeypatch.setenv(PASSWORD, account.password)

    def make(name: str = "", settings: str = "") -> Workspace:
        name = name or f"corpus-{secrets.token_hex(4)}"
        root = tmp_path / name
        Workspace.init(root, name)
        text = (root / "curate.toml").read_text("utf-8")
        people = '[doccano.members]\nanna = "annotator"\nbela = "annotator"'
        text = text.replace("[doccano.members]", people)
        # The tests propose by themselves; no model runs over what they put in.
        text = re.sub(r"(?m)^(models|rules) = .*$", r"\1 = []", text)
        text = re.sub(r"(?m)^votes = .*$", "", text)
        (root / "curate.toml").write_text(text + settings, encoding="utf-8")
        return Workspace(root)

    return make
