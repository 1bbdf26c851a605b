// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice What an enterprise owes for a year (履约义务), in grams. One storage slot. `amountDue` is never 0.
struct Obligation {
    uint64 initialAllocation;
    uint64 issuedAllowances;
    /// What the oracles verified when the obligation was set; 0 where nothing was.
    uint64 verifiedEmissions;
    uint64 amountDue;
}

/// @notice Counted grams offset so far for an obligation.
struct Used {
    uint64 localGrams;
    uint64 otherGrams;
    /// What of the local grams comes from preference areas.
    uint64 preferredGrams;
    /// What of all of it can still be reversed, or waits to be made final.
    uint64 provisionalGrams;
}

/// @notice Where an account stands with the obligation of a year.
enum Fulfilment {
    /// It has none.
    None,
    /// Something is missing, and there is still time.
    Short,
    /// Exactly what is due was given.
    Met,
    /// More than what is due was given.
    Over,
    /// Something is missing, and the deadline of the rule set has passed.
    Late,
    /// The authority took the account out of the scheme for this year.
    Excluded
}

/// @notice The figures behind a fulfilment, in grams.
struct AccountYear {
    Fulfilment fulfilment;
    uint64 amountDue;
    /// Allowances surrendered, as the authority noted them.
    uint64 surrenderedGrams;
    /// Offsets that are final, counted grams.
    uint64 offsetGrams;
    /// Offsets that can still be reversed; they count until they are.
    uint64 provisionalGrams;
    /// What is due and not covered by the three.
    uint64 missingGrams;
    /// Deadline of the rule set in force; 0 without one.
    uint40 deadline;
}

/// @title What enterprises owe for a year, and where they stand.
interface IObligations is IDeskGuarded {
    event ObligationSet(address indexed account, uint16 indexed year, Obligation previousObligation, Obligation obligation);
    event FulfilmentSet(
        address indexed account, uint16 indexed year, uint64 surrenderedGrams, bool excluded, bytes32 reasonHash
    );

    /// @notice A field is missing or impossible. `field` is its name: of an obligation `year` (before 1970) and `amountDue` (0), of a
    /// fulfilment or an order `reasonHash` (empty).
    error InvalidField(bytes32 field);
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);
    error UnknownAccount(address account);
    error ObligationUnchanged(address account, uint16 year);
    error FulfilmentUnchanged(address account, uint16 year);
    error ObligationMissing(address account, uint16 year);
    /// @notice The emissions of an obligation are those that the oracles verified, 0 where they verified none.
    error EmissionsDiffer(address account, uint16 year, uint64 verifiedGrams, uint64 givenGrams);
    /// @notice The obligation cannot be lowered so far that a cap falls under what was already offset. Where it is there already,
    /// because the rule set's share was lowered, what does not lower it further is allowed.
    error CapBelowUsed(address account, uint16 year, uint64 capGrams, uint64 usedGrams);

    /// @notice Sets what an enterprise owes. Through the Desk, in the jurisdiction of the account. A base that is not known yet is 0.
    function setObligation(uint32 jurisdiction, address account, uint16 year, Obligation calldata obligation) external;
    /// @notice Notes the allowances surrendered so far, and whether the account is excluded for the year. Through the Desk. An excluded
    /// account offsets and reserves nothing; what it offset before stays.
    function setFulfilment(
        uint32 jurisdiction,
        address account,
        uint16 year,
        uint64 surrenderedGrams,
        bool excluded,
        bytes32 reasonHash
    ) external;

    /// @notice The obligation; all fields are 0 where none is set.
    function obligationOf(address account, uint16 year) external view returns (Obligation memory);
    function usedOf(address account, uint16 year) external view returns (Used memory);
    /// @notice Where an account stands with the obligation of a year now.
    function statusOf(address account, uint16 year) external view returns (AccountYear memory);
}
