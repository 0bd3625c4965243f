"""The start-up check of a server: it answers, the administrator can log in, an upload arrives.

Celery's own ping does not help: the SQLite queue has no broadcast. So one line of text is imported
into a temporary project, through the same web server, queue, worker and disk as any upload, and the
project is deleted again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from curate.doccano.embedded.home import ServerAccount
from curate.errors import ServerError

if TYPE_CHECKING:
    import requests

PROBE_PROJECT = "curate start-up check"
_MAX_TRIES = 4
_TIMEOUT_SECONDS = 30.0
_POLL_SECONDS = 0.1


def answers(url: str, timeout_seconds: float = 5.0) -> bool:
    """Whether a Doccano answers at an address."""
    import requests

    with _session() as session:  # the first page needs no account, and a request for it no log
        try:
            response = session.get(f"{url}/", timeout=timeout_seconds, allow_redirects=False)
        except requests.RequestException:
            return False
    return response.status_code == 200 and b"doccano" in response.content


def wait_until_answers(url: str, check: Callable[[], None], timeout_seconds: float) -> None:
    """Poll until the web server answers.

    Args:
        url: address of the server.
        check: called after each poll; raises if the server can no longer come up.
        timeout_seconds: how long to wait.

    Raises:
        ServerError: it did not answer in time.
    """
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
    """Log in, import one line into a temporary project, and delete the project.

    Args:
        url: address of the server.
        account: the administrator's account.
        check: called while the import runs; raises if it can no longer end.
        timeout_seconds: how long the import may take.

    Raises:
        ServerError: the password was refused, or the import failed or did not end in time.
    """
    import requests

    try:
        with _session() as session:
            _log_in(session, url, account)
            _delete_probes(session, url)
            project = f"{url}/v1/projects/{_make_probe(session, url)}"
            try:
                _import_line(session, url, project, check, time.monotonic() + timeout_seconds)
            finally:
                _delete_probes(session, url)
    except requests.RequestException as error:
        raise ServerError(
            f"the server at {url} failed its start-up check ({error})",
            "read logs/web.log in the server's folder, then stop and start it",
        ) from error


def _session() -> requests.Session:
    import requests

    session = requests.Session()
    session.trust_env = False  # loopback calls must not go through a proxy or use ~/.netrc
    return session


def _log_in(session: requests.Session, url: str, account: ServerAccount) -> None:
    body = {"username": account.username, "password": account.password}
    response = session.post(f"{url}/v1/auth/login/", json=body, timeout=_TIMEOUT_SECONDS)
    if response.status_code == 400:
        raise ServerError(
            f"the server at {url} refuses the recorded password of {account.username!r}",
            "if it was changed in Doccano, run `curate server reset-password`, and start the "
            "server again",
        )
    response.raise_for_status()
    session.cookies.clear()  # the token is enough, and a session cookie would ask for CSRF
    session.headers["Authorization"] = f"Token {response.json()['key']}"


def _make_probe(session: requests.Session, url: str) -> int:
    body = {
        "name": PROBE_PROJECT,
        "description": "Made and deleted by curate to see whether uploads work",
        "project_type": "SequenceLabeling",
        "resourcetype": "SequenceLabelingProject",
    }
    return int(_json(session.post(f"{url}/v1/projects", json=body, timeout=_TIMEOUT_SECONDS))["id"])


def _delete_probes(session: requests.Session, url: str) -> None:
    """Delete the probe project, and any that an interrupted start has left behind."""
    query = {"q": PROBE_PROJECT, "limit": "100"}
    page = _json(session.get(f"{url}/v1/projects", params=query, timeout=_TIMEOUT_SECONDS))
    for project in [row["id"] for row in page["results"] if row["name"] == PROBE_PROJECT]:
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
    body = {
        "format": "JSONL",
        "task": "SequenceLabeling",
        "uploadIds": [upload.text],
        "column_data": "text",
        "column_label": "label",
    }
    response = _start_import(session, f"{project}/upload", body)
    task = f"{url}/v1/tasks/status/{_json(response)['task_id']}"
    _wait_for_task(session, task, check, deadline)
    examples = _json(session.get(f"{project}/examples?limit=1", timeout=_TIMEOUT_SECONDS))
    if not examples["count"]:
        raise ServerError(
            f"an upload to {url} was accepted but did not arrive",
            "read logs/worker.log in the server's folder",
        )


def _start_import(session: requests.Session, url: str, body: dict[str, Any]) -> requests.Response:
    """Start the import; try again if the server fails.

    In a new home, web server and worker both insert the row of their queue. Whichever comes second
    fails once (seen in one start of twenty), and finds the row there the next time.
    """
    for _ in range(_MAX_TRIES - 1):
        response = session.post(url, json=body, timeout=_TIMEOUT_SECONDS)
        if response.status_code < 500:
            return response
        time.sleep(5 * _POLL_SECONDS)
    return session.post(url, json=body, timeout=_TIMEOUT_SECONDS)


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


def _json(response: requests.Response) -> Any:
    response.raise_for_status()
    return response.json()
