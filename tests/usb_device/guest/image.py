"""The guest's kernel and initramfs: Debian's kernel package, ten modules of it, and `init.c`."""

import io
import stat
import subprocess
import tarfile
from pathlib import Path

from emojicam import paths
from emojicam.process import find_tool, run

#: In the order in which they are loaded.
MODULES = (
    "drivers/usb/common/usb-common.ko", "drivers/usb/core/usbcore.ko", "drivers/usb/host/xhci-hcd.ko",
    "drivers/usb/host/xhci-pci.ko", "drivers/hid/hid.ko", "drivers/hid/usbhid/usbhid.ko",
    "drivers/hid/hid-generic.ko", "drivers/input/evdev.ko", "drivers/usb/class/cdc-acm.ko",
    "drivers/input/misc/uinput.ko",
)  # fmt: skip


def _package() -> Path:
    """Debian's newest amd64 kernel, downloaded once."""
    said = run(["apt-cache", "depends", "linux-image-amd64"], what="look up Debian's kernel package")
    name = next(line.split(":")[1].strip() for line in said.splitlines() if "Depends:" in line)
    folder = paths.cache_dir() / "guest"
    folder.mkdir(parents=True, exist_ok=True)
    if not (found := sorted(folder.glob(f"{name}_*.deb"))):
        run(["apt-get", "download", name], cwd=folder, what=f"download {name}")
        found = sorted(folder.glob(f"{name}_*.deb"))
    return found[-1]


def _cpio(files: dict[str, tuple[int, bytes]]) -> bytes:
    """An initramfs: path -> (mode, content), as a "newc" archive (Linux, buffer-format.rst)."""
    archive = io.BytesIO()
    for number, (name, (mode, content)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        archive.write(b"070701" + b"".join(b"%08x" % value for value in fields) + name.encode() + b"\0")
        archive.write(b"\0" * (-archive.tell() % 4))
        archive.write(content)
        archive.write(b"\0" * (-archive.tell() % 4))
    return archive.getvalue()


def build(folder: Path) -> tuple[Path, Path]:
    """Make the kernel and the initramfs in a folder.

    Returns:
        Their paths.
    """
    init = folder / "init"
    run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", init, Path(__file__).with_name("init.c")],
        what="compile the guest's init")  # fmt: skip
    directory = stat.S_IFDIR | 0o755
    files = dict.fromkeys(("dev", "proc", "sys", "lib"), (directory, b""))
    files["init"] = (stat.S_IFREG | 0o755, init.read_bytes())
    files["modules.txt"] = (
        stat.S_IFREG | 0o644,
        "".join(f"/lib/{Path(module).name}\n" for module in MODULES).encode(),
    )
    kernel = folder / "vmlinuz"
    with (
        subprocess.Popen([find_tool("dpkg-deb"), "--fsys-tarfile", _package()], stdout=subprocess.PIPE) as unpacking,
        tarfile.open(fileobj=unpacking.stdout, mode="r|") as package,
    ):
        for member in package:
            content = package.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            if "/boot/vmlinuz-" in member.name:
                kernel.write_bytes(content.read())
            elif any(member.name.endswith("/kernel/" + module) for module in MODULES):
                files[f"lib/{Path(member.name).name}"] = (stat.S_IFREG | 0o644, content.read())
    missing = [module for module in MODULES if f"lib/{Path(module).name}" not in files]
    assert kernel.exists() and not missing, f"the kernel package lacks {missing}"
    initramfs = folder / "initramfs"
    initramfs.write_bytes(_cpio(files))
    return kernel, initramfs
