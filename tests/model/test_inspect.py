"""`emojicam inspect`: the figures, the JSON's form, and the picture."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emojicam.cli import main
from emojicam.model.export import Core
from emojicam.model.inspection import as_json, inspect
from emojicam.model.kernels.compile import Compiled
from models import zoo


def _cli(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["inspect", "--no-measure", *arguments])
    assert not caught.value.code
    return capsys.readouterr()


def test_reference_model_has_its_macs(reference_model: Path) -> None:
    found = inspect(reference_model)
    assert found.macs == 7_158_656
    assert sum(layer.macs for layer in found.layers if layer.op == "CONV_2D") == 6_360_320
    assert sum(layer.macs for layer in found.layers if layer.op == "DEPTHWISE_CONV_2D") == 798_336
    assert found.refusal == ""
    assert found.flash_bytes == 261_424  # of a file of 303,504
    assert found.live_bytes[2] == found.activation_bytes == 55_296


def test_reference_model_prints_its_table(reference_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = _cli(capsys, str(reference_model))
    for text in (
        "7,158,656",
        "6,360,320",
        "798,336",
        "55,296",
        "an estimate: not measured",
        "DEPTHWISE_CONV_2D",
    ):
        assert text in out
    assert err == ""


TENSOR = {
    "name": str,
    "shape": list,
    "dtype": str,
    "scale": (float, type(None)),
    "zero_point": (int, type(None)),
}
LAYER = {
    "index": int, "op": str, "input_shape": list, "output_shape": list, "macs": int, "weight_bytes": int,
    "kernel": (str, type(None)), "live_bytes": int,
}  # fmt: skip
TOP = {
    "model": str, "sha256": str, "refusal": (str, type(None)), "folded": list, "inputs": list,
    "outputs": list, "pixels": (dict, type(None)), "output_is_probability": bool, "layers": list,
    "instructions": (dict, type(None)), "macs": int, "weight_bytes": int, "flash_bytes": int, "arena_bytes": dict,
}  # fmt: skip


def _has_form(value: dict[str, Any], form: dict[str, Any]) -> None:
    assert value.keys() == form.keys()
    for key, kind in form.items():
        assert isinstance(value[key], kind), key


@pytest.mark.parametrize("name", ["net_mobilenet", "net_resnet", "split_unpack_pack", "prelu"])
def test_json_has_its_form(name: str, save: Callable[[bytes], Path], capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = _cli(capsys, "--json", str(save(zoo.model(name).data)))
    found = json.loads(out)
    _has_form(found, TOP)
    for tensor in (*found["inputs"], *found["outputs"]):
        _has_form(tensor, TENSOR)
    for layer in found["layers"]:
        _has_form(layer, LAYER)
    assert found["arena_bytes"].keys() == {"activations", "estimate", "measured"}
    assert found["arena_bytes"]["measured"] is None
    assert found["macs"] == sum(layer["macs"] for layer in found["layers"])


def test_what_is_predicted_stands_beside_what_was_counted(save: Callable[[bytes], Path], classifier: bytes) -> None:
    def count(core: Core, compiled: Compiled, shape: tuple[int, ...]) -> list[int]:
        assert shape == (1, 24, 24, 1)
        return [100] * len(compiled.choices)

    path = save(classifier)
    told = as_json(inspect(path, count=count))["instructions"]
    assert told.keys() == {"cortex-m7", "cortex-m55"}
    for one in told.values():
        assert one["counted"] == 100 * len(one["layers"])
        assert one["predicted"] == sum(layer["predicted"] for layer in one["layers"])
        assert all(layer["why"] and layer["kernel"] for layer in one["layers"])
    assert as_json(inspect(path))["instructions"]["cortex-m7"]["counted"] is None


def test_measured_arena_is_shown_by_core(save: Callable[[bytes], Path], classifier: bytes) -> None:
    found = inspect(save(classifier), measure_arena=lambda core, data: {"cortex-m7": 100, "cortex-m55": 90}[core])
    assert as_json(found)["arena_bytes"]["measured"] == {"cortex-m7": 112, "cortex-m55": 96}


def test_model_that_cannot_run_is_shown_all_the_same(
    save: Callable[[bytes], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = _cli(capsys, str(save(zoo.model("softmax_maps").data)))
    assert "SOFTMAX" in out
    assert "the firmware cannot run it: the input has 7 channels; try: 1 (grey) or 3 (RGB)" in err


def test_plot_is_a_picture(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "memory.png"
    _cli(capsys, str(save(classifier)), "--plot", str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_plot_where_none_can_be_is_one_line(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["inspect", "--no-measure", str(save(classifier)), "--plot", str(tmp_path)])
    assert caught.value.code == 1
    error = capsys.readouterr().err
    assert "is a folder; try: another --plot FILE" in error and error.count("\n") == 1
