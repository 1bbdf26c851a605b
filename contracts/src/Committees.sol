// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DeskGuarded} from "./DeskGuarded.sol";
import {EpochApproval, ICommittees, Seat} from "./ICommittees.sol";

/// @title Committees
/// @notice Keeps who signs for which jurisdiction in which epoch, and recovers the signers of a digest.
abstract contract Committees is ICommittees, DeskGuarded, EIP712 {
    /// @dev One slot. Epoch 0: no committee was ever set. 65,535 epochs are a new committee every day for 179 years; the counter is
    /// checked and never wraps.
    struct Committee {
        uint16 epoch;
        uint8 quorum;
        uint32 disputeSeconds;
        uint32 activationSeconds;
    }

    /// @dev Hash of everything the outgoing committee approves but the expiry; zero: nothing is proposed.
    struct Proposed {
        bytes32 termsHash;
        uint40 dueAt;
    }

    bytes32 private constant APPROVAL_TYPEHASH = keccak256(
        "EpochApproval(uint32 jurisdiction,uint32 epoch,address[] signers,uint32 disputeSeconds,uint32 activationSeconds,"
        "uint40 validUntil)"
    );
    uint32 internal constant COUNCIL = 0;
    uint256 private constant MIN_SIGNERS = 4;
    uint256 private constant MAX_SIGNERS = 31;
    uint32 private constant MAX_WINDOW_SECONDS = 90 days;

    mapping(uint32 jurisdiction => Committee) private _committees;
    mapping(uint32 jurisdiction => Proposed) private _proposed;
    mapping(uint32 jurisdiction => mapping(uint32 epoch => address[])) private _signers;
    mapping(uint32 jurisdiction => mapping(uint32 epoch => mapping(address signer => Seat))) private _seats;
    /// @dev Beside the seats, so that a suspension outlives the epoch.
    mapping(uint32 jurisdiction => mapping(address signer => bool)) private _suspended;

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ICommittees
    function setCommittee(uint32 jurisdiction, address[] calldata signers, uint32 disputeSeconds, uint32 activationSeconds)
        external
        throughDesk
    {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        Committee memory current = _committees[jurisdiction];
        Committee memory next = _checkedTerms(current.epoch, signers.length, disputeSeconds, activationSeconds);
        if (current.epoch == 0) {
            _begin(jurisdiction, next, signers);
            return;
        }
        _checkSigners(jurisdiction, signers);
        uint40 dueAt = uint40(block.timestamp + current.activationSeconds);
        _proposed[jurisdiction] = Proposed(_termsHash(jurisdiction, next, signers), dueAt);
        emit CommitteeProposed(jurisdiction, next.epoch, signers, next.quorum, disputeSeconds, activationSeconds, dueAt);
    }

    /// @inheritdoc ICommittees
    function replaceCommittee(
        uint32 council,
        uint32 jurisdiction,
        address[] calldata signers,
        uint32 disputeSeconds,
        uint32 activationSeconds
    ) external throughDesk {
        if (council != COUNCIL) revert NotCouncil(council);
        Committee memory current = _committees[jurisdiction];
        if (current.epoch == 0) revert NoCommittee(jurisdiction);
        Committee memory next = _checkedTerms(current.epoch, signers.length, disputeSeconds, activationSeconds);
        _begin(jurisdiction, next, signers);
    }

    /// @inheritdoc ICommittees
    function reinstate(uint32 jurisdiction, address signer, bytes32 reasonHash) external throughDesk {
        if (reasonHash == bytes32(0)) revert MissingReason();
        if (!_suspended[jurisdiction][signer]) revert NotSuspended(jurisdiction, signer);
        _suspended[jurisdiction][signer] = false;
        mapping(address => Seat) storage seats = _seats[jurisdiction][_committees[jurisdiction].epoch];
        if (seats[signer] == Seat.Suspended) seats[signer] = Seat.Sits;
        emit SignerReinstated(jurisdiction, signer, reasonHash);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ICommittees
    function beginEpoch(EpochApproval calldata approval, bytes[] calldata signatures) external {
        uint32 jurisdiction = approval.jurisdiction;
        Proposed memory proposed = _proposed[jurisdiction];
        Committee memory current = _committees[jurisdiction];
        Committee memory next =
            _checkedTerms(current.epoch, approval.signers.length, approval.disputeSeconds, approval.activationSeconds);
        // Two hashes are the same or they are not; nobody can come near.
        // slither-disable-next-line incorrect-equality
        bool isProposed = proposed.termsHash == _termsHash(jurisdiction, next, approval.signers);
        if (!isProposed || approval.epoch != next.epoch) revert NotProposed(jurisdiction, approval.epoch);
        if (block.timestamp < proposed.dueAt) revert EpochNotDue(proposed.dueAt, uint40(block.timestamp));
        if (block.timestamp > approval.validUntil) revert ApprovalExpired(approval.validUntil, uint40(block.timestamp));

        _requireCommittee(jurisdiction, current.epoch, signatures.length);
        address[] memory approvers = _recover(jurisdiction, current.epoch, approvalDigestOf(approval), signatures);
        emit EpochApproved(jurisdiction, next.epoch, approvers);
        _begin(jurisdiction, next, approval.signers);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ICommittees
    function requireQuorum(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        external
        view
        returns (address[] memory signers)
    {
        _requireCommittee(jurisdiction, epoch, signatures.length);
        return _recover(jurisdiction, epoch, digest, signatures);
    }

    /// @inheritdoc ICommittees
    function approvalDigestOf(EpochApproval calldata approval) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    APPROVAL_TYPEHASH,
                    approval.jurisdiction,
                    approval.epoch,
                    keccak256(abi.encodePacked(approval.signers)),
                    approval.disputeSeconds,
                    approval.activationSeconds,
                    approval.validUntil
                )
            )
        );
    }

    /// @inheritdoc ICommittees
    function committeeOf(uint32 jurisdiction)
        external
        view
        returns (uint32 epoch, address[] memory signers, uint8 quorum, uint32 disputeSeconds)
    {
        Committee memory committee = _committees[jurisdiction];
        if (committee.epoch == 0) revert NoCommittee(jurisdiction);
        return (committee.epoch, _signers[jurisdiction][committee.epoch], committee.quorum, committee.disputeSeconds);
    }

    /// @inheritdoc ICommittees
    function activationSecondsOf(uint32 jurisdiction) external view returns (uint32) {
        return _committees[jurisdiction].activationSeconds;
    }

    /// @inheritdoc ICommittees
    function proposedOf(uint32 jurisdiction) external view returns (uint40 dueAt, bytes32 termsHash) {
        Proposed memory proposed = _proposed[jurisdiction];
        return (proposed.dueAt, proposed.termsHash);
    }

    /// @inheritdoc ICommittees
    function seatOf(uint32 jurisdiction, uint32 epoch, address signer) public view returns (Seat) {
        return _seats[jurisdiction][epoch][signer];
    }

    /// @inheritdoc ICommittees
    function isSigner(uint32 jurisdiction, uint32 epoch, address signer) external view returns (bool) {
        return seatOf(jurisdiction, epoch, signer) != Seat.None;
    }

    /// @inheritdoc ICommittees
    function isSuspended(uint32 jurisdiction, address signer) external view returns (bool) {
        return _suspended[jurisdiction][signer];
    }

    // ------------------------------------------------------------- internal

    /// @dev Returns the dispute window of the committee in office, whose epoch and quorum were met.
    function _requireCommittee(uint32 jurisdiction, uint32 epoch, uint256 signatures) internal view returns (uint32) {
        Committee memory committee = _committees[jurisdiction];
        if (committee.epoch == 0) revert NoCommittee(jurisdiction);
        if (epoch != committee.epoch) revert WrongEpoch(committee.epoch, epoch);
        if (signatures != committee.quorum) revert WrongSignatureCount(committee.quorum, signatures);
        return committee.disputeSeconds;
    }

    /// @dev The signers, distinct because they ascend. The caller has checked that there are exactly as many as the quorum.
    function _recover(uint32 jurisdiction, uint32 epoch, bytes32 digest, bytes[] calldata signatures)
        internal
        view
        returns (address[] memory signers)
    {
        mapping(address => Seat) storage seats = _seats[jurisdiction][epoch];
        signers = new address[](signatures.length);
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = _recoverOne(digest, signatures[i], i);
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            Seat seat = seats[signer];
            if (seat == Seat.None) revert NotASigner(signer, jurisdiction, epoch);
            if (seat == Seat.Suspended) revert SuspendedSigner(jurisdiction, signer);
            signers[i] = signer;
            previous = signer;
        }
    }

    function _recoverOne(bytes32 digest, bytes calldata signature, uint256 index) internal pure returns (address signer) {
        ECDSA.RecoverError fault;
        // The third answer only details the fault, which is an error either way.
        // slither-disable-next-line unused-return
        (signer, fault,) = ECDSA.tryRecover(digest, signature);
        if (fault != ECDSA.RecoverError.NoError) revert InvalidSignature(index);
    }

    /// @dev Whether the address may sign now.
    function _sitsNow(uint32 jurisdiction, address signer) internal view returns (bool) {
        return _seats[jurisdiction][_committees[jurisdiction].epoch][signer] == Seat.Sits;
    }

    /// @dev From now on its signature counts in no committee of the jurisdiction.
    function _suspend(uint32 jurisdiction, address signer) internal {
        if (_suspended[jurisdiction][signer]) revert SuspendedSigner(jurisdiction, signer);
        _suspended[jurisdiction][signer] = true;
        mapping(address => Seat) storage seats = _seats[jurisdiction][_committees[jurisdiction].epoch];
        if (seats[signer] == Seat.Sits) seats[signer] = Seat.Suspended;
    }

    /// @dev A suspension since the proposal is found here too: then the Desk has to decide again.
    function _begin(uint32 jurisdiction, Committee memory next, address[] calldata signers) private {
        _checkSigners(jurisdiction, signers);
        delete _proposed[jurisdiction];
        _committees[jurisdiction] = next;
        _signers[jurisdiction][next.epoch] = signers;
        mapping(address => Seat) storage seats = _seats[jurisdiction][next.epoch];
        for (uint256 i = 0; i < signers.length; ++i) {
            seats[signers[i]] = Seat.Sits;
        }
        emit CommitteeSet(jurisdiction, next.epoch, signers, next.quorum, next.disputeSeconds, next.activationSeconds);
    }

    function _checkSigners(uint32 jurisdiction, address[] calldata signers) private view {
        address previous = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] <= previous) revert SignersNotAscending(previous, signers[i]);
            previous = signers[i];
            if (_suspended[jurisdiction][previous]) revert SuspendedSigner(jurisdiction, previous);
        }
    }

    function _checkedTerms(uint16 epoch, uint256 size, uint32 disputeSeconds, uint32 activationSeconds)
        private
        pure
        returns (Committee memory)
    {
        // 3f + 1 only: of one signer more, two quorums of 2f + 1 could meet in the f faulty ones alone and sign two reports.
        if (size < MIN_SIGNERS || size > MAX_SIGNERS || size % 3 != 1) revert InvalidCommitteeSize(size);
        if (disputeSeconds > MAX_WINDOW_SECONDS) revert WindowTooLong(disputeSeconds, MAX_WINDOW_SECONDS);
        if (activationSeconds > MAX_WINDOW_SECONDS) revert WindowTooLong(activationSeconds, MAX_WINDOW_SECONDS);
        // At most 21: (31 - 1) / 3 * 2 + 1.
        // F = (n - 1) / 3 is a floor on purpose, and n = 3f + 1 is checked.
        // slither-disable-next-line divide-before-multiply
        uint8 quorum = uint8(2 * ((size - 1) / 3) + 1);
        return Committee(epoch + 1, quorum, disputeSeconds, activationSeconds);
    }

    function _termsHash(uint32 jurisdiction, Committee memory next, address[] calldata signers) private pure returns (bytes32) {
        return keccak256(abi.encode(jurisdiction, next, signers));
    }
}
