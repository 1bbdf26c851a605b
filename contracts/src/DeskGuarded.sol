// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";
import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @title A contract whose privileged functions only the Desk may call.
/// @notice Holds the two contracts that every privileged function asks: who may (Authority), and through whom (Desk).
/// Both are immutable; a wrong one can only be put right by deploying again.
abstract contract DeskGuarded is IDeskGuarded {
    IAuthority public immutable AUTHORITY;
    address public immutable DESK;

    /// @dev Warning: neither address can be changed.
    constructor(IAuthority authority_, address desk_) {
        AUTHORITY = authority_;
        DESK = desk_;
    }

    /// @dev The Desk has checked the caller's role, the second person, the notice and that the jurisdiction is open.
    modifier throughDesk() {
        if (msg.sender != DESK) revert NotThroughDesk(msg.sender);
        _;
    }
}
