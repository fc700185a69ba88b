"""The live page's web server: files, pictures that were kept, and a WebSocket that tells what happens and takes what
is clicked. Who may have it: `access`.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from importlib import resources
from pathlib import PurePosixPath

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from emojicam.errors import EmojicamError
from emojicam.live.access import Access, is_loopback
from emojicam.live.desk import Desk
from emojicam.live.orders import LONGEST, obey
from emojicam.live.viewer import Overrun, Viewer

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    # blob: is what the user drops on the page.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Feed = Callable[[Desk, threading.Event], None]
_POLICY_VIOLATION, _TRY_AGAIN = 1008, 1013


def _page_files() -> dict[str, tuple[bytes, str]]:
    """What the page is made of, by path: content and media type."""
    folder = resources.files("emojicam.live").joinpath("page")
    files = {f"/{file.name}": (file.read_bytes(), PurePosixPath(file.name).suffix) for file in folder.iterdir()}
    files["/"] = files.pop("/live.html")
    return {path: (content, _TYPES[suffix]) for path, (content, suffix) in files.items() if suffix in _TYPES}


def application(desk: Desk, access: Access) -> ASGIApp:
    """The page of one board."""
    files = _page_files()

    def file(request: Request) -> Response:
        content, kind = files[request.url.path]
        response = Response(content, media_type=kind, headers=_HEADERS)
        if access.token and request.url.path == "/":
            response.set_cookie(access.cookie, access.token, httponly=True, samesite="strict")
        return response

    def capture(request: Request) -> Response:
        try:
            content = desk.teaching.captures.read(request.path_params["label"], request.path_params["name"])
        except (EmojicamError, OSError) as error:
            return PlainTextResponse(str(error), 404, _HEADERS)
        return Response(content, media_type="image/png", headers={**_HEADERS, "Cache-Control": "private"})

    async def talk(socket: WebSocket) -> None:
        if not access.same_origin(socket.headers):
            await socket.close(_POLICY_VIOLATION)
            return
        await socket.accept()
        viewer = Viewer(asyncio.get_running_loop(), here=is_loopback(socket.client.host if socket.client else ""))
        desk.hub.enter(viewer)
        telling = asyncio.create_task(_tell(socket, viewer))
        try:
            while True:
                message = await socket.receive()
                if message["type"] != "websocket.receive":
                    break
                if data := message.get("bytes"):
                    _take(data, desk, viewer)
                else:
                    await asyncio.to_thread(obey, message.get("text") or "", desk, viewer)
        except WebSocketDisconnect:
            pass
        finally:
            desk.hub.leave(viewer)
            await asyncio.to_thread(desk.leave, viewer)
            telling.cancel()

    routes = [
        *(Route(path, file) for path in files),
        Route("/captures/{label}/{name}", capture),
        WebSocketRoute("/ws", talk),
    ]
    return _guarded(Starlette(routes=routes), access)


def _guarded(app: ASGIApp, access: Access) -> ASGIApp:
    """Lets through who may come."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        came = HTTPConnection(scope)
        if not access.is_ours(came.headers.get("host", "")):
            why, status = "this page has another name", 400
        elif not access.has_token(scope.get("query_string", b"").decode("latin-1"), came.cookies):
            why, status = "this page has an address with a token, which emojicam live has printed", 403
        else:
            await app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(_POLICY_VIOLATION)
        else:
            await PlainTextResponse(why, status, _HEADERS)(scope, receive, send)

    return guard


def _take(data: bytes, desk: Desk, viewer: Viewer) -> None:
    try:
        desk.sources.offer(viewer, data)
    except EmojicamError as error:
        viewer.refuse(str(error))


async def _tell(socket: WebSocket, viewer: Viewer) -> None:
    try:
        while True:
            for message in await viewer.get():
                if isinstance(message, str):
                    await socket.send_text(message)
                else:
                    await socket.send_bytes(message)
    except Overrun:
        await socket.close(_TRY_AGAIN)
    except WebSocketDisconnect:
        pass  # whoever receives hears it too


def serve(desk: Desk, access: Access, listener: socket.socket, feed: Feed) -> None:
    """Serve the page while ``feed`` runs in a thread of its own: until Ctrl+C, or until the feed is at its end.

    Args:
        feed: listens to the board until the event that it is given is set.

    Raises:
        EmojicamError: what the feed raised, after the pages have been told.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            application(desk, access), log_level="error", lifespan="off", ws="websockets-sansio",
            ws_max_size=LONGEST, ws_per_message_deflate=False, timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    stop = threading.Event()
    problems: list[Exception] = []

    def work() -> None:
        try:
            feed(desk, stop)
        except Exception as error:
            problems.append(error)
            desk.hub.state("gone", why=str(error))
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
