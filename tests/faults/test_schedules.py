"""Only what people did becomes gold: random schedules of acts and changes of the server.

``CURATE_SCHEDULES`` says how many are played, ``CURATE_SCHEDULE_ONLY`` names one by its number (or
some, ``3,14,15``), and ``CURATE_FAULT_SEED`` the seed.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support.admin_pages import AdminPages
from support.faults.scenarios import SEED, World
from support.faults.schedules import Findings, Schedule

from curate.doccano.embedded.server import EmbeddedServer

pytestmark = [
    pytest.mark.server,
    pytest.mark.faults,
]


def _numbers() -> list[int]:
    only = os.environ.get("CURATE_SCHEDULE_ONLY", "")
    if only:
        return [int(number) for number in only.split(",")]
    return list(range(int(os.environ.get("CURATE_SCHEDULES") or 20)))


@pytest.fixture(scope="session")
def pages(doccano: EmbeddedServer) -> AdminPages:
    account = doccano.credentials()
    assert account is not None
    return AdminPages(account.url, account.username, account.password)


@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=pytest.mark.xdist_group(f"faults-{n % 2}")) for n in _numbers()],
)
def test_gold_changes_by_acts_alone_and_no_act_is_lost(
    world: World, pages: AdminPages, report_findings: Callable[[Findings], None], number: int
) -> None:
    schedule = Schedule(number, SEED, world.folder, world.server, world.admin, pages)
    report_findings(schedule.play())
