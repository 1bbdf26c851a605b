// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IEmissions} from "../src/IEmissions.sol";
import {AccountYear, Fulfilment, IObligations, Obligation} from "../src/IObligations.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice What is owed, as the Desk sets it, and where an account stands.
contract ObligationsTest is Offsets {
    // ------------------------------------------------------- setObligation

    function test_setObligation__not_through_desk__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        compliance.setObligation(WUHAN, enterprise, YEAR, _owed(1));
    }

    function test_setObligation__refusals__revert() public {
        bytes memory error_ = abi.encodeWithSelector(IObligations.UnknownAccount.selector, outsider);
        _expectRefused(WUHAN, outsider, YEAR, _owed(1), error_);
        _expectRefused(COUNCIL, outsider, YEAR, _owed(1), error_);
        error_ = abi.encodeWithSelector(IObligations.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI);
        _expectRefused(SHANGHAI, enterprise, YEAR, _owed(1), error_);
        error_ = abi.encodeWithSelector(IObligations.InvalidField.selector, bytes32("year"));
        _expectRefused(WUHAN, enterprise, 1969, _owed(1), error_);
        error_ = abi.encodeWithSelector(IObligations.InvalidField.selector, bytes32("amountDue"));
        _expectRefused(WUHAN, enterprise, YEAR, _owed(0), error_);
        error_ = abi.encodeWithSelector(IObligations.ObligationUnchanged.selector, enterprise, YEAR);
        _expectRefused(WUHAN, enterprise, YEAR, _owed(DUE), error_);
    }

    function test_setObligation__emissions_are_those_the_oracles_verified() public {
        Obligation memory owed = Obligation(0, 0, 500, DUE);
        bytes4 differ = IObligations.EmissionsDiffer.selector;
        _expectRefused(WUHAN, enterprise, YEAR, owed, abi.encodeWithSelector(differ, enterprise, YEAR, 0, 500));
        vm.mockCall(address(emissions), abi.encodeCall(IEmissions.verifiedOf, (enterprise, YEAR)), abi.encode(uint64(600)));
        _expectRefused(WUHAN, enterprise, YEAR, owed, abi.encodeWithSelector(differ, enterprise, YEAR, 600, 500));
        owed.verifiedEmissions = 0;
        _expectRefused(WUHAN, enterprise, YEAR, owed, abi.encodeWithSelector(differ, enterprise, YEAR, 600, 0));
        owed.verifiedEmissions = 600;
        _setObligation(owed);
    }

    function test_setObligation__cap_below_used__reverts() public {
        // What was offset from elsewhere counts as what was offset locally.
        _offset(_twoLines(localBatch, 290, farBatch, 210));
        // 5 % of 9,999 is 499.
        _expectRefused(WUHAN, enterprise, YEAR, _owed(9999), _capBelowUsed(499, 500));
        _setObligation(_owed(10_000));
        assertEq(_quote(localBatch).capHeadroom, 0, "exactly used");
    }

    function test_setObligation__non_local_cap_below_used__reverts() public {
        RuleSet memory rules = _rules();
        rules.nonLocalCapBps = 250;
        _setRules(rules);
        _offset(_line(farBatch, 400));
        // 2.5 % of 15,999 is 399.
        _expectRefused(WUHAN, enterprise, YEAR, _owed(15_999), _capBelowUsed(399, 400));
        _setObligation(_owed(16_000));
    }

    function test_setObligation__cap_below_used_but_not_lowered__is_allowed() public {
        _offset(_twoLines(localBatch, 290, farBatch, 210));
        RuleSet memory rules = _rules();
        (rules.capBps, rules.nonLocalCapBps) = (100, 100);
        _setRules(rules);
        // 1 % of 20,000 is 200, below the 500 used. A raise to 300 is still below, but better; another obligation with the same cap
        // is no worse.
        _setObligation(_owed(30_000));
        _setObligation(_owed(30_099));
        _setObligation(_owed(30_000));
        assertEq(_quote(localBatch).capGrams, 300, "cap");
        assertEq(_quote(localBatch).grams, 0, "nothing left");
        _expectRefused(WUHAN, enterprise, YEAR, _owed(29_999), _capBelowUsed(299, 500));
    }

    function test_setObligation__stores_and_tells() public {
        Obligation memory next = Obligation(4, 3, 0, 1);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IObligations.ObligationSet(enterprise, YEAR, _owed(DUE), next);
        _setObligation(next);
        Obligation memory stored = compliance.obligationOf(enterprise, YEAR);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(next)), "stored");
        assertEq(compliance.obligationOf(enterprise, YEAR + 1).amountDue, 0, "other years have none");
    }

    function test_setObligation__before_any_rule_set__succeeds() public {
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR + 1, _owed(DUE));
        assertEq(compliance.obligationOf(enterprise, YEAR + 1).amountDue, DUE, "stored");
        assertEq(compliance.statusOf(enterprise, YEAR + 1).deadline, 0, "no deadline yet");
    }

    // ------------------------------------------------------- setFulfilment

    function test_setFulfilment__refusals__revert() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        compliance.setFulfilment(WUHAN, enterprise, YEAR, 1, false, REASON);

        vm.expectRevert(abi.encodeWithSelector(IObligations.UnknownAccount.selector, outsider));
        _setFulfilmentOf(WUHAN, outsider, 1, false, REASON);
        vm.expectRevert(abi.encodeWithSelector(IObligations.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI));
        _setFulfilmentOf(SHANGHAI, enterprise, 1, false, REASON);
        vm.expectRevert(abi.encodeWithSelector(IObligations.InvalidField.selector, bytes32("reasonHash")));
        _setFulfilmentOf(WUHAN, enterprise, 1, false, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IObligations.ObligationMissing.selector, buyer, YEAR));
        _setFulfilmentOf(WUHAN, buyer, 1, false, REASON);
        vm.expectRevert(abi.encodeWithSelector(IObligations.FulfilmentUnchanged.selector, enterprise, YEAR));
        _setFulfilmentOf(WUHAN, enterprise, 0, false, REASON);
    }

    function test_setFulfilment__stores_and_tells() public {
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IObligations.FulfilmentSet(enterprise, YEAR, 700, true, REASON);
        _setFulfilment(700, true);
        AccountYear memory found = compliance.statusOf(enterprise, YEAR);
        assertEq(found.surrenderedGrams, 700, "surrendered");
        assertEq(uint8(found.fulfilment), uint8(Fulfilment.Excluded), "excluded");
        _setFulfilment(700, false);
        assertEq(uint8(compliance.statusOf(enterprise, YEAR).fulfilment), uint8(Fulfilment.Short), "back again");
    }

    // ------------------------------------------------------------ statusOf

    function test_statusOf__figures_of_each_state() public {
        assertEq(uint8(compliance.statusOf(buyer, YEAR).fulfilment), uint8(Fulfilment.None), "owes nothing");
        _assertStatus(Fulfilment.Short, 0, 0, DUE);
        _offset(_twoLines(localBatch, 300, farBatch, 200));
        _assertStatus(Fulfilment.Short, 0, 500, DUE - 500);
        _setFulfilment(DUE - 501, false);
        _assertStatus(Fulfilment.Short, DUE - 501, 500, 1);
        _setFulfilment(DUE - 500, false);
        _assertStatus(Fulfilment.Met, DUE - 500, 500, 0);
        _setFulfilment(DUE - 499, false);
        _assertStatus(Fulfilment.Over, DUE - 499, 500, 0);
        _setFulfilment(type(uint64).max, false);
        _assertStatus(Fulfilment.Over, type(uint64).max, 500, 0);
    }

    function test_statusOf__late_from_the_second_after_the_deadline() public {
        RuleSet memory rules = _rules();
        vm.warp(rules.deadline);
        _assertStatus(Fulfilment.Short, 0, 0, DUE);
        vm.warp(uint256(rules.deadline) + 1);
        _assertStatus(Fulfilment.Late, 0, 0, DUE);
        _setFulfilment(DUE, false);
        _assertStatus(Fulfilment.Met, DUE, 0, 0);
        _setFulfilment(0, true);
        _assertStatus(Fulfilment.Excluded, 0, 0, DUE);
    }

    function test_statusOf__provisional_offsets_count_until_they_are_reversed() public {
        RuleSet memory rules = _rules();
        rules.reversalSeconds = 100;
        _setRules(rules);
        _offsetProvisionally(enterprise, agent, _line(localBatch, 400));
        AccountYear memory found = compliance.statusOf(enterprise, YEAR);
        assertEq(found.provisionalGrams, 400, "provisional");
        assertEq(found.offsetGrams, 0, "final");
        assertEq(found.missingGrams, DUE - 400, "missing");
    }

    // ------------------------------------------------------------- helpers

    function _assertStatus(Fulfilment fulfilment, uint64 surrendered, uint64 offsetGrams, uint64 missing) private view {
        AccountYear memory found = compliance.statusOf(enterprise, YEAR);
        assertEq(uint8(found.fulfilment), uint8(fulfilment), "fulfilment");
        assertEq(found.amountDue, DUE, "due");
        assertEq(found.surrenderedGrams, surrendered, "surrendered");
        assertEq(found.offsetGrams, offsetGrams, "offset");
        assertEq(found.missingGrams, missing, "missing");
        (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR);
        assertEq(found.deadline, rules.deadline, "deadline");
    }

    function _setFulfilment(uint64 surrenderedGrams, bool excluded) private {
        _setFulfilmentOf(WUHAN, enterprise, surrenderedGrams, excluded, REASON);
    }

    function _setFulfilmentOf(uint32 jurisdiction, address account, uint64 surrenderedGrams, bool excluded, bytes32 reasonHash)
        private
    {
        vm.prank(address(desk));
        compliance.setFulfilment(jurisdiction, account, YEAR, surrenderedGrams, excluded, reasonHash);
    }

    function _capBelowUsed(uint64 capGrams, uint64 usedGrams) private view returns (bytes memory) {
        return abi.encodeWithSelector(IObligations.CapBelowUsed.selector, enterprise, YEAR, capGrams, usedGrams);
    }

    function _expectRefused(
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
