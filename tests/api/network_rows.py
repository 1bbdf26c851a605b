"""A small network as rows of the database and files of a log, with honest defaults: what the views and the API are
tested over. Every number in it agrees with every other, as on a real network.

Project 1 of Shanghai has three reports: the first is issued and partly used, the second published and not issued, the
third accepted and not published. Serials of batch 1, 1,000 grams each act but one:

    0 ....... 2,500 ....... 4,000 ........................ 8,000 ... 9,000
    offset (#1)   event (#2)   live: platform 1,000, enterprise 3,000   cancelled
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.db import models
from registry.db.session import Database, open_database
from registry.domain.methodology import definition_bytes
from registry.domain.rules import AccountKind, AccountStatus, FilingStatus, Purpose, Role
from registry.log.store import LogStore
from tests.api.network_controls import controls, invalidation, lines, made_good
from tests.api.network_decisions import compliance, desk, request_row, said, texts
from tests.api.network_log import leaves, write_log
from tests.api.network_names import (
    ACTS_PER_REPORT,
    ANHUI,
    BATCH,
    CONTRACTS,
    DEFINITION,
    ENTERPRISE,
    FROZEN,
    HEAD,
    METHODOLOGY,
    OTHER_DEFINITION,
    PLATFORM,
    PROJECT,
    QUARANTINED,
    REASON,
    SECOND_PROJECT,
    SHANGHAI,
    SIGNERS,
    START,
    STATEMENT,
    UINT64_MAX,
    WUHAN,
    WUHAN_ENTERPRISE,
    act_id,
    address,
    block_hash,
    block_time,
    digest,
    made_in,
    tx_hash,
)

__all__ = [
    "ACTS_PER_REPORT",
    "ANHUI",
    "BATCH",
    "CONTRACTS",
    "DEFINITION",
    "ENTERPRISE",
    "FROZEN",
    "HEAD",
    "METHODOLOGY",
    "OTHER_DEFINITION",
    "PLATFORM",
    "PROJECT",
    "QUARANTINED",
    "REASON",
    "SECOND_PROJECT",
    "SHANGHAI",
    "SIGNERS",
    "START",
    "STATEMENT",
    "UINT64_MAX",
    "WUHAN",
    "WUHAN_ENTERPRISE",
    "Database",
    "LogStore",
    "Network",
    "Path",
    "account_row",
    "act_id",
    "address",
    "block_hash",
    "block_time",
    "build",
    "digest",
    "leaves",
    "made_in",
    "open_database",
    "project_row",
    "request_row",
    "retirement_row",
    "tx_hash",
]


@dataclass(frozen=True)
class Network:
    """Where the rows and the log are."""

    home: Path
    database: Database

    def open_log(self, project_id: int) -> LogStore:
        return LogStore(self.home / "logs" / str(project_id))


def build(home: Path) -> Network:
    """Writes the network into a fresh home."""
    database = open_database(home / "puhui.sqlite")
    reports = write_log(home / "logs" / str(PROJECT))
    with database.transaction() as session:
        for rows in (
            _chain(),
            _people(),
            _accounts(),
            _filings(),
            reports,
            _ledger(),
            compliance(),
            desk(),
            said(),
            controls(),
            lines(),
            invalidation(),
            made_good(),
            texts(),
        ):
            session.add_all(rows)
            session.flush()
        session.add_all(_many_accounts())
    return Network(home, database)


def _chain() -> list[Any]:
    rows: list[Any] = [models.Network(id=1, chain_id=20260, first_block=0)]
    rows += [models.Contract(name=name, address=where) for name, where in CONTRACTS.items()]
    for number in range(HEAD + 1):
        parent = block_hash(number - 1) if number else bytes(32)
        rows.append(
            models.Block(number=number, hash=block_hash(number), parent_hash=parent, block_time=block_time(number))
        )
        rows.append(
            models.ChainLog(
                block_hash=block_hash(number),
                log_index=0,
                block_number=number,
                tx_hash=tx_hash(number),
                address=CONTRACTS["Credits"],
                topics=digest("topic"),
                data=b"",
            )
        )
    rows.append(
        models.Checkpoint(id=1, block_number=HEAD, block_hash=block_hash(HEAD), updated_at=block_time(HEAD + 1))
    )
    return rows


def _people() -> list[Any]:
    rows: list[Any] = []
    for place, (code, name) in enumerate(((SHANGHAI, "上海市"), (ANHUI, "安徽省"), (WUHAN, "武汉市")), start=1):
        rows.append(models.Jurisdiction(code=code, name_hash=digest(name), **made_in(place)))
        for position, role in enumerate((Role.ADMIN, Role.REGISTRAR, Role.APPROVER)):
            member = address(f"{code}_{role.name}")
            rows.append(
                models.RoleMember(jurisdiction=code, role=int(role), member=member, **made_in(place, position + 1))
            )
    rows.append(
        models.Committee(
            jurisdiction=SHANGHAI, epoch=1, quorum=3, dispute_seconds=0, activation_seconds=0, **made_in(4)
        )
    )
    rows += [
        models.CommitteeSigner(jurisdiction=SHANGHAI, epoch=1, signer=signer, position=position, **made_in(4))
        for position, signer in enumerate(SIGNERS)
    ]
    return rows


def account_row(where: str, jurisdiction: int, number: int, kind: AccountKind, **changed: Any) -> models.Account:
    """An open account."""
    values = {
        "address": where,
        "jurisdiction": jurisdiction,
        "number": number,
        "kind": int(kind),
        "status": int(AccountStatus.OPEN),
        "frozen_until": None,
        "flags": 0,
        "identity_commitment": digest(f"identity of {where}"),
        **made_in(5),
    }
    return models.Account(**{**values, **changed})


def _accounts() -> list[Any]:
    rows: list[Any] = [
        account_row(PLATFORM, SHANGHAI, 1, AccountKind.PLATFORM),
        account_row(ENTERPRISE, SHANGHAI, 2, AccountKind.ENTERPRISE),
        # Numbers are any uint64.
        account_row(FROZEN, SHANGHAI, UINT64_MAX, AccountKind.ENTERPRISE, status=int(AccountStatus.FROZEN)),
        account_row(WUHAN_ENTERPRISE, WUHAN, 1, AccountKind.ENTERPRISE),
        models.Agent(account=ENTERPRISE, agent=address("ANNA"), rights=3, **made_in(5)),
        models.Agent(account=PLATFORM, agent=address("BO"), rights=7, **made_in(5)),
        models.AccountStatusChange(
            account=FROZEN,
            previous_status=int(AccountStatus.OPEN),
            status=int(AccountStatus.FROZEN),
            frozen_until=None,
            reason_hash=digest("Suspected false trading."),
            by=address("REGULATOR"),
            **made_in(30),
        ),
        models.AccountName(account=PLATFORM, name_zh="示例单车平台", name_en="Example Bikes", added_at=block_time(5)),
        models.AccountName(account=ENTERPRISE, name_zh="示例控排企业_100%", name_en=None, added_at=block_time(5)),
    ]
    return rows


def _many_accounts() -> list[Any]:
    """Enough for several pages: 40 of Anhui."""
    return [
        account_row(address(f"ANHUI_{n}"), ANHUI, n, AccountKind.INSTITUTION, **made_in(6, n)) for n in range(1, 41)
    ]


def project_row(number: int, **changed: Any) -> models.Project:
    """A project of Shanghai under the methodology of the factory."""
    values = {
        "project_id": SHANGHAI << 32 | number,
        "jurisdiction": SHANGHAI,
        "number": number,
        "definition_hash": DEFINITION,
        "developer": PLATFORM,
        "boundary_account": None,
        "crediting_start_day": 16801,
        "crediting_end_day": 18627,
        "scenario": 1,
        "ceiling_grams": 10_000_000_000,
        "co_benefit_hash": digest("co-benefits"),
        "area": 310115,
        "mechanism": 1,
        "status": int(FilingStatus.FILED),
        **made_in(8, number),
    }
    return models.Project(**{**values, **changed})


def _filings() -> list[Any]:
    filed = int(FilingStatus.FILED)
    definition = definition_bytes(METHODOLOGY).decode()
    return [
        models.Methodology(
            definition_hash=DEFINITION,
            jurisdiction=SHANGHAI,
            methodology_id=METHODOLOGY.id,
            version=1,
            document_hash=digest("document"),
            status=filed,
            **made_in(7),
        ),
        models.Methodology(
            definition_hash=OTHER_DEFINITION,
            jurisdiction=WUHAN,
            methodology_id="0x" + "ff" * 32,
            version=2,
            document_hash=digest("other document"),
            status=int(FilingStatus.SUSPENDED),
            **made_in(7, 1),
        ),
        models.MethodologyStatusChange(
            definition_hash=OTHER_DEFINITION,
            previous_status=filed,
            status=int(FilingStatus.SUSPENDED),
            reason_hash=digest("a reason nobody published"),
            by=address("REGULATOR"),
            **made_in(9),
        ),
        models.MethodologyDefinition(definition_hash=DEFINITION, definition=definition, added_at=block_time(7)),
        project_row(1, boundary_account=WUHAN_ENTERPRISE),
        # All that the contracts admit: a ceiling of 2**64 - 1 and an end after the year 9999.
        project_row(2, ceiling_grams=UINT64_MAX, crediting_end_day=2**32 - 1),
        models.ProjectStatusChange(
            project_id=SECOND_PROJECT,
            previous_status=filed,
            status=filed,
            reason_hash=digest("Suspected false trading."),
            by=address("REGULATOR"),
            **made_in(9, 1),
        ),
        models.ProjectName(
            project_id=PROJECT,
            name_zh="共享单车骑行",
            name_en="Shared-bike riding",
            illustration="Factors of Beijing joined with trips of Shanghai: an illustration.",
            added_at=block_time(8),
        ),
    ]


def _ledger() -> list[Any]:
    of_batch = {"project_id": PROJECT, "seq": 1}
    return [
        models.Batch(
            **of_batch,
            batch_id=str(BATCH),
            vintage=2016,
            serial_start=0,
            serial_end=9_000,
            issued_grams=9_000,
            retired_grams=4_000,
            cancelled_grams=1_000,
            **made_in(15),
        ),
        models.Allocation(**of_batch, position=0, account=PLATFORM, grams=8_000, **made_in(15)),
        models.Allocation(**of_batch, position=1, account=ENTERPRISE, grams=1_000, **made_in(15)),
        models.Transfer(
            **of_batch,
            position=0,
            sender=PLATFORM,
            recipient=ENTERPRISE,
            grams=6_000,
            by=address("BO"),
            **made_in(16),
        ),
        models.Holding(**of_batch, account=PLATFORM, grams=1_000, **made_in(20)),
        models.Holding(**of_batch, account=ENTERPRISE, grams=3_000, locked_grams=500, frozen_grams=100, **made_in(19)),
        models.Holding(**of_batch, account=WUHAN_ENTERPRISE, grams=0, **made_in(17)),
        models.Pledge(
            **of_batch,
            pledge_id=1,
            account=ENTERPRISE,
            pledgee=PLATFORM,
            grams=800,
            left_grams=500,
            reference_hash=digest("a pledge agreement"),
            by=address("BO"),
            **made_in(19),
        ),
        retirement_row(1, ENTERPRISE, 0, 2_500, purpose=int(Purpose.COMPLIANCE_OFFSET), **made_in(18)),
        retirement_row(2, ENTERPRISE, 2_500, 4_000, statement_hash=digest("a statement nobody published")),
        models.Cancellation(
            **of_batch,
            account=PLATFORM,
            serial_start=8_000,
            serial_end=9_000,
            grams=1_000,
            reason_hash=digest("Suspected false trading."),
            **made_in(20),
        ),
    ]


def retirement_row(number: int, account: str, start: int, end: int, **changed: Any) -> models.Retirement:
    """A retirement for an event from batch 1."""
    values = {
        "retirement_id": number,
        "project_id": PROJECT,
        "seq": 1,
        "account": account,
        "serial_start": start,
        "serial_end": end,
        "grams": end - start,
        "purpose": int(Purpose.EVENT_NEUTRALITY),
        "beneficiary": digest("beneficiary"),
        "statement_hash": digest(STATEMENT),
        "by": address("ANNA"),
        **made_in(19),
    }
    return models.Retirement(**{**values, **changed})
