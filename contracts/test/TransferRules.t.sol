// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {ICalendar} from "../src/ICalendar.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {ITransferRules, Limits} from "../src/ITransferRules.sol";
import {TransferRules} from "../src/TransferRules.sol";
import {Ruled} from "./Ruled.sol";

/// @notice What is set: wiring, limits, trust, trades.
contract TransferRulesTest is Ruled {
    // wire

    function test_wire__outsider_second_time_or_zero__reverts() external {
        bytes4 selector = ITransferRules.NotWirable.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, address(this)));
        rules.wire(outsider, outsider, _none());
        TransferRules fresh = new TransferRules(authority, address(desk), accounts);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(selector, outsider));
        fresh.wire(outsider, outsider, _none());
        vm.expectRevert(abi.encodeWithSelector(selector, address(this)));
        fresh.wire(address(0), outsider, _none());
        vm.expectRevert(abi.encodeWithSelector(selector, address(this)));
        fresh.wire(outsider, address(0), _none());
        // Not wired it lets nobody begin.
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.NotLedger.selector, address(this)));
        fresh.begin(agent, seller, buyer, 1, true);
    }

    function test_wire__with_limits__are_the_networks() external {
        TransferRules fresh = new TransferRules(authority, address(desk), accounts);
        vm.expectEmit(true, true, true, true, address(fresh));
        emit ITransferRules.LimitsSet(COUNCIL, _limits(5, 6, 7, 8));
        fresh.wire(address(this), transfers, _limits(5, 6, 7, 8));
        assertEq(fresh.limitsOf(COUNCIL).perDayGrams, 6, "network");
        assertEq(fresh.ledger(), address(this), "ledger");
        assertEq(fresh.transfers(), transfers, "transfers");
    }

    // setLimits, setAccountLimits

    function test_setLimits__refusals__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        rules.setLimits(WUHAN, _limits(1, 1, 0, 0));
        _refuseLimits(999, _limits(1, 1, 0, 0), abi.encodeWithSelector(ICalendar.UnknownJurisdiction.selector, 999));
        _refuseLimits(WUHAN, _none(), abi.encodeWithSelector(ITransferRules.LimitsUnchanged.selector, WUHAN));
        bytes4 invalid = ITransferRules.InvalidLimits.selector;
        _refuseLimits(WUHAN, _limits(0, 1, 0, 0), abi.encodeWithSelector(invalid, 0, 1));
        _refuseLimits(WUHAN, _limits(1, 0, 0, 0), abi.encodeWithSelector(invalid, 1, 0));
        _refuseLimits(WUHAN, Limits(0, 0, 1, 0, false), abi.encodeWithSelector(invalid, 0, 0));
        _refuseLimits(WUHAN, Limits(0, 0, 0, 1, false), abi.encodeWithSelector(invalid, 0, 0));
        _refuseLimits(WUHAN, Limits(1, 1, 0, 0, false), abi.encodeWithSelector(invalid, 1, 1));
    }

    function test_setAccountLimits__refusals__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        rules.setAccountLimits(WUHAN, seller, _limits(1, 1, 0, 0));
        Limits memory one = _limits(1, 1, 0, 0);
        _refuseOwn(WUHAN, outsider, one, abi.encodeWithSelector(ITransferRules.UnknownAccount.selector, outsider));
        bytes4 wrong = ITransferRules.WrongJurisdiction.selector;
        _refuseOwn(SHANGHAI, seller, one, abi.encodeWithSelector(wrong, seller, WUHAN, SHANGHAI));
        _refuseOwn(WUHAN, seller, _none(), abi.encodeWithSelector(ITransferRules.AccountLimitsUnchanged.selector, seller));
        _refuseOwn(WUHAN, seller, _limits(0, 1, 0, 0), abi.encodeWithSelector(ITransferRules.InvalidLimits.selector, 0, 1));
    }

    function testFuzz_limits__strictest_of_three_value_by_value(uint56[6] memory grams, uint24[6] memory seconds_, uint8 set)
        external
    {
        Limits[3] memory levels;
        Limits memory expected = Limits(type(uint56).max, type(uint56).max, 0, 0, false);
        for (uint256 i = 0; i < 3; ++i) {
            if (set >> i & 1 == 0) continue;
            levels[i] = _limits(grams[i] | 1, grams[i + 3] | 1, seconds_[i], seconds_[i + 3]);
            expected.isSet = true;
            if (levels[i].perTransferGrams < expected.perTransferGrams) expected.perTransferGrams = levels[i].perTransferGrams;
            if (levels[i].perDayGrams < expected.perDayGrams) expected.perDayGrams = levels[i].perDayGrams;
            if (levels[i].delaySeconds > expected.delaySeconds) expected.delaySeconds = levels[i].delaySeconds;
            if (levels[i].trustSeconds > expected.trustSeconds) expected.trustSeconds = levels[i].trustSeconds;
        }
        if (!expected.isSet) expected = _none();
        if (levels[0].isSet) _setOwn(levels[0]);
        if (levels[1].isSet) _setLimits(WUHAN, levels[1]);
        if (levels[2].isSet) _setLimits(COUNCIL, levels[2]);
        assertEq(keccak256(abi.encode(rules.strictestOf(seller))), keccak256(abi.encode(expected)), "strictest");
        assertEq(keccak256(abi.encode(rules.accountLimitsOf(seller))), keccak256(abi.encode(levels[0])), "account");
        assertEq(keccak256(abi.encode(rules.limitsOf(WUHAN))), keccak256(abi.encode(levels[1])), "jurisdiction");
        // Another jurisdiction only has the network's.
        assertEq(keccak256(abi.encode(rules.strictestOf(buyer))), keccak256(abi.encode(levels[2])), "elsewhere");
    }

    function test_limits__removed__limit_no_more() external {
        _setOwn(_limits(1, 1, 9, 9));
        _refuse(2, true, abi.encodeWithSelector(ITransferRules.TransferLimit.selector, seller, 1, 2));
        vm.expectEmit(true, true, true, true, address(rules));
        emit ITransferRules.AccountLimitsSet(seller, _none());
        _setOwn(_none());
        rules.begin(agent, seller, buyer, type(uint64).max, true);
    }

    // trust, distrust

    function test_trust__refusals__reverts() external {
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, seller, outsider));
        rules.trust(seller, buyer);
        _refuseTrust(seller, abi.encodeWithSelector(ITransferRules.SelfTrust.selector, seller));
        _refuseTrust(outsider, abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, outsider, 0));
        vm.prank(agent);
        rules.trust(seller, buyer);
        _refuseTrust(buyer, abi.encodeWithSelector(ITransferRules.TrustUnchanged.selector, seller, buyer));
        vm.prank(regulator);
        accounts.freeze(seller, REASON);
        _refuseTrust(buyer, abi.encodeWithSelector(ITransferRules.AccountNotUsable.selector, seller, AccountStatus.Frozen));
    }

    function test_trust__counts_from_its_second_on() external {
        _setLimits(WUHAN, _limits(9, 9, 1 days, 7 days));
        uint40 from = uint40(block.timestamp + 7 days);
        vm.expectEmit(true, true, true, true, address(rules));
        emit ITransferRules.Trusted(seller, buyer, from, agent);
        vm.prank(agent);
        rules.trust(seller, buyer);
        assertEq(rules.trustedFrom(seller, buyer), from, "from");
        vm.warp(from - 1);
        vm.expectPartialRevert(ITransferRules.NeedsTransfer.selector);
        rules.begin(agent, seller, buyer, 1, true);
        vm.warp(from);
        rules.begin(agent, seller, buyer, 1, true);
        // Trust is one way, and lifts no limit.
        assertEq(rules.trustedFrom(buyer, seller), 0, "one way");
        vm.expectPartialRevert(ITransferRules.TransferLimit.selector);
        rules.begin(agent, seller, buyer, 10, true);
    }

    function test_trust__under_dual_control__needs_a_consent() external {
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, seller, DUAL_CONTROL);
        vm.prank(agent);
        vm.expectPartialRevert(IAccounts.ConsentMissing.selector);
        rules.trust(seller, buyer);
        vm.prank(approvingAgent);
        accounts.consent(seller, address(rules), abi.encodeCall(rules.trust, (seller, buyer)), uint40(block.timestamp + 1 days));
        vm.prank(agent);
        rules.trust(seller, buyer);
    }

    function test_distrust__refusals_and_success() external {
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.NotAgent.selector, seller, outsider));
        rules.distrust(seller, buyer);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.TrustUnchanged.selector, seller, buyer));
        rules.distrust(seller, buyer);
        _setLimits(WUHAN, _limits(9, 9, 1 days, 0));
        vm.prank(agent);
        rules.trust(seller, buyer);
        rules.begin(agent, seller, buyer, 1, true);
        vm.expectEmit(true, true, true, true, address(rules));
        emit ITransferRules.Distrusted(seller, buyer, approvingAgent);
        vm.prank(approvingAgent);
        rules.distrust(seller, buyer);
        vm.expectPartialRevert(ITransferRules.NeedsTransfer.selector);
        rules.begin(agent, seller, buyer, 1, true);
    }

    // useTrade

    function test_useTrade__once_for_each_seller() external {
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.NotLedger.selector, outsider));
        rules.useTrade(seller, REASON);
        rules.useTrade(seller, REASON);
        vm.prank(transfers);
        vm.expectRevert(abi.encodeWithSelector(ITransferRules.TradeUsedBefore.selector, seller, REASON));
        rules.useTrade(seller, REASON);
        rules.useTrade(buyer, REASON);
        assertTrue(rules.isTradeUsed(buyer, REASON) && !rules.isTradeUsed(buyer, COMMITMENT), "used");
    }
}
