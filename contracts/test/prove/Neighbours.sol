// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../../src/IAccounts.sol";
import {Role} from "../../src/IAuthority.sol";
import {ProjectFacts} from "../../src/IFilings.sol";
import {Stretch} from "../../src/IOracleCommittee.sol";

/// @notice Anyone may hold any role: its storage is any.
contract AnyAuthority {
    mapping(uint32 jurisdiction => mapping(Role role => mapping(address member => bool))) public holds;
}

/// @notice Any account has any status and any agents.
contract AnyAccounts {
    mapping(address account => AccountStatus) public statusOf;
    mapping(address account => uint32) public jurisdictionOf;
    mapping(address account => mapping(address agent => bool)) public mayInitiate;

    function authorise(address account, address agent, bytes32) external view returns (AccountStatus, uint32) {
        require(mayInitiate[account][agent], "an agent");
        return (statusOf[account], jurisdictionOf[account]);
    }
}

/// @notice A transfer may begin or not, a trade is new or not. One answer each: no proof makes more than one call.
contract AnyTransferRules {
    bool private _begins;
    bool private _new;

    function begin(address, address, address, uint64, bool) external view returns (uint32, bool, bool) {
        require(_begins, "may begin");
        return (0, false, false);
    }

    function useTrade(address, bytes32) external view {
        require(_new, "a new trade");
    }
}

/// @notice Any report is final or not, with any stretch that goes forward.
contract AnyCommittee {
    mapping(uint64 projectId => mapping(uint64 seq => Stretch)) private _stretches;

    function finalStretchOf(uint64 projectId, uint64 seq) external view returns (Stretch memory stretch) {
        stretch = _stretches[projectId][seq];
        require(stretch.serialStart <= stretch.serialEnd, "a stretch goes forward");
    }
}

/// @notice Any project is in force or not, with any ceiling.
contract AnyFilings {
    mapping(uint64 projectId => ProjectFacts) private _facts;

    function factsOf(uint64 projectId) external view returns (ProjectFacts memory) {
        return _facts[projectId];
    }
}
