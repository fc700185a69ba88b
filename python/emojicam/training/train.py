"""The training loop: resumable, and every run leaves a folder that says how it was made.

A run's folder holds config.json, versions.json, history.json, curves.png, best.keras (lowest validation loss
at full size), and last.keras with the optimiser's state, from which an interrupted run goes on; epochN.keras at each
cycle's end, where their mean is wanted.
"""

import hashlib
import importlib.metadata
import json
import math
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.console import step
from emojicam.data import imagenet
from emojicam.data.dataset import Labelled
from emojicam.data.photographs import Photographs
from emojicam.errors import EmojicamError
from emojicam.training import network, plots, pretrained, replicas, restore, widen
from emojicam.training.config import TrainConfig
from emojicam.training.mixture import Mixture
from emojicam.training.pipeline import batches, class_weights, steps_an_epoch, without_hand

#: What a model's bits depend on, besides the configuration.
_PACKAGES = ("tensorflow-cpu", "keras", "numpy", "numba", "scipy", "scikit-image", "pillow", "ai-edge-litert")

#: Of how a step reckons, where the same settings would give other weights: 2 normalises in one operation, 3 asks
#: teachers of mirror images too.
_REVISION = 3


def versions() -> dict[str, str]:
    """Versions of everything that a trained model depends on."""
    found = {"python": platform.python_version(), "machine": platform.machine(), "training": str(_REVISION)}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def _rate(config: TrainConfig, peak: float, at: int, total: int) -> float:
    """Learning rate at a step of a cycle: warm-up, then cosine to 0.5 % or exponential to 1 %."""
    done = at / max(1, total)
    fall = 0.005 + 0.995 * (1 + math.cos(math.pi * done)) / 2 if config.schedule == "cosine" else 0.01**done
    return peak * fall * min(1.0, (at + 1) / max(1, config.warmup))


def _compile(model: Any, config: TrainConfig) -> None:
    import keras

    optimiser = keras.optimizers.AdamW(config.cycles[0].rate, weight_decay=config.decay)
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimiser.build(model.trainable_variables)
    # Only so that the optimiser's state is saved with the model; the loss is the stepper's.
    model.compile(optimizer=optimiser)


