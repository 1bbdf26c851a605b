// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {IRecognition} from "./IRecognition.sol";
import {FilingStatus, IFilings, Methodology, Project, ProjectFacts, ProjectFiling, ProjectOrigin} from "./IFilings.sol";

/// @title Keeps the filed methodologies and projects, and whether each is in force.
/// @notice See IFilings.
contract Filings is IFilings, DeskGuarded {
    /// @dev A project as filed, packed so that an offset reads the first two slots and an issue one more. The jurisdiction is in the id.
    struct StoredProject {
        bytes32 definitionHash;
        address boundaryAccount;
        uint32 area;
        uint24 creditingEnd;
        uint16 scenario;
        uint8 mechanism;
        FilingStatus status;
        address developer;
        uint64 ceilingGrams;
        uint24 creditingStart;
        bytes32 coBenefitHash;
        uint40 filedAt;
        uint40 suspendedUntil;
    }

    uint32 internal constant COUNCIL = 0;
    uint8 internal constant NUMBER_BITS = 32;
    uint8 internal constant MECHANISM_MAX = 8;
    /// @dev GB/T 2260 codes run from Beijing (11) to Macao (82).
    uint32 internal constant FIRST_CODE = 110_000;
    uint32 internal constant LAST_CODE = 829_999;
    uint40 internal constant EMERGENCY_SECONDS_MAX = 30 days;
    /// @dev Days are stored in 24 bits elsewhere: until the year 47904.
    uint32 internal constant DAY_MAX = type(uint24).max;

    IAccounts public immutable ACCOUNTS;
    IRecognition public immutable RECOGNITION;
    /// @inheritdoc IFilings
    uint40 public immutable EMERGENCY_SECONDS;

    mapping(bytes32 definitionHash => Methodology) private _methodologies;
    mapping(bytes32 methodologyId => mapping(uint16 version => bool)) private _versionFiled;
    mapping(uint64 projectId => StoredProject) private _projects;
    /// @inheritdoc IFilings
    mapping(uint32 jurisdiction => uint32) public projectCount;

    /// @dev Warning: no address and no time can be changed.
    constructor(IAuthority authority_, address desk_, IAccounts accounts_, IRecognition recognition_, uint40 emergencySeconds_)
        DeskGuarded(authority_, desk_)
    {
        if (emergencySeconds_ == 0 || emergencySeconds_ > EMERGENCY_SECONDS_MAX) revert InvalidEmergency(emergencySeconds_);
        ACCOUNTS = accounts_;
        RECOGNITION = recognition_;
        EMERGENCY_SECONDS = emergencySeconds_;
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
            suspendedUntil: 0,
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
        Methodology memory methodology = methodologyOf(definitionHash);
        _requireOwn(methodology.jurisdiction, jurisdiction);
        _requireDecision(methodology.status, status, methodology.suspendedUntil);
        Methodology storage stored = _methodologies[definitionHash];
        stored.status = status;
        stored.suspendedUntil = _endDecided(status, stored.suspendedUntil);
        emit MethodologyStatusChanged(definitionHash, methodology.status, status, reasonHash, msg.sender, 0);
    }

    /// @inheritdoc IFilings
    function suspendMethodology(bytes32 definitionHash, bytes32 reasonHash) external {
        Methodology memory methodology = methodologyOf(definitionHash);
        _requireRegulator(methodology.jurisdiction);
        uint40 until = _emergencyEnd(methodology.status, methodology.suspendedUntil);
        Methodology storage stored = _methodologies[definitionHash];
        stored.status = FilingStatus.Suspended;
        stored.suspendedUntil = until;
        emit MethodologyStatusChanged(definitionHash, methodology.status, FilingStatus.Suspended, reasonHash, msg.sender, until);
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
        if (filing.area < FIRST_CODE || filing.area > LAST_CODE) revert InvalidArea(filing.area);
        if (filing.mechanism == 0 || filing.mechanism > MECHANISM_MAX) revert InvalidMechanism(filing.mechanism);
        uint32 number = ++projectCount[jurisdiction];
        uint64 projectId = uint64(jurisdiction) << NUMBER_BITS | number;
        _projects[projectId] = StoredProject({
            definitionHash: filing.definitionHash,
            boundaryAccount: filing.boundaryAccount,
            area: filing.area,
            // Both days were found not to pass DAY_MAX, which has 24 bits.
            creditingEnd: uint24(filing.creditingEnd),
            scenario: filing.scenario,
            mechanism: filing.mechanism,
            status: FilingStatus.Filed,
            developer: filing.developer,
            ceilingGrams: filing.ceilingGrams,
            creditingStart: uint24(filing.creditingStart),
            coBenefitHash: filing.coBenefitHash,
            filedAt: uint40(block.timestamp),
            suspendedUntil: 0
        });
        emit ProjectFiled(projectId, jurisdiction, filing.developer, filing);
    }

    /// @inheritdoc IFilings
    function setProjectStatus(uint32 jurisdiction, uint64 projectId, FilingStatus status, bytes32 reasonHash)
        external
        throughDesk
    {
        StoredProject storage stored = _requireProject(projectId);
        _requireOwn(_jurisdictionOf(projectId), jurisdiction);
        FilingStatus current = _statusNow(stored.status, stored.suspendedUntil);
        _requireDecision(current, status, stored.suspendedUntil);
        stored.status = status;
        stored.suspendedUntil = _endDecided(status, stored.suspendedUntil);
        emit ProjectStatusChanged(projectId, current, status, reasonHash, msg.sender, 0);
    }

    /// @inheritdoc IFilings
    function suspendProject(uint64 projectId, bytes32 reasonHash) external {
        StoredProject storage stored = _requireProject(projectId);
        _requireRegulator(_jurisdictionOf(projectId));
        FilingStatus current = _statusNow(stored.status, stored.suspendedUntil);
        uint40 until = _emergencyEnd(current, stored.suspendedUntil);
        stored.status = FilingStatus.Suspended;
        stored.suspendedUntil = until;
        emit ProjectStatusChanged(projectId, current, FilingStatus.Suspended, reasonHash, msg.sender, until);
    }

    /// @inheritdoc IFilings
    function methodologyOf(bytes32 definitionHash) public view returns (Methodology memory methodology) {
        methodology = _methodologies[definitionHash];
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (methodology.status == FilingStatus.None) revert UnknownMethodology(definitionHash);
        methodology.status = _statusNow(methodology.status, methodology.suspendedUntil);
    }

    /// @inheritdoc IFilings
    function projectOf(uint64 projectId) external view returns (Project memory) {
        StoredProject memory stored = _requireProject(projectId);
        return Project({
            filing: ProjectFiling({
                definitionHash: stored.definitionHash,
                developer: stored.developer,
                boundaryAccount: stored.boundaryAccount,
                creditingStart: stored.creditingStart,
                creditingEnd: stored.creditingEnd,
                scenario: stored.scenario,
                ceilingGrams: stored.ceilingGrams,
                coBenefitHash: stored.coBenefitHash,
                area: stored.area,
                mechanism: stored.mechanism
            }),
            jurisdiction: _jurisdictionOf(projectId),
            status: _statusNow(stored.status, stored.suspendedUntil),
            filedAt: stored.filedAt,
            suspendedUntil: stored.suspendedUntil
        });
    }

    /// @inheritdoc IFilings
    function factsOf(uint64 projectId) external view returns (ProjectFacts memory facts) {
        StoredProject storage stored = _projects[projectId];
        (facts.developer, facts.ceilingGrams) = (stored.developer, stored.ceilingGrams);
        facts.inForce = _isProjectInForce(stored, stored.status, stored.definitionHash);
    }

    /// @inheritdoc IFilings
    function originOf(uint64 projectId) external view returns (ProjectOrigin memory origin) {
        StoredProject storage stored = _projects[projectId];
        // All of a slot in a row, so that the optimizer reads it once.
        FilingStatus status = stored.status;
        (origin.boundary, origin.area, origin.mechanism) = (stored.boundaryAccount, stored.area, stored.mechanism);
        bytes32 definitionHash = stored.definitionHash;
        origin.definitionHash = definitionHash;
        origin.inForce = _isProjectInForce(stored, status, definitionHash);
    }

    /// @inheritdoc IFilings
    function methodologyInForce(bytes32 definitionHash) public view returns (bool) {
        Methodology storage stored = _methodologies[definitionHash];
        return _isInForce(stored.status, stored.suspendedUntil);
    }

    /// @inheritdoc IFilings
    function projectInForce(uint64 projectId) public view returns (bool) {
        StoredProject storage stored = _projects[projectId];
        return _isProjectInForce(stored, stored.status, stored.definitionHash);
    }

    function _isProjectInForce(StoredProject storage stored, FilingStatus status, bytes32 definitionHash)
        private
        view
        returns (bool)
    {
        // The end of a suspension lies in another slot, which is read only where there was one.
        bool own =
            status == FilingStatus.Filed || (status == FilingStatus.Suspended && _isInForce(status, stored.suspendedUntil));
        return own && methodologyInForce(definitionHash);
    }

    function _requireProject(uint64 projectId) private view returns (StoredProject storage stored) {
        stored = _projects[projectId];
        if (stored.status == FilingStatus.None) revert UnknownProject(projectId);
    }

    /// @dev When an emergency suspension that begins now ends; reverts where none may begin.
    function _emergencyEnd(FilingStatus current, uint40 lastUntil) private view returns (uint40) {
        _requireChange(current, FilingStatus.Suspended);
        // Zero means none here; it is no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        uint40 possibleAt = lastUntil == 0 ? 0 : lastUntil + EMERGENCY_SECONDS;
        if (block.timestamp < possibleAt) revert EmergencyTooSoon(possibleAt, uint40(block.timestamp));
        return uint40(block.timestamp) + EMERGENCY_SECONDS;
    }

    /// @dev A methodology of the council is for all; any other for its own jurisdiction and for those that recognise it.
    function _requireUsableMethodology(bytes32 definitionHash, uint32 jurisdiction) private view {
        Methodology memory methodology = methodologyOf(definitionHash);
        if (methodology.status != FilingStatus.Filed) revert MethodologyNotInForce(definitionHash, methodology.status);
        uint32 author = methodology.jurisdiction;
        // Codes of jurisdictions, no amounts.
        // slither-disable-next-line incorrect-equality
        if (author == COUNCIL || author == jurisdiction) return;
        if (!RECOGNITION.recognisesMethodology(jurisdiction, definitionHash)) {
            revert MethodologyNotRecognised(definitionHash, author, jurisdiction);
        }
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

    /// @dev Confirmed, an emergency leaves nothing behind; restored early, the next one waits from now.
    function _endDecided(FilingStatus status, uint40 lastUntil) private view returns (uint40) {
        if (status == FilingStatus.Suspended) return 0;
        return block.timestamp < lastUntil ? uint40(block.timestamp) : lastUntil;
    }

    /// @dev An emergency suspension is confirmed by suspending what is suspended.
    function _requireDecision(FilingStatus current, FilingStatus wanted, uint40 suspendedUntil) private pure {
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        bool confirms = wanted == FilingStatus.Suspended && current == wanted && suspendedUntil != 0;
        if (!confirms) _requireChange(current, wanted);
    }

    function _requireChange(FilingStatus current, FilingStatus wanted) private pure {
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (current == wanted) revert StatusUnchanged(current);
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (current == FilingStatus.Withdrawn || wanted == FilingStatus.None) revert InvalidStatus(current, wanted);
    }

    function _isInForce(FilingStatus stored, uint40 suspendedUntil) private view returns (bool) {
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        return _statusNow(stored, suspendedUntil) == FilingStatus.Filed;
    }

    /// @dev Only what is in force can be suspended in an emergency, so that is what its end brings back.
    function _statusNow(FilingStatus stored, uint40 suspendedUntil) private view returns (FilingStatus) {
        bool ended = suspendedUntil != 0 && block.timestamp >= suspendedUntil;
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        return stored == FilingStatus.Suspended && ended ? FilingStatus.Filed : stored;
    }

    function _jurisdictionOf(uint64 projectId) private pure returns (uint32) {
        return uint32(projectId >> NUMBER_BITS);
    }
}
