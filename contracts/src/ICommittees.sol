// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice What an address is in the committee of one epoch.
enum Seat {
    None,
    /// Its signature counts while the epoch is in office.
    Sits,
    /// It signed two reports where one is allowed: its signature counts no more.
    Suspended
}

/// @notice What a quorum of the committee in office signs, as EIP-712 typed data, to hand over to the next one.
struct EpochApproval {
    uint32 jurisdiction;
    /// The epoch that begins: one more than that of the committee in office.
    uint32 epoch;
    address[] signers;
    uint32 disputeSeconds;
    uint32 activationSeconds;
    /// Last second at which the approval counts.
    uint40 validUntil;
}

/// @title The oracle committees of the jurisdictions, epoch by epoch.
/// @notice Each jurisdiction has a committee of n = 3f + 1 signers per epoch, f >= 1, quorum q = 2f + 1; that of the network council
/// (0) are the arbiters. A new committee is decided by the Desk of its jurisdiction and takes office when a quorum of the present one
/// has signed it and the time that the present one set has passed; so neither officers nor oracles alone can put others in their
/// place. The first one takes office at once. One that has lost its keys is replaced by the council.
interface ICommittees is IDeskGuarded {
    /// @notice The Desk decided on the next committee, which may take office from `dueAt`. Ends what was proposed before.
    event CommitteeProposed(
        uint32 indexed jurisdiction,
        uint32 indexed epoch,
        address[] signers,
        uint8 quorum,
        uint32 disputeSeconds,
        uint32 activationSeconds,
        uint40 dueAt
    );
    /// @notice The quorum of the outgoing committee that approved the epoch; CommitteeSet follows.
    event EpochApproved(uint32 indexed jurisdiction, uint32 indexed epoch, address[] approvers);
    /// @notice The committee is in office; the one before is not, and nothing is proposed any more.
    event CommitteeSet(
        uint32 indexed jurisdiction,
        uint32 indexed epoch,
        address[] signers,
        uint8 quorum,
        uint32 disputeSeconds,
        uint32 activationSeconds
    );
    /// @notice The signer signed both digests for one place in the chain of a project, as `by` proved.
    event SignerSuspended(
        uint32 indexed jurisdiction,
        address indexed signer,
        uint64 projectId,
        uint64 seq,
        bytes32 firstDigest,
        bytes32 secondDigest,
        address by
    );
    event SignerReinstated(uint32 indexed jurisdiction, address indexed signer, bytes32 reasonHash);

    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice Only the network council (jurisdiction 0) replaces a committee.
    error NotCouncil(uint32 jurisdiction);
    /// @notice A committee has 4, 7, 10, ... or 31 signers: 3f + 1, so that two quorums always share an honest one.
    error InvalidCommitteeSize(uint256 size);
    /// @notice A dispute window or an activation time has at most 90 days.
    error WindowTooLong(uint32 givenSeconds, uint32 maxSeconds);
    /// @notice Signers are handed in strictly ascending, so no address stands twice.
    error SignersNotAscending(address previous, address next);
    /// @notice The signer is suspended in this jurisdiction.
    error SuspendedSigner(uint32 jurisdiction, address signer);
    error NotSuspended(uint32 jurisdiction, address signer);
    error MissingReason();
    error NoCommittee(uint32 jurisdiction);
    /// @notice The Desk decided on no committee, or on another one, for this epoch.
    error NotProposed(uint32 jurisdiction, uint32 epoch);
    error EpochNotDue(uint40 dueAt, uint40 currentTime);
    error ApprovalExpired(uint40 validUntil, uint40 currentTime);
    error WrongEpoch(uint32 expected, uint32 given);
    error WrongSignatureCount(uint256 quorum, uint256 given);
    /// @notice The signature at `index` is not 65 bytes, has a high s, or belongs to no address.
    error InvalidSignature(uint256 index);
    error NotASigner(address recovered, uint32 jurisdiction, uint32 epoch);

    /// @notice Decides on the next committee of a jurisdiction; the first one takes office at once. Through the Desk.
    /// @param disputeSeconds How long a report accepted under it waits before it is final; 0 makes it final at once.
    /// @param activationSeconds How long a committee that is to follow it waits, from the decision of the Desk.
    function setCommittee(uint32 jurisdiction, address[] calldata signers, uint32 disputeSeconds, uint32 activationSeconds)
        external;

    /// @notice Puts a committee in office at once, without the approval of the one before. Through the Desk of the council, which
    /// has the longest notice of all.
    /// @dev Warning: for a committee that has lost its keys. What the old one signed and nobody submitted is void.
    /// @param council Must be 0.
    function replaceCommittee(
        uint32 council,
        uint32 jurisdiction,
        address[] calldata signers,
        uint32 disputeSeconds,
        uint32 activationSeconds
    ) external;

    /// @notice Lets a suspended signer sign again, also in the committee in office if it sits there. Through the Desk.
    function reinstate(uint32 jurisdiction, address signer, bytes32 reasonHash) external;

    /// @notice Puts the proposed committee in office, with the signatures of a quorum of the present one. By anyone, once it is due.
    function beginEpoch(EpochApproval calldata approval, bytes[] calldata signatures) external;

    /// @notice Reverts unless exactly the quorum of the committee in office signed the digest, in ascending order of address. For
    /// contracts that take what the oracles signed; the digest must name their own EIP-712 domain.
    /// @return signers The signers, distinct.
    function requireQuorum(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (address[] memory signers);

    /// @notice The EIP-712 digest that the outgoing committee signs.
    function approvalDigestOf(EpochApproval calldata approval) external view returns (bytes32);
    /// @notice The committee in office. Reverts with NoCommittee.
    function committeeOf(uint32 jurisdiction)
        external
        view
        returns (uint32 epoch, address[] memory signers, uint8 quorum, uint32 disputeSeconds);
    /// @notice How long a committee waits that is to follow the one in office.
    function activationSecondsOf(uint32 jurisdiction) external view returns (uint32);
    /// @notice From when the proposed committee may take office, 0 if none is proposed; and the hash of its signers.
    function proposedOf(uint32 jurisdiction) external view returns (uint40 dueAt, bytes32 termsHash);
    /// @notice What the address is or was in the committee of an epoch.
    function seatOf(uint32 jurisdiction, uint32 epoch, address signer) external view returns (Seat);
    /// @notice Whether the address was a signer in that epoch, suspended or not, also a past one.
    function isSigner(uint32 jurisdiction, uint32 epoch, address signer) external view returns (bool);
    /// @notice Whether the signer is suspended in the jurisdiction, whichever epoch.
    function isSuspended(uint32 jurisdiction, address signer) external view returns (bool);
}
