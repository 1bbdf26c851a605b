// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice What a person, a body or a contract may do in one jurisdiction.
/// @dev The numbers are part of the role id and must never be reordered.
enum Role {
    None,
    /// Proposes grants of roles and settings of its jurisdiction.
    Admin,
    /// Maker (经办): proposes filings, issues, accounts, obligations.
    Registrar,
    /// Checker (复核): approves or rejects what a maker proposed.
    Approver,
    /// Gives expert opinions on filings.
    Expert,
    /// Verifier (核证机构): its signature stands on evidence packages. Checked by the oracles.
    Verifier,
    /// Freezes, suspends, rules on objections.
    Regulator,
    /// Reads everything, may object, changes nothing.
    Auditor,
    /// This role and the two after it are for contracts alone, in jurisdiction 0 alone.
    /// Retires on the ledger what it checked: Compliance.
    Retirer,
    /// Locks grams on the ledger, and moves or unlocks what it locked.
    Locker,
    /// Cancels, recalls, holds, freezes and moves by force on the ledger, for what was decided through the Desk.
    Corrector
}

/// @notice One grant of a role to one member, in the jurisdiction of the call that carries it.
struct Grant {
    Role role;
    address member;
}

/// @title The jurisdictions of the network and who holds which role in each.
/// @notice Jurisdictions are named by their six-digit GB/T 2260 code (420100 Wuhan). Code 0 is the network council.
/// A role id is `keccak256(abi.encode(jurisdiction, role))`. Roles change only through the Desk; a member may renounce
/// its own role. One address never holds both Registrar or Admin (makers) and Approver (checker) of one jurisdiction.
interface IAuthority is IDeskGuarded {
    /// @notice A jurisdiction joined the network.
    event JurisdictionOpened(uint32 indexed jurisdiction, bytes32 nameHash);
    /// @notice A member gained a role. Emitted beside OpenZeppelin's RoleGranted so that the pair can be read back.
    event MemberAdded(uint32 indexed jurisdiction, Role indexed role, address indexed member);
    /// @notice A member lost a role, by decision or by its own renunciation.
    event MemberRemoved(uint32 indexed jurisdiction, Role indexed role, address indexed member);

    /// @notice The jurisdiction was never opened.
    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice The jurisdiction is open already.
    error JurisdictionExists(uint32 jurisdiction);
    /// @notice A GB/T 2260 code has six digits: 110000 to 829999.
    error InvalidJurisdiction(uint32 jurisdiction);
    /// @notice The grant would make one address maker and checker of one jurisdiction.
    error MakerIsChecker(uint32 jurisdiction, address member);
    /// @notice Role.None cannot be granted, and Retirer, Locker and Corrector only in jurisdiction 0 and to a contract.
    error RoleNotGrantable(uint32 jurisdiction, Role role);
    /// @notice The member holds the role already, or does not hold it: nothing would change.
    error RoleUnchanged(uint32 jurisdiction, Role role, address member);
    /// @notice The zero address cannot hold a role.
    error ZeroMember();
    /// @notice Only the network council (jurisdiction 0) opens jurisdictions.
    error NotCouncil(uint32 jurisdiction);
    /// @notice One call grants or revokes 1 to 50 roles.
    error InvalidGrantCount(uint256 grants);
    /// @notice `wire` was called by another than the deployer, a second time, or with the zero address.
    error NotWirable(address caller);
    /// @notice The last Admin, Registrar and Approver of a jurisdiction, the council too, cannot be removed, and a jurisdiction opens
    /// with at least one of each: without an Admin nobody could name another member, without the others nobody could act.
    error LastMember(uint32 jurisdiction, Role role);
    /// @notice The caller lacks the role in that jurisdiction.
    error RoleMissing(uint32 jurisdiction, Role role, address caller);

    /// @notice Names the Desk, once, by the deployer, in the deployment. Until then no role can change.
    function wire(address desk) external;

    /// @notice Opens a jurisdiction with its first members. Through the Desk, by the network council.
    /// @param council Must be 0: the council decides who joins.
    function openJurisdiction(uint32 council, uint32 jurisdiction, bytes32 nameHash, Grant[] calldata grants) external;

    /// @notice Grants roles. Through the Desk.
    function grantRoles(uint32 jurisdiction, Grant[] calldata grants) external;

    /// @notice Takes roles away. Through the Desk.
    function revokeRoles(uint32 jurisdiction, Grant[] calldata grants) external;

    /// @notice The Desk, the zero address until it is wired.
    function desk() external view returns (address);
    /// @notice Whether the jurisdiction joined the network. The council is open from the first block.
    function isOpen(uint32 jurisdiction) external view returns (bool);
    function holds(uint32 jurisdiction, Role role, address member) external view returns (bool);
    /// @notice All members of a role, in no order. For reading only: the list has no bound.
    function members(uint32 jurisdiction, Role role) external view returns (address[] memory);
    /// @notice `keccak256(abi.encode(jurisdiction, role))`, the id in OpenZeppelin's events.
    function roleId(uint32 jurisdiction, Role role) external pure returns (bytes32);
}
