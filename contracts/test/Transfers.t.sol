// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {ICredits, Line, Purpose} from "../src/ICredits.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {ITransferRules} from "../src/ITransferRules.sol";
import {ITransfers, Transfer, TransferKind, TransferState} from "../src/ITransfers.sol";
import {Pending} from "./Pending.sol";

/// @notice Transfers that wait: begun, taken back, executed, expired.
contract TransfersTest is Pending {
    // initiate

    function test_initiate__to_itself_or_wrong_reference__reverts() external {
        _refuse(platform, _lines(1), TransferKind.Gift, 0, abi.encodeWithSelector(ITransfers.SelfTransfer.selector, platform));
        bytes4 invalid = ITransfers.InvalidTrade.selector;
        _refuse(buyer, _lines(1), TransferKind.None, 0, abi.encodeWithSelector(invalid, TransferKind.None, 0));
        _refuse(buyer, _lines(1), TransferKind.Gift, TRADE, abi.encodeWithSelector(invalid, TransferKind.Gift, TRADE));
        _refuse(buyer, _lines(1), TransferKind.Sale, 0, abi.encodeWithSelector(invalid, TransferKind.Sale, 0));
    }

    function test_initiate__no_lines_or_too_many_or_nothing_in_one__reverts() external {
        bytes4 count = ITransfers.InvalidLineCount.selector;
        _refuse(buyer, new Line[](0), TransferKind.Gift, 0, abi.encodeWithSelector(count, 0));
        _refuse(buyer, new Line[](51), TransferKind.Gift, 0, abi.encodeWithSelector(count, 51));
        _refuse(buyer, _lines(0), TransferKind.Gift, 0, abi.encodeWithSelector(ITransfers.ZeroGrams.selector));
        Line[] memory huge = new Line[](2);
        huge[0] = Line(batchId, type(uint64).max);
        huge[1] = Line(batchId, 1);
        bytes memory refusal = abi.encodeWithSelector(ITransfers.GramsTooLarge.selector, uint256(type(uint64).max) + 1);
        _refuse(buyer, huge, TransferKind.Gift, 0, refusal);
    }

    function test_initiate__by_nobody_who_may__reverts() external {
        address[4] memory callers = [outsider, approvingAgent, buyerAgent, platform];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITransferRules.NotAgent.selector, platform, callers[i]));
            transfers.initiate(platform, buyer, _lines(1), TransferKind.Gift, 0);
        }
    }

    function test_initiate__more_than_available__reverts() external {
        bytes memory refusal =
            abi.encodeWithSelector(ICredits.InsufficientGrams.selector, platform, batchId, ISSUED, ISSUED + 1);
        _refuse(buyer, _lines(ISSUED + 1), TransferKind.Gift, 0, refusal);
        _initiate();
        refusal = abi.encodeWithSelector(
            IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector,
            platform,
            batchId,
            ISSUED - GRAMS + 1,
            ISSUED - GRAMS
        );
        _refuse(buyer, _lines(ISSUED - GRAMS + 1), TransferKind.Gift, 0, refusal);
    }

    function test_initiate__status_of_both__is_asked() external {
        _setStatus(buyer, AccountStatus.Frozen);
        _refuse(buyer, _lines(1), TransferKind.Gift, 0, _notUsable(buyer, AccountStatus.Frozen));
        _setStatus(platform, AccountStatus.Restricted);
        _refuse(enterprise, _lines(1), TransferKind.Gift, 0, _notUsable(platform, AccountStatus.Restricted));
    }

    function test_initiate__locks_stores_and_tells() external {
        uint40 executableAt = uint40(block.timestamp) + DELAY;
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferInitiated(
            1, platform, buyer, TransferKind.Sale, TRADE, _lines(GRAMS), executableAt, platformAgent
        );
        vm.prank(platformAgent);
        uint64 id = transfers.initiate(platform, buyer, _lines(GRAMS), TransferKind.Sale, TRADE);
        assertEq(id, 1, "id");
        assertEq(transfers.transferCount(), 1, "count");
        _assertHolding(platform, ISSUED, GRAMS);
        Transfer memory stored = transfers.transferOf(id);
        assertEq(stored.from, platform, "from");
        assertEq(stored.to, buyer, "to");
        assertEq(stored.initiator, platformAgent, "initiator");
        assertEq(stored.approver, address(0), "approver");
        assertEq(stored.executableAt, executableAt, "executable");
        assertTrue(stored.state == TransferState.Pending && !stored.accepted, "pending");
        assertEq(transfers.linesOf(id).length, 1, "lines");
        assertEq(transfers.linesOf(id)[0].batchId, batchId, "batch");
        assertEq(transfers.linesOf(id)[0].grams, GRAMS, "grams");
    }

    function test_initiate__trade_used__reverts_also_after_a_cancellation() external {
        vm.prank(platformAgent);
        uint64 id = transfers.initiate(platform, buyer, _lines(1), TransferKind.Sale, TRADE);
        vm.prank(platformAgent);
        transfers.cancel(id);
        bytes memory refusal = abi.encodeWithSelector(ITransferRules.TradeUsedBefore.selector, platform, TRADE);
        _refuse(buyer, _lines(1), TransferKind.Sale, TRADE, refusal);
        vm.prank(agent);
        vm.expectRevert();
        transfers.initiate(enterprise, buyer, _lines(1), TransferKind.Sale, keccak256("holds nothing"));
    }

    function test_transferOf__unknown__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(ITransfers.UnknownTransfer.selector, 1));
        transfers.transferOf(1);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.UnknownTransfer.selector, 1));
        transfers.linesOf(1);
        _refuseExecution(1, abi.encodeWithSelector(ITransfers.UnknownTransfer.selector, 1));
    }

    // what is locked

    function test_pending__grams_are_nobody_elses() external {
        _initiate();
        vm.prank(platformAgent);
        vm.expectRevert();
        credits.retire(batchId, platform, ISSUED - GRAMS + 1, Purpose.Other, BENEFICIARY, STATEMENT);
        _retire(ISSUED - GRAMS);
    }

    // execute

    function test_execute__before_its_time__reverts() external {
        uint64 id = _initiate();
        uint40 executableAt = uint40(block.timestamp) + DELAY;
        vm.warp(executableAt - 1);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.TooEarly.selector, id, executableAt, executableAt - 1));
        vm.warp(executableAt);
        transfers.execute(id);
    }

    function test_execute__after_its_time__reverts() external {
        uint64 id = _initiate();
        uint40 expiresAt = uint40(block.timestamp) + DELAY + EXPIRY;
        vm.warp(expiresAt);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.TooLate.selector, id, expiresAt, expiresAt));
        vm.warp(expiresAt - 1);
        transfers.execute(id);
    }

    function test_execute__by_anyone__moves_tells_and_only_once() external {
        uint64 id = _initiate();
        vm.warp(block.timestamp + DELAY);
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferExecuted(id, outsider);
        vm.prank(outsider);
        transfers.execute(id);
        _assertState(id, TransferState.Executed);
        _assertHolding(platform, ISSUED - GRAMS, 0);
        _assertHolding(buyer, GRAMS, 0);
        _refuseExecution(id, _notPending(id, TransferState.Executed));
        vm.prank(platformAgent);
        vm.expectRevert(_notPending(id, TransferState.Executed));
        transfers.cancel(id);
    }

    function test_execute__frozen_in_between__reverts_until_it_is_open() external {
        uint64 id = _initiate();
        vm.warp(block.timestamp + DELAY);
        vm.prank(regulator);
        accounts.freeze(platform, REASON);
        _refuseExecution(id, _notUsable(platform, AccountStatus.Frozen));
        _setStatus(platform, AccountStatus.Restricted);
        _refuseExecution(id, _notUsable(platform, AccountStatus.Restricted));
        _setStatus(platform, AccountStatus.Open);
        _setStatus(buyer, AccountStatus.Frozen);
        _refuseExecution(id, _notUsable(buyer, AccountStatus.Frozen));
        _setStatus(buyer, AccountStatus.Restricted);
        transfers.execute(id);
        _assertHolding(buyer, GRAMS, 0);
    }

    function test_execute__initiator_lost_the_right__reverts() external {
        uint64 id = _initiate();
        vm.warp(block.timestamp + DELAY);
        _setRights(platform, platformAgent, APPROVE);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.AgentLost.selector, id, platformAgent));
    }

    function test_execute__outside_working_hours__reverts() external {
        uint64 id = _initiate();
        vm.warp(block.timestamp + DELAY);
        vm.prank(address(desk));
        // The current second of the day, in UTC+08:00, is not worked.
        uint24 second = uint24((block.timestamp + 8 hours) % 1 days);
        rules.setHours(WUHAN, 127, second + 1, second + 2);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.OutsideWorkingHours.selector, WUHAN, uint40(block.timestamp)));
        vm.warp(block.timestamp + 1);
        transfers.execute(id);
    }

    function test_execute__fifty_lines_of_several_batches() external {
        uint256 second = _issueTo(platform, WUHAN_PROJECT, 100);
        Line[] memory lines = new Line[](50);
        for (uint256 i = 0; i < 50; ++i) {
            lines[i] = Line(i % 2 == 0 ? batchId : second, uint64(i + 1) / 25 + 1);
        }
        vm.prank(platformAgent);
        uint64 id = transfers.initiate(platform, buyer, lines, TransferKind.Gift, 0);
        uint256 locked = credits.holdingOf(platform, batchId).locked + credits.holdingOf(platform, second).locked;
        vm.warp(block.timestamp + DELAY);
        transfers.execute(id);
        uint256 moved = credits.balanceOf(buyer, batchId) + credits.balanceOf(buyer, second);
        assertEq(moved, locked, "all of it");
        assertEq(credits.holdingOf(platform, batchId).locked, 0, "first");
        assertEq(credits.holdingOf(platform, second).locked, 0, "second");
    }

    // cancel, expire

    function test_cancel__by_any_agent_of_the_sender__frees_the_grams() external {
        address[3] memory strangers = [outsider, buyerAgent, regulator];
        uint64 id = _initiate();
        for (uint256 i = 0; i < strangers.length; ++i) {
            vm.prank(strangers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITransfers.NotAgent.selector, platform, strangers[i]));
            transfers.cancel(id);
        }
        vm.prank(regulator);
        accounts.freeze(platform, REASON);
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferCancelled(id, approvingAgent);
        vm.prank(approvingAgent);
        transfers.cancel(id);
        _assertState(id, TransferState.Cancelled);
        _assertHolding(platform, ISSUED, 0);
        vm.warp(block.timestamp + DELAY);
        _refuseExecution(id, _notPending(id, TransferState.Cancelled));
    }

    function test_expire__by_anyone_from_its_second_on() external {
        uint64 id = _initiate();
        uint40 expiresAt = uint40(block.timestamp) + DELAY + EXPIRY;
        vm.warp(expiresAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.NotExpired.selector, id, expiresAt, expiresAt - 1));
        transfers.expire(id);
        vm.warp(expiresAt);
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferExpired(id, outsider);
        vm.prank(outsider);
        transfers.expire(id);
        _assertState(id, TransferState.Expired);
        _assertHolding(platform, ISSUED, 0);
        vm.expectRevert(_notPending(id, TransferState.Expired));
        transfers.expire(id);
    }

    /// @dev However it ends, the grams are with one of both and nothing stays locked.
    function testFuzz_ending__conserves(uint64 grams, uint8 ending, uint32 later) external {
        grams = uint64(bound(grams, 1, ISSUED));
        vm.prank(platformAgent);
        uint64 id = transfers.initiate(platform, buyer, _lines(grams), TransferKind.Gift, 0);
        vm.warp(block.timestamp + bound(later, 0, 40 days));
        bytes memory data;
        if (ending % 3 == 0) data = abi.encodeCall(transfers.execute, (id));
        if (ending % 3 == 1) data = abi.encodeCall(transfers.cancel, (id));
        if (ending % 3 == 2) data = abi.encodeCall(transfers.expire, (id));
        vm.prank(platformAgent);
        (bool done,) = address(transfers).call(data);
        bool moved = done && ending % 3 == 0;
        _assertHolding(platform, moved ? ISSUED - grams : ISSUED, done ? 0 : grams);
        _assertHolding(buyer, moved ? grams : 0, 0);
    }

    function _refuse(address to, Line[] memory lines, TransferKind kind, bytes32 referenceHash, bytes memory refusal) private {
        vm.prank(platformAgent);
        vm.expectRevert(refusal);
        transfers.initiate(platform, to, lines, kind, referenceHash);
    }
}
