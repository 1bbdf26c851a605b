"""A policy module that does what a test tells it: a contract of 42 bytes that passes calls on.

Its input is the address to call, in a word, and the data of the call. It answers as the call does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from tests.contracts.parties import DEPLOYER
from tests.world import World

# Copies the data after the first word, calls the address in the first word with it, copies the answer.
_RUNTIME = bytes.fromhex("60203603806020600037600060008260006000600035" + "5af13d600060003e6025573d6000fd5b3d6000f3")
_CREATION = bytes.fromhex("602a80600b6000396000f3") + _RUNTIME
COUNCIL = 0


@dataclass(frozen=True)
class Module:
    """The contract, with or without the role of a module."""

    world: World
    address: str

    @classmethod
    def deployed(cls, world: World) -> Module:
        address = world.deploy(DEPLOYER, None, _CREATION).contract_address
        assert address is not None
        return cls(world, address)

    def granted(self, role: Role = Role.RETIRER) -> Module:
        """Gives it the role, by the council."""
        self.world.decide(self._change("grantRoles", role))
        return self

    def revoked(self, role: Role = Role.RETIRER) -> Module:
        """Takes the role away, by the council."""
        self.world.decide(self._change("revokeRoles", role))
        return self

    def send(self, who: LocalAccount, contract: str, function: str, *args: Any) -> Receipt:
        """Makes the module call a contract of the network; anyone may ask it to."""
        data = self.world.register.encode(contract, function, *args)
        target = bytes.fromhex(self.world.register.address(contract)[2:]).rjust(32, b"\0")
        return self.world.deploy(who, self.address, target + data)

    def _change(self, function: str, role: Role) -> GuardedCall:
        return GuardedCall("Authority", function, (COUNCIL, [(int(role), self.address)]))
