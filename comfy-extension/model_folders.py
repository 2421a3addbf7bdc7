"""The folders of the active view among ComfyUI's model folders.

The view is one stable path whose content the service switches, so each folder is registered once. Which folder belongs
to which kind is asked of ComfyUI at run time: what it looks for below its own `models/` is looked for below the
view's `models/`, so new kinds and those of other node packs need no list here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import folder_paths

from .home import NoView, read_view

_NOT_MODELS = {"custom_nodes", "configs", "datasets"}
_kinds: set[str] = set()


def register() -> str:
    """Registers what the view has and ComfyUI does not list yet, never as the default folder, where ComfyUI and other
    packs put new files. Repeating it adds what appeared since. Returns the outcome in words."""
    try:
        view = read_view()
    except NoView as reason:
        return f"no model folders registered: {reason}"
    for kind in sorted(set(folder_paths.folder_names_and_paths) - _NOT_MODELS):
        try:
            _register_kind(kind, os.path.join(view, "models"))
        except Exception as error:  # Other packs put entries of any shape there.
            logging.warning("[Synapse] model folders of kind %r left alone: %s", kind, error)
    outcome = f"models of {view} listed for {len(_kinds)} kinds"
    problem = _why_unusable(os.path.join(view, "models"))
    return f"{outcome}, but {problem}" if problem else outcome


def _why_unusable(models_of_view: str) -> str | None:
    """Returns why the models cannot be read from here, judged by the first one; None if they can, or if there are none.

    A view can be mounted or readable where the models that its links lead to are not."""
    for folder, _, files in os.walk(models_of_view):
        for name in files:
            path = os.path.join(folder, name)
            try:
                open(path, "rb").close()
            except PermissionError:
                return f"its models are not readable by this user ({os.path.realpath(path)})"
            except FileNotFoundError:
                return f"its models are not at that path here ({os.path.realpath(path)}): mount the whole store"
            except OSError:
                continue
            return None
    return None


def clear_lists() -> int:
    """Makes ComfyUI list our kinds anew at the next request. Returns how many lists it had remembered.

    The other list cache, `cache_helper`, lives only within one synchronous request and is never stale here.
    """
    return sum(folder_paths.filename_list_cache.pop(kind, None) is not None for kind in _kinds)


def _register_kind(kind: str, models_of_view: str) -> None:
    known = folder_paths.get_folder_paths(kind)
    for folder in _counterparts(known, models_of_view):
        if folder not in known:
            folder_paths.add_model_folder_path(kind, folder)
        _kinds.add(kind)


def _counterparts(own_folders: list[str], models_of_view: str) -> Iterator[str]:
    """For each of ComfyUI's folders below its `models/` the same folder of the view, where the view has it.

    A folder that the view lacks must not be registered: ComfyUI's list of the kind fails when one it remembers is gone.
    """
    for own in own_folders:
        below_models = _below(folder_paths.models_dir, own)
        folder = below_models and os.path.join(models_of_view, below_models)
        if folder and os.path.isdir(folder):
            yield folder


def _below(parent: str, path: str) -> str | None:
    """`path` relative to `parent`, or None when it is not inside."""
    try:
        relative = os.path.relpath(path, parent)
    except ValueError:  # Another drive on Windows.
        return None
    return None if relative.split(os.sep)[0] in (os.curdir, os.pardir) else relative
