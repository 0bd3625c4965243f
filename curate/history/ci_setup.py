"""``curate ci-init``: checks of the corpus on every pull request, and before every commit."""

from __future__ import annotations

import json
import os
import shlex
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from curate.history.git_driver import git
from curate.model import Record
from curate.util import jsonl
from curate.util.installation import NAME
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

_MARK = "Written by `curate ci-init`"
_HOOKS = ".githooks"
_GITLAB, _GITLAB_JOB = ".gitlab-ci.yml", ".gitlab/curate.yml"
_FILES = {
    ".github/workflows/curate.yml": "github.yml",
    _GITLAB_JOB: "gitlab.yml",
    f"{_HOOKS}/pre-commit": "pre-commit",
}
_INCLUDE = f"# {_MARK}.\ninclude:\n  - local: {_GITLAB_JOB}\n"


class CiSetup(Record, frozen=True, kw_only=True):
    """What was set up.

    Args:
        repository: the root of the git repository.
        changed: files that were written, and settings of git, such as ``core.hooksPath``.
        notes: what was left alone because it is not curate's, and what to do about it.
    """

    repository: str
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def ci_init(workspace: Workspace, requirement: str = "") -> CiSetup:
    """Write a workflow for GitHub, one for GitLab, and a hook that git runs before a commit.

    Files that curate wrote are brought up to date; others are left alone. The hook is under version
    control, but git takes no hooks from a repository: each clone has to run this once.

    Args:
        workspace: the corpus.
        requirement: what pip installs before the checks; this version of curate by default.

    Raises:
        CurateError: the workspace is not in a git repository, or git is not installed.
    """
    top = Path(git(workspace.root, "rev-parse", "--show-toplevel")).resolve()
    folder = workspace.root.relative_to(top)
    values = {
        "@QUOTED_FOLDER@": json.dumps(folder.as_posix(), ensure_ascii=False),
        "@FOLDER@": shlex.quote(folder.as_posix()),
        "@PREFIX@": "" if folder == Path() else f"{folder.as_posix()}/",
        "@REQUIREMENT@": json.dumps(requirement or f"{NAME}=={__version__}"),
    }
    changed, notes = [], []
    for name, template in _FILES.items():
        text = (files("curate.templates") / "ci" / template).read_text("utf-8")
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        if _is_foreign(top / name):
            notes.append(f"{name} is not curate's and was left alone; move it away to get another")
            continue
        if jsonl.write(top / name, text.encode()):
            changed.append(name)
        if text.startswith("#!"):
            (top / name).chmod(0o755)
    if not (top / _GITLAB).exists():
        jsonl.write(top / _GITLAB, _INCLUDE.encode())
        changed.append(_GITLAB)
    elif _GITLAB_JOB not in (top / _GITLAB).read_text("utf-8"):
        notes.append(f"{_GITLAB} exists; add `include: [{{local: {_GITLAB_JOB}}}]` to it")
    note = _use_hooks(top)
    if note is None:
        changed.append("core.hooksPath")
    elif note:
        notes.append(note)
    return CiSetup(repository=str(top), changed=tuple(changed), notes=tuple(notes))


def _is_foreign(path: Path) -> bool:
    return path.exists() and _MARK not in path.read_text("utf-8", "replace")


def _use_hooks(top: Path) -> str | None:
    """Let git run the hook, unless it runs others; returns why not, or None if it was set."""
    current = git(top, "config", "--default", "", "--get", "core.hooksPath")
    if current == _HOOKS:
        return ""
    own = Path(git(top, "rev-parse", "--git-path", "hooks/pre-commit"))
    if current or os.access(top / own, os.X_OK):
        return f"git runs other hooks; call {_HOOKS}/pre-commit in {current or own}"
    git(top, "config", "--local", "core.hooksPath", _HOOKS)
    return None
