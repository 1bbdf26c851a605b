// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICompliance, Quote, Rule} from "../src/ICompliance.sol";
import {ICredits, Line, Purpose, Retirement} from "../src/ICredits.sol";
import {FilingStatus} from "../src/IFilings.sol";
import {Used} from "../src/IObligations.sol";
import {IPool} from "../src/IPool.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice `offset` and `quote`, rule by rule.
contract ComplianceTest is Offsets {
    // ------------------------------------------------- before any rule

    function test_offset__by_another_than_an_agent__reverts() public {
        address[3] memory callers = [outsider, buyerAgent, enterprise];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, callers[i]));
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
        _expectRefused(_line(localBatch, 0), abi.encodeWithSelector(IPool.ZeroGrams.selector));
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
        assertEq(_quote(localBatch).capGrams, CAP, "the cap is told all the same");
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

    function test_offset__own_boundary_where_it_is_not_excluded() public {
        uint64 projectId = _fileProject(WUHAN, platform, enterprise, CEILING);
        uint256 ownBatch = _issueTo(enterprise, projectId, 100);
        RuleSet memory rules = _rules();
        rules.ownBoundaryExcluded = false;
        _setRules(rules);
        _offset(_line(ownBatch, 10));
    }

    function test_offset__excluded_account() public {
        _setFulfilment(0, true);
        _expectRule(localBatch, 10, Rule.Excluded, 0);
        _setFulfilment(0, false);
        _offset(_line(localBatch, 10));
    }

    function test_offset__held_batch() public {
        _hold(true);
        _expectRule(localBatch, 10, Rule.BatchHeld, 0);
        _offset(_line(farBatch, 10));
        _hold(false);
        _offset(_line(localBatch, 10));
    }

    function test_offset__mechanism() public {
        RuleSet memory rules = _rules();
        // All but the first.
        rules.mechanisms = 254;
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Mechanism, 0);
        rules.mechanisms = 3;
        _setRules(rules);
        _offset(_line(localBatch, 10));
    }

    function test_offset__methodology() public {
        RuleSet memory rules = _rules();
        rules.methodologiesListed = true;
        rules.methodologies = new bytes32[](1);
        rules.methodologies[0] = keccak256("another");
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Methodology, 0);
        rules.methodologies[0] = METHOD;
        _setRules(rules);
        _offset(_line(localBatch, 10));
        // The list of an earlier version counts no longer.
        rules.methodologies[0] = keccak256("another");
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.Methodology, 0);
    }

    // ------------------------------------------------------------ success

    function test_offset__stores_and_tells() public {
        _setLocalShare(5000);
        Line[] memory lines = _twoLines(localBatch, 100, farBatch, 60);
        (, bytes32 termsKey) = recognition.termsFor(WUHAN, SHANGHAI_PROJECT, METHOD);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(1, localBatch, enterprise, 0, 100, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(1, enterprise, YEAR, localBatch, 100, 100, true, false, 0, 2, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(2, enterprise, YEAR, farBatch, 60, 60, false, false, termsKey, 2, agent);
        assertEq(_offset(lines), 1, "first retirement");
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.localGrams, 100, "local");
        assertEq(used.otherGrams, 60, "from elsewhere");
        assertEq(credits.balanceOf(enterprise, localBatch), HELD - 100, "balance");
        assertEq(credits.batchOf(farBatch).retired, 60, "retired at once");
        assertEq(compliance.recognisedGrams(termsKey, YEAR), 60, "recognised");
        assertEq(uint8(credits.retirementOf(farBatch, 0).purpose), uint8(Purpose.ComplianceOffset), "purpose in the ledger");
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

    function test_offset__without_the_roles_on_the_ledger() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Locker, address(compliance)));
        // Nothing is locked under these rules.
        _offset(_line(localBatch, 10));
        RuleSet memory rules = _rules();
        rules.reversalSeconds = 1;
        _setRules(rules);
        _expectRule(localBatch, 10, Rule.NotInstalled, 0);
        _install(Role.Locker, address(compliance));
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Retirer, address(compliance)));
        _expectRule(localBatch, 10, Rule.NotInstalled, 0);
    }

    // ------------------------------------------------------------- helpers

    function _setFulfilment(uint64 surrenderedGrams, bool excluded) private {
        vm.prank(address(desk));
        compliance.setFulfilment(WUHAN, enterprise, YEAR, surrenderedGrams, excluded, REASON);
    }

    function _hold(bool held) private {
        if (!authority.holds(COUNCIL, Role.Corrector, address(this))) _install(Role.Corrector, address(this));
        credits.setHold(localBatch, held);
    }

    function _setLocalShare(uint16 bps) private {
        RuleSet memory rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (bps, bps);
        _setRules(rules);
    }
}
