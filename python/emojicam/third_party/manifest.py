"""The manifest: its form, its checks, and which file of a package goes where."""

import hashlib
import re
import tomllib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from emojicam import paths
from emojicam.errors import EmojicamError

#: Part of every stamp: raise it when the same package would be unpacked differently.
UNPACK_FORMAT = 1

RegistryName = Literal["cargo", "pypi", "npm", "debian"]


def safe_path(text: str) -> str:
    """A relative POSIX path without ``.`` and ``..``, as it may be joined to a folder of ours.

    Raises:
        ValueError: absolute, empty, climbing, or with a character that some system treats as a separator.
    """
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or re.search(r"[\\\x00-\x1f]|^[A-Za-z]:", text):
        raise ValueError(f"{text!r} is not a path inside a folder")
    return str(path)


SafePath = Annotated[str, BeforeValidator(safe_path)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9@][A-Za-z0-9@._+~-]*$")]
Licence = Annotated[str, Field(pattern=r"^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*$")]


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression: ``*`` and ``?`` stay within one name, ``**`` crosses folders."""
    out = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", glob):
        special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        out.append(special.get(token, re.escape(token)))
    return re.compile("".join(out))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Take(_Table):
    """One file, or chosen files of one folder, of a package and where they go."""

    source: SafePath = Field(alias="from")
    target: SafePath = Field(alias="to")
    only: tuple[str, ...] = ("**",)
    excluded: tuple[str, ...] = Field(default=(), alias="except")

    @cached_property
    def _wanted(self) -> list[re.Pattern[str]]:
        return [glob_pattern(glob) for glob in self.only]

    @cached_property
    def _unwanted(self) -> list[re.Pattern[str]]:
        return [glob_pattern(glob) for glob in self.excluded]

    def matches(self, path: str) -> list[str]:
        """The globs of ``only`` that choose this file of the package; none if it is left behind."""
        if path == self.source:
            return list(self.only)
        if self.source != "." and not path.startswith(self.source + "/"):
            return []
        below = path if self.source == "." else path[len(self.source) + 1 :]
        if any(pattern.fullmatch(below) for pattern in self._unwanted):
            return []
        globs = zip(self.only, self._wanted, strict=True)
        return [glob for glob, pattern in globs if pattern.fullmatch(below)]

    def destination(self, path: str) -> str:
        """Where a file that :meth:`matches` goes, relative to the part's folder."""
        below = PurePosixPath(path).relative_to(self.source)
        return str(PurePosixPath(self.target) / below)


class Bundled(_Table):
    """A project that travels inside another's package."""

    name: str
    licence: Licence
    licence_file: SafePath


class Part(_Table):
    """One package and the folder that is filled from it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    summary: str
    version: str
    licence: Licence
    licence_file: SafePath
    registry: RegistryName
    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9@][A-Za-z0-9@/._+-]*$")]
    package_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~:-]*$")]
    suite: Annotated[str, Field(pattern=r"^[a-z]+$")] | None = None
    file: FileName
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bundled: tuple[Bundled, ...] = ()
    take: tuple[Take, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _suite_belongs_to_debian(self) -> Self:
        if (self.registry == "debian") != (self.suite is not None):
            raise ValueError("suite is given for registry debian, and only there")
        return self

    @property
    def origin(self) -> str:
        """Registry and package in words, for tables and error lines."""
        where = f"{self.registry} ({self.suite})" if self.suite else self.registry
        return f"{where}: {self.package} {self.package_version}"

    @cached_property
    def key(self) -> str:
        """Changes when what is filled into the folder may: goes into the folder's stamp."""
        text = f"{UNPACK_FORMAT}\n{self.sha256}\n{self.model_dump_json(include={'take', 'licence_file'})}"
        return hashlib.sha256(text.encode()).hexdigest()


class Manifest(_Table):
    """All parts, in the manifest's order."""

    part: tuple[Part, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for field in ("name", "file"):
            seen = [getattr(part, field) for part in self.part]
            if twice := sorted({value for value in seen if seen.count(value) > 1}):
                raise ValueError(f"{field} {twice[0]!r} is used twice")
        return self

    def select(self, names: list[str] | tuple[str, ...] | None) -> tuple[Part, ...]:
        """The parts of these names, all for None.

        Raises:
            EmojicamError: a name that the manifest doesn't have.
        """
        known = {part.name: part for part in self.part}
        for name in names or ():
            if name not in known:
                raise EmojicamError(f"there is no third-party part {name!r}", f"one of {', '.join(known)}")
        return self.part if names is None else tuple(known[name] for name in dict.fromkeys(names))


def load(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        EmojicamError: no such file, not TOML, or an entry that is missing or wrong; the line names it.
    """
    if paths.in_checkout():
        restore = f"git restore {path}"
        hint = f"{restore}, or correcting the entry"
    else:
        restore = hint = "a checkout: a wheel has no sources to build from"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EmojicamError(f"cannot read {path}: {error.strerror}", restore) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EmojicamError(f"{path} is not TOML: {error}", hint) from error
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(_names(data, first["loc"]))
        raise EmojicamError(f"{path}: {where or 'manifest'}: {first['msg']}", hint) from error


def _names(data: object, location: tuple[int | str, ...]) -> list[str]:
    """An error's location with parts called by name instead of by number."""
    out: list[str] = []
    for step in location:
        try:
            data = data[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            data = None
        named = isinstance(step, int) and isinstance(data, dict) and isinstance(data.get("name"), str)
        out.append(data["name"] if named else str(step))  # type: ignore[index]
    return out
