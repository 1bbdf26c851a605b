// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {ICredits, Issue} from "../src/ICredits.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {FilingStatus} from "../src/IFilings.sol";
import {Stretch} from "../src/IOracleCommittee.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Issue, cancel, views.
contract CreditsTest is OneBatch {
    // --------------------------------------------------------------- issue

    function test_issue__not_through_desk__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        credits.issue(WUHAN, WUHAN_PROJECT, seq, _one(platform), _oneAmount(10));
    }

    function test_issue__by_another_jurisdiction__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        vm.expectRevert(abi.encodeWithSelector(ICredits.WrongJurisdiction.selector, WUHAN, SHANGHAI));
        vm.prank(address(desk));
        credits.issue(SHANGHAI, WUHAN_PROJECT, seq, _one(platform), _oneAmount(10));
    }

    function test_issue__twice__reverts() public {
        _expectIssueRefused(
            1, _one(platform), _oneAmount(ISSUED), abi.encodeWithSelector(ICredits.AlreadyIssued.selector, batchId)
        );
    }

    function test_issue__unknown_report__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(ICredits.ReportNotFinal.selector, WUHAN_PROJECT, uint64(2));
        _expectIssueRefused(2, _one(platform), _oneAmount(10), error_);
    }

    function test_issue__inside_the_dispute_window__reverts() public {
        _setCommittee(WUHAN, 60);
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        bytes memory error_ = abi.encodeWithSelector(ICredits.ReportNotFinal.selector, WUHAN_PROJECT, seq);
        vm.warp(block.timestamp + 59);
        _expectIssueRefused(seq, _one(platform), _oneAmount(10), error_);
        vm.warp(block.timestamp + 1);
        _issue(seq, _one(platform), _oneAmount(10));
    }

    function test_issue__empty_or_uneven_or_zero_or_long_allocation__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 21);
        bytes4 invalid = ICredits.InvalidAllocation.selector;
        _expectIssueRefused(seq, new address[](0), new uint64[](0), abi.encodeWithSelector(invalid, 0, 0));
        _expectIssueRefused(seq, new address[](0), _oneAmount(21), abi.encodeWithSelector(invalid, 0, 1));
        _expectIssueRefused(seq, _one(platform), new uint64[](2), abi.encodeWithSelector(invalid, 1, 2));

        (address[] memory two, uint64[] memory amounts) = (new address[](2), new uint64[](2));
        (two[0], two[1], amounts[0]) = (platform, buyer, 21);
        _expectIssueRefused(seq, two, amounts, abi.encodeWithSelector(invalid, 2, 2));

        (address[] memory many, uint64[] memory ones) = _lines(21);
        _expectIssueRefused(seq, many, ones, abi.encodeWithSelector(invalid, 21, 21));
    }

    function test_issue__more_or_less_than_the_report__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        bytes4 wrong = ICredits.AllocationSumWrong.selector;
        bytes memory error_ = abi.encodeWithSelector(wrong, uint64(10), uint256(9));
        _expectIssueRefused(seq, _one(platform), _oneAmount(9), error_);
        error_ = abi.encodeWithSelector(wrong, uint64(10), uint256(11));
        _expectIssueRefused(seq, _one(platform), _oneAmount(11), error_);

        // The sum does not wrap around.
        (address[] memory two, uint64[] memory amounts) = (new address[](2), new uint64[](2));
        (two[0], two[1], amounts[0], amounts[1]) = (platform, buyer, type(uint64).max, 11);
        error_ = abi.encodeWithSelector(wrong, uint64(10), uint256(type(uint64).max) + 11);
        _expectIssueRefused(seq, two, amounts, error_);
    }

    function test_issue__project_or_methodology_suspended__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        bytes memory error_ = abi.encodeWithSelector(ICredits.ProjectNotInForce.selector, WUHAN_PROJECT);
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
        _expectIssueRefused(seq, _one(platform), _oneAmount(10), error_);

        vm.prank(address(desk));
        filings.setProjectStatus(WUHAN, WUHAN_PROJECT, FilingStatus.Filed, REASON);
        vm.prank(address(desk));
        filings.setMethodologyStatus(COUNCIL, METHOD, FilingStatus.Suspended, REASON);
        _expectIssueRefused(seq, _one(platform), _oneAmount(10), error_);
    }

    function test_issue__over_the_ceiling__reverts() public {
        uint64 projectId = _fileProject(WUHAN, platform, address(0), 100);
        _issueTo(platform, projectId, 60);
        uint64 seq = _accept(projectId, 41);
        vm.expectRevert(abi.encodeWithSelector(ICredits.CeilingExceeded.selector, projectId, uint64(100), uint256(101)));
        vm.prank(address(desk));
        credits.issue(WUHAN, projectId, seq, _one(platform), _oneAmount(41));
    }

    function test_issue__exactly_the_ceiling__succeeds() public {
        uint64 projectId = _fileProject(WUHAN, platform, address(0), 100);
        _issueTo(platform, projectId, 60);
        _issueTo(platform, projectId, 40);
        assertEq(credits.totalsOf(projectId).issued, 100, "issued of the project");
    }

    function test_issue__to_unusable_accounts__reverts() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        _expectIssueRefused(seq, _one(outsider), _oneAmount(10), _notUsable(outsider, AccountStatus.None));
        _setStatus(buyer, AccountStatus.Frozen);
        _expectIssueRefused(seq, _one(buyer), _oneAmount(10), _notUsable(buyer, AccountStatus.Frozen));
        _setStatus(buyer, AccountStatus.Closed);
        _expectIssueRefused(seq, _one(buyer), _oneAmount(10), _notUsable(buyer, AccountStatus.Closed));
    }

    function test_issue__to_several_accounts_stores_and_tells() public {
        uint64 seq = _accept(WUHAN_PROJECT, 10);
        _setStatus(enterprise, AccountStatus.Restricted);
        (address[] memory two, uint64[] memory amounts) = (new address[](2), new uint64[](2));
        (two[0], two[1], amounts[0], amounts[1]) = (platform, enterprise, 7, 3);
        uint256 second = credits.batchIdOf(WUHAN_PROJECT, seq);
        _assertUsable(second, 0, false, 0);

        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Issued(second, WUHAN_PROJECT, seq, 10, ISSUED, ISSUED + 10, 2016, two, amounts);
        _issue(seq, two, amounts);

        _assertUsable(second, 2016, false, 7);
        _assertBatch(second, 10, 0, 0);
        assertEq(credits.batchOf(second).serialStart, ISSUED, "serial start");
        assertEq(credits.balanceOf(platform, second), 7, "platform");
        assertEq(credits.balanceOf(enterprise, second), 3, "enterprise");
        assertEq(credits.positionsOf(platform), 2, "batches of the platform");
        assertEq(credits.totalsOf(WUHAN_PROJECT).issued, ISSUED + 10, "project");
        assertEq(credits.vintageOf(second), 2016, "vintage");
    }

    function test_issue__twenty_lines_one_account_twice__succeeds() public {
        uint64 seq = _accept(WUHAN_PROJECT, 20);
        (address[] memory many, uint64[] memory ones) = _lines(20);
        _issue(seq, many, ones);
        assertEq(credits.balanceOf(platform, credits.batchIdOf(WUHAN_PROJECT, seq)), 20, "sum of the lines");
    }

    function test_issue__beyond_the_end_of_the_line__reverts() public {
        Stretch memory stretch = Stretch(0, uint64(1) << 56, 2016);
        bytes memory question = abi.encodeCall(committee.finalStretchOf, (WUHAN_PROJECT, 2));
        vm.mockCall(address(committee), question, abi.encode(stretch));
        bytes4 large = ICredits.ReportTooLarge.selector;
        bytes memory error_ = abi.encodeWithSelector(large, WUHAN_PROJECT, uint64(2), stretch.serialEnd);
        _expectIssueRefused(2, _one(platform), _oneAmount(stretch.serialEnd), error_);
    }

    // ----------------------------------------------------------- issueMany

    function test_issueMany__refusals__reverts() public {
        Issue[] memory issues = _issues(1);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        credits.issueMany(WUHAN, issues);
        bytes4 count = ICredits.InvalidLineCount.selector;
        _expectIssueManyRefused(WUHAN, new Issue[](0), abi.encodeWithSelector(count, 0));
        _expectIssueManyRefused(WUHAN, new Issue[](11), abi.encodeWithSelector(count, 11));
        bytes memory error_ = abi.encodeWithSelector(ICredits.WrongJurisdiction.selector, WUHAN, SHANGHAI);
        _expectIssueManyRefused(SHANGHAI, issues, error_);
    }

    function test_issueMany__one_of_them_bad__issues_none() public {
        Issue[] memory issues = _issues(2);
        issues[1].allocation[0] += 1;
        bytes memory error_ = abi.encodeWithSelector(ICredits.AllocationSumWrong.selector, uint64(11), uint256(12));
        _expectIssueManyRefused(WUHAN, issues, error_);
        _assertUsable(credits.batchIdOf(WUHAN_PROJECT, issues[0].seq), 0, false, 0);
    }

    function test_issueMany__ten__issues_each() public {
        Issue[] memory issues = _issues(10);
        vm.prank(address(desk));
        credits.issueMany(WUHAN, issues);
        uint64 total = ISSUED;
        for (uint64 i = 0; i < 10; ++i) {
            uint256 batch = credits.batchIdOf(WUHAN_PROJECT, issues[i].seq);
            assertEq(credits.balanceOf(platform, batch), 10 + i, "all of it");
            assertEq(credits.batchOf(batch).serialStart, total, "begins where the last ended");
            total += 10 + i;
        }
        assertEq(credits.totalsOf(WUHAN_PROJECT).issued, total, "project");
        assertEq(credits.positionsOf(platform), 11, "batches of the platform");
    }

    // -------------------------------------------------------------- cancel

    function test_cancel__not_through_desk__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, platformAgent));
        vm.prank(platformAgent);
        credits.cancel(WUHAN, batchId, platform, 1, REASON);
    }

    function test_cancel__refusals__reverts() public {
        _expectCancelRefused(
            SHANGHAI, batchId, platform, 1, REASON, abi.encodeWithSelector(ICredits.WrongJurisdiction.selector, WUHAN, SHANGHAI)
        );
        _expectCancelRefused(WUHAN, batchId, platform, 1, bytes32(0), abi.encodeWithSelector(ICredits.MissingReason.selector));
        _expectCancelRefused(WUHAN, batchId, outsider, 1, REASON, _notUsable(outsider, AccountStatus.None));
        _expectCancelRefused(WUHAN, batchId, address(0), 1, REASON, _notUsable(address(0), AccountStatus.None));
        _expectCancelRefused(
            WUHAN, batchId + 1, platform, 1, REASON, abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1)
        );
        _expectCancelRefused(WUHAN, batchId, platform, 0, REASON, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectCancelRefused(WUHAN, batchId, platform, ISSUED + 1, REASON, _insufficient(platform, ISSUED, ISSUED + 1));
    }

    function test_cancel__takes_from_the_end_of_the_line() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Cancelled(batchId, platform, 100, ISSUED - 100, ISSUED, REASON);
        _cancel(platform, 100);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Cancelled(batchId, platform, 50, ISSUED - 150, ISSUED - 100, REASON);
        _cancel(platform, 50);

        _assertBatch(batchId, ISSUED, 0, 150);
        assertEq(credits.balanceOf(platform, batchId), ISSUED - 150, "balance");
        assertEq(credits.totalsOf(WUHAN_PROJECT).cancelled, 150, "project");
    }

    function test_cancel__reaches_a_frozen_account() public {
        _setStatus(platform, AccountStatus.Frozen);
        _cancel(platform, ISSUED);
        _assertBatch(batchId, ISSUED, 0, ISSUED);
    }

    function testFuzz_cancelAndRetire__meet_in_the_middle(uint64 retired, uint64 cancelled) public {
        retired = uint64(bound(retired, 1, ISSUED - 1));
        cancelled = uint64(bound(cancelled, 1, ISSUED - retired));
        _retire(retired);
        _cancel(platform, cancelled);
        _assertBatch(batchId, ISSUED, retired, cancelled);
        assertEq(credits.retirementOf(batchId, 0).grams, retired, "retired from the start");
        assertEq(credits.balanceOf(platform, batchId), ISSUED - retired - cancelled, "what is left");
    }

    // --------------------------------------------------------------- views

    function test_approvals__are_not_used() public {
        vm.expectRevert(ICredits.ApprovalsNotUsed.selector);
        vm.prank(platformAgent);
        credits.setApprovalForAll(buyerAgent, true);
        assertTrue(credits.isApprovedForAll(platform, platformAgent), "agents are the operators");
        assertTrue(!credits.isApprovedForAll(platform, buyerAgent), "nobody else is");
    }

    function test_supportsInterface__erc165() public view {
        assertTrue(credits.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        assertTrue(credits.supportsInterface(type(IERC1155).interfaceId), "ERC-1155");
        assertTrue(credits.supportsInterface(0x41c4fbad), "ERC-7943, multi-token");
        assertTrue(type(IERC7943MultiToken).interfaceId == bytes4(0x41c4fbad), "as its text says");
        assertTrue(!credits.supportsInterface(0xffffffff), "the invalid id");
    }

    function test_views__unknown_ids__reverts() public {
        bytes memory unknown = abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1);
        vm.expectRevert(unknown);
        credits.batchOf(batchId + 1);
        vm.expectRevert(unknown);
        credits.vintageOf(batchId + 1);
        _retire(5);
        credits.retirementOf(batchId, 0);
        for (uint56 start = 1; start < 7; ++start) {
            vm.expectRevert(abi.encodeWithSelector(ICredits.UnknownRetirement.selector, batchId, start));
            credits.retirementOf(batchId, start);
        }
        vm.expectRevert(abi.encodeWithSelector(ICredits.UnknownRetirement.selector, batchId + 1, uint56(0)));
        credits.retirementOf(batchId + 1, 0);
    }

    function test_usableOf__held_and_frozen() public {
        _freeze(platform, 10);
        _setHold(true);
        _assertUsable(batchId, 2016, true, ISSUED - 10);
    }

    function test_closing__needs_an_empty_account() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.AccountNotEmpty.selector, platform, uint64(1)));
        vm.prank(address(desk));
        accounts.setStatus(WUHAN, platform, AccountStatus.Closed, REASON);
        _retire(ISSUED);
        _setStatus(platform, AccountStatus.Closed);
        assertEq(uint8(accounts.statusOf(platform)), uint8(AccountStatus.Closed), "closed");
    }

    // ------------------------------------------------------------- helpers

    /// @dev What the platform may use of a batch.
    function _assertUsable(uint256 batch, uint16 vintage, bool held, uint64 available) private view {
        (uint16 vintage_, bool held_, uint64 available_) = credits.usableOf(platform, batch);
        assertEq(vintage_, vintage, "vintage");
        assertTrue(held_ == held, "held");
        assertEq(available_, available, "available");
    }

    function _issue(uint64 seq, address[] memory accounts_, uint64[] memory allocation) private {
        vm.prank(address(desk));
        credits.issue(WUHAN, WUHAN_PROJECT, seq, accounts_, allocation);
    }

    function _expectIssueRefused(uint64 seq, address[] memory accounts_, uint64[] memory allocation, bytes memory error_)
        private
    {
        vm.expectRevert(error_);
        _issue(seq, accounts_, allocation);
    }

    function _expectCancelRefused(
        uint32 jurisdiction,
        uint256 batch,
        address account,
        uint64 grams,
        bytes32 reasonHash,
        bytes memory error_
    ) private {
        vm.expectRevert(error_);
        vm.prank(address(desk));
        credits.cancel(jurisdiction, batch, account, grams, reasonHash);
    }

    /// @dev The next reports of Wuhan's project, of 10, 11, ... grams, all to the platform.
    function _issues(uint64 count) private returns (Issue[] memory issues) {
        issues = new Issue[](count);
        for (uint64 i = 0; i < count; ++i) {
            issues[i] = Issue(WUHAN_PROJECT, _accept(WUHAN_PROJECT, 10 + i), _one(platform), _oneAmount(10 + i));
        }
    }

    function _expectIssueManyRefused(uint32 jurisdiction, Issue[] memory issues, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(address(desk));
        credits.issueMany(jurisdiction, issues);
    }

    function _lines(uint256 count) private view returns (address[] memory accounts_, uint64[] memory ones) {
        (accounts_, ones) = (new address[](count), new uint64[](count));
        for (uint256 i = 0; i < count; ++i) {
            (accounts_[i], ones[i]) = (platform, 1);
        }
    }
}
