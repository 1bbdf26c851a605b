// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {FilingStatus, IFilings, Methodology, Project, ProjectFiling} from "./IFilings.sol";

/// @title Keeps the filed methodologies and projects, and whether each is in force.
/// @notice See IFilings.
contract Filings is IFilings, DeskGuarded {
    uint32 internal constant COUNCIL = 0;
    uint8 internal constant NUMBER_BITS = 32;
    /// @dev Days are stored in 24 bits elsewhere: until the year 47904.
    uint32 internal constant DAY_MAX = type(uint24).max;

    IAccounts public immutable ACCOUNTS;

    mapping(bytes32 definitionHash => Methodology) private _methodologies;
    mapping(bytes32 methodologyId => mapping(uint16 version => bool)) private _versionFiled;
    mapping(uint64 projectId => Project) private _projects;
    /// @inheritdoc IFilings
    mapping(uint32 jurisdiction => uint32) public projectCount;

    constructor(IAuthority authority_, address desk_, IAccounts accounts_) DeskGuarded(authority_, desk_) {
        ACCOUNTS = accounts_;
    }

    /// @inheritdoc IFilings
    function fileMethodology(
        uint32 jurisdiction,
        bytes32 definitionHash,
        bytes32 methodologyId,
        uint16 version,
        bytes32 documentHash
    ) external throughDesk {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        if (definitionHash == bytes32(0)) revert MissingField("definitionHash");
        if (methodologyId == bytes32(0)) revert MissingField("methodologyId");
        if (version == 0) revert MissingField("version");
        if (documentHash == bytes32(0)) revert MissingField("documentHash");
        if (_methodologies[definitionHash].status != FilingStatus.None) revert MethodologyExists(definitionHash);
        if (_versionFiled[methodologyId][version]) revert VersionExists(methodologyId, version);
        _versionFiled[methodologyId][version] = true;
        _methodologies[definitionHash] = Methodology({
            jurisdiction: jurisdiction,
            version: version,
            status: FilingStatus.Filed,
            filedAt: uint40(block.timestamp),
            methodologyId: methodologyId,
            documentHash: documentHash
        });
        emit MethodologyFiled(definitionHash, jurisdiction, methodologyId, version, documentHash);
    }

    /// @inheritdoc IFilings
    function setMethodologyStatus(uint32 jurisdiction, bytes32 definitionHash, FilingStatus status, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireOwn(methodologyOf(definitionHash).jurisdiction, jurisdiction);
        _changeMethodology(definitionHash, status, reasonHash);
    }

    /// @inheritdoc IFilings
    function suspendMethodology(bytes32 definitionHash, bytes32 reasonHash) external {
        _requireRegulator(methodologyOf(definitionHash).jurisdiction);
        _changeMethodology(definitionHash, FilingStatus.Suspended, reasonHash);
    }

    /// @inheritdoc IFilings
    function fileProject(uint32 jurisdiction, ProjectFiling calldata filing) external throughDesk {
        _requireUsableMethodology(filing.definitionHash, jurisdiction);
        _requireUsableAccounts(filing, jurisdiction);
        if (filing.creditingStart == 0 || filing.creditingStart > filing.creditingEnd || filing.creditingEnd > DAY_MAX) {
            revert InvalidPeriod(filing.creditingStart, filing.creditingEnd);
        }
        if (filing.scenario == 0) revert MissingField("scenario");
        if (filing.ceilingGrams == 0) revert MissingField("ceilingGrams");
        uint32 number = ++projectCount[jurisdiction];
        uint64 projectId = uint64(jurisdiction) << NUMBER_BITS | number;
        _projects[projectId] =
            Project({filing: filing, jurisdiction: jurisdiction, status: FilingStatus.Filed, filedAt: uint40(block.timestamp)});
        emit ProjectFiled(projectId, jurisdiction, filing.developer, filing);
    }

    /// @inheritdoc IFilings
    function setProjectStatus(uint32 jurisdiction, uint64 projectId, FilingStatus status, bytes32 reasonHash)
        external
        throughDesk
    {
        _requireOwn(projectOf(projectId).jurisdiction, jurisdiction);
        _changeProject(projectId, status, reasonHash);
    }

    /// @inheritdoc IFilings
    function suspendProject(uint64 projectId, bytes32 reasonHash) external {
        _requireRegulator(projectOf(projectId).jurisdiction);
        _changeProject(projectId, FilingStatus.Suspended, reasonHash);
    }

    /// @inheritdoc IFilings
    function methodologyOf(bytes32 definitionHash) public view returns (Methodology memory methodology) {
        methodology = _methodologies[definitionHash];
        if (methodology.status == FilingStatus.None) revert UnknownMethodology(definitionHash);
    }

    /// @inheritdoc IFilings
    function projectOf(uint64 projectId) public view returns (Project memory project) {
        project = _projects[projectId];
        if (project.status == FilingStatus.None) revert UnknownProject(projectId);
    }

    /// @inheritdoc IFilings
    function ceilingOf(uint64 projectId) external view returns (uint64) {
        return _projects[projectId].filing.ceilingGrams;
    }

    /// @inheritdoc IFilings
    function boundaryOf(uint64 projectId) external view returns (address) {
        return _projects[projectId].filing.boundaryAccount;
    }

    /// @inheritdoc IFilings
    function methodologyInForce(bytes32 definitionHash) public view returns (bool) {
        return _methodologies[definitionHash].status == FilingStatus.Filed;
    }

    /// @inheritdoc IFilings
    function projectInForce(uint64 projectId) external view returns (bool) {
        Project storage project = _projects[projectId];
        return project.status == FilingStatus.Filed && methodologyInForce(project.filing.definitionHash);
    }

    function _changeMethodology(bytes32 definitionHash, FilingStatus status, bytes32 reasonHash) private {
        Methodology storage methodology = _methodologies[definitionHash];
        FilingStatus current = methodology.status;
        _requireChange(current, status);
        methodology.status = status;
        emit MethodologyStatusChanged(definitionHash, current, status, reasonHash, msg.sender);
    }

    function _changeProject(uint64 projectId, FilingStatus status, bytes32 reasonHash) private {
        Project storage project = _projects[projectId];
        FilingStatus current = project.status;
        _requireChange(current, status);
        project.status = status;
        emit ProjectStatusChanged(projectId, current, status, reasonHash, msg.sender);
    }

    /// @dev A methodology of the council is for all; any other is for its own jurisdiction, until recognition says more.
    function _requireUsableMethodology(bytes32 definitionHash, uint32 jurisdiction) private view {
        Methodology memory methodology = methodologyOf(definitionHash);
        if (methodology.status != FilingStatus.Filed) revert MethodologyNotInForce(definitionHash, methodology.status);
        if (methodology.jurisdiction != COUNCIL) _requireOwn(methodology.jurisdiction, jurisdiction);
    }

    function _requireUsableAccounts(ProjectFiling calldata filing, uint32 jurisdiction) private view {
        bool ownDeveloper = ACCOUNTS.jurisdictionOf(filing.developer) == jurisdiction;
        if (!ownDeveloper || !_isOpen(filing.developer)) revert InvalidAccount(filing.developer);
        bool hasBoundary = filing.boundaryAccount != address(0);
        if (hasBoundary && !_isOpen(filing.boundaryAccount)) revert InvalidAccount(filing.boundaryAccount);
    }

    function _isOpen(address account) private view returns (bool) {
        return ACCOUNTS.statusOf(account) == AccountStatus.Open;
    }

    function _requireRegulator(uint32 jurisdiction) private view {
        if (!AUTHORITY.holds(jurisdiction, Role.Regulator, msg.sender)) {
            revert RoleMissing(jurisdiction, uint8(Role.Regulator), msg.sender);
        }
    }

    function _requireOwn(uint32 objectJurisdiction, uint32 jurisdiction) private pure {
        if (objectJurisdiction != jurisdiction) revert WrongJurisdiction(objectJurisdiction, jurisdiction);
    }

    function _requireChange(FilingStatus current, FilingStatus wanted) private pure {
        if (current == wanted) revert StatusUnchanged(current);
        if (current == FilingStatus.Withdrawn || wanted == FilingStatus.None) revert InvalidStatus(current, wanted);
    }
}
