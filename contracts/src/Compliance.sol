// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority} from "./IAuthority.sol";
import {CapBase, ICompliance, Obligation, Quote, Rule, RuleSet, Used} from "./ICompliance.sol";
import {ICredits, Line, Purpose, Retiree} from "./ICredits.sol";
import {IFilings} from "./IFilings.sol";
import {IOracleCommittee} from "./IOracleCommittee.sol";

/// @title Compliance
/// @notice Decides whether credits may be offset against an obligation, and counts what was.
contract Compliance is ICompliance, DeskGuarded {
    /// @dev The rule set in force with its version, but for the document's hash: one slot, all that an offset reads. Version 0: none.
    struct RulesInForce {
        CapBase capBase;
        uint16 capBps;
        uint16 localShareMinBps;
        uint16 firstVintage;
        uint16 lastVintage;
        uint64 granularityGrams;
        uint40 opensAt;
        uint40 deadline;
        uint16 version;
    }

    struct Duty {
        Obligation owed;
        Used used;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_LINES = 50;
    /// Day numbers and so vintages begin here.
    uint16 private constant FIRST_YEAR = 1970;
    uint64 private constant NO_LIMIT = type(uint64).max;
    /// The largest signed 64-bit number: what is used never exceeds the cap, so it fits every database.
    uint64 private constant CAP_MAX = uint64(type(int64).max);

    IAccounts public immutable ACCOUNTS;
    IFilings public immutable FILINGS;
    IOracleCommittee public immutable COMMITTEE;
    ICredits public immutable CREDITS;

    mapping(uint32 jurisdiction => mapping(uint16 year => RulesInForce)) private _inForce;
    /// Every version, the one in force too.
    mapping(uint32 jurisdiction => mapping(uint16 year => mapping(uint16 version => RuleSet))) private _ruleSets;
    mapping(address account => mapping(uint16 year => Duty)) private _duties;

    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        IFilings filings,
        IOracleCommittee committee,
        ICredits credits
    ) DeskGuarded(authority, desk) {
        ACCOUNTS = accounts;
        FILINGS = filings;
        COMMITTEE = committee;
        CREDITS = credits;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ICompliance
    function setRuleSet(uint32 jurisdiction, uint16 year, RuleSet calldata rules) external throughDesk {
        // The council (0) has no accounts.
        if (jurisdiction == 0 || !AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        _checkRuleSet(year, rules);

        uint16 previous = _inForce[jurisdiction][year].version;
        // Version 0 is empty and no valid rule set equals it.
        if (keccak256(abi.encode(_ruleSets[jurisdiction][year][previous])) == keccak256(abi.encode(rules))) {
            revert RuleSetUnchanged(jurisdiction, year);
        }
        uint16 version = previous + 1;
        _ruleSets[jurisdiction][year][version] = rules;
        _inForce[jurisdiction][year] = RulesInForce({
            capBase: rules.capBase,
            capBps: rules.capBps,
            localShareMinBps: rules.localShareMinBps,
            firstVintage: rules.firstVintage,
            lastVintage: rules.lastVintage,
            granularityGrams: rules.granularityGrams,
            opensAt: rules.opensAt,
            deadline: rules.deadline,
            version: version
        });
        emit RuleSetSet(jurisdiction, year, version, rules);
    }

    /// @inheritdoc ICompliance
    function setObligation(uint32 jurisdiction, address account, uint16 year, Obligation calldata obligation)
        external
        throughDesk
    {
        if (ACCOUNTS.statusOf(account) == AccountStatus.None) revert UnknownAccount(account);
        uint32 own = ACCOUNTS.jurisdictionOf(account);
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
        if (year < FIRST_YEAR) revert InvalidField("year");
        if (obligation.amountDue == 0) revert InvalidField("amountDue");

        Duty storage duty = _duties[account][year];
        Obligation memory previous = duty.owed;
        if (keccak256(abi.encode(previous)) == keccak256(abi.encode(obligation))) {
            revert ObligationUnchanged(account, year);
        }
        RulesInForce memory rules = _inForce[jurisdiction][year];
        uint64 usedGrams = duty.used.localGrams + duty.used.otherGrams;
        uint64 capGrams = _capOf(rules, obligation);
        // Without a rule set the cap is 0, and so is what was offset. A rule set of a lower share may have left the cap under what was
        // offset before; then the obligation can still be raised.
        if (capGrams < usedGrams && capGrams < _capOf(rules, previous)) {
            revert CapBelowUsed(account, year, capGrams, usedGrams);
        }
        duty.owed = obligation;
        emit ObligationSet(account, year, previous, obligation);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ICompliance
    function offset(address account, uint16 year, Line[] calldata lines, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64[] memory retirementIds)
    {
        if (!ACCOUNTS.mayInitiate(account, msg.sender)) revert NotAgent(account, msg.sender);
        if (lines.length == 0 || lines.length > MAX_LINES) revert InvalidLineCount(lines.length);

        bool[] memory local = new bool[](lines.length);
        uint32 note;
        for (uint256 i = 0; i < lines.length; ++i) {
            (local[i], note) = _count(account, year, lines[i].batchId, lines[i].grams);
        }
        Retiree memory retiree = Retiree(account, Purpose.ComplianceOffset, beneficiary, statementHash, msg.sender, note, false);
        return _retire(retiree, year, lines, local);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ICompliance
    function quote(address account, uint16 year, uint256 batchId) external view returns (Quote memory result) {
        (result,,,) = _evaluate(account, year, batchId);
    }

    /// @inheritdoc ICompliance
    function ruleSetOf(uint32 jurisdiction, uint16 year) external view returns (RuleSet memory rules, uint16 version) {
        version = _inForce[jurisdiction][year].version;
        rules = _ruleSets[jurisdiction][year][version];
    }

    /// @inheritdoc ICompliance
    function ruleSetAt(uint32 jurisdiction, uint16 year, uint16 version) external view returns (RuleSet memory) {
        if (version == 0 || version > _inForce[jurisdiction][year].version) {
            revert UnknownRuleSet(jurisdiction, year, version);
        }
        return _ruleSets[jurisdiction][year][version];
    }

    /// @inheritdoc ICompliance
    function obligationOf(address account, uint16 year) external view returns (Obligation memory) {
        return _duties[account][year].owed;
    }

    /// @inheritdoc ICompliance
    function usedOf(address account, uint16 year) external view returns (Used memory) {
        return _duties[account][year].used;
    }

    /// @inheritdoc ICompliance
    function offsetOf(uint64 retirementId) external view returns (uint16 year, uint16 ruleVersion) {
        // The ledger keeps it, with the retirement; see ICredits.
        if (retirementId == 0 || retirementId > CREDITS.retirementCount()) return (0, 0);
        uint32 note = CREDITS.retirementOf(retirementId).moduleNote;
        return (uint16(note >> 16), uint16(note));
    }

    // ------------------------------------------------------------- internal

    /// @dev After all lines were counted. The ledger and what it asks are contracts of the register, wired for ever.
    function _retire(Retiree memory retiree, uint16 year, Line[] calldata lines, bool[] memory local)
        private
        returns (uint64[] memory retirementIds)
    {
        uint64 firstId = CREDITS.retireFor(retiree, lines);
        retirementIds = new uint64[](lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            retirementIds[i] = firstId + uint64(i);
            _announce(retirementIds[i], retiree, year, lines[i], local[i]);
        }
    }

    function _announce(uint64 retirementId, Retiree memory retiree, uint16 year, Line calldata line, bool local) private {
        (uint256 batchId, uint64 grams, uint16 version) = (line.batchId, line.grams, uint16(retiree.moduleNote));
        emit OffsetMade(retirementId, retiree.account, year, batchId, grams, local, version, retiree.by);
    }

    /// @dev Refuses, or counts the grams against the obligation. `note` is what the ledger keeps for `offsetOf`.
    function _count(address account, uint16 year, uint256 batchId, uint64 grams) private returns (bool local, uint32 note) {
        if (grams == 0) revert ZeroGrams();
        Quote memory allowed;
        uint64 headroom;
        uint64 granularity;
        (allowed, headroom, granularity, local) = _evaluate(account, year, batchId);
        if (grams > headroom) revert OffsetRefused(account, year, batchId, allowed.binding, grams, allowed.grams);
        if (grams % granularity != 0) {
            revert OffsetRefused(account, year, batchId, Rule.Granularity, grams, allowed.grams);
        }

        Used storage used = _duties[account][year].used;
        if (local) used.localGrams += grams;
        else used.otherGrams += grams;
        note = uint32(year) << 16 | allowed.ruleVersion;
    }

    /// @dev The one place where the rules are applied, for `offset` and `quote` alike. `headroom` is what is left before it is floored
    /// to the granularity; it is 0, and the rest has no meaning, if a rule before Cap refuses.
    function _evaluate(address account, uint16 year, uint256 batchId)
        private
        view
        returns (Quote memory result, uint64 headroom, uint64 granularity, bool local)
    {
        uint32 jurisdiction = ACCOUNTS.jurisdictionOf(account);
        RulesInForce memory rules = _inForce[jurisdiction][year];
        result.ruleVersion = rules.version;
        if (rules.version == 0) {
            result.binding = Rule.NoRuleSet;
            return (result, 0, 0, false);
        }
        Duty memory duty = _duties[account][year];
        if (duty.owed.amountDue == 0) {
            result.binding = Rule.NoObligation;
            return (result, 0, 0, false);
        }
        result.capGrams = _capOf(rules, duty.owed);
        uint64 balance = CREDITS.availableOf(account, batchId);
        result.binding = _firstRefusal(rules, account, batchId, balance);
        if (result.binding != Rule.None) return (result, 0, 0, false);

        local = uint32(batchId >> 96) == jurisdiction;
        granularity = rules.granularityGrams;
        result.capHeadroom = _left(result.capGrams, uint256(duty.used.localGrams) + duty.used.otherGrams);
        result.localShareHeadroom = local ? NO_LIMIT : _othersLeft(rules.localShareMinBps, duty.used);
        result.balance = balance;
        headroom = _bind(result, granularity);
    }

    /// @dev The first rule that refuses whatever the amount, None if there is none.
    function _firstRefusal(RulesInForce memory rules, address account, uint256 batchId, uint64 balance)
        private
        view
        returns (Rule)
    {
        AccountStatus status = ACCOUNTS.statusOf(account);
        if (status != AccountStatus.Open && status != AccountStatus.Restricted) return Rule.AccountStatus;
        if (block.timestamp < rules.opensAt) return Rule.BeforeOpening;
        if (block.timestamp > rules.deadline) return Rule.AfterDeadline;

        if (balance == 0 && !CREDITS.batchExists(batchId)) return Rule.UnknownBatch;
        uint64 projectId = uint64(batchId >> 64);
        if (!FILINGS.projectInForce(projectId)) return Rule.NotInForce;
        uint16 vintage = CREDITS.vintageOf(batchId);
        if (vintage < rules.firstVintage || vintage > rules.lastVintage) return Rule.Vintage;
        if (FILINGS.boundaryOf(projectId) == account) return Rule.OwnBoundary;
        return Rule.None;
    }

    /// @dev Finds the smallest headroom and its rule, of equal ones the earlier, and floors it to the granularity.
    function _bind(Quote memory result, uint64 granularity) private pure returns (uint64 headroom) {
        (headroom, result.binding) = (result.capHeadroom, Rule.Cap);
        if (result.localShareHeadroom < headroom) {
            (headroom, result.binding) = (result.localShareHeadroom, Rule.LocalShare);
        }
        if (result.balance < headroom) (headroom, result.binding) = (result.balance, Rule.Balance);

        result.grams = headroom - headroom % granularity;
        if (result.grams == 0 && headroom > 0) result.binding = Rule.Granularity;
    }

    /// @dev How many more grams from elsewhere the local share s allows: the largest x with local >= s * (local + other + x), which is
    /// floor(local * (1 - s) / s) - other.
    function _othersLeft(uint16 localShareMinBps, Used memory used) private pure returns (uint64) {
        if (localShareMinBps == 0) return NO_LIMIT;
        return _left(uint256(used.localGrams) * (BPS - localShareMinBps) / localShareMinBps, used.otherGrams);
    }

    /// @dev `limit - used`, at least 0, at most 2^64 - 1.
    function _left(uint256 limit, uint256 used) private pure returns (uint64) {
        if (limit <= used) return 0;
        uint256 rest = limit - used;
        return rest < NO_LIMIT ? uint64(rest) : NO_LIMIT;
    }

    /// @dev floor(base * bps / 10,000), at most CAP_MAX.
    function _capOf(RulesInForce memory rules, Obligation memory owed) private pure returns (uint64) {
        CapBase capBase = rules.capBase;
        uint256 base = owed.amountDue;
        if (capBase == CapBase.InitialAllocation) base = owed.initialAllocation;
        else if (capBase == CapBase.IssuedAllowances) base = owed.issuedAllowances;
        else if (capBase == CapBase.VerifiedEmissions) base = owed.verifiedEmissions;
        uint256 capGrams = base * rules.capBps / BPS;
        return capGrams < CAP_MAX ? uint64(capGrams) : CAP_MAX;
    }

    function _checkRuleSet(uint16 year, RuleSet calldata rules) private pure {
        if (year < FIRST_YEAR) revert InvalidField("year");
        if (rules.capBase == CapBase.None) revert InvalidField("capBase");
        if (rules.capBps == 0 || rules.capBps > BPS) revert InvalidField("capBps");
        if (rules.localShareMinBps > BPS) revert InvalidField("localShareMinBps");
        if (rules.firstVintage < FIRST_YEAR) revert InvalidField("firstVintage");
        if (rules.lastVintage < rules.firstVintage) revert InvalidField("lastVintage");
        if (rules.granularityGrams == 0) revert InvalidField("granularityGrams");
        if (rules.opensAt == 0) revert InvalidField("opensAt");
        if (rules.deadline < rules.opensAt) revert InvalidField("deadline");
        if (rules.documentHash == bytes32(0)) revert InvalidField("documentHash");
    }
}
