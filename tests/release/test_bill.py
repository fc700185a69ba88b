"""The bill of materials and the licences: complete against the manifest and the card, and the same each time."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from emojicam import paths, third_party
from emojicam.errors import EmojicamError
from emojicam.release import contents, licences, pack, sbom

MODEL = paths.models_dir() / "gestures.tflite"


@pytest.fixture(scope="module")
def pieces() -> list[contents.Piece]:
    return contents.third_party_parts() + contents.compiler_libraries()


@pytest.fixture(scope="module")
def document(pieces: list[contents.Piece]) -> dict[str, object]:
    text = sbom.make(pieces, contents.model(MODEL), {"openmv_h7": "0" * 64}, 1_700_000_000)
    made: dict[str, object] = json.loads(text)
    return made


def test_every_part_of_the_manifest_is_listed_with_its_checksum_licence_and_package(document: dict[str, list]) -> None:
    listed = {component["name"]: component for component in document["components"]}
    for part in third_party.default_store().manifest.part:
        component = listed[part.name]
        assert component["hashes"] == [{"alg": "SHA-256", "content": part.sha256}]
        assert component["licenses"] == [{"license": {"id": part.licence}}]
        assert component["purl"].startswith("pkg:")
        assert {inner.name for inner in part.bundled} <= set(listed)


def test_the_model_is_listed_with_its_checksum_and_what_it_was_made_from(document: dict[str, list]) -> None:
    (model,) = (item for item in document["components"] if item["type"] == "machine-learning-model")
    assert model["hashes"][0]["content"] == hashlib.sha256(MODEL.read_bytes()).hexdigest()
    told = {item["name"]: item["value"] for item in model["properties"]}
    assert told["emojicam:classes"].startswith("none, ")
    (made_from,) = (item["dependsOn"] for item in document["dependencies"] if item["ref"] == model["bom-ref"])
    assert len(made_from) == len(contents.inputs((MODEL.parent / "README.md").read_text(encoding="utf-8"))) >= 3


def test_it_repeats_and_another_image_makes_it_another(pieces: list[contents.Piece]) -> None:
    model = contents.model(MODEL)
    one = sbom.make(pieces, model, {"openmv_h7": "0" * 64}, 1_700_000_000)
    assert one == sbom.make(list(pieces), model, {"openmv_h7": "0" * 64}, 1_700_000_000)
    other = sbom.make(pieces, model, {"openmv_h7": "1" * 64}, 1_700_000_000)
    assert json.loads(one)["serialNumber"] != json.loads(other)["serialNumber"]
    assert str(paths.project_root()) not in one


def test_a_fact_that_cyclonedx_does_not_allow_is_one_line(pieces: list[contents.Piece]) -> None:
    bad = contents.Piece("x", "1", "", "MIT", None, sha256="not a checksum")
    with pytest.raises(EmojicamError, match="not CycloneDX"):
        sbom.make([bad], contents.model(MODEL), {}, 0)


def test_every_licence_is_there_once(pieces: list[contents.Piece]) -> None:
    text = licences.collect(pieces, contents.own_licence())
    for piece in pieces:
        assert f"{piece.name} {piece.version} ({piece.licence})" in text
    headings = re.findall(r"^={100}\n(.*?)\n={100}$", text, re.M | re.S)
    named = [name for heading in headings for name in heading.splitlines()]
    assert len(named) == len(set(named)) > len(headings) > 4
    assert "GNU GENERAL PUBLIC LICENSE" in text


def test_a_licence_that_is_missing_or_empty_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, says in (("none", "can't be read"), ("empty", "is empty")):
        piece = contents.Piece("thing", "1", "", "MIT", tmp_path / name)
        with pytest.raises(EmojicamError, match=f"thing {says}"):
            licences.collect([piece], contents.own_licence())


def test_a_model_with_another_card_is_refused(tmp_path: Path) -> None:
    for name in ("gestures.tflite", "gestures.json", "README.md"):
        shutil.copy(MODEL.parent / name, tmp_path)
    contents.model(tmp_path / "gestures.tflite")
    with (tmp_path / "gestures.tflite").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(EmojicamError, match=re.escape("are not of gestures.tflite")):
        contents.model(tmp_path / "gestures.tflite")


def test_a_card_without_inputs_is_refused() -> None:
    with pytest.raises(EmojicamError, match="no table of inputs"):
        contents.inputs("# Model card\n\n| input | other |\n")


@pytest.mark.parametrize("tag", ["v9.9.9", "0.1.0", "release"])
def test_a_tag_of_another_version_is_refused(tag: str) -> None:
    with pytest.raises(EmojicamError, match=f"the tag is {tag}"):
        pack.check_tag(tag)


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(EmojicamError, match="holds mine, which is of no release; try: --output"):
        pack.make(tmp_path)
    assert (tmp_path / "mine").read_text() == "kept"


def test_what_make_sbom_leaves_is_in_no_releases_way(tmp_path: Path) -> None:
    for name in ("emojicam-0.1.0.cdx.json", "LICENCES.txt"):
        (tmp_path / name).touch()
    pack.empty(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["yesterday", "-1", "1.5"])
def test_a_source_date_epoch_that_is_no_number_is_one_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(EmojicamError, match="SOURCE_DATE_EPOCH is"):
        pack.timestamp()


def test_photographs_are_named_with_repository_and_commit() -> None:
    commit = "a7" * 20
    row = f"| photographs of hands: A. Nyone | GitHub `someone/hands` {commit} | CC-BY-SA-4.0 |"
    found = contents.inputs(f"| input | from | licence |\n|---|---|---|\n{row}\n\nmore")
    assert [(one.name, one.version, one.licence, one.purl) for one in found] == [
        ("photographs of hands: A. Nyone", commit, "CC-BY-SA-4.0", f"pkg:github/someone/hands@{commit}")
    ]
