"""Reports and statements as EIP-712 typed data, checked against a digest computed straight from the standard."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi import encode
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils import keccak

from registry.domain import evidence, report
from registry.domain.committee import EpochApproval, Resolution
from registry.domain.emissions import EmissionReport
from registry.domain.errors import InvalidEvidence, InvalidInput, InvalidSerial
from registry.domain.evidence import STATEMENT_TYPE_STRING, VerifierStatement, statement_typed_data
from registry.domain.report import Report, typed_data
from registry.domain.typed_data import Signed

INTERFACES = Path(__file__).resolve().parents[3] / "contracts" / "src"
CONTRACT = "0x00000000000000000000000000000000000000AA"
CHAIN_ID = 20260
PROJECT = 310000 << 32 | 1

REPORT = Report(
    project_id=PROJECT,
    seq=1,
    period_start=17014,
    period_end=17044,
    methodology_hash=b"\x01" * 32,
    evidence_hash=b"\x02" * 32,
    log_root=b"\x03" * 32,
    log_size=97_298,
    serial_end=19_000_000,
    prev_digest=bytes(32),
    valid_until=2**40 - 1,
    epoch=1,
)


def digest_of(full_message: dict[str, Any]) -> bytes:
    return bytes(_hash_eip191_message(encode_typed_data(full_message=full_message)))


@pytest.mark.parametrize("kind", [Report, Resolution, EpochApproval, EmissionReport])
def test_signed__has_the_fields_of_the_solidity_struct(kind: type[Signed]) -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sorted(INTERFACES.glob("I*.sol")))
    name = kind.SCHEMA.primary
    body = re.search(rf"struct {name} \{{(.*?)\}}", texts, re.S)
    assert body is not None
    fields = re.findall(r"([\w\[\]]+) (\w+);", re.sub(r"//.*", "", body[1]))
    assert f"{name}({','.join(f'{solidity} {field}' for solidity, field in fields)})" == kind.SCHEMA.type_string


def test_approval__from_its_message__is_the_same_and_takes_addresses_alone() -> None:
    approval = EpochApproval(310000, 2, (CONTRACT, CONTRACT.replace("AA", "BB")), 60, 3600, 2**40 - 1)
    assert EpochApproval.from_message(approval.message()) == approval
    for signers in ((), (CONTRACT,)):
        assert replace(approval, signers=signers).message()["signers"] == list(signers)
    for wrong in ([CONTRACT], (CONTRACT[:-1],), (7,), CONTRACT, None):
        with pytest.raises(InvalidInput, match="epochapproval signers"):
            replace(approval, signers=wrong)
    with pytest.raises(InvalidInput, match="true or false"):
        Resolution(PROJECT, 1, b"\1" * 32, 1, b"\2" * 32, 1, 1)  # type: ignore[arg-type]


def test_report__digest_is_that_of_eip712() -> None:
    struct = encode(
        ["bytes32", *re.findall(r"(\w+) \w+[,)]", Report.SCHEMA.type_string)],
        [keccak(text=Report.SCHEMA.type_string), *REPORT.as_tuple()],
    )
    domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [keccak(text=domain_type), keccak(text="Puhui OracleCommittee"), keccak(text="1"), CHAIN_ID, CONTRACT],
    )
    expected = keccak(b"\x19\x01" + keccak(domain) + keccak(struct))
    assert digest_of(typed_data(REPORT, CHAIN_ID, CONTRACT)) == expected


def test_statement__digest_is_that_of_eip712() -> None:
    struct = encode(["bytes32", "uint64", "bytes32"], [keccak(text=STATEMENT_TYPE_STRING), PROJECT, b"\x07" * 32])
    domain_type = "EIP712Domain(string name,string version,uint256 chainId)"
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256"],
        [keccak(text=domain_type), keccak(text="Puhui Evidence"), keccak(text="1"), CHAIN_ID],
    )
    expected = keccak(b"\x19\x01" + keccak(domain) + keccak(struct))
    assert digest_of(statement_typed_data(VerifierStatement(PROJECT, b"\x07" * 32), CHAIN_ID)) == expected


def test_report__of_another_chain_or_contract__has_another_digest() -> None:
    digests = {
        digest_of(typed_data(REPORT, CHAIN_ID, CONTRACT)),
        digest_of(typed_data(REPORT, CHAIN_ID + 1, CONTRACT)),
        digest_of(typed_data(REPORT, CHAIN_ID, CONTRACT.replace("AA", "BB"))),
    }
    assert len(digests) == 3


def test_report__with_any_field_changed__has_another_digest() -> None:
    changed = [
        replace(REPORT, **{name: b"\xff" * 32 if isinstance(value, bytes) else value - 1})
        for name, value in zip((name for name, _, _ in Report.SCHEMA.fields), REPORT.as_tuple(), strict=True)
    ]
    assert len({digest_of(typed_data(each, CHAIN_ID, CONTRACT)) for each in [REPORT, *changed]}) == 13


def test_report__from_its_message__is_the_same() -> None:
    assert Report.from_message(REPORT.message()) == REPORT


def test_report__from_a_message_with_other_names__is_refused() -> None:
    message = REPORT.message()
    with pytest.raises(InvalidInput, match="epoch"):
        Report.from_message({name: value for name, value in message.items() if name != "epoch"})
    with pytest.raises(InvalidInput, match="extra"):
        Report.from_message({**message, "extra": 1})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("project_id", 2**64), ("seq", -1), ("period_start", 2**32), ("valid_until", 2**40), ("epoch", "1")],
        *[("log_size", True), ("serial_end", 1.0), ("log_root", b"\x01" * 31), ("prev_digest", "0x" + "00" * 32)],
        *[("evidence_hash", None), ("methodology_hash", bytearray(32))],
    ],
)
def test_report__with_a_value_that_does_not_fit__is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"report {field}"):
        replace(REPORT, **{field: value})


@pytest.mark.parametrize("manifest_hash", [b"", b"\x01" * 31, b"\x01" * 33, "0x", None])
def test_statement__about_no_hash__is_refused(manifest_hash: Any) -> None:
    with pytest.raises(InvalidEvidence):
        VerifierStatement(PROJECT, manifest_hash)


def test_statement__about_no_project__is_refused() -> None:
    with pytest.raises(InvalidSerial):
        VerifierStatement(1, bytes(32))


def test_domains__of_reports_and_statements__differ() -> None:
    assert report.DOMAIN_NAME != evidence.DOMAIN_NAME
