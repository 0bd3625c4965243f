"""Language models behind an endpoint with the interface of OpenAI's chat completions.

One request per document, or per piece of a long one. Answers are kept in ``.curate/answers``, by
the digest of the address and of the whole request, so that nothing is asked twice. The key is read
from an environment variable, and no message shows it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from curate.config import EndpointSettings
from curate.doccano.server_address import is_loopback
from curate.errors import ConfigError
from curate.layers import model_layer
from curate.model import Annotation, Document, Problem, Span
from curate.preannotate.models import chunks
from curate.preannotate.prompt import read_answer, system_prompt
from curate.preannotate.proposers import (
    FailureCount,
    LabelMapping,
    Proposed,
    check_name,
    failure,
)
from curate.preannotate.quotations import LabelledQuote, align
from curate.schema import Schema
from curate.util import jsonl

if TYPE_CHECKING:
    import requests

ANSWERS = "answers"
"""Folder of the answers, in ``.curate``."""
CONNECT_SECONDS = 10.0
ATTEMPTS = 3
"""How often a request is sent that fails for another reason than a limit of the rate."""
MAX_ANSWER = 16 * 2**20
"""Bytes of the longest answer that is read."""
_RETRIED = (408, 500, 502, 503, 504)
_REFUSED_KEY = (401, 403)
_NOT_SLUG = re.compile(r"[^A-Za-z0-9_.-]+")


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]


class _Failed(Exception):
    """A request that got no answer; ``certain`` if no other one will get one either."""

    def __init__(self, reason: str, certain: bool = False) -> None:
        super().__init__(reason)
        self.certain = certain


class PlannedRequest(NamedTuple):
    """A request that a document needs: its body, its place, and whether its answer is kept."""

    body: dict[str, Any]
    start: int
    end: int
    cached: bool


def endpoint_layer(name: str, settings: EndpointSettings, schema: Schema) -> str:
    """The layer that an endpoint writes: its name, the model, and a digest of what is asked.

    Raises:
        ConfigError: its name cannot be part of the name of a layer.
    """
    check_name(name, _setting(name))
    languages = (schema.language, *schema.translations)
    asked = {code: system_prompt(schema, code) for code in languages}
    digest = jsonl.digest([settings.model, settings.options, settings.characters, asked])
    model = _NOT_SLUG.sub("-", settings.model).strip("-.") or "model"
    return model_layer(f"{name}@{model}-{digest[:6]}")


class Endpoint:
    """A language model that proposes spans.

    Args:
        name: its name in the settings.
        settings: where it is and how it is asked.
        state: the folder ``.curate``.
        schema: the label schema, whose guidelines it is given.
        environment: the environment variables.
        sleep: waits for so many seconds.

    Raises:
        ConfigError: a setting is wrong.
    """

    batch = 1

    def __init__(
        self,
        name: str,
        settings: EndpointSettings,
        state: Path,
        schema: Schema,
        environment: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.layer = endpoint_layer(name, settings, schema)
        self.settings, self.url = settings, _checked_url(settings.url, _setting(name))
        self._name, self._schema, self._environment = name, schema, environment
        plain = self.url.startswith("http://") and not is_loopback(self.url)
        self._in_the_clear = bool(settings.key) and plain
        self._answers, self._sleep = state / ANSWERS, sleep
        self._labels = LabelMapping(name, self.layer, schema)
        self._failures = FailureCount(self.layer, _setting(name))
        self.prompts: dict[str, str] = {}
        """The instructions that were needed so far, by language."""
        self._session: requests.Session | None = None

    @property
    def key(self) -> str:
        """The key, from the environment; empty if none is needed.

        Raises:
            ConfigError: it is not set, or cannot be part of a header.
        """
        variable = self.settings.key
        key = self._environment.get(variable, "").strip() if variable else ""
        if variable and not key:
            raise ConfigError(
                f"{_setting(self._name)}: the environment variable {variable} is not set",
                f"set {variable} to the key",
            )
        if not key.isascii() or not key.isprintable():
            raise ConfigError(
                f"{_setting(self._name)}: the key in {variable} has characters that no key has",
                "set it again, without line breaks",
            )
        return key

    def check_key(self) -> None:
        """Raise a ConfigError if there is no key, or none that can be sent."""
        _ = self.key

    def prompt(self, language: str) -> str:
        """The instructions for texts in a language."""
        if language not in self.prompts:
            self.prompts[language] = system_prompt(self._schema, language)
        return self.prompts[language]

    def requests(self, document: Document) -> list[PlannedRequest]:
        """The requests that a document needs."""
        planned = []
        for start, end in chunks(document.text, self.settings.characters):
            text = document.text[start:end]
            if text.strip():
                messages = [
                    {"role": "system", "content": self.prompt(document.lang)},
                    {"role": "user", "content": text},
                ]
                body = {**self.settings.options, "model": self.settings.model, "messages": messages}
                planned.append(PlannedRequest(body, start, end, self._path(body).exists()))
        return planned

    def propose(self, documents: Sequence[Document]) -> Iterator[Proposed]:
        """What the model says about each document, in order, asked one by one."""
        for document in documents:
            if self._failures.reason:
                yield failure(document, self.layer, "was not asked any more")
                continue
            try:
                answer = self._propose(document)
                self._failures.succeed()
            except _Failed as error:
                self._failures.fail(str(error), certain=error.certain)
                answer = failure(document, self.layer, str(error))
            except UnicodeEncodeError:
                answer = failure(document, self.layer, "cannot read it: it has a lone surrogate")
            if self._in_the_clear:
                self._in_the_clear = False  # told once
                answer = answer._replace(problems=(*answer.problems, self._clear_key(document)))
            yield answer

    def _clear_key(self, document: Document) -> Problem:
        return Problem(
            code="preannotate.plain-http",
            severity="warning",
            document=document.id,
            message=f"{self.layer}: the key in {self.settings.key} was sent over plain HTTP, which "
            "everybody on the way can read",
            hint="set url to an address that begins with https://",
        )

    def check(self) -> None:
        """Raise a ProposerError if it failed on too many documents in a row."""
        self._failures.check()

    def _propose(self, document: Document) -> Proposed:
        spans: list[Span] = []
        missing: list[str] = []
        total = 0
        problems: list[Problem] = []
        for request in self.requests(document):
            quotes = self._ask(request.body)
            total += len(quotes)
            places = align(document.text[request.start : request.end], quotes).places
            for (quote, label), place in zip(quotes, places, strict=True):
                own = self._labels.get(label)
                if own is None:
                    problems += self._labels.report(document, label)
                elif place is None:
                    missing.append(quote)
                else:
                    start, end = (request.start + at for at in place)
                    spans.append(Span(start, end, own, by=self.layer))
        if missing:
            problems.append(self._unmatched(document, missing, total))
        annotation = Annotation(document=document.id, layer=self.layer, spans=tuple(spans))
        return Proposed(annotation.sorted(), tuple(problems))

    def _unmatched(self, document: Document, missing: Sequence[str], count: int) -> Problem:
        return Problem(
            code="preannotate.unmatched",
            severity="warning",
            document=document.id,
            message=f"{self.layer} quotes what is not in the text, or not so often: "
            f"{len(missing)} of {count} quotations, such as {missing[0][:60]!r}",
            hint="they are left out",
        )

    def _ask(self, body: dict[str, Any]) -> list[LabelledQuote]:
        """The answer to a request, from the kept ones or from the endpoint."""
        path = self._path(body)
        if path.exists():
            try:
                return read_answer(path.read_text("utf-8"))
            except (ValueError, OSError):
                path.unlink(missing_ok=True)
        content = self._completion(self._send(body))
        try:
            quotes = read_answer(content)
        except ValueError as error:
            raise _Failed(f"gave no answer in the form that was asked for: {error}") from error
        jsonl.write(path, content.encode("utf-8"))
        return quotes

    def _path(self, body: dict[str, Any]) -> Path:
        digest = jsonl.digest([self.url, body])
        return self._answers / digest[:2] / f"{digest}.json"

    def _send(self, body: dict[str, Any]) -> bytes:
        """Send a request, again where that helps; returns the body of the answer."""
        import requests

        from curate.doccano.transport import local_time

        data = jsonl.canonical(body)
        waited, faults = 0.0, 0
        for attempt in count():
            pause = float(2**attempt)
            try:
                status, answer, asked = self._post(data)
            except requests.RequestException as error:
                reason, limited = _reason(error), False
                certain = isinstance(error, requests.ConnectionError)
                if isinstance(error, requests.Timeout):  # it would take as long again
                    raise _Failed(reason) from error
            else:
                if status == 200:
                    return answer
                reason, certain = self._refusal(status, answer)
                limited = status == 429
                if not limited and status not in _RETRIED:
                    raise _Failed(reason, certain)
                pause = pause if asked is None else asked
            if waited + pause > self.settings.patience:
                if limited:
                    reason = f"asks for a pause until {local_time(pause)}, after {waited:.0f} s"
                raise _Failed(reason, certain or limited)
            faults += not limited
            if faults >= ATTEMPTS:
                raise _Failed(reason, certain)
            self._sleep(pause)
            waited += pause
        raise AssertionError("attempts have no end")

    def _post(self, data: bytes) -> tuple[int, bytes, float | None]:
        """Status and body of one answer, and the seconds that it asks to wait."""
        import requests

        from curate.doccano.transport import retry_after

        if self._session is None:
            self._session = requests.Session()
            self._session.auth = _authorised(self.key)
        deadline = time.monotonic() + self.settings.timeout
        with self._session.post(
            f"{self.url}/chat/completions",
            data=data,
            headers={"Content-Type": "application/json"},
            timeout=(CONNECT_SECONDS, self.settings.timeout),
            allow_redirects=False,  # a text goes to the address in the settings alone
            stream=True,
        ) as response:
            body = bytearray()
            for part in response.iter_content(64):  # a read waits until so much has come
                body += part
                if time.monotonic() > deadline:
                    raise requests.Timeout
                if len(body) > MAX_ANSWER:
                    raise requests.RequestException("the answer is longer than any should be")
            return response.status_code, bytes(body), retry_after(response)

    def _refusal(self, status: int, answer: bytes) -> tuple[str, bool]:
        """What a refused request is told, and whether another one would be refused, too."""
        if status in _REFUSED_KEY:
            whose = (
                f"the key in {self.settings.key}"
                if self.settings.key
                else "a request without a key"
            )
            return f"does not accept {whose} ({status})", True
        if 300 <= status < 400:
            return f"redirects ({status}), which is not followed; set url to where it leads", True
        text = " ".join(answer.decode("utf-8", errors="replace").split())[:200]
        return f"answers {status}: {self._hidden(text)}", status == 404

    def _hidden(self, text: str) -> str:
        """A text without the key, which a server may repeat."""
        return text.replace(self.key, "…") if self.key else text

    def _completion(self, answer: bytes) -> str:
        try:
            choice = msgspec.json.decode(answer, type=_Completion).choices[0]
        except (msgspec.MsgspecError, IndexError) as error:
            raise _Failed(f"gave an answer that is no chat completion: {error}") from error
        if choice.finish_reason == "length":
            raise _Failed(
                "was cut off in its answer; set characters to less, or max_tokens to more"
            )
        return choice.message.content


def _authorised(key: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Adds the key to a request; it also keeps requests from reading passwords in ~/.netrc."""

    def add(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if key:
            request.headers["Authorization"] = f"Bearer {key}"
        return request

    return add


def _setting(name: str) -> str:
    return f"[preannotate.endpoints.{name}]"


def _checked_url(url: str, setting: str) -> str:
    """The address without a slash at its end.

    Raises:
        ConfigError: it is no address, or has a password in it.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, valid = urlsplit(""), False
    if "@" in url:  # the address is not shown, since it may have a password
        raise ConfigError(f"{setting}: url has a user name or a password in it", "name key instead")
    if not valid or parts.query or parts.fragment:
        raise ConfigError(
            f"{setting}: {url!r} is not the address of an endpoint",
            "set url to the form https://api.example.org/v1",
        )
    return url.rstrip("/")


def _reason(error: requests.RequestException) -> str:
    """What went wrong on the way, without the address, which the settings have."""
    import requests

    if isinstance(error, requests.Timeout):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off in the middle of its answer"
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached"
    return f"cannot be asked ({type(error).__name__})"
