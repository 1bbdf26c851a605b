"""The column types refuse what they would otherwise change in silence."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import LargeBinary, String, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import RelationshipProperty

import registry.db.models as models
from registry.db.base import (
    GRAMS_MAX,
    UINT64_MAX,
    AddressText,
    Base,
    Derived,
    FixedBytes,
    GramsInteger,
    Uint64Text,
    UtcDateTime,
    derived_tables,
)
from registry.domain.errors import InvalidInput
from registry.domain.units import MAX_GRAMS

DIALECT = sqlite.dialect()
LOWER = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_utc_date_time__naive_time__is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), DIALECT)
    assert refused.value.values["field"] == "time"


def test_utc_date_time__time_of_shanghai__is_stored_as_utc_and_comes_back_aware() -> None:
    shanghai = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    stored = UtcDateTime().process_bind_param(shanghai, DIALECT)
    assert stored is not None
    assert (stored.hour, stored.tzinfo) == (0, UTC)
    back = UtcDateTime().process_result_value(stored.replace(tzinfo=None), DIALECT)
    assert back == shanghai


@pytest.mark.parametrize("value", [b"", b"\1" * 31, b"\1" * 33, "11" * 32])
def test_fixed_bytes__another_length_or_text__is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        FixedBytes(32).process_bind_param(value, DIALECT)  # type: ignore[arg-type]


def test_address__lower_case__is_brought_to_checksum() -> None:
    assert AddressText().process_bind_param(LOWER, DIALECT) == CHECKSUMMED


@pytest.mark.parametrize("value", ["", "0x", "0x12", LOWER + "00", "puhui", 7, b"\1" * 19])
def test_address__no_address__is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        AddressText().process_bind_param(value, DIALECT)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-1, GRAMS_MAX + 1, 1.0, True, "1"])
def test_grams__negative_too_large_or_no_integer__is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        GramsInteger().process_bind_param(value, DIALECT)  # type: ignore[arg-type]


def test_grams__the_greatest_amount_of_the_domain__is_the_greatest_here() -> None:
    assert GRAMS_MAX == MAX_GRAMS
    assert GramsInteger().process_bind_param(MAX_GRAMS, DIALECT) == MAX_GRAMS


@pytest.mark.parametrize("value", [0, 1, 2**63, UINT64_MAX])
def test_uint64__whole_range__comes_back_and_sorts(value: int) -> None:
    stored = Uint64Text().process_bind_param(value, DIALECT)
    assert stored is not None
    assert len(stored) == 20
    assert Uint64Text().process_result_value(stored, DIALECT) == value
    assert stored <= str(UINT64_MAX)


@pytest.mark.parametrize("value", [-1, UINT64_MAX + 1, 1.5, False, "7"])
def test_uint64__outside_or_no_integer__is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        Uint64Text().process_bind_param(value, DIALECT)  # type: ignore[arg-type]


def test_derived_tables__each_has_its_origin_and_comes_after_what_it_refers_to() -> None:
    tables = derived_tables()
    assert len(tables) >= 28
    seen = set()
    for table in tables:
        assert {"block_number", "tx_hash", "log_index"} <= set(table.columns.keys())
        referred = {key.column.table for key in table.foreign_keys}
        assert referred <= seen | {table}
        seen.add(table)


def test_derived_tables__refer_only_to_derived_tables_and_facts_never_to_them() -> None:
    derived = set(derived_tables())
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            assert (key.column.table in derived) == (table in derived), (table.name, key.column)


def test_models__every_relationship_is_raised_not_loaded_behind_the_back() -> None:
    for mapper in Base.registry.mappers:
        for prop in inspect(mapper.class_).relationships:
            assert isinstance(prop, RelationshipProperty)
            assert (prop.lazy, prop.viewonly) == ("raise", True), prop


def test_models__no_column_is_a_float_or_a_decimal_and_all_are_exported() -> None:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            assert column.type.python_type not in (float,), column
            assert "NUMERIC" not in str(column.type.compile(DIALECT)), column
    assert {mapper.class_.__name__ for mapper in Base.registry.mappers} == set(models.__all__)


def test_models__every_derived_model_is_marked_once() -> None:
    assert all(issubclass(m.class_, Derived) or m.local_table.name for m in Base.registry.mappers)
    assert isinstance(FixedBytes(32).impl_instance, LargeBinary)
    assert isinstance(AddressText().impl_instance, String)
