"""Before ComfyUI starts: ask the Synapse service to activate the profile that its config names for ComfyUI.

ComfyUI runs this file by itself and waits for it, so the whole of it is bounded in time, whatever the service does.
The outcome is one line in the log. It raises nothing.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import logging
import os
import threading

_LONGEST_ANSWER = 64 * 1024


def start_up(home) -> str:
    """Asks for the start-up profile and returns the outcome in words, after `startup_seconds` of the service at most.
    `home` is the sibling module."""
    try:
        service = home.read_service()
    except home.NotRunning as reason:
        return f"start-up profile not asked for: {reason}"
    # A socket's timeout bounds each read, not the whole; it only has to end a thread that was given up.
    timeout = 2 * service.startup_seconds
    connection = http.client.HTTPConnection(service.host.strip("[]"), service.port, timeout=timeout)
    outcome: list[str] = []

    def ask() -> None:
        # Only the name of an error is logged: the text of some holds the header, and with it the token.
        try:
            outcome.append(_ask(connection, service.token))
        except Exception as error:
            outcome.append(f"start-up profile not activated: no proper answer ({type(error).__name__})")
        finally:
            connection.close()

    thread = threading.Thread(target=ask, name="synapse-startup", daemon=True)
    thread.start()
    thread.join(service.startup_seconds)
    if outcome:
        return outcome[0]
    _hang_up(connection)
    return f"start-up profile not activated: no answer within {service.startup_seconds:g} s"


def _ask(connection: http.client.HTTPConnection, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
    connection.request("POST", "/api/profiles/startup", json.dumps({"ui": "comfyui"}), headers)
    with connection.getresponse() as response:
        answer = json.loads(response.read(_LONGEST_ANSWER))
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        if response.status // 100 != 2:
            return f"start-up profile not activated: {response.status} {_plain(answer.get('code'))}"
        return f"start-up profile: {_plain(answer.get('profile'))}"


def _plain(value: object) -> str:
    """A value of the answer, fit for one line of a log."""
    return ascii(value)[:200] if value is not None else "(unnamed)"


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """Ends the thread that still reads: a peer that sends a byte now and then would keep it for ever."""
    try:
        if connection.sock is not None:
            connection.sock.shutdown(2)  # both ways
    except OSError:
        pass


def _load_home():
    """The sibling module; ComfyUI runs this file outside of any package."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "home.py")
    spec = importlib.util.spec_from_file_location("synapse_home", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


try:
    logging.info("[Synapse] %s", start_up(_load_home()))
except Exception as error:
    logging.warning("[Synapse] start-up hook skipped (%s)", type(error).__name__)
