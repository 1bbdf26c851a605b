"""Filing (备案) of methodologies and projects."""

from __future__ import annotations

import hashlib

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.days import Period
from registry.domain.errors import InvalidInput, InvalidPeriod
from registry.domain.mechanisms import Mechanism
from registry.domain.methodology import Methodology, check_fileable, definition_hash, document_hash, id_bytes32
from registry.domain.rules import FilingStatus
from registry.domain.units import check_grams
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of, keep_text
from registry.services.views.references import read_account

AREA_MIN, AREA_MAX = 110_000, 829_999
ZERO_ADDRESS = "0x" + "00" * 20


def file_methodology(jurisdiction: int, methodology: Methodology, *, demonstration: bool = False) -> GuardedCall:
    """Files a methodology: its definition's hash is what every report must name.

    demonstration: whether the network is one (`policies.is_demonstration`), and so takes what is graded C.

    Raises:
        NotFileable: a value or formula was not seen, or stands on a single secondary source on a working network.
    """
    check_fileable(methodology, demonstration=demonstration)
    return GuardedCall(
        "Filings",
        "fileMethodology",
        (
            jurisdiction,
            definition_hash(methodology),
            id_bytes32(methodology),
            methodology.version,
            document_hash(methodology),
        ),
    )


def file_project(
    jurisdiction: int,
    *,
    methodology: Methodology,
    developer: str,
    scenario: int,
    crediting: Period | tuple[int, int],
    ceiling_grams: int,
    boundary_account: str = ZERO_ADDRESS,
    co_benefits: str = "",
    area: int | None = None,
    mechanism: Mechanism = Mechanism.CARBON_INCLUSION,
) -> GuardedCall:
    """Files a project. `crediting` may span years: (first day, last day), days since 1970-01-01.

    `area` is the GB/T 2260 code of the county or city where the reductions happen, the jurisdiction's own if not given.

    Raises:
        UnknownScenario: the methodology has no such scenario.
        InvalidPeriod: the crediting period is reversed.
        InvalidInput: an account that is no address, a ceiling that is no amount, or an area that is no code.
    """
    start, end = crediting if isinstance(crediting, tuple) else (crediting.start_day, crediting.end_day)
    if start > end:
        raise InvalidPeriod(field="crediting period", problem="ends before it begins", given=(start, end))
    methodology.scenario(scenario)
    area = jurisdiction if area is None else area
    if not AREA_MIN <= area <= AREA_MAX:
        raise InvalidInput(field="area", problem=f"must be a code from {AREA_MIN} to {AREA_MAX}", given=area)
    filing = (
        definition_hash(methodology),
        read_account(developer, "developer"),
        read_account(boundary_account, "boundary account"),
        start,
        end,
        scenario,
        check_grams(ceiling_grams, field="ceiling_grams", least=1),
        hashlib.sha256(co_benefits.encode()).digest(),
        area,
        int(mechanism),
    )
    return GuardedCall("Filings", "fileProject", (jurisdiction, filing))


def set_project_status(jurisdiction: int, project_id: int, status: FilingStatus, reason: str) -> GuardedCall:
    """Suspends, restores or withdraws a project. Suspending in an emergency suspension makes it stay."""
    args = (jurisdiction, project_id, int(status), hash_of(reason))
    return GuardedCall("Filings", "setProjectStatus", args, (reason,))


def set_methodology_status(jurisdiction: int, digest: bytes, status: FilingStatus, reason: str) -> GuardedCall:
    """Suspends, restores or withdraws a methodology. Suspending in an emergency suspension makes it stay."""
    args = (jurisdiction, digest, int(status), hash_of(reason))
    return GuardedCall("Filings", "setMethodologyStatus", args, (reason,))


def suspend_project(registry: Registry, regulator: LocalAccount, project_id: int, reason: str, *, key: str) -> Receipt:
    """Suspends a project at once, by one regulator there; it ends by itself. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Filings", "suspendProject", [project_id, digest], key=key)


def suspend_methodology(
    registry: Registry, regulator: LocalAccount, definition: bytes, reason: str, *, key: str
) -> Receipt:
    """Suspends a methodology at once, by one regulator there; it ends by itself. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Filings", "suspendMethodology", [definition, digest], key=key)
