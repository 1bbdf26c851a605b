"""What the tests of the ledger do often: allocate, cancel, transfer, retire, and read what is held and counted."""

from __future__ import annotations

from typing import Any

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.rules import AccountStatus, Purpose
from registry.services.calls import GuardedCall
from tests.contracts.refusals import REASON
from tests.world import ACTORS, BATCH, PROJECT, SHANGHAI, World

BENEFICIARY, STATEMENT = b"\x44" * 32, b"\x55" * 32


def issue(accounts: list[str], grams: list[int], seq: int = 1, **changed: Any) -> GuardedCall:
    fields = {"jurisdiction": SHANGHAI, "project_id": PROJECT, "seq": seq, "accounts": accounts, "allocation": grams}
    return GuardedCall("Credits", "issue", tuple({**fields, **changed}.values()))


def cancel(account: str, grams: int, **changed: Any) -> GuardedCall:
    fields = {"jurisdiction": SHANGHAI, "batch_id": BATCH, "account": account, "grams": grams, "reason": REASON}
    return GuardedCall("Credits", "cancel", tuple({**fields, **changed}.values()))


def set_status(world: World, account: str, status: AccountStatus, jurisdiction: int = SHANGHAI) -> Receipt:
    """Changes an account's status through the Desk."""
    return world.decide(GuardedCall("Accounts", "setStatus", (jurisdiction, account, int(status), REASON)))


def transfer(world: World, who: LocalAccount, sender: str, receiver: str, grams: int, batch: int = BATCH) -> Receipt:
    return world.send(who, "Credits", "safeTransferFrom", sender, receiver, batch, grams, b"")


def retire(
    world: World,
    who: LocalAccount,
    account: str,
    grams: int,
    purpose: int = Purpose.VOLUNTARY_NEUTRALITY,
    batch: int = BATCH,
) -> Receipt:
    return world.send(who, "Credits", "retire", batch, account, grams, int(purpose), BENEFICIARY, STATEMENT)


def pledge(world: World, grams: int) -> int:
    """Pledges grams of the platform's batch to account 2; returns the pledge's id."""
    args = (world.account(1), world.account(2), BATCH, grams, STATEMENT)
    receipt = world.send(ACTORS["PLATFORM"], "Pledges", "pledge", *args)
    return int(world.event(receipt, "Pledged")["pledgeId"])


def held(world: World, account: str, batch: int = BATCH) -> int:
    return int(world.call("Credits", "balanceOf", account, batch))


def totals(world: World, batch: int = BATCH) -> tuple[int, int, int, int]:
    """Issued, retired, cancelled and first serial of a batch."""
    found = world.call("Credits", "batchOf", batch)
    return found["issued"], found["retired"], found["cancelled"], found["serialStart"]
