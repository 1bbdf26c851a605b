// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {Batch, ICredits, Purpose, Retirement} from "./ICredits.sol";
import {IFilings} from "./IFilings.sol";
import {IOracleCommittee, Stretch} from "./IOracleCommittee.sol";

/// @title Credits
/// @notice Keeps who holds how many grams of which batch, and which serials were retired or cancelled.
contract Credits is ICredits, DeskGuarded, ERC1155 {
    uint256 private constant MAX_ALLOCATION_LINES = 20;
    uint256 private constant MAX_TRANSFER_LINES = 50;
    uint32 private constant COUNCIL = 0;

    IAccounts public immutable ACCOUNTS;
    IFilings public immutable FILINGS;
    IOracleCommittee public immutable COMMITTEE;

    mapping(uint256 batchId => Batch) private _batches;
    mapping(uint64 retirementId => Retirement) private _retirements;
    mapping(uint64 projectId => uint64) private _issuedOfProject;
    /// Sum of an account's balances over all batches, kept because the ledger cannot list them.
    mapping(address account => uint256) private _holdings;
    uint64 private _retirementCount;

    constructor(IAuthority authority, address desk, IAccounts accounts, IFilings filings, IOracleCommittee committee)
        DeskGuarded(authority, desk)
        ERC1155("")
    {
        ACCOUNTS = accounts;
        FILINGS = filings;
        COMMITTEE = committee;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ICredits
    function issue(uint32 jurisdiction, uint64 projectId, uint64 seq, address[] calldata accounts, uint64[] calldata allocation)
        external
        throughDesk
    {
        _requireJurisdiction(projectId, jurisdiction);
        uint256 batchId = batchIdOf(projectId, seq);
        if (_batches[batchId].issued != 0) revert AlreadyIssued(batchId);
        Stretch memory stretch = COMMITTEE.finalStretchOf(projectId, seq);
        // A report moves the line forward, so only one that is not final (or unknown) ends at 0.
        if (stretch.serialEnd == 0) revert ReportNotFinal(projectId, seq);
        uint64 grams = stretch.serialEnd - stretch.serialStart;
        _checkAllocation(accounts, allocation, grams);
        _countIssue(projectId, grams);

        _batches[batchId] = Batch({issued: grams, retired: 0, cancelled: 0, serialStart: stretch.serialStart});
        _announce(batchId, stretch, accounts, allocation);
        for (uint256 i = 0; i < accounts.length; ++i) {
            _move(address(0), accounts[i], batchId, allocation[i]);
        }
    }

    /// @inheritdoc ICredits
    function cancel(uint32 jurisdiction, uint256 batchId, address account, uint64 grams, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireJurisdiction(_projectOf(batchId), jurisdiction);
        if (reasonHash == bytes32(0)) revert MissingReason();
        // Any registered account, whatever its status.
        _requireStatus(account, AccountStatus.Closed);
        Batch storage batch = _requireBatch(batchId);

        uint64 serialEnd = batch.serialStart + batch.issued - batch.cancelled;
        _move(account, address(0), batchId, grams);
        batch.cancelled += grams;
        emit Cancelled(batchId, account, grams, serialEnd - grams, serialEnd, reasonHash);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ICredits
    function retire(uint256 batchId, address account, uint64 grams, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 retirementId)
    {
        _requireAgent(account);
        if (purpose == Purpose.None || purpose == Purpose.ComplianceOffset) revert InvalidPurpose(purpose);
        (uint64 id, uint64 serialStart) = _retire(batchId, account, grams, purpose, 0);
        emit Retired(id, batchId, account, serialStart, grams, purpose, beneficiary, statementHash, msg.sender);
        return id;
    }

    /// @inheritdoc ICredits
    function retireForOffset(
        uint256 batchId,
        address account,
        uint64 grams,
        bytes32 beneficiary,
        bytes32 statementHash,
        address by,
        uint32 moduleNote
    ) external returns (uint64 retirementId) {
        if (!AUTHORITY.holds(COUNCIL, Role.Module, msg.sender)) revert NotModule(msg.sender);
        Purpose purpose = Purpose.ComplianceOffset;
        (uint64 id, uint64 serialStart) = _retire(batchId, account, grams, purpose, moduleNote);
        emit Retired(id, batchId, account, serialStart, grams, purpose, beneficiary, statementHash, by);
        return id;
    }

    /// @inheritdoc ERC1155
    /// @dev By an agent only: an account has no key, so the account itself is never the caller.
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes memory data) public override {
        _requireAgent(from);
        _safeTransferFrom(from, to, id, value, data);
    }

    /// @inheritdoc ERC1155
    function safeBatchTransferFrom(address from, address to, uint256[] memory ids, uint256[] memory values, bytes memory data)
        public
        override
    {
        _requireAgent(from);
        _safeBatchTransferFrom(from, to, ids, values, data);
    }

    /// @notice Always reverts: agents are set in Accounts.
    function setApprovalForAll(address, bool) public pure override {
        revert ApprovalsNotUsed();
    }

    // ---------------------------------------------------------------- views

    /// @notice Whether `operator` is an agent of the account with the right to initiate.
    function isApprovedForAll(address account, address operator) public view override returns (bool) {
        return ACCOUNTS.mayInitiate(account, operator);
    }

    /// @inheritdoc ICredits
    function batchExists(uint256 batchId) external view returns (bool) {
        return _batches[batchId].issued != 0;
    }

    /// @inheritdoc ICredits
    function batchOf(uint256 batchId) external view returns (Batch memory) {
        return _requireBatch(batchId);
    }

    /// @inheritdoc ICredits
    function vintageOf(uint256 batchId) external view returns (uint16) {
        _requireBatch(batchId);
        return COMMITTEE.vintageOf(_projectOf(batchId), uint64(batchId));
    }

    /// @inheritdoc ICredits
    function retirementOf(uint64 retirementId) external view returns (Retirement memory retirement) {
        retirement = _retirements[retirementId];
        if (retirement.account == address(0)) revert UnknownRetirement(retirementId);
    }

    /// @inheritdoc ICredits
    function retirementCount() external view returns (uint64) {
        return _retirementCount;
    }

    /// @inheritdoc ICredits
    function issuedOfProject(uint64 projectId) external view returns (uint64) {
        return _issuedOfProject[projectId];
    }

    /// @inheritdoc ICredits
    function holdingOf(address account) external view returns (uint256) {
        return _holdings[account];
    }

    /// @inheritdoc ICredits
    function batchIdOf(uint64 projectId, uint64 seq) public pure returns (uint256) {
        return (uint256(projectId) << 64) | seq;
    }

    // ------------------------------------------------------------- internal

    /// @dev Every movement passes here: issue (`from` zero), retire and cancel (`to` zero), transfer.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);
        if (ids.length == 0 || ids.length > MAX_TRANSFER_LINES) revert InvalidLineCount(ids.length);
        if (from == to) revert SelfTransfer(from);
        if (from != address(0) && to != address(0)) _requireStatus(from, AccountStatus.Open);
        if (to != address(0)) _requireStatus(to, AccountStatus.Restricted);

        uint256 total = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            if (values[i] == 0) revert ZeroGrams();
            if (from != address(0)) {
                uint256 held = balanceOf(from, ids[i]);
                if (held < values[i]) revert InsufficientGrams(from, ids[i], held, values[i]);
            }
            total += values[i];
        }
        super._update(from, to, ids, values);
        if (from != address(0)) _holdings[from] -= total;
        if (to != address(0)) _holdings[to] += total;
    }

    /// @dev The caller emits `Retired`: here the stack has no room for all that the event says.
    function _retire(uint256 batchId, address account, uint64 grams, Purpose purpose, uint32 moduleNote)
        private
        returns (uint64 retirementId, uint64 serialStart)
    {
        _requireStatus(account, AccountStatus.Restricted);
        Batch storage batch = _requireBatch(batchId);
        _move(account, address(0), batchId, grams);

        serialStart = batch.serialStart + batch.retired;
        batch.retired += grams;
        retirementId = ++_retirementCount;
        _retirements[retirementId] = Retirement({
            projectId: _projectOf(batchId),
            seq: uint64(batchId),
            serialStart: serialStart,
            grams: grams,
            account: account,
            retiredAt: uint40(block.timestamp),
            moduleNote: moduleNote,
            purpose: purpose
        });
    }

    /// @dev Issues (`from` zero) or takes out for ever (`to` zero; the caller counts the grams as retired or cancelled). Without the
    /// callback of ERC-1155: an account is an address without code.
    function _move(address from, address to, uint256 batchId, uint64 grams) private {
        uint256[] memory ids = new uint256[](1);
        uint256[] memory values = new uint256[](1);
        (ids[0], values[0]) = (batchId, grams);
        _update(from, to, ids, values);
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
        if (!FILINGS.projectInForce(projectId)) revert ProjectNotInForce(projectId);
        uint64 ceilingGrams = FILINGS.ceilingOf(projectId);
        uint256 total = uint256(_issuedOfProject[projectId]) + grams;
        if (total > ceilingGrams) revert CeilingExceeded(projectId, ceilingGrams, total);
        // Fits: at most the ceiling, a uint64.
        _issuedOfProject[projectId] = uint64(total);
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

    function _requireAgent(address account) private view {
        if (!isApprovedForAll(account, msg.sender)) revert NotAgent(account, msg.sender);
    }

    /// @dev The account is registered and its status is not stricter than `strictest`.
    function _requireStatus(address account, AccountStatus strictest) private view {
        AccountStatus status = ACCOUNTS.statusOf(account);
        if (status == AccountStatus.None || status > strictest) revert AccountNotUsable(account, uint8(status));
    }

    function _requireBatch(uint256 batchId) private view returns (Batch storage batch) {
        batch = _batches[batchId];
        if (batch.issued == 0) revert UnknownBatch(batchId);
    }

    function _requireJurisdiction(uint64 projectId, uint32 jurisdiction) private pure {
        uint32 own = uint32(projectId >> 32);
        if (own != jurisdiction) revert WrongJurisdiction(own, jurisdiction);
    }

    function _projectOf(uint256 batchId) private pure returns (uint64) {
        return uint64(batchId >> 64);
    }
}
