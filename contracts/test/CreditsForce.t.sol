// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits} from "../src/ICredits.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice ERC-7943: what is frozen, forced transfers, and what its views answer.
contract CreditsForceTest is OneBatch {
    // ----------------------------------------------------- setFrozenTokens

    function test_setFrozenTokens__refusals__reverts() public {
        _expectFreezeRefused(locker, platform, batchId, 1, _notModule(Role.Corrector, locker));
        _expectFreezeRefused(corrector, outsider, batchId, 1, _notUsable(outsider, AccountStatus.None));
        bytes memory unknown = abi.encodeWithSelector(ICredits.UnknownBatch.selector, batchId + 1);
        _expectFreezeRefused(corrector, platform, batchId + 1, 1, unknown);
        bytes4 unchanged = ICredits.FrozenUnchanged.selector;
        _expectFreezeRefused(corrector, platform, batchId, 0, abi.encodeWithSelector(unchanged, platform, batchId, 0));
    }

    function test_setFrozenTokens__less_than_locked_and_recalled_or_beyond_56_bits__reverts() public {
        _lock(platform, 100);
        _recall(platform, 50);
        bytes4 invalid = ICredits.InvalidFrozenAmount.selector;
        _expectFreezeRefused(
            corrector, platform, batchId, 149, abi.encodeWithSelector(invalid, platform, batchId, 149, uint256(150))
        );
        uint256 most = uint256(type(uint56).max) + 150;
        _expectFreezeRefused(
            corrector, platform, batchId, most + 1, abi.encodeWithSelector(invalid, platform, batchId, most + 1, uint256(150))
        );
        vm.prank(corrector);
        credits.setFrozenTokens(platform, batchId, most);
        _assertHolding(platform, ISSUED, 100, type(uint56).max, 50);
    }

    function test_setFrozenTokens__overwrites_and_tells_the_sum() public {
        _lock(platform, 100);
        uint256[3] memory amounts = [uint256(400), 101, 100];
        for (uint256 i = 0; i < amounts.length; ++i) {
            vm.expectEmit(true, true, true, true, address(credits));
            emit IERC7943MultiToken.Frozen(platform, batchId, amounts[i]);
            vm.prank(corrector);
            assertTrue(credits.setFrozenTokens(platform, batchId, amounts[i]), "result");
            _assertHolding(platform, ISSUED, 100, uint64(amounts[i]) - 100, 0);
        }
    }

    function test_setFrozenTokens__beyond_the_balance_keeps_back_what_comes() public {
        _freeze(buyer, 30);
        _assertHolding(buyer, 0, 0, 30, 0);
        _transfer(buyer, 40);
        vm.expectRevert(_unfrozen(buyer, 11, 10));
        vm.prank(buyerAgent);
        credits.safeTransferFrom(buyer, platform, batchId, 11, "");
        vm.prank(buyerAgent);
        credits.safeTransferFrom(buyer, platform, batchId, 10, "");
        _assertHolding(buyer, 30, 0, 30, 0);
    }

    // ------------------------------------------------------ forcedTransfer

    function test_forcedTransfer__refusals__reverts() public {
        _expectForceRefused(locker, buyer, 1, _notModule(Role.Corrector, locker));
        _expectForceRefused(corrector, platform, 1, abi.encodeWithSelector(ICredits.SelfTransfer.selector, platform));
        _expectForceRefused(corrector, outsider, 1, _notUsable(outsider, AccountStatus.None));
        _expectForceRefused(corrector, buyer, 0, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectForceRefused(corrector, buyer, ISSUED + 1, _insufficient(platform, ISSUED, ISSUED + 1));
        _expectForceRefused(corrector, buyer, type(uint256).max, _insufficient(platform, ISSUED, type(uint256).max));
        _setStatus(buyer, AccountStatus.Frozen);
        _expectForceRefused(corrector, buyer, 1, _notUsable(buyer, AccountStatus.Frozen));
        _setStatus(buyer, AccountStatus.Open);
        _setHold(true);
        _expectForceRefused(corrector, buyer, 1, abi.encodeWithSelector(ICredits.BatchHeld.selector, batchId));
    }

    function test_forcedTransfer__what_is_locked_or_recalled__reverts() public {
        _lock(platform, 100);
        _recall(platform, 200);
        _expectForceRefused(corrector, buyer, 701, _unfrozen(platform, 701, 700));
        _force(700);
        _assertHolding(platform, 300, 100, 0, 200);
    }

    function test_forcedTransfer__unfreezes_first_and_tells_in_order() public {
        _setStatus(platform, AccountStatus.Frozen);
        _freeze(platform, 600);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC7943MultiToken.Frozen(platform, batchId, 500);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC1155.TransferSingle(corrector, platform, buyer, batchId, 500);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC7943MultiToken.ForcedTransfer(platform, buyer, batchId, 500);
        assertTrue(_force(500), "result");
        _assertHolding(platform, 500, 0, 500, 0);
        _assertHolding(buyer, 500, 0, 0, 0);
    }

    function testFuzz_forcedTransfer__takes_the_available_first(uint64 locked, uint64 frozen, uint64 grams) public {
        locked = uint64(bound(locked, 0, ISSUED - 1));
        frozen = uint64(bound(frozen, 0, 2 * ISSUED));
        grams = uint64(bound(grams, 1, ISSUED - locked));
        if (locked != 0) _lock(platform, locked);
        if (frozen != 0) _freeze(platform, frozen);
        uint64 available = credits.availableOf(platform, batchId);
        _force(grams);
        uint64 thawed = grams > available ? grams - available : 0;
        _assertHolding(platform, ISSUED - grams, locked, frozen - thawed, 0);
    }

    // --------------------------------------------------------------- views

    function test_canSend_and_canReceive__are_the_status() public {
        AccountStatus[3] memory statuses = [AccountStatus.Restricted, AccountStatus.Frozen, AccountStatus.Closed];
        assertTrue(credits.canSend(buyer) && credits.canReceive(buyer), "open");
        for (uint256 i = 0; i < statuses.length; ++i) {
            _setStatus(buyer, statuses[i]);
            assertTrue(!credits.canSend(buyer), "cannot send");
            assertTrue(credits.canReceive(buyer) == (i == 0), "receives while restricted");
        }
        assertTrue(!credits.canSend(outsider) && !credits.canReceive(outsider), "no account");
    }

    function test_canTransfer__an_amount_above_the_balance_is_not_its_affair() public {
        assertTrue(credits.canTransfer(platform, buyer, batchId, ISSUED), "all");
        assertTrue(credits.canTransfer(platform, buyer, batchId, ISSUED + 1), "more than all");
        _freeze(platform, 1);
        assertTrue(!credits.canTransfer(platform, buyer, batchId, ISSUED), "one is frozen");
        assertTrue(credits.canTransfer(platform, buyer, batchId, ISSUED - 1), "what is free");
    }

    /// @dev Where the view says no, no agent moves the grams.
    function testFuzz_canTransfer__false__never_moves(uint64 grams, uint64 frozen, uint8 from, uint8 to, bool held) public {
        grams = uint64(bound(grams, 1, ISSUED));
        frozen = uint64(bound(frozen, 0, ISSUED));
        if (frozen != 0) _freeze(platform, frozen);
        if (held) _setHold(true);
        AccountStatus[3] memory statuses = [AccountStatus.Open, AccountStatus.Restricted, AccountStatus.Frozen];
        if (from % 3 != 0) _setStatus(platform, statuses[from % 3]);
        if (to % 3 != 0) _setStatus(buyer, statuses[to % 3]);
        bool allowed = credits.canTransfer(platform, buyer, batchId, grams);
        vm.prank(platformAgent);
        try credits.safeTransferFrom(platform, buyer, batchId, grams, "") {
            assertTrue(allowed, "moved what may not move");
        } catch {
            assertTrue(!allowed, "refused what may move");
        }
    }

    function test_supportsInterface__erc7943() public view {
        assertTrue(credits.supportsInterface(type(IERC7943MultiToken).interfaceId), "ERC-7943");
    }

    // ------------------------------------------------------------- helpers

    function _force(uint64 grams) private returns (bool) {
        vm.prank(corrector);
        return credits.forcedTransfer(platform, buyer, batchId, grams);
    }

    function _expectForceRefused(address caller, address to, uint256 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.forcedTransfer(platform, to, batchId, grams);
    }

    function _expectFreezeRefused(address caller, address account, uint256 batch, uint256 amount, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        credits.setFrozenTokens(account, batch, amount);
    }
}
