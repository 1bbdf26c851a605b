"""The public act logs as static files: the checkpoint and the tiles of hashes (C2SP tlog-tiles)."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import RegistryParam, SessionParam
from api.documentation import NOT_FOUND
from api.parameters import ProjectPath
from registry.domain.errors import InvalidInput, LogCorrupted, NotFound
from registry.log.store import LogStore
from registry.log.tile_hashing import TILE_HEIGHT, TILE_WIDTH, tile_path
from registry.services.registry import Registry
from registry.services.views import references
from registry.services.views.projects import project

router = APIRouter(tags=["log"])

# The name of tile n in groups of three digits, all but the last with an x; eight groups are more than any log.
_TILE = re.compile(r"((?:x[0-9]{3}/){0,7})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_LEVEL_MAX = 7

LevelPath = Annotated[str, Path(description="Level of the tile, from 0.")]
TilePath = Annotated[str, Path(description="Number of the tile, such as 000, x001/234 or 000.p/23.")]


@router.get(
    "/logs/{project_id}/checkpoint",
    operation_id="getLogCheckpoint",
    response_class=Response,
    responses={
        200: {
            "description": "Origin, size and root of the log, the body of a C2SP checkpoint.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **NOT_FOUND,
    },
)
def get_checkpoint(project_id: ProjectPath, registry: RegistryParam, session: SessionParam) -> Response:
    """Size and root of a project's log. The root that counts is the one that oracles signed in a report."""
    number = references.read_project(project_id)
    project(session, number)
    return Response(_store(registry, number).checkpoint().text(), media_type="text/plain; charset=utf-8")


@router.get(
    "/logs/{project_id}/tile/{level}/{tile:path}",
    operation_id="getLogTile",
    response_class=Response,
    responses={
        200: {
            "description": "Up to 256 hashes of 32 bytes. A tile never changes.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        **NOT_FOUND,
    },
)
def get_tile(
    project_id: ProjectPath, level: LevelPath, tile: TilePath, registry: RegistryParam, session: SessionParam
) -> Response:
    """A tile of hashes of a project's log."""
    number = references.read_project(project_id)
    height = references.read_decimal(level, "level", 0, _LEVEL_MAX)
    index, width = read_tile(tile)
    project(session, number)
    there = (_store(registry, number).size >> (TILE_HEIGHT * height)) - index * TILE_WIDTH
    # What lies beyond the checkpoint is left over from a crash: it may change, and belongs to no log.
    if width > there:
        raise NotFound(kind="tile", id=f"{height}/{tile[:80]} of project {number}")
    content = _read(registry.home.log_folder(number) / tile_path(height, index, width), width)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def read_tile(text: str) -> tuple[int, int]:
    """(number, width) of a tile's name. The path is made of these numbers, so nothing of the text reaches the disk.

    Raises InvalidInput.
    """
    match = _TILE.fullmatch(text)
    if match is None:
        raise InvalidInput(field="tile", problem="must look like 000, x001/234 or 000.p/23", given=text[:80])
    number = int(match[1].replace("x", "").replace("/", "") + match[2])
    width = int(match[3]) if match[3] else TILE_WIDTH
    if not 1 <= width <= TILE_WIDTH or tile_path(0, number, width) != f"tile/0/{text}":
        raise InvalidInput(field="tile", problem="is not written as a log writes it", given=text[:80])
    return number, width


def _store(registry: Registry, project_id: int) -> LogStore:
    return LogStore(registry.home.log_folder(project_id))


def _read(path: FilePath, width: int) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        # A narrower partial tile of an earlier size need not have been written; readers ask for those that exist.
        if width < TILE_WIDTH:
            raise NotFound(kind="tile", id=path.name) from None
        raise LogCorrupted(path=path, problem="it is missing") from None
    if len(content) != width * 32:
        raise LogCorrupted(path=path, problem=f"it has {len(content)} bytes instead of {width * 32}")
    return content
