// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Calendar years of day numbers.
/// @notice A day number counts days since 1970-01-01 in the proleptic Gregorian calendar. The vintage of a period is the calendar
/// year of its days. Integers only; 24 bits of days reach the year 47,904, so a year always fits 16 bits.
library Days {
    /// Days from 0000-03-01 to 1970-01-01. Years are counted from 1 March, so that a leap day is the last of its year.
    uint256 private constant EPOCH_SHIFT = 719_468;
    uint256 private constant DAYS_IN_400_YEARS = 146_097;
    uint256 private constant DAYS_IN_100_YEARS = 36_524;
    uint256 private constant DAYS_IN_4_YEARS = 1461;
    uint256 private constant DAYS_IN_YEAR = 365;
    /// Days from 1 March to 31 December.
    uint256 private constant DAYS_MARCH_TO_DECEMBER = 306;

    /// @notice The calendar year of a day.
    function yearOf(uint24 day) internal pure returns (uint16) {
        uint256 rest = uint256(day) + EPOCH_SHIFT;
        uint256 year = 400 * (rest / DAYS_IN_400_YEARS);
        rest %= DAYS_IN_400_YEARS;

        // The fourth century has one day more, the leap day that ends the 400 years: it belongs to the fourth, not to a fifth.
        uint256 centuries = rest / DAYS_IN_100_YEARS;
        if (centuries == 4) centuries = 3;
        rest -= centuries * DAYS_IN_100_YEARS;

        uint256 fours = rest / DAYS_IN_4_YEARS;
        rest -= fours * DAYS_IN_4_YEARS;

        // The same for the fourth year of four.
        uint256 singles = rest / DAYS_IN_YEAR;
        if (singles == 4) singles = 3;
        rest -= singles * DAYS_IN_YEAR;

        year += 100 * centuries + 4 * fours + singles;
        // January and February belong to the next calendar year.
        if (rest >= DAYS_MARCH_TO_DECEMBER) year += 1;
        return uint16(year);
    }
}
