"""Naming the first act in which two lists of leaves differ."""

from __future__ import annotations

from dataclasses import replace

from oracles.committee.comparison import first_difference
from registry.log.leaf import Leaf


def line(*leaves: Leaf) -> list[bytes]:
    """Packed leaves in order, serials without a gap."""
    packed, serial = [], 0
    for leaf in sorted(leaves, key=lambda leaf: (leaf.occurred_on, leaf.act_id)):
        packed.append(replace(leaf, serial_start=serial).pack())
        serial += leaf.grams
    return packed


def leaf(number: int, day: int = 17_014, grams: int = 100) -> Leaf:
    return Leaf(0, grams, 1000, day, 1, number.to_bytes(32, "big"), bytes(32))


LEAVES = [leaf(number, 17_014 + number % 3) for number in range(9)]


def test_same_acts__no_difference_also_at_another_serial() -> None:
    assert first_difference(line(*LEAVES), line(*LEAVES)) is None
    moved = [
        replace(Leaf.unpack(packed), serial_start=5_000 + n * 100).pack() for n, packed in enumerate(line(*LEAVES))
    ]
    assert first_difference(line(*LEAVES), moved) is None
    assert first_difference([], []) is None


def test_one_otherwise__is_the_one_though_all_later_serials_differ() -> None:
    altered = [replace(each, grams=each.grams + 1) if each.act_id == LEAVES[4].act_id else each for each in LEAVES]
    found = first_difference(line(*LEAVES), line(*altered))
    assert found is not None
    assert (found.act_id, found.total, found.otherwise) == (LEAVES[4].act_id, 1, 1)
    assert found.own is not None
    assert found.proposed is not None
    assert (found.own.grams, found.proposed.grams) == (100, 101)


def test_missing_and_extra__the_first_in_the_order_of_leaves_is_named() -> None:
    own = [each for each in LEAVES if each.act_id != LEAVES[1].act_id]
    proposed = [each for each in LEAVES if each.act_id != LEAVES[2].act_id]
    found = first_difference(line(*own), line(*proposed))
    assert found is not None
    # Act 1 lies on a day before act 2.
    assert (found.act_id, found.own, found.only_own, found.only_proposed) == (LEAVES[1].act_id, None, 1, 1)
    assert "own not counted, proposed 100 g" in found.text("act 1")
