// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Enforcement} from "../src/Enforcement.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits} from "../src/ICredits.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IEnforcement} from "../src/IEnforcement.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Orders against the platform.
contract EnforcementTest is OneBatch {
    Enforcement private _enforcement;

    function setUp() public override {
        super.setUp();
        _enforcement = new Enforcement(authority, address(desk), accounts, credits);
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Corrector, address(_enforcement)));
    }

    function test_orders__refusals__reverts() public {
        bytes memory error_ = abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator);
        _expectFreezeRefused(regulator, WUHAN, platform, REASON, error_);
        _expectForceRefused(regulator, WUHAN, platform, REASON, error_);
        bytes4 wrong = IEnforcement.WrongJurisdiction.selector;
        error_ = abi.encodeWithSelector(wrong, platform, WUHAN, SHANGHAI);
        _expectFreezeRefused(address(desk), SHANGHAI, platform, REASON, error_);
        _expectForceRefused(address(desk), SHANGHAI, platform, REASON, error_);
        // An address that is no account has no jurisdiction, not that of the council.
        error_ = abi.encodeWithSelector(wrong, outsider, uint32(0), COUNCIL);
        _expectFreezeRefused(address(desk), COUNCIL, outsider, REASON, error_);
        _expectForceRefused(address(desk), COUNCIL, outsider, REASON, error_);
        error_ = abi.encodeWithSelector(IEnforcement.MissingReason.selector);
        _expectFreezeRefused(address(desk), WUHAN, platform, bytes32(0), error_);
        _expectForceRefused(address(desk), WUHAN, platform, bytes32(0), error_);
    }

    function test_orders__without_the_role_of_a_corrector__reverts() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Corrector, address(_enforcement)));
        bytes memory error_ = _notModule(Role.Corrector, address(_enforcement));
        _expectFreezeRefused(address(desk), WUHAN, platform, REASON, error_);
        _expectForceRefused(address(desk), WUHAN, platform, REASON, error_);
    }

    function test_setFrozen__unchanged__reverts() public {
        _setFrozen(1);
        bytes memory error_ = abi.encodeWithSelector(ICredits.FrozenUnchanged.selector, platform, batchId, 1);
        _expectFreezeRefused(address(desk), WUHAN, platform, REASON, error_);
    }

    /// @dev The order names the frozen grams alone: what modules lock meanwhile does not change it.
    function testFuzz_setFrozen__adds_to_what_others_hold_back(uint64 locked, uint64 recalled, uint64 grams) public {
        locked = uint64(bound(locked, 0, ISSUED));
        recalled = uint64(bound(recalled, 0, ISSUED));
        grams = uint64(bound(grams, 1, type(uint56).max));
        if (locked != 0) _lock(platform, locked);
        if (recalled != 0) _recall(platform, recalled);
        vm.expectEmit(true, true, true, true, address(credits));
        emit IERC7943MultiToken.Frozen(platform, batchId, uint256(locked) + recalled + grams);
        vm.expectEmit(true, true, true, true, address(_enforcement));
        emit IEnforcement.GramsFrozen(platform, batchId, 0, grams, REASON);
        _setFrozen(grams);
        _assertHolding(platform, ISSUED, locked, grams, recalled);
        vm.expectEmit(true, true, true, true, address(_enforcement));
        emit IEnforcement.GramsFrozen(platform, batchId, grams, 0, REASON);
        _setFrozen(0);
        _assertHolding(platform, ISSUED, locked, 0, recalled);
    }

    function testFuzz_forceTransfer__moves_free_and_frozen_grams(uint64 frozen, uint64 grams, uint8 status) public {
        frozen = uint64(bound(frozen, 1, ISSUED));
        grams = uint64(bound(grams, 1, ISSUED));
        _setFrozen(frozen);
        AccountStatus[3] memory statuses = [AccountStatus.Open, AccountStatus.Restricted, AccountStatus.Frozen];
        if (status % 3 != 0) _setStatus(platform, statuses[status % 3]);
        vm.expectEmit(true, true, true, true, address(_enforcement));
        emit IEnforcement.TransferForced(platform, farPlatform, batchId, grams, REASON);
        vm.prank(address(desk));
        _enforcement.forceTransfer(WUHAN, platform, farPlatform, batchId, grams, REASON);
        uint64 free = ISSUED - frozen;
        _assertHolding(platform, ISSUED - grams, 0, grams > free ? frozen - (grams - free) : frozen, 0);
        _assertHolding(farPlatform, grams, 0, 0, 0);
    }

    // ------------------------------------------------------------- helpers

    function _setFrozen(uint64 grams) private {
        vm.prank(address(desk));
        _enforcement.setFrozen(WUHAN, platform, batchId, grams, REASON);
    }

    function _expectFreezeRefused(address caller, uint32 jurisdiction, address account, bytes32 reasonHash, bytes memory error_)
        private
    {
        vm.expectRevert(error_);
        vm.prank(caller);
        _enforcement.setFrozen(jurisdiction, account, batchId, 1, reasonHash);
    }

    function _expectForceRefused(address caller, uint32 jurisdiction, address account, bytes32 reasonHash, bytes memory error_)
        private
    {
        vm.expectRevert(error_);
        vm.prank(caller);
        _enforcement.forceTransfer(jurisdiction, account, buyer, batchId, 1, reasonHash);
    }
}
