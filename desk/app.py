"""The desk's app: what the public talks to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from socketio import ASGIApp
from sqlalchemy.engine import Engine

from desk.api import (
    callbacks,
    commerce,
    commerce_writes,
    conversations,
    demo,
    health,
    knowledge,
    knowledge_files,
    knowledge_proposals,
    knowledge_questions,
    knowledge_review,
    uploads,
    visitor,
)
from desk.assistant import Assistant
from desk.channels import rest
from desk.channels.sockets import SocketChannel, new_server
from desk.context import Desk
from desk.errors import install_error_handlers
from desk.layers import BodyLimit, SafeHeaders, Shelter
from desk.logs import configure_logging
from desk.pages import routes as pages
from desk.pushing import Pusher
from desk.store import Store
from desk.throttle import Throttle
from desk.turn import Turns
from xiaoer.clock import Clock, clock_from
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.routing import RoutedCommerce
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.database import open_engine
from xiaoer.knowledge.formats.limits import MAX_BYTES
from xiaoer.knowledge.search import KnowledgeBase
from xiaoer.settings import Settings

# A character takes at most twelve bytes of JSON; the rest is for metadata and for the frame of a multipart body.
BYTES_PER_CHARACTER = 12
ROOM_FOR_THE_REST = 65_536

# A file of knowledge keeps a processor busy for up to a minute, in which visitors want answers too.
IMPORTS_AT_A_TIME = 2

PARTS = (
    rest,
    visitor,
    uploads,
    callbacks,
    conversations,
    commerce,
    commerce_writes,
    knowledge,
    knowledge_files,
    knowledge_questions,
    knowledge_review,
    knowledge_proposals,
    demo,
    health,
    pages,
)
"""The routes of the desk."""


def create_app(
    settings: Settings | None = None,
    *,
    engine: Engine | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """Return the desk as an ASGI app.

    Args:
        settings: What it runs with; read from the environment when left out.
        engine: The domain's database, where somebody else opens and closes it.
        transport: What carries the requests to Rasa instead of the network, in tests.
        clock: The present moment, instead of the one that the settings name.
    """
    settings = settings or Settings()
    configure_logging(settings.log_level)
    server = new_server()
    desk = _assemble(settings, engine or open_engine(settings.database), transport, clock, Pusher(server))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await desk.turns.drain(settings.rasa_timeout)
        await desk.assistant.close()
        if engine is None:
            desk.store.engine.dispose()

    app = FastAPI(title="Xiaoer", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.desk = desk
    install_error_handlers(app)
    app.add_middleware(Shelter)
    app.add_middleware(SafeHeaders)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST", "PUT"], allow_headers=["*"], max_age=3600
    )
    app.add_middleware(
        BodyLimit,
        largest=settings.max_message_chars * BYTES_PER_CHARACTER + ROOM_FOR_THE_REST,
        larger={
            "/uploads": settings.max_upload_bytes + ROOM_FOR_THE_REST,
            "/api/v1/knowledge/[^/]+/(imports|synonyms)": MAX_BYTES + ROOM_FOR_THE_REST,
        },
    )
    for part in PARTS:
        # As they were built when the module was loaded: to include a router builds each of its routes anew.
        app.router.routes.extend(part.router.routes)
    SocketChannel(server, desk)
    app.mount("/socket.io", ASGIApp(server, socketio_path="socket.io"))
    return app


def _assemble(
    settings: Settings,
    engine: Engine,
    transport: httpx.AsyncBaseTransport | None,
    clock: Clock | None,
    pusher: Pusher,
) -> Desk:
    store = Store(engine)
    assistant = Assistant(settings, transport)
    throttle = Throttle(settings.rate_limit)
    clock = clock or clock_from(settings.now)
    policies = Policies(settings.policies)
    policies.check()
    turns = Turns(store, assistant, RoutedCommerce(engine, policies), throttle, clock)
    return Desk(
        settings=settings,
        store=store,
        assistant=assistant,
        throttle=throttle,
        turns=turns,
        pusher=pusher,
        clock=clock,
        commerce_throttle=Throttle(settings.commerce_rate_limit),
        mall=SqlCommerce(engine, policies),
        knowledge=KnowledgeBase(engine, folder=settings.indexes),
        imports=CapacityLimiter(IMPORTS_AT_A_TIME),
    )
