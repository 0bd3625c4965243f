"""Who made the annotations of a release, in numbers: as PROV-O for metadata, as a table for a card.

An agent is a person, a model, a rules file or an imported file. What agents did is counted by act:
``proposed`` by models and rules, ``added``, ``changed`` and ``adjudicated`` by people, of whom one
``confirmed`` each document. An activity of PROV-O stands for each step of the work, with a
qualified association for each agent that had a part in it; the counts are property values of
schema.org there, since PROV-O has no property for them.

References: https://www.w3.org/TR/prov-o/, and section "Provenance Representation" of
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from curate.model import Record

AgentKind = Literal["person", "model", "rules", "file"]

_PROV_TYPES: dict[AgentKind, str] = {
    "person": "prov:Person",
    "model": "prov:SoftwareAgent",
    "rules": "prov:SoftwareAgent",
    "file": "prov:Agent",
}
_ACTIVITIES = {
    "pre-annotation": ("proposed",),
    "import": ("imported",),
    "annotation": ("added", "changed"),
    "adjudication": ("adjudicated",),
    "confirmation": ("confirmed",),
}
"""The steps of the work in their order, with the acts that they consist of."""
ACTS = tuple(act for acts in _ACTIVITIES.values() for act in acts)


class Agent(Record, frozen=True, kw_only=True):
    """An agent and what it did.

    Args:
        name: ``person-1`` or the name of a person, ``<name>@<version>`` of a model or rules file.
        kind: what it is.
        acts: how many spans, relations and categories of the release (and documents, of which one
            says ``confirmed``) it acted upon, by act and then by what.
    """

    name: str
    kind: AgentKind
    acts: dict[str, dict[str, int]]


class ReleaseProvenance(Record, frozen=True, kw_only=True):
    """Who made the annotations of a release.

    Args:
        agents: people first, each kind in the order of the names.
        started: when the first person acted, ISO 8601; empty if unknown.
        ended: when the last one did.
        unchanged: number of spans that are as a model or a rule proposed them.
    """

    agents: tuple[Agent, ...] = ()
    started: str = ""
    ended: str = ""
    unchanged: int = 0


def prov_o(provenance: ReleaseProvenance) -> dict[str, Any]:
    """Properties of a data set in JSON-LD, where ``prov`` and ``sc`` are prefixes."""
    activities: list[dict[str, Any]] = []
    for name, acts in _ACTIVITIES.items():
        taking_part = [agent for agent in provenance.agents if agent.acts.keys() & {*acts}]
        if not taking_part:
            continue
        activity: dict[str, Any] = {
            "@type": "prov:Activity",
            "@id": f"activity/{name}",
            "prov:label": name,
            "prov:qualifiedAssociation": [_association(agent, acts) for agent in taking_part],
        }
        if activities:
            activity["prov:wasInformedBy"] = {"@id": activities[-1]["@id"]}
        if name == "annotation" and provenance.started:
            activity["prov:startedAtTime"] = provenance.started
            activity["prov:endedAtTime"] = provenance.ended
        activities.append(activity)
    agents = [
        {"@type": _PROV_TYPES[agent.kind], "@id": _agent_id(agent), "prov:label": agent.name}
        for agent in provenance.agents
    ]
    return {"prov:wasGeneratedBy": activities, "prov:wasAttributedTo": agents} if agents else {}


def markdown(provenance: ReleaseProvenance) -> str:
    """A section of a card; empty if nobody is known to have done anything."""
    if not provenance.agents:
        return ""
    rows = [
        f"| {agent.name} | {agent.kind} | {what} {act} | {number:,} |"
        for agent in provenance.agents
        for act in ACTS
        for what, number in sorted(agent.acts.get(act, {}).items())
    ]
    return "\n".join(
        [
            "## Who annotated it",
            "",
            f"Spans that are as a model or a rule proposed them: {provenance.unchanged:,}. A span",
            "that people changed counts for those who changed it last, and for what proposed it.",
            "",
            "| who | | | number |",
            "| --- | --- | --- | ---: |",
            *rows,
            "",
            "`croissant.json` has the same in terms of PROV-O.",
            "",
        ]
    )


def _association(agent: Agent, acts: tuple[str, ...]) -> dict[str, Any]:
    counts = [
        {"@type": "sc:PropertyValue", "sc:name": f"{what} {act}", "sc:value": number}
        for act in acts
        for what, number in sorted(agent.acts.get(act, {}).items())
    ]
    return {
        "@type": "prov:Association",
        "prov:agent": {"@id": _agent_id(agent)},
        "sc:additionalProperty": counts,
    }


def _agent_id(agent: Agent) -> str:
    return f"agent/{agent.kind}/{quote(agent.name, safe='@')}"
