"""The embedded Doccano server of a workspace: start, stop, status, accounts.

One server is two programs, each in a session of its own so that they outlive curate: gunicorn
on Doccano's ``config.wsgi``, bound to 127.0.0.1, and the Celery worker that runs imports and
exports. Both use SQLite files under one home (see ``_server_home``) and share a pinned Python
environment with the user's other workspaces (see ``_server_environment``).
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
    install_server,
    server_variables,
)
from curate.doccano.embedded.home import (
    MEGABYTE,
    ProcessRecord,
    ServerAccount,
    ServerHome,
    ServerState,
    check_space,
    free_space,
    hold_lock,
    last_log_line,
)
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

if TYPE_CHECKING:
    from curate.doccano.credentials import Credentials
    from curate.workspace import Workspace

SPACE_TO_START = 200 * MEGABYTE
READY_SECONDS = 120.0
STOP_SECONDS = 15.0
_PROGRAMS = ("web", "worker")

_WORKER_COMMAND = [
    *("-m", "celery", "--app=config", "worker", "--concurrency=1", "--loglevel=info"),
    # Talk between workers, of which there are none; mingle costs a second at every start.
    *("--without-mingle", "--without-gossip", "--without-heartbeat"),
]


class ServerStatus(msgspec.Struct, frozen=True):
    """What is known of a server; ``running`` means both programs live and the web one answers.

    ``url`` is where it listens or last listened, empty before the first start; ``home`` is the
    folder with its data; ``problems`` are sentences for people, empty when all is well.
    """

    running: bool
    url: str
    username: str
    home: str
    web_pid: int | None
    worker_pid: int | None
    version: str
    problems: tuple[str, ...] = ()


class _Died(ServerError):
    """A program of the server ended while it was starting."""


class EmbeddedServer:
    """The Doccano server whose data lies in ``home``.

    Args:
        home: a folder of its own, made on the first start, e.g. ``WORKSPACE/.curate/server``.
    """

    def __init__(self, home: Path) -> None:
        self._home = ServerHome(home)

    def start(
        self, port: int | None = None, progress: Callable[[str], None] | None = None
    ) -> ServerStatus:
        """Start whatever does not run yet, and return once an upload has really worked.

        The first start on a machine installs Doccano; the first in a home makes its database
        and an administrator with a generated password. If all runs already, nothing is done.

        Args:
            port: port on 127.0.0.1; None takes the last one or 8765, 0 any free one.
            progress: called with one sentence before each step that takes time.

        Raises:
            ServerError: the port is taken, the disk is full, Doccano cannot be installed, a
                program ended while starting, or the check failed.
        """
        if os.name != "posix":
            raise ServerError(
                "the embedded server needs Linux or macOS", "use a Doccano server of your own"
            )
        running = self._running(port)
        if running:
            return running
        with self._lock():
            return self._running(port) or self._start(port, progress or _silent)

    def stop(self) -> bool:
        """End the server's programs and keep its data; False if nothing ran.

        A running import has 15 seconds to finish before it is killed.
        """
        if not self._home.root.is_dir():
            return False
        with self._lock():
            state = self._home.read_state()
            stopped = self._end_all(state)
            if state.web or state.worker:
                self._home.write_state(_with(state, web=None, worker=None, ready=False))
            return stopped

    def status(self) -> ServerStatus:
        """The server as it is now; changes nothing."""
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
        """Make a Doccano account; False if the name exists, which is then left as it is.

        The password reaches the server's Python over standard input only. Doccano's rules for
        passwords are not applied.

        Args:
            username: the name to sign in with.
            password: its password.
            administrator: whether it may create projects and sees every project.

        Raises:
            ServerError: the server was never started, or the account cannot be made.
        """
        if not self._home.read_state().database:
            raise ServerError(
                f"the server in {self._home.root} has no database yet", "start the server first"
            )
        with self._lock():
            account = ServerAccount(username, password)
            target = install_server(_silent)
            return create_account(self._home, target, account, administrator, replace=False)

    # -- steps of a start ------------------------------------------------------------------

    def _running(self, port: int | None) -> ServerStatus | None:
        """The status if everything runs and has been proved to work."""
        state = self._home.read_state()
        if not state.ready:
            return None
        status = self.status()
        if status.running:
            _refuse_move(port, state)
        return status if status.running else None

    def _start(self, port: int | None, say: Callable[[str], None]) -> ServerStatus:
        check_space(self._home.root, SPACE_TO_START, "a Doccano server")
        target = install_server(say)
        self._home.prepare()
        state = self._home.read_state()
        if state.database not in ("", target.key):
            self._end_all(state)  # programs of another Doccano, before its database is changed
        before = self._tidied(state)
        if before.web:
            _refuse_move(port, before)
        else:
            before = _with(before, port=choose_port(port, before.port))
        say(f"starting Doccano {doccano_version()} at {_url(before)}")
        before = _with(before, database=prepare_database(self._home, target, before, say))
        try:
            state = self._bring_up(target, before, say)
        except _Died:
            # Both programs make the queue when they first use it, and now and then they meet; the
            # one that lost ends, and finds the queue made when it is started again.
            before = self._home.write_state(self._tidied(before))
            state = self._bring_up(target, before, say)
        self._home.write_state(_with(state, ready=True))
        return self.status()

    def _bring_up(
        self, target: ServerEnvironment, before: ServerState, say: Callable[[str], None]
    ) -> ServerState:
        try:
            state = self._spawn_missing(target, self._home.write_state(before))
            state = self._make_administrator(target, state)
            self._wait_until_ready(state, say)
        except ServerError:
            self._home.write_state(self._tidied(before))  # what ran before goes on
            raise
        return state

    def _tidied(self, state: ServerState) -> ServerState:
        """End every process of this server that a state does not know; forget its dead ones."""
        known = process_tree(find_process(state.web)) + process_tree(find_process(state.worker))
        end_processes(self._home.root, [], STOP_SECONDS, spared=known)
        dead = {name: None for name in _PROGRAMS if find_process(getattr(state, name)) is None}
        return _with(state, ready=False, **dead)

    def _spawn_missing(self, target: ServerEnvironment, state: ServerState) -> ServerState:
        """Start the programs that do not run; each is recorded before the next is started."""
        commands = {"web": _web_command(state.port or DEFAULT_PORT), "worker": _WORKER_COMMAND}
        for name in _PROGRAMS:
            if getattr(state, name) is None:
                record = self._spawn(target, name, commands[name])
                state = self._home.write_state(_with(state, **{name: record}))
        return state

    def _spawn(self, target: ServerEnvironment, name: str, command: list[str]) -> ProcessRecord:
        return spawn(
            [str(target.python), *command],
            self._home.log(name),
            server_variables(target, self._home),
            self._home.root,
        )

    def _make_administrator(self, target: ServerEnvironment, state: ServerState) -> ServerState:
        """Give the administrator the recorded password, while the programs are loading."""
        if has_database(self._home, target, state):
            return state
        account = self._home.account() or self._home.new_account()
        create_account(self._home, target, account, administrator=True, replace=True)
        return self._home.write_state(_with(state, database=target.key))

    def _wait_until_ready(self, state: ServerState, say: Callable[[str], None]) -> None:
        account = self._home.account()
        if account is None:
            raise ServerError("account.json has gone while starting", "start the server again")

        def check() -> None:
            self._raise_if_dead(state)

        wait_until_answers(_url(state), check, READY_SECONDS)
        check()  # what answers may be someone else's program on our port
        say("checking that uploads work")
        prove_upload(_url(state), account, check, READY_SECONDS)

    def _raise_if_dead(self, state: ServerState) -> None:
        for name in _PROGRAMS:
            if find_process(getattr(state, name)) is None:
                log = self._home.log(name)
                line = last_log_line(log)
                if "already in use" in line.lower():
                    raise port_taken_error(state.port or DEFAULT_PORT)
                raise _Died(
                    f"the {name} process ended while the server was starting ({line})", f"see {log}"
                )

    # -- processes -------------------------------------------------------------------------

    def _end_all(self, state: ServerState) -> bool:
        masters = [
            p for p in (find_process(state.web), find_process(state.worker)) if p is not None
        ]
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
            problems.append(f"nothing answers at {_url(state)} yet")
        if state.web and free_space(self._home.root) < SPACE_TO_START:
            problems.append(f"the disk of {self._home.root} is nearly full")
        return problems

    def _lock(self) -> contextlib.AbstractContextManager[int]:
        return hold_lock(self._home.root / "lock", "starting or stopping this server")


def _web_command(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "config.wsgi", f"--bind={LOOPBACK}:{port}"),
        # Threads, so that one long request holds up nobody; two processes, because what a request
        # costs is Python's work, which threads of one process do by turns. Loaded before they part,
        # they share their memory and start as fast as one.
        *("--worker-class=gthread", "--workers=2", "--threads=2", "--preload", "--capture-output"),
        # A long keep-alive, or the client's next call can meet a connection just being closed.
        *("--timeout=300", "--graceful-timeout=10", "--keep-alive=75"),
    ]


def _refuse_move(port: int | None, state: ServerState) -> None:
    if port and port != state.port:
        raise ServerError(
            f"the server runs on port {state.port} already",
            f"stop it first, then start it on port {port}",
        )


def _url(state: ServerState) -> str:
    return f"http://{LOOPBACK}:{state.port or DEFAULT_PORT}"


def _with(state: ServerState, **changes: object) -> ServerState:
    return msgspec.structs.replace(state, **changes)


def _silent(message: str) -> None:
    return None


def embedded_server(workspace: Workspace) -> EmbeddedServer:
    """The embedded Doccano server of a workspace."""
    return EmbeddedServer(workspace.state / "server")


def start_server(
    workspace: Workspace, port: int | None, say: Callable[[str], None]
) -> ServerStatus:
    """Start the embedded server on the port asked for, else the last, else the configured.

    Raises:
        ServerError: it cannot be installed or started; the message says why.
    """
    first = not embedded_server(workspace).status().url
    return embedded_server(workspace).start(
        workspace.config.server.port if first and port is None else port, say
    )
