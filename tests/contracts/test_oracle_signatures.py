"""OracleCommittee.submit: whose signatures count, and for which report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from registry.domain.errors import ContractRefused
from registry.domain.report import Report, typed_data
from registry.services.calls import GuardedCall
from tests.contracts.refusals import REASON, refused
from tests.world import ORACLES, PERIOD, PROJECT, SHANGHAI, World, actor, project_filing

FIRST, SECOND, THIRD, FOURTH = ORACLES
STRANGER = actor("STRANGER")
# Order of the group of secp256k1.
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def accepted(world: World) -> int:
    return int(world.call("OracleCommittee", "lastSeq", PROJECT))


def sign_elsewhere(world: World, report: Report, chain_id: int, contract: str) -> list[bytes]:
    message = encode_typed_data(full_message=typed_data(report, chain_id, contract))
    return [bytes(oracle.sign_message(message).signature) for oracle in ORACLES[:3]]


def ascending(keys: list[LocalAccount]) -> list[LocalAccount]:
    return sorted(keys, key=lambda key: int(key.address, 16))


def high_s(signature: bytes) -> bytes:
    """The other signature that the same key makes valid for anyone: s mirrored, v flipped."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([55 - v])


def test_submit__same_signer_twice__reverts(world: World) -> None:
    report = world.report()
    with refused("SignersNotAscending", previous=SECOND.address, next=SECOND.address):
        world.submit(report, world.sign(report, [FIRST, SECOND, SECOND]))


def test_submit__signers_not_ascending__reverts(world: World) -> None:
    report = world.report()
    with refused("SignersNotAscending", previous=THIRD.address, next=SECOND.address):
        world.submit(report, world.sign(report, [FIRST, THIRD, SECOND]))


def test_submit__signer_who_is_no_member__reverts(world: World) -> None:
    report = world.report()
    three = ascending([FIRST, SECOND, STRANGER])
    with refused("NotASigner", recovered=STRANGER.address, jurisdiction=SHANGHAI, epoch=1):
        world.submit(report, world.sign(report, three))


def broken(signature: bytes, how: str) -> bytes:
    return {
        "empty": b"",
        "64 bytes": signature[:64],
        "66 bytes": signature + b"\0",
        "high s": high_s(signature),
        "no v": signature[:64] + b"\0",
        "zeros": bytes(65),
    }[how]


@pytest.mark.parametrize("how", ["empty", "64 bytes", "66 bytes", "high s", "no v", "zeros"])
@pytest.mark.parametrize("index", [0, 2])
def test_submit__signature_malformed__reverts_with_its_index(world: World, how: str, index: int) -> None:
    report = world.report()
    signatures = world.sign(report)
    signatures[index] = broken(signatures[index], how)
    with refused("InvalidSignature", index=index):
        world.submit(report, signatures)


@contextmanager
def recovered_strangers() -> Iterator[None]:
    """Signatures of another digest give addresses that nobody has the key of; their order decides which error it is."""
    with pytest.raises(ContractRefused) as caught:
        yield
    assert caught.value.error_name in ("SignersNotAscending", "NotASigner", "InvalidSignature")


@pytest.mark.parametrize("elsewhere", ["chain", "contract"])
def test_submit__signed_for_another_chain_or_contract__reverts(world: World, elsewhere: str) -> None:
    report = world.report()
    chain_id, contract = world.gateway.chain_id, world.register.address("OracleCommittee")
    if elsewhere == "chain":
        chain_id += 1
    else:
        contract = world.register.address("Credits")
    with recovered_strangers():
        world.submit(report, sign_elsewhere(world, report, chain_id, contract))
    assert accepted(world) == 0


CHANGES: dict[str, Any] = {
    "project_id": PROJECT + 1,
    "period_start": PERIOD[0] + 1,
    "period_end": PERIOD[1] - 1,
    "evidence_hash": REASON,
    "log_root": REASON,
    "log_size": 101,
    "serial_end": 10_000_001,
    "valid_until": 2**40 - 1,
}


@pytest.mark.parametrize("field", CHANGES)
def test_submit__one_field_changed_after_signing__reverts(world: World, field: str) -> None:
    filing = GuardedCall("Filings", "fileProject", (SHANGHAI, project_filing(world.account(1))))
    if field == "project_id":
        world.decide(filing)
    report = world.report()
    with recovered_strangers():
        world.submit(replace(report, **{field: CHANGES[field]}), world.sign(report))
    assert accepted(world) == 0
