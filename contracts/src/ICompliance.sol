// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "./ICredits.sol";
import {IPool} from "./IPool.sol";

/// @notice The rule that limits or refuses an offset. Order = order of checking.
enum Rule {
    /// No rule. Never in a quote: some headroom is always the smallest.
    None,
    /// No rule set is in force for the jurisdiction and year.
    NoRuleSet,
    /// The account has no obligation for the year.
    NoObligation,
    /// The authority took the account out of the scheme for the year.
    Excluded,
    /// The account is not open (or restricted).
    AccountStatus,
    BeforeOpening,
    AfterDeadline,
    /// This contract lacks the roles on the ledger that an offset needs.
    NotInstalled,
    /// The batch does not exist.
    UnknownBatch,
    /// The batch is under investigation.
    BatchHeld,
    /// The project or its methodology is not in force.
    NotInForce,
    Vintage,
    Mechanism,
    Methodology,
    /// The reductions happened inside the account's own boundary.
    OwnBoundary,
    /// The jurisdiction does not accept these credits of another one now.
    NotRecognised,
    /// The cap on offsets of this obligation.
    Cap,
    /// The cap on credits from elsewhere.
    NonLocalCap,
    /// The smallest local share would be missed, or the smaller one of preference areas by which alone it is met.
    LocalShare,
    /// What all accounts of the jurisdiction may use together, or the place in the queue for it.
    Pool,
    /// What the jurisdiction accepts of these credits in a year.
    RecognitionCap,
    /// The account has no more that is neither locked, frozen nor recalled.
    Balance,
    /// Grams must be a multiple of the granularity, and count for something after the discount.
    Granularity
}

/// @notice What may still be offset from one batch, and why not more.
/// @dev The headrooms are what each rule alone leaves, in grams of this batch, before any discount; known once no rule before Cap refuses,
/// and 2^64 - 1 where the rule does not limit.
struct Quote {
    /// The largest amount that `offset` accepts now, a multiple of the granularity; 0 if refused.
    uint64 grams;
    /// What it counts for after the discount, rounded down.
    uint64 countedGrams;
    /// The rule that binds `grams`: the first one that refuses, else the smallest headroom (of equal ones the earlier rule), but
    /// Granularity where a headroom is left that is smaller than the granularity, or counts for nothing.
    Rule binding;
    uint16 ruleVersion;
    /// Of the obligation's own jurisdiction; of one of its preference areas.
    bool local;
    bool preferred;
    /// The offset can be reversed for a while; see `reverse`.
    bool provisional;
    uint16 discountBps;
    /// The caps of the obligation, known from the rule NoObligation on: floor of base * bps / 10,000, at most 2^63 - 1.
    uint64 capGrams;
    uint64 nonLocalCapGrams;
    uint64 capHeadroom;
    uint64 nonLocalCapHeadroom;
    uint64 localShareHeadroom;
    uint64 poolHeadroom;
    uint64 recognitionHeadroom;
    uint64 balance;
}

/// @notice How one line of an offset was counted.
struct Counted {
    uint256 batchId;
    uint64 grams;
    /// After the discount; what counts against the obligation, its caps and the pool.
    uint64 countedGrams;
    bool local;
    bool preferred;
    /// Whose yearly cap the grams count against, see IRecognition; 0 for local ones.
    bytes32 termsKey;
}

/// @notice An offset that can be reversed. Its hash is stored, so who reverses it or makes it final names all of it.
struct Provisional {
    address account;
    uint16 year;
    uint16 ruleVersion;
    /// Last second at which it can be reversed.
    uint40 reversibleUntil;
    address by;
    bytes32 beneficiary;
    bytes32 statementHash;
    Counted[] lines;
}

