"""Compiled models' blocks with the portable kernels, under sanitizers, against Google's tflite-micro."""

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from emojicam.cores import CORES, Core
from emojicam.firmware import build
from emojicam.model import flatbuffer
from emojicam.model.graph import Graph, parse
from emojicam.model.kernels import blocks
from emojicam.model.kernels.compile import Compiled, compile_graph
from emojicam.model.schema import IDENTIFIER
from emojicam.model.write import serialise
from kernels.chains import IMAGE_WIDTHS, random_chain, wide_chain
from models import draw, zoo
from models.builder import ModelBuilder


@pytest.fixture(scope="session")
def run_blocks() -> Path:
    return build.build_host_program("run_blocks")


def _blocks_of(compiled: Compiled) -> list[bytes] | None:
    """The blocks' bytes, or None where something else runs too."""
    if set(compiled.operators) != {blocks.OPERATOR}:
        return None
    model = flatbuffer.decode(compiled.data, "Model", IDENTIFIER)
    return [bytes(operator["custom_options"].view) for operator in model["subgraphs"][0]["operators"]]


def _run(program: Path, folder: Path, compiled: Compiled, made: list[bytes], values: np.ndarray, size: int) -> bytes:
    core = 55 if compiled.core == "cortex-m55" else 7
    packed = struct.pack("<3I", core, compiled.pool_bytes, len(made))
    packed += b"".join(struct.pack("<I", len(one)) + one for one in made)
    packed += struct.pack("<I", values.size) + values.tobytes() + struct.pack("<I", size)
    path = folder / "job"
    path.write_bytes(packed)
    done = subprocess.run([program, path], capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout


def _check(
    program: Path, folder: Path, graph: Graph, core: Core, rng: np.random.Generator, limit: int | None = None
) -> bool:
    """Whether a graph is all ours; if so, its output is checked."""
    from tflite_micro import runtime

    limit = limit or int(rng.choice([1, 8, 16, 40])) * 1024
    compiled = compile_graph(
        graph, core, pool_limit=limit, fuse_above=int(rng.choice([0, 1 << 20])), arena_limit=1 << 30
    )
    made = _blocks_of(compiled)
    if made is None:
        return False
    plain = serialise(graph)
    oracle = runtime.Interpreter.from_bytes(plain)
    every = zoo.inputs_for(plain, int(rng.integers(1 << 30)))
    for index in rng.choice(len(every), 2, replace=False):
        oracle.set_input(every[index], 0)
        oracle.invoke()
        expected = oracle.get_output(0)
        got = np.frombuffer(_run(program, folder, compiled, made, every[index], expected.size), np.int8)
        names = [operator.name for operator in graph.operators]
        assert np.array_equal(got, expected.ravel()), f"{names} on {core}"
    return True


@pytest.mark.host
@pytest.mark.parametrize("core", CORES)
def test_random_chains_on_host_stay_in_bounds_and_give_the_oracles_bytes(
    run_blocks: Path, tmp_path: Path, core: Core
) -> None:
    rng = np.random.default_rng(11)
    checked = sum(_check(run_blocks, tmp_path, random_chain(rng), core, rng) for _ in range(90))
    assert checked >= 15


@pytest.mark.host
@pytest.mark.parametrize("width", IMAGE_WIDTHS)
@pytest.mark.parametrize("core", CORES)
def test_wide_chains_on_host_stay_in_bounds_and_give_the_oracles_bytes(
    run_blocks: Path, tmp_path: Path, core: Core, width: int
) -> None:
    rng = np.random.default_rng(12)
    checked = sum(_check(run_blocks, tmp_path, wide_chain(rng, width), core, rng) for _ in range(4))
    assert checked >= 2


@pytest.mark.parametrize("width", IMAGE_WIDTHS)
@pytest.mark.parametrize("core", CORES)
def test_wide_chain_is_taken_whole_with_a_window_between_its_widest_pairs(core: Core, width: int) -> None:
    graph = wide_chain(np.random.default_rng(3), width)
    made = _blocks_of(compile_graph(graph, core, fuse_above=0, arena_limit=1 << 30))
    assert made is not None
    layers = [struct.unpack_from("<I", one, 4 * 10)[0] for one in made[1:-1]]
    # Two pairs a block: what lies between them exists as a few rows. The Cortex-M55 does so for rows of whole vectors.
    assert layers[0] == (1 if core == "cortex-m55" and width // 2 % 4 else 2)


@pytest.mark.host
@pytest.mark.parametrize("core", CORES)
def test_last_strip_that_ends_inside_a_tile_writes_nothing_beyond(run_blocks: Path, tmp_path: Path, core: Core) -> None:
    """17 rows of one pixel in strips of four: the last strip has a quarter of a tile (found by the fuzzer)."""
    rng = np.random.default_rng(13)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, 17, 1, 8), draw.quant(rng, -128))
    x = builder.input
    for channels in (16, 16):
        x = draw.depthwise(rng, builder, x, **style)
        x = draw.conv(rng, builder, x, channels, 1, **style)
    for _ in range(4):  # limits of the pool from tiny to ample
        assert _check(run_blocks, tmp_path, builder.graph(x), core, rng)


