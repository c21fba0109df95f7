"""The action server: Rasa's SDK on the loopback interface, with errors that show nothing of a conversation."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app
from sanic import Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from xiaoer.settings import Settings

logger = logging.getLogger(__name__)

THREADS = 32
"""Actions at once; each waits in its thread for the database or for a merchant's system. The threads that Python starts
by itself are four more than processors: a system that is slow would hold up everybody."""


async def hide(_request: Request, error: Exception) -> HTTPResponse:
    """Answer an error without its cause; the SDK's own handler echoes the tracker, and so what customers wrote."""
    if isinstance(error, SanicException):
        return response.json({"error": str(error)}, status=error.status_code)
    logger.error("an action failed", exc_info=error)
    return response.json({"error": "internal"}, status=500)


async def make_room(_app: Sanic, loop: AbstractEventLoop) -> None:
    """Give the actions their threads."""
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="action"))


def build_app() -> Sanic:
    """Return the application with every action of this package registered."""
    app: Sanic = create_app("actions")
    app.error_handler.add(Exception, hide)
    app.register_listener(make_room, "before_server_start")
    return app


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    # The level is for the project's own words: the SDK and Sanic list every action and worker at INFO, and Sanic warns
    # of serving in earnest.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("sanic.error").setLevel(logging.ERROR)
    for own in ("actions", "xiaoer"):
        logging.getLogger(own).setLevel(settings.log_level)
    address = urlsplit(settings.actions_url)
    build_app().run(host=address.hostname or "127.0.0.1", port=address.port or 5055, access_log=False, motd=False)


if __name__ == "__main__":
    main()
