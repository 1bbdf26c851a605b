"""The events of the format are those that the contracts of today write."""

import json

import pytest

from registry.chain import artifacts
from registry.domain.errors import InvalidProof
from registry.domain.rules import Purpose
from registry.proofs.events import OFFSET_MADE, REPORT_ACCEPTED, RETIRED, decode_offset_made, decode_retired
from registry.proofs.receipts import Log


def abi_type(argument) -> str:
    if argument["type"] != "tuple":
        return argument["type"]
    return "(" + ",".join(abi_type(part) for part in argument["components"]) + ")"


@pytest.mark.parametrize("event", [RETIRED, OFFSET_MADE, REPORT_ACCEPTED], ids=lambda event: event.name)
def test_an_event_of_the_format_is_that_of_the_compiled_contract(event):
    abi = json.loads((artifacts.FOLDER / f"{event.contract}.json").read_text("utf-8"))["abi"]
    (found,) = [entry for entry in abi if entry["type"] == "event" and entry["name"] == event.name]
    assert not found["anonymous"]
    assert event.signature == f"{event.name}({','.join(abi_type(argument) for argument in found['inputs'])})"
    assert event.indexed == tuple(abi_type(argument) for argument in found["inputs"] if argument["indexed"])
    assert event.others == tuple(abi_type(argument) for argument in found["inputs"] if not argument["indexed"])


CREDITS = "0xC0C0c0c0C0C0c0c0c0C0c0C0C0C0C0C0C0C0c0c0"


def retired_log(**changes) -> Log:
    values = {
        "address": bytes.fromhex(CREDITS[2:]),
        "topics": (RETIRED.topic, *[bytes(31) + bytes([n]) for n in (1, 2, 3)]),
        "data": b"".join(value.to_bytes(32, "big") for value in (10, 20, 2, 0, 0, 5)),
    }
    return Log(**{**values, **changes})


def test_a_retired_log_is_decoded():
    event = decode_retired(retired_log(), CREDITS)
    assert (event.retirement_id, event.batch_id, event.serial_start, event.grams) == (1, 2, 10, 20)
    assert event.purpose is Purpose.EVENT_NEUTRALITY
    assert event.account == "0x" + "0" * 39 + "3"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": bytes(20)},
        {"topics": ()},
        {"topics": retired_log().topics[:3]},
        {"topics": (*retired_log().topics, bytes(32))},
        {"topics": (OFFSET_MADE.topic, *retired_log().topics[1:])},
        {"topics": (RETIRED.topic, b"\xff" * 32, bytes(32), bytes(32))},
        {"topics": (RETIRED.topic, bytes(32), bytes(32), b"\xff" * 32)},
        {"data": b""},
        {"data": retired_log().data[:-1]},
        {"data": retired_log().data[:64] + (8).to_bytes(32, "big") + bytes(96)},
        {"data": retired_log().data[:64] + (256).to_bytes(32, "big") + bytes(96)},
        {"data": b"\xff" * 192},
    ],
)
def test_a_log_of_another_contract_event_or_width_is_refused(changes):
    with pytest.raises(InvalidProof):
        decode_retired(retired_log(**changes), CREDITS)


def test_a_truth_value_other_than_0_and_1_is_refused():
    data = b"".join(value.to_bytes(32, "big") for value in (1, 2, 2, 2, 0, 0, 1, 5))
    log = Log(bytes.fromhex(CREDITS[2:]), (OFFSET_MADE.topic, *[bytes(31) + b"\x01"] * 3), data)
    with pytest.raises(InvalidProof):
        decode_offset_made(log, CREDITS)
