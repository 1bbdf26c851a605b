"""docs/permissions.md, the compiled contracts and the policies say the same, and so do calls of everybody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from registry.domain.errors import ContractRefused
from registry.domain.rules import Role, TransferKind
from registry.services.deployment import MODULES
from registry.services.membership import grant_roles
from registry.services.policies import guarded_functions
from tests.conftest import ROOT
from tests.contracts.desk_requests import DAY, policy_call, status_call
from tests.contracts.functions import changing_functions
from tests.contracts.ledger import pledge
from tests.contracts.parties import CLERK, READER, REGISTRAR
from tests.contracts.refusals import REASON
from tests.contracts.test_threats import Harm
from tests.world import ACTORS, BATCH, ORACLES, SHANGHAI, World

DESK = "through the Desk"
# What each kind of guard answers to one who may not.
GUARDS = {
    "NotThroughDesk",
    "NotADisputer",
    "RoleMissing",
    "NotAgent",
    "NotApprover",
    "NotLedger",
    "NotModule",
    "NotWirable",
    "NotMaker",
    "CheckerIsMaker",
    "ApprovalsNotUsed",
    "AccessControlUnauthorizedAccount",
    "AccessControlBadConfirmation",
}

# Open to anyone by design: what is checked are the signatures, see test_oracle_submit.py and test_emissions.py.
OPEN = {
    ("Accounts", "authorise"),
    *(("OracleCommittee", name) for name in ("beginEpoch", "submit", "resolve", "proveEquivocation")),
    ("Invalidations", "endHold"),
    ("Invalidations", "recallHoldings"),
    ("Emissions", "submit"),
    ("Transfers", "execute"),
    ("Transfers", "expire"),
    # What is due anyway, and what asks for an offset of before first: see test_compliance_waiting.py.
    *(("Compliance", name) for name in ("creditReleased", "finalise", "reverse")),
}


ROLE_OF_CONTRACTS = re.compile(r"a contract with Role\.(\w+) in jurisdiction 0")
# Who may, by the words of the table: the callers of `callers` who get past the guard.
WHO = {
    DESK: {"Desk"},
    "nobody": set(),
    "the deployer, once": set(),
    # Here it is asked to move at once, which only the ledger, who is none of the callers, may.
    "the ledger at once, Transfers for what waits": set(),
    "the ledger or Transfers": {"Transfers"},
    "the member itself": {"registrar"},
    "one Regulator": {"regulator"},
    "a Verifier, Regulator or Auditor": {"verifier", "regulator", "auditor", "oracle"},
    "the maker role of the function's policy": {"registrar"},
    "the maker of the request": {"registrar"},
    "the checker role of the request": {"approver"},
    "an Expert": {"expert"},
    "an agent of an open account in the notice": {"agent"},
}
# These may, if the account is theirs: test_stolen_key__of_an_agent__reaches_its_own_account_alone asks for each.
AGENTS = {"agent", "other agent"}


def table() -> list[list[str]]:
    """The rows of the table in docs/permissions.md."""
    lines = (ROOT / "docs" / "permissions.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_permissions__table__has_each_function_that_changes_something_exactly_once() -> None:
    listed = [(row[0], row[1]) for row in table()]
    assert sorted(listed) == sorted(changing_functions())


def notice_and_experts(cell: str) -> tuple[int, int]:
    """What the last column says: `604800, 2 experts`, or the seconds alone."""
    notice, _, experts = cell.partition(", ")
    return int(notice), int(experts.removesuffix(" experts") or 0)


def test_permissions__functions_through_the_desk__are_the_policies_of_a_new_network() -> None:
    listed = {(row[0], row[1], row[3], row[4], *notice_and_experts(row[5])) for row in table() if row[2] == DESK}
    policies = {
        (p.contract, p.function, p.maker.solidity_name, p.checker.solidity_name, p.notice_seconds, p.experts)
        for p in guarded_functions(demo=False)
    }
    assert listed == policies


@pytest.fixture
def peopled(issued: World) -> World:
    """A batch is issued and pledged; the last request waits, needs an expert's opinion and is objected to."""
    issued.decide(grant_roles(SHANGHAI, [(Role.EXPERT, CLERK.address), (Role.AUDITOR, READER.address)]))
    issued.decide(policy_call(issued, (int(Role.REGISTRAR), int(Role.APPROVER), 600, DAY, 1)))
    issued.propose(REGISTRAR, status_call(issued))
    issued.send(READER, "Desk", "object", issued.call("Desk", "requestCount"), "0x" + "00" * 20, REASON)
    pledge(issued, 5)
    gift = (issued.account(1), issued.account(2), [(BATCH, 1)], int(TransferKind.GIFT), bytes(32))
    issued.send(ACTORS["PLATFORM"], "Transfers", "initiate", *gift)
    return issued


