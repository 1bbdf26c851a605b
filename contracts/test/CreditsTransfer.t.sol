// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus} from "../src/IAccounts.sol";
import {ICredits} from "../src/ICredits.sol";
import {ITransferRules, Limits} from "../src/ITransferRules.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Transfers between accounts.
contract CreditsTransferTest is OneBatch {
    address private constant NOBODY = address(0xdead);

    // ------------------------------------------------------------ transfer

    function test_transfer__by_another_than_an_agent__reverts() public {
        address[3] memory callers = [buyerAgent, platform, address(desk)];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectTransferRefused(
                callers[i], buyer, 1, abi.encodeWithSelector(ICredits.NotAgent.selector, platform, callers[i])
            );
        }
        vm.expectRevert(abi.encodeWithSelector(ICredits.NotAgent.selector, platform, buyerAgent));
        vm.prank(buyerAgent);
        credits.safeBatchTransferFrom(platform, buyer, _ids(1), _values(1), "");
    }

    function test_transfer__by_an_agent_without_initiate__reverts() public {
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, platform, _agents(outsider, 6));
        _expectTransferRefused(outsider, buyer, 1, abi.encodeWithSelector(ICredits.NotAgent.selector, platform, outsider));
    }

    function test_transfer__to_self_or_nobody__reverts() public {
        _expectTransferRefused(platformAgent, platform, 1, abi.encodeWithSelector(ICredits.SelfTransfer.selector, platform));
        _expectTransferRefused(platformAgent, NOBODY, 1, _notUsable(NOBODY, AccountStatus.None));
        _expectTransferRefused(platformAgent, address(0), 1, _notUsable(address(0), AccountStatus.None));
        // A person is no account.
        _expectTransferRefused(platformAgent, platformAgent, 1, _notUsable(platformAgent, AccountStatus.None));
    }

    function test_transfer__zero_or_more_than_held__reverts() public {
        _expectTransferRefused(platformAgent, buyer, 0, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectTransferRefused(platformAgent, buyer, ISSUED + 1, _insufficient(platform, ISSUED, ISSUED + 1));
        _expectTransferRefused(platformAgent, buyer, type(uint256).max, _insufficient(platform, ISSUED, type(uint256).max));
    }

    function test_transfer__status_of_the_sender() public {
        _setStatus(platform, AccountStatus.Restricted);
        _expectTransferRefused(platformAgent, buyer, 1, _notUsable(platform, AccountStatus.Restricted));
        _setStatus(platform, AccountStatus.Frozen);
        _expectTransferRefused(platformAgent, buyer, 1, _notUsable(platform, AccountStatus.Frozen));
        _setStatus(platform, AccountStatus.Open);
        _transfer(buyer, 1);
    }

    function test_transfer__status_of_the_receiver() public {
        _setStatus(buyer, AccountStatus.Restricted);
        _transfer(buyer, 1);
        _setStatus(buyer, AccountStatus.Frozen);
        _expectTransferRefused(platformAgent, buyer, 1, _notUsable(buyer, AccountStatus.Frozen));
        _setStatus(enterprise, AccountStatus.Closed);
        _expectTransferRefused(platformAgent, enterprise, 1, _notUsable(enterprise, AccountStatus.Closed));
    }

    function test_transfer__all_held_moves_and_tells() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC1155.TransferSingle(platformAgent, platform, buyer, batchId, ISSUED);
        _transfer(buyer, ISSUED);
        assertEq(credits.balanceOf(platform, batchId), 0, "sender");
        assertEq(credits.balanceOf(buyer, batchId), ISSUED, "receiver");
        assertEq(credits.positionsOf(platform), 0, "batches of the sender");
        assertEq(credits.positionsOf(buyer), 1, "batches of the receiver");
        _assertBatch(batchId, ISSUED, 0, 0);
    }

    function test_transfer__data_that_is_no_trades_hash__reverts() public {
        bytes[4] memory bad = [bytes("note"), new bytes(31), new bytes(32), new bytes(33)];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory error_ = abi.encodeWithSelector(ICredits.InvalidReference.selector, bad[i].length);
            vm.expectRevert(error_);
            vm.prank(platformAgent);
            credits.safeTransferFrom(platform, buyer, batchId, 1, bad[i]);
            vm.expectRevert(error_);
            vm.prank(platformAgent);
            credits.safeBatchTransferFrom(platform, buyer, _ids(1), _values(1), bad[i]);
        }
    }

    function test_transfer__as_a_sale__tells_the_trade() public {
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 trade = keccak256(abi.encode("trade", i));
            vm.expectEmit(true, true, true, true, address(credits));
            emit ICredits.Traded(trade, platform, buyer);
            vm.prank(platformAgent);
            if (i == 0) credits.safeTransferFrom(platform, buyer, batchId, 1, abi.encode(trade));
            else credits.safeBatchTransferFrom(platform, buyer, _ids(1), _values(1), abi.encode(trade));
            // A trade is settled once.
            vm.prank(platformAgent);
            vm.expectRevert(abi.encodeWithSelector(ITransferRules.TradeUsedBefore.selector, platform, trade));
            credits.safeTransferFrom(platform, buyer, batchId, 1, abi.encode(trade));
        }
    }

    function test_transfer__limit_of_the_day__counts_all_lines() public {
        vm.prank(address(desk));
        rules.setAccountLimits(WUHAN, platform, Limits(10, 12, 0, 0, true));
        (uint256[] memory ids, uint256[] memory values) = (_ids(2), _values(2));
        (values[0], values[1]) = (5, 6);
        _expectBatchRefused(ids, values, abi.encodeWithSelector(ITransferRules.TransferLimit.selector, platform, 10, 11));
        // More than any number of grams is no way around it.
        (values[0], values[1]) = (type(uint256).max, type(uint256).max);
        bytes4 limit = ITransferRules.TransferLimit.selector;
        _expectBatchRefused(ids, values, abi.encodeWithSelector(limit, platform, 10, type(uint64).max));
        (values[0], values[1]) = (5, 5);
        vm.prank(platformAgent);
        credits.safeBatchTransferFrom(platform, buyer, ids, values, "");
        bytes memory refusal = abi.encodeWithSelector(ITransferRules.DayLimit.selector, platform, 12, 10, 3);
        _expectTransferRefused(platformAgent, buyer, 3, refusal);
        _transfer(buyer, 2);
    }

    function test_batchTransfer__refusals__reverts() public {
        bytes4 length = IERC1155Errors.ERC1155InvalidArrayLength.selector;
        _expectBatchRefused(_ids(2), _values(1), abi.encodeWithSelector(length, 2, 1));
        _expectBatchRefused(_ids(1), _values(2), abi.encodeWithSelector(length, 1, 2));
        bytes4 count = ICredits.InvalidLineCount.selector;
        _expectBatchRefused(_ids(0), _values(0), abi.encodeWithSelector(count, 0));
        _expectBatchRefused(_ids(51), _values(51), abi.encodeWithSelector(count, 51));
        uint256[] memory values = _values(2);
        values[1] = 0;
        _expectBatchRefused(_ids(2), values, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        // Line by line: the first has taken a gram already.
        values[1] = ISSUED;
        _expectBatchRefused(_ids(2), values, _insufficient(platform, ISSUED - 1, ISSUED));
        // One batch twice: each line fits, the sum does not.
        (values[0], values[1]) = (ISSUED, 1);
        _expectBatchRefused(_ids(2), values, _insufficient(platform, 0, 1));
    }

    function test_batchTransfer__two_batches_moves_both() public {
        uint256 second = _issueTo(platform, WUHAN_PROJECT, 10);
        (uint256[] memory ids, uint256[] memory values) = (_ids(2), _values(2));
        (ids[1], values[0], values[1]) = (second, 30, 10);
        vm.prank(platformAgent);
        credits.safeBatchTransferFrom(platform, buyer, ids, values, "");
        assertEq(credits.balanceOf(buyer, batchId), 30, "first batch");
        assertEq(credits.balanceOf(buyer, second), 10, "second batch");
        assertEq(credits.positionsOf(buyer), 2, "batches");
        assertEq(credits.positionsOf(platform), 1, "what is left");
    }

    function testFuzz_transfer__conserves(uint64 grams) public {
        grams = uint64(bound(grams, 1, ISSUED));
        _transfer(buyer, grams);
        uint256 sum = credits.balanceOf(platform, batchId) + credits.balanceOf(buyer, batchId);
        assertEq(sum, ISSUED, "sum of balances");
        assertEq(credits.positionsOf(platform), grams == ISSUED ? 0 : 1, "batches of the sender");
    }

    // ------------------------------------------------------------- helpers

    function _expectTransferRefused(address caller, address to, uint256 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.safeTransferFrom(platform, to, batchId, grams, "");
    }

    function _expectBatchRefused(uint256[] memory ids, uint256[] memory values, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(platformAgent);
        credits.safeBatchTransferFrom(platform, buyer, ids, values, "");
    }

    function _ids(uint256 count) private view returns (uint256[] memory list) {
        list = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = batchId;
        }
    }

    function _values(uint256 count) private pure returns (uint256[] memory list) {
        list = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = 1;
        }
    }
}