def _losses(logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Cross-entropy and accuracy."""
    top = logits.max(1, keepdims=True)
    normal = logits - top - np.log(np.exp(logits - top).sum(1, keepdims=True))
    return float(-normal[np.arange(len(labels)), labels].mean()), float((logits.argmax(1) == labels).mean())


def _begin(config: TrainConfig, training: Labelled, start: bytes | None) -> Any:
    """The network before its first step: random, or with a model's weights."""
    if config.pretrained:
        return pretrained.build(len(training.classes), imagenet.weights())
    if not config.start:
        return network.build(len(training.classes), config.architecture, None, config.dropout)
    if start is None or hashlib.sha256(start).hexdigest() != config.start:
        raise restore.beginning_missing(config.start, "there")
    model, narrow = restore.from_int8(start, training.first(400).images, config.dropout)
    if (outputs := model.output_shape[-1]) != len(training.classes):
        raise EmojicamError(
            f"the model to begin with has {outputs} outputs, and there are {len(training.classes)} classes",
            "emojicam teach, which adds and removes classes",
        )
    if narrow == config.architecture:
        return model
    wide = widen.widened(model, config.architecture, config.dropout)
    return wide if narrow.pool == config.pool else widen.settled(wide, model, training.first(400).images)


def workers_of_run() -> tuple[int, int]:
    """This worker's number and how many there are, from TF_CONFIG (1 without)."""
    if "TF_CONFIG" not in os.environ:
        return 0, 1
    try:
        cluster = json.loads(os.environ["TF_CONFIG"])
        return int(cluster["task"]["index"]), len(cluster["cluster"]["worker"])
    except (ValueError, KeyError, TypeError) as error:
        raise EmojicamError(f"TF_CONFIG cannot be read: {error!r}", "a cluster with a list of workers") from None


def train(
    config: TrainConfig,
    training: Labelled,
    validation: Labelled,
    folder: Path,
    photographs: Photographs | None = None,
    start: bytes | None = None,
) -> Any:
    """Train, or go on with an interrupted run.

    With TF_CONFIG set, this process is one of several workers that train one model together.

    Args:
        folder: of the run; made if missing.
        photographs: what `config.photographs` of each batch is drawn from.
        start: the int8 model that `config.start` names.

    Returns:
        The Keras model with the best weights; with photographs, the last, or the mean of all cycles' ends.

    Raises:
        EmojicamError: the folder holds a run with another configuration, or TensorFlow cannot be set up.
    """
    worker, workers = workers_of_run()
    if config.batch % workers:
        raise EmojicamError(
            f"a batch of {config.batch} cannot be shared by {workers} workers", "another batch in --hyperparameters"
        )
    if workers > 1 and config.teacher:
        raise EmojicamError("a teacher is trained by one worker, not by several", "a run without TF_CONFIG")
    strategy = replicas.strategy(config.replicas, workers)
    import keras

    keras.utils.set_random_seed(config.seed)
    if workers > 1:
        folder = folder if worker == 0 else folder / f"worker{worker}"
    folder.mkdir(parents=True, exist_ok=True)
    note, state_path, last = folder / "config.json", folder / "history.json", folder / "last.keras"
    if note.is_file() and TrainConfig.from_json(note) != config:
        raise EmojicamError(f"{folder} holds a run with another configuration", "another folder")
    config.save(note)
    (folder / "versions.json").write_text(json.dumps(versions(), indent=1) + "\n")

    teachers = []
    if config.teacher:
        step("training the network that teaches")
        trained = train(config.of_teacher, training, validation, folder / "teacher", photographs)
        step("training the network that is taught")
        with strategy.scope():
            teachers.append(keras.models.clone_model(trained))
            teachers[0].set_weights(trained.get_weights())
            if config.start:
                teachers.append(_begin(config, training, start))

    history: list[dict[str, float]] = []
    with strategy.scope():
        if state_path.is_file() and last.is_file():
            history = json.loads(state_path.read_text())
            model = network.load(last, compile=True)
            step(f"going on after epoch {len(history)} of {config.epochs}")
        else:
            model = _begin(config, training, start)
            _compile(model, config)

    mixture = None
    if photographs is not None and config.photographs > 0:
        mixture = Mixture.of(photographs, without_hand(training))
    per_epoch = steps_an_epoch(len(training), config.batch, config.photographs if mixture else 0.0)
    if per_epoch < 1:
        raise EmojicamError(
            f"{len(training)} pictures do not fill a batch of {config.batch}",
            f'more pictures, or a "batch" of at most {len(training)} in {note}, with --hyperparameters {note}',
        )
    weights = class_weights(training.labels, len(training.classes), config.class_weights)
    stepper = replicas.Stepper(strategy, model, config, teachers)
    full = [row["val_loss"] for row in history if row["side"] == config.size]
    best, stale = min(full, default=math.inf), 0
    for epoch in range(len(history), config.epochs):
        side, (cycle, first) = config.size_at(epoch), config.cycle_at(epoch)
        stale = 0 if epoch == first else stale
        data = batches(
            training,
            weights,
            side=side,
            batch=config.batch,
            epoch=epoch,
            seed=config.seed,
            strength=cycle.augmentation,
            paste=cycle.paste,
            light=config.light,
            mixture=None if mixture is None else mixture.shown(cycle.swap, cycle.mirror, cycle.cut),
            photographs=config.photographs,
            extent=cycle.extent,
            worker=worker,
            workers=workers,
        )
        before, total = (epoch - first) * per_epoch, cycle.epochs * per_epoch
        seen_loss, seen_accuracy = stepper.epoch(
            replicas.distributed(strategy, data, workers),
            [_rate(config, cycle.rate, before + number, total) for number in range(per_epoch)],
        )
        if not math.isfinite(seen_loss):
            raise EmojicamError(
                f"training has diverged: the loss of epoch {epoch + 1} is {seen_loss}",
                "a lower rate in its config.json",
            )
        loss, accuracy = _losses(network.predict(model, validation.images), validation.labels)
        row = {
            "epoch": epoch,
            "side": side,
            "loss": seen_loss,
            "accuracy": seen_accuracy,
            "val_loss": loss,
            "val_accuracy": accuracy,
        }
        history.append(row)
        step(
            f"epoch {epoch + 1}/{config.epochs} at {side}x{side}: loss {row['loss']:.3f}, "
            f"accuracy {row['accuracy']:.3f}; validation {loss:.3f}, {accuracy:.3f}"
        )
        if side == config.size:
            stale = 0 if loss < best else stale + 1
            if loss < best or mixture is not None:
                best = loss
                model.save(folder / "best.keras")
        model.save(last)
        if config.average and epoch + 1 in config.ends:
            model.save(folder / f"epoch{epoch + 1}.keras")
        state_path.write_text(json.dumps(history, indent=1) + "\n")
        if stale > config.patience and mixture is None:
            step(f"no better for {stale} epochs: stopping early")
            break
    plots.curves(history, folder / "curves.png")
    chosen = folder / "best.keras"
    trained = network.load(chosen if chosen.is_file() else last, compile=True)
    if config.average:
        # A run that stopped early has no more than these.
        ends = [folder / f"epoch{epoch}.keras" for epoch in config.ends if epoch <= len(history)]
        _average(trained, ends)
    return _blended(trained, _begin(config, training, start), config.blend) if config.blend else trained


def _average(model: Any, ends: list[Path]) -> None:
    """Give a network the mean of the weights in some files."""
    weights = [network.load(path).get_weights() for path in ends]
    if not weights:
        return
    model.set_weights([np.mean(same, axis=0) for same in zip(*weights, strict=True)])


def _blended(trained: Any, begun: Any, share: float) -> Any:
    """A network with weights between its last and its first."""
    pairs = zip(trained.get_weights(), begun.get_weights(), strict=True)
    trained.set_weights([(1 - share) * last + share * first for last, first in pairs])
    return trained


def describe(config: TrainConfig) -> dict[str, Any]:
    """The configuration as plain values, for JSON."""
    return asdict(config)
