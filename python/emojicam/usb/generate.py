"""Writes ``generated/usb_descriptors.h`` and ``generated/usb_tunnel.h``."""

from pathlib import Path

from emojicam import codegen
from emojicam.usb import descriptors, tunnel


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def descriptors_header() -> str:
    """The C++ of the descriptors."""
    return codegen.render(
        "emojicam.usb", "usb_descriptors.h.jinja",
        d=descriptors, device=descriptors.device_descriptor(), report=descriptors.report_descriptor(),
        configuration=descriptors.configuration_descriptor(), strings=descriptors.strings(),
    )  # fmt: skip


def tunnel_header() -> str:
    """The C++ of the tunnel's packet kinds."""
    return codegen.render(
        "emojicam.usb", "usb_tunnel.h.jinja",
        tokens=list(tunnel.Token), answers=list(tunnel.Answer), max_data=tunnel.MAX_DATA, camel=_camel,
    )  # fmt: skip


def write_headers(directory: Path | None = None) -> list[Path]:
    """Write both headers.

    Args:
        directory: the ``generated`` folder; by default the build's.
    """
    directory = directory or codegen.generated_dir()
    files = {"usb_descriptors.h": descriptors_header(), "usb_tunnel.h": tunnel_header()}
    for name, content in files.items():
        codegen.write_if_changed(directory / name, content)
    return [directory / name for name in files]
