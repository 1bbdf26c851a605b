// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Calendar years of day numbers.
/// @notice A day number counts days since 1970-01-01 in the proleptic Gregorian calendar. The vintage of a period is the calendar
/// year of its days. Integers only; 24 bits of days reach the year 47,904, so a year always fits 16 bits.
library Days {
    /// Days from 0000-03-01 to 1970-01-01. Years are counted from 1 March, so that a leap day is the last of its year.
    uint256 private constant EPOCH_SHIFT = 719_468;
    /// Four centuries have 146,097 days, four years without a missing leap day 1,461: counted in quarters of a day, a century has
    /// the first number of them and a year the second.
    uint256 private constant QUARTER_DAYS_OF_CENTURY = 146_097;
    uint256 private constant QUARTER_DAYS_OF_YEAR = 1461;
    /// Days from 1 March to 31 December.
    uint256 private constant DAYS_MARCH_TO_DECEMBER = 306;

    /// @notice The calendar year of a day.
    function yearOf(uint24 day) internal pure returns (uint16) {
        uint256 year;
        // Unchecked because of 24 bits nothing can overflow, and every report, issue and offset pays for it.
        unchecked {
            // The last quarter of the day: a century or a year begins with the day that holds its first quarter, so the leap days that
            // come once in four years, and are left out in three centuries of four, need no case of their own.
            uint256 quarters = 4 * (uint256(day) + EPOCH_SHIFT) + 3;
            // These floors are whole centuries and years, as the calendar has them.
            // slither-disable-next-line divide-before-multiply
            uint256 century = quarters / QUARTER_DAYS_OF_CENTURY;
            // The same inside the century, whose days are whole again.
            // slither-disable-next-line divide-before-multiply
            quarters = quarters % QUARTER_DAYS_OF_CENTURY / 4 * 4 + 3;
            year = 100 * century + quarters / QUARTER_DAYS_OF_YEAR;
            // January and February belong to the next calendar year.
            if (quarters % QUARTER_DAYS_OF_YEAR / 4 >= DAYS_MARCH_TO_DECEMBER) year += 1;
        }
        return uint16(year);
    }
}