/// @title Offsets against compliance obligations, under the rules of the jurisdiction and year.
/// @notice `offset` checks every rule, counts against every cap and takes the grams in one transaction or not at all: retired at once, or
/// locked where the rule set has a reversal window, and retired by `finalise` after it.
/// `quote` answers with the same code what may still be used and which rule binds: what it allows never reverts in the same
/// block, and one granule more always does.
interface ICompliance is IPool {
    /// @notice One for each line; the serials stand in the ledger's `Retired` with the same retirementId.
    event OffsetMade(
        uint64 indexed retirementId,
        address indexed account,
        uint16 indexed year,
        uint256 batchId,
        uint64 grams,
        uint64 countedGrams,
        bool local,
        bool preferred,
        bytes32 termsKey,
        uint16 ruleVersion,
        address by
    );
    /// @notice Counted and locked; `offset` is what `reverse` and `finalise` ask for.
    event ProvisionalOffsetMade(uint64 indexed offsetId, address indexed account, uint16 indexed year, Provisional offset);
    /// @notice The grams are free and no longer counted. `reasonHash` is 0 if by an agent.
    event OffsetReversed(
        uint64 indexed offsetId,
        address indexed account,
        uint16 indexed year,
        Provisional offset,
        bytes32 reasonHash,
        address by
    );
    /// @notice Retired and no longer provisional; one OffsetMade for each line, from `firstRetirementId` on, is in the same transaction.
    event OffsetFinalised(
        uint64 indexed offsetId,
        address indexed account,
        uint16 indexed year,
        Provisional offset,
        uint64 firstRetirementId,
        address by
    );

    /// @notice An offset has 1 to 50 lines.
    error InvalidLineCount(uint256 lines);
    /// @notice The rule that refuses, what was asked and what `quote` allows. The rule is the quote's binding one, but Granularity for
    /// an amount that is under every headroom and no multiple, or counts for nothing.
    error OffsetRefused(address account, uint16 year, uint256 batchId, Rule rule, uint64 wantedGrams, uint64 allowedGrams);
    /// @notice The rule that refuses any offset of the account, one before BeforeOpening.
    error ReservationRefused(address account, uint16 year, Rule rule);
    /// @notice There is no such provisional offset, it was reversed or made final, or the details are not those of the event.
    error NotProvisional(uint64 offsetId);
    error ReversalOver(uint64 offsetId, uint40 reversibleUntil, uint40 currentTime);
    error ReversalOpen(uint64 offsetId, uint40 reversibleUntil, uint40 currentTime);
    /// @notice Without these local grams the rest would miss the local share.
    error LocalShareMissed(uint64 offsetId, uint64 localGrams, uint64 otherGrams);

    /// @notice Offsets, by an agent of the account. Every line or none. Of the two answers one is 0.
    /// @dev Warning: cannot be undone, but where the rule set has a reversal window.
    /// @return firstRetirementId The retirement of the first line; those of the others follow on.
    /// @return offsetId The number of the provisional offset.
    function offset(address account, uint16 year, Line[] calldata lines, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 firstRetirementId, uint64 offsetId);

    /// @notice Takes a provisional offset back within its window, whole, by an agent of the account. Grams and caps are free again; a
    /// reservation of the pool that it used is not restored.
    function reverse(uint64 offsetId, Provisional memory details) external;
    /// @notice The same through the Desk, also after the window, as long as it is not final: for what should not have been offset, or
    /// whose grams were found invalid. The local share does not hinder it; where it is missed then, credits from elsewhere wait.
    function reverseByOrder(uint32 jurisdiction, uint64 offsetId, Provisional memory details, bytes32 reasonHash) external;
    /// @notice Retires the grams of a provisional offset whose window is over. By anyone.
    /// @dev Warning: cannot be undone.
    function finalise(uint64 offsetId, Provisional memory details) external returns (uint64 firstRetirementId);

    /// @notice What may still be offset from one batch, and which rule binds.
    function quote(address account, uint16 year, uint256 batchId) external view returns (Quote memory);
    /// @notice keccak256(abi.encode(details)) of a provisional offset; 0 if there is none.
    function provisionalHashOf(uint64 offsetId) external view returns (bytes32);
    function provisionalCount() external view returns (uint64);
    /// @notice Grams used under a key of recognition for the obligations of a year, before the discount.
    function recognisedGrams(bytes32 termsKey, uint16 year) external view returns (uint64);
}
