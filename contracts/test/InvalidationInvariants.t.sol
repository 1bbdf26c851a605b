// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Credits} from "../src/Credits.sol";
import {Batch, Holding} from "../src/ICredits.sol";
import {BatchStanding, Invalidation, Recall, Split} from "../src/IInvalidations.sol";
import {Invalidations} from "../src/Invalidations.sol";
import {Case} from "./Case.sol";
import {InvalidationHandler} from "./InvalidationHandler.sol";

/// @notice What holds after any sequence of actions on batches that turn out to be wrong. The numbers are those of docs/invariants.md.
contract InvalidationInvariants is Case {
    /// @dev forge reads this shape from `targetSelectors`.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    InvalidationHandler private _handler;
    Credits private _credits;
    Invalidations private _invalidations;

    function setUp() public {
        _handler = new InvalidationHandler();
        _handler.setUp();
        (_credits, _invalidations) = _handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = InvalidationHandler.issue.selector;
        selectors[1] = InvalidationHandler.transfer.selector;
        selectors[2] = InvalidationHandler.retire.selector;
        selectors[3] = InvalidationHandler.lockOrUnlock.selector;
        selectors[4] = InvalidationHandler.freezeGrams.selector;
        selectors[5] = InvalidationHandler.cancel.selector;
        selectors[6] = InvalidationHandler.freezeOrOpen.selector;
        selectors[7] = InvalidationHandler.invalidate.selector;
        selectors[8] = InvalidationHandler.recall.selector;
        selectors[9] = InvalidationHandler.replace.selector;
        selectors[10] = InvalidationHandler.settle.selector;
        selectors[11] = InvalidationHandler.giveUp.selector;
        selectors[12] = InvalidationHandler.waive.selector;
        selectors[13] = InvalidationHandler.holdOrEnd.selector;
        // Twice, for nothing of a batch moves before its holders are covered.
        selectors[14] = InvalidationHandler.recall.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    /// @dev A run in which nothing succeeds would prove nothing: every action does its work for some seed.
    function test_handler__every_action__can_succeed() public {
        for (uint256 seed = 0; seed < 90; ++seed) {
            uint256 random = uint256(keccak256(abi.encode(seed)));
            _handler.transfer(random, uint64(seed));
            _handler.retire(random, 3);
            _handler.lockOrUnlock(random, 5);
            _handler.freezeGrams(random, 20);
            _handler.cancel(random, 2);
            if (seed % 3 == 0) _handler.invalidate(random, uint64(random));
            _handler.recall(random >> 3);
            _handler.recall(random >> 9);
            _handler.replace(random, 9);
            _handler.settle(random, 9);
            _handler.giveUp(random, 4);
            if (seed > 20) _handler.waive(random, seed % 2 == 0 ? 2 : uint64(random));
            _handler.holdOrEnd(random);
            if (seed == 0 || seed > 20) _handler.issue(random, 500);
            if (seed % 5 == 0) _handler.freezeOrOpen(random);
            invariant_invalidations();
        }
        string[16] memory actions = [
            "issue",
            "issue, refused",
            "transfer",
            "retire",
            "lock",
            "unlock",
            "freezeGrams",
            "cancel",
            "freezeOrOpen",
            "invalidate",
            "recall",
            "replace",
            "settle",
            "giveUp",
            "waive",
            "hold"
        ];
        for (uint256 i = 0; i < actions.length; ++i) {
            assertTrue(_handler.done(actions[i]) > 0, actions[i]);
        }
        assertTrue(_handler.done("endHold") > 0, "endHold");
    }

    /// @dev All in one, because forge plays the whole sequence again for every invariant function.
    function invariant_invalidations() public view {
        if (_handler.violations() != 0) revert NotTrue(_handler.lastViolation());
        uint256[] memory batchIds = _handler.batches();
        for (uint256 i = 0; i < batchIds.length; ++i) {
            _assertBatch(batchIds[i]);
        }
        address[5] memory holders = _handler.holders();
        uint256[5] memory liabilities;
        for (uint32 id = 1; id <= _invalidations.invalidationCount(); ++id) {
            Invalidation memory made = _assertInvalidation(id);
            for (uint256 i = 0; i < holders.length; ++i) {
                if (holders[i] == made.developer) liabilities[i] += made.openRecalledGrams + made.openUsedGrams;
            }
        }
        for (uint256 i = 0; i < holders.length; ++i) {
            uint64 owed = _invalidations.openLiabilityOf(holders[i]);
            assertEq(owed, liabilities[i], "14: a developer owes what is open of its invalidations");
            // The handler lessens its own count only by replace, settle, giveUp and waive.
            assertEq(owed, _handler.owed(holders[i]), "14: and less only by the four ways");
        }
    }

    /// @dev 1 with recalls, 14 and 15 of one batch.
    function _assertBatch(uint256 batchId) private view {
        Batch memory batch = _credits.batchOf(batchId);
        BatchStanding memory standing = _invalidations.standingOf(batchId);
        address[5] memory holders = _handler.holders();
        uint256 held = 0;
        uint256 recalled = 0;
        uint256 uncovered = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            Holding memory holding = _credits.holdingOf(holders[i], batchId);
            assertTrue(holding.recalled <= holding.grams, "15: no more is recalled than is held");
            held += holding.grams;
            recalled += holding.recalled;
            if (!_invalidations.recallOf(standing.recallingId, holders[i]).covered) {
                uncovered += holding.grams - holding.recalled;
            }
        }
        assertEq(batch.issued, held + batch.retired + batch.cancelled, "1: issued = balances + retired + cancelled");
        assertEq(recalled, standing.recalledGrams, "15: what is recalled in the ledger is open here");
        assertTrue(_handler.invalidOf(batchId) <= batch.issued, "15: no more is invalid than was issued");
        bool stopped = standing.recallingId != 0 || standing.heldUntil != 0;
        assertTrue(batch.held == stopped, "15: held while holders are covered or a REGULATOR asks for it");
        if (standing.recallingId == 0) return;
        Invalidation memory made = _invalidations.invalidationOf(standing.recallingId);
        // So the recall can always be finished, and never with a holder left out.
        assertEq(uncovered, made.baseGrams - made.coveredGrams, "15: nobody escapes by moving");
    }

    /// @dev 14 and 15 of one invalidation.
    function _assertInvalidation(uint32 id) private view returns (Invalidation memory made) {
        made = _invalidations.invalidationOf(id);
        Split memory split = made.split;
        address[5] memory holders = _handler.holders();
        uint256 recalled = 0;
        uint256 open = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            Recall memory recall = _invalidations.recallOf(id, holders[i]);
            recalled += recall.grams;
            open += recall.openGrams;
            assertTrue(recall.openGrams <= recall.grams, "15: no more is open than was recalled");
        }
        uint256 toRecall = uint256(split.developerRecalled) + split.holdersRecalled;
        bool complete = _invalidations.standingOf(made.batchId).recallingId != id;
        assertTrue(complete == (made.coveredGrams == made.baseGrams), "15: complete when all is covered");
        if (complete) assertEq(recalled, toRecall, "15: the shares add up to the gram");
        assertTrue(recalled <= toRecall, "15: no share is too large");
        assertEq(made.openRecalledGrams, open + toRecall - recalled, "14: open of holders and still to be recalled");
        assertTrue(made.openUsedGrams <= split.used, "14: no more is open than was used");
    }
}
