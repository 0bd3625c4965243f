"""A campaign of another tool, from its export to a release, with people in Doccano in between."""

from __future__ import annotations

import pytest
from support import campaigns
from support.campaigns import TEXTS

from curate.formats.reading import ReadOptions
from curate.ingest.campaign import import_campaign
from curate.ingest.campaign_files import CampaignOptions
from curate.util import jsonl

pytestmark = [pytest.mark.server, pytest.mark.slow]

PEOPLE = {f"{name}@example.org": name for name in campaigns.WORK}
OPTIONS = CampaignOptions(
    people=PEOPLE, reading=ReadOptions(labels={"person": "PER", "place": "LOC"})
)
IDS = [jsonl.document_id(text) for text in TEXTS]


def blamed(cli, workspace, document):
    """Who added or changed each span, who decided it, and who confirmed it."""
    rows = cli("blame", document, "--json", root=workspace.root).json["spans"]
    keys = ("changed_by", "adjudicated_by", "confirmed_by")
    return {row["text"]: tuple(row.get(key, "") for key in keys) for row in rows}


def loaded(folder, cache):
    """Spans by text, as ``datasets`` and mlcroissant load an exported folder."""
    import datasets
    import mlcroissant

    rows = datasets.load_dataset(str(folder), "documents", cache_dir=str(cache))
    first = {
        row["text"]: [(it["start"], it["end"]) for it in row["spans"]]
        for part in rows.values()
        for row in part
    }
    found = mlcroissant.Dataset(str(folder / "croissant.json"))
    assert (found.metadata.ctx.issues.errors, found.metadata.ctx.issues.warnings) == (set(), set())
    second = {
        row["documents/text"].decode(): [
            (it["documents/spans/start"], it["documents/spans/end"])
            for it in row["documents/spans"]
        ]
        for row in found.records("documents")
    }
    assert first == second
    return first


@pytest.mark.filterwarnings("ignore")  # those of rdflib and pandas, in mlcroissant
def test_from_an_export_of_label_studio_to_a_release(
    new_workspace, at_work, cli, tmp_path, monkeypatch
):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    workspace = new_workspace(settings="\n[gate]\nagreement = 0.7  # they reach 0.73\n")
    root = workspace.root
    about = 'license = "CC-BY-4.0"\nhomepage = "https://example.org"\ncitation = "x"'
    settings = (root / "curate.toml").read_text("utf-8")
    settings = settings.replace("[corpus]", f"[corpus]\n{about}")
    (root / "curate.toml").write_text(settings, encoding="utf-8")
    path = campaigns.label_studio(tmp_path / "export.json")
    command = ["import-campaign", path, *campaigns.LABELS]
    for address, name in PEOPLE.items():
        command += ["--person", f"{address}={name}"]
    assert cli(*command, root=root).exit_code == 0

    agreement = cli("agreement", "--json", "--resamples", "0", root=root).json
    assert agreement["annotators"] == {"anna": 3, "bela": 3, "carl": 2}
    first = cli("adjudicate", "--gold", "--json", root=root)
    assert (first.exit_code, first.json["open"], first.json["gold"]) == (1, 1, [IDS[0]])
    cli("adjudicate", "--decide", f"{IDS[2]}:0-3=anna", root=root)
    second = cli("adjudicate", "--gold", "--json", root=root)
    assert (second.exit_code, second.json["gold"]) == (0, [IDS[2]])
    assert cli("validate", root=root).exit_code == 0
    assert cli("audit", root=root).exit_code == 0

    assert cli("sync", root=root).exit_code == 0
    anna = at_work(workspace)
    examples = {row["text"]: row["id"] for row in anna.examples()}
    assert set(examples) == set(TEXTS)
    anna.add(examples[TEXTS[2]], 14, 19, "LOC")
    anna.confirm(examples[TEXTS[2]])
    assert cli("sync", root=root).exit_code == 0

    curator = "curator:curator"
    assert blamed(cli, workspace, IDS[0]) == {
        "Marie Dupont": ("annotator:anna", curator, curator),
        "Rabat": ("annotator:anna", curator, curator),
    }
    assert blamed(cli, workspace, IDS[1]) == {"Oran": ("annotator:bela", "", "bela")}
    assert blamed(cli, workspace, IDS[2]) == {
        "Ali": ("annotator:anna", curator, curator),
        "Tunis": ("annotator:anna", "", "anna"),
    }
    assert cli("release", "1.0.0", "-m", "The campaign.", root=root).exit_code == 0
    exported = cli("export", "1.0.0", "-f", "huggingface", "--json", root=root)
    assert exported.exit_code == 0
    folder = root / exported.json[0]["path"]
    assert loaded(folder, tmp_path / "cache") == {
        TEXTS[0]: [(0, 12), (22, 27)],
        TEXTS[1]: [(10, 14)],
        TEXTS[2]: [(0, 3), (14, 19)],
    }


def test_adjudicators_in_doccano_decide_what_is_open_in_an_imported_campaign(
    new_workspace, at_work, cli, tmp_path
):
    tasks = '[tasks]\nmode = "independent"\nannotators = ["anna", "bela"]\n'
    workspace = new_workspace(settings=f'\n{tasks}adjudicators = ["dora"]\n')
    path = campaigns.label_studio(tmp_path / "export.json")
    assert not import_campaign(workspace, [path], OPTIONS).failed
    assert cli("sync", root=workspace.root).exit_code == 0
    with workspace.store.begin() as tx:
        assert tx.documents_with_gold() == {IDS[1]}
    dora = at_work(workspace, "dora", "-adjudication")
    examples = {row["text"]: row["id"] for row in dora.examples()}
    assert set(examples) == {TEXTS[0], TEXTS[2]}
    assert [row["label"] for row in dora.spans(examples[TEXTS[0]])] == [dora.label_ids["LOC"]]
    assert len(dora.comments(examples[TEXTS[0]])) == 3
    dora.add(examples[TEXTS[0]], 0, 12, "PER")
    dora.confirm(examples[TEXTS[0]])
    assert cli("sync", root=workspace.root).exit_code == 0
    with workspace.store.begin() as tx:
        head = tx.head(IDS[0])
    assert (head.author, head.confirmed_by) == ("annotator:dora", "dora")
    assert [span.key for span in head.spans] == [(0, 12, "PER"), (22, 27, "LOC")]
