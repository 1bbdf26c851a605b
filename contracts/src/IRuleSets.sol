// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";
import {RulesInForce} from "./lib/PackedRules.sol";

/// @notice The quantity of an obligation that a cap is a share of.
enum CapBase {
    None,
    InitialAllocation,
    IssuedAllowances,
    VerifiedEmissions,
    AmountDue
}

/// @notice The offset rules (抵销规则) of one jurisdiction and year. Every value is explicit; there is no "0 = unlimited".
/// All caps and shares are of counted grams: those of other jurisdictions after the discount of the recognition.
struct RuleSet {
    CapBase capBase;
    /// Cap in basis points of the base, 1 to 10,000.
    uint16 capBps;
    /// Cap on credits from elsewhere, in basis points of the same base, at most `capBps`. If equal they are not limited by themselves.
    uint16 nonLocalCapBps;
    /// Smallest share, in basis points of all grams offset for the obligation, that must come from projects of the
    /// obligation's own jurisdiction. 0 asks for none, 10,000 admits local ones only. It holds after every line from elsewhere, so the
    /// local lines of an offset come first.
    uint16 localShareMinBps;
    /// A smaller local share that is enough if all of it comes from the preference areas, at least 1; if equal to `localShareMinBps`
    /// there is no preference and no area.
    uint16 preferredShareMinBps;
    /// First and last vintage accepted.
    uint16 firstVintage;
    uint16 lastVintage;
    /// Accepted mechanisms, a sum of 2^(number - 1); see IFilings.
    uint8 mechanisms;
    /// Whether only the methodologies of the list are accepted.
    bool methodologiesListed;
    /// Whether reductions inside the account's own boundary are refused.
    bool ownBoundaryExcluded;
    /// Whether all accounts of the jurisdiction together offset no more than `poolGrams`. Decided with the first version of a year.
    bool pooled;
    /// Offsets are made in multiples of this, before any discount. 1 to 2^56 - 1.
    uint64 granularityGrams;
    /// First and last second at which offsets may be made.
    uint40 opensAt;
    uint40 deadline;
    /// Last second at which grams of the pool may be reserved, at most the deadline; 0 where nothing can be reserved.
    uint40 reservableUntil;
    /// How long an offset can be reversed, at most 366 days. 0: it is final at once.
    uint32 reversalSeconds;
    uint64 poolGrams;
    /// SHA-256 of the text the rules come from.
    bytes32 documentHash;
    /// GB/T 2260 codes, ascending, at most 50.
    uint32[] preferenceAreas;
    /// Definition hashes, ascending, at most 50.
    bytes32[] methodologies;
}

/// @notice What is only read of a rule set with one of the flags PREFERENCE, POOLED and PROVISIONAL. One storage slot.
struct RareRules {
    uint16 preferredShareMinBps;
    uint64 poolGrams;
    uint40 reservableUntil;
    uint32 reversalSeconds;
}

// Flags of the rules in force: own boundary excluded, methodologies listed, a preferred share under the local one, pooled, a reversal window.
uint8 constant OWN_BOUNDARY = 1;
uint8 constant LISTED = 2;
uint8 constant PREFERENCE = 4;
uint8 constant POOLED = 8;
uint8 constant PROVISIONAL = 16;

/// @title The offset rules of each jurisdiction and year, in versions.
/// @notice A later version applies to later offsets. A lower cap does not undo what was offset under a higher one: it leaves no headroom.
interface IRuleSets is IDeskGuarded {
    event RuleSetSet(uint32 indexed jurisdiction, uint16 indexed year, uint16 indexed version, RuleSet rules);

    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice A field of a rule set is missing or impossible. `field` is its name, one of: `year` (before
    /// 1970), `capBase` (None), `capBps` (0 or over 10,000), `nonLocalCapBps` (over capBps), `localShareMinBps` (over 10,000),
    /// `preferredShareMinBps` (0 or over the local share), `preferenceAreas` (missing, too many, unordered, or without a preference),
    /// `firstVintage` (before 1970), `lastVintage` (before the first), `mechanisms` (none), `methodologies` (missing, too many,
    /// unordered, or not to be listed), `granularityGrams` (0 or over 2^56 - 1), `opensAt` (0), `deadline` (before the opening),
    /// `pooled` (not as in the first version), `poolGrams` (0, over 2^63 - 1, or without a pool), `reservableUntil` (after the
    /// deadline, or without a pool), `reversalSeconds` (over 366 days), `documentHash` (empty).
    error InvalidField(bytes32 field);
    /// @notice The rule set in force is this one already.
    error RuleSetUnchanged(uint32 jurisdiction, uint16 year);
    error UnknownRuleSet(uint32 jurisdiction, uint16 year, uint16 version);

    /// @notice Sets the rule set of a jurisdiction and year; a later one is the next version. Through the Desk.
    function setRuleSet(uint32 jurisdiction, uint16 year, RuleSet calldata rules) external;

    /// @notice The rule set in force and its version; version 0 means none.
    function ruleSetOf(uint32 jurisdiction, uint16 year) external view returns (RuleSet memory rules, uint16 version);
    /// @notice A rule set by its version, also a past one. Reverts with UnknownRuleSet.
    function ruleSetAt(uint32 jurisdiction, uint16 year, uint16 version) external view returns (RuleSet memory);
    /// @notice What an offset reads of the rule set in force, in one word; see PackedRules.
    function inForce(uint32 jurisdiction, uint16 year) external view returns (RulesInForce);
    /// @notice The rest of it, for rule sets whose flags ask for it.
    function rareOf(uint32 jurisdiction, uint16 year) external view returns (RareRules memory);
    /// @notice Whether a version lists a methodology by its definition hash, or an area by its code.
    function lists(uint32 jurisdiction, uint16 year, uint16 version, bytes32 entry) external view returns (bool);
}
