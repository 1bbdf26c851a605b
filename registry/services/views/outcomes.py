"""What became of a stretch of serials, in one word and in a sentence of each language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from registry.services.views.uses import Uses


class Outcome(StrEnum):
    """What became of an act, a serial or a batch."""

    QUARANTINED = "quarantined"
    NO_GRAMS = "no_grams"
    NOT_ISSUED = "not_issued"
    NOT_USED = "not_used"
    PARTLY_USED = "partly_used"
    USED = "used"
    CANCELLED = "cancelled"

    @property
    def words(self) -> tuple[str, str]:
        """In English and Chinese."""
        return _WORDS[self]


_WORDS = {
    Outcome.QUARANTINED: (
        "Set aside and not counted: no credit contains this act.",
        "已隔离, 未计入减排量: 没有任何额度包含该行为。",
    ),
    Outcome.NO_GRAMS: (
        "Counted, but too small for a whole gram: it stands in the log and holds no serial.",
        "已核算, 但不足一克: 记录在日志中, 不占序列号。",
    ),
    Outcome.NOT_ISSUED: (
        "Verified; the credits of its report are not issued yet.",
        "已核算, 该报告的减排量尚未签发。",
    ),
    Outcome.NOT_USED: (
        "Issued and not used yet. Live credits of a batch are interchangeable: no holder has particular serials until"
        " it retires, and serials are consumed in order.",
        "已签发, 尚未使用。同一批次内未注销的额度可互换: 注销之前持有人不对应特定序列号, 序列号按顺序消耗。",
    ),
    Outcome.PARTLY_USED: (
        "Used in part. Live credits of a batch are interchangeable, and serials are consumed in order.",
        "已部分使用。同一批次内未注销的额度可互换, 序列号按顺序消耗。",
    ),
    Outcome.USED: ("Used: every gram was retired or cancelled.", "已使用: 每一克均已注销或作废。"),
    Outcome.CANCELLED: ("Cancelled: every gram was made invalid.", "已作废: 每一克均已作废。"),
}


@dataclass(frozen=True, slots=True)
class Totals:
    """How much of a stretch is used, in grams."""

    grams: int
    retired_grams: int
    cancelled_grams: int

    @property
    def unused_grams(self) -> int:
        return self.grams - self.retired_grams - self.cancelled_grams


def totals_of(uses: Uses) -> Totals:
    """The totals of a page of uses, which are of all pages."""
    return Totals(uses.stretch_grams, uses.retired_grams, uses.cancelled_grams)


def outcome_of(totals: Totals, *, issued: bool) -> Outcome:
    """What became of a counted stretch."""
    if totals.grams == 0:
        return Outcome.NO_GRAMS
    if not issued:
        return Outcome.NOT_ISSUED
    if totals.unused_grams == totals.grams:
        return Outcome.NOT_USED
    if totals.unused_grams:
        return Outcome.PARTLY_USED
    return Outcome.CANCELLED if totals.cancelled_grams == totals.grams else Outcome.USED
