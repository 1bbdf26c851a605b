// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {CapBase, ICompliance, Obligation, Quote, Rule, RuleSet, Used} from "../src/ICompliance.sol";
import {ICredits, Line, Purpose, Retirement} from "../src/ICredits.sol";
import {FilingStatus} from "../src/IFilings.sol";
import {Offsets} from "./Offsets.sol";

/// @notice `offset` and `quote`, rule by rule.
contract ComplianceTest is Offsets {
    // ------------------------------------------------- before any rule

    function test_offset__by_another_than_an_agent__reverts() public {
        address[3] memory callers = [outsider, buyerAgent, enterprise];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICompliance.NotAgent.selector, enterprise, callers[i]));
            vm.prank(callers[i]);
            compliance.offset(enterprise, YEAR, _line(localBatch, 10), BENEFICIARY, STATEMENT);
        }
    }

    function test_offset__none_or_fifty_one_lines__reverts() public {
        bytes4 count = ICompliance.InvalidLineCount.selector;
        _expectRefused(new Line[](0), abi.encodeWithSelector(count, uint256(0)));
        _expectRefused(new Line[](51), abi.encodeWithSelector(count, uint256(51)));
    }

    function test_offset__zero_grams__reverts() public {
        _expectRefused(_line(localBatch, 0), abi.encodeWithSelector(ICompliance.ZeroGrams.selector));
    }

    // ------------------------------------- rules that refuse any amount

    function test_offset__no_rule_set() public {
        uint16 year = YEAR + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICompliance.OffsetRefused.selector, enterprise, year, localBatch, Rule.NoRuleSet, uint64(10), uint64(0)
            )
        );
        vm.prank(agent);
        compliance.offset(enterprise, year, _line(localBatch, 10), BENEFICIARY, STATEMENT);
        Quote memory quote = compliance.quote(enterprise, year, localBatch);
        assertEq(uint8(quote.binding), uint8(Rule.NoRuleSet), "binding");
        assertEq(quote.ruleVersion, 0, "version");
        quote = compliance.quote(outsider, YEAR, localBatch);
        assertEq(uint8(quote.binding), uint8(Rule.NoRuleSet), "an address that is no account");
    }

    function test_offset__no_obligation() public {
        Quote memory quote = compliance.quote(buyer, YEAR, localBatch);
        assertEq(uint8(quote.binding), uint8(Rule.NoObligation), "binding");
        assertEq(quote.ruleVersion, 1, "version");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICompliance.OffsetRefused.selector, buyer, YEAR, localBatch, Rule.NoObligation, uint64(10), uint64(0)
            )
        );
        vm.prank(buyerAgent);
        compliance.offset(buyer, YEAR, _line(localBatch, 10), BENEFICIARY, STATEMENT);
    }

    function test_offset__account_status() public {
        _setStatus(enterprise, AccountStatus.Frozen);
        _expectRule(localBatch, 10, Rule.AccountStatus, 0);
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, CAP, "the cap is told all the same");
        _setStatus(enterprise, AccountStatus.Restricted);
        _offset(_line(localBatch, 10));
    }

    function test_offset__opening_and_deadline() public {
        RuleSet memory rules = _rules();
        rules.opensAt += 100;
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.BeforeOpening, 0);
        vm.warp(rules.opensAt - 1);
        _expectRule(localBatch, 10, Rule.BeforeOpening, 0);
        vm.warp(rules.opensAt);
        _offset(_line(localBatch, 10));
        vm.warp(rules.deadline);
        _offset(_line(localBatch, 10));
        vm.warp(uint256(rules.deadline) + 1);
        _expectRule(localBatch, 10, Rule.AfterDeadline, 0);
    }

    function test_offset__unknown_batch() public {
        _expectRule(localBatch + 1, 10, Rule.UnknownBatch, 0);
        _expectRule(localBatch | 1 << 200, 10, Rule.UnknownBatch, 0);
        // Accepted but not issued.
        _accept(WUHAN_PROJECT, 100);
        _expectRule(localBatch + 1, 10, Rule.UnknownBatch, 0);
    }

    function test_offset__not_in_force() public {
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
        _expectRule(localBatch, 10, Rule.NotInForce, 0);
        _offset(_line(farBatch, 10));
        vm.prank(address(desk));
        filings.setMethodologyStatus(COUNCIL, METHOD, FilingStatus.Suspended, REASON);
        _expectRule(farBatch, 10, Rule.NotInForce, 0);
    }

    function test_offset__vintage() public {
        RuleSet memory rules = _rules();
        (rules.firstVintage, rules.lastVintage) = (2017, 2018);
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Vintage, 0);
        (rules.firstVintage, rules.lastVintage) = (2010, 2015);
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Vintage, 0);
        (rules.firstVintage, rules.lastVintage) = (2016, 2016);
        _setRules(rules);
        _offset(_line(localBatch, 10));
    }

    function test_offset__own_boundary() public {
        uint64 projectId = _fileProject(WUHAN, platform, enterprise, CEILING);
        uint256 ownBatch = _issueTo(enterprise, projectId, 100);
        _expectRule(ownBatch, 10, Rule.OwnBoundary, 0);
    }

    // ------------------------------------------- rules that limit grams

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
        Quote memory quote = compliance.quote(enterprise, YEAR, localBatch);
        assertEq(quote.capGrams, 1009, "cap");
        assertEq(quote.grams, 1000, "floored to the granularity");
        assertEq(uint8(quote.binding), uint8(Rule.Cap), "binding");
        _expectRule(localBatch, 1010, Rule.Cap, 1000);
        _expectRule(localBatch, 1001, Rule.Granularity, 1000);
    }

    function test_offset__cap_of_each_base() public {
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR, Obligation(10_000, 20_000, 30_000, 40_000));
        RuleSet memory rules = _rules();
        CapBase[4] memory bases =
            [CapBase.InitialAllocation, CapBase.IssuedAllowances, CapBase.VerifiedEmissions, CapBase.AmountDue];
        for (uint256 i = 0; i < bases.length; ++i) {
            (rules.capBase, rules.capBps) = (bases[i], 1000);
            _setRules(rules);
            assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, 1000 * (i + 1), "cap");
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
        rules.capBps = 10_000;
        _setRules(rules);
        _setObligation(_owed(type(uint64).max));
        // Used grams are never more than the cap, so they fit a signed 64-bit number.
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, uint64(type(int64).max), "cap");
        _setObligation(_owed(uint64(type(int64).max) - 1));
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, uint64(type(int64).max) - 1, "one gram less");
        _expectRule(localBatch, HELD + 10, Rule.Balance, HELD);
    }

    function test_offset__cap_lowered_under_what_was_offset() public {
        _offset(_line(localBatch, 500));
        RuleSet memory rules = _rules();
        rules.capBps = 100;
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Cap, 0);
    }

    function test_offset__local_share() public {
        _setLocalShare(7000);
        _expectRule(farBatch, 10, Rule.LocalShare, 0);
        _offset(_line(localBatch, 500));
        // 500 local grams are 70 % of 714.28..., so 214 from elsewhere, 210 by the granularity.
        Quote memory quote = compliance.quote(enterprise, YEAR, farBatch);
        assertEq(quote.localShareHeadroom, 214, "headroom");
        _expectRule(farBatch, 220, Rule.LocalShare, 210);
        _offset(_line(farBatch, 210));
        // 4 grams of headroom are less than the granularity.
        _expectRule(farBatch, 1, Rule.Granularity, 0);
        quote = compliance.quote(enterprise, YEAR, farBatch);
        assertEq(uint8(quote.binding), uint8(Rule.Granularity), "quoted rule");
        assertEq(compliance.quote(enterprise, YEAR, localBatch).localShareHeadroom, type(uint64).max, "local: no limit");
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
        assertEq(compliance.quote(enterprise, YEAR, farBatch).localShareHeadroom, 0, "just met");
    }

    function test_offset__local_share_ties_are_the_earlier_rule() public {
        // Half must be local: after 500 local grams both the cap and the local share leave 500.
        _setLocalShare(5000);
        _offset(_line(localBatch, 500));
        Quote memory quote = compliance.quote(enterprise, YEAR, farBatch);
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
        assertEq(uint8(compliance.quote(enterprise, YEAR, localBatch).binding), uint8(Rule.Granularity), "quoted rule");
    }

    // ------------------------------------------------------------ success

    function test_offset__stores_and_tells() public {
        _setLocalShare(5000);
        Line[] memory lines = _twoLines(localBatch, 100, farBatch, 60);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(1, localBatch, enterprise, 0, 100, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(1, enterprise, YEAR, localBatch, 100, true, 2, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(2, enterprise, YEAR, farBatch, 60, false, 2, agent);
        uint64[] memory ids = _offset(lines);

        assertEq(ids.length, 2, "ids");
        assertEq(ids[0], 1, "first id");
        assertEq(ids[1], 2, "second id");
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.localGrams, 100, "local");
        assertEq(used.otherGrams, 60, "from elsewhere");
        assertEq(credits.balanceOf(enterprise, localBatch), HELD - 100, "balance");
        assertEq(credits.batchOf(farBatch).retired, 60, "retired at once");
        (uint16 year, uint16 version) = compliance.offsetOf(2);
        assertEq(year, YEAR, "year");
        assertEq(version, 2, "rule version");
        Retirement memory stored = credits.retirementOf(2);
        assertEq(stored.moduleNote, uint256(YEAR) << 16 | 2, "note in the ledger");
    }

    function test_offset__second_line_refused_takes_nothing() public {
        _setLocalShare(5000);
        // Right by itself: 100 from elsewhere are allowed after 100 local ones, not before.
        _expectRefused(_twoLines(farBatch, 100, localBatch, 100), _refusal(farBatch, Rule.LocalShare, 100, 0));
        _expectRefused(_twoLines(localBatch, 100, farBatch, 110), _refusal(farBatch, Rule.LocalShare, 110, 100));
        assertEq(credits.retirementCount(), 0, "nothing retired");
        assertEq(compliance.usedOf(enterprise, YEAR).localGrams, 0, "nothing counted");
    }

    function test_offset__lines_of_one_batch_count_together() public {
        _expectRefused(_twoLines(localBatch, 600, localBatch, 410), _refusal(localBatch, Rule.Cap, 410, 400));
        _offset(_twoLines(localBatch, 600, localBatch, 400));
        assertEq(compliance.usedOf(enterprise, YEAR).localGrams, CAP, "used");
    }

    function test_offset__without_the_module_role__reverts() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Retirer, address(compliance)));
        _expectRefused(
            _line(localBatch, 10), abi.encodeWithSelector(ICredits.NotModule.selector, Role.Retirer, address(compliance))
        );
    }

    function test_offsetOf__what_is_no_offset_is_zero() public {
        vm.prank(agent);
        credits.retire(localBatch, enterprise, 5, Purpose.Other, BENEFICIARY, STATEMENT);
        for (uint64 id = 0; id <= 2; ++id) {
            (uint16 year, uint16 version) = compliance.offsetOf(id);
            assertEq(year, 0, "year");
            assertEq(version, 0, "version");
        }
    }

    // --------------------------------------------------- quote and offset

    /// @dev What the quote allows passes, one gram more is refused, for any rules and any use so far.
    function testFuzz_quote__is_what_offset_does(uint16 capBps, uint16 shareBps, uint64 granularity, uint64[4] memory used)
        public
    {
        RuleSet memory rules = _rules();
        rules.capBps = uint16(bound(capBps, 1, 10_000));
        rules.localShareMinBps = uint16(bound(shareBps, 0, 10_000));
        rules.granularityGrams = uint64(bound(granularity, 1, 50));
        _setRules(rules);
        for (uint256 i = 0; i < used.length; ++i) {
            uint256 batchId = i % 2 == 0 ? localBatch : farBatch;
            uint64 allowed = compliance.quote(enterprise, YEAR, batchId).grams;
            uint64 grams = uint64(bound(used[i], 0, allowed));
            grams -= grams % rules.granularityGrams;
            if (grams != 0) _offset(_line(batchId, grams));
        }
        _assertQuoteIsExact(localBatch);
        _assertQuoteIsExact(farBatch);
    }

    /// @dev The exact inequality: local * 10,000 >= share * (local + other), and one gram more would break it.
    function testFuzz_localShare__is_exact(uint64 local, uint16 shareBps) public {
        local = uint64(bound(local, 1, HELD));
        uint256 share = bound(shareBps, 1, 10_000);
        RuleSet memory rules = _rules();
        (rules.capBps, rules.granularityGrams, rules.localShareMinBps) = (10_000, 1, uint16(share));
        _setRules(rules);
        _setObligation(_owed(type(uint64).max));
        _offset(_line(localBatch, local));
        uint256 headroom = compliance.quote(enterprise, YEAR, farBatch).localShareHeadroom;
        assertTrue(uint256(local) * 10_000 >= share * (local + headroom), "holds");
        assertTrue(uint256(local) * 10_000 < share * (local + headroom + 1), "and not with one gram more");
    }

    // ------------------------------------------------------------- helpers

    function _assertQuoteIsExact(uint256 batchId) private {
        Quote memory quote = compliance.quote(enterprise, YEAR, batchId);
        assertTrue(uint8(quote.binding) >= uint8(Rule.Cap), "something always binds");
        Line[] memory more = _line(batchId, quote.grams + 1);
        vm.prank(agent);
        try compliance.offset(enterprise, YEAR, more, BENEFICIARY, STATEMENT) {
            revert NotTrue("one gram more is refused");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ICompliance.OffsetRefused.selector, "by a rule");
        }
        if (quote.grams != 0) _offset(_line(batchId, quote.grams));
    }

    function _setLocalShare(uint16 bps) private {
        RuleSet memory rules = _rules();
        rules.localShareMinBps = bps;
        _setRules(rules);
    }
}
