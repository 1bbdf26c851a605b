"""The log on disk: crashes leave it as it was, and damage is found when it matters."""

import subprocess
import sys
from pathlib import Path

import pytest

from registry.domain.errors import LogCorrupted, Unavailable
from registry.log import tree
from registry.log.checkpoint import Checkpoint
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from tests.registry.log.lines import END, HASHES, LEAVES, ROOT, line_of_leaves

ROOT_FOLDER = Path(__file__).resolve().parents[3]

# Crashes: an append that fails at one of its writes, because a folder stands where the file has to go


BLOCKED = ["tile/0/000", "tile/0/001", "tile/0/003.p/132", "tile/1/000.p/3"]


@pytest.mark.parametrize("blocked", BLOCKED[1:])
def test_append__that_failed__leaves_the_log_as_it_was(folder: Path, blocked: str) -> None:
    LogStore(folder).append(LEAVES[:300])
    (folder / blocked).mkdir(parents=True)
    store = LogStore(folder)
    with pytest.raises(Unavailable, match="directory"):
        store.append(line_of_leaves(600, store.serial_end, "b"))
    (folder / blocked).rmdir()
    assert LogStore(folder).verify() == Checkpoint(300, tree.root(HASHES[:300]))
    assert store.leaf(299) == LEAVES[299]
    # The next append is another one, shorter than what the failed one left lying about.
    assert store.append(LEAVES[300:400]) == (400, tree.root(HASHES[:400]))
    assert store.append(LEAVES[400:]) == (1000, ROOT)
    assert LogStore(folder).verify() == Checkpoint(1000, ROOT)
    assert (folder / "leaves.bin").stat().st_size == 96_000


@pytest.mark.parametrize("blocked", BLOCKED)
def test_first_append__that_failed__leaves_an_empty_log(folder: Path, blocked: str) -> None:
    (folder / blocked).mkdir(parents=True)
    store = LogStore(folder)
    with pytest.raises(Unavailable):
        store.append(line_of_leaves(900, 0, "b"))
    (folder / blocked).rmdir()
    assert LogStore(folder).size == 0
    assert store.append(LEAVES) == (1000, ROOT)
    assert LogStore(folder).verify() == Checkpoint(1000, ROOT)


APPENDING = """
import sys
from pathlib import Path
from registry.log.store import LogStore
from tests.registry.log.lines import line_of_leaves
leaves = line_of_leaves(1000)
store = LogStore(Path(sys.argv[1]))
for part in range(store.size, 1000, 8):
    store.append(leaves[part : min(part + 8, 1000)])
"""


def test_append__killed_again_and_again__loses_and_doubles_nothing(folder: Path) -> None:
    """A process appends in small parts and is killed; the next one goes on from what it finds."""
    for target in (100, 350, 600):
        with subprocess.Popen([sys.executable, "-c", APPENDING, str(folder)], cwd=ROOT_FOLDER) as process:
            while LogStore(folder).size < target and process.poll() is None:
                pass
            process.kill()
        checkpoint = LogStore(folder).verify()
        assert checkpoint == Checkpoint(checkpoint.size, tree.root(HASHES[: checkpoint.size]))
        assert checkpoint.size >= target
    store = LogStore(folder)
    store.append(LEAVES[store.size :])
    assert LogStore(folder).verify() == Checkpoint(1000, ROOT)


def test_leftovers__past_the_checkpoint__are_not_read(damaged: Path) -> None:
    with (damaged / "leaves.bin").open("ab") as file:
        file.write(b"half a leaf")
    (damaged / "tile/0/003").write_bytes(b"\xff" * 8192)
    (damaged / ".checkpoint.7.0a1b2c3d").write_bytes(b"half a checkp")
    store = LogStore(damaged)
    assert store.verify() == Checkpoint(1000, ROOT)
    more = line_of_leaves(100, END, "c")
    assert store.append(more)[0] == 1100
    assert LogStore(damaged).verify().size == 1100


# Damage: files of the log itself


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("file", "offset"), [("tile/0/000", 0), ("tile/0/003.p/232", 7000), ("tile/1/000.p/3", 40), ("leaves.bin", 70)]
)
def test_flipped_bit__is_found_by_whoever_reads_there(damaged: Path, file: str, offset: int) -> None:
    flip(damaged / file, offset)
    with pytest.raises(LogCorrupted):
        LogStore(damaged).verify()
    with pytest.raises(LogCorrupted):
        list(LogStore(damaged).leaves())


def test_flipped_bit__in_a_tile__spoils_the_proofs_it_is_in_and_no_others(damaged: Path) -> None:
    flip(damaged / "tile/0/000", 10 * 32)
    store = LogStore(damaged)
    for index in (10, 11, 200):
        with pytest.raises(LogCorrupted, match=ROOT.hex()):
            store.inclusion_proof(index)
        with pytest.raises(LogCorrupted):
            store.leaf(index)
    # Beside it the root of this tile is taken from the level above, so these proofs are sound, and proved to be.
    tree.verify_inclusion(HASHES[300], 300, 1000, store.inclusion_proof(300), ROOT)
    with pytest.raises(LogCorrupted):
        store.root(200)


