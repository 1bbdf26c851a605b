"""A small network as rows of the database and files of a log, with honest defaults: what the views and the API are
tested over. Every number in it agrees with every other, as on a real network.

Project 1 of Shanghai has three reports: the first is issued and partly used, the second published and not issued, the
third accepted and not published. Serials of batch 1, 1,000 grams each act but one:

    0 ....... 2,500 ....... 4,000 ........................ 8,000 ... 9,000
    offset (#1)   event (#2)   live: platform 1,000, enterprise 3,000   cancelled
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from registry.db import models
from registry.db.session import Database, open_database
from registry.domain.methodology import definition_bytes, definition_hash, load_shipped
from registry.domain.rules import AccountKind, AccountStatus, CapBase, FilingStatus, Purpose, RequestStatus, Role
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from tests.world import actor

SHANGHAI, WUHAN, ANHUI = 310000, 420100, 340000
PROJECT = SHANGHAI << 32 | 1
SECOND_PROJECT = SHANGHAI << 32 | 2
BATCH = PROJECT << 64 | 1
START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HEAD = 40
PERIODS = ((17014, 17044), (17045, 17074), (17075, 17105))
QUANTITY_METRES = 10_494
ACTS_PER_REPORT = (10, 6, 4)
UINT64_MAX = 2**64 - 1


def digest(text: str) -> bytes:
    """32 bytes that stand for something, the same on every run."""
    return hashlib.sha256(text.encode()).digest()


def address(name: str) -> str:
    """The address of a named account or person."""
    return actor(name).address


def block_hash(number: int) -> bytes:
    return digest(f"block {number}")


def tx_hash(number: int) -> bytes:
    """The transaction of a block: one each, as on the embedded chain."""
    return digest(f"transaction of block {number}")


def block_time(number: int) -> datetime:
    return START + timedelta(seconds=number)


def act_id(report: int, position: int) -> bytes:
    """The act at a position of report 1, 2 or 3."""
    return digest(f"act {report}/{position}")


PLATFORM, ENTERPRISE, FROZEN, WUHAN_ENTERPRISE = (
    address(f"ACCOUNT_{name}") for name in ("PLATFORM", "ENTERPRISE", "FROZEN", "WUHAN_ENTERPRISE")
)
SIGNERS = sorted((address(f"ORACLE_{n}") for n in range(4)), key=lambda text: int(text, 16))
CONTRACT_NAMES = ("Authority", "Desk", "Accounts", "Filings", "OracleCommittee", "Credits", "Compliance")
CONTRACTS = {name: address(f"CONTRACT_{name}") for name in CONTRACT_NAMES}
METHODOLOGY = load_shipped()["cycling-beijing-2024"]
DEFINITION = definition_hash(METHODOLOGY)
OTHER_DEFINITION = digest("a definition that nobody published")
STATEMENT = "Fulfilment of the year 2025."
QUARANTINED = act_id(1, 100)
TOO_SMALL = act_id(1, 9)


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
    reports = _write_log(home / "logs" / str(PROJECT))
    with database.transaction() as session:
        for rows in (
            _chain(),
            _people(),
            _accounts(),
            _filings(),
            reports,
            _ledger(),
            _compliance(),
            _desk(),
            _texts(),
        ):
            session.add_all(rows)
            session.flush()
        session.add_all(_many_accounts())
    return Network(home, database)


def made_in(number: int, log_index: int = 0) -> dict[str, Any]:
    """The columns of a derived row: the block of the event that made it."""
    return {"block_number": number, "tx_hash": tx_hash(number), "log_index": log_index}


def leaves(report: int) -> list[Leaf]:
    """The leaves of report 1, 2 or 3. The last of the first report is too small for a gram."""
    serial = sum(grams for earlier in range(1, report) for grams in _grams(earlier))
    found = []
    for position, grams in enumerate(_grams(report)):
        found.append(
            Leaf(
                serial_start=serial,
                grams=grams,
                quantity=QUANTITY_METRES if grams else 5,
                occurred_on=PERIODS[report - 1][0] + position,
                scenario=1,
                act_id=act_id(report, position),
                actor=digest(f"actor {report}/{position}"),
            )
        )
        serial += grams
    return found


def _grams(report: int) -> list[int]:
    count = ACTS_PER_REPORT[report - 1]
    return [1_000] * (count - 1) + [0 if report == 1 else 1_000]


def _write_log(folder: Path) -> list[Any]:
    store = LogStore(folder)
    rows: list[Any] = []
    previous = bytes(32)
    serial = size = 0
    for seq in (1, 2, 3):
        packed = [leaf.pack() for leaf in leaves(seq)]
        size += len(packed)
        # The third report is accepted by the chain, but its leaves are not public yet.
        root = store.append(packed)[1] if seq < 3 else store.preview(packed)[1]
        grams = sum(_grams(seq))
        report_digest = digest(f"report {seq}")
        rows.append(
            models.Report(
                project_id=PROJECT,
                seq=seq,
                period_start_day=PERIODS[seq - 1][0],
                period_end_day=PERIODS[seq - 1][1],
                methodology_hash=DEFINITION,
                evidence_hash=digest(f"manifest {seq}"),
                log_root=root,
                log_size=size,
                serial_end=serial + grams,
                prev_digest=previous,
                # The third one is valid beyond the year 9999, as a uint40 may be.
                valid_until_seconds=2**40 - 1 if seq == 3 else int(block_time(100).timestamp()),
                epoch=1,
                digest=report_digest,
                serial_start=serial,
                vintage=2016,
                final_at=block_time(10 + seq),
                **made_in(10 + seq),
            )
        )
        rows += [
            models.ReportSigner(project_id=PROJECT, seq=seq, signer=signer, position=position, **made_in(10 + seq))
            for position, signer in enumerate(SIGNERS[:3])
        ]
        if seq < 3:
            rows += _publication(seq, size, root, report_digest, 2 if seq == 1 else 0)
        previous, serial = report_digest, serial + grams
    return rows


def _publication(seq: int, size: int, root: bytes, report_digest: bytes, set_aside: int) -> list[Any]:
    first = size - ACTS_PER_REPORT[seq - 1]
    rows: list[Any] = [
        models.PublishedReport(
            project_id=PROJECT,
            seq=seq,
            digest=report_digest,
            log_size=size,
            log_root=root,
            acts=ACTS_PER_REPORT[seq - 1],
            quarantined=set_aside,
            published_at=block_time(10 + seq),
        )
    ]
    rows += [
        models.Act(act_id=leaf.act_id, project_id=PROJECT, leaf_index=first + position)
        for position, leaf in enumerate(leaves(seq))
    ]
    if set_aside:
        # One act was too fast; another stands twice in the package and is counted once.
        for position, (act, reason) in enumerate(((QUARANTINED, "too_fast"), (act_id(1, 0), "repeated_act"))):
            rows.append(
                models.QuarantinedAct(project_id=PROJECT, seq=seq, position=position, act_id=act, reason=reason)
            )
    return rows


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
    rows.append(models.Committee(jurisdiction=SHANGHAI, epoch=1, quorum=3, dispute_seconds=0, **made_in(4)))
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
        models.Holding(**of_batch, account=ENTERPRISE, grams=3_000, **made_in(19)),
        models.Holding(**of_batch, account=WUHAN_ENTERPRISE, grams=0, **made_in(17)),
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


def _compliance() -> list[Any]:
    rules = {
        "jurisdiction": SHANGHAI,
        "cap_base": int(CapBase.VERIFIED_EMISSIONS),
        "local_share_min_bps": 0,
        "first_vintage": 2013,
        "last_vintage": 2025,
        "granularity_grams": 1,
        "opens_at_seconds": int(START.timestamp()),
        "document_hash": digest("rules"),
    }
    amounts = {
        "initial_allocation_grams": 900_000,
        "issued_allowances_grams": 880_000,
        "verified_emissions_grams": 1_000_000,
        "amount_due_grams": UINT64_MAX,
    }
    obligation = {"account": ENTERPRISE, "year": 2025}
    return [
        models.RuleSet(**rules, year=2025, version=1, cap_bps=100, deadline_seconds=2**40 - 1, **made_in(21)),
        models.RuleSet(**rules, year=2025, version=2, cap_bps=500, deadline_seconds=2**40 - 1, **made_in(22)),
        models.Obligation(**obligation, **amounts, local_used_grams=2_500, other_used_grams=0, **made_in(24)),
        models.ObligationChange(**obligation, **{**amounts, "verified_emissions_grams": 0}, **made_in(23)),
        models.ObligationChange(**obligation, **amounts, **made_in(24)),
        # An obligation of a year without rules.
        models.Obligation(
            account=WUHAN_ENTERPRISE, year=2024, **amounts, local_used_grams=0, other_used_grams=0, **made_in(25)
        ),
        models.Offset(
            retirement_id=1,
            account=ENTERPRISE,
            year=2025,
            project_id=PROJECT,
            seq=1,
            grams=2_500,
            local=True,
            rule_version=2,
            by=address("ANNA"),
            **made_in(18, 1),
        ),
    ]


def request_row(number: int, **changed: Any) -> models.DeskRequest:
    """A request in public notice: to freeze nothing, to issue batch 1."""
    values = {
        "request_id": number,
        "jurisdiction": SHANGHAI,
        "maker": address(f"{SHANGHAI}_REGISTRAR"),
        "target": CONTRACTS["Credits"],
        "data": bytes.fromhex("01020304") + bytes(64),
        "decoded": True,
        "contract": "Credits",
        "function": "issue",
        "arguments": '{"jurisdiction":"310000","projectId":"1331439861760001","seq":"1"}',
        "approvable_at": block_time(14),
        "expires_at": block_time(10_000),
        "status": int(RequestStatus.PROPOSED),
        "checker": None,
        "reason_hash": None,
        "decided_block_number": None,
        "decided_tx_hash": None,
        **made_in(14, number),
    }
    return models.DeskRequest(**{**values, **changed})


def _desk() -> list[Any]:
    decided = {"decided_block_number": 15, "decided_tx_hash": tx_hash(15), "checker": address(f"{SHANGHAI}_APPROVER")}
    return [
        request_row(1, status=int(RequestStatus.EXECUTED), **decided),
        request_row(2, status=int(RequestStatus.REJECTED), reason_hash=digest("Suspected false trading."), **decided),
        request_row(3),
        # Nobody decided it, and the head of the chain is past its end.
        request_row(4, expires_at=block_time(HEAD)),
        request_row(5, decoded=False, contract=None, function="0x01020304", arguments="{}", jurisdiction=WUHAN),
    ]


def _texts() -> list[Any]:
    texts = (("jurisdiction", "上海市"), ("reason", "Suspected false trading."), ("statement", STATEMENT))
    return [
        models.Document(sha256=digest(text), kind=kind, text=text, salt=None, added_at=block_time(3))
        for kind, text in texts
    ]
