"""Comparing a benchmark with an earlier one, and its command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from emojicam.bench import compare, report, shapes
from emojicam.bench.measure import Bench, Cycles, LayerBench, section_bytes
from emojicam.cli import bench as command
from emojicam.cli import main
from emojicam.cycles import product
from emojicam.cycles.estimate import Frame, Range, Stage
from emojicam.errors import EmojicamError
from emojicam.model.graph import parse
from emojicam.model.macs import layers


def result() -> Bench:
    layer = LayerBench(
        "CONV_2D", (1, 4, 4, 8), 1152, {"reference": 90_000, "cmsis_nn": 40_000, "emojicam": 20_000}, "x", "y"
    )
    return Bench(
        board="mps2_an500", model="some.tflite", macs=2304,
        instructions={"reference": 180_000, "cmsis_nn": 80_000, "emojicam": 40_000},
        arena_bytes={"reference": 3000, "cmsis_nn": 3100, "emojicam": 2000},
        model_bytes={"reference": 5000, "cmsis_nn": 5000, "emojicam": 6000},
        image="runner", image_bytes={"text": 1, "rodata": 2, "data": 3, "bss": 4}, layers=(layer, layer),
    )  # fmt: skip


def written(folder: Path, one: Bench) -> Path:
    path = folder / "earlier.json"
    path.write_text(json.dumps(one.as_json()))
    return path


def test_same_result_is_no_loss(tmp_path: Path) -> None:
    assert compare.losses(result(), written(tmp_path, result())) == []


def test_within_tolerance_is_no_loss(tmp_path: Path) -> None:
    now = replace(result(), instructions={**result().instructions, "emojicam": 40_300})
    assert compare.losses(now, written(tmp_path, result())) == []


def test_more_instructions_arena_or_flash_are_losses(tmp_path: Path) -> None:
    now = replace(
        result(),
        instructions={**result().instructions, "emojicam": 41_000},
        arena_bytes={**result().arena_bytes, "emojicam": 2100},
        model_bytes={**result().model_bytes, "emojicam": 6100},
    )
    found = compare.losses(now, written(tmp_path, result()))
    assert [line.split(":")[0] for line in found] == [
        "instructions", "bytes of arena", "bytes of flash for the model",
    ]  # fmt: skip


def test_slower_layer_is_named(tmp_path: Path) -> None:
    slow = replace(result().layers[1], instructions={**result().layers[1].instructions, "emojicam": 30_000})
    now = replace(result(), layers=(result().layers[0], slow))
    assert compare.losses(now, written(tmp_path, result())) == ["layer 1 (CONV_2D): 30,000 instructions, were 20,000"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"instructions": 3}', "\x00"])
def test_file_that_is_no_result_is_said_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(content)
    with pytest.raises(EmojicamError, match=r"broken\.json is no result of emojicam bench"):
        compare.losses(result(), path)


def test_slower_than_cmsis_nn_is_found() -> None:
    assert not compare.slower_than_cmsis_nn(result())
    assert compare.slower_than_cmsis_nn(replace(result(), instructions={**result().instructions, "emojicam": 81_000}))


def test_plot_is_written(tmp_path: Path) -> None:
    report.plot([result()], tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text()
    assert "<svg" in text and "CMSIS-NN" in text


def test_shapes_have_the_published_sizes() -> None:
    macs = {name: sum(row.macs for row in layers(parse(make()))) for name, make in shapes.SHAPES.items()}
    # MLPerf Tiny: 7.5 M, 12.5 M, 2.7 M and 0.26 M multiply-accumulates.
    assert macs == {
        "gestures-shape": 7_158_656, "mlperf-vww-96x96x3": 7_489_664, "mlperf-resnet8": 12_501_632,
        "mlperf-dscnn": 2_656_768, "mlperf-autoencoder": 264_192,
        # As Keras' MobileNetV2 with alpha 0.35 converts to.
        "mobilenet-v1-025-128x128x3": 13_316_608, "mobilenet-v2-035-96x96x3": 10_660_528,
        "fomo-035-96x96x3": 5_872_896, "squeezenet-like-96x96x1": 5_271_808,
        "efficientnet-lite-like-96x96x3": 7_399_136, "mobilenet-v3-like-96x96x3": 2_578_736,
    }  # fmt: skip


def test_an_estimate_of_cycles_stands_beside_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = (
        Stage("image", 100, 50.0, Range(1, 2), Range(3, 4), {}),
        Stage("inference", 9_000_000, 5.5e6, Range(0, 3e5), Range(1e5, 2e5), {}),
    )
    monkeypatch.setattr(product, "of_product", lambda _: Frame(stages, {}))
    monkeypatch.setattr(command.shutil, "which", lambda _: "/usr/bin/llvm-mca")
    cycles = command._cycles(None)
    assert cycles == Cycles("openmv_h7", 9_000_000, (5_600_000, 6_000_000), (5_600_054, 6_000_056))
    told = replace(result(), cycles=cycles)
    assert told.as_json()["cycles"]["inference"] == (5_600_000, 6_000_000)
    assert "inference 5.60 to 6.00 M in 9,000,000 instructions" in report.cycle_lines(told)[0]
    monkeypatch.setattr(command.shutil, "which", lambda _: None)
    assert command._cycles(None) is None
    assert (result().as_json()["cycles"], report.cycle_lines(result())) == (None, [])


def test_sections_of_something_that_is_no_elf_are_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no ELF")
    with pytest.raises(EmojicamError, match="cannot read the sections of x"):
        section_bytes(tmp_path / "x")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--board", "nowhere"], 2, "'nowhere' is not one of corstone300, mps2_an500"),
        (["--board", "host"], 2, "'host' is not one of corstone300, mps2_an500"),
        (["--board", "mps2_an500", "--model", "missing.tflite"], 1, "cannot read missing.tflite"),
    ],
)
def test_bad_arguments_are_said_in_one_line(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["bench", *arguments])
    assert exit_.value.code == status
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in last and "try:" in last
