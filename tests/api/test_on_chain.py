"""The API over a real network: contracts on the embedded chain, their index, a published log, certificates."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.documentation import examples
from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.db.session import open_database
from registry.domain.rules import Purpose
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from registry.proofs.verify import verify_certificate
from registry.services.calls import GuardedCall
from registry.services.home import Home, NetworkSettings
from registry.services.publication import publish
from registry.services.registry import Registry, assemble
from registry.services.texts import keep_text
from tests import world as worlds
from tests.api.example_paths import EXAMPLES_FILE
from tests.api.test_acts import verify_inclusion
from tests.world import ACTORS, BATCH, PROJECT, SHANGHAI, START

YEAR = 2026
CAP_GRAMS = 4_000
STATEMENT = "A small event made neutral."
BENEFICIARY = hashlib.sha256(b"salt and beneficiary").digest()
RULES = (
    *(2, 500, 500, 0, 0, 2015, 2026, 1, False, True, False, 1, START, START + 10**8),
    *(0, 0, 0, hashlib.sha256(b"rules").digest(), [], []),
)


@dataclass
class Served:
    """A served network and the world it is of."""

    client: TestClient
    world: worlds.World
    registry: Registry


def packed_leaves(count: int) -> list[bytes]:
    """Leaves of 1,000 grams each."""
    day, actor = worlds.PERIOD[0], _digest("actor")
    return [Leaf(1_000 * n, 1_000, 10_494, day, 1, _digest(f"act {n}"), actor).pack() for n in range(count)]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = Home(tmp_path_factory.mktemp("chain"))
    addresses = worlds.build(home.root / "chain.sqlite")
    gateway = EmbeddedGateway(home.root / "chain.sqlite", clock=worlds.Clock(START + 10_000))
    world = worlds.World(gateway, Register(gateway, addresses), worlds.Clock(START + 10_000))
    settings = NetworkSettings(
        label="Test network",
        chain="embedded",
        chain_id=gateway.chain_id,
        contracts=addresses,
        pepper_hex="22" * 32,
        deployed_block=0,
    )
    database = open_database(home.database_url)
    registry = assemble(home, settings, gateway, database)

    @contextmanager
    def opener() -> Iterator[Registry]:
        yield registry

    _tell(world, registry)
    with TestClient(create_app(opener, follow_seconds=None), raise_server_exceptions=False) as client:
        yield Served(client, world, registry)
    database.close()
    gateway.close()


def _tell(world: worlds.World, registry: Registry) -> None:
    """A published batch of 10,000 g, one retirement, an obligation with a cap, a batch whose acts are not public."""
    store = LogStore(registry.home.log_folder(PROJECT))
    first = packed_leaves(10)
    size, root = store.preview(first)
    world.issue_batch(log_root=root, log_size=size, serial_end=10_000)
    platform, enterprise = world.account(1), world.account(2)
    world.send(ACTORS["PLATFORM"], "Credits", "safeTransferFrom", platform, enterprise, BATCH, 6_000, b"")
    statement = keep_text(registry.database, "statement", STATEMENT)
    neutral = (BATCH, platform, 2_500, int(Purpose.EVENT_NEUTRALITY), BENEFICIARY, statement)
    world.send(ACTORS["PLATFORM"], "Credits", "retire", *neutral)
    world.decide(GuardedCall("RuleSets", "setRuleSet", (SHANGHAI, YEAR, RULES)), maker="ADMIN")
    owed = (0, CAP_GRAMS * 20, 0, 10**9)
    world.decide(GuardedCall("Compliance", "setObligation", (SHANGHAI, enterprise, YEAR, owed)))
    world.send(ACTORS["ENTERPRISE"], "Compliance", "offset", enterprise, YEAR, [(BATCH, 1_000)], BENEFICIARY, statement)
    size, root = LogStore(Path("/nowhere")).preview(packed_leaves(1))
    second = world.issue_batch(log_root=root, log_size=12, serial_end=12_000)
    world.send(ACTORS["PLATFORM"], "Credits", "retire", second, *neutral[1:2], 500, *neutral[3:])
    registry.indexer.run_to_head()
    publish(registry.database, store, PROJECT, 1, first, [(_digest("set aside"), "too_fast")])


def get(served: Served, path: str) -> Any:
    response = served.client.get(f"/api/v1{path}")
    assert response.status_code == 200, response.text
    return response.json()


def assert_example(name: str, path: str, answer: Any) -> None:
    """The example has the names of the answer. Its values are of another chain: any change of a contract moves them."""
    if os.environ.get("PUHUI_UPDATE_EXAMPLES"):
        known = json.loads(EXAMPLES_FILE.read_text("utf-8"))
        known[name] = {"path": path, "body": answer}
        EXAMPLES_FILE.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    assert shape(answer) == shape(examples()[name]["body"])


def shape(value: Any) -> Any:
    """The names in a value, without the values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def quote(served: Served, account: str, year: int = YEAR, batch: Any = BATCH) -> Any:
    return get(served, f"/obligations/{account}/{year}/quote?batch_id={batch}")


