"""Provenance: from every point of the way the same chain of steps, with what happened to the grams."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from registry.db.models import Block, Checkpoint, Report
from registry.domain.errors import IntegrityError, InvalidInput, InvalidSerial, LogCorrupted, NotFound
from registry.services.views.acts import counted_act
from registry.services.views.outcomes import Outcome
from registry.services.views.paging import PageRequest
from registry.services.views.provenance import Asked, Provenance, SubjectKind, provenance
from registry.services.views.search import HITS_MAX, search
from registry.services.views.state import NotIndexedYet, as_of
from registry.services.views.steps import ProofKind, StepKind
from tests.api import network_rows as rows

K = SubjectKind
DOWN = ["batch", "report", "project", "methodology"]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rows.Network]:
    built = rows.build(tmp_path_factory.mktemp("provenance"))
    yield built
    built.database.close()


@pytest.fixture
def session(network: rows.Network) -> Iterator[Session]:
    with network.database.session() as opened:
        yield opened


@pytest.fixture
def asked(network: rows.Network, session: Session) -> Asked:
    return Asked(session, network.open_log)


def kinds(found: Provenance) -> tuple[list[str], list[str]]:
    return [step.kind.value for step in found.down], [step.kind.value for step in found.up]


def uses(found: Provenance) -> list[tuple[str, str, int | None]]:
    return [(step.kind.value, step.id, step.grams_of_stretch) for step in found.up if step.grams_of_stretch]


@pytest.mark.parametrize("kind", [K.CERTIFICATE, K.RETIREMENT, K.OFFSET])
def test_retirement__goes_down_to_its_acts(asked: Asked, kind: SubjectKind) -> None:
    found = provenance(asked, kind, "1")
    assert kinds(found) == (DOWN, [])
    assert found.outcome is Outcome.USED
    assert found.subject is not None
    assert found.subject.kind is StepKind.OFFSET
    assert found.acts is not None
    assert [item.act_id for item in found.acts.items] == [rows.act_id(1, n) for n in range(3)]


def test_batch__goes_down_to_its_acts_and_up_to_every_use(asked: Asked) -> None:
    found = provenance(asked, K.BATCH, str(rows.BATCH))
    assert kinds(found)[0] == DOWN[1:]
    assert uses(found) == [
        ("offset", "1", 2_500),
        ("retirement", "2", 1_500),
        ("cancellation", "PH-310000-0001-2016-001-000000008001-000000009000", 1_000),
    ]
    assert found.outcome is Outcome.PARTLY_USED
    assert found.totals is not None
    assert (found.totals.grams, found.totals.unused_grams) == (9_000, 4_000)
    assert found.acts is not None
    assert len(found.acts.items) == 9
    assert {holding.grams for holding in found.holders} == {1_000, 3_000}


@pytest.mark.parametrize("identity", [f"{rows.PROJECT}-1", "PH-310000-0001-2016-001", str(rows.BATCH)])
def test_report__has_its_batch_above_and_the_filings_below(asked: Asked, identity: str) -> None:
    found = provenance(asked, K.REPORT, identity)
    assert kinds(found) == (["project", "methodology"], ["batch", "offset", "retirement", "cancellation"])


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        (1, [("offset", "1", 1)]),
        (2_500, [("offset", "1", 1)]),
        (2_501, [("retirement", "2", 1)]),
        (4_000, [("retirement", "2", 1)]),
        (4_001, []),
        (8_000, []),
        (8_001, [("cancellation", "PH-310000-0001-2016-001-000000008001-000000009000", 1)]),
        (9_000, [("cancellation", "PH-310000-0001-2016-001-000000008001-000000009000", 1)]),
    ],
)
def test_one_gram__as_printed__finds_its_act_and_its_use(
    asked: Asked, serial: int, expected: list[tuple[str, str, int]]
) -> None:
    found = provenance(asked, K.SERIAL, f"PH-310000-0001:{serial}")
    assert uses(found) == expected
    assert kinds(found)[0] == DOWN
    assert found.acts is not None
    assert [item.act_id for item in found.acts.items] == [rows.act_id(1, (serial - 1) // 1_000)]


def test_range_across_uses__names_each_with_its_share(asked: Asked) -> None:
    found = provenance(asked, K.SERIAL, "PH-310000-0001-2016-001-000000002001-000000004500")
    assert uses(found) == [("offset", "1", 500), ("retirement", "2", 1_500)]
    assert found.outcome is Outcome.PARTLY_USED


@pytest.mark.parametrize(
    ("serial", "outcome", "down"),
    [
        ("PH-310000-0001:9001", Outcome.NOT_ISSUED, DOWN[1:]),
        ("PH-310000-0001:15001", Outcome.NOT_ISSUED, DOWN[1:]),
    ],
)
def test_gram_of_a_report_that_is_not_issued__says_so(
    asked: Asked, serial: str, outcome: Outcome, down: list[str]
) -> None:
    found = provenance(asked, K.SERIAL, serial)
    assert (found.outcome, kinds(found)) == (outcome, (down, []))
    assert found.holders == ()


def test_act__has_report_and_batch_above_it(asked: Asked) -> None:
    found = provenance(asked, K.ACT, "0x" + rows.act_id(1, 2).hex())
    assert kinds(found) == (["project", "methodology"], ["report", "batch", "offset", "retirement"])
    assert found.acts is None


def test_act_that_was_set_aside__has_no_step_above_and_says_why(asked: Asked) -> None:
    found = provenance(asked, K.ACT, "0x" + rows.QUARANTINED.hex())
    assert (found.subject, found.up, found.outcome) == (None, (), Outcome.QUARANTINED)
    assert [one.words for one in found.quarantines] == [("too fast to be possible", "速度异常")]


def test_account__goes_down_to_what_it_holds_and_up_to_what_it_retired(asked: Asked) -> None:
    found = provenance(asked, K.ACCOUNT, rows.ENTERPRISE.lower())
    assert kinds(found) == (DOWN, ["retirement", "offset"])
    assert [step.id for step in found.up] == ["2", "1"]


def test_project_and_methodology__go_up_step_by_step(asked: Asked) -> None:
    project = provenance(asked, K.PROJECT, "PH-310000-0001")
    assert kinds(project) == (["methodology"], ["report", "batch", "report", "report"])
    methodology = provenance(asked, K.METHODOLOGY, "0x" + rows.DEFINITION.hex())
    assert kinds(methodology) == ([], ["project", "project"])


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (K.BATCH, str(rows.BATCH)),
        (K.ACT, "0x" + rows.act_id(1, 2).hex()),
        (K.ACCOUNT, rows.ENTERPRISE),
        (K.PROJECT, "PH-310000-0001"),
        (K.METHODOLOGY, "0x" + rows.DEFINITION.hex()),
        (K.SERIAL, "PH-310000-0001-2016-001-000000000001-000000009000"),
    ],
)
def test_every_step_but_a_stretch_of_serials__has_its_event_and_what_proves_it(
    asked: Asked, kind: SubjectKind, identity: str
) -> None:
    found = provenance(asked, kind, identity)
    for step in (found.subject, *found.down, *found.up):
        assert step is not None
        if step.kind is StepKind.SERIALS:
            continue
        assert step.origin is not None
        assert step.origin.block_hash == rows.block_hash(step.origin.block_number)
        assert step.origin.tx_hash == rows.tx_hash(step.origin.block_number)
        assert step.proofs
        wanted = ProofKind.LOG_INCLUSION if step.kind is StepKind.ACT else ProofKind.EVENT
        assert wanted in {proof.kind for proof in step.proofs}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_uses_of_a_batch__page_by_page__are_all_uses(network: rows.Network, session: Session, limit: int) -> None:
    page = PageRequest(limit)
    found: list[str] = []
    while True:
        answer = provenance(Asked(session, network.open_log, page), K.BATCH, str(rows.BATCH))
        found += [step.id for step in answer.up]
        if answer.next_cursor is None:
            break
        page = PageRequest(limit, after=answer.next_cursor)
    assert found == ["1", "2", "PH-310000-0001-2016-001-000000008001-000000009000"]


@pytest.mark.parametrize("kind", list(K))
@pytest.mark.parametrize("identity", ["", "x", "-1", "0x00", "PH-", ":", "9" * 90, "\x00"])
def test_no_such_name__is_refused(asked: Asked, kind: SubjectKind, identity: str) -> None:
    with pytest.raises((InvalidInput, InvalidSerial)):
        provenance(asked, kind, identity)


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (K.RETIREMENT, "3"),
        (K.OFFSET, "2"),
        (K.SERIAL, "PH-310000-0001:19001"),
        (K.SERIAL, "PH-310000-0002:1"),
        (K.BATCH, f"{rows.BATCH + 1}"),
        (K.REPORT, f"{rows.PROJECT}-4"),
        (K.ACT, "0x" + "12" * 32),
        (K.ACCOUNT, "0x" + "12" * 20),
        (K.PROJECT, "PH-310000-0003"),
        (K.METHODOLOGY, "0x" + "12" * 32),
    ],
)
def test_thing_that_does_not_exist__is_not_found(asked: Asked, kind: SubjectKind, identity: str) -> None:
    with pytest.raises(NotFound):
        provenance(asked, kind, identity)


def test_log_that_is_not_the_signed_one__gives_no_proof(network: rows.Network, tmp_path: rows.Path) -> None:
    with network.database.session() as session:
        row = session.get_one(Report, (rows.PROJECT, 1))
        session.expunge(row)
    other = rows.LogStore(tmp_path)
    altered = [leaf.pack()[:-1] + b"\x00" for leaf in rows.leaves(1)]
    other.append(altered)
    with network.database.session() as session, pytest.raises(LogCorrupted):
        counted_act(session, lambda _: other, rows.act_id(1, 0))


def test_index_without_a_block__says_that_it_has_not_begun(tmp_path: rows.Path) -> None:
    database = rows.open_database(tmp_path / "empty.sqlite")
    with database.session() as session, pytest.raises(NotIndexedYet):
        as_of(session)
    database.close()


def test_row_whose_block_is_missing__is_a_contradiction(tmp_path: rows.Path) -> None:
    built = rows.build(tmp_path)
    with built.database.transaction() as session:
        session.delete(session.get_one(Block, 18))
    with built.database.session() as session, pytest.raises(IntegrityError, match="block 18"):
        provenance(Asked(session, built.open_log), K.RETIREMENT, "1")
    with built.database.session() as session:
        assert session.get_one(Checkpoint, 1).block_number == rows.HEAD
    built.database.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", [("retirement", "1", True)]),
        (str(rows.PROJECT), [("project", str(rows.PROJECT), True)]),
        (str(rows.BATCH), [("batch", str(rows.BATCH), True)]),
        ("ph-310000-0001", [("project", str(rows.PROJECT), True)]),
        ("PH-310000-0001-2016-001", [("batch", str(rows.BATCH), True)]),
        ("PH-310000-0001:4001", [("serial", "PH-310000-0001:4001", True)]),
        (rows.ENTERPRISE.lower(), [("account", rows.ENTERPRISE, True)]),
        ("0x" + rows.act_id(1, 2).hex(), [("act", "0x" + rows.act_id(1, 2).hex(), True)]),
        (rows.QUARANTINED.hex().upper(), [("act", "0x" + rows.QUARANTINED.hex(), True)]),
        ("0x" + rows.DEFINITION.hex(), [("methodology", "0x" + rows.DEFINITION.hex(), True)]),
        ("0x" + rows.digest("report 2").hex(), [("report", f"{rows.PROJECT}-2", True)]),
        ("0x" + rows.digest("manifest 1").hex(), [("report", f"{rows.PROJECT}-1", True)]),
        ("0x" + rows.tx_hash(18).hex(), [("retirement", "1", True)]),
        ("0x" + rows.tx_hash(15).hex(), [("batch", str(rows.BATCH), True)]),
        ("单车", [("project", str(rows.PROJECT), False), ("account", rows.PLATFORM, False)]),
        ("shared-BIKE", [("project", str(rows.PROJECT), False)]),
        ("100%", [("account", rows.ENTERPRISE, False)]),
        ("travel-bei", [("methodology", "0x" + rows.DEFINITION.hex(), False)]),
        ("单", []),
        ("ab", []),
        ("01", []),
    ],
)
def test_search__finds_what_a_text_names(session: Session, text: str, expected: list[tuple[str, str, bool]]) -> None:
    assert [(hit.kind.value, hit.id, hit.exact) for hit in search(session, text).hits] == expected


def test_search__many_hits__are_cut(session: Session) -> None:
    found = search(session, "0x" + rows.tx_hash(6).hex()).hits
    assert len(found) == HITS_MAX
    assert {hit.kind for hit in found} == {K.ACCOUNT}
