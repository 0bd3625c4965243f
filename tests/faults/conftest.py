"""A real Doccano server for the fault suite alone, with a proxy before it.

The server is the suite's own, because its programs are stopped and killed here. It is tuned for
many short runs: a cheap password hash and a worker that looks into its queue without pause.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.faults import scenarios
from support.faults.proxy import Proxy
from support.faults.scenarios import Result, World
from support.faults.schedules import Findings
from support.faults.truth import Server
from support.faults.upstream import proxy, seen

from curate.doccano import session, transport
from curate.doccano.credentials import PASSWORD, URL, USER
from curate.doccano.embedded.home import SETTINGS_FILE
from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.session import connect

__all__ = ["proxy", "seen"]

_TUNING = """
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_queue.Transport.polling_interval = 0.02
"""
_RESULT = "fault scenario"
_FINDINGS = "schedule"


@pytest.fixture(scope="session")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as context:
        yield context


@pytest.fixture(scope="session")
def doccano(
    tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch
) -> Iterator[EmbeddedServer]:
    settings = tmp_path_factory.mktemp("settings") / "django_settings.py"
    settings.write_text(SETTINGS_FILE.read_text("utf-8") + _TUNING, encoding="utf-8")
    patch.setattr("curate.doccano.embedded.home.SETTINGS_FILE", settings)
    patch.setattr(transport, "BACKOFF_SECONDS", 0.0)
    patch.setattr(session, "TASK_SECONDS", 60.0)  # a test that waits in vain is to fail
    server = EmbeddedServer(tmp_path_factory.mktemp("doccano") / "home")
    server.start(0)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def world(
    doccano: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The server, its proxy, people who are logged in, and the account that curate uses."""
    account = doccano.credentials()
    assert account is not None
    people = {}
    for name in ("anna", "bela", "carla"):
        password = secrets.token_urlsafe(16)
        doccano.create_user(name, password)
        people[name] = connect(account.url, name, password)
    proxy = Proxy(account.url)
    for variable, value in (
        (URL, proxy.url),
        (USER, account.username),
        (PASSWORD, account.password),
    ):
        patch.setenv(variable, value)
    yield World(
        folder=tmp_path_factory.mktemp("corpora"),
        proxy=proxy,
        server=Server(Path(doccano.status().home) / "db.sqlite3"),
        admin=connect(account.url, account.username, account.password),
        people=people,
    )
    proxy.stop()


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Callable[[Result], None]:
    """Keeps a result for the table, and fails the test where a scenario ended otherwise."""

    def keep(result: Result) -> None:
        # A property of the report, because the table is printed by another process than this one
        # when the suite is spread over several.
        request.node.user_properties.append((_RESULT, result.figures()))
        if result.differences or result.crashes:
            pytest.fail(result.report(), pytrace=False)

    return keep


@pytest.fixture
def report_findings(request: pytest.FixtureRequest) -> Callable[[Findings], None]:
    """Keeps what a schedule ended with for the table, and fails the test if anything is wrong."""

    def report(findings: Findings) -> None:
        request.node.user_properties.append((_FINDINGS, findings.figures()))
        if lines := findings.lines():
            pytest.fail("\n".join(lines), pytrace=False)

    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = (each for group in terminalreporter.stats.values() for each in group)
    calls = [each for each in reports if getattr(each, "when", "") == "call"]
    schedules = [v for each in calls for name, v in each.user_properties if name == _FINDINGS]
    if schedules:
        totals = {name: sum(each[name] for each in schedules) for name in schedules[0]}
        terminalreporter.section("schedules")
        for name, total in {"schedules": len(schedules), **totals}.items():
            terminalreporter.write_line(f"{name:<20} {total:>6.0f}")
    found = [v for each in calls for name, v in each.user_properties if name == _RESULT]
    if found:
        terminalreporter.section("faults")
        for line in scenarios.table(found):
            terminalreporter.write_line(line)
