"""What a certificate says, and that parts which contradict one another never become one."""

import hashlib
import json

import pytest

from registry.domain.errors import NotFound, RegistryError
from registry.log.leaf import Leaf
from registry.proofs.certificate import build_certificate
from registry.proofs.document import BeneficiaryOpening, content_hash, render
from registry.proofs.errors import InvalidCertificate
from registry.proofs.verify import verify_certificate

OTHER = "0x9999999999999999999999999999999999999999"


def test_build__a_retirement__states_its_facts_and_verifies(story):
    document = story().certificate()
    event = document["event"]
    assert event["kind"] == "retirement"
    assert event["retirement_id"] == 7
    assert event["purpose"] == "EventNeutrality"
    assert event["grams"] == event["serial_end"] - event["serial_start"] == 400
    assert event["tonnes"] == "0.000400"
    assert event["serials"] == "PH-310000-0001-2016-002-000000001151-000000001550"
    assert event["batch_id"] == str((310000 << 32 | 1) << 64 | 2)
    assert event["retired_at"] == 1_780_000_600
    assert event["offset"] is None
    assert document["proofs"]["offset"] is None
    assert set(document["chain"]["contracts"]) == {"Credits", "OracleCommittee"}
    assert document["report"]["period"] == "2016-08-01..2016-08-31"
    assert document["report"]["vintage"] == 2016
    assert document["proofs"]["retirement"]["receipt_index"] == 2
    verification = verify_certificate(render(document))
    assert verification.document == document
    assert verification.content_hash == document["content_hash"]


def test_build__an_offset__states_the_year_the_rules_and_both_events(offset_story):
    document = offset_story().certificate()
    event = document["event"]
    assert event["kind"] == "offset"
    assert event["purpose"] == "ComplianceOffset"
    assert event["offset"] == {
        "year": 2016,
        "rule_version": 3,
        "local": True,
        "obligation_account": event["account"],
    }
    assert document["proofs"]["offset"] == {"log_position": 3}
    assert set(document["chain"]["contracts"]) == {"Credits", "OracleCommittee", "Compliance"}
    assert verify_certificate(render(document)).document == document


@pytest.mark.parametrize("kind", [0, 1, 2, 3])
def test_build__from_a_receipt_of_any_transaction_type__verifies(story, kind):
    verify_certificate(render(story(kind=kind).certificate()))


