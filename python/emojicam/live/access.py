"""Who may have the page: this computer's own browser, or whoever has the token that was printed.

Under another host name than ours (DNS rebinding), or from another page (its Origin), nobody: a page that arms a
keyboard is nothing that other pages in the same browser may reach.
"""

import ipaddress
import secrets
import socket
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from emojicam.errors import EmojicamError

LOOPBACK = "127.0.0.1"


class Access:
    """The rules of one page.

    Args:
        address: of the interface that is listened on.
        port: what is listened on.

    Attributes:
        token: whoever comes must have it; empty where nobody but this computer can come.
    """

    def __init__(self, address: str = LOOPBACK, port: int = 0) -> None:
        self._address = ipaddress.ip_address(address)
        self._port = port
        self.token = "" if self._address.is_loopback else secrets.token_urlsafe(16)
        #: Cookies know no ports.
        self.cookie = f"emojicam-{port}"

    @property
    def url(self) -> str:
        """What to open."""
        host = _own_address(self._address.version) if self._address.is_unspecified else str(self._address)
        query = f"?token={self.token}" if self.token else ""
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}/{query}"

    def is_ours(self, host: str) -> bool:
        """Whether a Host header names this computer in a way that no other page's owner can choose."""
        name = urlsplit(f"//{host}").hostname or ""
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in ("localhost", socket.gethostname().lower()) if self.token else name == "localhost"
        return address.is_loopback or bool(self.token)

    def same_origin(self, headers: Mapping[str, str]) -> bool:
        """Whether a WebSocket comes from our own page."""
        return urlsplit(headers.get("origin", "")).netloc == headers.get("host")

    def has_token(self, query: str, cookies: Mapping[str, str]) -> bool:
        given = [*parse_qs(query).get("token", ()), cookies.get(self.cookie, "")]
        return not self.token or any(secrets.compare_digest(one.encode(), self.token.encode()) for one in given)


def is_loopback(address: str) -> bool:
    """Whether somebody who comes from there is on this computer."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _own_address(version: int) -> str:
    """The address under which others reach this computer; nothing is sent."""
    kind, somewhere = (socket.AF_INET6, "2001:db8::1") if version == 6 else (socket.AF_INET, "192.0.2.1")
    with socket.socket(kind, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((somewhere, 9))
        except OSError:
            return "::1" if version == 6 else LOOPBACK
        return str(probe.getsockname()[0])


def listen(port: int, address: str = LOOPBACK) -> socket.socket:
    """A socket of an interface; port 0 takes any that is free.

    Raises:
        EmojicamError: the port is taken, or not ours to take; or it is no address of this computer.
    """
    try:
        kind = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    except ValueError:
        raise EmojicamError(f"{address} is no address", "--bind 0.0.0.0, or one of this computer's") from None
    listener = socket.socket(kind, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen()  # so that a browser that is quick waits
    except (OSError, OverflowError) as error:
        listener.close()
        raise EmojicamError(f"can't listen on {address}:{port}: {error}", "another --port, or 0") from None
    return listener
