"""`check_wiring`: a network as deployed is as it must be, and each thing that is not is named with both values."""

from __future__ import annotations

import re

from registry.chain import artifacts
from registry.chain.contracts import Register
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.deployment import MODULES, WIRING
from registry.services.membership import grant_roles
from registry.services.policies import guarded_functions
from registry.services.wiring import Wiring, addresses_shown, check_wiring, names, shown_by, view_of_parameter
from tests.conftest import ROOT
from tests.world import ACTORS, World


def differences(world: World, register: Register | None = None) -> list[str]:
    return [str(fact) for fact in check_wiring(world.gateway, register or world.register).differences]


def test_wiring__as_deployed__is_as_it_must_be(fresh_world: World) -> None:
    wiring: Wiring = check_wiring(fresh_world.gateway, fresh_world.register)
    assert [str(fact) for fact in wiring.differences] == []
    assert wiring.demo
    looked_at = {fact.where for fact in wiring.facts}
    assert {"code of Credits", "Credits.ACCOUNTS", "policy of Credits.issue", "members of Retirer"} <= looked_at
    assert len([where for where in looked_at if where.startswith("policy of")]) >= len(guarded_functions(demo=True))


def test_wiring__contract_that_asks_others__is_named_with_both(fresh_world: World) -> None:
    needed = dict(WIRING)["Credits"]
    values = {**fresh_world.register.addresses, "Accounts": ACTORS["OUTSIDER"].address}
    strange = fresh_world.beside("Credits", *(values[name] for name in needed)).register
    told = differences(fresh_world, strange)
    assert f"Credits.ACCOUNTS: {ACTORS['OUTSIDER'].address}, must be Accounts" in told
    # Whoever names the true ledger does not name this one.
    assert any(line.startswith("Compliance.CREDITS: 0x") for line in told)
    assert not any(line.startswith("code of") for line in told)


def test_wiring__another_code_at_an_address__is_named(fresh_world: World) -> None:
    swapped = {**fresh_world.register.addresses, "Emissions": fresh_world.register.address("Filings")}
    told = differences(fresh_world, Register(fresh_world.gateway, swapped))
    assert any(line.startswith("code of Emissions: other, ") for line in told)
    assert "Emissions.COMMITTEE: no answer, must be OracleCommittee" in told


def test_wiring__policy_changed__is_named_with_both(fresh_world: World) -> None:
    target = fresh_world.register.address("Credits")
    policy = list(fresh_world.call("Desk", "policyOf", 0, target, artifacts.selector("Credits", "cancel")).values())
    policy[2] += 60
    call = GuardedCall("Desk", "setPolicy", (0, target, artifacts.selector("Credits", "cancel"), tuple(policy)))
    fresh_world.decide(call)
    (told,) = differences(fresh_world)
    assert re.match(r"policy of Credits\.cancel: .*notice \d+ s.*, must be .*notice \d+ s", told)


def test_wiring__role_of_a_module_too_many__is_named(fresh_world: World) -> None:
    fresh_world.decide(grant_roles(0, [(Role.LOCKER, fresh_world.register.address("Filings"))]))
    (told,) = differences(fresh_world)
    assert "Filings" in told
    assert told.startswith("members of ")


def test_wiring__every_view_of_one_address_and_every_constructor_argument__is_known_to_the_check() -> None:
    for name in names():
        assert all(shown_by(view.name) for view in addresses_shown(name)), name
    for name, needed in WIRING:
        abi = artifacts.load(name).abi
        views = {function.name for function in abi.functions}
        shown = [view_of_parameter(parameter.name) for parameter in abi.constructor.inputs]
        assert set(shown) <= views, f"{name}: an argument of the constructor is shown by no view"
        for view, value in zip(shown, needed, strict=True):
            assert (shown_by(view) or view.lower()) == value, f"{name}.{view}"


def test_wiring__roles_of_contracts__are_those_of_the_document() -> None:
    text = (ROOT / "docs" / "permissions.md").read_text("utf-8")
    rows = re.findall(r"^- `Role\.(\w+)`: ([\w, ]+)$", text, re.MULTILINE)
    listed = {(role, name) for role, contracts in rows for name in contracts.split(", ") if name != "nobody"}
    assert listed == {(role.solidity_name, name) for role, name in MODULES}
