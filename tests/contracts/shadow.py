"""The ledger and the offset rules once more, in plain Python, to compare the contracts with.

Written from the prose of the interfaces, not from the contracts' code: all ranges are kept, nothing is packed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from registry.domain.rules import AccountStatus, Rule
from tests.contracts.lands import BATCH_GRAMS, CAP_GRAMS, GRANULARITY_GRAMS, LOCAL, OTHER, OTHER_GRAMS

HOLDERS = ("platform", "enterprise", "wuhan")
BATCHES = (LOCAL, OTHER)
# The one who owes: the Wuhan enterprise, half of whose offsets must be local.
OBLIGED = "wuhan"


@dataclass(frozen=True)
class Range:
    """Serials [start, end) of a batch that left the ledger, in the order in which they left."""

    batch: int
    start: int
    end: int
    cancelled: bool


def _balances() -> dict[tuple[str, int], int]:
    balances = {(holder, batch): 0 for holder in HOLDERS for batch in BATCHES}
    balances[(OBLIGED, LOCAL)] = BATCH_GRAMS
    balances[(OBLIGED, OTHER)] = OTHER_GRAMS
    balances[("platform", OTHER)] = BATCH_GRAMS - OTHER_GRAMS
    return balances


@dataclass
class Shadow:
    """What the contracts should say. Every action returns the name of the error that refuses it, None if it is done."""

    balances: dict[tuple[str, int], int] = field(default_factory=_balances)
    status: dict[str, AccountStatus] = field(default_factory=lambda: dict.fromkeys(HOLDERS, AccountStatus.OPEN))
    used: dict[int, int] = field(default_factory=lambda: dict.fromkeys(BATCHES, 0))
    gone: list[Range] = field(default_factory=list)

    def counted(self, batch: int, *, cancelled: bool) -> int:
        """Grams of a batch that were cancelled, or retired."""
        return sum(one.end - one.start for one in self.gone if (one.batch, one.cancelled) == (batch, cancelled))

    def transfer(self, sender: str, receiver: str, batch: int, grams: int) -> str | None:
        if sender == receiver:
            return "SelfTransfer"
        closed_to_sender = self.status[sender] is not AccountStatus.OPEN
        if closed_to_sender or self.status[receiver] is AccountStatus.FROZEN:
            return "AccountNotUsable"
        refusal = self._take(sender, batch, grams)
        if refusal is None:
            self.balances[(receiver, batch)] += grams
        return refusal

    def retire(self, holder: str, batch: int, grams: int) -> str | None:
        if self.status[holder] is AccountStatus.FROZEN:
            return "AccountNotUsable"
        refusal = self._take(holder, batch, grams)
        if refusal is None:
            start = self.counted(batch, cancelled=False)
            self.gone.append(Range(batch, start, start + grams, cancelled=False))
        return refusal

    def cancel(self, holder: str, batch: int, grams: int) -> str | None:
        refusal = self._take(holder, batch, grams)
        if refusal is None:
            end = BATCH_GRAMS - self.counted(batch, cancelled=True)
            self.gone.append(Range(batch, end - grams, end, cancelled=True))
        return refusal

    def set_status(self, holder: str, status: AccountStatus) -> str | None:
        if self.status[holder] is status:
            return "StatusUnchanged"
        self.status[holder] = status
        return None

    def offset(self, lines: list[tuple[int, int]]) -> str | None:
        """All lines or none, for the one who owes."""
        before = copy.deepcopy(self)
        for batch, grams in lines:
            refusal = self._offset_line(batch, grams)
            if refusal is not None:
                self.__dict__.update(before.__dict__)
                return refusal
        return None

    def quote(self, batch: int) -> tuple[int, Rule]:
        """What may still be offset, and the rule that binds it."""
        if self.status[OBLIGED] is AccountStatus.FROZEN:
            return 0, Rule.ACCOUNT_STATUS
        rule, headroom = min(self._headrooms(batch).items(), key=lambda item: (item[1], item[0]))
        allowed = headroom - headroom % GRANULARITY_GRAMS
        return (0, Rule.GRANULARITY) if headroom and not allowed else (allowed, rule)

    def _headrooms(self, batch: int) -> dict[Rule, int]:
        cap = {Rule.CAP: max(0, CAP_GRAMS - sum(self.used.values()))}
        # Half must be local: as much may come from elsewhere as was local.
        share = {} if batch == LOCAL else {Rule.LOCAL_SHARE: max(0, self.used[LOCAL] - self.used[OTHER])}
        return {**cap, **share, Rule.BALANCE: self.balances[(OBLIGED, batch)]}

    def _offset_line(self, batch: int, grams: int) -> str | None:
        if grams == 0:
            return "ZeroGrams"
        allowed, _ = self.quote(batch)
        if grams > allowed or grams % GRANULARITY_GRAMS:
            return "OffsetRefused"
        self.used[batch] += grams
        return self.retire(OBLIGED, batch, grams)

    def _take(self, holder: str, batch: int, grams: int) -> str | None:
        if grams == 0:
            return "ZeroGrams"
        if grams > self.balances[(holder, batch)]:
            return "InsufficientGrams"
        self.balances[(holder, batch)] -= grams
        return None
