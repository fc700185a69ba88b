"""A source for another suite from the machine's own: both forms of apt's source lists."""

from pathlib import Path

import pytest

from emojicam.third_party.registries.debian import (
    codename,
    derive_sources,
    parse_lines,
    parse_stanzas,
    read_sources,
)

DEB822 = """\
# the image's own comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
TRIXIE = """\
Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


def derived(text: str, form: str = "lines") -> list[str]:
    parse = parse_lines if form == "lines" else parse_stanzas
    return derive_sources(parse(text), "trixie", "bookworm")


def test_deb822_keeps_mirror_and_key_and_changes_the_suite() -> None:
    assert derived(DEB822, "deb822") == [TRIXIE]


def test_one_line_form_gives_the_same() -> None:
    option = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    text = f"deb {option} http://mirror.example/debian bookworm main contrib # ours\n"
    (stanza,) = derived(text)
    assert sorted(stanza.splitlines()) == sorted(TRIXIE.splitlines())


def test_one_line_form_without_options() -> None:
    assert derived("deb http://mirror.example/debian/ bookworm main\n") == [
        "Types: deb\nURIs: http://mirror.example/debian/\nSuites: trixie\nComponents: main\n"
    ]


def test_one_line_form_options_get_their_deb822_names() -> None:
    (fields,) = parse_lines("deb [ arch=amd64,arm64 lang=en trusted=yes ] http://m.example/d bookworm main")
    assert fields["Architectures"] == "amd64 arm64"
    assert fields["Languages"] == "en" and fields["Trusted"] == "yes"


def test_deb822_keeps_a_key_of_several_lines_and_ignores_case_of_names() -> None:
    key = [" -----BEGIN PGP PUBLIC KEY BLOCK-----", " .", " debian", " -----END PGP PUBLIC KEY BLOCK-----"]
    fields = ["types: deb", "uris: http://m.example/d", "suites: bookworm", "components: main", "signed-by:"]
    text = "\n".join([*fields, *key[:2], "# a comment inside", *key[2:]])
    (stanza,) = derived(text, "deb822")
    assert "Signed-By: \n" + "\n".join(key) + "\n" in stanza
    assert "Suites: trixie\n" in stanza


@pytest.mark.parametrize(
    "line",
    [
        "deb-src http://mirror.example/debian bookworm main",
        "# deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://mirror.example/debian-security bookworm-security main",
        "deb http://mirror.example/debian bookworm contrib",
        "deb http://packages.example/node nodistro main",
        "deb http://packages.example/flat ./",
        "deb cdrom:[Debian-12]/ bookworm main",
        "",
    ],
)
def test_other_sources_are_left_out(line: str) -> None:
    assert derived(line) == []


def test_disabled_stanza_is_left_out() -> None:
    assert derived("Enabled: no\n" + TRIXIE.replace("trixie", "bookworm"), "deb822") == []


def test_own_release_comes_before_aliases_and_foreign_keys_last() -> None:
    text = """
deb [signed-by=/etc/keys/vendor.gpg] http://vendor.example/apt bookworm main
deb http://alias.example/debian stable main
deb http://own.example/debian bookworm main
deb http://own.example/debian bookworm main
"""
    hosts = [stanza.split("//")[1].split(".")[0] for stanza in derived(text)]
    assert hosts == ["own", "alias", "vendor"]


def test_machine_that_runs_the_suite_itself_uses_its_own_source() -> None:
    assert derive_sources(parse_stanzas(TRIXIE), "trixie", "trixie") == [TRIXIE]


def test_both_forms_are_read_from_their_folders(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.example/debian bookworm main\n")
    (tmp_path / "sources.list.d/b.list").write_text("deb http://b.example/debian bookworm main\n")
    (tmp_path / "sources.list.d/c.sources").write_text(DEB822)
    (tmp_path / "sources.list.d/d.list.disabled").write_text("deb http://d.example/debian bookworm main\n")
    uris = [fields["URIs"] for fields in read_sources(tmp_path)]
    assert uris == [
        "http://a.example/debian",
        "http://b.example/debian",
        "http://mirror.example/debian",
        "http://mirror.example/debian-security",
    ]


def test_no_apt_at_all_gives_no_sources(tmp_path: Path) -> None:
    assert read_sources(tmp_path) == []


def test_codename_is_what_the_system_says(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    assert codename(release) == ""
    release.write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    assert codename(release) == "bookworm"
