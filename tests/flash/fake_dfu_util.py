#!/usr/bin/env python3
"""dfu-util without USB: logs its command lines and keeps a board's flash in a file.

Prints what dfu-util 0.11 prints. Its folder (beside this script) holds ``board.json``: "ids", "path", "alts"
(names), "fails" (kind of operation -> [exit status, what it prints]), "weak" (address of a byte that does not
take); ``flash.bin``; and ``log.jsonl``, a line for each call.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
BASE, SECTOR = 0x08000000, 0x20000
PARTITIONS = {
    "BOOTLOADER": (0x08000000, 0x08020000), "FILESYSTEM": (0x08020000, 0x08040000),
    "FIRMWARE": (0x08040000, 0x081E0000), "ROMFS0": (0x081E0000, 0x08200000),
}  # fmt: skip


def fail(status: int, text: str) -> None:
    sys.stdout.flush()
    print(text, file=sys.stderr)
    sys.exit(status)


def bar(what: str) -> None:
    for percent in (0, 50, 100):
        sys.stdout.write(f"\r{what}\t[{'=' * (percent // 4):25}] {percent:3d}% {percent * 100:12d} bytes")
    print(f"\n{what} done.")


def main() -> None:
    arguments = sys.argv[1:]
    with (HERE / "log.jsonl").open("a") as log:
        print(json.dumps(arguments), file=log)
    board = json.loads((HERE / "board.json").read_text())
    memory = bytearray((HERE / "flash.bin").read_bytes())
    options = dict(re.findall(r"(-[dpasDU]) (\S+)", " ".join(arguments)))
    print("dfu-util 0.11\n\nCopyright 2005-2009 Weston Schmidt, Harald Welte and OpenMoko Inc.\n")
    here = options["-d"] == f",{board['ids']}" and options.get("-p", board["path"]) == board["path"]
    if "-l" in arguments:
        if "list" in board.get("fails", {}):
            fail(*board["fails"]["list"])
        for number, name in enumerate(board["alts"]) if here else ():
            print(
                f'Found DFU: [{board["ids"]}] ver=0200, devnum=9, cfg=1, intf=0, path="{board["path"]}", '
                f'alt={number}, name="{name}", serial="206B"'
            )
        return
    if not here:
        fail(74, "dfu-util: No DFU capable USB device available")
    name = board["alts"][int(options["-a"])]
    where = options.get("-s", "").split(":")
    kind = (
        "download"
        if "-D" in options
        else "upload"
        if "-U" in options
        else where[-1]
        if where[-1] == "leave"
        else "erase"
    )
    if kind in board.get("fails", {}):
        fail(*board["fails"][kind])
    start, limit = PARTITIONS.get(name, (BASE, BASE + len(memory)))
    if "-s" in options:
        start = int(where[0], 16)
    if kind == "download":
        data = Path(options["-D"]).read_bytes()
        print("dfu-util: Warning: Invalid DFU suffix signature", file=sys.stderr)
        if name == "BOOTLOADER" or start + len(data) > limit:
            fail(74, "dfu-util: Error during download")
        bar("Erase   ")
        for at in range(start - start % SECTOR, start + len(data), SECTOR):
            memory[at - BASE : at - BASE + SECTOR] = bytes([0xFF]) * SECTOR
        bar("Download")
        memory[start - BASE : start - BASE + len(data)] = data
        if start <= board.get("weak", 0) < start + len(data):
            memory[board["weak"] - BASE] ^= 1
    elif kind == "upload":
        target = Path(options["-U"])
        if target.exists():
            fail(74, f"dfu-util: Cannot open file {target} for writing: File exists")
        end = start + int(where[1]) if "-s" in options else limit
        bar("Upload")
        # OpenMV's bootloader says that a partition is at its end with four zeros.
        target.write_bytes(memory[start - BASE : end - BASE] + (b"" if "-s" in options else bytes(4)))
    elif kind == "erase":
        print("Performing mass erase, this can take a moment")
        memory[:] = bytes([0xFF]) * len(memory)
    (HERE / "flash.bin").write_bytes(memory)
    if kind == "leave":
        print("Submitting leave request...")
        fail(74, "dfu-util: Error during download get_status")  # the ROM does not answer
    if "-R" in arguments:
        print("Resetting USB to switch back to Run-Time mode")
    print("Done!")


main()
