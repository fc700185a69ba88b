"""A large network that has seen many photographs, and how a small one learns from it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emojicam.data import imagenet
from emojicam.data.photographs import SIDE, Photographs
from emojicam.errors import EmojicamError
from emojicam.training import pretrained, rebuild, replicas, train
from emojicam.training.config import Cycle, TrainConfig
from tests_training_models import bars

pytestmark = pytest.mark.train

#: Repeats, window, expansion and output channels of each stage (Tan and Le 2019, table 1).
STAGES = ((1, 3, 1, 16), (2, 3, 6, 24), (2, 5, 6, 40), (3, 3, 6, 80), (3, 5, 6, 112))
TEACHER = (Cycle(1, 1e-3, ((0.5, 48),)),)


def weights() -> imagenet.Weights:
    """Random ones, of the package's names and shapes."""
    rng = np.random.default_rng(1)
    found: dict[str, npt.NDArray[Any]] = {}

    def convolution(name: str, norm: str, shape: tuple[int, ...]) -> None:
        found[f"{name}.weight"] = rng.normal(0, 0.2, shape).astype(np.float32)
        for part in ("weight", "bias", "running_mean", "running_var"):
            found[f"{norm}.{part}"] = rng.uniform(0.5, 1.5, shape[0]).astype(np.float32)

    convolution("_conv_stem", "_bn0", (32, 3, 3, 3))
    number, before = 0, 32
    for repeats, window, expansion, channels in STAGES:
        for _ in range(repeats):
            name, inner = f"_blocks.{number}", before * expansion
            if expansion > 1:
                convolution(f"{name}._expand_conv", f"{name}._bn0", (inner, before, 1, 1))
            convolution(f"{name}._depthwise_conv", f"{name}._bn1", (inner, 1, window, window))
            convolution(f"{name}._project_conv", f"{name}._bn2", (channels, inner, 1, 1))
            number, before = number + 1, channels
    convolution(f"_blocks.{number}._expand_conv", f"_blocks.{number}._bn0", (672, before, 1, 1))
    return found


def test_the_teacher_has_every_weight_of_its_stages_and_sees_at_a_sixteenth() -> None:
    given = weights()
    model = pretrained.build(5, given)
    assert model(np.zeros((2, 96, 96, 1), np.float32)).shape == (2, 5)
    pooled = next(layer for layer in model.layers if "pooling" in layer.name)
    assert pooled.input.shape[-1] == 672
    theirs = sorted(float(array.sum()) for name, array in given.items())
    ours = sorted(float(np.asarray(one).sum()) for layer in model.layers[:-2] for one in layer.weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)
    # Blocks that keep size and channels add what they were given: the second and third of each stage.
    assert sum("add" in layer.name for layer in model.layers) == sum(stage[0] - 1 for stage in STAGES)


def test_the_teachers_first_layers_reckon_as_pytorch_does() -> None:
    import keras

    given = weights()
    model = pretrained.build(5, given)
    stem = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    picture = np.random.default_rng(2).random((8, 8)).astype(np.float32)
    found = np.asarray(keras.Model(model.input, stem.output)(picture[None, :, :, None]))[0]
    # All three colours are the grey level; an even side pads below and on the right, as TensorFlow's "same" does.
    seen = np.pad((picture - 0.449) / 0.226, ((0, 1), (0, 1)))
    for row, column, channel in ((0, 0, 0), (1, 2, 7), (3, 3, 31)):
        window = seen[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        assert found[row, column, channel] == pytest.approx(
            float((given["_conv_stem.weight"][channel] * window).sum()), rel=1e-4, abs=1e-4
        )


def test_with_the_rest_of_its_weights_it_knows_a_cat() -> None:
    """What comes after, as the paper has it, ends in ImageNet's classes: 285 is "Egyptian cat"."""
    import keras
    import skimage.data
    import tensorflow as tf

    given = imagenet.weights()
    model = pretrained.build(5, given)
    last = next(layer for layer in model.layers if "pooling" in layer.name).input
    grey = skimage.data.chelsea().mean(2, keepdims=True)[None] / np.float32(255)
    x = keras.Model(model.input, last)(tf.image.resize(grey, (224, 224)))

    def normalised(x: Any, name: str, bounded: bool = True) -> Any:
        mean, variance = given[f"{name}.running_mean"], given[f"{name}.running_var"]
        x = (x - mean) / np.sqrt(variance + 1e-3) * given[f"{name}.weight"] + given[f"{name}.bias"]
        return tf.nn.relu6(x) if bounded else x

    def pointwise(x: Any, name: str, norm: str, bounded: bool = True) -> Any:
        return normalised(tf.einsum("nhwi,oi->nhwo", x, given[f"{name}.weight"][:, :, 0, 0]), norm, bounded)

    for number, stride in ((11, 2), (12, 1), (13, 1), (14, 1), (15, 1)):
        name, before = f"_blocks.{number}", x
        if number > 11:  # the teacher ends with the expansion of block 11
            x = pointwise(x, f"{name}._expand_conv", f"{name}._bn0")
        kernel = given[f"{name}._depthwise_conv.weight"].transpose(2, 3, 0, 1)
        x = normalised(tf.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], "SAME"), f"{name}._bn1")
        x = pointwise(x, f"{name}._project_conv", f"{name}._bn2", bounded=False)
        if number in (12, 13, 14):
            x += before
    x = tf.reduce_mean(pointwise(x, "_conv_head", "_bn1"), (1, 2))
    scores = np.asarray(x @ given["_fc.weight"].T + given["_fc.bias"])[0]
    assert scores.argmax() == 285


