"""npm packages."""

from pathlib import Path

from emojicam.third_party.manifest import Part
from emojicam.third_party.registries import client


def fetch(part: Part, folder: Path) -> Path:
    """One package's tarball; its scripts are not run."""
    specifier = f"{part.package}@{part.package_version}"
    client.call(part, ["npm", "pack", "--ignore-scripts", "--no-update-notifier", specifier], folder)
    return client.expect(part, folder, "npm")
