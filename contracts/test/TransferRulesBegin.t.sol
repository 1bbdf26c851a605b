// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {ITransferRules} from "../src/ITransferRules.sol";
import {Ruled} from "./Ruled.sol";

/// @notice What is decided when a transfer begins.
contract TransferRulesBeginTest is Ruled {
    // begin: who and between whom

    function test_begin__by_another_than_ledger_or_transfers__reverts() external {
        bytes4 selector = ITransferRules.NotLedger.selector;
        address[3] memory callers = [outsider, agent, address(desk)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(selector, callers[i]));
            rules.begin(agent, seller, buyer, 1, i % 2 == 0);
        }
        // Each only in its own way.
        vm.expectRevert(abi.encodeWithSelector(selector, address(this)));
        rules.begin(agent, seller, buyer, 1, false);
        vm.prank(transfers);
        vm.expectRevert(abi.encodeWithSelector(selector, transfers));
        rules.begin(agent, seller, buyer, 1, true);
    }

    function test_begin__no_agent_to_initiate__reverts() external {
        address[3] memory callers = [outsider, approvingAgent, seller];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITransferRules.NotAgent.selector, seller, callers[i]));
            rules.begin(callers[i], seller, buyer, 1, true);
        }
    }

    function test_begin__statuses_of_both() external {
        for (uint8 status = 2; status <= uint8(type(AccountStatus).max); ++status) {
            AccountStatus named = AccountStatus(status);
            vm.prank(address(desk));
            accounts.setStatus(WUHAN, seller, named, REASON);
            _refuse(1, true, abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, seller, status));
            _refuse(1, false, abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, seller, status));
            if (named == AccountStatus.Closed) return;
            vm.prank(address(desk));
            accounts.setStatus(WUHAN, seller, AccountStatus.Open, REASON);
            vm.prank(address(desk));
            accounts.setStatus(SHANGHAI, buyer, named, REASON);
            bytes memory refusal = abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, buyer, status);
            if (named == AccountStatus.Restricted) rules.begin(agent, seller, buyer, 1, true);
            else _refuse(1, true, refusal);
            vm.prank(address(desk));
            accounts.setStatus(SHANGHAI, buyer, AccountStatus.Open, REASON);
        }
    }

    function test_begin__to_no_account__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, outsider, 0));
        rules.begin(agent, seller, outsider, 1, true);
    }

    // begin: limits

    function testFuzz_begin__per_transfer__less_equal_greater(uint56 limit, uint64 grams) external {
        limit = uint56(bound(limit, 1, type(uint56).max));
        _setLimits(WUHAN, _limits(limit, type(uint56).max, 0, 0));
        if (grams > limit) {
            _refuse(grams, true, abi.encodeWithSelector(ITransferRules.TransferLimit.selector, seller, limit, grams));
        } else {
            rules.begin(agent, seller, buyer, grams, true);
        }
    }

    function test_begin__per_day__counts_at_once_and_pending_alike() external {
        _setLimits(COUNCIL, _limits(100, 100, 0, 0));
        rules.begin(agent, seller, buyer, 60, true);
        assertEq(rules.usedTodayOf(seller), 60, "used");
        _refuse(41, true, abi.encodeWithSelector(ITransferRules.DayLimit.selector, seller, 100, 60, 41));
        _refuse(41, false, abi.encodeWithSelector(ITransferRules.DayLimit.selector, seller, 100, 60, 41));
        vm.prank(transfers);
        rules.begin(agent, seller, buyer, 40, false);
        assertEq(rules.usedTodayOf(seller), 100, "used up");
        _refuse(1, true, abi.encodeWithSelector(ITransferRules.DayLimit.selector, seller, 100, 100, 1));
    }

    function test_begin__per_day__begins_anew_at_midnight_of_utc_plus_8() external {
        _setLimits(COUNCIL, _limits(100, 100, 0, 0));
        rules.begin(agent, seller, buyer, 100, true);
        vm.warp(NOON + UNTIL_MIDNIGHT - 1);
        _refuse(1, true, abi.encodeWithSelector(ITransferRules.DayLimit.selector, seller, 100, 100, 1));
        vm.warp(NOON + UNTIL_MIDNIGHT);
        assertEq(rules.usedTodayOf(seller), 0, "a new day");
        rules.begin(agent, seller, buyer, 100, true);
    }

    function testFuzz_begin__never_more_in_a_day_than_the_limit(uint56 limit, uint56[8] memory grams) external {
        limit = uint56(bound(limit, 1, type(uint56).max));
        _setOwn(_limits(type(uint56).max, limit, 0, 0));
        uint256 moved = 0;
        for (uint256 i = 0; i < grams.length; ++i) {
            uint64 wanted = uint64(bound(grams[i], 1, limit));
            try rules.begin(agent, seller, buyer, wanted, true) {
                moved += wanted;
            } catch {
                assertTrue(moved + wanted > limit, "refused only above the limit");
            }
        }
        assertTrue(moved <= limit, "limit");
        assertEq(rules.usedTodayOf(seller), moved, "counted");
    }

    function test_begin__no_limit__counts_nothing() external {
        rules.begin(agent, seller, buyer, 1000, true);
        assertEq(rules.usedTodayOf(seller), 0, "nothing counted");
    }

    // begin: waiting, approval, acceptance

    function test_begin__delay__waits_or_refuses_at_once() external {
        _setLimits(WUHAN, _limits(9, 9, 1 days, 0));
        bytes4 needs = ITransferRules.NeedsTransfer.selector;
        _refuse(1, true, abi.encodeWithSelector(needs, seller, buyer, 1 days, false, false));
        vm.prank(transfers);
        (uint32 waitSeconds, bool approval, bool acceptance) = rules.begin(agent, seller, buyer, 1, false);
        assertEq(waitSeconds, 1 days, "wait");
        assertTrue(!approval && !acceptance, "nothing else");
    }

    function test_begin__dual_control_or_confirmed_receipts__needs_more() external {
        bytes4 needs = ITransferRules.NeedsTransfer.selector;
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, seller, DUAL_CONTROL);
        _refuse(1, true, abi.encodeWithSelector(needs, seller, buyer, 0, true, false));
        vm.prank(address(desk));
        accounts.setFlags(SHANGHAI, buyer, CONFIRMS_RECEIPTS);
        _refuse(1, true, abi.encodeWithSelector(needs, seller, buyer, 0, true, true));
        vm.prank(transfers);
        (uint32 waitSeconds, bool approval, bool acceptance) = rules.begin(agent, seller, buyer, 1, false);
        assertTrue(waitSeconds == 0 && approval && acceptance, "both");
        // The flags of the other side are not asked.
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, seller, CONFIRMS_RECEIPTS);
        vm.prank(address(desk));
        accounts.setFlags(SHANGHAI, buyer, DUAL_CONTROL);
        rules.begin(agent, seller, buyer, 1, true);
    }

    function test_begin__burst_to_new_accounts__all_wait() external {
        _setLimits(COUNCIL, _limits(10, 25, 26 hours, 7 days));
        uint256 begun = 0;
        for (uint64 number = 10; number < 15; ++number) {
            address fresh = _openAccount(SHANGHAI, number, AccountKind.Enterprise);
            vm.expectRevert();
            rules.begin(agent, seller, fresh, 10, true);
            vm.prank(transfers);
            try rules.begin(agent, seller, fresh, 10, false) returns (uint32 waitSeconds, bool, bool) {
                assertEq(waitSeconds, 26 hours, "waits");
                begun += 10;
            } catch {
                assertTrue(begun == 20, "the day's limit");
            }
        }
        assertEq(begun, 20, "no more than the day's limit begins");
    }

    // begin: working hours

    function test_begin__outside_working_hours__refuses_what_moves_at_once() external {
        vm.prank(address(desk));
        rules.setHours(WUHAN, 127, 9 hours, 17 hours);
        rules.begin(agent, seller, buyer, 1, true);
        vm.warp(NOON + 5 hours);
        _refuse(1, true, abi.encodeWithSelector(ITransferRules.OutsideWorkingHours.selector, WUHAN, NOON + 5 hours));
        // What waits may begin at night; it is executed in working hours.
        vm.prank(transfers);
        rules.begin(agent, seller, buyer, 1, false);
    }

    // preview

    function testFuzz_preview__says_what_begin_does(uint64 grams, uint8 flags, uint24 delay, bool atOnce, bool limited)
        external
    {
        if (limited) _setLimits(WUHAN, _limits(1000, 1000, delay, 0));
        grams = uint64(bound(grams, 1, 2000));
        if (flags & 1 != 0) {
            vm.prank(address(desk));
            accounts.setFlags(WUHAN, seller, DUAL_CONTROL);
        }
        if (flags & 2 != 0) {
            vm.prank(address(desk));
            accounts.setFlags(SHANGHAI, buyer, CONFIRMS_RECEIPTS);
        }
        bytes memory call = abi.encodeCall(rules.preview, (agent, seller, buyer, grams, atOnce));
        (bool allowed, bytes memory said) = address(rules).staticcall(call);
        if (!atOnce) vm.prank(transfers);
        (bool done, bytes memory answer) =
            address(rules).call(abi.encodeCall(rules.begin, (agent, seller, buyer, grams, atOnce)));
        assertTrue(allowed == done, "allowed");
        assertEq(keccak256(said), keccak256(answer), "the same bytes");
    }
}
