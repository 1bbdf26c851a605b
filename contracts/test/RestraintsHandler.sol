// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Enforcement} from "../src/Enforcement.sol";
import {Role} from "../src/IAuthority.sol";
import {Batch, Holding, ICredits, Line, Purpose} from "../src/ICredits.sol";
import {Pledge} from "../src/IPledges.sol";
import {Pledges} from "../src/Pledges.sol";
import {LedgerHandler} from "./LedgerHandler.sol";
import {Hand} from "./OneBatch.sol";

/// @notice The life of the ledger with all that holds credits back: pledges, freezes, forced transfers, recalls, holds.
contract RestraintsHandler is LedgerHandler {
    Pledges public pledges;
    Enforcement public enforcement;

    /// @dev What was recalled and neither freed nor cancelled since.
    mapping(address account => mapping(uint256 batchId => uint64)) public recalledOf;
    address private _corrector;

    function setUp() public override {
        super.setUp();
        pledges = new Pledges(authority, address(desk), accounts, credits);
        enforcement = new Enforcement(authority, address(desk), accounts, credits);
        _corrector = address(new Hand());
        vm.startPrank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Locker, address(pledges)));
        authority.grantRoles(COUNCIL, _grant(Role.Corrector, address(enforcement)));
        authority.grantRoles(COUNCIL, _grant(Role.Corrector, _corrector));
        vm.stopPrank();
    }

    // ------------------------------------------------------------- actions

    function retireMany(uint256 seed, uint64 first, uint64 second) external watched {
        (uint256 who, uint256 batchId) = (seed % 4, _pickBatch(seed / 4));
        Line[] memory lines = new Line[](2);
        lines[0] = Line(batchId, uint64(bound(first, 0, credits.availableOf(_holders[who], batchId))));
        batchId = _pickBatch(seed / 16);
        lines[1] = Line(batchId, uint64(bound(second, 0, credits.availableOf(_holders[who], batchId))));
        vm.prank(_persons[who]);
        try credits.retireMany(_holders[who], lines, Purpose.Other, BENEFICIARY, STATEMENT) {
            done["retireMany"] += 1;
        } catch {}
    }

    function pledge(uint256 seed, uint64 grams) external watched {
        (uint256 from, uint256 to, uint256 batchId) = (seed % 4, seed / 4 % 4, _pickBatch(seed / 16));
        uint64 free = credits.availableOf(_holders[from], batchId);
        grams = uint64(bound(grams, 0, free + 1));
        bool good = grams != 0 && grams <= free && from != to && !_isFrozen(_holders[from]) && !_isFrozen(_holders[to])
            && !_isHeld(batchId);
        vm.prank(_persons[from]);
        try pledges.pledge(_holders[from], _holders[to], batchId, grams, REASON) {
            done["pledge"] += 1;
            if (!good) _violate("a bad pledge passed");
        } catch {
            if (good) _violate("a good pledge was refused");
        }
    }

    /// @dev By the pledgee, by order or as a seizure.
    function settlePledge(uint256 seed, uint64 grams) external watched {
        uint64 count = pledges.pledgeCount();
        if (count == 0) return;
        uint64 id = uint64(1 + seed % count);
        Pledge memory found = pledges.pledgeOf(id);
        _touched.push(found.batchId);
        grams = uint64(bound(grams, 0, uint256(found.grams) + 1));
        bool inRange = grams != 0 && grams <= found.grams;
        uint256 way = seed / 3 % 3;
        uint32 jurisdiction = accounts.jurisdictionOf(found.account);
        if (way == 2) return _seize(id, found, grams, inRange);
        vm.prank(way == 0 ? _agentOf(found.pledgee) : address(desk));
        if (way == 0) {
            try pledges.release(id, grams) {
                done["release"] += 1;
            } catch {
                if (inRange && !_isFrozen(found.pledgee)) _violate("a good release was refused");
            }
        } else {
            try pledges.releaseByOrder(jurisdiction, id, grams, REASON) {
                done["releaseByOrder"] += 1;
            } catch {
                if (inRange) _violate("a good release by order was refused");
            }
        }
    }

    function setFrozen(uint256 seed, uint64 grams) external watched {
        (uint256 who, uint256 batchId) = (seed % 4, _pickBatch(seed / 4));
        address account = _holders[who];
        // Three times of four nothing is frozen any more, or the run dies of frost.
        grams = seed / 16 % 4 == 0 ? uint64(bound(grams, 0, 2 * credits.balanceOf(account, batchId) + 1)) : 0;
        bool good = credits.holdingOf(account, batchId).frozen != grams;
        uint32 jurisdiction = accounts.jurisdictionOf(account);
        vm.prank(address(desk));
        try enforcement.setFrozen(jurisdiction, account, batchId, grams, REASON) {
            done["setFrozen"] += 1;
        } catch {
            if (good) _violate("a good freeze of grams was refused");
        }
    }

    function forceTransfer(uint256 seed, uint64 grams) external watched {
        (uint256 from, uint256 to, uint256 batchId) = (seed % 4, seed / 4 % 4, _pickBatch(seed / 16));
        Holding memory before = credits.holdingOf(_holders[from], batchId);
        grams = uint64(bound(grams, 0, uint256(before.grams) + 1));
        bool good = grams != 0 && uint256(before.locked) + before.recalled + grams <= before.grams && from != to
            && !_isFrozen(_holders[to]) && !_isHeld(batchId);
        uint32 jurisdiction = accounts.jurisdictionOf(_holders[from]);
        vm.prank(address(desk));
        try enforcement.forceTransfer(jurisdiction, _holders[from], _holders[to], batchId, grams, REASON) {
            done["forceTransfer"] += 1;
            if (!good) _violate("a bad forced transfer passed");
        } catch {
            if (good) _violate("a good forced transfer was refused");
        }
    }

    function recallOrFree(uint256 seed, uint64 grams) external watched {
        (address account, uint256 batchId) = (_holders[seed % 4], _pickBatch(seed / 4));
        Holding memory before = credits.holdingOf(account, batchId);
        vm.startPrank(_corrector);
        if (seed / 16 % 2 == 0) {
            grams = uint64(bound(grams, 0, before.grams / 4));
            try credits.recall(account, batchId, grams) {
                recalledOf[account][batchId] += grams;
                done["recall"] += 1;
            } catch {
                if (grams != 0 && before.recalled + grams <= before.grams) _violate("a good recall was refused");
            }
        } else if (before.recalled != 0) {
            grams = uint64(bound(grams, 1, before.recalled));
            credits.unrecall(account, batchId, grams);
            recalledOf[account][batchId] -= grams;
            done["unrecall"] += 1;
        }
        vm.stopPrank();
    }

    function cancelRecalled(uint256 seed, uint64 grams) external watched {
        (address account, uint256 batchId) = (_holders[seed % 4], _pickBatch(seed / 4));
        Holding memory holding = credits.holdingOf(account, batchId);
        grams = uint64(bound(grams, 0, holding.recalled));
        Batch memory before = credits.batchOf(batchId);
        vm.prank(_corrector);
        try credits.cancelFor(account, batchId, grams, REASON, true) {
            uint64 end = before.serialStart + before.issued - before.cancelled;
            _cancellations.push(Cancellation(uint64(batchId >> 64), end - grams, end));
            recalledOf[account][batchId] -= grams;
            done["cancelRecalled"] += 1;
        } catch {
            if (grams != 0 && grams <= holding.grams) _violate("a good cancellation of recalled grams was refused");
        }
    }

    function hold(uint256 seed) external watched {
        uint256 batchId = _pickBatch(seed);
        bool wanted = seed / 8 % 4 == 0;
        if (_isHeld(batchId) == wanted) return;
        vm.prank(_corrector);
        credits.setHold(batchId, wanted);
        done["hold"] += 1;
    }

    // ------------------------------------------------------------- helpers

    function _seize(uint64 id, Pledge memory found, uint64 grams, bool inRange) private {
        Holding memory before = credits.holdingOf(found.account, found.batchId);
        bool good = inRange && uint256(before.frozen) + before.recalled + grams <= before.grams && !_isFrozen(found.pledgee)
            && !_isHeld(found.batchId);
        uint32 jurisdiction = accounts.jurisdictionOf(found.account);
        vm.prank(address(desk));
        try pledges.seize(jurisdiction, id, grams, REASON) {
            done["seize"] += 1;
            if (!good) _violate("a bad seizure passed");
        } catch {
            if (good) _violate("a good seizure was refused");
        }
    }

    function _agentOf(address account) private view returns (address) {
        for (uint256 i = 0; i < _holders.length; ++i) {
            if (_holders[i] == account) return _persons[i];
        }
        return address(0);
    }
}
