"""avhclient's spec files: checked before anything is uploaded, and made to run in a folder of ours.

arm-avhclient 0.1.10 itself checks nothing: a spec without steps runs nothing and passes, one with an empty
backend breaks off with a stack trace.
"""

from pathlib import Path
from typing import Any

from emojicam.errors import EmojicamError

_KEYS = ("name", "workdir", "backend", "upload", "steps", "download")
_HINT = "ci/avh/corstone300.yml as a model"


def load(path: Path) -> dict[str, Any]:
    """Read and check a spec.

    Raises:
        EmojicamError: it is missing, no YAML, or not a spec that runs anything.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise EmojicamError(f"the spec {path} can't be read: {reason}", _HINT) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise EmojicamError(f"{path.name}{where} is not YAML: {getattr(error, 'problem', error)}", _HINT) from None
    problem = _problem(spec)
    if problem:
        raise EmojicamError(f"the spec {path.name} {problem}", _HINT)
    spec["backend"] = {name: values or {} for name, values in (spec.get("backend") or {}).items()}
    return dict(spec)


def _problem(spec: object) -> str:
    if not isinstance(spec, dict):
        return "is not a table of keys"
    if unknown := [str(key) for key in spec if key not in _KEYS]:
        return f"has an unknown key {unknown[0]}"
    steps = spec.get("steps")
    if not isinstance(steps, list) or not steps:
        return "has no steps"
    for number, step in enumerate(steps, 1):
        if not isinstance(step, dict) or set(step) != {"run"} or not str(step["run"] or "").strip():
            return f"has no run: in step {number}"
    for key in ("upload", "download"):
        value = spec.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"has no list of file patterns as {key}"
    backend = spec.get("backend") or {}
    if not isinstance(backend, dict) or not all(value is None or isinstance(value, dict) for value in backend.values()):
        return "has no table of backends as backend"
    return ""


def write_for(spec: dict[str, Any], folder: Path) -> Path:
    """The same spec with this folder as its workdir.

    Returns:
        The file that avhclient is to execute.
    """
    import yaml

    path = folder / "spec.yml"
    path.write_text(yaml.safe_dump({**spec, "workdir": str(folder.resolve())}, sort_keys=False), encoding="utf-8")
    return path
