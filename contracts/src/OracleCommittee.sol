// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority} from "./IAuthority.sol";
import {FilingStatus, IFilings, Project} from "./IFilings.sol";
import {AcceptedReport, IOracleCommittee, Report, Stretch} from "./IOracleCommittee.sol";
import {Days} from "./lib/Days.sol";

/// @title OracleCommittee
/// @notice Accepts the reports that a quorum of a jurisdiction's oracles signed, and chains them into one number line per project.
contract OracleCommittee is IOracleCommittee, DeskGuarded, EIP712 {
    /// @dev One slot. Epoch 0: no committee was ever set.
    struct Committee {
        uint32 epoch;
        uint32 disputeSeconds;
        uint8 quorum;
    }

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(uint64 projectId,uint64 seq,uint32 periodStart,uint32 periodEnd,bytes32 methodologyHash,bytes32 evidenceHash,"
        "bytes32 logRoot,uint64 logSize,uint64 serialEnd,bytes32 prevDigest,uint40 validUntil,uint32 epoch)"
    );
    uint256 private constant MIN_SIGNERS = 4;
    uint256 private constant MAX_SIGNERS = 31;
    /// @dev The ledger keeps grams in 56 bits: 7.2e16 g are 72 thousand million tonnes, more than the world emits in a year.
    uint64 private constant LINE_END = type(uint56).max;

    /// @dev Midnight in UTC+08:00, as a time of the UTC day that ends there.
    uint256 private constant DAY_END = 16 hours;

    IFilings public immutable FILINGS;

    mapping(uint32 jurisdiction => Committee) private _committees;
    mapping(uint32 jurisdiction => mapping(uint32 epoch => address[])) private _signers;
    mapping(uint32 jurisdiction => mapping(uint32 epoch => mapping(address => bool))) private _isSigner;
    mapping(uint64 projectId => uint64) private _lastSeq;
    mapping(uint64 projectId => mapping(uint64 seq => AcceptedReport)) private _reports;

    constructor(IAuthority authority, address desk, IFilings filings)
        DeskGuarded(authority, desk)
        EIP712("Puhui OracleCommittee", "1")
    {
        FILINGS = filings;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IOracleCommittee
    function setCommittee(uint32 jurisdiction, address[] calldata signers, uint32 disputeSeconds) external throughDesk {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        uint256 size = signers.length;
        // 3f + 1 only: of one signer more, two quorums of 2f + 1 could meet in the f faulty ones alone and sign two reports.
        if (size < MIN_SIGNERS || size > MAX_SIGNERS || size % 3 != 1) revert InvalidCommitteeSize(size);

        uint32 epoch = _committees[jurisdiction].epoch + 1;
        // At most 21: (31 - 1) / 3 * 2 + 1.
        uint8 quorum = uint8(2 * ((size - 1) / 3) + 1);
        _committees[jurisdiction] = Committee({epoch: epoch, disputeSeconds: disputeSeconds, quorum: quorum});
        _signers[jurisdiction][epoch] = signers;
        address previous = address(0);
        for (uint256 i = 0; i < size; ++i) {
            if (signers[i] <= previous) revert SignersNotAscending(previous, signers[i]);
            previous = signers[i];
            _isSigner[jurisdiction][epoch][previous] = true;
        }
        emit CommitteeSet(jurisdiction, epoch, signers, quorum, disputeSeconds);
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
        _reports[report.projectId][report.seq] = AcceptedReport({
            digest: digest,
            serialStart: serialStart,
            serialEnd: report.serialEnd,
            logSize: report.logSize,
            periodEnd: uint24(report.periodEnd),
            finalAt: finalAt
        });
        emit ReportAccepted(report.projectId, report.seq, digest, report, serialStart, vintage, finalAt, signers);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IOracleCommittee
    function digestOf(Report calldata report) public view returns (bytes32) {
        // Every field of the struct is one static word, so its ABI encoding is EIP-712's.
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, report)));
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
        if (!_isFinal(report)) return stretch;
        return Stretch(report.serialStart, report.serialEnd, Days.yearOf(report.periodEnd));
    }

    /// @inheritdoc IOracleCommittee
    function isFinal(uint64 projectId, uint64 seq) external view returns (bool) {
        return _isFinal(_reports[projectId][seq]);
    }

    /// @inheritdoc IOracleCommittee
    function lastSeq(uint64 projectId) external view returns (uint64) {
        return _lastSeq[projectId];
    }

    /// @inheritdoc IOracleCommittee
    function committeeOf(uint32 jurisdiction)
        external
        view
        returns (uint32 epoch, address[] memory signers, uint8 quorum, uint32 disputeSeconds)
    {
        Committee memory committee = _committees[jurisdiction];
        if (committee.epoch == 0) revert NoCommittee(jurisdiction);
        return (committee.epoch, _signers[jurisdiction][committee.epoch], committee.quorum, committee.disputeSeconds);
    }

    /// @inheritdoc IOracleCommittee
    function requireQuorum(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (address[] memory signers)
    {
        _requireCommittee(jurisdiction, epoch, signatures.length);
        return _recover(jurisdiction, epoch, digest, signatures);
    }

    /// @inheritdoc IOracleCommittee
    function isSigner(uint32 jurisdiction, uint32 epoch, address signer) external view returns (bool) {
        return _isSigner[jurisdiction][epoch][signer];
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
    function _checkNext(Report calldata report) private view returns (uint64) {
        uint64 last = _lastSeq[report.projectId];
        if (report.seq != last + 1) revert WrongSeq(report.projectId, last + 1, report.seq);

        AcceptedReport memory previous = _reports[report.projectId][last];
        if (report.prevDigest != previous.digest) {
            revert WrongPrevDigest(report.projectId, previous.digest, report.prevDigest);
        }
        if (last != 0 && report.periodStart <= previous.periodEnd) {
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

    /// @dev Returns the dispute window of the committee in office, whose epoch and quorum were met.
    function _requireCommittee(uint32 jurisdiction, uint32 epoch, uint256 signatures) private view returns (uint32) {
        Committee memory committee = _committees[jurisdiction];
        if (committee.epoch == 0) revert NoCommittee(jurisdiction);
        if (epoch != committee.epoch) revert WrongEpoch(committee.epoch, epoch);
        if (signatures != committee.quorum) revert WrongSignatureCount(committee.quorum, signatures);
        return committee.disputeSeconds;
    }

    /// @dev The signers, distinct because they ascend. The caller has checked that there are exactly as many as the quorum.
    function _recover(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        private
        view
        returns (address[] memory signers)
    {
        mapping(address => bool) storage isMember = _isSigner[jurisdiction][epoch];
        signers = new address[](signatures.length);
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, signatures[i]);
            if (fault != ECDSA.RecoverError.NoError) revert InvalidSignature(i);
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            if (!isMember[signer]) revert NotASigner(signer, jurisdiction, epoch);
            signers[i] = signer;
            previous = signer;
        }
    }

    function _isFinal(AcceptedReport storage report) private view returns (bool) {
        return report.finalAt != 0 && block.timestamp >= report.finalAt;
    }

    function _requireReport(uint64 projectId, uint64 seq) private view returns (AcceptedReport storage report) {
        report = _reports[projectId][seq];
        if (report.finalAt == 0) revert UnknownReport(projectId, seq);
    }

    /// @dev A project's id begins with the jurisdiction that filed it; Filings gives out the ids.
    function _jurisdictionOf(uint64 projectId) private pure returns (uint32) {
        return uint32(projectId >> 32);
    }
}
