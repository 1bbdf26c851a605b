// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice Where the grams of an invalidation were found, in this order. The sum is what was invalidated.
struct Split {
    /// Free grams of the developer, cancelled at once.
    uint64 developerCancelled;
    /// Grams of the developer under a lock or a freeze, recalled.
    uint64 developerRecalled;
    /// Free grams of the named buffer accounts, cancelled at once.
    uint64 buffersCancelled;
    /// Grams of all other holders, recalled pro rata.
    uint64 holdersRecalled;
    /// Grams that were retired already: what the developer owes for them is the only trace.
    uint64 used;
}

/// @notice An invalidation as stored.
struct Invalidation {
    uint256 batchId;
    address developer;
    uint40 decidedAt;
    Split split;
    /// What all other holders held when it was decided; shares are `holdersRecalled / baseGrams` of each holding.
    uint64 baseGrams;
    /// How much of `baseGrams` belongs to holders that were covered so far. Equal to it: the recall is complete.
    uint64 coveredGrams;
    /// Recalled grams not yet replaced, settled, waived or given up, those still to be recalled from holders included.
    uint64 openRecalledGrams;
    /// Used grams not yet settled or waived.
    uint64 openUsedGrams;
    bytes32 reasonHash;
}

/// @notice What an invalidation recalled from one holder.
struct Recall {
    uint64 grams;
    uint64 openGrams;
    /// Set also where the share was 0 grams.
    bool covered;
}

/// @notice What is wrong with a batch.
struct BatchStanding {
    /// Recalled from its holders and still open, over all invalidations.
    uint64 recalledGrams;
    /// Invalid grams that stay in the world: used ones, and recalled ones that were settled. They cannot be invalidated again.
    uint64 remainingGrams;
    /// The invalidation whose recall is running, 0 for none. Meanwhile nothing of the batch moves.
    uint32 recallingId;
    /// When the hold of a REGULATOR ends by itself, 0 for no such hold.
    uint40 heldUntil;
    /// No REGULATOR holds the batch again before this time.
    uint40 nextHoldAt;
}

/// @title Invalidation (作废) of issued grams, and what the developer owes for them.
/// @notice When a report turns out to be wrong, the Desk invalidates a number of grams of its batch. They are taken, to the gram,
/// from the developer, then from the buffer accounts, then from all other holders in proportion to what they hold, and what was
/// used already becomes a debt of the developer. Nothing that was retired comes back: history stays.
///
/// A recalled gram stays with its holder but cannot be moved, retired or locked, whether or not it is pledged, in a pending
/// transfer or on a frozen account. It leaves by one of four ways: the developer `replace`s it by an equal gram of another batch,
/// `settle`s it by retiring an equal gram, whereupon it is free again; the Desk `waive`s it; the holder gives it up. Used grams are
/// settled or waived. Until all is done the developer has an open liability, and the ledger issues nothing for its projects.
///
/// Nobody escapes by moving. A REGULATOR holds a batch at once, before the public notice of the invalidation begins; and from the
/// decision until the last holder is covered the batch is held by this contract. Holders are covered in pages, by anyone, in any
/// order: the recall is complete when the holdings listed add up to all there was, so that nobody can be left out or named twice.
interface IInvalidations is IDeskGuarded {
    /// @notice A REGULATOR holds a batch; it ends by itself.
    event HoldPlaced(uint256 indexed batchId, uint40 heldUntil, bytes32 reasonHash, address by);
    /// @notice The hold of a REGULATOR is over: by the Desk with a reason, by an invalidation, or because its time was over (no
    /// reason). `nextHoldAt` is when a REGULATOR may hold it again, 0 for at once.
    event HoldEnded(uint256 indexed batchId, uint40 nextHoldAt, bytes32 reasonHash, address by);
    event Invalidated(
        uint32 indexed invalidationId,
        uint256 indexed batchId,
        address indexed developer,
        uint64 grams,
        Split split,
        uint64 baseGrams,
        bytes32 reasonHash
    );
    /// @notice A holding was covered; `grams` of it are recalled. For the developer `baseGrams` is 0: it has no share, it gives all.
    event HoldingRecalled(uint32 indexed invalidationId, address indexed holder, uint64 baseGrams, uint64 grams);
    event RecallCompleted(uint32 indexed invalidationId, uint256 indexed batchId);
    /// @notice Recalled grams were cancelled and equal grams of `replacementBatchId` came from `payer`.
    event Replaced(
        uint32 indexed invalidationId,
        address indexed holder,
        address indexed payer,
        uint256 replacementBatchId,
        uint64 grams,
        address by
    );
    /// @notice `payer` retired equal grams. `holder` zero: for used grams; else the recalled grams of the holder are free again.
    event Settled(
        uint32 indexed invalidationId,
        address indexed holder,
        address indexed payer,
        uint64 retirementId,
        uint64 grams,
        address by
    );
    /// @notice The Desk takes the invalidation of these grams back. `holder` zero: of used grams.
    event Waived(uint32 indexed invalidationId, address indexed holder, uint64 grams, bytes32 reasonHash);
    /// @notice The holder's recalled grams were cancelled without replacement.
    event GivenUp(uint32 indexed invalidationId, address indexed holder, uint64 grams, address by);

