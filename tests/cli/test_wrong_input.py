"""Whatever a user gets wrong: the exit status, exactly one line on stderr, and a hint that fits."""

import os
import shutil
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.cli import main

#: What is run, the exit status, and a part of the line.
WRONG: list[tuple[str, int, str]] = [
    # Usage: commands, options, boards.
    ("runn", 2, "No such command 'runn'"),
    ("run --bord host", 2, "--board"),
    ("run --board", 2, "requires an argument"),
    ("run stray", 2, "unexpected extra argument"),
    ("data make", 2, "Missing option '--output'"),
    ("data mak", 2, "No such command 'mak'"),
    ("export gestures.tflite", 2, "Missing option '--output'"),
    ("run --board foo", 2, "'foo' is not one of corstone300, mps2_an500, openmv_h7"),
    ("live --board foo", 2, "'foo' is not one of"),
    ("build --board foo", 2, "'foo' is not one of"),
    ("usb check --board foo", 2, "'foo' is not one of"),
    ("usb export --board teapot", 2, "'teapot' is not one of"),
    ("stack --board host", 2, "'host' is not one of corstone300, mps2_an500, openmv_h7, nucleo_h743zi, all"),
    ("flash --board corstone300", 2, "'corstone300' is not one of openmv_h7, nucleo_h743zi"),
    ("bench --board openmv_h7", 2, "'openmv_h7' is not one of corstone300, mps2_an500"),
    ("evaluate --data . --on openmv_h7", 2, "'openmv_h7' is not one of float, litert"),
    ("run --camera webcam", 2, "'webcam' is not one of ov7725, mt9m114"),
    ("run --board openmv_h7 --gdb 1234", 2, "openmv_h7 has no server for gdb; try: --board corstone300 or mps2_an500"),
    ("run --gdb 0", 2, "greater than or equal to 1"),
    ("run --limit 0", 2, "greater than or equal to 1"),
    ("run --limit many", 2, "valid integer"),
    ("live --port 70000", 2, "less than or equal to 65535"),
    ("faults --count 0", 2, "greater than or equal to 1"),
    ("faults --kind earthquake", 2, "there is no fault 'earthquake'; try: --kind"),
    ("fuzz nothing", 2, "there is no fuzzer nothing; try: one of"),
    ("live --device /dev/null --board host", 2, "takes neither --board nor --input; try: without --device"),
    ("flash --hex a.hex --elf a.elf", 2, "--hex and --elf exclude each other"),
    ("flash --probe 066B --via dfu", 2, "--probe is for SWD"),
    ("flash --usb-path 1-2 --via swd", 2, "--usb-path is for --via dfu"),
    ("avh --prepare --judge", 2, "--prepare and --judge exclude each other"),
    ("data clip -o clip.mp4", 2, "does not end in .webp; try: --output clip.webp"),
    ("thresholds --current --write", 2, "--current only measures"),
    ("thresholds --seed 4712", 2, "try: another --check-seed"),
    ("teach", 2, "Missing argument 'captures'"),
    ("teach folder -o taught.onnx", 2, "does not end in .tflite; try: -o taught.tflite"),
    ("teach folder -o file/x.tflite", 1, "file/x.tflite can't be written: Not a directory; try: another --output FILE"),
    ("teach folder -o x.tflite --json file/x", 1, "can't be written"),
    ("teach folder -o x.tflite --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("teach nope -o x.tflite", 1, "nope does not exist; try: a folder of pictures per class"),
    ("teach folder -o x.tflite", 1, "folder is no set of pictures; try: a folder per class"),
    ("record", 2, "Missing option '--output'"),
    ("record -o a.zip --board openmv_h7", 2, "'openmv_h7' is not one of corstone300, mps2_an500, host"),
    ("record -o a.zip --device /dev/null --board host", 2, "takes neither --board nor --input"),
    ("record -o file/a.zip", 1, "file/a.zip can't be written: Not a directory; try: another --output FILE"),
    ("record -o a.zip --input nope.png", 1, "there is no file or folder nope.png"),
    ("record -o a.zip --device /no/such/tty", 1, "No such file or directory; try: another cable, or --device"),
    ("replay nope.zip", 1, "there is no file nope.zip; try: a recording"),
    ("replay file", 1, "file is no recording; try: a file that emojicam record has made"),
    ("plot file", 1, "file is no recording; try: a file that emojicam record has made"),
    ("plot nope.zip -o file/x.png", 1, "file/x.png can't be written: Not a directory; try: another --output FILE"),
    ("train --rebuild --smoke", 2, "try: --output FOLDER with --smoke"),
    ("train --rebuild --config bad.toml", 2, "--rebuild takes its data and settings from the project"),
    # Settings.
    ("run --config nope.toml", 1, "there is no file nope.toml; try: --config with a file like"),
    ("build --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("stack --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("train --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("evaluate --data . --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("thresholds --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("data check . . --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("data preview . --config nope.toml", 1, "there is no file nope.toml; try: --config"),
    ("avh --config nope.toml --prepare", 1, "there is no file nope.toml; try: --config"),
    ("run --config folder", 1, "folder can't be read"),
    ("run --config bad.toml", 1, "bad.toml is not TOML"),
    ("run --config wrong.toml", 1, "wrong.toml:1: there is no setting model.fil; try: one of "),
    # What can't be written is found out before the work.
    ("run --json file/x.json", 1, "file/x.json can't be written: Not a directory; try: another --json FILE"),
    ("run --json folder", 1, "folder is a folder; try: another --json FILE"),
    ("run --picture file/x.svg", 1, "file/x.svg can't be written: Not a directory; try: another --picture FILE"),
    ("live --captures file", 1, "file is a file; try: another --captures FOLDER"),
    ("live --captures file/below", 1, "can't be written: Not a directory; try: another --captures FOLDER"),
    ("export gestures.tflite -o file", 1, "file is a file; try: another --output FOLDER"),
    ("export gestures.tflite -o file/below/it", 1, "can't be written: Not a directory"),
    ("bench --json file/x.json", 1, "can't be written"),
    ("bench --plot folder", 1, "folder is a folder; try: another --plot FILE"),
    ("evaluate --data . --json file/x", 1, "can't be written"),
    ("thresholds --current --json file/x", 1, "can't be written"),
    ("search --plot file/x.png", 1, "can't be written"),
    ("search --plot file", 2, "does not end in .png"),
    ("inspect gestures.tflite --plot /dev/full", 2, "does not end in .png"),
    ("run --picture x.png", 2, "does not end in .svg"),
    ("run --limit 99999999999999999999999", 2, "less than or equal to"),
    ("run --board host --camera mt9m114", 2, "for a virtual board with a sensor; try: --board openmv_h7"),
    ("inspect /dev/zero", 1, "/dev/zero is no regular file; try: the path of a .tflite file"),
    ("inspect .", 1, "is no regular file; try: "),
    ("flash --dry-run --hex /dev/zero", 1, "/dev/zero is no regular file; try: --hex"),
    ("run --input /dev/zero", 1, "/dev/zero is neither file nor folder"),
    ("evaluate --data /dev/zero", 1, "/dev/zero is neither file nor folder"),
    ("evaluate --data . --against-model gestures.tflite", 2, "try: --against litert"),
    ("flash --hex x.hex --config wrong.toml", 2, "--config is for what is built"),
    ("faults --json file/x", 1, "can't be written"),
    ("inspect gestures.tflite --json file/x", 1, "can't be written"),
    ("size --json file/x", 1, "can't be written"),
    ("doctor --json file/x", 1, "can't be written"),
    ("data make -o file", 1, "file is a file"),
    ("data preview . -o folder", 1, "folder is a folder"),
    ("data clip -o file/clip.webp", 1, "can't be written"),
    ("train --run file", 1, "file is a file"),
    ("release -o file --bill-only", 1, "file is a file"),
    ("avh --folder file", 1, "file is a file"),
    # Files that are missing, or something else.
    ("run --input nope.png", 1, "there is no file or folder nope.png"),
    ("flash --hex nope.hex --dry-run", 1, "cannot read nope.hex: No such file or directory; try: --hex"),
    ("flash --elf nope.elf --dry-run", 1, "cannot read nope.elf: No such file or directory; try: the ELF"),
    ("flash --hex file --dry-run", 1, "file is no Intel HEX"),
    ("flash --elf file --dry-run", 1, "file is no ELF"),
    ("inspect nope.tflite", 1, "cannot read nope.tflite"),
    ("inspect file", 1, "is not a TensorFlow Lite model"),
    ("inspect gestures.tflite --json other.tflite", 2, "unexpected extra argument"),
    ("export cut.tflite -o out", 1, "cut.tflite is corrupt"),
    ("bench --board mps2_an500 --model nope.tflite", 1, "cannot read nope.tflite"),
    ("thresholds --model nope.tflite", 1, "nope.tflite does not exist; try: --model"),
    ("faults --from file", 1, "file holds no outcomes"),
    ("size --build folder", 1, "folder has no BOARD/emojicam.elf; try: emojicam build"),
    ("train --hyperparameters nope.json", 1, "cannot read nope.json"),
    ("settings show --device /no/such/tty", 1, "No such file or directory; try: another cable, or --device"),
    ("live --device /no/such/tty", 1, "No such file or directory; try: another cable, or --device"),
    ("usb export --listen nonsense", 1, "can't listen on nonsense"),
    ("deps nothing", 1, "there is no third-party part 'nothing'; try: one of"),
    ("deps --from-dir nowhere", 1, "nowhere is no folder"),
    ("avh --judge --folder out", 1, "there is no run in out; try: emojicam avh without --judge"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the lines of the table name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("text")
    (tmp_path / "bad.toml").write_text("[model\n")
    (tmp_path / "wrong.toml").write_text("model.fil = 1\n")
    model = paths.models_dir() / "gestures.tflite"
    shutil.copy(model, tmp_path)
    (tmp_path / "cut.tflite").write_bytes(model.read_bytes()[:5000])
    return tmp_path


@pytest.mark.parametrize(("words", "status", "said"), WRONG, ids=[words for words, _, _ in WRONG])
def test_wrong_input_is_one_line_and_its_status(
    words: str, status: int, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in folder.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if not line.startswith("·")]
    assert ended.value.code == status, line
    assert line.startswith("emojicam: ")
    assert said in line
    assert "; try: " in line
    assert printed.out == ""
    # Nothing was lost, and nothing half-made is left.
    assert sorted(path.name for path in folder.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_found_out_before_the_work(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "folder").chmod(0o500)
    with pytest.raises(SystemExit) as ended:
        main(["run", "--json", "folder/deep/x.json"])
    assert ended.value.code == 1
    assert "can't be written: Permission denied" in capsys.readouterr().err


def test_a_file_that_can_be_written_is_left_as_it_is(folder: Path) -> None:
    from emojicam.cli.options import refuse_unwritable

    refuse_unwritable(folder / "file", "--json")
    refuse_unwritable(folder / "new" / "deep" / "x.json", "--json")
    refuse_unwritable(folder / "new" / "deep", "--captures", folder=True)
    refuse_unwritable(Path("/dev/null"), "--json")
    assert (folder / "file").read_text() == "text"
    assert not (folder / "new").exists()
