// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {
    CapBase,
    IRuleSets,
    LISTED,
    OWN_BOUNDARY,
    POOLED,
    PREFERENCE,
    PROVISIONAL,
    RareRules,
    RuleSet
} from "../src/IRuleSets.sol";
import {RulesInForce} from "../src/lib/PackedRules.sol";
import {Offsets} from "./Offsets.sol";

/// @notice Rule sets, as the Desk sets them.
contract RuleSetsTest is Offsets {
    function test_setRuleSet__not_through_desk__reverts() public {
        RuleSet memory rules = _rules();
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        ruleSets.setRuleSet(WUHAN, 2017, rules);
    }

    function test_setRuleSet__unknown_jurisdiction__reverts() public {
        uint32[2] memory unknown = [uint32(340_000), COUNCIL];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRuleSets.UnknownJurisdiction.selector, unknown[i]));
            vm.prank(address(desk));
            ruleSets.setRuleSet(unknown[i], YEAR, _rules());
        }
    }

    function test_setRuleSet__impossible_caps_and_shares__revert() public {
        RuleSet memory rules = _rules();
        _expectRefused(1969, rules, "year");
        rules.capBase = CapBase.None;
        _expectRefused(rules, "capBase");
        rules = _rules();
        rules.capBps = 0;
        _expectRefused(rules, "capBps");
        rules.capBps = 10_001;
        _expectRefused(rules, "capBps");
        rules = _rules();
        rules.nonLocalCapBps = rules.capBps + 1;
        _expectRefused(rules, "nonLocalCapBps");
        rules = _rules();
        rules.localShareMinBps = 10_001;
        _expectRefused(rules, "localShareMinBps");
    }

    function test_setRuleSet__impossible_preferences__revert() public {
        RuleSet memory rules = _preferring();
        rules.preferredShareMinBps = rules.localShareMinBps + 1;
        _expectRefused(rules, "preferredShareMinBps");
        rules.preferredShareMinBps = 0;
        _expectRefused(rules, "preferredShareMinBps");
        // No preference, but areas; a preference without any; too many; twice the same; 0 is none.
        rules.preferredShareMinBps = rules.localShareMinBps;
        _expectRefused(rules, "preferenceAreas");
        rules = _preferring();
        rules.preferenceAreas = new uint32[](0);
        _expectRefused(rules, "preferenceAreas");
        rules.preferenceAreas = new uint32[](51);
        for (uint32 i = 0; i < 51; ++i) {
            rules.preferenceAreas[i] = i + 1;
        }
        _expectRefused(rules, "preferenceAreas");
        rules = _preferring();
        rules.preferenceAreas[1] = rules.preferenceAreas[0];
        _expectRefused(rules, "preferenceAreas");
        rules.preferenceAreas = new uint32[](1);
        _expectRefused(rules, "preferenceAreas");
    }

    function test_setRuleSet__impossible_eligibility__reverts() public {
        RuleSet memory rules = _rules();
        rules.firstVintage = 1969;
        _expectRefused(rules, "firstVintage");
        rules = _rules();
        rules.lastVintage = rules.firstVintage - 1;
        _expectRefused(rules, "lastVintage");
        rules = _rules();
        rules.mechanisms = 0;
        _expectRefused(rules, "mechanisms");
        rules = _rules();
        rules.methodologiesListed = true;
        _expectRefused(rules, "methodologies");
        rules.methodologies = new bytes32[](51);
        for (uint256 i = 0; i < 51; ++i) {
            rules.methodologies[i] = bytes32(i + 1);
        }
        _expectRefused(rules, "methodologies");
        rules.methodologies = new bytes32[](2);
        (rules.methodologies[0], rules.methodologies[1]) = (METHOD, METHOD);
        _expectRefused(rules, "methodologies");
        rules.methodologiesListed = false;
        _expectRefused(rules, "methodologies");
    }

    function test_setRuleSet__impossible_times_and_amounts__revert() public {
        RuleSet memory rules = _rules();
        rules.granularityGrams = 0;
        _expectRefused(rules, "granularityGrams");
        rules.granularityGrams = uint64(type(uint56).max) + 1;
        _expectRefused(rules, "granularityGrams");
        rules = _rules();
        rules.opensAt = 0;
        _expectRefused(rules, "opensAt");
        rules = _rules();
        rules.deadline = rules.opensAt - 1;
        _expectRefused(rules, "deadline");
        rules = _rules();
        rules.reversalSeconds = 366 days + 1;
        _expectRefused(rules, "reversalSeconds");
        rules = _rules();
        rules.documentHash = bytes32(0);
        _expectRefused(rules, "documentHash");
    }

    function test_setRuleSet__impossible_pools__revert() public {
        RuleSet memory rules = _rules();
        rules.poolGrams = 1;
        _expectPoolRefused(rules, "poolGrams");
        rules.pooled = true;
        rules.poolGrams = 0;
        _expectPoolRefused(rules, "poolGrams");
        rules.poolGrams = uint64(type(int64).max) + 1;
        _expectPoolRefused(rules, "poolGrams");
        rules.poolGrams = 1;
        rules.reservableUntil = rules.deadline + 1;
        _expectPoolRefused(rules, "reservableUntil");
        (rules.pooled, rules.poolGrams, rules.reservableUntil) = (false, 0, 1);
        _expectPoolRefused(rules, "reservableUntil");
    }

    /// @dev Offsets before would not be counted in a pool that comes later, and those of a pool that goes would be lost.
    function test_setRuleSet__pool_that_comes_or_goes__reverts() public {
        RuleSet memory rules = _rules();
        (rules.pooled, rules.poolGrams) = (true, 100);
        _expectRefused(rules, "pooled");
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
        _expectRefused(YEAR + 1, _rules(), "pooled");
        // Another size is another version.
        rules.poolGrams = 200;
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
    }

    function test_setRuleSet__unchanged__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IRuleSets.RuleSetUnchanged.selector, WUHAN, YEAR));
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR, _rules());
        RuleSet memory rules = _preferring();
        _setRules(rules);
        vm.expectRevert(abi.encodeWithSelector(IRuleSets.RuleSetUnchanged.selector, WUHAN, YEAR));
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR, rules);
        rules.preferenceAreas[1] += 1;
        _setRules(rules);
    }

    function test_setRuleSet__is_the_next_version_past_ones_stay_readable() public {
        RuleSet memory rules = _full();
        vm.expectEmit(true, true, true, true, address(ruleSets));
        emit IRuleSets.RuleSetSet(WUHAN, YEAR + 1, 1, rules);
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
        RuleSet memory later = _full();
        later.capBps = 1000;
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, later);

        (RuleSet memory stored, uint16 version) = ruleSets.ruleSetOf(WUHAN, YEAR + 1);
        assertEq(version, 2, "version");
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(later)), "in force");
        stored = ruleSets.ruleSetAt(WUHAN, YEAR + 1, 1);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(rules)), "version 1");
        (, version) = ruleSets.ruleSetOf(WUHAN, YEAR + 2);
        assertEq(version, 0, "other years have none");
        (, version) = ruleSets.ruleSetOf(SHANGHAI, YEAR);
        assertEq(version, 0, "other jurisdictions have none");
    }

    function test_inForce__is_what_was_set() public {
        RuleSet memory rules = _full();
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
        _assertPacked(ruleSets.inForce(WUHAN, YEAR + 1), rules, 1);
        uint8[5] memory flags = [OWN_BOUNDARY, LISTED, PREFERENCE, POOLED, PROVISIONAL];
        for (uint256 i = 0; i < flags.length; ++i) {
            assertTrue(ruleSets.inForce(WUHAN, YEAR + 1).has(flags[i]), "flag");
        }
        RareRules memory rare = ruleSets.rareOf(WUHAN, YEAR + 1);
        RareRules memory rest =
            RareRules(rules.preferredShareMinBps, rules.poolGrams, rules.reservableUntil, rules.reversalSeconds);
        assertEq(keccak256(abi.encode(rare)), keccak256(abi.encode(rest)), "rare part");
        assertTrue(ruleSets.lists(WUHAN, YEAR + 1, 1, METHOD), "methodology");
        assertTrue(ruleSets.lists(WUHAN, YEAR + 1, 1, bytes32(uint256(420_117))), "area");
        assertTrue(!ruleSets.lists(WUHAN, YEAR + 1, 2, METHOD), "of this version");
        assertTrue(!ruleSets.lists(WUHAN, YEAR, 1, METHOD), "of this year");

        RuleSet memory bare = _rules();
        bare.ownBoundaryExcluded = false;
        _setRules(bare);
        assertTrue(!ruleSets.inForce(WUHAN, YEAR).has(type(uint8).max), "no flags");
    }

    /// @dev The largest values and the smallest, each beside the other: a field that reached into its neighbour would change it.
    function test_inForce__extreme_values__keep_apart() public {
        for (uint256 i = 0; i < 2; ++i) {
            RuleSet memory rules = _rules();
            bool odd = i == 1;
            rules.capBase = odd ? CapBase.AmountDue : CapBase.InitialAllocation;
            rules.capBps = odd ? 1 : 10_000;
            rules.nonLocalCapBps = 0;
            rules.localShareMinBps = odd ? 0 : 10_000;
            rules.preferredShareMinBps = rules.localShareMinBps;
            rules.firstVintage = 1970;
            rules.lastVintage = odd ? 1970 : type(uint16).max;
            rules.granularityGrams = odd ? 1 : type(uint56).max;
            rules.opensAt = odd ? type(uint40).max : 1;
            rules.deadline = type(uint40).max;
            rules.mechanisms = odd ? 1 : type(uint8).max;
            _setRules(rules);
            (, uint16 version) = ruleSets.ruleSetOf(WUHAN, YEAR);
            _assertPacked(ruleSets.inForce(WUHAN, YEAR), rules, version);
        }
    }

    function test_ruleSetAt__unknown_version__reverts() public {
        for (uint16 version = 0; version <= 2; version += 2) {
            vm.expectRevert(abi.encodeWithSelector(IRuleSets.UnknownRuleSet.selector, WUHAN, YEAR, version));
            ruleSets.ruleSetAt(WUHAN, YEAR, version);
        }
    }

    // ------------------------------------------------------------- helpers

    function _preferring() private view returns (RuleSet memory rules) {
        rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (7000, 6000);
        rules.preferenceAreas = new uint32[](2);
        (rules.preferenceAreas[0], rules.preferenceAreas[1]) = (420_116, 420_117);
    }

    /// @dev Every feature at once.
    function _full() private view returns (RuleSet memory rules) {
        rules = _preferring();
        (rules.nonLocalCapBps, rules.mechanisms, rules.methodologiesListed) = (250, 131, true);
        rules.methodologies = new bytes32[](2);
        (rules.methodologies[0], rules.methodologies[1]) = (bytes32(uint256(1)), METHOD);
        (rules.pooled, rules.poolGrams, rules.reservableUntil) = (true, 777, rules.deadline);
        (rules.reversalSeconds, rules.granularityGrams) = (366 days, type(uint56).max);
    }

    function _expectRefused(RuleSet memory rules, bytes32 field) private {
        _expectRefused(YEAR, rules, field);
    }

    /// @dev In a year without rules, where a pool may still be decided.
    function _expectPoolRefused(RuleSet memory rules, bytes32 field) private {
        _expectRefused(YEAR + 1, rules, field);
    }

    function _expectRefused(uint16 year, RuleSet memory rules, bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(IRuleSets.InvalidField.selector, field));
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, year, rules);
    }

    function _assertPacked(RulesInForce packed, RuleSet memory rules, uint16 version) private pure {
        assertEq(uint8(packed.capBase()), uint8(rules.capBase), "cap base");
        assertEq(packed.capBps(), rules.capBps, "cap");
        assertEq(packed.nonLocalCapBps(), rules.nonLocalCapBps, "cap on credits from elsewhere");
        assertEq(packed.localShareMinBps(), rules.localShareMinBps, "local share");
        assertEq(packed.firstVintage(), rules.firstVintage, "first vintage");
        assertEq(packed.lastVintage(), rules.lastVintage, "last vintage");
        assertEq(packed.granularityGrams(), rules.granularityGrams, "granularity");
        assertEq(packed.opensAt(), rules.opensAt, "first second");
        assertEq(packed.deadline(), rules.deadline, "last second");
        assertEq(packed.version(), version, "version");
        assertEq(packed.mechanisms(), rules.mechanisms, "mechanisms");
    }
}
