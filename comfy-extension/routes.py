"""The two routes of Synapse in ComfyUI's server: a refresh of the model lists, and a way to the service.

The page may reach only ComfyUI's own origin, so the panel talks to the service through here. The target is the one
loopback address that the service wrote into its home; nothing in a request can change it. No credentials are added:
what the caller may do is decided by the service from the caller's own token, which the panel sends as
`X-Synapse-Token`, since `Authorization` may belong to a server in front of ComfyUI. Cross-site requests are refused by
ComfyUI's own middleware; form types, which a foreign page may send without being asked, are refused here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from . import model_folders
from .home import NotRunning, read_service

_PREFIX = "/synapse/"
_REQUEST_HEADERS = ("Content-Type", "Accept", "Range", "Last-Event-ID", "User-Agent")
_ANSWER_HEADERS = (
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Accept-Ranges",
    "ETag",
    "Location",
    "Retry-After",
    "Cache-Control",
    "X-Accel-Buffering",
)
_FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=3)
_CALLER_CHECK_SECONDS = 1.0
_PAIRING = "api/auth/pair"
_DEFAULT_PORTS = {"http": 80, "https": 443}

_T = TypeVar("_T")


class _CallerGone(Exception):
    """The caller hung up before the answer was whole."""


def add_routes(routes: web.RouteTableDef) -> None:
    """Adds both routes; must happen while ComfyUI loads its node packs, before it freezes the table."""
    routes.post("/synapse-shim/refresh")(_refresh)
    routes.route("*", _PREFIX + "{tail:.*}")(_forward)


async def _refresh(request: web.Request) -> web.Response:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    model_folders.register()
    return web.json_response({"cleared": model_folders.clear_lists()})


async def _forward(request: web.Request) -> web.StreamResponse:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    path = _api_path(request)
    if path is None:
        return _problem(404, "route.not_found", "No such route", "Only /api/ is forwarded")
    try:
        service = read_service()
    except NotRunning as reason:
        return _not_running(str(reason))
    if _is_pairing(request) and not _is_own_origin(request):
        return _problem(403, "auth.forbidden", "Not allowed", "A browser is paired from ComfyUI's own page only")
    async with _session() as session:
        try:
            return await _ask(request, session, URL(service.url + path, encoded=True))
        except _CallerGone:
            return web.Response(status=499)  # Nobody reads it.


async def _ask(request: web.Request, session: aiohttp.ClientSession, url: URL) -> web.StreamResponse:
    call = session.request(
        request.method,
        url,
        headers=_request_headers(request),
        data=request.content if request.body_exists else None,
        allow_redirects=False,
    )
    try:
        answer = await _while_wanted(request, call)
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        return _not_running(f"the service did not answer ({type(error).__name__})")
    async with answer:
        return await _relay(request, answer)


async def _while_wanted(request: web.Request, work: Awaitable[_T]) -> _T:
    """The outcome of `work`, however long it takes. Cancels it and raises _CallerGone once the caller has hung up:
    ComfyUI goes on with a handler whose caller is gone."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=_CALLER_CHECK_SECONDS)
            if done:
                return task.result()
            if request.transport is None or request.transport.is_closing():
                raise _CallerGone
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _refusal(request: web.Request) -> web.Response | None:
    """The answer to a body that is not passed on; None for any other. ComfyUI's server unpacks an encoded body, so that
    its length is no longer the one that the caller named."""
    if request.content_type in _FORM_TYPES:
        return _form_refused()
    if "Content-Encoding" in request.headers:
        return _problem(415, "input.unsupported_type", "Only JSON bodies are accepted", "Encoded bodies are refused here")
    return None


def _is_pairing(request: web.Request) -> bool:
    """Reports whether the request begins a pairing, however its path is encoded: the service decodes it as well."""
    return request.match_info["tail"].rstrip("/") == _PAIRING


def _is_own_origin(request: web.Request) -> bool:
    """Reports whether the request names an Origin, and it is the page of the very host that was asked."""
    try:
        origin = urlsplit(request.headers.get("Origin", ""))
        default = _DEFAULT_PORTS[origin.scheme]
        host = urlsplit(f"//{request.headers.get('Host', '')}")
        return bool(origin.hostname) and (origin.hostname, origin.port or default) == (host.hostname, host.port or default)
    except (KeyError, ValueError):
        return False


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
    """The headers for the service. The body goes in chunks: no length that the caller named is repeated."""
    headers = {name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers}
    token = request.headers.get("X-Synapse-Token")
    authorization = request.headers.get("Authorization", "")
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    elif authorization[:7].lower() == "bearer ":
        headers["Authorization"] = authorization
    if "Origin" in request.headers:
        headers["X-Synapse-Origin"] = request.headers["Origin"]
    headers["X-Synapse-Via"] = "comfyui"
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
        while piece := await _while_wanted(request, answer.content.readany()):
            await response.write(piece)
    except (_CallerGone, aiohttp.ClientError, ConnectionError):
        # Cut off, so that the caller sees a broken answer and not a short one.
        if request.transport is not None:
            request.transport.abort()
    return response


def _form_refused() -> web.Response:
    return _problem(415, "input.unsupported_type", "Only JSON bodies are accepted", "Forms are refused here")


def _not_running(detail: str) -> web.Response:
    return _problem(503, "service.not_running", "The service is not running", detail, hint="Start Synapse, then try again")


def _problem(status: int, code: str, title: str, detail: str, **more: str) -> web.Response:
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")
