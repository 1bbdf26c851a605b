"""The engine: integers, one reason a record, one order of leaves, and figures that add up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.accounting import Accounting, account, refuse_if_too_many
from oracles.errors import PackageRefused
from oracles.packing.records import Record
from oracles.screens import ClaimStore, ReportKey, SqliteClaimStore, all_screens
from oracles.sources.records import RecordColumns
from registry.domain.acts import act_id, act_key_text
from registry.domain.days import Period, local_minute_text
from registry.domain.errors import InvalidEvidence, InvalidQuantity
from registry.domain.methodology import Methodology, definition_of, load_shipped, methodology_of
from registry.domain.reasons import Reason
from registry.domain.units import LINE_END
from registry.log.leaf import Leaf
from tests.oracles.factory import AUGUST, PEPPER, PROJECT, Ride, cycling, month, packed, read_back
from tests.oracles.screens.fakes import FakeClaims
from tests.world import SHANGHAI

KEY = ReportKey(PROJECT, 1)
NOON = AUGUST.start_day * 86_400 + 4 * 3600


def columns(records: Sequence[Record], first: int = 0) -> RecordColumns:
    fields = {name: [getattr(record, name) for record in records] for name in Record._fields}
    return RecordColumns(first=first, **fields)


def record(
    number: int = 0, at: int = NOON, quantity: int = 1000, seconds: int = 600, bike: str | None = None
) -> Record:
    fields = {"bike": bike or str(1 + number), "start": local_minute_text(at, 28_800)}
    tag = b"%16d" % number
    return Record(at, act_key_text("shared-bike", fields), quantity, seconds, 1, b"%32d" % number, tag, tag)


def counted(records: Sequence[Record], claims: ClaimStore | None = None) -> Accounting:
    return accounted(cycling(), 1, [columns(records)], claims)


def accounted(
    methodology: Methodology, scenario: int, batches: Sequence[RecordColumns], claims: ClaimStore | None = None
) -> Accounting:
    screens = all_screens(methodology, scenario, AUGUST, claims or FakeClaims(), KEY)
    rule = methodology.rule(scenario, AUGUST.vintage, SHANGHAI)
    return account(batches, methodology, scenario, rule, PEPPER, screens)


def test_account__good_records__are_all_counted_as_the_domain_counts() -> None:
    records = [record(number, NOON + 60 * number, 1 + number * 123) for number in range(30)]
    result = counted(records)
    assert (result.records, len(result.counted), result.quarantined, result.findings) == (30, 30, [], {})
    expected = {
        act_id(PEPPER, each.act_key): cycling().rule(1, 2016, SHANGHAI).grams(each.quantity) for each in records
    }
    assert {each.act_id: each.grams for each in result.counted} == expected


@settings(max_examples=60)
@given(st.integers(1, 20_000))
def test_account__grams__are_floored_once(metres: int) -> None:
    result = counted([record(quantity=metres, seconds=7200)])
    assert result.grams == (metres * 953 // 10_000 if metres <= 20_000 else 0)


def test_leaves__are_ordered_continue_the_line_and_pack_as_the_log_packs() -> None:
    leaves = [
        Leaf.unpack(packed_leaf) for packed_leaf in counted([record(n, NOON + n * 9000) for n in range(40)]).leaves(77)
    ]
    assert [(leaf.occurred_on, leaf.act_id) for leaf in leaves] == sorted(
        (leaf.occurred_on, leaf.act_id) for leaf in leaves
    )
    assert leaves[0].serial_start == 77
    assert all(leaf.serial_end == after.serial_start for leaf, after in pairwise(leaves))
    packed_again = [leaf.pack() for leaf in leaves]
    assert packed_again == counted([record(n, NOON + n * 9000) for n in range(40)]).leaves(77)


def test_leaves__line_would_end_beyond_the_greatest__is_refused() -> None:
    result = counted([record()])
    assert result.leaves(LINE_END - result.grams)
    with pytest.raises(InvalidQuantity):
        result.leaves(LINE_END - result.grams + 1)


def test_account__in_other_batches__gives_the_same() -> None:
    records = sorted(record(number, NOON + 977 * number) for number in range(50))
    whole = counted(records)
    parts = [columns(records[start : start + 7], start) for start in range(0, 50, 7)]
    assert accounted(cycling(), 1, parts).leaves(0) == whole.leaves(0)


def test_account__several_findings__carry_the_first_reason_and_are_all_counted() -> None:
    fast_and_far = record(1, quantity=30_000, seconds=600)
    far_and_long = record(2, quantity=30_000, seconds=8000)
    result = counted([fast_and_far, far_and_long, record(3)])
    assert result.reasons == {Reason.QUANTITY_TOO_LARGE: 2}
    assert result.findings == {Reason.QUANTITY_TOO_LARGE: 2, Reason.DURATION_TOO_LONG: 1, Reason.TOO_FAST: 1}
    assert [each.position for each in result.quarantined] == [0, 1]
    assert len(result.counted) + len(result.quarantined) == result.records


def test_account__every_kind_of_bad_record__is_set_aside_with_its_reason() -> None:
    before = {b"": ReportKey(PROJECT, 9)}
    claimed, copied = record(10), record(11)
    look_alike = counted([copied]).counted[0].look_alike
    claims = FakeClaims(
        {**before, act_id(PEPPER, claimed.act_key): ReportKey(PROJECT + 1, 1)}, {look_alike: {b"other"}}
    )
    day = 86_400
    overlapping = record(12)._replace(act_key=record(12, bike="9999").act_key, quantity=900)
    records = [
        record(1)._replace(scenario=9),
        record(2, NOON - 2 * day),
        record(3, quantity=0),
        record(4, quantity=-5),
        record(5, quantity=2**63 - 1),
        record(6, seconds=0),
        record(7, seconds=7201),
        record(8, quantity=5000),
        record(9),
        record(9),
        claimed,
        copied,
        record(12),
        overlapping,
    ]
    result = counted(records, claims)
    assert [(each.position, each.reason) for each in result.quarantined] == [
        (0, Reason.UNKNOWN_SCENARIO),
        (1, Reason.OUTSIDE_PERIOD),
        (2, Reason.QUANTITY_TOO_SMALL),
        (3, Reason.QUANTITY_TOO_SMALL),
        (4, Reason.QUANTITY_TOO_LARGE),
        (5, Reason.DURATION_TOO_SHORT),
        (6, Reason.DURATION_TOO_LONG),
        (7, Reason.TOO_FAST),
        (9, Reason.REPEATED_ACT),
        (10, Reason.CLAIMED_BEFORE),
        (11, Reason.RELABELLED_COPY),
        (13, Reason.OVERLAPPING_ACT),
    ]
    assert len(result.counted) == 2


def test_claims__keep_counted_and_implausible_acts_and_not_the_others() -> None:
    result = counted([record(1), record(2, seconds=9000), record(3)._replace(scenario=5)])
    kept = {claim["act_id"]: claim["counted"] for claim in result.claims().to_pylist()}
    assert kept == {act_id(PEPPER, record(1).act_key): True, act_id(PEPPER, record(2).act_key): False}


@pytest.mark.parametrize(
    ("act_key", "says"),
    [
        ("shared-bike;bike=1;start=2016-08-01T12:01+08:00", "12:00"),
        ("shared-bike;bike=1;start=2016-08-01T12:00+09:00", "12:00"),
        ("shared-bike;bike=1;start=2016-08-01T12:00:00+08:00", "12:00"),
        ("shared-bike;bike=1", "None"),
        ("shared-bike;start=2016-08-01T12:00+08:00;bike=1", "out of order"),
        ("shared-bike;bike= 1;start=2016-08-01T12:00+08:00", "blanks"),
        ("shared-bike;bike=1;start=2016-08-01T12:00+08:00;", "once"),
        ("shared-bike;bike=1;zone=B;start=2016-08-01T12:00+08:00", "out of order"),
        ("shared-bike;bike=;start=2016-08-01T12:00+08:00", "bike"),
        ("Shared-Bike;bike=1;start=2016-08-01T12:00+08:00", "kind"),
        ("shared-bike;bike=1;bike=2;start=2016-08-01T12:00+08:00", "once"),
        ("shared-bike;bike=e\u0301;start=2016-08-01T12:00+08:00", "NFKC"),
        ("shared-bike", "no fields"),
        ("", "text"),
        ("shared-bike;bike=" + "1" * 600 + ";start=2016-08-01T12:00+08:00", "characters"),
    ],
)
def test_account__act_key_is_not_canonical_or_not_of_its_record__names_the_record(act_key: str, says: str) -> None:
    good = record(1)
    with pytest.raises(InvalidEvidence, match="record 1,") as refusal:
        counted([good, good._replace(act_key=act_key), record(3)])
    assert says in str(refusal.value)


AT = local_minute_text(NOON, 28_800)


@pytest.mark.parametrize(
    ("act_key", "says"),
    [
        (f"bike-share;bike=79699;start={AT}", "is of kind bike-share, the methodology has shared-bike"),
        (f"e-bike;bike=79699;start={AT}", "is of kind e-bike"),
        (f"shared-bike;cycle=79699;start={AT}", "has the fields cycle, start, the methodology bike, start"),
        (f"shared-bike;bike=79699;start={AT};zone=B", "has the fields bike, start, zone"),
        (f"shared-bike;bike=79699;number=79699;start={AT}", "has the fields bike, number, start"),
        (f"shared-bike;start={AT}", "has the fields start"),
        (f"shared-bike;bike=079699;start={AT}", "without a leading zero"),
        (f"shared-bike;bike=0;start={AT}", "without a leading zero"),
        (f"shared-bike;bike=79699;bike=79699;start={AT}", "once"),
        (f"shared-bike;bike=７９６９９;start={AT}", "NFKC"),
        (f"shared-bike;bike=٧٩٦٩٩;start={AT}", "bike=٧٩٦٩٩, must be"),
        (f"shared-bike;bike=79\u200b699;start={AT}", "invisible"),
        (f"shared-bike;bike=79699\u200b;start={AT}", "invisible"),
        (f"shared-bike;bike=\ufeff79699;start={AT}", "invisible"),
        (f"shared-bike;bike=79699\ufe0f;start={AT}", "must be"),
        (f"shared-bike;bike=79 699;start={AT}", "blanks"),
        (f"shared-bike;bike=79\u00a0699;start={AT}", "blanks"),
        (f"shared-bike;bike=79699 ;start={AT}", "blanks"),
        (f"shared-bike;bike=MOBIKE79699;start={AT}", "must be 1 to 18 digits"),
        (f"shared-bike;bike=no.79699;start={AT}", "must be"),
        (f"shared-bike;bike=+79699;start={AT}", "must be"),
        (f"shared-bike;bike=79_699;start={AT}", "must be"),
        (f"shared-bike;bike=79699.0;start={AT}", "must be"),
        (f"shared-bike;bike={'9' * 19};start={AT}", "must be"),
    ],
)
def test_account__same_act_in_any_other_name__is_refused(act_key: str, says: str) -> None:
    """One act, one claim: no other writing of bike 79699 at noon gets an act id of its own."""
    claimed = record(bike="79699")
    assert [act.act_id for act in counted([claimed]).counted] == [act_id(PEPPER, f"shared-bike;bike=79699;start={AT}")]
    with pytest.raises(InvalidEvidence, match="record 2,") as refusal:
        counted([record(1), record(2), claimed._replace(act_key=act_key)])
    assert says in str(refusal.value)


def test_account__same_act_once_more__is_the_same_act() -> None:
    """Another second of the same minute, another distance, another user: still one act id."""
    claimed, again = record(bike="79699"), record(7, NOON + 59, quantity=900, bike="79699")
    result = counted([claimed, again])
    assert (len(result.counted), result.reasons) == (1, {Reason.REPEATED_ACT: 1})
    assert result.quarantined[0].act_id == result.counted[0].act_id


@pytest.mark.parametrize(
    ("scenario", "act_key", "says"),
    [
        (3, f"bus-ride;start={AT};ticket=A7", None),
        (2, f"rail-ride;start={AT};ticket=77", None),
        (2, f"bus-ride;start={AT};ticket=A7", "is of kind bus-ride, the methodology has rail-ride"),
        (3, f"bus-ride;start={AT};ticket=a7", "A-Z and 0-9"),
        (3, f"bus-ride;start={AT};ticket=0A7", "without a leading zero"),
        (3, f"bus-ride;start={AT};ticket=A-7", "A-Z and 0-9"),
        (3, f"bus-ride;start={AT};ticket=Ａ7", "NFKC"),
        (3, f"bus-ride;asset=A7;start={AT}", "has the fields asset, start"),
        (3, f"bus-ride;start={AT};ticket=", "ticket"),
    ],
)
def test_account__other_methodology__has_its_own_names(scenario: int, act_key: str, says: str | None) -> None:
    travel = load_shipped()["travel-beijing-2024"]
    batch = columns([record()._replace(scenario=scenario, act_key=act_key)])
    if says is None:
        assert [act.act_id for act in accounted(travel, scenario, [batch]).counted] == [act_id(PEPPER, act_key)]
        return
    with pytest.raises(InvalidEvidence, match="record 0,") as refusal:
        accounted(travel, scenario, [batch])
    assert says in str(refusal.value)


def test_account__scenario_that_the_methodology_has_not__is_set_aside_without_a_claim_whatever_its_kind() -> None:
    other = record(1)._replace(scenario=9, act_key=f"e-bike;frame=车7;start={AT}")
    result = counted([other, record(2)])
    assert (result.reasons, len(result.counted)) == ({Reason.UNKNOWN_SCENARIO: 1}, 1)
    assert result.claims()["act_id"].to_pylist() == [act_id(PEPPER, record(2).act_key)]
    with pytest.raises(InvalidEvidence, match="record 0,"):
        counted([other._replace(occurred_at=NOON + 60)])


def test_account__acts_that_recur__are_each_like_itself_alone(tmp_path: Path) -> None:
    definition = definition_of(cycling())
    definition["scenarios"][0]["act"]["recurs"] = True
    methodology = methodology_of(definition)
    last_year = record()._replace(occurred_at=NOON - 366 * 86_400)
    last_year = last_year._replace(act_key=record().act_key.replace("2016", "2015"))
    store = SqliteClaimStore(tmp_path / "claims.sqlite")
    for seq, (one, rule) in enumerate(((last_year, Period.parse("2015-01-01..2015-12-31")), (record(), AUGUST)), 1):
        screens = all_screens(methodology, 1, rule, store, ReportKey(PROJECT, seq))
        result = account([columns([one])], methodology, 1, cycling().rule(1, 2016, SHANGHAI), PEPPER, screens)
        assert (len(result.counted), result.findings) == (1, {})
        with store.reserving(ReportKey(PROJECT, seq), bytes([seq]) * 32, result.claims()):
            pass
    store.close()


def test_account__time_beyond_the_calendar__is_refused() -> None:
    with pytest.raises(InvalidEvidence, match="record 0,"):
        counted([record()._replace(occurred_at=2**62)])


def test_account__short_pepper__is_refused() -> None:
    with pytest.raises(InvalidEvidence, match="pepper"):
        account([], cycling(), 1, cycling().rule(1, 2016, SHANGHAI), b"short", [])


@pytest.mark.parametrize(("bad", "refused"), [(9, False), (10, False), (11, True)])
def test_refuse__less_equal_and_more_than_the_share(bad: int, refused: bool) -> None:
    # 100 in 10,000 of 1,000 records are 10.
    records = [record(number, quantity=0 if number < bad else 100) for number in range(1000)]
    result = counted(records)
    if not refused:
        refuse_if_too_many(result, cycling(), "name")
        return
    with pytest.raises(PackageRefused) as refusal:
        refuse_if_too_many(result, cycling(), "name")
    assert refusal.value.values["findings"] == {"quantity_too_small": 11}
    assert (refusal.value.values["count"], refusal.value.values["records"]) == (11, 1000)


def test_account__rows_of_a_table_in_any_order__give_the_same_leaves(tmp_path: Path) -> None:
    rides = [
        *month(30),
        Ride(bike="1000", start="2016-08-05 08:00"),
        Ride(bike="1000", start="2016-08-05 08:00", metres="7"),
    ]
    shuffled = random.Random(3).sample(rides, len(rides))
    results = [
        counted(read_back(packed(tmp_path / name, each).folder)) for name, each in (("a", rides), ("b", shuffled))
    ]
    assert results[0].leaves(0) == results[1].leaves(0)
    assert results[0].reasons == results[1].reasons == {Reason.REPEATED_ACT: 1}
    # Of the two the one with less is kept.
    assert min(each.quantity for each in results[0].counted) == 7
