"""Syncs in processes of their own: killed, without disk, beside each other, without a server."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil
import pytest
from support.faults import scenarios
from support.faults.proxy import Fault, Point
from support.faults.scenarios import Case, Result, Scenario, Sync, World

from curate.doccano.embedded.server import EmbeddedServer
from curate.errors import CurateError

pytestmark = [
    pytest.mark.server,
    pytest.mark.faults,
    pytest.mark.xdist_group("faults-0"),
]
PATIENCE_SECONDS = 15.0  # a sync here takes under 3


def start(case: Case, bytes_a_file: int = 0) -> subprocess.Popen[str]:
    """``curate sync`` as a process; files it writes can be kept small."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, bytes_a_file))

    return subprocess.Popen(
        [sys.executable, "-m", "curate", "sync", "--json", "-C", str(case.root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit if bytes_a_file else None,
    )


def finish(case: Case, process: subprocess.Popen[str], seconds: float = PATIENCE_SECONDS) -> Sync:
    """Wait for the process, and kill it when it takes too long; how it went.

    A sync that succeeded is still followed by one of ours: that it has nothing to do is seen later.
    """
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    run = Sync(case.world.proxy.schedule.record, scenarios.Clock())
    if "Traceback" in said:
        run.crash = said.strip().splitlines()[-1]
    elif process.returncode > 0:
        run.error = CurateError(said.strip())
    return run


Check = Callable[[str, str, Callable[[Case], Sync]], None]


@pytest.fixture
def check(world: World, keep: Callable[[Result], None]) -> Check:
    """Plays a scenario whose fault a test brings about itself."""

    def check(name: str, shape: str, disturbed: Callable[[Case], Sync]) -> None:
        point = Fault(name, Point("process", "", 0))
        result = Result(Scenario(name, shape, (point, point)))
        scenarios.play(world, shape, disturbed, result)
        keep(result)

    return check


@pytest.mark.parametrize("number", range(6))
def test_a_sync_that_was_killed_is_finished_by_the_next(
    world: World, check: Check, number: int
) -> None:
    """``kill -9`` at a request that a seed chose, before it is forwarded or once it is answered."""
    shape = ("three", "all", "copies")[number % 3]
    rng = random.Random(scenarios.SEED + number)
    lengths = iter(len(points) for points in scenarios.clean_run(world, shape).requests)

    def killed(case: Case) -> Sync:
        at, after = rng.randrange(1, next(lengths)), rng.random() < 0.5
        running: list[subprocess.Popen[str]] = []

        def kill(count: int, answered: bool) -> None:
            if (count, answered) == (at, after):
                running[0].kill()

        case.world.proxy.arm()
        case.world.proxy.on_request = kill
        running.append(start(case))
        run = finish(case, running[0])
        case.world.proxy.on_request = scenarios.undisturbed
        assert running[0].returncode == -signal.SIGKILL, run
        return run

    check(f"kill -9 #{number}", shape, killed)


@pytest.mark.parametrize("kilobytes", [2, 10, 30, 60, 120])
def test_a_disk_that_is_full_stops_a_sync_and_loses_nothing(check: Check, kilobytes: int) -> None:
    """No file can grow beyond the limit: the store's log, the files of uploads and exports."""

    def full(case: Case) -> Sync:
        case.world.proxy.arm()
        return finish(case, start(case, kilobytes * 1000))

    check(f"no file beyond {kilobytes} kB", "all", full)


@pytest.mark.parametrize("shape", ["copies", "all"])
def test_two_syncs_at_once_do_what_one_does(check: Check, shape: str) -> None:
    def both(case: Case) -> Sync:
        case.world.proxy.arm()
        first, second = start(case), start(case)
        # Neither is to be killed, however busy the machine is.
        runs = [finish(case, each, 4 * PATIENCE_SECONDS) for each in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], runs
        return runs[0]

    check("two at once", shape, both)


def test_two_syncs_of_one_workspace_in_two_threads(check: Check) -> None:
    def both(case: Case) -> Sync:
        case.world.proxy.arm()
        runs: list[Sync] = []
        threads = [threading.Thread(target=lambda: runs.append(case.sync())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(run.report for run in runs), runs
        return runs[0]

    check("two threads", "three", both)


@pytest.mark.parametrize(
    "path", ["projects/N/upload", "projects/N/download"], ids=["import", "export"]
)
def test_the_worker_is_killed_and_started_again(
    check: Check, doccano: EmbeddedServer, path: str
) -> None:
    """It may have had the task already, which is then lost: whoever waits gives up, and repeats."""

    def without_worker(case: Case) -> Sync:
        return _in_the_middle(case, path, lambda: _kill_worker(doccano), lambda: doccano.start())

    check(f"worker killed at {path}", "three", without_worker)


@pytest.mark.parametrize("path", ["projects", "projects/N/upload", "projects/N/download"], ids=str)
def test_the_server_is_restarted_in_the_middle(
    check: Check, doccano: EmbeddedServer, path: str
) -> None:
    def restarted(case: Case) -> Sync:
        return _in_the_middle(case, path, lambda: doccano.stop(), lambda: doccano.start())

    check(f"restart at {path}", "three", restarted)


def _in_the_middle(
    case: Case, path: str, down: Callable[[], object], up: Callable[[], object]
) -> Sync:
    """Take something down when this request was answered, and up again while the sync waits."""
    record = case.world.proxy.arm()
    struck = threading.Event()
    down_once: list[bool] = []

    def strike(count: int, answered: bool) -> None:
        if answered and record.points[-1].path == path and not down_once:
            down_once.append(True)
            down()
            struck.set()

    case.world.proxy.on_request = strike
    process = start(case)
    struck.wait(PATIENCE_SECONDS)
    up()
    run = finish(case, process)
    case.world.proxy.on_request = scenarios.undisturbed
    assert struck.is_set()
    return run


def _kill_worker(doccano: EmbeddedServer) -> None:
    master = psutil.Process(doccano.status().worker_pid)
    family = [*master.children(recursive=True), master]
    for process in family:
        process.kill()
    # Until it has really ended, whoever starts the server takes it for running.
    psutil.wait_procs(family, timeout=PATIENCE_SECONDS)
