// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits, Purpose} from "../src/ICredits.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {IInvalidations, Recall} from "../src/IInvalidations.sol";
import {Invalid} from "./Invalid.sol";

/// @notice How what is owed becomes less, and what happens until it is nothing. 1000 grams: 300 used, 400 of the enterprise, 300 of the
/// buyer; 850 are invalid, so 700 are recalled and 150 are owed for used ones. The developer has spare grams of another batch.
contract InvalidationsLiabilityTest is Invalid {
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        _give(enterprise, 400);
        _give(buyer, 300);
        _use(300);
        id = _invalidate(850);
        invalidations.recallHoldings(id, _two(enterprise, buyer));
    }

    function test_liability__afterTheRecall__isWhatWasRecalledAndUsed() public view {
        _assertSplit(id, 0, 0, 0, 700, 150);
        _assertOpen(id, 700, 150);
        assertEq(invalidations.openLiabilityOf(platform), 850, "liability");
    }

    // ------------------------------------------------------------- replace

    function test_replace__byNoAgentOfThePayer__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, platform, agent));
        vm.prank(agent);
        invalidations.replace(platform, id, enterprise, spareBatch, 1);
    }

    function test_replace__byARestrictedPayer__reverts() public {
        _setStatus(platform, AccountStatus.Restricted);
        _expectReplaceRefused(enterprise, spareBatch, 1, _notUsable(platform, AccountStatus.Restricted));
    }

    function test_replace__unknownInvalidation__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.UnknownInvalidation.selector, 2));
        vm.prank(platformAgent);
        invalidations.replace(platform, 2, enterprise, spareBatch, 1);
    }

    function test_replace__byTheSameBatch_anotherJurisdiction_orAnOlderVintage__reverts() public {
        uint256[3] memory unequal = [batchId, farBatch, oldBatch];
        for (uint256 i = 0; i < unequal.length; ++i) {
            bytes memory error_ = abi.encodeWithSelector(IInvalidations.UnequalReplacement.selector, batchId, unequal[i]);
            _expectReplaceRefused(enterprise, unequal[i], 1, error_);
            _expectSettleRefused(enterprise, unequal[i], 1, error_);
        }
    }

    function test_replace__noGrams_orMoreThanIsOpen__reverts() public {
        _expectReplaceRefused(enterprise, spareBatch, 0, abi.encodeWithSelector(IInvalidations.ZeroGrams.selector));
        _expectReplaceRefused(enterprise, spareBatch, 401, _tooSmall(enterprise, 400, 401));
        _expectReplaceRefused(outsider, spareBatch, 1, _tooSmall(outsider, 0, 1));
        // Used grams have no holder.
        _expectReplaceRefused(address(0), spareBatch, 1, _tooSmall(address(0), 0, 1));
    }

    function test_replace__whatIsLockedForOthers__reverts() public {
        _waive(enterprise, 400);
        _lock(enterprise, 1);
        id = _invalidate(400);
        invalidations.recallHoldings(id, _one(enterprise));
        bytes memory error_ = abi.encodeWithSelector(IInvalidations.LockedForOthers.selector, enterprise, batchId, 400, 1);
        _expectReplaceRefused(enterprise, spareBatch, 400, error_);
        vm.expectRevert(error_);
        vm.prank(agent);
        invalidations.giveUp(enterprise, id, 400);
        _replace(enterprise, 399);
        _settle(enterprise, 1);
    }

    function test_replace__allOfAHolding__swapsItGramForGram() public {
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.Replaced(id, enterprise, platform, spareBatch, 400, platformAgent);
        _replace(enterprise, 400);
        assertEq(_grams(enterprise), 0, "recalled batch");
        assertEq(_recalled(enterprise), 0, "recalled");
        assertEq(_gramsOf(enterprise, spareBatch), 400, "replacement");
        assertEq(_gramsOf(platform, spareBatch), SPARE - 400, "of the payer");
        assertEq(invalidations.recallOf(id, enterprise).openGrams, 0, "open of the holder");
        _assertOpen(id, 300, 150);
        assertEq(invalidations.openLiabilityOf(platform), 450, "liability");
        _expectReplaceRefused(enterprise, spareBatch, 1, _tooSmall(enterprise, 0, 1));
    }

    // -------------------------------------------------------------- settle

    function test_settle__byNoAgentOfThePayer__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, platform, agent));
        vm.prank(agent);
        invalidations.settle(platform, id, address(0), spareBatch, 1);
    }

    function test_settle__byAFrozenPayer__reverts() public {
        _setStatus(platform, AccountStatus.Frozen);
        _expectSettleRefused(address(0), spareBatch, 1, _notUsable(platform, AccountStatus.Frozen));
    }

    function test_settle__moreThanIsOpen__reverts() public {
        _expectSettleRefused(address(0), spareBatch, 151, _tooSmall(address(0), 150, 151));
        _expectSettleRefused(buyer, spareBatch, 301, _tooSmall(buyer, 300, 301));
    }

    function test_settle__usedGrams__retiresAsMany() public {
        uint64 retirementId = credits.retirementCount() + 1;
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.Settled(id, address(0), platform, retirementId, 150, platformAgent);
        assertEq(_settle(address(0), 150), retirementId, "retirement");
        _assertOpen(id, 700, 0);
        assertEq(invalidations.openLiabilityOf(platform), 700, "liability");
        assertEq(_gramsOf(platform, spareBatch), SPARE - 150, "of the payer");
        _assertEqualReplacement(150);
        // They are paid for, but stay invalid: nobody invalidates them again.
        assertEq(invalidations.possibleOf(batchId), 150, "the other used ones");
    }

    function test_settle__recalledGrams__areFreeAgain() public {
        _setStatus(buyer, AccountStatus.Frozen);
        _settle(buyer, 300);
        assertEq(_grams(buyer), 300, "of the holder");
        assertEq(_recalled(buyer), 0, "recalled");
        _assertOpen(id, 400, 150);
        assertEq(invalidations.possibleOf(batchId), 150, "what is settled counts as invalid");
        // 150 of the used ones are not invalid; all that is live is.
        _expectInvalidateRefused(151, new address[](0), _tooMany(150, 151));
    }

    function test_settle__byAnotherAccount__paysForTheDeveloper() public {
        _giveOf(spareBatch, enterprise, 10);
        vm.prank(agent);
        invalidations.settle(enterprise, id, address(0), spareBatch, 10);
        assertEq(invalidations.openLiabilityOf(platform), 840, "liability");
    }

    // -------------------------------------------------------------- giveUp

    function test_giveUp__byNoAgentOfTheHolder__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, platformAgent));
        vm.prank(platformAgent);
        invalidations.giveUp(enterprise, id, 1);
    }

    function test_giveUp__moreThanIsOpen__reverts() public {
        vm.expectRevert(_tooSmall(enterprise, 400, 401));
        vm.prank(agent);
        invalidations.giveUp(enterprise, id, 401);
    }

    function test_giveUp__byTheHolder__cancelsThem() public {
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.GivenUp(id, enterprise, 100, agent);
        vm.prank(agent);
        invalidations.giveUp(enterprise, id, 100);
        assertEq(_grams(enterprise), 300, "left");
        assertEq(_recalled(enterprise), 300, "recalled");
        assertEq(invalidations.openLiabilityOf(platform), 750, "liability");
    }

    // --------------------------------------------------------------- waive

    function test_waive__byAnyoneButTheDesk_anotherJurisdiction_orWithoutReason__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, approver));
        vm.prank(approver);
        invalidations.waive(WUHAN, id, enterprise, 1, REASON);
        vm.startPrank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.WrongJurisdiction.selector, WUHAN, SHANGHAI));
        invalidations.waive(SHANGHAI, id, enterprise, 1, REASON);
        vm.expectRevert(IInvalidations.MissingReason.selector);
        invalidations.waive(WUHAN, id, enterprise, 1, bytes32(0));
        vm.expectRevert(_tooSmall(enterprise, 400, 401));
        invalidations.waive(WUHAN, id, enterprise, 401, REASON);
        vm.stopPrank();
    }

    function test_waive__recalledAndUsed__areValidAgain() public {
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.Waived(id, enterprise, 400, REASON);
        _waive(enterprise, 400);
        _waive(address(0), 50);
        assertEq(_grams(enterprise), 400, "of the holder");
        assertEq(_recalled(enterprise), 0, "recalled");
        _assertOpen(id, 300, 100);
        assertEq(invalidations.openLiabilityOf(platform), 400, "liability");
        assertEq(invalidations.possibleOf(batchId), 600, "400 live and 200 used ones");
    }

    // --------------------------------------------------------- while open

    function test_discharge__whileHoldersAreCovered__onlyUsedGrams() public {
        _waive(enterprise, 400);
        uint32 second = _invalidate(10);
        bytes memory error_ = abi.encodeWithSelector(IInvalidations.RecallRunning.selector, batchId, second);
        _expectReplaceRefused(buyer, spareBatch, 1, error_);
        _expectSettleRefused(buyer, spareBatch, 1, error_);
        vm.expectRevert(error_);
        vm.prank(buyerAgent);
        invalidations.giveUp(buyer, id, 1);
        vm.expectRevert(error_);
        vm.prank(address(desk));
        invalidations.waive(WUHAN, id, buyer, 1, REASON);
        _settle(address(0), 1);
    }

    function test_liability__fallsToNothing__onlyByItsFourWays() public {
        _replace(enterprise, 400);
        _settle(buyer, 100);
        _waive(buyer, 100);
        vm.prank(buyerAgent);
        invalidations.giveUp(buyer, id, 100);
        _settle(address(0), 150);
        _assertOpen(id, 0, 0);
        assertEq(invalidations.openLiabilityOf(platform), 0, "liability");
        assertEq(invalidations.standingOf(batchId).recalledGrams, 0, "recalled of the batch");
        Recall memory recall = invalidations.recallOf(id, buyer);
        assertTrue(recall.covered && recall.grams == 300 && recall.openGrams == 0, "what was stays readable");
    }

    // ----------------------------------------------------- in the ledger

    function test_issue__developerOwesAGram__revertsUntilItIsSettled() public {
        _replace(enterprise, 400);
        _replace(buyer, 300);
        _settle(address(0), 149);
        _issueOf(SHANGHAI_PROJECT, NEXT_YEAR + 30, _one(farPlatform), _oneAmount(10));
        (uint64 projectId, address[] memory receivers) = (uint64(spareBatch >> 64), _one(platform));
        vm.expectRevert(abi.encodeWithSelector(ICredits.DeveloperSuspended.selector, platform));
        this.issueAnew(projectId, receivers);
        _settle(address(0), 1);
        this.issueAnew(projectId, receivers);
    }

    function issueAnew(uint64 projectId, address[] calldata receivers) external {
        _issueOf(projectId, NEXT_YEAR + 30, receivers, _oneAmount(10));
    }

    function test_setSuspended__byNoCorrector_orTwice__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICredits.NotModule.selector, Role.Corrector, regulator));
        vm.prank(regulator);
        credits.setSuspended(platform, false);
        vm.expectRevert(abi.encodeWithSelector(ICredits.SuspensionUnchanged.selector, platform, true));
        vm.prank(address(invalidations));
        credits.setSuspended(platform, true);
        assertTrue(credits.isSuspended(platform) && !credits.isSuspended(farPlatform), "who owes");
    }

    function test_cancel__recalledGrams__reverts() public {
        _waive(enterprise, 100);
        vm.startPrank(address(desk));
        bytes4 selector = IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, enterprise, batchId, 101, 100));
        credits.cancel(WUHAN, batchId, enterprise, 101, REASON);
        credits.cancel(WUHAN, batchId, enterprise, 100, REASON);
        vm.stopPrank();
        assertEq(_recalled(enterprise), 300, "recalled");
        assertEq(_grams(enterprise), 300, "all of it recalled");
    }

    /// @dev What moves by force spares it too, and so does every way of the holder's agents.
    function test_recalled__grams__neitherMoveNorRetireNorLock() public {
        bytes4 selector = IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector;
        bytes memory error_ = abi.encodeWithSelector(selector, enterprise, batchId, 1, 0);
        vm.startPrank(agent);
        vm.expectRevert(error_);
        credits.safeTransferFrom(enterprise, buyer, batchId, 1, "");
        vm.expectRevert(error_);
        credits.retire(batchId, enterprise, 1, Purpose.EventNeutrality, BENEFICIARY, STATEMENT);
        vm.stopPrank();
        vm.startPrank(address(invalidations));
        vm.expectRevert(error_);
        credits.lock(enterprise, batchId, 1);
        vm.expectRevert(error_);
        credits.forcedTransfer(enterprise, buyer, batchId, 1);
        vm.stopPrank();
    }

    function _expectReplaceRefused(address holder, uint256 replacement, uint64 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(platformAgent);
        invalidations.replace(platform, id, holder, replacement, grams);
    }

    function _expectSettleRefused(address holder, uint256 replacement, uint64 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(platformAgent);
        invalidations.settle(platform, id, holder, replacement, grams);
    }

    function _replace(address holder, uint64 grams) private {
        vm.prank(platformAgent);
        invalidations.replace(platform, id, holder, spareBatch, grams);
    }

    function _settle(address holder, uint64 grams) private returns (uint64) {
        vm.prank(platformAgent);
        return invalidations.settle(platform, id, holder, spareBatch, grams);
    }

    function _waive(address holder, uint64 grams) private {
        vm.prank(address(desk));
        invalidations.waive(WUHAN, id, holder, grams, REASON);
    }

    function _tooSmall(address holder, uint64 open, uint64 wanted) private view returns (bytes memory) {
        return abi.encodeWithSelector(IInvalidations.LiabilityTooSmall.selector, id, holder, open, wanted);
    }

    function _notUsable(address account, AccountStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInvalidations.AccountNotUsable.selector, account, uint8(status));
    }
}
