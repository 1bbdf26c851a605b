// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {IAccounts} from "./IAccounts.sol";
import {IAuthority} from "./IAuthority.sol";
import {Holding, ICredits} from "./ICredits.sol";
import {IEnforcement} from "./IEnforcement.sol";

/// @title Enforcement
/// @notice Carries out orders against the holder of credits, decided through the Desk of the holder's jurisdiction.
contract Enforcement is IEnforcement, DeskGuarded {
    IAccounts public immutable ACCOUNTS;
    ICredits public immutable CREDITS;

    constructor(IAuthority authority, address desk, IAccounts accounts, ICredits credits) DeskGuarded(authority, desk) {
        ACCOUNTS = accounts;
        CREDITS = credits;
    }

    /// @inheritdoc IEnforcement
    function setFrozen(uint32 jurisdiction, address account, uint256 batchId, uint64 grams, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireOrder(account, jurisdiction, reasonHash);
        // The ledger's number contains what modules hold back, which may have changed since the proposal.
        Holding memory holding = CREDITS.holdingOf(account, batchId);
        uint256 others = uint256(holding.locked) + holding.recalled;
        // It answers true or reverts, as its standard says.
        // Always true; a refusal reverts.
        // slither-disable-next-line unused-return
        CREDITS.setFrozenTokens(account, batchId, others + grams);
        emit GramsFrozen(account, batchId, holding.frozen, grams, reasonHash);
    }

    /// @inheritdoc IEnforcement
    function forceTransfer(uint32 jurisdiction, address from, address to, uint256 batchId, uint64 grams, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireOrder(from, jurisdiction, reasonHash);
        // As above.
        // Always true; a refusal reverts.
        // slither-disable-next-line unused-return
        CREDITS.forcedTransfer(from, to, batchId, grams);
        emit TransferForced(from, to, batchId, grams, reasonHash);
    }

    /// @dev No open jurisdiction has code 0 and accounts, so an address that is no account fails here too.
    function _requireOrder(address account, uint32 jurisdiction, bytes32 reasonHash) private view {
        uint32 own = ACCOUNTS.jurisdictionOf(account);
        if (own == 0 || own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
        if (reasonHash == bytes32(0)) revert MissingReason();
    }
}
