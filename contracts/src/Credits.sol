// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority} from "./IAuthority.sol";
import {Batch, ICredits, Issue, ProjectTotal} from "./ICredits.sol";
import {IFilings, ProjectFacts} from "./IFilings.sol";
import {IOracleCommittee, Stretch} from "./IOracleCommittee.sol";
import {Ledger} from "./Ledger.sol";
import {ITransferRules} from "./ITransferRules.sol";
import {Restraints} from "./Restraints.sol";
import {Retirements} from "./Retirements.sol";

/// @title Credits
/// @notice Keeps who holds how many grams of which batch, and which serials were retired or cancelled.
/// @dev Ledger keeps the books, Retirements takes credits out for claims, Restraints holds them back; here they are issued, transferred
/// and cancelled.
contract Credits is Retirements, Restraints {
    uint256 private constant MAX_ALLOCATION_LINES = 20;
    uint256 private constant MAX_TRANSFER_LINES = 50;
    uint256 private constant MAX_ISSUES = 10;

    ITransferRules public immutable TRANSFER_RULES;
    IFilings public immutable FILINGS;
    IOracleCommittee public immutable COMMITTEE;

    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        ITransferRules transferRules,
        IFilings filings,
        IOracleCommittee committee
    ) DeskGuarded(authority, desk) Ledger(accounts) {
        TRANSFER_RULES = transferRules;
        FILINGS = filings;
        COMMITTEE = committee;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ICredits
    function issue(uint32 jurisdiction, uint64 projectId, uint64 seq, address[] calldata accounts, uint64[] calldata allocation)
        external
        throughDesk
    {
        _issue(jurisdiction, projectId, seq, accounts, allocation);
    }

    /// @inheritdoc ICredits
    function issueMany(uint32 jurisdiction, Issue[] calldata issues) external throughDesk {
        if (issues.length == 0 || issues.length > MAX_ISSUES) revert InvalidLineCount(issues.length);
        for (uint256 i = 0; i < issues.length; ++i) {
            Issue calldata one = issues[i];
            _issue(jurisdiction, one.projectId, one.seq, one.accounts, one.allocation);
        }
    }

    /// @inheritdoc ICredits
    function cancel(uint32 jurisdiction, uint256 batchId, address account, uint64 grams, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireJurisdiction(_projectOf(batchId), jurisdiction);
        // Any registered account, whatever its status.
        _requireStatus(account, AccountStatus.Closed);
        _requireFree(batchId);
        _cancel(account, batchId, grams, reasonHash);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IERC1155
    /// @dev By an agent only: an account has no key, so the account itself is never the caller.
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes calldata data) external {
        _begin(from, to, _add(0, value));
        _move(from, to, id, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        _tellTrade(from, to, data);
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        uint64 grams = 0;
        for (uint256 i = 0; i < values.length; ++i) {
            grams = _add(grams, values[i]);
        }
        _begin(from, to, grams);
        if (ids.length != values.length) revert IERC1155Errors.ERC1155InvalidArrayLength(ids.length, values.length);
        if (ids.length == 0 || ids.length > MAX_TRANSFER_LINES) revert InvalidLineCount(ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            _move(from, to, ids[i], values[i]);
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        _tellTrade(from, to, data);
    }

    /// @notice Always reverts: agents are set in Accounts.
    function setApprovalForAll(address, bool) external pure {
        revert ApprovalsNotUsed();
    }

    // ------------------------------------------------------------- internal

    function _issue(
        uint32 jurisdiction,
        uint64 projectId,
        uint64 seq,
        address[] calldata accounts,
        uint64[] calldata allocation
    ) private {
        _requireJurisdiction(projectId, jurisdiction);
        uint256 batchId = batchIdOf(projectId, seq);
        if (_batches[batchId].issued != 0) revert AlreadyIssued(batchId);
        Stretch memory stretch = COMMITTEE.finalStretchOf(projectId, seq);
        // A report moves the line forward, so only one that is not final (or unknown) ends at 0.
        if (stretch.serialEnd == 0) revert ReportNotFinal(projectId, seq);
        if (stretch.serialEnd > type(uint56).max) revert ReportTooLarge(projectId, seq, stretch.serialEnd);
        uint64 grams = stretch.serialEnd - stretch.serialStart;
        _checkAllocation(accounts, allocation, grams);
        _countIssue(projectId, grams);

        // The rest of the slot is zero: nothing is retired or cancelled yet, and the batch is not held.
        Batch storage batch = _batches[batchId];
        (uint64 serialStart, uint16 vintage) = (stretch.serialStart, stretch.vintage);
        (batch.issued, batch.serialStart, batch.vintage) = (uint56(grams), serialStart, vintage);
        _announce(batchId, stretch, accounts, allocation);
        for (uint256 i = 0; i < accounts.length; ++i) {
            (address account, uint64 share) = (accounts[i], allocation[i]);
            _requireStatus(account, AccountStatus.Restricted);
            _give(account, batchId, share);
            emit TransferSingle(msg.sender, address(0), account, batchId, share);
        }
    }

    function _announce(uint256 batchId, Stretch memory stretch, address[] calldata accounts, uint64[] calldata allocation)
        private
    {
        emit Issued(
            batchId,
            _projectOf(batchId),
            uint64(batchId),
            stretch.serialEnd - stretch.serialStart,
            stretch.serialStart,
            stretch.serialEnd,
            stretch.vintage,
            accounts,
            allocation
        );
    }

    function _countIssue(uint64 projectId, uint64 grams) private {
        ProjectFacts memory project = FILINGS.factsOf(projectId);
        if (!project.inForce) revert ProjectNotInForce(projectId);
        if (isSuspended(project.developer)) revert DeveloperSuspended(project.developer);
        ProjectTotal storage totals = _totals[projectId];
        uint256 total = uint256(totals.issued) + grams;
        if (total > project.ceilingGrams) revert CeilingExceeded(projectId, project.ceilingGrams, total);
        // Fits: at most the ceiling, a uint64.
        totals.issued = uint64(total);
    }

    /// @dev Whether the caller may move credits of one account to the other, at once.
    function _begin(address from, address to, uint64 grams) private {
        if (from == to) revert SelfTransfer(from);
        // At once, so there is nothing to wait for or to agree to: what would need it is refused.
        // slither-disable-next-line unused-return
        TRANSFER_RULES.begin(msg.sender, from, to, grams, true);
    }

    function _move(address from, address to, uint256 batchId, uint256 grams) private {
        _requireFree(batchId);
        _takeAvailable(from, batchId, grams);
        // Fits: the holding had as much.
        _give(to, batchId, uint64(grams));
    }

    function _tellTrade(address from, address to, bytes calldata data) private {
        if (data.length == 0) return;
        bytes32 referenceHash = data.length == 32 ? bytes32(data) : bytes32(0);
        if (referenceHash == bytes32(0)) revert InvalidReference(data.length);
        TRANSFER_RULES.useTrade(from, referenceHash);
        emit Traded(referenceHash, from, to);
    }

    /// @dev At most 2^64 - 1, which is more than anybody holds: what is larger is refused for want of grams.
    function _add(uint64 grams, uint256 more) private pure returns (uint64) {
        if (more > type(uint64).max - grams) return type(uint64).max;
        return grams + uint64(more);
    }

    function _checkAllocation(address[] calldata accounts, uint64[] calldata allocation, uint64 grams) private pure {
        uint256 lines = allocation.length;
        if (lines == 0 || lines > MAX_ALLOCATION_LINES || accounts.length != lines) {
            revert InvalidAllocation(accounts.length, lines);
        }
        uint256 total = 0;
        for (uint256 i = 0; i < lines; ++i) {
            if (allocation[i] == 0) revert InvalidAllocation(accounts.length, lines);
            total += allocation[i];
        }
        if (total != grams) revert AllocationSumWrong(grams, total);
    }

    function _requireJurisdiction(uint64 projectId, uint32 jurisdiction) private pure {
        uint32 own = uint32(projectId >> 32);
        if (own != jurisdiction) revert WrongJurisdiction(own, jurisdiction);
    }
}
