"""docs/third-party.md says what the manifest says."""

from emojicam import paths
from emojicam.third_party import load


def test_origin_table_is_the_manifests() -> None:
    page = (paths.project_root() / "docs/third-party.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    parts = load(paths.third_party_dir() / "manifest.toml").part
    assert rows[1:] == [
        f"| {part.name} | {part.version} | {part.licence} | {part.origin} | `{part.file}` |" for part in parts
    ]


def test_bundled_projects_are_named_with_their_licence() -> None:
    page = " ".join((paths.project_root() / "docs/third-party.md").read_text().split())
    for part in load(paths.third_party_dir() / "manifest.toml").part:
        for bundled in part.bundled:
            assert bundled.name in page and f"({bundled.licence} all three)" in page
