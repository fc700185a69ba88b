"""A step over one replica and over two: what it reckons, and what it is refused for."""

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.training import replicas
from emojicam.training.config import TrainConfig

pytestmark = pytest.mark.train

#: `epoch` in a process of its own.
CODE = """
import json, sys
sys.path.insert(0, sys.argv[2])
import test_replicas
print(json.dumps(test_replicas.epoch(*json.loads(sys.argv[1]))))
"""


def epoch(count: int, rates: list[float]) -> dict[str, Any]:
    """Two batches through `Stepper`, and where the weights are then."""
    how = replicas.strategy(count, 1)
    import keras
    import tensorflow as tf

    random = np.random.default_rng(1)
    pictures = random.normal(size=(16, 4)).astype(np.float32)
    truth = np.eye(5, dtype=np.float32)[random.integers(5, size=16)]
    with how.scope():
        layer = keras.layers.Dense(5)
        model = keras.Sequential([keras.Input((4,)), layer])
        model.compile(optimizer=keras.optimizers.SGD(0.5))
        layer.set_weights([random.normal(size=(4, 5)), random.normal(size=5)])
    before = layer.get_weights()
    data = tf.data.Dataset.from_tensor_slices((pictures, truth, np.ones(16, np.float32))).batch(8)
    stepper = replicas.Stepper(how, model, TrainConfig(batch=8, smoothing=0.0, replicas=count))
    loss, right = stepper.epoch(replicas.distributed(how, data, 1), rates)
    return {
        "loss": loss, "right": right, "devices": how.num_replicas_in_sync, "pictures": pictures.tolist(),
        "truth": truth.tolist(), "before": [part.tolist() for part in before],
        "after": [part.tolist() for part in layer.get_weights()],
    }  # fmt: skip


def epoch_apart(count: int, rates: list[float]) -> dict[str, Any]:
    """The same in a process of its own: TensorFlow's devices are set once."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([count, rates]), str(Path(__file__).parent)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
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
    run = epoch(count, rates) if count == 1 else epoch_apart(count, rates)
    loss, right, weights = expected(run, rates)
    assert run["devices"] == count
    assert 0 < right < 1
    assert (run["loss"], run["right"]) == (pytest.approx(loss, rel=1e-5), pytest.approx(right))
    for found, wanted in zip(run["after"], weights, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


class Runtime:
    """What `strategy` asks of TensorFlow, with so many devices in the end."""

    def __init__(self, devices: int, started: bool = False) -> None:
        self.said: list[tuple[Any, ...]] = []
        self._started = started
        self.config = SimpleNamespace(
            list_physical_devices=lambda kind: [f"first {kind}", f"second {kind}"],
            LogicalDeviceConfiguration=lambda: "part",
            set_logical_device_configuration=self._split,
            threading=SimpleNamespace(
                set_intra_op_parallelism_threads=lambda count: self.said.append(("threads", count))
            ),
            list_logical_devices=lambda kind: [kind] * devices,
        )
        self.distribute = SimpleNamespace(
            get_strategy=lambda: "the only device",
            MultiWorkerMirroredStrategy=lambda: "several processes",
            MirroredStrategy=lambda devices, cross_device_ops: (devices, cross_device_ops),
            ReductionToOneDevice=lambda: "summed on one",
        )

    def _split(self, device: str, parts: list[str]) -> None:
        if self._started:
            raise RuntimeError("already started")
        self.said.append((device, parts))


@pytest.mark.parametrize("started", [False, True])
def test_a_processor_is_split_into_as_many_devices_as_replicas_of_one_thread_each(
    started: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Runtime(3, started)
    monkeypatch.setitem(sys.modules, "tensorflow", runtime)  # type: ignore[arg-type]
    assert replicas.strategy(3, 1) == (["CPU:0", "CPU:1", "CPU:2"], "summed on one")
    assert runtime.said == ([] if started else [("first CPU", ["part"] * 3), ("threads", 1)])


def test_more_replicas_than_tensorflow_has_devices_already_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", Runtime(1, started=True))  # type: ignore[arg-type]
    with pytest.raises(EmojicamError, match=r"runs with 1 device\(s\) in this process, not 2"):
        replicas.strategy(2, 1)


@pytest.mark.parametrize(("count", "workers", "how"), [(1, 1, "the only device"), (2, 2, "several processes")])
def test_nothing_is_split_for_one_replica_or_where_processes_are_many(
    count: int, workers: int, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Runtime(1)
    monkeypatch.setitem(sys.modules, "tensorflow", runtime)  # type: ignore[arg-type]
    assert replicas.strategy(count, workers) == how
    assert runtime.said == []


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


def test_a_step_trains_so_that_running_means_follow_the_pictures() -> None:
    how = replicas.strategy(1, 1)
    import keras
    import tensorflow as tf

    normal = keras.layers.BatchNormalization(momentum=0.75)
    model = keras.Sequential([keras.Input((4,)), normal, keras.layers.Dense(5)])
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    pictures = np.array([[8, 0, 0, 4]] * 2, np.float32)
    data = tf.data.Dataset.from_tensors((pictures, np.eye(5, dtype=np.float32)[:2], np.ones(2, np.float32)))
    replicas.Stepper(how, model, TrainConfig(batch=2)).epoch(data, [0.0])
    np.testing.assert_allclose(normal.moving_mean, [2, 0, 0, 1])
