// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Days} from "../src/lib/Days.sol";
import {Case} from "./Case.sol";

contract DaysTest is Case {
    function test_yearOf__known_dates() public pure {
        assertEq(Days.yearOf(0), 1970, "1970-01-01");
        assertEq(Days.yearOf(364), 1970, "1970-12-31");
        assertEq(Days.yearOf(365), 1971, "1971-01-01");
        assertEq(Days.yearOf(789), 1972, "1972-02-29");
        assertEq(Days.yearOf(1095), 1972, "1972-12-31, a leap year");
        assertEq(Days.yearOf(1096), 1973, "1973-01-01");
        assertEq(Days.yearOf(10_956), 1999, "1999-12-31");
        assertEq(Days.yearOf(10_957), 2000, "2000-01-01");
        assertEq(Days.yearOf(11_016), 2000, "2000-02-29");
        assertEq(Days.yearOf(11_322), 2000, "2000-12-31");
        assertEq(Days.yearOf(16_801), 2016, "2016-01-01");
        assertEq(Days.yearOf(17_014), 2016, "2016-08-01");
        assertEq(Days.yearOf(17_166), 2016, "2016-12-31");
        assertEq(Days.yearOf(17_167), 2017, "2017-01-01");
        assertEq(Days.yearOf(47_540), 2100, "2100-02-28, no leap year");
        assertEq(Days.yearOf(47_541), 2100, "2100-03-01");
        assertEq(Days.yearOf(157_113), 2400, "2400-02-29");
        assertEq(Days.yearOf(157_420), 2401, "2401-01-01");
        assertEq(Days.yearOf(2_932_896), 9999, "9999-12-31");
        assertEq(Days.yearOf(type(uint24).max), 47_904, "the last day of 24 bits");
    }

    /// @dev Against another formula: the first day of a year from the number of leap days before it.
    function testFuzz_yearOf__first_and_last_day_of_any_year(uint256 seed) public pure {
        uint256 year = bound(seed, 1971, 47_904);
        uint256 before = year - 1;
        uint256 leapDays = before / 4 - before / 100 + before / 400;
        // Before 1970 there were 477 leap days.
        uint24 firstDay = uint24(365 * (year - 1970) + leapDays - 477);
        assertEq(Days.yearOf(firstDay), year, "first day");
        assertEq(Days.yearOf(firstDay - 1), year - 1, "the day before");
    }

    /// @dev Against counting year by year.
    function testFuzz_yearOf__counted_year_by_year(uint256 seed) public pure {
        uint256 day = bound(seed, 0, 400_000);
        uint256 year = 1970;
        uint256 rest = day;
        while (rest >= _daysIn(year)) {
            rest -= _daysIn(year);
            year += 1;
        }
        assertEq(Days.yearOf(uint24(day)), year, "year");
    }

    function testFuzz_yearOf__never_falls(uint24 day) public pure {
        vm.assume(day < type(uint24).max);
        uint256 step = Days.yearOf(day + 1) - Days.yearOf(day);
        assertTrue(step <= 1, "a year follows the other");
    }

    function _daysIn(uint256 year) private pure returns (uint256) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return leap ? 366 : 365;
    }
}
