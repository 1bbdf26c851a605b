// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {IDesk, ObjectionStatus, Part, RequestStatus} from "../src/IDesk.sol";
import {Requests} from "./Requests.sol";

/// @notice Objections and the rulings on them.
contract DeskObjectionsTest is Requests {
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    uint8 internal constant READ = 4;

    address internal account;
    address internal auditor = actor("AUDITOR");
    uint256 internal requestId;

    function setUp() public override {
        super.setUp();
        // Any open account may object, also of another jurisdiction.
        account = _openAccount(SHANGHAI, 1, AccountKind.Institution);
        vm.prank(address(desk));
        accounts.setAgents(SHANGHAI, account, _agents(agent, READ));
        _grantInWuhan(Role.Auditor, auditor);
        requestId = _propose(_act(WUHAN, 7));
    }

    // object

    function test_object__unknown_or_decided__reverts() external {
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownRequest.selector, 2));
        desk.object(2, account, EVIDENCE);
        vm.prank(registrar);
        desk.withdraw(requestId);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Withdrawn));
        desk.object(requestId, account, EVIDENCE);
    }

    function test_object__no_agent__reverts() external {
        address[3] memory callers = [outsider, registrar, auditor];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.NotAgent.selector, account, callers[i]));
            desk.object(requestId, account, EVIDENCE);
        }
    }

    function test_object__account_not_open__reverts() external {
        for (uint8 i = uint8(AccountStatus.Restricted); i <= uint8(AccountStatus.Closed); ++i) {
            vm.prank(address(desk));
            accounts.setStatus(SHANGHAI, account, AccountStatus(i), REASON);
            vm.prank(agent);
            vm.expectRevert(abi.encodeWithSelector(IDesk.AccountNotOpen.selector, account, i));
            desk.object(requestId, account, EVIDENCE);
        }
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.AccountNotOpen.selector, outsider, AccountStatus.None));
        desk.object(requestId, outsider, EVIDENCE);
    }

    function test_object__account_frozen_in_an_emergency__reverts() external {
        vm.prank(shanghaiRegulator);
        accounts.freeze(account, REASON);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.AccountNotOpen.selector, account, AccountStatus.Frozen));
        desk.object(requestId, account, EVIDENCE);
    }

    function test_object__by_an_account_after_the_notice__reverts() external {
        uint40 end = uint40(block.timestamp) + NOTICE_SECONDS;
        vm.warp(end);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoticeOver.selector, requestId, end, end));
        desk.object(requestId, account, EVIDENCE);
        vm.warp(end - 1);
        _object();
    }

    function test_object__for_nobody_but_no_auditor_there__reverts() external {
        address[3] memory callers = [outsider, agent, regulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Auditor, callers[i]));
            desk.object(requestId, address(0), EVIDENCE);
        }
    }

    function test_object__no_evidence__reverts() external {
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.HashMissing.selector, requestId));
        desk.object(requestId, account, bytes32(0));
    }

    function test_object__twice__reverts_also_after_the_ruling() external {
        _object();
        bytes memory refusal = abi.encodeWithSelector(IDesk.AlreadyObjected.selector, requestId, account);
        vm.prank(agent);
        vm.expectRevert(refusal);
        desk.object(requestId, account, EVIDENCE);
        _rule(account, false);
        vm.prank(agent);
        vm.expectRevert(refusal);
        desk.object(requestId, account, EVIDENCE);
    }

    /// @dev Else one agent could stop a jurisdiction for ever, also from naming the REGULATOR who would rule.
    function test_object__where_nobody_could_rule__reverts() external {
        vm.prank(address(desk));
        authority.revokeRoles(WUHAN, _grant(Role.Regulator, regulator));
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoRegulator.selector, WUHAN));
        desk.object(requestId, account, EVIDENCE);
    }

    function test_object__agent__blocks_the_approval() external {
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Objected(requestId, account, agent, EVIDENCE);
        _object();
        assertTrue(desk.objectionOf(requestId, account) == ObjectionStatus.Open, "open");
        assertEq(desk.requestOf(requestId).openObjections, 1, "counted");
        vm.prank(auditor);
        desk.object(requestId, address(0), EVIDENCE);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IDesk.ObjectionOpen.selector, requestId, 2));
        _approveAs(approver, requestId, _act(WUHAN, 7));
    }

    function test_object__auditor_after_the_notice__blocks_the_approval() external {
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Objected(requestId, auditor, auditor, EVIDENCE);
        vm.prank(auditor);
        desk.object(requestId, address(0), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(IDesk.ObjectionOpen.selector, requestId, 1));
        _approveAs(approver, requestId, _act(WUHAN, 7));
    }

    /// @dev An objection hinders nobody but the approver, and time.
    function test_object__open__rejecting_withdrawing_and_lapsing_go_on() external {
        uint256 second = _propose(_act(WUHAN, 8));
        uint256 third = _propose(_act(WUHAN, 9));
        for (uint256 i = requestId; i <= third; ++i) {
            vm.prank(agent);
            desk.object(i, account, EVIDENCE);
        }
        vm.prank(approver);
        desk.reject(requestId, REASON);
        vm.prank(registrar);
        desk.withdraw(second);
        vm.warp(block.timestamp + EXPIRY_SECONDS);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, third, RequestStatus.Expired));
        desk.rule(third, account, false, REASON);
    }

    // rule

    function test_rule__no_regulator_there__reverts() external {
        _object();
        address[4] memory callers = [outsider, approver, agent, shanghaiRegulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Regulator, callers[i]));
            desk.rule(requestId, account, false, REASON);
        }
    }

    function test_rule__no_reason_or_no_open_objection__reverts() external {
        _object();
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.HashMissing.selector, requestId));
        desk.rule(requestId, account, false, bytes32(0));
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoOpenObjection.selector, requestId, outsider));
        desk.rule(requestId, outsider, false, REASON);
        _rule(account, false);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NoOpenObjection.selector, requestId, account));
        desk.rule(requestId, account, true, REASON);
    }

    function test_rule__by_the_maker__reverts() external {
        _object();
        _grantInWuhan(Role.Regulator, registrar);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.MakerTakesPart.selector, requestId, registrar));
        desk.rule(requestId, account, false, REASON);
    }

    function test_rule__who_ruled__does_not_decide() external {
        _object();
        _grantInWuhan(Role.Regulator, approver);
        vm.prank(approver);
        desk.rule(requestId, account, false, REASON);
        assertTrue(desk.partOf(requestId, approver) == Part.Ruling, "part");
        vm.warp(block.timestamp + NOTICE_SECONDS);
        bytes memory refusal = abi.encodeWithSelector(IDesk.TookPart.selector, requestId, approver, Part.Ruling);
        vm.expectRevert(refusal);
        _approveAs(approver, requestId, _act(WUHAN, 7));
        vm.prank(approver);
        vm.expectRevert(refusal);
        desk.reject(requestId, REASON);
    }

    function test_rule__dismissed__no_longer_blocks() external {
        _object();
        vm.prank(auditor);
        desk.object(requestId, address(0), EVIDENCE);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Ruled(requestId, account, regulator, false, REASON);
        _rule(account, false);
        assertTrue(desk.objectionOf(requestId, account) == ObjectionStatus.Dismissed, "dismissed");
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IDesk.ObjectionOpen.selector, requestId, 1));
        _approveAs(approver, requestId, _act(WUHAN, 7));
        // One person rules on all objections of a request.
        _rule(auditor, false);
        _approveAs(approver, requestId, _act(WUHAN, 7));
        assertEq(target.value(), 7, "done");
    }

    function test_rule__upheld__rejects() external {
        _object();
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Ruled(requestId, account, regulator, true, REASON);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.Rejected(requestId, regulator, REASON);
        _rule(account, true);
        assertTrue(desk.objectionOf(requestId, account) == ObjectionStatus.Upheld, "upheld");
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Rejected));
        _approveAs(approver, requestId, _act(WUHAN, 7));
    }

    function _object() private {
        vm.prank(agent);
        desk.object(requestId, account, EVIDENCE);
    }

    function _rule(address objector, bool upheld) private {
        vm.prank(regulator);
        desk.rule(requestId, objector, upheld, REASON);
    }
}
