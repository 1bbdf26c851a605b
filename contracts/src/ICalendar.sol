// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice What a certain day is, whatever its weekday.
enum DayKind {
    None,
    /// Nothing moves on it.
    Holiday,
    /// A working day, also on a weekend: China works some of them around its long holidays.
    WorkingDay
}

/// @notice The usual week of a jurisdiction, in UTC+08:00. One storage slot.
struct Hours {
    /// Monday 1, Tuesday 2, ... Sunday 64, added up.
    uint8 weekdays;
    /// Seconds since midnight: working from `openSecond` on, and before `closeSecond`.
    uint24 openSecond;
    uint24 closeSecond;
    bool isSet;
}

/// @title The working hours of the jurisdictions.
/// @notice A jurisdiction may restrict when credits of its accounts change hands; one without a calendar works always. Only transfers
/// ask: retiring, offsetting and everything through the Desk go on at any time.
interface ICalendar is IDeskGuarded {
    event HoursSet(uint32 indexed jurisdiction, uint8 weekdays, uint24 openSecond, uint24 closeSecond);
    /// @notice The jurisdiction works always again. Its days stay noted, for hours set later.
    event HoursRemoved(uint32 indexed jurisdiction);
    /// @notice `days_` are days since 1970-01-01 in UTC+08:00, and now of this kind; None: as their weekday says.
    event DaysSet(uint32 indexed jurisdiction, uint24[] days_, DayKind kind);

    /// @notice The jurisdiction was never opened, or is the network council, which has no accounts.
    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice At least one weekday, and opening before closing, which is at the latest at 86400.
    error InvalidHours(uint8 weekdays, uint24 openSecond, uint24 closeSecond);
    error HoursUnchanged(uint32 jurisdiction);
    /// @notice One call sets 1 to 100 days.
    error InvalidDayCount(uint256 count);
    error DayUnchanged(uint32 jurisdiction, uint24 day, DayKind kind);

    /// @notice Sets the usual week. Through the Desk.
    function setHours(uint32 jurisdiction, uint8 weekdays, uint24 openSecond, uint24 closeSecond) external;

    /// @notice Ends the restriction. Through the Desk.
    function removeHours(uint32 jurisdiction) external;

    /// @notice Notes holidays, working days that are none by their weekday, or (None) that a day is as its weekday says. Through the Desk.
    function setDays(uint32 jurisdiction, uint24[] calldata days_, DayKind kind) external;

    /// @notice Whether the jurisdiction works at a time, in seconds since 1970; true without a calendar.
    function isWorking(uint32 jurisdiction, uint256 timestampSeconds) external view returns (bool);
    /// @notice The usual week; all zero without a calendar.
    function hoursOf(uint32 jurisdiction) external view returns (Hours memory);
    /// @notice What was noted of a day.
    function dayOf(uint32 jurisdiction, uint24 day) external view returns (DayKind);
}
