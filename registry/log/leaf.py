"""The leaf of an act log: 96 bytes, big-endian, fixed.

offset  bytes  field
0       8      serial_start   cumulative grams of the project before this act
8       8      grams
16      8      quantity       in the scenario's base unit
24      4      occurred_on    days since 1970-01-01 in the scheme's time zone
28      2      scenario       its number in the methodology
30      2      version        1
32      32     act_id         the nullifier
64      32     actor          the actor commitment
"""

import struct
from dataclasses import dataclass
from typing import Final

from registry.domain.days import check_day
from registry.domain.errors import InvalidEvidence
from registry.domain.units import LINE_END, check_grams, check_integer, check_quantity

LEAF_BYTES: Final = 96
LEAF_VERSION: Final = 1

_LAYOUT: Final = struct.Struct(">QQQIHH32s32s")
_SERIALS: Final = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One act in the log of its project. Raises InvalidQuantity, InvalidPeriod, InvalidEvidence."""

    serial_start: int
    """The first gram of the act on the project's number line."""
    grams: int
    """May be 0: an act too small for a whole gram stands in the log and holds no serial."""
    quantity: int
    occurred_on: int
    scenario: int
    act_id: bytes
    actor: bytes
    version: int = LEAF_VERSION

    def __post_init__(self) -> None:
        check_grams(self.serial_start, "serial_start")
        check_grams(self.grams)
        check_integer(self.serial_start + self.grams, "serial_end", 0, LINE_END)
        check_quantity(self.quantity)
        check_day(self.occurred_on, "occurred_on")
        check_integer(self.scenario, "scenario", 1, 2**16 - 1)
        if self.version != LEAF_VERSION:
            raise InvalidEvidence(what="leaf", problem=f"version {self.version!r} is not {LEAF_VERSION}")
        for name, value in (("act_id", self.act_id), ("actor", self.actor)):
            if not isinstance(value, bytes) or len(value) != 32:
                raise InvalidEvidence(what="leaf", problem=f"{name} must be 32 bytes")

    @property
    def serial_end(self) -> int:
        """The gram after the last of the act."""
        return self.serial_start + self.grams

    def pack(self) -> bytes:
        """The 96 bytes."""
        return _LAYOUT.pack(
            self.serial_start,
            self.grams,
            self.quantity,
            self.occurred_on,
            self.scenario,
            self.version,
            self.act_id,
            self.actor,
        )

    @classmethod
    def unpack(cls, data: bytes) -> "Leaf":
        """The leaf of its 96 bytes. Raises InvalidEvidence for another length or version, and what a value breaks."""
        if len(data) != LEAF_BYTES:
            raise InvalidEvidence(what="leaf", problem=f"has {len(data)} bytes instead of {LEAF_BYTES}")
        serial_start, grams, quantity, occurred_on, scenario, version, act_id, actor = _LAYOUT.unpack(data)
        return cls(serial_start, grams, quantity, occurred_on, scenario, act_id, actor, version)


def serials_of(data: bytes, offset: int = 0) -> tuple[int, int]:
    """(serial_start, grams) of the packed leaf at `offset`, without reading the rest of it."""
    return _SERIALS.unpack_from(data, offset)
