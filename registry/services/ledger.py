"""What happens to credits: issue, transfer, retire, cancel. What holds them back: `restraints`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.ids import split_batch_id, split_project_id
from registry.domain.rules import Purpose
from registry.domain.units import check_grams
from registry.services.accounts import Commitment
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of, keep_text

RETIRED_LINES_MAX = 100
TRANSFERRED_LINES_MAX = 50
ISSUES_MAX = 10


@dataclass(frozen=True, slots=True)
class Use:
    """A retirement that was made. Serials are [serial_start, serial_start + grams)."""

    retirement_id: int
    batch_id: int
    serial_start: int
    grams: int
    receipt: Receipt


def issue(project_id: int, seq: int, allocation: Sequence[tuple[str, int]]) -> GuardedCall:
    """Issues the batch of a final report, whole, to the accounts of the allocation."""
    jurisdiction, _ = split_project_id(project_id)
    if not allocation:
        raise InvalidInput(field="allocation", problem="at least one account must be named", given=[])
    accounts = [account for account, _ in allocation]
    grams = [check_grams(amount, least=1) for _, amount in allocation]
    return GuardedCall("Credits", "issue", (jurisdiction, project_id, seq, accounts, grams))


def issue_many(reports: Sequence[tuple[int, int, Sequence[tuple[str, int]]]]) -> GuardedCall:
    """Issues the batches of up to 10 final reports of one jurisdiction, all or none: (project id, seq, allocation)."""
    calls = [issue(project_id, seq, allocation).args for project_id, seq, allocation in reports]
    jurisdictions = {args[0] for args in calls}
    if len(jurisdictions) != 1 or len(calls) > ISSUES_MAX:
        problem = f"must be 1 to {ISSUES_MAX} of one jurisdiction"
        raise InvalidInput(field="reports", problem=problem, given=len(calls))
    return GuardedCall("Credits", "issueMany", (jurisdictions.pop(), [args[1:] for args in calls]))


def cancel(batch_id: int, account: str, grams: int, reason: str) -> GuardedCall:
    """Cancels grams of one holding, from the end of the batch's line."""
    project_id, _ = split_batch_id(batch_id)
    jurisdiction, _ = split_project_id(project_id)
    args = (jurisdiction, batch_id, account, check_grams(grams, least=1), hash_of(reason))
    return GuardedCall("Credits", "cancel", args, (reason,))


def transfer(
    registry: Registry,
    agent: LocalAccount,
    sender: str,
    receiver: str,
    batch_id: int,
    grams: int,
    *,
    trade: bytes = b"",
    key: str,
) -> Receipt:
    """Moves grams of a batch between accounts at once, by an agent of the sending one.

    `trade`: the hash of the exchange's trade that a sale settles.

    Raises NeedsTransfer, a ContractRefused, where it has to wait: begin it in `transfers`.
    """
    args = [sender, receiver, batch_id, check_grams(grams, least=1), trade]
    return registry.send(agent, "Credits", "safeTransferFrom", args, key=key)


def transfer_many(
    registry: Registry,
    agent: LocalAccount,
    sender: str,
    receiver: str,
    lines: Sequence[tuple[int, int]],
    *,
    trade: bytes = b"",
    key: str,
) -> Receipt:
    """Moves lines of (batch id, grams), all or none; otherwise as `transfer`. Raises InvalidInput for over 50 lines."""
    if not 1 <= len(lines) <= TRANSFERRED_LINES_MAX:
        raise InvalidInput(field="lines", problem=f"must be 1 to {TRANSFERRED_LINES_MAX}", given=len(lines))
    batches, grams = [batch_id for batch_id, _ in lines], [check_grams(amount, least=1) for _, amount in lines]
    args = [sender, receiver, batches, grams, trade]
    return registry.send(agent, "Credits", "safeBatchTransferFrom", args, key=key)


