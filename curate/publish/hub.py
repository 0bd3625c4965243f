"""A folder as a data set repository on the Hugging Face Hub, or on a server that speaks like it.

Large files are sent first, one by one; the hub keeps each under its digest. One commit then puts
all files in place, so that nobody ever sees half a release, and a run after one that broke off
sends only what the hub does not have yet. The commit is tagged with the version of the release.

Reference: https://huggingface.co/docs/huggingface_hub/guides/upload
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curate.errors import CurateError, PublishError
from curate.model import Record
from curate.release import version_key
from curate.util import digests
from curate.util.installation import require
from curate.util.progress import Progress

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.hf_api import GitRefInfo, RepoFile

TOKEN = "HF_TOKEN"
ENDPOINT = "HF_ENDPOINT"
_HUB = "https://huggingface.co"
_OWNED = ("data/", "README.md", "croissant.json")
"""What curate puts into a repository, and removes when a later release does not have it."""


class PublishedItem(Record, frozen=True, kw_only=True):
    """A file of the repository.

    Args:
        path: its path in the repository.
        size: in bytes.
        state: on a hub, ``new``, ``changed``, ``unchanged`` or ``deleted``; else empty.
    """

    path: str
    size: int
    state: str = ""


class Upload(NamedTuple):
    """What an upload did; ``commit`` is the address of its commit, empty if there was no need."""

    files: list[PublishedItem]
    commit: str


def upload(folder: Path, repository: str, version: str, public: bool, progress: Progress) -> Upload:
    """Make a repository hold what a folder holds, in one commit, and tag it with the version.

    Args:
        folder: the folder.
        repository: ``owner/name``; it is created if there is none.
        version: of the release.
        public: whether a new repository is for everybody to read.
        progress: called before each file that is sent.

    Raises:
        CurateError: ``huggingface-hub`` is not installed.
        PublishError: there is no token, or the hub refused, failed, or cannot be reached; or it has
            a later release.
    """
    require("hub", "a hub", "huggingface_hub")
    import huggingface_hub
    from huggingface_hub.utils.tqdm import disable_progress_bars

    token = os.environ.get(TOKEN, "")
    if not token:
        raise PublishError(
            f"there is no token for {repository}", f"put one with write access into {TOKEN}"
        )
    disable_progress_bars()
    endpoint = os.environ.get(ENDPOINT, "") or _HUB
    api = huggingface_hub.HfApi(endpoint=endpoint, token=token)
    with _errors_of(repository, endpoint):
        api.create_repo(repository, repo_type="dataset", private=not public, exist_ok=True)
        head = api.repo_info(repository, repo_type="dataset").sha
        tags = {tag.name: tag.target_commit for tag in _tags(api, repository)}
        _check_order(repository, version, tags)
        files = _compare(api, repository, folder)
        commit = ""
        if any(file.state != "unchanged" for file in files):
            done = api.create_commit(
                repository,
                _operations(api, repository, folder, files, progress),
                commit_message=f"Release {version}",
                repo_type="dataset",
                parent_commit=head,
            )
            head, commit = done.oid, done.commit_url
        if version not in tags:
            api.create_tag(repository, tag=version, revision=head, repo_type="dataset")
    return Upload(files, commit)


def _tags(api: HfApi, repository: str) -> list[GitRefInfo]:
    return api.list_repo_refs(repository, repo_type="dataset").tags


def _check_order(repository: str, version: str, tags: dict[str, str]) -> None:
    """Refuse a release that is older than one on the hub, whose newest files it would replace."""
    later = [tag for tag in tags if _is_version(tag) and version_key(tag) > version_key(version)]
    if later:
        raise PublishError(
            f"{repository} has release {max(later, key=version_key)}, which is after {version}",
            "publish the later one, or this one to a folder",
        )


def _is_version(tag: str) -> bool:
    try:
        version_key(tag)
    except CurateError:
        return False
    return True


def _compare(api: HfApi, repository: str, folder: Path) -> list[PublishedItem]:
    """The files of the folder, and those of the repository that it no longer has."""
    from huggingface_hub.hf_api import RepoFile

    there = {
        item.path: item
        for item in api.list_repo_tree(repository, recursive=True, repo_type="dataset")
        if isinstance(item, RepoFile)
    }
    here = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    files = []
    for name, path in sorted(here.items()):
        state = "new" if name not in there else _state(path, there[name])
        files.append(PublishedItem(path=name, size=path.stat().st_size, state=state))
    gone = sorted(name for name in there.keys() - here.keys() if name.startswith(_OWNED))
    return files + [
        PublishedItem(path=name, size=there[name].size, state="deleted") for name in gone
    ]


def _state(path: Path, remote: RepoFile) -> str:
    if remote.lfs is not None:
        return "unchanged" if remote.lfs.sha256 == digests.of_file(path) else "changed"
    if remote.size != path.stat().st_size:
        return "changed"
    data = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)  # as git names it
    return "unchanged" if remote.blob_id == blob.hexdigest() else "changed"


def _operations(
    api: HfApi, repository: str, folder: Path, files: list[PublishedItem], progress: Progress
) -> list[CommitOperationAdd | CommitOperationDelete]:
    """The operations of the commit; the files that the hub stores by their digest are sent."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    operations: list[CommitOperationAdd | CommitOperationDelete] = []
    changed = [file for file in files if file.state != "unchanged"]
    for number, file in enumerate(changed):
        progress("sending files", number, len(changed))
        if file.state == "deleted":
            operations.append(CommitOperationDelete(file.path))
            continue
        addition = CommitOperationAdd(file.path, folder / file.path)
        api.preupload_lfs_files(repository, [addition], repo_type="dataset", free_memory=False)
        operations.append(addition)
    return operations


@contextmanager
def _errors_of(repository: str, endpoint: str) -> Iterator[None]:
    """Turn what ``huggingface_hub`` raises into errors of curate, and its warnings into nothing."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except CurateError:
        raise
    except HfHubHTTPError as error:
        raise _refusal(error.response.status_code, repository, endpoint) from error
    except Exception as error:  # its own errors, and those of whichever HTTP library it uses
        cause = error.__cause__
        if isinstance(cause, HfHubHTTPError):
            raise _refusal(cause.response.status_code, repository, endpoint) from error
        reason = str(cause or error).strip().splitlines() or [type(error).__name__]
        raise PublishError(
            f"{repository}: {endpoint} failed: {reason[0]}",
            "run the command again; it sends only what is missing",
        ) from error


def _refusal(status: int, repository: str, endpoint: str) -> PublishError:
    """An answer that is no success, in words."""
    if status == 401:
        return PublishError(
            f"{endpoint} did not accept the token in {TOKEN}", "make a new one with write access"
        )
    if status in (403, 404):
        return PublishError(
            f"the token in {TOKEN} may not write to {repository}",
            "check the name of the owner, and the rights of the token",
        )
    if status in (409, 412):
        return PublishError(
            f"{repository} was changed while the release was sent", "run the command again"
        )
    return PublishError(
        f"{repository}: {endpoint} answered with status {status}",
        "run the command again; it sends only what is missing",
    )
