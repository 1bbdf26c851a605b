// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {Batch, Holding, ICredits, Purpose} from "../src/ICredits.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {Register} from "./Register.sol";

/// @notice A contract that a test speaks for.
contract Hand {}

/// @notice The register with one batch of 1000 grams, all of it on the platform's account, and a module of each kind.
abstract contract OneBatch is Register {
    uint64 internal constant ISSUED = 1000;

    uint256 internal batchId;
    address internal locker;
    address internal corrector;

    function setUp() public virtual override {
        super.setUp();
        batchId = _issueTo(platform, WUHAN_PROJECT, ISSUED);
        (locker, corrector) = (address(new Hand()), address(new Hand()));
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Locker, locker));
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Corrector, corrector));
    }

    function _cancel(address account, uint64 grams) internal {
        vm.prank(address(desk));
        credits.cancel(WUHAN, batchId, account, grams, REASON);
    }

    function _retire(uint64 grams) internal returns (uint64) {
        vm.prank(platformAgent);
        return credits.retire(batchId, platform, grams, Purpose.EventNeutrality, BENEFICIARY, STATEMENT);
    }

    function _lock(address account, uint64 grams) internal {
        vm.prank(locker);
        credits.lock(account, batchId, grams);
    }

    /// @dev Freezes so many grams, whatever else is held back.
    function _freeze(address account, uint64 grams) internal {
        Holding memory holding = credits.holdingOf(account, batchId);
        vm.prank(corrector);
        credits.setFrozenTokens(account, batchId, uint256(grams) + holding.locked + holding.recalled);
    }

    function _recall(address account, uint64 grams) internal {
        vm.prank(corrector);
        credits.recall(account, batchId, grams);
    }

    function _setHold(bool held) internal {
        vm.prank(corrector);
        credits.setHold(batchId, held);
    }

    function _transfer(address to, uint256 grams) internal {
        vm.prank(platformAgent);
        credits.safeTransferFrom(platform, to, batchId, grams, "");
    }

    function _assertBatch(uint256 batch, uint64 issued, uint64 retired, uint64 cancelled) internal view {
        Batch memory stored = credits.batchOf(batch);
        assertEq(stored.issued, issued, "issued");
        assertEq(stored.retired, retired, "retired");
        assertEq(stored.cancelled, cancelled, "cancelled");
    }

    function _assertHolding(address account, uint64 grams, uint64 locked, uint64 frozen, uint64 recalled) internal view {
        Holding memory stored = credits.holdingOf(account, batchId);
        assertEq(stored.grams, grams, "grams");
        assertEq(stored.locked, locked, "locked");
        assertEq(stored.frozen, frozen, "frozen");
        assertEq(stored.recalled, recalled, "recalled");
        assertEq(credits.balanceOf(account, batchId), grams, "balance");
        uint256 heldBack = uint256(locked) + frozen + recalled;
        assertEq(credits.getFrozenTokens(account, batchId), heldBack, "held back");
        assertEq(credits.availableOf(account, batchId), grams > heldBack ? grams - heldBack : 0, "available");
    }

    function _notUsable(address account, AccountStatus status) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.AccountNotUsable.selector, account, uint8(status));
    }

    function _unfrozen(address account, uint256 wanted, uint256 unfrozen) internal view returns (bytes memory) {
        return abi.encodeWithSelector(
            IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector, account, batchId, wanted, unfrozen
        );
    }

    function _notModule(Role role, address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.NotModule.selector, role, caller);
    }

    function _insufficient(address account, uint256 held, uint256 wanted) internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.InsufficientGrams.selector, account, batchId, held, wanted);
    }
}
