"""A package is believed in nothing: every lie about itself is told with both values."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracles.package_format import MANIFEST_NAME, RECORD_SCHEMA, RECORDS_NAME, SIGNATURE_NAME, Manifest, Totals
from oracles.packing import sign_package
from oracles.sources.evidence import load_package
from oracles.sources.records import BATCH_RECORDS, read_records
from registry.domain.canonical import canonical_json
from registry.domain.errors import InvalidEvidence
from tests.oracles.factory import CHAIN_ID, VERIFIER, manifest_of, month, packed, read_back, rewrite, signed
from tests.world import ACTORS

ALLOWED = [VERIFIER.address]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return signed(tmp_path / "package", month(12))


def refused(folder: Path, *says: str, allowed: list[str] = ALLOWED, chain_id: int = CHAIN_ID) -> None:
    with pytest.raises(InvalidEvidence) as refusal:
        load_package(folder, chain_id, allowed)
    for text in says:
        assert text in str(refusal.value)


def test_load__good_package__is_what_was_packed(folder: Path) -> None:
    package = load_package(folder, CHAIN_ID, ALLOWED)
    assert package.verifier == VERIFIER.address
    assert package.manifest.totals.records == 12
    (batch,) = package.batches()
    assert batch.first == 0
    assert list(zip(batch.occurred_at, batch.act_key, batch.quantity, strict=True)) == [
        (record.occurred_at, record.act_key, record.quantity) for record in read_back(folder)
    ]


def test_load__manifest_missing__is_refused(folder: Path) -> None:
    (folder / MANIFEST_NAME).unlink()
    refused(folder, MANIFEST_NAME, "No such file")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: {**m, "format": "puhui-evidence/9"}, "format"),
        (lambda m: {**m, "more": 1}, "more"),
        (lambda m: {name: m[name] for name in m if name != "label"}, "label"),
        (lambda m: {**m, "project_id": "7"}, "project_id"),
        (lambda m: {**m, "project_id": True}, "project_id"),
        (lambda m: {**m, "project_id": 7}, "jurisdiction"),
        (lambda m: {**m, "label": 7}, "label"),
        (lambda m: {**m, "label": "x" * 501}, "label"),
        (lambda m: {**m, "period": {"start_day": 17044, "end_day": 17014}}, "period"),
        (lambda m: {**m, "period": {"start_day": 17014, "end_day": 18000}}, "year"),
        (lambda m: {**m, "period": {"start_day": "2016-08-01", "end_day": 17044}}, "start_day"),
        (lambda m: {**m, "period": {"start_day": 17014}}, "end_day"),
        (lambda m: {**m, "methodology": {**m["methodology"], "definition_hash": "00"}}, "definition_hash"),
        (lambda m: {**m, "files": []}, "files"),
        (lambda m: {**m, "files": m["files"] * 2}, "files"),
        (lambda m: {**m, "files": [{**m["files"][0], "name": "../records.parquet"}]}, "name"),
        (lambda m: {**m, "files": [{**m["files"][0], "bytes": -1}]}, "bytes"),
        (lambda m: {**m, "files": [{**m["files"][0], "bytes": 2**50}]}, "bytes"),
        (lambda m: {**m, "totals": {**m["totals"], "rows": 13}}, "13 rows"),
        (lambda m: {**m, "totals": {**m["totals"], "rejected": {"Bad Reason": 1}, "rows": 13}}, "reason"),
        (lambda m: {**m, "totals": {**m["totals"], "rejected": {"bad_time": 0}}}, "bad_time"),
        (lambda m: {**m, "totals": {**m["totals"], "quantity": {"x": 1}}}, "scenario"),
        (lambda m: {**m, "totals": {**m["totals"], "quantity": []}}, "quantity"),
        (lambda m: [m], "object"),
    ],
)
def test_load__manifest_of_another_form__is_refused_with_the_place(
    folder: Path, change: Callable[[Any], Any], says: str
) -> None:
    manifest = json.loads((folder / MANIFEST_NAME).read_bytes())
    (folder / MANIFEST_NAME).write_bytes(canonical_json(change(manifest)))
    refused(folder, MANIFEST_NAME, says)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 5000, b'{"a":1,"a":1}', b'{"a":1.5}', b"x" * 300_000])
def test_load__manifest_is_no_json__is_refused(folder: Path, content: bytes) -> None:
    (folder / MANIFEST_NAME).write_bytes(content)
    refused(folder, MANIFEST_NAME)


def test_load__manifest_not_canonical__is_refused(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST_NAME).read_bytes())
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest, indent=1))
    refused(folder, "canonical")


def test_load__signature_missing__is_refused(folder: Path) -> None:
    (folder / SIGNATURE_NAME).unlink()
    refused(folder, "signature is missing")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"verifier":"0x00"}', b'{"verifier":"x","signature":"00"}', b"x" * 5000],
)
def test_load__signature_file_of_another_form__is_refused(folder: Path, content: bytes) -> None:
    (folder / SIGNATURE_NAME).write_bytes(content)
    refused(folder, SIGNATURE_NAME)


@pytest.mark.parametrize("signature", ["00" * 65, "ff" * 65, "11" * 64 + "1b"])
def test_load__signature_is_rubbish__is_refused(folder: Path, signature: str) -> None:
    content = canonical_json({"verifier": VERIFIER.address, "signature": signature})
    (folder / SIGNATURE_NAME).write_bytes(content)
    refused(folder, SIGNATURE_NAME)


def test_load__signed_by_another_than_it_names__tells_both(folder: Path) -> None:
    outsider = ACTORS["OUTSIDER"]
    sign_package(folder, outsider, CHAIN_ID)
    stated = json.loads((folder / SIGNATURE_NAME).read_bytes())
    (folder / SIGNATURE_NAME).write_bytes(canonical_json({**stated, "verifier": VERIFIER.address}))
    refused(folder, outsider.address, VERIFIER.address)


def test_load__signed_for_another_chain__is_refused(folder: Path) -> None:
    refused(folder, "chain 1 is of", chain_id=1)


def test_load__signed_by_no_verifier_of_the_jurisdiction__is_refused(folder: Path) -> None:
    sign_package(folder, ACTORS["OUTSIDER"], CHAIN_ID)
    refused(folder, ACTORS["OUTSIDER"].address, "no verifier", VERIFIER.address)
    refused(folder, "allowed: none", allowed=[])


def test_load__manifest_changed_after_signing__is_refused(folder: Path) -> None:
    manifest = replace(manifest_of(folder), label="issuable")
    (folder / MANIFEST_NAME).write_bytes(manifest.to_bytes())
    refused(folder, "is of", f"not of {VERIFIER.address}")


def test_load__records_missing__is_refused(folder: Path) -> None:
    (folder / RECORDS_NAME).unlink()
    refused(folder, RECORDS_NAME, "No such file")


def test_load__one_byte_changed__tells_both_hashes(folder: Path) -> None:
    path = folder / RECORDS_NAME
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(folder, "SHA-256", manifest_of(folder).file.sha256)


def test_load__a_byte_more__tells_both_sizes(folder: Path) -> None:
    path = folder / RECORDS_NAME
    path.write_bytes(path.read_bytes() + b"\0")
    size_bytes = manifest_of(folder).file.size_bytes
    refused(folder, f"{size_bytes + 1} bytes", f"says {size_bytes}")


def write_parquet(folder: Path, table: pa.Table) -> None:
    """Puts another table in the place of the records and makes the hashes fit."""
    records = read_back(folder)
    rewrite(folder, records)
    path = folder / RECORDS_NAME
    pq.write_table(table, path)
    restate(folder)


def restate(folder: Path, **changed: Any) -> None:
    import hashlib

    content = (folder / RECORDS_NAME).read_bytes()
    manifest = manifest_of(folder)
    file = replace(manifest.file, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    (folder / MANIFEST_NAME).write_bytes(replace(manifest, **{"file": file, **changed}).to_bytes())
    sign_package(folder, VERIFIER, CHAIN_ID)


@pytest.mark.parametrize("name", RECORD_SCHEMA.names)
def test_load__a_column_is_missing__names_the_columns(folder: Path, name: str) -> None:
    write_parquet(folder, pq.read_table(folder / RECORDS_NAME).drop_columns([name]))
    refused(folder, "has the columns", name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("act_key", pa.large_string()), ("occurred_at", pa.float64()), ("duration_seconds", pa.int64())),
        *(("scenario", pa.int32()), ("quantity", pa.uint64()), ("actor", pa.binary())),
    ],
)
def test_load__a_column_of_another_type__is_refused(folder: Path, name: str, kind: pa.DataType) -> None:
    table = pq.read_table(folder / RECORDS_NAME)
    position = table.schema.get_field_index(name)
    field = pa.field(name, kind, nullable=False)
    write_parquet(folder, table.set_column(position, field, table.column(name).cast(kind)))
    refused(folder, "has the columns", "needed are")


def test_load__optional_columns_or_missing_values__are_refused(folder: Path) -> None:
    table = pq.read_table(folder / RECORDS_NAME)
    schema = pa.schema([pa.field(field.name, field.type) for field in table.schema])
    rows = table.cast(schema).to_pylist()
    rows[3]["actor"] = None
    write_parquet(folder, pa.Table.from_pylist(rows, schema=schema))
    refused(folder, "has the columns")


def test_load__no_parquet_at_all__is_refused(folder: Path) -> None:
    (folder / RECORDS_NAME).write_bytes(b"row_id,bikeid\n1,2\n")
    restate(folder)
    refused(folder, "cannot be read as Parquet")


def test_load__records_not_sorted__is_refused(folder: Path) -> None:
    rewrite(folder, read_back(folder)[::-1])
    refused(folder, "not sorted")


def test_load__totals_are_not_those_of_the_records__tells_both(folder: Path) -> None:
    totals = manifest_of(folder).totals
    restate(folder, totals=Totals(totals.rows - 1, totals.rows - 1, totals.records - 1, {}, {}, totals.quantity))
    refused(folder, "add up to 12", "says 11")
    restate(folder, totals=Totals(totals.rows, totals.rows, totals.records, {}, {}, {1: totals.quantity[1] + 1}))
    refused(folder, f"add up to {{1: {totals.quantity[1]}}}", f"says {{1: {totals.quantity[1] + 1}}}")


def test_load__quantities_beyond_64_bits__are_added_exactly(folder: Path) -> None:
    records = [record._replace(quantity=2**63 - 1) for record in read_back(folder)]
    rewrite(folder, records)
    assert load_package(folder, CHAIN_ID, ALLOWED).manifest.totals.quantity == {1: 12 * (2**63 - 1)}


def test_read_records__many__come_in_batches_that_count_on(tmp_path: Path) -> None:
    folder = packed(tmp_path / "package", month(1)).folder
    (record,) = read_back(folder)
    rewrite(folder, [record._replace(occurred_at=n) for n in range(BATCH_RECORDS + 5)], sign=False)
    batches = list(read_records(folder / RECORDS_NAME))
    assert [batch.first for batch in batches] == [0, BATCH_RECORDS]
    assert [len(batch) for batch in batches] == [BATCH_RECORDS, 5]


def test_manifest__round_trip__is_the_same(folder: Path) -> None:
    content = (folder / MANIFEST_NAME).read_bytes()
    assert Manifest.from_bytes(content).to_bytes() == content


def test_load__a_key_longer_than_any_act_key__is_refused_before_it_is_unfolded(folder: Path) -> None:
    (record, *_) = read_back(folder)
    keys = ["x" * 20_000, "x" * 501]
    for key in keys:
        rows = [record._replace(act_key=key)._asdict()] * 500
        write_parquet(folder, pa.Table.from_pylist(rows, schema=RECORD_SCHEMA))
        refused(folder, "act_key", f"has {len(key)} bytes, at most 500")


def test_load__more_records_than_stated__is_not_read_to_its_end(folder: Path) -> None:
    records = read_back(folder)
    bomb = [records[0]._replace(occurred_at=n) for n in range(BATCH_RECORDS + 5)]
    totals = manifest_of(folder).totals
    rewrite(folder, bomb)
    restate(folder, totals=totals)
    # Stopped after the first batch: what follows it is not counted any more.
    refused(folder, f"records add up to {BATCH_RECORDS}, the manifest says 12")


def test_load__many_scenarios__are_added_each(folder: Path) -> None:
    records = [record._replace(scenario=number, quantity=number) for number, record in enumerate(read_back(folder))]
    rewrite(folder, records)
    assert load_package(folder, CHAIN_ID, ALLOWED).manifest.totals.quantity == {n: n for n in range(12)}


def test_load__accepted_already__any_verifier_but_a_true_signature(folder: Path) -> None:
    sign_package(folder, ACTORS["OUTSIDER"], CHAIN_ID)
    assert load_package(folder, CHAIN_ID, None).verifier == ACTORS["OUTSIDER"].address
    with pytest.raises(InvalidEvidence, match="is of"):
        load_package(folder, CHAIN_ID + 1, None)
