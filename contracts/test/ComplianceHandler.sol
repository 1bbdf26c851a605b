// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../src/Compliance.sol";
import {Credits} from "../src/Credits.sol";
import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {Counted, Provisional, Quote} from "../src/ICompliance.sol";
import {Used} from "../src/IObligations.sol";
import {ProjectFiling} from "../src/IFilings.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {RuleSets} from "../src/RuleSets.sol";
import {Offsets} from "./Offsets.sol";
import {Vm} from "./Vm.sol";

/// @notice Three accounts of one pool offset, reverse, reserve and wait in any order, while rules, terms, holds and statuses change.
/// @dev Keeps in plain sums what the contracts count, and watches every act as it happens.
contract ComplianceHandler is Offsets {
    struct Open {
        uint64 id;
        uint256 who;
    }

    uint32 private constant PREFERRED_AREA = 420_117;
    uint64 public constant POOL = 6000;

    uint256 public violations;
    string public lastViolation;
    mapping(string action => uint256) public done;

    address[3] private _holders;
    address[3] private _persons;
    uint256[3] private _batches;
    Open[] private _open;
    mapping(uint64 offsetId => Provisional) private _details;
    /// Counted grams of what was offset and not reversed, and what of it is provisional.
    uint64[3] public offsetOfHolder;
    uint64[3] public provisionalOfHolder;
    /// Grams before the discount, from Shanghai.
    uint64 public farGrams;
    uint96[] private _released;

    function setUp() public override {
        super.setUp();
        ProjectFiling memory filing = filings.projectOf(WUHAN_PROJECT).filing;
        filing.area = PREFERRED_AREA;
        vm.prank(address(desk));
        filings.fileProject(WUHAN, filing);
        address third = _openWithAgent(WUHAN, 9, AccountKind.Enterprise, buyerAgent);
        _holders = [enterprise, buyer, third];
        _persons = [agent, buyerAgent, buyerAgent];
        _batches = [localBatch, farBatch, _issueTo(enterprise, uint64(WUHAN) << 32 | 2, 4 * HELD)];
        for (uint256 i = 1; i < 3; ++i) {
            _setObligationOf(_holders[i], _owed(8 * DUE));
            for (uint256 j = 0; j < 3; ++j) {
                vm.prank(agent);
                credits.safeTransferFrom(enterprise, _holders[i], _batches[j], 1500, "");
            }
        }
        _setObligation(_owed(8 * DUE));
        _install(Role.Corrector, address(this));
    }

    function _rules() internal view override returns (RuleSet memory rules) {
        rules = super._rules();
        (rules.pooled, rules.poolGrams, rules.reservableUntil) = (true, POOL, rules.deadline);
        (rules.capBps, rules.nonLocalCapBps) = (2000, 1500);
        (rules.localShareMinBps, rules.preferredShareMinBps) = (5000, 3000);
        rules.preferenceAreas = new uint32[](1);
        rules.preferenceAreas[0] = PREFERRED_AREA;
        rules.reversalSeconds = 1 days;
        rules.deadline += 3650 days;
        rules.reservableUntil = rules.deadline;
    }

    // -------------------------------------------------------------- actions

    function offset(uint256 seed, uint64 grams) external {
        (uint256 who, uint256 batchId) = (seed % 3, _batches[seed / 3 % 3]);
        Quote memory quote = compliance.quote(_holders[who], YEAR, batchId);
        (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR);
        if (seed % 5 == 0) grams = quote.grams + 1;
        else if (seed % 5 == 1) grams = quote.grams;
        else grams = uint64(bound(grams, 0, quote.grams)) / rules.granularityGrams * rules.granularityGrams;
        // A granule that counts for nothing is refused though the quote allows more.
        bool counts = uint256(grams) * (10_000 - quote.discountBps) / 10_000 != 0;
        bool good = grams <= quote.grams && grams % rules.granularityGrams == 0 && counts;
        if (rules.reversalSeconds == 0) return _offsetForGood(who, batchId, grams, quote.discountBps, good);

        vm.recordLogs();
        vm.prank(_persons[who]);
        try compliance.offset(_holders[who], YEAR, _line(batchId, grams), BENEFICIARY, STATEMENT) returns (uint64, uint64 id) {
            if (!good) _violate("offset what the quote does not allow");
            Provisional memory details = _lastDetails();
            _keep(id, who, details);
            _noteOffset(who, batchId, details.lines[0].grams, details.lines[0].countedGrams);
            provisionalOfHolder[who] += details.lines[0].countedGrams;
            _watch(who);
            _checkCaps(_holders[who], rules);
        } catch {
            if (good) _violate("refused what the quote allows");
        }
    }

    function reverse(uint256 seed) external {
        if (_open.length == 0) return;
        uint256 place = seed % _open.length;
        Open memory chosen = _open[place];
        Provisional memory details = _details[chosen.id];
        bool byOrder = seed % 7 == 0;
        bool metBefore = _meetsShare(details.account);
        vm.prank(byOrder ? address(desk) : _persons[chosen.who]);
        bool passed;
        if (byOrder) {
            try compliance.reverseByOrder(WUHAN, chosen.id, details, REASON) {
                passed = true;
            } catch {
                _violate("an order is never refused");
            }
        } else {
            try compliance.reverse(chosen.id, details) {
                passed = true;
                if (block.timestamp > details.reversibleUntil) _violate("reversed too late");
                if (metBefore && !_meetsShare(details.account)) _violate("a reversal broke the local share");
            } catch {}
        }
        if (!passed) return;
        Counted memory line = details.lines[0];
        offsetOfHolder[chosen.who] -= line.countedGrams;
        provisionalOfHolder[chosen.who] -= line.countedGrams;
        if (!line.local) farGrams -= line.grams;
        _forget(place);
        _watch(chosen.who);
        done[byOrder ? "order" : "reverse"] += 1;
    }

    function finalise(uint256 seed) external {
        if (_open.length == 0) return;
        uint256 place = seed % _open.length;
        Open memory chosen = _open[place];
        Provisional memory details = _details[chosen.id];
        vm.prank(outsider);
        try compliance.finalise(chosen.id, details) {
            if (block.timestamp <= details.reversibleUntil) _violate("made final too early");
            provisionalOfHolder[chosen.who] -= details.lines[0].countedGrams;
            _forget(place);
            _watch(chosen.who);
            done["finalise"] += 1;
        } catch {}
    }

    function reserve(uint256 seed, uint64 grams) external {
        uint256 who = seed % 3;
        vm.prank(_persons[who]);
        try compliance.reserve(_holders[who], YEAR, uint64(bound(grams, 1, POOL))) {
            done["reserve"] += 1;
        } catch {}
    }

    function release(uint256 seed) external {
        uint256 who = seed % 3;
        uint96 start = compliance.reservationOf(_holders[who], YEAR).start;
        vm.prank(_persons[who]);
        try compliance.releaseReservation(_holders[who], YEAR) {
            if (compliance.releasedAt(WUHAN, YEAR, start) != 0) _released.push(start);
            done["release"] += 1;
        } catch {}
    }

    function credit(uint256 seed) external {
        if (_released.length == 0) return;
        try compliance.creditReleased(WUHAN, YEAR, _released[seed % _released.length]) {
            done["credit"] += 1;
        } catch {}
    }

    function changeRules(uint256 seed) external {
        (RuleSet memory rules, uint16 version) = ruleSets.ruleSetOf(WUHAN, YEAR);
        rules.capBps = uint16(bound(seed, 1, 4000));
        rules.nonLocalCapBps = uint16(bound(seed >> 16, 0, rules.capBps));
        rules.localShareMinBps = uint16(bound(seed >> 32, 2, 9000));
        rules.preferredShareMinBps = uint16(bound(seed >> 48, 1, rules.localShareMinBps - 1));
        rules.granularityGrams = uint64(bound(seed >> 64, 1, 20));
        rules.reversalSeconds = seed >> 80 & 3 == 0 ? 0 : 1 days;
        // Differs from the version in force whatever the seed.
        rules.documentHash = keccak256(abi.encode(version));
        _setRules(rules);
        done["changeRules"] += 1;
    }

    function changeTerms(uint256 seed) external {
        uint64 capGrams = uint64(bound(seed, 1, 5000));
        try this.setTermsOf(uint16(bound(seed >> 16, 0, 9000)), capGrams) {
            done["changeTerms"] += 1;
        } catch {}
    }

    function disturb(uint256 seed) external {
        if (seed % 3 == 0) vm.warp(block.timestamp + 10 hours);
        if (seed % 3 == 1) {
            // Three times of four back, or the run dies of frost.
            bool stop = seed / 3 % 4 == 0;
            try credits.setHold(_batches[seed / 12 % 3], stop) {} catch {}
        }
        if (seed % 3 == 2) {
            AccountStatus wanted = seed / 3 % 4 == 0 ? AccountStatus.Frozen : AccountStatus.Open;
            address account = _holders[seed / 12 % 3];
            if (accounts.statusOf(account) != wanted) _setStatus(account, wanted);
        }
        done["disturb"] += 1;
    }

    // ---------------------------------------------------------------- views

    function parts() external view returns (Credits, Compliance, RuleSets) {
        return (credits, compliance, ruleSets);
    }

    function holders() external view returns (address[3] memory) {
        return _holders;
    }

    function batches() external view returns (uint256[3] memory) {
        return _batches;
    }

    function openOffsets() external view returns (Open[] memory) {
        return _open;
    }

    function detailsOf(uint64 id) external view returns (Provisional memory) {
        return _details[id];
    }

    function termsKey() external view returns (bytes32 key) {
        (, key) = recognition.termsFor(WUHAN, SHANGHAI_PROJECT, METHOD);
    }

    /// @dev For `changeTerms`, which may meet the same terms again.
    function setTermsOf(uint16 discountBps, uint64 capGrams) external {
        _setTerms(discountBps, capGrams);
    }

    // -------------------------------------------------------------- helpers

    function _offsetForGood(uint256 who, uint256 batchId, uint64 grams, uint16 discountBps, bool good) private {
        vm.prank(_persons[who]);
        try compliance.offset(_holders[who], YEAR, _line(batchId, grams), BENEFICIARY, STATEMENT) {
            if (!good) _violate("offset for good what the quote does not allow");
            _noteOffset(who, batchId, grams, uint64(uint256(grams) * (10_000 - discountBps) / 10_000));
            (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR);
            _watch(who);
            _checkCaps(_holders[who], rules);
            done["offset for good"] += 1;
        } catch {
            if (good) _violate("refused for good what the quote allows");
        }
    }

    function _noteOffset(uint256 who, uint256 batchId, uint64 grams, uint64 countedGrams) private {
        offsetOfHolder[who] += countedGrams;
        if (batchId == farBatch) farGrams += grams;
        done["offset"] += 1;
    }

    /// @dev The sums of the account that acted are those that were noted here. Of all accounts ComplianceInvariants asks, less often.
    function _watch(uint256 who) private {
        Used memory used = compliance.usedOf(_holders[who], YEAR);
        if (uint256(used.localGrams) + used.otherGrams != offsetOfHolder[who]) _violate("used is not what was offset");
        if (used.provisionalGrams != provisionalOfHolder[who]) _violate("provisional grams are wrong");
    }

    function _checkCaps(address account, RuleSet memory rules) private {
        Used memory used = compliance.usedOf(account, YEAR);
        uint256 total = uint256(used.localGrams) + used.otherGrams;
        uint256 due = compliance.obligationOf(account, YEAR).amountDue;
        if (total * 10_000 > due * rules.capBps) _violate("over the cap");
        bytes32 key = this.termsKey();
        uint64 recognised = compliance.recognisedGrams(key, YEAR);
        if (recognised > recognition.termsOf(WUHAN, SHANGHAI, METHOD).yearlyCapGrams && recognised != farGrams) {
            _violate("recognised grams are wrong");
        }
        if (compliance.poolOf(WUHAN, YEAR).usedGrams > POOL) _violate("over the pool");
    }

    function _meetsShare(address account) private view returns (bool) {
        (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR);
        Used memory used = compliance.usedOf(account, YEAR);
        uint256 total = uint256(used.localGrams) + used.otherGrams;
        return uint256(used.localGrams) * 10_000 >= total * rules.localShareMinBps
            || uint256(used.preferredGrams) * 10_000 >= total * rules.preferredShareMinBps;
    }

    function _lastDetails() private returns (Provisional memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return abi.decode(logs[logs.length - 1].data, (Provisional));
    }

    function _keep(uint64 id, uint256 who, Provisional memory details) private {
        _open.push(Open(id, who));
        Provisional storage kept = _details[id];
        kept.account = details.account;
        kept.year = details.year;
        kept.ruleVersion = details.ruleVersion;
        kept.reversibleUntil = details.reversibleUntil;
        kept.by = details.by;
        kept.beneficiary = details.beneficiary;
        kept.statementHash = details.statementHash;
        kept.lines.push(details.lines[0]);
    }

    function _forget(uint256 place) private {
        _open[place] = _open[_open.length - 1];
        _open.pop();
    }

    function _violate(string memory what) private {
        violations += 1;
        lastViolation = what;
    }
}
