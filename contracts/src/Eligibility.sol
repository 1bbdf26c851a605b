// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {Counted, ICompliance, Quote, Rule} from "./ICompliance.sol";
import {ICredits, Line} from "./ICredits.sol";
import {IEmissions} from "./IEmissions.sol";
import {Obligation} from "./IObligations.sol";
import {IFilings, ProjectOrigin} from "./IFilings.sol";
import {IRecognition, Terms} from "./IRecognition.sol";
import {LISTED, OWN_BOUNDARY, POOLED, PREFERENCE, PROVISIONAL, IRuleSets, RareRules} from "./IRuleSets.sol";
import {RulesInForce} from "./lib/PackedRules.sol";
import {Obligations} from "./Obligations.sol";
import {Pool} from "./Pool.sol";

/// @title Applies the rules: what may be offset, which rule binds, and the counting against every cap.
/// @notice The one place where the rules are applied, for `offset` and `quote` alike. See ICompliance.
abstract contract Eligibility is ICompliance, Pool {
    /// @dev What does not depend on the batch: read once for all lines of an offset, and counted on in memory.
    struct Standing {
        address account;
        uint16 year;
        uint32 jurisdiction;
        /// The first rule that refuses whatever the batch; then only `capGrams` has a meaning beside the rules.
        Rule refusal;
        RulesInForce rules;
        /// Only read where a flag of the rules asks for it.
        RareRules rare;
        Tally tally;
        uint64 capGrams;
        uint64 nonLocalCapGrams;
        /// Counted grams that the pool leaves to the account.
        uint64 poolGrams;
        /// Counted grams of the lines so far.
        uint64 takenGrams;
    }

    uint32 private constant COUNCIL = 0;
    uint64 private constant NO_LIMIT = type(uint64).max;

    IFilings public immutable FILINGS;
    IRecognition public immutable RECOGNITION;
    ICredits public immutable CREDITS;

    /// @inheritdoc ICompliance
    mapping(bytes32 termsKey => mapping(uint16 year => uint64)) public recognisedGrams;

    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        IFilings filings,
        IRecognition recognition,
        IRuleSets ruleSets,
        IEmissions emissions,
        ICredits credits
    ) DeskGuarded(authority, desk) Obligations(accounts, ruleSets, emissions) {
        FILINGS = filings;
        RECOGNITION = recognition;
        CREDITS = credits;
    }

    // ------------------------------------------------------------- counting

    /// @dev Refuses, or counts every line; later lines see what earlier ones took.
    function _countAll(Standing memory standing, Line[] calldata lines) internal returns (Counted[] memory counted) {
        counted = new Counted[](lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            uint256 batchId = lines[i].batchId;
            // What earlier lines took of the same batch is not retired yet. At most 50 lines.
            uint64 before = 0;
            for (uint256 j = 0; j < i; ++j) {
                if (counted[j].batchId == batchId) before += counted[j].grams;
            }
            counted[i] = _count(standing, batchId, lines[i].grams, before);
        }

        (address account, uint16 year) = (standing.account, standing.year);
        _duties[account][year].tally = standing.tally;
        if (standing.rules.has(POOLED)) {
            _takeFromPool(standing.jurisdiction, account, year, standing.rare.poolGrams, standing.takenGrams);
        }
    }

    function _count(Standing memory standing, uint256 batchId, uint64 grams, uint64 before)
        private
        returns (Counted memory counted)
    {
        if (grams == 0) revert ZeroGrams();
        (Quote memory allowed, uint64 headroom, bytes32 termsKey) = _evaluate(standing, batchId, before);
        Rule refusing = Rule.None;
        uint64 countedGrams = _counted(grams, allowed.discountBps);
        if (grams > headroom) refusing = allowed.binding;
        else if (grams % standing.rules.granularityGrams() != 0 || countedGrams == 0) refusing = Rule.Granularity;
        if (refusing != Rule.None) {
            revert OffsetRefused(standing.account, standing.year, batchId, refusing, grams, allowed.grams);
        }

        if (allowed.local) {
            standing.tally.localGrams += countedGrams;
            if (allowed.preferred) standing.tally.preferredGrams += countedGrams;
        } else {
            standing.tally.otherGrams += countedGrams;
            recognisedGrams[termsKey][standing.year] += grams;
        }
        standing.takenGrams += countedGrams;
        return Counted(batchId, grams, countedGrams, allowed.local, allowed.preferred, termsKey);
    }

    // ------------------------------------------------------------ the rules

    /// @dev What holds for the account whatever the batch.
    function _standingOf(address account, uint16 year, AccountStatus status, uint32 jurisdiction)
        internal
        view
        returns (Standing memory standing)
    {
        standing.account = account;
        standing.year = year;
        standing.jurisdiction = jurisdiction;
        RulesInForce rules = _rulesOf(jurisdiction, year);
        standing.rules = rules;
        Duty storage duty = _duties[account][year];
        standing.refusal = rules.version() == 0 ? Rule.NoRuleSet : Rule.None;
        if (standing.refusal == Rule.None) {
            Obligation memory owed = duty.owed;
            standing.capGrams = _shareOf(rules, rules.capBps(), owed);
            standing.nonLocalCapGrams = _shareOf(rules, rules.nonLocalCapBps(), owed);
            standing.tally = duty.tally;
            if (rules.has(PREFERENCE | POOLED | PROVISIONAL)) standing.rare = _rareOf(jurisdiction, year);
            standing.refusal = _accountRefusal(rules, duty, standing.tally, status);
        }
        if (standing.refusal == Rule.None && rules.has(POOLED)) {
            standing.poolGrams = _poolHeadroom(jurisdiction, year, standing.rare.poolGrams, duty.ticket);
        }
    }

    function _accountRefusal(RulesInForce rules, Duty storage duty, Tally memory tally, AccountStatus status)
        private
        view
        returns (Rule)
    {
        if (duty.owed.amountDue == 0) return Rule.NoObligation;
        if (tally.excluded) return Rule.Excluded;
        if (!_mayAct(status)) return Rule.AccountStatus;
        if (block.timestamp < rules.opensAt()) return Rule.BeforeOpening;
        if (block.timestamp > rules.deadline()) return Rule.AfterDeadline;
        // What is locked is retired later.
        bool installed = _holds(Role.Retirer) && (!rules.has(PROVISIONAL) || _holds(Role.Locker));
        return installed ? Rule.None : Rule.NotInstalled;
    }

    function _holds(Role role) private view returns (bool) {
        return AUTHORITY.holds(COUNCIL, role, address(this));
    }

    /// @dev `headroom` is what is left before it is floored to the granularity; it is 0 if a rule before Cap refuses. `before`: what
    /// earlier lines of the same offset take of the batch.
    function _evaluate(Standing memory standing, uint256 batchId, uint64 before)
        internal
        view
        returns (Quote memory result, uint64 headroom, bytes32 termsKey)
    {
        result.ruleVersion = standing.rules.version();
        result.provisional = standing.rules.has(PROVISIONAL);
        result.capGrams = standing.capGrams;
        result.nonLocalCapGrams = standing.nonLocalCapGrams;
        result.binding = standing.refusal;
        if (result.binding != Rule.None) return (result, 0, 0);

        Terms memory terms;
        (result.binding, terms, termsKey) = _batchRefusal(standing, batchId, result);
        if (result.binding != Rule.None) return (result, 0, 0);

        result.discountBps = terms.discountBps;
        _limit(standing, result);
        if (!result.local) {
            result.recognitionHeadroom = uint64(_left(terms.yearlyCapGrams, recognisedGrams[termsKey][standing.year]));
        } else {
            result.recognitionHeadroom = NO_LIMIT;
        }
        result.balance -= before;
        headroom = _bind(result, standing.rules.granularityGrams());
    }

    /// @dev The first rule that refuses the batch whatever the amount, None if there is none. Notes in `result` where it comes from and,
    /// if none refuses, what is available of it.
    function _batchRefusal(Standing memory standing, uint256 batchId, Quote memory result)
        private
        view
        returns (Rule, Terms memory terms, bytes32 termsKey)
    {
        RulesInForce rules = standing.rules;
        (uint16 vintage, bool held, uint64 available) = CREDITS.usableOf(standing.account, batchId);
        if (vintage == 0) return (Rule.UnknownBatch, terms, 0);
        if (held) return (Rule.BatchHeld, terms, 0);
        uint64 projectId = uint64(batchId >> 64);
        ProjectOrigin memory facts = FILINGS.originOf(projectId);
        if (!facts.inForce) return (Rule.NotInForce, terms, 0);
        if (vintage < rules.firstVintage() || vintage > rules.lastVintage()) return (Rule.Vintage, terms, 0);
        // The first mechanism is the lowest bit.
        if (rules.mechanisms() >> (facts.mechanism - 1) & 1 == 0) return (Rule.Mechanism, terms, 0);
        if (rules.has(LISTED) && !_lists(standing, facts.definitionHash)) return (Rule.Methodology, terms, 0);
        if (rules.has(OWN_BOUNDARY) && facts.boundary == standing.account) return (Rule.OwnBoundary, terms, 0);

        result.local = uint32(projectId >> 32) == standing.jurisdiction;
        if (result.local) {
            result.preferred = rules.has(PREFERENCE) && _lists(standing, bytes32(uint256(facts.area)));
            result.balance = available;
            return (Rule.None, terms, 0);
        }
        (terms, termsKey) = RECOGNITION.termsFor(standing.jurisdiction, projectId, facts.definitionHash);
        bool recognised = terms.yearlyCapGrams != 0 && block.timestamp >= terms.validFrom && block.timestamp <= terms.validUntil;
        if (!recognised) return (Rule.NotRecognised, terms, 0);
        result.balance = available;
        return (Rule.None, terms, termsKey);
    }

    function _lists(Standing memory standing, bytes32 entry) private view returns (bool) {
        return RULE_SETS.lists(standing.jurisdiction, standing.year, standing.rules.version(), entry);
    }

    /// @dev The headrooms of the rules that speak of counted grams, turned into grams of the batch.
    function _limit(Standing memory standing, Quote memory result) private pure {
        Tally memory tally = standing.tally;
        uint16 discountBps = result.discountBps;
        uint256 used = uint256(tally.localGrams) + tally.otherGrams;
        result.capHeadroom = _before(_left(standing.capGrams, used), discountBps);

        bool limitsOthers = standing.rules.nonLocalCapBps() < standing.rules.capBps() && !result.local;
        result.nonLocalCapHeadroom =
            limitsOthers ? _before(_left(standing.nonLocalCapGrams, tally.otherGrams), discountBps) : NO_LIMIT;

        result.localShareHeadroom = _before(_shareHeadroom(standing, result.local, result.preferred), discountBps);

        bool pooled = standing.rules.has(POOLED);
        result.poolHeadroom = pooled ? _before(_left(standing.poolGrams, standing.takenGrams), discountBps) : NO_LIMIT;
    }

    /// @dev Finds the smallest headroom and its rule, of equal ones the earlier, and floors it to the granularity.
    function _bind(Quote memory result, uint64 granularity) private pure returns (uint64 headroom) {
        (headroom, result.binding) = (result.capHeadroom, Rule.Cap);
        if (result.nonLocalCapHeadroom < headroom) {
            (headroom, result.binding) = (result.nonLocalCapHeadroom, Rule.NonLocalCap);
        }
        if (result.localShareHeadroom < headroom) {
            (headroom, result.binding) = (result.localShareHeadroom, Rule.LocalShare);
        }
        if (result.poolHeadroom < headroom) (headroom, result.binding) = (result.poolHeadroom, Rule.Pool);
        if (result.recognitionHeadroom < headroom) {
            (headroom, result.binding) = (result.recognitionHeadroom, Rule.RecognitionCap);
        }
        if (result.balance < headroom) (headroom, result.binding) = (result.balance, Rule.Balance);

        uint64 grams = headroom - headroom % granularity;
        result.countedGrams = _counted(grams, result.discountBps);
        if (result.countedGrams != 0) result.grams = grams;
        else if (headroom != 0) result.binding = Rule.Granularity;
    }

    // ----------------------------------------------------------- arithmetic

    /// @dev How many more counted grams the local share allows. With total = local + other, one of two must hold: local >= s * total,
    /// or preferred >= p * total. From elsewhere that is floor(local / s) - total or floor(preferred / p) - total, the larger. Local
    /// grams only help, but those that are not preferred must not break the second where the first does not hold.
    function _shareHeadroom(Standing memory standing, bool local, bool preferred) private pure returns (uint256) {
        RulesInForce rules = standing.rules;
        Tally memory tally = standing.tally;
        if (rules.localShareMinBps() == 0 || preferred) return NO_LIMIT;
        uint256 total = uint256(tally.localGrams) + tally.otherGrams;
        uint256 byLocal = uint256(tally.localGrams) * BPS / rules.localShareMinBps();
        bool prefers = rules.has(PREFERENCE);
        uint256 byPreferred = prefers ? uint256(tally.preferredGrams) * BPS / standing.rare.preferredShareMinBps : 0;
        if (local) return byLocal >= total || byPreferred < total ? NO_LIMIT : byPreferred - total;
        return _left(byLocal > byPreferred ? byLocal : byPreferred, total);
    }

    /// @dev Whether what was offset has the local share, or the preferred one.
    function _meetsShare(RulesInForce rules, RareRules memory rare, Tally memory tally) internal pure returns (bool) {
        uint256 total = uint256(tally.localGrams) + tally.otherGrams;
        if (tally.localGrams * BPS >= total * rules.localShareMinBps()) return true;
        return rules.has(PREFERENCE) && tally.preferredGrams * BPS >= total * rare.preferredShareMinBps;
    }

    /// @dev What grams of a batch count for: rounded down, against the account.
    function _counted(uint64 grams, uint16 discountBps) private pure returns (uint64) {
        return discountBps == 0 ? grams : uint64(uint256(grams) * (BPS - discountBps) / BPS);
    }

    /// @dev The most grams of a batch that count for no more than `counted`, 0 for 0: the largest x with
    /// floor(x * (1 - d)) <= counted.
    function _before(uint256 counted, uint16 discountBps) private pure returns (uint64) {
        if (counted == 0 || discountBps == 0) return counted < NO_LIMIT ? uint64(counted) : NO_LIMIT;
        uint256 grams = ((counted + 1) * BPS - 1) / (BPS - discountBps);
        return grams < NO_LIMIT ? uint64(grams) : NO_LIMIT;
    }
}
