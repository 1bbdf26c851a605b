"""The application: routers under /api/v1, problems for every failure, pages that need no outside host."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from api import documentation, errors
from api.answers import Answers
from api.dependencies import Running, refuse_unknown_parameters
from api.follower import INTERVAL_SECONDS, Follower
from api.links import BASE
from api.pages import routes as pages
from api.routers import (
    accounts,
    committees,
    compliance,
    filings,
    ledger,
    logs,
    network,
    oracle_messages,
    pools,
    problems,
    provenance,
    restraints,
    transfers,
)
from registry.services.allowance import Allowance
from registry.services.home import Home
from registry.services.oracle_messages import MESSAGES_PER_SECOND, MessageBox
from registry.services.registry import Registry, open_registry

MAX_BODY_BYTES = 16_384
"""Only messages of oracles are read, and they are smaller; a client may send a small body elsewhere all the same."""

RegistryOpener = Callable[[], AbstractContextManager[Registry]]


class PuhuiApi(FastAPI):
    """FastAPI with our layer outside of everything, also of the layers that answer in plain text."""

    def build_middleware_stack(self) -> ASGIApp:
        return Answers(super().build_middleware_stack())


def create_app(source: Home | RegistryOpener, *, follow_seconds: float | None = INTERVAL_SECONDS) -> FastAPI:
    """The application over a home, or over whatever opens a registry. Opens nothing before it starts.

    `follow_seconds`: how often the index is brought to the head of the chain; None leaves that to others.
    """
    opener: RegistryOpener = (lambda: open_registry(source)) if isinstance(source, Home) else source

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with opener() as registry:
            follower = Follower(registry, follow_seconds or INTERVAL_SECONDS)
            allowance = Allowance(2 * MESSAGES_PER_SECOND, MESSAGES_PER_SECOND, time.monotonic)
            app.state.running = Running(registry, follower, MessageBox(), allowance)
            # One round before the first answer: a server that has just started knows what the chain knows.
            await run_in_threadpool(follower.run_once)
            if follow_seconds is not None:
                follower.start()
            try:
                yield
            finally:
                if follow_seconds is not None:
                    await run_in_threadpool(follower.stop)

    app = PuhuiApi(
        title=documentation.TITLE,
        summary="Public reads of a carbon-inclusion registry.",
        description=documentation.DESCRIPTION,
        version=version("puhui"),
        openapi_tags=documentation.TAGS,
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": "/", "description": "This server"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        lifespan=lifespan,
    )
    nouns = (network, filings, committees, oracle_messages, ledger, accounts, transfers, restraints, compliance, pools)
    for router in (*nouns, provenance, logs, problems):
        app.include_router(
            router.router,
            prefix=BASE,
            dependencies=[Depends(refuse_unknown_parameters)],
            responses=documentation.COMMON_PROBLEMS,
        )
    app.include_router(pages.router, include_in_schema=False)
    errors.install(app)
    documentation.install(app)
    app.state.query_names = documentation.query_names(app.openapi())
    return app
