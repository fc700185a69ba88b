"""The shipped manifest against the real packages: from the user's cache, or fetched once."""

import re
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.third_party import Store, load
from emojicam.third_party.unpack import Status

LAYOUT = [
    "tflite-micro/tensorflow/lite/micro/micro_interpreter.cc",
    "tflite-micro/tensorflow/lite/micro/kernels/conv.cc",
    "tflite-micro/tensorflow/lite/kernels/internal/reference/integer_ops/conv.h",
    "tflite-micro/tensorflow/lite/schema/schema_generated.h",
    "tflite-micro/third_party/flatbuffers/include/flatbuffers/flatbuffers.h",
    "tflite-micro/third_party/gemmlowp/fixedpoint/fixedpoint.h",
    "tflite-micro/third_party/ruy/ruy/profiler/instrumentation.h",
    "cmsis-nn/Include/arm_nnfunctions.h",
    "cmsis-nn/Source/ConvolutionFunctions/arm_convolve_wrapper_s8.c",
    "cmsis-core/Include/core_cm7.h",
    "cmsis-core/Include/core_cm55.h",
    "tinyusb/src/tusb.c",
    "tinyusb/src/class/hid/hid_device.c",
    "tinyusb/src/portable/synopsys/dwc2/dcd_dwc2.c",
]
#: Headers of the four projects.
INCLUDE = re.compile(r'^#include "((?:tensorflow|flatbuffers|ruy|fixedpoint)/[^"]+)"', re.MULTILINE)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every part, filled into a folder of its own: the checkout's stays as it is."""
    folder = tmp_path_factory.mktemp("third_party")
    manifest = load(paths.third_party_dir() / "manifest.toml")
    store = Store(manifest, root=folder, cache=paths.cache_dir() / "packages")
    store.ensure()
    assert all(store.state(part).status is Status.READY for part in manifest.part)
    return folder


@pytest.mark.parametrize("path", LAYOUT)
def test_layout_has_what_the_firmware_compiles(root: Path, path: str) -> None:
    assert (root / path).stat().st_size > 0


def test_nothing_is_filled_that_nobody_compiles(root: Path) -> None:
    names = [path.name for path in root.rglob("*") if path.is_file()]
    assert not [name for name in names if name.endswith(("_test.cc", ".py", ".tflite", ".md5", ".data"))]
    assert len(names) < 400


def test_tensor_flow_sources_find_every_header_that_they_include(root: Path) -> None:
    top = root / "tflite-micro"
    folders = [top, *(top / "third_party" / name for name in ("flatbuffers/include", "gemmlowp", "ruy"))]
    waiting = sorted((top / "tensorflow/lite/micro").rglob("*.cc"))
    waiting += sorted((top / "tensorflow/lite").glob("c*/**/*.c*"))
    waiting += sorted((top / "tensorflow/lite/kernels").rglob("*.cc"))
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        text = path.read_text()
        for name in INCLUDE.findall(text):
            found = [folder / name for folder in folders if (folder / name).is_file()]
            assert found, f"{path.relative_to(root)} includes {name}"
            waiting.append(found[0])
    assert len(seen) > 120


def test_licence_texts_stand_beside_what_they_cover(root: Path) -> None:
    for part in load(paths.third_party_dir() / "manifest.toml").part:
        text = (root / part.name / part.licence_file).read_text()
        assert {"Apache-2.0": "Apache License", "MIT": "MIT"}[part.licence] in text
