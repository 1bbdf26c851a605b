"""Invalidations, pledges and bulk retirements once more, in plain Python, to compare the contracts with.

Written from the prose of the interfaces, not from the contracts' code: shares are fractions that are floored once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from tests.world import BATCH

DEVELOPER = "platform"
HOLDERS = (DEVELOPER, "enterprise", "wuhan")
SPARE = BATCH + 1
BATCHES = (BATCH, SPARE)
BATCH_GRAMS = 10_000_000
SHORT = "ERC7943InsufficientUnfrozenBalance"

Place = tuple[str, int]


@dataclass
class Made:
    """An invalidation. `parts`: cancelled and recalled of the developer, of buffers, recalled of holders, used."""

    batch: int
    parts: tuple[int, int, int, int, int]
    base: int
    covered: list[str] = field(default_factory=list)
    covered_grams: int = 0
    recalled: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    open_used: int = 0

    @property
    def running(self) -> bool:
        return self.covered_grams < self.base

    @property
    def still_to_recall(self) -> int:
        return self.parts[1] + self.parts[3] - sum(self.recalled.values())

    @property
    def owed(self) -> int:
        return sum(self.open.values()) + self.still_to_recall + self.open_used


def _nothing() -> dict[Place, int]:
    return {(holder, batch): 0 for holder in HOLDERS for batch in BATCHES}


def _issued() -> dict[Place, int]:
    return {**_nothing(), **{(DEVELOPER, batch): BATCH_GRAMS for batch in BATCHES}}


@dataclass
class RecallShadow:
    """What the contracts should say. Every action returns the name of the error that refuses it, None if it is done."""

    grams: dict[Place, int] = field(default_factory=_issued)
    locked: dict[Place, int] = field(default_factory=_nothing)
    recalled: dict[Place, int] = field(default_factory=_nothing)
    retired: dict[int, int] = field(default_factory=lambda: dict.fromkeys(BATCHES, 0))
    cancelled: dict[int, int] = field(default_factory=lambda: dict.fromkeys(BATCHES, 0))
    # Used, or settled with their holder: invalid, and still in the world.
    remaining: dict[int, int] = field(default_factory=lambda: dict.fromkeys(BATCHES, 0))
    made: list[Made] = field(default_factory=list)
    pledges: list[tuple[str, str, int, int]] = field(default_factory=list)

    # ------------------------------------------------------------- reading

    def available(self, place: Place) -> int:
        return max(0, self.grams[place] - self.locked[place] - self.recalled[place])

    def running(self, batch: int) -> Made | None:
        return next((one for one in self.made if one.batch == batch and one.running), None)

    def owed(self) -> int:
        return sum(one.owed for one in self.made)

    def possible(self, batch: int) -> int:
        """What is live and not recalled, and what was used, without what is invalid already."""
        if self.running(batch):
            return 0
        live = sum(self.grams[holder, batch] - self.recalled[holder, batch] for holder in HOLDERS)
        return max(0, live + self.retired[batch] - self.remaining[batch])

    # ------------------------------------------------------- the ledger

    def transfer(self, sender: str, receiver: str, batch: int, grams: int) -> str | None:
        if sender == receiver:
            return "SelfTransfer"
        refusal = self._refusal((sender, batch), grams)
        if refusal is None:
            self.grams[sender, batch] -= grams
            self.grams[receiver, batch] += grams
        return refusal

    def retire_many(self, holder: str, lines: Iterable[tuple[int, int]]) -> str | None:
        return self._whole(lambda: next(filter(None, (self._retire(holder, *line) for line in lines)), None))

    def pledge(self, holder: str, pledgee: str, batch: int, grams: int) -> str | None:
        refusal = self._refusal((holder, batch), grams)
        if refusal is None:
            self.locked[holder, batch] += grams
            self.pledges.append((holder, pledgee, batch, grams))
        return refusal

    def release(self, number: int, grams: int) -> str | None:
        holder, pledgee, batch, left = self.pledges[number]
        if grams > left:
            return "PledgeTooSmall"
        self.locked[holder, batch] -= grams
        self.pledges[number] = (holder, pledgee, batch, left - grams)
        return None

    # --------------------------------------------------------- invalidation

    def invalidate(self, batch: int, grams: int) -> str | None:
        if grams == 0:
            return "ZeroGrams"
        if self.running(batch):
            return "RecallRunning"
        if grams > self.possible(batch):
            return "TooManyInvalid"
        own = DEVELOPER, batch
        cancelled = min(grams, self.available(own))
        self._cancel(own, cancelled)
        bound = min(grams - cancelled, self.grams[own] - self.recalled[own])
        rest = grams - cancelled - bound
        others = sum(self.grams[one, batch] - self.recalled[one, batch] for one in HOLDERS if one != DEVELOPER)
        shared = min(rest, others)
        made = Made(batch, (cancelled, bound, 0, shared, rest - shared), others if rest else 0)
        made.open_used = rest - shared
        self.remaining[batch] += made.open_used
        self.made.append(made)
        if bound:
            self._recall(made, DEVELOPER, bound)
        return None

    def cover(self, number: int, holder: str) -> str | None:
        made = self.made[number]
        if not made.running:
            return "NoRecallRunning"
        if holder in made.covered:
            return "PageCovered"
        base = self.grams[holder, made.batch] - self.recalled[holder, made.batch]
        if base == 0:
            return "NothingToRecall"
        ratio = Fraction(made.parts[3], made.base)
        share = floor((made.covered_grams + base) * ratio) - floor(made.covered_grams * ratio)
        made.covered_grams += base
        self._recall(made, holder, share)
        return None

    def replace(self, number: int, holder: str, grams: int) -> str | None:
        """By the developer, from the other batch."""
        return self._whole(lambda: self._replace(number, holder, grams))

    def settle(self, number: int, holder: str | None, grams: int) -> str | None:
        """By the developer, from the other batch."""
        return self._whole(lambda: self._settle(number, holder, grams))

    def give_up(self, number: int, holder: str, grams: int) -> str | None:
        return self._whole(
            lambda: self._discharge(number, holder, grams) or self._cancel_recalled(number, holder, grams)
        )

    def waive(self, number: int, holder: str | None, grams: int) -> str | None:
        refusal = self._discharge(number, holder, grams)
        if refusal is None and holder is None:
            self.remaining[self.made[number].batch] -= grams
        return refusal

    # ------------------------------------------------------------- inside

    def _whole(self, act: Callable[[], str | None]) -> str | None:
        """All of an action or nothing of it."""
        before = copy.deepcopy(self.__dict__)
        refusal = act()
        if refusal is not None:
            self.__dict__.update(before)
        return refusal

    def _replace(self, number: int, holder: str, grams: int) -> str | None:
        refusal = self._discharge(number, holder, grams)
        if refusal is not None:
            return refusal
        other = _other(self.made[number].batch)
        refusal = self._refusal((DEVELOPER, other), grams)
        if refusal is None and holder == DEVELOPER:
            refusal = "SelfTransfer"
        if refusal is not None:
            return refusal
        self.grams[DEVELOPER, other] -= grams
        self.grams[holder, other] += grams
        return self._cancel_recalled(number, holder, grams)

    def _settle(self, number: int, holder: str | None, grams: int) -> str | None:
        batch = self.made[number].batch
        refusal = self._discharge(number, holder, grams) or self._retire(DEVELOPER, _other(batch), grams)
        if refusal is None and holder is not None:
            self.remaining[batch] += grams
        return refusal

    def _discharge(self, number: int, holder: str | None, grams: int) -> str | None:
        """What all four ways have in common; recalled grams are given free, the way then takes them if it must."""
        made = self.made[number]
        if grams == 0:
            return "ZeroGrams"
        if holder is None:
            if grams > made.open_used:
                return "LiabilityTooSmall"
            made.open_used -= grams
            return None
        if self.running(made.batch):
            return "RecallRunning"
        if grams > made.open.get(holder, 0):
            return "LiabilityTooSmall"
        made.open[holder] -= grams
        self.recalled[holder, made.batch] -= grams
        return None

    def _cancel_recalled(self, number: int, holder: str, grams: int) -> str | None:
        place = holder, self.made[number].batch
        if self.grams[place] - grams < self.locked[place]:
            return "LockedForOthers"
        self._cancel(place, grams)
        return None

    def _recall(self, made: Made, holder: str, grams: int) -> None:
        made.covered.append(holder)
        made.recalled[holder] = made.open[holder] = grams
        self.recalled[holder, made.batch] += grams

    def _retire(self, holder: str, batch: int, grams: int) -> str | None:
        refusal = self._refusal((holder, batch), grams)
        if refusal is None:
            self.grams[holder, batch] -= grams
            self.retired[batch] += grams
        return refusal

    def _cancel(self, place: Place, grams: int) -> None:
        self.grams[place] -= grams
        self.cancelled[place[1]] += grams

    def _refusal(self, place: Place, grams: int) -> str | None:
        """Why available grams cannot leave a holding."""
        if self.running(place[1]):
            return "BatchHeld"
        if grams == 0:
            return "ZeroGrams"
        if grams > self.grams[place]:
            return "InsufficientGrams"
        return SHORT if grams > self.available(place) else None


def _other(batch: int) -> int:
    return SPARE if batch == BATCH else BATCH
