// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../src/Compliance.sol";
import {Credits} from "../src/Credits.sol";
import {AccountStatus} from "../src/IAccounts.sol";
import {Quote} from "../src/ICompliance.sol";
import {Batch, Line, Purpose} from "../src/ICredits.sol";
import {Used} from "../src/IObligations.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {OracleCommittee} from "../src/OracleCommittee.sol";
import {Offsets} from "./Offsets.sol";

/// @notice Random life of the ledger: four accounts, up to eight batches of two projects, rules that change, accounts that freeze.
/// @dev forge drops what a handler reverts with, so what must never happen is counted in `violations` and named in `lastViolation`.
contract LedgerHandler is Offsets {
    /// @dev A cancelled range of a project's line, [start, end).
    struct Cancellation {
        uint64 projectId;
        uint64 start;
        uint64 end;
    }

    uint256 private constant BATCHES_MAX = 8;
    uint32 private constant DISPUTE_SECONDS = 3600;

    uint256 public violations;
    string public lastViolation;
    /// @dev How often each action succeeded: a run in which nothing happens proves nothing.
    mapping(string action => uint256) public done;

    address[4] internal _holders;
    address[4] internal _persons;
    uint256[] internal _batchIds;
    Cancellation[] internal _cancellations;
    /// @dev Batches that the action at work names.
    uint256[] internal _touched;
    mapping(uint256 batchId => Batch) private _seen;

    function setUp() public virtual override {
        super.setUp();
        _holders = [enterprise, buyer, platform, farPlatform];
        _persons = [agent, buyerAgent, platformAgent, platformAgent];
        _batchIds.push(localBatch);
        _batchIds.push(farBatch);
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, buyer, YEAR, _owed(DUE / 2));
        _setCommittee(WUHAN, DISPUTE_SECONDS);
        _setCommittee(SHANGHAI, DISPUTE_SECONDS);
    }

    // ------------------------------------------------------------- actions

    /// @dev After each action what it names is sound. That nothing else changed is asked of all batches by LedgerInvariants, less often.
    modifier watched() {
        _;
        for (uint256 i = 0; i < _touched.length; ++i) {
            _watch(_touched[i]);
        }
        delete _touched;
    }

    /// @dev One time of four a second before the report is final, which must be refused; its grams then stay unissued.
    function issue(uint256 seed, uint64 grams) external watched {
        if (_batchIds.length >= BATCHES_MAX) return;
        grams = uint64(bound(grams, 2, 10_000));
        uint64 projectId = seed % 2 == 0 ? WUHAN_PROJECT : SHANGHAI_PROJECT;
        uint64 seq = _accept(projectId, grams);
        bool early = seed / 2 % 4 == 1;
        vm.warp(block.timestamp + DISPUTE_SECONDS - (early ? 1 : 0));
        (address[] memory receivers, uint64[] memory allocation) = (new address[](2), new uint64[](2));
        (receivers[0], receivers[1]) = (_holders[seed % 4], _holders[seed / 4 % 4]);
        allocation[0] = uint64(bound(seed, 1, grams - 1));
        allocation[1] = grams - allocation[0];
        vm.prank(address(desk));
        try credits.issue(uint32(projectId >> 32), projectId, seq, receivers, allocation) {
            _batchIds.push(credits.batchIdOf(projectId, seq));
            _touched.push(credits.batchIdOf(projectId, seq));
            done["issue"] += 1;
            if (early) _violate("issued before the report was final");
            if (_isFrozen(receivers[0]) || _isFrozen(receivers[1])) _violate("issued to a frozen account");
        } catch {
            if (early) done["issue early, refused"] += 1;
            else if (!_isFrozen(receivers[0]) && !_isFrozen(receivers[1])) _violate("a good issue was refused");
        }
    }

    function transfer(uint256 seed, uint64 grams) external watched {
        (uint256 from, uint256 to, uint256 batchId) = (seed % 4, seed / 4 % 4, _pickBatch(seed / 16));
        uint256 free = credits.availableOf(_holders[from], batchId);
        uint256 wanted = bound(grams, 0, free + 1);
        bool good = wanted != 0 && wanted <= free && from != to && !_isFrozen(_holders[from]) && !_isFrozen(_holders[to])
            && !_isHeld(batchId);
        vm.prank(_persons[from]);
        try credits.safeTransferFrom(_holders[from], _holders[to], batchId, wanted, "") {
            done["transfer"] += 1;
            if (!good) _violate("a bad transfer passed");
        } catch {
            if (good) _violate("a good transfer was refused");
        }
    }

    function transferTwoBatches(uint256 seed, uint64 first, uint64 second) external watched {
        (uint256 from, uint256 to) = (seed % 4, seed / 4 % 4);
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1]) = (_pickBatch(seed / 16), _pickBatch(seed / 256));
        values[0] = bound(first, 0, credits.balanceOf(_holders[from], ids[0]));
        values[1] = bound(second, 0, credits.balanceOf(_holders[from], ids[1]));
        vm.prank(_persons[from]);
        try credits.safeBatchTransferFrom(_holders[from], _holders[to], ids, values, "") {
            done["transferTwoBatches"] += 1;
        } catch {}
    }

    function retire(uint256 seed, uint64 grams) external watched {
        (uint256 who, uint256 batchId) = (seed % 4, _pickBatch(seed / 4));
        uint64 free = credits.availableOf(_holders[who], batchId);
        grams = uint64(bound(grams, 0, free + 1));
        bool good = grams != 0 && grams <= free && !_isFrozen(_holders[who]) && !_isHeld(batchId);
        vm.prank(_persons[who]);
        try credits.retire(batchId, _holders[who], grams, Purpose.EventNeutrality, BENEFICIARY, STATEMENT) {
            done["retire"] += 1;
            if (!good) _violate("a bad retirement passed");
        } catch {
            if (good) _violate("a good retirement was refused");
        }
    }

    function cancel(uint256 seed, uint64 grams) external watched {
        (uint256 who, uint256 batchId) = (seed % 4, _pickBatch(seed / 4));
        uint64 held = uint64(credits.balanceOf(_holders[who], batchId));
        grams = uint64(bound(grams, 0, held / 4 + 1));
        Batch memory before = credits.batchOf(batchId);
        uint64 projectId = uint64(batchId >> 64);
        vm.prank(address(desk));
        try credits.cancel(uint32(projectId >> 32), batchId, _holders[who], grams, REASON) {
            uint64 end = before.serialStart + before.issued - before.cancelled;
            _cancellations.push(Cancellation(projectId, end - grams, end));
            done["cancel"] += 1;
        } catch {
            // Recalled grams and held batches are for the contract that counts them.
            uint256 recalled = credits.holdingOf(_holders[who], batchId).recalled;
            bool good = grams != 0 && grams + recalled <= held && !before.held;
            if (good) _violate("a good cancellation was refused");
        }
    }

    /// @dev Any amount around what the quote says; what it allows passes, all else is refused.
    function offset(uint256 seed, uint64 grams) external watched {
        (uint256 who, uint256 batchId) = (seed % 2, _pickBatch(seed / 2));
        Quote memory quote = compliance.quote(_holders[who], YEAR, batchId);
        (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR);
        if (seed % 3 == 0) grams = quote.grams;
        else if (seed % 3 == 1) grams = quote.grams + 1;
        else grams = uint64(bound(grams, 1, uint256(quote.grams) + 3 * rules.granularityGrams));
        bool good = grams != 0 && grams <= quote.grams && grams % rules.granularityGrams == 0 && !_isHeld(batchId);

        Line[] memory lines = _line(batchId, grams);
        vm.prank(_persons[who]);
        try compliance.offset(_holders[who], YEAR, lines, BENEFICIARY, STATEMENT) {
            done["offset"] += 1;
            if (!good) _violate("offset passed what the quote does not allow");
            _checkCaps(_holders[who], batchId, rules);
        } catch {
            if (good) _violate("offset refused what the quote allows");
        }
    }

    function changeRules(uint256 seed) external watched {
        (RuleSet memory rules, uint16 version) = ruleSets.ruleSetOf(WUHAN, YEAR);
        rules.capBps = uint16(bound(seed, 1, 5000));
        rules.nonLocalCapBps = rules.capBps;
        rules.localShareMinBps = uint16(bound(seed >> 16, 0, 10_000));
        rules.preferredShareMinBps = rules.localShareMinBps;
        rules.granularityGrams = uint64(bound(seed >> 32, 1, 50));
        // Differs from the version in force whatever the seed.
        rules.documentHash = keccak256(abi.encode(version));
        _setRules(rules);
        done["changeRules"] += 1;
    }

    function freezeOrOpen(uint256 seed) external watched {
        address account = _holders[seed % 4];
        // Three times of four back to open, or the run dies of frost.
        AccountStatus wanted = seed / 4 % 4 == 0 ? AccountStatus.Frozen : AccountStatus.Open;
        if (accounts.statusOf(account) == wanted) return;
        _setStatus(account, wanted);
        done["freezeOrOpen"] += 1;
    }

    // --------------------------------------------------------------- views

    function parts() external view returns (Credits, Compliance, OracleCommittee) {
        return (credits, compliance, committee);
    }

    function history() external view returns (uint256[] memory batchIds, Cancellation[] memory cancellations) {
        return (_batchIds, _cancellations);
    }

    /// @dev As the last action that named the batch left it.
    function seenOf(uint256 batchId) external view returns (Batch memory) {
        return _seen[batchId];
    }

    function holders() external view returns (address[4] memory) {
        return _holders;
    }

    // ------------------------------------------------------------- helpers

    function _checkCaps(address account, uint256 batchId, RuleSet memory rules) private {
        Used memory used = compliance.usedOf(account, YEAR);
        uint256 total = uint256(used.localGrams) + used.otherGrams;
        uint256 due = compliance.obligationOf(account, YEAR).amountDue;
        if (total * 10_000 > due * rules.capBps) _violate("over the cap");
        bool local = uint64(batchId >> 64) == WUHAN_PROJECT;
        uint256 wantedLocal = total * rules.localShareMinBps;
        if (!local && uint256(used.localGrams) * 10_000 < wantedLocal) _violate("local share missed");
        if (_isFrozen(account)) _violate("a frozen account offset");
    }

    function _pickBatch(uint256 seed) internal returns (uint256 batchId) {
        batchId = _batchIds[seed % _batchIds.length];
        _touched.push(batchId);
    }

    /// @dev Whatever happens, no gram is lost, nothing that was retired or cancelled comes back, and the line of a batch does not move.
    function _watch(uint256 batchId) private {
        Batch memory now_ = credits.batchOf(batchId);
        Batch memory before = _seen[batchId];
        if (now_.retired < before.retired) _violate("retired fell");
        if (now_.cancelled < before.cancelled) _violate("cancelled fell");
        if (before.held && now_.held && now_.retired != before.retired) _violate("a held batch was retired");
        if (before.issued != 0 && now_.issued != before.issued) _violate("issued changed");
        if (before.issued != 0 && now_.serialStart != before.serialStart) _violate("the line moved");
        uint256 sum = uint256(now_.retired) + now_.cancelled;
        for (uint256 i = 0; i < _holders.length; ++i) {
            sum += credits.balanceOf(_holders[i], batchId);
        }
        if (sum != now_.issued) _violate("grams were lost or made");
        _seen[batchId] = now_;
    }

    function _isHeld(uint256 batchId) internal view returns (bool) {
        return credits.batchOf(batchId).held;
    }

    function _isFrozen(address account) internal view returns (bool) {
        return accounts.statusOf(account) == AccountStatus.Frozen;
    }

    function _violate(string memory what) internal {
        violations += 1;
        lastViolation = what;
    }
}
