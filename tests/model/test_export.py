"""What export writes: the bytes, the configuration, the operators, the same every time."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.model.export import ExportReport, export_model, prepare, softmax_table
from emojicam.model.graph import parse
from emojicam.model.kernels.compile import OWN_OPERATORS
from emojicam.model.write import serialise
from models import nets, zoo

ARENA = {"cortex-m7": 5000, "cortex-m55": 4992}
GESTURES = ["none", 'raised "hand" ✋', "thumbs down", "thumbs up", "fist \\"]


def _export(path: Path, out: Path, gestures: list[str] | None = None, *, own_kernels: bool = False) -> ExportReport:
    return export_model(
        path, out, gestures=gestures, measure_arena=lambda core, data: ARENA[core], own_kernels=own_kernels
    )


@pytest.fixture
def exported(save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path) -> Path:
    _export(save(classifier), tmp_path / "out", GESTURES)
    return tmp_path / "out"


def _bytes_of(source: str) -> bytes:
    array = source[source.index("{") + 1 : source.rindex("};")]
    return bytes(int(value, 16) for value in re.findall(r"0x([0-9a-f]{2}),", array[array.index("{") + 1 :]))


@pytest.fixture
def embedded(classifier: bytes) -> bytes:
    """What of the classifier goes into the firmware."""
    return prepare(parse(classifier)).data


def test_array_holds_the_model(exported: Path, embedded: bytes) -> None:
    assert _bytes_of((exported / "model_data.cc").read_text()) == embedded
    assert f"kModelSize = {len(embedded)};" in (exported / "model_data.h").read_text()


def test_folded_model_is_what_the_array_holds(save: Callable[[bytes], Path], tmp_path: Path) -> None:

    data = serialise(nets.dense_by_output())
    report = _export(save(data), tmp_path / "out")
    held = _bytes_of((tmp_path / "out" / "model_data.cc").read_text())
    assert held == report.prepared.data != data
    assert [op.name for op in parse(held).operators] == ["CONV_2D", "RESHAPE", "CONV_2D", "RESHAPE"]


def test_operators_are_the_models_and_no_others(exported: Path) -> None:
    entries = re.findall(r"\{tflite::BuiltinOperator_(\w+), &([\w:, &]+)\}", (exported / "ops.h").read_text())
    assert entries == [
        ("AVERAGE_POOL_2D", "kernels::Register_AVERAGE_POOL_2D"),
        ("CONV_2D", "kernels::Register_CONV_2D, &kernels::Parse_CONV_2D"),
        ("DEPTHWISE_CONV_2D", "kernels::Register_DEPTHWISE_CONV_2D, &kernels::Parse_DEPTHWISE_CONV_2D"),
        ("RESHAPE", "tflite::ops::micro::Register_RESHAPE"),
    ]


def test_operators_of_our_own_are_the_models_and_no_others(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path
) -> None:
    report = _export(save(classifier), tmp_path / "out", GESTURES, own_kernels=True)
    text = (tmp_path / "out" / "ops.h").read_text()
    used = {name for one in report.compiled.values() for name in one.operators} & OWN_OPERATORS.keys()
    assert used
    for name, registration in OWN_OPERATORS.items():
        assert (f"kernels::{registration}}}" in text) == (name in used)


def test_export_twice_writes_the_same_bytes_and_touches_nothing(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path
) -> None:
    path = save(classifier)
    first = _export(path, tmp_path / "a", GESTURES)
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in first.files}
    again = _export(path, tmp_path / "a", GESTURES)
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in again.files} == before
    other = _export(path, tmp_path / "b", GESTURES)
    assert [file.read_bytes() for file in other.files] == [file.read_bytes() for file in first.files]


def test_arena_sizes_are_measured_on_both_cores_and_rounded_up(
    save: Callable[[bytes], Path], classifier: bytes, embedded: bytes, tmp_path: Path
) -> None:
    asked: list[tuple[str, bytes]] = []

    def measure(core: str, data: bytes) -> int:
        asked.append((core, data))
        return 3001 + len(asked)

    report = export_model(save(classifier), tmp_path / "out", gestures=None, measure_arena=measure, own_kernels=False)
    assert asked == [("cortex-m7", embedded), ("cortex-m55", embedded)]
    assert report.arena_bytes == {"cortex-m7": 3008, "cortex-m55": 3008}


def test_arena_that_does_not_fit_writes_nothing(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path
) -> None:
    with pytest.raises(EmojicamError, match="arena of 1,000,000 bytes"):
        export_model(save(classifier), tmp_path / "out", gestures=None, measure_arena=lambda core, data: 1_000_000)
    assert not (tmp_path / "out").exists()


def test_refused_model_leaves_an_earlier_export_alone(
    exported: Path, save: Callable[[bytes], Path], classifier: bytes
) -> None:
    before = {file.name: file.read_bytes() for file in exported.iterdir()}
    with pytest.raises(EmojicamError):
        _export(save(classifier[:-40]), exported, GESTURES)
    assert {file.name: file.read_bytes() for file in exported.iterdir()} == before


def test_control_character_in_a_class_name_is_refused(
    save: Callable[[bytes], Path], classifier: bytes, tmp_path: Path
) -> None:
    with pytest.raises(EmojicamError, match="control character"):
        _export(save(classifier), tmp_path / "out", ["none", "a\nb", "c", "d", "e"])


@pytest.mark.parametrize(("name", "is_probability"), [("net_mobilenet", "false"), ("net_resnet", "true")])
def test_final_softmax_makes_scores_probabilities(
    name: str, is_probability: str, save: Callable[[bytes], Path], tmp_path: Path
) -> None:
    _export(save(zoo.model(name).data), tmp_path / "out")
    config = (tmp_path / "out" / "model_config.h").read_text()
    assert f"kOutputIsProbability = {is_probability};" in config


PROGRAM = r"""
#include <cstdint>
#include <cstdio>
#include <cstring>
#include "model_config.h"
#include "model_data.h"

