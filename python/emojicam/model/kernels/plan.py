"""A model's chains of layers cut into blocks: what both cores' planners share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emojicam.model.graph import Graph
from emojicam.model.kernels.match import Convolution, NotOurs, convolution, is_global_average


@dataclass(frozen=True)
class Limits:
    """What a core's kernels can take.

    Attributes:
        first_width, width: pixels a row, of the first layer's input and of a depthwise layer's.
        depth: whether a pointwise layer can have so many input channels.
        fuse: whether rows of this width can lie between two fused pairs.
        check: raises NotOurs for a layer whose scaling the kernels don't compute.
    """

    first_width: int
    width: int
    depth: Callable[[int], bool]
    fuse: Callable[[int], bool]
    check: Callable[[Convolution], None]


@dataclass(frozen=True)
class Pair:
    """A depthwise layer and the pointwise layer that follows."""

    depthwise: Convolution
    pointwise: Convolution


@dataclass(frozen=True)
class Chain:
    """Layers that follow one another without a branch, all of them ours.

    Attributes:
        first: the model's first convolution, where the chain begins with it.
        groups: of one pair each, or of two that are fused by rows.
        average: index of the operator AVERAGE_POOL_2D that ends it, if it does.
    """

    first: Convolution | None
    groups: tuple[tuple[Pair, ...], ...]
    average: int | None

    @property
    def operators(self) -> list[int]:
        found = [self.first.index] if self.first else []
        for group in self.groups:
            for pair in group:
                found += [pair.depthwise.index, pair.pointwise.index]
        return found + ([self.average] if self.average is not None else [])


def follows(graph: Graph, index: int) -> int | None:
    """The one operator that reads what `index` computes, if it comes next; None where others read it too."""
    tensor = graph.operators[index].outputs[0]
    if tensor in graph.outputs or graph.consumers(tensor) != [index + 1]:
        return None
    return index + 1


def match_first(graph: Graph, index: int, limits: Limits) -> Convolution:
    """A first layer: 3x3, stride 2, one or three input channels, padded right and below only.

    Raises:
        NotOurs: it is something else.
    """
    layer = convolution(graph, index)
    _, ky, kx, depth = layer.weights.shape
    if layer.depthwise:
        raise NotOurs("no pointwise layer of ours follows")
    if (ky, kx) == (1, 1):
        raise NotOurs("no depthwise layer of ours before it")
    if (ky, kx, layer.stride) != (3, 3, 2) or depth not in (1, 3):
        raise NotOurs(f"{ky}x{kx} on {depth} channels with stride {layer.stride}")
    source = graph.operators[index].inputs[0]
    if index != 0 or graph.inputs != (source,) or graph.consumers(source) != [0]:
        raise NotOurs("not the model's first layer")
    if layer.padding_top or layer.padding_left:
        raise NotOurs("padded left or above")
    if layer.input.shape[2] % 4 or layer.width % 2 or layer.input.shape[2] > limits.first_width:
        raise NotOurs(f"rows of {layer.input.shape[2]} pixels")
    if len(layer.weights) % 4:
        raise NotOurs(f"{len(layer.weights)} output channels")
    limits.check(layer)
    return layer


def match_pair(graph: Graph, index: int, limits: Limits) -> Pair:
    """A depthwise 3x3 layer at `index` with its pointwise layer.

    Raises:
        NotOurs: it is something else.
    """
    depthwise = convolution(graph, index)
    if not depthwise.depthwise:
        raise NotOurs("no depthwise layer before it")
    if depthwise.weights.shape[1:3] != (3, 3):
        raise NotOurs("its window is not 3x3")
    if (depthwise.stride, depthwise.padding_left) not in ((1, 1), (2, 0)) or depthwise.padding_top > 1:
        raise NotOurs(f"stride {depthwise.stride} with {depthwise.padding_left} columns of padding before")
    if depthwise.padding_value != 0:
        raise NotOurs("its input's zero point is not -128")
    if depthwise.input.shape[2] > limits.width:
        raise NotOurs(f"rows of {depthwise.input.shape[2]} pixels")
    follower = follows(graph, index)
    if follower is None:
        raise NotOurs("no pointwise layer follows")
    try:
        pointwise = convolution(graph, follower)
    except NotOurs as error:
        raise NotOurs(f"the layer that follows: {error}") from None
    outputs, ky, kx, depth = pointwise.weights.shape
    if pointwise.depthwise or (ky, kx) != (1, 1) or pointwise.stride != 1:
        raise NotOurs("no pointwise layer follows")
    if not limits.depth(depth) or outputs % 4:
        raise NotOurs(f"pointwise from {depth} to {outputs} channels")
    limits.check(depthwise)
    try:
        limits.check(pointwise)
    except NotOurs as error:
        raise NotOurs(f"the layer that follows: {error}") from None
    return Pair(depthwise, pointwise)


def group_pairs(pairs: Sequence[Pair], limits: Limits, fuse_above: int) -> tuple[tuple[Pair, ...], ...]:
    """Pairs one by one, or two together where what lies between them is large."""
    groups: list[tuple[Pair, ...]] = []
    at = 0
    while at < len(pairs):
        between = pairs[at].pointwise.output
        large = between.nbytes > fuse_above and limits.fuse(between.shape[2])
        size = 2 if large and at + 1 < len(pairs) else 1
        groups.append(tuple(pairs[at : at + size]))
        at += size
    return tuple(groups)


def find_chains(graph: Graph, limits: Limits, fuse_above: int) -> tuple[list[Chain], dict[int, str]]:
    """Every chain of a graph, and for each other convolution why it is in none."""
    chains: list[Chain] = []
    reasons: dict[int, str] = {}
    at = 0
    while at < len(graph.operators):
        start = at
        first: Convolution | None = None
        pairs: list[Pair] = []
        average: int | None = None
        following: int | None = at
        try:
            first = match_first(graph, at, limits)
            following = follows(graph, at)
        except NotOurs as error:
            reasons[at] = str(error)
        while following is not None:
            try:
                pair = match_pair(graph, following, limits)
            except NotOurs as error:
                if following not in reasons or pairs or graph.operators[following].name != "CONV_2D":
                    reasons[following] = str(error)
                break
            pairs.append(pair)
            following = follows(graph, pair.pointwise.index)
        if pairs and following is not None and is_global_average(graph, graph.operators[following]):
            average = following
        if not pairs:  # a first layer by itself is not worth the change of layouts
            if first is not None:
                reasons[start] = "no depthwise and pointwise layers of ours follow"
            at = start + 1
            continue
        chain = Chain(first, group_pairs(pairs, limits, fuse_above), average)
        chains.append(chain)
        at = chain.operators[-1] + 1
    taken = {i for chain in chains for i in chain.operators}
    return chains, {i: why for i, why in reasons.items() if i not in taken}
