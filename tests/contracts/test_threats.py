"""What thieves and liars get: one stolen key of each role, replays, oracles that lie. The threat list of the register.

Each stolen key calls every function of every contract with arguments that would do harm if they were let through. What
gets through is listed by role in ALONE, and none of it moves a gram of somebody else, a role, an agent or a policy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from registry.chain import artifacts
from registry.chain.abi import Parameter
from registry.chain.embedded import EmbeddedGateway
from registry.chain.failures import TransactionRejected
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.errors import ContractRefused
from registry.domain.rules import AccountKind, AccountStatus, Right, Role, TransferKind
from registry.services.accounts import open_account
from registry.services.calls import GuardedCall
from registry.services.deployment import WIRING, constructor_arguments
from registry.services.membership import grant_roles
from registry.services.policies import guarded_functions
from tests.contracts.functions import changing_functions
from tests.contracts.ledger import held, issue, totals, transfer
from tests.contracts.parties import CLERK, READER
from tests.contracts.refusals import REASON, refused
from tests.world import ACTORS, BATCH, GAS, ORACLES, PROJECT, SHANGHAI, World

THIEVES: dict[str, LocalAccount] = {
    "council maker": ACTORS["COUNCIL_MAKER"],
    "council checker": ACTORS["COUNCIL_CHECKER"],
    "admin": ACTORS["ADMIN"],
    "registrar": ACTORS["REGISTRAR"],
    "approver": ACTORS["APPROVER"],
    "regulator": ACTORS["REGULATOR"],
    "verifier": ACTORS["VERIFIER"],
    "expert": CLERK,
    "auditor": READER,
    "oracle": ORACLES[0],
    "agent of another account": ACTORS["ENTERPRISE"],
    "deployer": ACTORS["DEPLOYER"],
}
# What one key can do at once, of all functions besides proposing. What a regulator stops ends by itself.
ALONE: dict[str, set[str]] = {
    "regulator": {"Accounts.freeze", "Filings.suspendProject", "Filings.suspendMethodology", "Invalidations.hold"},
}
# What the key of an agent can do with the account of that agent, where no second agent must consent.
OWN_ACCOUNT = {
    *(
        "Accounts.authorise",
        "Accounts.consent",
        "Credits.retire",
        "Credits.retireMany",
        "Credits.safeBatchTransferFrom",
        "Credits.safeTransferFrom",
        "TransferRules.trust",
        "Pledges.pledge",
    ),
}


class Harm:
    """Arguments that would do harm to account 1, or help the thief, by the names and types of the parameters."""

    def __init__(self, world: World, thief: LocalAccount) -> None:
        self.victim, loot = world.account(1), world.account(2)
        self.named: dict[str, Any] = {
            **dict.fromkeys(("to", "receiver", "counterparty", "pledgee"), loot),
            **dict.fromkeys(("agent", "member", "callerConfirmation"), thief.address),
            **dict.fromkeys(("batchId", "id", "ids", "tokenId"), BATCH),
            "council": 0,
            "jurisdiction": SHANGHAI,
            "projectId": PROJECT,
            "year": 2023,
            "target": world.register.address("Credits"),
            "rights": int(Right.INITIATE | Right.APPROVE | Right.READ),
            "status": int(AccountStatus.FROZEN),
            "definitionHash": world.call("Filings", "projectOf", PROJECT)["filing"]["definitionHash"],
            "validUntil": world.clock.now + 600,
        }

    def value(self, parameter: Parameter) -> Any:
        """One argument; a list has one member."""
        if parameter.element is not None:
            return [self.value(parameter.element)]
        if parameter.type == "tuple":
            return tuple(self.value(part) for part in parameter.components)
        named = self.named.get(parameter.name)
        if named is not None and isinstance(named, bytes) == parameter.type.startswith("bytes"):
            return named
        if parameter.type.startswith("bytes"):
            return REASON[: int(parameter.type[5:] or 0)]
        return {"address": self.victim, "bool": True, "string": "x"}.get(parameter.type, 1)

    def arguments(self, contract: str, function: str) -> list[Any]:
        """For a call of a function."""
        return [self.value(parameter) for parameter in artifacts.load(contract).abi.function(function).inputs]


def possessions(world: World) -> dict[str, Any]:
    """All that a thief would want to change: balances, totals, roles, agents, the committee, what is filed."""
    accounts = [world.account(1), world.account(2)]
    roles = [(land, int(role)) for land in (0, SHANGHAI) for role in Role if role]
    people = [ACTORS[name] for name in ("PLATFORM", "ENTERPRISE", "REGISTRAR", "APPROVER")]
    return {
        "balances": [held(world, account) for account in accounts],
        "totals": totals(world),
        "roles": [world.call("Authority", "members", land, role) for land, role in roles],
        "agents": [world.call("Accounts", "rightsOf", account, who.address) for account in accounts for who in people],
        "committee": list(world.call("OracleCommittee", "committeeOf", SHANGHAI)),
        "reports": world.call("OracleCommittee", "lastSeq", PROJECT),
        "filed": world.call("Filings", "projectCount", SHANGHAI),
    }


def done_by(world: World, thief: LocalAccount) -> set[str]:
    """Calls everything as the thief, but for proposals, which have a test of their own. Returns what got through."""
    harm, got_through = Harm(world, thief), set()
    for contract, function in sorted(changing_functions() - {("Desk", "propose")}):
        arguments = harm.arguments(contract, function)
        try:
            world.answer(thief, contract, function, *arguments)
        except ContractRefused:
            continue
        got_through.add(f"{contract}.{function}")
        world.send(thief, contract, function, *arguments)
    return got_through


@pytest.fixture
def peopled(issued: World) -> World:
    """The network with a batch issued, an expert and an auditor."""
    issued.decide(grant_roles(SHANGHAI, [(Role.EXPERT, CLERK.address), (Role.AUDITOR, READER.address)]))
    return issued


@pytest.mark.parametrize("role", THIEVES)
def test_stolen_key__of_one_role__does_nothing_but_what_is_listed(peopled: World, role: str) -> None:
    before = possessions(peopled)
    assert done_by(peopled, THIEVES[role]) == ALONE.get(role, set())
    assert possessions(peopled) == before


def test_stolen_key__of_an_agent__reaches_its_own_account_alone(peopled: World) -> None:
    """Also the control of the tests above: with the agent's key the same calls do get through."""
    before = possessions(peopled)
    assert done_by(peopled, ACTORS["PLATFORM"]) == OWN_ACCOUNT
    after = possessions(peopled)
    assert after["balances"][0] < before["balances"][0]
    assert after["balances"][1] >= before["balances"][1]
    touched = ("balances", "totals")
    assert {**after, **dict.fromkeys(touched)} == {**before, **dict.fromkeys(touched)}


