"""The dry run of a pre-annotation: what would be run, and what a language model would be asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from curate.model import Record
from curate.preannotate.annotator import load_endpoint
from curate.preannotate.endpoints import Endpoint
from curate.preannotate.pipelines import setups
from curate.preannotate.preannotation import unannotated
from curate.preannotate.prompt import estimate_tokens

if TYPE_CHECKING:
    from curate.workspace import Workspace


class PlannedRequests(Record, frozen=True, kw_only=True):
    """What an endpoint would be asked.

    Args:
        layer: the layer that it writes.
        url: its address.
        model: the model there.
        documents: number of documents.
        requests: number of requests; a long document needs several.
        cached: number of requests that are not sent, since their answers are kept.
        tokens: estimate of the tokens of the requests that are sent, without their answers: one for
            four bytes.
        prompts: the instructions of each request, by language.
    """

    layer: str
    url: str
    model: str
    documents: int = 0
    requests: int = 0
    cached: int = 0
    tokens: int = 0
    prompts: dict[str, str] = {}


class PreannotationPlan(Record, frozen=True, kw_only=True):
    """What a pre-annotation would do.

    Args:
        documents: number of documents that would be annotated.
        layers: number of documents by layer.
        endpoints: what each endpoint would be asked.
    """

    documents: int = 0
    layers: dict[str, int] = {}
    endpoints: tuple[PlannedRequests, ...] = ()


def plan_preannotation(workspace: Workspace, again: bool = False) -> PreannotationPlan:
    """What a pre-annotation would do; nothing is run, asked or written.

    Raises:
        ConfigError: a model is not installed, or a setting is wrong.
    """
    default, languages = setups(workspace)
    schema = workspace.schema
    documents = unannotated(workspace, again)
    own = {code: each.layers(schema) for code, each in {"": default, **languages}.items()}
    layers: Counter[str] = Counter()
    endpoints: dict[str, tuple[Endpoint, Counter[str]]] = {}
    for document in workspace.documents(documents):
        setup = languages.get(document.lang, default)
        layers.update(own.get(document.lang, own[""]))
        for name in setup.endpoints:
            if name not in endpoints:
                endpoints[name] = load_endpoint(name, setup, schema), Counter()
            endpoint, counts = endpoints[name]
            counts["documents"] += 1
            for request in endpoint.requests(document):
                counts["requests"] += 1
                counts["cached"] += request.cached
                if not request.cached:
                    for message in request.body["messages"]:
                        counts["tokens"] += estimate_tokens(message["content"])
    return PreannotationPlan(
        documents=len(documents),
        layers=dict(layers),
        endpoints=tuple(
            PlannedRequests(
                layer=endpoint.layer,
                url=endpoint.url,
                model=endpoint.settings.model,
                prompts=endpoint.prompts,
                **counts,
            )
            for endpoint, counts in endpoints.values()
        ),
    )