def callers(world: World) -> dict[str, str]:
    """One address of each kind: people of Shanghai, of elsewhere, and the contracts that act."""
    people = {
        "council maker": ACTORS["COUNCIL_MAKER"],
        "council checker": ACTORS["COUNCIL_CHECKER"],
        "admin": ACTORS["ADMIN"],
        "registrar": ACTORS["REGISTRAR"],
        "approver": ACTORS["APPROVER"],
        "expert": CLERK,
        "verifier": ACTORS["VERIFIER"],
        "regulator": ACTORS["REGULATOR"],
        "auditor": READER,
        "oracle": ORACLES[0],
        "agent": ACTORS["PLATFORM"],
        "other agent": ACTORS["ENTERPRISE"],
        "registrar elsewhere": ACTORS["WUHAN_REGISTRAR"],
        "deployer": ACTORS["DEPLOYER"],
        "outsider": ACTORS["OUTSIDER"],
    }
    contracts = {"Desk", *(contract for _, contract in MODULES)}
    return {
        **{name: who.address for name, who in people.items()},
        **{name: world.register.address(name) for name in sorted(contracts)},
    }


def allowed(who: str) -> set[str] | None:
    """The callers that a row lets through; None where the table says that it depends on whose account it is."""
    module = ROLE_OF_CONTRACTS.fullmatch(who)
    if module:
        return {contract for role, contract in MODULES if role.solidity_name == module[1]}
    named = [callers for words, callers in WHO.items() if who.startswith(words)]
    if named:
        return named[0]
    assert who.startswith("an agent of"), f"who is {who!r}?"
    return None


def arguments(world: World, contract: str, function: str) -> list[Any]:
    """Arguments that name things that exist, so that the guard is what answers."""
    request = world.call("Desk", "requestCount")
    account = world.account(1)
    call = status_call(world)
    target, data = (
        world.register.address(call.contract),
        world.register.encode(call.contract, call.function, *call.args),
    )
    known: dict[tuple[str, str], list[Any]] = {
        ("Authority", "renounceRole"): [
            world.call("Authority", "roleId", SHANGHAI, int(Role.REGISTRAR)),
            ACTORS["REGISTRAR"].address,
        ],
        ("Transfers", "initiate"): [account, world.account(2), [(BATCH, 1)], int(TransferKind.GIFT), bytes(32)],
        ("Desk", "propose"): [target, data],
        ("Desk", "approve"): [request, target, data],
        ("Desk", "reject"): [request, REASON],
        ("Desk", "withdraw"): [request],
        ("Desk", "object"): [request, account, REASON],
        ("Desk", "rule"): [request, READER.address, False, REASON],
        ("Desk", "opine"): [request, True, REASON],
    }
    return known.get((contract, function)) or Harm(world, ACTORS["OUTSIDER"]).arguments(contract, function)


def test_permissions__every_function__lets_through_whom_the_table_names_and_nobody_else(peopled: World) -> None:
    people, wrong = callers(peopled), []
    for contract, function, who, *_ in table():
        if (contract, function) in OPEN:
            continue
        may, given = allowed(who), arguments(peopled, contract, function)
        for name, address in people.items():
            answer = answered(peopled, address, contract, function, given)
            stopped = answer in GUARDS
            if may is None and name in AGENTS:
                continue
            if stopped == (name in (may or ())):
                wrong.append(f"{contract}.{function} by {name}: {answer}")
    assert wrong == []


def answered(world: World, caller: str, contract: str, function: str, given: list[Any]) -> str:
    """The error that a call would end with, or `done`."""
    try:
        world.register.call(contract, function, *given, sender=caller)
    except ContractRefused as refused:
        return refused.error_name
    return "done"


def test_permissions__outsider__is_refused_by_every_function(peopled: World) -> None:
    # Invariant 7, with transactions that are really sent.
    for contract, function in sorted(changing_functions() - OPEN):
        with pytest.raises(ContractRefused) as refused:
            peopled.send(ACTORS["OUTSIDER"], contract, function, *arguments(peopled, contract, function))
        assert refused.value.error_name in GUARDS, refused.value