@pytest.mark.parametrize("role", ["council maker", "admin", "registrar"])
def test_stolen_key__of_a_maker__proposes_and_nothing_more(peopled: World, role: str) -> None:
    world, thief = peopled, THIEVES[role]
    before, harm, proposed = possessions(world), Harm(world, thief), 0
    for row in guarded_functions(demo=True):
        arguments = harm.arguments(row.contract, row.function)
        arguments[0] = 0 if role == "council maker" else SHANGHAI
        call = GuardedCall(row.contract, row.function, tuple(arguments))
        target = world.register.address(call.contract)
        data = world.register.encode(call.contract, call.function, *call.args)
        try:
            world.answer(thief, "Desk", "propose", target, data)
        except ContractRefused:
            continue
        request = world.propose(thief, call)
        proposed += 1
        world.clock.advance(2)
        with refused("CheckerIsMaker", requestId=request[0], caller=thief.address):
            world.send(thief, "Desk", "approve", *request)
    assert proposed
    assert possessions(world) == before


def test_stolen_key__of_a_checker__approves_only_what_a_maker_published(peopled: World) -> None:
    world, thief, maker = peopled, THIEVES["approver"], THIEVES["registrar"]
    before = possessions(world)
    honest = GuardedCall("Accounts", "setStatus", (SHANGHAI, world.account(2), int(AccountStatus.RESTRICTED), REASON))
    request_id, target, _ = world.propose(maker, honest)
    other = world.register.encode(
        "Accounts", "setStatus", SHANGHAI, world.account(1), int(AccountStatus.FROZEN), REASON
    )
    world.clock.advance(2)
    with pytest.raises(ContractRefused) as caught:
        world.send(thief, "Desk", "approve", request_id, target, other)
    assert caught.value.error_name == "CallChanged"
    with pytest.raises(ContractRefused) as caught:
        world.propose(thief, honest)
    assert caught.value.error_name == "RoleMissing"
    assert possessions(world) == before


