"""A story on the test network in which every event of every contract happens at least once."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from eth_hash.auto import keccak

from registry.domain.committee import Resolution
from registry.domain.report import Report
from registry.domain.rules import (
    AccountFlag,
    AccountStatus,
    CapBase,
    DayKind,
    FilingStatus,
    Purpose,
    Right,
    Role,
    TransferKind,
)
from registry.services.calls import GuardedCall
from registry.services.membership import reinstate_signer, set_committee
from tests.contracts.modules import Module
from tests.registry.services.pool_story import tell_of_the_pool
from tests.world import ACTORS, ARBITERS, BATCH, DEFINITION, ORACLES, PROJECT, SHANGHAI, START, WUHAN, World

YEAR = 2026
REASON = hashlib.sha256(b"reason").digest()
STATEMENT = hashlib.sha256(b"statement").digest()
BENEFICIARY = hashlib.sha256(b"salt and beneficiary").digest()
RULES = (
    *(int(CapBase.ISSUED_ALLOWANCES), 500, 500, 0, 0, 2015, 2026, 1, False, True, False, 1, START, START + 10**8),
    *(0, 0, 0, STATEMENT, [], []),
)


def tell(world: World) -> None:
    """Begins where `World.issue_batch` ended: 10,000,000 g of batch 1 in account 1."""
    platform, enterprise, wuhan = world.account(1), world.account(2), world.account(1, WUHAN)
    agent = ACTORS["PLATFORM"]
    second = world.issue_batch()

    world.send(agent, "Credits", "safeTransferFrom", platform, enterprise, BATCH, 4_000_000, b"")
    world.send(agent, "Credits", "safeBatchTransferFrom", platform, wuhan, [BATCH, second], [1_000_000, 2_500_000], b"")
    retire(world, 700_001)
    retire(world, 1)
    cancel = GuardedCall("Credits", "cancel", (SHANGHAI, BATCH, platform, 300_000, REASON))
    world.decide(cancel)
    restraints(world, world.issue_batch())
    offsets(world, enterprise, wuhan)
    tell_of_the_pool(world)
    accounts(world, platform)
    filings(world)
    reports(world)
    recognition(world)
    transfer_rules(world, platform, enterprise)
    pending_transfers(world, platform, enterprise)
    invalidation(world, second)
    desk(world)
    retire(world, 5)


def retire(world: World, grams: int) -> None:
    """The platform's agent retires grams of batch 1."""
    purpose = int(Purpose.EVENT_NEUTRALITY)
    args = (BATCH, world.account(1), grams, purpose, BENEFICIARY, STATEMENT)
    world.send(ACTORS["PLATFORM"], "Credits", "retire", *args)


def restraints(world: World, third: int) -> None:
    """Pledges, orders against a holder, recalls and holds; of each something is left in the end."""
    platform, enterprise, agent = world.account(1), world.account(2), ACTORS["PLATFORM"]
    lines = [(BATCH, 11), (third, 13), (BATCH, 17)]
    args = (platform, lines, int(Purpose.OTHER), BENEFICIARY, STATEMENT)
    world.send(agent, "Credits", "retireMany", *args)
    for grams in (900, 100):
        world.send(agent, "Pledges", "pledge", platform, enterprise, third, grams, STATEMENT)
    world.send(ACTORS["ENTERPRISE"], "Pledges", "release", 1, 200)
    world.decide(GuardedCall("Pledges", "releaseByOrder", (SHANGHAI, 1, 300, REASON)))
    world.decide(GuardedCall("Pledges", "seize", (SHANGHAI, 1, 400, REASON)))
    for holder, grams in ((enterprise, 50), (platform, 70), (platform, 60)):
        world.decide(GuardedCall("Enforcement", "setFrozen", (SHANGHAI, holder, third, grams, REASON)))
    free = world.call("Credits", "availableOf", platform, third)
    force = (SHANGHAI, platform, enterprise, third, free + 10, REASON)
    world.decide(GuardedCall("Enforcement", "forceTransfer", force))
    corrector = Module.deployed(world).granted(Role.CORRECTOR)
    for function, *given in (
        ("recall", platform, third, 40),
        ("unrecall", platform, third, 5),
        ("cancelFor", platform, third, 6, REASON, True),
        ("setHold", third, True),
        ("setHold", third, False),
        ("setHold", third, True),
    ):
        corrector.send(agent, "Credits", function, *given)


