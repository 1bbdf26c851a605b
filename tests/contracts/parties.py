"""The people of the test network by name, and who else turns up."""

from __future__ import annotations

from tests.world import ACTORS, actor

DEPLOYER = ACTORS["DEPLOYER"]
COUNCIL_MAKER, COUNCIL_CHECKER = ACTORS["COUNCIL_MAKER"], ACTORS["COUNCIL_CHECKER"]
ADMIN, REGISTRAR, APPROVER, REGULATOR = (ACTORS[name] for name in ("ADMIN", "REGISTRAR", "APPROVER", "REGULATOR"))
VERIFIER = ACTORS["VERIFIER"]
WUHAN_ADMIN, WUHAN_REGISTRAR, WUHAN_APPROVER = (ACTORS[f"WUHAN_{name}"] for name in ("ADMIN", "REGISTRAR", "APPROVER"))
PLATFORM, ENTERPRISE, WUHAN_ENTERPRISE = (ACTORS[name] for name in ("PLATFORM", "ENTERPRISE", "WUHAN_ENTERPRISE"))
OUTSIDER = ACTORS["OUTSIDER"]

# Not known to the network when it is built.
SECOND_REGISTRAR, SECOND_APPROVER = actor("SECOND_REGISTRAR"), actor("SECOND_APPROVER")
WUHAN_PLATFORM = actor("WUHAN_PLATFORM")
NEWCOMER, CLERK, READER = actor("NEWCOMER"), actor("CLERK"), actor("READER")
NOBODY = "0x" + "00" * 20


def name_of(key: object) -> str:
    """How a test's id calls a person."""
    return next(name.lower() for name, value in globals().items() if value is key)
