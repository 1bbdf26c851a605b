// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittees} from "./ICommittees.sol";

/// @notice What the oracles sign about one period of one project, as EIP-712 typed data.
struct Report {
    uint64 projectId;
    /// 1 for the first report of a project, then one more each.
    uint64 seq;
    /// First and last day of the monitoring period, days since 1970-01-01, inside one calendar year (the vintage).
    uint32 periodStart;
    uint32 periodEnd;
    bytes32 methodologyHash;
    /// SHA-256 of the evidence package's manifest.
    bytes32 evidenceHash;
    /// RFC 6962 root of the project's whole log, this period included.
    bytes32 logRoot;
    uint64 logSize;
    /// Cumulative grams of the project after this period.
    uint64 serialEnd;
    /// Digest of the report before, zero for the first. A report in the place of an overturned one names the overturned one.
    bytes32 prevDigest;
    /// Last second at which the report may be submitted.
    uint40 validUntil;
    uint32 epoch;
}

enum ReportStatus {
    None,
    /// Final from `finalAt` on, unless it is disputed before.
    Accepted,
    /// Never final as long as the arbiters have not resolved the dispute.
    Disputed,
    /// The arbiters upheld it: final from `finalAt` on, and disputed no more.
    Upheld,
    /// The arbiters overturned it: never final. The next report takes its place.
    Overturned
}

/// @notice An accepted report as stored; the whole report is in the event `ReportAccepted`.
struct AcceptedReport {
    bytes32 digest;
    /// The line and the log end at 2^56 - 1.
    uint56 serialStart;
    uint56 serialEnd;
    uint56 logSize;
    uint24 periodEnd;
    /// From this second the report is final, if its status allows it.
    uint40 finalAt;
    ReportStatus status;
    /// Of the committee that signed it.
    uint16 epoch;
}

/// @notice What a quorum of the arbiters (the committee of jurisdiction 0) signs about a disputed report, as EIP-712 typed data.
struct Resolution {
    uint64 projectId;
    uint64 seq;
    /// Digest of the disputed report.
    bytes32 digest;
    bool upheld;
    /// SHA-256 of the arbiters' findings.
    bytes32 evidenceHash;
    /// Last second at which the resolution may be submitted.
    uint40 validUntil;
    /// Epoch of the arbiters.
    uint32 epoch;
}

/// @notice What the ledger issues of a final report: grams `serialEnd - serialStart` of the project's number line.
struct Stretch {
    uint64 serialStart;
    uint64 serialEnd;
    uint16 vintage;
}

/// @title The reports that the oracle committees agreed on.
/// @notice A report is accepted iff it is the next of its project, chained to the one before, which is final, of the current epoch,
/// not expired, its methodology and project are in force, its period is over, lies inside the crediting period and after the last one,
/// it moves the number line forward, and exactly a quorum of the committee of its jurisdiction signed it. Anyone may submit.
/// Until it is final it can be disputed, by a Verifier, Regulator or Auditor of the jurisdiction or a signer of its committee; then the
/// arbiters uphold or overturn it. In the place of an overturned report comes another one with the same number, chained to it.
interface IOracleCommittee is ICommittees {
    event ReportAccepted(
        uint64 indexed projectId,
        uint64 indexed seq,
        bytes32 indexed digest,
        Report report,
        uint64 serialStart,
        uint16 vintage,
        uint40 finalAt,
        address[] signers
    );

    event ReportDisputed(
        uint64 indexed projectId, uint64 indexed seq, bytes32 indexed digest, address by, bytes32 evidenceHash
    );
    /// @notice `finalAt` is new if it was upheld after its window, and of no meaning if it was overturned.
    event ReportResolved(
        uint64 indexed projectId,
        uint64 indexed seq,
        bytes32 indexed digest,
        bool upheld,
        bytes32 evidenceHash,
        uint40 finalAt,
        uint32 epoch,
        address[] arbiters
    );
    /// @notice An overturned report lost its place to the one that ReportAccepted tells of next.
    event ReportSuperseded(uint64 indexed projectId, uint64 indexed seq, bytes32 overturnedDigest, bytes32 digest);

