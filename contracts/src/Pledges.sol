// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority} from "./IAuthority.sol";
import {ICredits} from "./ICredits.sol";
import {IPledges, Pledge} from "./IPledges.sol";

/// @title Pledges
/// @notice Keeps which locked grams are pledged to whom, and lets them go.
contract Pledges is IPledges, DeskGuarded {
    IAccounts public immutable ACCOUNTS;
    ICredits public immutable CREDITS;

    mapping(uint64 pledgeId => Pledge) private _pledges;
    /// @inheritdoc IPledges
    uint64 public pledgeCount;

    constructor(IAuthority authority, address desk, IAccounts accounts, ICredits credits) DeskGuarded(authority, desk) {
        ACCOUNTS = accounts;
        CREDITS = credits;
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IPledges
    function pledge(address account, address pledgee, uint256 batchId, uint64 grams, bytes32 referenceHash)
        external
        returns (uint64 pledgeId)
    {
        // The jurisdiction is not needed here.
        // slither-disable-next-line unused-return
        (AccountStatus status,) = ACCOUNTS.authorise(account, msg.sender, keccak256(msg.data));
        // What is pledged may have to leave the account, so a restricted one cannot pledge.
        if (status != AccountStatus.Open) revert AccountNotUsable(account, uint8(status));
        if (account == pledgee) revert SelfPledge(account);
        _requireUsable(pledgee, ACCOUNTS.statusOf(pledgee));
        if (referenceHash == bytes32(0)) revert MissingReference();

        pledgeId = ++pledgeCount;
        _pledges[pledgeId] = Pledge(account, grams, pledgee, uint40(block.timestamp), batchId);
        // Refuses what the account does not have free.
        CREDITS.lock(account, batchId, grams);
        emit Pledged(pledgeId, account, pledgee, batchId, grams, referenceHash, msg.sender);
    }

    /// @inheritdoc IPledges
    // The contracts it calls are those of the register, fixed for ever, and none of them calls back.
    // slither-disable-next-line reentrancy-no-eth
    function release(uint64 pledgeId, uint64 grams) external {
        address pledgee = pledgeOf(pledgeId).pledgee;
        // The jurisdiction is not needed here.
        // slither-disable-next-line unused-return
        (AccountStatus status,) = ACCOUNTS.authorise(pledgee, msg.sender, keccak256(msg.data));
        _requireUsable(pledgee, status);
        _release(pledgeId, grams, bytes32(0));
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IPledges
    function releaseByOrder(uint32 jurisdiction, uint64 pledgeId, uint64 grams, bytes32 reasonHash) external throughDesk {
        _requireOrder(pledgeId, jurisdiction, reasonHash);
        _release(pledgeId, grams, reasonHash);
    }

    /// @inheritdoc IPledges
    function seize(uint32 jurisdiction, uint64 pledgeId, uint64 grams, bytes32 reasonHash) external throughDesk {
        _requireOrder(pledgeId, jurisdiction, reasonHash);
        uint64 left = _lower(pledgeId, grams);
        Pledge storage stored = _pledges[pledgeId];
        CREDITS.seizeLocked(stored.account, stored.pledgee, stored.batchId, grams);
        emit PledgeSeized(pledgeId, grams, left, reasonHash);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IPledges
    function pledgeOf(uint64 pledgeId) public view returns (Pledge memory found) {
        found = _pledges[pledgeId];
        if (found.account == address(0)) revert UnknownPledge(pledgeId);
    }

    // ------------------------------------------------------------- internal

    function _release(uint64 pledgeId, uint64 grams, bytes32 reasonHash) private {
        uint64 left = _lower(pledgeId, grams);
        Pledge storage stored = _pledges[pledgeId];
        CREDITS.unlock(stored.account, stored.batchId, grams);
        emit PledgeReleased(pledgeId, grams, left, reasonHash, msg.sender);
    }

    function _lower(uint64 pledgeId, uint64 grams) private returns (uint64 left) {
        if (grams == 0) revert ZeroGrams();
        Pledge storage stored = _pledges[pledgeId];
        uint64 pledged = stored.grams;
        if (pledged < grams) revert PledgeTooSmall(pledgeId, pledged, grams);
        left = pledged - grams;
        stored.grams = left;
    }

    function _requireOrder(uint64 pledgeId, uint32 jurisdiction, bytes32 reasonHash) private view {
        address account = pledgeOf(pledgeId).account;
        uint32 own = ACCOUNTS.jurisdictionOf(account);
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
        if (reasonHash == bytes32(0)) revert MissingReason();
    }

    /// @dev Open or restricted.
    function _requireUsable(address account, AccountStatus status) private pure {
        if (status != AccountStatus.Open && status != AccountStatus.Restricted) {
            revert AccountNotUsable(account, uint8(status));
        }
    }
}
