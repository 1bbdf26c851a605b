// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHolds} from "./BatchHolds.sol";
import {Account, AccountKind, AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority} from "./IAuthority.sol";
import {Batch, Holding, ICredits, Line, Purpose, Retiree} from "./ICredits.sol";
import {IFilings} from "./IFilings.sol";
import {BatchStanding, IInvalidations, Invalidation, Recall} from "./IInvalidations.sol";

/// @title Invalidates issued grams wherever they lie, to the gram, and keeps what the developer owes for them.
/// @notice See IInvalidations.
/// @dev Holds Role.Corrector, Role.Locker and Role.Retirer. For every invalidation, always:
/// grams = sum of its split; openRecalledGrams = sum of openGrams over its holders + what is still to be recalled;
/// and for every developer: openLiabilityOf = sum of openRecalledGrams + openUsedGrams over its invalidations.
contract Invalidations is BatchHolds {
    uint256 internal constant BUFFERS_MAX = 20;
    uint256 internal constant PAGE_MAX = 50;
    uint8 internal constant PROJECT_SHIFT = 64;

    IAccounts public immutable ACCOUNTS;
    IFilings public immutable FILINGS;

    /// @inheritdoc IInvalidations
    uint32 public invalidationCount;
    mapping(uint32 invalidationId => Invalidation) private _invalidations;
    mapping(uint32 invalidationId => mapping(address holder => Recall)) private _recalls;
    /// @inheritdoc IInvalidations
    mapping(address developer => uint64) public openLiabilityOf;

    constructor(
        IAuthority authority_,
        address desk_,
        IAccounts accounts_,
        IFilings filings_,
        ICredits credits_,
        uint40 emergencySeconds
    ) BatchHolds(authority_, desk_, credits_, emergencySeconds) {
        ACCOUNTS = accounts_;
        FILINGS = filings_;
    }

    // ------------------------------------------------------------ the Desk

    /// @inheritdoc IInvalidations
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function invalidate(uint32 jurisdiction, uint256 batchId, uint64 grams, bytes32 reasonHash, address[] calldata buffers)
        external
        throughDesk
    {
        _requireOwn(batchId, jurisdiction);
        if (grams == 0) revert ZeroGrams();
        if (reasonHash == bytes32(0)) revert MissingReason();
        _requireNoRecall(batchId);
        uint256 possible = possibleOf(batchId);
        if (grams > possible) revert TooManyInvalid(batchId, possible, grams);

        uint32 invalidationId = ++invalidationCount;
        Invalidation storage made = _invalidations[invalidationId];
        made.batchId = batchId;
        made.developer = FILINGS.factsOf(uint64(batchId >> PROJECT_SHIFT)).developer;
        made.decidedAt = uint40(block.timestamp);
        made.reasonHash = reasonHash;
        uint64 rest = _takeFromDeveloper(made, grams);
        rest = _takeFromBuffers(made, jurisdiction, buffers, rest);
        _divide(invalidationId, made, rest);
        emit Invalidated(invalidationId, batchId, made.developer, grams, made.split, made.baseGrams, reasonHash);
        uint64 bound = made.split.developerRecalled;
        if (bound != 0) _recall(invalidationId, batchId, made.developer, 0, bound);
    }

    /// @inheritdoc IInvalidations
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function waive(uint32 jurisdiction, uint32 invalidationId, address holder, uint64 grams, bytes32 reasonHash)
        external
        throughDesk
    {
        Invalidation storage made = _require(invalidationId);
        uint256 batchId = made.batchId;
        _requireOwn(batchId, jurisdiction);
        if (reasonHash == bytes32(0)) revert MissingReason();
        _discharge(made, invalidationId, holder, grams);
        emit Waived(invalidationId, holder, grams, reasonHash);
        if (holder == address(0)) _standings[batchId].remainingGrams -= grams;
        else CREDITS.unrecall(holder, batchId, grams);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IInvalidations
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function recallHoldings(uint32 invalidationId, address[] calldata holders) external {
        if (holders.length == 0 || holders.length > PAGE_MAX) revert InvalidPage(holders.length);
        Invalidation storage made = _require(invalidationId);
        uint256 batchId = made.batchId;
        if (_standings[batchId].recallingId != invalidationId) revert NoRecallRunning(invalidationId);

        uint64 coveredBefore = made.coveredGrams;
        uint64 covered = coveredBefore;
        for (uint256 i = 0; i < holders.length; ++i) {
            if (_recalls[invalidationId][holders[i]].covered) continue;
            uint64 base = _recallable(holders[i], batchId);
            if (base == 0) revert NothingToRecall(invalidationId, holders[i]);
            uint64 share = _shareUpTo(made, covered + base) - _shareUpTo(made, covered);
            covered += base;
            _recall(invalidationId, batchId, holders[i], base, share);
        }
        if (covered == coveredBefore) revert PageCovered(invalidationId);
        made.coveredGrams = covered;
        if (covered == made.baseGrams) {
            _standings[batchId].recallingId = 0;
            emit RecallCompleted(invalidationId, batchId);
            CREDITS.setHold(batchId, false);
        }
    }

    /// @inheritdoc IInvalidations
    function replace(address payer, uint32 invalidationId, address holder, uint256 replacementBatchId, uint64 grams) external {
        _requireAgent(payer, AccountStatus.Open);
        Invalidation storage made = _require(invalidationId);
        uint256 batchId = made.batchId;
        _requireEqual(batchId, replacementBatchId);
        // Used grams have no holder to give anything to.
        if (holder == address(0)) revert LiabilityTooSmall(invalidationId, holder, 0, grams);
        _discharge(made, invalidationId, holder, grams);
        emit Replaced(invalidationId, holder, payer, replacementBatchId, grams, msg.sender);
        CREDITS.lock(payer, replacementBatchId, grams);
        CREDITS.moveLocked(payer, holder, replacementBatchId, grams);
        _cancelRecalled(made, holder, grams);
    }

    /// @inheritdoc IInvalidations
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function settle(address payer, uint32 invalidationId, address holder, uint256 replacementBatchId, uint64 grams)
        external
        returns (uint64 retirementId)
    {
        _requireAgent(payer, AccountStatus.Restricted);
        Invalidation storage made = _require(invalidationId);
        uint256 batchId = made.batchId;
        _requireEqual(batchId, replacementBatchId);
        _discharge(made, invalidationId, holder, grams);
        retirementId = _retireEqual(payer, made.reasonHash, replacementBatchId, grams);
        emit Settled(invalidationId, holder, payer, retirementId, grams, msg.sender);
        if (holder == address(0)) return retirementId;
        _standings[batchId].remainingGrams += grams;
        CREDITS.unrecall(holder, batchId, grams);
    }

    /// @inheritdoc IInvalidations
    function giveUp(address holder, uint32 invalidationId, uint64 grams) external {
        _requireAgent(holder, AccountStatus.Restricted);
        Invalidation storage made = _require(invalidationId);
        _discharge(made, invalidationId, holder, grams);
        emit GivenUp(invalidationId, holder, grams, msg.sender);
        _cancelRecalled(made, holder, grams);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IInvalidations
    function invalidationOf(uint32 invalidationId) external view returns (Invalidation memory) {
        return _require(invalidationId);
    }

    /// @inheritdoc IInvalidations
    function recallOf(uint32 invalidationId, address holder) external view returns (Recall memory) {
        return _recalls[invalidationId][holder];
    }

    /// @inheritdoc IInvalidations
    function possibleOf(uint256 batchId) public view returns (uint256) {
        Batch memory batch = CREDITS.batchOf(batchId);
        BatchStanding memory standing = _standings[batchId];
        if (standing.recallingId != 0) return 0;
        // Live ones that are not recalled, and used ones. Of these the remaining ones are invalid already; a cancellation through
        // the Desk may have met some of them, whence the comparison.
        uint256 inTheWorld = uint256(batch.issued) - batch.cancelled - standing.recalledGrams;
        return inTheWorld > standing.remainingGrams ? inTheWorld - standing.remainingGrams : 0;
    }

    // ------------------------------------------------------------- internal

    /// @dev First what is free, cancelled; then what is locked or frozen, to be recalled: a pledge or a pending sale shields nothing.
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function _takeFromDeveloper(Invalidation storage made, uint64 wanted) private returns (uint64 rest) {
        uint64 taken = _cancelFree(made, made.developer, wanted);
        made.split.developerCancelled = taken;
        rest = wanted - taken;
        if (rest == 0) return 0;
        uint64 bound = _least(_recallable(made.developer, made.batchId), rest);
        made.split.developerRecalled = bound;
        return rest - bound;
    }

    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function _takeFromBuffers(Invalidation storage made, uint32 jurisdiction, address[] calldata buffers, uint64 wanted)
        private
        returns (uint64 rest)
    {
        if (buffers.length > BUFFERS_MAX) revert InvalidBufferCount(buffers.length);
        rest = wanted;
        for (uint256 i = 0; i < buffers.length; ++i) {
            Account memory account = ACCOUNTS.accountOf(buffers[i]);
            bool ascending = i == 0 || buffers[i] > buffers[i - 1];
            if (account.kind != AccountKind.Buffer || account.jurisdiction != jurisdiction || !ascending) {
                revert InvalidBuffer(buffers[i], i);
            }
            rest -= _cancelFree(made, buffers[i], rest);
        }
        made.split.buffersCancelled = wanted - rest;
    }

    /// @dev What is left falls on the holders as far as they hold, else on what was used.
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function _divide(uint32 invalidationId, Invalidation storage made, uint64 rest) private {
        uint256 batchId = made.batchId;
        BatchStanding storage standing = _standings[batchId];
        if (standing.heldUntil != 0) {
            _endHold(batchId, 0, made.reasonHash);
            CREDITS.setHold(batchId, false);
        }
        if (rest != 0) {
            Batch memory batch = CREDITS.batchOf(batchId);
            uint64 base = batch.issued - batch.retired - batch.cancelled - standing.recalledGrams - made.split.developerRecalled;
            made.split.holdersRecalled = _least(rest, base);
            made.split.used = rest - made.split.holdersRecalled;
            made.openUsedGrams = made.split.used;
            standing.remainingGrams += made.split.used;
            if (base != 0) {
                made.baseGrams = base;
                standing.recallingId = invalidationId;
                CREDITS.setHold(batchId, true);
            }
        }
        made.openRecalledGrams = made.split.developerRecalled + made.split.holdersRecalled;
        _changeLiability(made.developer, openLiabilityOf[made.developer] + made.openRecalledGrams + made.openUsedGrams);
    }

    function _cancelFree(Invalidation storage made, address account, uint64 wanted) private returns (uint64 taken) {
        taken = _least(CREDITS.availableOf(account, made.batchId), wanted);
        if (taken != 0) CREDITS.cancelFor(account, made.batchId, taken, made.reasonHash, false);
    }

    /// @dev Not what somebody else was promised: a pledgee or a receiver would be left with a lock on nothing.
    function _cancelRecalled(Invalidation storage made, address holder, uint64 grams) private {
        uint256 batchId = made.batchId;
        Holding memory holding = CREDITS.holdingOf(holder, batchId);
        if (uint256(holding.locked) + grams > holding.grams) {
            revert LockedForOthers(holder, batchId, holding.grams, holding.locked);
        }
        CREDITS.cancelFor(holder, batchId, grams, made.reasonHash, true);
    }

    function _recall(uint32 invalidationId, uint256 batchId, address holder, uint64 base, uint64 grams) private {
        _recalls[invalidationId][holder] = Recall({grams: grams, openGrams: grams, covered: true});
        _standings[batchId].recalledGrams += grams;
        emit HoldingRecalled(invalidationId, holder, base, grams);
        if (grams != 0) CREDITS.recall(holder, batchId, grams);
    }

    /// @dev Lessens what is owed. The caller does what it is lessened for.
    function _discharge(Invalidation storage made, uint32 invalidationId, address holder, uint64 grams) private {
        if (grams == 0) revert ZeroGrams();
        uint64 open;
        if (holder == address(0)) {
            open = made.openUsedGrams;
            if (grams > open) revert LiabilityTooSmall(invalidationId, holder, open, grams);
            made.openUsedGrams = open - grams;
        } else {
            // While holders are covered, what is not recalled of each must stay as it was when the base was taken.
            _requireNoRecall(made.batchId);
            open = _recalls[invalidationId][holder].openGrams;
            if (grams > open) revert LiabilityTooSmall(invalidationId, holder, open, grams);
            _recalls[invalidationId][holder].openGrams = open - grams;
            made.openRecalledGrams -= grams;
            _standings[made.batchId].recalledGrams -= grams;
        }
        _changeLiability(made.developer, openLiabilityOf[made.developer] - grams);
    }

    /// @dev The ledger is told when a developer begins and when it ceases to owe; it asks nobody at an issue.
    function _changeLiability(address developer, uint64 owedGrams) private {
        bool owedBefore = openLiabilityOf[developer] != 0;
        openLiabilityOf[developer] = owedGrams;
        if (owedBefore != (owedGrams != 0)) CREDITS.setSuspended(developer, owedGrams != 0);
    }

    function _retireEqual(address payer, bytes32 reasonHash, uint256 batchId, uint64 grams) private returns (uint64) {
        Line[] memory lines = new Line[](1);
        lines[0] = Line(batchId, grams);
        Retiree memory retiree = Retiree({
            account: payer,
            purpose: Purpose.EqualReplacement,
            beneficiary: bytes32(0),
            statementHash: reasonHash,
            by: msg.sender,
            locked: false
        });
        return CREDITS.retireFor(retiree, lines);
    }

    function _requireAgent(address account, AccountStatus strictest) private {
        // The jurisdiction is not needed here.
        // slither-disable-next-line unused-return
        (AccountStatus status,) = ACCOUNTS.authorise(account, msg.sender, keccak256(msg.data));
        if (status == AccountStatus.None || status > strictest) revert AccountNotUsable(account, uint8(status));
    }

    function _requireEqual(uint256 batchId, uint256 replacementBatchId) private view {
        bool another = replacementBatchId != batchId && _jurisdictionOf(replacementBatchId) == _jurisdictionOf(batchId);
        if (!another || CREDITS.vintageOf(replacementBatchId) < CREDITS.vintageOf(batchId)) {
            revert UnequalReplacement(batchId, replacementBatchId);
        }
    }

    function _requireNoRecall(uint256 batchId) private view {
        uint32 recallingId = _standings[batchId].recallingId;
        if (recallingId != 0) revert RecallRunning(batchId, recallingId);
    }

    function _require(uint32 invalidationId) private view returns (Invalidation storage made) {
        made = _invalidations[invalidationId];
        if (made.batchId == 0) revert UnknownInvalidation(invalidationId);
    }

    /// @dev What an account holds of a batch, without what was recalled before; locked and frozen grams count.
    function _recallable(address account, uint256 batchId) private view returns (uint64) {
        Holding memory holding = CREDITS.holdingOf(account, batchId);
        return holding.grams - holding.recalled;
    }

    /// @dev What the holders of the first `base` grams give together: floor, so that for all of them it is exact, and the share of
    /// one, a difference of two floors, is at most what it holds.
    function _shareUpTo(Invalidation storage made, uint64 base) private view returns (uint64) {
        // At most holdersRecalled, a uint64.
        return uint64(uint256(base) * made.split.holdersRecalled / made.baseGrams);
    }

    function _least(uint64 one, uint64 other) private pure returns (uint64) {
        return one < other ? one : other;
    }
}
