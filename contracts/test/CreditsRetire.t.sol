// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits, Line, Purpose, Retiree, Retirement} from "../src/ICredits.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Retirement, for a claim and for an offset.
contract CreditsRetireTest is OneBatch {
    // -------------------------------------------------------------- retire

    function test_retire__by_another_than_an_agent__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(ICredits.NotAgent.selector, platform, buyerAgent);
        _expectRetireRefused(buyerAgent, batchId, 1, Purpose.EventNeutrality, error_);
        error_ = abi.encodeWithSelector(ICredits.NotAgent.selector, platform, platform);
        _expectRetireRefused(platform, batchId, 1, Purpose.EventNeutrality, error_);
    }

    function test_retire__refusals__reverts() public {
        bytes4 invalid = ICredits.InvalidPurpose.selector;
        _expectRetireRefused(platformAgent, batchId, 1, Purpose.None, abi.encodeWithSelector(invalid, Purpose.None));
        _expectRetireRefused(
            platformAgent, batchId, 1, Purpose.ComplianceOffset, abi.encodeWithSelector(invalid, Purpose.ComplianceOffset)
        );
        _expectRetireRefused(platformAgent, batchId, 0, Purpose.Other, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectRetireRefused(
            platformAgent, batchId + 1, 1, Purpose.Other, abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1)
        );
        _expectRetireRefused(
            platformAgent,
            batchId | 1 << 128,
            1,
            Purpose.Other,
            abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId | 1 << 128)
        );
    }

    function test_retire__more_than_held__reverts() public {
        _expectRetireRefused(platformAgent, batchId, ISSUED + 1, Purpose.Other, _insufficient(platform, ISSUED, ISSUED + 1));
        _transfer(buyer, 400);
        _expectRetireRefused(platformAgent, batchId, 601, Purpose.Other, _insufficient(platform, 600, 601));
    }

    function test_retire__frozen_or_closed__reverts() public {
        _setStatus(platform, AccountStatus.Frozen);
        _expectRetireRefused(platformAgent, batchId, 1, Purpose.Other, _notUsable(platform, AccountStatus.Frozen));
    }

    function test_retire__restricted_account__succeeds() public {
        _setStatus(platform, AccountStatus.Restricted);
        _retire(1);
        _assertBatch(batchId, ISSUED, 1, 0);
    }

    function test_retire__all_held_stores_and_tells() public {
        _retire(400);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC1155.TransferSingle(platformAgent, platform, address(0), batchId, 600);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(2, batchId, platform, 400, 600, Purpose.EventNeutrality, BENEFICIARY, STATEMENT, platformAgent);
        assertEq(_retire(600), 2, "second id");

        Retirement memory stored = credits.retirementOf(batchId, 400);
        assertEq(stored.grams, 600, "grams");
        assertEq(stored.account, platform, "account");
        assertEq(stored.retiredAt, block.timestamp, "time");
        assertEq(uint8(stored.purpose), uint8(Purpose.EventNeutrality), "purpose");
        assertEq(credits.retirementCount(), 2, "count");
        assertEq(credits.balanceOf(platform, batchId), 0, "balance");
        assertEq(credits.positionsOf(platform), 0, "batches");
        _assertBatch(batchId, ISSUED, ISSUED, 0);
    }

    function test_retire__project_suspended__succeeds() public {
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
        _retire(1);
        _assertBatch(batchId, ISSUED, 1, 0);
    }

    function testFuzz_retire__serials_follow_each_other(uint64[6] memory amounts) public {
        uint56 next = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint56 grams = uint56(bound(amounts[i], 1, ISSUED / 6));
            _retire(grams);
            assertEq(credits.retirementOf(batchId, next).grams, grams, "begins where the last ended");
            next += grams;
        }
        _assertBatch(batchId, ISSUED, next, 0);
    }

    // ----------------------------------------------------------- retireFor

    function test_retireFor__by_another_than_a_retirer__reverts() public {
        address[5] memory callers = [outsider, platformAgent, address(desk), locker, corrector];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory error_ = abi.encodeWithSelector(ICredits.NotModule.selector, Role.Retirer, callers[i]);
            _expectRetireForRefused(callers[i], _retiree(), _line(batchId, 1), error_);
        }
    }

    function test_retireFor__without_a_purpose__reverts() public {
        Retiree memory retiree = _retiree();
        retiree.purpose = Purpose.None;
        bytes memory error_ = abi.encodeWithSelector(ICredits.InvalidPurpose.selector, Purpose.None);
        _expectRetireForRefused(address(compliance), retiree, _line(batchId, 1), error_);
    }

    function test_retireFor__frozen_account__reverts() public {
        _setStatus(platform, AccountStatus.Frozen);
        bytes memory error_ = _notUsable(platform, AccountStatus.Frozen);
        _expectRetireForRefused(address(compliance), _retiree(), _line(batchId, 1), error_);
    }

    function test_retireFor__more_than_held__reverts() public {
        bytes memory error_ = _insufficient(platform, ISSUED, ISSUED + 1);
        _expectRetireForRefused(address(compliance), _retiree(), _line(batchId, ISSUED + 1), error_);
    }

    function test_retireFor__none_or_too_many_lines__reverts() public {
        bytes4 count = ICredits.InvalidLineCount.selector;
        _expectRetireForRefused(address(compliance), _retiree(), new Line[](0), abi.encodeWithSelector(count, 0));
        _expectRetireForRefused(address(compliance), _retiree(), new Line[](101), abi.encodeWithSelector(count, 101));
    }

    function test_retireFor__by_a_retirer__for_the_purpose_it_names() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(1, batchId, platform, 0, 5, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, platformAgent);
        vm.prank(address(compliance));
        assertEq(credits.retireFor(_retiree(), _line(batchId, 5)), 1, "id");
        assertEq(uint8(credits.retirementOf(batchId, 0).purpose), uint8(Purpose.ComplianceOffset), "purpose");
    }

    function test_retireFor__by_a_revoked_retirer__reverts() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Retirer, address(compliance)));
        bytes memory error_ = abi.encodeWithSelector(ICredits.NotModule.selector, Role.Retirer, address(compliance));
        _expectRetireForRefused(address(compliance), _retiree(), _line(batchId, 5), error_);
    }

    function test_retireFor__locked__takes_what_is_locked_and_nothing_else() public {
        Retiree memory retiree = _retiree();
        retiree.locked = true;
        _lock(platform, 10);
        bytes memory error_ =
            abi.encodeWithSelector(ICredits.InsufficientLocked.selector, platform, batchId, uint64(10), uint64(11));
        _expectRetireForRefused(address(compliance), retiree, _line(batchId, 11), error_);

        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Unlocked(platform, batchId, 10, address(compliance));
        vm.prank(address(compliance));
        credits.retireFor(retiree, _line(batchId, 10));
        _assertHolding(platform, ISSUED - 10, 0, 0, 0);
    }

    // ---------------------------------------------------------- retireMany

    function test_retireMany__refusals__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(ICredits.NotAgent.selector, platform, buyerAgent);
        _expectRetireManyRefused(buyerAgent, _line(batchId, 1), Purpose.Other, error_);
        bytes4 invalid = ICredits.InvalidPurpose.selector;
        _expectRetireManyRefused(platformAgent, _line(batchId, 1), Purpose.None, abi.encodeWithSelector(invalid, Purpose.None));
        error_ = abi.encodeWithSelector(invalid, Purpose.ComplianceOffset);
        _expectRetireManyRefused(platformAgent, _line(batchId, 1), Purpose.ComplianceOffset, error_);
        bytes4 count = ICredits.InvalidLineCount.selector;
        _expectRetireManyRefused(platformAgent, new Line[](0), Purpose.Other, abi.encodeWithSelector(count, 0));
        _expectRetireManyRefused(platformAgent, new Line[](101), Purpose.Other, abi.encodeWithSelector(count, 101));
        _expectRetireManyRefused(
            platformAgent, _line(batchId, 0), Purpose.Other, abi.encodeWithSelector(ICredits.ZeroGrams.selector)
        );
        // One batch twice: each line fits, the sum does not, and nothing is done.
        Line[] memory lines = new Line[](2);
        (lines[0], lines[1]) = (Line(batchId, ISSUED), Line(batchId, 1));
        _expectRetireManyRefused(platformAgent, lines, Purpose.Other, _insufficient(platform, 0, 1));
        assertEq(credits.retirementCount(), 0, "all or none");
    }

    function test_retireMany__each_line_is_a_retirement() public {
        uint256 second = _issueTo(platform, WUHAN_PROJECT, 50);
        Line[] memory lines = new Line[](3);
        (lines[0], lines[1], lines[2]) = (Line(second, 20), Line(batchId, 7), Line(second, 30));
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC1155.TransferBatch(platformAgent, platform, address(0), _three(second, batchId, second), _three(20, 7, 30));
        for (uint64 i = 0; i < 3; ++i) {
            uint64 start = i == 0 ? ISSUED : i == 1 ? 0 : ISSUED + 20;
            vm.expectEmit(true, true, true, true, address(credits));
            emit ICredits.Retired(
                i + 1, lines[i].batchId, platform, start, lines[i].grams, Purpose.Other, BENEFICIARY, STATEMENT, platformAgent
            );
        }
        vm.prank(platformAgent);
        assertEq(credits.retireMany(platform, lines, Purpose.Other, BENEFICIARY, STATEMENT), 1, "first id");

        assertEq(credits.retirementCount(), 3, "count");
        Retirement memory third = credits.retirementOf(second, uint56(ISSUED + 20));
        assertEq(third.grams, 30, "grams of the third");
        assertEq(third.account, platform, "account of the third");
        assertEq(third.retiredAt, block.timestamp, "time of the third");
        assertEq(uint8(third.purpose), uint8(Purpose.Other), "purpose of the third");
        assertEq(credits.totalsOf(WUHAN_PROJECT).retired, 57, "project");
        assertEq(credits.positionsOf(platform), 1, "the second batch is used up");
        assertEq(_retire(1), 4, "the next id");
    }

    function testFuzz_retireMany__as_one_by_one(uint64[8] memory amounts, uint8 count) public {
        uint256 second = _issueTo(platform, WUHAN_PROJECT, ISSUED);
        Line[] memory lines = new Line[](bound(count, 1, 8));
        for (uint256 i = 0; i < lines.length; ++i) {
            lines[i] = Line(i % 2 == 0 ? batchId : second, uint64(bound(amounts[i], 1, ISSUED / 8)));
        }
        vm.prank(platformAgent);
        credits.retireMany(platform, lines, Purpose.Other, BENEFICIARY, STATEMENT);
        uint64[2] memory next = [uint64(0), ISSUED];
        for (uint64 i = 0; i < lines.length; ++i) {
            Retirement memory stored = credits.retirementOf(lines[i].batchId, uint56(next[i % 2]));
            assertEq(stored.grams, lines[i].grams, "serials follow each other");
            next[i % 2] += lines[i].grams;
        }
        _assertBatch(batchId, ISSUED, next[0], 0);
        _assertBatch(second, ISSUED, next[1] - ISSUED, 0);
        assertEq(credits.totalsOf(WUHAN_PROJECT).retired, next[0] + next[1] - ISSUED, "project");
    }

    // ------------------------------------------------------------- helpers

    function _retiree() private view returns (Retiree memory) {
        return Retiree(platform, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, platformAgent, false);
    }

    function _line(uint256 batch, uint64 grams) private pure returns (Line[] memory lines) {
        lines = new Line[](1);
        lines[0] = Line(batch, grams);
    }

    function _three(uint256 first, uint256 second, uint256 third) private pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (first, second, third);
    }

    function _expectRetireForRefused(address caller, Retiree memory retiree, Line[] memory lines, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.retireFor(retiree, lines);
    }

    function _expectRetireManyRefused(address caller, Line[] memory lines, Purpose purpose, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.retireMany(platform, lines, purpose, BENEFICIARY, STATEMENT);
    }

    function _expectRetireRefused(address caller, uint256 batch, uint64 grams, Purpose purpose, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.retire(batch, platform, grams, purpose, BENEFICIARY, STATEMENT);
    }
}
