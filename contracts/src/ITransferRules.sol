// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICalendar} from "./ICalendar.sol";

/// @notice Limits of transfers, for an account, a jurisdiction or the whole network. Where several are set the strictest applies, value
/// by value; a level that is not set does not limit.
struct Limits {
    uint56 perTransferGrams;
    /// Of one account, in one day of UTC+08:00.
    uint56 perDayGrams;
    /// How long a transfer to an account that is not trusted waits.
    uint24 delaySeconds;
    /// How long a new trust takes to count.
    uint24 trustSeconds;
    bool isSet;
}

/// @title The rules of transfers between accounts.
/// @notice Decides whether a transfer moves at once, has to wait, needs a second agent or the receiver's word, or is refused. Limits
/// count when a transfer begins, and a transfer that does not happen gives nothing back: a day's limit is what may leave at most,
/// whatever a stolen key tries. An account may trust another; a transfer to it does not wait, but a new trust counts only after a time,
/// so that a thief cannot name himself and move in the same hour. What moves at once moves in the working hours of the sender's
/// jurisdiction.
/// @dev An account that begins transfers while no daily limit applies to it uses up nothing of a limit set later that day.
interface ITransferRules is ICalendar {
    /// @notice Jurisdiction 0 is the network. All values 0 and not set: the level does not limit any more.
    event LimitsSet(uint32 indexed jurisdiction, Limits limits);
    event AccountLimitsSet(address indexed account, Limits limits);
    /// @notice From `trustedFrom` on, transfers to the counterparty do not wait.
    event Trusted(address indexed account, address indexed counterparty, uint40 trustedFrom, address by);
    event Distrusted(address indexed account, address indexed counterparty, address by);

    /// @notice `wire` was called by another than the deployer, a second time, or with a zero address.
    error NotWirable(address caller);
    /// @notice Only the ledger begins transfers at once, only Transfers those that may wait.
    error NotLedger(address caller);
    error UnknownAccount(address account);
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);
    /// @notice Grams that are limited are limited to 1 or more; limits that are not set have no values.
    error InvalidLimits(uint56 perTransferGrams, uint56 perDayGrams);
    error LimitsUnchanged(uint32 jurisdiction);
    error AccountLimitsUnchanged(address account);
    /// @notice The caller is no agent of the account with the right to initiate.
    error NotAgent(address account, address caller);
    /// @notice The account's status does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    /// @notice Nobody needs to trust himself.
    error SelfTrust(address account);
    error TrustUnchanged(address account, address counterparty);
    error TransferLimit(address account, uint56 limitGrams, uint64 wantedGrams);
    error DayLimit(address account, uint56 limitGrams, uint56 usedGrams, uint64 wantedGrams);
    /// @notice It cannot move at once; begin it in Transfers.
    error NeedsTransfer(address from, address to, uint32 waitSeconds, bool needsApproval, bool needsAcceptance);
    /// @notice The jurisdiction of the sender does not work now.
    error OutsideWorkingHours(uint32 jurisdiction, uint40 now_);
    /// @notice The seller used the hash of this trade before.
    error TradeUsedBefore(address account, bytes32 referenceHash);

    /// @notice Names who begins transfers, and the network's first limits (none if not set), once, by the deployer, in the deployment.
    function wire(address ledger, address transfers, Limits calldata network) external;

    /// @notice Sets or (not set) removes the limits of a jurisdiction, or of the network under jurisdiction 0. Through the Desk.
    function setLimits(uint32 jurisdiction, Limits calldata limits) external;

    /// @notice Sets or removes the limits of an account. Through the Desk.
    function setAccountLimits(uint32 jurisdiction, address account, Limits calldata limits) external;

    /// @notice Trusts another account: after the trust's delay, transfers to it do not wait. By an agent of the account, under dual
    /// control with another's consent.
    /// @dev Warning: limits still apply, a delay does not. What moved to a trusted account moved.
    function trust(address account, address counterparty) external;

    /// @notice Ends a trust, by any agent who may initiate or approve: what makes an account safer needs one person only.
    function distrust(address account, address counterparty) external;

    /// @notice Lets a transfer begin, and counts it against the day. By the ledger (`atOnce`), which moves in the same transaction, or
    /// by Transfers.
    /// @return waitSeconds How long it has to wait. With `atOnce` always 0.
    /// @return needsApproval Whether another agent of the sender must approve. With `atOnce` always false.
    /// @return needsAcceptance Whether an agent of the receiver must accept. With `atOnce` always false.
    function begin(address agent, address from, address to, uint64 grams, bool atOnce)
        external
        returns (uint32 waitSeconds, bool needsApproval, bool needsAcceptance);

    /// @notice Notes the hash of an exchange's trade, once for each seller. By the ledger or Transfers.
    /// @dev Not once for the network: a stranger could spoil somebody's trade by using its hash first. Without an event here: that of
    /// the caller names the trade.
    function useTrade(address seller, bytes32 referenceHash) external;

    /// @notice What `begin` would answer now, reverting where it would. Changes nothing.
    function preview(address agent, address from, address to, uint64 grams, bool atOnce)
        external
        view
        returns (uint32 waitSeconds, bool needsApproval, bool needsAcceptance);

    /// @notice The ledger, the zero address until it is wired.
    function ledger() external view returns (address);
    /// @notice The contract of pending transfers, the zero address until it is wired.
    function transfers() external view returns (address);
    /// @notice As set for a jurisdiction, or for the network under 0.
    function limitsOf(uint32 jurisdiction) external view returns (Limits memory);
    /// @notice As set for an account.
    function accountLimitsOf(address account) external view returns (Limits memory);
    /// @notice The strictest of account, jurisdiction and network; `isSet` if any of them is.
    function strictestOf(address account) external view returns (Limits memory);
    /// @notice Grams of transfers that the account began today, in UTC+08:00, while a daily limit applied.
    function usedTodayOf(address account) external view returns (uint56);
    /// @notice From when on the account trusts the counterparty, 0 if it does not.
    function trustedFrom(address account, address counterparty) external view returns (uint40);
    function isTradeUsed(address account, bytes32 referenceHash) external view returns (bool);
}
