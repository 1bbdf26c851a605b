"""Leaves in one buffer, and trees over them that are made by several processes."""

from pathlib import Path

import pytest

from registry.domain.errors import InvalidEvidence
from registry.domain.units import LINE_END
from registry.log import tile_hashing, tree
from registry.log.leaf import LEAF_BYTES, Leaf
from registry.log.packed import PackedLeaves
from registry.log.store import LogStore
from tests.registry.log.lines import HASHES, LEAVES, ROOT


@pytest.fixture
def mapped(tmp_path: Path) -> PackedLeaves:
    path = tmp_path / "given.bin"
    path.write_bytes(b"".join(LEAVES))
    return PackedLeaves.mapped(path)


def test_packed__is_a_sequence_of_leaves(mapped: PackedLeaves) -> None:
    packed = PackedLeaves.of(LEAVES)
    for leaves in (packed, mapped):
        assert len(leaves) == 1000
        assert list(leaves) == LEAVES
        assert (leaves[0], leaves[-1]) == (LEAVES[0], LEAVES[-1])
        assert leaves[10:20] == LEAVES[10:20]
        assert leaves[20:10] == []
        with pytest.raises(IndexError):
            leaves[1000]
        with pytest.raises(ValueError, match="step"):
            leaves[::2]
    assert packed == mapped
    assert packed != mapped[1:]
    assert PackedLeaves.of(packed) is packed
    assert mapped[5:][7:9].first == 12


def test_packed__one_byte_of_many_differs__is_not_equal() -> None:
    content = bytearray(b"".join(LEAVES) * 20)
    other = PackedLeaves(bytes(content))
    content[-1] ^= 1
    assert PackedLeaves(bytes(content)) != other


def test_packed__fields__are_those_of_the_leaf(mapped: PackedLeaves) -> None:
    leaf = Leaf.unpack(LEAVES[501])
    row = mapped.fields[501]
    for name in ("serial_start", "grams", "quantity", "occurred_on", "scenario", "version"):
        assert int(row[name]) == getattr(leaf, name)
    assert (bytes(row["act_id"]), bytes(row["actor"])) == (leaf.act_id, leaf.actor)


@pytest.mark.parametrize("content", [b"x", bytes(LEAF_BYTES - 1), bytes(LEAF_BYTES + 1)])
def test_packed__not_whole_leaves__is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidEvidence, match="whole leaves"):
        PackedLeaves(content)
    with pytest.raises(InvalidEvidence, match="leaf 8"):
        PackedLeaves.of([LEAVES[0], content], 7)


def test_packed__empty_file__has_no_leaves(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert len(PackedLeaves.mapped(tmp_path / "empty")) == 0


@pytest.mark.parametrize("parts", [[1000], [255, 745], [300, 700], [512, 1, 487]])
def test_append__mapped_leaves__gives_the_files_of_single_leaves(
    full: LogStore, store: LogStore, mapped: PackedLeaves, parts: list[int]
) -> None:
    first = 0
    for count in parts:
        part = mapped[first : first + count]
        first += count
        previewed = store.preview(part)
        assert store.append(part) == previewed == (first, tree.root(HASHES[:first]))
    assert store.verify() == full.verify()
    for path in sorted(store.folder.rglob("tile/*/*")):
        if path.is_file():
            assert path.read_bytes() == (full.folder / path.relative_to(store.folder)).read_bytes()


def test_append__shared_out_to_processes__gives_the_same(
    mapped: PackedLeaves, store: LogStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_hashing, "_SHARED_OUT_LEAVES", 1)
    monkeypatch.setattr(tile_hashing, "_PART_TILES", 1)
    assert store.preview(mapped) == store.append(mapped) == (1000, ROOT)
    store.verify()


@pytest.mark.parametrize("grams", [LINE_END, LINE_END + 1, 2**64 - 1])
def test_append__enormous_grams__never_come_round_to_what_fits(store: LogStore, grams: int) -> None:
    store.append([Leaf(0, 5, 1, 17_014, 1, bytes(32), bytes(32)).pack()])
    forged = (5).to_bytes(8, "big") + grams.to_bytes(8, "big") + LEAVES[0][16:]
    following = ((5 + grams) % 2**64).to_bytes(8, "big") + LEAVES[0][8:]
    with pytest.raises(InvalidEvidence, match="beyond"):
        store.append([forged, following])
    assert store.size == 1
