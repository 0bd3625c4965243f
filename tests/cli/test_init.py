"""``curate init``"""

from __future__ import annotations

FILES = [
    "curate.toml",
    ".gitignore",
    "schemas/news-fr.yaml",
    "schemas/rules-fr.yaml",
    "schemas/names-fr.yaml",
    "schemas/votes-fr.yaml",
]


def test_init_creates_a_workspace_and_a_second_one_changes_nothing(cli, tmp_path):
    root = tmp_path / "c"
    assert cli("init", root, "--json").json == {"root": str(root), "made": FILES}
    assert all((root / name).is_file() for name in FILES)
    (root / "schemas" / "news-fr.yaml").write_bytes(
        (root / "schemas" / "news-fr.yaml").read_bytes() + b"# mine"
    )
    assert cli("init", root, "--json").json == {"root": str(root)}
    assert (root / "schemas" / "news-fr.yaml").read_bytes().endswith(b"# mine")
    assert cli("init", root).stdout.startswith(f"workspace {root}\n")