def offsets(world: World, enterprise: str, wuhan: str) -> None:
    """A local and a foreign enterprise offset; rules and an obligation are set twice."""
    terms = (1_000, 10**12, 1, 2**40 - 1)
    world.decide(GuardedCall("Recognition", "setTerms", (WUHAN, SHANGHAI, DEFINITION, terms)))
    for jurisdiction, account, who, office in (
        (SHANGHAI, enterprise, "ENTERPRISE", ""),
        (WUHAN, wuhan, "WUHAN_ENTERPRISE", "WUHAN_"),
    ):
        checker = f"{office}APPROVER"
        rules = GuardedCall("RuleSets", "setRuleSet", (jurisdiction, YEAR, RULES))
        world.decide(rules, maker=f"{office}ADMIN", checker=checker)
        owed = (0, 2**64 - 1, 0, 10**9)
        obligation = GuardedCall("Compliance", "setObligation", (jurisdiction, account, YEAR, owed))
        world.decide(obligation, maker=f"{office}REGISTRAR", checker=checker)
        lines = [(BATCH, 10_000), (BATCH, 77)]
        world.send(ACTORS[who], "Compliance", "offset", account, YEAR, lines, BENEFICIARY, STATEMENT)
    later = (RULES[0], 1_000, 1_000, *RULES[3:])
    world.decide(GuardedCall("RuleSets", "setRuleSet", (SHANGHAI, YEAR, later)), maker="ADMIN")
    owed = (1, 2 * 10**10, 0, 10**9)
    world.decide(GuardedCall("Compliance", "setObligation", (SHANGHAI, enterprise, YEAR, owed)))


def accounts(world: World, platform: str) -> None:
    """An agent comes, changes and goes; an account is frozen and opened again."""
    clerk = ACTORS["OUTSIDER"].address
    for rights in (4, 5, 0):
        world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, platform, [(clerk, rights)])))
    control(world, platform)
    world.send(ACTORS["REGULATOR"], "Accounts", "freeze", platform, REASON)
    world.decide(GuardedCall("Accounts", "setStatus", (SHANGHAI, platform, int(AccountStatus.OPEN), REASON)))


def control(world: World, platform: str) -> None:
    """Under dual control one call is consented to and made, another is not; then control is single again."""
    agent, clerk = ACTORS["PLATFORM"], ACTORS["OUTSIDER"]
    world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, platform, [(clerk.address, int(Right.APPROVE))])))
    world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, platform, int(AccountFlag.DUAL_CONTROL))))
    until = world.clock.now + 1_000
    for data in (b"made", b"revoked"):
        world.send(clerk, "Accounts", "consent", platform, agent.address, data, until)
    # Whoever asks is the target of the consent; here it is the agent itself.
    world.send(agent, "Accounts", "authorise", platform, agent.address, keccak(b"made"))
    revoked = world.call("Accounts", "callHashOf", agent.address, b"revoked")
    world.send(clerk, "Accounts", "revokeConsent", platform, revoked)
    world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, platform, [(clerk.address, 0)])))
    world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, platform, 0)))


def filings(world: World) -> None:
    """Methodology and project are suspended and restored; a new committee begins the next epoch."""
    regulator = ACTORS["REGULATOR"]
    world.send(regulator, "Filings", "suspendMethodology", DEFINITION, REASON)
    world.send(regulator, "Filings", "suspendProject", PROJECT, REASON)
    back = int(FilingStatus.FILED)
    world.decide(GuardedCall("Filings", "setMethodologyStatus", (SHANGHAI, DEFINITION, back, REASON)))
    world.decide(GuardedCall("Filings", "setProjectStatus", (SHANGHAI, PROJECT, back, REASON)))
    signers = [oracle.address for oracle in ORACLES]
    world.next_committee(SHANGHAI, signers, 60)


