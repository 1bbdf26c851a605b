// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Desk} from "../src/Desk.sol";
import {Role} from "../src/IAuthority.sol";
import {Policy, PolicyEntry} from "../src/IDesk.sol";
import {Network} from "./Network.sol";
import {Target} from "./Target.sol";

/// @notice The network with a target whose functions have policies, and how a test proposes a call to it.
abstract contract Requests is Network {
    uint32 internal constant NOTICE_SECONDS = 7 days;
    uint32 internal constant EXPIRY_SECONDS = 30 days;

    Target internal target;
    Policy internal standard = Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, 0);

    function setUp() public virtual override {
        super.setUp();
        target = new Target(desk);
        PolicyEntry[] memory entries = new PolicyEntry[](5);
        entries[0] = PolicyEntry(COUNCIL, address(target), Target.act.selector, standard);
        entries[1] = PolicyEntry(COUNCIL, address(target), Target.refuse.selector, standard);
        entries[2] = PolicyEntry(COUNCIL, address(target), Target.refuseSilently.selector, standard);
        entries[3] = PolicyEntry(COUNCIL, address(target), Target.actAgain.selector, standard);
        entries[4] = PolicyEntry(
            COUNCIL, address(desk), Desk.setPolicy.selector, Policy(Role.Admin, Role.Approver, 0, EXPIRY_SECONDS, 0)
        );
        desk.wire(entries, address(accounts));
    }

    /// @dev From now on `act` needs positive opinions of this many experts of Wuhan.
    function _askExperts(uint8 experts) internal {
        vm.prank(address(desk));
        desk.setPolicy(
            WUHAN,
            address(target),
            Target.act.selector,
            Policy(Role.Registrar, Role.Approver, NOTICE_SECONDS, EXPIRY_SECONDS, experts)
        );
    }

    function _grantInWuhan(Role role, address member) internal {
        vm.prank(address(desk));
        authority.grantRoles(WUHAN, _grant(role, member));
    }

    function _approveAs(address who, uint256 requestId, bytes memory data) internal {
        vm.prank(who);
        desk.approve(requestId, address(target), data);
    }

    function _propose(bytes memory data) internal returns (uint256) {
        vm.prank(registrar);
        return desk.propose(address(target), data);
    }

    function _act(uint32 jurisdiction, uint256 value) internal pure returns (bytes memory) {
        return abi.encodeCall(Target.act, (jurisdiction, value));
    }
}
