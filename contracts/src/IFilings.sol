// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

enum FilingStatus {
    None,
    /// In force.
    Filed,
    /// Out of force until the Desk restores it, or until an emergency suspension ends by itself.
    Suspended,
    /// Ended for ever.
    Withdrawn
}

/// @notice A methodology (方法学) in one version. Its key is `definitionHash`, the canonical hash of the definition file.
struct Methodology {
    uint32 jurisdiction;
    uint16 version;
    FilingStatus status;
    uint40 filedAt;
    /// End of the last emergency suspension; 0 where there was none or the Desk made a suspension its own.
    uint40 suspendedUntil;
    /// Short ASCII id, the same for all versions.
    bytes32 methodologyId;
    /// SHA-256 of the official document the definition follows.
    bytes32 documentHash;
}

/// @notice What a maker proposes of a project (a source of reductions run by a developer).
struct ProjectFiling {
    bytes32 definitionHash;
    address developer;
    /// The account inside whose boundary the reductions happen; it cannot offset with them. Zero address: none.
    address boundaryAccount;
    /// First and last day of the crediting period, days since 1970-01-01.
    uint32 creditingStart;
    uint32 creditingEnd;
    uint16 scenario;
    /// No more grams than this are ever issued for the project.
    uint64 ceilingGrams;
    bytes32 coBenefitHash;
    /// GB/T 2260 code of the county or city where the reductions happen; preference areas are named by it.
    uint32 area;
    /// Mechanism under which the project stands, 1 to 8: 1 carbon inclusion (碳普惠), 2 CCER; the rest as the council publishes.
    uint8 mechanism;
}

/// @notice A project as stored. `projectId` = jurisdiction << 32 | number, numbers from 1 in each jurisdiction.
struct Project {
    ProjectFiling filing;
    uint32 jurisdiction;
    FilingStatus status;
    uint40 filedAt;
    /// End of the last emergency suspension; 0 where there was none or the Desk made a suspension its own.
    uint40 suspendedUntil;
}

/// @notice What the ledger asks of a project at every issue.
struct ProjectFacts {
    /// Whether the project and its methodology are both in force.
    bool inForce;
    address developer;
    uint64 ceilingGrams;
}

/// @notice What the rules of offsets ask of where credits come from.
struct ProjectOrigin {
    /// Whether the project and its methodology are both in force.
    bool inForce;
    uint8 mechanism;
    uint32 area;
    address boundary;
    bytes32 definitionHash;
}

/// @title Filing (备案) of methodologies and projects.
/// @notice Filed only through the Desk; withdrawn for ever through the Desk. A REGULATOR suspends at once, for EMERGENCY_SECONDS: then
/// the suspension ends by itself, unless it was confirmed through the Desk by suspending once more. After its end, or after an
/// earlier restoration through the Desk, the next emergency suspension of the same waits as long again: one person cannot
/// keep it out of force. Every status here is the status as of now.
interface IFilings is IDeskGuarded {
    event MethodologyFiled(
        bytes32 indexed definitionHash,
        uint32 indexed jurisdiction,
        bytes32 indexed methodologyId,
        uint16 version,
        bytes32 documentHash
    );
    /// @notice `suspendedUntil` is not 0 for an emergency suspension alone. A suspension that follows one is its confirmation.
    event MethodologyStatusChanged(
        bytes32 indexed definitionHash,
        FilingStatus previousStatus,
        FilingStatus status,
        bytes32 reasonHash,
        address by,
        uint40 suspendedUntil
    );
    event ProjectFiled(uint64 indexed projectId, uint32 indexed jurisdiction, address indexed developer, ProjectFiling filing);
    /// @notice `suspendedUntil` is not 0 for an emergency suspension alone. A suspension that follows one is its confirmation.
    event ProjectStatusChanged(
        uint64 indexed projectId,
        FilingStatus previousStatus,
        FilingStatus status,
        bytes32 reasonHash,
        address by,
        uint40 suspendedUntil
    );

