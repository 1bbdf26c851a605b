"""The acts to try a methodology with: a package as it lies in a folder, or a platform's own table and its mapping.

A table is packed into a scratch folder under a secret that is thrown away, so it is read exactly as `puhui pack` would
read it. Signatures are not looked at: whoever tries out is told figures, and nobody relies on them.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from oracles.package_format import MANIFEST_NAME, RECORDS_NAME
from oracles.packing import load_mapping, pack
from oracles.packing.secret import SECRET_BYTES_MIN
from oracles.sources.evidence import read_manifest
from oracles.sources.records import RecordColumns, read_records
from registry.domain.acts import parse_act_key
from registry.domain.days import Period, from_day, local_day
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.ids import project_id, split_project_id
from registry.domain.methodology import Methodology, Scenario

# A package has to name a project and a period; that of a trial is thrown away with both.
_SOME_REGION = 310_000
_SOME_PERIOD = Period.parse("2000-01-01..2000-01-01")


@dataclass(frozen=True, slots=True)
class TrialData:
    """Acts of one kind, with what is known of them."""

    records: Path
    kind: str
    """Of the acts, as their keys begin: which scenario of a methodology they are."""
    scenario: int
    """Under this number they stand in the records."""
    region: int | None
    """GB/T 2260 code of the project's jurisdiction; None if a table is tried without one."""
    period: Period
    label: str
    """What has to be said with every figure of it."""
    rows: int
    rejected: dict[str, int]
    """Rows of the table that are in no record, by reason."""

    def batches(self, scenario: Scenario, in_pieces: bool) -> Iterator[RecordColumns]:
        """The records as acts of a scenario. in_pieces: each is one piece, whatever its quantity was."""
        for batch in read_records(self.records):
            # A number that is another one stays one that no methodology has.
            numbers = [scenario.number if each == self.scenario else 0 for each in batch.scenario]
            quantities = [1] * len(batch) if in_pieces else batch.quantity
            yield replace(batch, scenario=numbers, quantity=quantities)


def scenario_of(methodology: Methodology, kind: str, wanted: int | None) -> Scenario:
    """The scenario that counts acts of a kind. Raises InvalidInput if none or several do, UnknownScenario."""
    if wanted is not None:
        scenario = methodology.scenario(wanted)
        if scenario.act.kind != kind:
            problem = f"counts acts of kind {scenario.act.kind}, the data hold {kind}"
            raise InvalidInput(field=f"scenario of {methodology.id}", problem=problem, given=wanted)
        return scenario
    found = [scenario for scenario in methodology.scenarios if scenario.act.kind == kind]
    if len(found) == 1:
        return found[0]
    kinds = ", ".join(dict.fromkeys(scenario.act.kind for scenario in methodology.scenarios))
    problem = f"several scenarios count {kind}, name one" if found else f"it counts {kinds} and no {kind}"
    raise InvalidInput(field=f"scenario of {methodology.id}", problem=problem, given=None)


@contextmanager
def open_data(
    data: Path,
    methodology: Methodology,
    *,
    mapping: str | None = None,
    stations: Path | None = None,
    scenario: int | None = None,
    region: int | None = None,
    period: Period | None = None,
) -> Iterator[TrialData]:
    """The acts of a package folder, or of a table with the mapping that reads it, for as long as the context is open.

    scenario: of the methodology; else the one that counts the kind of act of the mapping or package.
    region, period: those of the package or, of a table, none and from its first to its last day.

    Raises:
        InvalidInput: neither a package nor a table with a mapping; no scenario counts these acts.
        InvalidPeriod: the acts lie in several calendar years, and no period says which is meant.
        and what packing and reading raise.
    """
    if (data / MANIFEST_NAME).is_file():
        if mapping is not None:
            raise InvalidInput(field="--mapping", problem=f"{data} is a package, which needs none", given=mapping)
        yield _package(data, region, period)
        return
    if mapping is None:
        problem = "a table needs a --mapping, a package is a folder with manifest.json"
        raise InvalidInput(field="--data", problem=problem, given=str(data))
    reading = load_mapping(mapping)
    # Mappings are written for one methodology; the number of the scenario is another one in others.
    reading = replace(reading, scenario=scenario_of(methodology, reading.kind, scenario).number)
    with tempfile.TemporaryDirectory(prefix="puhui-try-") as scratch:
        packed = pack(
            data,
            reading,
            Path(scratch) / "package",
            project_id=project_id(region or _SOME_REGION, 1),
            methodology=methodology,
            period=period or _SOME_PERIOD,
            platform_secret=secrets.token_bytes(SECRET_BYTES_MIN),
            stations=stations,
            # Who asks for a period of a longer table means the rest of it to stay out, not to be a suspicion.
            only_period=period is not None,
        )
        found = _package(packed.folder, region, period or _days_of(packed.folder / RECORDS_NAME, methodology))
        yield replace(found, region=region)


def _package(folder: Path, region: int | None, period: Period | None) -> TrialData:
    manifest = read_manifest(folder)
    first = next(iter(read_records(folder / RECORDS_NAME)), None)
    if first is None or not len(first):
        raise InvalidEvidence(what=str(folder / RECORDS_NAME), problem="it has no records to try anything with")
    return TrialData(
        records=folder / RECORDS_NAME,
        kind=parse_act_key(first.act_key[0])[0],
        scenario=first.scenario[0],
        region=region or split_project_id(manifest.project_id)[0],
        period=period or manifest.period,
        label=manifest.label,
        rows=manifest.totals.rows,
        rejected=dict(manifest.totals.rejected),
    )


def _days_of(records: Path, methodology: Methodology) -> Period:
    """From the day of the first record to that of the last. Raises InvalidPeriod if that is more than one year."""
    ends = [(min(batch.occurred_at), max(batch.occurred_at)) for batch in read_records(records) if len(batch)]
    if not ends:
        raise InvalidEvidence(what="the table", problem="no row of it can be read as an act of this mapping")
    first, last = min(end[0] for end in ends), max(end[1] for end in ends)
    days = [local_day(second, methodology.offset_seconds) for second in (first, last)]
    if from_day(days[0]).year != from_day(days[1]).year:
        problem = f"the acts lie from {from_day(days[0])} to {from_day(days[1])}; choose one calendar year or less"
        raise InvalidInput(field="--period", problem=problem, given=None)
    return Period(*days)
