// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {ICredits, Line} from "./ICredits.sol";
import {ITransferRules} from "./ITransferRules.sol";
import {ITransfers, Transfer, TransferKind, TransferState} from "./ITransfers.sol";

/// @title Keeps pending transfers and executes them when all that they need has happened.
/// @notice See ITransfers.
contract Transfers is ITransfers {
    /// @dev A line in one slot: a batch id has 128 bits, projectId << 64 | seq.
    struct StoredLine {
        uint128 batchId;
        uint64 grams;
    }

    uint8 private constant INITIATE = 1;
    uint8 private constant APPROVE = 2;
    uint8 private constant DUAL_CONTROL = 1;
    uint8 private constant CONFIRMS_RECEIPTS = 2;
    uint256 private constant LINES_MAX = 50;
    /// @inheritdoc ITransfers
    uint40 public constant EXPIRY_SECONDS = 30 days;

    /// @inheritdoc ITransfers
    IAccounts public immutable ACCOUNTS;
    /// @inheritdoc ITransfers
    ITransferRules public immutable RULES;
    /// @inheritdoc ITransfers
    ICredits public immutable CREDITS;

    /// @inheritdoc ITransfers
    uint64 public transferCount;
    mapping(uint64 transferId => Transfer) private _transfers;
    mapping(uint64 transferId => StoredLine[]) private _lines;

    constructor(IAccounts accounts, ITransferRules rules, ICredits credits) {
        ACCOUNTS = accounts;
        RULES = rules;
        CREDITS = credits;
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ITransfers
    function initiate(address from, address to, Line[] calldata lines, TransferKind kind, bytes32 referenceHash)
        external
        returns (uint64 transferId)
    {
        if (from == to) revert SelfTransfer(from);
        bool fits = kind == TransferKind.None ? false : (kind == TransferKind.Sale) == (referenceHash != 0);
        if (!fits) revert InvalidTrade(kind, referenceHash);
        uint64 grams = _sumOf(lines);
        // Who must agree is asked when it is executed; what counts now is whether it may begin, and how long it waits.
        // slither-disable-next-line unused-return
        (uint32 waitSeconds,,) = RULES.begin(msg.sender, from, to, grams, false);
        if (kind == TransferKind.Sale) RULES.useTrade(from, referenceHash);

        transferId = ++transferCount;
        // A block's time fits 40 bits until the year 36812.
        uint40 executableAt = uint40(block.timestamp) + waitSeconds;
        _transfers[transferId] = Transfer({
            from: from,
            executableAt: executableAt,
            state: TransferState.Pending,
            to: to,
            accepted: false,
            initiator: msg.sender,
            approver: address(0)
        });
        emit TransferInitiated(transferId, from, to, kind, referenceHash, lines, executableAt, msg.sender);
        _lock(transferId, from, lines);
    }

    /// @inheritdoc ITransfers
    function approve(uint64 transferId) external {
        Transfer storage transfer = _requireLive(transferId);
        address from = transfer.from;
        if (ACCOUNTS.rightsOf(from, msg.sender) & APPROVE == 0) revert NotApprover(from, msg.sender);
        if (msg.sender == transfer.initiator) revert ApproverIsInitiator(transferId, msg.sender);
        bool needed = transfer.approver == address(0) && ACCOUNTS.flagsOf(from) & DUAL_CONTROL != 0;
        if (!needed) revert NothingToApprove(transferId);
        transfer.approver = msg.sender;
        emit TransferApproved(transferId, msg.sender);
    }

    /// @inheritdoc ITransfers
    function accept(uint64 transferId) external {
        Transfer storage transfer = _requireLive(transferId);
        _requireReceiver(transferId, transfer);
        transfer.accepted = true;
        emit TransferAccepted(transferId, msg.sender);
    }

    /// @inheritdoc ITransfers
    function refuse(uint64 transferId) external {
        Transfer storage transfer = _requirePending(transferId);
        _requireReceiver(transferId, transfer);
        _release(transferId, transfer, TransferState.Refused);
        emit TransferRefused(transferId, msg.sender);
    }

    /// @inheritdoc ITransfers
    function execute(uint64 transferId) external {
        Transfer storage stored = _requireLive(transferId);
        Transfer memory transfer = stored;
        if (block.timestamp < transfer.executableAt) {
            revert TooEarly(transferId, transfer.executableAt, uint40(block.timestamp));
        }
        _requireAgreed(transferId, transfer);

        stored.state = TransferState.Executed;
        StoredLine[] memory lines = _lines[transferId];
        for (uint256 i = 0; i < lines.length; ++i) {
            CREDITS.moveLocked(transfer.from, transfer.to, lines[i].batchId, lines[i].grams);
        }
        emit TransferExecuted(transferId, msg.sender);
    }

    /// @inheritdoc ITransfers
    function cancel(uint64 transferId) external {
        Transfer storage transfer = _requirePending(transferId);
        address from = transfer.from;
        if (ACCOUNTS.rightsOf(from, msg.sender) & (INITIATE | APPROVE) == 0) revert NotAgent(from, msg.sender);
        _release(transferId, transfer, TransferState.Cancelled);
        emit TransferCancelled(transferId, msg.sender);
    }

    /// @inheritdoc ITransfers
    function expire(uint64 transferId) external {
        Transfer storage transfer = _requirePending(transferId);
        uint40 expiresAt = transfer.executableAt + EXPIRY_SECONDS;
        if (block.timestamp < expiresAt) revert NotExpired(transferId, expiresAt, uint40(block.timestamp));
        _release(transferId, transfer, TransferState.Expired);
        emit TransferExpired(transferId, msg.sender);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ITransfers
    function transferOf(uint64 transferId) external view returns (Transfer memory) {
        return _requireKnown(transferId);
    }

    /// @inheritdoc ITransfers
    function linesOf(uint64 transferId) external view returns (Line[] memory lines) {
        _requireKnown(transferId);
        StoredLine[] memory stored = _lines[transferId];
        lines = new Line[](stored.length);
        for (uint256 i = 0; i < stored.length; ++i) {
            lines[i] = Line(stored[i].batchId, stored[i].grams);
        }
    }

    // ------------------------------------------------------------- internal

    // The ledger is a contract of the register, fixed for ever, and does not call back.
    // slither-disable-next-line reentrancy-no-eth
    function _lock(uint64 transferId, address from, Line[] calldata lines) private {
        for (uint256 i = 0; i < lines.length; ++i) {
            CREDITS.lock(from, lines[i].batchId, lines[i].grams);
            // Fits: the ledger locks only what it knows, and its ids have 128 bits.
            _lines[transferId].push(StoredLine(uint128(lines[i].batchId), lines[i].grams));
        }
    }

    /// @dev Decided before the ledger is called, so that nothing it does can end the transfer a second time.
    function _release(uint64 transferId, Transfer storage transfer, TransferState state) private {
        transfer.state = state;
        StoredLine[] memory lines = _lines[transferId];
        for (uint256 i = 0; i < lines.length; ++i) {
            CREDITS.unlock(transfer.from, lines[i].batchId, lines[i].grams);
        }
    }

    /// @dev All that must hold now, whatever held when it began.
    function _requireAgreed(uint64 transferId, Transfer memory transfer) private view {
        (
            AccountStatus fromStatus,
            AccountStatus toStatus,
            uint32 jurisdiction,
            uint8 agentRights,
            uint8 fromFlags,
            uint8 toFlags
        ) = ACCOUNTS.transferFacts(transfer.from, transfer.to, transfer.initiator);
        if (fromStatus != AccountStatus.Open) revert AccountNotUsable(transfer.from, uint8(fromStatus));
        bool receives = toStatus == AccountStatus.Open || toStatus == AccountStatus.Restricted;
        if (!receives) revert AccountNotUsable(transfer.to, uint8(toStatus));
        if (agentRights & INITIATE == 0) revert AgentLost(transferId, transfer.initiator);
        if (fromFlags & DUAL_CONTROL != 0) {
            if (transfer.approver == address(0)) revert ApprovalMissing(transferId);
            bool approves = ACCOUNTS.rightsOf(transfer.from, transfer.approver) & APPROVE != 0;
            if (!approves) revert AgentLost(transferId, transfer.approver);
        }
        if (toFlags & CONFIRMS_RECEIPTS != 0 && !transfer.accepted) revert AcceptanceMissing(transferId);
        if (!RULES.isWorking(jurisdiction, block.timestamp)) {
            revert OutsideWorkingHours(jurisdiction, uint40(block.timestamp));
        }
    }

    function _requireReceiver(uint64 transferId, Transfer storage transfer) private view {
        address to = transfer.to;
        if (ACCOUNTS.rightsOf(to, msg.sender) & INITIATE == 0) revert NotAgent(to, msg.sender);
        bool needed = !transfer.accepted && ACCOUNTS.flagsOf(to) & CONFIRMS_RECEIPTS != 0;
        if (!needed) revert NothingToAccept(transferId);
    }

    /// @dev Pending, and not past its time.
    function _requireLive(uint64 transferId) private view returns (Transfer storage transfer) {
        transfer = _requirePending(transferId);
        uint40 expiresAt = transfer.executableAt + EXPIRY_SECONDS;
        if (block.timestamp >= expiresAt) revert TooLate(transferId, expiresAt, uint40(block.timestamp));
    }

    function _requirePending(uint64 transferId) private view returns (Transfer storage transfer) {
        transfer = _requireKnown(transferId);
        if (transfer.state != TransferState.Pending) revert NotPending(transferId, transfer.state);
    }

    function _requireKnown(uint64 transferId) private view returns (Transfer storage transfer) {
        transfer = _transfers[transferId];
        if (transfer.state == TransferState.None) revert UnknownTransfer(transferId);
    }

    function _sumOf(Line[] calldata lines) private pure returns (uint64) {
        if (lines.length == 0 || lines.length > LINES_MAX) revert InvalidLineCount(lines.length);
        uint256 total = 0;
        for (uint256 i = 0; i < lines.length; ++i) {
            if (lines[i].grams == 0) revert ZeroGrams();
            total += lines[i].grams;
        }
        if (total > type(uint64).max) revert GramsTooLarge(total);
        return uint64(total);
    }
}
