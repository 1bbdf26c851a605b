// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Batch, Holding, Purpose} from "../src/ICredits.sol";
import {Invalidation, Split} from "../src/IInvalidations.sol";
import {Credits} from "../src/Credits.sol";
import {Invalidations} from "../src/Invalidations.sol";
import {Invalid} from "./Invalid.sol";

/// @notice Random life of batches that turn out to be wrong: five holders, up to seven batches of three projects of two developers.
/// @dev forge drops what a handler reverts with, so what must never happen is counted in `violations` and named in `lastViolation`.
contract InvalidationHandler is Invalid {
    uint256 private constant BATCHES_MAX = 7;
    uint256 private constant HOLDERS = 5;

    uint256 public violations;
    string public lastViolation;
    /// @dev How often each action succeeded: a run in which nothing happens proves nothing.
    mapping(string action => uint256) public done;
    /// @dev What each developer owes by our own count.
    mapping(address developer => uint256) public owed;
    mapping(uint256 batch => uint256) public invalidOf;

    address[HOLDERS] private _holders;
    address[HOLDERS] private _persons;
    uint256[] private _batchIds;
    /// @dev Batches that the action at work names.
    uint256[] private _touched;

    function setUp() public override {
        super.setUp();
        _holders = [platform, enterprise, buyer, buffer, farPlatform];
        _persons = [platformAgent, agent, buyerAgent, agent, platformAgent];
        _batchIds.push(batchId);
        _batchIds.push(spareBatch);
        _batchIds.push(farBatch);
        _batchIds.push(_issueOf(SHANGHAI_PROJECT, NEXT_YEAR + 1, _one(farPlatform), _oneAmount(SPARE)));
        for (uint256 i = 1; i < HOLDERS; ++i) {
            _giveOf(batchId, _holders[i], 100);
            _giveOf(spareBatch, _holders[i], 500);
        }
    }

    // ------------------------------------------------------ life of a ledger

    /// @dev After each action the batches it names are sound. Everything else InvalidationInvariants asks, less often.
    modifier watched() {
        _;
        for (uint256 i = 0; i < _touched.length; ++i) {
            _watch(_touched[i]);
        }
        delete _touched;
    }

    /// @dev A developer who owes gets nothing issued, anyone else does.
    function issue(uint256 seed, uint64 grams) external watched {
        uint64 projectId = uint64(_pick(seed) >> 64);
        bool suspended = invalidations.openLiabilityOf(_developerOf(projectId)) != 0;
        if (_batchIds.length >= BATCHES_MAX && !suspended) return;
        try this.issueAlone(projectId, uint64(bound(grams, 1, 10_000))) returns (uint256 fresh) {
            _batchIds.push(fresh);
            _touched.push(fresh);
            done["issue"] += 1;
            if (suspended) _violate("issued for a developer who owes");
        } catch {
            done["issue, refused"] += 1;
            if (!suspended) _violate("a good issue was refused");
        }
    }

    function issueAlone(uint64 projectId, uint64 grams) external returns (uint256) {
        uint32 day = NEXT_YEAR + 1 + uint32(committee.lastSeq(projectId));
        return _issueOf(projectId, day, _one(_developerOf(projectId)), _oneAmount(grams));
    }

    function transfer(uint256 seed, uint64 grams) external watched {
        (uint256 from, uint256 to, uint256 batch) = (seed % HOLDERS, seed / 8 % HOLDERS, _pick(seed / 64));
        uint64 free = credits.availableOf(_holders[from], batch);
        uint64 wanted = uint64(bound(grams, 0, uint256(free) + 1));
        bool good = wanted != 0 && wanted <= free && from != to && !credits.batchOf(batch).held && _isOpen(from) && _isOpen(to);
        vm.prank(_persons[from]);
        try credits.safeTransferFrom(_holders[from], _holders[to], batch, wanted, "") {
            done["transfer"] += 1;
            if (!good) _violate("a bad transfer passed");
        } catch {
            if (good) _violate("a good transfer was refused");
        }
    }

    function retire(uint256 seed, uint64 grams) external watched {
        (uint256 who, uint256 batch) = (seed % HOLDERS, _pick(seed / 8));
        uint64 free = credits.availableOf(_holders[who], batch);
        uint64 wanted = uint64(bound(grams, 0, uint256(free) + 1));
        bool good = wanted != 0 && wanted <= free && !credits.batchOf(batch).held && _isOpen(who);
        vm.prank(_persons[who]);
        try credits.retire(batch, _holders[who], wanted, Purpose.EventNeutrality, BENEFICIARY, STATEMENT) {
            done["retire"] += 1;
            if (!good) _violate("a bad retirement passed");
        } catch {
            if (good) _violate("a good retirement was refused");
        }
    }

    function lockOrUnlock(uint256 seed, uint64 grams) external watched {
        (address who, uint256 batch) = (_holders[seed % HOLDERS], _pick(seed / 8));
        Holding memory holding = credits.holdingOf(who, batch);
        vm.startPrank(address(invalidations));
        if (seed % 3 == 0 && holding.locked != 0) {
            credits.unlock(who, batch, uint64(bound(grams, 1, holding.locked)));
            done["unlock"] += 1;
        } else if (!credits.batchOf(batch).held && _isOpen(seed % HOLDERS)) {
            uint64 free = credits.availableOf(who, batch);
            if (free != 0) credits.lock(who, batch, uint64(bound(grams, 1, free)));
            if (free != 0) done["lock"] += 1;
        }
        vm.stopPrank();
    }

    function freezeGrams(uint256 seed, uint64 grams) external watched {
        (address who, uint256 batch) = (_holders[seed % HOLDERS], _pick(seed / 8));
        Holding memory holding = credits.holdingOf(who, batch);
        uint64 frozen = seed % 2 == 0 ? 0 : uint64(bound(grams, 0, uint256(holding.grams) + 9));
        if (frozen == holding.frozen) return;
        vm.prank(address(invalidations));
        credits.setFrozenTokens(who, batch, uint256(frozen) + holding.locked + holding.recalled);
        done["freezeGrams"] += 1;
    }

    /// @dev A cancellation through the Desk, of anything but what is recalled and of nothing while a batch is held.
    function cancel(uint256 seed, uint64 grams) external watched {
        (address who, uint256 batch) = (_holders[seed % HOLDERS], _pick(seed / 8));
        Holding memory holding = credits.holdingOf(who, batch);
        uint64 most = holding.grams - holding.recalled;
        uint64 wanted = uint64(bound(grams, 0, uint256(most) / 4 + 1));
        bool good = wanted != 0 && wanted <= most && !credits.batchOf(batch).held;
        vm.prank(address(desk));
        try credits.cancel(uint32(batch >> 96), batch, who, wanted, REASON) {
            done["cancel"] += 1;
            if (!good) _violate("a bad cancellation passed");
        } catch {
            if (good) _violate("a good cancellation was refused");
        }
    }

    function freezeOrOpen(uint256 seed) external {
        uint256 who = 1 + seed % 2;
        AccountStatus wanted = seed / 2 % 4 == 0 ? AccountStatus.Frozen : AccountStatus.Open;
        if (accounts.statusOf(_holders[who]) == wanted) return;
        _setStatus(_holders[who], wanted);
        done["freezeOrOpen"] += 1;
    }

    // --------------------------------------------------------- invalidation

    function invalidate(uint256 seed, uint64 grams) external watched {
        uint256 batch = _pick(seed);
        uint256 possible = invalidations.possibleOf(batch);
        uint64 wanted = uint64(bound(grams, 0, possible + 1));
        if (seed % 4 != 0) wanted = uint64(bound(grams, 0, possible / 3 + 1));
        bool running = invalidations.standingOf(batch).recallingId != 0;
        bool good = wanted != 0 && wanted <= possible && !running;
        Split memory expected = _expected(batch, wanted, seed % 2 == 0);
        vm.prank(address(desk));
        try invalidations.invalidate(
            uint32(batch >> 96), batch, wanted, REASON, seed % 2 == 0 ? _buffersOf(batch) : new address[](0)
        ) {
            done["invalidate"] += 1;
            if (!good) _violate("a bad invalidation passed");
            _compare(invalidations.invalidationOf(invalidations.invalidationCount()), expected);
            invalidOf[batch] += wanted;
        } catch {
            if (good) _violate("a good invalidation was refused");
        }
    }

    /// @dev A page of any holders that have something to give or are covered.
    function recall(uint256 seed) external watched {
        uint256 batch = _pick(seed);
        uint32 id = invalidations.standingOf(batch).recallingId;
        if (id == 0) return;
        for (uint256 i = 0; i < HOLDERS; ++i) {
            address holder = _holders[(seed / 2 + i) % HOLDERS];
            Holding memory holding = credits.holdingOf(holder, batch);
            bool fresh = !invalidations.recallOf(id, holder).covered && holding.grams > holding.recalled;
            if (!fresh || seed >> i & 1 == 0) continue;
            try invalidations.recallHoldings(id, _one(holder)) {
                done["recall"] += 1;
                if (invalidations.standingOf(batch).recallingId == 0) break;
            } catch {
                _violate("a holder could not be covered");
            }
        }
    }

    function replace(uint256 seed, uint64 grams) external watched {
        (uint32 id, address holder, uint64 open) = _pickOpen(seed, true);
        if (open == 0) return;
        Invalidation memory made = invalidations.invalidationOf(id);
        _touched.push(made.batchId);
        uint256 batch = _pickEqual(made.batchId, seed / 64);
        uint64 wanted = uint64(bound(grams, 1, open));
        vm.prank(platformAgent);
        try invalidations.replace(made.developer, id, holder, batch, wanted) {
            done["replace"] += 1;
            owed[made.developer] -= wanted;
            if (batch == made.batchId || batch >> 96 != made.batchId >> 96) _violate("replaced by what is not equal");
            if (holder == made.developer) _violate("replaced to the developer itself");
        } catch {}
    }

    function settle(uint256 seed, uint64 grams) external watched {
        (uint32 id, address holder, uint64 open) = _pickOpen(seed, seed % 2 == 0);
        if (open == 0) return;
        Invalidation memory made = invalidations.invalidationOf(id);
        _touched.push(made.batchId);
        uint256 batch = _pickEqual(made.batchId, seed / 64);
        uint64 wanted = uint64(bound(grams, 1, open));
        vm.prank(platformAgent);
        try invalidations.settle(made.developer, id, holder, batch, wanted) {
            done["settle"] += 1;
            owed[made.developer] -= wanted;
        } catch {}
    }

    function giveUp(uint256 seed, uint64 grams) external watched {
        (uint32 id, address holder, uint64 open) = _pickOpen(seed, true);
        if (open == 0) return;
        Invalidation memory made = invalidations.invalidationOf(id);
        _touched.push(made.batchId);
        uint64 wanted = uint64(bound(grams, 1, open));
        vm.prank(_personOf(holder));
        try invalidations.giveUp(holder, id, wanted) {
            done["giveUp"] += 1;
            owed[made.developer] -= wanted;
        } catch {}
    }

    /// @dev Through the Desk it always succeeds, unless holders of the batch are being covered: no lock or freeze hinders it.
    function waive(uint256 seed, uint64 grams) external watched {
        (uint32 id, address holder, uint64 open) = _pickOpen(seed, seed % 2 == 0);
        if (open == 0) return;
        Invalidation memory made = invalidations.invalidationOf(id);
        _touched.push(made.batchId);
        bool running = holder != address(0) && invalidations.standingOf(made.batchId).recallingId != 0;
        uint64 wanted = uint64(bound(grams, 1, open));
        vm.prank(address(desk));
        try invalidations.waive(uint32(made.batchId >> 96), id, holder, wanted, REASON) {
            done["waive"] += 1;
            owed[made.developer] -= wanted;
            invalidOf[made.batchId] -= wanted;
            if (running) _violate("waived while holders are covered");
        } catch {
            if (!running) _violate("a good waiver was refused");
        }
    }

    function holdOrEnd(uint256 seed) external watched {
        uint256 batch = _pick(seed / 4);
        if (seed % 4 == 0) {
            vm.prank(uint32(batch >> 96) == WUHAN ? regulator : shanghaiRegulator);
            try invalidations.hold(batch, REASON) {
                done["hold"] += 1;
            } catch {}
        } else {
            vm.warp(block.timestamp + EMERGENCY_SECONDS);
            try invalidations.endHold(batch) {
                done["endHold"] += 1;
            } catch {}
        }
    }

    // --------------------------------------------------------------- views

    function parts() external view returns (Credits, Invalidations) {
        return (credits, invalidations);
    }

    function batches() external view returns (uint256[] memory) {
        return _batchIds;
    }

    function holders() external view returns (address[HOLDERS] memory) {
        return _holders;
    }

    // ------------------------------------------------------------- helpers

    /// @dev The order of the rules once more: developer, buffer, holders, used.
    function _expected(uint256 batch, uint64 wanted, bool withBuffer) private view returns (Split memory split) {
        address developer = _developerOf(uint64(batch >> 64));
        uint256 rest = wanted;
        split.developerCancelled = uint64(_least(rest, credits.availableOf(developer, batch)));
        rest -= split.developerCancelled;
        Holding memory own = credits.holdingOf(developer, batch);
        split.developerRecalled = uint64(_least(rest, uint256(own.grams) - own.recalled - split.developerCancelled));
        rest -= split.developerRecalled;
        if (withBuffer && uint32(batch >> 96) == WUHAN) {
            split.buffersCancelled = uint64(_least(rest, credits.availableOf(buffer, batch)));
        }
        rest -= split.buffersCancelled;
        uint256 others = 0;
        for (uint256 i = 0; i < HOLDERS; ++i) {
            Holding memory holding = credits.holdingOf(_holders[i], batch);
            if (_holders[i] != developer) others += holding.grams - holding.recalled;
        }
        split.holdersRecalled = uint64(_least(rest, others - split.buffersCancelled));
        split.used = uint64(rest - split.holdersRecalled);
    }

    function _compare(Invalidation memory made, Split memory expected) private {
        if (keccak256(abi.encode(made.split)) != keccak256(abi.encode(expected))) _violate("split otherwise than expected");
        owed[made.developer] += uint256(expected.developerRecalled) + expected.holdersRecalled + expected.used;
    }

    /// @dev Something open: of a holder, or used grams, whose holder is the zero address.
    function _pickOpen(uint256 seed, bool ofHolder) private view returns (uint32 id, address holder, uint64 open) {
        uint32 count = invalidations.invalidationCount();
        for (uint32 i = 0; i < count; ++i) {
            id = uint32((seed % count + i) % count) + 1;
            if (!ofHolder) open = invalidations.invalidationOf(id).openUsedGrams;
            if (open != 0) return (id, address(0), open);
            for (uint256 j = 0; ofHolder && j < HOLDERS; ++j) {
                holder = _holders[(seed / 8 + j) % HOLDERS];
                open = invalidations.recallOf(id, holder).openGrams;
                if (open != 0) return (id, holder, open);
            }
        }
    }

    /// @dev Mostly what may replace the batch, or the debts never end.
    function _pickEqual(uint256 batch, uint256 seed) private returns (uint256 found) {
        for (uint256 i = 0; i < _batchIds.length; ++i) {
            found = _batchIds[(seed % _batchIds.length + i) % _batchIds.length];
            if (seed / 8 % 4 == 0 || (found != batch && found >> 96 == batch >> 96)) break;
        }
        _touched.push(found);
    }

    function _buffersOf(uint256 batch) private view returns (address[] memory) {
        return _one(uint32(batch >> 96) == WUHAN ? buffer : farBuffer);
    }

    function _developerOf(uint64 projectId) private view returns (address) {
        return projectId == SHANGHAI_PROJECT ? farPlatform : platform;
    }

    function _personOf(address holder) private view returns (address) {
        for (uint256 i = 0; i < HOLDERS; ++i) {
            if (_holders[i] == holder) return _persons[i];
        }
        return outsider;
    }

    function _isOpen(uint256 who) private view returns (bool) {
        return accounts.statusOf(_holders[who]) == AccountStatus.Open;
    }

    function _pick(uint256 seed) private returns (uint256 batch) {
        batch = _batchIds[seed % _batchIds.length];
        _touched.push(batch);
    }

    /// @dev No gram is lost, and what is recalled in the ledger is open in the books of the invalidations.
    function _watch(uint256 batch) private {
        Batch memory books = credits.batchOf(batch);
        uint256 sum = uint256(books.retired) + books.cancelled;
        uint256 recalled = 0;
        for (uint256 i = 0; i < HOLDERS; ++i) {
            Holding memory holding = credits.holdingOf(_holders[i], batch);
            sum += holding.grams;
            recalled += holding.recalled;
        }
        if (sum != books.issued) _violate("grams were lost or made");
        if (recalled != invalidations.standingOf(batch).recalledGrams) _violate("recalled otherwise than noted");
    }

    function _least(uint256 one, uint256 other) private pure returns (uint256) {
        return one < other ? one : other;
    }

    function _violate(string memory what) private {
        violations += 1;
        lastViolation = what;
    }
}
