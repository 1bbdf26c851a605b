// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IOracleCommittee} from "../src/IOracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice The signer sets.
contract OracleCommitteeTest is Register {
    // -------------------------------------------------------- setCommittee

    function test_setCommittee__not_through_desk__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__unknown_jurisdiction__reverts() public {
        _expectCommitteeRefused(
            340_000, 4, abi.encodeWithSelector(IOracleCommittee.UnknownJurisdiction.selector, uint32(340_000))
        );
    }

    function test_setCommittee__of_the_council__reverts() public {
        _expectCommitteeRefused(COUNCIL, 4, abi.encodeWithSelector(IOracleCommittee.UnknownJurisdiction.selector, COUNCIL));
    }

    function test_setCommittee__three_or_thirty_two_signers__reverts() public {
        _expectCommitteeRefused(WUHAN, 3, abi.encodeWithSelector(IOracleCommittee.InvalidCommitteeSize.selector, 3));
        _expectCommitteeRefused(WUHAN, 32, abi.encodeWithSelector(IOracleCommittee.InvalidCommitteeSize.selector, 32));
    }

    function test_setCommittee__same_signer_twice__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[2] = signers[1];
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, signers[1], signers[1]));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__descending_signers__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, signers[0], signers[1]));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__zero_signer__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, address(0), address(0)));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__begins_the_next_epoch() public {
        address[] memory signers = _addressesOf(_ascendingKeys(7));
        vm.expectEmit(true, true, true, true, address(committee));
        emit IOracleCommittee.CommitteeSet(WUHAN, 2, signers, 5, 3600);
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 3600);

        (uint32 epoch, address[] memory stored, uint8 quorum, uint32 disputeSeconds) = committee.committeeOf(WUHAN);
        assertEq(epoch, 2, "epoch");
        assertEq(stored.length, 7, "signers");
        assertEq(quorum, 5, "quorum");
        assertEq(disputeSeconds, 3600, "dispute window");
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(stored[i], signers[i], "signer");
            assertTrue(committee.isSigner(WUHAN, 2, signers[i]), "is a signer");
        }
        assertTrue(!committee.isSigner(SHANGHAI, 2, signers[0]), "not elsewhere");
        assertTrue(committee.isSigner(WUHAN, 1, vm.addr(signerKeys[0])), "past epochs stay readable");
        (epoch,,,) = committee.committeeOf(SHANGHAI);
        assertEq(epoch, 1, "other jurisdictions keep their epoch");
    }

    function test_setCommittee__quorum_is_two_thirds_of_the_faults_borne() public {
        uint8[7] memory sizes = [4, 5, 6, 7, 10, 13, 31];
        uint8[7] memory quorums = [3, 3, 3, 5, 7, 9, 21];
        for (uint256 i = 0; i < sizes.length; ++i) {
            address[] memory signers = _addressesOf(_ascendingKeys(sizes[i]));
            vm.prank(address(desk));
            committee.setCommittee(WUHAN, signers, 0);
            (,, uint8 quorum,) = committee.committeeOf(WUHAN);
            assertEq(quorum, quorums[i], "quorum");
        }
    }

    function test_committeeOf__no_committee__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.NoCommittee.selector, uint32(340_000)));
        committee.committeeOf(340_000);
    }

    // ------------------------------------------------------------- helpers

    function _expectCommitteeRefused(uint32 jurisdiction, uint256 size, bytes memory error_) private {
        address[] memory signers = _addressesOf(_ascendingKeys(size));
        vm.expectRevert(error_);
        vm.prank(address(desk));
        committee.setCommittee(jurisdiction, signers, 0);
    }
}
