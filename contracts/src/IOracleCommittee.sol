// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

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
    /// Digest of the report before, zero for the first.
    bytes32 prevDigest;
    /// Last second at which the report may be submitted.
    uint40 validUntil;
    uint32 epoch;
}

/// @notice An accepted report as stored; the whole report is in the event `ReportAccepted`.
struct AcceptedReport {
    bytes32 digest;
    uint64 serialStart;
    uint64 serialEnd;
    uint64 logSize;
    uint24 periodEnd;
    /// From this second the report is final.
    uint40 finalAt;
}

/// @notice What the ledger issues of a final report: grams `serialEnd - serialStart` of the project's number line.
struct Stretch {
    uint64 serialStart;
    uint64 serialEnd;
    uint16 vintage;
}

/// @title The oracle committees and the reports they agreed on.
/// @notice Each jurisdiction has a committee of n = 3f + 1 signers per epoch, f >= 1, quorum q = 2f + 1; that of the network council
/// (0) are the arbiters. A report is accepted iff it is the next of its project, chained to the one before, of the current epoch, not expired, its methodology and project
/// are in force, its period is over, lies inside the crediting period and after the last one, it moves the number line forward, and
/// exactly q distinct current signers signed it, in ascending order of address. Anyone may submit.
interface IOracleCommittee is IDeskGuarded {
    event CommitteeSet(
        uint32 indexed jurisdiction, uint32 indexed epoch, address[] signers, uint8 quorum, uint32 disputeSeconds
    );
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

    /// @notice A committee has 4, 7, 10, ... or 31 signers: 3f + 1, so that two quorums always share an honest one.
    error InvalidCommitteeSize(uint256 size);
    /// @notice Signers are handed in strictly ascending, so no address stands twice.
    error SignersNotAscending(address previous, address next);
    error NoCommittee(uint32 jurisdiction);
    error WrongSeq(uint64 projectId, uint64 expected, uint64 given);
    error WrongPrevDigest(uint64 projectId, bytes32 expected, bytes32 given);
    error WrongEpoch(uint32 expected, uint32 given);
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
    error WrongSignatureCount(uint256 quorum, uint256 given);
    /// @notice The signature at `index` is not 65 bytes, has a high s, or belongs to no address.
    error InvalidSignature(uint256 index);
    error NotASigner(address recovered, uint32 jurisdiction, uint32 epoch);
    error UnknownReport(uint64 projectId, uint64 seq);
    error UnknownJurisdiction(uint32 jurisdiction);

    /// @notice Replaces the committee of a jurisdiction and begins the next epoch. Through the Desk.
    /// @param disputeSeconds How long an accepted report waits before it is final; 0 makes it final at once.
    function setCommittee(uint32 jurisdiction, address[] calldata signers, uint32 disputeSeconds) external;

    /// @notice Submits a report with its quorum of signatures (65 bytes each, low s).
    function submit(Report calldata report, bytes[] calldata signatures) external returns (bytes32 digest);

    /// @notice The EIP-712 digest that the oracles sign.
    function digestOf(Report calldata report) external view returns (bytes32);
    /// @notice The accepted report. Reverts with UnknownReport.
    function reportOf(uint64 projectId, uint64 seq) external view returns (AcceptedReport memory);
    /// @notice The calendar year of the report's period. Reverts with UnknownReport.
    function vintageOf(uint64 projectId, uint64 seq) external view returns (uint16);
    /// @notice The stretch of the number line and the vintage of a final report. All zero unless the report is final.
    function finalStretchOf(uint64 projectId, uint64 seq) external view returns (Stretch memory);
    /// @notice Whether the report is accepted and its dispute window is over. False for an unknown report.
    function isFinal(uint64 projectId, uint64 seq) external view returns (bool);
    /// @notice The seq of the last accepted report of a project, 0 for none.
    function lastSeq(uint64 projectId) external view returns (uint64);
    /// @notice The current committee of a jurisdiction. Reverts with NoCommittee.
    function committeeOf(uint32 jurisdiction)
        external
        view
        returns (uint32 epoch, address[] memory signers, uint8 quorum, uint32 disputeSeconds);
    /// @notice Reverts unless exactly the quorum of the committee in office signed the digest, in ascending order of address. For
    /// contracts that take what the oracles signed; the digest must name their own EIP-712 domain.
    /// @return signers The signers, distinct.
    function requireQuorum(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (address[] memory signers);
    /// @notice Whether the address was a signer in that epoch, also a past one.
    function isSigner(uint32 jurisdiction, uint32 epoch, address signer) external view returns (bool);
}
