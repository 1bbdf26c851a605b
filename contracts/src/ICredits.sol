// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice What a retirement is for.
enum Purpose {
    None,
    VoluntaryNeutrality,
    EventNeutrality,
    EcologicalCompensation,
    EqualReplacement,
    /// Only the Compliance module retires for this.
    ComplianceOffset,
    VoucherRedemption,
    Other
}

/// @notice A batch: the credits issued from one report. One storage slot.
/// @dev `issued == sum of balances + retired + cancelled`, always. The next serial to be retired is `serialStart + retired`.
struct Batch {
    uint64 issued;
    uint64 retired;
    uint64 cancelled;
    uint64 serialStart;
}

/// @notice A retirement as stored, two slots, readable by any contract. Beneficiary and statement are in the event.
struct Retirement {
    uint64 projectId;
    uint64 seq;
    /// First serial consumed; the last is `serialStart + grams - 1`.
    uint64 serialStart;
    uint64 grams;
    address account;
    uint40 retiredAt;
    /// What the module that retired wrote here to find again, 0 for any other purpose than ComplianceOffset. Compliance writes
    /// `year << 16 | ruleVersion`.
    uint32 moduleNote;
    Purpose purpose;
}

/// @title The ledger: reduction credits as an ERC-1155 token whose unit is the gram of CO2e.
/// @notice Token id = projectId << 64 | seq of the report. Only a final report can be issued, once, whole. Holders are accounts
/// (addresses without a key); their agents act as ERC-1155 operators. Retiring consumes the next serials of the batch in order,
/// cancelling takes them from its end, so ranges can never overlap.
/// An open account sends, receives and retires; a restricted one receives and retires; a frozen or closed one does nothing.
/// `safeTransferFrom` and `safeBatchTransferFrom` refuse with the errors below, not with those of ERC-6093, but for three cases
/// that OpenZeppelin's code refuses itself: `ERC1155InvalidReceiver` for the zero address, `ERC1155InvalidArrayLength` for lists of
/// different length, `ERC1155InsufficientBalance` for a batch that stands twice in one call and is only too small for the sum.
interface ICredits is IDeskGuarded {
    event Issued(
        uint256 indexed batchId,
        uint64 indexed projectId,
        uint64 indexed seq,
        uint64 grams,
        uint64 serialStart,
        uint64 serialEnd,
        uint16 vintage,
        address[] accounts,
        uint64[] allocation
    );
    /// @notice `beneficiary` is a salted commitment; `statementHash` is SHA-256 of the statement's text.
    event Retired(
        uint64 indexed retirementId,
        uint256 indexed batchId,
        address indexed account,
        uint64 serialStart,
        uint64 grams,
        Purpose purpose,
        bytes32 beneficiary,
        bytes32 statementHash,
        address by
    );
    event Cancelled(
        uint256 indexed batchId, address indexed account, uint64 grams, uint64 serialStart, uint64 serialEnd, bytes32 reasonHash
    );

    /// @notice ERC-1155 approvals are not used: agents are set in Accounts.
    error ApprovalsNotUsed();
    error UnknownBatch(uint256 batchId);
    error AlreadyIssued(uint256 batchId);
    error ReportNotFinal(uint64 projectId, uint64 seq);
    /// @notice The project, or its methodology, is suspended or withdrawn.
    error ProjectNotInForce(uint64 projectId);
    error WrongJurisdiction(uint32 objectJurisdiction, uint32 jurisdiction);
    /// @notice More would be issued for the project than its filing allows.
    error CeilingExceeded(uint64 projectId, uint64 ceilingGrams, uint256 totalGrams);
    /// @notice The allocation is empty, its lists differ in length, has a zero line, or is longer than 20 lines.
    error InvalidAllocation(uint256 accounts, uint256 lines);
    error AllocationSumWrong(uint64 reportGrams, uint256 allocatedGrams);
    /// @notice The account's status does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    /// @notice The caller is no agent of the account with the right to initiate.
    error NotAgent(address account, address caller);
    /// @notice A transfer moves 1 to 50 batches.
    error InvalidLineCount(uint256 lines);
    /// @notice Sender and receiver are one account: nothing would move.
    error SelfTransfer(address account);
    error ZeroGrams();
    error InsufficientGrams(address account, uint256 batchId, uint256 heldGrams, uint256 wantedGrams);
    /// @notice None is no purpose, and ComplianceOffset only through the Compliance module.
    error InvalidPurpose(Purpose purpose);
    error NotModule(address caller);
    error UnknownRetirement(uint64 retirementId);
    error MissingReason();

    /// @notice Issues the batch of a final report to the accounts of the allocation, whose sum is the report's grams. Through the Desk.
    function issue(uint32 jurisdiction, uint64 projectId, uint64 seq, address[] calldata accounts, uint64[] calldata allocation)
        external;

    /// @notice Cancels grams of an account's holding, from the end of the batch's line. Through the Desk. Works on a frozen account
    /// too: what is invalid must be cancellable wherever it lies.
    /// @dev Warning: cannot be undone.
    /// @param jurisdiction The jurisdiction of the project.
    function cancel(uint32 jurisdiction, uint256 batchId, address account, uint64 grams, bytes32 reasonHash) external;

    /// @notice Retires grams for a claim, for ever, by an agent of the account. A suspended project does not hinder it.
    /// @dev Warning: cannot be undone.
    function retire(uint256 batchId, address account, uint64 grams, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 retirementId);

    /// @notice Retires grams for an offset, by a contract that holds Role.Module in jurisdiction 0, which checked the agent itself.
    /// @param moduleNote Kept with the retirement, in what its two slots have left.
    function retireForOffset(
        uint256 batchId,
        address account,
        uint64 grams,
        bytes32 beneficiary,
        bytes32 statementHash,
        address by,
        uint32 moduleNote
    ) external returns (uint64 retirementId);

    function batchExists(uint256 batchId) external view returns (bool);
    /// @notice The batch. Reverts with UnknownBatch.
    function batchOf(uint256 batchId) external view returns (Batch memory);
    /// @notice The calendar year of the acts behind a batch. Reverts with UnknownBatch.
    function vintageOf(uint256 batchId) external view returns (uint16);
    /// @notice The retirement. Reverts with UnknownRetirement.
    function retirementOf(uint64 retirementId) external view returns (Retirement memory);
    function retirementCount() external view returns (uint64);
    /// @notice Grams ever issued for a project.
    function issuedOfProject(uint64 projectId) external view returns (uint64);
    /// @notice Grams an account holds in all batches; a closed account must hold none.
    function holdingOf(address account) external view returns (uint256);
    function batchIdOf(uint64 projectId, uint64 seq) external pure returns (uint256);
}
