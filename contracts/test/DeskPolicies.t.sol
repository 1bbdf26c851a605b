// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Desk} from "../src/Desk.sol";
import {Role} from "../src/IAuthority.sol";
import {IDesk, Policy, PolicyEntry} from "../src/IDesk.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Requests} from "./Requests.sol";
import {Target} from "./Target.sol";

/// @notice What a policy may be, and which one applies where.
contract DeskPoliciesTest is Requests {
    // wire

    function test_wire__outsider_or_second_time_or_empty__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotWirable.selector, address(this)));
        desk.wire(_entry(COUNCIL, standard), address(accounts));
        Desk fresh = new Desk(authority);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotWirable.selector, outsider));
        fresh.wire(_entry(COUNCIL, standard), address(accounts));
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotWirable.selector, address(this)));
        fresh.wire(new PolicyEntry[](0), address(accounts));
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotWirable.selector, address(this)));
        fresh.wire(_entry(COUNCIL, standard), address(0));
    }

    function test_wire__unknown_jurisdiction__reverts() external {
        Desk fresh = new Desk(authority);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownJurisdiction.selector, 999));
        fresh.wire(_entry(999, standard), address(accounts));
    }

    function test_wire__unusable_policies__revert() external {
        Desk fresh = new Desk(authority);
        Policy[10] memory unusable = [
            Policy(Role.None, Role.Approver, 0, 1, 0),
            Policy(Role.Registrar, Role.None, 0, 1, 0),
            Policy(Role.Approver, Role.Approver, 0, 1, 0),
            Policy(Role.Corrector, Role.Approver, 0, 1, 0),
            Policy(Role.Registrar, Role.Auditor, 0, 1, 0),
            Policy(Role.Registrar, Role.Approver, 0, 0, 0),
            Policy(Role.Registrar, Role.Approver, 5, 5, 0),
            Policy(Role.Registrar, Role.Approver, 0, 365 days + 1, 0),
            Policy(Role.Registrar, Role.Approver, 0, type(uint32).max, 0),
            Policy(Role.Registrar, Role.Approver, 0, 1, 21)
        ];
        for (uint256 i = 0; i < unusable.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDesk.InvalidPolicy.selector, address(target), Target.act.selector));
            fresh.wire(_entry(COUNCIL, unusable[i]), address(accounts));
        }
        PolicyEntry[] memory noContract = new PolicyEntry[](1);
        noContract[0] = PolicyEntry(COUNCIL, outsider, Target.act.selector, standard);
        vm.expectRevert(abi.encodeWithSelector(IDesk.InvalidPolicy.selector, outsider, Target.act.selector));
        fresh.wire(noContract, address(accounts));
    }

    // setPolicy

    function test_setPolicy__not_through_the_desk__reverts() external {
        vm.prank(admin);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, standard);
    }

    function test_setPolicy__same_again__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IDesk.PolicyUnchanged.selector, COUNCIL, address(target), Target.act.selector));
        desk.setPolicy(COUNCIL, address(target), Target.act.selector, standard);
    }

    function test_setPolicy__by_two_persons_of_a_jurisdiction__overrides_there_only() external {
        Policy memory own = Policy(Role.Admin, Role.Regulator, 10 days, 365 days, 0);
        bytes memory data = abi.encodeCall(Desk.setPolicy, (WUHAN, address(target), Target.act.selector, own));
        vm.prank(admin);
        uint256 requestId = desk.propose(address(desk), data);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.PolicySet(WUHAN, address(target), Target.act.selector, own);
        vm.prank(approver);
        desk.approve(requestId, address(desk), data);

        Policy memory inWuhan = desk.policyOf(WUHAN, address(target), Target.act.selector);
        assertEq(inWuhan.noticeSeconds, 10 days, "own notice");
        assertEq(inWuhan.expirySeconds, 365 days, "own expiry");
        assertTrue(inWuhan.checker == Role.Regulator, "own checker");
        assertEq(
            desk.policyOf(SHANGHAI, address(target), Target.act.selector).noticeSeconds, NOTICE_SECONDS, "network's notice"
        );
    }

    function test_policyOf__none__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoPolicy.selector, WUHAN, address(target), bytes4(keccak256("calls()"))));
        desk.policyOf(WUHAN, address(target), bytes4(keccak256("calls()")));
    }

    // No laxer than the network's

    function test_policyOf__own_notice_shorter__is_the_networks() external {
        _setOwn(Policy(Role.Admin, Role.Regulator, 0, 200 days, 0));
        Policy memory inWuhan = desk.policyOf(WUHAN, address(target), Target.act.selector);
        assertEq(inWuhan.noticeSeconds, NOTICE_SECONDS, "network's notice");
        assertEq(inWuhan.expirySeconds, 200 days, "own expiry");
        assertTrue(inWuhan.maker == Role.Admin && inWuhan.checker == Role.Regulator, "own roles");

        vm.prank(admin);
        uint256 requestId = desk.propose(address(target), _act(WUHAN, 1));
        assertEq(desk.requestOf(requestId).noticeSeconds, NOTICE_SECONDS, "kept with the request");
    }

    /// @dev An own expiry that the network's notice nearly fills would leave no time to approve.
    function test_policyOf__own_notice_and_expiry_shorter__are_the_networks() external {
        _setOwn(Policy(Role.Registrar, Role.Approver, 0, NOTICE_SECONDS + 1, 0));
        assertEq(desk.policyOf(WUHAN, address(target), Target.act.selector).expirySeconds, EXPIRY_SECONDS, "network's expiry");
        _setOwn(Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, NOTICE_SECONDS + 1, 0));
        assertEq(desk.policyOf(WUHAN, address(target), Target.act.selector).expirySeconds, NOTICE_SECONDS + 1, "own expiry");
    }

    function test_policyOf__network_raises_its_notice__binds_where_an_own_policy_is() external {
        _setOwn(Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, 0));
        vm.prank(address(desk));
        desk.setPolicy(
            COUNCIL, address(target), Target.act.selector, Policy(Role.Registrar, Role.Approver, 40 days, 50 days, 0)
        );
        Policy memory inWuhan = desk.policyOf(WUHAN, address(target), Target.act.selector);
        assertEq(inWuhan.noticeSeconds, 40 days, "network's notice");
        assertEq(inWuhan.expirySeconds, 50 days, "network's expiry");
    }

    function test_policyOf__own_asks_fewer_experts__the_networks_number() external {
        vm.prank(address(desk));
        desk.setPolicy(
            COUNCIL,
            address(target),
            Target.act.selector,
            Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, 2)
        );
        _setOwn(Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, 1));
        assertEq(desk.policyOf(WUHAN, address(target), Target.act.selector).experts, 2, "network's");
        _setOwn(Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, 3));
        assertEq(desk.policyOf(WUHAN, address(target), Target.act.selector).experts, 3, "own");
    }

    function test_policyOf__network_has_none__own_alone() external {
        Policy memory own = Policy(Role.Registrar, Role.Approver, 0, 1, 0);
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), bytes4("none"), own);
        assertEq(desk.policyOf(WUHAN, address(target), bytes4("none")).expirySeconds, 1, "own");
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoPolicy.selector, SHANGHAI, address(target), bytes4("none")));
        desk.policyOf(SHANGHAI, address(target), bytes4("none"));
    }

    function testFuzz_policyOf__is_never_laxer_and_always_decidable(uint32[4] calldata times) external {
        uint32 networkExpiry = uint32(bound(times[0], 1, 365 days));
        uint32 networkNotice = uint32(bound(times[1], 0, networkExpiry - 1));
        uint32 ownExpiry = uint32(bound(times[2], 1, 365 days));
        uint32 ownNotice = uint32(bound(times[3], 0, ownExpiry - 1));
        Desk fresh = new Desk(authority);
        PolicyEntry[] memory entries = new PolicyEntry[](2);
        Policy memory networks = Policy(Role.Registrar, Role.Approver, networkNotice, networkExpiry, 0);
        entries[0] = PolicyEntry(COUNCIL, address(target), Target.act.selector, networks);
        Policy memory own = Policy(Role.Registrar, Role.Approver, ownNotice, ownExpiry, 0);
        entries[1] = PolicyEntry(WUHAN, address(target), Target.act.selector, own);
        fresh.wire(entries, address(accounts));
        Policy memory applied = fresh.policyOf(WUHAN, address(target), Target.act.selector);
        assertEq(applied.noticeSeconds, networkNotice > ownNotice ? networkNotice : ownNotice, "the longer notice");
        uint256 leastTime = networkNotice > ownNotice ? networkExpiry - networkNotice : ownExpiry - ownNotice;
        assertTrue(applied.expirySeconds - applied.noticeSeconds >= leastTime, "time to decide");
        assertTrue(applied.expirySeconds == ownExpiry || applied.expirySeconds == networkExpiry, "one of the two expiries");
    }

    // helpers

    function _setOwn(Policy memory own) private {
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, own);
    }

    function _entry(uint32 jurisdiction, Policy memory policy) private view returns (PolicyEntry[] memory entries) {
        entries = new PolicyEntry[](1);
        entries[0] = PolicyEntry(jurisdiction, address(target), Target.act.selector, policy);
    }
}
