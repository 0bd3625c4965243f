"""A Doccano server of a test's own, which can be restored from a backup."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.session import Session, connect
from curate.workspace import Workspace
from support.annotators import Annotator

PASSWORD = "a long enough password"


class OwnServer:
    """An embedded server with its accounts.

    Args:
        home: its folder.

    Attributes:
        admin: the administrator's session.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server = EmbeddedServer(home)
        self.server.start(0)
        account = self.server.credentials()
        assert account is not None
        self.account = account
        self.admin = connect(account.url, account.username, account.password)
        self._sessions: dict[str, Session] = {}

    def create(self, name: str, administrator: bool = False) -> None:
        """Create an account."""
        self.server.create_user(name, PASSWORD, administrator)

    def session(self, name: str) -> Session:
        """The session of a person, who gets an account if there is none."""
        if name not in self._sessions:
            if name not in {row["username"] for row in self.admin.get("users").json()}:
                self.create(name)
            self._sessions[name] = connect(self.account.url, name, PASSWORD)
        return self._sessions[name]

    def annotator(self, name: str, workspace: Workspace) -> Annotator:
        """A person at work in the project of a workspace."""
        rows = self.admin.pages("projects")
        project = next(row["id"] for row in rows if row["name"] == workspace.config.project)
        return Annotator(self.session(name), project)

    def back_up(self) -> Path:
        """Copy the folder while the server is stopped, as the documentation says."""
        copy = self.home.with_name(f"{self.home.name}-backup")
        shutil.rmtree(copy, ignore_errors=True)
        self._while_stopped(lambda: shutil.copytree(self.home, copy))
        return copy

    def restore(self, copy: Path) -> None:
        """Put a backup in the place of the folder; the server answers at the same address."""

        def replace() -> None:
            shutil.rmtree(self.home)
            shutil.copytree(copy, self.home)

        self._while_stopped(replace)

    def _while_stopped(self, change: Callable[[], Any]) -> None:
        port = int(self.account.url.rpartition(":")[2])
        self.server.stop()
        change()
        self.server.start(port)
