// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Calendar} from "./Calendar.sol";
import {DeskGuarded} from "./DeskGuarded.sol";
import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority} from "./IAuthority.sol";
import {ITransferRules, Limits} from "./ITransferRules.sol";
import {Allowance, Allowances} from "./lib/Allowances.sol";

/// @title Decides whether a transfer moves at once, has to wait, or is refused.
/// @notice See ITransferRules.
contract TransferRules is ITransferRules, Calendar {
    uint32 private constant NETWORK = 0;
    uint8 private constant INITIATE = 1;
    /// @dev INITIATE 1 + APPROVE 2.
    uint8 private constant ACTING = 3;
    uint8 private constant DUAL_CONTROL = 1;
    uint8 private constant CONFIRMS_RECEIPTS = 2;

    IAccounts public immutable ACCOUNTS;
    address private immutable DEPLOYER;

    /// @inheritdoc ITransferRules
    address public ledger;
    /// @inheritdoc ITransferRules
    address public transfers;
    mapping(uint32 jurisdiction => Allowance) private _limits;
    mapping(address account => Allowance) private _allowances;
    /// @inheritdoc ITransferRules
    mapping(address account => mapping(address counterparty => uint40)) public trustedFrom;
    /// @inheritdoc ITransferRules
    mapping(address account => mapping(bytes32 referenceHash => bool)) public isTradeUsed;

    constructor(IAuthority authority_, address desk_, IAccounts accounts) DeskGuarded(authority_, desk_) {
        ACCOUNTS = accounts;
        DEPLOYER = msg.sender;
    }

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ITransferRules
    function wire(address ledger_, address transfers_, Limits calldata network) external {
        bool named = ledger_ != address(0) && transfers_ != address(0);
        if (msg.sender != DEPLOYER || ledger != address(0) || !named) revert NotWirable(msg.sender);
        (ledger, transfers) = (ledger_, transfers_);
        if (network.isSet) _setLimits(NETWORK, network);
    }

    /// @inheritdoc ITransferRules
    function setLimits(uint32 jurisdiction, Limits calldata limits) external throughDesk {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        _setLimits(jurisdiction, limits);
    }

    /// @inheritdoc ITransferRules
    function setAccountLimits(uint32 jurisdiction, address account, Limits calldata limits) external throughDesk {
        uint32 own = ACCOUNTS.jurisdictionOf(account);
        if (own == 0) revert UnknownAccount(account);
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
        _requireValid(limits);
        Allowance stored = _allowances[account];
        Allowance wanted = Allowances.pack(limits);
        if (stored.sameLimits(wanted)) revert AccountLimitsUnchanged(account);
        _allowances[account] = stored.withLimits(wanted);
        emit AccountLimitsSet(account, limits);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ITransferRules
    function trust(address account, address counterparty) external {
        (AccountStatus status, uint32 jurisdiction) = ACCOUNTS.authorise(account, msg.sender, keccak256(msg.data));
        _requireStatus(account, status, AccountStatus.Restricted);
        if (counterparty == account) revert SelfTrust(account);
        _requireStatus(counterparty, ACCOUNTS.statusOf(counterparty), AccountStatus.Frozen);
        if (trustedFrom[account][counterparty] != 0) revert TrustUnchanged(account, counterparty);
        // Fits: a time of 40 bits and seconds of 24.
        uint40 from = uint40(block.timestamp + _strictest(_allowances[account], jurisdiction).trustSeconds());
        trustedFrom[account][counterparty] = from;
        emit Trusted(account, counterparty, from, msg.sender);
    }

    /// @inheritdoc ITransferRules
    function distrust(address account, address counterparty) external {
        if (ACCOUNTS.rightsOf(account, msg.sender) & ACTING == 0) revert NotAgent(account, msg.sender);
        if (trustedFrom[account][counterparty] == 0) revert TrustUnchanged(account, counterparty);
        delete trustedFrom[account][counterparty];
        emit Distrusted(account, counterparty, msg.sender);
    }

    /// @inheritdoc ITransferRules
    function begin(address agent, address from, address to, uint64 grams, bool atOnce)
        external
        returns (uint32 waitSeconds, bool needsApproval, bool needsAcceptance)
    {
        if (msg.sender != (atOnce ? ledger : transfers)) revert NotLedger(msg.sender);
        bool counts;
        Allowance counted;
        (waitSeconds, needsApproval, needsAcceptance, counts, counted) = _decide(agent, from, to, grams, atOnce);
        if (counts) _allowances[from] = counted;
    }

    /// @inheritdoc ITransferRules
    function useTrade(address seller, bytes32 referenceHash) external {
        if (msg.sender != ledger && msg.sender != transfers) revert NotLedger(msg.sender);
        if (isTradeUsed[seller][referenceHash]) revert TradeUsedBefore(seller, referenceHash);
        isTradeUsed[seller][referenceHash] = true;
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ITransferRules
    function preview(address agent, address from, address to, uint64 grams, bool atOnce)
        external
        view
        returns (uint32 waitSeconds, bool needsApproval, bool needsAcceptance)
    {
        (waitSeconds, needsApproval, needsAcceptance,,) = _decide(agent, from, to, grams, atOnce);
    }

    /// @inheritdoc ITransferRules
    function limitsOf(uint32 jurisdiction) external view returns (Limits memory) {
        return _limits[jurisdiction].unpack();
    }

    /// @inheritdoc ITransferRules
    function accountLimitsOf(address account) external view returns (Limits memory) {
        return _allowances[account].unpack();
    }

    /// @inheritdoc ITransferRules
    function strictestOf(address account) external view returns (Limits memory) {
        return _strictest(_allowances[account], ACCOUNTS.jurisdictionOf(account)).unpack();
    }

    /// @inheritdoc ITransferRules
    function usedTodayOf(address account) external view returns (uint56) {
        // Fits: never more than a limit of 56 bits.
        return uint56(_allowances[account].usedOn(_today()));
    }

    // ------------------------------------------------------------- internal

    /// @dev Answers as `begin`, then whether the day counts, and the account's allowance with this transfer counted.
    function _decide(address agent, address from, address to, uint64 grams, bool atOnce)
        private
        view
        returns (uint32 waitSeconds, bool needsApproval, bool needsAcceptance, bool counts, Allowance counted)
    {
        uint32 jurisdiction;
        (jurisdiction, needsApproval, needsAcceptance) = _requireParties(agent, from, to);
        counted = _allowances[from];
        Allowance limits = _strictest(counted, jurisdiction);
        counts = limits.isSet();
        if (counts) {
            counted = _count(from, counted, limits, grams);
            // A field of 24 bits.
            if (limits.delaySeconds() != 0 && !_isTrusted(from, to)) waitSeconds = uint32(limits.delaySeconds());
        }
        if (atOnce) {
            if (waitSeconds != 0 || needsApproval || needsAcceptance) {
                revert NeedsTransfer(from, to, waitSeconds, needsApproval, needsAcceptance);
            }
            _requireWorking(jurisdiction);
        }
    }

    /// @dev The agent may act, and both accounts take part in transfers. Answers whose word they ask for.
    function _requireParties(address agent, address from, address to)
        private
        view
        returns (uint32 jurisdiction, bool needsApproval, bool needsAcceptance)
    {
        AccountStatus fromStatus;
        AccountStatus toStatus;
        uint8 rights;
        uint8 fromFlags;
        uint8 toFlags;
        (fromStatus, toStatus, jurisdiction, rights, fromFlags, toFlags) = ACCOUNTS.transferFacts(from, to, agent);
        if (rights & INITIATE == 0) revert NotAgent(from, agent);
        if (fromStatus != AccountStatus.Open) revert AccountNotUsable(from, uint8(fromStatus));
        bool receives = toStatus == AccountStatus.Open || toStatus == AccountStatus.Restricted;
        if (!receives) revert AccountNotUsable(to, uint8(toStatus));
        (needsApproval, needsAcceptance) = (fromFlags & DUAL_CONTROL != 0, toFlags & CONFIRMS_RECEIPTS != 0);
    }

    /// @dev Holds the grams against the limits of a transfer and of the day.
    function _count(address from, Allowance allowance, Allowance limits, uint64 grams) private view returns (Allowance) {
        // The casts to 56 bits below are of fields that have as many.
        uint256 most = limits.perTransferGrams();
        if (grams > most) revert TransferLimit(from, uint56(most), grams);
        uint256 day = _today();
        uint256 used = allowance.usedOn(day);
        uint256 usedAfter;
        // Cannot wrap: a number of 56 bits and one of 64.
        unchecked {
            usedAfter = used + grams;
        }
        most = limits.perDayGrams();
        if (usedAfter > most) revert DayLimit(from, uint56(most), uint56(used), grams);
        // A day number fits 24 bits until the year 47,904; what is used is at most the limit.
        return allowance.withUsed(day, usedAfter);
    }

    function _strictest(Allowance own, uint32 jurisdiction) private view returns (Allowance) {
        return own.stricter(_limits[jurisdiction]).stricter(_limits[NETWORK]);
    }

    function _requireWorking(uint32 jurisdiction) private view {
        if (!isWorking(jurisdiction, block.timestamp)) {
            revert OutsideWorkingHours(jurisdiction, uint40(block.timestamp));
        }
    }

    function _isTrusted(address account, address counterparty) private view returns (bool) {
        uint40 from = trustedFrom[account][counterparty];
        return from != 0 && block.timestamp >= from;
    }

    function _setLimits(uint32 jurisdiction, Limits calldata limits) private {
        _requireValid(limits);
        Allowance wanted = Allowances.pack(limits);
        if (_limits[jurisdiction].sameLimits(wanted)) revert LimitsUnchanged(jurisdiction);
        _limits[jurisdiction] = wanted;
        emit LimitsSet(jurisdiction, limits);
    }

    function _requireValid(Limits calldata limits) private pure {
        bool limiting = limits.perTransferGrams != 0 && limits.perDayGrams != 0;
        bool empty =
            limits.perTransferGrams == 0 && limits.perDayGrams == 0 && limits.delaySeconds == 0 && limits.trustSeconds == 0;
        if (!(limits.isSet ? limiting : empty)) revert InvalidLimits(limits.perTransferGrams, limits.perDayGrams);
    }

    /// @dev The account is registered and its status is not stricter than `strictest`.
    function _requireStatus(address account, AccountStatus status, AccountStatus strictest) private pure {
        if (status == AccountStatus.None || status > strictest) revert AccountNotUsable(account, uint8(status));
    }

    /// @dev Days since 1970-01-01 in UTC+08:00.
    function _today() private view returns (uint256) {
        return (block.timestamp + ZONE_SECONDS) / DAY_SECONDS;
    }
}
