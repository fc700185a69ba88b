"""A step over one replica and over two: what it reckons, and what it is refused for."""

import ctypes
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emojicam.training import replicas
from emojicam.training.config import TrainConfig

pytestmark = pytest.mark.train

#: Two batches through `Stepper`, and where the weights are then.
EPOCH = """
import json, sys
import numpy as np
from emojicam.training import replicas
from emojicam.training.config import TrainConfig
count, rates = json.loads(sys.argv[1])
how = replicas.strategy(count, 1)
import keras, tensorflow as tf
random = np.random.default_rng(1)
pictures = random.normal(size=(16, 4)).astype(np.float32)
truth = np.eye(5, dtype=np.float32)[random.integers(5, size=16)]
with how.scope():
    layer = keras.layers.Dense(5)
    model = keras.Sequential([keras.Input((4,)), layer])
    model.compile(optimizer=keras.optimizers.SGD(0.5))
    layer.set_weights([random.normal(size=(4, 5)), random.normal(size=5)])
data = tf.data.Dataset.from_tensor_slices((pictures, truth, np.ones(16, np.float32))).batch(8)
before = layer.get_weights()
stepper = replicas.Stepper(how, model, TrainConfig(batch=8, smoothing=0.0, replicas=count))
loss, right = stepper.epoch(replicas.distributed(how, data, 1), rates)
print(json.dumps({
    "loss": loss, "right": right, "devices": how.num_replicas_in_sync, "pictures": pictures.tolist(),
    "truth": truth.tolist(), "before": [part.tolist() for part in before],
    "after": [part.tolist() for part in layer.get_weights()],
}))
"""


def epoch(count: int, rates: list[float]) -> dict[str, Any]:
    """In a process of its own: TensorFlow's devices are set once."""
    done = subprocess.run(
        [sys.executable, "-c", EPOCH, json.dumps([count, rates])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def expected(run: dict[str, Any], rates: list[float]) -> tuple[float, float, list[Any]]:
    """Loss, accuracy and weights by the formulas of softmax cross-entropy and plain gradient descent."""
    kernel, bias = (np.array(part) for part in run["before"])
    losses, shares = [], []
    for number, rate in enumerate(rates):
        pictures, truth = (np.array(run[name])[8 * number : 8 * number + 8] for name in ("pictures", "truth"))
        logits = pictures @ kernel + bias
        chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        losses.append(-(truth * np.log(chances)).sum() / 8)
        shares.append((logits.argmax(1) == truth.argmax(1)).mean())
        kernel = kernel - rate * pictures.T @ (chances - truth) / 8
        bias = bias - rate * (chances - truth).sum(0) / 8
    return float(np.mean(losses)), float(np.mean(shares)), [kernel, bias]


@pytest.mark.parametrize("count", [1, 2])
def test_an_epoch_is_its_steps_at_their_rates_however_many_replicas_share_a_batch(count: int) -> None:
    rates = [0.25, 0.125]
    run = epoch(count, rates)
    loss, right, weights = expected(run, rates)
    assert run["devices"] == count
    assert 0 < right < 1
    assert (run["loss"], run["right"]) == (pytest.approx(loss, rel=1e-5), pytest.approx(right))
    for found, wanted in zip(run["after"], weights, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_more_replicas_than_tensorflow_has_devices_already_are_refused() -> None:
    code = (
        "import tensorflow as tf; tf.constant(1)\n"
        "from emojicam.training import replicas\n"
        "assert replicas.strategy(1, 1) is tf.distribute.get_strategy()\n"
        "replicas.strategy(3, 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "EmojicamError: TensorFlow runs with 1 device(s) in this process, not 3" in done.stderr


def test_glibc_is_asked_to_keep_what_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, int]] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=lambda *call: said.append(call)))
    replicas._keep_freed_memory()
    # M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD of glibc's malloc.h; in bytes.
    assert sorted(said) == [(-3, 1073741824), (-2, 67108864), (-1, 1073741824)]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    replicas._keep_freed_memory()  # another C library than glibc


def test_workers_of_a_cluster_have_data_of_their_own_and_one_process_shares_its() -> None:
    asked: list[tuple[str, Any]] = []
    how = SimpleNamespace(
        distribute_datasets_from_function=lambda make: asked.append(("own", make(None))),
        experimental_distribute_dataset=lambda data: asked.append(("shared", data)),
    )
    for workers in (1, 2):
        replicas.distributed(how, "data", workers)
    assert asked == [("shared", "data"), ("own", "data")]


def test_the_steps_of_an_epoch_are_asked_for_one_by_one() -> None:
    class Optimizer:
        learning_rate = SimpleNamespace(assign=lambda rate: given.append(rate))

    given: list[float] = []
    stepper = replicas.Stepper(None, SimpleNamespace(optimizer=Optimizer()), TrainConfig())
    stepper._step = lambda batches: (next(batches), 0.5)
    steps = stepper.steps([1.0, 2.0, 3.0], [0.1, 0.2])
    assert given == []
    assert (next(steps), list(given)) == ((1.0, 0.5), [0.1])
    assert (list(steps), given) == ([(2.0, 0.5)], [0.1, 0.2])