def steps(config: TrainConfig, teachers: list[Any], rate: float, alike: bool = False) -> tuple[float, Any, Any]:
    """One step of a small network: the loss, and its kernel before and after.

    Args:
        alike: whether the pictures are their own mirror images.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(5)])
    model.compile(optimizer=keras.optimizers.SGD(1.0))
    before = model.layers[-1].kernel.numpy().copy()
    pictures = rng.random((10, 2, 2, 1)).astype(np.float32)
    if alike:
        pictures[:, :, 1] = pictures[:, :, 0]
    truth = np.eye(5, dtype=np.float32)[np.arange(10) % 5]
    data = tf.data.Dataset.from_tensors((pictures, truth, np.ones(10, np.float32)))
    known = [model if each == "itself" else each for each in teachers]
    loss, _ = replicas.Stepper(tf.distribute.get_strategy(), model, config, known).epoch(data, [rate])
    return loss, before, model.layers[-1].kernel.numpy()


def taught(share: float) -> TrainConfig:
    return TrainConfig(batch=10, replicas=1, smoothing=0.0, taught=share, teacher=TEACHER if share else ())


def test_who_is_taught_by_itself_alone_has_nothing_to_learn() -> None:
    _, before, after = steps(taught(1.0), ["itself"], 1.0, alike=True)
    np.testing.assert_allclose(after, before, atol=1e-6)
    _, before, after = steps(taught(0.5), ["itself"], 1.0, alike=True)
    assert np.abs(after - before).max() > 1e-3


def test_a_teacher_says_the_mean_of_a_picture_and_its_mirror_image() -> None:
    def by_its_left(pictures: Any, training: bool) -> Any:
        """The first or the second class, whichever side is brighter."""
        import tensorflow as tf

        left = tf.reduce_sum(pictures[:, :, 0] - pictures[:, :, 1], (1, 2)) > 0
        return 50 * tf.one_hot(tf.where(left, 0, 1), 5)

    def undecided(pictures: Any, training: bool) -> Any:
        return np.tile(np.array([[50, 50, 0, 0, 0]], np.float32), (len(pictures), 1))

    one, other = (steps(taught(1.0), [teacher], 0.0)[0] for teacher in (by_its_left, undecided))
    assert one == pytest.approx(other, rel=1e-5)


def test_the_loss_is_shared_between_labels_and_teacher() -> None:
    def always_second(pictures: Any, training: bool) -> Any:
        assert training is False
        return np.tile(np.array([[0, 50, 0, 0, 0]], np.float32), (len(pictures), 1))

    labels, teacher, both = (steps(taught(share), [always_second], 0.0)[0] for share in (0.0, 1.0, 0.25))
    # Without a share the teacher is asked, and changes nothing.
    assert labels == pytest.approx(steps(taught(0.0), [], 0.0)[0])
    assert both == pytest.approx(0.75 * labels + 0.25 * teacher, rel=1e-5)


def test_several_teachers_count_alike() -> None:
    def always(answer: int) -> Any:
        return lambda pictures, training: np.tile(np.eye(5, dtype=np.float32)[answer] * 50, (len(pictures), 1))

    one, other, both = (
        steps(taught(1.0), teachers, 0.0)[0] for teachers in ([always(1)], [always(3)], [always(1), always(3)])
    )
    assert both == pytest.approx((one + other) / 2, rel=1e-5)


def test_a_step_mixes_pictures_only_if_told_to() -> None:
    plain, mixed = (
        steps(TrainConfig(batch=10, replicas=1, smoothing=0.0, mixup=share), [], 0.0)[0] for share in (0.0, 1.0)
    )
    assert plain == pytest.approx(steps(taught(0.0), [], 0.0)[0], rel=1e-6)
    assert abs(mixed - plain) > 1e-3


@pytest.mark.parametrize("share", [0.0, 1.0, 0.5])
def test_mixed_pictures_lie_between_two_and_their_labels_alike(share: float) -> None:
    import tensorflow as tf

    tf.random.set_seed(3)
    pictures = np.arange(100, dtype=np.float32)[:, None, None, None] * np.ones((1, 4, 4, 1), np.float32)
    truth = np.eye(100, dtype=np.float32)
    mixed, labels = (np.asarray(one) for one in replicas._mixed(pictures, truth, share))
    part = 1 - labels[np.arange(100), np.arange(100)]
    np.testing.assert_allclose(labels.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(labels[np.arange(100), np.arange(100) - 1], part, atol=1e-6)
    other = (np.arange(100) - 1) % 100
    wanted = np.arange(100) * (1 - part) + other * part
    np.testing.assert_allclose(mixed, wanted[:, None, None, None] * np.ones((1, 4, 4, 1)), atol=1e-3)
    assert abs((part > 0).mean() - share) < 0.15


def test_a_run_trains_its_teacher_first_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagenet, "weights", weights)
    rng = np.random.default_rng(1)
    shots = Photographs(
        rng.integers(0, 255, (10, SIDE, SIDE)).astype(np.uint8), np.arange(10) % 5, ["a"] * 10,
        np.tile(np.array([[50, 50, 150, 150]], np.float32), (10, 1)),
        np.tile(np.array([[0, 0, SIDE, SIDE]], np.float32), (10, 1)), "digest", np.zeros((10, 96, 96), np.uint8),
    )  # fmt: skip
    config = TrainConfig(
        blocks=((16, 1), (32, 2)), cycles=(Cycle(1, 1e-3, ((1.0, 48),)),), teacher=TEACHER, taught=0.5, mixup=0.5,
        batch=10, replicas=1, warmup=2, photographs=0.5,
    )  # fmt: skip
    pictures, validation = bars(20, 1), bars(10, 2)
    train.train(config, pictures, validation, tmp_path, shots)
    assert TrainConfig.from_json(tmp_path / "config.json") == config
    its = TrainConfig.from_json(tmp_path / "teacher" / "config.json")
    assert (its.pretrained, its.cycles, its.teacher, its.taught, its.mixup) == (True, TEACHER, (), 0.0, 0.0)
    assert (its.photographs, its.batch) == (0.5, 10)
    assert len(json.loads((tmp_path / "teacher" / "history.json").read_text())) == 1

    made = (tmp_path / "teacher" / "best.keras").read_bytes()
    (tmp_path / "history.json").unlink()
    monkeypatch.setattr(imagenet, "weights", lambda: pytest.fail("its teacher is there"))
    train.train(config, pictures, validation, tmp_path, shots)
    assert (tmp_path / "teacher" / "best.keras").read_bytes() == made


def test_several_workers_and_a_teacher_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(cluster))
    config = TrainConfig(teacher=TEACHER, taught=0.5)
    with pytest.raises(EmojicamError, match="a teacher is trained by one worker"):
        train.train(config, bars(20, 1), bars(10, 2), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_teacher_is_not_made_a_model(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="a pretrained network is too large for a board"):
        rebuild.build(TrainConfig(pretrained=True), bars(20, 1), bars(10, 2), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("taught", {"taught": 0.5}),
        ("taught", {"teacher": TEACHER}),
        ("taught", {"teacher": TEACHER, "taught": 1.5}),
        ("mixup", {"mixup": -0.1}),
        ("teacher", {"teacher": TEACHER, "taught": 0.5, "pretrained": True}),
        ("teacher", {"teacher": (Cycle(0, 1e-3),), "taught": 0.5}),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(EmojicamError, match=f"setting {name} "):
        TrainConfig(**wrong)
