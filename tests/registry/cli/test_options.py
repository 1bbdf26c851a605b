"""How the texts of commands are read, and how results are written."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from registry.cli import console
from registry.cli.options import amount_text, commitment, fresh_key, grams_of, named, once, pair, project_of
from registry.cli.proofs import read_trust
from registry.domain.errors import ChainUnavailable, InvalidInput, InvalidQuantity, InvalidSerial, RegistryError
from registry.domain.rules import Purpose, Right, Rule
from registry.domain.units import MAX_GRAMS
from registry.proofs.anchor import Trust

PLATFORM = Account.from_key(b"\x01" * 32)
ENTERPRISE = Account.from_key(b"\x02" * 32)


@given(st.integers(1, MAX_GRAMS))
def test_grams__as_printed_and_as_typed__are_the_same(grams: int) -> None:
    assert grams_of(str(grams)) == grams
    whole, rest = divmod(grams, 1_000_000)
    assert grams_of(f"{whole}.{rest:06d}t") == grams
    assert amount_text(grams) == f"{grams:,} g ({whole}.{rest:06d} t)"


@pytest.mark.parametrize(
    "text", ["", "t", "-1", "1.5", "1,000", "1e3", "1_000", " 1", "1 t", "1kg", "٣", "0x10", "1.t"]
)
def test_grams__in_any_other_writing__are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        grams_of(text)


@pytest.mark.parametrize(("text", "least"), [("0", 1), ("0t", 1), ("0.000000t", 1), (str(MAX_GRAMS + 1), 0)])
def test_grams__out_of_bounds__are_refused_by_the_name_of_their_field(text: str, least: int) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        grams_of(text, "ceiling", least)
    assert refused.value.values["field"] == "ceiling"


def test_grams__zero_where_it_may_be__is_zero() -> None:
    assert grams_of("0", "amount due", 0) == grams_of("0t", "amount due", 0) == 0


@pytest.mark.parametrize("text", ["310000/1", "PH-310000-0001", str(310000 << 32 | 1)])
def test_project__in_each_of_its_forms__is_one(text: str) -> None:
    assert project_of(text) == 310000 << 32 | 1


@pytest.mark.parametrize("text", ["", "1", "310000", "310000/0", "310000/1/1", "PH-310000-1", "ph-310000-0001", "a/b"])
def test_project__in_any_other_form__is_refused(text: str) -> None:
    with pytest.raises((InvalidInput, InvalidSerial)):
        project_of(text)


def test_named__any_case_and_either_dash__is_found() -> None:
    assert named(Purpose, "Event-Neutrality", "purpose") is Purpose.EVENT_NEUTRALITY
    assert named(Purpose, "event_neutrality", "purpose") is Purpose.EVENT_NEUTRALITY
    with pytest.raises(InvalidInput, match="voluntary-neutrality"):
        named(Purpose, "none", "purpose")


@pytest.mark.parametrize("text", ["", "=", "a=", "=b", "ab"])
def test_pair__without_two_sides__is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="form name=value"):
        pair(text, "line")


def test_commitment__same_person_and_key__is_found_again_and_nobody_else_can_make_it() -> None:
    first = commitment(PLATFORM, "The host", "key")
    assert commitment(PLATFORM, "The host", "key") == first
    others = [commitment(ENTERPRISE, "The host", "key"), commitment(PLATFORM, "The host", "another key")]
    assert len({first.salt, *(other.salt for other in others)}) == 3
    assert bytes(PLATFORM.key) not in first.salt


def test_once__nobody_knows_the_outcome__tells_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    def unanswered() -> None:
        with once("my-key") as key:
            assert key == "cli/my-key"
            raise ChainUnavailable(what="node", problem="silence")

    with pytest.raises(ChainUnavailable):
        unanswered()
    assert "--key my-key" in capsys.readouterr().err


def test_once__refused__tells_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInput), once(None):
        raise InvalidInput(field="x", problem="y", given="z")
    assert capsys.readouterr().err == ""
    assert fresh_key(None) != fresh_key(None)


@dataclasses.dataclass(frozen=True)
class _View:
    batch_id: int
    rule: Rule
    moment: datetime


def test_json__forms__are_those_of_the_api() -> None:
    shanghai = timezone(timedelta(hours=8))
    view = _View(2**100, Rule.LOCAL_SHARE, datetime(2016, 8, 1, 8, tzinfo=shanghai))
    data: dict[str, Any] = {
        "view": view,
        "day": date(2016, 8, 1),
        "hash": b"\x01\xff",
        "path": Path("a/b"),
        "rights": Right.READ,
        "grams": 2**63 - 1,
        "project_id": 310000 << 32 | 1,
        "names": ("上海市", None, True),
    }
    assert json.loads(console.to_json(data)) == {
        "view": {"batch_id": str(2**100), "rule": "local_share", "moment": "2016-08-01T00:00:00Z"},
        "day": "2016-08-01",
        "hash": "0x01ff",
        "path": "a/b",
        "rights": 4,
        "grams": 2**63 - 1,
        "project_id": str(310000 << 32 | 1),
        "names": ["上海市", None, True],
    }
    assert "上海市" in console.to_json(data)
    assert json.loads(console.to_json({"name": "\udcff"})) == {"name": "\udcff"}


def test_fail__hostile_text__cannot_write_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    class Told(RegistryError):
        code = "told"
        text = "{name}"

    console.fail(Told(name="a\x1b[2Jb\rc\udcff[red]"), json_output=True)
    out, err = capsys.readouterr()
    assert err == "puhui: a\\x1b[2Jb c\\udcff[red]\n"
    assert json.loads(out)["error"]["code"] == "told"
    assert "\x1b" not in out


def test_trust__of_what_the_reader_gives__is_one_set_of_validators_and_any_number_of_blocks() -> None:
    hashes = ["0x" + "11" * 32, "0x" + "22" * 32]
    given_trust = read_trust(None, hashes, [PLATFORM.address.lower(), ENTERPRISE.address])
    assert given_trust.validator_sets == (frozenset({PLATFORM.address, ENTERPRISE.address}),)
    assert given_trust.block_hashes == {bytes.fromhex(text[2:]) for text in hashes}
    assert read_trust(None, [], []) == Trust()


def test_progress__where_there_is_no_terminal__draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("Working") as advance:
        advance(1, 2)
    assert capsys.readouterr() == ("", "")