    error UnknownMethodology(bytes32 definitionHash);
    error MethodologyExists(bytes32 definitionHash);
    /// @notice Another definition is filed under this id and version.
    error VersionExists(bytes32 methodologyId, uint16 version);
    error MethodologyNotInForce(bytes32 definitionHash, FilingStatus status);
    /// @notice The methodology is another jurisdiction's, and the project's does not recognise it.
    error MethodologyNotRecognised(bytes32 definitionHash, uint32 methodologyJurisdiction, uint32 jurisdiction);
    error UnknownProject(uint64 projectId);
    /// @notice The methodology or project belongs to another jurisdiction than the one that decides.
    error WrongJurisdiction(uint32 objectJurisdiction, uint32 jurisdiction);
    /// @notice The crediting period begins with day 0, is reversed, or ends beyond 24 bits of days.
    error InvalidPeriod(uint32 start, uint32 end);
    /// @notice The developer or the boundary account is not an open account of the jurisdiction (the boundary: of any).
    error InvalidAccount(address account);
    /// @notice The mechanism is not one of 1 to 8.
    error InvalidMechanism(uint8 mechanism);
    /// @notice The area is no GB/T 2260 code: six digits, 110000 to 829999.
    error InvalidArea(uint32 area);
    /// @notice A required field is empty. `field` is its name.
    error MissingField(bytes32 field);
    error StatusUnchanged(FilingStatus status);
    /// @notice What was withdrawn stays withdrawn; None is no status.
    error InvalidStatus(FilingStatus current, FilingStatus wanted);
    /// @notice The last emergency suspension is too recent; what must stay suspended goes through the Desk.
    error EmergencyTooSoon(uint40 possibleAt, uint40 currentTime);
    /// @notice Emergency suspensions last 1 second to 30 days.
    error InvalidEmergency(uint40 emergencySeconds);
    /// @notice The caller lacks the role in that jurisdiction. `role` is the number of IAuthority's Role.
    error RoleMissing(uint32 jurisdiction, uint8 role, address caller);
    /// @notice The jurisdiction was never opened.
    error UnknownJurisdiction(uint32 jurisdiction);

    /// @notice Files a methodology. Through the Desk.
    function fileMethodology(
        uint32 jurisdiction,
        bytes32 definitionHash,
        bytes32 methodologyId,
        uint16 version,
        bytes32 documentHash
    ) external;
    /// @notice Suspends, restores or withdraws a methodology. Through the Desk. Suspending in an emergency suspension makes it stay.
    /// @dev Warning: a withdrawn methodology never comes back, and no project of it is in force again.
    function setMethodologyStatus(uint32 jurisdiction, bytes32 definitionHash, FilingStatus status, bytes32 reasonHash) external;
    /// @notice Suspends a methodology at once for EMERGENCY_SECONDS, by one REGULATOR of its jurisdiction.
    function suspendMethodology(bytes32 definitionHash, bytes32 reasonHash) external;

    /// @notice Files a project. Through the Desk. The id is the next of the jurisdiction. Its methodology is one of the
    /// network council, of the same jurisdiction, or of another whose methodology it recognises.
    function fileProject(uint32 jurisdiction, ProjectFiling calldata filing) external;
    /// @notice Suspends, restores or withdraws a project. Through the Desk. Suspending in an emergency suspension makes it stay.
    /// @dev Warning: a withdrawn project never comes back.
    function setProjectStatus(uint32 jurisdiction, uint64 projectId, FilingStatus status, bytes32 reasonHash) external;
    /// @notice Suspends a project at once for EMERGENCY_SECONDS, by one REGULATOR of its jurisdiction.
    function suspendProject(uint64 projectId, bytes32 reasonHash) external;

    /// @notice How long an emergency suspension lasts, and how long the next one of the same must wait after it.
    function EMERGENCY_SECONDS() external view returns (uint40);
    /// @notice The methodology. Reverts with UnknownMethodology.
    function methodologyOf(bytes32 definitionHash) external view returns (Methodology memory);
    /// @notice The project. Reverts with UnknownProject.
    function projectOf(uint64 projectId) external view returns (Project memory);
    /// @notice What an issue asks of a project; empty for an unknown one.
    function factsOf(uint64 projectId) external view returns (ProjectFacts memory);
    /// @notice What an offset asks of a project; empty for an unknown one.
    function originOf(uint64 projectId) external view returns (ProjectOrigin memory);
    /// @notice Number of projects of a jurisdiction; the last id is jurisdiction << 32 | count.
    function projectCount(uint32 jurisdiction) external view returns (uint32);
    /// @notice Whether it is filed and neither suspended nor withdrawn; false for an unknown one.
    function methodologyInForce(bytes32 definitionHash) external view returns (bool);
    /// @notice Whether the project and its methodology are both in force; false for an unknown one.
    function projectInForce(uint64 projectId) external view returns (bool);
}
