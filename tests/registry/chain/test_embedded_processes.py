"""The embedded chain under several processes, and under processes that are killed."""

import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway

WRITER = Path(__file__).parent / "fixtures" / "writer.py"
ROOT = Path(__file__).parents[3]
WRITES_BEFORE_KILL = (1, 7, 12)


def start_writer(path, contract, key, count):
    arguments = [sys.executable, str(WRITER), str(path), contract, str(key), str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


def check_chain(gateway, first, last):
    """Every block links to the one before, and its receipts lead to its root (`receipts_rlp` checks it)."""
    blocks = [gateway.block(number) for number in range(first, last + 1)]
    for parent, child in pairwise(blocks):
        assert child.parent_hash == parent.hash
        assert child.timestamp > parent.timestamp
        assert len(gateway.receipts_rlp(child.number)) == 1


def test_kill_in_the_middle_of_writing__leaves_the_last_whole_block(tmp_path, deploy, artifact):
    path = tmp_path / "chain.sqlite"
    gateway = EmbeddedGateway(path)
    sample = deploy(gateway)
    gateway.close()
    answered: list[bytes] = []
    for writes in WRITES_BEFORE_KILL:
        writer = start_writer(path, sample.address, 1, 10_000)
        answered += [bytes.fromhex(writer.stdout.readline()) for _ in range(writes)]
        writer.send_signal(signal.SIGKILL)
        answered += [bytes.fromhex(line) for line in writer.stdout.read().split("\n") if len(line) == 64]
        writer.stdout.close()
        assert writer.wait(10) == -signal.SIGKILL

        gateway = EmbeddedGateway(path)
        head = gateway.block("latest").number
        receipts = [gateway.receipt(tx_hash) for tx_hash in answered]
        # At most one transaction each time was mined without its hash having been printed.
        assert len(answered) <= head - 1 <= len(answered) + len(WRITES_BEFORE_KILL)
        assert all(receipt is not None and receipt.succeeded for receipt in receipts)
        check_chain(gateway, 0, head)
        register = Register(gateway, {"Sample": sample.address}, {"Sample": artifact.abi})
        assert register.call("Sample", "count") == 5 + head - 1
        gateway.close()


def test_two_processes_writing__lose_and_double_nothing(tmp_path, deploy):
    path = tmp_path / "chain.sqlite"
    gateway = EmbeddedGateway(path)
    sample = deploy(gateway)
    writers = [start_writer(path, sample.address, key, 40) for key in (1, 2)]
    seen = 0
    while any(writer.poll() is None for writer in writers):
        # A reader beside them never sees half a block.
        block = gateway.block("latest")
        assert block.number >= seen
        seen = block.number
        assert sample.call("count", block=block.number) == 5 + block.number - 1
    hashes = [writer.communicate()[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert [len(set(part)) for part in hashes] == [40, 40]
    numbers = sorted(gateway.receipt(bytes.fromhex(tx_hash)).block_number for part in hashes for tx_hash in part)
    assert numbers == list(range(2, 82))
    assert gateway.block("latest").number == 81
    assert sample.call("count") == 5 + 80
    check_chain(gateway, 0, 81)
    gateway.close()


def test_processes_that_begin_one_file_at_once__make_one_chain(tmp_path):
    path = tmp_path / "chain.sqlite"
    open_it = (
        f"from pathlib import Path; from registry.chain import embedded; embedded.EmbeddedGateway(Path({str(path)!r}))"
    )
    starters = [subprocess.Popen([sys.executable, "-c", open_it], cwd=ROOT) for _ in range(3)]
    assert [starter.wait(60) for starter in starters] == [0, 0, 0]
    gateway = EmbeddedGateway(path)
    assert gateway.block("latest").number == 0
    gateway.close()