    error ZeroGrams();
    error MissingReason();
    /// @notice The batch belongs to another jurisdiction than the one that decides.
    error WrongJurisdiction(uint32 objectJurisdiction, uint32 jurisdiction);
    /// @notice The caller lacks the role in that jurisdiction. `role` is the number of IAuthority's Role.
    error RoleMissing(uint32 jurisdiction, uint8 role, address caller);
    /// @notice More than what is live or used of the batch and not invalid already.
    error TooManyInvalid(uint256 batchId, uint256 possibleGrams, uint64 wantedGrams);
    /// @notice 0 to 20 buffer accounts of the jurisdiction, in ascending order.
    error InvalidBuffer(address account, uint256 position);
    error InvalidBufferCount(uint256 buffers);
    error UnknownInvalidation(uint32 invalidationId);
    /// @notice Holders are still being covered; nothing else may change what they hold of the batch.
    error RecallRunning(uint256 batchId, uint32 invalidationId);
    error NoRecallRunning(uint32 invalidationId);
    /// @notice One page covers 1 to 50 holders.
    error InvalidPage(uint256 holders);
    /// @notice The account holds nothing of the batch that could be recalled.
    error NothingToRecall(uint32 invalidationId, address account);
    /// @notice All holders of the page were covered already.
    error PageCovered(uint32 invalidationId);
    /// @notice `holder` zero: of used grams.
    error LiabilityTooSmall(uint32 invalidationId, address holder, uint64 openGrams, uint64 wantedGrams);
    /// @notice A replacement is of another batch, of the same jurisdiction, and of the same vintage or a later one.
    error UnequalReplacement(uint256 batchId, uint256 replacementBatchId);
    /// @notice The holding is too small to cancel from it what was recalled: the rest is locked for somebody else. Release it first, or
    /// settle.
    error LockedForOthers(address holder, uint256 batchId, uint64 grams, uint64 lockedGrams);
    /// @notice The payer's or holder's status does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    /// @notice A hold must be able to end.
    error InvalidEmergency(uint40 emergencySeconds);
    error HoldExists(uint256 batchId);
    error NoHold(uint256 batchId);
    /// @notice One REGULATOR cannot hold a batch for ever.
    error HoldTooSoon(uint256 batchId, uint40 nextHoldAt);
    error HoldNotOver(uint256 batchId, uint40 heldUntil);

    /// @notice Holds a batch at once, by one REGULATOR of its jurisdiction: it neither moves nor retires. Ends by itself after
    /// EMERGENCY_SECONDS unless an invalidation is decided; then the next hold waits another EMERGENCY_SECONDS.
    function hold(uint256 batchId, bytes32 reasonHash) external;
    /// @notice Ends the hold of a REGULATOR before its time. Through the Desk.
    function liftHold(uint32 jurisdiction, uint256 batchId, bytes32 reasonHash) external;
    /// @notice Ends a hold whose time is over. By anyone.
    function endHold(uint256 batchId) external;

    /// @notice Invalidates grams of a batch. Through the Desk. See the prose above for the order.
    /// @dev Warning: what is cancelled does not come back, also if the rest is waived later. A named buffer that has nothing free
    /// is passed over: it must not be able to stop the decision by emptying itself.
    /// @param jurisdiction The jurisdiction of the batch's project.
    /// @param buffers 0 to 20 buffer accounts of the jurisdiction, in ascending order; the earlier give first.
    function invalidate(uint32 jurisdiction, uint256 batchId, uint64 grams, bytes32 reasonHash, address[] calldata buffers)
        external;
    /// @notice Covers a page of holders, by anyone. Those covered already are passed over, so that two callers do not hinder each
    /// other. Which holder bears the gram that does not divide depends on the order; nobody gives more than his share rounded up.
    function recallHoldings(uint32 invalidationId, address[] calldata holders) external;

    /// @notice Gives a holder grams of another batch for its recalled ones, which are cancelled, by an agent of the payer. The payer
    /// need not be the developer.
    /// @dev Warning: cannot be undone.
    function replace(address payer, uint32 invalidationId, address holder, uint256 replacementBatchId, uint64 grams) external;
    /// @notice Retires grams of another batch of the payer for used grams (`holder` zero) or for recalled grams of a holder, which
    /// are free again. The way that needs nothing of the holder: for grams that are pledged, or on a frozen account.
    /// @dev Warning: cannot be undone.
    function settle(address payer, uint32 invalidationId, address holder, uint256 replacementBatchId, uint64 grams)
        external
        returns (uint64 retirementId);
    /// @notice Gives up recalled grams without replacement, by an agent of their holder: the developer its own, or a holder that was
    /// compensated otherwise.
    /// @dev Warning: cannot be undone.
    function giveUp(address holder, uint32 invalidationId, uint64 grams) external;
    /// @notice Takes the invalidation of open grams back, `holder` zero for used ones. Through the Desk.
    function waive(uint32 jurisdiction, uint32 invalidationId, address holder, uint64 grams, bytes32 reasonHash) external;

    /// @notice How long a REGULATOR's hold lasts, and how long the next one has to wait after it.
    function EMERGENCY_SECONDS() external view returns (uint40);
    /// @notice The invalidation. Reverts with UnknownInvalidation.
    function invalidationOf(uint32 invalidationId) external view returns (Invalidation memory);
    function invalidationCount() external view returns (uint32);
    /// @notice All zero for who was not covered.
    function recallOf(uint32 invalidationId, address holder) external view returns (Recall memory);
    /// @notice Grams a developer owes over all its invalidations. Above 0 the ledger issues nothing for its projects.
    function openLiabilityOf(address developer) external view returns (uint64);
    /// @notice All zero for a batch with which nothing is wrong.
    function standingOf(uint256 batchId) external view returns (BatchStanding memory);
    /// @notice How many grams of a batch could be invalidated now; 0 while holders are covered.
    function possibleOf(uint256 batchId) external view returns (uint256);
}
