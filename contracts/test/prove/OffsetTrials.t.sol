// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../../src/Compliance.sol";
import {AccountStatus, IAccounts} from "../../src/IAccounts.sol";
import {IAuthority} from "../../src/IAuthority.sol";
import {ICredits, Line} from "../../src/ICredits.sol";
import {IEmissions} from "../../src/IEmissions.sol";
import {IFilings} from "../../src/IFilings.sol";
import {IRecognition, Terms} from "../../src/IRecognition.sol";
import {CapBase, IRuleSets, LISTED, OWN_BOUNDARY, POOLED, PREFERENCE, PROVISIONAL, RareRules} from "../../src/IRuleSets.sol";
import {RulesInForce} from "../../src/lib/PackedRules.sol";
import {Case} from "../Case.sol";
import {AnyAccounts, AnyAuthority, AnyCredits, AnyFilings, AnyRecognition, AnyRuleSets} from "./Neighbours.sol";
import {Svm} from "./Proof.sol";

/// @notice Compliance with its caps open to a proof. Adds a view and nothing else.
contract OpenCompliance is Compliance {
    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        IFilings filings,
        IRecognition recognition,
        IRuleSets ruleSets,
        IEmissions emissions,
        ICredits credits
    ) Compliance(authority, desk, accounts, filings, recognition, ruleSets, emissions, credits) {}

    function capsOf(address account, uint16 year) external view returns (Tally memory tally, uint64 cap, uint64 nonLocalCap) {
        RulesInForce rules = _rulesOf(_jurisdictionOf(account), year);
        Duty storage duty = _duties[account][year];
        return (duty.tally, _shareOf(rules, rules.capBps(), duty.owed), _shareOf(rules, rules.nonLocalCapBps(), duty.owed));
    }
}

