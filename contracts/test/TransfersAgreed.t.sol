// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITransferRules} from "../src/ITransferRules.sol";
import {ITransfers, TransferKind, TransferState} from "../src/ITransfers.sol";
import {Pending} from "./Pending.sol";

/// @notice Who must agree to a transfer: a second agent of the sender, an agent of the receiver.
contract TransfersAgreedTest is Pending {
    uint64 private id;

    function setUp() public override {
        super.setUp();
        _setFlags(platform, DUAL_CONTROL);
        _setFlags(buyer, CONFIRMS_RECEIPTS);
        id = _initiate();
        vm.warp(block.timestamp + DELAY);
    }

    // approve

    function test_approve__without_the_right__reverts() external {
        address[4] memory callers = [platformAgent, outsider, buyerAgent, regulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITransfers.NotApprover.selector, platform, callers[i]));
            transfers.approve(id);
        }
    }

    function test_approve__by_the_initiator__reverts() external {
        vm.prank(bothAgent);
        uint64 own = transfers.initiate(platform, buyer, _lines(1), TransferKind.Gift, 0);
        vm.prank(bothAgent);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.ApproverIsInitiator.selector, own, bothAgent));
        transfers.approve(own);
    }

    function test_approve__twice_or_not_needed__reverts() external {
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferApproved(id, approvingAgent);
        _approve(id);
        assertEq(transfers.transferOf(id).approver, approvingAgent, "approver");
        vm.prank(bothAgent);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.NothingToApprove.selector, id));
        transfers.approve(id);
        uint64 other = _initiate();
        _setFlags(platform, 0);
        vm.prank(approvingAgent);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.NothingToApprove.selector, other));
        transfers.approve(other);
    }

    function test_approve__after_its_time_or_its_end__reverts() external {
        uint40 expiresAt = uint40(block.timestamp) + EXPIRY;
        vm.warp(expiresAt);
        vm.prank(approvingAgent);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.TooLate.selector, id, expiresAt, expiresAt));
        transfers.approve(id);
        vm.prank(platformAgent);
        transfers.cancel(id);
        vm.prank(approvingAgent);
        vm.expectRevert(_notPending(id, TransferState.Cancelled));
        transfers.approve(id);
    }

    // accept, refuse

    function test_accept__by_another_than_the_receiver__reverts() external {
        _setRights(buyer, outsider, APPROVE);
        address[3] memory callers = [platformAgent, outsider, agent];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITransfers.NotAgent.selector, buyer, callers[i]));
            transfers.accept(id);
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITransfers.NotAgent.selector, buyer, callers[i]));
            transfers.refuse(id);
        }
    }

    function test_accept__twice_or_not_asked__reverts() external {
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferAccepted(id, buyerAgent);
        vm.prank(buyerAgent);
        transfers.accept(id);
        assertTrue(transfers.transferOf(id).accepted, "accepted");
        bytes memory nothing = abi.encodeWithSelector(ITransfers.NothingToAccept.selector, id);
        vm.prank(buyerAgent);
        vm.expectRevert(nothing);
        transfers.accept(id);
        vm.prank(buyerAgent);
        vm.expectRevert(nothing);
        transfers.refuse(id);
        uint64 other = _initiate();
        _setFlags(buyer, 0);
        vm.prank(buyerAgent);
        vm.expectRevert(abi.encodeWithSelector(ITransfers.NothingToAccept.selector, other));
        transfers.refuse(other);
    }

    function test_refuse__ends_it_and_frees_the_grams() external {
        _approve(id);
        vm.expectEmit(true, true, true, true, address(transfers));
        emit ITransfers.TransferRefused(id, buyerAgent);
        vm.prank(buyerAgent);
        transfers.refuse(id);
        _assertState(id, TransferState.Refused);
        _assertHolding(platform, ISSUED, 0);
        _refuseExecution(id, _notPending(id, TransferState.Refused));
    }

    // execute

    function test_execute__needs_both_words_in_any_order() external {
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.ApprovalMissing.selector, id));
        _approve(id);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.AcceptanceMissing.selector, id));
        vm.prank(buyerAgent);
        transfers.accept(id);
        transfers.execute(id);
        _assertHolding(buyer, GRAMS, 0);
    }

    function test_execute__approver_lost_the_right__reverts() external {
        _approve(id);
        vm.prank(buyerAgent);
        transfers.accept(id);
        _setRights(platform, approvingAgent, 0);
        _refuseExecution(id, abi.encodeWithSelector(ITransfers.AgentLost.selector, id, approvingAgent));
        _setRights(platform, approvingAgent, APPROVE);
        transfers.execute(id);
    }

    function test_execute__control_made_dual_in_between__needs_the_approval_then() external {
        _setFlags(platform, 0);
        _setFlags(buyer, 0);
        uint64 other = _initiate();
        vm.warp(block.timestamp + DELAY);
        _setFlags(platform, DUAL_CONTROL);
        _refuseExecution(other, abi.encodeWithSelector(ITransfers.ApprovalMissing.selector, other));
        _approve(other);
        transfers.execute(other);
    }

    /// @dev One key of an account under dual control moves nothing, whichever it is and whatever it tries.
    function testFuzz_one_stolen_key_of_dual_control__moves_nothing(uint8 which, uint8[12] memory steps) external {
        address thief = [platformAgent, approvingAgent, bothAgent][which % 3];
        _setFlags(buyer, 0);
        vm.prank(bothAgent);
        transfers.cancel(id);
        for (uint256 i = 0; i < steps.length; ++i) {
            uint64 last = transfers.transferCount();
            bytes[8] memory calls = [
                abi.encodeCall(transfers.initiate, (platform, buyer, _lines(1), TransferKind.Gift, 0)),
                abi.encodeCall(transfers.approve, (last)),
                abi.encodeCall(transfers.execute, (last)),
                abi.encodeCall(transfers.cancel, (last)),
                abi.encodeCall(transfers.accept, (last)),
                abi.encodeCall(credits.safeTransferFrom, (platform, buyer, batchId, 1, "")),
                abi.encodeCall(rules.trust, (platform, buyer)),
                abi.encodeCall(rules.begin, (thief, platform, buyer, 1, true))
            ];
            uint256 step = steps[i] % calls.length;
            address target = step == 5 ? address(credits) : step > 5 ? address(rules) : address(transfers);
            vm.prank(thief);
            (bool done,) = target.call(calls[step]);
            done;
            vm.warp(block.timestamp + DELAY);
        }
        assertEq(credits.balanceOf(platform, batchId), ISSUED, "not a gram");
        assertEq(rules.trustedFrom(platform, buyer), 0, "no trust");
    }

    function test_safeTransferFrom__under_dual_control__moves_nothing_at_once() external {
        bytes memory refusal = abi.encodeWithSelector(ITransferRules.NeedsTransfer.selector, platform, buyer, DELAY, true, true);
        vm.prank(bothAgent);
        vm.expectRevert(refusal);
        credits.safeTransferFrom(platform, buyer, batchId, 1, "");
    }
}