    error WrongSeq(uint64 projectId, uint64 expected, uint64 given);
    error WrongPrevDigest(uint64 projectId, bytes32 expected, bytes32 given);
    error ReportExpired(uint40 validUntil, uint40 currentTime);
    error ProjectNotInForce(uint64 projectId);
    error MethodologyNotInForce(bytes32 methodologyHash);
    /// @notice The report names another methodology than the project's filing.
    error WrongMethodology(bytes32 expected, bytes32 given);
    error PeriodReversed(uint32 periodStart, uint32 periodEnd);
    error PeriodAcrossYears(uint32 periodStart, uint32 periodEnd);
    /// @notice Days are kept in 24 bits, which is the year 47,904.
    error PeriodTooLate(uint32 periodEnd, uint32 lastDay);
    /// @notice The last day of the period has not ended: acts of it may still come. A day ends at 16:00 UTC, midnight in UTC+08:00.
    error PeriodNotOver(uint32 periodEnd, uint40 currentTime);
    error PeriodOutsideCrediting(uint32 periodStart, uint32 periodEnd, uint32 creditingStart, uint32 creditingEnd);
    error PeriodOverlaps(uint32 periodStart, uint32 lastPeriodEnd);
    error LineNotForward(uint64 lastSerialEnd, uint64 serialEnd);
    error LogNotForward(uint64 lastLogSize, uint64 logSize);
    /// @notice A number line and a log end at 2^56 - 1: the ledger keeps grams in 56 bits.
    error LineTooLong(uint64 serialEnd, uint64 logSize);
    error UnknownReport(uint64 projectId, uint64 seq);
    /// @notice The report before can still be disputed, or is.
    error PreviousNotFinal(uint64 projectId, uint64 seq);
    /// @notice A dispute and a resolution name their evidence.
    error MissingEvidence();
    /// @notice A report is disputed once.
    error NotDisputable(uint64 projectId, uint64 seq, ReportStatus status);
    error DisputeWindowOver(uint40 finalAt, uint40 currentTime);
    /// @notice Neither Verifier, Regulator or Auditor of the jurisdiction nor a signer of its committee.
    error NotADisputer(uint32 jurisdiction, address caller);
    error NotDisputed(uint64 projectId, uint64 seq, ReportStatus status);
    error WrongDigest(bytes32 expected, bytes32 given);
    error ResolutionExpired(uint40 validUntil, uint40 currentTime);
    /// @notice An arbiter sat in the committee whose report is disputed.
    error SignerIsParty(address arbiter, uint32 jurisdiction, uint32 epoch);
    /// @notice The reports have different places in the chain, or say the same: other terms (`validUntil`, `epoch`) are no other report.
    error NotEquivocation(bytes32 firstDigest, bytes32 secondDigest);
    error SignersDiffer(address first, address second);

    /// @notice Submits a report with its quorum of signatures (65 bytes each, low s).
    function submit(Report calldata report, bytes[] calldata signatures) external returns (bytes32 digest);

    /// @notice Disputes the last report of a project before it is final.
    /// @dev Warning: cannot be withdrawn; only the arbiters end it.
    function dispute(uint64 projectId, uint64 seq, bytes32 evidenceHash) external;

    /// @notice Ends a dispute, with the signatures of a quorum of arbiters of whom none sat in the report's committee. By anyone.
    /// @dev Warning: final. There is no appeal on chain.
    function resolve(Resolution calldata resolution, bytes[] calldata signatures) external;

    /// @notice Suspends a signer at once who signed two reports for one place in the chain of a project. By anyone.
    function proveEquivocation(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external;

    /// @notice The EIP-712 digest that the oracles sign.
    function digestOf(Report calldata report) external view returns (bytes32);
    /// @notice The EIP-712 digest that the arbiters sign.
    function resolutionDigestOf(Resolution calldata resolution) external view returns (bytes32);
    /// @notice The accepted report. Reverts with UnknownReport.
    function reportOf(uint64 projectId, uint64 seq) external view returns (AcceptedReport memory);
    /// @notice The calendar year of the report's period. Reverts with UnknownReport.
    function vintageOf(uint64 projectId, uint64 seq) external view returns (uint16);
    /// @notice The stretch of the number line and the vintage of a final report. All zero unless the report is final.
    function finalStretchOf(uint64 projectId, uint64 seq) external view returns (Stretch memory);
    /// @notice Whether the report is accepted or upheld and its dispute window is over. False for an unknown report.
    function isFinal(uint64 projectId, uint64 seq) external view returns (bool);
    /// @notice The seq of the last report of a project, 0 for none; that report may be disputed or overturned.
    function lastSeq(uint64 projectId) external view returns (uint64);
}