SHELLS = 6
LIMITS = {"perTransferGrams": 2_000, "perDayGrams": 5_000, "delaySeconds": 7_200, "trustSeconds": 86_400, "isSet": True}


@pytest.fixture
def shells(issued: World) -> list[str]:
    """New accounts, opened by the same thief, in a jurisdiction with limits and a delay."""
    issued.decide(GuardedCall("TransferRules", "setLimits", (SHANGHAI, tuple(LIMITS.values()))), maker="ADMIN")
    rights = [(ACTORS["OUTSIDER"].address, Right.INITIATE | Right.APPROVE | Right.READ)]
    for number in range(101, 101 + SHELLS):
        issued.decide(open_account(SHANGHAI, number, AccountKind.ENTERPRISE, bytes([number]) * 32, rights))
    return [issued.account(number) for number in range(101, 101 + SHELLS)]


def test_burst__of_transfers_to_new_accounts__waits_and_one_regulator_stops_it(
    issued: World, shells: list[str]
) -> None:
    """A stolen key of an agent begins as much as a day's limit lets it; nothing of it has moved when it is noticed."""
    thief, victim = ACTORS["PLATFORM"], issued.account(1)
    before = held(issued, victim)
    for shell in shells:
        # A trust that the thief adds himself counts tomorrow.
        issued.send(thief, "TransferRules", "trust", victim, shell)
        with refused(
            "NeedsTransfer",
            **{"from": victim, "to": shell, "waitSeconds": 7_200, "needsApproval": False, "needsAcceptance": False},
        ):
            transfer(issued, thief, victim, shell, 1)
    begun = []
    for shell, grams in zip(shells, (2_000, 2_000, 1_000), strict=False):
        args = (victim, shell, [(BATCH, grams)], int(TransferKind.GIFT), bytes(32))
        begun.append(issued.event(issued.send(thief, "Transfers", "initiate", *args), "TransferInitiated"))
    with refused("DayLimit", account=victim, limitGrams=5_000, usedGrams=5_000, wantedGrams=1):
        issued.send(thief, "Transfers", "initiate", victim, shells[3], [(BATCH, 1)], int(TransferKind.GIFT), bytes(32))
    for event in begun:
        with pytest.raises(ContractRefused) as caught:
            issued.send(ACTORS["OUTSIDER"], "Transfers", "execute", event["transferId"])
        assert caught.value.error_name == "TooEarly"
    assert held(issued, victim) == before

    issued.send(ACTORS["REGULATOR"], "Accounts", "freeze", victim, REASON)
    issued.clock.advance(LIMITS["delaySeconds"] + 60)
    for event in begun:
        with refused("AccountNotUsable", account=victim, status=int(AccountStatus.FROZEN)):
            issued.send(ACTORS["OUTSIDER"], "Transfers", "execute", event["transferId"])
    assert held(issued, victim) == before
    assert [held(issued, shell) for shell in shells] == [0] * SHELLS


