"""Declared results: each record has one statement of an allowed verifier, or the package is refused and says which."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oracles.package_format import RECORDS_NAME, STATEMENTS_NAME
from oracles.packing import load_mapping, pack, sign_package
from oracles.sources import FolderSource, load_package
from oracles.statements import SignedResult, Statements, check_declared, sign_result, statements_bytes
from registry.domain.days import Period
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.evidence import DeclaredResult
from registry.domain.methodology import load_shipped
from tests.oracles.factory import CHAIN_ID, PROJECT, SECRET, VERIFIER, read_back
from tests.world import ACTORS

YEAR = Period.parse("2024-01-01..2024-12-31")
START = YEAR.start_day * 86_400 - 28_800
PARCELS = {"P1": 12_500_000, "P2": 3_000_001}


def result(parcel: str, **changed: Any) -> DeclaredResult:
    made = DeclaredResult(
        PROJECT,
        f"forestry-result;parcel={parcel};start=2024-01-01T00:00+08:00",
        START,
        START + 366 * 86_400,
        PARCELS.get(parcel, 1),
        b"d" * 32,
    )
    return replace(made, **changed)


def stated(parcel: str, **changed: Any) -> SignedResult:
    return sign_result(result(parcel, **changed), VERIFIER, CHAIN_ID)


def write(folder: Path, statements: Sequence[SignedResult]) -> Path:
    folder.mkdir()
    for place, each in enumerate(statements):
        (folder / f"{place}.json").write_text(json.dumps(each.to_json()))
    return folder


def packed(root: Path, statements: Sequence[SignedResult], parcels: dict[str, int] | None = None) -> Path:
    rows = [
        f"{name},owner-{name},2024-01-01 00:00,2025-01-01 00:00,{grams // 10**6}.{grams % 10**6:06d}"
        for name, grams in (parcels or PARCELS).items()
    ]
    (root / "parcels.csv").write_text("\n".join(["parcel,owner,start,end,tonnes", *rows]))
    made = pack(
        root / "parcels.csv",
        load_mapping("declared-forestry"),
        root / "package",
        project_id=PROJECT,
        methodology=load_shipped()["declared-results"],
        period=YEAR,
        platform_secret=SECRET,
        statements=write(root / "statements", statements),
    )
    sign_package(made.folder, VERIFIER, CHAIN_ID)
    return made.folder


def test_package__each_record_has_its_statement__is_whole_and_travels_whole(tmp_path: Path) -> None:
    folder = packed(tmp_path, [stated("P2"), stated("P1")])
    package = load_package(folder, CHAIN_ID, [VERIFIER.address])
    assert [record.quantity for record in read_back(folder)] == list(PARCELS.values())
    assert [file.name for file in package.manifest.files] == [RECORDS_NAME, STATEMENTS_NAME]
    own = FolderSource(tmp_path).pull("package", tmp_path / "own")
    assert (own / STATEMENTS_NAME).read_bytes() == (folder / STATEMENTS_NAME).read_bytes()
    (own / STATEMENTS_NAME).unlink()
    assert FolderSource(tmp_path).pull("package", tmp_path / "own") == own
    load_package(own, CHAIN_ID, None)
    assert "owner" not in (folder / STATEMENTS_NAME).read_text()


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ([stated("P1")], "parcel=P2.*no statement of its own"),
        ([stated("P1"), stated("P2"), stated("P3")], "parcel=P3.*statement has no record"),
        ([stated("P1"), stated("P2", grams=3_000_000)], "parcel=P2.*grams 3000001.*stated 3000000"),
        ([stated("P1", starts_at=START + 60), stated("P2")], "parcel=P1.*starts at"),
        ([stated("P1", ends_at=START + 86_400), stated("P2")], "parcel=P1.*ends at"),
        ([stated("P1"), stated("P1", grams=7), stated("P2")], "parcel=P1.*two statements"),
        ([], "no statement of a verifier"),
    ],
)
def test_pack__a_statement_is_missing_other_or_doubled__says_which_and_leaves_nothing(
    tmp_path: Path, statements: list[SignedResult], says: str
) -> None:
    with pytest.raises(InvalidEvidence, match=says):
        packed(tmp_path, statements)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parcels.csv", "statements"]


def entry(**changed: Any) -> Callable[[list[dict[str, Any]]], Any]:
    return lambda entries: [{**entries[0], **changed}, *entries[1:]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (entry(grams=12_500_001), "parcel=P1.*altered"),
        (entry(document_sha256="00" * 32), "parcel=P1.*altered"),
        (entry(signature=stated("P1", project_id=PROJECT + 1).signature.hex()), "parcel=P1.*another project"),
        (entry(signature="00" * 65), "signature of its statement is none"),
        (entry(signature="00"), "statement 1, signature"),
        (entry(verifier=ACTORS["OUTSIDER"].address), "parcel=P1.*altered"),
        (entry(grams=-1), "statement 1"),
        (entry(grams="1"), "statement 1"),
        (entry(act_key="forestry-result"), "statement 1"),
        (entry(more=1), "nothing else"),
        (lambda entries: entries[::-1], "canonical"),
        (lambda entries: [entries[0], *entries], "two statements"),
        (lambda entries: [], "0 statements"),
        (lambda entries: 7, "a list"),
    ],
)
def test_read__a_statement_was_altered__says_which(change: Callable[[list[Any]], Any], says: str) -> None:
    content = json.loads(statements_bytes([stated("P1"), stated("P2")]))
    altered = {**content, "statements": change(content["statements"])}
    raw = json.dumps(altered, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(InvalidEvidence, match=says):
        Statements.read(raw, PROJECT, CHAIN_ID, [VERIFIER.address])


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"format":"other","statements":[]}', b"[" * 9_000])
def test_read__no_statements__is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidEvidence, match=r"statements\.json"):
        Statements.read(raw, PROJECT, CHAIN_ID, None)


def test_read__foreign_verifier_network_or_project__is_refused() -> None:
    foreign = sign_result(result("P1"), ACTORS["OUTSIDER"], CHAIN_ID)
    raw = statements_bytes([foreign])
    Statements.read(raw, PROJECT, CHAIN_ID, None)
    with pytest.raises(InvalidEvidence, match=r"parcel=P1.*no verifier of this jurisdiction"):
        Statements.read(raw, PROJECT, CHAIN_ID, [VERIFIER.address])
    for project, chain in ((PROJECT + 1, CHAIN_ID), (PROJECT, CHAIN_ID + 1)):
        with pytest.raises(InvalidEvidence, match="parcel=P1"):
            Statements.read(statements_bytes([stated("P1")]), project, chain, [VERIFIER.address])


def test_read__a_record_twice__the_second_has_no_statement() -> None:
    read = Statements.read(statements_bytes([stated("P1")]), PROJECT, CHAIN_ID, [VERIFIER.address])
    one = [result("P1").act_key], [START], [366 * 86_400], [12_500_000]
    read.meet(*one)
    with pytest.raises(InvalidEvidence, match="no statement of its own"):
        read.meet(*one)


def test_result__of_nothing_or_without_time__is_none() -> None:
    for changed in ({"grams": 0}, {"ends_at": START}, {"document_hash": b"d"}, {"act_key": "x"}, {"project_id": 7}):
        with pytest.raises(InvalidInput):
            result("P1", **changed)


@pytest.mark.parametrize(
    ("methodology", "has_statements", "says"),
    [
        ("declared-results", False, "scenario 1 of declared-results are declared: it needs a verifier's statement"),
        ("pv-shanghai-2024", True, "computed, not declared"),
    ],
)
def test_statements__stand_where_results_are_declared_and_nowhere_else(
    methodology: str, has_statements: bool, says: str
) -> None:
    definition = load_shipped()[methodology]
    check_declared(definition, 1, not has_statements, "package")
    with pytest.raises(InvalidEvidence, match=says):
        check_declared(definition, 1, has_statements, "package")
