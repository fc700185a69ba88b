"""Reading and writing a .tflite file."""

from dataclasses import replace

import numpy as np
import pytest

from emojicam.model import flatbuffer
from emojicam.model.graph import parse
from emojicam.model.oracle import TfliteMicro, run_all
from emojicam.model.schema import IDENTIFIER
from emojicam.model.write import serialise
from models import raw, zoo


@pytest.mark.parametrize("name", zoo.names())
def test_written_again_it_reads_the_same(name: str) -> None:
    graph = parse(zoo.model(name).data)
    again = parse(serialise(replace(graph, source=None)))
    assert again.tensors == graph.tensors
    assert again.operators == graph.operators
    assert (again.inputs, again.outputs) == (graph.inputs, graph.outputs)
    assert not again.oddities


def test_unchanged_graph_is_the_file_itself(classifier: bytes) -> None:
    assert serialise(parse(classifier)) == classifier


def test_written_constants_are_aligned_to16() -> None:
    model = flatbuffer.decode(zoo.model("net_resnet").data, "Model", IDENTIFIER)
    offsets = [buffer["data"].offset for buffer in model["buffers"] if buffer["data"] is not None]
    assert offsets and all(offset % 16 == 0 for offset in offsets)


def test_tensor_has_what_was_written() -> None:
    graph = parse(zoo.model("conv_3x3_same_odd").data)
    (operator,) = graph.operators
    assert (operator.name, operator.version) == ("CONV_2D", 3)
    assert operator.options["stride_w"] == operator.options["dilation_h_factor"] == 1
    weights, bias = graph.tensor(operator, 1), graph.tensor(operator, 2)
    assert weights is not None and bias is not None and graph.tensor(operator, 3) is None
    assert weights.shape == (5, 3, 3, 3) and weights.dtype == "int8" and weights.quantized_dimension == 0
    assert len(weights.scales) == len(weights.zero_points) == 5
    assert all(scale == float(np.float32(scale)) for scale in weights.scales)
    assert weights.array().shape == weights.shape
    assert bias.array().dtype == np.int32
    assert graph.tensors[graph.inputs[0]].data is None


def test_operator_codes_in_the_new_field_only_are_written_in_both(classifier: bytes) -> None:
    """TFLM of July 2020 would read operator 0, ADD, throughout."""
    model = raw.decode(classifier)
    for code in model["operator_codes"]:
        code["deprecated_builtin_code"] = 0
    graph = parse(raw.encode(model))
    assert graph.operators == parse(classifier).operators
    assert graph.oddities
    written = raw.decode(serialise(graph))
    assert all(code["deprecated_builtin_code"] == code["builtin_code"] != 0 for code in written["operator_codes"])


def test_left_out_zero_points_are_zero() -> None:
    model = raw.decode(zoo.model("conv_3x3_same_odd").data)
    for tensor in model["subgraphs"][0]["tensors"]:
        if len(tensor["quantization"]["scale"]) > 1:
            tensor["quantization"]["zero_point"] = None
    graph = parse(raw.encode(model))
    assert graph.oddities == ("zero points are left out",)
    assert graph.tensors[1].zero_points == (0,) * 5


def test_tensors_at_odd_offsets_are_read_and_written_where_processors_can_read_them() -> None:
    """Some tools write flatbuffers without their alignment; TFLM would read words across boundaries."""
    model = zoo.model("net_mobilenet")
    data = model.data
    # One more byte in front of everything: the root's offset is all that has to know.
    root = int.from_bytes(data[:4], "little")
    odd = (root + 1).to_bytes(4, "little") + data[4:8] + b"\0" + data[8:]
    parsed = parse(odd)
    assert parsed.oddities and "aligned" in parsed.oddities[0]
    written = serialise(parsed)
    assert not parse(written).oddities
    frames = model.inputs
    np.testing.assert_array_equal(run_all(TfliteMicro(written), frames), run_all(TfliteMicro(data), frames))
