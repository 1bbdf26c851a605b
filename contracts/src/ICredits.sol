// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {Role} from "./IAuthority.sol";
import {IDeskGuarded} from "./IDeskGuarded.sol";
import {IERC7943MultiToken} from "./IERC7943MultiToken.sol";

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

/// @notice A batch: the credits issued from one report. One storage slot; the number line ends at 2^56 - 1.
/// @dev `issued == sum of balances + retired + cancelled`, always. The next serial to be retired is `serialStart + retired`.
struct Batch {
    uint56 issued;
    uint56 retired;
    uint56 cancelled;
    uint64 serialStart;
    /// Calendar year of the acts.
    uint16 vintage;
    /// A held batch neither moves nor retires nor locks; it can be recalled, and cancelled by a contract with
    /// Role.Corrector.
    bool held;
}

/// @notice What an account holds of a batch. One storage slot.
/// @dev Available is `grams - locked - frozen - recalled`, at least 0: freezing may reach beyond the balance, and a cancellation may
/// leave less than what is held back.
struct Holding {
    uint64 grams;
    /// Held back for a pledge, a pending transfer, a provisional offset: the sum of what the modules noted.
    uint64 locked;
    /// Held back by order of the authority, whatever the account holds.
    uint64 frozen;
    /// Found invalid, to be replaced or cancelled.
    uint64 recalled;
}

/// @notice Sums over all batches of a project. One storage slot.
struct ProjectTotal {
    uint64 issued;
    uint64 retired;
    uint64 cancelled;
}

/// @notice Grams of one batch, in a call that names several.
struct Line {
    uint256 batchId;
    uint64 grams;
}

/// @notice A final report to issue, and to whom.
struct Issue {
    uint64 projectId;
    uint64 seq;
    address[] accounts;
    uint64[] allocation;
}

/// @notice For whom and for what a module retires.
struct Retiree {
    address account;
    Purpose purpose;
    bytes32 beneficiary;
    bytes32 statementHash;
    /// The agent who asked the module.
    address by;
    /// Whether the grams are taken from what is locked.
    bool locked;
}

/// @notice A retirement, readable by any contract. One storage slot, found by its batch and its first serial, which no two share; the
/// last serial is the first + grams - 1. Number, beneficiary and statement are in the event.
struct Retirement {
    address account;
    /// Seconds since 1970-01-01, until the year 2106.
    uint32 retiredAt;
    uint56 grams;
    Purpose purpose;
}

/// @title The ledger: reduction credits as an ERC-1155 token whose unit is the gram of CO2e.
/// @notice Token id = projectId << 64 | seq of the report. Only a final report can be issued, once, whole. Holders are accounts
/// (addresses without a key); their agents act as ERC-1155 operators. Retiring consumes the next serials of the batch in order,
/// cancelling takes them from its end, so ranges can never overlap.
/// An open account sends, receives and retires; a restricted one receives and retires; a frozen or closed one does nothing.
/// Receivers are accounts, addresses derived from a hash, so none has code and the callback of ERC-1155 is never due. Refusals are
/// the errors below; of those of ERC-6093 only `ERC1155InvalidArrayLength` is used.
///
/// Of ERC-7943: `canSend` and `canReceive` speak of the account's status. `getFrozenTokens` is all that is held back: locked, frozen
/// and recalled grams together; `setFrozenTokens` sets that sum, by changing the frozen part alone. `Frozen` is emitted when the frozen
/// part changes, with the new sum; locks and recalls have events of their own. Retirement is a burn in a permissioned context: a
/// restricted account retires though it cannot send. A cancellation, which may reach what is frozen, and a forced transfer lower
/// the frozen part first, by as much as they take of it. Neither touches what is locked for somebody else or recalled; a cancellation
/// may only leave less grams than are locked.
interface ICredits is IDeskGuarded, IERC1155, IERC7943MultiToken {
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
    /// @notice One for each line. `beneficiary` is a salted commitment; `statementHash` is SHA-256 of the statement's text.
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
    /// @notice The transfer before it in this transaction was a sale; `referenceHash` is that of the exchange's trade.
    event Traded(bytes32 indexed referenceHash, address indexed from, address indexed to);
    /// @notice More grams are locked, by a module that notes for what.
    event Locked(address indexed account, uint256 indexed batchId, uint64 grams, address indexed by);
    /// @notice Fewer grams are locked: free again, or moved or retired in this transaction.
    event Unlocked(address indexed account, uint256 indexed batchId, uint64 grams, address indexed by);
    event Recalled(address indexed account, uint256 indexed batchId, uint64 grams, address indexed by);
    /// @notice Fewer grams are recalled: free again, or cancelled in this transaction.
    event Unrecalled(address indexed account, uint256 indexed batchId, uint64 grams, address indexed by);
    /// @notice Nothing is issued any more for projects of the developer, or it is again.
    event SuspensionSet(address indexed developer, bool suspended, address indexed by);
    event HoldSet(uint256 indexed batchId, bool held, address indexed by);

