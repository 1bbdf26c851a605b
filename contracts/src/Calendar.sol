// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {DayKind, Hours, ICalendar} from "./ICalendar.sol";

/// @title Keeps the working hours of the jurisdictions and says whether one works now.
/// @notice See ICalendar. A part of TransferRules: every transfer asks it, and a call to another contract would cost each of them 3,000 gas.
abstract contract Calendar is ICalendar, DeskGuarded {
    uint32 private constant COUNCIL = 0;
    uint256 private constant DAYS_MAX = 100;
    uint8 private constant ALL_WEEKDAYS = 127;
    uint256 internal constant DAY_SECONDS = 1 days;
    /// @dev China has one time zone and no summer time.
    uint256 internal constant ZONE_SECONDS = 8 hours;
    /// @dev 1970-01-01 was a Thursday, and the week begins with Monday.
    uint256 private constant WEEKDAY_OF_DAY_0 = 3;

    mapping(uint32 jurisdiction => Hours) private _hours;
    mapping(uint32 jurisdiction => mapping(uint256 day => DayKind)) private _days;

    modifier onlyOpen(uint32 jurisdiction) {
        if (jurisdiction == COUNCIL || !AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        _;
    }

    /// @inheritdoc ICalendar
    function setHours(uint32 jurisdiction, uint8 weekdays, uint24 openSecond, uint24 closeSecond)
        external
        throughDesk
        onlyOpen(jurisdiction)
    {
        bool fits =
            weekdays != 0 && weekdays <= ALL_WEEKDAYS && openSecond < closeSecond && closeSecond <= DAY_SECONDS;
        if (!fits) revert InvalidHours(weekdays, openSecond, closeSecond);
        Hours memory stored = _hours[jurisdiction];
        bool same = stored.weekdays == weekdays && stored.openSecond == openSecond && stored.closeSecond == closeSecond;
        if (same) revert HoursUnchanged(jurisdiction);
        _hours[jurisdiction] = Hours(weekdays, openSecond, closeSecond, true);
        emit HoursSet(jurisdiction, weekdays, openSecond, closeSecond);
    }

    /// @inheritdoc ICalendar
    function removeHours(uint32 jurisdiction) external throughDesk {
        if (!_hours[jurisdiction].isSet) revert HoursUnchanged(jurisdiction);
        delete _hours[jurisdiction];
        emit HoursRemoved(jurisdiction);
    }

    /// @inheritdoc ICalendar
    function setDays(uint32 jurisdiction, uint24[] calldata days_, DayKind kind) external throughDesk onlyOpen(jurisdiction) {
        if (days_.length == 0 || days_.length > DAYS_MAX) revert InvalidDayCount(days_.length);
        for (uint256 i = 0; i < days_.length; ++i) {
            if (_days[jurisdiction][days_[i]] == kind) revert DayUnchanged(jurisdiction, days_[i], kind);
            _days[jurisdiction][days_[i]] = kind;
        }
        emit DaysSet(jurisdiction, days_, kind);
    }

    /// @inheritdoc ICalendar
    function isWorking(uint32 jurisdiction, uint256 timestampSeconds) public view returns (bool) {
        Hours storage stored = _hours[jurisdiction];
        // All are read before the first question, so that the optimizer reads their slot once.
        (uint256 weekdays, uint256 openSecond, uint256 closeSecond, bool isSet) =
            (stored.weekdays, stored.openSecond, stored.closeSecond, stored.isSet);
        if (!isSet) return true;
        uint256 localSeconds = timestampSeconds + ZONE_SECONDS;
        // The time of day; nothing is drawn by lot.
        // slither-disable-next-line weak-prng
        uint256 secondOfDay = localSeconds % DAY_SECONDS;
        if (secondOfDay < openSecond || secondOfDay >= closeSecond) return false;
        uint256 day = localSeconds / DAY_SECONDS;
        DayKind kind = _days[jurisdiction][day];
        if (kind != DayKind.None) return kind == DayKind.WorkingDay;
        // The weekday, and its bit of a mask: no lot, and no amount that somebody could nudge.
        // slither-disable-next-line weak-prng,incorrect-equality
        return weekdays >> ((day + WEEKDAY_OF_DAY_0) % 7) & 1 == 1;
    }

    /// @inheritdoc ICalendar
    function hoursOf(uint32 jurisdiction) external view returns (Hours memory) {
        return _hours[jurisdiction];
    }

    /// @inheritdoc ICalendar
    function dayOf(uint32 jurisdiction, uint24 day) external view returns (DayKind) {
        return _days[jurisdiction][day];
    }
}
