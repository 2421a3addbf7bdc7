"""Synapse beside ComfyUI: its models in ComfyUI's lists, its panel in ComfyUI's sidebar.

The work is done by the Synapse service, which the user starts; ComfyUI starts and works the same without it.
There are no nodes here.
"""

import logging

from server import PromptServer

from . import model_folders, routes

WEB_DIRECTORY = "./web"
NODE_CLASS_MAPPINGS = {}

__all__ = ["NODE_CLASS_MAPPINGS", "WEB_DIRECTORY"]


async def _register_late_kinds(_app) -> None:
    """Once all packs are loaded: those that come after us in the listing add kinds of their own."""
    model_folders.register()


logging.info("[Synapse] %s", model_folders.register())
routes.add_routes(PromptServer.instance.routes)
PromptServer.instance.app.on_startup.append(_register_late_kinds)
