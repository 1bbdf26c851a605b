"""A small network with named actors on the embedded chain, for tests: contracts deployed, one jurisdiction in work.

Building it takes seconds, so it is built once and each test gets a copy of the chain's file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from registry.chain.artifacts import deployment_data
from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.chain.gateway import Receipt
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.committee import EpochApproval
from registry.domain.emissions import EmissionReport
from registry.domain.report import Report
from registry.domain.rules import AccountKind, Right, Role
from registry.domain.typed_data import Signed, typed_data
from registry.services.accounts import open_account
from registry.services.calls import GuardedCall
from registry.services.deployment import WIRING, constructor_arguments, install_modules, wires
from registry.services.membership import open_jurisdiction, set_committee
from registry.services.policies import guarded_functions

SHANGHAI, WUHAN = 310000, 420100
GAS = 12_000_000
START = 1_700_000_000
PROJECT = SHANGHAI << 32 | 1
BATCH = PROJECT << 64 | 1
DEFINITION = hashlib.sha256(b"definition").digest()
# 2016-08-01 and 2016-08-31, days since 1970-01-01.
PERIOD = (17014, 17044)
CREDITING = (16801, 18627)
CEILING_GRAMS = 10_000_000_000
BOTH = int(Right.INITIATE | Right.APPROVE | Right.READ)


def actor(name: str) -> LocalAccount:
    """The test key of a named actor: the same on every run, of no use anywhere else."""
    return Account.from_key(hashlib.sha256(f"puhui test actor {name}".encode()).digest())


NAMES = (
    *("DEPLOYER", "COUNCIL_MAKER", "COUNCIL_CHECKER", "ADMIN", "REGISTRAR", "APPROVER", "REGULATOR", "VERIFIER"),
    *("WUHAN_ADMIN", "WUHAN_REGISTRAR", "WUHAN_APPROVER", "PLATFORM", "ENTERPRISE", "WUHAN_ENTERPRISE", "OUTSIDER"),
)
ACTORS = {name: actor(name) for name in NAMES}
ORACLES = sorted((actor(f"ORACLE_{n}") for n in range(4)), key=lambda key: int(key.address, 16))
ARBITERS = sorted((actor(f"ARBITER_{n}") for n in range(4)), key=lambda key: int(key.address, 16))


def officers(call: GuardedCall) -> tuple[str, str]:
    """Names of the maker and the checker whom the usual policy lets decide a call, in the jurisdiction it names."""
    if call.args[0] == 0:
        return "COUNCIL_MAKER", "COUNCIL_CHECKER"
    rows = guarded_functions(demo=True)
    makers = {row.maker for row in rows if (row.contract, row.function) == (call.contract, call.function)}
    checkers = {row.checker for row in rows if (row.contract, row.function) == (call.contract, call.function)}
    office = "WUHAN_" if call.args[0] == WUHAN else ""
    checker = f"{office}REGULATOR" if Role.REGULATOR in checkers else f"{office}APPROVER"
    return (f"{office}ADMIN" if Role.ADMIN in makers else f"{office}REGISTRAR"), checker


@dataclass
class Clock:
    """The time of the test chain, seconds since 1970."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


