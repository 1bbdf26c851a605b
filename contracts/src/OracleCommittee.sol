// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Committees} from "./Committees.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {Seat} from "./ICommittees.sol";
import {FilingStatus, IFilings, Project} from "./IFilings.sol";
import {AcceptedReport, IOracleCommittee, Report, ReportStatus, Resolution, Stretch} from "./IOracleCommittee.sol";
import {Days} from "./lib/Days.sol";

/// @title OracleCommittee
/// @notice Accepts the reports that a quorum of a jurisdiction's oracles signed, and chains them into one number line per project.
contract OracleCommittee is IOracleCommittee, Committees {
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(uint64 projectId,uint64 seq,uint32 periodStart,uint32 periodEnd,bytes32 methodologyHash,bytes32 evidenceHash,"
        "bytes32 logRoot,uint64 logSize,uint64 serialEnd,bytes32 prevDigest,uint40 validUntil,uint32 epoch)"
    );
    bytes32 private constant RESOLUTION_TYPEHASH = keccak256(
        "Resolution(uint64 projectId,uint64 seq,bytes32 digest,bool upheld,bytes32 evidenceHash,uint40 validUntil,uint32 epoch)"
    );
    /// @dev The ledger keeps grams in 56 bits: 7.2e16 g are 72 thousand million tonnes, more than the world emits in a year.
    uint64 private constant LINE_END = type(uint56).max;

    /// @dev Midnight in UTC+08:00, as a time of the UTC day that ends there.
    uint256 private constant DAY_END = 16 hours;

    IFilings public immutable FILINGS;

    mapping(uint64 projectId => uint64) private _lastSeq;
    mapping(uint64 projectId => mapping(uint64 seq => AcceptedReport)) private _reports;

    constructor(IAuthority authority, address desk, IFilings filings)
        DeskGuarded(authority, desk)
        EIP712("Puhui OracleCommittee", "1")
    {
        FILINGS = filings;
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IOracleCommittee
    /// @dev Checks go from the cheapest to the dearest: the report by itself, its committee, the report before it, the filing, the
    /// signatures.
    function submit(Report calldata report, bytes[] calldata signatures) external returns (bytes32 digest) {
        uint16 vintage = _checkPeriod(report);
        if (block.timestamp > report.validUntil) revert ReportExpired(report.validUntil, uint40(block.timestamp));

        uint32 jurisdiction = _jurisdictionOf(report.projectId);
        uint32 disputeSeconds = _requireCommittee(jurisdiction, report.epoch, signatures.length);

        uint64 serialStart = _checkNext(report);
        _checkFiling(report);
        digest = digestOf(report);
        address[] memory signers = _recover(jurisdiction, report.epoch, digest, signatures);

        uint40 finalAt = uint40(block.timestamp + disputeSeconds);
        _lastSeq[report.projectId] = report.seq;
        // Fits: `_checkNext` has compared line and log with LINE_END, and the epoch of a committee has 16 bits.
        _reports[report.projectId][report.seq] = AcceptedReport({
            digest: digest,
            serialStart: uint56(serialStart),
            serialEnd: uint56(report.serialEnd),
            logSize: uint56(report.logSize),
            periodEnd: uint24(report.periodEnd),
            finalAt: finalAt,
            status: ReportStatus.Accepted,
            epoch: uint16(report.epoch)
        });
        emit ReportAccepted(report.projectId, report.seq, digest, report, serialStart, vintage, finalAt, signers);
    }

    /// @inheritdoc IOracleCommittee
    function dispute(uint64 projectId, uint64 seq, bytes32 evidenceHash) external {
        uint32 jurisdiction = _jurisdictionOf(projectId);
        if (!_mayDispute(jurisdiction, msg.sender)) revert NotADisputer(jurisdiction, msg.sender);
        AcceptedReport storage report = _requireReport(projectId, seq);
        if (evidenceHash == bytes32(0)) revert MissingEvidence();
        if (report.status != ReportStatus.Accepted) revert NotDisputable(projectId, seq, report.status);
        if (block.timestamp >= report.finalAt) revert DisputeWindowOver(report.finalAt, uint40(block.timestamp));
        report.status = ReportStatus.Disputed;
        emit ReportDisputed(projectId, seq, report.digest, msg.sender, evidenceHash);
    }

    /// @inheritdoc IOracleCommittee
    function resolve(Resolution calldata resolution, bytes[] calldata signatures) external {
        (uint64 projectId, uint64 seq) = (resolution.projectId, resolution.seq);
        AcceptedReport memory report = _requireReport(projectId, seq);
        if (report.status != ReportStatus.Disputed) revert NotDisputed(projectId, seq, report.status);
        if (resolution.digest != report.digest) revert WrongDigest(report.digest, resolution.digest);
        if (resolution.evidenceHash == bytes32(0)) revert MissingEvidence();
        if (block.timestamp > resolution.validUntil) {
            revert ResolutionExpired(resolution.validUntil, uint40(block.timestamp));
        }
        _requireCommittee(COUNCIL, resolution.epoch, signatures.length);
        address[] memory arbiters = _recover(COUNCIL, resolution.epoch, resolutionDigestOf(resolution), signatures);
        _requireNoParty(arbiters, _jurisdictionOf(projectId), report.epoch);

        // An upheld report is not final before its window ends, nor before today.
        if (block.timestamp > report.finalAt) report.finalAt = uint40(block.timestamp);
        report.status = resolution.upheld ? ReportStatus.Upheld : ReportStatus.Overturned;
        _reports[projectId][seq] = report;
        emit ReportResolved(
            projectId,
            seq,
            report.digest,
            resolution.upheld,
            resolution.evidenceHash,
            report.finalAt,
            resolution.epoch,
            arbiters
        );
    }

    /// @inheritdoc IOracleCommittee
    function proveEquivocation(
        Report calldata first,
        bytes calldata firstSignature,
        Report calldata second,
        bytes calldata secondSignature
    ) external {
        (bytes32 firstDigest, bytes32 secondDigest) = (digestOf(first), digestOf(second));
        bool samePlace = first.projectId == second.projectId && first.seq == second.seq && first.prevDigest == second.prevDigest;
        if (!samePlace || _contentOf(first) == _contentOf(second)) revert NotEquivocation(firstDigest, secondDigest);
        address signer = _recoverOne(firstDigest, firstSignature, 0);
        address other = _recoverOne(secondDigest, secondSignature, 1);
        if (signer != other) revert SignersDiffer(signer, other);
        uint32 jurisdiction = _jurisdictionOf(first.projectId);
        // A signature for an epoch in which one has no seat never counts, so it is no lie to anybody.
        if (seatOf(jurisdiction, first.epoch, signer) == Seat.None) revert NotASigner(signer, jurisdiction, first.epoch);
        if (seatOf(jurisdiction, second.epoch, signer) == Seat.None) revert NotASigner(signer, jurisdiction, second.epoch);
        _suspend(jurisdiction, signer);
        emit SignerSuspended(jurisdiction, signer, first.projectId, first.seq, firstDigest, secondDigest, msg.sender);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IOracleCommittee
    function digestOf(Report calldata report) public view returns (bytes32) {
        // Every field of the struct is one static word, so its ABI encoding is EIP-712's.
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, report)));
    }

    /// @inheritdoc IOracleCommittee
    function resolutionDigestOf(Resolution calldata resolution) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RESOLUTION_TYPEHASH, resolution)));
    }

    /// @inheritdoc IOracleCommittee
    function reportOf(uint64 projectId, uint64 seq) external view returns (AcceptedReport memory) {
        return _requireReport(projectId, seq);
    }

    /// @inheritdoc IOracleCommittee
    function vintageOf(uint64 projectId, uint64 seq) external view returns (uint16) {
        return Days.yearOf(_requireReport(projectId, seq).periodEnd);
    }

    /// @inheritdoc IOracleCommittee
    function finalStretchOf(uint64 projectId, uint64 seq) external view returns (Stretch memory stretch) {
        AcceptedReport storage report = _reports[projectId][seq];
        if (!_isFinal(report.status, report.finalAt)) return stretch;
        return Stretch(report.serialStart, report.serialEnd, Days.yearOf(report.periodEnd));
    }

    /// @inheritdoc IOracleCommittee
    function isFinal(uint64 projectId, uint64 seq) external view returns (bool) {
        AcceptedReport storage report = _reports[projectId][seq];
        return _isFinal(report.status, report.finalAt);
    }

    /// @inheritdoc IOracleCommittee
    function lastSeq(uint64 projectId) external view returns (uint64) {
        return _lastSeq[projectId];
    }

    // ------------------------------------------------------------- internal

    /// @dev Returns the vintage, the one calendar year in which the whole period lies.
    function _checkPeriod(Report calldata report) private view returns (uint16 vintage) {
        (uint32 start, uint32 end) = (report.periodStart, report.periodEnd);
        if (start > end) revert PeriodReversed(start, end);
        if (end > type(uint24).max) revert PeriodTooLate(end, type(uint24).max);
        vintage = Days.yearOf(uint24(end));
        if (Days.yearOf(uint24(start)) != vintage) revert PeriodAcrossYears(start, end);
        // Days are those of UTC+08:00, the zone of every scheme here: a day ends at 16:00 UTC of its date.
        if (uint256(end) * 1 days + DAY_END > block.timestamp) revert PeriodNotOver(end, uint40(block.timestamp));
    }

    /// @dev The report continues the chain, the calendar, the line and the log of its project. Returns where its stretch of the line
    /// begins. Before the first report all four are zero, and day 0 of the calendar is not taken yet.
    function _checkNext(Report calldata report) private returns (uint64) {
        uint64 projectId = report.projectId;
        uint64 before = _lastSeq[projectId];
        AcceptedReport memory previous = _reports[projectId][before];
        bool supersedes = previous.status == ReportStatus.Overturned;
        // In the place of an overturned report: chained to it, but continuing from the one before it.
        uint64 seq = supersedes ? before : before + 1;
        if (report.seq != seq) revert WrongSeq(projectId, seq, report.seq);
        if (report.prevDigest != previous.digest) revert WrongPrevDigest(projectId, previous.digest, report.prevDigest);
        if (supersedes) {
            emit ReportSuperseded(projectId, seq, previous.digest, digestOf(report));
            before -= 1;
            previous = _reports[projectId][before];
        } else if (before != 0 && !_isFinal(previous.status, previous.finalAt)) {
            revert PreviousNotFinal(projectId, before);
        }
        if (before != 0 && report.periodStart <= previous.periodEnd) {
            revert PeriodOverlaps(report.periodStart, previous.periodEnd);
        }
        if (report.serialEnd <= previous.serialEnd) revert LineNotForward(previous.serialEnd, report.serialEnd);
        if (report.logSize <= previous.logSize) revert LogNotForward(previous.logSize, report.logSize);
        if (report.serialEnd > LINE_END || report.logSize > LINE_END) revert LineTooLong(report.serialEnd, report.logSize);
        return previous.serialEnd;
    }

    function _checkFiling(Report calldata report) private view {
        Project memory project = FILINGS.projectOf(report.projectId);
        if (project.status != FilingStatus.Filed) revert ProjectNotInForce(report.projectId);
        bytes32 methodologyHash = project.filing.definitionHash;
        if (report.methodologyHash != methodologyHash) revert WrongMethodology(methodologyHash, report.methodologyHash);
        if (!FILINGS.methodologyInForce(methodologyHash)) revert MethodologyNotInForce(methodologyHash);

        (uint32 first, uint32 last) = (project.filing.creditingStart, project.filing.creditingEnd);
        if (report.periodStart < first || report.periodEnd > last) {
            revert PeriodOutsideCrediting(report.periodStart, report.periodEnd, first, last);
        }
    }

    function _requireNoParty(address[] memory arbiters, uint32 jurisdiction, uint32 epoch) private view {
        for (uint256 i = 0; i < arbiters.length; ++i) {
            if (seatOf(jurisdiction, epoch, arbiters[i]) != Seat.None) revert SignerIsParty(arbiters[i], jurisdiction, epoch);
        }
    }

    function _mayDispute(uint32 jurisdiction, address caller) private view returns (bool) {
        return _sitsNow(jurisdiction, caller) || AUTHORITY.holds(jurisdiction, Role.Verifier, caller)
            || AUTHORITY.holds(jurisdiction, Role.Regulator, caller) || AUTHORITY.holds(jurisdiction, Role.Auditor, caller);
    }

    /// @dev What a report says, whatever the terms of its signature.
    function _contentOf(Report memory report) private pure returns (bytes32) {
        (report.validUntil, report.epoch) = (0, 0);
        return keccak256(abi.encode(report));
    }

    function _isFinal(ReportStatus status, uint40 finalAt) private view returns (bool) {
        return (status == ReportStatus.Accepted || status == ReportStatus.Upheld) && block.timestamp >= finalAt;
    }

    function _requireReport(uint64 projectId, uint64 seq) private view returns (AcceptedReport storage report) {
        report = _reports[projectId][seq];
        if (report.status == ReportStatus.None) revert UnknownReport(projectId, seq);
    }

    /// @dev A project's id begins with the jurisdiction that filed it; Filings gives out the ids.
    function _jurisdictionOf(uint64 projectId) private pure returns (uint32) {
        return uint32(projectId >> 32);
    }
}
