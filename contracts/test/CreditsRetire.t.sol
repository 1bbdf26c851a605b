// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits, Purpose, Retirement} from "../src/ICredits.sol";
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

        Retirement memory stored = credits.retirementOf(2);
        assertEq(stored.projectId, WUHAN_PROJECT, "project");
        assertEq(stored.seq, 1, "seq");
        assertEq(stored.serialStart, 400, "serials follow the first retirement");
        assertEq(stored.grams, 600, "grams");
        assertEq(stored.account, platform, "account");
        assertEq(stored.retiredAt, block.timestamp, "time");
        assertEq(uint8(stored.purpose), uint8(Purpose.EventNeutrality), "purpose");
        assertEq(stored.moduleNote, 0, "no module");
        assertEq(credits.retirementCount(), 2, "count");
        assertEq(credits.balanceOf(platform, batchId), 0, "balance");
        assertEq(credits.holdingOf(platform), 0, "holding");
        _assertBatch(batchId, ISSUED, ISSUED, 0);
    }

    function test_retire__project_suspended__succeeds() public {
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
        _retire(1);
        _assertBatch(batchId, ISSUED, 1, 0);
    }

    function testFuzz_retire__serials_follow_each_other(uint64[6] memory amounts) public {
        uint64 next = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint64 grams = uint64(bound(amounts[i], 1, ISSUED / 6));
            Retirement memory stored = credits.retirementOf(_retire(grams));
            assertEq(stored.serialStart, next, "begins where the last ended");
            next += grams;
        }
        _assertBatch(batchId, ISSUED, next, 0);
    }

    // ----------------------------------------------------- retireForOffset

    function test_retireForOffset__by_another_than_a_module__reverts() public {
        address[4] memory callers = [outsider, platformAgent, address(desk), councilMaker];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICredits.NotModule.selector, callers[i]));
            vm.prank(callers[i]);
            credits.retireForOffset(batchId, platform, 1, BENEFICIARY, STATEMENT, platformAgent, 7);
        }
    }

    function test_retireForOffset__frozen_account__reverts() public {
        _setStatus(platform, AccountStatus.Frozen);
        vm.expectRevert(_notUsable(platform, AccountStatus.Frozen));
        vm.prank(address(compliance));
        credits.retireForOffset(batchId, platform, 1, BENEFICIARY, STATEMENT, platformAgent, 7);
    }

    function test_retireForOffset__more_than_held__reverts() public {
        vm.expectRevert(_insufficient(platform, ISSUED, ISSUED + 1));
        vm.prank(address(compliance));
        credits.retireForOffset(batchId, platform, ISSUED + 1, BENEFICIARY, STATEMENT, platformAgent, 7);
    }

    function test_retireForOffset__by_a_module_keeps_its_note() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(1, batchId, platform, 0, 5, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, platformAgent);
        vm.prank(address(compliance));
        credits.retireForOffset(batchId, platform, 5, BENEFICIARY, STATEMENT, platformAgent, type(uint32).max);
        Retirement memory stored = credits.retirementOf(1);
        assertEq(stored.moduleNote, type(uint32).max, "note");
        assertEq(uint8(stored.purpose), uint8(Purpose.ComplianceOffset), "purpose");
    }

    function test_retireForOffset__by_a_revoked_module__reverts() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Module, address(compliance)));
        vm.expectRevert(abi.encodeWithSelector(ICredits.NotModule.selector, address(compliance)));
        vm.prank(address(compliance));
        credits.retireForOffset(batchId, platform, 5, BENEFICIARY, STATEMENT, platformAgent, 7);
    }

    // ------------------------------------------------------------- helpers

    function _expectRetireRefused(address caller, uint256 batch, uint64 grams, Purpose purpose, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.retire(batch, platform, grams, purpose, BENEFICIARY, STATEMENT);
    }
}