@dataclass
class World:
    """The network of a test. `send` raises the contract's refusal, decoded."""

    gateway: EmbeddedGateway
    register: Register
    clock: Clock

    def send(self, who: LocalAccount, contract: str, function: str, *args: Any) -> Receipt:
        """Sends a call as `who`; a refusal is raised, decoded."""
        data = self.register.encode(contract, function, *args)
        return self.deploy(who, self.register.address(contract), data)

    def deploy(self, who: LocalAccount, to: str | None, data: bytes) -> Receipt:
        """Sends data to an address, or deploys it where there is none."""
        nonce = self.gateway.nonce(who.address)
        signed = sign_transaction(Transaction(self.gateway.chain_id, nonce, GAS, 0, to, data), who)
        receipt = self.gateway.wait(self.gateway.send_raw(signed.raw))
        if not receipt.succeeded:
            refusal = self.gateway.refusal(receipt.tx_hash)
            assert refusal is not None
            raise refusal
        return receipt

    def call(self, contract: str, function: str, *args: Any) -> Any:
        return self.register.call(contract, function, *args)

    def answer(self, who: LocalAccount, contract: str, function: str, *args: Any) -> Any:
        """What a call would return to `who` if it were sent now. Changes nothing."""
        return self.register.call(contract, function, *args, sender=who.address)

    def beside(self, name: str, *args: Any) -> World:
        """The same network with a newly deployed contract, not wired to the others, in the place of one."""
        receipt = self.deploy(ACTORS["DEPLOYER"], None, deployment_data(name, *args))
        assert receipt.contract_address is not None
        addresses = {**self.register.addresses, name: receipt.contract_address}
        return World(self.gateway, Register(self.gateway, addresses), self.clock)

    def events(self, receipt: Receipt, name: str) -> list[dict[str, Any]]:
        decoded = [self.register.decode_log(log) for log in receipt.logs]
        return [event.args for event in decoded if event is not None and event.name == name]

    def event(self, receipt: Receipt, name: str) -> dict[str, Any]:
        (found,) = self.events(receipt, name)
        return found

    def propose(self, maker: LocalAccount, call: GuardedCall) -> tuple[int, str, bytes]:
        """Proposes at the desk; returns request id, target and data as `approve` takes them."""
        target = self.register.address(call.contract)
        data = self.register.encode(call.contract, call.function, *call.args)
        receipt = self.send(maker, "Desk", "propose", target, data)
        return self.event(receipt, "Proposed")["requestId"], target, data

    def decide(self, call: GuardedCall, maker: str | None = None, checker: str | None = None) -> Receipt:
        """Proposes, waits for the end of the notice, approves; by the officers concerned, unless told otherwise."""
        usual_maker, usual_checker = officers(call)
        request_id, target, data = self.propose(ACTORS[maker or usual_maker], call)
        self.clock.advance(2)
        return self.send(ACTORS[checker or usual_checker], "Desk", "approve", request_id, target, data)

    def account(self, number: int, jurisdiction: int = SHANGHAI) -> str:
        return str(self.call("Accounts", "addressOf", jurisdiction, number))

    def report(self, **changed: Any) -> Report:
        """The next report of the project, with honest defaults."""
        last = self.call("OracleCommittee", "lastSeq", changed.get("project_id", PROJECT))
        before = self.call("OracleCommittee", "reportOf", changed.get("project_id", PROJECT), last) if last else None
        fields = {
            "project_id": PROJECT,
            "seq": last + 1,
            "period_start": PERIOD[0] if before is None else before["periodEnd"] + 1,
            "period_end": PERIOD[1] if before is None else before["periodEnd"] + 30,
            "methodology_hash": DEFINITION,
            "evidence_hash": hashlib.sha256(b"evidence").digest(),
            "log_root": hashlib.sha256(b"root").digest(),
            "log_size": 100 + (before["logSize"] if before else 0),
            "serial_end": 10_000_000 + (before["serialEnd"] if before else 0),
            "prev_digest": before["digest"] if before else bytes(32),
            "valid_until": self.clock.now + 86_400,
            "epoch": 1,
        }
        return Report(**{**fields, **changed})

    def sign(self, report: Signed, signers: Sequence[LocalAccount] = tuple(ORACLES[:3])) -> list[bytes]:
        """Signatures in the order of `signers`."""
        message = encode_typed_data(
            full_message=typed_data(report, self.gateway.chain_id, self.register.address(report.SCHEMA.contract))
        )
        return [bytes(who.sign_message(message).signature) for who in signers]

    def next_committee(
        self,
        jurisdiction: int,
        signers: Sequence[str],
        dispute_seconds: int = 0,
        activation_seconds: int = 0,
        by: Sequence[LocalAccount] = tuple(ORACLES[:3]),
    ) -> Receipt:
        """Has the Desk decide on the next committee and the one in office approve it: `by` a quorum of it."""
        call = set_committee(jurisdiction, signers, dispute_seconds, activation_seconds)
        self.decide(call)
        approval = EpochApproval(
            jurisdiction=jurisdiction,
            epoch=self.call("OracleCommittee", "committeeOf", jurisdiction)[0] + 1,
            signers=tuple(call.args[1]),
            dispute_seconds=dispute_seconds,
            activation_seconds=activation_seconds,
            valid_until=self.clock.now + 86_400,
        )
        arguments = (approval.as_tuple(), self.sign(approval, by))
        return self.send(ACTORS["OUTSIDER"], "OracleCommittee", "beginEpoch", *arguments)

    def verify_emissions(self, account: str, year: int, grams: int, **changed: Any) -> Receipt:
        """Has the committee of the account's jurisdiction sign the next figure of an account and year."""
        jurisdiction = self.call("Accounts", "jurisdictionOf", account)
        fields = {
            "account": account,
            "year": year,
            "grams": grams,
            "evidence_hash": hashlib.sha256(b"emission statement").digest(),
            "revision": self.call("Emissions", "emissionsOf", account, year)["revision"] + 1,
            "valid_until": self.clock.now + 86_400,
            "epoch": self.call("OracleCommittee", "committeeOf", jurisdiction)[0],
        }
        report = EmissionReport(**{**fields, **changed})
        return self.send(ACTORS["OUTSIDER"], "Emissions", "submit", report.as_tuple(), self.sign(report))

    def submit(self, report: Report, signatures: list[bytes] | None = None) -> Receipt:
        return self.send(
            ACTORS["OUTSIDER"], "OracleCommittee", "submit", report.as_tuple(), signatures or self.sign(report)
        )

    def issue_batch(self, to: str | None = None, **changed: Any) -> int:
        """Submits the next report and issues its batch, all to one account (1, the platform's); returns its id."""
        report = self.report(**changed)
        self.submit(report)
        stored = self.call("OracleCommittee", "reportOf", report.project_id, report.seq)
        grams = stored["serialEnd"] - stored["serialStart"]
        args = (report.project_id >> 32, report.project_id, report.seq, [to or self.account(1)], [grams])
        self.decide(GuardedCall("Credits", "issue", args))
        return report.project_id << 64 | report.seq

    def close(self) -> None:
        self.gateway.close()


