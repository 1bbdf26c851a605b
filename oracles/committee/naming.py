"""Puts the difference between two oracles into words, with the record of the package that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from oracles.accounting.engine import QuarantinedAct
from oracles.committee.comparison import Difference
from oracles.package_format import RECORDS_NAME
from oracles.sources.records import read_records
from registry.domain.acts import act_id
from registry.domain.report import Report


@dataclass(frozen=True, slots=True)
class Named:
    """A difference in words."""

    text: str
    difference: Difference
    act_key: str | None
    """None if the package has no such record."""


def name_difference(difference: Difference, folder: Path, pepper: bytes, own: Iterable[QuarantinedAct]) -> Named:
    """Finds the record in the package. own: what the oracle itself set aside. Raises InvalidEvidence."""
    position, act_key = _find(difference.act_id, folder, pepper)
    name = f"act {difference.act_id.hex()}"
    if act_key is not None:
        name += f" (record {position}, {act_key})"
    text = difference.text(name)
    for act in own:
        if act.act_id == difference.act_id:
            text += f"; set aside here as {act.reason.value}"
            break
    return Named(text, difference, act_key)


def name_fields(own: Report, proposed: Report) -> str:
    """The fields in which two reports differ, with both values; nothing if there are none."""
    theirs = proposed.message()
    return "; ".join(
        f"{name} is {_shown(value)}, proposed {_shown(theirs[name])}"
        for name, value in own.message().items()
        if value != theirs[name]
    )


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _find(wanted: bytes, folder: Path, pepper: bytes) -> tuple[int | None, str | None]:
    for batch in read_records(folder / RECORDS_NAME):
        for position, act_key in enumerate(batch.act_key, batch.first):
            if act_id(pepper, act_key) == wanted:
                return position, act_key
    return None, None
