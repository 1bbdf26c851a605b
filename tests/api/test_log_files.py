"""The act logs as static files: a client with nothing but HTTP and SHA-256 can rebuild the root."""

from __future__ import annotations

import base64
import hashlib

import pytest
from fastapi.testclient import TestClient

from api.routers.logs import read_tile
from registry.domain.errors import InvalidInput
from registry.log.tile_hashing import tile_path
from tests.api import network_rows as rows

LOG = "/api/v1/logs/PH-310000-0001"


def merkle_root(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + merkle_root(hashes[:split]) + merkle_root(hashes[split:])).digest()


def test_tiles__lead_to_the_root_of_the_checkpoint_and_of_the_report(client: TestClient) -> None:
    origin, size, root, end = client.get(f"{LOG}/checkpoint").text.split("\n")
    assert (origin, size, end) == ("puhui.act-log/1", "16", "")
    tile = client.get(f"{LOG}/tile/0/000.p/16").content
    found = merkle_root([tile[at : at + 32] for at in range(0, len(tile), 32)])
    assert found == base64.b64decode(root)
    report = client.get("/api/v1/projects/PH-310000-0001/reports/2").json()["report"]
    assert report["log_root"] == "0x" + found.hex()


def test_checkpoint__of_a_project_without_acts__is_the_empty_log(client: TestClient) -> None:
    text = client.get("/api/v1/logs/PH-310000-0002/checkpoint").text
    assert text.split("\n")[1] == "0"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/17",
        "tile/0/001.p/1",
        "tile/1/000",
        "tile/1/000.p/1",
        "tile/7/000",
        "tile/0/x999/999",
        "tile/0/000.p/3",
    ],
)
def test_tile__beyond_the_log__is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"{LOG}/{path}").status_code == 404


@pytest.mark.parametrize(
    "tile",
    [
        "..",
        "../checkpoint",
        "..%2fcheckpoint",
        "%2e%2e/%2e%2e/puhui.sqlite",
        "000.p/16/%2e%2e/16",
        "000.p/%2e%2e/%2e%2e/%2e%2e/checkpoint",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "000%00",
        "0",
        "0000",
        "x000/000",
        "x1/000",
        "000.p/0",
        "000.p/016",
        "000.p/256",
        "000.p/999",
        "000.p/",
        "000.P/16",
    ],
)
def test_tile__path_that_a_log_does_not_write__never_reaches_the_disk(client: TestClient, tile: str) -> None:
    answer = client.get(f"{LOG}/tile/0/{tile}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("level", ["8", "-1", "x", "00", "..", "63"])
def test_tile__level_that_no_log_has__is_refused(client: TestClient, level: str) -> None:
    assert client.get(f"{LOG}/tile/{level}/000").status_code in (404, 422)


@pytest.mark.parametrize("number", [0, 1, 999, 1_000, 1_234_067, 10**9])
@pytest.mark.parametrize("width", [1, 255, 256])
def test_name_of_a_tile__is_read_as_the_log_writes_it(number: int, width: int) -> None:
    assert read_tile(tile_path(0, number, width).removeprefix("tile/0/")) == (number, width)


def test_name_of_a_tile__written_differently__is_refused() -> None:
    for text in ("000.p/256", "x000/001", "x001/x234", "001/234", "٠٠٠", "000 "):
        with pytest.raises(InvalidInput):
            read_tile(text)


def test_leftover_of_a_crash__beyond_the_checkpoint__is_not_served(client: TestClient, network: rows.Network) -> None:
    folder = network.home / "logs" / str(rows.PROJECT) / "tile" / "0" / "000.p"
    (folder / "17").write_bytes(bytes(17 * 32))
    try:
        assert client.get(f"{LOG}/tile/0/000.p/17").status_code == 404
    finally:
        (folder / "17").unlink()
