"""A hub for data sets on loopback: it keeps repositories, their commits and tags, and large files.

It answers what ``huggingface_hub`` asks it for an upload, in the words of the real one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.http_server import Answer, Request, serving

TOKEN = "hf_for-tests-only"
Files = dict[str, bytes]


@dataclass
class Repository:
    """A repository: its commits, the oldest first, and its tags."""

    private: bool
    commits: list[tuple[str, str, Files]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def files(self) -> Files:
        return self.commits[-1][2]

    def commit(self, message: str, files: Files) -> str:
        listed = json.dumps([len(self.commits), message, sorted(files)])
        oid = hashlib.sha1(listed.encode()).hexdigest()
        self.commits.append((oid, message, files))
        return oid


class FakeHub:
    """The hub; ``fault`` may answer a request in its place, and ``sent`` lists large files."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.large: Files = {}
        self.sent: list[str] = []
        self.fault: Callable[[Request], Answer | None] = lambda request: None
        self.url = ""

    def __call__(self, request: Request) -> Answer:
        own = self.fault(request)
        if own is not None:
            return own
        path = request.path.partition("?")[0]
        headers = {name.lower(): value for name, value in request.headers.items()}
        if path.startswith("/large/"):  # the storage knows its own addresses, and no token
            return self._store(path.rpartition("/")[2], request.body)
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return _refused(401, "Invalid credentials")
        if path == "/api/validate-yaml":
            return _json({"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self._create(json.loads(request.body))
        name, _, rest = path.removeprefix("/api/datasets/").partition(".git/")
        if rest:
            return self._batch(json.loads(request.body))
        owner, name, *words = path.removeprefix("/api/datasets/").split("/")
        repository = self.repositories.get(f"{owner}/{name}")
        if repository is None:
            return _refused(404, "Repository not found", "RepoNotFound")
        return self._of(repository, f"{owner}/{name}", words, request)

    def _of(self, held: Repository, name: str, words: list[str], request: Request) -> Answer:
        if not words or words[0] == "revision":
            return _json({"id": name, "sha": held.head, "private": held.private})
        if words[0] == "refs":
            tags = [
                {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
                for tag, oid in held.tags.items()
            ]
            return _json({"branches": [], "converts": [], "tags": tags})
        if words[0] == "tree":
            return _json([self._entry(path, data) for path, data in held.files.items()])
        if words[0] == "preupload":
            files = json.loads(request.body)["files"]
            return _json({"files": [self._mode(file) for file in files]})
        if words[0] == "tag":
            tag = json.loads(request.body)["tag"]
            if tag in held.tags:
                return _refused(409, "Tag reference exists already")
            held.tags[tag] = words[1]
            return _json({})
        assert words[0] == "commit", words
        return self._commit(held, name, [json.loads(line) for line in request.body.splitlines()])

    def _create(self, wanted: dict[str, Any]) -> Answer:
        name = f"{wanted['organization']}/{wanted['name']}"
        if wanted["organization"] == "others":
            return _refused(403, "You have no rights there")
        address = {"url": f"{self.url}/datasets/{name}"}
        if name in self.repositories:
            return Answer(409, json.dumps(address).encode())
        held = self.repositories[name] = Repository(wanted.get("visibility") == "private")
        held.commit("initial commit", {".gitattributes": b"*.parquet filter=lfs\n"})
        return _json(address)

    def _entry(self, path: str, data: bytes) -> dict[str, Any]:
        entry: dict[str, Any] = {"type": "file", "path": path, "size": len(data)}
        entry["oid"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        if _is_large(path):
            digest = hashlib.sha256(data).hexdigest()
            entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 130}
        return entry

    def _mode(self, file: dict[str, Any]) -> dict[str, Any]:
        mode = "lfs" if _is_large(file["path"]) else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}

    def _batch(self, wanted: dict[str, Any]) -> Answer:
        objects = []
        for it in wanted["objects"]:
            place = {"upload": {"href": f"{self.url}/large/{it['oid']}"}}
            objects.append({**it, **({} if it["oid"] in self.large else {"actions": place})})
        return _json({"transfer": "basic", "objects": objects})

    def _store(self, oid: str, data: bytes) -> Answer:
        assert hashlib.sha256(data).hexdigest() == oid
        self.large[oid] = data
        self.sent.append(oid)
        return Answer(200)

    def _commit(self, held: Repository, name: str, lines: list[dict[str, Any]]) -> Answer:
        header, *operations = lines
        if header["value"].get("parentCommit") not in (None, held.head):
            return _refused(412, "The repository was changed meanwhile")
        files = dict(held.files)
        for it in operations:
            kind, value = it["key"], it["value"]
            if kind == "deletedFile":
                del files[value["path"]]
            elif kind == "lfsFile":
                files[value["path"]] = self.large[value["oid"]]
            else:
                assert kind == "file"
                files[value["path"]] = base64.b64decode(value["content"])
        oid = held.commit(header["value"]["summary"], files)
        return _json({"commitOid": oid, "commitUrl": f"{self.url}/datasets/{name}/commit/{oid}"})


def _is_large(path: str) -> bool:
    return path.endswith(".parquet")


def _json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _refused(status: int, message: str, code: str = "") -> Answer:
    headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
    return Answer(status, json.dumps({"error": message}).encode(), headers)


@contextmanager
def running_hub() -> Iterator[FakeHub]:
    """A hub that serves while the block runs."""
    hub = FakeHub()
    with serving(hub) as (url, _):
        hub.url = url
        yield hub
