"""A chain written by hand: blocks, receipts and logs are encoded here, so that every lie can be told well-formed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
import rlp
from eth_abi.abi import encode
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from registry.domain.days import parse_day
from registry.domain.ids import batch_id, project_id
from registry.domain.report import Report, typed_data
from registry.log import tree
from registry.log.leaf import Leaf
from registry.proofs.certificate import build_certificate
from registry.proofs.document import ActProof, BeneficiaryOpening
from registry.proofs.receipts import receipts_root

CHAIN_ID = 20260
PROJECT = project_id(310000, 1)
CONTRACTS = {
    name: to_checksum_address("0x" + bytes([0xC0 + number]).hex() * 20)
    for number, name in enumerate(("Credits", "OracleCommittee", "Compliance"))
}
PLATFORM, ENTERPRISE, AGENT = (to_checksum_address("0x" + digit * 40) for digit in "123")
SIGNERS = [to_checksum_address("0x" + digit * 40) for digit in "456"]
STATEMENT = "第三届骑行节碳中和 / carbon neutrality of the third cycling festival <b>&\n\"'"
OPENING = BeneficiaryOpening(text="上海某某骑行俱乐部", salt=bytes(range(32)))
PERIOD = ("2016-08-01", "2016-08-31")
REPORT_TYPE = "(uint64,uint64,uint32,uint32,bytes32,bytes32,bytes32,uint64,uint64,bytes32,uint40,uint32)"


def word(value) -> bytes:
    """A topic: an integer, an address or 32 bytes."""
    if isinstance(value, str):
        value = int(value, 16)
    return value if isinstance(value, bytes) else value.to_bytes(32, "big")


def log_of(contract: str, signature: str, indexed, types, values):
    topics = [keccak(signature.encode()), *[word(value) for value in indexed]]
    return [bytes.fromhex(contract[2:]), topics, encode(types, values)]


def receipt_of(logs, kind=0, status=b"\x01") -> bytes:
    body = rlp.encode([status, b"\x52\x08", bytes(256), logs])
    return bytes([kind]) + body if kind else body


def header_of(number: int, receipts, timestamp: int) -> bytes:
    """An ordinary London header."""
    fields = [bytes(32), bytes(32), bytes(20), bytes(32), bytes(32), receipts_root(receipts), bytes(256), b""]
    fields += [rlp.sedes.big_endian_int.serialize(value) for value in (number, 30_000_000, 21_000, timestamp)]
    return rlp.encode([*fields, b"", bytes(32), bytes(8), b"\x07"])


@dataclass
class Story:
    """One report of 20 acts in block 5 and one use of its credits in block 9; fields are what a test may change."""

    retirement_id: int = 7
    account: str = ENTERPRISE
    purpose: int = 2
    serial_start: int = 1150
    grams: int = 400
    batch: int = batch_id(PROJECT, 2)
    beneficiary: bytes = hashlib.sha256(OPENING.salt + OPENING.text.encode()).digest()
    statement_hash: bytes = hashlib.sha256(STATEMENT.encode()).digest()
    retired_contract: str = CONTRACTS["Credits"]
    report_contract: str = CONTRACTS["OracleCommittee"]
    offset_contract: str = CONTRACTS["Compliance"]
    offset: dict = field(default_factory=dict)
    report: dict = field(default_factory=dict)
    accepted: dict = field(default_factory=dict)
    act_day: str = "2016-08-15"
    status: bytes = b"\x01"
    report_number: int = 5
    report_time: int = 1_780_000_000
    retired_number: int = 9
    retired_time: int = 1_780_000_600
    digest_chain_id: int = CHAIN_ID
    kind: int = 2
    header: Callable = header_of

    @property
    def leaves(self) -> list[bytes]:
        """30 acts of 100 g each; the first ten are of the report before. Act 15 is too small for a gram."""
        leaves, serial = [], 0
        for number in range(30):
            grams = 0 if number == 15 else 100
            day = parse_day("2016-07-15" if number < 10 else self.act_day)
            actor = hashlib.sha256(b"actor%d" % number).digest()
            act_id = hashlib.sha256(b"act%d" % number).digest()
            leaves.append(Leaf(serial, grams, 1050, day, 1, act_id, actor).pack())
            serial += grams
        return leaves

    def act(self, index: int) -> ActProof:
        leaves = self.leaves
        proof = tree.inclusion_proof([tree.leaf_hash(leaf) for leaf in leaves], index)
        return ActProof(index, leaves[index], tuple(proof))

    def report_event(self):
        values = {
            "project_id": PROJECT,
            "seq": 2,
            "period_start": parse_day(PERIOD[0]),
            "period_end": parse_day(PERIOD[1]),
            "methodology_hash": b"\x0a" * 32,
            "evidence_hash": b"\x0b" * 32,
            "log_root": tree.root([tree.leaf_hash(leaf) for leaf in self.leaves]),
            "log_size": 30,
            "serial_end": 2900,
            "prev_digest": b"\x0c" * 32,
            "valid_until": self.report_time + 3600,
            "epoch": 1,
        }
        report = Report(**{**values, **self.report})
        message = encode_typed_data(full_message=typed_data(report, self.digest_chain_id, self.report_contract))
        event = {
            "project_id": report.project_id,
            "seq": report.seq,
            "digest": keccak(b"\x19" + message.version + message.header + message.body),
            "serial_start": 1000,
            "vintage": 2016,
            "final_at": self.report_time + 60,
            "signers": SIGNERS,
        }
        event.update(self.accepted)
        return log_of(
            self.report_contract,
            f"ReportAccepted(uint64,uint64,bytes32,{REPORT_TYPE},uint64,uint16,uint40,address[])",
            [event["project_id"], event["seq"], event["digest"]],
            [REPORT_TYPE, "uint64", "uint16", "uint40", "address[]"],
            [report.as_tuple(), event["serial_start"], event["vintage"], event["final_at"], event["signers"]],
        )

    def retired_event(self):
        return log_of(
            self.retired_contract,
            "Retired(uint64,uint256,address,uint64,uint64,uint8,bytes32,bytes32,address)",
            [self.retirement_id, self.batch, self.account],
            ["uint64", "uint64", "uint8", "bytes32", "bytes32", "address"],
            [self.serial_start, self.grams, self.purpose, self.beneficiary, self.statement_hash, AGENT],
        )

    def offset_event(self):
        values = {
            "retirement_id": self.retirement_id,
            "account": self.account,
            "year": 2016,
            "batch": self.batch,
            "grams": self.grams,
            "local": True,
            "rule_version": 3,
            "by": AGENT,
        }
        values.update(self.offset)
        return log_of(
            self.offset_contract,
            "OffsetMade(uint64,address,uint16,uint256,uint64,uint64,bool,bool,bytes32,uint16,address)",
            [values["retirement_id"], values["account"], values["year"]],
            ["uint256", "uint64", "uint64", "bool", "bool", "bytes32", "uint16", "address"],
            [
                *(values["batch"], values["grams"], values["grams"], values["local"], False, bytes(32)),
                *(values["rule_version"], values["by"]),
            ],
        )

    def gateway(self):
        """The chain as the builder reads it: a few receipts around each event, of every kind."""
        other = log_of(PLATFORM, "Other(uint256)", [1], ["uint256"], [2])
        plain = receipt_of([other])
        logs = [other, self.retired_event()]
        if self.purpose == 5:
            logs += [other, self.offset_event()]
        blocks = {
            self.retired_number: ([plain] * 2 + [receipt_of(logs, self.kind, self.status)], self.retired_time),
            self.report_number: ([receipt_of([self.report_event()])], self.report_time),
        }
        headers = {number: self.header(number, receipts, timestamp) for number, (receipts, timestamp) in blocks.items()}
        return SimpleNamespace(
            chain_id=CHAIN_ID,
            block=lambda number: SimpleNamespace(header_rlp=headers[number]),
            receipts_rlp=lambda number: blocks[number][0],
        )

    def acts(self, *indexes: int) -> tuple[ActProof, ...]:
        return tuple(self.act(index) for index in indexes)

    def certificate(self, **changes):
        """Builds the document; `changes` are arguments of build_certificate."""
        arguments = {
            "retirement_id": self.retirement_id,
            "retirement_block": self.retired_number,
            "report_block": self.report_number,
            "acts": self.acts(11, 13, 16),
            "statement": STATEMENT,
            "beneficiary": OPENING,
        }
        return build_certificate(self.gateway(), CONTRACTS, **{**arguments, **changes})


@pytest.fixture(scope="session")
def story():
    """Makes a Story; keywords change it."""
    return lambda **changes: replace(Story(), **changes)


@pytest.fixture(scope="session")
def offset_story(story):
    """The same, with an offset."""
    return lambda **changes: story(**{"purpose": 5, **changes})
