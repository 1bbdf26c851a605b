"""Many readers at once are served, not locked out: no login stands between them and the API."""

from __future__ import annotations

import asyncio

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.example_paths import BASE

READERS = 120


def test_readers__more_than_threads_and_connections__are_all_answered(client: TestClient, app: FastAPI) -> None:
    # `client` has started the app. Without a limit, each request kept its connection while it waited for a thread.
    async def read(http: httpx2.AsyncClient) -> int:
        return (await http.get(f"{BASE}/retirements")).status_code

    async def read_all() -> list[int]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=100) as http:
            return await asyncio.gather(*(read(http) for _ in range(READERS)))

    assert asyncio.run(read_all()) == [200] * READERS
