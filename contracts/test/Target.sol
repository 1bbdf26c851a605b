// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Desk} from "../src/Desk.sol";

/// @notice A guarded contract that remembers what the Desk had done, or fails as it is told.
contract Target {
    error Refused(uint32 jurisdiction, uint256 value);

    Desk internal desk;
    uint256 public calls;
    uint256 public value;

    constructor(Desk desk_) {
        desk = desk_;
    }

    function act(uint32, uint256 value_) external {
        ++calls;
        value = value_;
    }

    function refuse(uint32 jurisdiction, uint256 value_) external pure {
        revert Refused(jurisdiction, value_);
    }

    function refuseSilently(uint32) external pure {
        revert();
    }

    /// @dev Tries to have its own request executed once more, in the same transaction.
    function actAgain(uint32, uint256 requestId) external {
        ++calls;
        desk.approve(requestId, address(this), msg.data);
    }
}
