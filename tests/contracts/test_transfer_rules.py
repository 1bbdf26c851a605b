"""Calendars and rules of transfers from Python. The refusals one by one are forge tests."""

from __future__ import annotations

from registry.domain.rules import DayKind
from registry.services.calls import GuardedCall
from tests.contracts.parties import ENTERPRISE, OUTSIDER, PLATFORM
from tests.contracts.refusals import refused
from tests.world import SHANGHAI, World

NO_LIMITS = {"perTransferGrams": 0, "perDayGrams": 0, "delaySeconds": 0, "trustSeconds": 0, "isSet": False}
LIMITS = {"perTransferGrams": 10, "perDayGrams": 20, "delaySeconds": 60, "trustSeconds": 120, "isSet": True}
# 2023-11-15, a Wednesday, in days since 1970-01-01: the day of the test network in UTC+08:00.
TODAY = 19676


def test_calendar__hours_and_days__say_when_a_jurisdiction_works(world: World) -> None:
    def works(second: int) -> bool:
        return bool(world.call("TransferRules", "isWorking", SHANGHAI, TODAY * 86_400 - 8 * 3_600 + second))

    assert works(0)
    world.decide(GuardedCall("TransferRules", "setHours", (SHANGHAI, 31, 9 * 3_600, 17 * 3_600)), maker="ADMIN")
    assert [works(second) for second in (0, 9 * 3_600, 17 * 3_600)] == [False, True, False]
    assert world.call("TransferRules", "hoursOf", SHANGHAI)["weekdays"] == 31
    holiday = GuardedCall("TransferRules", "setDays", (SHANGHAI, [TODAY], int(DayKind.HOLIDAY)))
    world.decide(holiday, maker="ADMIN")
    assert world.call("TransferRules", "dayOf", SHANGHAI, TODAY) == DayKind.HOLIDAY
    assert not works(9 * 3_600)
    world.decide(GuardedCall("TransferRules", "removeHours", (SHANGHAI,)), maker="ADMIN")
    assert works(9 * 3_600)


def test_limits__of_three_levels__the_strictest_applies(world: World) -> None:
    account = world.account(1)
    own = {**LIMITS, "perTransferGrams": 99, "delaySeconds": 61}
    world.decide(GuardedCall("TransferRules", "setLimits", (SHANGHAI, tuple(LIMITS.values()))), maker="ADMIN")
    world.decide(GuardedCall("TransferRules", "setAccountLimits", (SHANGHAI, account, tuple(own.values()))))
    assert world.call("TransferRules", "limitsOf", SHANGHAI) == LIMITS
    assert world.call("TransferRules", "limitsOf", 0) == NO_LIMITS
    assert world.call("TransferRules", "accountLimitsOf", account) == own
    assert world.call("TransferRules", "strictestOf", account) == {**LIMITS, "delaySeconds": 61}
    assert world.call("TransferRules", "usedTodayOf", account) == 0
    with refused("TransferLimit", account=account, limitGrams=10, wantedGrams=11):
        world.call("TransferRules", "preview", PLATFORM.address, account, world.account(2), 11, True)


def test_trust__counts_after_its_time__and_is_ended_by_one_agent(world: World) -> None:
    account, counterparty = world.account(1), world.account(2)
    world.decide(GuardedCall("TransferRules", "setLimits", (SHANGHAI, tuple(LIMITS.values()))), maker="ADMIN")
    receipt = world.send(PLATFORM, "TransferRules", "trust", account, counterparty)
    trusted_from = world.event(receipt, "Trusted")["trustedFrom"]
    assert trusted_from == world.call("TransferRules", "trustedFrom", account, counterparty)
    asked = (PLATFORM.address, account, counterparty, 1, False)
    assert tuple(world.call("TransferRules", "preview", *asked)) == (60, False, False)
    world.clock.advance(LIMITS["trustSeconds"])
    with refused("NotAgent", account=account, caller=ENTERPRISE.address):
        world.send(ENTERPRISE, "TransferRules", "distrust", account, counterparty)
    world.send(PLATFORM, "TransferRules", "distrust", account, counterparty)
    assert world.call("TransferRules", "trustedFrom", account, counterparty) == 0


def test_wiring__names_who_begins_transfers(world: World) -> None:
    for view, name in (("ledger", "Credits"), ("transfers", "Transfers"), ("ACCOUNTS", "Accounts")):
        assert world.call("TransferRules", view) == world.register.address(name)


def test_begin__by_anyone_but_the_ledger__reverts(world: World) -> None:
    asked = (PLATFORM.address, world.account(1), world.account(2), 1)
    for at_once in (True, False):
        with refused("NotLedger", caller=OUTSIDER.address):
            world.send(OUTSIDER, "TransferRules", "begin", *asked, at_once)
    with refused("NotLedger", caller=OUTSIDER.address):
        world.send(OUTSIDER, "TransferRules", "useTrade", world.account(1), b"\x07" * 32)
    assert not world.call("TransferRules", "isTradeUsed", world.account(1), b"\x07" * 32)
