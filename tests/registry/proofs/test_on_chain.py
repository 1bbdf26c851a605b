"""Certificates of events that the contracts themselves wrote, on the embedded chain."""

import copy
import hashlib
from dataclasses import dataclass

import pytest

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.domain.errors import NotFound
from registry.domain.rules import CapBase
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from registry.proofs.anchor import Trust
from registry.proofs.certificate import build_certificate, sample_acts
from registry.proofs.document import BeneficiaryOpening, content_hash, render
from registry.proofs.errors import InvalidCertificate
from registry.proofs.receipts import decode_receipt
from registry.proofs.verify import verify_certificate
from registry.services.calls import GuardedCall
from tests import world as worlds

STATEMENT = "上海骑行节碳中和 (illustration: Shanghai trips, Beijing factors)"
OPENING = BeneficiaryOpening("第三届骑行节组委会", bytes(range(32)))
COMMITMENT = hashlib.sha256(OPENING.salt + OPENING.text.encode()).digest()
STATEMENT_HASH = hashlib.sha256(STATEMENT.encode()).digest()
ACTS, GRAMS_PER_ACT = 500, 20_000


@dataclass(frozen=True)
class Used:
    """Part of a batch of 500 acts was retired for an event (retirement 1), part offset in two lines (2 and 3)."""

    world: worlds.World
    log: LogStore
    report_block: int
    retired_block: int
    offset_block: int

    def certificate(self, retirement_id: int, start: int, end: int, **changes):
        block = self.retired_block if retirement_id == 1 else self.offset_block
        arguments = {
            "retirement_id": retirement_id,
            "retirement_block": block,
            "report_block": self.report_block,
            "acts": sample_acts(self.log, ACTS, start, end),
        }
        return build_certificate(self.world.gateway, self.world.register.addresses, **{**arguments, **changes})