def test_render__has_one_form__and_the_content_hash_is_that_of_the_canonical_json(story):
    document = story().certificate()
    data = render(document)
    assert json.loads(data) == document
    assert data.endswith(b"}\n")
    assert "第三届骑行节碳中和".encode() in data
    content = {name: value for name, value in document.items() if name != "content_hash"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert document["content_hash"] == "0x" + hashlib.sha256(canonical).hexdigest()
    assert render(story().certificate()) == data


def test_what_the_holder_keeps_private_is_absent_and_the_rest_verifies(story):
    document = story().certificate(statement=None, beneficiary=None, acts=())
    assert document["event"]["statement"]["text"] is None
    assert document["event"]["beneficiary"]["text"] is document["event"]["beneficiary"]["salt"] is None
    checks = {check.subject for check in verify_certificate(render(document)).checks}
    assert checks.isdisjoint({"statement", "beneficiary", "acts"})


def test_dropping_an_opening_or_an_act_gives_another_true_certificate_with_another_hash(story):
    full = story().certificate()
    less = story().certificate(statement=None, acts=story().acts(11, 16))
    edited = json.loads(render(full))
    edited["event"]["statement"]["text"] = None
    del edited["acts"][1]
    edited["content_hash"] = content_hash(edited)
    assert render(edited) == render(less)
    assert less["content_hash"] != full["content_hash"]


@pytest.mark.parametrize(
    ("first", "last", "acts"), [(1100, 1200, (11,)), (1150, 1550, (11, 16)), (1199, 1201, (11, 12))]
)
def test_acts__that_begin_and_end_the_serials__are_accepted(story, first, last, acts):
    made = story(serial_start=first, grams=last - first)
    assert len(made.certificate(acts=made.acts(*acts))["acts"]) == len(acts)


@pytest.mark.parametrize(
    ("acts", "path", "problem"),
    [
        ((12, 16), "$.acts[0]", "first act"),
        ((11, 14), "$.acts[1]", "last act"),
        ((11, 16, 13), "$.acts[2]", "order of the log"),
        ((11, 11, 16), "$.acts[1]", "order of the log"),
        ((10, 11, 16), "$.acts[0].leaf", "none of these serials"),
        ((11, 16, 17), "$.acts[2].leaf", "none of these serials"),
        ((11, 15, 16), "$.acts[1].leaf", "none of these serials"),
        ((5, 11, 16), "$.acts[0].leaf", "not in the report's period"),
    ],
)
def test_acts__outside_or_not_covering_the_serials__are_refused(story, acts, path, problem):
    with pytest.raises(InvalidCertificate, match=problem) as caught:
        story().certificate(acts=story().acts(*acts))
    assert caught.value.values["path"] == path


def test_acts__with_a_leaf_an_index_or_a_proof_of_another__are_refused(story):
    first, last = story().acts(11, 16)
    forged = Leaf.unpack(first.leaf)
    heavier = Leaf(forged.serial_start, 450, forged.quantity, forged.occurred_on, 1, forged.act_id, forged.actor)
    spoiled = [
        type(first)(12, first.leaf, first.proof),
        type(first)(2**63, first.leaf, first.proof),
        type(first)(11, heavier.pack(), first.proof),
        type(first)(11, first.leaf, last.proof),
        type(first)(11, first.leaf, first.proof[:-1]),
        type(first)(11, first.leaf, (*first.proof, bytes(32))),
        type(first)(11, b"\xff" * 96, first.proof),
        type(first)(11, first.leaf[:-1], first.proof),
    ]
    for act in spoiled:
        with pytest.raises(InvalidCertificate) as caught:
            story().certificate(acts=(act, last))
        assert caught.value.values["path"].startswith("$.acts[0]")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"status": b""}, "$.proofs.retirement.receipt_nodes"),
        ({"serial_start": 999}, "$.event.serials"),
        ({"serial_start": 2501}, "$.event.serials"),
        ({"grams": 0}, "$.event.serials"),
        ({"grams": 2**64 - 1}, "$.event.serials"),
        ({"accepted": {"vintage": 2017}}, "$.report.vintage"),
        ({"report": {"period_end": 20_000}}, "$.report.period"),
        ({"report": {"period_start": 17_100}}, "$.report.period"),
        ({"accepted": {"digest": b"\x0d" * 32}}, "$.chain.chain_id"),
        ({"digest_chain_id": 1}, "$.chain.chain_id"),
        ({"accepted": {"final_at": 1_780_000_601}}, "$.report.final_at"),
        ({"accepted": {"signers": []}}, "$.report.signers"),
        ({"accepted": {"signers": [OTHER, OTHER]}}, "$.report.signers"),
        ({"accepted": {"signers": [OTHER, "0x" + "1" * 40]}}, "$.report.signers"),
        ({"report_number": 10}, "$.proofs.report.block_number"),
        ({"retired_time": 1_779_999_999}, "$.proofs.report.block_number"),
        (
            {"report": {"project_id": 420100 << 32 | 1}, "accepted": {"project_id": 310000 << 32 | 1}},
            "$.report.project_id",
        ),
        ({"report": {"seq": 3}, "accepted": {"seq": 2}}, "$.report.seq"),
        ({"purpose": 5, "offset": {"account": OTHER}}, "$.proofs.offset"),
        ({"purpose": 5, "offset": {"grams": 401}}, "$.proofs.offset"),
        ({"purpose": 5, "offset": {"batch": 3}}, "$.proofs.offset"),
        ({"purpose": 5, "offset": {"by": OTHER}}, "$.proofs.offset"),
    ],
)
def test_build__from_events_that_contradict_one_another__is_refused(story, changes, path):
    with pytest.raises(InvalidCertificate) as caught:
        story(**changes).certificate(acts=())
    assert caught.value.values["path"] == path


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"retired_contract": OTHER}, "retirement 7 in block 9"),
        ({"report_contract": OTHER}, "report 2 of project"),
        ({"purpose": 5, "offset_contract": OTHER}, "offset 7 in block 9"),
        ({"purpose": 5, "offset": {"retirement_id": 8}}, "offset 7 in block 9"),
        ({"purpose": 9}, "retirement 7 in block 9"),
    ],
)
def test_build__from_events_of_other_contracts_or_none__is_refused(story, changes, what):
    with pytest.raises(NotFound, match=what):
        story(**changes).certificate()


def test_build__with_an_id_that_is_not_in_the_block_or_an_address_missing__is_refused(story):
    with pytest.raises(NotFound, match="retirement 8 in block 9"):
        story().certificate(retirement_id=8)
    with pytest.raises(NotFound, match="Credits"):
        build_certificate(story().gateway(), {}, retirement_id=7, retirement_block=9, report_block=5)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"statement": "another text"}, "$.event.statement.text"),
        ({"statement": ""}, "$.event.statement.text"),
        ({"statement": "x" * 5000}, "$.event.statement.text"),
        ({"statement": "\ud800"}, "$"),
        ({"beneficiary": BeneficiaryOpening("somebody else", bytes(range(32)))}, "$.event.beneficiary"),
        ({"beneficiary": BeneficiaryOpening("上海某某骑行俱乐部", bytes(32))}, "$.event.beneficiary"),
    ],
)
def test_build__with_a_text_that_does_not_open_its_hash__is_refused(story, changes, path):
    with pytest.raises(InvalidCertificate) as caught:
        story().certificate(**changes)
    assert caught.value.values["path"].startswith(path)


def test_build__with_a_salt_of_another_length__is_refused_although_it_opens_the_commitment(story):
    # Text could move into the salt and back: the length of the salt keeps one opening one.
    salt, text = bytes(range(30)), "text"
    opening = BeneficiaryOpening(text, salt)
    made = story(beneficiary=hashlib.sha256(salt + text.encode()).digest())
    with pytest.raises(InvalidCertificate, match="30 bytes, not 32"):
        made.certificate(beneficiary=opening)


def test_errors_are_of_the_registry_and_carry_both_values(story):
    with pytest.raises(RegistryError) as caught:
        story(serial_start=999).certificate()
    assert caught.value.code == "invalid_certificate"
    assert caught.value.values["stated"] == [999, 1399]
    assert caught.value.values["proven"] == [1000, 2900]
    assert "File: [999, 1399]. Proven: [1000, 2900]." in str(caught.value)
