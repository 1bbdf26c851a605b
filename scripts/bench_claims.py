"""Measures the duplicate screen: a package of ten million acts against a store of half a billion.

Ids are drawn at random: an act id is the output of an HMAC, and looks no different. The store is built through its own
`record`, merges included (with `--quick` all but ten million are written as merging would have left them), in a folder
that is removed afterwards; building stops when the disk or the time is short.
Each question is asked by a process of its own, so that its memory can be told. Beside it stands what it takes to read
the bytes of the store and do nothing with them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oracles.screens import CLAIM_SCHEMA, ReportKey, SqliteClaimStore
from oracles.screens.claim_file import RUN_ROWS
from oracles.screens.claim_runs import ROW, Kind

REPORT_ACTS = 10_000_000
BYTES_EACH = 48
# While the largest runs are merged, what they become stands beside them.
ROOM_BPS = 16_000
KNOWN = 1_000
ASKING = ReportKey(999_999, 1)


def acts(seed: int, count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Act ids and look-alike keys of a report, the same for the same seed."""
    random = np.random.default_rng(seed)
    return (
        np.frombuffer(random.bytes(32 * count), np.uint8).reshape(count, 32).copy(),
        np.frombuffer(random.bytes(16 * count), np.uint8).reshape(count, 16).copy(),
    )


def fixed(values: npt.NDArray[np.uint8]) -> pa.FixedSizeBinaryArray:
    """Rows of bytes as Arrow has them."""
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(values.shape[1]), len(values), [None, pa.py_buffer(values)])


def table(seed: int, count: int) -> pa.Table:
    """Claims of a report: all counted."""
    act_ids, look_alikes = acts(seed, count)
    return pa.Table.from_arrays([fixed(act_ids), fixed(look_alikes), pa.repeat(True, count)], schema=CLAIM_SCHEMA)


def build(path: Path, ids: int, deadline: float) -> int:
    """Fills a store with reports of ten million acts; tells how many ids it has in the end."""
    store = SqliteClaimStore(path)
    done = 0
    while done < ids and time.monotonic() < deadline:
        count = min(REPORT_ACTS, ids - done)
        seq = done // REPORT_ACTS + 1
        store.record(ReportKey(1, seq), seq.to_bytes(32, "big"), table(seq, count))
        done += count
        sys.stderr.write(f"\r{done:,} ids, {disk_bytes(path) / 1e9:.1f} GB ")
    sys.stderr.write("\n")
    store.close()
    return done


def fill(path: Path, ids: int) -> int:
    """Adds a report of random acts, in the runs that eightfold merging of runs of four million comes to.

    Tells how many ids are left over, less than such a run has.
    """
    store = SqliteClaimStore(path)
    store.record(ReportKey(2, 1), b"q" * 32, table(2, 1))
    (number,) = store._connection.execute("SELECT id FROM reports WHERE project_id = 2").fetchone()
    random = np.random.default_rng(3)
    for size in (RUN_ROWS * 64, RUN_ROWS * 8, RUN_ROWS):
        while ids >= size:
            ids -= size
            for kind in Kind:
                store._list(store._runs._write(kind, sorted_parts(random, kind, size, 2 * number + 1)))
            sys.stderr.write(f"\r{ids:,} ids left ")
    sys.stderr.write("\n")
    store.close()
    return ids


def sorted_parts(
    random: np.random.Generator, kind: Kind, size: int, mark: int
) -> Iterator[tuple[npt.NDArray[np.uint64], npt.NDArray[Any]]]:
    """Rows with keys spread evenly, a million at a time."""
    parts = size // 10**6
    for part in range(parts):
        low, high = 2**64 * part // parts, 2**64 * (part + 1) // parts
        rows = np.frombuffer(random.bytes(10**6 * ROW[kind].itemsize), ROW[kind]).copy()
        rows["report"] = mark
        yield np.sort(random.integers(low, high - 1, 10**6, np.uint64, endpoint=True)), rows


def package(kind: str) -> tuple[pa.Array, pa.Array, int, int]:
    """Ids and look-alikes of a package, how many were claimed before, how many are relabelled copies."""
    if kind == "small":
        return (*(fixed(column) for column in acts(10**6, 1_000)), 0, 0)
    if kind == "copied":
        return (*(fixed(column) for column in acts(1, REPORT_ACTS)), REPORT_ACTS, 0)
    act_ids, look_alikes = acts(10**6, REPORT_ACTS)
    known_ids, known_keys = acts(1, REPORT_ACTS)
    act_ids[:KNOWN], look_alikes[:KNOWN] = known_ids[:KNOWN], known_keys[:KNOWN]
    look_alikes[-KNOWN:] = known_keys[KNOWN : 2 * KNOWN]
    return fixed(act_ids), fixed(look_alikes), KNOWN, KNOWN


