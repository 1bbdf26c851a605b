// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority, Role} from "../src/IAuthority.sol";
import {IDesk, Policy, Request, RequestStatus} from "../src/IDesk.sol";
import {Requests} from "./Requests.sol";
import {Target} from "./Target.sol";

/// @notice Requests: proposing and deciding. Policies are in DeskPolicies.
contract DeskTest is Requests {
    // propose

    function test_propose__call_too_short__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CallTooShort.selector, 35));
        desk.propose(address(target), new bytes(35));
    }

    function test_propose__first_word_is_no_jurisdiction__reverts() external {
        uint256 word = uint256(type(uint32).max) + 1;
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.JurisdictionTooLarge.selector, word));
        desk.propose(address(target), abi.encodeWithSelector(Target.act.selector, word, 1));
    }

    function test_propose__unknown_jurisdiction__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownJurisdiction.selector, 999));
        desk.propose(address(target), _act(999, 1));
    }

    function test_propose__no_policy__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(
            abi.encodeWithSelector(IDesk.NoPolicy.selector, WUHAN, address(authority), IAuthority.grantRoles.selector)
        );
        desk.propose(address(authority), abi.encodeCall(IAuthority.grantRoles, (WUHAN, _grant(Role.Auditor, outsider))));
    }

    function test_propose__no_maker__reverts() external {
        address[4] memory callers = [outsider, approver, shanghaiRegistrar, councilMaker];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Registrar, callers[i]));
            desk.propose(address(target), _act(WUHAN, 1));
        }
    }

    function test_propose__maker__is_stored_and_published() external {
        uint40 today = uint40(block.timestamp);
        bytes memory data = _act(WUHAN, 7);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Proposed(
            1, WUHAN, registrar, address(target), data, today + NOTICE_SECONDS, today + EXPIRY_SECONDS, standard
        );
        vm.prank(registrar);
        uint256 requestId = desk.propose(address(target), data);

        Request memory request = desk.requestOf(requestId);
        assertEq(requestId, 1, "ids begin with 1");
        assertEq(desk.requestCount(), 1, "count");
        assertEq(request.callHash, keccak256(abi.encode(address(target), data)), "call hash");
        assertEq(request.maker, registrar, "maker");
        assertEq(request.proposedAt, today, "time");
        assertTrue(request.status == RequestStatus.Proposed && request.checker == Role.Approver, "status and checker");
        assertTrue(request.makerRole == Role.Registrar, "the role in which it was proposed");
        assertEq(target.calls(), 0, "nothing done yet");
    }

    // approve

    function test_approve__unknown__reverts() external {
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownRequest.selector, 1));
        desk.approve(1, address(target), _act(WUHAN, 1));
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownRequest.selector, 0));
        desk.requestOf(0);
    }

    function test_approve__by_the_maker__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CheckerIsMaker.selector, requestId, registrar));
        desk.approve(requestId, address(target), _act(WUHAN, 1));
    }

    /// @dev Both roles of this policy may be held by one person; only the Desk keeps the two steps apart.
    function test_approve__by_a_maker_who_also_checks__reverts() external {
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, Policy(Role.Registrar, Role.Regulator, 0, 9, 0));
        vm.prank(address(desk));
        authority.grantRoles(WUHAN, _grant(Role.Regulator, registrar));
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CheckerIsMaker.selector, requestId, registrar));
        desk.approve(requestId, address(target), _act(WUHAN, 1));
        vm.prank(regulator);
        desk.approve(requestId, address(target), _act(WUHAN, 1));
        assertEq(target.calls(), 1, "done by the other");
    }

    function test_approve__no_checker__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        address[4] memory callers = [outsider, admin, shanghaiApprover, councilChecker];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Approver, callers[i]));
            desk.approve(requestId, address(target), _act(WUHAN, 1));
        }
    }

    function test_approve__maker_lost_the_role_since__reverts_and_may_be_rejected() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.prank(address(desk));
        authority.grantRoles(WUHAN, _grant(Role.Registrar, outsider));
        vm.prank(address(desk));
        authority.revokeRoles(WUHAN, _grant(Role.Registrar, registrar));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Registrar, registrar));
        desk.approve(requestId, address(target), _act(WUHAN, 1));
        vm.prank(approver);
        desk.reject(requestId, REASON);
        assertEq(target.calls(), 0, "nothing done");
    }

    /// @dev The maker must hold the role in which it was proposed, not the one that a later policy asks for.
    function test_approve__another_maker_role_by_now__executes() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, Policy(Role.Admin, Role.Approver, 0, 9, 0));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        desk.approve(requestId, address(target), _act(WUHAN, 1));
        assertEq(target.calls(), 1, "done");
    }

    function test_approve__one_second_early__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        uint40 approvableAt = uint40(block.timestamp) + NOTICE_SECONDS;
        vm.warp(approvableAt - 1);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoticeRunning.selector, requestId, approvableAt, approvableAt - 1));
        desk.approve(requestId, address(target), _act(WUHAN, 1));
    }

    function test_approve__lapsed__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.warp(block.timestamp + EXPIRY_SECONDS);
        assertTrue(desk.requestOf(requestId).status == RequestStatus.Expired, "expired");
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Expired));
        desk.approve(requestId, address(target), _act(WUHAN, 1));
    }

    function test_approve__another_call_or_target__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        bytes32 proposed = keccak256(abi.encode(address(target), _act(WUHAN, 1)));
        bytes32 otherCall = keccak256(abi.encode(address(target), _act(WUHAN, 2)));
        bytes32 otherTarget = keccak256(abi.encode(address(authority), _act(WUHAN, 1)));
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CallChanged.selector, requestId, proposed, otherCall));
        desk.approve(requestId, address(target), _act(WUHAN, 2));
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CallChanged.selector, requestId, proposed, otherTarget));
        desk.approve(requestId, address(authority), _act(WUHAN, 1));
    }

    function test_approve__call_reverts__same_error_and_still_open() external {
        bytes memory data = abi.encodeCall(Target.refuse, (WUHAN, 5));
        uint256 requestId = _propose(data);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(Target.Refused.selector, WUHAN, 5));
        desk.approve(requestId, address(target), data);
        assertTrue(desk.requestOf(requestId).status == RequestStatus.Proposed, "still open");
    }

    function test_approve__call_reverts_silently__reverts() external {
        bytes memory data = abi.encodeCall(Target.refuseSilently, (WUHAN));
        uint256 requestId = _propose(data);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        vm.expectRevert();
        desk.approve(requestId, address(target), data);
    }

    function test_approve__call_approves_itself_again__reverts() external {
        // The target holds the checker role, so nothing but the status stands in its way.
        vm.prank(address(desk));
        authority.grantRoles(WUHAN, _grant(Role.Approver, address(target)));
        bytes memory data = abi.encodeCall(Target.actAgain, (WUHAN, 1));
        uint256 requestId = _propose(data);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Executed));
        desk.approve(requestId, address(target), data);
        assertEq(target.calls(), 0, "nothing done");
    }

    function test_approve__checker_after_notice__executes_once() external {
        uint256 requestId = _propose(_act(WUHAN, 7));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Executed(requestId, approver);
        vm.prank(approver);
        desk.approve(requestId, address(target), _act(WUHAN, 7));
        assertEq(target.value(), 7, "as proposed");
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Executed));
        desk.approve(requestId, address(target), _act(WUHAN, 7));
    }

    function test_approve__policy_changed_since__the_old_one_rules() external {
        uint256 requestId = _propose(_act(WUHAN, 7));
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, Policy(Role.Admin, Role.Regulator, 0, 9, 0));
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Approver, regulator));
        desk.approve(requestId, address(target), _act(WUHAN, 7));
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        desk.approve(requestId, address(target), _act(WUHAN, 7));
    }

    // reject and withdraw

    function test_reject__maker_or_outsider_or_unknown__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.CheckerIsMaker.selector, requestId, registrar));
        desk.reject(requestId, REASON);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Approver, outsider));
        desk.reject(requestId, REASON);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownRequest.selector, 2));
        desk.reject(2, REASON);
    }

    function test_reject__no_reason__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.HashMissing.selector, requestId));
        desk.reject(requestId, bytes32(0));
    }

    function test_reject__during_the_notice__ends_it() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Rejected(requestId, approver, REASON);
        vm.prank(approver);
        desk.reject(requestId, REASON);
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Rejected));
        desk.reject(requestId, REASON);
    }

    function test_withdraw__another_or_twice__reverts() external {
        uint256 requestId = _propose(_act(WUHAN, 1));
        vm.prank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotMaker.selector, requestId, approver));
        desk.withdraw(requestId);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Withdrawn(requestId, registrar);
        vm.prank(registrar);
        desk.withdraw(requestId);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Withdrawn));
        desk.withdraw(requestId);
    }

    // Properties

    /// @dev Invariant 7: a call is executed iff another person than the maker, with the checker's role, approves it inside its time.
    function testFuzz_executed_only_by_two_persons_in_time(
        uint32 notice,
        uint32 expiry,
        uint64 waited,
        uint8 caller,
        uint256 value
    ) external {
        expiry = uint32(bound(expiry, uint256(NOTICE_SECONDS) + 1, 365 days));
        notice = uint32(bound(notice, NOTICE_SECONDS, expiry - 1));
        waited = uint64(bound(waited, 0, 2 * 365 days));
        vm.prank(address(desk));
        desk.setPolicy(WUHAN, address(target), Target.act.selector, Policy(Role.Registrar, Role.Approver, notice, expiry, 0));
        address[7] memory callers = [registrar, approver, admin, regulator, shanghaiApprover, councilChecker, outsider];
        address who = callers[caller % callers.length];
        uint256 requestId = _propose(_act(WUHAN, value));

        vm.warp(block.timestamp + waited);
        vm.prank(who);
        (bool done,) = address(desk).call(abi.encodeCall(desk.approve, (requestId, address(target), _act(WUHAN, value))));

        bool allowed = who == approver && waited >= notice && waited < expiry;
        assertTrue(done == allowed, "two persons, in time");
        assertEq(target.calls(), allowed ? 1 : 0, "executed at most once");
        assertTrue((desk.requestOf(requestId).status == RequestStatus.Executed) == allowed, "status");
    }

    /// @dev No other bytes than those published can be executed.
    function testFuzz_executed_is_what_was_published(bytes calldata other, uint256 value) external {
        bytes memory data = _act(WUHAN, value);
        vm.assume(keccak256(other) != keccak256(data));
        uint256 requestId = _propose(data);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.prank(approver);
        vm.expectPartialRevert(IDesk.CallChanged.selector);
        desk.approve(requestId, address(target), other);
    }
}
