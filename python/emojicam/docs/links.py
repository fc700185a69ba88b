"""Links of a page that lead out of ``docs/``: each is of something that is there, on the site or in the repository."""

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from emojicam import paths

_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^(```|~~~)[\s\S]*?^\1[^\S\n]*$|(?:^    [^\n]*(?:\n|\Z))+", re.M)


def repository() -> str:
    """Where GitHub shows this commit's files; empty where nobody has said."""
    server, name = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    return f"{server}/{name}/blob/{os.environ.get('GITHUB_SHA') or 'main'}" if server and name else ""


def published(text: str, repository: str) -> str:
    """A page's text with the project's address where it is known: what is cloned, and where releases are.

    Args:
        repository: its address; empty where nobody has said.
    """
    if not repository:
        return text
    text = text.replace("git clone … ", f"git clone {repository} ")
    return text.replace("the project's releases page", f"[the project's releases page]({repository}/releases)")


def on_the_site(text: str, source: str, page: str, taken: Mapping[str, str], *, base: str = "") -> str:
    """A page's text with links that lead somewhere on the site, too.

    Args:
        text: Markdown.
        source: the file that it is, relative to the checkout ("docs/kernels.md"): what its links are relative to.
        page: the file on the site, relative to `docs/`.
        taken: files of the checkout outside `docs/` that are pages -> the page's file, relative to `docs/`.
        base: as `repository` says. Without it a link to a file that is no page becomes its text.

    Raises:
        FileNotFoundError: what a link names is not in the checkout.
    """

    def target(match: re.Match[str]) -> str:
        label, link = match[1], match[2]
        name, mark, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link) or not name:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
        page_folder = posixpath.dirname(page)
        if path in taken:
            return f"[{label}]({posixpath.relpath(taken[path], page_folder or '.')}{mark}{anchor})"
        inside = path.removeprefix("docs/") if path.startswith("docs/") else ""
        if inside and Path(inside).suffix in (".md", ".svg", ".png", ".webp", ".gif"):
            return f"[{label}]({posixpath.relpath(inside, page_folder or '.')}{mark}{anchor})"
        if not (paths.project_root() / path).exists():
            raise FileNotFoundError(f"{source}: the link to {name} leads nowhere")
        return f"[{label}]({base}/{path}{mark}{anchor})" if base else label

    parts, end = [], 0
    for code in _FENCE.finditer(text):
        parts += [_LINK.sub(target, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join(parts) + _LINK.sub(target, text[end:])
