// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../src/Compliance.sol";
import {Credits} from "../src/Credits.sol";
import {Batch, Holding, ProjectTotal, Purpose, Retirement} from "../src/ICredits.sol";
import {Used} from "../src/IObligations.sol";
import {Pledge} from "../src/IPledges.sol";
import {OracleCommittee} from "../src/OracleCommittee.sol";
import {Pledges} from "../src/Pledges.sol";
import {Case} from "./Case.sol";
import {LedgerHandler} from "./LedgerHandler.sol";
import {RestraintsHandler} from "./RestraintsHandler.sol";

/// @notice What holds after any sequence of actions. The numbers are those of docs/invariants.md.
contract LedgerInvariants is Case {
    /// @dev forge reads this shape from `targetSelectors`.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    RestraintsHandler private _handler;
    Credits private _credits;
    Compliance private _compliance;
    OracleCommittee private _committee;

    function setUp() public {
        _handler = new RestraintsHandler();
        _handler.setUp();
        (_credits, _compliance, _committee) = _handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](17);
        selectors[0] = LedgerHandler.issue.selector;
        selectors[1] = LedgerHandler.transfer.selector;
        selectors[2] = LedgerHandler.transferTwoBatches.selector;
        selectors[3] = LedgerHandler.retire.selector;
        selectors[4] = LedgerHandler.cancel.selector;
        selectors[5] = LedgerHandler.offset.selector;
        selectors[6] = LedgerHandler.changeRules.selector;
        selectors[7] = LedgerHandler.freezeOrOpen.selector;
        // Twice, for it needs luck with the rules.
        selectors[8] = LedgerHandler.offset.selector;
        selectors[9] = RestraintsHandler.retireMany.selector;
        selectors[10] = RestraintsHandler.pledge.selector;
        selectors[11] = RestraintsHandler.settlePledge.selector;
        selectors[12] = RestraintsHandler.setFrozen.selector;
        selectors[13] = RestraintsHandler.forceTransfer.selector;
        selectors[14] = RestraintsHandler.recallOrFree.selector;
        selectors[15] = RestraintsHandler.cancelRecalled.selector;
        selectors[16] = RestraintsHandler.hold.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    /// @dev A run in which nothing succeeds would prove nothing: every action does its work for some seed.
    function test_handler__every_action__can_succeed() public {
        for (uint256 seed = 0; seed < 64; ++seed) {
            _handler.issue(seed, uint64(seed) + 100);
            _handler.transfer(seed, 1);
            _handler.transferTwoBatches(seed, 1, 1);
            _handler.retire(seed, 1);
            _handler.cancel(seed, 1);
            _handler.offset(seed, 10);
            _handler.retireMany(seed, 1, 1);
            _handler.pledge(seed, 3);
            _handler.settlePledge(seed * 5, 1);
            _handler.setFrozen(seed, 5);
            _handler.forceTransfer(seed, 1);
            _handler.recallOrFree(seed, 2);
            _handler.cancelRecalled(seed, 1);
            if (seed % 16 == 15) _handler.freezeOrOpen(seed / 16);
        }
        _handler.changeRules(7);
        _handler.hold(0);
        string[19] memory actions = [
            "issue",
            "issue early, refused",
            "transfer",
            "transferTwoBatches",
            "retire",
            "cancel",
            "offset",
            "changeRules",
            "freezeOrOpen",
            "retireMany",
            "pledge",
            "release",
            "releaseByOrder",
            "seize",
            "setFrozen",
            "forceTransfer",
            "recall",
            "cancelRecalled",
            "hold"
        ];
        for (uint256 i = 0; i < actions.length; ++i) {
            assertTrue(_handler.done(actions[i]) > 0, actions[i]);
        }
        invariant_ledger();
    }

    /// @dev All in one, because forge plays the whole sequence again for every invariant function.
    function invariant_ledger() public view {
        _assertNoViolation();
        (uint256[] memory batchIds, LedgerHandler.Cancellation[] memory cancellations) = _handler.history();
        _assertConservation(batchIds);
        _assertHoldings(batchIds);
        _assertSerialsDisjoint(batchIds, cancellations);
        _assertOffsetsAreRetired(batchIds);
        _assertHeldBack(batchIds);
        _assertProjectTotals(batchIds);
    }

    /// @dev 2, 8 and 9, which the handler watches as they happen; and that quote and offset agree.
    function _assertNoViolation() private view {
        if (_handler.violations() != 0) revert NotTrue(_handler.lastViolation());
    }

    /// @dev 1 and 4.
    function _assertConservation(uint256[] memory batchIds) private view {
        for (uint256 i = 0; i < batchIds.length; ++i) {
            Batch memory batch = _credits.batchOf(batchIds[i]);
            uint256 sum = uint256(batch.retired) + batch.cancelled;
            address[4] memory holders = _handler.holders();
            for (uint256 j = 0; j < holders.length; ++j) {
                sum += _credits.balanceOf(holders[j], batchIds[i]);
            }
            assertEq(batch.issued, sum, "1: issued = balances + retired + cancelled");
            Batch memory seen = _handler.seenOf(batchIds[i]);
            bool same = keccak256(abi.encode(seen)) == keccak256(abi.encode(batch));
            assertTrue(same || seen.issued == 0, "a batch changed by an action that does not name it");

            uint64 projectId = uint64(batchIds[i] >> 64);
            assertTrue(_committee.isFinal(projectId, uint64(batchIds[i])), "4: only final reports are issued");
            assertTrue(_credits.totalsOf(projectId).issued <= _finalLineEnd(projectId), "4: issued <= end of the final line");
        }
    }

    /// @dev Where the number line of a project ends by its last final report.
    function _finalLineEnd(uint64 projectId) private view returns (uint64) {
        uint64 seq = _committee.lastSeq(projectId);
        while (!_committee.isFinal(projectId, seq)) seq -= 1;
        return _committee.reportOf(projectId, seq).serialEnd;
    }

    /// @dev 1, for accounts.
    function _assertHoldings(uint256[] memory batchIds) private view {
        address[4] memory holders = _handler.holders();
        for (uint256 i = 0; i < holders.length; ++i) {
            uint256 positions = 0;
            for (uint256 j = 0; j < batchIds.length; ++j) {
                if (_credits.balanceOf(holders[i], batchIds[j]) != 0) positions += 1;
            }
            assertEq(_credits.positionsOf(holders[i]), positions, "batches of which it holds any");
        }
    }

    /// @dev 3, and that every range lies inside the stretch of its batch: retired serials from its start, cancelled ones from its end.
    function _assertSerialsDisjoint(uint256[] memory batchIds, LedgerHandler.Cancellation[] memory cancellations) private view {
        uint256 retirements = 0;
        uint256 gramsCancelled = 0;
        for (uint256 i = 0; i < batchIds.length; ++i) {
            Batch memory batch = _credits.batchOf(batchIds[i]);
            uint64 end = batch.serialStart + batch.retired;
            uint64 next = batch.serialStart;
            for (; next < end; ++retirements) {
                next += _credits.retirementOf(batchIds[i], uint56(next)).grams;
            }
            assertEq(next, end, "3: each retirement begins where the one before it ended");
            gramsCancelled += batch.cancelled;
        }
        assertEq(_credits.retirementCount(), retirements, "3: every retirement is one of a batch");

        for (uint256 i = 0; i < cancellations.length; ++i) {
            LedgerHandler.Cancellation memory one = cancellations[i];
            assertTrue(_isCancelled(batchIds, one), "3: inside the end of a batch");
            gramsCancelled -= one.end - one.start;
            for (uint256 j = 0; j < i; ++j) {
                bool apart = one.projectId != cancellations[j].projectId || one.end <= cancellations[j].start
                    || cancellations[j].end <= one.start;
                assertTrue(apart, "3: serial ranges never overlap");
            }
        }
        assertEq(gramsCancelled, 0, "3: every cancelled gram has its serial");
    }

    function _isCancelled(uint256[] memory batchIds, LedgerHandler.Cancellation memory range) private view returns (bool) {
        for (uint256 i = 0; i < batchIds.length; ++i) {
            if (uint64(batchIds[i] >> 64) != range.projectId) continue;
            Batch memory batch = _credits.batchOf(batchIds[i]);
            uint64 end = batch.serialStart + batch.issued;
            if (range.start >= end - batch.cancelled && range.end <= end) return true;
        }
        return false;
    }

    /// @dev What is locked is what the modules noted, what is recalled is what was recalled and not settled since.
    function _assertHeldBack(uint256[] memory batchIds) private view {
        address[4] memory holders = _handler.holders();
        Pledge[] memory pledges = _allPledges();
        for (uint256 i = 0; i < batchIds.length; ++i) {
            for (uint256 j = 0; j < holders.length; ++j) {
                Holding memory holding = _credits.holdingOf(holders[j], batchIds[i]);
                assertEq(holding.locked, _pledged(pledges, holders[j], batchIds[i]), "locked = pledged");
                assertEq(holding.recalled, _handler.recalledOf(holders[j], batchIds[i]), "recalled = noted");
                uint256 heldBack = uint256(holding.locked) + holding.frozen + holding.recalled;
                assertEq(_credits.getFrozenTokens(holders[j], batchIds[i]), heldBack, "frozen tokens = all held back");
                uint256 free = holding.grams > heldBack ? holding.grams - heldBack : 0;
                assertEq(_credits.availableOf(holders[j], batchIds[i]), free, "available = what is left");
            }
        }
    }

    function _allPledges() private view returns (Pledge[] memory all) {
        Pledges pledges = _handler.pledges();
        all = new Pledge[](pledges.pledgeCount());
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = pledges.pledgeOf(uint64(i + 1));
        }
    }

    function _pledged(Pledge[] memory pledges, address account, uint256 batchId) private pure returns (uint256 grams) {
        for (uint256 i = 0; i < pledges.length; ++i) {
            if (pledges[i].account == account && pledges[i].batchId == batchId) grams += pledges[i].grams;
        }
    }

    /// @dev The sums of a project are those of its batches.
    function _assertProjectTotals(uint256[] memory batchIds) private view {
        for (uint256 i = 0; i < 2; ++i) {
            uint64 projectId = uint64(batchIds[i] >> 64);
            ProjectTotal memory sum;
            for (uint256 j = 0; j < batchIds.length; ++j) {
                if (uint64(batchIds[j] >> 64) != projectId) continue;
                Batch memory batch = _credits.batchOf(batchIds[j]);
                sum.issued += batch.issued;
                sum.retired += batch.retired;
                sum.cancelled += batch.cancelled;
            }
            ProjectTotal memory stored = _credits.totalsOf(projectId);
            assertEq(stored.issued, sum.issued, "project: issued");
            assertEq(stored.retired, sum.retired, "project: retired");
            assertEq(stored.cancelled, sum.cancelled, "project: cancelled");
        }
    }

    /// @dev What is counted against obligations is what was retired for offsets.
    function _assertOffsetsAreRetired(uint256[] memory batchIds) private view {
        uint256 retired = 0;
        for (uint256 i = 0; i < batchIds.length; ++i) {
            Batch memory batch = _credits.batchOf(batchIds[i]);
            uint64 next = batch.serialStart;
            while (next < batch.serialStart + batch.retired) {
                Retirement memory retirement = _credits.retirementOf(batchIds[i], uint56(next));
                if (retirement.purpose == Purpose.ComplianceOffset) retired += retirement.grams;
                next += retirement.grams;
            }
        }
        address[4] memory holders = _handler.holders();
        uint256 used = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            Used memory of_ = _compliance.usedOf(holders[i], 2016);
            used += uint256(of_.localGrams) + of_.otherGrams;
        }
        assertEq(used, retired, "used = retired for offsets");
    }
}
