// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../src/IAuthority.sol";
import {Quote, Rule} from "../src/ICompliance.sol";
import {IEmissions} from "../src/IEmissions.sol";
import {Obligation} from "../src/IObligations.sol";
import {CapBase, RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice The rules that limit the grams of an offset, one by one: less, equal, one more.
contract ComplianceLimitsTest is Offsets {
    function test_offset__non_local_cap() public {
        RuleSet memory rules = _rules();
        rules.nonLocalCapBps = 250;
        _setRules(rules);
        _expectRule(farBatch, 510, Rule.NonLocalCap, 500);
        _offset(_line(farBatch, 500));
        _expectRule(farBatch, 10, Rule.NonLocalCap, 0);
        assertEq(_quote(farBatch).nonLocalCapGrams, 500, "cap");
        assertEq(_quote(localBatch).nonLocalCapHeadroom, NO_LIMIT, "local ones are not limited by it");
        _expectRule(localBatch, 510, Rule.Cap, 500);
        _offset(_line(localBatch, 500));
        // None at all from elsewhere.
        rules.nonLocalCapBps = 0;
        rules.capBps = 1000;
        _setRules(rules);
        _expectRule(farBatch, 10, Rule.NonLocalCap, 0);
    }

    function test_offset__locked_frozen_and_recalled_grams_are_no_balance() public {
        _install(Role.Locker, address(this));
        _install(Role.Corrector, address(this));
        credits.lock(enterprise, localBatch, HELD - 500);
        _expectRule(localBatch, 510, Rule.Balance, 500);
        credits.recall(enterprise, localBatch, 300);
        _expectRule(localBatch, 510, Rule.Balance, 200);
        credits.setFrozenTokens(enterprise, localBatch, HELD);
        _expectRule(localBatch, 10, Rule.Balance, 0);
    }

    function test_offset__cap_one_gram_above() public {
        _expectRule(localBatch, CAP + 1, Rule.Cap, CAP);
        _offset(_line(localBatch, CAP));
        // Exhausted: Cap, although every other headroom is larger and 0 is a multiple.
        _expectRule(localBatch, 1, Rule.Cap, 0);
        _expectRule(farBatch, 10, Rule.Cap, 0);
    }

    function test_offset__cap_is_floored() public {
        // 5 % of 20,199 is 1009.95.
        _setObligation(_owed(20_199));
        Quote memory quote = _quote(localBatch);
        assertEq(quote.capGrams, 1009, "cap");
        assertEq(quote.grams, 1000, "floored to the granularity");
        assertEq(uint8(quote.binding), uint8(Rule.Cap), "binding");
        _expectRule(localBatch, 1010, Rule.Cap, 1000);
        _expectRule(localBatch, 1001, Rule.Granularity, 1000);
    }

    function test_offset__cap_of_each_base() public {
        _verifyEmissions(30_000);
        _setObligation(Obligation(10_000, 20_000, 30_000, 40_000));
        RuleSet memory rules = _rules();
        CapBase[4] memory bases =
            [CapBase.InitialAllocation, CapBase.IssuedAllowances, CapBase.VerifiedEmissions, CapBase.AmountDue];
        for (uint256 i = 0; i < bases.length; ++i) {
            (rules.capBase, rules.capBps, rules.nonLocalCapBps) = (bases[i], 1000, 1000);
            _setRules(rules);
            assertEq(_quote(localBatch).capGrams, 1000 * (i + 1), "cap");
        }
    }

    function test_offset__cap_of_a_base_not_known_yet() public {
        RuleSet memory rules = _rules();
        rules.capBase = CapBase.VerifiedEmissions;
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Cap, 0);
    }

    function test_offset__cap_of_the_largest_obligation() public {
        RuleSet memory rules = _rules();
        (rules.capBps, rules.nonLocalCapBps) = (10_000, 10_000);
        _setRules(rules);
        _setObligation(_owed(type(uint64).max));
        // Used grams are never more than the cap, so they fit a signed 64-bit number.
        assertEq(_quote(localBatch).capGrams, uint64(type(int64).max), "cap");
        _setObligation(_owed(uint64(type(int64).max) - 1));
        assertEq(_quote(localBatch).capGrams, uint64(type(int64).max) - 1, "one gram less");
        _expectRule(localBatch, HELD + 10, Rule.Balance, HELD);
    }

    function test_offset__cap_lowered_under_what_was_offset() public {
        _offset(_line(localBatch, 500));
        RuleSet memory rules = _rules();
        (rules.capBps, rules.nonLocalCapBps) = (100, 100);
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Cap, 0);
    }

    function test_offset__local_share() public {
        _setLocalShare(7000);
        _expectRule(farBatch, 10, Rule.LocalShare, 0);
        _offset(_line(localBatch, 500));
        // 500 local grams are 70 % of 714.28..., so 214 from elsewhere, 210 by the granularity.
        Quote memory quote = _quote(farBatch);
        assertEq(quote.localShareHeadroom, 214, "headroom");
        _expectRule(farBatch, 220, Rule.LocalShare, 210);
        _offset(_line(farBatch, 210));
        // 4 grams of headroom are less than the granularity.
        _expectRule(farBatch, 1, Rule.Granularity, 0);
        quote = _quote(farBatch);
        assertEq(uint8(quote.binding), uint8(Rule.Granularity), "quoted rule");
        assertEq(_quote(localBatch).localShareHeadroom, type(uint64).max, "local: no limit");
    }

    function test_offset__local_share_of_everything() public {
        _setLocalShare(10_000);
        _offset(_line(localBatch, 500));
        _expectRule(farBatch, 10, Rule.LocalShare, 0);
        _offset(_line(localBatch, 500));
    }

    function test_offset__local_share_raised_over_what_was_offset() public {
        _offset(_line(farBatch, 500));
        _setLocalShare(5000);
        _expectRule(farBatch, 10, Rule.LocalShare, 0);
        _offset(_line(localBatch, 500));
        assertEq(_quote(farBatch).localShareHeadroom, 0, "just met");
    }

    function test_offset__local_share_ties_are_the_earlier_rule() public {
        // Half must be local: after 500 local grams both the cap and the local share leave 500.
        _setLocalShare(5000);
        _offset(_line(localBatch, 500));
        Quote memory quote = _quote(farBatch);
        assertEq(quote.capHeadroom, 500, "cap");
        assertEq(quote.localShareHeadroom, 500, "local share");
        assertEq(uint8(quote.binding), uint8(Rule.Cap), "binding");
    }

    function test_offset__balance() public {
        vm.prank(agent);
        credits.safeTransferFrom(enterprise, buyer, localBatch, HELD - 500, "");
        _expectRule(localBatch, 510, Rule.Balance, 500);
        _offset(_line(localBatch, 500));
        _expectRule(localBatch, 10, Rule.Balance, 0);
    }

    function test_offset__granularity() public {
        _expectRule(localBatch, 9, Rule.Granularity, CAP);
        _expectRule(localBatch, 11, Rule.Granularity, CAP);
        vm.prank(agent);
        credits.safeTransferFrom(enterprise, buyer, localBatch, HELD - 9, "");
        _expectRule(localBatch, 9, Rule.Granularity, 0);
        _expectRule(localBatch, 10, Rule.Granularity, 0);
        assertEq(uint8(_quote(localBatch).binding), uint8(Rule.Granularity), "quoted rule");
    }

    // ----------------------------------------------------------- arithmetic

    /// @dev The exact inequality: local * 10,000 >= share * (local + other), and one gram more would break it.
    function testFuzz_localShare__is_exact(uint64 local, uint16 shareBps) public {
        local = uint64(bound(local, 1, HELD));
        uint256 share = bound(shareBps, 1, 10_000);
        RuleSet memory rules = _rules();
        (rules.capBps, rules.nonLocalCapBps, rules.granularityGrams) = (10_000, 10_000, 1);
        (rules.localShareMinBps, rules.preferredShareMinBps) = (uint16(share), uint16(share));
        _setRules(rules);
        _setObligation(_owed(type(uint64).max));
        _offset(_line(localBatch, local));
        uint256 headroom = _quote(farBatch).localShareHeadroom;
        assertTrue(uint256(local) * 10_000 >= share * (local + headroom), "holds");
        assertTrue(uint256(local) * 10_000 < share * (local + headroom + 1), "and not with one gram more");
    }

    // ------------------------------------------------------------- helpers

    function _verifyEmissions(uint64 grams) private {
        vm.mockCall(address(emissions), abi.encodeCall(IEmissions.verifiedOf, (enterprise, YEAR)), abi.encode(grams));
    }

    function _setLocalShare(uint16 bps) private {
        RuleSet memory rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (bps, bps);
        _setRules(rules);
    }
}
