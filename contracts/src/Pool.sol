// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "./IAccounts.sol";
import {IPool, PoolState, Reservation} from "./IPool.sol";
import {RareRules} from "./IRuleSets.sol";
import {Obligations} from "./Obligations.sol";

/// @title Keeps the line of demand of each pool, and who stands where on it.
/// @notice See IPool.
abstract contract Pool is IPool, Obligations {
    mapping(uint32 jurisdiction => mapping(uint16 year => PoolState)) private _pools;
    /// Stretches given up while they waited, by where they start.
    mapping(uint32 jurisdiction => mapping(uint16 year => mapping(uint96 start => uint64))) private _released;

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IPool
    function releaseByOrder(uint32 jurisdiction, address account, uint16 year, bytes32 reasonHash) external throughDesk {
        _requireOwnAccount(jurisdiction, account);
        if (reasonHash == bytes32(0)) revert InvalidField("reasonHash");
        _release(jurisdiction, account, year, reasonHash);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IPool
    function releaseReservation(address account, uint16 year) external {
        _release(_authoriseActive(account), account, year, bytes32(0));
    }

    /// @inheritdoc IPool
    function creditReleased(uint32 jurisdiction, uint16 year, uint96 start) external {
        uint64 grams = _released[jurisdiction][year][start];
        PoolState memory pool = _pools[jurisdiction][year];
        if (grams == 0 || start > _servedEnd(_rareOf(jurisdiction, year).poolGrams, pool.creditedGrams)) {
            revert NothingToCredit(start);
        }
        delete _released[jurisdiction][year][start];
        pool.creditedGrams += grams;
        emit ReleasedCredited(jurisdiction, year, start, grams);
        _change(jurisdiction, year, pool);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IPool
    function poolOf(uint32 jurisdiction, uint16 year) external view returns (PoolState memory) {
        return _pools[jurisdiction][year];
    }

    /// @inheritdoc IPool
    function reservationOf(address account, uint16 year) external view returns (Reservation memory found) {
        Ticket memory ticket = _duties[account][year].ticket;
        if (ticket.grams == 0) return found;
        uint32 jurisdiction = _jurisdictionOf(account);
        uint256 servedEnd = _servedEnd(_rareOf(jurisdiction, year).poolGrams, _pools[jurisdiction][year].creditedGrams);
        found.start = ticket.start;
        found.grams = ticket.grams;
        found.grantedGrams = _granted(ticket, servedEnd);
        // Fits: no more than where the ticket starts.
        found.aheadGrams = uint96(_left(ticket.start, servedEnd));
    }

    /// @inheritdoc IPool
    function releasedAt(uint32 jurisdiction, uint16 year, uint96 start) external view returns (uint64) {
        return _released[jurisdiction][year][start];
    }

    // ------------------------------------------------------------- internal

    /// @dev Counted grams that the account may take from the pool now: what is granted of its reservation, and what nobody asked for.
    /// Never more than the pool has left, whatever a later rule set made of it.
    function _poolHeadroom(uint32 jurisdiction, uint16 year, uint64 poolGrams, Ticket memory ticket)
        internal
        view
        returns (uint64)
    {
        PoolState memory pool = _pools[jurisdiction][year];
        uint256 servedEnd = _servedEnd(poolGrams, pool.creditedGrams);
        uint256 mine = _granted(ticket, servedEnd) + _left(servedEnd, pool.demandEnd);
        uint256 rest = _left(poolGrams, pool.usedGrams);
        // Fits: no more than the pool.
        return uint64(mine < rest ? mine : rest);
    }

    /// @dev The account's own granted grams go first, from the front of its ticket; more is a stretch at the end of the line.
    function _takeFromPool(uint32 jurisdiction, address account, uint16 year, uint64 poolGrams, uint64 grams) internal {
        PoolState memory pool = _pools[jurisdiction][year];
        Ticket memory ticket = _duties[account][year].ticket;
        uint64 reserved = _granted(ticket, _servedEnd(poolGrams, pool.creditedGrams));
        if (reserved > grams) reserved = grams;
        if (reserved != 0) {
            ticket = Ticket(ticket.start + reserved, ticket.grams - reserved);
            _duties[account][year].ticket = ticket;
            emit ReservationUsed(jurisdiction, year, account, ticket.start, ticket.grams);
        }
        pool.demandEnd += grams - reserved;
        pool.usedGrams += grams;
        _change(jurisdiction, year, pool);
    }

    /// @dev Grams of a reversed offset: they lie below the served end, so whoever waits moves up.
    function _giveBackToPool(uint32 jurisdiction, uint16 year, uint64 grams) internal {
        PoolState memory pool = _pools[jurisdiction][year];
        pool.creditedGrams += grams;
        pool.usedGrams -= grams;
        _change(jurisdiction, year, pool);
    }

    /// @dev A place at the end of the line, for no more than the account may still offset. `rare` is that of a pooled rule set.
    function _reserve(uint32 jurisdiction, address account, uint16 year, uint64 grams, RareRules memory rare, uint256 capLeft)
        internal
    {
        if (block.timestamp > rare.reservableUntil) revert ReservationClosed(rare.reservableUntil, uint40(block.timestamp));
        Duty storage duty = _duties[account][year];
        if (duty.ticket.grams != 0) revert AlreadyReserved(account, year, duty.ticket.grams);
        if (grams == 0) revert ZeroGrams();
        // Fits: no more than the pool.
        uint64 allowed = capLeft < rare.poolGrams ? uint64(capLeft) : rare.poolGrams;
        if (grams > allowed) revert ReservationTooLarge(grams, allowed);

        PoolState memory pool = _pools[jurisdiction][year];
        uint96 start = pool.demandEnd;
        pool.demandEnd = start + grams;
        duty.ticket = Ticket(start, grams);
        emit Reserved(jurisdiction, year, account, start, grams, msg.sender);
        _change(jurisdiction, year, pool);
    }

    /// @dev The agent may act for the account. Answers the account's status and jurisdiction.
    function _authorise(address account) internal returns (AccountStatus, uint32) {
        return ACCOUNTS.authorise(account, msg.sender, keccak256(msg.data));
    }

    /// @dev The same, and the account may act.
    function _authoriseActive(address account) internal returns (uint32 jurisdiction) {
        AccountStatus status;
        (status, jurisdiction) = _authorise(account);
        if (!_mayAct(status)) revert AccountNotUsable(account, uint8(status));
    }

    function _mayAct(AccountStatus status) internal pure returns (bool) {
        return status == AccountStatus.Open || status == AccountStatus.Restricted;
    }

    /// @dev `limit - used`, at least 0.
    function _left(uint256 limit, uint256 used) internal pure returns (uint256) {
        return limit > used ? limit - used : 0;
    }

    function _release(uint32 jurisdiction, address account, uint16 year, bytes32 reasonHash) private {
        Duty storage duty = _duties[account][year];
        Ticket memory ticket = duty.ticket;
        if (ticket.grams == 0) revert NothingReserved(account, year);
        delete duty.ticket;

        PoolState memory pool = _pools[jurisdiction][year];
        bool credited = ticket.start <= _servedEnd(_rareOf(jurisdiction, year).poolGrams, pool.creditedGrams);
        // Crediting what nobody is served yet would serve those before it with grams that do not exist.
        if (credited) pool.creditedGrams += ticket.grams;
        else _released[jurisdiction][year][ticket.start] = ticket.grams;
        emit ReservationReleased(jurisdiction, year, account, ticket.start, ticket.grams, credited, reasonHash, msg.sender);
        if (credited) _change(jurisdiction, year, pool);
    }

    function _change(uint32 jurisdiction, uint16 year, PoolState memory pool) private {
        _pools[jurisdiction][year] = pool;
        emit PoolChanged(jurisdiction, year, pool);
    }

    /// @dev How much of a ticket lies below the served end.
    function _granted(Ticket memory ticket, uint256 servedEnd) private pure returns (uint64) {
        uint256 served = _left(servedEnd, ticket.start);
        return served < ticket.grams ? uint64(served) : ticket.grams;
    }

    function _servedEnd(uint64 poolGrams, uint96 creditedGrams) private pure returns (uint256) {
        return uint256(poolGrams) + creditedGrams;
    }
}
