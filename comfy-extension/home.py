"""What the Synapse service says about itself in its home folder.

The service writes both files at each start; nothing here writes. The home is `SYNAPSE_HOME`, else `~/.synapse`.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple

DEFAULT_STARTUP_SECONDS = 1.5
LONGEST_STARTUP_SECONDS = 10.0

_LOOPBACK_URL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})/?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class NotRunning(Exception):
    """The service cannot be reached; the message says why, in words for a person, without secrets."""


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
    document = _read_run_file("service.json")
    if document is None:
        raise NotRunning("the service does not run")
    address = _LOOPBACK_URL.fullmatch(str(document.get("url")))
    token = document.get("token")
    if address is None or not 0 < int(address[2]) < 65536:
        raise NotRunning("run/service.json names no loopback address")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise NotRunning("run/service.json holds no usable token")
    return Service(address[1], int(address[2]), token, _startup_seconds(document.get("startup_timeout_ms")))


def read_view() -> str | None:
    """The absolute path of the view that ComfyUI shall list, from `run/comfyui.json`; None when there is none."""
    document = _read_run_file("comfyui.json") or {}
    view = document.get("view")
    return view if isinstance(view, str) and os.path.isabs(view) else None


def _startup_seconds(milliseconds: object) -> float:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds > 0:
        return DEFAULT_STARTUP_SECONDS
    return min(milliseconds / 1000, LONGEST_STARTUP_SECONDS)


def _read_run_file(name: str) -> dict | None:
    home = os.getenv("SYNAPSE_HOME") or os.path.join(os.path.expanduser("~"), ".synapse")
    try:
        with open(os.path.join(home, "run", name), encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
