// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {FilingStatus, IFilings, Methodology, Project, ProjectFiling} from "../src/IFilings.sol";
import {Network} from "./Network.sol";

contract FilingsTest is Network {
    bytes32 internal constant DEFINITION = keccak256("cycling 1");
    bytes32 internal constant CYCLING = "cycling";
    bytes32 internal constant DOCUMENT = keccak256("document");

    address internal platform;
    address internal enterprise;
    uint64 internal projectId;

    function setUp() public override {
        super.setUp();
        platform = _openAccount(WUHAN, 1, AccountKind.Platform);
        enterprise = _openAccount(SHANGHAI, 1, AccountKind.Enterprise);
        _fileMethodology(WUHAN, DEFINITION, CYCLING, 1);
        _fileProject(WUHAN, _filing());
        projectId = (uint64(WUHAN) << 32) + 1;
    }

    // fileMethodology

    function test_fileMethodology__not_through_the_desk__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        filings.fileMethodology(WUHAN, REASON, CYCLING, 2, DOCUMENT);
    }

    function test_fileMethodology__unknown_jurisdiction__reverts() external {
        _refuseMethodology(
            999, REASON, CYCLING, 2, DOCUMENT, abi.encodeWithSelector(IFilings.UnknownJurisdiction.selector, 999)
        );
    }

    function test_fileMethodology__empty_field__reverts() external {
        bytes4 missing = IFilings.MissingField.selector;
        bytes32 none;
        _refuseMethodology(WUHAN, none, CYCLING, 2, DOCUMENT, abi.encodeWithSelector(missing, bytes32("definitionHash")));
        _refuseMethodology(WUHAN, REASON, none, 2, DOCUMENT, abi.encodeWithSelector(missing, bytes32("methodologyId")));
        _refuseMethodology(WUHAN, REASON, CYCLING, 0, DOCUMENT, abi.encodeWithSelector(missing, bytes32("version")));
        _refuseMethodology(WUHAN, REASON, CYCLING, 2, none, abi.encodeWithSelector(missing, bytes32("documentHash")));
    }

    function test_fileMethodology__definition_or_version_filed__reverts() external {
        bytes memory exists = abi.encodeWithSelector(IFilings.MethodologyExists.selector, DEFINITION);
        _refuseMethodology(WUHAN, DEFINITION, CYCLING, 2, DOCUMENT, exists);
        bytes memory taken = abi.encodeWithSelector(IFilings.VersionExists.selector, CYCLING, 1);
        _refuseMethodology(SHANGHAI, REASON, CYCLING, 1, DOCUMENT, taken);
    }

    function test_fileMethodology__next_version__emits_and_stores() external {
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.MethodologyFiled(REASON, SHANGHAI, CYCLING, 2, DOCUMENT);
        _fileMethodology(SHANGHAI, REASON, CYCLING, 2);
        Methodology memory stored = filings.methodologyOf(REASON);
        assertEq(stored.jurisdiction, SHANGHAI, "jurisdiction");
        assertEq(stored.version, 2, "version");
        assertEq(stored.filedAt, block.timestamp, "time");
        assertEq(stored.methodologyId, CYCLING, "id");
        assertEq(stored.documentHash, DOCUMENT, "document");
        assertTrue(filings.methodologyInForce(REASON), "in force");
    }

    // fileProject

    function test_fileProject__not_through_the_desk__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        filings.fileProject(WUHAN, _filing());
    }

    function test_fileProject__methodology_unknown_or_suspended_or_foreign__reverts() external {
        ProjectFiling memory filing = _filing();
        filing.definitionHash = REASON;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(IFilings.UnknownMethodology.selector, REASON));
        _fileMethodology(SHANGHAI, REASON, CYCLING, 2);
        _refuseProject(
            WUHAN, filing, abi.encodeWithSelector(IFilings.MethodologyNotRecognised.selector, REASON, SHANGHAI, WUHAN)
        );
        vm.prank(regulator);
        filings.suspendMethodology(DEFINITION, REASON);
        bytes4 selector = IFilings.MethodologyNotInForce.selector;
        _refuseProject(WUHAN, _filing(), abi.encodeWithSelector(selector, DEFINITION, FilingStatus.Suspended));
    }

    function test_fileProject__methodology_of_the_council__is_for_all() external {
        _fileMethodology(COUNCIL, REASON, CYCLING, 2);
        ProjectFiling memory filing = _filing();
        filing.definitionHash = REASON;
        _fileProject(WUHAN, filing);
        assertTrue(filings.projectInForce(projectId + 1), "in force");
    }

    function test_fileProject__methodology_of_another__needs_recognition() external {
        _fileMethodology(SHANGHAI, REASON, CYCLING, 2);
        ProjectFiling memory filing = _filing();
        filing.definitionHash = REASON;
        vm.prank(address(desk));
        recognition.recogniseMethodology(WUHAN, REASON, DOCUMENT);
        _fileProject(WUHAN, filing);
        assertTrue(filings.projectInForce(projectId + 1), "in force");
        vm.prank(address(desk));
        recognition.withdrawMethodology(WUHAN, REASON, DOCUMENT);
        _refuseProject(
            WUHAN, filing, abi.encodeWithSelector(IFilings.MethodologyNotRecognised.selector, REASON, SHANGHAI, WUHAN)
        );
        assertTrue(filings.projectInForce(projectId + 1), "what was filed stays filed");
    }

    function test_fileProject__developer_unknown_or_foreign_or_frozen__reverts() external {
        bytes4 selector = IFilings.InvalidAccount.selector;
        ProjectFiling memory filing = _filing();
        filing.developer = outsider;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(selector, outsider));
        filing.developer = enterprise;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(selector, enterprise));
        vm.prank(regulator);
        accounts.freeze(platform, REASON);
        _refuseProject(WUHAN, _filing(), abi.encodeWithSelector(selector, platform));
    }

    function test_fileProject__boundary_no_open_account__reverts() external {
        bytes4 selector = IFilings.InvalidAccount.selector;
        ProjectFiling memory filing = _filing();
        filing.boundaryAccount = outsider;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(selector, outsider));
        filing.boundaryAccount = enterprise;
        vm.prank(shanghaiRegulator);
        accounts.freeze(enterprise, REASON);
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(selector, enterprise));
    }

    function test_fileProject__period_reversed_or_empty_or_endless__reverts() external {
        uint32[2][3] memory periods = [[uint32(20), 19], [uint32(0), 19], [uint32(1), uint32(1) << 24]];
        for (uint256 i = 0; i < periods.length; ++i) {
            ProjectFiling memory filing = _filing();
            (filing.creditingStart, filing.creditingEnd) = (periods[i][0], periods[i][1]);
            _refuseProject(WUHAN, filing, abi.encodeWithSelector(IFilings.InvalidPeriod.selector, periods[i][0], periods[i][1]));
        }
    }

    function test_fileProject__no_scenario_or_ceiling__reverts() external {
        ProjectFiling memory filing = _filing();
        filing.scenario = 0;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(IFilings.MissingField.selector, bytes32("scenario")));
        filing = _filing();
        filing.ceilingGrams = 0;
        _refuseProject(WUHAN, filing, abi.encodeWithSelector(IFilings.MissingField.selector, bytes32("ceilingGrams")));
    }

    function test_fileProject__emits_stores_and_counts() external {
        ProjectFiling memory filing = _filing();
        filing.boundaryAccount = enterprise;
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.ProjectFiled(projectId + 1, WUHAN, platform, filing);
        _fileProject(WUHAN, filing);
        Project memory stored = filings.projectOf(projectId + 1);
        assertEq(keccak256(abi.encode(stored.filing)), keccak256(abi.encode(filing)), "filing");
        assertEq(stored.jurisdiction, WUHAN, "jurisdiction");
        assertEq(stored.filedAt, block.timestamp, "time");
        assertEq(filings.projectCount(WUHAN), 2, "count");
        assertEq(filings.projectCount(SHANGHAI), 0, "counted by jurisdiction");
    }

    // Status

    function test_setStatus__not_through_the_desk__reverts() external {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator));
        filings.setMethodologyStatus(WUHAN, DEFINITION, FilingStatus.Suspended, REASON);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator));
        filings.setProjectStatus(WUHAN, projectId, FilingStatus.Suspended, REASON);
    }

    function test_setStatus__unknown_or_foreign__reverts() external {
        bytes memory foreign = abi.encodeWithSelector(IFilings.WrongJurisdiction.selector, WUHAN, SHANGHAI);
        vm.prank(address(desk));
        vm.expectRevert(foreign);
        filings.setMethodologyStatus(SHANGHAI, DEFINITION, FilingStatus.Suspended, REASON);
        vm.prank(address(desk));
        vm.expectRevert(foreign);
        filings.setProjectStatus(SHANGHAI, projectId, FilingStatus.Suspended, REASON);
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IFilings.UnknownMethodology.selector, REASON));
        filings.setMethodologyStatus(WUHAN, REASON, FilingStatus.Suspended, REASON);
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IFilings.UnknownProject.selector, 7));
        filings.setProjectStatus(WUHAN, 7, FilingStatus.Suspended, REASON);
    }

    function test_suspend__no_regulator_of_the_jurisdiction__reverts() external {
        address[3] memory callers = [outsider, approver, shanghaiRegulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory refusal =
                abi.encodeWithSelector(IFilings.RoleMissing.selector, WUHAN, uint8(Role.Regulator), callers[i]);
            vm.prank(callers[i]);
            vm.expectRevert(refusal);
            filings.suspendMethodology(DEFINITION, REASON);
            vm.prank(callers[i]);
            vm.expectRevert(refusal);
            filings.suspendProject(projectId, REASON);
        }
    }

    function test_suspend__again__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IFilings.StatusUnchanged.selector, FilingStatus.Suspended);
        vm.prank(regulator);
        filings.suspendProject(projectId, REASON);
        vm.prank(regulator);
        vm.expectRevert(refusal);
        filings.suspendProject(projectId, REASON);
        vm.prank(regulator);
        filings.suspendMethodology(DEFINITION, REASON);
        vm.prank(regulator);
        vm.expectRevert(refusal);
        filings.suspendMethodology(DEFINITION, REASON);
    }

    function test_suspendProject__regulator__emits_and_ends_its_force() external {
        uint40 until = uint40(block.timestamp) + EMERGENCY_SECONDS;
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.ProjectStatusChanged(projectId, FilingStatus.Filed, FilingStatus.Suspended, REASON, regulator, until);
        vm.prank(regulator);
        filings.suspendProject(projectId, REASON);
        assertTrue(!filings.projectInForce(projectId), "out of force");
        assertTrue(filings.methodologyInForce(DEFINITION), "its methodology is not touched");
    }

    function test_suspendMethodology__regulator__takes_its_projects_out_of_force() external {
        uint40 until = uint40(block.timestamp) + EMERGENCY_SECONDS;
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.MethodologyStatusChanged(DEFINITION, FilingStatus.Filed, FilingStatus.Suspended, REASON, regulator, until);
        vm.prank(regulator);
        filings.suspendMethodology(DEFINITION, REASON);
        assertTrue(!filings.projectInForce(projectId), "out of force");
        vm.prank(address(desk));
        filings.setMethodologyStatus(WUHAN, DEFINITION, FilingStatus.Filed, REASON);
        assertTrue(filings.projectInForce(projectId), "restored");
    }

    function test_views__unknown__revert_or_say_no() external {
        assertTrue(!filings.methodologyInForce(REASON) && !filings.projectInForce(7), "not in force");
        vm.expectRevert(abi.encodeWithSelector(IFilings.UnknownMethodology.selector, REASON));
        filings.methodologyOf(REASON);
        vm.expectRevert(abi.encodeWithSelector(IFilings.UnknownProject.selector, 7));
        filings.projectOf(7);
    }

    /// @dev Every pair of statuses, for both: the same and None are refused, withdrawn is for ever.
    function testFuzz_setStatus__withdrawn_is_for_ever(uint8 from, uint8 to) external {
        FilingStatus first = FilingStatus(bound(from, 1, uint256(type(FilingStatus).max)));
        FilingStatus second = FilingStatus(bound(to, 0, uint256(type(FilingStatus).max)));
        if (first != FilingStatus.Filed) _setBoth(first);
        bool allowed = first != second && first != FilingStatus.Withdrawn && second != FilingStatus.None;
        if (!allowed) vm.expectRevert();
        vm.prank(address(desk));
        filings.setProjectStatus(WUHAN, projectId, second, REASON);
        if (!allowed) vm.expectRevert();
        vm.prank(address(desk));
        filings.setMethodologyStatus(WUHAN, DEFINITION, second, REASON);
        FilingStatus expected = allowed ? second : first;
        assertTrue(filings.projectOf(projectId).status == expected, "project");
        assertTrue(filings.methodologyOf(DEFINITION).status == expected, "methodology");
        assertTrue(filings.projectInForce(projectId) == (expected == FilingStatus.Filed), "in force");
    }

    function _setBoth(FilingStatus status) private {
        vm.prank(address(desk));
        filings.setProjectStatus(WUHAN, projectId, status, REASON);
        vm.prank(address(desk));
        filings.setMethodologyStatus(WUHAN, DEFINITION, status, REASON);
    }

    function _filing() private view returns (ProjectFiling memory) {
        return ProjectFiling({
            definitionHash: DEFINITION,
            developer: platform,
            boundaryAccount: address(0),
            creditingStart: 17_000,
            creditingEnd: 20_000,
            scenario: 1,
            ceilingGrams: 1_000_000_000,
            coBenefitHash: bytes32(0),
            area: WUHAN,
            mechanism: 1
        });
    }

    function _fileMethodology(uint32 jurisdiction, bytes32 definitionHash, bytes32 methodologyId, uint16 version) private {
        vm.prank(address(desk));
        filings.fileMethodology(jurisdiction, definitionHash, methodologyId, version, DOCUMENT);
    }

    function _fileProject(uint32 jurisdiction, ProjectFiling memory filing) private {
        vm.prank(address(desk));
        filings.fileProject(jurisdiction, filing);
    }

    function _refuseMethodology(
        uint32 jurisdiction,
        bytes32 definitionHash,
        bytes32 methodologyId,
        uint16 version,
        bytes32 documentHash,
        bytes memory refusal
    ) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        filings.fileMethodology(jurisdiction, definitionHash, methodologyId, version, documentHash);
    }

    function _refuseProject(uint32 jurisdiction, ProjectFiling memory filing, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        filings.fileProject(jurisdiction, filing);
    }
}
