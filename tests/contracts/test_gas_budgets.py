"""What common transactions cost in gas in the repeat case: whole transactions, London rules, 200 optimizer runs.

Gas is deterministic, so these are no measurements of time. The budgets are those of the design.
"""

from __future__ import annotations

from tests.contracts.lands import LOCAL, OTHER, Lands
from tests.contracts.ledger import issue, retire, transfer
from tests.contracts.parties import PLATFORM
from tests.world import World

REPORT_GAS = 150_000
ISSUE_GAS = 150_000
TRANSFER_GAS = 75_000
RETIRE_GAS = 110_000
OFFSET_GAS = 160_000
GRAMS = 1_234_560


def test_gas__second_report_with_three_of_four_signatures(issued: World) -> None:
    assert issued.submit(issued.report()).gas_used <= REPORT_GAS


def test_gas__second_issue__with_the_desks_approval(issued: World) -> None:
    issued.submit(issued.report())
    assert issued.decide(issue([issued.account(1)], [10_000_000], seq=2)).gas_used <= ISSUE_GAS


def test_gas__second_transfer_to_the_same_account(issued: World) -> None:
    receipts = [transfer(issued, PLATFORM, issued.account(1), issued.account(2), GRAMS) for _ in range(2)]
    assert receipts[1].gas_used <= TRANSFER_GAS


def test_gas__second_retirement(issued: World) -> None:
    receipts = [retire(issued, PLATFORM, issued.account(1), GRAMS) for _ in range(2)]
    assert receipts[1].gas_used <= RETIRE_GAS


def test_gas__second_offset__of_local_credits(lands: Lands) -> None:
    receipts = [lands.offset((LOCAL, 123_450)) for _ in range(2)]
    assert receipts[1].gas_used <= OFFSET_GAS


def test_gas__second_offset__of_credits_from_elsewhere(lands: Lands) -> None:
    lands.offset((LOCAL, 500_000))
    receipts = [lands.offset((OTHER, 123_450)) for _ in range(2)]
    assert receipts[1].gas_used <= OFFSET_GAS