def test_quote__under_the_cap__says_what_is_left_and_which_rule_binds(served: Served) -> None:
    answer = quote(served, served.world.account(2), batch="PH-310000-0001-2016-001")
    assert answer["grams"] == CAP_GRAMS - 1_000
    assert answer["tonnes"] == "0.003000"
    assert answer["binding"]["code"] == "cap"
    assert (answer["cap_grams"], answer["cap_headroom_grams"], answer["balance_grams"]) == (4_000, 3_000, 5_000)
    assert answer["local_share_headroom_grams"] is None
    assert answer["batch_id"] == str(BATCH)
    path = f"/api/v1/obligations/{answer['account']}/{YEAR}/quote?batch_id={BATCH}"
    assert_example("quoteOffset", path, answer)


def test_quote__no_obligation_or_unknown_batch__names_the_rule(served: Served) -> None:
    enterprise = served.world.account(2)
    assert quote(served, served.world.account(1))["binding"]["code"] == "no_obligation"
    assert quote(served, enterprise, year=2025)["binding"]["code"] == "no_rule_set"
    assert quote(served, enterprise, batch=PROJECT << 64 | 99)["binding"]["code"] == "unknown_batch"


def test_quote__wrong_vintage_in_the_printed_batch__is_not_found(served: Served) -> None:
    path = f"/api/v1/obligations/{served.world.account(2)}/{YEAR}/quote"
    response = served.client.get(path, params={"batch_id": "PH-310000-0001-2017-001"})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_quote__unknown_account__is_not_found(served: Served) -> None:
    path = f"/api/v1/obligations/0x{'12' * 20}/{YEAR}/quote?batch_id={BATCH}"
    assert served.client.get(path).json()["code"] == "not_found"


def test_certificate__is_valid_and_the_same_bytes_every_time(served: Served) -> None:
    response = served.client.get("/api/v1/certificates/1")
    assert response.status_code == 200
    assert verify_certificate(response.content).document["event"]["grams"] == 2_500
    again = served.client.get("/api/v1/certificates/1", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert_example("getCertificate", "/api/v1/certificates/1", json.loads(response.content))


def test_certificate__of_an_offset__is_valid(served: Served) -> None:
    verify_certificate(served.client.get("/api/v1/certificates/2").content)


def test_certificate__acts_not_published__is_a_problem_that_says_so(served: Served) -> None:
    response = served.client.get("/api/v1/certificates/3")
    assert (response.status_code, response.json()["code"]) == (409, "not_published")


def test_certificate__unknown__is_not_found(served: Served) -> None:
    assert served.client.get("/api/v1/certificates/99").json()["code"] == "not_found"


def test_act__its_proof_leads_to_the_root_that_the_contract_accepted(served: Served) -> None:
    act = "0x" + _digest("act 3").hex()
    proof = get(served, f"/acts/{act}/proof")
    on_chain = get(served, "/projects/PH-310000-0001/reports/1")["report"]["log_root"]
    assert proof["in_report"]["root"] == on_chain
    verify_inclusion(proof["leaf_bytes"], proof["leaf_index"], proof["in_report"])
    found = get(served, f"/acts/{act}")
    assert [use["kind"] for use in found["uses"]] == ["offset"]
    assert found["totals"] == {
        "grams": 1_000,
        "tonnes": "0.001000",
        "retired_grams": 500,
        "cancelled_grams": 0,
        "unused_grams": 500,
    }


def test_provenance__of_a_certificate__reaches_the_acts_and_every_step_is_on_chain(served: Served) -> None:
    found = get(served, "/provenance/certificate/1")
    assert [step["kind"] for step in found["down"]] == ["batch", "report", "project", "methodology"]
    assert len(found["acts"]["items"]) == 3
    for step in (found["subject"], *found["down"]):
        block = served.registry.gateway.block(step["origin"]["block_number"])
        assert "0x" + block.hash.hex() == step["origin"]["block_hash"]
        receipt = served.registry.gateway.receipt(bytes.fromhex(step["origin"]["tx_hash"][2:]))
        assert receipt is not None
        assert receipt.block_hash == block.hash


def test_provenance__leaves_not_published__has_no_acts_yet(served: Served) -> None:
    found = get(served, "/provenance/retirement/3")
    assert found["acts"] is None
    assert [step["id"] for step in found["down"]][:1] == [str(BATCH + 1)]


def test_health__of_an_index_at_the_head__is_ok(served: Served) -> None:
    health = get(served, "/health")
    assert health["status"] == "ok"
    assert health["chain_height"] == health["index_height"] == served.registry.gateway.block("latest").number


def test_every_list_answers_over_rows_that_the_index_wrote(served: Served) -> None:
    for name in ("jurisdictions", "methodologies", "projects", "reports", "batches", "accounts", "retirements"):
        assert get(served, f"/{name}")["items"], name
    for name in ("offsets", "obligations", "requests"):
        assert get(served, f"/{name}")["items"], name
    assert get(served, "/totals")["retired_grams"] == 4_000
    moved = get(served, f"/accounts/{served.world.account(1)}/movements")["items"]
    assert [one["kind"] for one in moved] == ["retirement", "issue", "retirement", "transfer_out", "issue"]
