// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IEmissions} from "./IEmissions.sol";
import {AccountYear, Fulfilment, IObligations, Obligation, Used} from "./IObligations.sol";
import {CapBase, IRuleSets, RareRules} from "./IRuleSets.sol";
import {RulesInForce} from "./lib/PackedRules.sol";

/// @title Keeps what enterprises owe for a year, what they offset and surrendered of it, and derives the caps.
/// @notice See IObligations.
abstract contract Obligations is IObligations, DeskGuarded {
    /// @dev Counted grams offset so far, and whether the account may offset at all. One slot, read and written by every offset.
    struct Tally {
        uint64 localGrams;
        uint64 otherGrams;
        uint64 preferredGrams;
        bool excluded;
    }

    /// @dev Grams of the jurisdiction's pool that are asked for: [start, start + grams) of its line of demand. See Pool.
    struct Ticket {
        uint96 start;
        uint64 grams;
    }

    struct Duty {
        Obligation owed;
        Tally tally;
        uint64 surrenderedGrams;
        uint64 provisionalGrams;
        Ticket ticket;
    }

    uint256 internal constant BPS = 10_000;
    /// Day numbers and so vintages begin here.
    uint16 private constant FIRST_YEAR = 1970;
    /// The largest signed 64-bit number: what is used never exceeds the cap, so it fits every database.
    uint64 private constant CAP_MAX = uint64(type(int64).max);

    IAccounts public immutable ACCOUNTS;
    IRuleSets public immutable RULE_SETS;
    IEmissions public immutable EMISSIONS;

    mapping(address account => mapping(uint16 year => Duty)) internal _duties;

    constructor(IAccounts accounts, IRuleSets ruleSets, IEmissions emissions) {
        ACCOUNTS = accounts;
        RULE_SETS = ruleSets;
        EMISSIONS = emissions;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IObligations
    function setObligation(uint32 jurisdiction, address account, uint16 year, Obligation calldata obligation)
        external
        throughDesk
    {
        _requireOwnAccount(jurisdiction, account);
        if (year < FIRST_YEAR) revert InvalidField("year");
        if (obligation.amountDue == 0) revert InvalidField("amountDue");
        uint64 verifiedGrams = EMISSIONS.verifiedOf(account, year);
        if (obligation.verifiedEmissions != verifiedGrams) {
            revert EmissionsDiffer(account, year, verifiedGrams, obligation.verifiedEmissions);
        }

        Duty storage duty = _duties[account][year];
        Obligation memory previous = duty.owed;
        if (keccak256(abi.encode(previous)) == keccak256(abi.encode(obligation))) {
            revert ObligationUnchanged(account, year);
        }
        RulesInForce rules = _rulesOf(jurisdiction, year);
        Tally memory tally = duty.tally;
        _checkCap(account, year, rules, rules.capBps(), previous, obligation, tally.localGrams + tally.otherGrams);
        if (rules.nonLocalCapBps() < rules.capBps()) {
            _checkCap(account, year, rules, rules.nonLocalCapBps(), previous, obligation, tally.otherGrams);
        }
        duty.owed = obligation;
        emit ObligationSet(account, year, previous, obligation);
    }

    /// @inheritdoc IObligations
    function setFulfilment(
        uint32 jurisdiction,
        address account,
        uint16 year,
        uint64 surrenderedGrams,
        bool excluded,
        bytes32 reasonHash
    ) external throughDesk {
        _requireOwnAccount(jurisdiction, account);
        if (reasonHash == bytes32(0)) revert InvalidField("reasonHash");
        Duty storage duty = _duties[account][year];
        if (duty.owed.amountDue == 0) revert ObligationMissing(account, year);
        if (duty.surrenderedGrams == surrenderedGrams && duty.tally.excluded == excluded) {
            revert FulfilmentUnchanged(account, year);
        }
        duty.surrenderedGrams = surrenderedGrams;
        duty.tally.excluded = excluded;
        emit FulfilmentSet(account, year, surrenderedGrams, excluded, reasonHash);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IObligations
    function obligationOf(address account, uint16 year) external view returns (Obligation memory) {
        return _duties[account][year].owed;
    }

    /// @inheritdoc IObligations
    function usedOf(address account, uint16 year) external view returns (Used memory) {
        Duty storage duty = _duties[account][year];
        Tally memory tally = duty.tally;
        return Used(tally.localGrams, tally.otherGrams, tally.preferredGrams, duty.provisionalGrams);
    }

    /// @inheritdoc IObligations
    function statusOf(address account, uint16 year) external view returns (AccountYear memory found) {
        Duty storage duty = _duties[account][year];
        found.amountDue = duty.owed.amountDue;
        if (found.amountDue == 0) return found;
        found.surrenderedGrams = duty.surrenderedGrams;
        found.provisionalGrams = duty.provisionalGrams;
        uint64 usedGrams = duty.tally.localGrams + duty.tally.otherGrams;
        found.offsetGrams = usedGrams - found.provisionalGrams;
        found.deadline = _rulesOf(_jurisdictionOf(account), year).deadline();

        uint256 given = uint256(found.surrenderedGrams) + usedGrams;
        if (given < found.amountDue) found.missingGrams = found.amountDue - uint64(given);
        if (duty.tally.excluded) found.fulfilment = Fulfilment.Excluded;
        else if (given > found.amountDue) found.fulfilment = Fulfilment.Over;
        else if (given == found.amountDue) found.fulfilment = Fulfilment.Met;
        else if (found.deadline != 0 && block.timestamp > found.deadline) found.fulfilment = Fulfilment.Late;
        else found.fulfilment = Fulfilment.Short;
    }

    // ------------------------------------------------------------- internal

    /// @dev floor(base * bps / 10,000), at most CAP_MAX.
    function _shareOf(RulesInForce rules, uint16 bps, Obligation memory owed) internal pure returns (uint64) {
        CapBase capBase = rules.capBase();
        uint256 base = owed.amountDue;
        if (capBase == CapBase.InitialAllocation) base = owed.initialAllocation;
        else if (capBase == CapBase.IssuedAllowances) base = owed.issuedAllowances;
        else if (capBase == CapBase.VerifiedEmissions) base = owed.verifiedEmissions;
        uint256 grams = base * bps / BPS;
        return grams < CAP_MAX ? uint64(grams) : CAP_MAX;
    }

    function _rulesOf(uint32 jurisdiction, uint16 year) internal view returns (RulesInForce) {
        return RULE_SETS.inForce(jurisdiction, year);
    }

    function _rareOf(uint32 jurisdiction, uint16 year) internal view returns (RareRules memory) {
        return RULE_SETS.rareOf(jurisdiction, year);
    }

    function _jurisdictionOf(address account) internal view returns (uint32) {
        return ACCOUNTS.jurisdictionOf(account);
    }

    function _requireOwnAccount(uint32 jurisdiction, address account) internal view {
        // An address that is no account is of jurisdiction 0, and the council has none.
        uint32 own = _jurisdictionOf(account);
        if (own == 0) revert UnknownAccount(account);
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
    }

    /// @dev Without a rule set the cap is 0, and so is what was offset. A rule set of a lower share may have left the cap under what was
    /// offset before; then the obligation can still be raised.
    function _checkCap(
        address account,
        uint16 year,
        RulesInForce rules,
        uint16 bps,
        Obligation memory previous,
        Obligation memory next,
        uint64 usedGrams
    ) private pure {
        uint64 capGrams = _shareOf(rules, bps, next);
        if (capGrams < usedGrams && capGrams < _shareOf(rules, bps, previous)) {
            revert CapBelowUsed(account, year, capGrams, usedGrams);
        }
    }
}
