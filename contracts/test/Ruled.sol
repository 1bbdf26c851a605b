// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AgentRights} from "../src/IAccounts.sol";
import {Limits} from "../src/ITransferRules.sol";
import {TransferRules} from "../src/TransferRules.sol";
import {Network} from "./Network.sol";

/// @notice The rules of transfers alone: the test is the ledger, an actor is the contract of pending transfers.
abstract contract Ruled is Network {
    uint8 internal constant INITIATE = 1;
    uint8 internal constant APPROVE = 2;
    uint8 internal constant DUAL_CONTROL = 1;
    uint8 internal constant CONFIRMS_RECEIPTS = 2;
    /// @dev 2026-11-20 12:00 in UTC+08:00.
    uint256 internal constant NOON = 20_777 days + 4 hours;
    uint256 internal constant UNTIL_MIDNIGHT = 12 hours;

    TransferRules internal rules;
    address internal transfers = actor("TRANSFERS");
    address internal approvingAgent = actor("APPROVING_AGENT");
    address internal seller;
    address internal buyer;

    function setUp() public override {
        super.setUp();
        vm.warp(NOON);
        rules = new TransferRules(authority, address(desk), accounts);
        rules.wire(address(this), transfers, _none());
        seller = _openAccount(WUHAN, 1, AccountKind.Platform);
        buyer = _openAccount(SHANGHAI, 1, AccountKind.Enterprise);
        AgentRights[] memory agents = new AgentRights[](2);
        agents[0] = AgentRights(agent, INITIATE);
        agents[1] = AgentRights(approvingAgent, APPROVE);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, seller, agents);
    }

    // helpers

    function _none() internal pure returns (Limits memory) {
        return Limits(0, 0, 0, 0, false);
    }

    function _limits(uint56 perTransfer, uint56 perDay, uint24 delay, uint24 trusting) internal pure returns (Limits memory) {
        return Limits(perTransfer, perDay, delay, trusting, true);
    }

    function _setLimits(uint32 jurisdiction, Limits memory limits) internal {
        vm.prank(address(desk));
        rules.setLimits(jurisdiction, limits);
    }

    function _setOwn(Limits memory limits) internal {
        vm.prank(address(desk));
        rules.setAccountLimits(WUHAN, seller, limits);
    }

    function _refuse(uint64 grams, bool atOnce, bytes memory refusal) internal {
        if (!atOnce) vm.prank(transfers);
        vm.expectRevert(refusal);
        rules.begin(agent, seller, buyer, grams, atOnce);
    }

    function _refuseLimits(uint32 jurisdiction, Limits memory limits, bytes memory refusal) internal {
        vm.expectRevert(refusal);
        _setLimits(jurisdiction, limits);
    }

    function _refuseOwn(uint32 jurisdiction, address account, Limits memory limits, bytes memory refusal) internal {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        rules.setAccountLimits(jurisdiction, account, limits);
    }

    function _refuseTrust(address counterparty, bytes memory refusal) internal {
        vm.prank(agent);
        vm.expectRevert(refusal);
        rules.trust(seller, counterparty);
    }
}
