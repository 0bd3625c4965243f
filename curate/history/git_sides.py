"""What the branches of a merge hold beside the one file that git has the driver merge.

A file of revisions alone does not tell whether one branch is ahead of the other: the newest
revision of ours may stand in the history of theirs, which is another file. Two clones whose
workspaces share a store are always like that. So both files are read from the two commits. Git
tells a driver ours (``HEAD``), and theirs only by the way; a commit is believed if it has the very
file that the driver was given.
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
    """Documents of which one branch has all revisions that the other one has, and which branch.

    Args:
        ours: our version of a file in ``gold/`` or ``history/``; ``theirs``: the other branch's.
        name: path of the file in the repository.

    Returns:
        None of them where the commits are not known, as when a stash is applied.
    """
    if Path(name).parent.name not in _KINDS:
        return {}
    mine = _chains(_commit(ours, name, iter(["HEAD"])), name)
    others = _chains(_commit(theirs, name, _candidates()), name)
    found: dict[str, Leader] = {}
    for key in mine.keys() & others.keys():
        same = common_length(mine[key], others[key])
        if same in (len(mine[key]), len(others[key])):
            found[key] = "theirs" if same == len(mine[key]) else "ours"
    return found


def _candidates() -> Iterator[str]:
    """Commits that may be the other branch: of a merge, of a rebase, of a picked commit."""
    yield from (name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_"))
    yield from _HEADS
    for name in _PICKED:
        path = Path(_git("rev-parse", "--git-path", name).decode().strip())
        words = path.read_text("utf-8").split("\n") if path.is_file() else []
        for line in reversed(words):
            yield from (word for word in line.split()[:2] if len(word) >= 7)


def _commit(file: Path, name: str, candidates: Iterator[str]) -> str:
    """The first of the commits that has this file there; empty if none does."""
    blob = _git("hash-object", "--no-filters", "--", str(file))
    return next((c for c in candidates if blob and _git("rev-parse", f"{c}:{name}") == blob), "")


def _chains(commit: str, name: str) -> Chains:
    found: Chains = defaultdict(list)
    decoder = msgspec.json.Decoder(Revision)
    folder, shard = Path(name).parent.parent, Path(name).name
    for kind in _KINDS if commit else ():
        for line in _git("show", f"{commit}:{folder / kind / shard}").splitlines():
            try:
                revision = decoder.decode(line)
            except msgspec.MsgspecError:
                return {}  # the driver itself tells of lines that cannot be read
            found[revision.document].append(revision)
    return {key: sorted(chain, key=lambda r: r.number) for key, chain in found.items()}


def _git(*arguments: str) -> bytes:
    """What git says; nothing if it refuses."""
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""
