// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What every contract says to a caller that is not the Desk.
interface IDeskGuarded {
    /// @notice The caller may not call this function: only the Desk executes it.
    error NotThroughDesk(address caller);
}
