"""The reference engine: from the records of a package to counted acts and quarantined ones, in integers.

    grams = floor(numerator / scale)         per act, once; see registry/domain/rule.py

Pure Python and plain loops over columns; other engines have to agree with it to the byte.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import pyarrow as pa

from oracles.accounting.act_keys import ActKeyCheck
from oracles.accounting.baselines import Baselines
from oracles.errors import PackageRefused
from oracles.screens.acts import ActColumns, Screen
from oracles.screens.claims import Claim, claim_table
from oracles.sources.records import RecordColumns
from registry.domain.acts import LOOK_ALIKE_BYTES, check_secret, look_alike_key
from registry.domain.days import SECONDS_PER_DAY
from registry.domain.methodology import Methodology, Rule
from registry.domain.reasons import Reason
from registry.domain.units import LINE_END, check_integer
from registry.log.leaf import LEAF_VERSION

BASIS_POINTS = 10_000
_LEAF = struct.Struct(">QQQIHH32s32s")

# A record set aside for one of these was really examined: its copy under another year is a copy all the same. The
# others say that it was no act of this report in the first place.
IMPLAUSIBLE = {
    Reason.QUANTITY_TOO_SMALL,
    Reason.QUANTITY_TOO_LARGE,
    Reason.DURATION_TOO_SHORT,
    Reason.DURATION_TOO_LONG,
    Reason.TOO_FAST,
    Reason.OVERLAPPING_ACT,
    Reason.NO_BASELINE,
}


class CountedAct(NamedTuple):
    """An act that counts. Its order is the order of leaves: local day, then act id."""

    occurred_on: int
    act_id: bytes
    grams: int
    quantity: int
    scenario: int
    actor: bytes
    look_alike: bytes


class QuarantinedAct(NamedTuple):
    """A record that was set aside, with the first reason that applies."""

    position: int
    """Number of the record in its package, from 0."""
    act_id: bytes
    act_key: str
    occurred_at: int
    duration_seconds: int
    scenario: int
    quantity: int
    reason: Reason
    look_alike: bytes


@dataclass(frozen=True, slots=True)
class Accounting:
    """What one package comes to."""

    records: int
    counted: list[CountedAct]
    """In the order of leaves."""
    quarantined: list[QuarantinedAct]
    """In the order of the package."""
    findings: dict[Reason, int]
    """Records that show each thing, whatever else they show; only those that occur."""

    @property
    def grams(self) -> int:
        """Of all counted acts."""
        return sum(act.grams for act in self.counted)

    @property
    def reasons(self) -> dict[Reason, int]:
        """Quarantined records by the one reason each carries; adds up to all of them."""
        found = Counter(act.reason for act in self.quarantined)
        return {reason: found[reason] for reason in Reason if found[reason]}

    def leaves(self, serial_start: int) -> list[bytes]:
        """The packed leaves, the first of them beginning at `serial_start`. Raises InvalidQuantity past LINE_END."""
        check_integer(serial_start + self.grams, "serial_end", 0, LINE_END)
        pack = _LEAF.pack
        leaves = []
        for day, act_id, grams, quantity, scenario, actor, _ in self.counted:
            leaves.append(pack(serial_start, grams, quantity, day, scenario, LEAF_VERSION, act_id, actor))
            serial_start += grams
        return leaves

    def claims(self) -> pa.Table:
        """What the claim file keeps of these acts once their report is accepted (`CLAIM_SCHEMA`)."""
        counted = [Claim(act.act_id, act.look_alike, True) for act in self.counted]
        implausible = [act for act in self.quarantined if act.reason in IMPLAUSIBLE]
        return claim_table([*counted, *(Claim(act.act_id, act.look_alike, False) for act in implausible)])


def account(
    batches: Iterable[RecordColumns],
    methodology: Methodology,
    scenario: int,
    rule: Rule,
    pepper: bytes,
    screens: list[Screen],
) -> Accounting:
    """Screens and counts the records of one package.

    scenario: the one the project is filed for; records of others are set aside by the screens.
    rule: of that scenario, in the year and jurisdiction of the package.
    pepper: the network's, for act ids. screens: fresh ones, in the order of their reasons.

    Raises:
        InvalidEvidence: an act key is not written as its scenario wants it, or is not that of its record.
    """
    check_secret(pepper, "network pepper")
    check = ActKeyCheck(methodology)
    baselines = Baselines(rule.baseline, methodology.scenario(scenario).act) if rule.baseline else None
    records = 0
    counted: list[CountedAct] = []
    quarantined: list[QuarantinedAct] = []
    findings: Counter[Reason] = Counter()
    for batch in batches:
        check.check(batch)
        acts = _derive(batch, methodology.offset_seconds, pepper, recurs=methodology.scenario(scenario).act.recurs)
        reasons: dict[int, Reason] = {}
        for screen in screens:
            for position in screen.flag(acts):
                findings[screen.reason] += 1
                reasons.setdefault(position, screen.reason)
        compared = baselines.find(acts, reasons) if baselines else None
        if compared is not None:
            without = [n for n in range(len(batch)) if n not in reasons and n not in compared]
            findings[Reason.NO_BASELINE] += len(without)
            reasons.update(dict.fromkeys(without, Reason.NO_BASELINE))
        records += len(batch)
        quarantined.extend(_set_aside(acts, reasons))
        counted.extend(_count(acts, reasons, rule, compared))
    # Tuples compare field by field, so this is (occurred_on, act_id); no two counted acts share an id.
    counted.sort()
    return Accounting(records, counted, quarantined, {r: findings[r] for r in Reason if findings[r]})


class Counts(Protocol):
    """How many records there are, and how many show each thing."""

    @property
    def records(self) -> int: ...

    @property
    def findings(self) -> dict[Reason, int]: ...


def refuse_if_too_many(accounting: Counts, methodology: Methodology, package: str) -> None:
    """Refuses a whole package that shows too much of one thing: what else is in it is then not believed either.

    Raises:
        PackageRefused: the share of records that show a thing is above the methodology's limit for it.
    """
    for reason, count in accounting.findings.items():
        limit_bps = methodology.refusal_bps(reason)
        if limit_bps is not None and count * BASIS_POINTS > limit_bps * accounting.records:
            raise PackageRefused(
                package=package,
                reason=reason.value,
                count=count,
                records=accounting.records,
                limit_bps=limit_bps,
                findings={found.value: number for found, number in accounting.findings.items()},
            )


def _derive(batch: RecordColumns, offset_seconds: int, pepper: bytes, *, recurs: bool) -> ActColumns:
    # hmac.digest is one call into OpenSSL; the domain's act_id and look_alike are these with their checks around them.
    digest, sha256 = hmac.digest, hashlib.sha256
    act_ids = [digest(pepper, act_key.encode(), sha256) for act_key in batch.act_key]
    if recurs:
        # Acts of another year are like these without any suspicion: each is like itself alone.
        look_alikes = [act_id[:LOOK_ALIKE_BYTES] for act_id in act_ids]
    else:
        keys = (look_alike_key(act_key).encode() for act_key in batch.act_key)
        look_alikes = [sha256(key).digest()[:LOOK_ALIKE_BYTES] for key in keys]
    days = [(second + offset_seconds) // SECONDS_PER_DAY for second in batch.occurred_at]
    return ActColumns(batch, act_ids, look_alikes, days)


def _set_aside(acts: ActColumns, reasons: dict[int, Reason]) -> Iterator[QuarantinedAct]:
    records = acts.records
    for position in sorted(reasons):
        yield QuarantinedAct(
            position=records.first + position,
            act_id=acts.act_id[position],
            act_key=records.act_key[position],
            occurred_at=records.occurred_at[position],
            duration_seconds=records.duration_seconds[position],
            scenario=records.scenario[position],
            quantity=records.quantity[position],
            reason=reasons[position],
            look_alike=acts.look_alike[position],
        )


def _count(
    acts: ActColumns, reasons: dict[int, Reason], rule: Rule, compared: dict[int, int] | None
) -> Iterator[CountedAct]:
    records = acts.records
    rows = zip(
        acts.occurred_on, acts.act_id, records.quantity, records.scenario, records.actor, acts.look_alike, strict=True
    )
    for position, (day, act_id, quantity, scenario, actor, look_alike) in enumerate(rows):
        if position not in reasons:
            grams = rule.grams(quantity, None if compared is None else compared[position])
            yield CountedAct(day, act_id, grams, quantity, scenario, actor, look_alike)
