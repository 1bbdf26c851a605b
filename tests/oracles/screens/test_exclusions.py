"""The exclusion list: read strictly, and matched with acts by id and with assets by day."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from oracles.errors import InvalidExclusions
from oracles.screens.exclusions import ExcludedElsewhereScreen, ExclusionList
from registry.domain.acts import asset_of
from registry.domain.canonical import canonical_json
from tests.oracles.factory import AUGUST
from tests.oracles.screens.test_screens import acts

LISTED = b"l" * 32
SHANGHAI = 310_000
USED = "CCER 2016-017"


def content(**changed: Any) -> dict[str, Any]:
    return {
        "format": "puhui-exclusions/1",
        "jurisdiction": SHANGHAI,
        "title": "Credited under CCER",
        "acts": [{"act_id": LISTED.hex(), "used_in": USED}],
        "assets": [asset()],
        **changed,
    }


def asset(name: str = "pv-meter;meter=SH1", first: str = "2016-08-02", last: str = "2016-08-03") -> dict[str, Any]:
    return {"asset": name, "period": {"first": first, "last": last}, "used_in": USED}


def read(**changed: Any) -> ExclusionList:
    return ExclusionList.from_bytes(canonical_json(content(**changed)))


def test_list__is_named_by_its_hash() -> None:
    found = read()
    assert found.sha256 == hashlib.sha256(canonical_json(content())).digest()
    assert (found.acts, found.assets) == (
        {LISTED: USED},
        {"pv-meter;meter=SH1": ((AUGUST.start_day + 1, AUGUST.start_day + 2),)},
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"format": "puhui-exclusions/2"}, "puhui-exclusions/1"),
        ({"jurisdiction": True}, r"\$.jurisdiction"),
        ({"jurisdiction": 0}, r"\$.jurisdiction"),
        ({"more": 1}, "more"),
        ({"title": ""}, r"\$.title"),
        ({"acts": {}}, r"\$.acts"),
        ({"acts": [{"act_id": "AA" * 32, "used_in": USED}]}, r"acts\[0\].act_id"),
        ({"acts": [{"act_id": "aa" * 32, "used_in": USED}] * 2}, r"acts\[1\].act_id: is listed twice"),
        ({"acts": [{"act_id": "aa" * 32, "used_in": 3}]}, r"acts\[0\].used_in"),
        ({"assets": [asset("meter")]}, r"assets\[0\]"),
        ({"assets": [asset("pv-meter;meter=1;start=2016-08-02T00:00+08:00")]}, "by its act id"),
        ({"assets": [asset(first="2016-08-04")]}, "ends before it begins"),
        ({"assets": [asset(last="2016-8-4")]}, r"assets\[0\]"),
    ],
)
def test_list__anything_else__is_refused_with_its_place(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidExclusions, match=told):
        read(**changed)


def test_list__no_json_or_too_long__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidExclusions, match="JSON"):
        ExclusionList.from_bytes(b"{")
    monkeypatch.setattr("oracles.screens.exclusions.LIST_BYTES_MAX", 10)
    with pytest.raises(InvalidExclusions, match="at most 10"):
        read()


def test_asset__is_the_act_key_without_its_start_wherever_that_stands() -> None:
    assert asset_of("bike;bike=7;start=2016-08-01T00:23+08:00") == "bike;bike=7"
    assert asset_of("meter;start=2016-08-01T00:23+08:00;unit=7") == "meter;unit=7"


def test_screen__acts_by_id_and_assets_by_local_day() -> None:
    batch = acts(act_id=[b"x" * 32, LISTED, *([b"y" * 32] * 5)], at=[0, 0, *(day * 86_400 for day in range(5))])
    for position in range(2, 7):
        batch.records.act_key[position] = f"pv-meter;meter=SH1;start={position}"
    assert ExcludedElsewhereScreen(read()).flag(batch) == [1, 3, 4]
    assert ExcludedElsewhereScreen(None).flag(batch) == []


def test_screen__two_times_of_one_asset_and_another_asset() -> None:
    listed = read(acts=[], assets=[asset(), asset(first="2016-08-05", last="2016-08-05"), asset("pv-meter;meter=SH2")])
    batch = acts(at=[day * 86_400 for day in range(6)])
    batch.records.act_key[:] = [*(["pv-meter;meter=SH1;start=x"] * 5), "pv-meter;meter=SH10;start=x"]
    assert ExcludedElsewhereScreen(listed).flag(batch) == [1, 2, 4]