namespace model = emojicam::model;

static unsigned Bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

int main() {
  std::printf("%zu %d %d %d %d %d %d\n", model::kModelSize, model::kInputHeight, model::kInputWidth,
              model::kInputChannels, model::kInputZeroPoint, model::kOutputZeroPoint, model::kClassCount);
  std::printf("%08x %08x %08x %zu\n", static_cast<unsigned>(model::kModelHash), Bits(model::kInputScale),
              Bits(model::kOutputScale), model::kArenaSize);
  for (const char* name : model::kClassNames) std::printf("%s\n", name);
  for (float value : model::kSoftmaxTable) std::printf("%08x ", Bits(value));
  std::printf("\n%d\n", static_cast<int>(reinterpret_cast<std::uintptr_t>(model::kModelData) % 16));
  std::uint32_t sum = 0;
  for (std::uint8_t byte : model::kModelData) sum = sum * 31 + byte;
  std::printf("%08x\n", static_cast<unsigned>(sum));
}
"""


@pytest.mark.host
def test_compiled_configuration_is_bit_for_bit_what_python_computes(exported: Path, embedded: bytes) -> None:
    (exported / "main.cc").write_text(PROGRAM)
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-I", str(exported)]
    flags += ["-I", str(paths.project_root() / "firmware" / "src")]
    sources = [str(exported / "main.cc"), str(exported / "model_data.cc")]
    subprocess.run(["g++", *flags, *sources, "-o", str(exported / "main")], check=True)
    lines = subprocess.run([exported / "main"], check=True, capture_output=True, text=True).stdout.splitlines()
    graph = parse(embedded)
    source, output = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    assert lines[0] == f"{len(embedded)} 24 24 1 {source.zero_point} {output.zero_point} 5"
    bits = [f"{np.float32(one.scale).view(np.uint32):08x}" for one in (source, output)]
    assert lines[1] == f"{hashlib.sha256(embedded).hexdigest()[:8]} {bits[0]} {bits[1]} {4 * 5008}"
    assert lines[2:7] == GESTURES
    table = softmax_table(output.scale).view(np.uint32)
    assert lines[7].split() == [f"{word:08x}" for word in table]
    assert lines[8] == "0"
    total = 0
    for byte in embedded:
        total = (total * 31 + byte) & 0xFFFFFFFF
    assert lines[9] == f"{total:08x}"


def test_softmax_table_is_float32_of_the_float64_value() -> None:
    table = softmax_table(0.1)
    assert table.dtype == np.float32 and table.shape == (256,)
    assert table[0] == 1.0
    assert table[7] == np.float32(np.exp(-0.7000000000000001))
    assert (np.diff(table) < 0).all()


@pytest.mark.emulator
def test_measured_arena_is_the_smallest_that_loads(classifier: bytes) -> None:
    from emojicam.emulators import runner
    from emojicam.emulators.arena import measure_all

    for core, arena in measure_all(classifier).items():
        jobs = [runner.Job(classifier, arena_limit=limit) for limit in (arena, arena - 16)]
        enough, too_small = runner.run_jobs(core, jobs)
        assert not enough.error
        assert too_small.error
