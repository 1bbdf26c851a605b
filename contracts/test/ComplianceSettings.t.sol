// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CapBase, ICompliance, Obligation, RuleSet} from "../src/ICompliance.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Offsets} from "./Offsets.sol";

/// @notice Rule sets and obligations, as the Desk sets them.
contract ComplianceSettingsTest is Offsets {
    // ---------------------------------------------------------- setRuleSet

    function test_setRuleSet__not_through_desk__reverts() public {
        RuleSet memory rules = _rules();
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        compliance.setRuleSet(WUHAN, 2017, rules);
    }

    function test_setRuleSet__unknown_jurisdiction__reverts() public {
        uint32[2] memory unknown = [uint32(340_000), COUNCIL];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICompliance.UnknownJurisdiction.selector, unknown[i]));
            vm.prank(address(desk));
            compliance.setRuleSet(unknown[i], YEAR, _rules());
        }
    }

    function test_setRuleSet__invalid_fields__reverts() public {
        RuleSet memory rules = _rules();
        _expectRulesRefused(1969, rules, "year");
        rules.capBase = CapBase.None;
        _expectRulesRefused(YEAR, rules, "capBase");
        rules = _rules();
        rules.capBps = 0;
        _expectRulesRefused(YEAR, rules, "capBps");
        rules.capBps = 10_001;
        _expectRulesRefused(YEAR, rules, "capBps");
        rules = _rules();
        rules.localShareMinBps = 10_001;
        _expectRulesRefused(YEAR, rules, "localShareMinBps");
        rules = _rules();
        rules.firstVintage = 1969;
        _expectRulesRefused(YEAR, rules, "firstVintage");
        rules = _rules();
        rules.lastVintage = rules.firstVintage - 1;
        _expectRulesRefused(YEAR, rules, "lastVintage");
        rules = _rules();
        rules.granularityGrams = 0;
        _expectRulesRefused(YEAR, rules, "granularityGrams");
        rules = _rules();
        rules.opensAt = 0;
        _expectRulesRefused(YEAR, rules, "opensAt");
        rules = _rules();
        rules.deadline = rules.opensAt - 1;
        _expectRulesRefused(YEAR, rules, "deadline");
        rules = _rules();
        rules.documentHash = bytes32(0);
        _expectRulesRefused(YEAR, rules, "documentHash");
    }

    function test_setRuleSet__unchanged__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICompliance.RuleSetUnchanged.selector, WUHAN, YEAR));
        vm.prank(address(desk));
        compliance.setRuleSet(WUHAN, YEAR, _rules());
    }

    function test_setRuleSet__is_the_next_version_past_ones_stay_readable() public {
        RuleSet memory rules = _rules();
        rules.capBps = 1000;
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.RuleSetSet(WUHAN, YEAR, 2, rules);
        _setRules(rules);

        (RuleSet memory stored, uint16 version) = compliance.ruleSetOf(WUHAN, YEAR);
        assertEq(version, 2, "version");
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(rules)), "in force");
        stored = compliance.ruleSetAt(WUHAN, YEAR, 1);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(_rules())), "version 1");
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, 2 * CAP, "later offsets follow it");

        (, version) = compliance.ruleSetOf(WUHAN, YEAR + 1);
        assertEq(version, 0, "other years have none");
        (, version) = compliance.ruleSetOf(SHANGHAI, YEAR);
        assertEq(version, 0, "other jurisdictions have none");
    }

    function test_ruleSetAt__unknown_version__reverts() public {
        for (uint16 version = 0; version <= 2; version += 2) {
            vm.expectRevert(abi.encodeWithSelector(ICompliance.UnknownRuleSet.selector, WUHAN, YEAR, version));
            compliance.ruleSetAt(WUHAN, YEAR, version);
        }
    }

    function test_offsetOf__keeps_the_version_that_was_applied() public {
        _offset(_line(localBatch, 10));
        RuleSet memory rules = _rules();
        rules.capBps = 1000;
        _setRules(rules);
        _offset(_line(localBatch, 10));
        (, uint16 first) = compliance.offsetOf(1);
        (, uint16 second) = compliance.offsetOf(2);
        assertEq(first, 1, "first offset");
        assertEq(second, 2, "second offset");
    }

    // ------------------------------------------------------- setObligation

    function test_setObligation__not_through_desk__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        compliance.setObligation(WUHAN, enterprise, YEAR, _owed(1));
    }

    function test_setObligation__refusals__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(ICompliance.UnknownAccount.selector, outsider);
        _expectObligationRefused(WUHAN, outsider, YEAR, _owed(1), error_);
        error_ = abi.encodeWithSelector(ICompliance.UnknownAccount.selector, outsider);
        _expectObligationRefused(COUNCIL, outsider, YEAR, _owed(1), error_);
        error_ = abi.encodeWithSelector(ICompliance.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI);
        _expectObligationRefused(SHANGHAI, enterprise, YEAR, _owed(1), error_);
        error_ = abi.encodeWithSelector(ICompliance.InvalidField.selector, bytes32("year"));
        _expectObligationRefused(WUHAN, enterprise, 1969, _owed(1), error_);
        error_ = abi.encodeWithSelector(ICompliance.InvalidField.selector, bytes32("amountDue"));
        _expectObligationRefused(WUHAN, enterprise, YEAR, _owed(0), error_);
        error_ = abi.encodeWithSelector(ICompliance.ObligationUnchanged.selector, enterprise, YEAR);
        _expectObligationRefused(WUHAN, enterprise, YEAR, _owed(DUE), error_);
    }

    function test_setObligation__cap_below_used__reverts() public {
        // What was offset from elsewhere counts as what was offset locally.
        _offset(_twoLines(localBatch, 290, farBatch, 210));
        // 5 % of 9,999 is 499.
        bytes memory error_ =
            abi.encodeWithSelector(ICompliance.CapBelowUsed.selector, enterprise, YEAR, uint64(499), uint64(500));
        _expectObligationRefused(WUHAN, enterprise, YEAR, _owed(9999), error_);
        _setObligation(_owed(10_000));
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capHeadroom, 0, "exactly used");
    }

    function test_setObligation__cap_below_used_but_not_lowered__is_allowed() public {
        _offset(_twoLines(localBatch, 290, farBatch, 210));
        RuleSet memory rules = _rules();
        rules.capBps = 100;
        _setRules(rules);
        // 1 % of 20,000 is 200, below the 500 used. A raise to 300 is still below, but better; another obligation with the same cap
        // is no worse.
        _setObligation(_owed(30_000));
        _setObligation(_owed(30_099));
        _setObligation(_owed(30_000));
        assertEq(compliance.quote(enterprise, YEAR, localBatch).capGrams, 300, "cap");
        assertEq(compliance.quote(enterprise, YEAR, localBatch).grams, 0, "nothing left");
        bytes memory error_ =
            abi.encodeWithSelector(ICompliance.CapBelowUsed.selector, enterprise, YEAR, uint64(299), uint64(500));
        _expectObligationRefused(WUHAN, enterprise, YEAR, _owed(29_999), error_);
    }

    function test_setObligation__stores_and_tells() public {
        Obligation memory next = Obligation(4, 3, 2, 1);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.ObligationSet(enterprise, YEAR, _owed(DUE), next);
        _setObligation(next);
        Obligation memory stored = compliance.obligationOf(enterprise, YEAR);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(next)), "stored");
        assertEq(compliance.obligationOf(enterprise, YEAR + 1).amountDue, 0, "other years have none");
    }

    function test_setObligation__before_any_rule_set__succeeds() public {
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR + 1, _owed(DUE));
        assertEq(compliance.obligationOf(enterprise, YEAR + 1).amountDue, DUE, "stored");
    }

    // ------------------------------------------------------------- helpers

    function _expectRulesRefused(uint16 year, RuleSet memory rules, bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(ICompliance.InvalidField.selector, field));
        vm.prank(address(desk));
        compliance.setRuleSet(WUHAN, year, rules);
    }

    function _expectObligationRefused(
        uint32 jurisdiction,
        address account,
        uint16 year,
        Obligation memory obligation,
        bytes memory error_
    ) private {
        vm.expectRevert(error_);
        vm.prank(address(desk));
        compliance.setObligation(jurisdiction, account, year, obligation);
    }
}