    /// @notice ERC-1155 approvals are not used: agents are set in Accounts.
    error ApprovalsNotUsed();
    error UnknownBatch(uint256 batchId);
    /// @notice The batch is under investigation: nothing of it moves, retires or is locked.
    error BatchHeld(uint256 batchId);
    error HoldUnchanged(uint256 batchId, bool held);
    error AlreadyIssued(uint256 batchId);
    error ReportNotFinal(uint64 projectId, uint64 seq);
    /// @notice The report reaches beyond the end of the number line, 2^56 - 1.
    error ReportTooLarge(uint64 projectId, uint64 seq, uint64 serialEnd);
    /// @notice The project, or its methodology, is suspended or withdrawn.
    error ProjectNotInForce(uint64 projectId);
    error WrongJurisdiction(uint32 objectJurisdiction, uint32 jurisdiction);
    /// @notice More would be issued for the project than its filing allows.
    error CeilingExceeded(uint64 projectId, uint64 ceilingGrams, uint256 totalGrams);
    /// @notice The allocation is empty, its lists differ in length, has a zero line, or is longer than 20 lines.
    error InvalidAllocation(uint256 accounts, uint256 lines);
    /// @notice The developer has to make good for invalidated grams first; see IInvalidations.
    error DeveloperSuspended(address developer);
    error SuspensionUnchanged(address developer, bool suspended);
    error AllocationSumWrong(uint64 reportGrams, uint256 allocatedGrams);
    /// @notice The account's status does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    /// @notice The caller is no agent of the account with the right to initiate.
    error NotAgent(address account, address caller);
    /// @notice A transfer moves 1 to 50 batches, a bulk issue has 1 to 10 reports, a bulk retirement 1 to 100 lines.
    error InvalidLineCount(uint256 lines);
    /// @notice Sender and receiver are one account: nothing would move.
    error SelfTransfer(address account);
    /// @notice The data of a transfer is empty (a gift) or the 32 bytes of a trade's hash, which is not zero (a sale).
    error InvalidReference(uint256 length);
    error ZeroGrams();
    error InsufficientGrams(address account, uint256 batchId, uint256 heldGrams, uint256 wantedGrams);
    error InsufficientLocked(address account, uint256 batchId, uint64 lockedGrams, uint64 wantedGrams);
    error InsufficientRecalled(address account, uint256 batchId, uint64 recalledGrams, uint64 wantedGrams);
    /// @notice The amount contains what is locked and recalled, and at most 2^56 - 1 beside it: no batch has more.
    error InvalidFrozenAmount(address account, uint256 batchId, uint256 amount, uint256 least);
    error FrozenUnchanged(address account, uint256 batchId, uint256 amount);
    /// @notice None is no purpose, and ComplianceOffset only through the Compliance module.
    error InvalidPurpose(Purpose purpose);
    /// @notice The caller is no contract with that role in jurisdiction 0.
    error NotModule(Role role, address caller);
    /// @notice No retirement of the batch begins with this serial.
    error UnknownRetirement(uint256 batchId, uint56 serialStart);
    error MissingReason();

    /// @notice Issues the batch of a final report to the accounts of the allocation, whose sum is the report's grams: those of the
    /// developer, of a buffer share, of a benefit share. Through the Desk.
    function issue(uint32 jurisdiction, uint64 projectId, uint64 seq, address[] calldata accounts, uint64[] calldata allocation)
        external;
    /// @notice Issues up to 10 batches of one jurisdiction, all or none. Through the Desk.
    function issueMany(uint32 jurisdiction, Issue[] calldata issues) external;
    /// @notice Cancels grams of an account's holding, from the end of the batch's line. Through the Desk. Works on a frozen account,
    /// and on frozen or locked grams too: what is invalid must be cancellable wherever it lies. Not on a held batch, whose holdings are
    /// being counted, nor on recalled grams, which leave through Invalidations, where they are counted.
    /// @dev Warning: cannot be undone. What was locked stays locked: a pledge may then lack the grams it was given.
    /// @param jurisdiction The jurisdiction of the project.
    function cancel(uint32 jurisdiction, uint256 batchId, address account, uint64 grams, bytes32 reasonHash) external;

