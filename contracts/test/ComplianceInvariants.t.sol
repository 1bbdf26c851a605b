// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../src/Compliance.sol";
import {Credits} from "../src/Credits.sol";
import {Provisional} from "../src/ICompliance.sol";
import {Used} from "../src/IObligations.sol";
import {PoolState, Reservation} from "../src/IPool.sol";
import {RuleSets} from "../src/RuleSets.sol";
import {Case} from "./Case.sol";
import {ComplianceHandler} from "./ComplianceHandler.sol";

/// @notice What holds of obligations, caps and pool after any sequence of actions. 9 of docs/invariants.md.
contract ComplianceInvariants is Case {
    /// @dev forge reads this shape from `targetSelectors`.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint16 private constant YEAR = 2016;
    uint32 private constant WUHAN = 420_100;

    ComplianceHandler private _handler;
    Credits private _credits;
    Compliance private _compliance;
    RuleSets private _ruleSets;

    function setUp() public {
        _handler = new ComplianceHandler();
        _handler.setUp();
        (_credits, _compliance, _ruleSets) = _handler.parts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = ComplianceHandler.offset.selector;
        selectors[1] = ComplianceHandler.reverse.selector;
        selectors[2] = ComplianceHandler.finalise.selector;
        selectors[3] = ComplianceHandler.reserve.selector;
        selectors[4] = ComplianceHandler.release.selector;
        selectors[5] = ComplianceHandler.credit.selector;
        selectors[6] = ComplianceHandler.changeRules.selector;
        selectors[7] = ComplianceHandler.changeTerms.selector;
        selectors[8] = ComplianceHandler.disturb.selector;
        // Three times, for it needs luck with the rules.
        selectors[9] = ComplianceHandler.offset.selector;
        selectors[10] = ComplianceHandler.offset.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    /// @dev A run in which nothing succeeds would prove nothing: every action does its work for some seed.
    function test_handler__every_action__can_succeed() public {
        for (uint256 seed = 1; seed < 64; ++seed) {
            _handler.offset(seed, 40);
            _handler.reserve(seed, 900);
            if (seed % 2 == 0) _handler.reverse(seed * 5);
            if (seed % 3 == 0) _handler.disturb(seed);
            if (seed % 4 == 0) _handler.finalise(seed);
            if (seed % 5 == 0) _handler.release(seed);
            _handler.credit(seed);
            if (seed % 30 == 0) _handler.changeTerms(seed << 20);
        }
        _handler.changeRules(7);
        _handler.offset(1, 40);
        string[9] memory actions =
            ["offset", "reverse", "order", "finalise", "reserve", "release", "changeRules", "changeTerms", "disturb"];
        for (uint256 i = 0; i < actions.length; ++i) {
            assertTrue(_handler.done(actions[i]) > 0, actions[i]);
        }
        invariant_compliance();
    }

    /// @dev All in one, because forge plays the whole sequence again for every invariant function.
    function invariant_compliance() public view {
        if (_handler.violations() != 0) revert NotTrue(_handler.lastViolation());
        _assertSums();
        _assertPool();
        _assertLocks();
    }

    /// @dev What is counted is what was offset and not reversed; what is provisional is a part of it.
    function _assertSums() private view {
        address[3] memory holders = _handler.holders();
        uint256 total = 0;
        for (uint256 i = 0; i < 3; ++i) {
            Used memory used = _compliance.usedOf(holders[i], YEAR);
            assertEq(uint256(used.localGrams) + used.otherGrams, _handler.offsetOfHolder(i), "used = offset - reversed");
            assertEq(used.provisionalGrams, _handler.provisionalOfHolder(i), "provisional");
            assertTrue(used.preferredGrams <= used.localGrams, "preferred grams are local");
            total += _handler.offsetOfHolder(i);
        }
        assertEq(_compliance.poolOf(WUHAN, YEAR).usedGrams, total, "the pool counts every account");
        assertEq(_compliance.recognisedGrams(_handler.termsKey(), YEAR), _handler.farGrams(), "recognised = used from there");
    }

    /// @dev What is used and what is granted is never more than the pool, so every grant can be used.
    function _assertPool() private view {
        address[3] memory holders = _handler.holders();
        PoolState memory pool = _compliance.poolOf(WUHAN, YEAR);
        uint256 promised = pool.usedGrams;
        for (uint256 i = 0; i < 3; ++i) {
            Reservation memory found = _compliance.reservationOf(holders[i], YEAR);
            promised += found.grantedGrams;
            assertTrue(found.start + found.grams <= pool.demandEnd, "a place on the line");
            for (uint256 j = 0; j < i; ++j) {
                Reservation memory other = _compliance.reservationOf(holders[j], YEAR);
                bool apart = found.grams == 0 || other.grams == 0 || found.start >= other.start + other.grams
                    || other.start >= found.start + found.grams;
                assertTrue(apart, "no place is given twice");
            }
        }
        assertTrue(promised <= _handler.POOL(), "used and granted are within the pool");
    }

    /// @dev What the ledger has locked is what can still be reversed or made final.
    function _assertLocks() private view {
        address[3] memory holders = _handler.holders();
        uint256[3] memory batches = _handler.batches();
        ComplianceHandler.Open[] memory open = _handler.openOffsets();
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                uint256 locked = 0;
                for (uint256 k = 0; k < open.length; ++k) {
                    Provisional memory details = _handler.detailsOf(open[k].id);
                    bool same = details.account == holders[i] && details.lines[0].batchId == batches[j];
                    if (same) locked += details.lines[0].grams;
                }
                assertEq(_credits.holdingOf(holders[i], batches[j]).locked, locked, "locked = provisional");
            }
        }
    }
}
