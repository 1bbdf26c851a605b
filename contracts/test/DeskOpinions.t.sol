// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../src/IAuthority.sol";
import {IDesk, Part, RequestStatus} from "../src/IDesk.sol";
import {Requests} from "./Requests.sol";

/// @notice Opinions of experts.
contract DeskOpinionsTest is Requests {
    bytes32 internal constant OPINION = keccak256("opinion");

    address[3] internal experts = [actor("EXPERT_1"), actor("EXPERT_2"), actor("EXPERT_3")];
    uint256 internal requestId;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < experts.length; ++i) {
            _grantInWuhan(Role.Expert, experts[i]);
        }
        _askExperts(2);
        requestId = _propose(_act(WUHAN, 7));
    }

    function test_opine__unknown_or_decided__reverts() external {
        vm.prank(experts[0]);
        vm.expectRevert(abi.encodeWithSelector(IDesk.UnknownRequest.selector, 2));
        desk.opine(2, true, OPINION);
        vm.prank(approver);
        desk.reject(requestId, REASON);
        vm.prank(experts[0]);
        vm.expectRevert(abi.encodeWithSelector(IDesk.NotOpen.selector, requestId, RequestStatus.Rejected));
        desk.opine(requestId, true, OPINION);
    }

    function test_opine__not_asked__reverts() external {
        _askExperts(0);
        uint256 other = _propose(_act(WUHAN, 8));
        vm.prank(experts[0]);
        vm.expectRevert(abi.encodeWithSelector(IDesk.OpinionsNotAsked.selector, other));
        desk.opine(other, true, OPINION);
    }

    function test_opine__no_expert_there__reverts() external {
        vm.prank(address(desk));
        authority.grantRoles(SHANGHAI, _grant(Role.Expert, outsider));
        address[3] memory callers = [outsider, approver, regulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IDesk.RoleMissing.selector, WUHAN, Role.Expert, callers[i]));
            desk.opine(requestId, true, OPINION);
        }
    }

    function test_opine__by_the_maker_or_without_a_text__reverts() external {
        _grantInWuhan(Role.Expert, registrar);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDesk.MakerTakesPart.selector, requestId, registrar));
        desk.opine(requestId, true, OPINION);
        vm.prank(experts[0]);
        vm.expectRevert(abi.encodeWithSelector(IDesk.HashMissing.selector, requestId));
        desk.opine(requestId, true, bytes32(0));
    }

    function test_opine__twice__reverts() external {
        _opine(0, true);
        _opine(1, false);
        Part[2] memory parts = [Part.PositiveOpinion, Part.NegativeOpinion];
        for (uint256 i = 0; i < parts.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDesk.TookPart.selector, requestId, experts[i], parts[i]));
            _opine(i, true);
        }
    }

    function test_opine__who_gave_one__neither_decides_nor_rules() external {
        _grantInWuhan(Role.Expert, approver);
        _grantInWuhan(Role.Expert, regulator);
        vm.prank(approver);
        desk.opine(requestId, true, OPINION);
        vm.prank(regulator);
        desk.opine(requestId, true, OPINION);
        vm.warp(block.timestamp + NOTICE_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IDesk.TookPart.selector, requestId, approver, Part.PositiveOpinion));
        _approveAs(approver, requestId, _act(WUHAN, 7));
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDesk.TookPart.selector, requestId, regulator, Part.PositiveOpinion));
        desk.rule(requestId, outsider, false, REASON);
    }

    function test_approve__too_few_positive_opinions__reverts() external {
        vm.warp(block.timestamp + NOTICE_SECONDS);
        for (uint8 given = 0; given < 2; ++given) {
            vm.expectRevert(abi.encodeWithSelector(IDesk.OpinionsMissing.selector, requestId, given, 2));
            _approveAs(approver, requestId, _act(WUHAN, 7));
            // A negative one counts for nothing.
            _opine(given, given == 0);
        }
        vm.expectRevert(abi.encodeWithSelector(IDesk.OpinionsMissing.selector, requestId, 1, 2));
        _approveAs(approver, requestId, _act(WUHAN, 7));
        _opine(2, true);
        _approveAs(approver, requestId, _act(WUHAN, 7));
        assertEq(target.value(), 7, "done");
    }

    function test_opine__emits_and_is_kept() external {
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.OpinionGiven(requestId, experts[0], true, OPINION);
        _opine(0, true);
        vm.expectEmit(true, true, true, true, address(desk));
        emit IDesk.OpinionGiven(requestId, experts[1], false, OPINION);
        _opine(1, false);
        assertTrue(desk.partOf(requestId, experts[0]) == Part.PositiveOpinion, "positive");
        assertTrue(desk.partOf(requestId, experts[1]) == Part.NegativeOpinion, "negative");
        assertTrue(desk.partOf(requestId, experts[2]) == Part.None, "none");
        assertEq(desk.requestOf(requestId).positiveOpinions, 1, "counted");
        assertEq(desk.requestOf(requestId).experts, 2, "asked");
    }

    /// @dev The policy in force when it was proposed counts; more opinions than were asked for are welcome.
    function test_opine__a_later_policy_or_more_than_asked__changes_nothing() external {
        _askExperts(0);
        for (uint256 i = 0; i < experts.length; ++i) {
            _opine(i, true);
        }
        assertEq(desk.requestOf(requestId).positiveOpinions, 2, "no more than were asked");
        vm.warp(block.timestamp + NOTICE_SECONDS);
        _approveAs(approver, requestId, _act(WUHAN, 7));
    }

    function _opine(uint256 which, bool positive) private {
        vm.prank(experts[which]);
        desk.opine(requestId, positive, OPINION);
    }
}
