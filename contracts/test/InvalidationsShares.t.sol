// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind} from "../src/IAccounts.sol";
import {IInvalidations, Invalidation, Recall} from "../src/IInvalidations.sol";
import {Invalid} from "./Invalid.sol";

/// @notice The arithmetic of the shares, with up to 19 holders of any size, covered in any order and in pages of any length.
contract InvalidationsSharesTest is Invalid {
    uint256 private constant HOLDERS_MAX = 19;
    uint64 private constant GRAMS_MAX = 1e13;

    address[] private _holders;

    function setUp() public override {
        super.setUp();
        for (uint64 i = 0; i < HOLDERS_MAX; ++i) {
            _holders.push(_openWithAgent(i % 2 == 0 ? WUHAN : SHANGHAI, 100 + i, AccountKind.Enterprise, agent));
        }
    }

    function testFuzz_recall__anyHoldings_anyOrder__sumIsExactAndNobodyGivesMoreThanItsShareRoundedUp(uint256 seed) public {
        uint64[] memory held = _issueAtRandom(seed);
        uint64 total = _sum(held);
        uint64 wanted = uint64(bound(uint256(keccak256(abi.encode(seed, "wanted"))), 1, total));
        uint32 id = _invalidate(wanted);
        Invalidation memory made = invalidations.invalidationOf(id);
        uint64 rest = wanted > held[0] ? wanted - held[0] : 0;
        assertEq(made.split.developerCancelled, wanted - rest, "the developer first");
        assertEq(made.split.holdersRecalled, rest, "then the holders");
        if (rest == 0) return;
        _coverAll(id, seed, held.length - 1);

        uint256 recalled = 0;
        uint64 base = total - held[0];
        for (uint256 i = 1; i < held.length; ++i) {
            uint64 share = invalidations.recallOf(id, _holders[i - 1]).grams;
            recalled += share;
            assertTrue(share <= held[i], "no more than is held");
            uint256 exact = uint256(held[i]) * rest;
            assertTrue(uint256(share) * base < exact + base, "less than one gram above the exact share");
            assertTrue(exact < uint256(share) * base + base, "less than one gram below it");
            assertEq(_recalled(_holders[i - 1]), share, "as the ledger says");
        }
        assertEq(recalled, rest, "to the gram");
        assertEq(invalidations.openLiabilityOf(platform), rest, "liability");
        assertTrue(!_isHeld(), "over");
    }

    /// @dev Three invalidations one after the other never recall more than there is, and all of it in the end.
    function testFuzz_recall__againAndAgain__neverMoreThanThereIs(uint256 seed) public {
        uint64[] memory held = _issueAtRandom(seed);
        uint64 total = _sum(held);
        uint64 invalid = 0;
        for (uint256 round = 0; round < 3 && invalid < total; ++round) {
            uint64 wanted = uint64(bound(uint256(keccak256(abi.encode(seed, round))), 1, total - invalid));
            if (round == 2) wanted = total - invalid;
            uint32 id = _invalidate(wanted);
            invalid += wanted;
            if (invalidations.standingOf(batchId).recallingId != 0) _coverAll(id, seed >> round, held.length - 1);
        }
        for (uint256 i = 1; i < held.length; ++i) {
            assertTrue(_recalled(_holders[i - 1]) <= held[i], "no more than is held");
            if (invalid == total) assertEq(_recalled(_holders[i - 1]), held[i], "all of it");
        }
        assertEq(invalidations.possibleOf(batchId), total - invalid, "what is left");
    }

    /// @dev The developer gets line 0, holders the others. Small and large holdings stand side by side.
    function _issueAtRandom(uint256 seed) private returns (uint64[] memory held) {
        uint256 count = 1 + seed % HOLDERS_MAX;
        address[] memory receivers = new address[](count + 1);
        held = new uint64[](count + 1);
        receivers[0] = platform;
        for (uint256 i = 0; i <= count; ++i) {
            if (i != 0) receivers[i] = _holders[i - 1];
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            held[i] = uint64(bound(random >> 8, 1, random % 3 == 0 ? 9 : GRAMS_MAX));
        }
        _issueAmong(receivers, held);
    }

    /// @dev Pages begin anywhere, wrap around and overlap.
    function _coverAll(uint32 id, uint256 seed, uint256 count) private {
        for (uint256 step = 0; invalidations.standingOf(batchId).recallingId == id; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, "page", step)));
            // Holders all of whose grams are recalled already have nothing to give.
            address[] memory page = new address[](1 + random % 4);
            uint256 length = 0;
            for (uint256 i = 0; i < page.length; ++i) {
                address holder = _holders[(random / 4 + i + (step > 40 ? step : 0)) % count];
                Recall memory recall = invalidations.recallOf(id, holder);
                bool covered = recall.covered;
                if (covered || _grams(holder) > _recalled(holder)) page[length++] = holder;
            }
            _cover(id, page, length);
        }
    }

    function _cover(uint32 id, address[] memory page, uint256 length) private {
        address[] memory cut = new address[](length);
        for (uint256 i = 0; i < length; ++i) {
            cut[i] = page[i];
        }
        try invalidations.recallHoldings(id, cut) {}
        catch (bytes memory error_) {
            bytes4 selector = bytes4(error_);
            bool expected = selector == IInvalidations.PageCovered.selector || selector == IInvalidations.InvalidPage.selector;
            assertTrue(expected, "only a page without anything new is refused");
        }
    }

    function _sum(uint64[] memory list) private pure returns (uint64 total) {
        for (uint256 i = 0; i < list.length; ++i) {
            total += list[i];
        }
    }
}
