"""Verified emissions from a table: every row is a statement or has a reason; a statement is what a verifier signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oracles.emissions.statements import check_verifier, read_emissions, read_signed, signed_bytes
from oracles.errors import InvalidMapping
from oracles.packing.mapping import load_emissions_mapping
from registry.domain.errors import InvalidEvidence, InvalidInput, NotFound
from registry.domain.evidence import EmissionStatement
from tests.oracles.factory import CHAIN_ID, VERIFIER
from tests.world import ACTORS

STEEL, POWER = ACTORS["ENTERPRISE"].address, ACTORS["PLATFORM"].address


def account_of(text: str) -> str:
    if "/" not in text:
        raise InvalidInput(field="account", problem="is none", given=text)
    known = {"310000/2": STEEL, "310000/02": STEEL, "310000/3": POWER}
    if text not in known:
        raise NotFound(kind="account", id=text)
    return known[text]


def read(folder: Path, *rows: str) -> tuple[dict[str, int], dict[str, int]]:
    """(grams by account, rejected by reason) of a table."""
    (folder / "report.pdf").write_text("verified")
    (folder / "table.csv").write_text("\n".join(["account,year,tonnes,report", *rows]))
    mapping = load_emissions_mapping("enterprise-emissions")
    found = read_emissions(folder / "table.csv", mapping, 2024, folder, account_of)
    assert found.rows == len(rows) == len(found.statements) + sum(found.reasons.values())
    return {name: each.grams for name, each in found.statements.items()}, found.reasons


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("310000/2,2023,5,report.pdf", "other_year"),
        ("steel,2024,5,report.pdf", "bad_account"),
        ("310000/9,2024,5,report.pdf", "unknown_account"),
        ("310000/2,2024,0,report.pdf", "bad_amount"),
        ("310000/2,2024,-5,report.pdf", "bad_amount"),
        ("310000/2,2024,1e3,report.pdf", "bad_amount"),
        ("310000/2,2024,0.0000005,report.pdf", "bad_amount"),
        ("310000/2,2024,9999999999999,report.pdf", "bad_amount"),
        ("310000/2,2024,5,absent.pdf", "bad_document"),
        ("310000/2,2024,5,../report.pdf", "bad_document"),
        ("310000/2,2024,5", "wrong_shape"),
    ],
)
def test_read__row_that_is_no_statement__is_counted(tmp_path: Path, row: str, reason: str) -> None:
    assert read(tmp_path, row, "310000/3,2024,1.000001,report.pdf") == ({"310000/3": 1_000_001}, {reason: 1})


def test_read__one_account_twice__neither_is_believed(tmp_path: Path) -> None:
    rows = ("310000/2,2024,5,report.pdf", "310000/3,2024,1,report.pdf", "310000/02,2024,6,report.pdf")
    assert read(tmp_path, *rows) == ({"310000/3": 1_000_000}, {"repeated_account": 2})


def test_statement__is_what_its_verifier_signed_for_this_network(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(signed_bytes(EmissionStatement(STEEL, 2024, 7, b"d" * 32), VERIFIER, CHAIN_ID))
    statement, verifier, _ = read_signed(path, CHAIN_ID)
    assert (statement.account, statement.grams, verifier) == (STEEL, 7, VERIFIER.address)
    check_verifier(path, verifier, [VERIFIER.address])
    with pytest.raises(InvalidEvidence, match="no verifier of this jurisdiction"):
        check_verifier(path, verifier, [POWER])
    with pytest.raises(InvalidEvidence, match="another network"):
        read_signed(path, CHAIN_ID + 1)
    good = json.loads(path.read_bytes())
    changes = ({"grams": 8}, {"account": POWER}, {"grams": "7"}, {"signature": "zz"}, {"more": 1}, {"year": 1})
    for changed in changes:
        path.write_text(json.dumps({**good, **changed}))
        with pytest.raises(InvalidEvidence):
            read_signed(path, CHAIN_ID)
    path.write_bytes(b"{" * 5_000)
    with pytest.raises(InvalidEvidence):
        read_signed(path, CHAIN_ID)


@pytest.mark.parametrize(
    "changed",
    [{"format": "puhui-mapping/1"}, {"columns": {}}, {"grams_per_unit": 1}, {"more": 1}, {"encoding": "latin-1"}],
)
def test_mapping__of_another_form__is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    from oracles.packing.mapping import SHIPPED_EMISSIONS

    content = json.loads((SHIPPED_EMISSIONS / "enterprise-emissions.json").read_text())
    (tmp_path / "m.json").write_text(json.dumps({**content, **changed}))
    with pytest.raises(InvalidMapping):
        load_emissions_mapping(tmp_path / "m.json")
