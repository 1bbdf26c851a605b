// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CapBase, LISTED, OWN_BOUNDARY, POOLED, PREFERENCE, PROVISIONAL, RuleSet} from "../IRuleSets.sol";

/// @notice What every offset reads of the rule set in force, in one word; 0: there is none. From the lowest bit: cap base 8, cap 16, cap
/// on credits from elsewhere 16, local share 16, first and last vintage 16 each, granularity 56, first and last second 40 each,
/// version 16, mechanisms 8, flags 8.
type RulesInForce is uint256;

using PackedRules for RulesInForce global;

/// @title Offset rules packed into a word.
/// @notice Every offset is handed one; as a struct it would cost thousands of gas on its way. The casts cut off what lies above each.
library PackedRules {
    uint256 private constant CAP_AT = 8;
    uint256 private constant NON_LOCAL_CAP_AT = 24;
    uint256 private constant LOCAL_SHARE_AT = 40;
    uint256 private constant FIRST_VINTAGE_AT = 56;
    uint256 private constant LAST_VINTAGE_AT = 72;
    uint256 private constant GRANULARITY_AT = 88;
    uint256 private constant OPENS_AT = 144;
    uint256 private constant DEADLINE_AT = 184;
    uint256 private constant VERSION_AT = 224;
    uint256 private constant MECHANISMS_AT = 240;
    uint256 private constant FLAGS_AT = 248;

    /// @notice The word of a rule set that was checked, so that its granularity fits 56 bits.
    function pack(RuleSet calldata rules, uint16 version_) internal pure returns (RulesInForce) {
        uint256 word = uint256(rules.capBase) | uint256(rules.capBps) << CAP_AT;
        word |= uint256(rules.nonLocalCapBps) << NON_LOCAL_CAP_AT | uint256(rules.localShareMinBps) << LOCAL_SHARE_AT;
        word |= uint256(rules.firstVintage) << FIRST_VINTAGE_AT | uint256(rules.lastVintage) << LAST_VINTAGE_AT;
        word |= uint256(rules.granularityGrams) << GRANULARITY_AT;
        word |= uint256(rules.opensAt) << OPENS_AT | uint256(rules.deadline) << DEADLINE_AT;
        word |= uint256(version_) << VERSION_AT | uint256(rules.mechanisms) << MECHANISMS_AT;
        return RulesInForce.wrap(word | uint256(_flagsOf(rules)) << FLAGS_AT);
    }

    function capBase(RulesInForce self) internal pure returns (CapBase) {
        return CapBase(uint8(RulesInForce.unwrap(self)));
    }

    function capBps(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> CAP_AT);
    }

    function nonLocalCapBps(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> NON_LOCAL_CAP_AT);
    }

    function localShareMinBps(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> LOCAL_SHARE_AT);
    }

    function firstVintage(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> FIRST_VINTAGE_AT);
    }

    function lastVintage(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> LAST_VINTAGE_AT);
    }

    function granularityGrams(RulesInForce self) internal pure returns (uint56) {
        return uint56(RulesInForce.unwrap(self) >> GRANULARITY_AT);
    }

    function opensAt(RulesInForce self) internal pure returns (uint40) {
        return uint40(RulesInForce.unwrap(self) >> OPENS_AT);
    }

    function deadline(RulesInForce self) internal pure returns (uint40) {
        return uint40(RulesInForce.unwrap(self) >> DEADLINE_AT);
    }

    /// @notice The version in force; 0 means none.
    function version(RulesInForce self) internal pure returns (uint16) {
        return uint16(RulesInForce.unwrap(self) >> VERSION_AT);
    }

    function mechanisms(RulesInForce self) internal pure returns (uint8) {
        return uint8(RulesInForce.unwrap(self) >> MECHANISMS_AT);
    }

    /// @notice Whether any of these flags is set.
    function has(RulesInForce self, uint8 flags) internal pure returns (bool) {
        return RulesInForce.unwrap(self) >> FLAGS_AT & flags != 0;
    }

    function _flagsOf(RuleSet calldata rules) private pure returns (uint8 flags) {
        if (rules.ownBoundaryExcluded) flags |= OWN_BOUNDARY;
        if (rules.methodologiesListed) flags |= LISTED;
        if (rules.preferredShareMinBps != rules.localShareMinBps) flags |= PREFERENCE;
        if (rules.pooled) flags |= POOLED;
        if (rules.reversalSeconds != 0) flags |= PROVISIONAL;
    }
}
