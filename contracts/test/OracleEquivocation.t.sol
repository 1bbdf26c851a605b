// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochApproval, ICommittees, Seat} from "../src/ICommittees.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IOracleCommittee, Report, Resolution} from "../src/IOracleCommittee.sol";
import {OracleCommittee} from "../src/OracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice Two reports of one signer for one place in the chain, what is none, and what lying oracles can do: nothing.
contract OracleEquivocationTest is Register {
    Report private first;
    Report private second;
    address private signer;

    function setUp() public override {
        super.setUp();
        signer = vm.addr(signerKeys[0]);
        first = _nextReport(WUHAN_PROJECT, 5000);
        second = _nextReport(WUHAN_PROJECT, 6000);
    }

    // --------------------------------------------------- proveEquivocation

    function test_proveEquivocation__same_report__reverts() public {
        second = first;
        _expectNoEquivocation();
    }

    function test_proveEquivocation__signed_again_with_other_terms__reverts() public {
        second = first;
        second.validUntil += 1 days;
        _expectNoEquivocation();
        second.epoch = 2;
        _expectNoEquivocation();
    }

    function test_proveEquivocation__of_two_places__reverts() public {
        second.projectId = SHANGHAI_PROJECT;
        _expectNoEquivocation();
        second = _nextReport(WUHAN_PROJECT, 6000);
        second.seq = 2;
        _expectNoEquivocation();
    }

    /// @dev What comes in the place of an overturned report names it, so it stands in another place of the chain.
    function test_proveEquivocation__superseding_report__reverts() public {
        second.prevDigest = committee.digestOf(first);
        _expectNoEquivocation();
    }

    function test_proveEquivocation__broken_signature__reverts() public {
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.InvalidSignature.selector, uint256(0)));
        committee.proveEquivocation(first, "", second, other);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.InvalidSignature.selector, uint256(1)));
        committee.proveEquivocation(first, one, second, "");
    }

    function test_proveEquivocation__of_two_signers__reverts() public {
        bytes memory one = _sign(signerKeys[0], committee.digestOf(first));
        bytes memory other = _sign(signerKeys[1], committee.digestOf(second));
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersDiffer.selector, signer, vm.addr(signerKeys[1])));
        committee.proveEquivocation(first, one, second, other);
    }

    function test_proveEquivocation__of_no_signer_of_the_epoch__reverts() public {
        (bytes memory one, bytes memory other) = _bothSigned(1);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotASigner.selector, vm.addr(1), WUHAN, uint32(1)));
        committee.proveEquivocation(first, one, second, other);
        second.epoch = 9;
        (one, other) = _bothSigned(signerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotASigner.selector, signer, WUHAN, uint32(9)));
        committee.proveEquivocation(first, one, second, other);
    }

    function test_proveEquivocation__on_another_chain_or_contract__reverts() public {
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        committee.proveEquivocation(first, one, second, other);
        OracleCommittee copy = new OracleCommittee(authority, address(desk), filings);
        vm.prank(address(desk));
        copy.setCommittee(WUHAN, _addressesOf(signerKeys), 0, 0);
        vm.expectRevert();
        copy.proveEquivocation(first, one, second, other);
    }

    function test_proveEquivocation__twice__reverts() public {
        _prove();
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SuspendedSigner.selector, WUHAN, signer));
        committee.proveEquivocation(second, other, first, one);
    }

    function test_proveEquivocation__by_anyone__suspends_at_once() public {
        bytes[] memory signatures = _signatures(first, 3);
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        (bytes32 firstDigest, bytes32 secondDigest) = (committee.digestOf(first), committee.digestOf(second));
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.SignerSuspended(WUHAN, signer, WUHAN_PROJECT, 1, firstDigest, secondDigest, outsider);
        vm.prank(outsider);
        committee.proveEquivocation(first, one, second, other);

        assertTrue(committee.isSuspended(WUHAN, signer), "suspended");
        assertTrue(committee.seatOf(WUHAN, 1, signer) == Seat.Suspended, "seat");
        assertTrue(committee.isSigner(WUHAN, 1, signer), "was a signer");
        assertTrue(committee.seatOf(SHANGHAI, 1, signer) == Seat.Sits, "not elsewhere");
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SuspendedSigner.selector, WUHAN, signer));
        committee.submit(first, signatures);
        // The other three are a quorum.
        bytes[] memory others = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            others[i] = _sign(signerKeys[i + 1], committee.digestOf(first));
        }
        committee.submit(first, others);
    }

    /// @dev Any difference counts but that of the terms.
    function testFuzz_proveEquivocation__whatever_differs__suspends(uint256 field, uint256 change) public {
        uint8[8] memory fields = [2, 3, 4, 5, 6, 7, 8, 8];
        uint8[8] memory bits = [32, 32, 255, 255, 255, 64, 64, 64];
        field = bound(field, 0, 7);
        uint256[12] memory words = abi.decode(abi.encode(first), (uint256[12]));
        words[fields[field]] ^= bound(change, 1, 2 ** bits[field] - 1);
        second = abi.decode(abi.encode(words), (Report));
        second.validUntil += uint40(change % 1000);
        _prove();
        assertTrue(committee.isSuspended(WUHAN, signer), "suspended");
    }

    /// @dev It was found out only when another committee was in office: it comes back into none.
    function test_proveEquivocation__of_a_past_signer__keeps_it_out() public {
        address[] memory old = _addressesOf(signerKeys);
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        _setCommittee(WUHAN, _addressesOf(_ascendingKeys("new signer", 4)), 0, 0);
        committee.proveEquivocation(first, one, second, other);
        assertTrue(committee.seatOf(WUHAN, 1, signer) == Seat.Sits, "the past stays as it was");
        bytes memory refusal = abi.encodeWithSelector(ICommittees.SuspendedSigner.selector, WUHAN, signer);
        vm.startPrank(address(desk));
        vm.expectRevert(refusal);
        committee.setCommittee(WUHAN, old, 0, 0);
        vm.expectRevert(refusal);
        committee.replaceCommittee(COUNCIL, WUHAN, old, 0, 0);
        vm.stopPrank();
    }

    function test_beginEpoch__signer_suspended_since_the_proposal__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0, 0);
        _prove();
        EpochApproval memory approval = _approval(WUHAN, signers, 0, 0);
        bytes32 digest = committee.approvalDigestOf(approval);
        bytes[] memory others = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            others[i] = _sign(signerKeys[i + 1], digest);
        }
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SuspendedSigner.selector, WUHAN, signer));
        committee.beginEpoch(approval, others);
    }

    // ----------------------------------------------------------- reinstate

    function test_reinstate__not_through_desk__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        committee.reinstate(WUHAN, signer, REASON);
    }

    function test_reinstate__without_reason__reverts() public {
        _prove();
        vm.expectRevert(abi.encodeWithSelector(ICommittees.MissingReason.selector));
        vm.prank(address(desk));
        committee.reinstate(WUHAN, signer, bytes32(0));
    }

    function test_reinstate__not_suspended__reverts() public {
        _prove();
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotSuspended.selector, SHANGHAI, signer));
        vm.prank(address(desk));
        committee.reinstate(SHANGHAI, signer, REASON);
    }

    function test_reinstate__lets_it_sign_again() public {
        _prove();
        vm.expectEmit(true, true, true, true, address(committee));
        emit ICommittees.SignerReinstated(WUHAN, signer, REASON);
        vm.prank(address(desk));
        committee.reinstate(WUHAN, signer, REASON);
        assertTrue(!committee.isSuspended(WUHAN, signer), "reinstated");
        committee.submit(first, _signatures(first, 3));
    }

    function test_reinstate__who_sits_nowhere__gets_no_seat() public {
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        _setCommittee(WUHAN, _addressesOf(_ascendingKeys("new signer", 4)), 0, 0);
        committee.proveEquivocation(first, one, second, other);
        vm.prank(address(desk));
        committee.reinstate(WUHAN, signer, REASON);
        assertTrue(committee.seatOf(WUHAN, 2, signer) == Seat.None, "no seat");
    }

    // ------------------------------------------------------- lying oracles

    /// @dev f of 3f + 1, for each f up to 10, with whatever signatures they make: nothing is accepted. f + 1 neither.
    function testFuzz_liars__up_to_a_third_and_one_more__change_nothing(uint256 faults, uint256 seed) public {
        faults = bound(faults, 1, 10);
        signerKeys = _ascendingKeys(3 * faults + 1);
        vm.prank(address(desk));
        committee.replaceCommittee(COUNCIL, WUHAN, _addressesOf(signerKeys), 0, 0);
        Report memory report = _nextReport(WUHAN_PROJECT, 5000);
        for (uint256 liars = faults; liars <= faults + 1; ++liars) {
            _expectNothing(report, liars, liars);
            // Repeated or helped out by strangers up to the quorum.
            _expectNothing(report, liars, 2 * faults + 1);
            _expectNothing(report, liars, bound(seed, 0, 3 * faults + 1));
        }
        assertEq(committee.lastSeq(WUHAN_PROJECT), 0, "nothing accepted");
    }

    /// @dev The liars cannot have a true report replaced either, nor resolve a dispute, nor name their successors.
    function test_liars__cannot_put_another_report_in_the_place_of_a_true_one() public {
        committee.submit(first, _signatures(first, 3));
        bytes[] memory lies = _signatures(second, 3);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.WrongSeq.selector, WUHAN_PROJECT, uint64(2), uint64(1)));
        committee.submit(second, lies);
        Resolution memory resolution =
            Resolution(WUHAN_PROJECT, 1, committee.digestOf(first), false, REASON, type(uint40).max, 1);
        bytes[] memory signatures = _signaturesOf(committee.resolutionDigestOf(resolution), 3);
        vm.expectRevert();
        committee.resolve(resolution, signatures);
    }

    function test_submit__for_another_project_or_contract__reverts() public {
        bytes[] memory signatures = _signatures(first, 3);
        first.projectId = SHANGHAI_PROJECT;
        vm.expectRevert();
        committee.submit(first, signatures);
        first.projectId = WUHAN_PROJECT;
        OracleCommittee copy = new OracleCommittee(authority, address(desk), filings);
        vm.prank(address(desk));
        copy.setCommittee(WUHAN, _addressesOf(signerKeys), 0, 0);
        vm.expectRevert();
        copy.submit(first, signatures);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        committee.submit(first, signatures);
    }

    // ------------------------------------------------------------- helpers

    function _bothSigned(uint256 key) private view returns (bytes memory one, bytes memory other) {
        return (_sign(key, committee.digestOf(first)), _sign(key, committee.digestOf(second)));
    }

    function _prove() private {
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        committee.proveEquivocation(first, one, second, other);
    }

    function _expectNoEquivocation() private {
        (bytes memory one, bytes memory other) = _bothSigned(signerKeys[0]);
        bytes32 firstDigest = committee.digestOf(first);
        bytes memory refusal =
            abi.encodeWithSelector(IOracleCommittee.NotEquivocation.selector, firstDigest, committee.digestOf(second));
        vm.expectRevert(refusal);
        committee.proveEquivocation(first, one, second, other);
    }

    /// @dev `count` signatures, of which the first are made by that many liars and the rest by strangers.
    function _expectNothing(Report memory report, uint256 liars, uint256 count) private {
        bytes32 digest = committee.digestOf(report);
        bytes[] memory signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _sign(i < liars ? signerKeys[i] : uint256(keccak256(abi.encode("stranger", i))), digest);
        }
        vm.expectRevert();
        committee.submit(report, signatures);
    }
}
