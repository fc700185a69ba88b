"""No bytes whatever give anything but one line: a clear error, or a model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emojicam.cli import main
from emojicam.cores import CORES
from emojicam.errors import EmojicamError
from emojicam.model import export, memory
from emojicam.model.fold import fold
from emojicam.model.graph import parse
from emojicam.model.kernels.compile import compile_graph
from emojicam.model.macs import layers
from emojicam.model.write import serialise
from models import zoo
from models.builder import ModelBuilder, Quant

VICTIMS = ["net_mobilenet", "net_resnet", "split_unpack_pack", "strided_slice"]


def _look_at_everything(data: bytes) -> None:
    """All that a file can reach: nothing but an EmojicamError may come out."""
    try:
        graph = parse(data)
        folded = fold(graph).graph
        layers(folded)
        memory.estimate(folded)
        serialise(folded)
        prepared = export.prepare(graph)
        for core in CORES:
            compile_graph(prepared.graph, core)
    except EmojicamError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 600


@pytest.mark.parametrize("name", VICTIMS)
def test_truncated_anywhere_is_refused(name: str) -> None:
    data = zoo.model(name).data
    for size in sorted({*range(0, len(data), 512), *range(0, 64), len(data) - 1, len(data) - 16}):
        with pytest.raises(EmojicamError) as caught:
            parse(data[:size])
        assert "corrupt" in str(caught.value) or "not a TensorFlow Lite model" in str(caught.value)


def test_reference_model_truncated_every512_bytes_is_refused(reference_model: Path) -> None:
    data = reference_model.read_bytes()
    for size in range(0, len(data), 512):
        with pytest.raises(EmojicamError):
            parse(data[:size])


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(VICTIMS), st.data())
def test_flipped_bits_give_a_model_or_one_line(name: str, draw: st.DataObject) -> None:
    data = bytearray(zoo.model(name).data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at] ^= 1 << draw.draw(st.integers(0, 7))
    _look_at_everything(bytes(data))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(VICTIMS), st.data())
def test_overwritten_words_give_a_model_or_one_line(name: str, draw: st.DataObject) -> None:
    data = bytearray(zoo.model(name).data)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = 4 * draw.draw(st.integers(0, len(data) // 4 - 1))
        ends = [0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, len(data), len(data) - at]
        word = draw.draw(st.sampled_from([0, 1, 4, *ends]))
        data[at : at + 4] = word.to_bytes(4, "little")
    _look_at_everything(bytes(data))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=600))
def test_random_bytes_behind_the_identifier_are_refused(noise: bytes) -> None:
    _look_at_everything(noise[:4].ljust(4, b"\x10") + b"TFL3" + noise[4:])


def test_overlapping_tables_do_not_cost_time() -> None:
    """A vector of references that all point to one large vector: read once each, not for ever."""
    import struct

    count = 20_000
    # root -> Model{version 3, operator_codes: [count references to one table with a string of 64 KiB]}
    model_vtable = struct.pack("<4H", 8, 12, 4, 8)
    data = bytearray(struct.pack("<I", 16) + b"TFL3" + model_vtable)
    data += struct.pack("<iII", 8, 3, 4) + struct.pack("<I", count)
    references = len(data)
    table = references + 4 * count + 8
    data += b"".join(struct.pack("<I", table - (references + 4 * i)) for i in range(count))
    data += struct.pack("<4H", 8, 8, 0, 4)
    data += struct.pack("<iI", 8, 4) + struct.pack("<I", 65536) + b"a" * 65536 + b"\0"
    with pytest.raises(EmojicamError, match="overlap"):
        parse(bytes(data))


def test_cli_on_a_truncated_file_prints_one_line_and_exits1(
    save: Callable[[bytes], Path], classifier: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["inspect", "--no-measure", str(save(classifier[:1000]))])
    assert caught.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and "corrupt" in err and "; try: " in err


def test_cli_on_a_missing_file_prints_one_line_and_exits1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["inspect", "no-such.tflite"])
    assert caught.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("scale", [1e-45, 1e-30, 1e30, 3e38])
def test_any_scale_gives_a_model_or_one_line(scale: float) -> None:
    graph = parse(zoo.model("net_mobilenet").data)
    for index, tensor in enumerate(graph.tensors):
        if tensor.scales:
            tensors = list(graph.tensors)
            tensors[index] = replace(tensor, scales=(scale,) * len(tensor.scales))
            _look_at_everything(serialise(replace(graph, tensors=tuple(tensors))))


#: What stands in a field that a converter never wrote: ends of ranges, infinity, no number.
_WORDS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 0x7F800000, 0x7FC00000, 0x3F800000, 1000)


def _mutated(rng: np.random.Generator, data: bytes) -> bytes:
    """A model with one to three bits, bytes or words of it replaced."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(changed) - 4))
        kind = int(rng.integers(3))
        if kind == 0:
            changed[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            changed[at] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF]))
        else:
            changed[at & ~3 : (at & ~3) + 4] = int(rng.choice(_WORDS)).to_bytes(4, "little")
    return bytes(changed)


@pytest.mark.parametrize(("seed", "count"), [(1, 300), pytest.param(2, 200_000, marks=pytest.mark.slow)])
def test_mutated_models_give_a_model_for_both_cores_or_one_line(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    victims = [zoo.model(name).data for name in (*VICTIMS, "net_max_pooling", "conv_3x3_same_odd")]
    for _ in range(count):
        _look_at_everything(_mutated(rng, victims[int(rng.integers(len(victims)))]))


def test_constant_channel_with_any_bias_is_packed() -> None:
    """A factor of zero makes a channel a constant, whose sums need not fit into 32 bits (found by mutation)."""
    builder = ModelBuilder((1, 6, 6, 4), Quant(1e-30, 127))
    filters = np.full((8, 3, 3, 4), 127, np.int8)
    biases = np.full(8, 2**31 - 1, np.int32)
    graph = builder.graph(builder.conv(builder.input, filters, [1e-30] * 8, biases, Quant(1.0, -128)))
    for core in ("cortex-m7", "cortex-m55"):
        compile_graph(graph, core, worth=-(10**9))  # type: ignore[arg-type]