def reports(world: World) -> None:
    """A report is overturned, its successor upheld; a signer lies and is forgiven; emissions are verified."""
    signers = [oracle.address for oracle in ORACLES]
    world.decide(set_committee(0, [arbiter.address for arbiter in ARBITERS], 0))
    first = world.report(epoch=2)
    world.submit(first)
    dispute(world, first, upheld=False)
    overturned = world.call("OracleCommittee", "reportOf", PROJECT, first.seq)["digest"]
    second = replace(first, serial_end=first.serial_end - 1, prev_digest=overturned)
    world.submit(second)
    dispute(world, second, upheld=True)

    liar, lie = ORACLES[3], replace(second, serial_end=second.serial_end + 1)
    both = [part for each in (second, lie) for part in (each.as_tuple(), *world.sign(each, [liar]))]
    world.send(ACTORS["OUTSIDER"], "OracleCommittee", "proveEquivocation", *both)
    world.decide(reinstate_signer(SHANGHAI, liar.address, "reason"))
    world.next_committee(SHANGHAI, signers, 60, 3600)
    world.decide(set_committee(SHANGHAI, signers, 60))
    for grams in (80_000_000, 79_000_000):
        world.verify_emissions(world.account(2), YEAR - 1, grams)


def dispute(world: World, report: Report, *, upheld: bool) -> None:
    """The regulator disputes a report; the arbiters decide."""
    world.send(ACTORS["REGULATOR"], "OracleCommittee", "dispute", report.project_id, report.seq, REASON)
    digest = world.call("OracleCommittee", "reportOf", report.project_id, report.seq)["digest"]
    resolution = Resolution(report.project_id, report.seq, digest, upheld, REASON, world.clock.now + 60, 1)
    signatures = world.sign(resolution, ARBITERS[:3])
    world.send(ACTORS["OUTSIDER"], "OracleCommittee", "resolve", resolution.as_tuple(), signatures)


def transfer_rules(world: World, platform: str, enterprise: str) -> None:
    """Hours, days, limits and trust are set, changed and removed; what is left in the end limits nothing later."""
    limits, none = (2**56 - 1, 2**56 - 1, 0, 60, True), (0, 0, 0, 0, False)
    for contract, function, *args in (
        ("TransferRules", "setHours", SHANGHAI, 127, 0, 3_600),
        ("TransferRules", "removeHours", SHANGHAI),
        ("TransferRules", "setHours", SHANGHAI, 127, 0, 86_400),
        ("TransferRules", "setDays", SHANGHAI, [1, 2, 3], int(DayKind.HOLIDAY)),
        ("TransferRules", "setDays", SHANGHAI, [2], int(DayKind.WORKING_DAY)),
        ("TransferRules", "setDays", SHANGHAI, [3], int(DayKind.NONE)),
        ("TransferRules", "setLimits", SHANGHAI, limits),
        ("TransferRules", "setLimits", SHANGHAI, none),
        ("TransferRules", "setLimits", SHANGHAI, limits),
        ("TransferRules", "setAccountLimits", SHANGHAI, platform, limits),
        ("TransferRules", "setAccountLimits", SHANGHAI, platform, none),
        ("TransferRules", "setAccountLimits", SHANGHAI, enterprise, limits),
    ):
        world.decide(GuardedCall(contract, function, tuple(args)))
    for account, counterparty, who in ((platform, enterprise, "PLATFORM"), (enterprise, platform, "ENTERPRISE")):
        world.send(ACTORS[who], "TransferRules", "trust", account, counterparty)
    world.send(ACTORS["PLATFORM"], "TransferRules", "distrust", platform, enterprise)


def pending_transfers(world: World, platform: str, enterprise: str) -> None:
    """Transfers with every ending; the first needs a second agent and the receiver's word."""
    agent, receiver, clerk = ACTORS["PLATFORM"], ACTORS["ENTERPRISE"], ACTORS["OUTSIDER"]
    rights = [(clerk.address, int(Right.APPROVE))]
    world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, platform, rights)))
    world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, platform, int(AccountFlag.DUAL_CONTROL))))
    world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, enterprise, int(AccountFlag.CONFIRMS_RECEIPTS))))
    gift, sale = int(TransferKind.GIFT), int(TransferKind.SALE)
    for kind, reference in ((sale, REASON), (gift, bytes(32)), (gift, bytes(32)), (gift, bytes(32)), (gift, bytes(32))):
        lines = [(BATCH, 10), (BATCH, 20)]
        world.send(agent, "Transfers", "initiate", platform, enterprise, lines, kind, reference)
    for who, function, transfer_id in (
        (clerk, "approve", 1),
        (receiver, "accept", 1),
        (clerk, "execute", 1),
        (agent, "cancel", 2),
        (receiver, "refuse", 3),
        (clerk, "approve", 4),
    ):
        world.send(who, "Transfers", function, transfer_id)
    world.clock.advance(world.call("Transfers", "EXPIRY_SECONDS") + 3_600)
    world.send(clerk, "Transfers", "expire", 5)
    for account in (platform, enterprise):
        world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, account, 0)))
    world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, platform, [(clerk.address, 0)])))


