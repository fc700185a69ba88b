"""The site: built without warnings and network, complete, self-contained; the search finds what people look for."""

import fcntl
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from emojicam import paths
from emojicam.docs import links, messages

ROOT = paths.project_root()

#: MkDocs where nothing may be connected to.
OFFLINE = """
import socket, sys
def refuse(self, address):
    if self.family != socket.AF_UNIX:
        raise OSError(f"building the site went to {address}")
socket.socket.connect = refuse
from mkdocs.__main__ import cli
cli(["build", "--strict", "--site-dir", sys.argv[1]])
"""


#: What somebody who is stuck looks for -> the section that is to come first.
STUCK = {
    "thumb not recognised": "thumb-not-recognised",
    "no probe": "no-probe",
    "wrong layout": "wrong-layout",
    "arena": "arena",
    "my model is refused": "my-model-is-refused",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site, and says nothing."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The built site; one for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "site"
    with (folder.parent / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            done = subprocess.run(
                [sys.executable, "-c", OFFLINE, folder.with_suffix(".new")], cwd=ROOT, capture_output=True, text=True,
                env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            assert "WARNING" not in done.stderr
            folder.with_suffix(".new").rename(folder)
    return folder


class _Page(HTMLParser):
    """What a page links to, loads, and can be linked to by."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.anchors.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload", "preconnect", "modulepreload"):
            self.loaded.append(found.get("href", ""))
        elif "src" in found:
            self.loaded.append(found["src"])


def _pages(site: Path) -> dict[Path, _Page]:
    return {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = _pages(site)
    assert len(pages) > 40
    for path, page in pages.items():
        assert [address for address in page.loaded if re.match(r"(https?:)?//", address)] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", path.read_text(encoding="utf-8")), path


def test_every_link_and_anchor_of_the_site_is_there(site: Path) -> None:
    pages = _pages(site)
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            name, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = (path.parent / name).resolve() if name else path
            if target.is_dir():
                target /= "index.html"
            assert target.is_file(), f"{path.relative_to(site)} links to {link}"
            if anchor and target in pages:
                assert anchor in pages[target].anchors, f"{path.relative_to(site)} links to {link}"


def test_no_page_links_out_of_the_site_by_a_path(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert not re.search(r'href="[^":]*\.(md|py|toml|cc|h)"', path.read_text(encoding="utf-8")), path


def test_every_message_has_its_anchor(site: Path) -> None:
    for name, found in messages.shown().items():
        page = _Page((site / "messages" / name / "index.html").read_text(encoding="utf-8"))
        assert {one.anchor for one in found} <= page.anchors


@pytest.mark.parametrize(
    ("searched", "place"),
    [
        ("thumb not recognised", "troubleshooting/"),
        ("no probe", "troubleshooting/"),
        ("wrong layout", "troubleshooting/"),
        ("arena", "troubleshooting/"),
        ("my model is refused", "troubleshooting/"),
        ("no board in DFU mode is attached", "messages/flashing/"),
        ("grouped convolution", "messages/models/"),
        ("dialout", "howto/"),
        ("udev", "howto/"),
        ("arena_bytes", "reference/link/"),
        ("time_constant_ms", "reference/settings/"),
        ("VirtualBoard", "reference/python/"),
        ("DecisionSettings", "reference/headers/"),
        ("sensor_absent", "messages/board/"),
    ],
)
def test_the_search_finds(searched: str, place: str, site: Path) -> None:
    """A section that has all of the words, as the search wants them by default."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    wanted = searched.lower().split()
    found = [
        one["location"]
        for one in index["docs"]
        if all(word in re.sub(r"<[^>]+>", " ", f"{one['title']} {one['text']}").lower() for word in wanted)
    ]
    assert any(location.startswith(place) for location in found), found[:5]


def test_a_published_site_says_where_the_project_is() -> None:
    pages = ROOT / "docs"
    for page, said in (
        ("tutorials/first-run.md", "$ git clone https://example.org/a/b emojicam"),
        ("download.md", "[the project's releases page](https://example.org/a/b/releases)"),
    ):
        text = (pages / page).read_text(encoding="utf-8")
        assert said in links.published(text, "https://example.org/a/b")
        assert links.published(text, "") == text


@pytest.mark.web
def test_the_search_box_shows_troubleshooting_first(site: Path) -> None:
    """In Chromium, with the site's own script and index: what people look for who are stuck."""
    program = shutil.which("chromium")
    assert program, "Debian's chromium (ci/debian/test.txt) is missing"
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever).start()
        try:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(60_000)
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
            for searched, anchor in STUCK.items():
                box = page.get_by_role("textbox", name="Search")
                box.fill("")
                box.press_sequentially(searched)  # it listens to keys
                # The first of the list is the page, the sections that fit follow it.
                first = page.locator(".md-search-result__item").first
                found = first.locator(f'a[href$="troubleshooting/#{anchor}"]')
                expect(found).to_be_visible(timeout=60_000)
            browser.close()
        finally:
            server.shutdown()
