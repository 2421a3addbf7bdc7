"""The two routes of Synapse in ComfyUI's server: a refresh of the model lists, and a way to the service.

The page may reach only ComfyUI's own origin, so the panel talks to the service through here. The target is the one
loopback address that the service wrote into its home; nothing in a request can change it. No credentials are added:
what the caller may do is decided by the service from the caller's own token. Cross-site requests are refused by
ComfyUI's own middleware; form types, which a foreign page may send without being asked, are refused here.
"""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web
from yarl import URL

from . import model_folders
from .home import NotRunning, read_service

_PREFIX = "/synapse/"
_REQUEST_HEADERS = ("Authorization", "Content-Type", "Accept", "Range", "Last-Event-ID")
_ANSWER_HEADERS = (
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Accept-Ranges",
    "ETag",
    "Location",
    "Retry-After",
    "Cache-Control",
)
_FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=3)
_IDLE_CHECK_SECONDS = 15


def add_routes(routes: web.RouteTableDef) -> None:
    """Adds both routes; must happen while ComfyUI loads its node packs, before it freezes the table."""
    routes.post("/synapse-shim/refresh")(_refresh)
    routes.route("*", _PREFIX + "{tail:.*}")(_forward)


async def _refresh(request: web.Request) -> web.Response:
    if request.content_type in _FORM_TYPES:
        return _form_refused()
    model_folders.register()
    return web.json_response({"cleared": model_folders.clear_lists()})


async def _forward(request: web.Request) -> web.StreamResponse:
    if request.content_type in _FORM_TYPES:
        return _form_refused()
    path = _api_path(request)
    if path is None:
        return _problem(404, "route.not_found", "There is no such address", "Only /api/ is forwarded")
    try:
        service = read_service()
    except NotRunning as reason:
        return _not_running(str(reason))
    async with _session() as session:
        try:
            answer = await session.request(
                request.method,
                URL(service.url + path, encoded=True),
                headers=_request_headers(request),
                data=request.content if request.body_exists else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            return _not_running(f"the service did not answer ({type(error).__name__})")
        async with answer:
            return await _relay(request, answer)


def _session() -> aiohttp.ClientSession:
    """One session for one request: no cookies, no proxies of the environment, no header that the caller did not send,
    and the bytes as they come."""
    return aiohttp.ClientSession(
        timeout=_TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
    )


def _api_path(request: web.Request) -> str | None:
    """The path and query for the service exactly as the caller encoded them; None for what might leave `/api/`.

    Dots are looked for in the path decoded once (as the router gives it), and none may be left to be decoded later.
    """
    _, _, tail = request.rel_url.raw_path.partition(_PREFIX)
    decoded = request.match_info["tail"].replace("\\", "/").lower()
    if not tail.startswith("api/") or not request.path_qs.isascii() or any(c in decoded for c in ("%2e", "%2f", "%5c")):
        return None
    if any(part in (".", "..") for part in decoded.split("/")):
        return None
    query = request.rel_url.raw_query_string
    return f"/{tail}?{query}" if query else f"/{tail}"


def _request_headers(request: web.Request) -> dict[str, str]:
    headers = {name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers}
    headers["X-Synapse-Via"] = "comfyui"
    if request.body_exists and "Content-Length" in request.headers:
        headers["Content-Length"] = request.headers["Content-Length"]  # Framing; without it the body goes in chunks.
    return headers


async def _relay(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """Passes the answer on piece by piece, as it comes."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name in _ANSWER_HEADERS:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    response.headers["X-Content-Type-Options"] = "nosniff"
    await response.prepare(request)
    try:
        while piece := await _next_piece(request, answer):
            await response.write(piece)
    except (aiohttp.ClientError, ConnectionError):
        # Cut off, so that the caller sees a broken answer and not a short one.
        if request.transport is not None:
            request.transport.abort()
    return response


async def _next_piece(request: web.Request, answer: aiohttp.ClientResponse) -> bytes:
    """The next bytes, however long they take; none at the end, or once the caller has gone away meanwhile."""
    while True:
        try:
            return await asyncio.wait_for(answer.content.readany(), _IDLE_CHECK_SECONDS)
        except asyncio.TimeoutError:
            if request.transport is None or request.transport.is_closing():
                return b""


def _form_refused() -> web.Response:
    return _problem(415, "input.unsupported_type", "Only JSON bodies are accepted", "Forms are refused here")


def _not_running(detail: str) -> web.Response:
    return _problem(503, "service.not_running", "The service does not run", detail, hint="Start Synapse, then try again")


def _problem(status: int, code: str, title: str, detail: str, **more: str) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")