def recognition(world: World) -> None:
    """Shanghai accepts credits of Wuhan and thinks again; what stands in the end is one of each."""
    terms, theirs = (500, 2**64 - 1, START, START + 10**8), WUHAN << 32 | 1
    own = (1_000, *terms[1:])
    for function, *args in (
        ("recogniseMethodology", DEFINITION, REASON),
        ("withdrawMethodology", DEFINITION, REASON),
        ("recogniseMethodology", STATEMENT, REASON),
        ("setTerms", WUHAN, DEFINITION, terms),
        ("setTerms", WUHAN, DEFINITION, own),
        ("setTerms", WUHAN, STATEMENT, terms),
        ("withdrawTerms", WUHAN, STATEMENT, REASON),
        ("setProjectTerms", theirs, own),
        ("withdrawProjectTerms", theirs, REASON),
        ("setProjectTerms", theirs, terms),
        ("excludeProject", theirs + 1, REASON),
    ):
        world.decide(GuardedCall("Recognition", function, (SHANGHAI, *args)), maker="ADMIN")


def invalidation(world: World, batch: int) -> None:
    """A batch is held and let go; then it is found wrong, and of what was recalled a little stays open."""
    platform, wuhan = world.account(1), world.account(1, WUHAN)
    agent, holder = ACTORS["PLATFORM"], ACTORS["WUHAN_ENTERPRISE"]
    world.send(ACTORS["REGULATOR"], "Invalidations", "hold", batch, REASON)
    world.decide(GuardedCall("Invalidations", "liftHold", (SHANGHAI, batch, REASON)))
    world.decide(GuardedCall("Invalidations", "invalidate", (SHANGHAI, batch, 7_500_100, REASON, [])))
    world.send(holder, "Invalidations", "recallHoldings", 1, [wuhan])
    world.send(agent, "Invalidations", "replace", platform, 1, wuhan, BATCH, 40)
    world.send(agent, "Invalidations", "settle", platform, 1, wuhan, BATCH, 30)
    world.send(holder, "Invalidations", "giveUp", wuhan, 1, 10)
    world.decide(GuardedCall("Invalidations", "waive", (SHANGHAI, 1, wuhan, 10, REASON)))


def desk(world: World) -> None:
    """Requests that are rejected, withdrawn and left to lapse; a role given and taken; a policy changed."""
    grant = GuardedCall("Authority", "grantRoles", (SHANGHAI, [(int(Role.EXPERT), ACTORS["OUTSIDER"].address)]))
    revoke = GuardedCall("Authority", "revokeRoles", (SHANGHAI, [(int(Role.AUDITOR), ACTORS["OUTSIDER"].address)]))
    audit = GuardedCall("Authority", "grantRoles", revoke.args)
    rejected, _, _ = world.propose(ACTORS["ADMIN"], grant)
    world.send(ACTORS["APPROVER"], "Desk", "reject", rejected, REASON)
    withdrawn, _, _ = world.propose(ACTORS["ADMIN"], grant)
    world.send(ACTORS["ADMIN"], "Desk", "withdraw", withdrawn)
    for call in (grant, audit, revoke):
        world.decide(call, maker="ADMIN")
    target = world.register.address("Credits")
    selector = world.register.encode("Credits", "cancel", SHANGHAI, BATCH, target, 1, REASON)[:4]
    policy = (int(Role.REGISTRAR), int(Role.APPROVER), 600, 5_000, 1)
    change = GuardedCall("Desk", "setPolicy", (SHANGHAI, target, selector, policy))
    world.decide(change, maker="ADMIN")
    # One is rejected for an objection, the other is recommended, and lapses.
    for upheld in (True, False):
        call = GuardedCall("Credits", "cancel", (SHANGHAI, BATCH, target, 1, REASON))
        request_id, _, _ = world.propose(ACTORS["REGISTRAR"], call)
        world.send(ACTORS["ENTERPRISE"], "Desk", "object", request_id, world.account(2), REASON)
        world.send(ACTORS["OUTSIDER"], "Desk", "opine", request_id, not upheld, REASON)
        world.send(ACTORS["REGULATOR"], "Desk", "rule", request_id, world.account(2), upheld, REASON)
    world.clock.advance(10**7)
