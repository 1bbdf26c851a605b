// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../../src/IAccounts.sol";
import {Role} from "../../src/IAuthority.sol";
import {Line, Retiree} from "../../src/ICredits.sol";
import {ProjectFacts, ProjectOrigin} from "../../src/IFilings.sol";
import {Stretch} from "../../src/IOracleCommittee.sol";
import {Terms} from "../../src/IRecognition.sol";
import {RareRules} from "../../src/IRuleSets.sol";
import {RulesInForce} from "../../src/lib/PackedRules.sol";

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

/// @notice Any project is in force or not, with any ceiling, from anywhere. One origin: no proof offsets from two projects.
contract AnyFilings {
    mapping(uint64 projectId => ProjectFacts) private _facts;
    ProjectOrigin private _origin;

    function factsOf(uint64 projectId) external view returns (ProjectFacts memory) {
        return _facts[projectId];
    }

    function originOf(uint64) external view returns (ProjectOrigin memory) {
        return _origin;
    }
}

/// @notice Any batch, any balance; retires and locks without a word. One answer: no proof asks of two batches.
contract AnyCredits {
    struct Usable {
        uint16 vintage;
        bool held;
        uint64 available;
    }

    Usable private _usable;
    uint64 private _nextId;

    function usableOf(address, uint256) external view returns (uint16, bool, uint64) {
        return (_usable.vintage, _usable.held, _usable.available);
    }

    function retireFor(Retiree calldata, Line[] calldata) external view returns (uint64) {
        return _nextId;
    }

    function lock(address, uint256, uint64) external {}

    function unlock(address, uint256, uint64) external {}
}

/// @notice Any rules in force: every field has any value, impossible ones too. One answer each: no proof asks for two years.
contract AnyRuleSets {
    RulesInForce private _rules;
    RareRules private _rare;
    mapping(bytes32 entry => bool) private _lists;

    function setInForce(RulesInForce rules) external {
        _rules = rules;
    }

    function inForce(uint32, uint16) external view returns (RulesInForce) {
        return _rules;
    }

    function rareOf(uint32, uint16) external view returns (RareRules memory) {
        return _rare;
    }

    function lists(uint32, uint16, uint16, bytes32 entry) external view returns (bool) {
        return _lists[entry];
    }
}

/// @notice Any terms under any key, so long as a gram counts for something. One answer: no proof asks for two projects.
contract AnyRecognition {
    Terms private _terms;
    bytes32 private _key;

    function setDiscount(uint16 discountBps) external {
        _terms.discountBps = discountBps;
    }

    function termsFor(uint32, uint64, bytes32) external view returns (Terms memory terms, bytes32 key) {
        (terms, key) = (_terms, _key);
        require(terms.discountBps < 10_000, "a discount under 10,000");
    }
}

/// @notice Any verified emissions. One answer: no proof asks for two accounts.
contract AnyEmissions {
    uint64 private _grams;

    function verifiedOf(address, uint16) external view returns (uint64) {
        return _grams;
    }
}
