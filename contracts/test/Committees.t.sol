// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochApproval, ICommittees, Seat} from "../src/ICommittees.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Register} from "./Register.sol";

/// @notice The signer sets: who names them, who approves them, when they take office.
contract CommitteesTest is Register {
    uint32 private constant NOBODYS_LAND = 340_000;

    // -------------------------------------------------------- setCommittee

    function test_setCommittee__not_through_desk__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        committee.setCommittee(WUHAN, signers, 0, 0);
    }

    function test_setCommittee__unknown_jurisdiction__reverts() public {
        _expectRefused(NOBODYS_LAND, 4, 0, 0, abi.encodeWithSelector(ICommittees.UnknownJurisdiction.selector, NOBODYS_LAND));
    }

    function test_setCommittee__size_that_is_not_3f_plus_1__reverts() public {
        for (uint256 size = 0; size <= 35; ++size) {
            if (size >= 4 && size <= 31 && size % 3 == 1) continue;
            _expectRefused(WUHAN, size, 0, 0, abi.encodeWithSelector(ICommittees.InvalidCommitteeSize.selector, size));
        }
    }

    function test_setCommittee__window_of_more_than_90_days__reverts() public {
        uint32 most = 90 days;
        bytes memory refusal = abi.encodeWithSelector(ICommittees.WindowTooLong.selector, most + 1, most);
        _expectRefused(WUHAN, 4, most + 1, 0, refusal);
        _expectRefused(WUHAN, 4, 0, most + 1, refusal);
        _setCommittee(WUHAN, _addressesOf(signerKeys), most, most);
    }

    function test_setCommittee__same_signer_twice__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[2] = signers[1];
        _expectSignersRefused(signers, signers[1], signers[1]);
    }

    function test_setCommittee__descending_signers__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        _expectSignersRefused(signers, signers[0], signers[1]);
    }

    function test_setCommittee__zero_signer__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[0] = address(0);
        _expectSignersRefused(signers, address(0), address(0));
    }

    function test_setCommittee__the_first__takes_office_at_once() public {
        address[] memory signers = _addressesOf(_ascendingKeys(7));
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.CommitteeSet(COUNCIL, 1, signers, 5, 3600, 60);
        vm.prank(address(desk));
        committee.setCommittee(COUNCIL, signers, 3600, 60);
        _expectInOffice(COUNCIL, 1, signers, 5, 3600);
        assertEq(committee.activationSecondsOf(COUNCIL), 60, "activation");
    }

    function test_setCommittee__the_next__is_only_proposed() public {
        address[] memory signers = _addressesOf(_ascendingKeys(7));
        _setCommittee(WUHAN, _addressesOf(signerKeys), 0, 600);
        uint40 dueAt = uint40(block.timestamp + 600);
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.CommitteeProposed(WUHAN, 3, signers, 5, 3600, 60, dueAt);
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 3600, 60);
        (uint40 stored, bytes32 termsHash) = committee.proposedOf(WUHAN);
        assertEq(stored, dueAt, "due");
        assertTrue(termsHash != 0, "terms");
        _expectInOffice(WUHAN, 2, _addressesOf(signerKeys), 3, 0);
        assertTrue(committee.seatOf(WUHAN, 3, signers[0]) == Seat.None, "no seat yet");
    }

    function test_setCommittee__quorum_is_two_thirds_of_the_faults_borne() public {
        uint8[5] memory sizes = [4, 7, 10, 13, 31];
        uint8[5] memory quorums = [3, 5, 7, 9, 21];
        for (uint256 i = 0; i < sizes.length; ++i) {
            signerKeys = _ascendingKeys(sizes[i]);
            vm.prank(address(desk));
            if (i == 0) committee.setCommittee(COUNCIL, _addressesOf(signerKeys), 0, 0);
            else committee.replaceCommittee(COUNCIL, COUNCIL, _addressesOf(signerKeys), 0, 0);
            (,, uint8 quorum,) = committee.committeeOf(COUNCIL);
            assertEq(quorum, quorums[i], "quorum");
        }
    }

    function test_committeeOf__no_committee__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NoCommittee.selector, NOBODYS_LAND));
        committee.committeeOf(NOBODYS_LAND);
    }

    // ---------------------------------------------------------- beginEpoch

    function test_beginEpoch__not_proposed_or_otherwise__reverts() public {
        EpochApproval memory approval = _proposed(7);
        _expectNotProposed(_with(approval, SHANGHAI, 2, 3600, 60), SHANGHAI, 2);
        _expectNotProposed(_with(approval, WUHAN, 3, 3600, 60), WUHAN, 3);
        _expectNotProposed(_with(approval, WUHAN, 1, 3600, 60), WUHAN, 1);
        _expectNotProposed(_with(approval, WUHAN, 2, 3601, 60), WUHAN, 2);
        _expectNotProposed(_with(approval, WUHAN, 2, 3600, 61), WUHAN, 2);
        EpochApproval memory others = _with(approval, WUHAN, 2, 3600, 60);
        others.signers = _addressesOf(signerKeys);
        _expectNotProposed(others, WUHAN, 2);
    }

    function test_beginEpoch__of_a_proposal_that_another_one_followed__reverts() public {
        EpochApproval memory approval = _proposed(7);
        _proposed(10);
        _expectNotProposed(approval, WUHAN, 2);
    }

    function test_beginEpoch__before_it_is_due__reverts() public {
        _setCommittee(WUHAN, _addressesOf(signerKeys), 0, 600);
        EpochApproval memory approval = _proposed(7);
        uint40 dueAt = uint40(block.timestamp + 600);
        vm.warp(dueAt - 1);
        _expectBeginRefused(approval, abi.encodeWithSelector(ICommittees.EpochNotDue.selector, dueAt, dueAt - 1));
        vm.warp(dueAt);
        committee.beginEpoch(approval, _approvals(approval, 3));
    }

    function test_beginEpoch__approval_expired__reverts() public {
        EpochApproval memory approval = _proposed(7);
        vm.warp(approval.validUntil + 1);
        _expectBeginRefused(
            approval, abi.encodeWithSelector(ICommittees.ApprovalExpired.selector, approval.validUntil, approval.validUntil + 1)
        );
        vm.warp(approval.validUntil);
        committee.beginEpoch(approval, _approvals(approval, 3));
    }

    function test_beginEpoch__without_the_old_quorum__reverts() public {
        EpochApproval memory approval = _proposed(7);
        for (uint256 count = 0; count <= 4; ++count) {
            if (count == 3) continue;
            bytes[] memory signatures = _approvals(approval, count);
            vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongSignatureCount.selector, uint256(3), count));
            committee.beginEpoch(approval, signatures);
        }
    }

    /// @dev The new committee cannot vote itself into office.
    function test_beginEpoch__signed_by_the_new_committee__reverts() public {
        uint256[] memory old = signerKeys;
        signerKeys = _ascendingKeys("new signer", 7);
        address[] memory signers = _addressesOf(signerKeys);
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0, 0);
        EpochApproval memory approval = _approval(WUHAN, signers, 0, 0);
        bytes[] memory signatures = _approvals(approval, 3);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotASigner.selector, signers[0], WUHAN, uint32(1)));
        committee.beginEpoch(approval, signatures);
        signerKeys = old;
        committee.beginEpoch(approval, _approvals(approval, 3));
    }

    function test_beginEpoch__by_anyone__puts_it_in_office() public {
        EpochApproval memory approval = _proposed(7);
        address[] memory approvers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            approvers[i] = vm.addr(signerKeys[i]);
        }
        bytes[] memory signatures = _approvals(approval, 3);
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.EpochApproved(WUHAN, 2, approvers);
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.CommitteeSet(WUHAN, 2, approval.signers, 5, 3600, 60);
        vm.prank(outsider);
        committee.beginEpoch(approval, signatures);

        _expectInOffice(WUHAN, 2, approval.signers, 5, 3600);
        (uint40 dueAt, bytes32 termsHash) = committee.proposedOf(WUHAN);
        assertTrue(dueAt == 0 && termsHash == 0, "nothing proposed");
        assertTrue(committee.isSigner(WUHAN, 1, vm.addr(signerKeys[0])), "past epochs stay readable");
        assertTrue(!committee.isSigner(SHANGHAI, 2, approval.signers[0]), "not elsewhere");
        (uint32 epoch,,,) = committee.committeeOf(SHANGHAI);
        assertEq(epoch, 1, "other jurisdictions keep their epoch");
        _expectNotProposed(approval, WUHAN, 2);
    }

    /// @dev Neither contract nor chain nor jurisdiction can be exchanged under an approval.
    function testFuzz_beginEpoch__changed_after_signing__reverts(uint256 field, uint256 change) public {
        EpochApproval memory approval = _proposed(7);
        bytes[] memory signatures = _approvals(approval, 3);
        field = bound(field, 0, 5);
        uint32 word = uint32(bound(change, 1, type(uint32).max));
        if (field == 0) approval.jurisdiction ^= word;
        if (field == 1) approval.epoch ^= word;
        if (field == 2) approval.signers[bound(change, 0, 6)] = address(uint160(word));
        if (field == 3) approval.disputeSeconds ^= word;
        if (field == 4) approval.activationSeconds ^= word;
        if (field == 5) approval.validUntil ^= word;
        vm.expectRevert();
        committee.beginEpoch(approval, signatures);
    }

    function test_beginEpoch__replayed_on_another_chain__reverts() public {
        EpochApproval memory approval = _proposed(7);
        bytes[] memory signatures = _approvals(approval, 3);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        committee.beginEpoch(approval, signatures);
    }

    // ---------------------------------------------------- replaceCommittee

    function test_replaceCommittee__not_through_desk__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        committee.replaceCommittee(COUNCIL, WUHAN, signers, 0, 0);
    }

    function test_replaceCommittee__by_another_than_the_council__reverts() public {
        _expectReplaceRefused(WUHAN, WUHAN, 4, abi.encodeWithSelector(ICommittees.NotCouncil.selector, WUHAN));
    }

    function test_replaceCommittee__where_there_is_none__reverts() public {
        _expectReplaceRefused(COUNCIL, COUNCIL, 4, abi.encodeWithSelector(ICommittees.NoCommittee.selector, COUNCIL));
    }

    function test_replaceCommittee__of_a_wrong_size__reverts() public {
        bytes memory refusal = abi.encodeWithSelector(ICommittees.InvalidCommitteeSize.selector, uint256(5));
        _expectReplaceRefused(COUNCIL, WUHAN, 5, refusal);
    }

    function test_replaceCommittee__takes_office_at_once_and_ends_what_was_proposed() public {
        EpochApproval memory approval = _proposed(10);
        address[] memory signers = _addressesOf(_ascendingKeys(7));
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.CommitteeSet(WUHAN, 2, signers, 5, 3600, 60);
        vm.prank(address(desk));
        committee.replaceCommittee(COUNCIL, WUHAN, signers, 3600, 60);
        _expectInOffice(WUHAN, 2, signers, 5, 3600);
        _expectNotProposed(approval, WUHAN, 2);
    }

    // ------------------------------------------------------- requireQuorum

    function test_requireQuorum__no_committee__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NoCommittee.selector, COUNCIL));
        committee.requireQuorum(COUNCIL, 1, REASON, new bytes[](0));
    }

    function test_requireQuorum__another_epoch__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongEpoch.selector, uint32(1), uint32(2)));
        committee.requireQuorum(WUHAN, 2, REASON, _signaturesOf(REASON, 3));
    }

    function test_requireQuorum__too_few_or_many__reverts() public {
        for (uint256 count = 2; count <= 4; count += 2) {
            bytes[] memory signatures = _signaturesOf(REASON, count);
            vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongSignatureCount.selector, uint256(3), count));
            committee.requireQuorum(WUHAN, 1, REASON, signatures);
        }
    }

    function testFuzz_requireQuorum__answers_the_signers_of_this_digest_alone(bytes32 digest, bytes32 other) public {
        vm.assume(digest != other);
        bytes[] memory signatures = _signaturesOf(digest, 3);
        address[] memory signers = committee.requireQuorum(WUHAN, 1, digest, signatures);
        assertEq(signers.length, 3, "count");
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(signers[i], vm.addr(signerKeys[i]), "signer");
        }
        vm.expectRevert();
        committee.requireQuorum(WUHAN, 1, other, signatures);
    }

    // ------------------------------------------------------------- helpers

    /// @dev Wuhan's next committee of `size` signers, as the Desk decided, in the words that the present one has to sign.
    function _proposed(uint256 size) private returns (EpochApproval memory) {
        address[] memory signers = _addressesOf(_ascendingKeys(size));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 3600, 60);
        return _approval(WUHAN, signers, 3600, 60);
    }

    function _approvals(EpochApproval memory approval, uint256 count) private view returns (bytes[] memory) {
        return _signaturesOf(committee.approvalDigestOf(approval), count);
    }

    function _with(
        EpochApproval memory approval,
        uint32 jurisdiction,
        uint32 epoch,
        uint32 disputeSeconds,
        uint32 activationSeconds
    ) private pure returns (EpochApproval memory) {
        return EpochApproval(jurisdiction, epoch, approval.signers, disputeSeconds, activationSeconds, approval.validUntil);
    }

    function _expectInOffice(
        uint32 jurisdiction,
        uint32 wantedEpoch,
        address[] memory signers,
        uint8 wantedQuorum,
        uint32 wantedSeconds
    ) private view {
        (uint32 epoch, address[] memory stored, uint8 quorum, uint32 disputeSeconds) = committee.committeeOf(jurisdiction);
        assertEq(epoch, wantedEpoch, "epoch");
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(signers)), "signers");
        assertEq(quorum, wantedQuorum, "quorum");
        assertEq(disputeSeconds, wantedSeconds, "dispute window");
        for (uint256 i = 0; i < signers.length; ++i) {
            assertTrue(committee.seatOf(jurisdiction, epoch, signers[i]) == Seat.Sits, "seat");
        }
    }

    function _expectRefused(
        uint32 jurisdiction,
        uint256 size,
        uint32 disputeSeconds,
        uint32 activationSeconds,
        bytes memory refusal
    ) private {
        address[] memory signers = _addressesOf(_ascendingKeys(size));
        vm.expectRevert(refusal);
        vm.prank(address(desk));
        committee.setCommittee(jurisdiction, signers, disputeSeconds, activationSeconds);
    }

    /// @dev As the first committee, as the next one and as a replacement.
    function _expectSignersRefused(address[] memory signers, address previous, address next) private {
        bytes memory refusal = abi.encodeWithSelector(ICommittees.SignersNotAscending.selector, previous, next);
        vm.startPrank(address(desk));
        vm.expectRevert(refusal);
        committee.setCommittee(COUNCIL, signers, 0, 0);
        vm.expectRevert(refusal);
        committee.setCommittee(WUHAN, signers, 0, 0);
        vm.expectRevert(refusal);
        committee.replaceCommittee(COUNCIL, WUHAN, signers, 0, 0);
        vm.stopPrank();
    }

    function _expectBeginRefused(EpochApproval memory approval, bytes memory refusal) private {
        bytes[] memory signatures = _approvals(approval, 3);
        vm.expectRevert(refusal);
        committee.beginEpoch(approval, signatures);
    }

    function _expectNotProposed(EpochApproval memory approval, uint32 jurisdiction, uint32 epoch) private {
        _expectBeginRefused(approval, abi.encodeWithSelector(ICommittees.NotProposed.selector, jurisdiction, epoch));
    }

    function _expectReplaceRefused(uint32 council, uint32 jurisdiction, uint256 size, bytes memory refusal) private {
        address[] memory signers = _addressesOf(_ascendingKeys(size));
        vm.expectRevert(refusal);
        vm.prank(address(desk));
        committee.replaceCommittee(council, jurisdiction, signers, 0, 0);
    }
}