@pytest.mark.host
@pytest.mark.parametrize("kib", [12, 40])
@pytest.mark.parametrize("core", CORES)
def test_images_of_six_columns_in_planes_and_in_bytes_give_the_oracles_bytes(
    run_blocks: Path, tmp_path: Path, core: Core, kib: int
) -> None:
    """With little memory bytes without gaps come instead of planes; M55: odd numbers of windows, in several strips."""
    rng = np.random.default_rng(15)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    layouts: set[int] = set()
    for height in (1, 2, 5, 6, 7):
        builder = ModelBuilder((1, 2 * height, 12, 16), draw.quant(rng, -128))
        x = builder.input
        for depth, stride in ((64, 2), (80, 1), (80, 1), (48, 1)):
            x = draw.depthwise(rng, builder, x, stride=stride, **style)
            x = draw.conv(rng, builder, x, depth, 1, **style)
        if height % 2:
            x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3])
        graph = builder.graph(x)
        assert _check(run_blocks, tmp_path, graph, core, rng, limit=kib * 1024)
        made = _blocks_of(compile_graph(graph, core, pool_limit=kib * 1024, arena_limit=1 << 30)) or []
        layouts |= {struct.unpack_from("<I", one, 4 * 20)[0] for one in made[1:-1]}
    assert layouts >= ({blocks.Layout.PLANES, blocks.Layout.PACKED} if core == "cortex-m7" else {blocks.Layout.ROWS})


@pytest.mark.host
@pytest.mark.parametrize("width", [5, 7])
@pytest.mark.parametrize("height", [1, 6, 25])
def test_short_odd_rows_lie_without_gaps_from_every_layout_to_every_layout(
    run_blocks: Path, tmp_path: Path, width: int, height: int
) -> None:
    """From rows twice as wide and from the chain's beginning, to narrower rows, an average and the chain's end."""
    rng = np.random.default_rng(14)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    packed = 0
    ways = [(2, 1, 1), (1, 1)] + ([(1, 1, 2), (1, 2, 1)] if height >= 3 else [])
    for strides in ways:
        scale = strides[0]
        builder = ModelBuilder((1, scale * height, scale * width, 8), draw.quant(rng, -128))
        x = builder.input
        for depth, stride in zip((16, 8, 12), strides, strict=False):
            # Stride 2 pads odd rows on the left, which our kernels don't.
            padding = "VALID" if stride == 2 and builder.shape(x)[2] % 2 else "SAME"
            x = draw.depthwise(rng, builder, x, stride=stride, padding=padding, **style)
            x = draw.conv(rng, builder, x, depth, 1, **style)
        if rng.random() < 0.5:
            x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3])
        graph = builder.graph(x)
        assert _check(run_blocks, tmp_path, graph, "cortex-m7", rng)
        made = _blocks_of(compile_graph(graph, "cortex-m7", arena_limit=1 << 30))
        assert made is not None
        outputs = [struct.unpack_from("<I", one, 4 * 20)[0] for one in made[1:-1]]
        packed += outputs.count(int(blocks.Layout.PACKED))
    assert packed == (7 if height >= 3 else 4)


