// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IObligations} from "./IObligations.sol";

/// @notice The pool of a jurisdiction and year: a line of demand, one gram after the other, and how much of it is served.
/// @dev What is asked for takes the next stretch of the line. The stretch below `poolGrams + creditedGrams` is granted, what lies
/// beyond waits, in order, without a loop anywhere. A stretch that is given back is credited as soon as the served part reaches it,
/// which moves all that wait behind it.
struct PoolState {
    /// End of the line of demand.
    uint96 demandEnd;
    /// Given back by releases and reversals.
    uint96 creditedGrams;
    /// Counted grams offset by all accounts.
    uint64 usedGrams;
}

/// @notice A reservation as it stands now.
struct Reservation {
    /// Its place on the line of demand.
    uint96 start;
    /// What is left of it.
    uint64 grams;
    /// What of it can be offset now.
    uint64 grantedGrams;
    /// Grams before it that wait too.
    uint96 aheadGrams;
}

/// @title The pool: what all accounts of a jurisdiction together may offset for a year, first come, first served.
/// @notice A reservation holds a place. An offset uses what is granted of the account's own reservation first, and takes more only
/// while nobody waits.
interface IPool is IObligations {
    /// @notice The pool is this now: something was asked for, used, given up or given back.
    event PoolChanged(uint32 indexed jurisdiction, uint16 indexed year, PoolState pool);
    /// @notice An offset used a part of the reservation; [start, start + grams) is left of it, nothing if `grams` is 0.
    event ReservationUsed(
        uint32 indexed jurisdiction, uint16 indexed year, address indexed account, uint96 start, uint64 grams
    );
    /// @notice The account asks for [start, start + grams) of the line of demand, in counted grams.
    event Reserved(
        uint32 indexed jurisdiction, uint16 indexed year, address indexed account, uint96 start, uint64 grams, address by
    );
    /// @notice The rest of the reservation, [start, start + grams), was given up. `reasonHash` is 0 if by an agent. Not `credited`:
    /// it lies where nobody is served yet; see `creditReleased`.
    event ReservationReleased(
        uint32 indexed jurisdiction,
        uint16 indexed year,
        address indexed account,
        uint96 start,
        uint64 grams,
        bool credited,
        bytes32 reasonHash,
        address by
    );
    /// @notice A stretch given up earlier was reached, and passed over.
    event ReleasedCredited(uint32 indexed jurisdiction, uint16 indexed year, uint96 start, uint64 grams);

    /// @notice The rule set of the year has no pool, or there is none.
    error NoPool(uint32 jurisdiction, uint16 year);
    error ReservationClosed(uint40 reservableUntil, uint40 currentTime);
    /// @notice One reservation at a time; release it first.
    error AlreadyReserved(address account, uint16 year, uint64 grams);
    error NothingReserved(address account, uint16 year);
    /// @notice No more can be reserved than the account's cap leaves, and no more than the pool has.
    error ReservationTooLarge(uint64 wantedGrams, uint64 allowedGrams);
    /// @notice Nothing was given up there that could be credited now.
    error NothingToCredit(uint96 start);
    /// @notice The account's status does not allow this. `status` is AccountStatus.
    error AccountNotUsable(address account, uint8 status);
    error ZeroGrams();

    /// @notice Reserves counted grams of the pool, by an agent of the account.
    function reserve(address account, uint16 year, uint64 grams) external;
    /// @notice Gives up what is left of a reservation, by an agent of the account. Its place is lost.
    function releaseReservation(address account, uint16 year) external;
    /// @notice The same through the Desk, for an account that keeps others waiting.
    function releaseByOrder(uint32 jurisdiction, address account, uint16 year, bytes32 reasonHash) external;
    /// @notice Passes over a stretch that was given up while it waited, once the served part of the line reaches it. By anyone.
    function creditReleased(uint32 jurisdiction, uint16 year, uint96 start) external;

    function poolOf(uint32 jurisdiction, uint16 year) external view returns (PoolState memory);
    /// @notice The account's reservation with its place; all fields are 0 without one.
    function reservationOf(address account, uint16 year) external view returns (Reservation memory);
    /// @notice Grams of a stretch that was given up and is not credited yet.
    function releasedAt(uint32 jurisdiction, uint16 year, uint96 start) external view returns (uint64);
}
