"""Debian packages of any suite, without root and without touching the system's own lists.

apt-get is given private lists and a private cache, and one source derived from those of the machine:
the same mirror, the same key, another suite (apt-get(8), apt.conf(5), sources.list(5)).
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from emojicam import process
from emojicam.errors import EmojicamError
from emojicam.third_party.manifest import Part
from emojicam.third_party.registries import client

_APT = Path("/etc/apt")
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<URIs>\S+)\s+(?P<Suites>\S+)\s+(?P<Components>.+)")
#: Suites that are Debian's own archive under another name than a release's.
_ALIASES = {"stable", "oldstable", "testing", "unstable", "sid"}


def fetch(part: Part, folder: Path) -> Path:
    """One .deb; nothing is installed."""
    process.find_tool("apt-get")
    assert part.suite is not None
    sources = derive_sources(read_sources(_APT), part.suite, codename())
    if not sources:
        raise EmojicamError(
            f"no source of Debian's archive in {_APT} to fetch {part.package} from", client.offline_hint(part)
        )
    failure: EmojicamError | None = None
    for number, source in enumerate(sources):
        try:
            return _fetch_from(source, part, folder / str(number))
        except EmojicamError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def _fetch_from(source: str, part: Part, folder: Path) -> Path:
    for name in ("lists/partial", "cache/archives/partial", "package"):
        (folder / name).mkdir(parents=True)
    listed = folder / "machine.sources"
    listed.write_text(source, encoding="utf-8")
    settings = {
        "Dir::Etc::SourceList": listed,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Retries": "2",
        "APT::Update::Error-Mode": "any",
    }
    if os.geteuid() == 0:
        # Root's apt would drop to the user _apt, who may not write into a private folder.
        settings["APT::Sandbox::User"] = "root"
    options = [f"-o{name}={value}" for name, value in settings.items()]
    client.call(part, ["apt-get", "-q", *options, "update"], folder)
    wanted = f"{part.package}={part.package_version}"
    client.call(part, ["apt-get", "-q", *options, "download", wanted], folder / "package")
    return client.expect(part, folder / "package", "apt-get")


def codename(os_release: Path = Path("/etc/os-release")) -> str:
    """The release that this machine runs ("bookworm"), empty if it doesn't say."""
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^VERSION_CODENAME=[\"']?([a-z]+)", text, re.MULTILINE)
    return found[1] if found else ""


def read_sources(folder: Path) -> list[dict[str, str]]:
    """The machine's package sources, of both forms, as deb822 fields.

    Args:
        folder: where apt's configuration is, ``/etc/apt``.
    """
    parts = folder / "sources.list.d"
    out: list[dict[str, str]] = []
    for path in [folder / "sources.list", *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        out.extend(parse_stanzas(text) if path.suffix == ".sources" else parse_lines(text))
    return out


def parse_lines(text: str) -> Iterator[dict[str, str]]:
    """``deb [option=value] uri suite component...``, one a line."""
    for line in text.splitlines():
        found = _ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if found is None:
            continue
        fields = {"Types": "deb", **found.groupdict("")}
        for option in fields.pop("options").split():
            name, _, value = option.partition("=")
            fields[_FIELD_OF_OPTION.get(name.lower(), name.title())] = value.replace(",", " ")
        yield fields


#: sources.list(5): names that the one-line form has for deb822's fields; the rest differ in case only.
_FIELD_OF_OPTION = {
    "arch": "Architectures",
    "lang": "Languages",
    "target": "Targets",
    "pdiffs": "PDiffs",
    "inrelease-path": "InRelease-Path",
}


def parse_stanzas(text: str) -> Iterator[dict[str, str]]:
    """deb822: fields in stanzas, an empty line between two, a value going on in indented lines."""
    fields: dict[str, str] = {}
    last = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif line[0] in " \t":
            if last in fields:
                fields[last] += "\n" + line
        else:
            name, _, value = line.partition(":")
            last = _canonical(name.strip())
            fields[last] = value.strip()


def _canonical(name: str) -> str:
    """deb822 doesn't tell upper case from lower in field names."""
    return _FIELDS.get(name.lower(), name)


_FIELDS = {field.lower(): field for field in ("Types", "URIs", "Suites", "Components", "Signed-By", "Enabled")}
#: apt.conf(5): the ways to say no.
_NO = {"no", "false", "without", "off", "disable"}


def derive_sources(sources: Iterable[dict[str, str]], suite: str, release: str) -> list[str]:
    """deb822 stanzas for another suite of the archive that the machine is installed from.

    Args:
        sources: fields of the machine's sources (:func:`read_sources`).
        suite: the suite that is wanted.
        release: codename of the machine's own release.

    Returns:
        The likeliest first: the release's own suite before an alias, signed by Debian's key before others.
        Empty if the machine has no such source.
    """
    ranked: dict[str, int] = {}
    for fields in sources:
        suites = set(fields.get("Suites", "").split())
        enabled = fields.get("Enabled", "yes").lower() not in _NO
        fits = "deb" in fields.get("Types", "").split() and "main" in fields.get("Components", "").split()
        own = suites & {release, suite}
        if not (enabled and fits and (own or suites & _ALIASES)) or fields["URIs"].startswith("cdrom:"):
            continue
        wanted = {**fields, "Types": "deb", "Suites": suite, "Components": "main"}
        wanted.pop("Enabled", None)
        stanza = "".join(f"{name}: {value}\n" for name, value in wanted.items())
        foreign = "debian" not in wanted.get("Signed-By", "debian-archive").lower()
        ranked.setdefault(stanza, 2 * foreign + (not own))
    return sorted(ranked, key=ranked.__getitem__)
