"""Two clones of one corpus, merged by real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from curate.history.git_driver import git_setup
from curate.model import Revision
from curate.workspace import Workspace
from support import history_corpus as h
from support.workspaces import save


class Clone:
    """A clone with a workspace of its own, and its git."""

    def __init__(self, root: Path, day: str) -> None:
        self.root = root
        self.corpus = Workspace(root, h.Clock(day))
        self.made: dict[str, list[Revision]] = {}
        git_setup(self.corpus)
        self.git("config", "user.name", root.name)
        self.git("config", "user.email", f"{root.name}@example.org")

    def git(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def change(self, text: str, *spans, **more) -> None:
        """A new revision, committed."""
        key = h.document(text).id
        with self.corpus.store.begin() as tx:
            head = tx.head(key)
            values = {"author": f"annotator:{self.root.name}", "at": self.corpus.now(), **more}
            made = h.revision(text, head.number + 1 if head else 1, *spans, **values)
            tx.add_revision(made)
        self.made.setdefault(text, []).append(made)
        self.save()

    def save(self) -> None:
        save(self.corpus)
        self.git("add", "-A")
        self.git("commit", "-qm", f"by {self.root.name}")

    def chain(self, text: str = h.ANNA) -> list[Revision]:
        with self.corpus.store.begin() as tx:
            return tx.revisions(h.document(text).id)[::-1]

    def said(self, text: str = h.ANNA) -> set[tuple[str, str]]:
        return {(text[s.start : s.end], s.label) for s in self.chain(text)[-1].spans}


def paris(label):
    return h.span(h.ANNA, "Paris", label)


WEISS = h.span(h.ANNA, "Anna Weiss", "PER")


OTTO = h.span(h.ANNA, "Otto", "PER")


def pulled(clone: Clone, code: int = 0) -> str:
    return clone.git("pull", "-q", "--no-rebase", code=code)
