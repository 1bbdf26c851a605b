// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";

import {Grant, IAuthority, Role} from "./IAuthority.sol";

/// @title Keeps the jurisdictions and who holds which role in each.
/// @notice See IAuthority. Nobody holds OpenZeppelin's DEFAULT_ADMIN_ROLE, so its `grantRole` and `revokeRole` always revert.
contract Authority is IAuthority, AccessControlEnumerable {
    /// @dev What a role id stands for; needed where OpenZeppelin hands us the id alone.
    struct RoleKey {
        uint32 jurisdiction;
        Role role;
    }

    /// @dev Code of the network council, open from the first block.
    uint32 internal constant COUNCIL = 0;
    /// @dev GB/T 2260 codes run from Beijing (11) to Macao (82).
    uint32 internal constant FIRST_CODE = 110_000;
    uint32 internal constant LAST_CODE = 829_999;
    uint256 internal constant GRANTS_MAX = 50;

    address private immutable DEPLOYER;

    /// @inheritdoc IAuthority
    address public desk;
    /// @inheritdoc IAuthority
    mapping(uint32 jurisdiction => bool) public isOpen;
    mapping(bytes32 id => RoleKey) private _keys;

    /// @param makers The first Admins and Registrars of the network council: both roles are makers, and without an Admin a
    /// policy that asks for one could never be met in the council.
    /// @param checkers The first Approvers of the network council.
    constructor(address[] memory makers, address[] memory checkers) {
        DEPLOYER = msg.sender;
        isOpen[COUNCIL] = true;
        emit JurisdictionOpened(COUNCIL, bytes32(0));
        for (uint256 i = 0; i < makers.length; ++i) {
            _add(COUNCIL, Role.Admin, makers[i]);
            _add(COUNCIL, Role.Registrar, makers[i]);
        }
        for (uint256 i = 0; i < checkers.length; ++i) {
            _add(COUNCIL, Role.Approver, checkers[i]);
        }
        _requireOffices(COUNCIL);
    }

    modifier throughDesk() {
        if (msg.sender != desk) revert NotThroughDesk(msg.sender);
        _;
    }

    modifier onlyOpen(uint32 jurisdiction) {
        if (!isOpen[jurisdiction]) revert UnknownJurisdiction(jurisdiction);
        _;
    }

    /// @inheritdoc IAuthority
    function wire(address desk_) external {
        if (msg.sender != DEPLOYER || desk != address(0) || desk_ == address(0)) revert NotWirable(msg.sender);
        desk = desk_;
    }

    /// @inheritdoc IAuthority
    function openJurisdiction(uint32 council, uint32 jurisdiction, bytes32 nameHash, Grant[] calldata grants)
        external
        throughDesk
    {
        if (council != COUNCIL) revert NotCouncil(council);
        if (jurisdiction < FIRST_CODE || jurisdiction > LAST_CODE) revert InvalidJurisdiction(jurisdiction);
        if (isOpen[jurisdiction]) revert JurisdictionExists(jurisdiction);
        isOpen[jurisdiction] = true;
        emit JurisdictionOpened(jurisdiction, nameHash);
        _addAll(jurisdiction, grants);
        _requireOffices(jurisdiction);
    }

    /// @inheritdoc IAuthority
    function grantRoles(uint32 jurisdiction, Grant[] calldata grants) external throughDesk onlyOpen(jurisdiction) {
        _addAll(jurisdiction, grants);
    }

    /// @inheritdoc IAuthority
    function revokeRoles(uint32 jurisdiction, Grant[] calldata grants) external throughDesk onlyOpen(jurisdiction) {
        _requireGrantCount(grants.length);
        for (uint256 i = 0; i < grants.length; ++i) {
            _remove(jurisdiction, grants[i].role, grants[i].member);
        }
    }

    /// @notice Gives up one's own role. The last Admin, Registrar and Approver of a jurisdiction must stay.
    /// @param id As `roleId` gives it.
    /// @param confirmation The caller's own address.
    function renounceRole(bytes32 id, address confirmation) public override(AccessControl, IAccessControl) {
        if (confirmation != msg.sender) revert AccessControlBadConfirmation();
        // An id that was never granted gives the key (0, None), and RoleUnchanged says so.
        RoleKey memory key = _keys[id];
        _remove(key.jurisdiction, key.role, msg.sender);
    }

    /// @inheritdoc IAuthority
    function holds(uint32 jurisdiction, Role role, address member) public view returns (bool) {
        return hasRole(roleId(jurisdiction, role), member);
    }

    /// @inheritdoc IAuthority
    function members(uint32 jurisdiction, Role role) external view returns (address[] memory) {
        return getRoleMembers(roleId(jurisdiction, role));
    }

    /// @inheritdoc IAuthority
    function roleId(uint32 jurisdiction, Role role) public pure returns (bytes32) {
        return keccak256(abi.encode(jurisdiction, role));
    }

    function _addAll(uint32 jurisdiction, Grant[] calldata grants) private {
        _requireGrantCount(grants.length);
        for (uint256 i = 0; i < grants.length; ++i) {
            _add(jurisdiction, grants[i].role, grants[i].member);
        }
    }

    function _add(uint32 jurisdiction, Role role, address member) private {
        bool isModule = role >= Role.Retirer;
        // A person with this role could retire what is on any account.
        if (role == Role.None || (isModule && (jurisdiction != COUNCIL || member.code.length == 0))) {
            revert RoleNotGrantable(jurisdiction, role);
        }
        if (member == address(0)) revert ZeroMember();
        if (_wouldJoinMakerAndChecker(jurisdiction, role, member)) revert MakerIsChecker(jurisdiction, member);
        bytes32 id = roleId(jurisdiction, role);
        if (!_grantRole(id, member)) revert RoleUnchanged(jurisdiction, role, member);
        if (_keys[id].role == Role.None) _keys[id] = RoleKey(jurisdiction, role);
        emit MemberAdded(jurisdiction, role, member);
    }

    function _remove(uint32 jurisdiction, Role role, address member) private {
        bytes32 id = roleId(jurisdiction, role);
        if (!_revokeRole(id, member)) revert RoleUnchanged(jurisdiction, role, member);
        bool isOffice = role == Role.Admin || role == Role.Registrar || role == Role.Approver;
        if (isOffice) _requireMember(jurisdiction, role);
        emit MemberRemoved(jurisdiction, role, member);
    }

    /// @dev The one place that keeps the two persons of a privileged change apart.
    function _wouldJoinMakerAndChecker(uint32 jurisdiction, Role role, address member) private view returns (bool) {
        if (role == Role.Approver) {
            return holds(jurisdiction, Role.Admin, member) || holds(jurisdiction, Role.Registrar, member);
        }
        if (role == Role.Admin || role == Role.Registrar) return holds(jurisdiction, Role.Approver, member);
        return false;
    }

    /// @dev Without one of each nobody could ever act for the jurisdiction, or name who does.
    function _requireOffices(uint32 jurisdiction) private view {
        _requireMember(jurisdiction, Role.Admin);
        _requireMember(jurisdiction, Role.Registrar);
        _requireMember(jurisdiction, Role.Approver);
    }

    function _requireMember(uint32 jurisdiction, Role role) private view {
        if (getRoleMemberCount(roleId(jurisdiction, role)) == 0) revert LastMember(jurisdiction, role);
    }

    function _requireGrantCount(uint256 count) private pure {
        if (count == 0 || count > GRANTS_MAX) revert InvalidGrantCount(count);
    }
}
