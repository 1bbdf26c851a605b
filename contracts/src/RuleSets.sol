// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority} from "./IAuthority.sol";
import {CapBase, IRuleSets, RareRules, RuleSet} from "./IRuleSets.sol";
import {PackedRules, RulesInForce} from "./lib/PackedRules.sol";

/// @title Keeps the rule sets, and what of the one in force every offset reads in a slot of its own.
/// @notice See IRuleSets.
contract RuleSets is IRuleSets, DeskGuarded {
    uint256 private constant BPS = 10_000;
    /// Day numbers and so vintages begin here.
    uint16 private constant FIRST_YEAR = 1970;
    /// The largest signed 64-bit number, as every cap.
    uint64 private constant CAP_MAX = uint64(type(int64).max);
    uint256 private constant LIST_MAX = 50;
    uint256 private constant REVERSAL_SECONDS_MAX = 366 days;

    mapping(uint32 jurisdiction => mapping(uint16 year => RulesInForce)) private _inForce;
    mapping(uint32 jurisdiction => mapping(uint16 year => RareRules)) private _rare;
    /// Every version, the one in force too.
    mapping(uint32 jurisdiction => mapping(uint16 year => mapping(uint16 version => RuleSet))) private _ruleSets;
    /// Whether a version lists an area or a methodology. The key is `_listKey`.
    mapping(bytes32 key => bool) private _listed;

    constructor(IAuthority authority, address desk) DeskGuarded(authority, desk) {}

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IRuleSets
    function setRuleSet(uint32 jurisdiction, uint16 year, RuleSet calldata rules) external throughDesk {
        // The council (0) has no accounts.
        if (jurisdiction == 0 || !AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        uint16 previous = _inForce[jurisdiction][year].version();
        _checkRuleSet(year, rules);
        if (previous != 0) _checkChange(jurisdiction, year, previous, rules);

        uint16 version = previous + 1;
        _ruleSets[jurisdiction][year][version] = rules;
        _inForce[jurisdiction][year] = PackedRules.pack(rules, version);
        _rare[jurisdiction][year] =
            RareRules(rules.preferredShareMinBps, rules.poolGrams, rules.reservableUntil, rules.reversalSeconds);
        for (uint256 i = 0; i < rules.preferenceAreas.length; ++i) {
            _listed[_listKey(jurisdiction, year, version, bytes32(uint256(rules.preferenceAreas[i])))] = true;
        }
        for (uint256 i = 0; i < rules.methodologies.length; ++i) {
            _listed[_listKey(jurisdiction, year, version, rules.methodologies[i])] = true;
        }
        emit RuleSetSet(jurisdiction, year, version, rules);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IRuleSets
    function ruleSetOf(uint32 jurisdiction, uint16 year) external view returns (RuleSet memory rules, uint16 version) {
        version = _inForce[jurisdiction][year].version();
        rules = _ruleSets[jurisdiction][year][version];
    }

    /// @inheritdoc IRuleSets
    function ruleSetAt(uint32 jurisdiction, uint16 year, uint16 version) external view returns (RuleSet memory) {
        if (version == 0 || version > _inForce[jurisdiction][year].version()) {
            revert UnknownRuleSet(jurisdiction, year, version);
        }
        return _ruleSets[jurisdiction][year][version];
    }

    /// @inheritdoc IRuleSets
    function inForce(uint32 jurisdiction, uint16 year) external view returns (RulesInForce) {
        return _inForce[jurisdiction][year];
    }

    /// @inheritdoc IRuleSets
    function rareOf(uint32 jurisdiction, uint16 year) external view returns (RareRules memory) {
        return _rare[jurisdiction][year];
    }

    /// @inheritdoc IRuleSets
    function lists(uint32 jurisdiction, uint16 year, uint16 version, bytes32 entry) external view returns (bool) {
        return _listed[_listKey(jurisdiction, year, version, entry)];
    }

    // ------------------------------------------------------------- internal

    /// @dev An area is a small number and a methodology a hash, so one mapping serves both.
    function _listKey(uint32 jurisdiction, uint16 year, uint16 version, bytes32 entry) private pure returns (bytes32) {
        return keccak256(abi.encode(jurisdiction, year, version, entry));
    }

    /// @dev Offsets of a version without a pool would not be counted in it, so a year has one from the beginning or never.
    function _checkChange(uint32 jurisdiction, uint16 year, uint16 previous, RuleSet calldata rules) private view {
        RuleSet memory stored = _ruleSets[jurisdiction][year][previous];
        if (stored.pooled != rules.pooled) revert InvalidField("pooled");
        if (keccak256(abi.encode(stored)) == keccak256(abi.encode(rules))) revert RuleSetUnchanged(jurisdiction, year);
    }

    function _checkRuleSet(uint16 year, RuleSet calldata rules) private pure {
        if (year < FIRST_YEAR) revert InvalidField("year");
        if (rules.capBase == CapBase.None) revert InvalidField("capBase");
        if (rules.capBps == 0 || rules.capBps > BPS) revert InvalidField("capBps");
        if (rules.nonLocalCapBps > rules.capBps) revert InvalidField("nonLocalCapBps");
        if (rules.localShareMinBps > BPS) revert InvalidField("localShareMinBps");
        if (rules.firstVintage < FIRST_YEAR) revert InvalidField("firstVintage");
        if (rules.lastVintage < rules.firstVintage) revert InvalidField("lastVintage");
        if (rules.mechanisms == 0) revert InvalidField("mechanisms");
        if (rules.granularityGrams == 0 || rules.granularityGrams > type(uint56).max) {
            revert InvalidField("granularityGrams");
        }
        if (rules.opensAt == 0) revert InvalidField("opensAt");
        if (rules.deadline < rules.opensAt) revert InvalidField("deadline");
        if (rules.reversalSeconds > REVERSAL_SECONDS_MAX) revert InvalidField("reversalSeconds");
        if (rules.documentHash == bytes32(0)) revert InvalidField("documentHash");
        _checkPreference(rules);
        _checkMethodologies(rules);
        if ((rules.poolGrams != 0) != rules.pooled || rules.poolGrams > CAP_MAX) revert InvalidField("poolGrams");
        if (rules.reservableUntil > (rules.pooled ? rules.deadline : 0)) revert InvalidField("reservableUntil");
    }

    function _checkPreference(RuleSet calldata rules) private pure {
        uint32[] calldata areas = rules.preferenceAreas;
        bool prefers = rules.preferredShareMinBps != rules.localShareMinBps;
        // A share of 0 would always be met.
        if (rules.preferredShareMinBps > rules.localShareMinBps || (prefers && rules.preferredShareMinBps == 0)) {
            revert InvalidField("preferredShareMinBps");
        }
        if ((areas.length != 0) != prefers || areas.length > LIST_MAX) revert InvalidField("preferenceAreas");
        uint32 last = 0;
        for (uint256 i = 0; i < areas.length; ++i) {
            if (areas[i] <= last) revert InvalidField("preferenceAreas");
            last = areas[i];
        }
    }

    function _checkMethodologies(RuleSet calldata rules) private pure {
        bytes32[] calldata list = rules.methodologies;
        if ((list.length != 0) != rules.methodologiesListed || list.length > LIST_MAX) revert InvalidField("methodologies");
        bytes32 last = bytes32(0);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] <= last) revert InvalidField("methodologies");
            last = list[i];
        }
    }
}
