// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {ICredits} from "./ICredits.sol";
import {BatchStanding, IInvalidations} from "./IInvalidations.sol";

/// @title Holds a batch while it is doubtful, and keeps what is wrong with it.
/// @notice See IInvalidations. In the ledger a batch is held or not; why, and until when, stands here.
abstract contract BatchHolds is IInvalidations, DeskGuarded {
    uint8 internal constant JURISDICTION_SHIFT = 96;

    ICredits public immutable CREDITS;
    /// @inheritdoc IInvalidations
    uint40 public immutable EMERGENCY_SECONDS;

    mapping(uint256 batchId => BatchStanding) internal _standings;

    constructor(IAuthority authority_, address desk_, ICredits credits_, uint40 emergencySeconds)
        DeskGuarded(authority_, desk_)
    {
        if (emergencySeconds == 0) revert InvalidEmergency(emergencySeconds);
        CREDITS = credits_;
        EMERGENCY_SECONDS = emergencySeconds;
    }

    /// @inheritdoc IInvalidations
    function hold(uint256 batchId, bytes32 reasonHash) external {
        uint32 jurisdiction = _jurisdictionOf(batchId);
        if (!AUTHORITY.holds(jurisdiction, Role.Regulator, msg.sender)) {
            revert RoleMissing(jurisdiction, uint8(Role.Regulator), msg.sender);
        }
        if (reasonHash == bytes32(0)) revert MissingReason();
        BatchStanding storage standing = _standings[batchId];
        if (standing.heldUntil != 0 || standing.recallingId != 0) revert HoldExists(batchId);
        if (block.timestamp < standing.nextHoldAt) revert HoldTooSoon(batchId, standing.nextHoldAt);
        // A block's time and the seconds of a hold fit 40 bits until the year 36676.
        standing.heldUntil = uint40(block.timestamp) + EMERGENCY_SECONDS;
        emit HoldPlaced(batchId, standing.heldUntil, reasonHash, msg.sender);
        CREDITS.setHold(batchId, true);
    }

    /// @inheritdoc IInvalidations
    function liftHold(uint32 jurisdiction, uint256 batchId, bytes32 reasonHash) external throughDesk {
        _requireOwn(batchId, jurisdiction);
        if (reasonHash == bytes32(0)) revert MissingReason();
        if (_standings[batchId].heldUntil == 0) revert NoHold(batchId);
        _endHold(batchId, 0, reasonHash);
        CREDITS.setHold(batchId, false);
    }

    /// @inheritdoc IInvalidations
    function endHold(uint256 batchId) external {
        uint40 heldUntil = _standings[batchId].heldUntil;
        // Zero means none here; it is no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (heldUntil == 0) revert NoHold(batchId);
        if (block.timestamp < heldUntil) revert HoldNotOver(batchId, heldUntil);
        _endHold(batchId, heldUntil + EMERGENCY_SECONDS, bytes32(0));
        CREDITS.setHold(batchId, false);
    }

    /// @inheritdoc IInvalidations
    function standingOf(uint256 batchId) external view returns (BatchStanding memory) {
        return _standings[batchId];
    }

    /// @dev What a REGULATOR began is over. The caller says the ledger whether the batch stays held.
    function _endHold(uint256 batchId, uint40 nextHoldAt, bytes32 reasonHash) internal {
        BatchStanding storage standing = _standings[batchId];
        (standing.heldUntil, standing.nextHoldAt) = (0, nextHoldAt);
        emit HoldEnded(batchId, nextHoldAt, reasonHash, msg.sender);
    }

    function _requireOwn(uint256 batchId, uint32 jurisdiction) internal pure {
        uint32 own = _jurisdictionOf(batchId);
        if (own != jurisdiction) revert WrongJurisdiction(own, jurisdiction);
    }

    /// @dev A batch id is projectId << 64 | seq, a projectId jurisdiction << 32 | number.
    function _jurisdictionOf(uint256 batchId) internal pure returns (uint32) {
        return uint32(batchId >> JURISDICTION_SHIFT);
    }
}
