// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccounts} from "./IAccounts.sol";
import {ICredits, Line} from "./ICredits.sol";
import {ITransferRules} from "./ITransferRules.sol";

enum TransferKind {
    None,
    Gift,
    /// Settles a trade of an exchange, named by its hash.
    Sale
}

enum TransferState {
    None,
    /// Begun, its grams locked; what it waits for stands in the transfer.
    Pending,
    Executed,
    /// Taken back by the sender.
    Cancelled,
    /// By the receiver.
    Refused,
    /// Not executed in time.
    Expired
}

/// @notice A pending transfer as stored. Its lines are stored apart, kind and reference are in the event.
struct Transfer {
    address from;
    uint40 executableAt;
    TransferState state;
    address to;
    /// Whether an agent of the receiver accepted it.
    bool accepted;
    /// The agent who began it. Must still be one who may initiate when it is executed.
    address initiator;
    /// The agent who approved it, 0 until then. Must still be one who may approve when it is executed.
    address approver;
}

/// @title Transfers that do not move at once.
/// @notice An agent initiates; under dual control another approves; where the receiver confirms receipts an agent of it accepts or
/// refuses; after the delay anybody executes. Until then any agent of the sender cancels. The grams are locked meanwhile: they are
/// nobody else's, and can neither be moved nor retired otherwise.
/// Status, control and agents are asked again when the transfer is executed: whoever freezes the account or takes the thief's rights
/// away in between has stopped it.
interface ITransfers {
    /// @notice It can be executed from `executableAt` on, for EXPIRY_SECONDS, when those agree whose word the accounts then ask for.
    event TransferInitiated(
        uint64 indexed transferId,
        address indexed from,
        address indexed to,
        TransferKind kind,
        bytes32 referenceHash,
        Line[] lines,
        uint40 executableAt,
        address by
    );
    event TransferApproved(uint64 indexed transferId, address by);
    event TransferAccepted(uint64 indexed transferId, address by);
    /// @notice The grams moved: the ledger tells of each line in the same transaction.
    event TransferExecuted(uint64 indexed transferId, address by);
    event TransferCancelled(uint64 indexed transferId, address by);
    event TransferRefused(uint64 indexed transferId, address by);
    event TransferExpired(uint64 indexed transferId, address by);

    error UnknownTransfer(uint64 transferId);
    /// @notice It was executed, cancelled, refused or has expired.
    error NotPending(uint64 transferId, TransferState state);
    /// @notice The caller is no agent of the account with the right that this needs.
    error NotAgent(address account, address caller);
    error NotApprover(address account, address caller);
    /// @notice Whoever began a transfer does not approve it.
    error ApproverIsInitiator(uint64 transferId, address agent);
    /// @notice The sender is not under dual control, or it was approved before.
    error NothingToApprove(uint64 transferId);
    /// @notice The receiver does not confirm receipts, or accepted it before.
    error NothingToAccept(uint64 transferId);
    error SelfTransfer(address account);
    /// @notice A transfer moves 1 to 50 batches.
    error InvalidLineCount(uint256 lines);
    error ZeroGrams();
    error GramsTooLarge(uint256 grams);
    /// @notice A sale names a trade, a gift none.
    error InvalidTrade(TransferKind kind, bytes32 referenceHash);
    error TooEarly(uint64 transferId, uint40 executableAt, uint40 now_);
    error TooLate(uint64 transferId, uint40 expiresAt, uint40 now_);
    error NotExpired(uint64 transferId, uint40 expiresAt, uint40 now_);
    error ApprovalMissing(uint64 transferId);
    error AcceptanceMissing(uint64 transferId);
    /// @notice The agent who began or approved it has the right no more. Cancel it and begin anew.
    error AgentLost(uint64 transferId, address agent);
    error AccountNotUsable(address account, uint8 status);
    error OutsideWorkingHours(uint32 jurisdiction, uint40 now_);

    /// @notice Begins a transfer and locks its grams. By an agent of the sender with the right to initiate.
    /// @param referenceHash The hash of the exchange's trade for a sale, 0 for a gift. Each seller uses a trade once, also if the transfer
    /// comes to nothing.
    function initiate(address from, address to, Line[] calldata lines, TransferKind kind, bytes32 referenceHash)
        external
        returns (uint64 transferId);

    /// @notice Approves it, by another agent of the sender with the right to approve.
    function approve(uint64 transferId) external;

    /// @notice Accepts it, by an agent of the receiver with the right to initiate.
    /// @dev Warning: cannot be taken back. The sender can still cancel.
    function accept(uint64 transferId) external;

    /// @notice Refuses it, by an agent of the receiver with the right to initiate, before it was accepted. Ends it.
    function refuse(uint64 transferId) external;

    /// @notice Moves the grams, by anyone, once it has waited and everybody needed has agreed.
    /// @dev Warning: cannot be undone.
    function execute(uint64 transferId) external;

    /// @notice Ends it, by an agent of the sender who may initiate or approve.
    function cancel(uint64 transferId) external;

    /// @notice Ends it, by anyone, when its time is over.
    function expire(uint64 transferId) external;

    function ACCOUNTS() external view returns (IAccounts);
    function RULES() external view returns (ITransferRules);
    function CREDITS() external view returns (ICredits);
    /// @notice How long a transfer can be executed, from when it could be first.
    function EXPIRY_SECONDS() external view returns (uint40);
    /// @notice Reverts with UnknownTransfer.
    function transferOf(uint64 transferId) external view returns (Transfer memory);
    /// @notice The grams of each batch. Reverts with UnknownTransfer.
    function linesOf(uint64 transferId) external view returns (Line[] memory);
    function transferCount() external view returns (uint64);
}
