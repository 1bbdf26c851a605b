"""Oracles and the exclusion list: one list in force, named by the package, known later; another one is a difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oracles.committee import Oracle
from oracles.errors import InvalidExclusions, OracleRefuses
from oracles.exclusion_lists import ExclusionLists
from oracles.screens.exclusions import ExclusionList
from oracles.sources import FolderSource
from registry.domain.canonical import canonical_json
from registry.domain.errors import IntegrityError, InvalidEvidence, NotFound
from registry.domain.reasons import Reason
from tests import world as worlds
from tests.oracles.committee.test_keeping import accept
from tests.oracles.conftest import NETWORK, Committee
from tests.oracles.factory import month, signed


def content(*bikes: str) -> bytes:
    period = {"first": "2016-08-01", "last": "2016-08-31"}
    assets = [{"asset": f"shared-bike;bike={bike}", "period": period, "used_in": "CCER 2016-017"} for bike in bikes]
    listed = {"format": "puhui-exclusions/1", "jurisdiction": worlds.SHANGHAI, "title": "CCER"}
    return canonical_json({**listed, "acts": [], "assets": assets})


def put(folder: Path, *bikes: str) -> ExclusionLists:
    """A folder with a list of these bikes in force."""
    lists, listed = ExclusionLists(folder), content(*bikes)
    lists.put_in_force(listed, ExclusionList.from_bytes(listed).sha256)
    return lists


def oracle_with(committee: Committee, number: int, lists: ExclusionLists) -> Oracle:
    network = replace(NETWORK, exclusions=lists)
    oracle = Oracle(committee.root / str(number), worlds.ORACLES[number], network, clock=committee.world.clock)
    committee.oracles.append(oracle)
    return oracle


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Forty rides; bike 1003 of one of them is on the list that the package names."""
    return signed(tmp_path / "listed", month(), exclusions=ExclusionList.from_bytes(content("1003")).sha256)


def pulled(oracle: Oracle, package: Path) -> Path:
    return oracle.pull(FolderSource(package.parent), package.name)


def test_listed_act__is_set_aside_by_every_oracle_with_the_list(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    first, second = (oracle_with(committee, n, put(tmp_path / f"lists {n}", "1003")) for n in (0, 1))
    view = committee.view()
    proposed = first.compute(pulled(first, package), view)
    assert proposed.reasons == {Reason.EXCLUDED_ELSEWHERE: 1}
    assert (len(proposed.leaves), proposed.claims.num_rows) == (39, 39)
    assert second.examine(pulled(second, package), view, proposed.proposal()).report == proposed.report


def test_another_list__is_a_difference_that_names_the_record(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    first = oracle_with(committee, 0, put(tmp_path / "lists", "1003"))
    other = oracle_with(committee, 1, put(tmp_path / "others", "1003", "1005"))
    view = committee.view()
    proposed = first.compute(pulled(first, package), view)
    with pytest.raises(OracleRefuses, match=r"shared-bike;bike=1005;start=") as refused:
        other.examine(pulled(other, package), view, proposed.proposal())
    mine, theirs = (ExclusionList.from_bytes(content(*bikes)).sha256 for bikes in (("1003",), ("1003", "1005")))
    assert mine.hex() in str(refused.value)
    assert theirs.hex() in str(refused.value)
    assert "bike=1005" in refused.value.values["act_key"]


def test_package_without_the_list_in_force__is_refused(committee: Committee, tmp_path: Path) -> None:
    oracle = oracle_with(committee, 0, put(tmp_path / "lists", "1003"))
    plain = signed(tmp_path / "plain", month())
    with pytest.raises(InvalidEvidence, match="states list none, in force for jurisdiction 310000 is"):
        oracle.compute(pulled(oracle, plain), committee.view())


def test_package_with_a_list_that_nobody_has__is_refused(committee: Committee, package: Path) -> None:
    oracle = committee.oracles[0]
    with pytest.raises(InvalidEvidence, match="is none here"):
        oracle.compute(pulled(oracle, package), committee.view())


def test_lists__an_earlier_one_is_still_known(tmp_path: Path) -> None:
    put(tmp_path, "1003")
    lists = put(tmp_path, "1004")
    earlier, later = (ExclusionList.from_bytes(content(bike)) for bike in ("1003", "1004"))
    assert lists.in_force(worlds.SHANGHAI) == later
    assert lists.get(earlier.sha256) == earlier
    assert lists.in_force(420_000) is None


def test_lists__another_hash_than_the_published__is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(InvalidExclusions, match="published was 6868"):
        ExclusionLists(tmp_path).put_in_force(content("1"), b"h" * 32)
    assert ExclusionLists(tmp_path).in_force(worlds.SHANGHAI) is None


def test_lists__changed_or_lost_on_disk__is_told(tmp_path: Path) -> None:
    put(tmp_path, "1003")
    listed = ExclusionList.from_bytes(content("1003"))
    path = tmp_path / f"{listed.sha256.hex()}.json"
    path.write_bytes(content("1004"))
    with pytest.raises(IntegrityError, match="its SHA-256 is"):
        ExclusionLists(tmp_path).in_force(worlds.SHANGHAI)
    path.unlink()
    with pytest.raises(NotFound, match="exclusion list"):
        ExclusionLists(tmp_path).in_force(worlds.SHANGHAI)
    (tmp_path / "in_force.json").write_bytes(b"[]")
    with pytest.raises(IntegrityError, match="in_force"):
        ExclusionLists(tmp_path).in_force(worlds.SHANGHAI)


def test_follow__a_list_that_is_not_in_force_any_more__is_applied_as_it_was(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    lists = put(tmp_path / "lists", "1003")
    committee.oracles[:] = [oracle_with(committee, number, lists) for number in range(4)]
    own = accept(committee, package)
    late = Oracle(tmp_path / "late", worlds.ORACLES[0], replace(NETWORK, exclusions=put(tmp_path / "lists", "1007")))
    committee.oracles.append(late)
    assert late.follow(package, committee.view(), own.report).report == own.report