def retire(
    registry: Registry,
    agent: LocalAccount,
    account: str,
    batch_id: int,
    grams: int,
    purpose: Purpose,
    *,
    statement: str,
    beneficiary: Commitment,
    key: str,
) -> Use:
    """Retires grams for a claim, for ever. The statement becomes public; the beneficiary only if the holder shows it.

    The beneficiary's text and salt are not stored: who makes the claim keeps them and may put them into a certificate.

    Raises:
        InvalidInput: no purpose, or that of an offset, which only `offset` may serve.
        ContractRefused: as the ledger answers.
    """
    check_grams(grams, least=1)
    _check_claim(purpose)
    statement_hash = keep_text(registry.database, "statement", statement)
    args = [batch_id, account, grams, int(purpose), beneficiary.digest, statement_hash]
    receipt = registry.send(agent, "Credits", "retire", args, key=key)
    return uses_of(registry, receipt)[0]


@dataclass(frozen=True, slots=True)
class OffsetDone:
    """What an offset came to: retirements, or, under rules with a reversal window, a provisional offset."""

    uses: list[Use]
    provisional_id: int | None
    reversible_until: int | None
    receipt: Receipt


def retire_many(
    registry: Registry,
    agent: LocalAccount,
    account: str,
    lines: Sequence[tuple[int, int]],
    purpose: Purpose,
    *,
    statement: str,
    beneficiary: Commitment,
    key: str,
) -> list[Use]:
    """Retires lines of (batch id, grams) for one claim, all or none; each line is a retirement with an id of its own.

    Raises:
        InvalidInput: no line or over 100, an amount that is none, no purpose or that of an offset.
        ContractRefused: as the ledger answers.
    """
    if not 1 <= len(lines) <= RETIRED_LINES_MAX:
        raise InvalidInput(field="lines", problem=f"must be 1 to {RETIRED_LINES_MAX}", given=len(lines))
    checked = [(batch_id, check_grams(grams, least=1)) for batch_id, grams in lines]
    _check_claim(purpose)
    statement_hash = keep_text(registry.database, "statement", statement)
    args = [account, checked, int(purpose), beneficiary.digest, statement_hash]
    return uses_of(registry, registry.send(agent, "Credits", "retireMany", args, key=key))


def offset(
    registry: Registry,
    agent: LocalAccount,
    account: str,
    year: int,
    lines: Sequence[tuple[int, int]],
    *,
    statement: str,
    beneficiary: Commitment,
    key: str,
) -> OffsetDone:
    """Offsets against the account's obligation for `year`: lines of (batch id, grams), all or none.

    Raises:
        InvalidInput: no line, or an amount that is none.
        OffsetRefused: with the rule that binds, what was asked and what is still possible.
    """
    if not lines:
        raise InvalidInput(field="lines", problem="at least one batch must be named", given=[])
    checked = [(batch_id, check_grams(grams, least=1)) for batch_id, grams in lines]
    statement_hash = keep_text(registry.database, "statement", statement)
    receipt = registry.send(
        agent, "Compliance", "offset", [account, year, checked, beneficiary.digest, statement_hash], key=key
    )
    made = registry.events(receipt, "ProvisionalOffsetMade")
    if made:
        return OffsetDone([], made[0]["offsetId"], made[0]["offset"]["reversibleUntil"], receipt)
    return OffsetDone(uses_of(registry, receipt), None, None, receipt)


def _check_claim(purpose: Purpose) -> None:
    if purpose in (Purpose.NONE, Purpose.COMPLIANCE_OFFSET):
        raise InvalidInput(field="purpose", problem="must be a purpose of its own", given=purpose.name)


def uses_of(registry: Registry, receipt: Receipt) -> list[Use]:
    """The retirements of a transaction, in order."""
    return [
        Use(event["retirementId"], event["batchId"], event["serialStart"], event["grams"], receipt)
        for event in registry.events(receipt, "Retired")
    ]
