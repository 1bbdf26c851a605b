// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind} from "../src/IAccounts.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IInvalidations, Invalidation, Recall, Split} from "../src/IInvalidations.sol";
import {Invalid} from "./Invalid.sol";

/// @notice Who gives how many grams when a batch is invalidated, and how its holders are covered.
contract InvalidationsTest is Invalid {
    // ---------------------------------------------------------- invalidate

    function test_invalidate__byAnyoneButTheDesk__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator));
        vm.prank(regulator);
        invalidations.invalidate(WUHAN, batchId, 1, REASON, new address[](0));
    }

    function test_invalidate__byAnotherJurisdiction__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.WrongJurisdiction.selector, WUHAN, SHANGHAI));
        vm.prank(address(desk));
        invalidations.invalidate(SHANGHAI, batchId, 1, REASON, new address[](0));
    }

    function test_invalidate__noGrams__reverts() public {
        _expectInvalidateRefused(0, new address[](0), abi.encodeWithSelector(IInvalidations.ZeroGrams.selector));
    }

    function test_invalidate__noReason__reverts() public {
        vm.expectRevert(IInvalidations.MissingReason.selector);
        vm.prank(address(desk));
        invalidations.invalidate(WUHAN, batchId, 1, bytes32(0), new address[](0));
    }

    function test_invalidate__moreThanTheBatch__reverts() public {
        _use(300);
        bytes memory error_ = _tooMany(ISSUED, ISSUED + 1);
        _expectInvalidateRefused(ISSUED + 1, new address[](0), error_);
    }

    function test_invalidate__moreThanIsNotInvalidYet__reverts() public {
        _use(300);
        _give(enterprise, 400);
        _complete(_invalidate(600));
        assertEq(invalidations.possibleOf(batchId), 400, "possible");
        _expectInvalidateRefused(401, new address[](0), _tooMany(400, 401));
    }

    function test_invalidate__whileHoldersAreCovered__reverts() public {
        _give(enterprise, 400);
        uint32 id = _invalidate(700);
        bytes memory error_ = abi.encodeWithSelector(IInvalidations.RecallRunning.selector, batchId, id);
        _expectInvalidateRefused(1, new address[](0), error_);
    }

    function test_invalidate__buffersThatAreNone__reverts() public {
        _expectInvalidateRefused(1, _one(enterprise), _invalidBuffer(enterprise, 0));
        _expectInvalidateRefused(1, _one(farBuffer), _invalidBuffer(farBuffer, 0));
    }

    function test_invalidate__bufferNamedTwice__reverts() public {
        address[] memory buffers = new address[](2);
        (buffers[0], buffers[1]) = (buffer, buffer);
        _expectInvalidateRefused(1, buffers, _invalidBuffer(buffer, 1));
    }

    function test_invalidate__moreThan20Buffers__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(IInvalidations.InvalidBufferCount.selector, 21);
        _expectInvalidateRefused(1, new address[](21), error_);
    }

    function test_invalidate__developerHoldsEnough__isCancelledAndNothingIsOwed() public {
        _give(enterprise, 100);
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.Invalidated(1, batchId, platform, 900, Split(900, 0, 0, 0, 0), 0, REASON);
        uint32 id = _invalidate(900);
        _assertSplit(id, 900, 0, 0, 0, 0);
        assertEq(_grams(platform), 0, "of the developer");
        assertEq(_grams(enterprise), 100, "of a holder");
        assertEq(invalidations.openLiabilityOf(platform), 0, "liability");
        assertTrue(!_isHeld(), "not held");
    }

    function test_invalidate__developerLockedItsGrams__areRecalledBeforeAnyonesElse() public {
        _give(enterprise, 100);
        _lock(platform, 500);
        _freezeGrams(platform, 50);
        uint32 id = _invalidate(800);
        _assertSplit(id, 350, 450, 0, 0, 0);
        assertEq(_recalled(platform), 450, "recalled of the developer");
        assertEq(invalidations.recallOf(id, platform).openGrams, 450, "open of the developer");
        assertEq(invalidations.openLiabilityOf(platform), 450, "liability");
        assertTrue(!_isHeld(), "not held");
    }

    function test_invalidate__buffers__giveWhatIsFreeBeforeHolders() public {
        _give(buffer, 300);
        _give(enterprise, 200);
        _lock(buffer, 100);
        uint32 id = _invalidate(800, _one(buffer));
        _assertSplit(id, 500, 0, 200, 100, 0);
        assertEq(invalidations.invalidationOf(id).baseGrams, 300, "what buffer and holder have left");
        assertEq(_grams(buffer), 100, "of the buffer");
        assertTrue(_isHeld(), "held");
    }

    function test_invalidate__emptyBuffer__isPassedOver() public {
        _give(buffer, 300);
        address[] memory buffers = _two(buffer, _openBuffer(10));
        uint32 id = _invalidate(1000, buffers);
        _assertSplit(id, 700, 0, 300, 0, 0);
    }

    function test_invalidate__moreThanIsLive__leavesADebtForWhatWasUsed() public {
        _use(400);
        _give(enterprise, 100);
        uint32 id = _invalidate(900);
        _assertSplit(id, 500, 0, 0, 100, 300);
        _assertOpen(id, 100, 300);
        assertEq(invalidations.openLiabilityOf(platform), 400, "liability");
        assertEq(invalidations.possibleOf(batchId), 0, "possible while holders are covered");
        invalidations.recallHoldings(id, _one(enterprise));
        assertEq(invalidations.possibleOf(batchId), 100, "of what was used");
    }

    function test_invalidate__onlyUsedGramsAreLeft__holdsNothing() public {
        _use(1000);
        uint32 id = _invalidate(1000);
        _assertSplit(id, 0, 0, 0, 0, 1000);
        assertTrue(!_isHeld(), "not held");
        assertEq(invalidations.possibleOf(batchId), 0, "possible");
    }

    // ------------------------------------------------------ recallHoldings

    function test_recall__unknownInvalidation__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.UnknownInvalidation.selector, 1));
        invalidations.recallHoldings(1, _one(enterprise));
    }

    function test_recall__nothingToCover__reverts() public {
        uint32 id = _invalidate(700);
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NoRecallRunning.selector, id));
        invalidations.recallHoldings(id, _one(platform));
    }

    function test_recall__noHolderOrMoreThan50__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.InvalidPage.selector, 0));
        invalidations.recallHoldings(1, new address[](0));
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.InvalidPage.selector, 51));
        invalidations.recallHoldings(1, new address[](51));
    }

    function test_recall__accountWithoutGrams__reverts() public {
        _give(enterprise, 400);
        uint32 id = _invalidate(700);
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NothingToRecall.selector, id, buyer));
        invalidations.recallHoldings(id, _one(buyer));
        // The developer gave all it had.
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NothingToRecall.selector, id, platform));
        invalidations.recallHoldings(id, _one(platform));
    }

    function test_recall__holdersCoveredAlready__arePassedOverUntilNoneIsNew() public {
        _give(enterprise, 400);
        _give(buyer, 200);
        uint32 id = _invalidate(700);
        invalidations.recallHoldings(id, _one(buyer));
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.PageCovered.selector, id));
        invalidations.recallHoldings(id, _one(buyer));
        invalidations.recallHoldings(id, _two(buyer, enterprise));
        assertEq(uint256(_recalled(buyer)) + _recalled(enterprise), 300, "sum");
        assertTrue(!_isHeld(), "not held any more");
    }

    function test_recall__threeHolders__giveInProportionAndToTheGram() public {
        _give(enterprise, 100);
        _give(buyer, 200);
        _give(farPlatform, 33);
        uint32 id = _invalidate(667 + 100);
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.HoldingRecalled(id, enterprise, 100, 30);
        invalidations.recallHoldings(id, _one(enterprise));
        assertTrue(_isHeld(), "held until all are covered");
        invalidations.recallHoldings(id, _one(farPlatform));
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.RecallCompleted(id, batchId);
        invalidations.recallHoldings(id, _one(buyer));
        // 33 * 100 / 333 = 9.9 and 200 * 100 / 333 = 60.06: the floors of the running sums give 9 and 61.
        assertEq(_recalled(enterprise), 30, "of 100");
        assertEq(_recalled(farPlatform), 9, "of 33");
        assertEq(_recalled(buyer), 61, "of 200");
        assertTrue(!_isHeld(), "not held any more");
        assertEq(invalidations.standingOf(batchId).recallingId, 0, "no recall runs");
    }

    function test_recall__shareOfNothing__coversTheHolder() public {
        _give(enterprise, 998);
        _give(buyer, 1);
        uint32 id = _invalidate(2);
        invalidations.recallHoldings(id, _one(buyer));
        Recall memory recall = invalidations.recallOf(id, buyer);
        assertTrue(recall.covered && recall.grams == 0, "covered by 0 grams");
        invalidations.recallHoldings(id, _one(enterprise));
        assertEq(_recalled(enterprise), 1, "all of it");
    }

    function test_recall__holderWhoLockedOrIsFrozen__givesTheSameShare() public {
        _give(enterprise, 400);
        _give(buyer, 400);
        _lock(enterprise, 400);
        _freezeGrams(buyer, 400);
        uint32 id = _invalidate(600);
        invalidations.recallHoldings(id, _two(enterprise, buyer));
        assertEq(_recalled(enterprise), 200, "of what is locked");
        assertEq(_recalled(buyer), 200, "of what is frozen");
    }

    function test_recall__secondInvalidation__takesFromWhatIsNotRecalledYet() public {
        _give(enterprise, 600);
        _give(buyer, 400);
        _complete(_invalidate(500));
        uint32 id = _invalidate(500);
        assertEq(invalidations.invalidationOf(id).baseGrams, 500, "not recalled yet");
        _complete(id);
        assertEq(_recalled(enterprise), 600, "all");
        assertEq(_recalled(buyer), 400, "all");
        assertEq(invalidations.possibleOf(batchId), 0, "possible");
        assertEq(invalidations.standingOf(batchId).recalledGrams, 1000, "recalled of the batch");
    }

    // ------------------------------------------------------------- helpers

    function _complete(uint32 id) private {
        address[4] memory all = [enterprise, buyer, buffer, farPlatform];
        for (uint256 i = 0; i < all.length; ++i) {
            bool running = invalidations.standingOf(batchId).recallingId == id;
            if (running && _grams(all[i]) > _recalled(all[i])) invalidations.recallHoldings(id, _one(all[i]));
        }
    }

    function _openBuffer(uint64 number) private returns (address) {
        return _openWithAgent(WUHAN, number, AccountKind.Buffer, agent);
    }

    function _invalidBuffer(address account, uint256 position) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInvalidations.InvalidBuffer.selector, account, position);
    }
}
