// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Role} from "../src/IAuthority.sol";
import {IInvalidations} from "../src/IInvalidations.sol";
import {Invalidations} from "../src/Invalidations.sol";
import {Invalid} from "./Invalid.sol";

/// @notice A REGULATOR holds a doubtful batch, at once and not for ever.
contract InvalidationsHoldTest is Invalid {
    function test_constructor__holdThatNeverEnds__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.InvalidEmergency.selector, 0));
        new Invalidations(authority, address(desk), accounts, filings, credits, 0);
    }

    function test_hold__byAnyoneElse__reverts() public {
        vm.expectRevert(_roleMissing(shanghaiRegulator));
        vm.prank(shanghaiRegulator);
        invalidations.hold(batchId, REASON);
        vm.expectRevert(_roleMissing(approver));
        vm.prank(approver);
        invalidations.hold(batchId, REASON);
    }

    function test_hold__noReason__reverts() public {
        vm.expectRevert(IInvalidations.MissingReason.selector);
        vm.prank(regulator);
        invalidations.hold(batchId, bytes32(0));
    }

    function test_hold__twice__reverts() public {
        _hold();
        _expectHoldRefused(abi.encodeWithSelector(IInvalidations.HoldExists.selector, batchId));
    }

    function test_hold__whileHoldersAreCovered__reverts() public {
        _give(enterprise, 100);
        _invalidate(1000);
        _expectHoldRefused(abi.encodeWithSelector(IInvalidations.HoldExists.selector, batchId));
    }

    function test_hold__byTheRegulator__stopsEveryMovement() public {
        uint40 heldUntil = uint40(block.timestamp) + EMERGENCY_SECONDS;
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.HoldPlaced(batchId, heldUntil, REASON, regulator);
        _hold();
        assertEq(invalidations.standingOf(batchId).heldUntil, heldUntil, "held until");
        assertTrue(_isHeld(), "held");
        _expectMovesRefused();
    }

    function test_hold__thenInvalidated__isOverWithTheDecision() public {
        _hold();
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.HoldEnded(batchId, 0, REASON, address(desk));
        _invalidate(1000);
        assertTrue(!_isHeld(), "not held");
        assertEq(invalidations.standingOf(batchId).heldUntil, 0, "held until");
        _hold();
    }

    function test_hold__thenInvalidatedFromHolders__goesOnUntilAllAreCovered() public {
        _give(enterprise, 100);
        _hold();
        uint32 id = _invalidate(1000);
        assertTrue(_isHeld(), "held");
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NoHold.selector, batchId));
        invalidations.endHold(batchId);
        invalidations.recallHoldings(id, _one(enterprise));
        assertTrue(!_isHeld(), "not held");
    }

    function test_endHold__withoutHold__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NoHold.selector, batchId));
        invalidations.endHold(batchId);
    }

    function test_endHold__beforeItsTime__reverts() public {
        _hold();
        uint40 heldUntil = uint40(block.timestamp) + EMERGENCY_SECONDS;
        vm.warp(heldUntil - 1);
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.HoldNotOver.selector, batchId, heldUntil));
        invalidations.endHold(batchId);
    }

    function test_endHold__atItsTime__byAnyone_andTheNextHoldHasToWait() public {
        _hold();
        uint40 heldUntil = uint40(block.timestamp) + EMERGENCY_SECONDS;
        vm.warp(heldUntil);
        vm.expectEmit(true, true, true, true, address(invalidations));
        emit IInvalidations.HoldEnded(batchId, heldUntil + EMERGENCY_SECONDS, bytes32(0), outsider);
        vm.prank(outsider);
        invalidations.endHold(batchId);
        assertTrue(!_isHeld(), "not held");
        _expectHoldRefused(abi.encodeWithSelector(IInvalidations.HoldTooSoon.selector, batchId, heldUntil + EMERGENCY_SECONDS));
        vm.warp(heldUntil + EMERGENCY_SECONDS - 1);
        _expectHoldRefused(abi.encodeWithSelector(IInvalidations.HoldTooSoon.selector, batchId, heldUntil + EMERGENCY_SECONDS));
        vm.warp(heldUntil + EMERGENCY_SECONDS);
        _hold();
    }

    function test_liftHold__notThroughTheDesk_orOfAnotherJurisdiction_orWithoutReason_orHold__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator));
        vm.prank(regulator);
        invalidations.liftHold(WUHAN, batchId, REASON);
        vm.startPrank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.WrongJurisdiction.selector, WUHAN, SHANGHAI));
        invalidations.liftHold(SHANGHAI, batchId, REASON);
        vm.expectRevert(IInvalidations.MissingReason.selector);
        invalidations.liftHold(WUHAN, batchId, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IInvalidations.NoHold.selector, batchId));
        invalidations.liftHold(WUHAN, batchId, REASON);
        vm.stopPrank();
    }

    function test_liftHold__ofAHold__endsItAndTheNextMayFollowAtOnce() public {
        _hold();
        vm.prank(address(desk));
        invalidations.liftHold(WUHAN, batchId, REASON);
        assertTrue(!_isHeld(), "not held");
        _hold();
    }

    function _hold() private {
        vm.prank(regulator);
        invalidations.hold(batchId, REASON);
    }

    function _expectHoldRefused(bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(regulator);
        invalidations.hold(batchId, REASON);
    }

    function _roleMissing(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInvalidations.RoleMissing.selector, WUHAN, uint8(Role.Regulator), caller);
    }
}
