"""A fake dfu-util first on PATH, with a board of its own."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

OPENMV = {"ids": "37c5:9204", "path": "1-2.4", "alts": ["BOOTLOADER", "FILESYSTEM", "FIRMWARE", "ROMFS0"]}
ROM = {
    "ids": "0483:df11",
    "path": "1-2.4",
    "alts": ["@Internal Flash  /0x08000000/16*128Kg", "@Option Bytes  /0x5200201C/01*128 e"],
}


class FakeBoard:
    """What the fake dfu-util finds attached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = bytes((at // 0x20000) & 0x7F for at in range(0x20_0000))
        (folder / "flash.bin").write_bytes(self.before)

    def attach(self, board: dict[str, Any], **more: Any) -> None:
        (self.folder / "board.json").write_text(json.dumps(board | more))

    @property
    def flash(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    @property
    def calls(self) -> list[list[str]]:
        """Command lines so far, folders of file names left out."""
        log = self.folder / "log.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [[Path(word).name if "/" in word else word for word in json.loads(line)] for line in lines]


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeBoard:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "dfu-util"
    shutil.copy(Path(__file__).with_name("fake_dfu_util.py"), script)
    script.write_text(script.read_text().replace("/usr/bin/env python3", sys.executable, 1))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return FakeBoard(folder)
