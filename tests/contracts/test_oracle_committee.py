"""OracleCommittee: committees, and what is said of reports. What a report must be is in test_oracle_submit.py."""

from __future__ import annotations

from datetime import date

import pytest
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from registry.domain.report import typed_data
from registry.services.calls import GuardedCall
from tests.contracts.parties import ADMIN, NOBODY, OUTSIDER
from tests.contracts.refusals import refused
from tests.world import ORACLES, PERIOD, PROJECT, SHANGHAI, WUHAN, World, actor

DISPUTE_SECONDS = 600
ADDRESSES = [oracle.address for oracle in ORACLES]


def committee(signers: list[str], jurisdiction: int = SHANGHAI, dispute_seconds: int = 0) -> GuardedCall:
    return GuardedCall("OracleCommittee", "setCommittee", (jurisdiction, signers, dispute_seconds, 0))


def numbered(count: int) -> list[str]:
    """Ascending addresses 1 to `count`."""
    return [to_checksum_address(number.to_bytes(20, "big")) for number in range(1, count + 1)]


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


# setCommittee


def test_set_committee__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=ADMIN.address):
        world.send(ADMIN, "OracleCommittee", "setCommittee", *committee(ADDRESSES).args)


def test_set_committee__of_the_council__are_the_arbiters(world: World) -> None:
    world.decide(committee(ADDRESSES, jurisdiction=0), maker="COUNCIL_MAKER", checker="COUNCIL_CHECKER")
    assert world.call("OracleCommittee", "committeeOf", 0)[1] == ADDRESSES


def test_set_committee__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=440300):
        world.decide(committee(ADDRESSES, jurisdiction=440300))


@pytest.mark.parametrize("size", [0, 1, 3, 5, 6, 30, 32, 34])
def test_set_committee__not_of_3f_plus_1_from_4_to_31__reverts_with_the_size(world: World, size: int) -> None:
    with refused("InvalidCommitteeSize", size=size):
        world.decide(committee(numbered(size)))


def test_set_committee__one_signer_twice__reverts(world: World) -> None:
    signers = [*ADDRESSES[:2], ADDRESSES[1], ADDRESSES[3]]
    with refused("SignersNotAscending", previous=ADDRESSES[1], next=ADDRESSES[1]):
        world.decide(committee(signers))


def test_set_committee__not_ascending__reverts_and_keeps_the_epoch(world: World) -> None:
    with refused("SignersNotAscending", previous=ADDRESSES[1], next=ADDRESSES[0]):
        world.decide(committee([ADDRESSES[1], ADDRESSES[0], *ADDRESSES[2:]]))
    assert world.call("OracleCommittee", "committeeOf", SHANGHAI)[0] == 1


def test_set_committee__zero_address__reverts(world: World) -> None:
    with refused("SignersNotAscending", previous=NOBODY, next=NOBODY):
        world.decide(committee([NOBODY, *ADDRESSES[:3]]))


@pytest.mark.parametrize(("size", "quorum"), [(4, 3), (7, 5), (10, 7), (31, 21)])
def test_set_committee__of_3f_plus_1__needs_2f_plus_1(world: World, size: int, quorum: int) -> None:
    signers = numbered(size)
    receipt = world.decide(committee(signers, WUHAN, DISPUTE_SECONDS))
    assert world.event(receipt, "CommitteeSet") == {
        "jurisdiction": WUHAN,
        "epoch": 1,
        "signers": signers,
        "quorum": quorum,
        "disputeSeconds": DISPUTE_SECONDS,
        "activationSeconds": 0,
    }
    answer = world.call("OracleCommittee", "committeeOf", WUHAN)
    assert tuple(answer) == (1, signers, quorum, DISPUTE_SECONDS)


