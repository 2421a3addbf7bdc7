"""What the Synapse service says about itself in its home folder.

The service writes both files at each start; nothing here writes. The home is `SYNAPSE_HOME`, else `~/.synapse`.
Where the service runs in another container or under another user, `SYNAPSE_VIEW` names the view as it is seen here.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple

DEFAULT_STARTUP_SECONDS = 1.5
LONGEST_STARTUP_SECONDS = 10.0

_ELSEWHERE = "in another container, SYNAPSE_VIEW names it as it is seen there"

_LOOPBACK_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})/?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class NotRunning(Exception):
    """The service cannot be reached; the message says why, in words for a person, without secrets."""


class NoView(Exception):
    """There is no view to list; the message says why, in words for a person."""


class _NotReadable(Exception):
    """A file of the home is there, and this user may not read it."""


class Service(NamedTuple):
    """A running service: its loopback address, the token for hooks, and how long a start may wait for it."""

    host: str
    port: int
    token: str
    startup_seconds: float

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def read_service() -> Service:
    """The service named in `run/service.json`. Raises NotRunning when there is none, or when the file names anything
    but plain http on loopback: neither a token nor a request ever leaves this machine."""
    try:
        document = _read_run_file("service.json")
    except _NotReadable as reason:
        raise NotRunning(str(reason)) from None
    if document is None:
        raise NotRunning("the service is not running")
    address = _LOOPBACK_URL.fullmatch(str(document.get("url")))
    token = document.get("token")
    if address is None or not 0 < int(address[2]) < 65536:
        raise NotRunning("run/service.json names no loopback address")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise NotRunning("run/service.json holds no usable token")
    return Service(address[1], int(address[2]), token, _startup_seconds(document.get("startup_timeout_ms")))


def read_view() -> str:
    """The absolute path of the view that ComfyUI shall list: `SYNAPSE_VIEW`, else the one that `run/comfyui.json` names.
    Raises NoView where none is named, or where the one that is named cannot be listed from here."""
    named, by = os.getenv("SYNAPSE_VIEW"), "SYNAPSE_VIEW"
    if not named:
        try:
            named, by = (_read_run_file("comfyui.json") or {}).get("view"), "the service"
        except _NotReadable as reason:
            raise NoView(f"{reason}; SYNAPSE_VIEW may name the view instead") from None
        if named is None:
            raise NoView("there is no view yet")
    if not isinstance(named, str) or not os.path.isabs(named):
        raise NoView(f"the view that {by} names is not an absolute path")
    try:
        os.scandir(named).close()
    except PermissionError:
        raise NoView(f"the view {named} that {by} names is not readable by this user") from None
    except OSError:
        raise NoView(f"the view {named} that {by} names is not at that path here; {_ELSEWHERE}") from None
    return named


def _startup_seconds(milliseconds: object) -> float:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds > 0:
        return DEFAULT_STARTUP_SECONDS
    return min(milliseconds / 1000, LONGEST_STARTUP_SECONDS)


def _read_run_file(name: str) -> dict | None:
    """The document of that name in `run/`; None where there is none, or none of this form."""
    home = os.getenv("SYNAPSE_HOME") or os.path.join(os.path.expanduser("~"), ".synapse")
    path = os.path.join(home, "run", name)
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except PermissionError:
        raise _NotReadable(f"{path} is not readable by this user") from None
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
