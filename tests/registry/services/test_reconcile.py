"""The comparison finds nothing where nothing differs, and names both values wherever something does."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.chain.artifacts import selector
from registry.chain.contracts import Register
from registry.chain.gateway import BlockId, Gateway
from registry.db import models
from registry.db.base import derived_tables
from registry.db.session import Database
from registry.domain.errors import NotFound
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.indexing import ChainUnsteady, Indexer
from registry.services.reconcile import reconcile
from tests.registry.services import ledger_story
from tests.world import PROJECT, SHANGHAI, World


def test_reconcile__after_the_story__database_equals_chain(indexed: Database, story_world: World) -> None:
    """Invariant 11."""
    found = reconcile(indexed, story_world.gateway, story_world.register)
    assert found.differences == ()
    assert found.is_equal
    assert found.block_number == story_world.gateway.block("latest").number
    accounts, batches = 3, 3
    assert found.compared["balance"] == accounts * batches + accounts
    assert min(found.compared.values()) > 0


def test_reconcile__after_a_rebuild__still_equal(indexed: Database, story_world: World) -> None:
    Indexer(indexed, story_world.gateway, story_world.register).rebuild()
    assert reconcile(indexed, story_world.gateway, story_world.register).is_equal


def test_reconcile__chain_has_gone_on__is_compared_at_the_checkpoint(indexed: Database, story_world: World) -> None:
    ledger_story.retire(story_world, 1_000)
    found = reconcile(indexed, story_world.gateway, story_world.register)
    assert found.is_equal
    assert found.block_number == story_world.gateway.block("latest").number - 1


@pytest.mark.parametrize("own", [(0, 100), (0, 10_000), (5, 100), (7, 100), (9, 20)], ids=str)
def test_reconcile__jurisdiction_with_laxer_or_stricter_policies__is_equal(
    indexed: Database, story_world: World, own: tuple[int, int]
) -> None:
    target = story_world.register.address("Filings")
    roles = (int(Role.REGISTRAR), int(Role.APPROVER))
    for jurisdiction, times in ((0, (7, 1000)), (SHANGHAI, own)):
        args = (jurisdiction, target, selector("Filings", "setProjectStatus"), (*roles, *times, 0))
        story_world.decide(GuardedCall("Desk", "setPolicy", args))
    Indexer(indexed, story_world.gateway, story_world.register).run_to_head()
    assert reconcile(indexed, story_world.gateway, story_world.register).differences == ()


def test_reconcile__few_rows_asked_for__counts_all_the_same(indexed: Database, story_world: World) -> None:
    few = reconcile(indexed, story_world.gateway, story_world.register, newest_rows=1)
    all_rows = reconcile(indexed, story_world.gateway, story_world.register)
    assert few.is_equal
    assert few.compared["retirement"] < all_rows.compared["retirement"]
    assert few.compared["balance"] == all_rows.compared["balance"]


class AskedOnce:
    """The chain, answering the same question about the same block from memory: a block never changes."""

    def __init__(self, gateway: Gateway, answers: dict[tuple[object, ...], bytes]) -> None:
        self._gateway = gateway
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def call(self, to: str, data: bytes, block: BlockId | None = None, sender: str | None = None) -> bytes:
        question = (to, data, block, sender)
        if block is None or question not in self._answers:
            self._answers[question] = self._gateway.call(to, data, block, sender)
        return self._answers[question]


@pytest.fixture(scope="module")
def answers() -> dict[tuple[object, ...], bytes]:
    """What the chain of the story answered to the tests of this file that do not go on with it."""
    return {}


def moved_serials() -> Any:
    start, end = models.Retirement.serial_start + 5_000_000, models.Retirement.serial_end + 5_000_000
    return update(models.Retirement).values(serial_start=start, serial_end=end)


Spoil = tuple[str, str, Callable[[], Any]]

SPOILS: list[Spoil] = [
    ("balance", "grams", lambda: update(models.Holding).values(grams=models.Holding.grams + 1)),
    ("balance", "missing", lambda: delete(models.Holding)),
    ("batch", "retired", lambda: update(models.Batch).values(retired_grams=models.Batch.retired_grams - 1)),
    ("batch", "cancelled", lambda: update(models.Batch).values(cancelled_grams=models.Batch.cancelled_grams + 1)),
    ("account", "status", lambda: update(models.Account).values(status=3)),
    ("agent", "rights", lambda: update(models.Agent).values(rights=1)),
    ("project", "ceiling", lambda: update(models.Project).values(ceiling_grams=5)),
    ("project", "status", lambda: update(models.Project).values(status=3)),
    ("methodology", "status", lambda: update(models.Methodology).values(status=3)),
    ("report", "digest", lambda: update(models.Report).where(models.Report.seq == 1).values(digest=b"\1" * 32)),
    ("committee", "quorum", lambda: update(models.Committee).values(quorum=4)),
    ("committee", "signers", lambda: delete(models.CommitteeSigner).where(models.CommitteeSigner.position == 0)),
    ("role", "member", lambda: delete(models.RoleMember).where(models.RoleMember.role == 2)),
    ("request", "status", lambda: update(models.DeskRequest).values(status=3)),
    ("objection", "status", lambda: update(models.DeskObjection).values(status=1)),
    ("opinion", "positive", lambda: update(models.DeskOpinion).values(positive=~models.DeskOpinion.positive)),
    ("policy", "experts", lambda: update(models.DeskPolicy).values(experts=9)),
    ("policy", "notice", lambda: update(models.DeskPolicy).values(notice_seconds=9)),
    ("rule set", "cap", lambda: update(models.RuleSet).values(cap_bps=1)),
    ("obligation", "due", lambda: update(models.Obligation).values(amount_due_grams=1)),
    ("used", "grams", lambda: update(models.Obligation).values(other_used_grams=1)),
    ("offset", "counted", lambda: update(models.Offset).values(counted_grams=models.Offset.counted_grams + 1)),
    ("offset", "year", lambda: update(models.Offset).values(year=models.Offset.year + 1)),
    ("retirement", "purpose", lambda: update(models.Retirement).values(purpose=7)),
    ("retirement", "serials", moved_serials),
    ("retirement", "block", lambda: update(models.Retirement).values(block_number=1)),
]


@pytest.mark.parametrize(("what", "name", "spoil"), SPOILS, ids=[f"{what}-{name}" for what, name, _ in SPOILS])
def test_reconcile__something_changed_in_the_database__is_named_with_both_values(
    indexed: Database,
    story_world: World,
    answers: dict[tuple[object, ...], bytes],
    what: str,
    name: str,
    spoil: Callable[[], Any],
) -> None:
    with indexed.transaction() as session:
        session.execute(spoil())
    chain = AskedOnce(story_world.gateway, answers)
    found = reconcile(indexed, chain, Register(chain, story_world.register.addresses))
    assert not found.is_equal
    assert what in {difference.what for difference in found.differences}
    for difference in found.differences:
        assert difference.database != difference.chain
        assert difference.where
        assert difference.database in str(difference)
        assert difference.chain in str(difference)


def add_false_rows(session: Session, account: str) -> None:
    """An account, a report, a batch and a retirement that the chain never saw."""
    origin = {"block_number": 1, "tx_hash": b"\7" * 32, "log_index": 0}
    session.add(
        models.Account(
            address="0x" + "77" * 20,
            jurisdiction=SHANGHAI,
            number=77,
            kind=1,
            status=1,
            flags=0,
            identity_commitment=b"\7" * 32,
            **origin,
        )
    )
    report = session.get_one(models.Report, (PROJECT, 1))
    columns = {column.name: getattr(report, column.name) for column in models.Report.__table__.columns}
    session.add(models.Report(**{**columns, "seq": 9, "digest": b"\7" * 32}))
    session.flush()
    batch = session.get_one(models.Batch, (PROJECT, 1))
    columns = {column.name: getattr(batch, column.name) for column in models.Batch.__table__.columns}
    session.add(models.Batch(**{**columns, "seq": 9, "batch_id": str((PROJECT << 64) + 9)}))
    row = session.scalars(select(models.Retirement)).first()
    assert row is not None
    columns = {column.name: getattr(row, column.name) for column in models.Retirement.__table__.columns}
    session.add(models.Retirement(**{**columns, "retirement_id": 99, "serial_start": 1, "serial_end": 1 + row.grams}))


def test_reconcile__rows_the_chain_never_saw__are_named_with_its_refusal(indexed: Database, story_world: World) -> None:
    with indexed.transaction() as session:
        add_false_rows(session, story_world.account(1))
    found = reconcile(indexed, story_world.gateway, story_world.register)
    refused = {difference.chain for difference in found.differences if difference.chain.startswith("refused")}
    assert refused == {
        "refused: UnknownAccount",
        "refused: UnknownReport",
        "refused: UnknownBatch",
        "refused: UnknownRetirement",
    }
    counts = {(d.what, d.where) for d in found.differences}
    assert {("retirement", "count"), ("report", f"{PROJECT} last"), ("project total", f"{PROJECT} issued")} <= counts


def test_reconcile__rows_lost__are_missed(indexed: Database, story_world: World) -> None:
    with indexed.transaction() as session:
        for table in reversed(derived_tables()):
            session.execute(delete(table))
    found = reconcile(indexed, story_world.gateway, story_world.register)
    # What nothing in the database points to cannot be asked for; the counts of the chain show that something is gone.
    assert {str(difference) for difference in found.differences} == {
        f"request count: database 0, chain {story_world.call('Desk', 'requestCount')}",
        f"pending transfer count: database 0, chain {story_world.call('Transfers', 'transferCount')}",
        f"retirement count: database 0, chain {story_world.call('Credits', 'retirementCount')}",
        "invalidation count: database 0, chain 1",
        f"provisional offset count: database 0, chain {story_world.call('Compliance', 'provisionalCount')}",
        "pledge count: database 0, chain 2",
    }


def test_reconcile__nothing_indexed__is_not_found(database: Database, story_world: World) -> None:
    with pytest.raises(NotFound):
        reconcile(database, story_world.gateway, story_world.register)


def test_reconcile__block_replaced__is_not_trusted(indexed: Database, story_world: World) -> None:
    with indexed.transaction() as session:
        session.execute(update(models.Checkpoint).values(block_hash=b"\1" * 32))
    with pytest.raises(ChainUnsteady):
        reconcile(indexed, story_world.gateway, story_world.register)