def test_flipped_bit__in_a_leaf__is_found_when_it_is_read(damaged: Path) -> None:
    flip(damaged / "leaves.bin", 500 * 96 + 20)
    store = LogStore(damaged)
    assert store.leaf(499) == LEAVES[499]
    with pytest.raises(LogCorrupted, match="leaf 500"):
        store.leaf(500)
    with pytest.raises(LogCorrupted, match="leaf 500"):
        list(store.leaves_between(0, END))


def test_flipped_serial__that_misleads_the_search__is_found(damaged: Path) -> None:
    for index in range(0, 1000, 3):
        flip(damaged / "leaves.bin", index * 96 + 3)
    for serial in range(0, END, 2503):
        try:
            leaf = Leaf.unpack(LEAVES[LogStore(damaged).find_serial(serial)])
        except LogCorrupted:
            continue
        assert leaf.serial_start <= serial < leaf.serial_end


@pytest.mark.parametrize("file", ["tile/0/000", "tile/0/003.p/232", "tile/1/000.p/3"])
@pytest.mark.parametrize("length", [None, 0, 31, 5000])
def test_tile__missing_or_cut__is_named(damaged: Path, file: str, length: int | None) -> None:
    path = damaged / file
    if length is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:length] if length < 96 else path.read_bytes() * 2)
    with pytest.raises(LogCorrupted, match=file):
        LogStore(damaged).verify()


@pytest.mark.parametrize("length", [0, 95_999])
def test_leaves__cut__are_named(damaged: Path, length: int) -> None:
    with (damaged / "leaves.bin").open("r+b") as file:
        file.truncate(length)
    with pytest.raises(LogCorrupted, match=r"leaves\.bin .* 1000 leaves need 96000"):
        LogStore(damaged).checkpoint()


def test_leaves__missing__are_named(damaged: Path) -> None:
    (damaged / "leaves.bin").unlink()
    with pytest.raises(LogCorrupted, match=r"leaves\.bin"):
        LogStore(damaged).checkpoint()


def test_checkpoint__missing_beside_leaves__is_no_empty_log(damaged: Path) -> None:
    (damaged / "checkpoint").unlink()
    for ask in (lambda: LogStore(damaged).size, lambda: LogStore(damaged).append(LEAVES)):
        with pytest.raises(LogCorrupted, match="missing"):
            ask()


GOOD = Checkpoint(1000, ROOT).text()


@pytest.mark.parametrize(
    "text",
    [
        *["", "\n\n\n", GOOD[:-1], GOOD + "\n", GOOD + "— signature", GOOD.replace("\n", "\r\n"), GOOD[1:]],
        *[GOOD.replace("1000", "-1"), GOOD.replace("1000", "01000"), GOOD.replace("1000", "1e3")],
        *[GOOD.replace("1000", "1" * 30), GOOD.replace("1000", "0"), GOOD[:-2] + "!\n", GOOD[:-2] + "A\n"],
        *[Checkpoint(1000, tree.EMPTY_ROOT).text(), "\xff\xfe"],
    ],
)
def test_checkpoint__malformed__is_refused(damaged: Path, text: str) -> None:
    (damaged / "checkpoint").write_bytes(text.encode("latin-1", errors="replace"))
    with pytest.raises(LogCorrupted, match="checkpoint"):
        LogStore(damaged).checkpoint()


@pytest.mark.parametrize("size", [999, 600])
def test_checkpoint__of_another_size_with_this_root__proves_nothing(damaged: Path, size: int) -> None:
    (damaged / "checkpoint").write_text(Checkpoint(size, ROOT).text())
    for ask in (lambda: LogStore(damaged).root(), lambda: LogStore(damaged).leaf(0)):
        with pytest.raises(LogCorrupted):
            ask()


def test_checkpoint__with_another_root__stops_the_next_append(damaged: Path) -> None:
    (damaged / "checkpoint").write_text(Checkpoint(1000, bytes(32)).text())
    more = line_of_leaves(3, END, "c")
    for function in (LogStore(damaged).append, LogStore(damaged).preview):
        with pytest.raises(LogCorrupted):
            function(more)


def test_append__onto_a_damaged_edge__is_refused_and_signs_nothing_new(damaged: Path) -> None:
    flip(damaged / "tile/0/003.p/232", 0)
    more = line_of_leaves(30, END, "c")
    with pytest.raises(LogCorrupted):
        LogStore(damaged).append(more)
    with pytest.raises(LogCorrupted):
        LogStore(damaged).preview(more)
    assert LogStore(damaged).checkpoint() == Checkpoint(1000, ROOT)
