"""Proof that a server works: it answers, the administrator can sign in, an upload arrives.

Celery's own ping says nothing here: the SQLite queue has no broadcast. So one line of text is
imported into a throwaway project, through the same web server, queue, worker and disk as any
upload, and the project is deleted again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from curate.doccano.embedded.home import ServerAccount
from curate.errors import ServerError

if TYPE_CHECKING:
    import requests

PROBE_PROJECT = "curate start-up check"
_ORDERS = 4
_TIMEOUT_SECONDS = 30.0
_POLL_SECONDS = 0.1


def answers(url: str, timeout_seconds: float = 5.0) -> bool:
    """Whether a Doccano answers at a url; its first page needs no account and leaves no log."""
    import requests

    with _session() as session:
        try:
            reply = session.get(f"{url}/", timeout=timeout_seconds, allow_redirects=False)
        except requests.RequestException:
            return False
    return reply.status_code == 200 and b"doccano" in reply.content


def wait_until_answers(url: str, check: Callable[[], None], timeout_seconds: float) -> None:
    """Poll until the web server answers; ``check`` raises if waiting has become pointless."""
    deadline = time.monotonic() + timeout_seconds
    while not answers(url, _TIMEOUT_SECONDS):
        check()
        if time.monotonic() > deadline:
            raise ServerError(
                f"the web server at {url} did not answer within {timeout_seconds:.0f} s",
                "read logs/web.log in the server's folder, then stop and start it",
            )
        time.sleep(_POLL_SECONDS)


def prove_upload(
    url: str, account: ServerAccount, check: Callable[[], None], timeout_seconds: float
) -> None:
    """Sign in, import one line into a throwaway project, and delete the project.

    Raises:
        ServerError: the password is refused, or the import failed or did not end in time.
    """
    with _explained(url), _session() as session:
        _sign_in(session, url, account)
        _delete_probes(session, url)
        project = f"{url}/v1/projects/{_make_probe(session, url)}"
        try:
            _import_line(session, url, project, check, time.monotonic() + timeout_seconds)
        finally:
            _delete_probes(session, url)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    import requests

    try:
        yield
    except requests.RequestException as err:
        raise ServerError(
            f"the server at {url} failed its start-up check ({err})",
            "read logs/web.log in the server's folder, then stop and start it",
        ) from err


def _session() -> requests.Session:
    import requests

    session = requests.Session()
    session.trust_env = False  # a proxy or a netrc entry must not see loopback calls
    return session


def _sign_in(session: requests.Session, url: str, account: ServerAccount) -> None:
    body = {"username": account.username, "password": account.password}
    reply = session.post(f"{url}/v1/auth/login/", json=body, timeout=_TIMEOUT_SECONDS)
    if reply.status_code == 400:
        raise ServerError(
            f"the server at {url} refuses the recorded password of {account.username!r}",
            "if it was changed in Doccano, delete account.json in the server's folder and "
            "start again: it sets a new one",
        )
    reply.raise_for_status()
    session.cookies.clear()  # the token is enough, and a session cookie would ask for CSRF
    session.headers["Authorization"] = f"Token {reply.json()['key']}"


def _make_probe(session: requests.Session, url: str) -> int:
    body = {
        "name": PROBE_PROJECT,
        "description": "Made and deleted by curate to see whether uploads work",
        "project_type": "SequenceLabeling",
        "resourcetype": "SequenceLabelingProject",
    }
    return int(_json(session.post(f"{url}/v1/projects", json=body, timeout=_TIMEOUT_SECONDS))["id"])


def _delete_probes(session: requests.Session, url: str) -> None:
    """Delete the probe project, and any that an interrupted start has left."""
    query = {"q": PROBE_PROJECT, "limit": "100"}
    page = _json(session.get(f"{url}/v1/projects", params=query, timeout=_TIMEOUT_SECONDS))
    found = [row["id"] for row in page["results"] if row["name"] == PROBE_PROJECT]
    for project in found:
        session.delete(f"{url}/v1/projects/{project}", timeout=_TIMEOUT_SECONDS).raise_for_status()


def _import_line(
    session: requests.Session,
    url: str,
    project: str,
    check: Callable[[], None],
    deadline: float,
) -> None:
    file = {"filepond": ("check.jsonl", b'{"text": "check", "label": []}\n')}
    upload = session.post(f"{url}/v1/fp/process/", files=file, timeout=_TIMEOUT_SECONDS)
    upload.raise_for_status()
    order = {
        "format": "JSONL",
        "task": "SequenceLabeling",
        "uploadIds": [upload.text],
        "column_data": "text",
        "column_label": "label",
    }
    posted = _ordered(session, f"{project}/upload", order)
    task = f"{url}/v1/tasks/status/{_json(posted)['task_id']}"
    _wait_for_task(session, task, check, deadline)
    rows = _json(session.get(f"{project}/examples?limit=1", timeout=_TIMEOUT_SECONDS))
    if not rows["count"]:
        raise ServerError(
            f"an upload to {url} was accepted and did not arrive",
            "read logs/worker.log in the server's folder",
        )


def _ordered(session: requests.Session, where: str, order: dict[str, Any]) -> requests.Response:
    """Order the import; again if the server fails at it.

    In a new home web server and worker both make the table row of their queue. Which of them comes
    second fails once (seen in one start of twenty), and finds it made the next time.
    """
    for _ in range(_ORDERS - 1):
        posted = session.post(where, json=order, timeout=_TIMEOUT_SECONDS)
        if posted.status_code < 500:
            return posted
        time.sleep(5 * _POLL_SECONDS)
    return session.post(where, json=order, timeout=_TIMEOUT_SECONDS)


def _wait_for_task(
    session: requests.Session, task: str, check: Callable[[], None], deadline: float
) -> None:
    while not (status := _json(session.get(task, timeout=_TIMEOUT_SECONDS)))["ready"]:
        check()
        if time.monotonic() > deadline:
            raise ServerError(
                "the Celery worker did not take an upload in time",
                "read logs/worker.log in the server's folder, then stop and start it",
            )
        time.sleep(_POLL_SECONDS)
    problem = status["error"] or (status["result"] or {}).get("error")
    if problem:
        raise ServerError(
            f"the start-up check's upload failed ({problem})",
            "read logs/worker.log in the server's folder",
        )


def _json(reply: requests.Response) -> Any:
    reply.raise_for_status()
    return reply.json()
