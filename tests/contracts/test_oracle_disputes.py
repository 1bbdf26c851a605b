"""Disputes, equivocation and the handing over of committees, as Python signs them. Refusals are in forge."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_account.signers.local import LocalAccount

from registry.domain.committee import EpochApproval, Resolution
from registry.domain.rules import ReportStatus, Seat
from registry.domain.typed_data import Signed, typed_data
from registry.services.membership import reinstate_signer, replace_committee, set_committee
from tests.contracts.parties import OUTSIDER, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import ARBITERS, ORACLES, PROJECT, SHANGHAI, World

ADDRESSES = [oracle.address for oracle in ORACLES]
WINDOW_SECONDS = 600
EVIDENCE = hashlib.sha256(b"what is wrong").digest()


def disputed(world: World) -> Any:
    """A report in its window, disputed by the regulator; arbiters are in office."""
    world.decide(set_committee(0, [arbiter.address for arbiter in ARBITERS], 0))
    world.next_committee(SHANGHAI, ADDRESSES, WINDOW_SECONDS)
    world.submit(world.report(epoch=2))
    world.send(REGULATOR, "OracleCommittee", "dispute", PROJECT, 1, EVIDENCE)
    return world.call("OracleCommittee", "reportOf", PROJECT, 1)


def resolution(world: World, digest: bytes, *, upheld: bool) -> Resolution:
    return Resolution(PROJECT, 1, digest, upheld, EVIDENCE, world.clock.now + 86_400, 1)


def resolve(world: World, decided: Resolution, by: list[LocalAccount]) -> Any:
    return world.send(OUTSIDER, "OracleCommittee", "resolve", decided.as_tuple(), world.sign(decided, by))


def digest_of(world: World, signed: Signed) -> bytes:
    address = world.register.address("OracleCommittee")
    full = typed_data(signed, world.gateway.chain_id, address)
    return bytes(_hash_eip191_message(encode_typed_data(full_message=full)))


def test_digests__of_approvals_and_resolutions__are_the_contracts(world: World) -> None:
    approval = EpochApproval(SHANGHAI, 2, tuple(ADDRESSES), 60, 3600, 2**40 - 1)
    decided = resolution(world, REASON, upheld=True)
    answer = world.call("OracleCommittee", "approvalDigestOf", approval.as_tuple())
    assert answer == digest_of(world, approval)
    assert world.call("OracleCommittee", "resolutionDigestOf", decided.as_tuple()) == digest_of(world, decided)
    assert digest_of(world, replace(decided, upheld=False)) != digest_of(world, decided)


def test_dispute__upheld__lets_the_report_become_final(world: World) -> None:
    stored = disputed(world)
    assert stored["status"] == ReportStatus.DISPUTED
    world.clock.advance(WINDOW_SECONDS)
    assert not world.call("OracleCommittee", "isFinal", PROJECT, 1)
    with refused("PreviousNotFinal", projectId=PROJECT, seq=1):
        world.submit(world.report(epoch=2))
    receipt = resolve(world, resolution(world, stored["digest"], upheld=True), ARBITERS[:3])
    assert world.event(receipt, "ReportResolved")["arbiters"] == [arbiter.address for arbiter in ARBITERS[:3]]
    assert world.call("OracleCommittee", "isFinal", PROJECT, 1)


def test_dispute__overturned__another_report_takes_its_place(world: World) -> None:
    digest = disputed(world)["digest"]
    with refused("NotASigner", recovered=ADDRESSES[0], jurisdiction=0, epoch=1):
        resolve(world, resolution(world, digest, upheld=False), ORACLES[:3])
    resolve(world, resolution(world, digest, upheld=False), ARBITERS[1:])
    first = {"seq": 1, "period_start": 17014, "period_end": 17044, "log_size": 90, "serial_end": 9_000_000}
    receipt = world.submit(world.report(**first, prev_digest=digest, epoch=2))
    accepted = world.event(receipt, "ReportAccepted")
    assert world.event(receipt, "ReportSuperseded")["overturnedDigest"] == digest
    assert (accepted["seq"], accepted["serialStart"], accepted["report"]["serialEnd"]) == (1, 0, 9_000_000)
    assert world.call("OracleCommittee", "lastSeq", PROJECT) == 1


def test_equivocation__proved_by_anyone__suspends_until_the_desk_decides(world: World) -> None:
    report = world.report()
    lie = replace(report, serial_end=report.serial_end + 1)
    liar = ORACLES[0]
    both = (report.as_tuple(), world.sign(report, [liar])[0], lie.as_tuple(), world.sign(lie, [liar])[0])
    with refused("NotThroughDesk", caller=OUTSIDER.address):
        world.send(OUTSIDER, "OracleCommittee", "reinstate", SHANGHAI, liar.address, REASON)
    receipt = world.send(OUTSIDER, "OracleCommittee", "proveEquivocation", *both)
    assert world.event(receipt, "SignerSuspended")["by"] == OUTSIDER.address
    assert world.call("OracleCommittee", "seatOf", SHANGHAI, 1, liar.address) == Seat.SUSPENDED
    with refused("SuspendedSigner", jurisdiction=SHANGHAI, signer=liar.address):
        world.submit(report)
    world.decide(reinstate_signer(SHANGHAI, liar.address, "reason"))
    assert not world.call("OracleCommittee", "isSuspended", SHANGHAI, liar.address)
    world.submit(report)


def test_committee__handed_over_or_replaced__when_it_is_due(world: World) -> None:
    world.next_committee(SHANGHAI, ADDRESSES, 0, 3600)
    assert world.call("OracleCommittee", "activationSecondsOf", SHANGHAI) == 3600
    successors = [arbiter.address for arbiter in ARBITERS]
    with refused("EpochNotDue", dueAt=world.clock.now + 3603, currentTime=world.clock.now + 4):
        world.next_committee(SHANGHAI, successors)
    assert world.call("OracleCommittee", "proposedOf", SHANGHAI)[0] > world.clock.now
    with refused("NotThroughDesk", caller=OUTSIDER.address):
        world.send(OUTSIDER, "OracleCommittee", "replaceCommittee", 0, SHANGHAI, successors, 0, 0)
    world.decide(replace_committee(SHANGHAI, successors, 0))
    assert world.call("OracleCommittee", "committeeOf", SHANGHAI)[1] == successors
    assert world.call("OracleCommittee", "proposedOf", SHANGHAI)[0] == 0
