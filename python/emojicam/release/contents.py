"""What a firmware image is made of: third-party parts, the compiler's libraries, and the model with its inputs."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from emojicam import paths, process, third_party
from emojicam.errors import EmojicamError


@dataclass(frozen=True)
class Piece:
    """Something with an author and a licence.

    Attributes:
        name, version, summary: upstream's name and version, and what it is.
        licence: an SPDX expression, or words where there is none for it.
        licence_file: its text; None where it is only data that the model was made from.
        purl: package URL of where it was taken from, empty for what travels inside another.
        sha256: of the package that was taken, empty for packages that apt has installed.
        inside: the piece that it travels inside of.
    """

    name: str
    version: str
    summary: str
    licence: str
    licence_file: Path | None
    purl: str = ""
    sha256: str = ""
    inside: str = ""


@dataclass(frozen=True)
class Model:
    """The model in the image.

    Attributes:
        sha256: of the .tflite.
        facts: what the file beside the card says: classes, operators, versions, validation.
        made_from: the inputs that the card lists.
    """

    name: str
    sha256: str
    facts: dict[str, Any]
    made_from: tuple[Piece, ...]


def third_party_parts() -> list[Piece]:
    """The manifest's parts, each followed by what it bundles.

    Raises:
        EmojicamError: a part can't be fetched.
    """
    folders = third_party.ensure()
    pieces = []
    for part in third_party.default_store().manifest.part:
        folder = folders[part.name]
        pieces.append(
            Piece(
                part.name,
                part.version,
                part.summary,
                part.licence,
                folder / part.licence_file,
                _purl(part.registry, part.package, part.package_version, part.suite),
                part.sha256,
            )
        )
        for inner in part.bundled:
            pieces.append(
                Piece(
                    inner.name,
                    part.version,
                    f"bundled with {part.name}",
                    inner.licence,
                    folder / inner.licence_file,
                    inside=part.name,
                )
            )
    return pieces


def _purl(registry: str, package: str, version: str, suite: str | None) -> str:
    kind = {"cargo": "cargo", "pypi": "pypi", "npm": "npm", "debian": "deb/debian"}[registry]
    # A scope's @ is escaped, the slash after it is not.
    name = quote(package, safe="/")
    return f"pkg:{kind}/{name}@{quote(version, safe='')}" + (f"?distro={suite}" if suite else "")


#: Debian package -> what of it is linked into an image, and its licence.
_LIBRARIES = {
    "libnewlib-arm-none-eabi": ("newlib (C library, libm)", "newlib: BSD-style licences, see the text"),
    "libstdc++-arm-none-eabi-newlib": ("libstdc++", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "gcc-arm-none-eabi": ("libgcc", "GPL-3.0-or-later WITH GCC-exception-3.1"),
}


def compiler_libraries() -> list[Piece]:
    """What the cross compiler links in, as Debian's packages know it.

    Raises:
        EmojicamError: they are not installed as Debian packages, so that nothing says what they are.
    """
    pieces = []
    for package, (name, licence) in _LIBRARIES.items():
        version = process.run(
            ["dpkg-query", "-W", "-f", "${Version}", package],
            what=f"read the version of {package}",
            hint="ci/setup run on Debian 12: a release is built with its compiler",
        ).strip()
        text = Path("/usr/share/doc") / package / "copyright"
        if not text.is_file():
            raise EmojicamError(f"{package} has no licence at {text}", f"apt-get install --reinstall {package}")
        purl = _purl("debian", package, version, None)
        pieces.append(Piece(name, version, f"of Debian's {package}", licence, text, purl))
    return pieces


_ROW = re.compile(r"^\| (?P<input>[^|]+) \| (?P<origin>[^|]+) \| (?P<licence>[^|]+) \|$", re.M)
_PACKAGE = re.compile(r"(?P<registry>npm|PyPI|GitHub) `(?P<package>[^`]+)`(?: (?P<version>\d[\w.]*|[0-9a-f]{40}))?")


def model(path: Path) -> Model:
    """A model, what ``gestures.json`` beside it says, and the inputs of its card.

    Raises:
        EmojicamError: the files are not of this model, or the card has no table of inputs.
    """
    import hashlib

    facts_file, card = path.with_suffix(".json"), path.with_name("README.md")
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        facts = json.loads(facts_file.read_text(encoding="utf-8"))
        text = card.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        hint = f"{facts_file.name} and README.md beside {path.name}"
        raise EmojicamError(f"cannot read the model's card: {error}", hint) from None
    if facts.get("sha256") != sha256 or sha256 not in text:
        raise EmojicamError(f"{facts_file.name} and {card.name} are not of {path.name}", "emojicam train --rebuild")
    return Model(path.name, sha256, facts, tuple(inputs(text)))


def inputs(card: str) -> list[Piece]:
    """The rows of a card's table "input | from | licence".

    Raises:
        EmojicamError: there is none.
    """
    begin = card.find("| input | from | licence |")
    rows = list(_ROW.finditer(card[begin:].split("\n\n")[0]))[1:] if begin >= 0 else []
    rows = [row for row in rows if set(row["input"]) != {"-"}]
    if not rows:
        raise EmojicamError("the model card has no table of inputs", "models/README.md: input, from, licence")
    pieces = []
    for row in rows:
        found = _PACKAGE.search(row["origin"])
        purl = version = ""
        if found:
            version = found["version"] or ""
            registry = {"npm": "npm", "PyPI": "pypi", "GitHub": "github"}[found["registry"]]
            name = quote(found["package"], safe="/")
            purl = f"pkg:{registry}/{name}" + (f"@{version}" if version else "")
        origin = row["origin"].replace("`", "")
        pieces.append(Piece(row["input"], version, f"the model was made with it: {origin}", row["licence"], None, purl))
    return pieces


def own_licence() -> Path:
    """The text of this project's own licence."""
    return paths.project_root() / "LICENSE"
