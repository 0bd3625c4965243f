"""The card of a data set folder: ``README.md``, whose YAML head ``datasets`` reads.

Reference: https://huggingface.co/docs/hub/datasets-cards, and for ``configs`` and ``dataset_info``
https://huggingface.co/docs/hub/datasets-manual-configuration
"""

from __future__ import annotations

from typing import Any

import yaml

from curate.formats.huggingface import licenses
from curate.formats.huggingface.columns import features
from curate.formats.huggingface.tables import DatasetContents, ParquetTable
from curate.formats.provenance import markdown
from curate.formats.writing import ExportJob
from curate.release import card

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


def readme(job: ExportJob, contents: DatasetContents, tables: list[ParquetTable]) -> str:
    """The text of the file."""
    head = yaml.safe_dump(_head(job, contents, tables), allow_unicode=True, sort_keys=False)
    body = card.data_card(job.release) if job.release else f"# {job.corpus.name}\n"
    parts = [body]
    if job.corpus.provenance:
        parts.append(markdown(job.corpus.provenance))
    parts.append(_use(contents, job.corpus.repository or "path/to/this/folder"))
    if job.corpus.citation:
        parts.append(f"## How to cite it\n\n{job.corpus.citation}\n")
    return f"---\n{head}---\n\n" + "\n".join(filter(None, parts))


def _head(job: ExportJob, contents: DatasetContents, tables: list[ParquetTable]) -> dict[str, Any]:
    number = sum(contents.documents.values())
    size = next((name for limit, name in _SIZES if number < limit), "10M<n<100M")
    agents = job.corpus.provenance.agents if job.corpus.provenance else ()
    proposed = any(agent.acts.get("proposed") for agent in agents)
    return {
        "pretty_name": job.corpus.name,
        **licenses.card_fields(job.corpus.license),
        "language": sorted(contents.languages),
        "annotations_creators": ["expert-generated", *["machine-generated"] * proposed],
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "size_categories": [size],
        "tags": ["curate"],
        "configs": [
            {
                "config_name": table.name,
                **({"default": True} if table is tables[0] else {}),
                "data_files": [
                    {"split": split, "path": f"data/{table.name}/{split}/*.parquet"}
                    for split in table.rows
                ],
            }
            for table in tables
        ],
        "dataset_info": [
            {
                "config_name": table.name,
                "features": features(table.columns),
                "splits": [
                    {"name": split, "num_bytes": table.bytes[split], "num_examples": rows}
                    for split, rows in table.rows.items()
                ],
                "download_size": sum(file.size for file in table.files),
                "dataset_size": sum(table.bytes.values()),
            }
            for table in tables
        ],
    }


def _use(contents: DatasetContents, source: str) -> str:
    rest = ""
    if contents.documents.keys() - {"train"} and "unassigned" in contents.documents:
        rest = "Documents that the release has in no split are in `unassigned`.\n\n"
    return (
        "## How to load it\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        f'documents = load_dataset("{source}")\n'
        f'sentences = load_dataset("{source}", "tokens")\n'
        "```\n\n"
        f"{rest}"
        "`documents` has a row a document: text, spans, relations and categories. Offsets are\n"
        "half-open and count Unicode code points: `text[start:end]`. `tokens` has a row a\n"
        "sentence: tokens, where they start in the document's text, and IOB2 tags; spans that do\n"
        "not begin and end where tokens do, or overlap a longer one, are not in it.\n"
    )
