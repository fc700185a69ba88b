"""C++ that is generated from Python tables: jinja2 templates that live beside the table.

What is generated goes to ``build/generated/`` and is never committed; the firmware includes it as
``"generated/NAME.h"``.
"""

from pathlib import Path
from typing import Any

from emojicam import paths


def generated_dir(root: Path | None = None) -> Path:
    """The folder that the firmware has on its include path, as ``generated/``.

    Args:
        root: of the build; by default ``build``.
    """
    return (root or paths.build_dir()) / "include" / "generated"


def render(package: str, template: str, **values: Any) -> str:
    """Fill in a template of ours.

    Args:
        package: the Python package whose ``templates`` folder holds it ("emojicam.link").
        template: its file name ("messages.h.jinja").
    """
    import jinja2  # most runs generate nothing

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(package, "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(template).render(**values)


def write_if_changed(path: Path, content: str | bytes) -> bool:
    """Write a file only where its content differs, so that nothing is rebuilt for nothing.

    In one go, see `paths.replacing`.

    Returns:
        True if the file was written.
    """
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with paths.replacing(path) as new:
        new.write_bytes(data)
    return True
