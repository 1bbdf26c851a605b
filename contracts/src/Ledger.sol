// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC165, IERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {Role} from "./IAuthority.sol";
import {Batch, Holding, ICredits, ProjectTotal} from "./ICredits.sol";
import {IERC7943MultiToken} from "./IERC7943MultiToken.sol";

/// @title Ledger
/// @notice The books of Credits: batches, holdings and sums, and the few ways in which grams leave and enter a holding.
abstract contract Ledger is ICredits, DeskGuarded, ERC165 {
    /// @dev Of an account, in one slot: mostly a developer is also who receives what is issued.
    struct Standing {
        uint64 positions;
        bool suspended;
    }

    uint32 internal constant COUNCIL = 0;

    IAccounts public immutable ACCOUNTS;

    mapping(uint256 batchId => Batch) internal _batches;
    mapping(uint256 batchId => mapping(address account => Holding)) internal _holdings;
    mapping(uint64 projectId => ProjectTotal) internal _totals;
    /// Kept because the ledger cannot list what an account holds.
    mapping(address account => Standing) private _standings;

    constructor(IAccounts accounts) {
        ACCOUNTS = accounts;
    }

    /// @dev Reads the role at every call: a revoked module is out at once.
    modifier onlyModule(Role role) {
        if (!AUTHORITY.holds(COUNCIL, role, msg.sender)) revert NotModule(role, msg.sender);
        _;
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ICredits
    function batchOf(uint256 batchId) external view returns (Batch memory) {
        return _requireBatch(batchId);
    }

    /// @inheritdoc ICredits
    function vintageOf(uint256 batchId) external view returns (uint16) {
        return _requireBatch(batchId).vintage;
    }

    /// @inheritdoc ICredits
    function totalsOf(uint64 projectId) external view returns (ProjectTotal memory) {
        return _totals[projectId];
    }

    /// @inheritdoc ICredits
    function holdingOf(address account, uint256 batchId) external view returns (Holding memory) {
        return _holdings[batchId][account];
    }

    /// @inheritdoc ICredits
    function availableOf(address account, uint256 batchId) external view returns (uint64) {
        return _available(_holdings[batchId][account]);
    }

    /// @inheritdoc ICredits
    function usableOf(address account, uint256 batchId) external view returns (uint16 vintage, bool held, uint64 available) {
        Batch storage batch = _batches[batchId];
        (vintage, held) = (batch.vintage, batch.held);
        available = _available(_holdings[batchId][account]);
    }

    /// @inheritdoc ICredits
    function isSuspended(address developer) public view returns (bool) {
        return _standings[developer].suspended;
    }

    /// @inheritdoc ICredits
    function positionsOf(address account) external view returns (uint64) {
        return _standings[account].positions;
    }

    /// @inheritdoc ICredits
    function batchIdOf(uint64 projectId, uint64 seq) public pure returns (uint256) {
        return (uint256(projectId) << 64) | seq;
    }

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        return _holdings[id][account].grams;
    }

    /// @inheritdoc IERC1155
    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids) external view returns (uint256[] memory) {
        if (accounts.length != ids.length) revert IERC1155Errors.ERC1155InvalidArrayLength(ids.length, accounts.length);
        uint256[] memory balances = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            balances[i] = balanceOf(accounts[i], ids[i]);
        }
        return balances;
    }

    /// @notice Whether `operator` is an agent of the account with the right to initiate.
    function isApprovedForAll(address account, address operator) external view returns (bool) {
        return ACCOUNTS.mayInitiate(account, operator);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC165, IERC165) returns (bool) {
        return interfaceId == type(IERC1155).interfaceId || interfaceId == type(IERC7943MultiToken).interfaceId
            || super.supportsInterface(interfaceId);
    }

    // ------------------------------------------------------------- internal

    function _setSuspended(address developer, bool suspended) internal {
        _standings[developer].suspended = suspended;
    }

    /// @dev Takes grams that nothing holds back.
    function _takeAvailable(address account, uint256 batchId, uint256 grams) internal {
        Holding storage holding = _holdings[batchId][account];
        (uint64 held, uint64 available) = _stateOf(holding);
        if (grams > available) _refuse(account, batchId, grams, held, available);
        if (grams == 0) revert ZeroGrams();
        // Fits, and does not wrap: at most what is available, and that is at most what is held.
        uint64 left;
        unchecked {
            left = held - uint64(grams);
        }
        _lower(account, holding, left);
    }

    /// @dev Takes grams that the calling module has locked. They may be frozen or recalled since; then they cannot go.
    function _takeLocked(address account, uint256 batchId, uint64 grams) internal {
        Holding storage holding = _requireHeld(account, batchId, grams);
        uint64 free = _difference(holding.grams, uint256(holding.frozen) + holding.recalled);
        if (free < grams) revert ERC7943InsufficientUnfrozenBalance(account, batchId, grams, free);
        _unlock(account, batchId, holding, grams);
        _lower(account, holding, holding.grams - grams);
    }

    /// @dev Takes what is available, then what is frozen, then, if not `sparing`, what is locked. Never what is recalled: that leaves
    /// only through the contract that counts it.
    function _takeByForce(address account, uint256 batchId, uint256 grams, bool sparing) internal {
        Holding storage holding = _requireHeld(account, batchId, grams);
        uint256 heldBack = uint256(holding.locked) + holding.recalled;
        uint64 within = _difference(holding.grams, sparing ? heldBack : holding.recalled);
        if (within < grams) revert ERC7943InsufficientUnfrozenBalance(account, batchId, grams, within);
        uint64 beyond = _difference(grams, _available(holding));
        uint64 thawed = beyond < holding.frozen ? beyond : holding.frozen;
        if (thawed != 0) {
            holding.frozen -= thawed;
            emit Frozen(account, batchId, heldBack + holding.frozen);
        }
        // Fits: at most the balance.
        _lower(account, holding, holding.grams - uint64(grams));
    }

    function _give(address account, uint256 batchId, uint64 grams) internal {
        Holding storage holding = _holdings[batchId][account];
        uint64 held = holding.grams;
        if (held == 0) _standings[account].positions += 1;
        holding.grams = held + grams;
    }

    function _unlock(address account, uint256 batchId, Holding storage holding, uint64 grams) internal {
        uint64 locked = holding.locked;
        if (locked < grams) revert InsufficientLocked(account, batchId, locked, grams);
        holding.locked = locked - grams;
        emit Unlocked(account, batchId, grams, msg.sender);
    }

    /// @dev Counts grams that were taken from a holding as cancelled, and tells.
    function _countCancelled(address account, uint256 batchId, uint64 grams, bytes32 reasonHash) internal {
        Batch storage batch = _batches[batchId];
        uint64 serialEnd = batch.serialStart + batch.issued - batch.cancelled;
        // Fits, here and in the next line: no holding exceeds what was issued, 56 bits.
        batch.cancelled += uint56(grams);
        _totals[_projectOf(batchId)].cancelled += grams;
        emit TransferSingle(msg.sender, account, address(0), batchId, grams);
        emit Cancelled(batchId, account, grams, serialEnd - grams, serialEnd, reasonHash);
    }

    /// @dev What is held, and what of it nothing holds back. All four numbers are read before the first sum, so that the optimizer reads
    /// their slot once.
    function _stateOf(Holding storage holding) internal view returns (uint64 held, uint64 available) {
        uint64 locked;
        uint64 frozen;
        uint64 recalled;
        (held, locked, frozen, recalled) = (holding.grams, holding.locked, holding.frozen, holding.recalled);
        // Cannot wrap: three numbers of 64 bits in 256, and the difference only where it is positive.
        unchecked {
            uint256 heldBack = uint256(locked) + frozen + recalled;
            available = held <= heldBack ? 0 : held - uint64(heldBack);
        }
    }

    function _available(Holding storage holding) internal view returns (uint64 available) {
        (, available) = _stateOf(holding);
    }

    function _heldBack(Holding storage holding) internal view returns (uint256) {
        return uint256(holding.locked) + holding.frozen + holding.recalled;
    }

    function _requireHeld(address account, uint256 batchId, uint256 grams) internal view returns (Holding storage holding) {
        if (grams == 0) revert ZeroGrams();
        holding = _holdings[batchId][account];
        uint64 held = holding.grams;
        if (held < grams) revert InsufficientGrams(account, batchId, held, grams);
    }

    /// @dev The account is registered and its status is not stricter than `strictest`.
    function _requireStatus(address account, AccountStatus strictest) internal view {
        _requireNotStricter(account, ACCOUNTS.statusOf(account), strictest);
    }

    function _requireBatch(uint256 batchId) internal view returns (Batch storage batch) {
        batch = _batches[batchId];
        if (batch.issued == 0) revert UnknownBatch(batchId);
    }

    /// @dev The batch exists and is not held. Both are read before the questions, so that the optimizer reads their slot once.
    function _requireFree(uint256 batchId) internal view returns (Batch storage batch) {
        batch = _batches[batchId];
        (uint56 issued, bool held) = (batch.issued, batch.held);
        if (issued == 0) revert UnknownBatch(batchId);
        if (held) revert BatchHeld(batchId);
    }

    function _requireNotStricter(address account, AccountStatus status, AccountStatus strictest) internal pure {
        if (status == AccountStatus.None || status > strictest) revert AccountNotUsable(account, uint8(status));
    }

    /// @dev `from - less`, at least 0. The result fits: callers hand in a `from` of at most a holding, or a holding's grams.
    function _difference(uint256 from, uint256 less) internal pure returns (uint64) {
        return from <= less ? 0 : uint64(from - less);
    }

    function _projectOf(uint256 batchId) internal pure returns (uint64) {
        return uint64(batchId >> 64);
    }

    function _lower(address account, Holding storage holding, uint64 left) private {
        holding.grams = left;
        if (left == 0) _standings[account].positions -= 1;
    }

    function _refuse(address account, uint256 batchId, uint256 grams, uint64 held, uint64 available) private pure {
        if (grams > held) revert InsufficientGrams(account, batchId, held, grams);
        revert ERC7943InsufficientUnfrozenBalance(account, batchId, grams, available);
    }
}
