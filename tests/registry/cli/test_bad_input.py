"""Bad input of every kind: one readable line that names it, exit code 1 or 2, nothing else printed, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import world as worlds
from tests.registry.cli.conftest import Puhui, Write

OUTSIDER = worlds.ACTORS["OUTSIDER"].address
MISTYPED = OUTSIDER[:2] + OUTSIDER[2:].swapcase()
HASH = "0x" + "11" * 32
AS = ("--as", "registrar")
CLAIM = ("--statement", "A claim.", "--beneficiary", "Somebody", "--as", "platform")
EVENT = ("--purpose", "event-neutrality", *CLAIM)
OWED = ("--initial-allocation", "1t", "--issued-allowances", "1t", "--verified-emissions", "1t")

# Command line -> what its line must say.
REFUSED: dict[str, tuple[tuple[object, ...], str]] = {
    "account: not a number": (("account", "show", "310000/one"), "must look like 310000/1"),
    "account: wide digits": (("account", "show", "310000/１"), "must look like 310000/1"),
    "account: leading zero": (("account", "show", "310000/01"), "without leading zeros"),
    "account: malformed address": (("account", "show", "0x1234"), "40 hexadecimal digits"),
    "account: no hexadecimal": (("account", "show", OUTSIDER[:-1] + "x"), "hexadecimal"),
    "account: mistyped checksum": (("account", "show", MISTYPED), "a digit was mistyped"),
    "account: enormous number": (("account", "show", "310000/" + "9" * 60), "must be 0 to"),
    "account: nobody has it": (("account", "show", "310000/77"), "There is no account 0x"),
    "account: a key's address": (("account", "show", OUTSIDER), "There is no account"),
    "account open: unknown kind": (
        ("account", "open", 310000, 9, "person", "--holder", "X", "--agent", "platform=read", *AS),
        "must be one of enterprise, platform",
    ),
    "account open: empty holder": (
        ("account", "open", 310000, 9, "platform", "--holder", " ", "--agent", "platform=read", *AS),
        "holder is not valid",
    ),
    "account open: unknown right": (
        ("account", "open", 310000, 9, "platform", "--holder", "X", "--agent", "platform=own", *AS),
        "must be initiate, approve, read or none",
    ),
    "account open: none and more": (
        ("account", "open", 310000, 9, "platform", "--holder", "X", "--agent", "platform=none+read", *AS),
        "joined by +",
    ),
    "account open: unknown agent": (
        ("account", "open", 310000, 9, "platform", "--holder", "X", "--agent", "nobody=read", *AS),
        "There is no key nobody",
    ),
    "account open: no equals sign": (
        ("account", "open", 310000, 9, "platform", "--holder", "X", "--agent", "platform", *AS),
        "form name=value",
    ),
    "account agents: not opened": (("account", "agents", "310000/77", "--agent", "platform=read", *AS), "no account"),
    "account status: unknown": (("account", "status", "310000/1", "lost", "--reason", "x", *AS), "must be one of open"),
    "account freeze: no reason": (("account", "freeze", "310000/1", "--reason", "", "--as", "regulator"), "reason"),
    "account freeze: an outsider": (
        ("account", "freeze", "310000/1", "--reason", "x", "--as", "outsider"),
        "does not hold the role regulator in jurisdiction 310000",
    ),
    "account name: too long": (("account", "name", "310000/1", "x" * 201), "1 to 200 characters"),
    "account name: not opened": (("account", "name", "310000/77", "x"), "There is no account"),
    "batch: printed with another vintage": (
        ("quote", "310000/2", 2016, "PH-310000-0001-2017-001"),
        "There is no batch PH-310000-0001-2017-001",
    ),
    "batch: too many zeros": (("quote", "310000/2", 2016, "PH-310000-00001-2016-001"), "more zeros"),
    "batch: a decimal that is none": (("quote", "310000/2", 2016, "12345"), "project id is not valid"),
    "batch: enormous": (("quote", "310000/2", 2016, "9" * 500), "batch id is not valid"),
    "batch: of no project": (("quote", "310000/2", 2016, "310000/0/1"), "project number"),
    "batch: of no jurisdiction": (("quote", "310000/2", 2016, "1/1/1"), "jurisdiction"),
    "quote: not opened": (("quote", "310000/77", 2016, "310000/1/1"), "There is no account"),
    "transfer: negative": (("transfer", "310000/1", "310000/2", "310000/1/1", *AS, "--", "-5"), "grams such as"),
    "transfer: zero": (("transfer", "310000/1", "310000/2", "310000/1/1", 0, "--as", "platform"), "at least 1"),
    "transfer: a fraction": (("transfer", "310000/1", "310000/2", "310000/1/1", "1.5", *AS), "grams such as 1500000"),
    "transfer: seven decimals": (("transfer", "310000/1", "310000/2", "310000/1/1", "0.0000001t", *AS), "six decimals"),
    "transfer: enormous": (("transfer", "310000/1", "310000/2", "310000/1/1", "9" * 40, *AS), "must be 0 to"),
    "transfer: above 63 bits": (("transfer", "310000/1", "310000/2", "310000/1/1", 2**63, *AS), "at most"),
    "transfer: exponent": (("transfer", "310000/1", "310000/2", "310000/1/1", "1e6", *AS), "grams such as"),
    "transfer: more than held": (
        ("transfer", "310000/1", "310000/2", "310000/1/1", 10_000_001, "--as", "platform"),
        "holds 10000000 g of batch 310000/1/1, 10000001 g were asked for",
    ),
    "transfer: by a stranger": (
        ("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "enterprise"),
        "is no agent of account",
    ),
    "transfer: to no account": (
        ("transfer", "310000/1", OUTSIDER, "310000/1/1", 1, "--as", "platform"),
        OUTSIDER,
    ),
    "transfer: empty key": (
        ("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "platform", "--key", " "),
        "--key is not valid",
    ),
    "transfer: endless key": (
        ("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "platform", "--key", "k" * 300),
        "1 to 200 characters",
    ),
    "retire: unknown purpose": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "fun", *CLAIM),
        "must be one of voluntary-neutrality",
    ),
    "retire: the purpose of an offset": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "compliance-offset", *CLAIM),
        "puhui offset",
    ),
    "retire: empty statement": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "other", *CLAIM, "--statement", " "),
        "statement is not valid",
    ),
    "retire: endless statement": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "other", *CLAIM, "--statement", "x" * 2001),
        "1 to 2000 characters",
    ),
    "retire: no beneficiary": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "other", *CLAIM, "--beneficiary", ""),
        "beneficiary is not valid",
    ),
    "retire: half a character": (
        ("retire", "310000/1", "310000/1/1", 1, "--purpose", "other", *CLAIM, "--beneficiary", "\udcff"),
        "is not UTF-8 text",
    ),
    "retire: more than held": (("retire", "310000/1", "310000/1/1", "10.000001t", *EVENT), "holds 10000000 g"),
    "retire: unknown batch": (("retire", "310000/1", "310000/1/9", 1, *EVENT), "310000/1/9"),
    "offset: no equals sign": (("offset", "310000/2", 2016, "--line", "310000/1/1", *CLAIM), "form name=value"),
    "offset: no rules": (
        ("offset", "310000/2", 2016, "--line", "310000/1/1=1", *CLAIM[:-1], "enterprise"),
        "no rule set for the jurisdiction and year",
    ),
    "issue: no such report": (("issue", "310000/1", 9, "--to", "310000/1=1", *AS), "no report 9 of PH-310000-0001"),
    "issue: issued already": (("issue", "310000/1", 1, "--to", "310000/1=10t", *AS), "issued already"),
    "issue: unknown project": (("issue", "310000/9", 1, "--to", "310000/1=1", *AS), "no report 1 of PH-310000-0009"),
    "project: unknown": (("project", "show", "PH-310000-0009"), "There is no project"),
    "project: not one": (("project", "show", "PH-1-1"), "PH-310000-0001"),
    "project: a negative number": (("project", "show", "310000/-1"), "310000/1"),
    "project name: unknown project": (("project", "name", "310000/9", "x"), "There is no project"),
    "desk: no such request": (("desk", "approve", 999, "--as", "approver"), "There is no request 999"),
    "desk show: no such request": (("desk", "show", 999), "There is no request 999"),
    "desk list: unknown status": (("desk", "list", "--status", "lost"), "must be one of proposed"),
    "desk list: unknown jurisdiction": (("desk", "list", "--jurisdiction", "1"), "jurisdiction"),
    "desk: decided already": (("desk", "approve", 1, "--as", "council-checker"), "[Desk."),
    "desk: rejected by the maker": (
        ("desk", "reject", 1, "--reason", "no", "--as", "council-maker"),
        "[Desk.",
    ),
    "desk: withdrawn by another": (("desk", "withdraw", 1, "--as", "outsider"), "[Desk."),
    "desk: rejected without a reason": (("desk", "reject", 1, "--reason", "", "--as", "approver"), "reason"),
    "role: unknown": (("role", "grant", 310000, "--grant", "king=registrar", "--as", "admin"), "must be one of admin"),
    "role: proposed by an outsider": (
        ("role", "grant", 310000, "--grant", "expert=outsider", "--as", "outsider"),
        "[RoleMissing]",
    ),
    "role: to nobody": (("role", "grant", 310000, "--grant", "expert=", "--as", "admin"), "form name=value"),
    "role: unknown jurisdiction": (
        ("role", "grant", 999_999, "--grant", "expert=outsider", "--as", "admin"),
        "Jurisdiction 999999 is not open on this network",
    ),
    "jurisdiction: unknown": (("jurisdiction", "show", 110_000), "There is no jurisdiction 110000"),
    "jurisdiction: none": (
        ("jurisdiction", "open", 1, "X", "--grant", "admin=admin", "--as", "council-maker"),
        "jurisdiction is not valid",
    ),
    "jurisdiction: without a name": (
        ("jurisdiction", "open", 110_000, " ", "--grant", "admin=admin", "--as", "council-maker"),
        "jurisdiction name is not valid",
    ),
    "committee: too small": (("committee", "propose", 310000, "--signer", "admin", "--as", "admin"), "a committee has"),
    "committee: one twice": (
        ("committee", "propose", 310000, *("--signer", "admin") * 2, *("--signer", "registrar") * 2, "--as", "admin"),
        "one address stands twice",
    ),
    "rules: unknown id": (("rules", "set", 310000, 2016, "mars-2030", "--as", "admin"), "There is no rule set mars"),
    "rules: no such file": (("rules", "set", 310000, 2016, "nowhere.json", "--as", "admin"), "nowhere.json"),
    "obligation: negative": (
        ("obligation", "set", "310000/2", 2016, *OWED, "--amount-due", "-1", *AS),
        "amount due is not valid",
    ),
    "obligation: enormous": (
        ("obligation", "set", "310000/2", 2016, *OWED, "--amount-due", "9" * 13 + "t", *AS),
        "amount due is not a valid amount",
    ),
    "obligation: not opened": (
        ("obligation", "set", "310000/77", 2016, *OWED, "--amount-due", 1, *AS),
        "There is no account",
    ),
    "file: unknown methodology": (("file", "methodology", 310000, "flying", *AS), "must be a .json file or one of"),
    "file: no such definition": (("file", "methodology", 310000, "nowhere.json", *AS), "nowhere.json"),
    "file: grade C": (("file", "methodology", 310000, "travel-beijing-2024", *AS), "grade C"),
    "certificate: unknown retirement": (("certificate", 99), "There is no retirement 99"),
    "certificate: salt without text": (("certificate", 1, "--salt", HASH), "both --beneficiary and --salt"),
    "certificate: short salt": (("certificate", 1, "--beneficiary", "x", "--salt", "0x12"), "64 hexadecimal digits"),
    "certificate: no file name": (("certificate", 1, "-o", "/"), "must name a file"),
    "act: no such key": (("act", "shared-bike;bike=1;start=2016-08-01T00:23+08:00"), "There is no act"),
    "act: malformed key": (("act", "a bike"), "a bike"),
    "act: malformed id": (("act", "0x12"), "64 hexadecimal digits"),
    "act: unknown id": (("act", HASH), f"There is no act {HASH}"),
    "provenance: unknown serial": (
        ("provenance", "serial", "PH-310000-0001-2016-001-000099999998-000099999999"),
        "PH-310000-0001-2016-001",
    ),
    "provenance: malformed": (("provenance", "batch", "??"), "batch id is not valid"),
    "provenance: unknown methodology": (("provenance", "methodology", HASH), "There is no methodology"),
    "chain: no such block": (("chain", "block", 10**9), "1000000000"),
    "as: unknown key": (("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "nobody"), "There is no key"),
    "as: a path": (("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "../platform"), "key name"),
    "key: a path": (("key", "new", "../../x"), "key name is not valid"),
    "key: there is one": (("key", "new", "admin"), "never overwritten"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused__says_what_and_why_in_one_line(shared: Puhui, name: str) -> None:
    words, expected = REFUSED[name]
    line = shared.refused(*words)
    assert expected in line
    assert "\n" not in line


# Command line -> what its line must say; exit code 2.
WRONG_USAGE: dict[str, tuple[tuple[object, ...], str]] = {
    "unknown command": (("fly",), "No such command 'fly'. See `puhui --help`."),
    "unknown subcommand": (("desk", "burn"), "See `puhui desk --help`."),
    "unknown option": (("chain", "status", "--deep"), "--deep"),
    "missing option": (("role", "grant", 310000, *AS), "--grant"),
    "missing argument": (("account", "show"), "account"),
    "surplus argument": (("chain", "status", "x"), "x"),
    "not a number": (("desk", "approve", "first", *AS), "request_id"),
    "number too small": (("desk", "approve", 0, *AS), "request_id"),
    "number too large": (("desk", "approve", 2**63, *AS), "request_id"),
    "enormous jurisdiction": (("jurisdiction", "show", 10**30), "code"),
    "impossible year": (("quote", "310000/2", 20160, "310000/1/1"), "year"),
    "unknown choice": (("provenance", "thing", "1"), "kind"),
    "no value": (("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as"), "--as"),
}


@pytest.mark.parametrize("name", WRONG_USAGE)
def test_wrong_usage__says_which_word_and_where_help_is(shared: Puhui, name: str) -> None:
    words, expected = WRONG_USAGE[name]
    line = shared.refused(*words, exit_code=2)
    assert expected in line
    assert "--help`" in line


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "line 1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "fields are missing or unknown"),
        (b"[" * 100_000, "nested deeper"),
        (b"{}", "cap_bps"),
        ({"cap_bps": 10_001}, "cap_bps is not a valid amount"),
        ({"cap_bps": 0.5}, "0.5"),
        ({"cap_base": "NONE"}, "must name a quantity"),
        ({"cap_base": "PROFIT"}, "is not a known one"),
        ({"granularity_grams": 0}, "granularity_grams"),
        ({"deadline": 10**30}, "deadline"),
        ({"first_vintage": 2031}, "last_vintage"),
        ({"open_points": "none"}, "must be a list of texts"),
    ],
)
def test_rules__file_that_is_none__is_refused(shared: Puhui, write: Write, content: object, expected: str) -> None:
    if isinstance(content, dict):
        shipped = Path(worlds.__file__).parents[1] / "registry/services/rule_set_files/shanghai-2013-2015.json"
        content = json.dumps(json.loads(shipped.read_text("utf-8")) | content).encode()
    assert isinstance(content, bytes)
    path = write("rules.json", content)
    assert expected in shared.refused("rules", "set", 310000, 2016, path, "--as", "admin")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "line 1"),
        (b"{}", "$"),
        (b"\x00\xff", "not UTF-8"),
        (b"[" * 100_000, "nested deeper"),
        (b"x" * 5_000_001, "5000000 bytes"),
    ],
)
def test_verify__file_that_is_no_certificate__is_refused(
    puhui: Puhui, write: Write, content: bytes, expected: str
) -> None:
    assert expected in puhui.refused("verify", write("certificate.json", content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "line 1"),
        ("[]", "is not a JSON object"),
        ("{}", "needs chain_id and contracts"),
        ('{"chain_id": true, "contracts": {}}', "needs chain_id"),
        ('{"chain_id": 1, "contracts": {"Credits": "0x1"}}', "lacks the contracts OracleCommittee, Compliance"),
        ('{"chain_id": 1, "contracts": {"Credits": 1, "OracleCommittee": 2, "Compliance": 3}}', "must be an address"),
    ],
)
def test_verify__network_file_that_is_none__is_refused(puhui: Puhui, write: Write, content: str, expected: str) -> None:
    certificate, network = write("certificate.json", "{}"), write("network.json", content)
    assert expected in puhui.refused("verify", certificate, "--network", network)


def test_verify__needs_no_home__and_tells_what_cannot_be_read(puhui: Puhui, tmp_path: Path, write: Write) -> None:
    assert "No such file" in puhui.refused("verify", tmp_path / "nothing.json")
    assert "Is a directory" in puhui.refused("verify", tmp_path)
    certificate = write("certificate.json", "{}")
    assert "block hash" in puhui.refused("verify", certificate, "--block-hash", "0x12")
    assert "validator" in puhui.refused("verify", certificate, "--validator", "validator-1")
    assert not puhui.home.exists()
