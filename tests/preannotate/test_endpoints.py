"""Language models behind an endpoint, on loopback: they answer well, late, wrongly and half."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.brittle_pipeline import documents
from support.fake_model import completion, naming, quoting, settings, text_of
from support.http_server import Answer, Request, serving

from curate import schema as schemas
from curate.config import EndpointSettings
from curate.errors import ConfigError, ProposerError
from curate.model import Document
from curate.preannotate.endpoints import Endpoint, endpoint_layer
from curate.preannotate.prompt import read_answer, system_prompt

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = schemas.load(ROOT / "schemas" / "news-en.yaml")
NAMES = {"Ada Byron": "PER", "Paris": "LOC"}
TEXTS = ["Ada Byron left Paris. Paris slept.", "Nothing here.", "A letter from Paris"]
FOUND = [["Ada Byron", "Paris", "Paris"], [], ["Paris"]]
SECRET = "sk-very-secret-93"


class Asked:
    """An endpoint of a test with the pauses that it made."""

    def __init__(self, url: str, state: Path, **more: Any) -> None:
        own = EndpointSettings(**settings(url, **more))
        self.pauses: list[float] = []
        environment = {"MODEL_KEY": SECRET}
        self.endpoint = Endpoint("llm", own, state, SCHEMA, environment, self.pauses.append)

    def propose(self, *texts: str) -> tuple[list[list[str] | None], list[str]]:
        """The texts of the spans of each text, and what is said about it."""
        batch = documents(*texts)
        surfaces: list[list[str] | None] = []
        messages = []
        for document, answer in zip(batch, self.endpoint.propose(batch), strict=True):
            messages += [problem.message for problem in answer.problems]
            annotation = answer.annotation
            surfaces.append(
                annotation and [document.text[s.start : s.end] for s in annotation.spans]
            )
        assert SECRET not in "".join(messages)
        return surfaces, [it.removeprefix(f"{self.endpoint.layer} ") for it in messages]


def test_quotations_become_spans(tmp_path: Path) -> None:
    with serving(naming(NAMES)) as (url, requests):
        asked = Asked(url, tmp_path, key="MODEL_KEY", options={"temperature": 0})
        assert asked.propose(*TEXTS) == (FOUND, [])
        assert asked.pauses == []
    assert [request.path for request in requests] == ["/v1/chat/completions"] * 3
    body = json.loads(requests[0].body)
    assert (body["model"], body["temperature"]) == ("org/small:7b", 0)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == TEXTS[0]
    assert {request.headers["Authorization"] for request in requests} == {f"Bearer {SECRET}"}


def test_the_prompt_has_the_guidelines_and_examples_in_the_language_of_the_text() -> None:
    prompt = system_prompt(SCHEMA, "en")
    for label in SCHEMA.labels:
        assert label.name in prompt and label.description.strip() in prompt
    assert "**Marco Rubio**" in prompt
    translation = schemas.Translation(title="Consignes", introduction="Bonjour.")
    both = schemas.Schema(
        name="s",
        version="1",
        language="en",
        title="Guidelines",
        introduction="Hello.",
        labels=SCHEMA.labels[:1],
        translations={"fr": translation},
    )
    assert "Bonjour." in system_prompt(both, "fr") and "Hello." not in system_prompt(both, "fr")
    assert "Hello." in system_prompt(both, "de") and "Bonjour." not in system_prompt(both, "de")


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    with serving(naming(NAMES)) as (url, requests):
        assert Asked(url, tmp_path).propose(*TEXTS) == (FOUND, [])
        assert Asked(url, tmp_path).propose(*TEXTS) == (FOUND, [])
        assert len(requests) == 3
        for other in ({"model": "m"}, {"options": {"seed": 1}}, {"characters": 201}):
            before = len(requests)
            Asked(url, tmp_path, **other).propose(TEXTS[0])
            assert len(requests) - before == ("characters" not in other)
    kept = list((tmp_path / "answers").rglob("*.json"))
    assert len(kept) == 5
    kept[0].write_text("damaged", encoding="utf-8")
    with serving(naming(NAMES)) as (url, _):
        assert Asked(url, tmp_path).propose(*TEXTS) == (FOUND, [])


def test_the_layer_says_which_model_was_asked_what() -> None:
    own = EndpointSettings(**settings("http://localhost"))
    layer = endpoint_layer("llm", own, SCHEMA)
    assert layer.startswith("model:llm@org-small-7b-") and len(layer.rpartition("-")[2]) == 6
    others = [
        EndpointSettings(**settings("http://localhost", options={"temperature": 1})),
        EndpointSettings(**settings("http://localhost", characters=500)),
    ]
    reworded = schemas.Schema(
        **{
            name: getattr(SCHEMA, name)
            for name in SCHEMA.__struct_fields__
            if name != "introduction"
        },
        introduction="Others.",
    )
    names = {layer, endpoint_layer("llm", own, reworded)}
    names |= {endpoint_layer("llm", other, SCHEMA) for other in others}
    assert len(names) == 4
    assert endpoint_layer("llm", EndpointSettings(**settings("http://other")), SCHEMA) == layer
    with pytest.raises(ConfigError):
        endpoint_layer("a/b", own, SCHEMA)


def test_a_long_document_takes_several_requests(tmp_path: Path) -> None:
    text = "".join(f"{number}. Ada Byron left Paris.\n\n" for number in range(40))
    with serving(naming(NAMES)) as (url, requests):
        surfaces, messages = Asked(url, tmp_path, characters=300).propose(text)
    assert (surfaces, messages) == ([["Ada Byron", "Paris"] * 40], [])
    assert "".join(map(text_of, requests)) == text
    assert max(len(text_of(request)) for request in requests) <= 300


def test_what_is_not_in_the_text_is_left_out_and_told(tmp_path: Path) -> None:
    quotes = [("Ada Byron", "PER"), ("Lord Byron", "PER"), ("Paris", "LOC"), ("Paris", "LOC")]
    with serving(quoting([*quotes, ("Paris", "LOC"), ("Paris", "CITY")])) as (url, _):
        surfaces, messages = Asked(url, tmp_path).propose(TEXTS[0])
    assert surfaces == [["Ada Byron", "Paris", "Paris"]]
    assert len(messages) == 2
    assert "'CITY'" in messages[0]
    assert "2 of 6 quotations" in messages[1] and "'Lord Byron'" in messages[1]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"{"),
        Answer(body=b"[]"),
        Answer(body=b'{"choices": []}'),
        Answer(body=b'{"choices": [{"message": {"content": null}}]}'),
        completion("I cannot help with that."),
        completion('{"spans": [{"quote": "Paris"}]}'),
        completion('{"spans": [{"quote": "Par'),
        completion('{"spans": []}', finish="length"),
        Answer(500, b"out of order"),
        Answer(400, b"too long"),
    ],
)
def test_an_answer_that_is_wrong_costs_the_document_its_layer(
    answer: Answer, tmp_path: Path
) -> None:
    good = naming(NAMES)
    with serving(lambda it: answer if "panne" in text_of(it) else good(it)) as (url, _):
        asked = Asked(url, tmp_path)
        surfaces, messages = asked.propose(TEXTS[0], "panne in Paris", TEXTS[2])
        assert surfaces == [FOUND[0], None, FOUND[2]]
        assert len(messages) == 1
        asked.endpoint.check()
    assert len(list((tmp_path / "answers").rglob("*.json"))) == 2  # a wrong answer is not kept
    with serving(good) as (url, _):
        assert Asked(url, tmp_path).propose("panne in Paris") == ([["Paris"]], [])


def test_three_wrong_answers_in_a_row_stop_the_run(tmp_path: Path) -> None:
    with serving(completion("Hello!")) as (url, requests):
        asked = Asked(url, tmp_path)
        surfaces, messages = asked.propose("a", "b", "c", "d", "e")
        assert surfaces == [None] * 5 and messages[3:] == ["was not asked any more"] * 2
        assert len(requests) == 3
        with pytest.raises(ProposerError, match="form that was asked for"):
            asked.endpoint.check()


def test_a_limit_of_the_rate_is_waited_for(tmp_path: Path) -> None:
    limits = iter([Answer(429, headers={"Retry-After": "7"}), Answer(429), Answer(503)])
    good = naming(NAMES)
    with serving(lambda it: next(limits, None) or good(it)) as (url, _):
        asked = Asked(url, tmp_path)
        assert asked.propose(TEXTS[0]) == (FOUND[:1], [])
        assert asked.pauses == [7.0, 2.0, 4.0]


def test_a_limit_that_lasts_longer_than_patience_stops_the_run(tmp_path: Path) -> None:
    with serving(Answer(429, headers={"Retry-After": "40"})) as (url, requests):
        asked = Asked(url, tmp_path, patience=100)
        surfaces, _ = asked.propose("a", "b")
        assert surfaces == [None, None] and asked.pauses == [40.0, 40.0]
        assert len(requests) == 3
        with pytest.raises(ProposerError, match="asks for a pause until"):
            asked.endpoint.check()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(401, f"no such key {SECRET}".encode()), "does not accept the key in MODEL_KEY"),
        (Answer(403), "does not accept the key in MODEL_KEY"),
        (Answer(404, f"no model for {SECRET}".encode()), "answers 404: no model for …"),
        (Answer(307, headers={"Location": "http://127.0.0.1:9/"}), "redirects (307)"),
    ],
)
def test_what_no_other_request_would_mend_stops_at_once(
    answer: Answer, reason: str, tmp_path: Path
) -> None:
    with serving(answer) as (url, requests):
        asked = Asked(url, tmp_path, key="MODEL_KEY")
        surfaces, _ = asked.propose("a", "b", "c")
        assert surfaces == [None] * 3
        assert len(requests) == 1
        with pytest.raises(ProposerError) as caught:
            asked.endpoint.check()
    assert reason in caught.value.message and SECRET not in str(caught.value)


def test_a_late_answer_is_given_up(tmp_path: Path) -> None:
    good = naming(NAMES)

    def slow(request: Request) -> Answer:
        if "late" in text_of(request):
            time.sleep(1.5)
        return good(request)

    with serving(slow) as (url, requests):
        surfaces, messages = Asked(url, tmp_path, timeout=0.7).propose("late Paris", TEXTS[2])
    assert (surfaces, messages) == ([None, ["Paris"]], ["did not answer in time"])
    assert len(requests) == 2


@contextmanager
def raw_server(send: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request and then does with the connection what it is told."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    send(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_half_an_answer_is_none(tmp_path: Path) -> None:
    half = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"choices": [{"mess'
    with raw_server(lambda connection: connection.sendall(half)) as url:
        surfaces, messages = Asked(url, tmp_path).propose("Paris")
    assert (surfaces, messages) == ([None], ["broke off in the middle of its answer"])
    assert not list(tmp_path.rglob("*.json"))


def test_an_answer_that_drips_is_given_up(tmp_path: Path) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(40):
            time.sleep(0.1)
            connection.sendall(b" " * 10)

    began = time.monotonic()
    with raw_server(drip) as url:
        surfaces, messages = Asked(url, tmp_path, timeout=0.6).propose("Paris")
        assert time.monotonic() - began < 4
    assert (surfaces, messages) == ([None], ["did not answer in time"])


def test_an_endpoint_that_is_not_there_stops_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    asked = Asked(url, tmp_path)
    assert asked.propose("a", "b")[0] == [None, None]
    assert asked.pauses == [1.0, 2.0]
    with pytest.raises(ProposerError, match="cannot be reached"):
        asked.endpoint.check()


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "ftp://localhost/v1", "http://", "http://localhost/v1?a=b", "http://[::1"],
)
def test_an_address_that_is_none_is_refused(address: str, tmp_path: Path) -> None:
    own = EndpointSettings(url=address, model="m")
    with pytest.raises(ConfigError, match=r"\[preannotate\.endpoints\.llm\]"):
        Endpoint("llm", own, tmp_path, SCHEMA)


def test_no_message_shows_a_password_or_a_key(tmp_path: Path) -> None:
    own = EndpointSettings(url=f"https://me:{SECRET}@localhost/v1", model="m")
    with pytest.raises(ConfigError) as caught:
        Endpoint("llm", own, tmp_path, SCHEMA)
    assert SECRET not in str(caught.value)
    own = EndpointSettings(url="https://localhost/v1", model="m", key="MODEL_KEY")
    for value in ("", " ", f"{SECRET}\nX: y", f"{SECRET}é"):
        endpoint = Endpoint("llm", own, tmp_path, SCHEMA, {"MODEL_KEY": value})
        with pytest.raises(ConfigError, match="MODEL_KEY") as refused:
            endpoint.check_key()
        assert SECRET not in str(refused.value)


def test_a_key_that_is_sent_in_the_clear_is_told_once(tmp_path: Path) -> None:
    for url, key, count in (
        ("http://model.invalid", "MODEL_KEY", 1),
        ("https://model.invalid", "MODEL_KEY", 0),
        ("http://model.invalid", "", 0),
        ("http://127.0.0.1:9", "MODEL_KEY", 0),
    ):
        endpoint = Asked(url, tmp_path, key=key).endpoint
        answers = list(endpoint.propose(documents("a", "b")))
        codes = [problem.code for answer in answers for problem in answer.problems]
        assert codes.count("preannotate.plain-http") == count
        assert codes.count("preannotate.failed") == 2


def test_passwords_in_netrc_are_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(naming(NAMES)) as (url, requests):
        assert Asked(url, tmp_path).propose("Paris") == ([["Paris"]], [])
    assert "Authorization" not in requests[0].headers


def test_a_lone_surrogate_costs_the_document_its_layer(tmp_path: Path) -> None:
    with serving(naming(NAMES)) as (url, _):
        endpoint = Asked(url, tmp_path).endpoint
        bad = Document(id="0" * 16, text="Paris \ud800")
        first, second = endpoint.propose([bad, *documents("Paris")])
    assert first.annotation is None and second.annotation is not None


@pytest.mark.parametrize(
    "content",
    [
        '{"spans": [{"quote": "a", "label": "X"}]}',
        '```json\n{"spans": [{"quote": "a", "label": "X"}]}\n```',
        ' {"spans": [{"quote": "a", "label": "X", "why": 1}], "note": ""}\n',
    ],
)
def test_forms_of_an_answer(content: str) -> None:
    assert read_answer(content) == [("a", "X")]
