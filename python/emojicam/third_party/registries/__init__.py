"""Package registries, each through its own ordinary client, which knows where its registry is."""

from collections.abc import Mapping

from emojicam.third_party.packages import Fetch
from emojicam.third_party.registries import cargo, debian, npm, pypi

#: Registry name in the manifest -> client.
CLIENTS: Mapping[str, Fetch] = {
    "cargo": cargo.fetch,
    "debian": debian.fetch,
    "npm": npm.fetch,
    "pypi": pypi.fetch,
}
