// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice A pledge (质押) as stored. `grams` is what is still pledged; 0: it is over.
struct Pledge {
    address account;
    uint64 grams;
    address pledgee;
    uint40 pledgedAt;
    uint256 batchId;
}

/// @title Pledges of credits.
/// @notice The agent of an account pledges grams of a batch to another account, the pledgee; they stay where they are and are locked.
/// The pledgee's agent releases them, at once or in parts. Where the two do not agree, the authority of the pledging account's
/// jurisdiction decides through the Desk: it releases, or it seizes, which moves the grams to the pledgee whatever the status of the
/// pledging account. If the ledger cancelled pledged credits, the pledge stands and only what is there can be seized.
interface IPledges is IDeskGuarded {
    /// @notice `referenceHash` is SHA-256 of the pledge agreement.
    event Pledged(
        uint64 indexed pledgeId,
        address indexed account,
        address indexed pledgee,
        uint256 batchId,
        uint64 grams,
        bytes32 referenceHash,
        address by
    );
    /// @notice `reasonHash` is zero where the pledgee's agent `by` released, else the hash of the order.
    event PledgeReleased(uint64 indexed pledgeId, uint64 grams, uint64 gramsLeft, bytes32 reasonHash, address by);
    event PledgeSeized(uint64 indexed pledgeId, uint64 grams, uint64 gramsLeft, bytes32 reasonHash);

    error UnknownPledge(uint64 pledgeId);
    /// @notice The status of that account does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    /// @notice An account cannot pledge to itself.
    error SelfPledge(address account);
    error MissingReference();
    error MissingReason();
    error ZeroGrams();
    error PledgeTooSmall(uint64 pledgeId, uint64 pledgedGrams, uint64 wantedGrams);
    /// @notice The pledging account belongs to another jurisdiction than the one that decides.
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);

    /// @notice Pledges available grams of an open account to another account, by an agent of the first.
    function pledge(address account, address pledgee, uint256 batchId, uint64 grams, bytes32 referenceHash)
        external
        returns (uint64 pledgeId);
    /// @notice Gives pledged grams free again, by an agent of the pledgee.
    /// @dev Warning: cannot be undone but by pledging anew.
    function release(uint64 pledgeId, uint64 grams) external;
    /// @notice Gives pledged grams free again, by order. Through the Desk.
    function releaseByOrder(uint32 jurisdiction, uint64 pledgeId, uint64 grams, bytes32 reasonHash) external;
    /// @notice Moves pledged grams to the pledgee, by order. Through the Desk.
    /// @dev Warning: only another order can undo it.
    function seize(uint32 jurisdiction, uint64 pledgeId, uint64 grams, bytes32 reasonHash) external;

    /// @notice The pledge, also one that is over. Reverts with UnknownPledge.
    function pledgeOf(uint64 pledgeId) external view returns (Pledge memory);
    function pledgeCount() external view returns (uint64);
}