def test_replay__transaction_of_another_chain__is_not_taken(issued: World) -> None:
    """The same bytes, signed for this chain, on a chain of another id; and the other way round."""
    other = EmbeddedGateway(None, chain_id=issued.gateway.chain_id + 1)
    data = issued.register.encode("Credits", "balanceOf", issued.account(1), BATCH)
    for here, there in ((issued.gateway, other), (other, issued.gateway)):
        nonce = there.nonce(ACTORS["PLATFORM"].address)
        target = issued.register.address("Credits")
        signed = sign_transaction(Transaction(here.chain_id, nonce, GAS, 0, target, data), ACTORS["PLATFORM"])
        with pytest.raises(TransactionRejected):
            there.send_raw(signed.raw)
    other.close()


def test_replay__report_signed_for_another_contract__is_refused_there(issued: World) -> None:
    """A second committee contract with the same signers, on the same chain, knows nothing of these signatures."""
    needed = dict(WIRING)["OracleCommittee"]
    values = constructor_arguments(needed, issued.register.addresses, demo=True)
    second = issued.beside("OracleCommittee", *values)
    report = issued.report()
    signatures = issued.sign(report)
    with pytest.raises(ContractRefused):
        second.submit(report, signatures)
    issued.submit(report, signatures)
    with pytest.raises(ContractRefused) as caught:
        issued.submit(report, signatures)
    assert caught.value.error_name == "WrongSeq"


@pytest.mark.parametrize("liars", [1, 2])
def test_lying_oracles__up_to_one_short_of_the_quorum__get_no_report_accepted_and_nothing_issued(
    issued: World, liars: int
) -> None:
    """Of four signers f = 1 may be stolen; f + 1 = 2 are still one short of the quorum of three."""
    before = possessions(issued)
    lie = issued.report(serial_end=9_000_000_000)
    honest = issued.report()
    signatures = issued.sign(lie, ORACLES[:liars])
    padded = sorted([*ORACLES[:liars], *(ACTORS[name] for name in ("OUTSIDER", "DEPLOYER"))][:3], key=_number)
    attempts = {
        "as they are": signatures,
        "with one twice": [*signatures, *signatures[-1:] * (3 - liars)],
        "with strangers": issued.sign(lie, padded),
        "with honest signatures of the true report": [*signatures, *issued.sign(honest, ORACLES[liars:3])],
    }
    for what, tried in attempts.items():
        with pytest.raises(ContractRefused):
            issued.submit(lie, tried)
        assert possessions(issued) == before, what
    with pytest.raises(ContractRefused):
        issued.decide(issue([issued.account(1)], [10_000_000], seq=2))
    issued.submit(honest)
    assert issued.call("OracleCommittee", "lastSeq", PROJECT) == 2


def _number(key: LocalAccount) -> int:
    return int(key.address, 16)


def test_equivocation__proved_by_a_stranger__costs_the_liar_its_seat_and_the_lie_its_quorum(issued: World) -> None:
    """Two reports of one period, signed by one: from then on the liar and two honest signers are no quorum."""
    liar, report = ORACLES[0], issued.report()
    lie = replace(report, serial_end=report.serial_end + 1)
    before = possessions(issued)
    pairs = [(signed.as_tuple(), issued.sign(signed, [liar])[0]) for signed in (report, lie)]
    issued.send(ACTORS["OUTSIDER"], "OracleCommittee", "proveEquivocation", *pairs[0], *pairs[1])
    for signed in (report, lie):
        with refused("SuspendedSigner", jurisdiction=SHANGHAI, signer=liar.address):
            issued.submit(signed, issued.sign(signed, ORACLES[:3]))
    assert {**possessions(issued), "committee": None} == {**before, "committee": None}
    issued.submit(report, issued.sign(report, ORACLES[1:]))
