"""Which branch of a merge is ahead, read from the commits of both branches.

A file of revisions alone does not show whether one branch is ahead of the other: our newest
revision may be in the history of theirs, which is another file. Clones whose workspaces share a
store are always like that. So ``gold/`` and ``history/`` are both read from the two commits. Git
does not name their commit to a merge driver; a candidate is accepted if it contains the very file
that the driver was given.
"""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from curate.model import Revision
from curate.store.fork import common_length

Leader = Literal["ours", "theirs"]
Chains = dict[str, list[Revision]]

_KINDS = ("history", "gold")
_HEADS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD")
_PICKED = ("rebase-merge/done", "rebase-apply/original-commit")


def leaders(ours: Path, theirs: Path, name: str) -> dict[str, Leader]:
    """Documents of which one branch has all revisions of the other, with the name of that branch.

    Args:
        ours: our version of a file in ``gold/`` or ``history/``.
        theirs: the other branch's version.
        name: path of the file in the repository.

    Returns:
        Empty if the commits are unknown, as when a stash is applied.
    """
    if Path(name).parent.name not in _KINDS:
        return {}
    mine = _chains(_commit(ours, name, iter(["HEAD"])), name)
    others = _chains(_commit(theirs, name, _candidates()), name)
    leading: dict[str, Leader] = {}
    for key in mine.keys() & others.keys():
        same = common_length(mine[key], others[key])
        if same in (len(mine[key]), len(others[key])):
            leading[key] = "theirs" if same == len(mine[key]) else "ours"
    return leading


def _candidates() -> Iterator[str]:
    """Commits that may be the other branch: of a merge, a rebase or a cherry-pick."""
    yield from (name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_"))
    yield from _HEADS
    for name in _PICKED:
        path = Path(_git("rev-parse", "--git-path", name).decode().strip())
        words = path.read_text("utf-8").split("\n") if path.is_file() else []
        for line in reversed(words):
            yield from (word for word in line.split()[:2] if len(word) >= 7)


def _commit(file: Path, name: str, candidates: Iterator[str]) -> str:
    """The first of the commits with this file; empty if there is none."""
    blob = _git("hash-object", "--no-filters", "--", str(file))
    return next((c for c in candidates if blob and _git("rev-parse", f"{c}:{name}") == blob), "")


def _chains(commit: str, name: str) -> Chains:
    chains: Chains = defaultdict(list)
    decoder = msgspec.json.Decoder(Revision)
    folder, shard = Path(name).parent.parent, Path(name).name
    for kind in _KINDS if commit else ():
        for line in _git("show", f"{commit}:{folder / kind / shard}").splitlines():
            try:
                revision = decoder.decode(line)
            except msgspec.MsgspecError:
                return {}  # the driver itself reports lines that cannot be read
            chains[revision.document].append(revision)
    return {key: sorted(chain, key=lambda r: r.number) for key, chain in chains.items()}


def _git(*arguments: str) -> bytes:
    """The output of git; empty if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""
