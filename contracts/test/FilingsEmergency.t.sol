// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Filings} from "../src/Filings.sol";
import {AccountKind} from "../src/IAccounts.sol";
import {FilingStatus, IFilings, ProjectFacts, ProjectFiling, ProjectOrigin} from "../src/IFilings.sol";
import {Network} from "./Network.sol";

/// @notice What one REGULATOR suspends ends by itself, unless two persons confirm it.
contract FilingsEmergencyTest is Network {
    bytes32 internal constant DEFINITION = keccak256("cycling 1");
    uint64 internal constant PROJECT = uint64(WUHAN) << 32 | 1;

    address internal platform;

    function setUp() public override {
        super.setUp();
        platform = _openAccount(WUHAN, 1, AccountKind.Platform);
        vm.prank(address(desk));
        filings.fileMethodology(WUHAN, DEFINITION, "cycling", 1, keccak256("document"));
        vm.prank(address(desk));
        filings.fileProject(WUHAN, _filing());
    }

    function test_constructor__emergency_of_no_time_or_over_30_days__reverts() external {
        uint40[2] memory given = [uint40(0), 30 days + 1];
        for (uint256 i = 0; i < given.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFilings.InvalidEmergency.selector, given[i]));
            new Filings(authority, address(desk), accounts, recognition, given[i]);
        }
        assertEq(new Filings(authority, address(desk), accounts, recognition, 30 days).EMERGENCY_SECONDS(), 30 days, "longest");
    }

    function test_fileProject__mechanism_or_area_out_of_range__reverts() external {
        ProjectFiling memory filing = _filing();
        uint8[3] memory mechanisms = [0, 9, 255];
        for (uint256 i = 0; i < mechanisms.length; ++i) {
            filing.mechanism = mechanisms[i];
            _refuse(filing, abi.encodeWithSelector(IFilings.InvalidMechanism.selector, mechanisms[i]));
        }
        filing = _filing();
        uint32[4] memory areas = [0, 109_999, 830_000, type(uint32).max];
        for (uint256 i = 0; i < areas.length; ++i) {
            filing.area = areas[i];
            _refuse(filing, abi.encodeWithSelector(IFilings.InvalidArea.selector, areas[i]));
        }
    }

    function test_factsOf__says_what_was_filed_and_nothing_of_the_unknown() external view {
        ProjectFacts memory facts = ProjectFacts({inForce: true, developer: platform, ceilingGrams: 1_000_000_000});
        assertEq(keccak256(abi.encode(filings.factsOf(PROJECT))), keccak256(abi.encode(facts)), "facts");
        ProjectFacts memory none;
        assertEq(keccak256(abi.encode(filings.factsOf(7))), keccak256(abi.encode(none)), "unknown");
    }

    function test_originOf__says_what_was_filed_and_nothing_of_the_unknown() external view {
        ProjectOrigin memory origin = ProjectOrigin(true, 2, 420_115, platform, DEFINITION);
        assertEq(keccak256(abi.encode(filings.originOf(PROJECT))), keccak256(abi.encode(origin)), "origin");
        ProjectOrigin memory none;
        assertEq(keccak256(abi.encode(filings.originOf(7))), keccak256(abi.encode(none)), "unknown");
    }

    function test_views__suspended__are_out_of_force_until_it_ends() external {
        vm.prank(regulator);
        filings.suspendProject(PROJECT, REASON);
        assertTrue(!filings.factsOf(PROJECT).inForce && !filings.originOf(PROJECT).inForce, "out with the project");
        vm.warp(block.timestamp + filings.EMERGENCY_SECONDS());
        assertTrue(filings.factsOf(PROJECT).inForce && filings.originOf(PROJECT).inForce, "ended");
        vm.prank(regulator);
        filings.suspendMethodology(DEFINITION, REASON);
        assertTrue(!filings.factsOf(PROJECT).inForce && !filings.originOf(PROJECT).inForce, "out with its methodology");
    }

    function test_suspend__unconfirmed__ends_by_itself() external {
        _suspendBoth();
        vm.warp(block.timestamp + EMERGENCY_SECONDS - 1);
        assertTrue(filings.projectOf(PROJECT).status == FilingStatus.Suspended, "project, a second before");
        assertTrue(filings.methodologyOf(DEFINITION).status == FilingStatus.Suspended, "methodology, a second before");
        assertTrue(!filings.projectInForce(PROJECT), "not in force");
        vm.warp(block.timestamp + 1);
        assertTrue(filings.projectOf(PROJECT).status == FilingStatus.Filed, "project, after it");
        assertTrue(filings.methodologyOf(DEFINITION).status == FilingStatus.Filed, "methodology, after it");
        assertTrue(filings.projectInForce(PROJECT) && filings.methodologyInForce(DEFINITION), "in force");
    }

    function test_suspend__confirmed_through_the_desk__stays() external {
        _suspendBoth();
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.ProjectStatusChanged(PROJECT, FilingStatus.Suspended, FilingStatus.Suspended, REASON, address(desk), 0);
        _decideBoth(FilingStatus.Suspended);
        vm.warp(block.timestamp + 365 days);
        assertTrue(filings.projectOf(PROJECT).status == FilingStatus.Suspended, "project");
        assertTrue(filings.methodologyOf(DEFINITION).status == FilingStatus.Suspended, "methodology");
        assertEq(filings.projectOf(PROJECT).suspendedUntil, 0, "until the Desk restores it");
        bytes memory refusal = abi.encodeWithSelector(IFilings.StatusUnchanged.selector, FilingStatus.Suspended);
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        filings.setProjectStatus(WUHAN, PROJECT, FilingStatus.Suspended, REASON);
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        filings.setMethodologyStatus(WUHAN, DEFINITION, FilingStatus.Suspended, REASON);
    }

    function test_suspend__after_a_lapse__waits_as_long_again() external {
        _suspendBoth();
        uint40 possibleAt = uint40(block.timestamp + 2 * EMERGENCY_SECONDS);
        vm.warp(block.timestamp + EMERGENCY_SECONDS);
        _refuseBoth(abi.encodeWithSelector(IFilings.EmergencyTooSoon.selector, possibleAt, block.timestamp));
        vm.warp(possibleAt - 1);
        _refuseBoth(abi.encodeWithSelector(IFilings.EmergencyTooSoon.selector, possibleAt, block.timestamp));
        vm.warp(possibleAt);
        _suspendBoth();
        assertTrue(!filings.projectInForce(PROJECT), "out of force");
    }

    function test_suspend__after_the_desk_restored__waits_too() external {
        _suspendBoth();
        vm.warp(block.timestamp + 10);
        uint40 possibleAt = uint40(block.timestamp + EMERGENCY_SECONDS);
        _decideBoth(FilingStatus.Filed);
        assertTrue(filings.projectInForce(PROJECT), "restored");
        _refuseBoth(abi.encodeWithSelector(IFilings.EmergencyTooSoon.selector, possibleAt, block.timestamp));
        // Two persons may at any time.
        _decideBoth(FilingStatus.Suspended);
        assertTrue(!filings.projectInForce(PROJECT), "suspended by the Desk");
    }

    function test_suspend__after_a_lapse__the_desk_suspends_restores_or_withdraws() external {
        _suspendBoth();
        vm.warp(block.timestamp + EMERGENCY_SECONDS);
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IFilings.StatusUnchanged.selector, FilingStatus.Filed));
        filings.setProjectStatus(WUHAN, PROJECT, FilingStatus.Filed, REASON);
        vm.expectEmit(true, true, true, true, address(filings));
        emit IFilings.ProjectStatusChanged(PROJECT, FilingStatus.Filed, FilingStatus.Withdrawn, REASON, address(desk), 0);
        vm.prank(address(desk));
        filings.setProjectStatus(WUHAN, PROJECT, FilingStatus.Withdrawn, REASON);
        vm.warp(block.timestamp + 365 days);
        assertTrue(filings.projectOf(PROJECT).status == FilingStatus.Withdrawn, "for ever");
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IFilings.InvalidStatus.selector, FilingStatus.Withdrawn, FilingStatus.Suspended));
        filings.suspendProject(PROJECT, REASON);
    }

    /// @dev A regulator alone, whenever it tries, keeps a project out of force at most half of the time.
    function testFuzz_suspend__one_person__at_most_half_of_the_time(uint32[12] calldata waits) external {
        uint256 start = block.timestamp;
        uint256 suspensions = 0;
        for (uint256 i = 0; i < waits.length; ++i) {
            vm.warp(block.timestamp + bound(waits[i], 0, EMERGENCY_SECONDS));
            vm.prank(regulator);
            try filings.suspendProject(PROJECT, REASON) {
                ++suspensions;
            } catch {}
        }
        if (suspensions == 0) return;
        uint256 elapsed = block.timestamp - start;
        assertTrue((suspensions - 1) * 2 * EMERGENCY_SECONDS <= elapsed, "as many as waits allow");
    }

    function _suspendBoth() private {
        vm.prank(regulator);
        filings.suspendProject(PROJECT, REASON);
        vm.prank(regulator);
        filings.suspendMethodology(DEFINITION, REASON);
    }

    function _refuseBoth(bytes memory refusal) private {
        vm.prank(regulator);
        vm.expectRevert(refusal);
        filings.suspendProject(PROJECT, REASON);
        vm.prank(regulator);
        vm.expectRevert(refusal);
        filings.suspendMethodology(DEFINITION, REASON);
    }

    function _decideBoth(FilingStatus status) private {
        vm.prank(address(desk));
        filings.setProjectStatus(WUHAN, PROJECT, status, REASON);
        vm.prank(address(desk));
        filings.setMethodologyStatus(WUHAN, DEFINITION, status, REASON);
    }

    function _filing() private view returns (ProjectFiling memory) {
        return ProjectFiling({
            definitionHash: DEFINITION,
            developer: platform,
            boundaryAccount: platform,
            creditingStart: 17_000,
            creditingEnd: 20_000,
            scenario: 1,
            ceilingGrams: 1_000_000_000,
            coBenefitHash: bytes32(0),
            area: 420_115,
            mechanism: 2
        });
    }

    function _refuse(ProjectFiling memory filing, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        filings.fileProject(WUHAN, filing);
    }
}
