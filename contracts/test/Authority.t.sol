// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {Authority} from "../src/Authority.sol";
import {Grant, IAuthority, Role} from "../src/IAuthority.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Network} from "./Network.sol";

contract AuthorityTest is Network {
    address internal newcomer = actor("NEWCOMER");

    // Deployment

    function test_deployment__no_maker_or_no_checker__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, COUNCIL, Role.Admin));
        new Authority(new address[](0), _one(councilChecker));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, COUNCIL, Role.Approver));
        new Authority(_one(councilMaker), new address[](0));
    }

    function test_deployment__maker_is_checker__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.MakerIsChecker.selector, COUNCIL, councilMaker));
        new Authority(_one(councilMaker), _one(councilMaker));
    }

    function test_deployment__zero_member__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.ZeroMember.selector));
        new Authority(_one(address(0)), _one(councilChecker));
    }

    function test_deployment__same_maker_twice__reverts() external {
        address[] memory makers = new address[](2);
        makers[0] = councilMaker;
        makers[1] = councilMaker;
        vm.expectRevert(abi.encodeWithSelector(IAuthority.RoleUnchanged.selector, COUNCIL, Role.Admin, councilMaker));
        new Authority(makers, _one(councilChecker));
    }

    function test_deployment__makers_are_admins_and_registrars_of_the_council() external view {
        assertTrue(authority.isOpen(COUNCIL), "council open");
        assertTrue(authority.holds(COUNCIL, Role.Admin, councilMaker), "admin");
        assertTrue(authority.holds(COUNCIL, Role.Registrar, councilMaker), "registrar");
        assertTrue(authority.holds(COUNCIL, Role.Approver, councilChecker), "approver");
        assertTrue(!authority.hasRole(bytes32(0), address(this)), "the deployer keeps nothing");
    }

    // wire

    function test_wire__outsider__reverts() external {
        Authority fresh = new Authority(_one(councilMaker), _one(councilChecker));
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotWirable.selector, outsider));
        fresh.wire(outsider);
    }

    function test_wire__second_time_or_zero__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotWirable.selector, address(this)));
        authority.wire(outsider);
        Authority fresh = new Authority(_one(councilMaker), _one(councilChecker));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotWirable.selector, address(this)));
        fresh.wire(address(0));
    }

    function test_wire__not_yet__nobody_can_change_a_role() external {
        Authority fresh = new Authority(_one(councilMaker), _one(councilChecker));
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, address(this)));
        fresh.grantRoles(COUNCIL, _grant(Role.Auditor, newcomer));
    }

    // OpenZeppelin's own doors

    function test_grantRole__anybody__reverts() external {
        bytes32 id = authority.roleId(WUHAN, Role.Registrar);
        address[4] memory callers = [admin, councilMaker, address(desk), address(this)];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory refusal =
                abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, callers[i], bytes32(0));
            vm.prank(callers[i]);
            vm.expectRevert(refusal);
            authority.grantRole(id, newcomer);
            vm.prank(callers[i]);
            vm.expectRevert(refusal);
            authority.revokeRole(id, registrar);
        }
    }

    // openJurisdiction

    function test_openJurisdiction__outsider__reverts() external {
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        authority.openJurisdiction(COUNCIL, 340_000, REASON, _offices());
    }

    function test_openJurisdiction__not_by_the_council__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotCouncil.selector, WUHAN));
        authority.openJurisdiction(WUHAN, 340_000, REASON, _offices());
    }

    function test_openJurisdiction__code_out_of_range__reverts() external {
        uint32[4] memory codes = [uint32(0), 109_999, 830_000, type(uint32).max];
        for (uint256 i = 0; i < codes.length; ++i) {
            vm.prank(address(desk));
            vm.expectRevert(abi.encodeWithSelector(IAuthority.InvalidJurisdiction.selector, codes[i]));
            authority.openJurisdiction(COUNCIL, codes[i], REASON, _offices());
        }
    }

    function test_openJurisdiction__open_already__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.JurisdictionExists.selector, WUHAN));
        authority.openJurisdiction(COUNCIL, WUHAN, REASON, _offices());
    }

    function test_openJurisdiction__without_admin_registrar_or_approver__reverts() external {
        Role[3] memory needed = [Role.Admin, Role.Registrar, Role.Approver];
        for (uint256 missing = 0; missing < needed.length; ++missing) {
            Grant[] memory grants = _offices();
            grants[missing] = Grant(Role.Auditor, newcomer);
            vm.prank(address(desk));
            vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, 340_000, needed[missing]));
            authority.openJurisdiction(COUNCIL, 340_000, REASON, grants);
        }
    }

    function test_openJurisdiction__no_grants_or_too_many__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.InvalidGrantCount.selector, 0));
        authority.openJurisdiction(COUNCIL, 340_000, REASON, new Grant[](0));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.InvalidGrantCount.selector, 51));
        authority.openJurisdiction(COUNCIL, 340_000, REASON, new Grant[](51));
    }

    function test_openJurisdiction__emits_and_opens() external {
        vm.expectEmit(true, true, true, true, address(authority));
        emit IAuthority.JurisdictionOpened(340_000, REASON);
        vm.expectEmit(true, true, true, true, address(authority));
        emit IAuthority.MemberAdded(340_000, Role.Admin, newcomer);
        vm.prank(address(desk));
        authority.openJurisdiction(COUNCIL, 340_000, REASON, _offices());
        assertTrue(authority.isOpen(340_000), "open");
    }

    // grantRoles and revokeRoles

    function test_grantRoles__outsider__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        authority.grantRoles(WUHAN, _grant(Role.Auditor, newcomer));
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        authority.revokeRoles(WUHAN, _grant(Role.Regulator, regulator));
    }

    function test_grantRoles__unknown_jurisdiction__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IAuthority.UnknownJurisdiction.selector, 999);
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        authority.grantRoles(999, _grant(Role.Auditor, newcomer));
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        authority.revokeRoles(999, _grant(Role.Auditor, newcomer));
    }

    function test_grantRoles__none_or_module_outside_the_council__reverts() external {
        address module = address(accounts);
        _refuseGrant(WUHAN, Role.None, newcomer, abi.encodeWithSelector(IAuthority.RoleNotGrantable.selector, WUHAN, Role.None));
        _refuseGrant(
            WUHAN, Role.Retirer, module, abi.encodeWithSelector(IAuthority.RoleNotGrantable.selector, WUHAN, Role.Retirer)
        );
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Retirer, module));
        assertTrue(authority.holds(COUNCIL, Role.Retirer, module), "module of the network");
    }

    function test_grantRoles__module_that_is_no_contract__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IAuthority.RoleNotGrantable.selector, COUNCIL, Role.Retirer);
        _refuseGrant(COUNCIL, Role.Retirer, newcomer, refusal);
        _refuseGrant(COUNCIL, Role.Retirer, councilMaker, refusal);
    }

    function test_grantRoles__checker_to_a_maker_and_back__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IAuthority.MakerIsChecker.selector, WUHAN, admin);
        _refuseGrant(WUHAN, Role.Approver, admin, refusal);
        refusal = abi.encodeWithSelector(IAuthority.MakerIsChecker.selector, WUHAN, registrar);
        _refuseGrant(WUHAN, Role.Approver, registrar, refusal);
        refusal = abi.encodeWithSelector(IAuthority.MakerIsChecker.selector, WUHAN, approver);
        _refuseGrant(WUHAN, Role.Admin, approver, refusal);
        _refuseGrant(WUHAN, Role.Registrar, approver, refusal);
    }

    function test_grantRoles__maker_here_checker_there__is_allowed() external {
        vm.prank(address(desk));
        authority.grantRoles(SHANGHAI, _grant(Role.Approver, registrar));
        assertTrue(authority.holds(SHANGHAI, Role.Approver, registrar), "another jurisdiction");
    }

    function test_grantRoles__held_already_or_zero__reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IAuthority.RoleUnchanged.selector, WUHAN, Role.Regulator, regulator);
        _refuseGrant(WUHAN, Role.Regulator, regulator, refusal);
        _refuseGrant(WUHAN, Role.Auditor, address(0), abi.encodeWithSelector(IAuthority.ZeroMember.selector));
    }

    function test_revokeRoles__not_held__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.RoleUnchanged.selector, WUHAN, Role.Auditor, newcomer));
        authority.revokeRoles(WUHAN, _grant(Role.Auditor, newcomer));
    }

    function test_revokeRoles__last_admin_registrar_or_approver__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, WUHAN, Role.Admin));
        authority.revokeRoles(WUHAN, _grant(Role.Admin, admin));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, COUNCIL, Role.Admin));
        authority.revokeRoles(COUNCIL, _grant(Role.Admin, councilMaker));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, WUHAN, Role.Registrar));
        authority.revokeRoles(WUHAN, _grant(Role.Registrar, registrar));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, WUHAN, Role.Approver));
        authority.revokeRoles(WUHAN, _grant(Role.Approver, approver));
    }

    function test_revokeRoles__one_of_two__is_gone() external {
        vm.prank(address(desk));
        authority.grantRoles(WUHAN, _grant(Role.Registrar, newcomer));
        vm.expectEmit(true, true, true, true, address(authority));
        emit IAuthority.MemberRemoved(WUHAN, Role.Registrar, registrar);
        vm.prank(address(desk));
        authority.revokeRoles(WUHAN, _grant(Role.Registrar, registrar));
        assertTrue(!authority.holds(WUHAN, Role.Registrar, registrar), "gone");
        address[] memory left = authority.members(WUHAN, Role.Registrar);
        assertEq(left.length, 1, "one left");
        assertEq(left[0], newcomer, "the other");
    }

    // renounceRole

    function test_renounceRole__in_another_name__reverts() external {
        bytes32 id = authority.roleId(WUHAN, Role.Regulator);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlBadConfirmation.selector));
        authority.renounceRole(id, regulator);
    }

    function test_renounceRole__not_held__reverts() external {
        bytes32 id = authority.roleId(WUHAN, Role.Regulator);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.RoleUnchanged.selector, WUHAN, Role.Regulator, outsider));
        authority.renounceRole(id, outsider);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.RoleUnchanged.selector, 0, Role.None, outsider));
        authority.renounceRole(keccak256("no role"), outsider);
    }

    function test_renounceRole__last_approver_or_admin__reverts() external {
        bytes32 id = authority.roleId(WUHAN, Role.Approver);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, WUHAN, Role.Approver));
        authority.renounceRole(id, approver);
        id = authority.roleId(WUHAN, Role.Admin);
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.LastMember.selector, WUHAN, Role.Admin));
        authority.renounceRole(id, admin);
    }

    function test_renounceRole__one_of_two_admins__is_gone() external {
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Admin, newcomer));
        bytes32 id = authority.roleId(COUNCIL, Role.Admin);
        vm.prank(councilMaker);
        authority.renounceRole(id, councilMaker);
        assertEq(authority.members(COUNCIL, Role.Admin)[0], newcomer, "the other stays");
    }

    function test_renounceRole__own__emits_both_events() external {
        bytes32 id = authority.roleId(WUHAN, Role.Regulator);
        vm.expectEmit(true, true, true, true, address(authority));
        emit IAccessControl.RoleRevoked(id, regulator, regulator);
        vm.expectEmit(true, true, true, true, address(authority));
        emit IAuthority.MemberRemoved(WUHAN, Role.Regulator, regulator);
        vm.prank(regulator);
        authority.renounceRole(id, regulator);
        assertEq(authority.members(WUHAN, Role.Regulator).length, 0, "none left");
    }

    // Properties

    /// @dev Invariant 7: whatever is granted, revoked and renounced in whatever order, no address is ever maker and checker of
    /// one jurisdiction, and each jurisdiction keeps an Admin, a Registrar and an Approver.
    function testFuzz_roles_stay_separate(uint256[24] calldata steps) external {
        address[4] memory people = [registrar, approver, newcomer, councilMaker];
        uint32[3] memory places = [COUNCIL, WUHAN, SHANGHAI];
        for (uint256 i = 0; i < steps.length; ++i) {
            _step(steps[i], people[(steps[i] >> 8) % 4], places[(steps[i] >> 16) % 3]);
            for (uint256 place = 0; place < places.length; ++place) {
                _checkSeparation(places[place], people);
            }
        }
    }

    function testFuzz_roleId__is_one_to_one(uint32 a, uint8 roleA, uint32 b, uint8 roleB) external view {
        Role first = Role(bound(roleA, 0, uint256(type(Role).max)));
        Role second = Role(bound(roleB, 0, uint256(type(Role).max)));
        bool same = a == b && first == second;
        assertTrue((authority.roleId(a, first) == authority.roleId(b, second)) == same, "one to one");
        assertEq(authority.roleId(a, first), keccak256(abi.encode(a, uint8(first))), "formula");
    }

    function _step(uint256 choice, address person, uint32 place) private {
        Role role = Role(1 + (choice >> 24) % uint256(type(Role).max));
        if (choice % 3 == 0) {
            vm.prank(address(desk));
            try authority.grantRoles(place, _grant(role, person)) {} catch {}
        } else if (choice % 3 == 1) {
            vm.prank(address(desk));
            try authority.revokeRoles(place, _grant(role, person)) {} catch {}
        } else {
            bytes32 id = authority.roleId(place, role);
            vm.prank(person);
            try authority.renounceRole(id, person) {} catch {}
        }
    }

    function _checkSeparation(uint32 place, address[4] memory people) private view {
        for (uint256 i = 0; i < people.length; ++i) {
            bool maker = authority.holds(place, Role.Admin, people[i]) || authority.holds(place, Role.Registrar, people[i]);
            assertTrue(!(maker && authority.holds(place, Role.Approver, people[i])), "maker is checker");
        }
        assertTrue(authority.members(place, Role.Admin).length > 0, "an admin stays");
        assertTrue(authority.members(place, Role.Registrar).length > 0, "a registrar stays");
        assertTrue(authority.members(place, Role.Approver).length > 0, "an approver stays");
    }

    function _refuseGrant(uint32 jurisdiction, Role role, address member, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        authority.grantRoles(jurisdiction, _grant(role, member));
    }

    /// @dev The least with which a jurisdiction opens.
    function _offices() private view returns (Grant[] memory grants) {
        grants = new Grant[](3);
        grants[0] = Grant(Role.Admin, newcomer);
        grants[1] = Grant(Role.Registrar, newcomer);
        grants[2] = Grant(Role.Approver, outsider);
    }
}
