"""Small spaCy pipelines of known names: as folders, as packages, and as the wheels of packages."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import spacy

_INIT = """\
from pathlib import Path

from spacy.util import get_model_meta, load_model_from_init_py

__version__ = get_model_meta(Path(__file__).parent)["version"]


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
"""


def save_pipeline(
    folder: Path, language: str, name: str, names: Mapping[str, str], version: str = "3.8.0"
) -> Path:
    """Save a pipeline that finds names, given with their labels; returns the folder."""
    nlp = spacy.blank(language, meta={"name": name, "version": version})
    ruler = nlp.add_pipe("entity_ruler", name="ner")
    ruler.add_patterns([{"label": label, "pattern": text} for text, label in names.items()])
    folder.parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder)
    return folder


def save_package(
    folder: Path, language: str, name: str, names: Mapping[str, str], version: str = "3.8.0"
) -> Path:
    """Save it as the package ``<language>_<name>`` into a folder, as spaCy's are laid out."""
    package = folder / f"{language}_{name}"
    inner = save_pipeline(package / f"{package.name}-{version}", language, name, names, version)
    (package / "meta.json").write_bytes((inner / "meta.json").read_bytes())
    (package / "__init__.py").write_text(_INIT, encoding="utf-8")
    return package


def save_wheel(package: Path, folder: Path, version: str = "3.8.0") -> Path:
    """Write the wheel of a package into a folder; returns its path."""
    info = f"{package.name}-{version}.dist-info"
    wheel = folder / f"{package.name}-{version}-py3-none-any.whl"
    files = {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file()
    }
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {version}\n".encode()
    )
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    files[f"{info}/RECORD"] = record.encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel
