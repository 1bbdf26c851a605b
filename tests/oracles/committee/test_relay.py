"""The relay: three of four honest signatures make a report, whatever the others do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from oracles.committee import Collected, Member, Proposal, collect, run_round
from oracles.committee.digest import sign_report
from oracles.committee.terms import VALID_WINDOW_SECONDS
from oracles.errors import PackageRefused, QuorumNotReached
from registry.domain.errors import ContractRefused, InvalidEvidence, SourceUnavailable
from tests.oracles.conftest import Committee
from tests.oracles.factory import CHAIN_ID, PROJECT, Ride, month, read_back, rewrite, signed
from tests.world import ACTORS, ORACLES, SHANGHAI


@dataclass
class Fake:
    """A member that fails or signs anything it is shown, with any key."""

    address: str
    failure: Exception | None = None
    key: LocalAccount | None = None
    contract: str = ""
    answer: bytes | None = None
    proposal: Proposal | None = None

    def signed_digest(self) -> bytes | None:
        if self.failure is not None:
            raise self.failure
        return None

    def propose(self) -> Proposal:
        if self.proposal is None:
            raise self.failure or SourceUnavailable(what="source", problem="no connection")
        return self.proposal

    def sign(self, proposal: Proposal) -> bytes:
        if self.failure is not None:
            raise self.failure
        if self.answer is not None:
            return self.answer
        assert self.key is not None
        return sign_report(proposal.report, self.key, CHAIN_ID, self.contract)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "packages").mkdir()
    return signed(tmp_path / "packages" / "august", month())


def gathered(committee: Committee, members: list[Member]) -> Collected:
    view = committee.view()
    return run_round(members, view.committee(SHANGHAI), view)


def submit(committee: Committee, collected: Collected) -> None:
    committee.world.send(ACTORS["OUTSIDER"], "OracleCommittee", "submit", *collected.submit_args())


DOWN = [ConnectionRefusedError("refused"), TimeoutError("10 s"), SourceUnavailable(what="x", problem="down")]


def test_all_four__sign_and_a_quorum_is_accepted(committee: Committee, package: Path) -> None:
    collected = gathered(committee, committee.members(package))
    assert collected.signers == [oracle.address for oracle in ORACLES[:3]]
    assert set(collected.answers.values()) == {"signed"}
    submit(committee, collected)
    assert committee.world.call("OracleCommittee", "reportOf", PROJECT, 1)["digest"] == collected.digest


@pytest.mark.parametrize("failure", DOWN, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("down", range(4))
def test_one_down__three_are_enough(committee: Committee, package: Path, down: int, failure: Exception) -> None:
    members: list[Any] = committee.members(package)
    members[down] = Fake(ORACLES[down].address, failure=failure)
    collected = gathered(committee, members)
    assert collected.signers == [oracle.address for n, oracle in enumerate(ORACLES) if n != down]
    assert collected.answers[ORACLES[down].address] != "signed"


def test_two_down__is_no_quorum_and_says_who_said_what(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    members[1] = Fake(ORACLES[1].address, failure=TimeoutError("10 s"))
    members[2] = Fake(ORACLES[2].address, failure=DOWN[2])
    with pytest.raises(QuorumNotReached, match="2 of 3 signatures") as refusal:
        gathered(committee, members)
    line = str(refusal.value)
    assert f"{ORACLES[1].address}: does not answer (TimeoutError: 10 s)" in line
    assert f"{ORACLES[2].address}: The evidence source x does not answer" in line
    assert f"{ORACLES[0].address}: signed" in line


def test_two_lying_about_the_report__is_no_quorum(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    honest = members[0].propose()
    lie = Proposal(replace(honest.report, serial_end=honest.report.serial_end + 1), honest.leaves)
    contract = committee.view().committee_contract
    for number in (0, 1):
        # They sign their lie, and nothing else.
        answer = sign_report(lie.report, ORACLES[number], CHAIN_ID, contract)
        members[number] = Fake(ORACLES[number].address, answer=answer, proposal=lie)
    with pytest.raises(QuorumNotReached, match="2 of 3"):
        gathered(committee, members)


def test_lying_proposer__gets_nothing_and_the_next_one_proposes(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    honest = members[1].propose()
    lie = Proposal(replace(honest.report, log_root=b"r" * 32), honest.leaves)
    members[0] = Fake(ORACLES[0].address, key=ORACLES[0], contract=committee.view().committee_contract, proposal=lie)
    collected = gathered(committee, members)
    assert collected.report == honest.report
    submit(committee, collected)


def test_one_fed_an_altered_package__refuses_and_the_others_go_on(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    records = read_back(package)
    records[9] = records[9]._replace(quantity=1)
    members[2] = committee.member(2, rewrite(package, records))
    collected = gathered(committee, members)
    assert ORACLES[2].address not in collected.signers
    assert records[9].act_key in collected.answers[ORACLES[2].address]


def test_same_signer_twice__counts_once(committee: Committee, package: Path) -> None:
    members = committee.members(package)
    twice: list[Any] = [members[0], members[0], members[1]]
    with pytest.raises(QuorumNotReached, match="who has signed already"):
        gathered(committee, twice)
    stolen = Fake(ORACLES[2].address, key=ORACLES[0], contract=committee.view().committee_contract)
    with pytest.raises(QuorumNotReached, match="2 of 3"):
        gathered(committee, [members[0], members[1], stolen])


def test_outsider__does_not_count(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)[:2]
    outsider = ACTORS["OUTSIDER"]
    members.append(Fake(outsider.address, key=outsider, contract=committee.view().committee_contract))
    with pytest.raises(QuorumNotReached, match="no signer of jurisdiction 310000 in epoch 1"):
        gathered(committee, members)


@pytest.mark.parametrize("answer", [b"", b"\0" * 65, b"\xff" * 65, b"x" * 64, b"\x01" * 64 + b"\x1b"])
def test_rubbish_for_a_signature__costs_only_its_own(committee: Committee, package: Path, answer: bytes) -> None:
    members: list[Any] = committee.members(package)
    members[0] = Fake(ORACLES[0].address, answer=answer)
    assert len(gathered(committee, members).signatures) == 3


def test_signature_for_another_contract__does_not_count(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    members[3] = Fake(ORACLES[3].address, key=ORACLES[3], contract=ACTORS["OUTSIDER"].address)
    assert "no signer" in gathered(committee, members).answers[ORACLES[3].address]


def test_nobody_can_propose__the_reason_is_told(committee: Committee, tmp_path: Path, package: Path) -> None:
    far = signed(package.parent / "far", [Ride(metres="25000", minutes="60")])
    with pytest.raises(PackageRefused):
        gathered(committee, committee.members(far))
    with pytest.raises(QuorumNotReached, match="could propose"):
        gathered(committee, [Fake(ORACLES[0].address, failure=OSError("broken"))])
    with pytest.raises(InvalidEvidence):
        gathered(committee, [Fake(ORACLES[0].address, failure=InvalidEvidence(what="x", problem="y"))])


def test_a_fault_of_the_program__is_not_hidden(committee: Committee, package: Path) -> None:
    members: list[Any] = committee.members(package)
    members[1] = Fake(ORACLES[1].address, failure=ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        gathered(committee, members)


def test_killed_after_two_had_signed__the_next_round_ends_with_the_same_report(
    committee: Committee, package: Path
) -> None:
    members = committee.members(package)
    proposal = members[1].propose()
    for member in members[1:3]:
        member.sign(proposal)
    committee.pass_time(VALID_WINDOW_SECONDS)
    # Oracle 0 has not signed and would propose other terms by now, which 1 and 2 could not sign any more.
    collected = gathered(committee, list(committee.members(package)))
    assert collected.report == proposal.report
    submit(committee, collected)


def test_replayed_report__is_refused_by_the_contract(committee: Committee, package: Path) -> None:
    collected = gathered(committee, committee.members(package))
    submit(committee, collected)
    with pytest.raises(ContractRefused) as refusal:
        submit(committee, collected)
    assert type(refusal.value).__name__ == "WrongSeq"


def test_collect__too_few__keeps_every_answer(committee: Committee, package: Path) -> None:
    members = committee.members(package)[:1]
    view = committee.view()
    with pytest.raises(QuorumNotReached, match="1 of 3"):
        collect(members[0].propose(), members, view.committee(SHANGHAI), view)
