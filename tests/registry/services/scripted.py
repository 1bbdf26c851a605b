"""A chain played from a recording: real blocks and logs, in any order and with any fault a test needs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from registry.chain.gateway import Block, BlockId, Gateway, LogEntry
from registry.domain.errors import NotFound

Keep = Callable[[LogEntry], bool]


@dataclass(frozen=True)
class Recording:
    """Blocks 0 to n of a chain with their logs."""

    chain_id: int
    blocks: tuple[Block, ...]
    logs: tuple[tuple[LogEntry, ...], ...]

    @classmethod
    def of(cls, gateway: Gateway) -> Recording:
        numbers = range(gateway.block("latest").number + 1)
        return cls(
            gateway.chain_id,
            tuple(gateway.block(number) for number in numbers),
            tuple(tuple(gateway.logs(number)) for number in numbers),
        )

    def cut(self, count: int) -> Recording:
        """Only the first `count` blocks."""
        return replace(self, blocks=self.blocks[:count], logs=self.logs[:count])

    def forked(self, at: int, keep: Keep = lambda _log: True) -> Recording:
        """Another chain that shares the blocks before `at`; after it only the logs that `keep` keeps."""
        blocks, logs = list(self.blocks[:at]), list(self.logs[:at])
        for block, entries in zip(self.blocks[at:], self.logs[at:], strict=True):
            name = hashlib.sha256(b"fork" + block.hash).digest()
            parent = blocks[-1].hash if blocks else hashlib.sha256(b"nothing").digest()
            blocks.append(replace(block, hash=name, parent_hash=parent))
            logs.append(tuple(replace(entry, block_hash=name) for entry in entries if keep(entry)))
        return replace(self, blocks=tuple(blocks), logs=tuple(logs))


@dataclass
class ScriptedGateway:
    """Answers from a recording what the index asks; `before` runs before each answer and may change the recording."""

    recording: Recording
    before: Callable[[ScriptedGateway, str], None] = lambda _gateway, _method: None
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def chain_id(self) -> int:
        return self.recording.chain_id

    def block(self, block: BlockId) -> Block:
        self._ask("block")
        blocks = self.recording.blocks
        if block == "latest":
            return blocks[-1]
        if not isinstance(block, int) or block >= len(blocks):
            raise NotFound(kind="block", id=block)
        return blocks[block]

    def logs(self, block_number: int) -> list[LogEntry]:
        self._ask("logs")
        if block_number >= len(self.recording.logs):
            raise NotFound(kind="block", id=block_number)
        return list(self.recording.logs[block_number])

    def _ask(self, method: str) -> None:
        self.asked[method] += 1
        self.before(self, method)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the index has no business with Gateway.{name}")
