"""Single files of git repositories at a commit, by their hashes: nothing else of a repository is fetched.

A bare repository a source in the user's cache keeps what has come, so that an interrupted fetch goes on.
"""

import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.process import find_tool, log

#: Hashes asked for at once.
_BATCH = 250
_SECONDS = 600
#: git's words for a repository or commit that is not there (any more); all else is the network's or the disk's fault.
_GONE = (
    "not found",
    "not our ref",
    "does not appear to be a git repository",
    "does not exist",
    "could not read Username",
    "couldn't find remote ref",
    "missing necessary objects",
)


class Gone(Exception):
    """What was asked for is not in the repository any more."""


class Repository:
    """One repository's cache.

    Args:
        url: where to fetch from.
        folder: a bare repository; made if missing.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder, self._program = url, folder, find_tool("git")
        if not (folder / "HEAD").is_file():
            self._made()
        self._git("config", "remote.origin.url", url)

    def _made(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare")
        for key, value in (("remote.origin.promisor", "true"), ("remote.origin.partialclonefilter", "blob:none")):
            self._git("config", key, value)

    def _git(self, *arguments: str, given: str = "") -> bytes:
        command = [str(self._program), f"--git-dir={self._folder}", *arguments]
        # No question may stop it.
        surroundings = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        log.debug("$ %s", shlex.join(command))
        try:
            done = subprocess.run(
                command, input=given.encode(), capture_output=True, env=surroundings, timeout=_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise EmojicamError(
                f"{self.url}: no answer for {_SECONDS} s", "again later: what has come is kept"
            ) from None
        except OSError as error:
            raise EmojicamError(f"git cannot be run: {error}", "install git") from None
        if done.returncode:
            said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
            reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
            if any(word in line for word in _GONE for line in said):
                raise Gone(reason)
            raise EmojicamError(
                f"cannot fetch from {self.url}: {reason or f'git ended with {done.returncode}'}",
                "again when the network is there: what has come is kept; or --from-dir",
            )
        return done.stdout

    def _has(self, objects: Iterable[str]) -> set[str]:
        # Asked for one by one, older gits would fetch each that is missing.
        answer = self._git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode()
        return set(objects) & set(answer.split())

    def fetch_commit(self, commit: str) -> None:
        """Fetch a commit with its folders, without files.

        Raises:
            Gone: the repository or the commit is not there any more.
        """
        if commit not in self._has([commit]):
            self._git("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", commit)

    def head(self) -> str:
        """The newest commit of the default branch, fetched as `fetch_commit` does."""
        answer = self._git("ls-remote", "--quiet", "origin", "HEAD").decode().split()
        if not answer:
            raise Gone("it has no default branch")
        self.fetch_commit(answer[0])
        return answer[0]

    def hashes(self, commit: str) -> dict[str, str]:
        """Hash of each file of a commit that was fetched, by its path."""
        listed = self._git("ls-tree", "-r", "-z", commit).decode(errors="surrogateescape")
        found = {}
        for entry in filter(None, listed.split("\0")):
            about, path = entry.split("\t", 1)
            found[path] = about.split()[2]
        return found

    def fetch_files(self, hashes: Iterable[str]) -> int:
        """Fetch files that are not there yet; git checks what comes against its hash.

        Returns:
            How many came now.

        Raises:
            Gone: one of them is not in the repository.
        """
        wanted = sorted(set(hashes))
        missing = sorted(set(wanted) - self._has(wanted))
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            self._git(
                *("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"),
                *("--recurse-submodules=no", "--filter=blob:none", "--stdin", "origin"),
                given="".join(f"{one}\n" for one in part),
            )
        return len(missing)

    def read(self, blob: str) -> bytes:
        """A file that was fetched."""
        return self._git("cat-file", "blob", blob)
