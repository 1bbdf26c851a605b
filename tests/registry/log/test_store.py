"""The log on disk: proofs from tiles, serials, and appends in any parts."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.errors import Conflict, InvalidEvidence, LogTooShort, NotFound
from registry.domain.units import LINE_END
from registry.log import tree
from registry.log.checkpoint import Checkpoint
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from registry.log.tile_hashing import tile_path
from tests.registry.log.lines import END, HASHES, LEAVES, ROOT, line_of_leaves

# Reading


def test_empty_log__has_the_empty_root_and_nothing_else(store: LogStore) -> None:
    assert (store.size, store.root(), store.serial_end) == (0, tree.EMPTY_ROOT, 0)
    assert list(store.leaves()) == []
    assert store.verify() == Checkpoint(0, tree.EMPTY_ROOT)
    assert store.consistency_proof(0) == []
    for ask in (lambda: store.leaf(0), lambda: store.inclusion_proof(0), lambda: store.find_serial(0)):
        with pytest.raises(NotFound):
            ask()


def test_reading__creates_no_folder(folder: Path, store: LogStore) -> None:
    assert store.size == 0
    assert not folder.exists()


def test_roots__of_every_size__equal_those_of_the_tree(full: LogStore) -> None:
    assert full.root() == ROOT
    for size in [0, 1, 2, 3, 127, 128, 255, 256, 257, 511, 512, 513, 767, 768, 999, 1000]:
        assert full.root(size) == tree.root(HASHES[:size])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 768, 999, 1000])
def test_inclusion__of_leaves_at_every_edge__verifies(full: LogStore, size: int) -> None:
    for index in {0, 1, 127, 128, 254, 255, 256, 511, 512, 767, 768, 998, size - 1}:
        if index < size:
            proof = full.inclusion_proof(index, size)
            assert proof == tree.inclusion_proof(HASHES[:size], index)
            tree.verify_inclusion(tree.leaf_hash(full.leaf(index)), index, size, proof, full.root(size))


@pytest.mark.parametrize("before", [0, 1, 255, 256, 257, 600, 999, 1000])
def test_consistency__of_every_earlier_size__verifies(full: LogStore, before: int) -> None:
    for size in {before, 768, 1000}:
        if before <= size:
            proof = full.consistency_proof(before, size)
            assert proof == tree.consistency_proof(HASHES[:size], before)
            tree.verify_consistency(before, size, full.root(before), full.root(size), proof)


@pytest.mark.parametrize("number", [-1, 1001, 10**12])
def test_asking__beyond_the_log__says_how_long_it_is(full: LogStore, number: int) -> None:
    asks: list[Callable[[], Any]] = [
        lambda: full.leaf(number),
        lambda: full.root(number),
        lambda: full.inclusion_proof(number),
        lambda: full.inclusion_proof(0, number),
        lambda: full.consistency_proof(number),
        lambda: full.consistency_proof(0, number),
        lambda: full.leaves(0, number),
        lambda: full.leaves(number),
    ]
    for ask in asks:
        with pytest.raises(LogTooShort, match="1000 leaves"):
            ask()


def test_inclusion__of_a_leaf_after_the_asked_size__is_refused(full: LogStore) -> None:
    with pytest.raises(LogTooShort):
        full.inclusion_proof(500, 500)


def test_consistency__backwards__is_refused(full: LogStore) -> None:
    with pytest.raises(LogTooShort):
        full.consistency_proof(600, 500)


def test_leaves__come_in_order(full: LogStore) -> None:
    assert list(full.leaves()) == list(enumerate(LEAVES))
    assert list(full.leaves(250, 260)) == list(enumerate(LEAVES))[250:260]
    assert list(full.leaves(1000)) == []


# Serials


@given(st.integers(0, END - 1))
def test_serial__is_found_in_the_act_that_holds_it(full: LogStore, serial: int) -> None:
    index = full.find_serial(serial)
    leaf = Leaf.unpack(LEAVES[index])
    assert leaf.serial_start <= serial < leaf.serial_end


def test_serial__at_the_edges_of_acts__is_found_past_acts_without_a_gram(full: LogStore) -> None:
    # Leaf 0 has no gram, leaf 1 has 13, ..., leaf 6 has 78, leaf 7 has none again.
    ends = [(0, 1), (12, 1), (13, 2), (38, 2), (39, 3), (194, 5), (195, 6), (272, 6), (273, 8)]
    assert [(serial, full.find_serial(serial)) for serial, _ in ends] == ends


@pytest.mark.parametrize("serial", [-1, END, END + 1, 2**70])
def test_serial__that_no_act_has_reached__is_not_found(full: LogStore, serial: int) -> None:
    with pytest.raises(NotFound, match="serial"):
        full.find_serial(serial)


def test_serial_end__is_the_sum_of_all_grams(full: LogStore) -> None:
    assert full.serial_end == END


def test_leaves_between__are_those_that_hold_a_gram_of_the_range(full: LogStore) -> None:
    assert list(full.leaves_between(0, END)) == [(i, leaf) for i, leaf in enumerate(LEAVES) if i % 7]
    assert [index for index, _ in full.leaves_between(12, 14)] == [1, 2]
    assert [index for index, _ in full.leaves_between(272, 274)] == [6, 8]
    assert [index for index, _ in full.leaves_between(13, 14)] == [2]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5), (0, END + 1), (END, END + 1)])
def test_leaves_between__of_no_such_range__are_not_found(full: LogStore, start: int, end: int) -> None:
    with pytest.raises(NotFound):
        full.leaves_between(start, end)


# Appending


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_append__in_any_parts__gives_one_and_the_same_log(
    tmp_path_factory: pytest.TempPathFactory, parts: list[int]
) -> None:
    store = LogStore(tmp_path_factory.mktemp("parts"))
    start = 0
    for part in parts:
        leaves = LEAVES[start : start + part]
        if leaves:
            preview = store.preview(leaves)
            assert store.append(leaves) == preview == (start + len(leaves), tree.root(HASHES[: start + len(leaves)]))
            start += len(leaves)
    assert store.verify().size == start


def test_preview__writes_nothing(folder: Path, store: LogStore) -> None:
    assert store.preview(LEAVES) == (1000, ROOT)
    assert not folder.exists()
    store.append(LEAVES[:300])
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    assert store.preview(LEAVES[300:]) == (1000, ROOT)
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")) == before


def test_append__writes_the_files_of_the_tiles_layout(folder: Path, store: LogStore) -> None:
    store.append(LEAVES[:600])
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    tiles = {"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}
    assert files == {"leaves.bin", "checkpoint", "lock", *tiles}
    assert (folder / "tile/0/001").read_bytes() == b"".join(HASHES[256:512])
    assert (folder / "tile/1/000.p/2").read_bytes() == tree.root(HASHES[:256]) + tree.root(HASHES[256:512])


def test_log__of_three_levels__has_short_proofs_from_few_tiles(folder: Path, store: LogStore) -> None:
    leaves = line_of_leaves(66_000)
    hashes = [tree.leaf_hash(leaf) for leaf in leaves]
    root = tree.root(hashes)
    assert store.append(leaves) == (66_000, root)
    assert (folder / "tile/2/000.p/1").read_bytes() == tree.root(hashes[:65_536])
    for index in (0, 40_000, 65_535, 65_536, 65_999):
        reader = LogStore(folder)
        tree.verify_inclusion(hashes[index], index, 66_000, reader.inclusion_proof(index), root)
        assert len(reader._tiles._cache) <= 4


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 999, 256, "tile/1/999"),
        (2, 1000, 256, "tile/2/x001/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 1234067, 7, "tile/0/x001/x234/067.p/7"),
    ],
)
def test_tile_path__is_that_of_c2sp(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == path


@pytest.mark.parametrize(
    ("leaves", "problem"),
    [
        ([], "no leaf"),
        ([b""], "0 bytes"),
        ([LEAVES[100] + b"x"], "97 bytes"),
        (LEAVES[99:100], "the line is at"),
        (LEAVES[101:102], "the line is at"),
        ([LEAVES[100], LEAVES[102]], "leaf 101"),
        (LEAVES[:1], "begins at serial 0"),
    ],
)
def test_append__of_leaves_that_do_not_continue_the_line__changes_nothing(
    folder: Path, store: LogStore, leaves: list[bytes], problem: str
) -> None:
    store.append(LEAVES[:100])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for function in (store.append, store.preview):
        with pytest.raises(InvalidEvidence, match=problem):
            function(leaves)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_append__beyond_the_greatest_serial__is_refused(store: LogStore) -> None:
    digest = bytes(32)
    store.append([Leaf(0, LINE_END - 1, 1, 1, 1, digest, digest).pack()])
    last = Leaf(LINE_END - 1, 1, 1, 1, 1, digest, digest).pack()
    over = last[:8] + (2).to_bytes(8, "big") + last[16:]
    with pytest.raises(InvalidEvidence, match="beyond"):
        store.append([over])
    assert store.append([last])[0] == 2


def test_append__while_another_appends__is_refused(folder: Path, store: LogStore) -> None:
    store.append(LEAVES[:10])
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict, match="another process"):
            store.append(LEAVES[10:20])
    assert store.append(LEAVES[10:20])[0] == 20


def test_reading__from_another_store__sees_what_was_appended(folder: Path, store: LogStore) -> None:
    reader = LogStore(folder)
    for start in range(0, 1000, 200):
        store.append(LEAVES[start : start + 200])
        assert reader.root() == tree.root(HASHES[: start + 200])
        assert reader.leaf(start + 199) == LEAVES[start + 199]
