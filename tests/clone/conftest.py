"""Clones of projects on the real server."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from support.foreign_project import ForeignProject

from curate.clone.records import CloneOptions, CloneReport
from curate.clone.run import clone
from curate.doccano.credentials import PASSWORD, URL, USER
from curate.workspace import Workspace


@pytest.fixture
def account(doccano, monkeypatch: pytest.MonkeyPatch) -> None:
    """The administrator's account, as a person sets it."""
    found = doccano.credentials()
    monkeypatch.delenv(URL, raising=False)
    monkeypatch.setenv(USER, found.username)
    monkeypatch.setenv(PASSWORD, found.password)


@pytest.fixture
def clone_of(account, tmp_path: Path) -> Callable[..., tuple[Workspace, CloneReport]]:
    """Clones a project as the administrator; returns the workspace and the report."""

    def make(project: ForeignProject, **options) -> tuple[Workspace, CloneReport]:
        folder = tmp_path / secrets.token_hex(4)
        report = clone(project.address, folder, CloneOptions(**options))
        return Workspace(folder), report

    return make
