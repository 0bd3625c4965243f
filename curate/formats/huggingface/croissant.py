"""Croissant metadata of a data set folder: files with digests, tables with fields.

The vocabulary is that of Croissant 1.1. Tables are record sets over the Parquet files of the
folder, from which a reader loads the rows. Who made the annotations is said in terms of PROV-O.

Reference: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curate.formats.huggingface import licenses
from curate.formats.huggingface.columns import fields, files
from curate.formats.huggingface.tables import DatasetContents, ParquetTable
from curate.formats.provenance import prov_o
from curate.formats.writing import ExportJob
from curate.util import jsonl

_PARQUET = "application/x-parquet"
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "annotation": "cr:annotation",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "excludes": "cr:excludes",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "readLines": "cr:readLines",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "sdVersion": "cr:sdVersion",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    "unArchive": "cr:unArchive",
    "value": "cr:value",
}


def metadata(job: ExportJob, contents: DatasetContents, tables: list[ParquetTable]) -> bytes:
    """The metadata as indented JSON-LD."""
    corpus, release = job.corpus, job.release
    number = sum(contents.documents.values())
    message = f" {release.message}" if release else ""
    dataset: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": re.sub(r"[^\w-]", "-", corpus.name),
        "description": f"{number:,} annotated articles.{message}",
        "inLanguage": sorted(contents.languages),
        "distribution": [*_files(tables), *map(_file_set, tables)],
        "recordSet": [_splits(contents), *_labels(contents), *map(_record_set, tables)],
    }
    if release:
        dataset["version"] = release.version
        dataset["datePublished"] = release.created[:10]
        dataset["identifier"] = f"sha256:{release.digest}"
        person = {"@type": "Person", "name": release.author.rpartition(":")[2]}
        group = {"@type": "Organization", "name": corpus.creator}
        dataset["creator"] = group if corpus.creator else person
    if corpus.license:
        dataset["license"] = licenses.address(corpus.license)
    if corpus.homepage:
        dataset["url"] = corpus.homepage
    if corpus.citation:
        dataset["citeAs"] = corpus.citation
    if corpus.provenance:
        dataset |= prov_o(corpus.provenance)
    return msgspec.json.format(jsonl.canonical(dataset), indent=2) + b"\n"


def _files(tables: list[ParquetTable]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": file.name,
            "name": file.name,
            "contentUrl": file.name,
            "contentSize": f"{file.size} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }
        for table in tables
        for file in table.files
    ]


def _file_set(table: ParquetTable) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": files(table.name),
        "name": files(table.name),
        "encodingFormat": _PARQUET,
        "includes": f"data/{table.name}/*/*.parquet",
    }


def _splits(contents: DatasetContents) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [{"@type": "cr:Field", "@id": "splits/name", "dataType": "sc:Text"}],
        "data": [{"splits/name": split} for split in contents.documents],
    }


def _labels(contents: DatasetContents) -> list[dict[str, Any]]:
    """The labels that the numbers in the columns ``label`` stand for."""
    return [
        {
            "@type": "cr:RecordSet",
            "@id": f"{kind}-labels",
            "name": f"{kind}-labels",
            "dataType": "sc:Enumeration",
            "key": {"@id": f"{kind}-labels/number"},
            "field": [
                {"@type": "cr:Field", "@id": f"{kind}-labels/number", "dataType": "sc:Integer"},
                {"@type": "cr:Field", "@id": f"{kind}-labels/name", "dataType": "sc:Text"},
            ],
            "data": [
                {f"{kind}-labels/number": number, f"{kind}-labels/name": name}
                for number, name in enumerate(names)
            ],
        }
        for kind, names in contents.labels.items()
        if names
    ]


def _record_set(table: ParquetTable) -> dict[str, Any]:
    split = {
        "@type": "cr:Field",
        "@id": f"{table.name}/split",
        "dataType": "sc:Text",
        "references": {"field": {"@id": "splits/name"}},
        "source": {
            "fileSet": {"@id": files(table.name)},
            "extract": {"fileProperty": "fullpath"},
            "transform": {"regex": f"(?:data/{table.name}/)?([^/]+)(?:/.*)?$"},
        },
    }
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "key": {"@id": f"{table.name}/id"},
        "field": [split, *fields(table.columns, table.name)],
    }
