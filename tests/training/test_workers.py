"""Training on more than one machine: two local workers under TF_CONFIG, as any batch system would start them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from emojicam.cli import main
from emojicam.data.classes import CLASSES
from emojicam.training.config import Cycle, TrainConfig
from tests_training_models import bars

pytestmark = pytest.mark.train


def write_bars(folder: Path, each: int, seed: int) -> Path:
    """`bars` as a folder per class."""
    pictures = bars(each * len(CLASSES), seed)
    for number, (pixels, label) in enumerate(zip(pictures.images, pictures.labels, strict=True)):
        path = folder / CLASSES[int(label)] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return folder


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def test_two_workers_train_one_model(tmp_path: Path) -> None:
    config = TrainConfig(
        stem=8, blocks=((8, 2), (16, 2)), size=32, cycles=(Cycle(40, 1e-2, augmentation=0.0),), batch=20, warmup=2,
        dropout=0.0, smoothing=0.0, patience=40,
    )  # fmt: skip
    config.save(tmp_path / "config.json")
    training, validation = write_bars(tmp_path / "t", 16, 1), write_bars(tmp_path / "v", 4, 2)
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    started = []
    for index in range(2):
        cluster = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        command = [sys.executable, "-m", "emojicam", "train", "--data", training, "--validation", validation]
        started.append(
            subprocess.Popen(
                [*command, "--hyperparameters", tmp_path / "config.json", "--run", tmp_path / "run"],
                env={**os.environ, "TF_CONFIG": json.dumps(cluster), "CUDA_VISIBLE_DEVICES": ""},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    try:
        said = [process.communicate(timeout=400)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], "\n".join(said)
    first, second = (
        json.loads((folder / "history.json").read_text()) for folder in (tmp_path / "run", tmp_path / "run" / "worker1")
    )
    # One model, but each worker validates with its own share's running statistics (see replicas.py); and it has
    # learnt something.
    mine, theirs = first[:6], second[:6]  # those statistics drift apart with every step
    assert [row["val_loss"] for row in mine] == pytest.approx([row["val_loss"] for row in theirs], rel=1e-3)
    assert [row["loss"] for row in mine] == pytest.approx([row["loss"] for row in theirs], rel=1e-6)
    assert first[-1]["loss"] < 0.8 * first[0]["loss"]
    assert (tmp_path / "run" / "gestures.tflite").is_file()
    assert not (tmp_path / "run" / "worker1" / "gestures.tflite").exists()


def test_cluster_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    training, validation = write_bars(tmp_path / "t", 2, 1), write_bars(tmp_path / "v", 1, 2)
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(SystemExit) as end:
        main(["train", "--data", str(training), "--validation", str(validation), "--run", str(tmp_path / "run")])
    assert end.value.code == 1
    assert "TF_CONFIG cannot be read" in capsys.readouterr().err
