// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DayKind, Hours, ICalendar} from "../src/ICalendar.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {TransferRules} from "../src/TransferRules.sol";
import {Network} from "./Network.sol";

/// @notice Working hours: Monday to Friday, 09:00 to 17:00 in UTC+08:00.
contract CalendarTest is Network {
    uint8 private constant MONDAY_TO_FRIDAY = 31;
    uint24 private constant OPEN = 9 hours;
    uint24 private constant CLOSE = 17 hours;
    /// @dev 2026-11-20, a Friday, days since 1970-01-01.
    uint24 private constant FRIDAY = 20_777;

    TransferRules private calendar;

    function setUp() public override {
        super.setUp();
        calendar = new TransferRules(authority, address(desk), accounts);
        _setHours(WUHAN, MONDAY_TO_FRIDAY, OPEN, CLOSE);
    }

    // setHours

    function test_setHours__not_through_the_desk__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        calendar.setHours(WUHAN, 1, 0, 1);
    }

    function test_setHours__unknown_jurisdiction_or_council__reverts() external {
        _refuseHours(999, 1, 0, 1, abi.encodeWithSelector(ICalendar.UnknownJurisdiction.selector, 999));
        _refuseHours(COUNCIL, 1, 0, 1, abi.encodeWithSelector(ICalendar.UnknownJurisdiction.selector, COUNCIL));
    }

    function test_setHours__no_day_or_no_time_or_past_midnight__reverts() external {
        uint24[2][5] memory times = [[uint24(0), 1], [uint24(0), 1], [uint24(5), 5], [uint24(6), 5], [uint24(0), 86_401]];
        uint8[5] memory weekdays = [0, 128, 1, 1, 1];
        for (uint256 i = 0; i < times.length; ++i) {
            bytes4 selector = ICalendar.InvalidHours.selector;
            bytes memory refusal = abi.encodeWithSelector(selector, weekdays[i], times[i][0], times[i][1]);
            _refuseHours(SHANGHAI, weekdays[i], times[i][0], times[i][1], refusal);
        }
        _setHours(SHANGHAI, 127, 0, 86_400);
    }

    function test_setHours__the_same__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(ICalendar.HoursUnchanged.selector, WUHAN);
        _refuseHours(WUHAN, MONDAY_TO_FRIDAY, OPEN, CLOSE, refusal);
    }

    function test_setHours__stores_and_tells() external {
        vm.expectEmit(true, true, true, true, address(calendar));
        emit ICalendar.HoursSet(SHANGHAI, 3, 1, 2);
        _setHours(SHANGHAI, 3, 1, 2);
        Hours memory stored = calendar.hoursOf(SHANGHAI);
        assertEq(stored.weekdays, 3, "weekdays");
        assertEq(stored.openSecond, 1, "opening");
        assertEq(stored.closeSecond, 2, "closing");
        assertTrue(stored.isSet, "set");
    }

    // removeHours

    function test_removeHours__refusals_and_success() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        calendar.removeHours(WUHAN);
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(ICalendar.HoursUnchanged.selector, SHANGHAI));
        calendar.removeHours(SHANGHAI);
        assertTrue(!calendar.isWorking(WUHAN, _at(FRIDAY, 0)), "closed at night");
        vm.expectEmit(true, true, true, true, address(calendar));
        emit ICalendar.HoursRemoved(WUHAN);
        vm.prank(address(desk));
        calendar.removeHours(WUHAN);
        assertTrue(calendar.isWorking(WUHAN, _at(FRIDAY, 0)), "always again");
    }

    // setDays

    function test_setDays__refusals__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        calendar.setDays(WUHAN, _days(1), DayKind.Holiday);
        _refuseDays(COUNCIL, _days(1), abi.encodeWithSelector(ICalendar.UnknownJurisdiction.selector, COUNCIL));
        _refuseDays(WUHAN, _days(0), abi.encodeWithSelector(ICalendar.InvalidDayCount.selector, 0));
        _refuseDays(WUHAN, _days(101), abi.encodeWithSelector(ICalendar.InvalidDayCount.selector, 101));
        uint24[] memory twice = _days(2);
        twice[1] = twice[0];
        bytes4 unchanged = ICalendar.DayUnchanged.selector;
        _refuseDays(WUHAN, twice, abi.encodeWithSelector(unchanged, WUHAN, FRIDAY, DayKind.Holiday));
    }

    function test_setDays__one_hundred__are_stored_told_and_taken_back() external {
        uint24[] memory days_ = _days(100);
        vm.expectEmit(true, true, true, true, address(calendar));
        emit ICalendar.DaysSet(WUHAN, days_, DayKind.Holiday);
        _setDays(WUHAN, days_, DayKind.Holiday);
        assertTrue(calendar.dayOf(WUHAN, FRIDAY + 99) == DayKind.Holiday, "last");
        assertTrue(!calendar.isWorking(WUHAN, _at(FRIDAY, OPEN)), "a holiday");
        _setDays(WUHAN, days_, DayKind.None);
        assertTrue(calendar.isWorking(WUHAN, _at(FRIDAY, OPEN)), "a Friday");
    }

    // isWorking

    function test_isWorking__no_calendar__always() external view {
        assertTrue(calendar.isWorking(SHANGHAI, 0) && calendar.isWorking(SHANGHAI, block.timestamp), "always");
    }

    function test_isWorking__from_opening_to_the_second_before_closing() external view {
        assertTrue(!calendar.isWorking(WUHAN, _at(FRIDAY, OPEN - 1)), "before");
        assertTrue(calendar.isWorking(WUHAN, _at(FRIDAY, OPEN)), "opening");
        assertTrue(calendar.isWorking(WUHAN, _at(FRIDAY, CLOSE - 1)), "last second");
        assertTrue(!calendar.isWorking(WUHAN, _at(FRIDAY, CLOSE)), "closing");
    }

    function test_isWorking__days_begin_at_midnight_of_utc_plus_8() external {
        _setHours(SHANGHAI, 16, 0, 86_400);
        assertTrue(calendar.isWorking(SHANGHAI, uint256(FRIDAY) * 1 days - 8 hours), "16:00 UTC of Thursday");
        assertTrue(!calendar.isWorking(SHANGHAI, uint256(FRIDAY) * 1 days - 8 hours - 1), "a second before");
        assertTrue(!calendar.isWorking(SHANGHAI, uint256(FRIDAY) * 1 days + 16 hours), "16:00 UTC of Friday");
    }

    function test_isWorking__weekends_rest_but_for_working_days() external {
        for (uint24 day = FRIDAY - 4; day <= FRIDAY + 2; ++day) {
            assertTrue(calendar.isWorking(WUHAN, _at(day, OPEN)) == (day <= FRIDAY), "Monday to Friday");
        }
        uint24[] memory saturday = new uint24[](1);
        saturday[0] = FRIDAY + 1;
        _setDays(WUHAN, saturday, DayKind.WorkingDay);
        assertTrue(calendar.isWorking(WUHAN, _at(FRIDAY + 1, OPEN)), "works instead");
        assertTrue(!calendar.isWorking(WUHAN, _at(FRIDAY + 1, OPEN - 1)), "in the same hours");
        assertTrue(calendar.dayOf(SHANGHAI, FRIDAY + 1) == DayKind.None, "of this jurisdiction alone");
    }

    /// @dev Against the week counted from a known Monday.
    function testFuzz_isWorking__any_week(uint24 day, uint24 second, uint8 weekdays) external {
        weekdays = uint8(bound(weekdays, 1, 127));
        day = uint24(bound(day, FRIDAY - 4, type(uint24).max));
        second = uint24(bound(second, 0, 86_399));
        _setHours(SHANGHAI, weekdays, 100, 200);
        bool named = weekdays & (1 << ((day - (FRIDAY - 4)) % 7)) != 0;
        assertTrue(calendar.isWorking(SHANGHAI, _at(day, second)) == (named && second >= 100 && second < 200), "week");
    }

    // helpers

    /// @dev A local second of a local day.
    function _at(uint24 day, uint24 second) private pure returns (uint256) {
        return uint256(day) * 1 days + second - 8 hours;
    }

    function _days(uint256 count) private pure returns (uint24[] memory list) {
        list = new uint24[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = uint24(FRIDAY + i);
        }
    }

    function _setHours(uint32 jurisdiction, uint8 weekdays, uint24 openSecond, uint24 closeSecond) private {
        vm.prank(address(desk));
        calendar.setHours(jurisdiction, weekdays, openSecond, closeSecond);
    }

    function _setDays(uint32 jurisdiction, uint24[] memory days_, DayKind kind) private {
        vm.prank(address(desk));
        calendar.setDays(jurisdiction, days_, kind);
    }

    function _refuseHours(uint32 jurisdiction, uint8 weekdays, uint24 openSecond, uint24 closeSecond, bytes memory refusal)
        private
    {
        vm.expectRevert(refusal);
        _setHours(jurisdiction, weekdays, openSecond, closeSecond);
    }

    function _refuseDays(uint32 jurisdiction, uint24[] memory days_, bytes memory refusal) private {
        vm.expectRevert(refusal);
        _setDays(jurisdiction, days_, DayKind.Holiday);
    }
}
