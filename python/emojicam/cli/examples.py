"""Examples of every command, as its --help and the site show them; tests hold each to be a valid line."""

#: Command, with its group -> lines without "emojicam", each with what it does.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "run": (
        ("run", "the clip that comes along, on the emulated Corstone-300"),
        ("run --board openmv_h7 --input photo.jpg", "a picture, on the virtual OpenMV Cam H7"),
        ("run --board host --input clip.mp4 --json -", "a video at full speed, one JSON object a frame"),
        ("run --board mps2_an500 --gdb 1234", "wait for gdb before the first instruction"),
    ),
    "live": (
        ("live", "the camera that is plugged in; without one the firmware on this computer"),
        ("live --board host --captures pictures", "and keep frames for training"),
        ("live --board host --type-here", "and type into other windows, too (Linux)"),
    ),
    "doctor": (
        ("doctor", "what is here, and what to do about the rest"),
        ("doctor --json report.json", "the same for a program or a bug report"),
    ),
    "build": (
        ("build --board all", "every board's firmware"),
        ("build --board openmv_h7 --config mine.toml", "the camera's, with other settings"),
    ),
    "deps": (
        ("deps", "fetch what is missing"),
        ("deps --from-dir downloads", "the same without network"),
        ("deps --list", "parts, versions, licences"),
    ),
    "fuzz": (
        ("fuzz --seconds 0", "only what was found before"),
        ("fuzz --seconds 60 --seed 7", "a search that repeats"),
    ),
    "settings show": (("settings show", "the settings of the one camera that is plugged in"),),
    "settings send": (("settings send --config mine.toml", "host, layout, thresholds, times; the camera keeps them"),),
    "settings reset": (("settings reset", "back to those of the firmware's build"),),
    "usb check": (("usb check --board openmv_h7", "descriptors and requests of the image that is flashed"),),
    "usb export": (("usb export --board host --listen 127.0.0.1:0", "for QEMU's usb-redir: a real kernel types"),),
    "flash": (
        ("flash --dry-run", "what would be erased and written; touches no board"),
        ("flash --via dfu --wait 30", "over USB: press reset within 30 seconds"),
        ("flash --board nucleo_h743zi", "another board, through its own probe"),
    ),
    "inspect": (
        ("inspect models/gestures.tflite", "layers, kernels, memory"),
        ("inspect mine.tflite --json report.json", "the same for a program"),
    ),
    "bench": (
        ("bench --model mine.tflite", "instructions per layer with three sets of kernels"),
        ("bench --board mps2_an500 --json now.json", "of the shipped model, kept to compare with"),
    ),
    "cycles": (("cycles", "by stage, with its range"), ("cycles --functions 10", "and the ten slowest functions")),
    "export": (("export mine.tflite -o build/mine", "checked, measured and written as C++"),),
    "data make": (
        ("data make -o hands --count 1000", "1000 labelled pictures"),
        ("data make -o hands --count 40000 --cluster tcp://10.0.0.1:8786", "the same by a Dask cluster's workers"),
    ),
    "data preview": (("data preview hands", "the set as one picture"),),
    "data check": (("data check hands validation", "whether the two sets share a picture"),),
    "data photographs": (("data photographs", "those with open licences, into build/data"),),
    "data clip": (("data clip -o clip.webp --seed 3", "a clip of one person, with its labels"),),
    "train": (
        ("train --smoke", "every step with hardly any data: seconds"),
        ("train --data captures --run runs/mine", "on pictures of your own"),
        ("train --rebuild", "the shipped model again: hours"),
    ),
    "teach": (
        ("teach captures", "your own hand, from some ten pictures of each class"),
        ("teach captures --config mine.toml -o mine.tflite", "with a class of yours that mine.toml names"),
    ),
    "record": (
        ("record -o session.zip --input clip.mp4", "what a board sees and decides, into a file"),
        ("record -o session.zip --device /dev/ttyACM0", "the camera at that port, until Ctrl+C"),
    ),
    "replay": (("replay session.zip --board mps2_an500", "again, bit for bit, on another board"),),
    "plot": (("plot session.zip -o session.png", "evidence, thresholds and firings over time"),),
    "search": (("search --run runs/search --plot front.png", "a Pareto front of networks"),),
    "evaluate": (
        ("evaluate --data pictures", "the shipped model on a folder per class"),
        ("evaluate --data pictures --moved 12", "and with each picture moved a little, twelve times: what stands?"),
        ("evaluate --data pictures --on mps2_an500", "the same on the emulated Cortex-M7"),
    ),
    "avh": (("avh --backend local", "the clip on Corstone-300 here, judged score by score"),),
    "thresholds": (("thresholds --current", "what the present settings do, on replayed clips"),),
    "stack": (("stack --board openmv_h7", "the deepest way through the calls"),),
    "size": (("size --against other/build", "what each image takes, beside another build"),),
    "release": (("release --bill-only", "bill of materials and licences into dist"),),
    "faults": (("faults --count 20 --seed 1", "twenty faults while the virtual board types"),),
}


def epilog(name: str) -> str:
    """What stands below a command's options: its examples, a paragraph each."""
    lines = [f"emojicam {line}   # {what}" for line, what in EXAMPLES.get(name, ())]
    return "\n\n".join(["Examples:", *lines]) if lines else ""
