// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits, Purpose} from "../src/ICredits.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Locks, recalls and holds.
contract CreditsRestraintsTest is OneBatch {
    // ---------------------------------------------------------------- lock

    function test_lock__by_another_than_a_locker__reverts() public {
        address[5] memory callers = [outsider, platformAgent, address(desk), corrector, address(filings)];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectRefused(
                callers[i], abi.encodeCall(credits.lock, (platform, batchId, 1)), _notModule(Role.Locker, callers[i])
            );
        }
    }

    function test_lock__refusals__reverts() public {
        _expectLockRefused(platform, batchId, 0, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectLockRefused(outsider, batchId, 1, _notUsable(outsider, AccountStatus.None));
        _expectLockRefused(platform, batchId + 1, 1, abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1));
        _expectLockRefused(platform, batchId, ISSUED + 1, _insufficient(platform, ISSUED, ISSUED + 1));
        _setHold(true);
        _expectLockRefused(platform, batchId, 1, abi.encodeWithSelector(ICredits.BatchHeld.selector, batchId));
        _setHold(false);
        _setStatus(platform, AccountStatus.Frozen);
        _expectLockRefused(platform, batchId, 1, _notUsable(platform, AccountStatus.Frozen));
    }

    function test_lock__more_than_available__reverts() public {
        _lock(platform, 100);
        _freeze(platform, 200);
        _recall(platform, 300);
        _expectLockRefused(platform, batchId, 401, _unfrozen(platform, 401, 400));
        _lock(platform, 400);
        _assertHolding(platform, ISSUED, 500, 200, 300);
    }

    function test_lock__holds_grams_back_and_tells() public {
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Locked(platform, batchId, 600, locker);
        _lock(platform, 600);
        _assertHolding(platform, ISSUED, 600, 0, 0);

        bytes memory error_ = _unfrozen(platform, 401, 400);
        bytes memory data = abi.encodeCall(credits.safeTransferFrom, (platform, buyer, batchId, 401, ""));
        _expectRefused(platformAgent, data, error_);
        data = abi.encodeCall(credits.retire, (batchId, platform, 401, Purpose.Other, BENEFICIARY, STATEMENT));
        _expectRefused(platformAgent, data, error_);
        _transfer(buyer, 399);
        _retire(1);
        _assertHolding(platform, 600, 600, 0, 0);
    }

    function test_lock__restricted_account__succeeds() public {
        _setStatus(platform, AccountStatus.Restricted);
        _lock(platform, 1);
        _assertHolding(platform, ISSUED, 1, 0, 0);
    }

    // -------------------------------------------------------------- unlock

    function test_unlock__refusals__reverts() public {
        _lock(platform, 10);
        bytes memory data = abi.encodeCall(credits.unlock, (platform, batchId, 1));
        _expectRefused(corrector, data, _notModule(Role.Locker, corrector));
        _expectRefused(
            locker, abi.encodeCall(credits.unlock, (platform, batchId, 0)), abi.encodeWithSelector(ICredits.ZeroGrams.selector)
        );
        bytes memory error_ =
            abi.encodeWithSelector(ICredits.InsufficientLocked.selector, platform, batchId, uint64(10), uint64(11));
        _expectRefused(locker, abi.encodeCall(credits.unlock, (platform, batchId, 11)), error_);
    }

    function test_unlock__frees_whatever_the_status_and_the_hold() public {
        _lock(platform, 10);
        _setStatus(platform, AccountStatus.Frozen);
        _setHold(true);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Unlocked(platform, batchId, 4, locker);
        vm.prank(locker);
        credits.unlock(platform, batchId, 4);
        _assertHolding(platform, ISSUED, 6, 0, 0);
    }

    // ---------------------------------------------------------- moveLocked

    function test_moveLocked__refusals__reverts() public {
        _lock(platform, 10);
        bytes4[2] memory both = [credits.moveLocked.selector, credits.seizeLocked.selector];
        for (uint256 i = 0; i < both.length; ++i) {
            _expectMoveRefused(both[i], outsider, buyer, 1, _notModule(Role.Locker, outsider));
            _expectMoveRefused(both[i], locker, platform, 1, abi.encodeWithSelector(ICredits.SelfTransfer.selector, platform));
            _expectMoveRefused(both[i], locker, buyer, 0, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
            _expectMoveRefused(
                both[i],
                locker,
                buyer,
                11,
                abi.encodeWithSelector(ICredits.InsufficientLocked.selector, platform, batchId, uint64(10), uint64(11))
            );
            _expectMoveRefused(both[i], locker, buyer, ISSUED + 1, _insufficient(platform, ISSUED, ISSUED + 1));
            _setStatus(buyer, AccountStatus.Frozen);
            _expectMoveRefused(both[i], locker, buyer, 1, _notUsable(buyer, AccountStatus.Frozen));
            _setStatus(buyer, AccountStatus.Open);
            _setHold(true);
            _expectMoveRefused(both[i], locker, buyer, 1, abi.encodeWithSelector(ICredits.BatchHeld.selector, batchId));
            _setHold(false);
        }
    }

    function test_moveLocked__frozen_or_recalled_since__reverts() public {
        _lock(platform, ISSUED);
        _freeze(platform, 100);
        _recall(platform, 200);
        _expectMoveRefused(credits.moveLocked.selector, locker, buyer, 701, _unfrozen(platform, 701, 700));
        _moveLocked(credits.moveLocked.selector, locker, buyer, 700);
        _assertHolding(platform, 300, 300, 100, 200);
    }

    function test_moveLocked__restricted_sender__only_by_seizure() public {
        _lock(platform, 10);
        AccountStatus[2] memory statuses = [AccountStatus.Restricted, AccountStatus.Frozen];
        for (uint256 i = 0; i < statuses.length; ++i) {
            _setStatus(platform, statuses[i]);
            _expectMoveRefused(credits.moveLocked.selector, locker, buyer, 1, _notUsable(platform, statuses[i]));
            _moveLocked(credits.seizeLocked.selector, locker, buyer, 1);
        }
        _assertHolding(platform, ISSUED - 2, 8, 0, 0);
        _assertHolding(buyer, 2, 0, 0, 0);
    }

    function testFuzz_moveLocked__moves_and_tells(uint64 locked, uint64 grams, bool seized) public {
        locked = uint64(bound(locked, 1, ISSUED));
        grams = uint64(bound(grams, 1, locked));
        _lock(platform, locked);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Unlocked(platform, batchId, grams, locker);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC1155.TransferSingle(locker, platform, buyer, batchId, grams);
        _moveLocked(seized ? credits.seizeLocked.selector : credits.moveLocked.selector, locker, buyer, grams);
        _assertHolding(platform, ISSUED - grams, locked - grams, 0, 0);
        _assertHolding(buyer, grams, 0, 0, 0);
        assertEq(credits.positionsOf(platform), grams == ISSUED ? 0 : 1, "batches of the sender");
    }

    // -------------------------------------------------------------- recall

    function test_recall__refusals__reverts() public {
        bytes memory data = abi.encodeCall(credits.recall, (platform, batchId, 1));
        _expectRefused(locker, data, _notModule(Role.Corrector, locker));
        data = abi.encodeCall(credits.recall, (platform, batchId, 0));
        _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _recall(platform, 1);
        data = abi.encodeCall(credits.recall, (platform, batchId, ISSUED));
        _expectRefused(corrector, data, _insufficient(platform, ISSUED - 1, ISSUED));
    }

    function test_unrecall__refusals__reverts() public {
        _recall(platform, 10);
        bytes memory data = abi.encodeCall(credits.unrecall, (platform, batchId, 1));
        _expectRefused(locker, data, _notModule(Role.Corrector, locker));
        data = abi.encodeCall(credits.unrecall, (platform, batchId, 0));
        _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        data = abi.encodeCall(credits.unrecall, (platform, batchId, 11));
        bytes memory error_ =
            abi.encodeWithSelector(ICredits.InsufficientRecalled.selector, platform, batchId, uint64(10), uint64(11));
        _expectRefused(corrector, data, error_);
    }

    function test_recall__reaches_locked_frozen_and_held_grams() public {
        _lock(platform, ISSUED);
        _freeze(platform, ISSUED);
        _setHold(true);
        _setStatus(platform, AccountStatus.Frozen);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Recalled(platform, batchId, ISSUED, corrector);
        _recall(platform, ISSUED);
        _assertHolding(platform, ISSUED, ISSUED, ISSUED, ISSUED);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Unrecalled(platform, batchId, 1, corrector);
        vm.prank(corrector);
        credits.unrecall(platform, batchId, 1);
        _assertHolding(platform, ISSUED, ISSUED, ISSUED, ISSUED - 1);
    }

    // ----------------------------------------------------------- cancelFor

    function test_cancelFor__refusals__reverts() public {
        _recall(platform, 10);
        for (uint256 i = 0; i < 2; ++i) {
            bool recalled = i == 1;
            bytes memory data = abi.encodeCall(credits.cancelFor, (platform, batchId, 1, REASON, recalled));
            _expectRefused(locker, data, _notModule(Role.Corrector, locker));
            data = abi.encodeCall(credits.cancelFor, (platform, batchId, 1, bytes32(0), recalled));
            _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.MissingReason.selector));
            data = abi.encodeCall(credits.cancelFor, (platform, batchId, 0, REASON, recalled));
            _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        }
        bytes memory error_ =
            abi.encodeWithSelector(ICredits.InsufficientRecalled.selector, platform, batchId, uint64(10), uint64(11));
        _expectRefused(corrector, abi.encodeCall(credits.cancelFor, (platform, batchId, 11, REASON, true)), error_);
        error_ = _insufficient(platform, ISSUED, ISSUED + 1);
        _expectRefused(corrector, abi.encodeCall(credits.cancelFor, (platform, batchId, ISSUED + 1, REASON, false)), error_);
        error_ = abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1);
        _expectRefused(corrector, abi.encodeCall(credits.cancelFor, (platform, batchId + 1, 1, REASON, false)), error_);
    }

    function test_cancelFor__recalled_grams_of_a_held_batch() public {
        _recall(platform, 10);
        _setHold(true);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Unrecalled(platform, batchId, 4, corrector);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Cancelled(batchId, platform, 4, ISSUED - 4, ISSUED, REASON);
        vm.prank(corrector);
        credits.cancelFor(platform, batchId, 4, REASON, true);
        _assertHolding(platform, ISSUED - 4, 0, 0, 6);
        _assertBatch(batchId, ISSUED, 0, 4);
        assertEq(credits.totalsOf(WUHAN_PROJECT).cancelled, 4, "project");
    }

    /// @dev What is locked or recalled stays so, whatever is left of the balance; of what is frozen goes what was taken.
    function testFuzz_cancel__takes_the_available_first_then_the_frozen(
        uint64 locked,
        uint64 frozen,
        uint64 recalled,
        uint64 grams
    ) public {
        locked = uint64(bound(locked, 0, ISSUED));
        frozen = uint64(bound(frozen, 0, 2 * ISSUED));
        recalled = uint64(bound(recalled, 0, ISSUED - 1));
        grams = uint64(bound(grams, 1, ISSUED - recalled));
        if (locked != 0) _lock(platform, locked);
        if (frozen != 0) _freeze(platform, frozen);
        if (recalled != 0) _recall(platform, recalled);
        uint64 beyond = grams - _least(grams, credits.availableOf(platform, batchId));
        _cancel(platform, grams);
        _assertHolding(platform, ISSUED - grams, locked, frozen - _least(beyond, frozen), recalled);
        _assertBatch(batchId, ISSUED, 0, grams);
    }

    // ------------------------------------------------------------- setHold

    function test_setHold__refusals__reverts() public {
        bytes memory data = abi.encodeCall(credits.setHold, (batchId, true));
        _expectRefused(locker, data, _notModule(Role.Corrector, locker));
        data = abi.encodeCall(credits.setHold, (batchId, false));
        _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.HoldUnchanged.selector, batchId, false));
        data = abi.encodeCall(credits.setHold, (batchId + 1, true));
        _expectRefused(corrector, data, abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1));
    }

    function test_setHold__stops_the_batch_and_nothing_else() public {
        uint256 other = _issueTo(platform, WUHAN_PROJECT, 5);
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.HoldSet(batchId, true, corrector);
        _setHold(true);
        assertTrue(credits.batchOf(batchId).held, "held");
        bytes memory error_ = abi.encodeWithSelector(ICredits.BatchHeld.selector, batchId);
        bytes memory data = abi.encodeCall(credits.safeTransferFrom, (platform, buyer, batchId, 1, ""));
        _expectRefused(platformAgent, data, error_);
        data = abi.encodeCall(credits.retire, (batchId, platform, 1, Purpose.Other, BENEFICIARY, STATEMENT));
        _expectRefused(platformAgent, data, error_);
        vm.prank(platformAgent);
        credits.safeTransferFrom(platform, buyer, other, 1, "");

        _setHold(false);
        _transfer(buyer, 1);
        _retire(1);
        _assertBatch(batchId, ISSUED, 1, 0);
    }

    // ------------------------------------------------------------- helpers

    function _expectRefused(address caller, bytes memory data, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        (bool done,) = address(credits).call(data);
        done;
    }

    function _expectLockRefused(address account, uint256 batch, uint64 grams, bytes memory error_) private {
        _expectRefused(locker, abi.encodeCall(credits.lock, (account, batch, grams)), error_);
    }

    function _expectMoveRefused(bytes4 selector, address caller, address to, uint64 grams, bytes memory error_) private {
        _expectRefused(caller, abi.encodeWithSelector(selector, platform, to, batchId, grams), error_);
    }

    function _moveLocked(bytes4 selector, address caller, address to, uint64 grams) private {
        vm.prank(caller);
        (bool done,) = address(credits).call(abi.encodeWithSelector(selector, platform, to, batchId, grams));
        assertTrue(done, "moved");
    }

    function _least(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }
}