@pytest.mark.host
@pytest.mark.parametrize("height", range(1, 7))
@pytest.mark.parametrize("depth", [8, 64])
def test_layer_to_rows_of_five_stays_in_the_pool_whatever_its_outputs_layout(
    run_blocks: Path, tmp_path: Path, depth: int, height: int
) -> None:
    """Where a packed layer follows, rows of five are bytes with gaps and take more tiles than without.

    What was kept for them went by the size alone, and of 2 to 5 rows some were written past the pool.
    """
    rng = np.random.default_rng(1)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, 2 * height, 10, depth), draw.quant(rng, -128))
    x = builder.input
    for stride in (2, 1):
        x = draw.conv(rng, builder, draw.depthwise(rng, builder, x, stride=stride, **style), 16, 1, **style)
    for kib in (8, 40, 80):
        assert _check(run_blocks, tmp_path, builder.graph(x), "cortex-m7", rng, limit=kib * 1024)


@pytest.mark.parametrize("core", CORES)
def test_compiled_model_is_read_by_the_checks_of_every_model(core: Core) -> None:
    graph = wide_chain(np.random.default_rng(1))
    compiled = compile_graph(graph, core)
    again = parse(compiled.data)
    assert [op.name for op in again.operators].count(blocks.OPERATOR) >= 3
    assert again.tensors[again.inputs[0]].shape == graph.tensors[graph.inputs[0]].shape


@pytest.mark.parametrize("core", CORES)
def test_model_without_such_layers_stays_as_it_is(core: Core) -> None:
    data = zoo.model("split_unpack_pack").data
    compiled = compile_graph(parse(data), core)
    assert compiled.data == data and not compiled.planned
    assert all(choice.kernel in ("cmsis_nn", "reference") for choice in compiled.choices)


def _chain(core: Core, seed: int) -> tuple[Compiled, list[bytes]]:
    rng = np.random.default_rng(seed)
    while True:
        compiled = compile_graph(random_chain(rng), core, arena_limit=1 << 30)
        made = _blocks_of(compiled)
        if made is not None:
            return compiled, made


def _job(folder: Path, compiled: Compiled, made: list[bytes]) -> Path:
    core = 55 if compiled.core == "cortex-m55" else 7
    packed = struct.pack("<3I", core, compiled.pool_bytes, len(made))
    packed += b"".join(struct.pack("<I", len(one)) + one for one in made) + struct.pack("<2I", 0, 0)
    (folder / "job").write_bytes(packed)
    return folder / "job"


@pytest.mark.host
@pytest.mark.parametrize("core", CORES)
def test_flipped_bits_of_a_block_are_always_noticed_weights_and_all(
    run_blocks: Path, tmp_path: Path, core: Core
) -> None:
    for seed in range(3):
        job = _job(tmp_path, *_chain(core, seed))
        done = subprocess.run([run_blocks, job, str(seed), "300"], capture_output=True, check=True)
        assert done.stdout == b"300"


def _with_word(block: bytes, at: int, word: int) -> bytes:
    """A block with another word, and the checksum that goes with it."""
    changed = bytearray(block)
    struct.pack_into("<I", changed, 4 * at, word & 0xFFFFFFFF)
    words = [int(one) for one in np.frombuffer(bytes(changed), "<u4")]
    total = weighted = 0
    for index, one in enumerate(words):
        if index not in (8, 9):
            total = (total + one) & 0xFFFFFFFF
            weighted = (weighted + total) & 0xFFFFFFFF
    struct.pack_into("<2I", changed, 32, total, weighted)
    return bytes(changed)


@pytest.mark.host
@pytest.mark.parametrize("core", CORES)
def test_offsets_outside_of_block_or_pool_are_refused(run_blocks: Path, tmp_path: Path, core: Core) -> None:
    compiled, made = _chain(core, 1)
    index = next(i for i, one in enumerate(made) if struct.unpack_from("<I", one, 8)[0] == blocks.Kind.SEPARABLE)
    block = made[index]
    assert _with_word(block, 0, blocks.MAGIC) == block
    pool = compiled.pool_bytes
    # Header: input_offset, output_offset; of the first layer: channels, pairs, scratch, tiles, stride.
    layer = 13
    for at, word in [
        (6, pool + 4), (7, pool + 4), (layer + 20, len(block)), (layer + 21, len(block) - 4),
        (layer + 22, pool + 4), (layer + 23, pool + 4), (layer + 14, 3), (10, 3), (layer + 20, 0),
    ]:  # fmt: skip
        wrong = [*made[:index], _with_word(block, at, word), *made[index + 1 :]]
        done = subprocess.run([run_blocks, _job(tmp_path, compiled, wrong)], capture_output=True)
        assert done.returncode == 3, (at, word)
