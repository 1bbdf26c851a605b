// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AgentRights} from "../src/IAccounts.sol";
import {Line} from "../src/ICredits.sol";
import {Limits} from "../src/ITransferRules.sol";
import {ITransfers, TransferKind, TransferState} from "../src/ITransfers.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice One batch on the platform's account, which has three agents; transfers to others wait a day.
abstract contract Pending is OneBatch {
    uint8 internal constant APPROVE = 2;
    uint8 internal constant DUAL_CONTROL = 1;
    uint8 internal constant CONFIRMS_RECEIPTS = 2;
    uint24 internal constant DELAY = 1 days;
    uint40 internal constant EXPIRY = 30 days;
    uint64 internal constant GRAMS = 400;
    bytes32 internal constant TRADE = keccak256("trade");

    address internal approvingAgent = actor("APPROVING_AGENT");
    address internal bothAgent = actor("BOTH_AGENT");

    function setUp() public virtual override {
        super.setUp();
        AgentRights[] memory agents = new AgentRights[](2);
        agents[0] = AgentRights(approvingAgent, APPROVE);
        agents[1] = AgentRights(bothAgent, INITIATE | APPROVE);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, platform, agents);
        vm.prank(address(desk));
        rules.setLimits(WUHAN, Limits(type(uint56).max, type(uint56).max, DELAY, 0, true));
    }

    function _initiate() internal returns (uint64) {
        vm.prank(platformAgent);
        return transfers.initiate(platform, buyer, _lines(GRAMS), TransferKind.Gift, 0);
    }

    function _lines(uint64 grams) internal view returns (Line[] memory list) {
        list = new Line[](1);
        list[0] = Line(batchId, grams);
    }

    function _setFlags(address account, uint8 flags) internal {
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, account, flags);
    }

    function _setRights(address account, address person, uint8 rights) internal {
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, account, _agents(person, rights));
    }

    function _approve(uint64 id) internal {
        vm.prank(approvingAgent);
        transfers.approve(id);
    }

    function _refuseExecution(uint64 id, bytes memory refusal) internal {
        vm.expectRevert(refusal);
        transfers.execute(id);
    }

    /// @dev What is held and how much of it is locked.
    function _assertHolding(address account, uint64 grams, uint64 locked) internal view {
        assertEq(credits.holdingOf(account, batchId).grams, grams, "grams");
        assertEq(credits.holdingOf(account, batchId).locked, locked, "locked");
    }

    function _assertState(uint64 id, TransferState state) internal view {
        assertTrue(transfers.transferOf(id).state == state, "state");
    }

    function _notPending(uint64 id, TransferState state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ITransfers.NotPending.selector, id, state);
    }
}
