"""`make bench-accounting`: from the records of a package to finished tiles, at sizes from one million acts up.

Each size runs in a process of its own, so that its peak of memory is its own. The floor of the same run is two SHA-256
a leaf, by as many processes as there are processors. Records are generated, the same for the same size.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from eth_utils import keccak

from oracles.accounting.engines import EngineName, engine_of
from oracles.accounting.task import Task
from oracles.package_format import RECORD_SCHEMA
from oracles.screens import ReportKey, SqliteClaimStore
from registry.domain.days import Period
from registry.domain.ids import project_id
from registry.domain.methodology import load_shipped
from registry.log.packed import PackedLeaves
from registry.log.store import LogStore
from registry.log.tile_hashing import complete_root, leaf_hashes
from registry.log.tree import leaf_hash, verify_inclusion

AUGUST = Period.parse("2016-08-01..2016-08-31")
PEPPER = b"pepper of a benchmark, 32 bytes."
SHANGHAI = 310_000
SIZES = (1_000_000, 10_000_000, 50_000_000)
COMPARED_LEAVES = 2**17
PROOFS = 1_000
PROJECTED_ACTS = 1_600_000_000

# Rides of a sixth as many people as there are acts, in the order of a package: by time, act key, quantity.
_RECORDS = """
COPY (
    SELECT 'shared-bike;bike=' || bike || ';start='
               || strftime(make_timestamp((began + 28800) * 1000000), '%Y-%m-%dT%H:%M') || '+08:00' AS act_key,
           began AS occurred_at, seconds AS duration_seconds, 1::USMALLINT AS scenario, metres AS quantity,
           unhex(sha256('actor' || i)) AS actor,
           unhex(md5(person || 'd' || ((began + 28800) // 86400))) AS actor_start_day,
           unhex(md5(person || 'd' || ((began + seconds + 28800) // 86400))) AS actor_end_day
    FROM (
        SELECT i, (1469980800 + i * 2678400 // {acts}) // 60 * 60 AS began,
               (600 + 60 * (i * 7919 % 30))::INTEGER AS seconds, 100 + i * 104729 % 3000 AS metres,
               100000 + i AS bike, (i * 15485863 % ({acts} // 6 + 1))::VARCHAR AS person
        FROM range({acts}) AS numbers (i)
    )
    ORDER BY occurred_at, act_key, quantity
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def write_records(path: Path, acts: int) -> None:
    """A package's records of so many acts."""
    draft = path.with_suffix(".draft")
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '2GB'; SET temp_directory = '{path.parent}'")
        connection.execute(_RECORDS.format(acts=acts, path=draft))
    with pq.ParquetFile(draft) as file, pq.ParquetWriter(path, RECORD_SCHEMA, compression="zstd") as out:
        for batch in file.iter_batches(batch_size=1 << 17):
            out.write_table(pa.Table.from_batches([batch]).cast(RECORD_SCHEMA))
    draft.unlink()


def measure(folder: Path, acts: int) -> dict[str, float]:
    """Seconds of the engine and of the log, and the peak of memory, for records that lie in `folder`."""
    methodology = load_shipped()["travel-beijing-2024"]
    project = project_id(SHANGHAI, 1)
    claims = SqliteClaimStore(folder / "claims.sqlite")
    task = Task(
        methodology,
        1,
        methodology.rule(1, AUGUST.vintage, SHANGHAI),
        AUGUST,
        PEPPER,
        claims,
        None,
        ReportKey(project, 1),
        0,
        folder / "scratch",
    )
    begun = time.perf_counter()
    outcome = engine_of(EngineName.DUCKDB).account(folder / "records.parquet", task)
    computed = time.perf_counter()
    log = LogStore(folder / "log")
    log.append(outcome.leaves)
    ended = time.perf_counter()
    claims.close()
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "acts": acts,
        "leaves": len(outcome.leaves),
        "engine_seconds": computed - begun,
        "tiles_seconds": ended - computed,
        "processor_seconds": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
        "memory_bytes": own.ru_maxrss * 1024,
        "disk_bytes": sum(path.stat().st_size for path in (folder / "log").rglob("*") if path.is_file()),
        "proof_seconds": prove(log),
    }


def prove(log: LogStore) -> float:
    """Seconds of the slowest percent of proofs of random acts, each from files, checked against the root."""
    draw = random.Random(1)  # noqa: S311 - which proofs are timed is no secret
    size, root = log.size, log.root()
    times = []
    for index in [draw.randrange(size) for _ in range(PROOFS)]:
        fresh = LogStore(log.folder)
        begun = time.perf_counter()
        path, leaf = fresh.inclusion_proof(index), fresh.leaf(index)
        times.append(time.perf_counter() - begun)
        verify_inclusion(leaf_hash(leaf), index, size, path, root)
    return sorted(times)[PROOFS * 99 // 100]


def _hash_twice(leaves: int) -> None:
    leaf, node = bytes(97), bytes(65)
    for _ in range(leaves):
        hashlib.sha256(leaf).digest()
        hashlib.sha256(node).digest()


def floor_seconds(leaves: int) -> float:
    """Two SHA-256 a leaf and nothing else, shared out to all processors."""
    processes = os.cpu_count() or 1
    sample = 1_000_000
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_hash_twice, [1] * processes))
        begun = time.perf_counter()
        list(pool.map(_hash_twice, [sample // processes] * processes))
        return (time.perf_counter() - begun) * leaves / sample


def side_by_side() -> list[tuple[str, float]]:
    """Seconds to the root over the same leaves, in one process: ours, another library's, and a tree of keccak."""
    import pymerkle

    leaves = [index.to_bytes(8, "big") + bytes(88) for index in range(COMPARED_LEAVES)]
    packed = PackedLeaves.of(leaves)

    def ours() -> bytes:
        return complete_root(leaf_hashes(packed))

    def other() -> bytes:
        tree = pymerkle.InmemoryTree.init_from_entries(leaves, algorithm="sha256")
        return bytes(tree.get_root())

    def with_keccak() -> bytes:
        level = [keccak(keccak(leaf)) for leaf in leaves]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=True)
            level = [keccak(a + b if a < b else b + a) for a, b in pairs]
        return level[0]

    if ours() != other():
        raise SystemExit("the two trees of RFC 6962 differ")
    found = []
    for name, act in (("registry.log", ours), ("pymerkle 7.0.0", other), ("keccak, sorted pairs", with_keccak)):
        begun = time.perf_counter()
        act()
        found.append((name, time.perf_counter() - begun))
    return found


def run(acts: int, parent: Path) -> dict[str, float]:
    """Generates, measures in a process of its own, takes everything away."""
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="bench-"))
    try:
        write_records(folder / "records.parquet", acts)
        command = [sys.executable, "-m", "scripts.bench_accounting", "--measure", str(folder), "--acts", str(acts)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="Measure accounting at scale.")
    parser.add_argument("--acts", type=int, nargs="*", default=SIZES)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="some 15 GB at 50 million acts"
    )
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given.acts[0])))
        return
    print("| acts | engine s | tiles s | acts/s | processor s | times the floor | memory GB | log GB | proof ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    last: dict[str, float] = {}
    for acts in given.acts:
        floor = floor_seconds(acts)
        last = run(acts, given.folder)
        seconds = last["engine_seconds"] + last["tiles_seconds"]
        print(
            f"| {acts:,} | {last['engine_seconds']:.1f} | {last['tiles_seconds']:.1f} | {acts / seconds:,.0f} "
            f"| {last['processor_seconds']:.0f} | {seconds / floor:.1f} | {last['memory_bytes'] / 2**30:.2f} "
            f"| {last['disk_bytes'] / 2**30:.2f} | {last['proof_seconds'] * 1000:.1f} |",
            flush=True,
        )
    seconds = (last["engine_seconds"] + last["tiles_seconds"]) * PROJECTED_ACTS / last["acts"]
    disk = last["disk_bytes"] * PROJECTED_ACTS / last["acts"]
    print(f"\n{PROJECTED_ACTS:,} acts at the rate of the last line: {seconds / 60:.0f} minutes, {disk / 2**30:,.0f} GB")
    print(f"\n| root over {COMPARED_LEAVES:,} leaves, one process | ms | ratio |\n|---|---|---|")
    rows = side_by_side()
    for name, each in rows:
        print(f"| {name} | {each * 1000:.0f} | {each / rows[0][1]:.2f} |")


if __name__ == "__main__":
    main()