/// @notice Invariant 9, no cap passed: offsets of one line, by anyone, for any account, year, obligation, rules, tally and batch. Not
/// proven to the end yet, see docs/proofs.md.
/// @dev Shares are compared as the floor of a division, total <= floor(local / share), which says the same as total * share <= local:
/// the solver then has no product of two symbols to take apart.
contract OffsetTrials is Case {
    struct Facts {
        uint256 localGrams;
        uint256 otherGrams;
        uint256 preferredGrams;
        uint256 total;
        uint256 capGrams;
        uint256 nonLocalCapGrams;
        uint256 recognisedGrams;
        uint256 poolUsedGrams;
    }

    struct Offset {
        address caller;
        address account;
        uint16 year;
        uint256 batchId;
        uint64 grams;
    }

    Svm private constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
    uint256 private constant BPS = 10_000;

    OpenCompliance private _compliance;
    AnyRecognition private _recognition;
    AnyAccounts private _accounts;
    AnyRuleSets private _ruleSets;

    function setUp() public {
        AnyAuthority authority = new AnyAuthority();
        AnyFilings filings = new AnyFilings();
        AnyCredits credits = new AnyCredits();
        (_accounts, _ruleSets, _recognition) = (new AnyAccounts(), new AnyRuleSets(), new AnyRecognition());
        _compliance = new OpenCompliance(
            IAuthority(address(authority)),
            address(0xde5c),
            IAccounts(address(_accounts)),
            IFilings(address(filings)),
            IRecognition(address(_recognition)),
            IRuleSets(address(_ruleSets)),
            IEmissions(address(0)),
            ICredits(address(credits))
        );
        svm.enableSymbolicStorage(address(authority));
        svm.enableSymbolicStorage(address(_accounts));
        svm.enableSymbolicStorage(address(filings));
        svm.enableSymbolicStorage(address(_recognition));
        svm.enableSymbolicStorage(address(_ruleSets));
        svm.enableSymbolicStorage(address(credits));
        svm.enableSymbolicStorage(address(_compliance));
    }

    // --------------------------------------------------------------- proofs

    /// @dev Whatever the cap is a share of, and through all gates before it: status, listed methodologies, the own boundary.
    function check_offset_local(Offset memory given) public {
        vm.assume(_flags() == LISTED | OWN_BOUNDARY);
        _assumeLocal(given, true);
        _proveLocal(given);
    }

    function check_offset_local_preference(Offset memory given) public {
        _assume(given, PREFERENCE, true);
        _proveLocal(given);
    }

    function check_offset_elsewhere(Offset memory given) public {
        _assume(given, 0, false);
        _proveElsewhere(given);
    }

    function check_offset_elsewhere_preference(Offset memory given) public {
        _assume(given, PREFERENCE, false);
        _proveElsewhere(given);
    }

    /// @dev Whoever else waits for the pool. The share is the matter of the checks above, here and below.
    function check_offset_pooled(Offset memory given) public {
        _assume(given, POOLED, true);
        vm.assume(_ruleSets.inForce(0, 0).localShareMinBps() == 0);
        _proveLocal(given);
    }

    /// @dev What can be reversed is counted as what cannot.
    function check_offset_provisional(Offset memory given) public {
        _assume(given, PROVISIONAL, true);
        vm.assume(_ruleSets.inForce(0, 0).localShareMinBps() == 0);
        _proveLocal(given);
    }

    /// @dev Refuted, as those below: such offsets can succeed.
    function reach_offset_local(Offset memory given) public {
        vm.assume(_flags() == LISTED | OWN_BOUNDARY);
        _assumeLocal(given, true);
        _offset(given);
        assert(false);
    }

    function reach_offset_elsewhere(Offset memory given) public {
        _assume(given, PREFERENCE, false);
        _offset(given);
        assert(false);
    }

    function reach_offset_pooled(Offset memory given) public {
        _assume(given, POOLED, true);
        _offset(given);
        assert(false);
    }

    function reach_offset_provisional(Offset memory given) public {
        _assume(given, PROVISIONAL, true);
        _offset(given);
        assert(false);
    }

    // -------------------------------------------------------------- helpers

    function _proveLocal(Offset memory given) private {
        Facts memory before = _factsOf(given);
        _offset(given);
        Facts memory now_ = _factsOf(given);
        _assertCaps(before, now_, given.grams);
        _assertBoth(now_.otherGrams == before.otherGrams, now_.recognisedGrams == before.recognisedGrams);
        bool preferred = now_.preferredGrams != before.preferredGrams;
        RulesInForce rules = _ruleSets.inForce(0, 0);
        // Local grams help the share. Only where preferred ones alone meet it, others must not spoil that.
        if (rules.localShareMinBps() == 0 || preferred || !rules.has(PREFERENCE)) return;
        if (before.total <= before.localGrams * BPS / rules.localShareMinBps()) return;
        uint256 most = before.preferredGrams * BPS / _ruleSets.rareOf(0, 0).preferredShareMinBps;
        if (before.total <= most) assert(now_.total <= most);
    }

    function _proveElsewhere(Offset memory given) private {
        Facts memory before = _factsOf(given);
        RulesInForce rules = _ruleSets.inForce(0, 0);
        Terms memory terms = _termsOf();
        _assumeDiscounts(given.grams, terms.discountBps, before, rules);
        _offset(given);
        Facts memory now_ = _factsOf(given);
        _assertCaps(before, now_, _counted(given.grams, terms.discountBps));
        _assertBoth(now_.localGrams == before.localGrams, now_.preferredGrams == before.preferredGrams);
        // Equal shares mean that what comes from elsewhere is not limited by itself.
        if (rules.nonLocalCapBps() < rules.capBps()) assert(now_.otherGrams <= now_.nonLocalCapGrams);
        uint256 recognised = before.recognisedGrams + given.grams;
        _assertBoth(now_.recognisedGrams == recognised, recognised <= terms.yearlyCapGrams);
        if (rules.localShareMinBps() == 0 || now_.total <= now_.localGrams * BPS / rules.localShareMinBps()) return;
        assert(rules.has(PREFERENCE));
        assert(now_.total <= now_.preferredGrams * BPS / _ruleSets.rareOf(0, 0).preferredShareMinBps);
    }

    function _assertCaps(Facts memory before, Facts memory now_, uint256 counted) private view {
        _assertBoth(now_.total == before.total + counted, now_.total <= before.capGrams);
        assert(counted != 0);
        if (!_ruleSets.inForce(0, 0).has(POOLED)) return;
        RareRules memory rare = _ruleSets.rareOf(0, 0);
        uint256 poolUsed = before.poolUsedGrams + counted;
        _assertBoth(now_.poolUsedGrams == poolUsed, poolUsed <= rare.poolGrams);
    }

    /// @dev Without a jump between them: each would be a path and a question of its own.
    function _assertBoth(bool one, bool other) private pure {
        bool both;
        assembly ("memory-safe") {
            both := and(one, other)
        }
        assert(both);
    }

    function _offset(Offset memory given) private {
        Line[] memory lines = new Line[](1);
        lines[0] = Line(given.batchId, given.grams);
        vm.prank(given.caller);
        _compliance.offset(given.account, given.year, lines, 0, 0);
    }

    function _factsOf(Offset memory given) private view returns (Facts memory facts) {
        (OpenCompliance.Tally memory tally, uint64 cap, uint64 nonLocalCap) = _compliance.capsOf(given.account, given.year);
        (facts.localGrams, facts.otherGrams, facts.preferredGrams) = (tally.localGrams, tally.otherGrams, tally.preferredGrams);
        facts.total = facts.localGrams + facts.otherGrams;
        (facts.capGrams, facts.nonLocalCapGrams) = (cap, nonLocalCap);
        (, bytes32 key) = _recognition.termsFor(0, 0, 0);
        facts.recognisedGrams = _compliance.recognisedGrams(key, given.year);
        facts.poolUsedGrams = _compliance.poolOf(_accounts.jurisdictionOf(given.account), given.year).usedGrams;
    }

    function _termsOf() private view returns (Terms memory terms) {
        (terms,) = _recognition.termsFor(0, 0, 0);
    }

    function _left(uint256 limit, uint256 used) private pure returns (uint256) {
        return limit > used ? limit - used : 0;
    }

    function _counted(uint64 grams, uint16 discountBps) private pure returns (uint256) {
        return uint256(grams) * (BPS - discountBps) / BPS;
    }

    /// @dev What the contract does with a discount d, of the caps that it is used for.
    function _assumeDiscounts(uint64 grams, uint16 discountBps, Facts memory before, RulesInForce rules) private view {
        _assumeDiscount(grams, discountBps, _left(before.capGrams, before.total));
        _assumeDiscount(grams, discountBps, _left(before.nonLocalCapGrams, before.otherGrams));
        if (rules.localShareMinBps() == 0) return;
        uint256 most = before.localGrams * BPS / rules.localShareMinBps();
        if (rules.has(PREFERENCE)) {
            uint256 byPreferred = before.preferredGrams * BPS / _ruleSets.rareOf(0, 0).preferredShareMinBps;
            if (byPreferred > most) most = byPreferred;
        }
        _assumeDiscount(grams, discountBps, _left(most, before.total));
    }

    /// @dev x <= ((c + 1) B - 1) / (B - d) implies x (B - d) / B <= c, divisions rounded down. By hand, since products of two symbols are
    /// too much for the solver: x (B - d) <= (c + 1) B - 1 by the first, so x (B - d) / B < c + 1.
    function _assumeDiscount(uint64 grams, uint16 discountBps, uint256 counted) private pure {
        uint256 most = ((counted + 1) * BPS - 1) / (BPS - discountBps);
        uint256 counts = _counted(grams, discountBps);
        bool holds;
        // Without a jump, which would double the paths.
        assembly ("memory-safe") {
            holds := or(gt(grams, most), iszero(gt(counts, counted)))
        }
        vm.assume(holds);
    }

    /// @dev One kind of rules: just these flags. The cap is a share of what is due, and the account is open: other bases and statuses are
    /// those of `check_offset_local`, and nothing after them asks for either.
    function _assume(Offset memory given, uint8 flags, bool local) private view {
        vm.assume(_flags() == flags && _ruleSets.inForce(0, 0).capBase() == CapBase.AmountDue);
        vm.assume(_accounts.statusOf(given.account) == AccountStatus.Open);
        _assumeLocal(given, local);
    }

    function _flags() private view returns (uint8) {
        // The uppermost byte of the word.
        return uint8(RulesInForce.unwrap(_ruleSets.inForce(0, 0)) >> 248);
    }

    function _assumeLocal(Offset memory given, bool local) private view {
        vm.assume((uint32(given.batchId >> 96) == _accounts.jurisdictionOf(given.account)) == local);
    }
}
