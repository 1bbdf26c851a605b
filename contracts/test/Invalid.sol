// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind} from "../src/IAccounts.sol";
import {ICredits, Purpose, Retirement} from "../src/ICredits.sol";
import {IInvalidations, Invalidation, Split} from "../src/IInvalidations.sol";
import {Report} from "../src/IOracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice The register with a batch of 1000 grams that may turn out to be wrong, and spare batches of the same developer.
abstract contract Invalid is Register {
    uint64 internal constant ISSUED = 1000;
    uint64 internal constant SPARE = 5000;
    /// @dev 2017-01-01.
    uint32 internal constant NEXT_YEAR = FIRST_DAY + 366;

    /// @dev Of Wuhan, vintage 2017.
    uint256 internal batchId;
    /// @dev Of another project of Wuhan, vintage 2017: what may replace it.
    uint256 internal spareBatch;
    /// @dev What may not, for it is of Shanghai, or of 2016.
    uint256 internal farBatch;
    uint256 internal oldBatch;
    address internal buffer;
    address internal farBuffer;

    function setUp() public virtual override {
        super.setUp();
        buffer = _openWithAgent(WUHAN, 9, AccountKind.Buffer, agent);
        farBuffer = _openWithAgent(SHANGHAI, 9, AccountKind.Buffer, agent);
        uint64 other = _fileProject(WUHAN, platform, address(0), CEILING);
        oldBatch = _issueOf(other, FIRST_DAY, _one(platform), _oneAmount(SPARE));
        spareBatch = _issueOf(other, NEXT_YEAR, _one(platform), _oneAmount(SPARE));
        farBatch = _issueOf(SHANGHAI_PROJECT, NEXT_YEAR, _one(platform), _oneAmount(SPARE));
        batchId = _issueOf(WUHAN_PROJECT, NEXT_YEAR, _one(platform), _oneAmount(ISSUED));
    }

    // -------------------------------------------------------------- ledger

    /// @dev The next batch of a project, of acts of one day.
    function _issueOf(uint64 projectId, uint32 day, address[] memory receivers, uint64[] memory allocation)
        internal
        returns (uint256)
    {
        uint64 total = 0;
        for (uint256 i = 0; i < allocation.length; ++i) {
            total += allocation[i];
        }
        Report memory report = _nextReport(projectId, total);
        (report.periodStart, report.periodEnd) = (day, day);
        committee.submit(report, _signatures(report, 3));
        vm.prank(address(desk));
        credits.issue(uint32(projectId >> 32), projectId, report.seq, receivers, allocation);
        return credits.batchIdOf(projectId, report.seq);
    }

    /// @dev Another batch than the one of 1000 grams takes its place in the test.
    function _issueAmong(address[] memory receivers, uint64[] memory allocation) internal {
        batchId = _issueOf(WUHAN_PROJECT, NEXT_YEAR + 1, receivers, allocation);
    }

    function _give(address to, uint64 grams) internal {
        _giveOf(batchId, to, grams);
    }

    function _giveOf(uint256 batch, address to, uint64 grams) internal {
        vm.prank(platformAgent);
        credits.safeTransferFrom(platform, to, batch, grams, "");
    }

    /// @dev By the developer.
    function _use(uint64 grams) internal {
        vm.prank(platformAgent);
        credits.retire(batchId, platform, grams, Purpose.EventNeutrality, BENEFICIARY, STATEMENT);
    }

    /// @dev In the name of a module; the one of this test holds all roles of modules.
    function _lock(address account, uint64 grams) internal {
        vm.prank(address(invalidations));
        credits.lock(account, batchId, grams);
    }

    function _freezeGrams(address account, uint64 grams) internal {
        uint256 heldBack = credits.getFrozenTokens(account, batchId);
        vm.prank(address(invalidations));
        credits.setFrozenTokens(account, batchId, heldBack + grams);
    }

    function _grams(address account) internal view returns (uint64) {
        return credits.holdingOf(account, batchId).grams;
    }

    function _gramsOf(address account, uint256 batch) internal view returns (uint64) {
        return credits.holdingOf(account, batch).grams;
    }

    function _recalled(address account) internal view returns (uint64) {
        return credits.holdingOf(account, batchId).recalled;
    }

    function _isHeld() internal view returns (bool) {
        return credits.batchOf(batchId).held;
    }

    function _expectMovesRefused() internal {
        bytes memory error_ = abi.encodeWithSelector(ICredits.BatchHeld.selector, batchId);
        vm.startPrank(platformAgent);
        vm.expectRevert(error_);
        credits.safeTransferFrom(platform, enterprise, batchId, 1, "");
        vm.expectRevert(error_);
        credits.retire(batchId, platform, 1, Purpose.EventNeutrality, BENEFICIARY, STATEMENT);
        vm.stopPrank();
        vm.startPrank(address(invalidations));
        vm.expectRevert(error_);
        credits.lock(platform, batchId, 1);
        vm.expectRevert(error_);
        credits.forcedTransfer(platform, enterprise, batchId, 1);
        vm.stopPrank();
        vm.expectRevert(error_);
        vm.prank(address(desk));
        credits.cancel(WUHAN, batchId, platform, 1, REASON);
    }

    // ------------------------------------------------------- invalidations

    function _invalidate(uint64 grams) internal returns (uint32) {
        return _invalidate(grams, new address[](0));
    }

    function _invalidate(uint64 grams, address[] memory buffers) internal returns (uint32) {
        vm.prank(address(desk));
        invalidations.invalidate(WUHAN, batchId, grams, REASON, buffers);
        return invalidations.invalidationCount();
    }

    function _expectInvalidateRefused(uint64 grams, address[] memory buffers, bytes memory error_) internal {
        vm.expectRevert(error_);
        vm.prank(address(desk));
        invalidations.invalidate(WUHAN, batchId, grams, REASON, buffers);
    }

    /// @dev In ascending order.
    function _two(address first, address second) internal pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = first < second ? (first, second) : (second, first);
    }

    function _tooMany(uint256 possible, uint64 wanted) internal view returns (bytes memory) {
        return abi.encodeWithSelector(IInvalidations.TooManyInvalid.selector, batchId, possible, wanted);
    }

    function _assertSplit(uint32 id, uint64 cancelled, uint64 recalled, uint64 buffers, uint64 holders, uint64 used)
        internal
        view
    {
        Split memory split = invalidations.invalidationOf(id).split;
        assertEq(split.developerCancelled, cancelled, "cancelled of the developer");
        assertEq(split.developerRecalled, recalled, "recalled of the developer");
        assertEq(split.buffersCancelled, buffers, "cancelled of buffers");
        assertEq(split.holdersRecalled, holders, "recalled of holders");
        assertEq(split.used, used, "used");
    }

    function _assertOpen(uint32 id, uint64 recalled, uint64 used) internal view {
        Invalidation memory made = invalidations.invalidationOf(id);
        assertEq(made.openRecalledGrams, recalled, "open recalled");
        assertEq(made.openUsedGrams, used, "open used");
    }

    /// @dev The first retirement of the spare batch.
    function _assertEqualReplacement(uint64 grams) internal view {
        Retirement memory retirement = credits.retirementOf(spareBatch, uint56(credits.batchOf(spareBatch).serialStart));
        assertEq(uint8(retirement.purpose), uint8(Purpose.EqualReplacement), "purpose");
        assertEq(retirement.grams, grams, "retired");
        assertEq(retirement.account, platform, "by the payer");
    }
}