def build(path: Path) -> dict[str, str]:
    """Builds the network in a file: contracts, jurisdictions, committee, accounts, a project. Returns addresses."""
    clock = Clock()
    gateway = EmbeddedGateway(path, clock=clock)
    world = World(gateway, Register(gateway, {}), clock)
    addresses = _deploy(world)
    world.register = Register(world.gateway, addresses)
    _wire(world, addresses)
    world.decide(install_modules(addresses))
    offices = {Role.ADMIN: "ADMIN", Role.REGISTRAR: "REGISTRAR", Role.APPROVER: "APPROVER"}
    shanghai = {**offices, Role.REGULATOR: "REGULATOR", Role.VERIFIER: "VERIFIER"}
    world.decide(open_jurisdiction(SHANGHAI, "Shanghai", [(r, ACTORS[n].address) for r, n in shanghai.items()]))
    wuhan = [(role, ACTORS[f"WUHAN_{name}"].address) for role, name in offices.items()]
    world.decide(open_jurisdiction(WUHAN, "Wuhan", wuhan))
    world.decide(set_committee(SHANGHAI, [oracle.address for oracle in ORACLES], 0))
    for number, (kind, who) in enumerate(
        ((AccountKind.PLATFORM, "PLATFORM"), (AccountKind.ENTERPRISE, "ENTERPRISE")), start=1
    ):
        agents = [(ACTORS[who].address, Right(BOTH))]
        world.decide(open_account(SHANGHAI, number, kind, hashlib.sha256(who.encode()).digest(), agents))
    agents = [(ACTORS["WUHAN_ENTERPRISE"].address, Right(BOTH))]
    call = open_account(WUHAN, 1, AccountKind.ENTERPRISE, hashlib.sha256(b"wuhan").digest(), agents)
    world.decide(call)
    filed = (SHANGHAI, DEFINITION, b"cycling".ljust(32, b"\0"), 1, hashlib.sha256(b"document").digest())
    world.decide(GuardedCall("Filings", "fileMethodology", filed))
    world.decide(GuardedCall("Filings", "fileProject", (SHANGHAI, project_filing(world.account(1)))))
    world.close()
    return addresses


def project_filing(developer: str, **changed: Any) -> tuple[Any, ...]:
    """A project filing in the order of the struct, with honest defaults."""
    fields = {
        "definition_hash": DEFINITION,
        "developer": developer,
        "boundary_account": "0x" + "00" * 20,
        "crediting_start": CREDITING[0],
        "crediting_end": CREDITING[1],
        "scenario": 1,
        "ceiling_grams": CEILING_GRAMS,
        "co_benefit_hash": hashlib.sha256(b"co-benefits").digest(),
        "area": SHANGHAI,
        "mechanism": 1,
    }
    return tuple({**fields, **changed}.values())


def _deploy(world: World) -> dict[str, str]:
    members = [[ACTORS[name].address] for name in ("COUNCIL_MAKER", "COUNCIL_CHECKER")]
    addresses: dict[str, str] = {}

    def create(name: str, *args: Any) -> None:
        receipt = world.deploy(ACTORS["DEPLOYER"], None, deployment_data(name, *args))
        assert receipt.contract_address is not None
        addresses[name] = receipt.contract_address

    create("Authority", *members)
    for name, needed in WIRING:
        create(name, *constructor_arguments(needed, addresses, demo=True))
    return addresses


def _wire(world: World, addresses: dict[str, str]) -> None:
    for contract, args in wires(addresses, demo=True):
        world.send(ACTORS["DEPLOYER"], contract, "wire", *args)