def test_set_committee__a_later_one__begins_the_next_epoch_and_the_past_stays_known(world: World) -> None:
    successor = actor("ORACLE_4").address
    world.next_committee(SHANGHAI, [*ADDRESSES[1:], successor])
    assert world.call("OracleCommittee", "committeeOf", SHANGHAI)[0] == 2
    for signer, first, second in (
        (ADDRESSES[0], True, False),
        (ADDRESSES[1], True, True),
        (successor, False, True),
        (OUTSIDER.address, False, False),
    ):
        assert world.call("OracleCommittee", "isSigner", SHANGHAI, 1, signer) is first
        assert world.call("OracleCommittee", "isSigner", SHANGHAI, 2, signer) is second
    assert not world.call("OracleCommittee", "isSigner", WUHAN, 1, ADDRESSES[0])


def test_committee_of__jurisdiction_without_one__reverts(world: World) -> None:
    with refused("NoCommittee", jurisdiction=WUHAN):
        world.call("OracleCommittee", "committeeOf", WUHAN)


# views of reports


def test_digest_of__is_eip_712s(world: World) -> None:
    report = world.report()
    message = encode_typed_data(
        full_message=typed_data(report, world.gateway.chain_id, world.register.address("OracleCommittee"))
    )
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    assert world.call("OracleCommittee", "digestOf", report.as_tuple()) == digest


def test_eip712_domain__names_chain_and_contract(world: World) -> None:
    domain = world.call("OracleCommittee", "eip712Domain")
    assert list(domain)[:5] == [
        b"\x0f",
        "Puhui OracleCommittee",
        "1",
        world.gateway.chain_id,
        world.register.address("OracleCommittee"),
    ]


def test_views__unknown_report__revert_or_are_not_final(world: World) -> None:
    for view in ("reportOf", "vintageOf"):
        with refused("UnknownReport", projectId=PROJECT, seq=1):
            world.call("OracleCommittee", view, PROJECT, 1)
    assert not world.call("OracleCommittee", "isFinal", PROJECT, 1)
    nothing = {"serialStart": 0, "serialEnd": 0, "vintage": 0}
    assert world.call("OracleCommittee", "finalStretchOf", PROJECT, 1) == nothing
    assert world.call("OracleCommittee", "lastSeq", PROJECT) == 0


def test_views__within_the_dispute_window__the_report_is_known_but_not_final(world: World) -> None:
    world.next_committee(SHANGHAI, ADDRESSES, DISPUTE_SECONDS)
    world.clock.advance(100)
    world.submit(world.report(epoch=2))
    final_at = world.clock.now + DISPUTE_SECONDS
    assert world.call("OracleCommittee", "reportOf", PROJECT, 1)["finalAt"] == final_at
    assert world.call("OracleCommittee", "vintageOf", PROJECT, 1) == 2016
    world.clock.now = final_at - 1
    assert not world.call("OracleCommittee", "isFinal", PROJECT, 1)
    assert world.call("OracleCommittee", "finalStretchOf", PROJECT, 1)["serialEnd"] == 0
    world.clock.now = final_at
    assert world.call("OracleCommittee", "isFinal", PROJECT, 1)
    stretch = {"serialStart": 0, "serialEnd": 10_000_000, "vintage": 2016}
    assert world.call("OracleCommittee", "finalStretchOf", PROJECT, 1) == stretch


@pytest.mark.parametrize(
    ("first", "last", "vintage"),
    [
        ("2016-01-01", "2016-12-31", 2016),
        ("2017-12-31", "2017-12-31", 2017),
        ("2018-01-01", "2018-01-01", 2018),
        ("2020-02-29", "2020-12-31", 2020),
    ],
)
def test_vintage_of__is_the_calendar_year_of_the_period(world: World, first: str, last: str, vintage: int) -> None:
    receipt = world.submit(world.report(period_start=day(first), period_end=day(last)))
    assert world.event(receipt, "ReportAccepted")["vintage"] == vintage
    assert world.call("OracleCommittee", "vintageOf", PROJECT, 1) == vintage


def test_days__of_the_test_network__are_august_2016() -> None:
    assert (day("2016-08-01"), day("2016-08-31")) == PERIOD
