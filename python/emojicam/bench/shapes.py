"""Models with the shapes of MLPerf Tiny's four networks, of other common ones and of our own, weights drawn at random.

Only shapes count for instructions: none of these has been trained. Shapes: Banbury et al., "MLPerf Tiny
Benchmark" (2021), and the benchmark's reference implementations.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.schema import ACTIVATION_CODES, PADDING_CODES
from emojicam.model.write import serialise

_RELU_SCALE = 6 / 255


@dataclass
class _Net:
    """A network in the making. Layers take and give tensor numbers."""

    rng: np.random.Generator
    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)

    def add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, shape: tuple[int, ...], scale: float, zero_point: int) -> int:
        return self.add(Tensor(f"t{len(self.tensors)}", shape, "int8", (scale,), (zero_point,)))

    def shape(self, tensor: int) -> tuple[int, ...]:
        return self.tensors[tensor].shape

    def op(
        self, name: str, inputs: list[int], shape: tuple[int, ...], scale: float, zero_point: int,
        version: int = 1, **options: Any,
    ) -> int:  # fmt: skip
        output = self.activation(shape, scale, zero_point)
        self.operators.append(Operator(name, version, tuple(inputs), (output,), options))
        return output

    def _constants(self, source: int, shape: tuple[int, ...], axis: int, relu: bool, taps: int) -> list[int]:
        """Weights and bias whose sums spread over the output's range."""
        values = self.rng.integers(-127, 128, size=shape, dtype=np.int8)
        channels = shape[axis]
        inputs = self.tensors[source].scale
        spread = 74.0 * 100.0 * np.sqrt(taps)  # of a sum of `taps` products, in steps of the accumulator
        scale = (_RELU_SCALE * 80 if relu else 0.1 * 50) / (inputs * spread)
        scales = tuple(float(np.float32(scale * x)) for x in np.exp(self.rng.uniform(-0.7, 0.7, channels)))
        bias = self.rng.integers(-int(spread), int(spread), size=channels, dtype=np.int32)
        points = (0,) * channels
        weights = Tensor(f"w{len(self.tensors)}", shape, "int8", scales, points, axis, values.tobytes())
        bias_scales = tuple(float(np.float32(inputs * one)) for one in scales)
        added = Tensor(f"b{len(self.tensors)}", (channels,), "int32", bias_scales, points, 0, bias.tobytes())
        return [self.add(weights), self.add(added)]

    def conv(
        self, source: int, channels: int, window: tuple[int, int] = (3, 3), stride: int = 1, *,
        depthwise: bool = False, relu: bool = True,
    ) -> int:  # fmt: skip
        _, height, width, depth = self.shape(source)
        shape = (1, *window, channels) if depthwise else (channels, *window, depth)
        taps = window[0] * window[1] * (1 if depthwise else depth)
        constants = self._constants(source, shape, 3 if depthwise else 0, relu, taps)
        options = {
            "padding": PADDING_CODES["SAME"], "stride_h": stride, "stride_w": stride,
            "dilation_h_factor": 1, "dilation_w_factor": 1,
            "fused_activation_function": ACTIVATION_CODES["RELU6" if relu else "NONE"],
        }  # fmt: skip
        if depthwise:
            options["depth_multiplier"] = 1
        size = (1, -(-height // stride), -(-width // stride), channels)
        name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        quantisation = (_RELU_SCALE, -128) if relu else (0.1, 4)
        return self.op(name, [source, *constants], size, *quantisation, 3, **options)

    def separable(self, source: int, channels: int, stride: int = 1) -> int:
        deep = self.conv(source, self.shape(source)[3], stride=stride, depthwise=True)
        return self.conv(deep, channels, (1, 1))

    def average(self, source: int) -> int:
        _, height, width, channels = self.shape(source)
        options = {
            "padding": PADDING_CODES["VALID"], "stride_h": 1, "stride_w": 1, "filter_height": height,
            "filter_width": width, "fused_activation_function": 0,
        }  # fmt: skip
        one = self.tensors[source]
        shape = (1, 1, 1, channels)
        return self.op("AVERAGE_POOL_2D", [source], shape, one.scale, one.zero_point, 2, **options)

    def maximum(self, source: int) -> int:
        """MAX_POOL_2D over 2x2."""
        _, height, width, channels = self.shape(source)
        options = {
            "padding": PADDING_CODES["VALID"], "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2,
            "fused_activation_function": 0,
        }  # fmt: skip
        one = self.tensors[source]
        shape = (1, height // 2, width // 2, channels)
        return self.op("MAX_POOL_2D", [source], shape, one.scale, one.zero_point, 2, **options)

    def dense(self, source: int, outputs: int, *, relu: bool = False) -> int:
        inputs = self.tensors[source].elements
        weights, bias = self._constants(source, (outputs, inputs), 0, relu, inputs)
        # FULLY_CONNECTED is quantised as a whole in 2020.
        scale = float(np.median(self.tensors[weights].scales))
        for index, one in ((weights, scale), (bias, float(np.float32(self.tensors[source].scale * scale)))):
            old = self.tensors[index]
            self.tensors[index] = Tensor(old.name, old.shape, old.dtype, (one,), (0,), 0, old.data)
        options = {
            "fused_activation_function": ACTIVATION_CODES["RELU" if relu else "NONE"],
            "weights_format": 0, "keep_num_dims": False,
        }  # fmt: skip
        quantisation = (_RELU_SCALE, -128) if relu else (0.1, 4)
        return self.op("FULLY_CONNECTED", [source, weights, bias], (1, outputs), *quantisation, 4, **options)

    def softmax(self, source: int) -> int:
        return self.op("SOFTMAX", [source], self.shape(source), 1 / 256, -128, 2, beta=1.0)

    def finish(self, output: int) -> bytes:
        return serialise(Graph(tuple(self.tensors), tuple(self.operators), (0,), (output,)))


def _image(height: int, width: int, channels: int) -> tuple[_Net, int]:
    net = _Net(np.random.default_rng(2021))
    return net, net.activation((1, height, width, channels), 1 / 255, -128)


def _mobilenet(net: _Net, image: int) -> int:
    """MobileNetV1 with alpha 0.25, up to the average over the image."""
    x = net.conv(image, 8, stride=2)
    for channels, stride in (
        (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1),
    ):  # fmt: skip
        x = net.separable(x, channels, stride)
    return net.average(x)


def gestures() -> bytes:
    """MobileNetV1 with alpha 0.25 on 96x96x1 and five classes: the shape of the original project's network."""
    net, x = _image(96, 96, 1)
    x = net.conv(_mobilenet(net, x), 5, (1, 1), relu=False)
    return net.finish(net.op("RESHAPE", [x], (1, 5), 0.1, 4, new_shape=(1, 5)))


def visual_wake_words() -> bytes:
    """MobileNetV1 with alpha 0.25 on 96x96x3."""
    net, x = _image(96, 96, 3)
    return net.finish(net.softmax(net.dense(_mobilenet(net, x), 2)))


def mobilenet_v1() -> bytes:
    """MobileNetV1 with alpha 0.25 on 128x128x3: the widest rows that chains take."""
    net, x = _image(128, 128, 3)
    return net.finish(net.softmax(net.dense(_mobilenet(net, x), 10)))


def image_classification() -> bytes:
    """ResNet-8 on 32x32x3."""
    net, x = _image(32, 32, 3)
    x = net.conv(x, 16)
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        inner = net.conv(net.conv(x, channels, stride=stride), channels, relu=False)
        shortcut = x if stride == 1 else net.conv(x, channels, (1, 1), stride, relu=False)
        x = net.op(
            "ADD", [inner, shortcut], net.shape(inner), _RELU_SCALE, -128, 2,
            fused_activation_function=ACTIVATION_CODES["RELU"],
        )  # fmt: skip
    return net.finish(net.softmax(net.dense(net.average(x), 10)))


def keyword_spotting() -> bytes:
    """DS-CNN on 49x10 features."""
    net, x = _image(49, 10, 1)
    x = net.conv(x, 64, (10, 4), 2)
    for _ in range(4):
        x = net.separable(x, 64)
    return net.finish(net.softmax(net.dense(net.average(x), 12)))


def anomaly_detection() -> bytes:
    """The dense autoencoder on 640 features."""
    net = _Net(np.random.default_rng(2021))
    x = net.activation((1, 640), 0.1, 4)
    for outputs in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = net.dense(x, outputs, relu=True)
    return net.finish(net.dense(x, 640))


def _linear(net: _Net, source: int, channels: int) -> int:
    """A pointwise layer without activation: MobileNetV2's bottleneck."""
    return net.conv(source, channels, (1, 1), relu=False)


def _bottleneck(net: _Net, x: int, channels: int, stride: int, expansion: int = 6, window: int = 3) -> int:
    """Expand, depthwise, project, and the way around them where shapes allow it."""
    wide = net.conv(x, expansion * net.shape(x)[3], (1, 1)) if expansion > 1 else x
    made = _linear(net, net.conv(wide, net.shape(wide)[3], (window, window), stride, depthwise=True), channels)
    if stride != 1 or net.shape(x)[3] != channels:
        return made
    return net.op("ADD", [x, made], net.shape(x), 0.13, 2, 2, fused_activation_function=0)


#: Channels, stride and how often, of MobileNetV2 with alpha 0.35 (Keras rounds to multiples of 8).
_V2_STAGES = ((8, 2, 2), (16, 2, 3), (24, 2, 4), (32, 1, 3), (56, 2, 3), (112, 1, 1))


def _mobilenet_v2(net: _Net, image: int, stages: int) -> int:
    x = _bottleneck(net, net.conv(image, 16, stride=2), 8, 1, expansion=1)
    for channels, stride, count in _V2_STAGES[:stages]:
        for number in range(count):
            x = _bottleneck(net, x, channels, stride if number == 0 else 1)
    return x


def mobilenet_v2() -> bytes:
    """MobileNetV2 with alpha 0.35 on 96x96x3 and five classes."""
    net, image = _image(96, 96, 3)
    x = net.conv(_mobilenet_v2(net, image, len(_V2_STAGES)), 1280, (1, 1))
    return net.finish(net.softmax(net.dense(net.average(x), 5)))


def fomo() -> bytes:
    """Edge Impulse's FOMO: MobileNetV2 with alpha 0.35 on 96x96x3, cut at block 6, with a map of three classes."""
    net, image = _image(96, 96, 3)
    x = _mobilenet_v2(net, image, 2)
    x = net.conv(x, 96, (1, 1))
    return net.finish(net.softmax(_linear(net, net.conv(x, 32, (1, 1)), 3)))


def squeeze_net() -> bytes:
    """Fire modules on 96x96x1: squeezed by 1x1, joined again from 1x1 and 3x3."""
    net, x = _image(96, 96, 1)
    x = net.maximum(net.conv(x, 16, stride=2))
    for squeezed, channels in ((8, 16), (8, 16), (16, 32)):
        x = net.conv(x, squeezed, (1, 1))
        both = [net.conv(x, channels, (1, 1)), net.conv(x, channels)]
        shape = (*net.shape(both[0])[:3], 2 * channels)
        x = net.op("CONCATENATION", both, shape, _RELU_SCALE, -128, 2, axis=3, fused_activation_function=0)
    return net.finish(net.softmax(net.dense(net.average(net.maximum(x)), 4)))


def efficientnet_lite() -> bytes:
    """Bottlenecks with windows of 3x3 and 5x5 on 96x96x3, as in EfficientNet-Lite, at a quarter of its width."""
    net, image = _image(96, 96, 3)
    x = _bottleneck(net, net.conv(image, 16, stride=2), 8, 1, expansion=1)
    for channels, window, stride, count in ((8, 3, 2, 2), (16, 5, 2, 2), (24, 3, 2, 2), (32, 5, 1, 2), (48, 5, 2, 2)):
        for number in range(count):
            x = _bottleneck(net, x, channels, stride if number == 0 else 1, window=window)
    return net.finish(net.softmax(net.dense(net.average(net.conv(x, 256, (1, 1))), 5)))


def _swished(net: _Net, source: int) -> int:
    return net.op("HARD_SWISH", [source], net.shape(source), 0.05, -120)


def mobilenet_v3() -> bytes:
    """Hard swish, 5x5 windows, squeeze and excite on 96x96x3, as in MobileNetV3-small, at a third of its width."""
    net, image = _image(96, 96, 3)
    x = _swished(net, net.conv(image, 16, stride=2, relu=False))
    for channels, expanded, window, stride in (
        (8, 16, 3, 2), (8, 32, 3, 2), (8, 32, 3, 1), (16, 40, 5, 2), (16, 80, 5, 1), (24, 80, 5, 2), (24, 144, 5, 1),
    ):  # fmt: skip
        wide = _swished(net, net.conv(x, expanded, (1, 1), relu=False))
        wide = net.conv(wide, expanded, (window, window), stride, depthwise=True, relu=False)
        wide = _swished(net, wide)
        squeezed = net.conv(net.average(wide), max(8, expanded // 4), (1, 1))
        excited = net.conv(squeezed, expanded, (1, 1), relu=False)
        gate = net.op("LOGISTIC", [excited], net.shape(excited), 1 / 256, -128)
        wide = net.op("MUL", [wide, gate], net.shape(wide), 0.05, -120, 2, fused_activation_function=0)
        made = _linear(net, wide, channels)
        if stride == 1 and net.shape(x)[3] == channels:
            made = net.op("ADD", [x, made], net.shape(x), 0.13, 2, 2, fused_activation_function=0)
        x = made
    x = _swished(net, net.conv(x, 144, (1, 1), relu=False))
    return net.finish(net.softmax(net.dense(net.average(x), 5)))


#: Name -> the model.
SHAPES: dict[str, Callable[[], bytes]] = {
    "gestures-shape": gestures,
    "mlperf-vww-96x96x3": visual_wake_words,
    "mlperf-resnet8": image_classification,
    "mlperf-dscnn": keyword_spotting,
    "mlperf-autoencoder": anomaly_detection,
    "mobilenet-v1-025-128x128x3": mobilenet_v1,
    "mobilenet-v2-035-96x96x3": mobilenet_v2,
    "fomo-035-96x96x3": fomo,
    "squeezenet-like-96x96x1": squeeze_net,
    "efficientnet-lite-like-96x96x3": efficientnet_lite,
    "mobilenet-v3-like-96x96x3": mobilenet_v3,
}
