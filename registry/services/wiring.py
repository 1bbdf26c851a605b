"""Compares what is wired on a chain with what it must be: code, constructors, wires, policies, roles of contracts.

What must be is `deployment.WIRING`, `deployment.MODULES` and `policies.json`, which a test keeps equal to
docs/permissions.md. Nothing is repaired here: what differs is immutable, or changes only through the Desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.chain import artifacts
from registry.chain.abi import Signature
from registry.chain.contracts import Register
from registry.chain.failures import AnswerMalformed, NoContract
from registry.chain.gateway import Gateway
from registry.domain.errors import ContractRefused
from registry.domain.rules import Role
from registry.services.deployment import MODULES, WIRING
from registry.services.policies import GuardedFunction, emergency_seconds, guarded_functions

COUNCIL = 0
# Views that show a contract under another name than its own.
_OTHER_NAMES = {"committee": "OracleCommittee", "ledger": "Credits", "rules": "TransferRules"}
EMERGENCY_SECONDS = "EMERGENCY_SECONDS"
_NO_POLICY = "none"
_NO_ANSWER = "no answer"
_THIS_BUILD = "that of this build"
_IMMUTABLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at. `wanted` and `found` are what people read."""

    where: str
    wanted: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether it is as it must be."""
        return self.wanted == self.found

    def __str__(self) -> str:
        return f"{self.where}: {self.found}, must be {self.wanted}"


@dataclass(frozen=True, slots=True)
class Wiring:
    """All that was looked at. `demo`: the public notices are those of a demonstration network."""

    demo: bool
    facts: tuple[Fact, ...]

    @property
    def differences(self) -> tuple[Fact, ...]:
        """What is not as it must be."""
        return tuple(fact for fact in self.facts if not fact.holds)


def check_wiring(gateway: Gateway, register: Register) -> Wiring:
    """Looks at every contract of a network at the newest block.

    Which notices must be, those of a demonstration or of a working registry, an immutable of Accounts says.

    Raises:
        ArtifactMissing: the network has no contract of a name that this build knows.
        ContractRefused, NoContract, AnswerMalformed: there is no Authority or no Desk where one must be.
        ChainUnavailable: the node does not answer.
    """
    demo = _answer(register, "Accounts", EMERGENCY_SECONDS) == str(emergency_seconds(demo=True))
    facts = (
        *_code(gateway, register),
        *_contracts_shown(register),
        *_seconds(register, demo=demo),
        *_policies(register, demo=demo),
        *_modules(register),
    )
    return Wiring(demo, facts)


def names() -> tuple[str, ...]:
    """The contracts of a network in order of deployment."""
    return ("Authority", *(name for name, _ in WIRING))


def _code(gateway: Gateway, register: Register) -> Iterator[Fact]:
    """The code is that of this build, but for the values that a deployment writes into it."""
    for name in names():
        artifact = artifacts.load(name)
        found = bytearray(gateway.code(register.address(name)))
        for start in artifact.immutable_starts:
            found[start : start + _IMMUTABLE_BYTES] = bytes(len(found[start : start + _IMMUTABLE_BYTES]))
        same = bytes(found) == artifact.deployed_bytecode
        yield Fact(
            f"code of {name}", "that of this build", "that of this build" if same else f"other, {len(found)} bytes"
        )


def addresses_shown(contract: str) -> list[Signature]:
    """The views of a contract that take nothing and answer one address."""
    functions = artifacts.load(contract).abi.functions
    return [one for one in functions if not one.inputs and [part.type for part in one.outputs] == ["address"]]


def shown_by(view: str) -> str | None:
    """Which contract a view that answers one address must name, by the view's name; None if it is not known."""
    plain = view.replace("_", "").lower()
    return _OTHER_NAMES.get(plain) or next((name for name in names() if name.lower() == plain), None)


def _contracts_shown(register: Register) -> Iterator[Fact]:
    for name in names():
        for view in addresses_shown(name):
            found = _answer(register, name, view.name)
            wanted = shown_by(view.name) or "known to this check"
            named = None if found == _NO_ANSWER else register.name_at(found)
            yield Fact(f"{name}.{view.name}", wanted, named or found)


def _answer(register: Register, contract: str, view: str) -> str:
    """What a view answers. Another contract in the place of ours answers nothing, or nonsense."""
    try:
        return str(register.call(contract, view))
    except (ContractRefused, AnswerMalformed, NoContract):
        return _NO_ANSWER


def _seconds(register: Register, *, demo: bool) -> Iterator[Fact]:
    for name in names():
        if any(one.name == EMERGENCY_SECONDS for one in artifacts.load(name).abi.functions):
            found = _answer(register, name, EMERGENCY_SECONDS)
            yield Fact(f"{name}.{EMERGENCY_SECONDS}", str(emergency_seconds(demo=demo)), found)


def _policies(register: Register, *, demo: bool) -> Iterator[Fact]:
    """The network's policy of each function; those that are not decided at the Desk have none."""
    wanted = {(row.contract, row.function): row for row in guarded_functions(demo=demo)}
    for name in names():
        for function in artifacts.load(name).abi.functions:
            row = wanted.get((name, function.name))
            if row is None and not _names_a_jurisdiction(function):
                continue
            found = _policy(register, name, function)
            yield Fact(f"policy of {name}.{function.name}", _NO_POLICY if row is None else _row_text(row), found)


def _names_a_jurisdiction(function: Signature) -> bool:
    """Only such a function can be called through the Desk at all."""
    return bool(function.inputs) and function.inputs[0].type == "uint32"


def _policy(register: Register, contract: str, function: Signature) -> str:
    try:
        found = register.call("Desk", "policyOf", COUNCIL, register.address(contract), function.selector)
    except ContractRefused as refusal:
        if refusal.error_name != "NoPolicy":
            raise
        return _NO_POLICY
    maker, checker = Role(found["maker"]).solidity_name, Role(found["checker"]).solidity_name
    return _policy_text(maker, checker, found["noticeSeconds"], found["expirySeconds"], found["experts"])


def _row_text(row: GuardedFunction) -> str:
    maker, checker = row.maker.solidity_name, row.checker.solidity_name
    return _policy_text(maker, checker, row.notice_seconds, row.expiry_seconds, row.experts)


def _policy_text(maker: str, checker: str, notice_seconds: int, expiry_seconds: int, experts: int) -> str:
    return f"{maker} then {checker}, notice {notice_seconds} s, expiry {expiry_seconds} s, experts {experts}"


def _modules(register: Register) -> Iterator[Fact]:
    """Each role of contracts is held by exactly the contracts that need it."""
    for role in (role for role in Role if role > Role.AUDITOR):
        wanted = sorted(name for granted, name in MODULES if granted is role)
        found = [str(member) for member in register.call("Authority", "members", COUNCIL, int(role))]
        named = sorted(register.name_at(member) or member for member in found)
        yield Fact(f"members of {role.solidity_name}", _list_text(wanted), _list_text(named))


def _list_text(members: list[str]) -> str:
    return ", ".join(members) or "nobody"


def view_of_parameter(parameter: str) -> str:
    """The view that shows a constructor's argument: `emergencySeconds` is shown by EMERGENCY_SECONDS."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter.strip("_")).upper()
