"""The embedded Doccano server of a workspace: start, stop, status, accounts.

A server is two programs, each in a session of its own so that they outlive curate: gunicorn on
Doccano's ``config.wsgi``, bound to 127.0.0.1, and the Celery worker that runs imports and exports.
Both use SQLite files in one folder (see ``curate.doccano.embedded.home``) and a pinned Python
environment that the user's workspaces share (see ``curate.doccano.embedded.environment``).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.doccano.credentials import Credentials
from curate.doccano.embedded.database import create_account, has_database, prepare_database
from curate.doccano.embedded.environment import (
    ServerEnvironment,
    doccano_version,
    server_variables,
)
from curate.doccano.embedded.home import (
    MEGABYTE,
    ServerAccount,
    ServerHome,
    ServerState,
    check_space,
    free_space,
    hold_lock,
    last_log_line,
)
from curate.doccano.embedded.installation import install_server
from curate.doccano.embedded.process import (
    DEFAULT_PORT,
    LOOPBACK,
    choose_port,
    end_processes,
    find_process,
    port_taken_error,
    process_tree,
    spawn,
)
from curate.doccano.embedded.readiness import answers, prove_upload, wait_until_answers
from curate.errors import ServerError
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

SPACE_TO_START = 200 * MEGABYTE
READY_SECONDS = 120.0
STOP_SECONDS = 15.0
_PROGRAMS = ("web", "worker")

_WORKER_COMMAND = [
    *("-m", "celery", "--app=config", "worker", "--concurrency=1", "--loglevel=info"),
    # These are for talk between workers, and there is only one; mingle delays every start by 1 s.
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
]


def embedded_server(workspace: Workspace) -> EmbeddedServer:
    """The embedded Doccano server of a workspace."""
    return EmbeddedServer(workspace.state / "server")


def start_server(
    workspace: Workspace,
    port: int | None,
    notify: Callable[[str], None],
    progress: Progress = silent,
) -> ServerStatus:
    """Start the embedded server of a workspace; see :meth:`EmbeddedServer.start`.

    Args:
        workspace: the corpus.
        port: port to listen on; by default the last one, or at first ``[server] port``.
        notify: called with one sentence before each step that takes time.
        progress: called with how far an installation is.

    Raises:
        ServerError: it cannot be installed or started; the message says why.
    """
    workspace.make_state()
    server = embedded_server(workspace)
    if port is None and not server.status().url:
        port = workspace.config.server.port
    return server.start(port, notify, progress)


class ServerStatus(msgspec.Struct, frozen=True):
    """The state of a server.

    Args:
        running: whether both programs run and the web server answers.
        url: where it listens or last listened; empty before the first start.
        username: the administrator's name; empty before the first start.
        home: the folder with its data.
        web_pid: process id of the web server, if it runs.
        worker_pid: process id of the worker, if it runs.
        version: version of Doccano.
        problems: what is wrong, one sentence each.
    """

    running: bool
    url: str
    username: str
    home: str
    web_pid: int | None
    worker_pid: int | None
    version: str
    problems: tuple[str, ...] = ()


class _ProgramEnded(ServerError):
    """A program of the server ended while the server was starting."""


class EmbeddedServer:
    """A Doccano server that curate installs, starts and stops.

    Args:
        home: a folder for nothing but its data, such as ``WORKSPACE/.curate/server``; the first
            start makes it.
    """

    def __init__(self, home: Path) -> None:
        self._home = ServerHome(home)

    def start(
        self,
        port: int | None = None,
        notify: Callable[[str], None] = lambda message: None,
        progress: Progress = silent,
    ) -> ServerStatus:
        """Start what does not run yet, and return once a test upload has worked.

        The first start on a machine installs Doccano; the first in a home makes its database and
        an administrator with a random password. If everything runs already, nothing is done.

        Args:
            port: port on 127.0.0.1; None means the last one or 8765, 0 any free one.
            notify: called with one sentence before each step that takes time.
            progress: called with how far an installation is.

        Raises:
            ServerError: the port is taken, the disk is full, Doccano cannot be installed, a
                program ended while starting, or the test upload failed.
        """
        if os.name != "posix":
            raise ServerError(
                "the embedded server needs Linux or macOS", "use a Doccano server of your own"
            )
        # Without the lock first: a running server is returned at once, whoever holds it.
        status = self._running_status(port)
        if status:
            return status
        with hold_lock(self._home.root / "lock", "server start", notify=notify):
            return self._running_status(port) or self._start(port, notify, progress)

    def stop(self) -> bool:
        """End the server's programs and keep its data; returns whether anything ran.

        A running import has 15 seconds to finish before it is killed.
        """
        if not self._home.root.is_dir():
            return False
        with self._lock("server stop"):
            state = self._home.read_state()
            stopped = self._end_all(state)
            if state.web or state.worker:
                self._home.write_state(_with(state, web=None, worker=None, ready=False))
            return stopped

    def status(self) -> ServerStatus:
        """The state of the server; changes nothing."""
        state = self._home.read_state()
        account = self._home.account()
        web, worker = find_process(state.web), find_process(state.worker)
        answering = web is not None and answers(_url(state))
        return ServerStatus(
            running=answering and worker is not None,
            url=_url(state) if state.port else "",
            username=account.username if account else "",
            home=str(self._home.root),
            web_pid=web.pid if web else None,
            worker_pid=worker.pid if worker else None,
            version=doccano_version(),
            problems=tuple(self._problems(state, answering)),
        )

    def credentials(self) -> Credentials | None:
        """The administrator's credentials; None before the first start."""
        account = self._home.account()
        if account is None:
            return None
        url = _url(self._home.read_state())
        return Credentials(
            url=url, username=account.username, password=account.password, source="server"
        )

    def create_user(self, username: str, password: str, administrator: bool = False) -> bool:
        """Create a Doccano account, unless there is one of this name; returns whether it did.

        The password is passed to the server's Python through standard input only. Doccano's rules
        for passwords are not applied.

        Args:
            username: the name to log in with.
            password: its password.
            administrator: whether it may make projects and sees every project.

        Raises:
            ServerError: the server was never started, or the account cannot be created.
        """
        self._require_database()
        with self._lock("account creation"):
            account = ServerAccount(username, password)
            target = install_server(lambda message: None)
            return create_account(self._home, target, account, administrator, replace=False)

    def reset_password(self) -> Credentials:
        """Give the administrator a new random password, and all its rights back.

        It works whether the server runs or not, and if the account was renamed, deleted or made
        inactive in Doccano.

        Raises:
            ServerError: the server was never started, or the account cannot be changed.
        """
        self._require_database()
        with self._lock("password reset"):
            account = self._home.draw_account()
            target = install_server(lambda message: None)
            create_account(self._home, target, account, administrator=True, replace=True)
            self._home.record_account(account)
        url = _url(self._home.read_state())
        return Credentials(
            url=url, username=account.username, password=account.password, source="server"
        )

    # -- steps of a start ------------------------------------------------------------------

    def _running_status(self, port: int | None) -> ServerStatus | None:
        """The status if everything runs and a test upload has worked; None otherwise."""
        state = self._home.read_state()
        if not state.ready:
            return None
        status = self.status()
        if not status.running:
            return None
        _refuse_other_port(port, state)
        return status

    def _start(
        self, port: int | None, notify: Callable[[str], None], progress: Progress
    ) -> ServerStatus:
        check_space(self._home.root, SPACE_TO_START, "a Doccano server")
        target = install_server(notify, progress)
        self._home.prepare()
        state = self._home.read_state()
        if state.database not in ("", target.key):
            self._end_all(state)  # programs of another Doccano, before its database is changed
        before = self._without_strays(state)
        if before.web:
            _refuse_other_port(port, before)
        else:
            before = _with(before, port=choose_port(port, before.port))
        notify(f"starting Doccano {doccano_version()} at {_url(before)}")
        before = _with(before, database=prepare_database(self._home, target, before, notify))
        try:
            state = self._bring_up(target, before, notify)
        except _ProgramEnded:
            # Both programs make the queue when they first use it. Now and then they do so at the
            # same time; the second one fails and ends, and finds the queue when started again.
            before = self._home.write_state(self._without_strays(before))
            state = self._bring_up(target, before, notify)
        self._home.write_state(_with(state, ready=True))
        return self.status()

    def _bring_up(
        self, target: ServerEnvironment, before: ServerState, notify: Callable[[str], None]
    ) -> ServerState:
        try:
            state = self._spawn_missing(target, self._home.write_state(before))
            state = self._make_administrator(target, state)
            self._wait_until_ready(state, notify)
        except ServerError:
            self._home.write_state(self._without_strays(before))  # what ran before keeps running
            raise
        return state

    def _without_strays(self, state: ServerState) -> ServerState:
        """End every process of this server that is not recorded; returns what still runs."""
        recorded = process_tree(find_process(state.web)) + process_tree(find_process(state.worker))
        end_processes(self._home.root, [], STOP_SECONDS, spared=recorded)
        ended = {name: None for name in _PROGRAMS if find_process(getattr(state, name)) is None}
        return _with(state, ready=False, **ended)

    def _spawn_missing(self, target: ServerEnvironment, state: ServerState) -> ServerState:
        """Start the programs that do not run; each is recorded before the next is started."""
        commands = {"web": _web_command(state.port or DEFAULT_PORT), "worker": _WORKER_COMMAND}
        variables = server_variables(target, self._home)
        for name in _PROGRAMS:
            if getattr(state, name) is None:
                command = [str(target.python), *commands[name]]
                record = spawn(command, self._home.log(name), variables, self._home.root)
                state = self._home.write_state(_with(state, **{name: record}))
        return state

    def _make_administrator(self, target: ServerEnvironment, state: ServerState) -> ServerState:
        """Give the administrator the recorded password, while the programs are loading."""
        if has_database(self._home, target, state):
            return state
        account = self._home.account() or self._home.record_account(self._home.draw_account())
        create_account(self._home, target, account, administrator=True, replace=True)
        return self._home.write_state(_with(state, database=target.key))

    def _wait_until_ready(self, state: ServerState, notify: Callable[[str], None]) -> None:
        account = self._home.account()
        if account is None:
            raise ServerError(
                "account.json was deleted while the server was starting", "start the server again"
            )

        def check() -> None:
            self._check_running(state)

        wait_until_answers(_url(state), check, READY_SECONDS)
        check()  # what answers may be another program on this port
        notify("checking that uploads work")
        prove_upload(_url(state), account, check, READY_SECONDS)

    def _check_running(self, state: ServerState) -> None:
        """Raise ServerError if a program has ended."""
        for name in _PROGRAMS:
            if find_process(getattr(state, name)) is None:
                log = self._home.log(name)
                line = last_log_line(log)
                if "already in use" in line.lower():
                    raise port_taken_error(state.port or DEFAULT_PORT)
                raise _ProgramEnded(
                    f"the {name} process ended while the server was starting ({line})", f"see {log}"
                )

    # -- processes -------------------------------------------------------------------------

    def _end_all(self, state: ServerState) -> bool:
        programs = (find_process(state.web), find_process(state.worker))
        masters = [process for process in programs if process is not None]
        return end_processes(self._home.root, masters, STOP_SECONDS)

    def _problems(self, state: ServerState, answering: bool) -> list[str]:
        problems = []
        for name in _PROGRAMS:
            record = getattr(state, name)
            if record is not None and find_process(record) is None:
                log = self._home.logs / f"{name}.log"
                problems.append(
                    f"the {name} process has ended ({last_log_line(log)}); start the server again"
                )
        if find_process(state.web) is not None and not answering:
            problems.append(f"the web server does not answer at {_url(state)} yet")
        if state.web and free_space(self._home.root) < SPACE_TO_START:
            problems.append(f"the disk of {self._home.root} is nearly full")
        return problems

    def _require_database(self) -> None:
        if not self._home.read_state().database:
            raise ServerError(
                f"the server in {self._home.root} has no database yet",
                "start it first with `curate server start`",
            )

    def _lock(self, task: str) -> contextlib.AbstractContextManager[int]:
        return hold_lock(self._home.root / "lock", task)


def _web_command(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "config.wsgi", f"--bind={LOOPBACK}:{port}"),
        # Threads, so that one long request does not block others; two processes, because requests
        # spend their time in Python code, which the threads of one process run in turns. With the
        # code loaded before the fork, the processes share their memory and start as fast as one.
        *("--worker-class=gthread", "--workers=2", "--threads=2", "--preload", "--capture-output"),
        # With a short keep-alive, a client's next request can meet a connection that is closing.
        *("--timeout=300", "--graceful-timeout=10", "--keep-alive=75"),
    ]


def _refuse_other_port(port: int | None, state: ServerState) -> None:
    if port and port != state.port:
        raise ServerError(
            f"the server runs on port {state.port} already",
            f"stop it first, then start it on port {port}",
        )


def _url(state: ServerState) -> str:
    return f"http://{LOOPBACK}:{state.port or DEFAULT_PORT}"


def _with(state: ServerState, **changes: object) -> ServerState:
    return msgspec.structs.replace(state, **changes)
