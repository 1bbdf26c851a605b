// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "./ICredits.sol";
import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice The quantity of an obligation that a cap is a share of.
enum CapBase {
    None,
    InitialAllocation,
    IssuedAllowances,
    VerifiedEmissions,
    AmountDue
}

/// @notice The rule that limits or refuses an offset. Order = order of checking.
enum Rule {
    /// No rule. Never in a quote: some headroom is always the smallest.
    None,
    /// No rule set is in force for the jurisdiction and year.
    NoRuleSet,
    /// The account has no obligation for the year.
    NoObligation,
    /// The account is not open (or restricted).
    AccountStatus,
    BeforeOpening,
    AfterDeadline,
    /// The batch does not exist.
    UnknownBatch,
    /// The project or its methodology is not in force.
    NotInForce,
    Vintage,
    /// The reductions happened inside the account's own boundary.
    OwnBoundary,
    /// The cap on offsets of this obligation.
    Cap,
    /// The smallest local share would be missed.
    LocalShare,
    /// The account holds no more.
    Balance,
    /// Grams must be a multiple of the granularity.
    Granularity
}

/// @notice The offset rules (抵销规则) of one jurisdiction and year. Every value is explicit; there is no "0 = unlimited".
struct RuleSet {
    CapBase capBase;
    /// Cap in basis points of the base, 1 to 10,000.
    uint16 capBps;
    /// Smallest share, in basis points of all grams offset for the obligation, that must come from projects of the
    /// obligation's own jurisdiction. 0 asks for none, 10,000 admits local ones only. It holds after every line, so the local
    /// lines of an offset come first.
    uint16 localShareMinBps;
    /// First and last vintage accepted.
    uint16 firstVintage;
    uint16 lastVintage;
    /// Offsets are made in multiples of this.
    uint64 granularityGrams;
    /// First and last second at which offsets may be made.
    uint40 opensAt;
    uint40 deadline;
    /// SHA-256 of the text the rules come from.
    bytes32 documentHash;
}

/// @notice What an enterprise owes for a year (履约义务), in grams. One storage slot. `amountDue` is never 0.
struct Obligation {
    uint64 initialAllocation;
    uint64 issuedAllowances;
    uint64 verifiedEmissions;
    uint64 amountDue;
}

/// @notice Grams offset so far for an obligation.
struct Used {
    uint64 localGrams;
    uint64 otherGrams;
}

/// @notice What may still be offset from one batch, and why not more.
struct Quote {
    /// The largest amount that `offset` accepts now, a multiple of the granularity; 0 if refused.
    uint64 grams;
    /// The rule that binds `grams`: the first one that refuses, else the smallest of the three headrooms (of equal ones the
    /// earlier rule), but Granularity where a headroom is left that is smaller than the granularity.
    Rule binding;
    uint16 ruleVersion;
    /// The whole cap of the obligation, known from the rule NoObligation on; floor of base * bps / 10,000, at most 2^63 - 1.
    uint64 capGrams;
    /// What is left under each rule alone, in grams; known once no rule before Cap refuses. `localShareHeadroom` is
    /// 2^64 - 1 where the rule does not limit.
    uint64 capHeadroom;
    uint64 localShareHeadroom;
    uint64 balance;
}

/// @title Offsets against compliance obligations, under the rules of the jurisdiction and year.
/// @notice `offset` checks every rule, counts against every cap and retires the grams in one transaction or not at all.
/// `quote` answers with the same code what may still be used and which rule binds: what it allows never reverts in the same
/// block, and one gram more always does.
interface ICompliance is IDeskGuarded {
    event RuleSetSet(uint32 indexed jurisdiction, uint16 indexed year, uint16 indexed version, RuleSet rules);
    event ObligationSet(address indexed account, uint16 indexed year, Obligation previousObligation, Obligation obligation);
    /// @notice One for each line; the grams stand in the ledger's `Retired` with the same retirementId.
    event OffsetMade(
        uint64 indexed retirementId,
        address indexed account,
        uint16 indexed year,
        uint256 batchId,
        uint64 grams,
        bool local,
        uint16 ruleVersion,
        address by
    );

    error UnknownJurisdiction(uint32 jurisdiction);
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);
    /// @notice A field of the rule set or obligation is missing or impossible. `field` is its name, one of: `year` (before 1970),
    /// `capBase` (None), `capBps` (0 or over 10,000), `localShareMinBps` (over 10,000), `firstVintage` (before 1970),
    /// `lastVintage` (before the first), `granularityGrams` (0), `opensAt` (0), `deadline` (before the opening),
    /// `documentHash` (empty); of an obligation `year` and `amountDue` (0).
    error InvalidField(bytes32 field);
    /// @notice The rule set in force, or the obligation, is this one already.
    error RuleSetUnchanged(uint32 jurisdiction, uint16 year);
    error ObligationUnchanged(address account, uint16 year);
    error UnknownRuleSet(uint32 jurisdiction, uint16 year, uint16 version);
    error UnknownAccount(address account);
    /// @notice The obligation cannot be lowered so far that the cap falls under what was already offset. Where it is there already,
    /// because the rule set's share was lowered, what does not lower it further is allowed.
    error CapBelowUsed(address account, uint16 year, uint64 capGrams, uint64 usedGrams);
    error NotAgent(address account, address caller);
    /// @notice An offset has 1 to 50 lines.
    error InvalidLineCount(uint256 lines);
    error ZeroGrams();
    /// @notice The rule that refuses, what was asked and what `quote` allows. The rule is the quote's binding one, but Granularity for
    /// an amount that is under every headroom and no multiple.
    error OffsetRefused(address account, uint16 year, uint256 batchId, Rule rule, uint64 wantedGrams, uint64 allowedGrams);

    /// @notice Sets the rule set of a jurisdiction and year; a later one is the next version and applies to later offsets. Through the
    /// Desk. A lower cap does not undo what was offset under a higher one: it leaves no headroom.
    function setRuleSet(uint32 jurisdiction, uint16 year, RuleSet calldata rules) external;
    /// @notice Sets what an enterprise owes. Through the Desk, in the jurisdiction of the account. A base that is not known yet is 0.
    function setObligation(uint32 jurisdiction, address account, uint16 year, Obligation calldata obligation) external;

    /// @notice Offsets, by an agent of the account. Every line or none. Returns the retirement ids.
    /// @dev Warning: cannot be undone.
    function offset(address account, uint16 year, Line[] calldata lines, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64[] memory retirementIds);

    /// @notice What may still be offset from one batch, and which rule binds.
    function quote(address account, uint16 year, uint256 batchId) external view returns (Quote memory);

    /// @notice The rule set in force and its version; version 0 means none.
    function ruleSetOf(uint32 jurisdiction, uint16 year) external view returns (RuleSet memory rules, uint16 version);
    /// @notice A rule set by its version, also a past one. Reverts with UnknownRuleSet.
    function ruleSetAt(uint32 jurisdiction, uint16 year, uint16 version) external view returns (RuleSet memory);
    /// @notice The obligation; all fields are 0 where none is set.
    function obligationOf(address account, uint16 year) external view returns (Obligation memory);
    function usedOf(address account, uint16 year) external view returns (Used memory);
    /// @notice The version of the rule set that was applied to an offset, and the year it counts for; 0 if it is none.
    function offsetOf(uint64 retirementId) external view returns (uint16 year, uint16 ruleVersion);
}
