"""npm packages."""

from pathlib import Path

from emojicam.third_party.manifest import Part
from emojicam.third_party.registries import client


def fetch(part: Part, folder: Path) -> Path:
    """One package's tarball; its scripts are not run."""
    specifier = f"{part.package}@{part.package_version}"
    # By itself npm takes minutes to notice that there is no network.
    retries = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    options = ["--ignore-scripts", "--no-update-notifier", "--no-audit", *retries]
    client.call(part, ["npm", "pack", *options, specifier], folder)
    return client.expect(part, folder, "npm")
