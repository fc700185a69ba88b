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


def test_Deb822_KeepsMirrorAndKeyAndChangesTheSuite() -> None:
    assert derived(DEB822, "deb822") == [TRIXIE]


def test_OneLineForm_GivesTheSame() -> None:
    option = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    text = f"deb {option} http://mirror.example/debian bookworm main contrib # ours\n"
    (stanza,) = derived(text)
    assert sorted(stanza.splitlines()) == sorted(TRIXIE.splitlines())


def test_OneLineForm_WithoutOptions() -> None:
    assert derived("deb http://mirror.example/debian/ bookworm main\n") == [
        "Types: deb\nURIs: http://mirror.example/debian/\nSuites: trixie\nComponents: main\n"
    ]


def test_OneLineForm_OptionsGetTheirDeb822Names() -> None:
    (fields,) = parse_lines("deb [ arch=amd64,arm64 lang=en trusted=yes ] http://m.example/d bookworm main")
    assert fields["Architectures"] == "amd64 arm64"
    assert fields["Languages"] == "en" and fields["Trusted"] == "yes"


def test_Deb822_KeepsAKeyOfSeveralLinesAndIgnoresCaseOfNames() -> None:
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
def test_OtherSources_AreLeftOut(line: str) -> None:
    assert derived(line) == []


def test_DisabledStanza_IsLeftOut() -> None:
    assert derived("Enabled: no\n" + TRIXIE.replace("trixie", "bookworm"), "deb822") == []


def test_OwnRelease_ComesBeforeAliasesAndForeignKeysLast() -> None:
    text = """
deb [signed-by=/etc/keys/vendor.gpg] http://vendor.example/apt bookworm main
deb http://alias.example/debian stable main
deb http://own.example/debian bookworm main
deb http://own.example/debian bookworm main
"""
    hosts = [stanza.split("//")[1].split(".")[0] for stanza in derived(text)]
    assert hosts == ["own", "alias", "vendor"]


def test_MachineThatRunsTheSuiteItself_UsesItsOwnSource() -> None:
    assert derive_sources(parse_stanzas(TRIXIE), "trixie", "trixie") == [TRIXIE]


def test_BothForms_AreReadFromTheirFolders(tmp_path: Path) -> None:
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


def test_NoAptAtAll_GivesNoSources(tmp_path: Path) -> None:
    assert read_sources(tmp_path) == []


def test_Codename_IsWhatTheSystemSays(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    assert codename(release) == ""
    release.write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    assert codename(release) == "bookworm"
