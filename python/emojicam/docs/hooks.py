"""What MkDocs calls: adds the pages that are made from the code and those outside `docs/`, and mends their links."""

from collections.abc import Callable
from typing import Any

from mkdocs.structure.files import File, Files

from emojicam import __version__, paths
from emojicam.docs import board_words, commands, headers, links, messages, tables

#: Files of the checkout that are pages of the site, too.
TAKEN = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "models/README.md": "models.md",
}

#: The page that a search shows first.
STUCK = "troubleshooting.md"

#: Page -> what makes it.
MADE: dict[str, Callable[[], str]] = {
    "reference/cli.md": commands.page,
    "reference/settings.md": tables.settings_page,
    "reference/boards.md": tables.boards_page,
    "reference/link.md": tables.link_page,
    "reference/keystrokes.md": tables.keystrokes_page,
    "reference/headers.md": headers.page,
    "messages/board.md": board_words.page,
}


def _pictures() -> dict[str, str]:
    """Pictures outside `docs/` that those pages show -> where the site has them."""
    root = paths.project_root()
    return {
        path.relative_to(root).as_posix(): f"pictures/model-{path.name}"
        for path in sorted((root / "models").glob("*.png"))
    }


def on_config(config: Any) -> Any:
    config["extra"]["version_of_the_code"] = __version__
    config["repo_url"] = links.repository().partition("/blob/")[0] or None
    return config


def on_files(files: Files, config: Any) -> Files:
    """Every page there is."""
    made = {name: make() for name, make in MADE.items()}
    made |= {f"messages/{name}.md": text for name, text in messages.pages()}
    for source, page in TAKEN.items():
        if page != "index.md":
            made[page] = (paths.project_root() / source).read_text(encoding="utf-8")
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    for source, name in _pictures().items():
        files.append(File.generated(config, name, abs_src_path=str(paths.project_root() / source)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Links that lead out of `docs/`; and whoever is stuck finds what to do before all that has the same words."""
    name = page.file.src_uri
    if name == STUCK:
        page.meta["search"] = {"boost": 10}
    sources = {taken: source for source, taken in TAKEN.items() if taken != "index.md"}
    source = sources.get(name, f"docs/{name}")
    markdown = links.published(markdown, config["repo_url"] or "")
    return links.on_the_site(markdown, source, name, TAKEN | _pictures(), base=links.repository())
