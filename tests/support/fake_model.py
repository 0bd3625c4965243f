"""A language model on loopback, with the interface of OpenAI, that answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from support.http_server import Answer, Request

Quotes = Sequence[tuple[str, str]]


def text_of(request: Request) -> str:
    """The text that a request is about."""
    return str(json.loads(request.body)["messages"][-1]["content"])


def completion(content: object, finish: str = "stop") -> Answer:
    """The answer of a model that says this; anything but a text is said as JSON."""
    said = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": said},
        "finish_reason": finish,
    }
    return Answer(body=json.dumps({"choices": [choice]}).encode("utf-8"))


def quoting(quotes: Quotes) -> Answer:
    """The answer of a model that quotes these."""
    return completion({"spans": [{"quote": quote, "label": label} for quote, label in quotes]})


def naming(names: Mapping[str, str]) -> Callable[[Request], Answer]:
    """A model that quotes each of these names as often as it is in the text, in order."""

    def answer(request: Request) -> Answer:
        text = text_of(request)
        found: list[tuple[int, str]] = []
        for name in names:
            at = text.find(name)
            while at >= 0:
                found.append((at, name))
                at = text.find(name, at + 1)
        return quoting([(name, names[name]) for _, name in sorted(found)])

    return answer


def settings(url: str, **more: Any) -> dict[str, Any]:
    """Settings of an endpoint at this address."""
    return {"url": f"{url}/v1", "model": "org/small:7b", **more}