def act(number: int) -> bytes:
    name = hashlib.sha256(b"act%d" % number).digest()
    return Leaf(number * GRAMS_PER_ACT, GRAMS_PER_ACT, 209_864, worlds.PERIOD[0] + number // 20, 1, name, name).pack()


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    folder = tmp_path_factory.mktemp("used")
    addresses = worlds.build(folder / "chain.sqlite")
    clock = worlds.Clock(worlds.START + 10_000)
    gateway = EmbeddedGateway(folder / "chain.sqlite", clock=clock)
    world = worlds.World(gateway, Register(gateway, addresses), clock)
    log = LogStore(folder / "log")
    size, root = log.append([act(number) for number in range(ACTS)])
    submitted = world.submit(world.report(log_root=root, log_size=size, serial_end=ACTS * GRAMS_PER_ACT))
    platform, enterprise = world.account(1), world.account(2)
    allocation = [6_000_000, 4_000_000]
    world.decide(
        GuardedCall("Credits", "issue", (worlds.SHANGHAI, worlds.PROJECT, 1, [platform, enterprise], allocation))
    )
    purpose_event = 2
    retired = world.send(
        worlds.ACTORS["PLATFORM"], "Credits", "retire",
        worlds.BATCH, platform, 1_230_001, purpose_event, COMMITMENT, STATEMENT_HASH,
    )  # fmt: skip
    rules = (
        *(int(CapBase.INITIAL_ALLOCATION), 500, 500, 0, 0, 2013, 2024, 1, False, True, False, 1_000_000),
        *(1, 2_000_000_000, 0, 0, 0, bytes(range(32)), [], []),
    )
    world.decide(GuardedCall("RuleSets", "setRuleSet", (worlds.SHANGHAI, 2016, rules)), maker="ADMIN")
    owed = (100_000_000, 100_000_000, 0, 100_000_000)
    world.decide(GuardedCall("Compliance", "setObligation", (worlds.SHANGHAI, enterprise, 2016, owed)))
    lines = [(worlds.BATCH, 1_000_000), (worlds.BATCH, 2_000_000)]
    offset = world.send(
        worlds.ACTORS["ENTERPRISE"], "Compliance", "offset", enterprise, 2016, lines, COMMITMENT, STATEMENT_HASH
    )
    yield Used(world, log, submitted.block_number, retired.block_number, offset.block_number)
    world.close()


def test_a_retirement_written_by_the_contracts_has_its_certificate(used):
    document = used.certificate(1, 0, 1_230_001, statement=STATEMENT, beneficiary=OPENING)
    stored = used.world.call("Credits", "retirementOf", worlds.BATCH, 0)
    event = document["event"]
    assert event["grams"] == stored["grams"] == 1_230_001
    assert event["tonnes"] == "1.230001"
    assert event["account"] == stored["account"]
    assert event["retired_at"] == stored["retiredAt"]
    assert event["purpose"] == "EventNeutrality"
    assert event["serials"] == "PH-310000-0001-2016-001-000000000001-000001230001"
    assert [act["index"] for act in document["acts"]] == [0, 15, 30, 46, 61]
    assert (
        document["report"]["digest"]
        == "0x" + used.world.call("OracleCommittee", "reportOf", worlds.PROJECT, 1)["digest"].hex()
    )
    block = used.world.gateway.block(used.retired_block)
    assert document["proofs"]["retirement"]["block_hash"] == "0x" + block.hash.hex()
    hashes = frozenset({block.hash, used.world.gateway.block(used.report_block).hash})
    trust = Trust(used.world.gateway.chain_id, used.world.register.addresses, hashes)
    assert verify_certificate(render(document), trust).is_anchored


@pytest.mark.parametrize(("retirement_id", "start", "end"), [(2, 1_230_001, 2_230_001), (3, 2_230_001, 4_230_001)])
def test_each_line_of_an_offset_written_by_the_contracts_has_its_certificate(used, retirement_id, start, end):
    document = used.certificate(retirement_id, start, end, statement=STATEMENT)
    assert document["event"]["kind"] == "offset"
    assert document["event"]["offset"]["year"] == 2016
    assert document["event"]["offset"]["rule_version"] == 1
    assert document["event"]["offset"]["local"] is True
    assert (document["event"]["serial_start"], document["event"]["serial_end"]) == (start, end)
    assert verify_certificate(render(document)).document == document


def test_the_event_of_another_line_of_the_same_offset_is_refused(used):
    one, other = used.certificate(2, 1_230_001, 2_230_001), used.certificate(3, 2_230_001, 4_230_001)
    for proof, place in (("offset", "log_position"), ("retirement", "log_position")):
        changed = copy.deepcopy(one)
        changed["proofs"][proof][place] = other["proofs"][proof][place]
        changed["content_hash"] = content_hash(changed)
        with pytest.raises(InvalidCertificate):
            verify_certificate(render(changed))


def test_the_acts_of_another_retirement_are_refused(used):
    with pytest.raises(InvalidCertificate, match="none of these serials"):
        used.certificate(2, 0, 1_230_001)


def test_bytes_changed_in_a_certificate_of_the_real_chain_are_noticed(used):
    data = render(used.certificate(2, 1_230_001, 2_230_001, statement=STATEMENT, beneficiary=OPENING))
    for position in range(0, len(data), 17):
        for mask in (1, 0x20, 0x80):
            changed = bytearray(data)
            changed[position] ^= mask
            with pytest.raises(InvalidCertificate):
                verify_certificate(bytes(changed))


def test_a_transaction_of_type_2_gives_a_typed_receipt_that_is_proven_as_it_is(used):
    world, who = used.world, worlds.ACTORS["PLATFORM"]
    arguments = (worlds.BATCH, world.account(1), 20_000, 1, bytes(32), bytes(32))
    signed = who.sign_transaction(
        {
            "type": 2,
            "chainId": world.gateway.chain_id,
            "nonce": world.gateway.nonce(who.address),
            "gas": 1_000_000,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "to": world.register.address("Credits"),
            "value": 0,
            "data": world.register.encode("Credits", "retire", *arguments),
        }
    )
    receipt = world.gateway.wait(world.gateway.send_raw(bytes(signed.raw_transaction)))
    (encoded,) = world.gateway.receipts_rlp(receipt.block_number)
    assert decode_receipt(encoded).kind == 2
    document = used.certificate(4, 4_230_001, 4_250_001, retirement_block=receipt.block_number)
    assert document["event"]["statement"] == {"hash": "0x" + "00" * 32, "text": None}
    assert verify_certificate(render(document)).document == document


@pytest.mark.parametrize(
    ("start", "end", "count"), [(0, 1, 2), (0, 20_000, 5), (19_999, 20_001, 2), (5, 9_999_999, 64)]
)
def test_a_sample_begins_and_ends_with_the_range_and_is_the_same_every_time(used, start, end, count):
    sample = sample_acts(used.log, ACTS, start, end, count)
    assert sample == sample_acts(used.log, ACTS, start, end, count)
    indexes = [one.index for one in sample]
    assert indexes == sorted(set(indexes))
    assert (indexes[0], indexes[-1]) == (start // GRAMS_PER_ACT, (end - 1) // GRAMS_PER_ACT)
    assert len(indexes) <= count


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (0, 10_000_001), (-1, 5)])
def test_a_sample_of_a_range_that_is_empty_or_not_in_the_log_is_refused(used, start, end):
    with pytest.raises(NotFound):
        sample_acts(used.log, ACTS, start, end)
