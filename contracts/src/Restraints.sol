// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "./IAccounts.sol";
import {Role} from "./IAuthority.sol";
import {Batch, Holding, ICredits} from "./ICredits.sol";
import {IERC7943MultiToken} from "./IERC7943MultiToken.sol";
import {Ledger} from "./Ledger.sol";

/// @title Restraints
/// @notice What holds credits back, and what overrides their holder: locks, freezes, recalls, holds, forced transfers. For modules, which
/// decide when; here is only what is possible.
abstract contract Restraints is Ledger {
    // ---------------------------------------------------------------- locks

    /// @inheritdoc ICredits
    function lock(address account, uint256 batchId, uint64 grams) external onlyModule(Role.Locker) {
        _requireStatus(account, AccountStatus.Restricted);
        _requireFree(batchId);
        Holding storage holding = _requireHeld(account, batchId, grams);
        uint64 available = _available(holding);
        if (available < grams) revert ERC7943InsufficientUnfrozenBalance(account, batchId, grams, available);
        holding.locked += grams;
        emit Locked(account, batchId, grams, msg.sender);
    }

    /// @inheritdoc ICredits
    function unlock(address account, uint256 batchId, uint64 grams) external onlyModule(Role.Locker) {
        if (grams == 0) revert ZeroGrams();
        _unlock(account, batchId, _holdings[batchId][account], grams);
    }

    /// @inheritdoc ICredits
    function moveLocked(address from, address to, uint256 batchId, uint64 grams) external onlyModule(Role.Locker) {
        _requireStatus(from, AccountStatus.Open);
        _moveLocked(from, to, batchId, grams);
    }

    /// @inheritdoc ICredits
    function seizeLocked(address from, address to, uint256 batchId, uint64 grams) external onlyModule(Role.Locker) {
        _moveLocked(from, to, batchId, grams);
    }

    // ---------------------------------------------------------- corrections

    /// @inheritdoc ICredits
    function cancelFor(address account, uint256 batchId, uint64 grams, bytes32 reasonHash, bool recalled)
        external
        onlyModule(Role.Corrector)
    {
        if (recalled) _unrecall(account, batchId, grams);
        _cancel(account, batchId, grams, reasonHash);
    }

    /// @inheritdoc ICredits
    function recall(address account, uint256 batchId, uint64 grams) external onlyModule(Role.Corrector) {
        if (grams == 0) revert ZeroGrams();
        Holding storage holding = _holdings[batchId][account];
        uint64 rest = _difference(holding.grams, holding.recalled);
        if (rest < grams) revert InsufficientGrams(account, batchId, rest, grams);
        holding.recalled += grams;
        emit Recalled(account, batchId, grams, msg.sender);
    }

    /// @inheritdoc ICredits
    function unrecall(address account, uint256 batchId, uint64 grams) external onlyModule(Role.Corrector) {
        _unrecall(account, batchId, grams);
    }

    /// @inheritdoc ICredits
    function setHold(uint256 batchId, bool held) external onlyModule(Role.Corrector) {
        Batch storage batch = _requireBatch(batchId);
        if (batch.held == held) revert HoldUnchanged(batchId, held);
        batch.held = held;
        emit HoldSet(batchId, held, msg.sender);
    }

    /// @inheritdoc ICredits
    function setSuspended(address developer, bool suspended) external onlyModule(Role.Corrector) {
        if (isSuspended(developer) == suspended) revert SuspensionUnchanged(developer, suspended);
        _setSuspended(developer, suspended);
        emit SuspensionSet(developer, suspended, msg.sender);
    }

    // ------------------------------------------------------------- ERC-7943

    /// @notice Moves grams that are neither locked nor recalled, frozen ones too, whatever the status of `from`. By a contract with
    /// Role.Corrector, for what was decided through the Desk.
    function forcedTransfer(address from, address to, uint256 tokenId, uint256 amount)
        external
        onlyModule(Role.Corrector)
        returns (bool result)
    {
        if (from == to) revert SelfTransfer(from);
        _requireStatus(to, AccountStatus.Restricted);
        _requireFree(tokenId);
        _takeByForce(from, tokenId, amount, true);
        // Fits: the holding had as much.
        _give(to, tokenId, uint64(amount));
        emit TransferSingle(msg.sender, from, to, tokenId, amount);
        emit ForcedTransfer(from, to, tokenId, amount);
        return true;
    }

    /// @notice Sets how much is held back in all, by changing the frozen part; also beyond the balance. By a contract with Role.Corrector.
    function setFrozenTokens(address account, uint256 tokenId, uint256 amount)
        external
        onlyModule(Role.Corrector)
        returns (bool result)
    {
        // Any registered account, whatever its status.
        _requireStatus(account, AccountStatus.Closed);
        _requireBatch(tokenId);
        Holding storage holding = _holdings[tokenId][account];
        uint256 least = uint256(holding.locked) + holding.recalled;
        if (amount < least || amount - least > type(uint56).max) {
            revert InvalidFrozenAmount(account, tokenId, amount, least);
        }
        if (holding.frozen == amount - least) revert FrozenUnchanged(account, tokenId, amount);
        holding.frozen = uint64(amount - least);
        emit Frozen(account, tokenId, amount);
        return true;
    }

    /// @inheritdoc IERC7943MultiToken
    function canSend(address account) public view returns (bool allowed) {
        return ACCOUNTS.statusOf(account) == AccountStatus.Open;
    }

    /// @inheritdoc IERC7943MultiToken
    function canReceive(address account) public view returns (bool allowed) {
        AccountStatus status = ACCOUNTS.statusOf(account);
        return status == AccountStatus.Open || status == AccountStatus.Restricted;
    }

    /// @inheritdoc IERC7943MultiToken
    function getFrozenTokens(address account, uint256 tokenId) external view returns (uint256 amount) {
        return _heldBack(_holdings[tokenId][account]);
    }

    /// @notice Whether the rules let grams move at once. As the standard asks, an amount above the balance is not their affair.
    function canTransfer(address from, address to, uint256 tokenId, uint256 amount) external view returns (bool allowed) {
        if (_batches[tokenId].held || !canSend(from) || !canReceive(to)) return false;
        Holding storage holding = _holdings[tokenId][from];
        return amount > holding.grams || amount <= _available(holding);
    }

    // ------------------------------------------------------------- internal

    /// @dev From wherever it lies.
    function _cancel(address account, uint256 batchId, uint64 grams, bytes32 reasonHash) internal {
        if (reasonHash == bytes32(0)) revert MissingReason();
        _requireBatch(batchId);
        _takeByForce(account, batchId, grams, false);
        _countCancelled(account, batchId, grams, reasonHash);
    }

    function _moveLocked(address from, address to, uint256 batchId, uint64 grams) private {
        if (from == to) revert SelfTransfer(from);
        _requireStatus(to, AccountStatus.Restricted);
        _requireFree(batchId);
        _takeLocked(from, batchId, grams);
        _give(to, batchId, grams);
        emit TransferSingle(msg.sender, from, to, batchId, grams);
    }

    function _unrecall(address account, uint256 batchId, uint64 grams) private {
        if (grams == 0) revert ZeroGrams();
        Holding storage holding = _holdings[batchId][account];
        uint64 recalled = holding.recalled;
        if (recalled < grams) revert InsufficientRecalled(account, batchId, recalled, grams);
        holding.recalled = recalled - grams;
        emit Unrecalled(account, batchId, grams, msg.sender);
    }
}