def ask(path: Path, kind: str) -> dict[str, float]:
    """Seconds, of the clock and of the processors, and the most memory of this process in bytes."""
    act_ids, look_alikes, claimed, relabelled = package(kind)
    store = SqliteClaimStore(path)
    with elapsed() as seconds:
        flags = store.flag(act_ids, look_alikes, ASKING)
    assert (len(flags.claimed), len(flags.relabelled)) == (claimed, relabelled), "the screen found something else"
    return {"seconds": seconds[0], "processor": seconds[1], "memory": memory_bytes()}


def reserve(path: Path) -> dict[str, float]:
    """Holding a new package against the store once more, sorting and writing its acts: on disk when it is signed."""
    claims = table(10**6, REPORT_ACTS)
    store = SqliteClaimStore(path)
    with elapsed() as seconds, store.reserving(ASKING, b"d" * 32, claims):
        pass
    return {"seconds": seconds[0], "processor": seconds[1], "memory": memory_bytes()}


def memory_bytes() -> int:
    """The most this process had at once. (What the system tells of children includes what their parent had.)"""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def elapsed() -> Iterator[list[float]]:
    """Gives a list that has the seconds in it when the block ends: of the clock, of the processors."""
    seconds: list[float] = []
    begun, worked = time.perf_counter(), time.process_time()
    yield seconds
    seconds += [time.perf_counter() - begun, time.process_time() - worked]


def disk_bytes(path: Path) -> int:
    """What a store takes on disk."""
    return sum(file.stat().st_size for file in path.with_suffix(".runs").iterdir())


def forget(path: Path) -> None:
    """Lets the system drop what it holds of the files in memory, so that they come from the disk."""
    for file in path.with_suffix(".runs").iterdir():
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def read_all(path: Path) -> float:
    """Seconds to read every byte of the store."""
    buffer = bytearray(1 << 24)
    with elapsed() as seconds:
        for file in sorted(path.with_suffix(".runs").iterdir()):
            with file.open("rb", buffering=0) as opened:
                while opened.readinto(buffer):
                    pass
    return seconds[0]


def in_a_process(path: Path, what: str) -> dict[str, float]:
    """One measurement, by a fresh interpreter."""
    command = [sys.executable, __file__, "--folder", str(path.parent), "--measure", what]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measure(path: Path, ids: int) -> None:
    """Prints the table."""
    size = disk_bytes(path)
    forget(path)
    reading = read_all(path)
    print(f"\nStore: {ids:,} ids, {size:,} bytes, {size / ids:.2f} an id; 1.6 billion: {size / ids * 1.6:.0f} GB.")
    runs = len(list(path.with_suffix(".runs").glob("*.keys")))
    print(f"{runs} runs, plain reading of all bytes {reading:.1f} s, load average {os.getloadavg()[0]:.1f}.\n")
    print("| what | s | processor s | times plain reading | memory, MiB |\n|---|---|---|---|---|")
    for what, label in (
        ("package", "10 million acts, 1,000 claimed before, 1,000 copies"),
        ("copied", "10 million acts, all claimed before"),
        ("small", "1,000 acts"),
        ("reserve", "10 million acts: screened again and reserved on disk"),
    ):
        forget(path)
        found = in_a_process(path, what)
        seconds, memory = found["seconds"], found["memory"] / 2**20
        sys.stderr.write(f"load average {os.getloadavg()[0]:.1f}\n")
        print(f"| {label} | {seconds:.1f} | {found['processor']:.1f} | {seconds / reading:.2f} | {memory:,.0f} |")


def main() -> None:
    """Reads the arguments, builds, measures, removes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ids", type=int, default=500_000_000)
    parser.add_argument("--folder", type=Path, help="where the store is built for the time; the system's by default")
    parser.add_argument("--quick", action="store_true", help="write most of the store in its final form")
    parser.add_argument("--minutes", type=int, default=30, help="building stops after so long")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        path = given.folder / "claims.sqlite"
        print(json.dumps(reserve(path) if given.measure == "reserve" else ask(path, given.measure)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        needed = given.ids * BYTES_EACH * ROOM_BPS // 10_000
        free = shutil.disk_usage(scratch).free
        if free < needed:
            sys.exit(f"{scratch} has {free:,} bytes free, {given.ids:,} ids need {needed:,}: name another --folder")
        path = Path(scratch) / "claims.sqlite"
        with elapsed() as seconds:
            ids = build(path, REPORT_ACTS if given.quick else given.ids, time.monotonic() + given.minutes * 60)
            if given.quick:
                ids = given.ids - fill(path, given.ids - ids)
        memory = memory_bytes() / 2**20
        print(f"Built {ids:,} ids in {seconds[0]:.0f} s, merges included, {memory:,.0f} MiB at the peak.")
        measure(path, ids)


if __name__ == "__main__":
    main()
