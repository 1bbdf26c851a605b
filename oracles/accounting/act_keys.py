"""Are the act keys of a package written as the methodology wants them, and do they say when the act began?

The act key decides what is one act, so a key of another kind, with another field or another spelling, or one whose time
is not that of its record, would let one act be claimed twice. Such a package is not in the format at all and is refused
whole.
"""

from __future__ import annotations

from functools import lru_cache

from oracles.sources.records import RecordColumns
from registry.domain.acts import START_FIELD, parse_act_key
from registry.domain.days import local_minute_text
from registry.domain.errors import InvalidEvidence, InvalidPeriod
from registry.domain.methodology import ActNaming, Methodology

_CACHED_MINUTES = 65_536


class ActKeyCheck:
    """Checks key by key: what stands around the asset is known from scenario and time, so nothing has to be parsed."""

    def __init__(self, methodology: Methodology) -> None:
        self._offset_seconds = methodology.offset_seconds
        self._namings = {scenario.number: scenario.act for scenario in methodology.scenarios}
        self._around = lru_cache(maxsize=_CACHED_MINUTES)(self._text_around)

    def check(self, records: RecordColumns) -> None:
        """Raises InvalidEvidence, naming the first record that is wrong, what its key says and what it should say."""
        around = self._around
        accepts = {number: naming.asset_form.accepts for number, naming in self._namings.items()}
        rows = zip(records.act_key, records.occurred_at, records.scenario, strict=True)
        for position, (act_key, occurred_at, scenario) in enumerate(rows):
            try:
                if scenario in accepts:
                    before, after = around(scenario, occurred_at)
                    asset = act_key[len(before) : len(act_key) - len(after)]
                    # An asset of its form between these two is a canonical key: there is nothing more to look at.
                    if act_key.startswith(before) and act_key.endswith(after) and accepts[scenario](asset):
                        continue
                self._check_parts(act_key, occurred_at, self._namings.get(scenario))
            except (InvalidEvidence, InvalidPeriod) as cause:
                problem = str(cause.values["problem"]).rstrip(".")
                raise InvalidEvidence(
                    what=f"record {records.first + position}, counted from 0", problem=problem
                ) from cause

    def _text_around(self, scenario: int, occurred_at: int) -> tuple[str, str]:
        """What an act key has before and after its asset; fields stand in the order of their names."""
        naming, minute = self._namings[scenario], local_minute_text(occurred_at, self._offset_seconds)
        if naming.asset < START_FIELD:
            return f"{naming.kind};{naming.asset}=", f";{START_FIELD}={minute}"
        return f"{naming.kind};{START_FIELD}={minute};{naming.asset}=", ""

    def _check_parts(self, act_key: str, occurred_at: int, naming: ActNaming | None) -> None:
        """Says what is wrong. Only a key of a scenario that the methodology does not have may pass: how such keys are
        written is not known, and the record is set aside without a claim.
        """
        kind, fields = parse_act_key(act_key)
        stated, expected = fields.get(START_FIELD), local_minute_text(occurred_at, self._offset_seconds)
        if stated != expected:
            raise _wrong(act_key, f"says it began at {stated}, the record says {expected}")
        if naming is None:
            return
        if kind != naming.kind:
            raise _wrong(act_key, f"is of kind {kind}, the methodology has {naming.kind}")
        if fields.keys() != {naming.asset, START_FIELD}:
            raise _wrong(act_key, f"has the fields {', '.join(fields)}, the methodology {naming.asset}, {START_FIELD}")
        raise _wrong(act_key, f"has {naming.asset}={fields[naming.asset]}, must be {naming.asset_form.label}")


def _wrong(act_key: str, problem: str) -> InvalidEvidence:
    return InvalidEvidence(what="act key", problem=f"act key {act_key!r} {problem}")