    /// @notice Retires grams for a claim, for ever, by an agent of the account. A suspended project does not hinder it.
    /// @dev Warning: cannot be undone.
    function retire(uint256 batchId, address account, uint64 grams, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 retirementId);
    /// @notice Retires up to 100 lines for one claim, all or none; each line is a retirement with an id of its own, counted on from
    /// the first.
    /// @dev Warning: cannot be undone.
    function retireMany(address account, Line[] calldata lines, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 firstRetirementId);
    /// @notice Retires for a claim that a contract with Role.Retirer checked, agent and purpose included; 1 to 100 lines.
    /// @dev Warning: cannot be undone.
    function retireFor(Retiree calldata retiree, Line[] calldata lines) external returns (uint64 firstRetirementId);

    /// @notice Locks available grams of an account that is open or restricted. By a contract with Role.Locker, which notes for what
    /// and unlocks no more than it noted.
    function lock(address account, uint256 batchId, uint64 grams) external;
    function unlock(address account, uint256 batchId, uint64 grams) external;
    /// @notice Moves locked grams to another account, under the rules of status of a transfer. By a contract with Role.Locker.
    function moveLocked(address from, address to, uint256 batchId, uint64 grams) external;
    /// @notice The same whatever the status of the sender: for what was decided through the Desk. By a contract with Role.Locker.
    function seizeLocked(address from, address to, uint256 batchId, uint64 grams) external;

    /// @notice Cancels as `cancel` does, from what is recalled if `recalled`. By a contract with Role.Corrector.
    /// @dev Warning: cannot be undone.
    function cancelFor(address account, uint256 batchId, uint64 grams, bytes32 reasonHash, bool recalled) external;
    /// @notice Holds back grams found invalid, also locked or frozen ones. By a contract with Role.Corrector.
    function recall(address account, uint256 batchId, uint64 grams) external;
    function unrecall(address account, uint256 batchId, uint64 grams) external;
    /// @notice Holds a batch, or ends it. By a contract with Role.Corrector.
    function setHold(uint256 batchId, bool held) external;
    /// @notice Stops issues for the projects of a developer, or lets them go on. By a contract with Role.Corrector.
    function setSuspended(address developer, bool suspended) external;

    /// @notice The batch. Reverts with UnknownBatch.
    function batchOf(uint256 batchId) external view returns (Batch memory);
    /// @notice The calendar year of the acts behind a batch. Reverts with UnknownBatch.
    function vintageOf(uint256 batchId) external view returns (uint16);
    /// @notice The retirement that begins with this serial. Reverts with UnknownRetirement. Those of a batch follow each other without
    /// a gap: the first begins with the batch, the next where it ends, until what is retired of the batch is reached.
    function retirementOf(uint256 batchId, uint56 serialStart) external view returns (Retirement memory);
    function retirementCount() external view returns (uint64);
    /// @notice Sums of a project; zero for one that was never issued.
    function totalsOf(uint64 projectId) external view returns (ProjectTotal memory);
    function holdingOf(address account, uint256 batchId) external view returns (Holding memory);
    /// @notice Whether issues for the projects of a developer are stopped.
    function isSuspended(address developer) external view returns (bool);
    /// @notice Grams that may be transferred, retired or locked, where the batch is not held.
    function availableOf(address account, uint256 batchId) external view returns (uint64);
    /// @notice What the rules of offsets ask of a batch and its holder: vintage, 0 if there is no such batch, whether it is held, and
    /// what of it is available to the account.
    function usableOf(address account, uint256 batchId) external view returns (uint16 vintage, bool held, uint64 available);
    /// @notice Number of batches of which the account holds any; a closed account must hold none.
    function positionsOf(address account) external view returns (uint64);
    function batchIdOf(uint64 projectId, uint64 seq) external pure returns (uint256);
}
