"""The live page's web server: files, and a WebSocket that tells what happens and takes what is clicked.

It listens on the loopback interface only, and takes orders from its own page only: a page that arms a keyboard
is nothing that other pages in the same browser may reach.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from importlib import resources
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from emojicam.errors import EmojicamError
from emojicam.live.capture import Captures
from emojicam.live.hub import Hub, Viewer

ADDRESS = "127.0.0.1"

_FILES = {
    "/": ("live.html", "text/html"),
    "/live.js": ("live.js", "text/javascript"),
    "/live.css": ("live.css", "text/css"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_POLICY_VIOLATION = 1008


def application(hub: Hub, captures: Captures) -> Starlette:
    """The page of one board."""

    def file(request: Request) -> Response:
        name, kind = _FILES[request.url.path]
        content = resources.files("emojicam.live").joinpath("page", name).read_bytes()
        return Response(content, media_type=kind, headers=_HEADERS)

    async def talk(socket: WebSocket) -> None:
        if urlsplit(socket.headers.get("origin", "")).netloc != socket.headers.get("host"):
            await socket.close(_POLICY_VIOLATION)
            return
        await socket.accept()
        viewer = Viewer(asyncio.get_running_loop())
        hub.enter(viewer)
        telling = asyncio.create_task(_tell(socket, viewer))
        try:
            while True:
                await asyncio.to_thread(_obey, await socket.receive_text(), hub, captures)
        except (WebSocketDisconnect, KeyError):  # KeyError: a message of bytes
            pass
        finally:
            hub.leave(viewer)
            telling.cancel()

    return Starlette(
        routes=[*(Route(path, file) for path in _FILES), WebSocketRoute("/ws", talk)],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[ADDRESS, "localhost"])],
    )


async def _tell(socket: WebSocket, viewer: Viewer) -> None:
    while True:
        message = await viewer.get()
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


def _obey(text: str, hub: Hub, captures: Captures) -> None:
    """Do what was clicked; what can't be done is a line in the log."""
    try:
        match json.loads(text):
            case {"arm": bool(armed)}:
                hub.arm(armed)
            case {"capture": str(label)}:
                image = hub.latest_image
                if image is None:
                    raise EmojicamError("there is no frame yet")
                path = captures.keep(label, image)
                hub.captured(captures.counts(), str(path))
            case _:
                hub.log(f"the page asked for something unknown: {text[:80]}")
    except ValueError:
        hub.log(f"the page said something that is no JSON: {text[:80]}")
    except EmojicamError as error:
        hub.log(str(error))


def listen(port: int) -> socket.socket:
    """A socket of the loopback interface; port 0 takes any that is free.

    Raises:
        EmojicamError: the port is taken, or not ours to take.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen()  # so that a browser that is quick waits
    except (OSError, OverflowError) as error:
        listener.close()
        raise EmojicamError(f"can't listen on {ADDRESS}:{port}: {error}", "another --port, or 0") from None
    return listener


def serve(hub: Hub, captures: Captures, listener: socket.socket, feed: Callable[[threading.Event], None]) -> None:
    """Serve the page while ``feed`` runs in a thread of its own: until Ctrl+C, or until the board is gone.

    Args:
        feed: listens to the board until the event that it is given is set.

    Raises:
        EmojicamError: what the feed raised, after the pages have been told.
    """
    hub.captured(captures.counts(), "")
    server = uvicorn.Server(
        uvicorn.Config(
            application(hub, captures), log_level="warning", lifespan="off", ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    stop = threading.Event()
    problems: list[Exception] = []

    def work() -> None:
        try:
            feed(stop)
        except Exception as error:
            problems.append(error)
            hub.gone(str(error))
        # A moment for the pages to hear it.
        stop.wait(0.5)
        server.should_exit = True

    thread = threading.Thread(target=work, name="feed", daemon=True)

    async def main() -> None:
        thread.start()
        await server.serve(sockets=[listener])

    try:
        asyncio.run(main())
    finally:
        stop.set()
        thread.join(timeout=5)
        listener.close()
    if problems:
        raise problems[0]
